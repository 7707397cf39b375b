"""What was done to a ledger, told from the runs that it fell into.

The runs are put together again by the hashes that they name, wherever they lie. What is left over was inserted, what
lies elsewhere was moved, and where the chain breaks the numbers tell whether lines are missing or one was changed. Of
the two lines at such a place the second is confirmed by the one after it, by its signature or by a head; then the
first was changed. A ``prev`` of which almost all digits are right was changed itself: no other hash is so near.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from touchline.ledger.head import Head
from touchline.ledger.scanning import Place, Run, Scan, Unread

NEAR = 48
"""So many of 64 equal digits make two hashes one that was changed; chance gives 4, and more than 20 never."""


class Kind(StrEnum):
    """What is wrong at a place."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"
    UNREADABLE = "unreadable"
    CUT_OFF = "cut_off"
    TORN = "torn"
    REWRITTEN = "rewritten"
    SIGNATURE = "signature"
    UNSIGNED = "unsigned"
    UNTRUSTED = "untrusted"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Break:
    """Something is wrong in the lines ``line`` to ``last_line`` of the file (from 1), the first of which begins at the
    byte ``offset``; by the ledger's count it concerns ``n`` to ``last_n`` (None where that cannot be known)."""

    kind: Kind
    line: int
    last_line: int
    offset: int
    n: int | None
    last_n: int | None


_OWN_FAULT = (Kind.CHANGED, Kind.UNREADABLE, Kind.INSERTED, Kind.CUT_OFF, Kind.TORN)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The breaks in the order of the file; number and hash of the last line that hangs together with the rest."""

    breaks: tuple[Break, ...]
    last_n: int | None
    last_hash: str | None


class _Chain:
    """The runs put together. ``n`` and ``prev`` are what the next one must begin with; ``prev`` is empty where any
    hash will do, as at the beginning of a slice."""

    def __init__(self, scan: Scan, heads: Sequence[Head], n: int, prev: str | None) -> None:
        self.runs = [piece for piece in scan.pieces if isinstance(piece, Run)]
        self.unread = [piece for piece in scan.pieces if isinstance(piece, Unread)]
        self.n, self.prev = n, prev
        self.order: list[int] = []
        self.left = dict.fromkeys(sorted(range(len(self.runs)), key=lambda k: (self.runs[k].n, k)))
        self.found: list[Break] = []
        self.lost: dict[int, tuple[int, int]] = {}
        self._heads = {head.sha256 for head in heads}
        self._named: dict[str | None, list[int]] = defaultdict(list)
        for k, run in enumerate(self.runs):
            self._named[run.prev].append(k)

    def put_together(self) -> None:
        while self.left:
            last = self.runs[self.order[-1]] if self.order else None
            k = self._linked()
            if k is None:
                k = self._renumbered(last)
            if k is None:
                k = self._next_behind(last)
                if k is None:
                    break
                self._gap(last, self.runs[k])
            run = self.runs[k]
            self.n, self.prev = max(run.last_n, self.n if run.n < self.n else 0) + 1, run.hash
            self.order.append(k)
            del self.left[k]

    def _linked(self) -> int | None:
        """The run that goes on here; of several the one that is signed, then the longest, then the first."""
        if self.prev == "":
            going_on = [k for k in self.left if self.runs[k].n == self.n]
        else:
            going_on = [k for k in self._named[self.prev] if k in self.left and self.runs[k].n == self.n]
        return max(going_on, key=self._weight) if len(going_on) > 1 else next(iter(going_on), None)

    def _weight(self, k: int) -> tuple[bool, int, int]:
        """How much speaks for a run, those that go on from it included."""
        sealed, length, at, seen = False, 0, k, set[int]()
        while at not in seen:
            seen.add(at)
            run = self.runs[at]
            sealed, length = sealed or run.sealed_n >= 0, length + run.last_n - run.n + 1
            at = next((j for j in self._named[run.hash] if self.runs[j].n == run.last_n + 1), at)
        return sealed, length, -k

    def _renumbered(self, last: Run | None) -> int | None:
        """The run that names the right hash under a wrong number, right behind the last one."""
        after = last.last.line + 1 if last else 1
        for k in self._named[self.prev] if self.prev != "" else ():
            run = self.runs[k]
            if k in self.left and run.first.line == after:
                self._say(Kind.CHANGED, run.first, run.first, self.n, self.n)
                if run.n == run.last_n:
                    run.n = run.last_n = self.n
                return k
        return None

    def _next_behind(self, last: Run | None) -> int | None:
        """The run with the next number, where nothing is linked: behind the last one, or with the very number."""
        after = last.last.line if last else 0
        runs = ((each, self.runs[each]) for each in self.left)
        return next((k for k, run in runs if run.n == self.n or (run.n > self.n and run.first.line > after)), None)

    def _gap(self, last: Run | None, run: Run) -> None:
        after = last.last.line if last else 0
        between = [u for u, piece in enumerate(self.unread) if after < piece.first.line < run.first.line]
        if run.n > self.n:
            if between:
                self.lost[between[-1]] = (self.n, run.n - 1)
            else:
                self._say(Kind.REMOVED, run.first, run.first, self.n, run.n - 1)
            return
        if last is None or _near(run.prev, last.hash):
            self._say(Kind.CHANGED, run.first, run.first, run.n, run.n)
        elif self._vouched(run) or len(self.left) == 1:
            self._say(Kind.CHANGED, last.last, last.last, last.last_n, last.last_n)
        else:
            places = sorted((last.last, run.first), key=lambda place: place.line)
            self._say(Kind.CHANGED, places[0], places[1], last.last_n, run.n)

    def _vouched(self, run: Run) -> bool:
        return run.last_n > run.n or run.sealed_n == run.n or run.hash in self._heads

    def _say(self, kind: Kind, first: Place, last: Place, n: int | None, last_n: int | None) -> None:
        self.found.append(Break(kind, first.line, last.line, first.offset, n, last_n))

    def say_the_rest(self) -> None:
        """Runs that belong nowhere, runs that lie elsewhere than they belong, lines that cannot be read."""
        for k in self.left:
            run = self.runs[k]
            self._say(Kind.INSERTED, run.first, run.last, run.n, run.last_n)
        block: list[Run] = []
        highest = -1
        where = {k: rank for rank, k in enumerate(sorted(self.order))}  # place in the file among those that belong
        for rank, k in enumerate(self.order):
            block.append(self.runs[k])
            highest = max(highest, where[k])
            if highest == rank:
                if len(block) > 1:
                    first = min(block, key=lambda run: run.first.line).first
                    last = max(block, key=lambda run: run.last.line).last
                    self._say(Kind.REORDERED, first, last, block[0].n, block[-1].last_n)
                block = []
        end = max((run.last.line for run in self.runs), default=0)
        for u, piece in enumerate(self.unread):
            if u in self.lost:
                self._say(Kind.UNREADABLE, piece.first, piece.last, *self.lost[u])
            elif piece.torn:
                self._say(Kind.TORN, piece.first, piece.last, self.n, self.n)
            elif piece.first.line > end:
                self._say(Kind.UNREADABLE, piece.first, piece.last, self.n, None)
            else:
                self._say(Kind.INSERTED, piece.first, piece.last, None, None)


def _near(one: str | None, other: str) -> bool:
    return one is not None and sum(a == b for a, b in zip(one, other, strict=True)) >= NEAR


def diagnose(scan: Scan, heads: Sequence[Head], size: int, *, n: int = 0, prev: str | None = None) -> Diagnosis:
    """What is wrong with the lines of a file of ``size`` bytes, the first of which must be ``n`` and name ``prev``."""
    chain = _Chain(scan, heads, n, prev)
    chain.put_together()
    chain.say_the_rest()
    found = _without_doubles(chain.found)
    for head in [] if scan.stopped else heads:
        found = _held_against(found, head, scan, chain, size)
    found += [
        Break(Kind.SIGNATURE, place.line, place.line, place.offset, at, at)
        for place, at in scan.bad_seals
        if not _explained(found, place.line)
    ]
    last = chain.runs[chain.order[-1]] if chain.order else None
    ordered = tuple(sorted(found, key=lambda each: (each.line, each.last_line, each.kind)))
    return Diagnosis(ordered, chain.n - 1, last.hash) if last else Diagnosis(ordered, None, None)


def _held_against(found: list[Break], head: Head, scan: Scan, chain: _Chain, size: int) -> list[Break]:
    """``found`` with what a head tells that was kept elsewhere."""
    met = scan.met.get(head.n, [])
    if any(digest == head.sha256 for _, digest in met):
        return found
    if head.n >= chain.n:
        ends = [each for each in found if each.kind in (Kind.TORN, Kind.UNREADABLE) and each.n == chain.n]
        if ends and ends[-1].last_n is None and head.n == chain.n:
            return found
        kept = [each for each in found if each.kind is not Kind.TORN]  # its line had been acknowledged
        torn = next((each for each in found if each.kind is Kind.TORN), None)
        line, offset = (torn.line, torn.offset) if torn else (scan.lines + 1, size)
        return [*kept, Break(Kind.CUT_OFF, line, line, offset, chain.n, head.n)]
    if not met or any(_explained(found, place.line) for place, _ in met):
        return found
    place, kind = met[-1][0], Kind.CHANGED if head.n == chain.n - 1 else Kind.REWRITTEN
    return [*found, Break(kind, place.line, place.line, place.offset, head.n, head.n)]


def _explained(found: Sequence[Break], line: int) -> bool:
    return any(each.line <= line <= each.last_line and each.kind in _OWN_FAULT for each in found)


def _without_doubles(found: Sequence[Break]) -> list[Break]:
    """``found`` without a change that a wider one holds already."""
    kept: list[Break] = []
    for each in sorted(found, key=lambda each: (each.line, -each.last_line)):
        wider = (one for one in kept if one.kind is each.kind and one.line <= each.line)
        if each.kind is not Kind.CHANGED or not any(each.last_line <= one.last_line for one in wider):
            kept.append(each)
    return kept

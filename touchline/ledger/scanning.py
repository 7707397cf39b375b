"""Reading a ledger as runs of lines that hang together, in memory that does not grow with the file.

A run is a stretch of lines of which each names the hash of the one before and counts on by one. An intact ledger is
one run from line 0 to the end; whatever was done to it cuts it into several. What was done is told from the runs
alone (``diagnosing``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from touchline.ledger import line as lines
from touchline.ledger.checkpoint import SEAL_FIELDS, seal_of
from touchline.ledger.line import MAX_LINE, Line, hash_of, read_line

MOST_PIECES = 2000
"""After so many runs and unreadable stretches nothing more is told apart, and reading stops."""
MOST_NAMED = 1000
"""So many bad signatures, keys and notes are named at most."""
WINDOW = 10_000
"""So many lines back it is found which line a run goes on from."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the file: counted from 1, beginning at the byte ``offset``."""

    line: int
    offset: int


@dataclass(slots=True)
class Run:
    """Lines that hang together, ``first`` to ``last`` in the file and ``n`` to ``last_n`` by their own count. ``prev``
    is the hash that the first one names, ``hash`` the last one's; ``sealed_n`` the last that bears a good signature."""

    first: Place
    last: Place
    n: int
    last_n: int
    prev: str | None
    hash: str
    sealed_n: int = -1


@dataclass(slots=True)
class Unread:
    """Lines that cannot be read as such; ``torn``: the file ends within the last one."""

    first: Place
    last: Place
    torn: bool = False


@dataclass(slots=True)
class Signer:
    """A key whose good signatures were met: raw, where and on which line first, how often and on which line last."""

    public: bytes
    place: Place
    n: int
    last_n: int
    count: int = 0


@dataclass(slots=True)
class Scan:
    """What a file held. ``met`` are the places and hashes of the lines with the numbers that were asked for, ``hashed``
    the lines with the hashes that were; ``bound`` the ids and first hashes of ledgers that good checkpoints name."""

    pieces: list[Run | Unread] = field(default_factory=list)
    lines: int = 0
    header: Line | None = None
    header_hash: str = ""
    header_place: Place = Place(1, 0)
    bad_seals: list[tuple[Place, int]] = field(default_factory=list)
    signers: dict[str, Signer] = field(default_factory=dict)
    bound: set[tuple[str, str]] = field(default_factory=set)
    notes: list[tuple[Place, Line]] = field(default_factory=list)
    repaired: int = 0
    met: dict[int, list[tuple[Place, str]]] = field(default_factory=dict)
    hashed: dict[str, Line] = field(default_factory=dict)
    stopped: bool = False


class Scanner:
    """Takes lines one after another; ``scan`` is what they were so far. ``numbers`` and ``hashes`` are of lines to look
    out for, ``from_line`` is how many lines of another kind stand before the first."""

    def __init__(self, numbers: Collection[int], hashes: Collection[str], from_line: int = 0) -> None:
        self.scan = Scan(met={n: [] for n in numbers}, lines=from_line)
        self._hashes = frozenset(hashes)
        self._window: OrderedDict[str, tuple[int, Place, int]] = OrderedDict()

    def take(self, offset: int, data: bytes | None, *, ended: bool) -> None:
        """The next line: ``data`` without its LF, None for one that is too long; ``ended`` by an LF."""
        scan = self.scan
        scan.lines += 1
        place = Place(scan.lines, offset)
        if not scan.pieces:
            scan.header_place = place
        line = None
        if data is not None and ended:
            try:
                line = read_line(data)
            except ValueError:
                line = None
        if line is None or data is None:
            last = scan.pieces[-1] if scan.pieces else None
            if isinstance(last, Unread) and ended:
                last.last = place
            else:
                scan.pieces.append(Unread(place, place, torn=not ended))
        else:
            self._chained(place, line, data)
        scan.stopped = len(scan.pieces) >= MOST_PIECES

    def _chained(self, place: Place, line: Line, data: bytes) -> None:
        scan, digest = self.scan, hash_of(data)
        run = scan.pieces[-1] if scan.pieces else None
        if isinstance(run, Run) and line.prev == run.hash and line.n == run.last_n + 1:
            run.last, run.last_n, run.hash = place, line.n, digest
        else:
            self._branch(line)
            run = Run(place, place, line.n, line.n, line.prev, digest)
            scan.pieces.append(run)
        self._window.setdefault(digest, (line.n, place, place.offset + len(data) + 1))
        if len(self._window) > WINDOW:
            self._window.popitem(last=False)
        if line.kind == lines.HEADER and line.n == 0 and scan.header is None:
            scan.header, scan.header_hash, scan.header_place = line, digest, place
        elif line.kind == lines.CHECKPOINT or line.body.keys() == SEAL_FIELDS:
            self._sealed(run, place, line, data)
        elif line.kind == lines.DAMAGED and len(scan.notes) < MOST_NAMED:
            scan.notes.append((place, line))
        scan.repaired += line.kind == lines.REPAIRED
        if line.n in scan.met and len(scan.met[line.n]) < MOST_NAMED:
            scan.met[line.n].append((place, digest))
        if digest in self._hashes:
            scan.hashed[digest] = line

    def _branch(self, line: Line) -> None:
        """Cut the run that ``line`` goes on from, where it does so from within."""
        if line.prev is None or (found := self._window.get(line.prev)) is None or found[0] + 1 != line.n:
            return
        n, place, next_offset = found
        pieces = self.scan.pieces
        k = bisect_right(pieces, place.line, key=lambda piece: piece.first.line) - 1
        run = pieces[k]
        if isinstance(run, Run) and n < run.last_n:
            after = Place(place.line + 1, next_offset)
            pieces[k : k + 1] = [
                Run(run.first, place, run.n, n, run.prev, line.prev, min(run.sealed_n, n)),
                Run(after, run.last, n + 1, run.last_n, line.prev, run.hash, run.sealed_n if run.sealed_n > n else -1),
            ]

    def _sealed(self, run: Run, place: Place, line: Line, data: bytes) -> None:
        scan, seal = self.scan, seal_of(line, data)
        if seal is None or not seal.good:
            if len(scan.bad_seals) < MOST_NAMED:
                scan.bad_seals.append((place, line.n))
            return
        run.sealed_n = line.n
        if len(scan.bound) < MOST_NAMED:
            scan.bound.add((seal.ledger, seal.header))
        if seal.key in scan.signers or len(scan.signers) < MOST_NAMED:
            signer = scan.signers.setdefault(seal.key, Signer(seal.public, place, line.n, line.n))
            signer.last_n, signer.count = line.n, signer.count + 1


def whole_lines(stream: BinaryIO, size: int) -> Iterator[tuple[int, bytes | None, bool]]:
    """Each line within the first ``size`` bytes: its offset, its bytes without LF (None where it is too long to be a
    line), and whether an LF ends it."""
    at = 0
    while at < size:
        data = stream.readline(min(MAX_LINE + 1, size - at))
        if not data:
            return
        begins, at = at, at + len(data)
        ended, long = data.endswith(b"\n"), len(data) > MAX_LINE and not data.endswith(b"\n")
        while long and not ended and at < size:
            more = stream.readline(min(MAX_LINE, size - at))
            if not more:
                break
            at += len(more)
            ended = more.endswith(b"\n")
        yield begins, None if long else data.removesuffix(b"\n"), ended

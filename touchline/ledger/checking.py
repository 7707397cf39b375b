"""Checking a ledger, or a slice of one: whether anything was changed, and where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from touchline.errors import BadFile
from touchline.i18n import UNKNOWN, t
from touchline.ledger import line as lines
from touchline.ledger.diagnosing import Break, Diagnosis, Kind, diagnose
from touchline.ledger.head import Head, read_head
from touchline.ledger.scanning import Place, Run, Scan, Scanner, Unread, whole_lines
from touchline.ledger.slicing import Excerpt, read_excerpt
from touchline.ledger.tail import settled_size


class Status(StrEnum):
    """What a check found; ``UNTRUSTED``: all hangs together, but a signature is by a key that nobody vouches for."""

    INTACT = "intact"
    BROKEN = "broken"
    UNTRUSTED = "untrusted"


class HeadState(StrEnum):
    """What the heads told that were kept elsewhere: with none of them, lines cut off at the end are not noticed."""

    ABSENT = "absent"
    HELD = "held"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Signature:
    """A key that signed: its id, how many good signatures it made here, whether it is trusted (None: nobody asked)."""

    key: str
    count: int
    trusted: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``last_n`` and ``sha256`` are the head as it is now; lines up to ``signed_to`` are under a
    good signature of a trusted key (None where something is broken). ``first_n`` is above 0 in a slice. ``breaks`` are
    in the order of the file; ``stopped`` where there were too many to go on."""

    status: Status
    ledger: str | None
    subject: str | None
    created_utc: str | None
    software: str | None
    lines: int
    size: int
    first_n: int
    last_n: int | None
    sha256: str | None
    signed_to: int | None
    signatures: tuple[Signature, ...]
    heads: HeadState
    repaired: int
    excerpt: Excerpt | None
    breaks: tuple[Break, ...]
    stopped: bool

    @property
    def first_break(self) -> Break | None:
        """The first place at which something is wrong."""
        return self.breaks[0] if self.breaks else None

    def document(self, lang: str) -> dict[str, Any]:
        """The report as a JSON-ready document, its words in ``lang``."""
        told = ("status", "ledger", "subject", "created_utc", "software", "lines", "size", "first_n", "last_n")
        return {
            **{name: getattr(self, name) for name in (*told, "sha256", "signed_to", "repaired", "stopped")},
            "heads": self.heads,
            "slice": None if self.excerpt is None else {"first": self.excerpt.first.n, "last": self.excerpt.last.n},
            "signatures": [{"key": each.key, "count": each.count, "trusted": each.trusted} for each in self.signatures],
            "breaks": [break_document(each, lang) for each in self.breaks],
        }


def words(found: Break, lang: str) -> str:
    """What a break is and where, in a sentence for people."""
    entries = _span(found.n, found.last_n)
    at = {"line": _span(found.line, found.last_line), "offset": found.offset, "entries": entries}
    return t(f"touchline.ledger.kind.{found.kind.value}", lang, **at)


def _span(first: int | None, last: int | None) -> str:
    if first is None:
        return UNKNOWN
    return str(first) if last in (None, first) else f"{first}–{last}"


def break_document(found: Break, lang: str) -> dict[str, Any]:
    """A break as a JSON-ready document."""
    names = ("line", "last_line", "offset", "n", "last_n")
    return {"kind": found.kind, **{name: getattr(found, name) for name in names}, "words": words(found, lang)}


def check(path: Path, *, trusted: Collection[bytes] | None = None, head: Head | None = None) -> Report:
    """What is wrong with the ledger or the slice in the file ``path``, if anything.

    ``trusted`` are raw public keys; None asks nobody whether a key is good. ``head`` is one that was kept elsewhere;
    the one beside the file counts too. A ledger may be written meanwhile: what was whole at the beginning is checked.
    Raises ``BadFile`` where the file cannot be read or is no ledger at all.
    """
    try:
        kept = read_head(path)
        unreadable = False
    except BadFile:
        kept, unreadable = None, True
    heads = [each for each in (kept, head) if each is not None]
    try:
        size = settled_size(path)
        with path.open("rb", 1 << 20) as stream:
            report = check_stream(stream, size, trusted=trusted, heads=heads)
    except OSError as fault:
        raise BadFile("touchline.errors.ledger_unreadable", path=path, fault=fault) from fault
    if report is None:
        raise BadFile("touchline.errors.not_a_ledger", path=path)
    return replace(report, heads=HeadState.UNREADABLE) if unreadable else report


def check_stream(
    stream: BinaryIO, size: int, *, trusted: Collection[bytes] | None = None, heads: Sequence[Head] = ()
) -> Report | None:
    """The report on the first ``size`` bytes of a stream; None where not one line of a ledger is in them."""
    scanner, excerpt, begun = Scanner({head.n for head in heads}, ()), None, False
    for offset, data, ended in whole_lines(stream, size):
        if not begun and data is not None and (excerpt := read_excerpt(data)) is not None:
            asked = {excerpt.first.sha256, excerpt.last.sha256}
            scanner = Scanner({head.n for head in heads}, asked, from_line=1)
        else:
            scanner.take(offset, data, ended=ended)
        begun = True
        if scanner.scan.stopped:
            break
    scan = scanner.scan
    if not any(isinstance(piece, Run) for piece in scan.pieces):
        return None
    found, own = _diagnosed(scan, size, heads, excerpt)
    breaks = [*found.breaks, *own, *_header_breaks(scan, [*found.breaks, *own]), *_noted(scan)]
    if not scan.signers and not breaks:
        breaks.append(_at(Kind.UNSIGNED, scan.header_place, None))
    good = None if trusted is None else set(trusted)
    if good is not None:
        breaks += [_at(Kind.UNTRUSTED, each.place, each.n) for each in scan.signers.values() if each.public not in good]
    unique = sorted(dict.fromkeys(breaks), key=lambda each: (each.line, each.last_line, each.kind))
    kinds = {each.kind for each in unique}
    status = Status.BROKEN if kinds - {Kind.UNTRUSTED} else Status.UNTRUSTED if kinds else Status.INTACT
    header: dict[str, Any] = scan.header.body if scan.header else {}
    signed = [each.last_n for each in scan.signers.values() if good is None or each.public in good]
    return Report(
        status=status,
        ledger=_text(header.get("ledger")),
        subject=_text(header.get("subject")),
        created_utc=scan.header.utc if scan.header else None,
        software=_text(header.get("software")),
        lines=scan.lines,
        size=size,
        first_n=excerpt.first.n if excerpt else 0,
        last_n=found.last_n,
        sha256=found.last_hash,
        signed_to=max(signed, default=None) if status is not Status.BROKEN else None,
        signatures=tuple(
            Signature(name, each.count, None if good is None else each.public in good)
            for name, each in scan.signers.items()
        ),
        heads=HeadState.HELD if heads else HeadState.ABSENT,
        repaired=scan.repaired,
        excerpt=excerpt,
        breaks=tuple(unique),
        stopped=scan.stopped,
    )


def _at(kind: Kind, place: Place, n: int | None) -> Break:
    return Break(kind, place.line, place.line, place.offset, n, n)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _header_breaks(scan: Scan, found: Sequence[Break]) -> list[Break]:
    """A first line that is no ledger's, or another one than the signatures name, where nothing says so already."""
    place, body = scan.header_place, scan.header.body if scan.header else {}
    if any(each.line <= place.line <= each.last_line or each.n == 0 for each in found):
        return []
    form = body.get("format") == lines.FORMAT and body.get("version") == lines.VERSION
    bound = not scan.bound or (body.get("ledger"), scan.header_hash) in scan.bound
    return [] if form and bound else [_at(Kind.CHANGED, place, 0)]


def _noted(scan: Scan) -> list[Break]:
    return [_at(Kind.NOTED, place, line.n) for place, line in scan.notes]


def _diagnosed(scan: Scan, size: int, heads: Sequence[Head], excerpt: Excerpt | None) -> tuple[Diagnosis, list[Break]]:
    """The diagnosis of a ledger or of a slice, and of a slice what is wrong with its own first line and its end."""
    if excerpt is None:
        return diagnose(scan, heads, size), []
    first, last = excerpt.first, excerpt.last
    wrong: list[Break] = []
    known = scan.hashed.get(first.sha256)
    n, prev = (known.n, known.prev) if known else (first.n, first.prev)
    start = scan.pieces[0]
    if n > 1 and start.first == start.last:  # the ledger's first line, which no line here goes on from
        if isinstance(start, Unread):
            wrong.append(_at(Kind.UNREADABLE, start.first, 0))
        if isinstance(start, Unread) or start.n == 0:
            del scan.pieces[0]
    found = diagnose(scan, heads, size, n=n, prev=prev) if n > 1 else diagnose(scan, heads, size)
    for each in (first, last):
        at = scan.hashed.get(each.sha256)
        if not found.breaks if at is None else (at.n, at.prev) != (each.n, each.prev):
            wrong.append(_at(Kind.CHANGED, Place(1, 0), None))
    end = scan.pieces[-1] if scan.pieces else start
    if not found.breaks and not (isinstance(end, Run) and end.sealed_n == end.last_n > last.n):
        wrong.append(Break(Kind.CUT_OFF, scan.lines + 1, scan.lines + 1, size, (found.last_n or 0) + 1, None))
    return found, wrong

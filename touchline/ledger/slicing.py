"""A slice of a ledger: some of its lines, byte for byte, with what proves them.

The file begins with a line of its own that says which lines were wanted. The ledger's first line follows, then the
lines from the first wanted one up to the checkpoint after the last: that signature covers them all, and names the
ledger's first line too. So lines between the last wanted one and the checkpoint are shown as well; to show none,
make a checkpoint first.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.files import replacing
from touchline.ledger.checkpoint import seal_of
from touchline.ledger.line import (
    CHECKPOINT,
    HEADER,
    MAX_LINE,
    SLICE_FORMAT,
    VERSION,
    encode,
    hash_of,
    read_line,
    read_object,
)
from touchline.ledger.scanning import whole_lines
from touchline.ledger.tail import settled_size

_COPY = 1 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Line ``n`` with its own hash and the one that it names (None for line 0)."""

    n: int
    sha256: str
    prev: str | None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Which lines a slice was made for."""

    first: Wanted
    last: Wanted


def write_slice(path: Path, first: int, last: int, out: Path) -> Excerpt:
    """Copy the lines ``first`` to ``last`` of the ledger ``path`` with their proof to ``out``; what they were.

    Raises ``BadValue`` where there are no such lines, where they do not hang together, or where no checkpoint covers
    them yet; ``BadFile`` where a file cannot be read or written.
    """
    if not 0 <= first <= last:
        raise BadValue("touchline.errors.ledger_slice", path=path, first=first, last=last)
    try:
        excerpt, header, begins, ends = _find(path, first, last)
        with replacing(out) as temporary, temporary.open("wb") as target, path.open("rb") as source:
            target.write(encode(_document(excerpt)) + b"\n")
            target.write(header + b"\n" if first > 0 else b"")
            source.seek(begins)
            while begins < ends and (data := source.read(min(_COPY, ends - begins))):
                target.write(data)
                begins += len(data)
    except (BadFile, BadValue):
        raise
    except OSError as fault:
        raise BadFile("touchline.errors.ledger_unreadable", path=path, fault=fault) from fault
    return excerpt


def _find(path: Path, first: int, last: int) -> tuple[Excerpt, bytes, int, int]:
    """The wanted lines, the ledger's first line, and the bytes from the first wanted line to the checkpoint's end."""
    header, begins = b"", -1
    ends: list[Wanted] = []
    prev: str | None = None
    with path.open("rb") as stream:
        for offset, data, ended in whole_lines(stream, settled_size(path)):
            try:
                line = read_line(data) if data is not None and ended else None
            except ValueError:
                line = None
            if line is None or data is None:
                if begins >= 0:
                    break
                continue
            if line.n == 0 and line.kind == HEADER and not header:
                header = data
            if begins < 0 and line.n == first:
                begins, prev = offset, line.prev
            if begins < 0:
                continue
            if line.prev != prev or line.n > last + _FURTHEST:
                break
            prev = hash_of(data)
            if line.n in (first, last):
                ends.append(Wanted(line.n, prev, line.prev))
            if line.n > last and line.kind == CHECKPOINT and header:
                seal = seal_of(line, data)
                if seal is not None and seal.good and seal.header == hash_of(header):
                    return Excerpt(ends[0], ends[-1]), header, begins, offset + len(data) + 1
    raise BadValue("touchline.errors.ledger_slice", path=path, first=first, last=last)


_FURTHEST = 1_000_000
"""A checkpoint is looked for on so many lines behind the last wanted one."""


def _document(excerpt: Excerpt) -> dict[str, Any]:
    return {"format": SLICE_FORMAT, "version": VERSION, "first": asdict(excerpt.first), "last": asdict(excerpt.last)}


def read_excerpt(data: bytes) -> Excerpt | None:
    """What the first line of a file says if the file is a slice, None if it is none."""
    if len(data) > MAX_LINE:
        return None
    try:
        found = read_object(data)
        ends = [found["first"], found["last"]]
        good = found["format"] == SLICE_FORMAT and found["version"] == VERSION and encode(found) == data
        if not good or any(each.keys() != {"n", "sha256", "prev"} for each in ends):
            return None
        first, last = (Wanted(each["n"], each["sha256"], each["prev"]) for each in ends)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    texts = (first.sha256, last.sha256, first.prev or "", last.prev or "")
    sound = all(isinstance(each.n, int) for each in (first, last)) and all(isinstance(text, str) for text in texts)
    return Excerpt(first, last) if sound and 0 <= first.n <= last.n else None

"""A small ledger for the tests, and its bytes as a check sees them."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path

from touchline.ledger import Author, Head, Ledger, Receipt, Report, SigningKey
from touchline.ledger.checking import check_stream
from touchline.ledger.keys import new_key

KEY, OTHER = new_key(), new_key()
REFEREE = Author("Nguyễn Thị Ánh Tuyết", "a-1")


def begun(path: Path, **limits: object) -> Ledger:
    return Ledger.open(path, KEY, subject="hue-da-nang", **limits)


def filled(path: Path, entries: int, *, signed: bool = True, key: SigningKey = KEY, every: int = 1000) -> list[Receipt]:
    """A ledger with ``entries`` entries (lines 2 and on), ``signed`` at its end."""
    ledger = Ledger.open(path, key, subject="hue-da-nang", every_lines=every)
    receipts = [ledger.append("mark", {"name": f"cột {k}", "u_px": k / 7}, by=REFEREE) for k in range(entries)]
    if signed:
        ledger.checkpoint()
    return receipts


def checked(data: bytes, heads: Sequence[Head] = (), trusted: Collection[bytes] = (KEY.public,)) -> Report:
    report = check_stream(io.BytesIO(data), len(data), trusted=trusted, heads=heads)
    assert report is not None
    return report


def line_at(data: bytes, offset: int) -> int:
    """The line, counted from 1, that the byte ``offset`` belongs to; an LF belongs to the line that it ends."""
    return data.count(b"\n", 0, offset) + 1


def found_at(report: Report, line: int) -> bool:
    """Whether the first break is at this very line and something is wrong at all."""
    first = report.first_break
    return first is not None and first.line <= line <= first.last_line

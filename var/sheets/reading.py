"""A table that somebody made in a spreadsheet: CSV in any usual form, or the first sheet of an XLSX file.

XLSX is read by openpyxl. It comes from strangers, so what it could cost is bounded before a library sees it.
"""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import Any

from touchline.errors import BadFile
from touchline.workbook import Bounds, StrictWorkbook, first_sheet

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_CELLS = 20 << 20, 100 << 20, 20_000, 100
MOST_TAGS, MOST_OTHER_TAGS = 2_000_000, 200_000
_BOUNDS = Bounds(MOST_UNPACKED, MOST_ROWS, MOST_CELLS, MOST_TAGS, MOST_OTHER_TAGS)
_HALF = timedelta(seconds=30)
"""What rounds to the minute: fifteen and a half hours are not written exactly as a part of a day."""


def read_sheet(data: bytes, name: str) -> list[list[str]]:
    """The cells of a table as texts, in XLSX as many in each row; days as ``2026-11-29``, times as ``15:30``. Rows that
    hold nothing stay, so that a row's number is the one that people see.

    Raises ``BadFile`` for what is no table, is too large, or has more than 20,000 rows.
    """
    if len(data) > MOST_BYTES:
        raise BadFile("var.errors.sheet_too_large", name=name, most=MOST_BYTES >> 20)
    is_zip, suffix = data[:4] == b"PK\x03\x04", PurePath(name).suffix.lower()
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":  # the old form of Excel, or one with a password
        raise BadFile("var.errors.sheet_old_excel", name=name)
    if not is_zip and suffix in (".xlsx", ".xlsm"):
        raise BadFile("var.errors.not_a_sheet", name=name, fault="not XLSX")
    try:
        rows = _xlsx(data, name) if is_zip else _csv(data)
    except BadFile:
        raise
    except Exception as fault:  # openpyxl says by any exception that a stranger's file is none of its own
        said = str(fault.__cause__ or fault)[:120] or type(fault).__name__
        raise BadFile("var.errors.not_a_sheet", name=name, fault=said) from fault
    if len(rows) > MOST_ROWS:
        raise BadFile("var.errors.sheet_too_long", name=name, most=MOST_ROWS)
    return rows


def _csv(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    if "\0" in text:
        raise ValueError("zero bytes")
    first = next((line for line in text.splitlines() if line.strip()), "")
    comma = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=comma)
    return [[cell.strip() for cell in row[:MOST_CELLS]] for _, row in zip(range(MOST_ROWS + 1), rows, strict=False)]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    return data.decode("cp1258")  # Excel in Vietnamese, where it was not told to write UTF-8


def _xlsx(data: bytes, name: str) -> list[list[str]]:
    try:
        rows = first_sheet(data, _BOUNDS)
    except StrictWorkbook as fault:
        raise BadFile("var.errors.sheet_strict", name=name) from fault
    found = [[_text(value).strip() for value in row] for row in rows]
    width = max((place for row in found for place, cell in enumerate(row, 1) if cell), default=0)
    return [row[:width] for row in found]


def _text(value: Any) -> str:
    """What a cell says, of what openpyxl found in it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value + _HALF:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{datetime.combine(date(2000, 1, 1), value) + _HALF:%H:%M}"
    if isinstance(value, timedelta):
        hours, minutes = divmod(round(value / timedelta(minutes=1)), 60)
        return f"{hours:02}:{minutes:02}"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)

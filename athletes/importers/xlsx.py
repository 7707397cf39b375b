"""Tables in XLSX workbooks: the first sheet, its cells as texts that tables of text would hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from athletes.importers.csv_time import EPOCH
from touchline.errors import BadFile
from touchline.workbook import Bounds, StrictWorkbook, sheet_beside_others

MOST_ROWS, MOST_CELLS = 200_000, 60
BOUNDS = Bounds(unpacked=200 << 20, rows=MOST_ROWS, cells=MOST_CELLS, tags=8_000_000)
"""A day of seconds with ten columns unpacks to 40 MB and has four million tags."""

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the old form of Excel begins, and a workbook with a password."""


def rows_of(data: bytes, name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """All rows of the first sheet, and the names of the sheets after it, which are not read. Raises ``BadFile``:
    ``damaged``, ``strict_workbook``, ``too_many_rows``."""
    try:
        found, others = sheet_beside_others(data, BOUNDS)
    except StrictWorkbook as fault:
        raise BadFile("athletes.errors.strict_workbook", name=name) from fault
    except Exception as fault:  # openpyxl says by any exception that a stranger's file is none of its own
        said = str(fault.__cause__ or fault)[:120] or type(fault).__name__
        raise BadFile("athletes.errors.damaged", kind="XLSX", fault=said) from fault
    if len(found) > MOST_ROWS:
        raise BadFile("athletes.errors.too_many_rows", most=MOST_ROWS)
    return [[_text(value) for value in row] for row in found], others


def _text(value: Any) -> str:
    """What a cell says, of what openpyxl found in it, to the millisecond: times in Excel are parts of a day."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _rounded(value).isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        moment = EPOCH.replace(hour=value.hour, minute=value.minute, second=value.second, microsecond=value.microsecond)
        return _rounded(moment).time().isoformat()
    if isinstance(value, timedelta):
        ms = round(value / timedelta(milliseconds=1))
        return f"{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _rounded(at: datetime) -> datetime:
    return at.replace(microsecond=0) + timedelta(milliseconds=round(at.microsecond / 1000))

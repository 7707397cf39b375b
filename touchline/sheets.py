"""Sheets as bytes that spreadsheets open: CSV (RFC 4180, UTF-8 with a mark) and XLSX, which XlsxWriter writes.

A text that a spreadsheet would take for a formula stays a text in both. The same sheets give the same bytes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

Value = str | int | float | date | datetime | None
Kind = Literal["text", "whole", "number", "brief", "seconds", "day", "instant"]

STARTS_A_FORMULA = tuple("=+-@\t\r\n＝＋－＠|%")
LONGEST_CELL = 32_767
"""Signs that a cell of XLSX may hold."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMATS = {
    "whole": "0",
    "number": "0.0000",
    "brief": "0.##",
    "seconds": "0.0##",
    "day": "yyyy-mm-dd",
    "instant": "yyyy-mm-dd hh:mm:ss",
}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MADE = datetime(1980, 1, 1)  # noqa: DTZ001 a workbook keeps no zone
"""When every workbook says it was made, the first day that a zip can tell: today would change the bytes."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart beside a sheet's rows: columns by their place, ``days`` along the axis, ``bars`` on the left axis and
    ``lines`` on the right one."""

    title: str
    days: int
    bars: Sequence[int]
    lines: Sequence[int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, headings, the kind and the width (in characters) of each column, and rows of typed cells."""

    name: str
    headings: Sequence[str]
    kinds: Sequence[Kind]
    widths: Sequence[int]
    rows: Sequence[Sequence[Value]]
    chart: Chart | None = None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might take a text for a formula."""
    return text.startswith(STARTS_A_FORMULA) or text.lstrip().startswith(STARTS_A_FORMULA)


def csv_bytes(sheet: Sheet) -> bytes:
    """The sheet as CSV: commas, a decimal point, ISO 8601 days and instants in UTC, and unknown as an empty cell.

    It begins with a byte order mark, without which Excel reads Vietnamese in the alphabet of the machine. A text that
    begins like a formula gets an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_csv_text(heading) for heading in sheet.headings])
    writer.writerows([_csv_cell(value) for value in row] for row in sheet.rows)
    return "\ufeff".encode() + out.getvalue().encode("utf-8", "replace")


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return _csv_text(value) if isinstance(value, str) else repr(value)


def _csv_text(text: str) -> str:
    text = text.replace("\0", "")
    return f"'{text}" if is_formula(text) else text


def xlsx_bytes(sheets: Sequence[Sheet], title: str) -> bytes:
    """The sheets as a workbook: typed cells, the headings frozen, and a filter over each sheet."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    with Workbook(out, _OPTIONS) as book:
        book.set_properties({"title": _legal(title), "author": "Touchline", "created": _MADE})
        top = {"valign": "top"}
        formats = {kind: book.add_format({**top, "num_format": code}) for kind, code in _FORMATS.items()}
        text = {**top, "num_format": "@", "text_wrap": True}
        formats["text"] = book.add_format(text)
        formats["guarded"] = book.add_format({**text, "quote_prefix": True})
        head = book.add_format({**text, "bold": True, "bg_color": "#E3EFE8"})
        for sheet, name in zip(sheets, _names(sheets), strict=True):
            page = book.add_worksheet(name)
            for place, (heading, width) in enumerate(zip(sheet.headings, sheet.widths, strict=True)):
                page.set_column(place, place, width)
                page.write_string(0, place, _cut(heading), head)
            for number, row in enumerate(sheet.rows, 1):
                for place, (value, kind) in enumerate(zip(row, sheet.kinds, strict=True)):
                    _write(page, number, place, value, kind, formats)
            page.freeze_panes(1, 0)
            page.autofilter(0, 0, len(sheet.rows), len(sheet.headings) - 1)
            if sheet.chart is not None and sheet.rows:
                _draw(book, page, name, sheet, sheet.chart)
    return out.getvalue()


def _draw(book: Any, page: Any, name: str, sheet: Sheet, wanted: Chart) -> None:
    """The chart of a sheet, right of its columns: bars, and lines on an axis of their own."""
    drawn, over = book.add_chart({"type": "column"}), book.add_chart({"type": "line"})
    last, colours = len(sheet.rows), ("#8FB7D8", "#1B5E9E", "#C8430F", "#5B6875")
    for number, place in enumerate((*wanted.bars, *wanted.lines)):
        lined = number >= len(wanted.bars)
        series = {
            "name": [name, 0, place],
            "categories": [name, 1, wanted.days, last, wanted.days],
            "values": [name, 1, place, last, place],
            "y2_axis": lined,
        }
        look = {"line": {"color": colours[number % 4], "width": 1.75}} if lined else {"fill": {"color": colours[0]}}
        (over if lined else drawn).add_series({**series, **look})
    drawn.combine(over)
    drawn.set_title({"name": _cut(wanted.title), "name_font": {"size": 12}})
    drawn.set_x_axis({"date_axis": True, "num_format": "d/m"})
    drawn.set_legend({"position": "bottom"})
    drawn.set_size({"width": 760, "height": 320})
    page.insert_chart(1, len(sheet.headings) + 1, drawn)


def _write(page: Any, row: int, place: int, value: Value, kind: Kind, formats: dict[str, Any]) -> None:
    """A cell of the type that its value has; none for what is unknown."""
    if value is None:
        return
    if isinstance(value, str):
        text = _cut(value)
        page.write_string(row, place, text, formats["guarded" if is_formula(text) else "text"])
    elif isinstance(value, datetime):
        page.write_datetime(row, place, value.astimezone(UTC).replace(tzinfo=None), formats[kind])
    elif isinstance(value, date):
        page.write_datetime(row, place, value, formats[kind])
    else:
        page.write_number(row, place, value, formats[kind])


def _names(sheets: Sequence[Sheet]) -> list[str]:
    """The names of the sheets as they may be: without some signs, 31 at most, each once."""
    names: list[str] = []
    for number, sheet in enumerate(sheets, 1):
        name = re.sub(r"[\[\]:*?/\\]", " ", _legal(sheet.name)).strip(" '")[:31].strip(" '") or str(number)
        names.append(name if name.casefold() not in {each.casefold() for each in names} else f"{name[:27]} {number}")
    return names


def _cut(text: str) -> str:
    return _legal(text)[:LONGEST_CELL]


def _legal(text: str) -> str:
    """``text`` without what XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)

"""A table of dated loads: one line a load, with the columns date and load named in Vietnamese or English.

Several loads of a day add up; days between the first and the last without a line are days without training. A day
with a line whose load is empty or cannot be read is a day whose load nobody knows. A line whose date cannot be read
may belong to any day: then the table is refused, with all such lines named.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from athletes.importers.numbers import Style, style_of
from touchline.errors import BadFile

DATES = {"date", "day date", "training date", "ngay", "ngay tap"}
LOADS = {"load", "training load", "tl", "trimp", "srpe", "tai", "tai tap", "tai luyen tap", "luong van dong"}
TESTS = {"test", "performance", "thanh tich", "kiem tra"}
WHO = {"athlete", "id", "athlete id", "van dong vien", "vdv", "ma vdv"}
NOTHING = {"", "-", "--", "null", "none", "nan", "na", "n/a"}
MOST_LOAD = 5000.0
LONGEST_DAYS = 40 * 366
SHOWN = 12
UNIX_S = (946_684_800, 4_102_444_800)
FORMS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d")


@dataclass(frozen=True, slots=True, eq=False)
class DatedLoads:
    """``loads`` of consecutive days from ``first`` on, shape (n,): 0.0 without a line, NaN where it is not known.
    ``tests`` are performances by day. ``bad_lines``: line number and what stands there, of loads that cannot be
    read."""

    first: date
    loads: NDArray[np.float64]
    tests: dict[int, float]
    bad_lines: tuple[tuple[int, str], ...]
    who: str | None = None


def plain(cell: str) -> str:
    """A name without accents, units in brackets, underscores and capitals."""
    text = unicodedata.normalize("NFD", cell.strip().lower().replace("đ", "d"))
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return re.sub(r"[\s_]+", " ", re.sub(r"[(\[].*?[)\]]", " ", text)).strip(" .:*")


def number_in(cell: str, *, comma: bool, style: Style | None = None) -> float:
    """The number in a cell, with a decimal point or a decimal comma. ``comma`` says that commas do not part cells, so
    that 1,234 is a little more than one; ``style`` how the other cells are written: beside 350,5 the number 1.234 is
    over a thousand. Raises ``ValueError`` for what is no number, or could be two."""
    text = cell.strip().replace("\u2212", "-").replace("\u00a0", "").replace(" ", "")
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}", text):
        if style is Style.MIXED:
            raise ValueError(cell)
        if (style, text[-4]) in ((Style.POINT, ","), (Style.COMMA, ".")):
            return float(re.sub("[.,]", "", text))
    if re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", text):
        text = text.replace(",", "")
    elif not comma and re.fullmatch(r"[+-]?[0-9]{1,3},[0-9]{3}", text):
        raise ValueError(cell)
    if not re.fullmatch(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)", text) or len(text) > 20:
        raise ValueError(cell)
    return float(text.replace(",", "."))


def day_in(cell: str) -> date:
    """The day in a cell: 2026-05-31, 31/05/2026, 31-5-2026, 31.5.2026, a date with a time, or Unix seconds (UTC).
    Raises ``ValueError``."""
    text = cell.strip()
    if re.fullmatch(r"[0-9]{9,10}(\.0*)?", text) and UNIX_S[0] <= float(text) < UNIX_S[1]:
        return datetime.fromtimestamp(float(text), UTC).date()
    head = re.split(r"[T ]", text, maxsplit=1)[0]
    for form in FORMS:
        try:
            return datetime.strptime(head, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    found = date.fromisoformat(head)
    if not 1970 <= found.year <= 2100:
        raise ValueError(cell)
    return found


def dated_loads(text: str, *, only: str | None = None) -> DatedLoads | None:
    """The dated loads in ``text``; None where it is no table with the columns date and load. ``only`` is the athlete to
    take where the table has a column of athletes.

    Raises ``BadFile``: ``bad_load_dates``, ``several_athletes``, ``no_such_athlete_in_table``, ``no_loads``,
    ``loads_too_far_apart``.
    """
    found = _found(text)
    if found is None:
        return None
    rows, columns, comma, first_line = found
    chosen, who = _of_one(rows, columns, only)
    measured = [columns[name] for name in ("load", "test") if name in columns]
    style = style_of((_cell(row, column) for _, row in chosen for column in measured), divided_by_comma=not comma)
    bad_dates: list[str] = []
    bad_loads: list[tuple[int, str]] = []
    loads: dict[date, float] = {}
    tests: dict[date, float] = {}
    for line, row in chosen:
        try:
            day = day_in(_cell(row, columns["date"]))
        except (ValueError, OverflowError):
            bad_dates.append(f"{line}: {_cell(row, columns['date'])[:30]!r}")
            continue
        value = float("nan")
        try:
            if len(row) > columns["count"] and any(cell.strip() for cell in row[columns["count"] :]):
                raise ValueError(row)
            if (text_of := _cell(row, columns["load"])).lower() not in NOTHING:
                value = number_in(text_of, comma=comma, style=style)
            if not (value != value or 0 <= value <= MOST_LOAD):
                raise ValueError(value)
            if "test" in columns and (test := _cell(row, columns["test"])).lower() not in NOTHING:
                tests[day] = number_in(test, comma=comma, style=style)
        except ValueError:
            value = float("nan")
            bad_loads.append((line, " ".join(row)[:60]))
        loads[day] = loads.get(day, 0.0) + value
    if bad_dates:
        shown = "; ".join(bad_dates[:SHOWN]) + ("; …" if len(bad_dates) > SHOWN else "")
        raise BadFile("athletes.errors.bad_load_dates", count=len(bad_dates), total=len(chosen), faults=shown)
    if not loads:
        raise BadFile("athletes.errors.no_loads", line=first_line)
    begin, end = min(loads), max(loads)
    if (end - begin).days > LONGEST_DAYS:
        raise BadFile("athletes.errors.loads_too_far_apart", first=begin, last=end)
    series = np.zeros((end - begin).days + 1)
    for day, load in loads.items():
        series[(day - begin).days] = load
    return DatedLoads(begin, series, {(day - begin).days: one for day, one in tests.items()}, tuple(bad_loads), who)


def _found(text: str) -> tuple[list[tuple[int, list[str]]], dict[str, int], bool, int] | None:
    lines = text.splitlines()
    for delimiter in (";", "\t", ",", "|"):
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        for at, row in enumerate(rows[:20]):
            names = [plain(cell) for cell in row]
            columns = {
                key: next(index for index, name in enumerate(names) if name in known)
                for key, known in (("date", DATES), ("load", LOADS), ("test", TESTS), ("who", WHO))
                if any(name in known for name in names)
            }
            if "date" in columns and "load" in columns:
                columns["count"] = len(row)
                body = [(line, row) for line, row in enumerate(rows[at + 1 :], at + 2) if any(map(str.strip, row))]
                return body, columns, delimiter != ",", at + 1
    return None


def _of_one(
    rows: list[tuple[int, list[str]]], columns: dict[str, int], only: str | None
) -> tuple[list[tuple[int, list[str]]], str | None]:
    if "who" not in columns:
        return rows, None
    names = list(dict.fromkeys(_cell(row, columns["who"]) for _, row in rows))
    if only is None and len(names) > 1:
        shown = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        raise BadFile("athletes.errors.several_athletes", count=len(names), names=shown)
    if only is not None and only not in names:
        same = [name for name in names if name.removesuffix(".0") == only.removesuffix(".0")]
        if len(same) != 1:
            raise BadFile("athletes.errors.no_such_athlete_in_table", name=only)
        (only,) = same  # programs write the number 1 as 1.0
    chosen = only or (names[0] if names else None)
    return [(line, row) for line, row in rows if _cell(row, columns["who"]) == chosen], chosen


def _cell(row: list[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""

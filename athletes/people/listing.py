"""A list of athletes as clubs keep it, CSV or XLSX: names, sex, birth date, squad, heart rates. All rows or none."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.model import Athlete, Sex, ZoneSetting
from athletes.people.standing import Asking, rules_of
from touchline.errors import BadFile, TouchlineError
from touchline.workbook import Bounds, first_sheet

MOST_BYTES, MOST_ROWS, LOOKS_WITHIN = 4 << 20, 5000, 10
BOUNDS = Bounds(unpacked=64 << 20, rows=MOST_ROWS, cells=50, tags=2_000_000)
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("ten", "ho ten", "ho va ten", "van dong vien", "vdv", "name", "full name", "athlete"),
    "sex": ("gioi tinh", "gioi", "sex", "gender"),
    "born": ("ngay sinh", "nam sinh", "birth date", "date of birth", "dob", "born", "birth year", "year of birth"),
    "squad": ("doi", "nhom", "lop", "doi tuyen", "squad", "team", "group"),
    "hr_max": ("nhip tim toi da", "nhip toi da", "hrmax", "hr max", "max hr"),
    "hr_rest": ("nhip tim nghi", "nhip nghi", "hrrest", "hr rest", "resting hr"),
}
"""How each column may be called, without signs over letters, in small letters. Others are left alone."""
_SEXES = {Sex.FEMALE: ("nu", "f", "female", "w"), Sex.MALE: ("nam", "m", "male")}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list brought: the new athletes, and those who were there already (same name and birth).
    ``limits_left_out``: of how many new ones heart rates stood in the list that may not be held without a consent."""

    added: tuple[Athlete, ...]
    known: tuple[Athlete, ...]
    limits_left_out: int = 0


def import_list(archive: Archive, path: Path) -> Listed:
    """Add the athletes of a list, once each; where consents are required, without heart rates: nobody new has given
    one. Raises ``BadFile`` for what is no list or has a wrong row."""
    wanted, left_out = read_list(path), 0
    required = rules_of(archive.store).consent is Asking.REQUIRE
    there = {(one.name, one.birth_date, one.birth_year): one for one in archive.athletes()}
    added, known = [], []
    for athlete in wanted:
        found = there.get((athlete.name, athlete.birth_date, athlete.birth_year))
        if found is not None:
            known.append(found)
            continue
        if required and athlete.zone_settings:
            athlete, left_out = replace(athlete, zone_settings=()), left_out + 1
        saved = archive.save_athlete(athlete)
        there[saved.name, saved.birth_date, saved.birth_year] = saved
        added.append(saved)
    return Listed(tuple(added), tuple(known), left_out)


def read_list(path: Path) -> list[Athlete]:
    """The athletes of a list, without ids. Raises ``BadFile``."""
    name = path.name
    try:
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise ValueError(f"{len(data) >> 20} MB")
        rows = _sheet(data) if data[:2] == b"PK" else _lines(data)
        top, columns = _headings(rows)
    except (OSError, ValueError, csv.Error) as fault:
        raise BadFile("athletes.errors.bad_squad_file", name=name, fault=fault) from fault
    found = []
    for number, row in enumerate(rows[top + 1 :], top + 2):
        cells = {key: row[k] for key, k in columns.items() if k < len(row) and row[k] not in (None, "")}
        if not cells:
            continue
        try:
            found.append(_athlete(cells))
        except ValueError as fault:
            told = fault.detail() if isinstance(fault, TouchlineError) else str(fault)
            raise BadFile("athletes.errors.bad_squad_row", row=number, name=name, fault=told) from fault
    return found


def _sheet(data: bytes) -> list[list[Any]]:
    try:
        found = first_sheet(data, BOUNDS)
    except Exception as fault:  # openpyxl promises none of its own
        raise ValueError(str(fault)) from fault
    if len(found) > MOST_ROWS:
        raise ValueError(f"more than {MOST_ROWS} rows")
    return [list(row) for row in found]


def _lines(data: bytes) -> list[list[Any]]:
    text = ""
    for code in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1258"):
        with suppress(UnicodeDecodeError):
            text = data.decode(code)
            break
    if not text or "\0" in text:
        raise ValueError("no text")
    first = "\n".join(text.splitlines()[:LOOKS_WITHIN])
    rows: list[list[Any]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=max(";\t,", key=first.count)))
    if len(rows) > MOST_ROWS:
        raise ValueError(f"{len(rows)} rows")
    return rows


def _headings(rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    for top, row in enumerate(rows[:LOOKS_WITHIN]):
        found: dict[str, int] = {}
        for k, cell in enumerate(row):
            key = next((key for key, called in HEADINGS.items() if _plain(str(cell or "")) in called), None)
            if key is not None:
                found.setdefault(key, k)
        if "name" in found:
            return top, found
    raise ValueError("no column of names")


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFD", re.sub(r"\(.*?\)", " ", text[:120].casefold()).replace("đ", "d"))
    kept = "".join(sign for sign in text if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", kept).split())


def _athlete(cells: Mapping[str, Any]) -> Athlete:
    name = unicodedata.normalize("NFC", " ".join(str(cells.get("name", "")).split()))
    if not name.isprintable() or len(name) > 120:
        raise ValueError("name")
    year, born = _born(cells["born"]) if "born" in cells else (None, None)
    sex = None
    if "sex" in cells:
        sex = next((sex for sex, called in _SEXES.items() if _plain(str(cells["sex"])) in called), None)
        if sex is None:
            raise ValueError(str(cells["sex"])[:40])
    rates = {key: _rate(cells[key]) for key in ("hr_max", "hr_rest") if key in cells}
    settings = (ZoneSetting(hr_max_bpm=rates.get("hr_max"), hr_rest_bpm=rates.get("hr_rest")),) if rates else ()
    squad = " ".join(str(cells.get("squad", "")).split())[:120]
    return Athlete("", name, sex, year, settings, born, squad)


def _born(value: Any) -> tuple[int | None, date | None]:
    """Birth year and date: a date of the sheet, 2010-05-03, 03/05/2010 (day first), or a year alone."""
    if isinstance(value, datetime | date):
        day = value.date() if isinstance(value, datetime) else value
        return day.year, day
    text = str(value).strip()
    if re.fullmatch(r"\d{4}(\.0)?", text):
        return int(text[:4]), None
    if found := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        day = date(int(found[3]), int(found[2]), int(found[1]))
    else:
        day = date.fromisoformat(text)
    return day.year, day


def _rate(value: Any) -> float:
    return float(str(value).strip().replace(",", "."))

"""Who a load is of, as a small document: JSON, TOML, or a table of names and values (schema ``load_athlete``).

All faults of a document are named at once, each with its place.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

from athletes.importers.csv_file import text_of
from athletes.load.table import day_in, number_in, plain
from athletes.model import Athlete, Sex, ZoneMethod, ZoneSetting
from touchline.errors import BadFile, TouchlineError
from touchline.i18n import DEFAULT_LANGUAGE

RATES = ("hr_max_bpm", "hr_rest_bpm", "threshold_bpm", "vt1_bpm", "vt2_bpm", "ftp_w")
TESTS = {"cooper_m": (500, 6000), "shuttle_kmh": (7.5, 22), "step_power_w": (30, 700)}
NUMBERS = dict.fromkeys(RATES[:-1], (20.0, 260.0)) | {"ftp_w": (1.0, 999.0), "weight_kg": (20.0, 300.0)} | TESTS
SETTING = {*RATES, "zone_method", "own_bpm"}
FIELDS = {*SETTING, "name", "sex", "birth_date", "birth_year", "weight_kg", *TESTS, "settings"}
SEXES = {"female": Sex.FEMALE, "f": Sex.FEMALE, "nu": Sex.FEMALE, "male": Sex.MALE, "m": Sex.MALE, "nam": Sex.MALE}
MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Person:
    """An athlete with what tests they did: ``tests`` by name (``cooper_m``, ``shuttle_kmh``, ``step_power_w``)."""

    athlete: Athlete
    weight_kg: float | None
    tests: Mapping[str, float]


NOBODY = Person(Athlete("", "?"), None, {})


def read_person(path: Path) -> Person:
    """The person whom the file ``path`` tells of. Raises ``BadFile``: ``not_readable``, ``not_an_athlete`` (form),
    ``bad_athlete`` with all faults."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as fault:
        raise BadFile("athletes.errors.not_readable", name=path, fault=fault.strerror or fault) from fault
    text = text_of(data) if len(data) <= MOST_BYTES else None
    document = None if text is None else _document(text, path.suffix.lower())
    if not isinstance(document, dict):
        raise BadFile("athletes.errors.not_an_athlete", name=path.name)
    return person_of(document)


def _document(text: str, suffix: str) -> Any:
    try:
        if suffix == ".toml":
            return tomllib.loads(text)
        if suffix != ".csv":
            return json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _table(text)


def _table(text: str) -> dict[str, Any] | None:
    """Names and values: two columns, or a line of names above one of values."""
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = next((one for one in (";", "\t", ",") if lines and one in lines[0]), ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    if len(rows) == 2 and sum(name in FIELDS for name in rows[0]) >= 2:
        pairs = list(zip(rows[0], rows[1], strict=False))
    elif all(len(row) >= 2 for row in rows):
        pairs = [(row[0], row[1]) for row in rows if plain(row[0]) not in ("name of field", "field", "muc", "truong")]
    else:
        return None
    found: dict[str, Any] = {}
    for name, cell in pairs:
        if not cell:
            continue
        if name in NUMBERS or name == "birth_year":
            try:
                found[name] = number_in(cell, comma=delimiter != ",")
            except ValueError:
                found[name] = cell
        elif name == "own_bpm":
            found[name] = [_number_or(part, comma=delimiter != ",") for part in cell.split()]
        else:
            found[name] = cell
    return found


def _number_or(cell: str, *, comma: bool) -> float | str:
    try:
        return number_in(cell, comma=comma)
    except ValueError:
        return cell


def person_of(document: Mapping[str, Any]) -> Person:
    """The person of a document (schema ``load_athlete``). Raises ``BadFile`` (``bad_athlete``) with all its faults."""
    faults: list[str] = []
    _unknown(document, FIELDS, "$", faults)
    numbers = _numbers(document, "$", faults)
    sex = document.get("sex")
    if sex is not None and plain(str(sex)) not in SEXES:
        faults.append(f"$.sex: {sex!r}")
    born, year = _day(document.get("birth_date"), "$.birth_date", faults), document.get("birth_year")
    if year is not None and (isinstance(year, bool) or not isinstance(year, int | float) or year != int(year)):
        faults.append(f"$.birth_year: {year!r}")
        year = None
    settings = [_setting(document, "$", numbers, faults)] if SETTING & set(document) else []
    more = document.get("settings", [])
    if not isinstance(more, list):
        faults.append("$.settings: not a list")
        more = []
    for index, one in enumerate(more):
        place = f"$.settings[{index}]"
        if not isinstance(one, dict):
            faults.append(f"{place}: not an object")
            continue
        _unknown(one, {*SETTING, "from", "sport"}, place, faults)
        settings.append(_setting(one, place, _numbers(one, place, faults), faults))
    kept = tuple(one for one in settings if one is not None)
    athlete = Athlete("", "?")
    try:
        athlete = Athlete(
            "",
            str(document.get("name") or "?"),
            SEXES.get(plain(str(sex))) if sex is not None else None,
            None if year is None else int(year),
            kept,
            born,
        )
    except TouchlineError as fault:
        faults.append(f"$: {fault.detail(DEFAULT_LANGUAGE)}")
    if faults:
        raise BadFile("athletes.errors.bad_athlete", count=len(faults), faults="; ".join(faults))
    return Person(athlete, numbers.get("weight_kg"), {name: numbers[name] for name in TESTS if name in numbers})


def _unknown(document: Mapping[str, Any], known: set[str], place: str, faults: list[str]) -> None:
    faults += [f"{place}.{name}: unknown" for name in document if name not in known]


def _numbers(document: Mapping[str, Any], place: str, faults: list[str]) -> dict[str, float]:
    found = {}
    for name, (low, high) in NUMBERS.items():
        value = document.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            faults.append(f"{place}.{name}: {value!r}")
        elif not low <= value <= high:
            faults.append(f"{place}.{name}: {value:g} ({low:g}-{high:g})")
        else:
            found[name] = float(value)
    return found


def _day(value: Any, place: str, faults: list[str]) -> date | None:
    if value is None or (isinstance(value, date)):
        return value
    try:
        return day_in(str(value))
    except ValueError:
        faults.append(f"{place}: {value!r}")
        return None


def _setting(
    document: Mapping[str, Any], place: str, numbers: Mapping[str, float], faults: list[str]
) -> ZoneSetting | None:
    own, method, before = document.get("own_bpm", []), document.get("zone_method"), len(faults)
    if not isinstance(own, list) or not all(isinstance(one, int | float) and not isinstance(one, bool) for one in own):
        faults.append(f"{place}.own_bpm: {own!r}")
    if method is not None and method not in list(ZoneMethod):
        faults.append(f"{place}.zone_method: {method!r} ({', '.join(ZoneMethod)})")
    first = _day(document.get("from"), f"{place}.from", faults)
    if len(faults) > before:
        return None
    rates = {name: numbers[name] for name in RATES if name in numbers}
    chosen = ZoneMethod(method) if method else ZoneMethod.OWN if own else ZoneMethod.HR_MAX
    sport = document.get("sport")
    try:
        return ZoneSetting(
            first,
            chosen,
            sport=None if sport is None or place == "$" else str(sport),
            own_bpm=tuple(float(one) for one in own),
            **rates,
        )
    except TouchlineError as fault:
        faults.append(f"{place}: {fault.detail(DEFAULT_LANGUAGE)}")
        return None

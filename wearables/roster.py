"""The roster of a squad as a coach keeps it: a CSV file in any usual form, or JSON. Every fault is named by its row."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from touchline import effort
from touchline.errors import BadFile
from touchline.i18n import t
from wearables.cells import guarded, unguarded
from wearables.model import Mode, Profile, Strap
from wearables.roster_faults import BadRoster, RosterFault

MOST_BYTES, MOST_ROWS, MOST_COLUMNS, MOST_SIGNS = 1 << 20, 500, 100, 120
LOOKS_WITHIN = 10
"""As many rows from the top may hold titles before the headings."""
ZONES = ("zone_1", "zone_2", "zone_3", "zone_4", "zone_5")
RATES = ("hr_max", "hr_rest", "limit", *ZONES)
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "athlete_id": ("ma", "ma vdv", "ma van dong vien", "id", "athlete id"),
    "name": ("ten", "ho ten", "ho va ten", "van dong vien", "vdv", "name", "athlete", "full name"),
    "address": ("dia chi", "dia chi dai", "dia chi bluetooth", "mac", "address", "strap address", "bluetooth address"),
    "label": ("dai", "so dai", "nhan", "nhan dai", "strap", "label", "strap label", "strap number"),
    "mode": ("che do", "cach nghe", "mode"),
    "group": ("nhom", "to", "vi tri", "group", "position"),
    "hr_max": ("nhip tim toi da", "nhip toi da", "hrmax", "hr max", "max hr", "maximal heart rate"),
    "hr_rest": ("nhip tim nghi", "nhip nghi", "hrrest", "hr rest", "resting hr", "resting heart rate"),
    "sex": ("gioi tinh", "gioi", "sex", "gender"),
    "limit": ("nguong", "nguong bao dong", "gioi han", "limit", "alarm"),
    **{zone: (f"vung {k}", f"v{k}", f"can duoi vung {k}", f"zone {k}", f"z{k}") for k, zone in enumerate(ZONES, 1)},
}
"""How each column may be called, without signs over letters, in small letters."""
_MODES = {
    Mode.AUTO: ("", "auto", "tu dong"),
    Mode.CONNECT: ("connect", "ket noi"),
    Mode.BROADCAST: ("broadcast", "phat", "quang ba", "nghe phat"),
}
_SEXES = {"female": ("nu", "f", "female", "w"), "male": ("nam", "m", "male")}
_MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_NAMED = "name:"


@dataclass(frozen=True, slots=True)
class Roster:
    """Straps and athletes of a squad, and who wears which strap (number to athlete)."""

    straps: tuple[Strap, ...] = ()
    profiles: tuple[Profile, ...] = ()
    worn: Mapping[int, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The roster as a JSON-ready document (schema ``roster``), which ``read_roster`` reads."""
        wearers = {athlete_id: number for number, athlete_id in self.worn.items()}
        straps = {strap.number: strap for strap in self.straps}
        rows = [_told(profile, straps.get(wearers.get(profile.athlete_id, 0))) for profile in self.profiles]
        rows += [_told(None, strap) for strap in self.straps if strap.number not in self.worn]
        return {"status": "ok", "roster": rows}


def _told(profile: Profile | None, strap: Strap | None) -> dict[str, Any]:
    floors = profile.floors_bpm if profile is not None and profile.floors_bpm else (None,) * 5
    return {
        "athlete_id": profile.athlete_id if profile is not None else None,
        "name": profile.name if profile is not None else None,
        "address": strap.address if strap is not None else None,
        "label": (strap.label or None) if strap is not None else None,
        "mode": strap.mode.value if strap is not None else None,
        "group": (profile.group or None) if profile is not None else None,
        "hr_max": profile.hr_max_bpm if profile is not None else None,
        "hr_rest": profile.hr_rest_bpm if profile is not None else None,
        "sex": profile.sex if profile is not None else None,
        "limit": profile.limit_bpm if profile is not None else None,
        **dict(zip(ZONES, floors, strict=True)),
    }


def floors_of(hr_max_bpm: float) -> tuple[float, float, float, float, float]:
    """Lower bounds of zones 1 to 5 in bpm: 50, 60, 70, 80 and 90 % of the maximal heart rate."""
    one, two, three, four, five = (round(floor, 3) for floor in effort.floors_of(hr_max_bpm))
    return one, two, three, four, five


def read_roster(data: bytes, name: str, *, new_id: Callable[[], str] = lambda: uuid.uuid4().hex[:12]) -> Roster:
    """The roster in a CSV or JSON file. ``new_id`` makes the identifier of an athlete who has none.

    Raises ``BadFile`` for what is no such file; ``BadRoster`` with every fault by row and column.
    """
    if len(data) > MOST_BYTES:
        raise BadFile("wearables.errors.roster_too_large", name=name, most_kb=MOST_BYTES >> 10)
    try:
        text = _decoded(data)
        looks_json = text.lstrip()[:1] in ("{", "[")
        rows = _json_rows(text) if looks_json else _csv_rows(text)
    except (ValueError, csv.Error, RecursionError) as fault:
        if isinstance(fault, BadRoster):
            raise
        raise BadFile("wearables.errors.not_a_roster", name=name, fault=fault) from fault
    return _roster(rows, new_id)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8-sig")
    return data.decode("cp1258")  # Excel in Vietnamese, where it was not told to write UTF-8


def _csv_rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """The rows below the headings as cells by column, with the number that people see."""
    if "\0" in text:
        raise ValueError("zero bytes")
    first = "\n".join(text.splitlines()[:LOOKS_WITHIN])
    comma = max(";\t,", key=first.count)  # of equals the semicolon: beside it commas are decimal ones
    cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
    top, columns = _columns(cells)
    found: list[tuple[int, dict[str, str]]] = []
    wrong = list(_column_faults(top, columns, cells[top]))
    for number, row in enumerate(cells[top + 1 :], top + 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(found) == MOST_ROWS:
            raise _too_many(number)
        if extra := [cell for cell in row[len(columns) :] if cell.strip()]:
            wrong.append(RosterFault(number, "", "extra_cell", {"value": extra[0][:40]}))
        named = {column: _cell(row[k]) for k, column in enumerate(columns) if column and k < len(row)}
        found.append((number, named))
    if wrong:
        raise BadRoster(wrong)
    return found


def _too_many(row: int) -> BadRoster:
    return BadRoster([RosterFault(row, "", "too_many", {"most": MOST_ROWS})])


def _cell(text: str) -> str:
    """A cell's text; signs that nobody sees (marks of direction, joiners) are not in it."""
    seen = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return unguarded(unicodedata.normalize("NFC", " ".join(seen.split())))


def _columns(cells: Sequence[Sequence[str]]) -> tuple[int, list[str | None]]:
    """The row of the headings, and which column each cell of it heads. Raises ``BadRoster`` where there is none."""
    for top, row in enumerate(cells[:LOOKS_WITHIN]):
        if len(row) > MOST_COLUMNS:
            continue
        columns = [next((key for key, called in HEADINGS.items() if _plain(cell) in called), None) for cell in row]
        if {"name", "address", "athlete_id"} & set(columns):
            return top, columns
    raise BadRoster([RosterFault(1, "", "no_headings", {"columns": ("name", "address")})])


def _column_faults(top: int, columns: Sequence[str | None], row: Sequence[str]) -> Iterator[RosterFault]:
    for k, column in enumerate(columns):
        if column is None and row[k].strip():
            yield RosterFault(top + 1, "", "unknown_column", {"value": row[k].strip()[:40]})
        elif column is not None and column in columns[:k]:
            yield RosterFault(top + 1, column, "column_twice")


def _plain(text: str) -> str:
    """A word without signs over letters, in small letters and digits; what stands in brackets is a unit."""
    text = unicodedata.normalize("NFD", re.sub(r"\(.*?\)", " ", text[:MOST_SIGNS].casefold()).replace("đ", "d"))
    kept = "".join(sign for sign in text if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", kept).split())


def _json_rows(text: str) -> list[tuple[int, dict[str, str]]]:
    """The entries of a JSON roster, a list or ``{"roster": [...]}``, as cells; the first one is row 1."""
    told = json.loads(text)
    entries = told.get("roster") if isinstance(told, dict) else told
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise ValueError('a list of objects, or {"roster": [...]}')
    if len(entries) > MOST_ROWS:
        raise _too_many(MOST_ROWS + 1)
    if any(len(entry) > MOST_COLUMNS for entry in entries):
        raise ValueError(f"more than {MOST_COLUMNS} keys")
    found, wrong = [], []
    for number, entry in enumerate(entries, 1):
        named = {}
        for key, value in entry.items():
            if key not in HEADINGS:
                wrong.append(RosterFault(number, "", "unknown_column", {"value": key[:40]}))
            elif value is not None and (isinstance(value, bool) or not isinstance(value, str | int | float)):
                wrong.append(RosterFault(number, key, "no_text", {"value": json.dumps(value)[:40]}))
            elif value is not None:
                named[key] = _cell(value) if isinstance(value, str) else repr(value)
        found.append((number, named))
    if wrong:
        raise BadRoster(wrong)
    return found


def _roster(rows: Sequence[tuple[int, Mapping[str, str]]], new_id: Callable[[], str]) -> Roster:
    faults: list[RosterFault] = []
    straps: list[Strap] = []
    profiles: list[Profile] = []
    worn: dict[int, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for row, cells in rows:
        wrong = list(_text_faults(row, cells))
        if wrong:
            faults += wrong
            continue
        address, mode = _address(row, cells, wrong), _mode(row, cells, wrong)
        profile = _profile(row, cells, wrong, new_id)
        for column, value in (
            ("address", address),
            ("athlete_id", cells.get("athlete_id")),
            ("label", cells.get("label")),
        ):
            if value:
                first = seen.setdefault((column, value.casefold()), row)
                if first != row:
                    wrong.append(RosterFault(row, column, "twice", {"value": value, "first": first}))
        if not address and any(cells.get(column) for column in ("label", "mode")):
            wrong.append(RosterFault(row, "address", "no_address"))
        if not address and profile is None and not wrong:
            wrong.append(RosterFault(row, "", "empty"))
        faults += wrong
        if wrong:
            continue
        if address:
            straps.append(Strap(len(straps) + 1, address, cells.get("label", ""), mode))
        if profile is not None:
            profiles.append(profile)
        if address and profile is not None:
            worn[straps[-1].number] = profile.athlete_id
    if not faults and not rows:
        faults.append(RosterFault(1, "", "no_rows"))
    if faults:
        raise BadRoster(faults)
    return Roster(tuple(straps), tuple(profiles), worn)


def _text_faults(row: int, cells: Mapping[str, str]) -> Iterator[RosterFault]:
    for column, text in cells.items():
        if len(text) > MOST_SIGNS:
            yield RosterFault(row, column, "too_long", {"most": MOST_SIGNS})
        elif not text.isprintable():
            yield RosterFault(row, column, "bad_text")


def strap_address(text: str) -> str | None:
    """A strap's address as the radio writes it: of a chip, the identifier that macOS gives it, or ``name:`` and the
    name that it advertises. None for what is none of these."""
    text = text.strip()
    if text.lower().startswith(_NAMED) and text[len(_NAMED) :].strip():
        return text
    address = text.upper()
    if re.fullmatch(r"[0-9A-F]{12}", address):
        address = ":".join(address[k : k + 2] for k in range(0, 12, 2))
    elif not _UUID.fullmatch(address):
        address = address.replace("-", ":")
    return address if _MAC.fullmatch(address) or _UUID.fullmatch(address) else None


def _address(row: int, cells: Mapping[str, str], wrong: list[RosterFault]) -> str:
    text = cells.get("address", "")
    address = strap_address(text) if text else ""
    if address is None:
        wrong.append(RosterFault(row, "address", "bad_address", {"value": text[:60]}))
        return text.upper()
    return address


def _mode(row: int, cells: Mapping[str, str], wrong: list[RosterFault]) -> Mode:
    text = cells.get("mode", "")
    found = next((mode for mode, called in _MODES.items() if _plain(text) in called), None)
    if found is None:
        wrong.append(RosterFault(row, "mode", "bad_mode", {"value": text[:40]}))
    return found or Mode.AUTO


def _profile(row: int, cells: Mapping[str, str], wrong: list[RosterFault], new_id: Callable[[], str]) -> Profile | None:
    """The athlete of a row; None where it has none, or one with faults."""
    athlete_id, name = cells.get("athlete_id", ""), cells.get("name", "")
    rates = {column: _rate(row, column, cells, wrong) for column in RATES}
    sex = _sex(row, cells, wrong)
    if not name and not athlete_id:
        if cells.get("group") or sex or any(rates.values()):
            wrong.append(RosterFault(row, "name", "no_name"))
        return None
    if athlete_id and not re.fullmatch(r"[\w.-]{1,64}", athlete_id):
        wrong.append(RosterFault(row, "athlete_id", "bad_id", {"value": athlete_id[:60]}))
    if rates["hr_max"] and rates["hr_rest"] and rates["hr_rest"] >= rates["hr_max"]:
        wrong.append(RosterFault(row, "hr_rest", "rest_above_max", {"value": cells["hr_rest"], "max": cells["hr_max"]}))
    floors = [rates[zone] for zone in ZONES]
    missing = tuple(zone for zone, floor in zip(ZONES, floors, strict=True) if floor is None)
    whole: tuple[float, float, float, float, float] | None = None
    if 0 < len(missing) < len(ZONES):
        wrong.append(RosterFault(row, "", "some_zones", {"columns": missing}))
    elif not missing:
        one, two, three, four, five = (floor or 0.0 for floor in floors)
        whole = (one, two, three, four, five)
        if list(whole) != sorted(set(whole)):
            wrong.append(RosterFault(row, "zone_1", "zones_fall"))
    elif rates["hr_max"]:
        whole = floors_of(rates["hr_max"])
    if any(fault.row == row for fault in wrong):
        return None
    return Profile(
        athlete_id or new_id(),
        name or athlete_id,
        cells.get("group", ""),
        rates["hr_max"],
        hr_rest_bpm=rates["hr_rest"],
        sex=sex,
        floors_bpm=whole,
        limit_bpm=rates["limit"],
    )


def _rate(row: int, column: str, cells: Mapping[str, str], wrong: list[RosterFault]) -> float | None:
    text = cells.get(column, "")
    if not text:
        return None
    low, high = effort.HEART_RATE_LIMITS_BPM
    value = float(text.replace(",", ".")) if re.fullmatch(r"\d{1,3}([.,]\d{1,6})?", text) else math.nan
    if not low <= value <= high:
        wrong.append(RosterFault(row, column, "bad_rate", {"value": text[:40], "low": int(low), "high": int(high)}))
        return None
    return value


def _sex(row: int, cells: Mapping[str, str], wrong: list[RosterFault]) -> str | None:
    text = cells.get("sex", "")
    if not text:
        return None
    found = next((sex for sex, called in _SEXES.items() if _plain(text) in called), None)
    if found is None:
        wrong.append(RosterFault(row, "sex", "bad_sex", {"value": text[:40]}))
    return found


def load_roster(path: Path) -> Roster:
    """The roster in the file ``path``. Raises as ``read_roster``."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise BadFile("wearables.errors.not_a_roster", name=path.name, fault=fault) from fault
    return read_roster(data, path.name)


def roster_csv(roster: Roster, lang: str) -> bytes:
    """The roster as a CSV file in ``lang`` that spreadsheets open as they should, and ``read_roster`` reads: headings,
    byte-order mark, semicolons and decimal commas in Vietnamese. No text becomes a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";" if lang == "vi" else ",")
    writer.writerow([t(f"wearables.roster.column.{column}", lang) for column in HEADINGS])
    for row in roster.document()["roster"]:
        writer.writerow([_written(row[column], lang) for column in HEADINGS])
    return out.getvalue().encode("utf-8-sig")


def _written(value: Any, lang: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:g}"
        return text.replace(".", ",") if lang == "vi" else text
    return guarded(str(value))

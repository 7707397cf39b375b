"""Diaries of morning readings: HRV4Training, Elite HRV, and any table of days with RMSSD.

Only what means the same in every app is taken: pulse, RMSSD, its logarithm, SDNN, posture, notes. Scores and answers
whose scale the file does not tell are left out and named. Where the forms are known from: docs/importing.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo

from athletes.importers.common import Repair
from athletes.importers.intervals import SHOWN_FAULTS
from athletes.importers.numbers import NOTHING, Style, number_of, style_of
from athletes.importers.units import plain
from athletes.records import FIELDS, Reading, RecordKind
from touchline.errors import BadFile

Rows = Sequence[Sequence[str]]
COLUMNS = {
    "hr": "resting_bpm",
    "resting hr": "resting_bpm",
    "heart rate": "resting_bpm",
    "nhip tim": "resting_bpm",
    "rmssd": "rmssd_ms",
    "lnrmssd": "ln_rmssd",
    "ln rmssd": "ln_rmssd",
    "sdnn": "sdnn_ms",
}
POSTURES = {
    "lying": "lying",
    "supine": "lying",
    "laying": "lying",
    "sitting": "sitting",
    "seated": "sitting",
    "standing": "standing",
}
WHEN = ("timestamp measurement", "date time start", "date time", "datetime", "date", "ngay")
"""Headings of the column that says when, the most exact first."""

USED = {*COLUMNS, *WHEN, "time", "position", "posture", "tu the", "notes", "note", "ghi chu", "type", "member", "name"}
MORNING = ("readiness", "morning")
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y",
          "%d-%m-%Y", "%d.%m.%Y")  # fmt: skip
_AMERICAN = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_DAY_BEFORE_MONTH = ("%Y-%d-%m %H:%M:%S", "%Y-%d-%m")


def diary_kind(rows: Rows) -> str | None:
    """Which diary a table is: ``hrv4training``, ``elite_hrv``, ``diary``, or None where it is none."""
    names = {plain(cell) for cell in rows[0]} if rows else set()
    measured = any(name.split(" ")[0] in ("rmssd", "lnrmssd") for name in names) or "ln rmssd" in names
    if not measured or not names & set(WHEN):
        return None
    if "date time start" in names and ("type" in names or "lnrmssd" in names):
        return "elite_hrv"
    if "hrv4t recovery points" in names or "avnn" in names:
        return "hrv4training"
    return "diary"


def read(
    rows: Rows, *, zone: tzinfo | None, now: datetime, comma: bool
) -> tuple[list[Reading], list[Repair], list[Repair]]:
    """The readings by day, what was repaired, and what should be known; ``comma``: commas divide the cells.

    Raises ``BadFile``: ``several_people`` where it is a team's, ``no_readings``, ``bad_lines``.
    """
    kind = diary_kind(rows)
    names = [plain(cell) for cell in rows[0]]
    body = [
        (number, dict(zip(names, row, strict=False)))
        for number, row in enumerate(rows[1:], 2)
        if any(map(str.strip, row))
    ]
    people = {cells.get("member", "").strip().lower() for _, cells in body} - {""}
    if len(people) > 1:
        raise BadFile("athletes.errors.several_people", count=len(people))
    stamps = [_stamp(cells) for _, cells in body]
    forms = _forms(stamps)
    measured = [cell for _, cells in body for name, cell in cells.items() if _field(name) is not None]
    style = style_of(measured, divided_by_comma=comma)
    readings: list[Reading] = []
    faults: list[str] = []
    others = impossible = 0
    for (number, cells), stamp in zip(body, stamps, strict=True):
        if (
            kind == "elite_hrv"
            and (said := cells.get("type", "").lower())
            and not any(word in said for word in MORNING)
        ):
            others += 1
            continue
        values, wrong, outside = _values(cells, style)
        if not wrong and not outside and not {"rmssd_ms", "ln_rmssd", "resting_bpm"} & set(values):
            continue  # a day without a reading: the app writes a line of dashes for it
        at = _read(stamp, forms)
        if at is None or at.replace(tzinfo=at.tzinfo or zone or UTC) > now + timedelta(days=1):
            faults.append(f"{number}: {stamp[:30]!r}")
            continue
        impossible += outside
        faults += [f"{number}: {cell[:30]!r}" for cell in wrong]
        if not values:
            continue
        exact = at if at.tzinfo else (at.replace(tzinfo=zone) if zone and _has_clock(stamp) else None)
        readings.append(Reading(_day(at, zone), exact, values, _posture(cells), _note(cells)))
    repairs: list[Repair] = []
    if faults:
        shown = "; ".join(faults[:SHOWN_FAULTS]) + ("; …" if len(faults) > SHOWN_FAULTS else "")
        if len(faults) > 0.2 * max(len(body), 1):
            raise BadFile("athletes.errors.bad_lines", count=len(faults), total=len(body), faults=shown)
        repairs.append(Repair("bad_lines", {"count": len(faults), "faults": shown}))
    if impossible:
        repairs.append(Repair("impossible_readings", {"count": impossible}))
    if not readings:
        raise BadFile("athletes.errors.no_readings", count=len(body))
    notes = [Repair("not_in_the_morning", {"count": others})] if others else []
    left = [
        cell.strip()
        for cell, name in zip(rows[0], names, strict=True)
        if name and name not in USED and not _field(name)
    ]
    if left:
        shown = ", ".join(left[:SHOWN_FAULTS]) + (", …" if len(left) > SHOWN_FAULTS else "")
        notes.append(Repair("columns_left_out", {"count": len(left), "columns": shown}))
    return sorted(readings, key=lambda reading: reading.day), repairs, notes


def _field(name: str) -> str | None:
    """The field of a reading that a column holds; HRV4Training names the posture behind it: ``rMSSD_lying``."""
    if name in COLUMNS:
        return COLUMNS[name]
    head, _, tail = name.rpartition(" ")
    return COLUMNS.get(head) if tail in POSTURES else None


def _stamp(cells: Mapping[str, str]) -> str:
    column = next((name for name in WHEN if cells.get(name, "").strip().lower() not in NOTHING), "date")
    stamp = cells.get(column, "").strip()
    if column == "date" and (clock := cells.get("time", "").strip()) and ":" in clock and ":" not in stamp:
        return f"{stamp} {clock}"
    return stamp


def _forms(stamps: Sequence[str]) -> tuple[str, ...]:
    """The way of writing days that reads the most of ``stamps``."""
    choices = (_FORMS, _AMERICAN, _DAY_BEFORE_MONTH)
    return max(choices, key=lambda forms: sum(_read(stamp, forms) is not None for stamp in stamps[:400]))


def _read(stamp: str, forms: Sequence[str]) -> datetime | None:
    if len(stamp) > 40:
        return None
    if forms is _FORMS:
        try:
            return datetime.fromisoformat(stamp)
        except ValueError:
            pass
    for form in forms:
        try:
            return datetime.strptime(stamp, form)  # noqa: DTZ007  the zone is the caller's matter
        except ValueError:
            continue
    return None


def _has_clock(stamp: str) -> bool:
    return ":" in stamp


def _day(at: datetime, zone: tzinfo | None) -> date:
    return (at.astimezone(zone) if at.tzinfo and zone else at).date()


def _values(cells: Mapping[str, str], style: Style) -> tuple[dict[str, float], list[str], int]:
    """What was measured, cells that cannot be read, and how many values cannot be true."""
    values: dict[str, float] = {}
    wrong: list[str] = []
    outside = 0
    for name, cell in cells.items():
        field = _field(name)
        if field is None or field in values:
            continue
        try:
            read = number_of(cell, style)
        except ValueError:
            wrong.append(cell.strip())
            continue
        if read is None or read[0] == 0:
            continue
        low, high = FIELDS[RecordKind.READING][field]
        if low <= read[0] <= high:
            values[field] = read[0]
        else:
            outside += 1
    return values, wrong, outside


def _posture(cells: Mapping[str, str]) -> str:
    for name in ("position", "posture", "tu the"):
        if (said := cells.get(name, "").strip().lower()) in POSTURES:
            return POSTURES[said]
    by_column = [
        name.rpartition(" ")[2] for name, cell in cells.items() if name.startswith("rmssd ") and cell.strip("- ")
    ]
    return POSTURES.get(by_column[0], "") if len(by_column) == 1 and not cells.get("rmssd", "").strip("- ") else ""


def _note(cells: Mapping[str, str]) -> str:
    return next(
        (cells[name].strip()[:500] for name in ("notes", "note", "ghi chu") if cells.get(name, "").strip("- ")), ""
    )

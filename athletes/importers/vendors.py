"""What vendors' tables are, told by their headings: Polar Flow, Polar Sensor Logger, and lists that hold no samples.

Where the forms are known from: docs/importing.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from athletes.importers.csv_time import DAY_FIRST
from athletes.importers.units import plain
from touchline.errors import BadFile

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Preamble:
    """What stands above the samples of a vendor's table. Names of people are not kept."""

    kind: str
    start: datetime | None = None
    sport: str | None = None
    device: str | None = None
    zone_missing: bool = False


def is_list(rows: Rows) -> bool:
    """True for tables that tell of sessions or laps as a whole: Garmin Connect's ``Activities.csv``, Strava's
    ``activities.csv``, the laps of one activity."""
    return _list_of(rows) is not None


def refuse_list(rows: Rows) -> None:
    """Raises ``BadFile`` (``list_of_sessions``, ``list_of_laps``) where ``is_list``."""
    if (what := _list_of(rows)) is not None:
        count = sum(1 for row in rows[1:] if any(cell.strip() for cell in row))
        raise BadFile(f"athletes.errors.{what}", count=count)


def _list_of(rows: Rows) -> str | None:
    names = {plain(cell) for cell in rows[0]} if rows else set()
    if "activity type" in names and names & {"title", "activity name", "activity date", "favorite"}:
        return "list_of_sessions"
    if names & {"laps", "split", "splits", "interval"} and names & {"avg hr", "avg pace", "cumulative time"}:
        return "list_of_laps"
    return None


def preamble_of(rows: Rows, zone: tzinfo | None) -> Preamble | None:
    """The vendor of a table and what it says above its samples; None where the table is nobody's known form."""
    first = [plain(cell) for cell in rows[0]] if rows else []
    if len(rows) > 2 and {"sport", "date", "start time", "duration"} <= set(first):
        told = dict(zip(first, rows[1], strict=False))
        start = _start(told["date"], told["start time"]) if len(rows[1]) >= len(first) - 1 else None
        sport = told.get("sport", "").strip().lower().replace("_", " ") or None
        aware = None if start is None or zone is None else start.replace(tzinfo=zone)
        return Preamble("polar_flow", aware, sport, "Polar", zone_missing=start is not None and zone is None)
    if first and first[0] in ("phone timestamp", "phone data rx timestamp"):
        return Preamble("polar_sensor_logger", device="Polar")
    return None


def _start(date: str, clock: str) -> datetime | None:
    for form in DAY_FIRST:
        try:
            return datetime.strptime(f"{date.strip()} {clock.strip()}", form)  # noqa: DTZ007  the zone is the caller's
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(f"{date.strip()} {clock.strip()}")
    except ValueError:
        return None

"""What people note of an athlete from day to day: how they feel, morning readings, injuries, efforts, tests, plans.

One noun for all: a ``Record`` has a kind, a day, numbers by name, and words. Records are kept sealed. What is taken
off can be brought back; a changed record is a new one that names what it replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import isfinite

from touchline.errors import BadValue
from touchline.origin import Origin


class RecordKind(StrEnum):
    """What a record is about, and which numbers it may hold (``FIELDS``)."""

    NOTE = "note"
    WELLNESS = "wellness"
    READING = "reading"
    """A morning reading of heart rate and its variability."""
    INJURY = "injury"
    EFFORT = "effort"
    """How hard a session felt (CR-10) and how long it took; ``session_id`` says which, where it was recorded."""
    TEST = "test"
    PLAN = "plan"
    """A session that is planned: ``sport``, minutes, load, distance."""


FIELDS: Mapping[RecordKind, Mapping[str, tuple[float, float]]] = {
    RecordKind.NOTE: {},
    RecordKind.WELLNESS: {
        "sleep_h": (0, 24),
        "sleep_quality": (1, 5),
        "fatigue": (1, 5),
        "soreness": (1, 5),
        "stress": (1, 5),
        "mood": (1, 5),
        "weight_kg": (20, 300),
    },
    RecordKind.READING: {
        "rmssd_ms": (0, 1000),
        "ln_rmssd": (0, 7),
        "sdnn_ms": (0, 1000),
        "resting_bpm": (20, 260),
        "corrected_pct": (0, 100),
        "seconds": (0, 86400),
    },
    RecordKind.INJURY: {"severity": (1, 3)},
    RecordKind.EFFORT: {"rpe": (0, 10), "minutes": (0, 1440)},
    RecordKind.TEST: {"value": (-1e6, 1e6)},
    RecordKind.PLAN: {"minutes": (0, 1440), "load": (0, 5000), "distance_m": (0, 1e6), "rpe": (0, 10)},
}
"""The numbers each kind may hold, with the least and the greatest that can be true. In wellness 1 is the worst and 5
the best answer of each question (fatigue 1: very tired; soreness 1: very sore; stress 1: very stressed)."""

POSTURES = ("lying", "sitting", "standing")


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of an athlete's diary. ``values`` holds only what was answered; nothing is 0 that nobody said.

    ``until`` is the last day of what lasts (an injury that healed), None for one day or what goes on. ``what`` says
    more of the kind: the posture of a reading, the body part of an injury, the name and unit of a test, the sport of a
    plan. ``id`` is empty until the record is kept.
    """

    kind: RecordKind
    athlete_id: str
    day: date
    values: Mapping[str, float] = field(default_factory=dict)
    what: str = ""
    text: str = ""
    until: date | None = None
    session_id: str | None = None
    origin: Origin = Origin.MEASURED
    source: str = ""
    """Where it came from: a file's or an app's name; empty where a person typed it in."""
    by: str = ""
    id: str = ""
    replaces: str | None = None
    made_utc: str = ""

    def __post_init__(self) -> None:
        if self.until is not None and self.until < self.day:
            raise BadValue("athletes.errors.record_ends_before", day=self.day, until=self.until)
        limits = FIELDS[self.kind]
        for name, value in self.values.items():
            if name not in limits:
                raise BadValue("athletes.errors.record_field", kind=self.kind.value, name=name)
            low, high = limits[name]
            if not isfinite(value) or not low <= value <= high:
                raise BadValue("athletes.errors.record_value", name=name, value=value, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of an HRV diary that an app exported: a day, an instant where it is known, and what the app measured.

    ``values`` has the fields of ``RecordKind.READING`` and ``RecordKind.WELLNESS``; the two do not overlap.
    """

    day: date
    at: datetime | None
    values: Mapping[str, float]
    posture: str = ""
    note: str = ""

    def records(self, athlete_id: str, source: str) -> tuple[Record, ...]:
        """The reading, and what was answered beside it, as records of ``athlete_id``."""
        found = []
        for kind in (RecordKind.READING, RecordKind.WELLNESS):
            values = {name: value for name, value in self.values.items() if name in FIELDS[kind]}
            if values:
                what = self.posture if kind is RecordKind.READING else ""
                note = self.note if kind is RecordKind.READING else ""
                found.append(
                    Record(kind, athlete_id, self.day, values, what, note, origin=Origin.IMPORTED, source=source)
                )
        return tuple(found)

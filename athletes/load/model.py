"""The nouns of load: a figure with its method, a session's load, a day, a season. None is "not known", never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class LoadMethod(StrEnum):
    """What a session's load is computed by."""

    BANISTER = "trimp_banister"
    EDWARDS = "edwards"
    LUCIA = "lucia"
    HRSS = "hrss"
    SRPE = "srpe"


BEST_FIRST = (LoadMethod.BANISTER, LoadMethod.EDWARDS, LoadMethod.SRPE, LoadMethod.HRSS, LoadMethod.LUCIA)
"""In which order methods are taken where nobody chose one: those that ask for less of the athlete come early."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what belongs beside it. ``value`` is None where the data do not carry it, and ``reason`` is the
    code of why (``athletes.load.reason.<code>``). ``quality`` is the measured share of the time it stands on, 0 to 1,
    where there is such a share; ``plus_minus`` the half width of what it may be off by, in its unit; ``flags`` are
    codes of what makes it weaker than it looks."""

    value: float | None
    unit: str
    method: str
    quality: float | None = None
    reason: str | None = None
    plus_minus: float | None = None
    flags: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The figure as JSON holds it."""
        found: dict[str, Any] = {
            "value": self.value,
            "unit": self.unit,
            "method": self.method,
            "quality": self.quality,
            "reason": self.reason,
        }
        if self.plus_minus is not None:
            found["plus_minus"] = self.plus_minus
        if self.flags:
            found["flags"] = list(self.flags)
        return found


def figure_of(document: Mapping[str, Any]) -> Figure:
    """The figure that ``Figure.document`` gave."""
    return Figure(
        document["value"],
        document["unit"],
        document["method"],
        document["quality"],
        document["reason"],
        document.get("plus_minus"),
        tuple(document.get("flags", ())),
    )


@dataclass(frozen=True, slots=True)
class SessionLoad:
    """One session on its day. ``session_id`` is empty where a person only noted how hard it was (``record_id``).

    ``loads`` has every method, None with a code in ``reasons`` where the data do not carry it. ``quality`` is the share
    of the session with a heart rate, None without any. ``zone_s[0]`` are seconds under zone 1, then zones 1 and up;
    empty without zones. ``external`` and ``bests`` are numbers by name (``athletes.load.external``,
    ``athletes.load.bests``), ``figures`` everything that was computed with its method and reason.
    """

    session_id: str
    day: date
    start: datetime | None
    sport: str | None
    minutes: float | None
    loads: Mapping[LoadMethod, float | None]
    reasons: Mapping[LoadMethod, str]
    quality: float | None
    zone_s: tuple[float, ...] = ()
    zone_names: tuple[str, ...] = ()
    unknown_s: float | None = None
    external: Mapping[str, float | None] = field(default_factory=dict)
    bests: Mapping[str, float | None] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    name: str = ""
    rpe: float | None = None
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a season. ``load`` is 0.0 on a day without training and None where somebody trained and nobody knows
    how hard. ``tsb`` is yesterday's CTL less yesterday's ATL. ``provisional``: fewer than 28 days before it are known
    (it is one of the first 27), or a load among the last 28 days is not known."""

    day: date
    load: float | None
    session_ids: tuple[str, ...]
    ctl: float | None
    atl: float | None
    tsb: float | None
    acwr_coupled: float | None
    acwr_uncoupled: float | None
    acwr_ewma: float | None
    monotony: float | None
    strain: float | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Season:
    """The days of an athlete, without a hole, oldest first, their sessions by time, and what the numbers are called by.

    ``undated`` are sessions that no day is known of: they count nowhere. ``began`` is the day of the first session
    ever, which may be before the first of ``days``.
    """

    athlete_id: str
    method: LoadMethod
    days: tuple[Day, ...]
    sessions: tuple[SessionLoad, ...]
    methods: Mapping[str, str]
    undated: tuple[str, ...] = ()
    began: date | None = None

    def on(self, day: date) -> Day | None:
        """The day of the season, or None outside of it."""
        if not self.days or not self.days[0].day <= day <= self.days[-1].day:
            return None
        return self.days[(day - self.days[0].day).days]

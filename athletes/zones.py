"""Heart-rate zones and the time spent in them, with what is unknown kept apart. Five methods:

- share of the maximum, and share of the reserve (Karvonen 1957: ``HR = HRrest + p (HRmax - HRrest)``): zones 1 to 5
  begin at 50, 60, 70, 80 and 90 %; below the first there is "under zone 1";
- share of the rate at the lactate threshold (Friel 2009): zones 1 to 4, 5a, 5b and 5c, by one table for sports on foot
  and another for cycling; zone 1 has no lower bound, and sports without a table have no such zones;
- the two ventilatory thresholds: three zones, the first without a lower bound;
- lower bounds that a person gave.

A boundary belongs to the upper zone. Without a measured maximum it is 208 - 0.7 age (Tanaka, Monahan and Seals 2001,
J Am Coll Cardiol 37:153), flagged as estimated.

Interval rule: sample i holds for ``min(t[i+1] - t[i], 5 s)`` and the last one for nothing. The rest of the time is
unknown: it is counted as such and never given to a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from athletes.model import Athlete, Series, ZoneMethod, ZoneSetting
from athletes.sports import Family, family_of
from touchline.effort import HEART_RATE_LIMITS_BPM, HOLD_S, ZONE_SHARES, floors_of, held_s, zone_numbers
from touchline.errors import BadValue

__all__ = [
    "FRIEL",
    "HOLD_S",
    "ZONE_SHARES",
    "Gap",
    "Limits",
    "Summary",
    "ZoneTimes",
    "Zones",
    "gaps",
    "hold_s",
    "limits_on",
    "live_floors",
    "summary",
    "time_in_zones",
    "why_no_zones",
    "zones_for",
    "zones_of",
]

FRIEL = {
    Family.FOOT: (0.85, 0.90, 0.95, 1.00, 1.03, 1.06),
    Family.CYCLING: (0.81, 0.90, 0.94, 1.00, 1.03, 1.06),
}
"""Where zones 2, 3, 4, 5a, 5b and 5c begin, as shares of the rate at the lactate threshold (Friel 2009, The
Triathlete's Training Bible)."""
FIVE = ("1", "2", "3", "4", "5")
SEVEN = ("1", "2", "3", "4", "5a", "5b", "5c")
NO_FLOOR = HEART_RATE_LIMITS_BPM[0]
"""The lower bound of a zone 1 that has none: below it is no heart rate."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Lower bounds of zones 1 and up in bpm, rising, and what they were computed from; ``names`` has one for each.

    ``hr_max_estimated`` says that the maximal heart rate is 208 - 0.7 age (Tanaka 2001), not a measured one. It is None
    where the method does not need it and nobody knows it. ``table`` names the family of sports of Friel's table.
    """

    lower_bpm: tuple[float, ...]
    method: ZoneMethod
    hr_max_bpm: float | None
    hr_rest_bpm: float | None = None
    hr_max_estimated: bool = False
    names: tuple[str, ...] = FIVE
    table: str | None = None

    @property
    def open_below(self) -> bool:
        """Whether zone 1 has no lower bound, so that nothing is under it."""
        return self.lower_bpm[0] <= NO_FLOOR

    def numbers(self, bpm: NDArray[np.float64]) -> NDArray[np.int64]:
        """The zone of each value: 0 is under zone 1, then 1 and up; -1 where the value is NaN. Shape as given."""
        return zone_numbers(bpm, self.lower_bpm)

    def shade(self, number: int) -> int:
        """Which of six shades, 0 (none) to 5 (hardest), a palette of five zones gives to zone ``number``."""
        count = len(self.lower_bpm)
        if number <= 0 or count == len(FIVE):
            return max(number, 0)
        if count > len(FIVE):
            return min(number, len(FIVE))
        return 1 + round((number - 1) * (len(FIVE) - 1) / max(count - 1, 1))


@dataclass(frozen=True, slots=True)
class ZoneTimes:
    """Seconds per zone: ``seconds[0]`` under zone 1, then zone 1 and up; ``unknown_s`` belongs to none of them."""

    seconds: tuple[float, ...]
    unknown_s: float
    zones: Zones

    @property
    def measured_s(self) -> float:
        """Seconds with a heart rate."""
        return sum(self.seconds)

    def share(self, zone: int) -> float | None:
        """The zone's part of the measured time, 0 to 1; None where nothing was measured."""
        return self.seconds[zone] / self.measured_s if self.measured_s > 0 else None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch longer than the hold time without a measured heart rate, in seconds from the start."""

    from_s: float
    to_s: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.to_s - self.from_s


@dataclass(frozen=True, slots=True)
class Summary:
    """What a heart-rate series says at a glance. ``mean_bpm`` is weighted by time; None where nothing was measured."""

    mean_bpm: float | None
    min_bpm: float | None
    max_bpm: float | None
    duration_s: float
    measured_s: float
    gaps: tuple[Gap, ...]

    @property
    def measured_share(self) -> float | None:
        """The measured part of the duration, 0 to 1; None where the session has no length."""
        return self.measured_s / self.duration_s if self.duration_s > 0 else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What is known of an athlete's heart on a day for a sport; None where nobody has measured it. ``hr_max_bpm`` is
    the measured maximum, else the one by age, and then ``hr_max_estimated``."""

    setting: ZoneSetting
    sport: str | None
    hr_max_bpm: float | None
    hr_max_estimated: bool
    sex: str | None

    @property
    def hr_rest_bpm(self) -> float | None:
        """The resting heart rate; None also where it is not below the maximum, for then one of them is wrong."""
        rest, top = self.setting.hr_rest_bpm, self.hr_max_bpm
        return None if rest is None or (top is not None and rest >= top) else rest


def limits_on(athlete: Athlete | None, day: date | None, sport: str | None = None) -> Limits:
    """The limits of ``athlete`` in force on ``day`` for ``sport``; all None for nobody."""
    if athlete is None:
        return Limits(ZoneSetting(), sport, None, False, None)
    setting = athlete.zone_setting(day, sport)
    age = None if day is None else athlete.age_on(day)
    top, estimated = _maximum(setting, age)
    return Limits(setting, sport, top, estimated, None if athlete.sex is None else athlete.sex.value)


def _maximum(setting: ZoneSetting, age_years: float | None) -> tuple[float | None, bool]:
    if setting.hr_max_bpm is not None or age_years is None:
        return setting.hr_max_bpm, False
    return 208 - 0.7 * age_years, True


def why_no_zones(limits: Limits) -> str | None:
    """The code of what ``limits`` lack for the zones of their method; None where they lack nothing."""
    setting, method = limits.setting, limits.setting.method
    if method in (ZoneMethod.HR_MAX, ZoneMethod.RESERVE) and limits.hr_max_bpm is None:
        return "no_hr_max"
    if method is ZoneMethod.RESERVE and setting.hr_rest_bpm is None:
        return "no_hr_rest"
    if method is ZoneMethod.RESERVE and limits.hr_rest_bpm is None:
        return "rest_above_max"
    if method is ZoneMethod.THRESHOLD and setting.threshold_bpm is None:
        return "no_threshold"
    if method is ZoneMethod.THRESHOLD and family_of(limits.sport or setting.sport) not in FRIEL:
        return "no_table_for_sport"
    if method is ZoneMethod.VENTILATORY and (setting.vt1_bpm is None or setting.vt2_bpm is None):
        return "no_ventilatory"
    return "no_own_bounds" if method is ZoneMethod.OWN and not setting.own_bpm else None


def zones_of(limits: Limits) -> Zones | None:
    """The zones of ``limits``; None where they lack what the method needs (``why_no_zones``)."""
    if why_no_zones(limits) is not None:
        return None
    setting = limits.setting
    method, rest, top, estimated = setting.method, setting.hr_rest_bpm, limits.hr_max_bpm, limits.hr_max_estimated
    if method is ZoneMethod.THRESHOLD:
        family = family_of(limits.sport or setting.sport)
        bounds = (NO_FLOOR, *(share * (setting.threshold_bpm or 0.0) for share in FRIEL[family]))
        return Zones(bounds, method, top, rest, estimated, SEVEN, family.value)
    if method is ZoneMethod.VENTILATORY:
        bounds = (NO_FLOOR, setting.vt1_bpm or 0.0, setting.vt2_bpm or 0.0)
        return Zones(bounds, method, top, rest, estimated, FIVE[:3])
    if method is ZoneMethod.OWN:
        names = tuple(str(number) for number in range(1, len(setting.own_bpm) + 1))
        return Zones(setting.own_bpm, method, top, rest, estimated, names)
    high, base = top or 0.0, (rest or 0.0) if method is ZoneMethod.RESERVE else 0.0
    return Zones(tuple(base + share * (high - base) for share in ZONE_SHARES), method, top, rest, estimated)


def zones_for(setting: ZoneSetting, age_years: float | None = None, sport: str | None = None) -> Zones | None:
    """The zones of ``setting`` for ``sport``; None where it lacks what its method needs.

    Without a measured maximal heart rate it is estimated from the age and flagged. Raises ``BadValue`` where the
    resting heart rate is not below an estimated maximum.
    """
    top, estimated = _maximum(setting, age_years)
    limits = Limits(setting, sport, top, estimated, None)
    if why_no_zones(limits) == "rest_above_max":
        raise BadValue("athletes.errors.rest_above_max", rest=setting.hr_rest_bpm, max=top)
    return zones_of(limits)


def live_floors(zones: Zones | None, hr_max_bpm: float | None) -> tuple[float, float, float, float, float] | None:
    """Five lower bounds for a wall of tiles: the zones' own where they are five, Friel's with 5a to 5c as one; for
    zones of another number shares of the maximum. None where nothing of it is known."""
    if zones is not None and len(zones.lower_bpm) in (len(FIVE), len(SEVEN)):
        one, two, three, four, five = zones.lower_bpm[: len(FIVE)]
        return one, two, three, four, five
    return None if hr_max_bpm is None else floors_of(hr_max_bpm)


def hold_s(series: Series) -> NDArray[np.float64]:
    """For how long each sample counts, in seconds, shape (n,): the interval rule; 0 where the value is NaN."""
    return held_s(series.seconds, series.values)


def time_in_zones(series: Series, zones: Zones) -> ZoneTimes:
    """Seconds in each zone and seconds unknown; together they are the length of the series."""
    held = hold_s(series)
    numbers = zones.numbers(series.values)
    seconds = tuple(float(held[numbers == zone].sum()) for zone in range(len(zones.lower_bpm) + 1))
    length = float(series.seconds[-1] - series.seconds[0])
    return ZoneTimes(seconds, max(length - float(held.sum()), 0.0), zones)


def gaps(series: Series) -> tuple[Gap, ...]:
    """The stretches longer than the hold time without a measured value, the edges of the series included."""
    seconds = series.seconds
    known = seconds[series.measured]
    edges = np.concatenate(([seconds[0]], known, [seconds[-1]]))
    at = np.flatnonzero(np.diff(edges) > HOLD_S)
    return tuple(Gap(float(edges[i]), float(edges[i + 1])) for i in at)


def summary(series: Series) -> Summary:
    """Mean, extremes, duration, measured time and gaps of a heart-rate series."""
    values, held = series.values[series.measured], hold_s(series)
    total = float(held.sum())
    mean = float((held[series.measured] * values).sum() / total) if total > 0 else None
    return Summary(
        mean_bpm=mean,
        min_bpm=float(values.min()) if values.size else None,
        max_bpm=float(values.max()) if values.size else None,
        duration_s=float(series.seconds[-1] - series.seconds[0]),
        measured_s=total,
        gaps=gaps(series),
    )

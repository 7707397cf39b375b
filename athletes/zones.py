"""Heart-rate zones and the time spent in them, with what is unknown kept apart.

Five zones begin at 50, 60, 70, 80 and 90 % of the maximal heart rate, or of the heart-rate reserve (Karvonen 1957:
``HR = HRrest + p (HRmax - HRrest)``). A boundary belongs to the upper zone; below the first there is "under zone 1".

Interval rule: sample i holds for ``min(t[i+1] - t[i], 5 s)`` and the last one for nothing. The rest of the time is
unknown: it is counted as such and never given to a zone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.model import Series, ZoneMethod, ZoneSetting
from touchline.effort import HOLD_S, ZONE_SHARES, held_s, zone_numbers
from touchline.errors import BadValue

__all__ = [
    "HOLD_S",
    "ZONE_SHARES",
    "Gap",
    "Summary",
    "ZoneTimes",
    "Zones",
    "gaps",
    "hold_s",
    "summary",
    "time_in_zones",
    "zones_for",
]


@dataclass(frozen=True, slots=True)
class Zones:
    """Lower bounds of zones 1 to 5 in bpm, and what they were computed from.

    ``hr_max_estimated`` says that the maximal heart rate is 208 - 0.7 age (Tanaka 2001), not a measured one.
    """

    lower_bpm: tuple[float, float, float, float, float]
    method: ZoneMethod
    hr_max_bpm: float
    hr_rest_bpm: float | None = None
    hr_max_estimated: bool = False

    def numbers(self, bpm: NDArray[np.float64]) -> NDArray[np.int64]:
        """The zone of each value: 0 is under zone 1, then 1 to 5; -1 where the value is NaN. Shape as given."""
        return zone_numbers(bpm, self.lower_bpm)


@dataclass(frozen=True, slots=True)
class ZoneTimes:
    """Seconds per zone: ``seconds[0]`` under zone 1, then zones 1 to 5; ``unknown_s`` belongs to none of them."""

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


def zones_for(setting: ZoneSetting, age_years: float | None = None) -> Zones | None:
    """The five zones of ``setting``; None where it lacks what its method needs.

    Without a measured maximal heart rate it is estimated from the age and flagged (Tanaka, Monahan and Seals 2001,
    J Am Coll Cardiol 37:153).
    """
    hr_max, estimated = setting.hr_max_bpm, False
    if hr_max is None and age_years is not None:
        hr_max, estimated = 208 - 0.7 * age_years, True
    if hr_max is None:
        return None
    rest = 0.0
    if setting.method is ZoneMethod.RESERVE:
        if setting.hr_rest_bpm is None:
            return None
        rest = setting.hr_rest_bpm
        if rest >= hr_max:
            raise BadValue("athletes.errors.rest_above_max", rest=rest, max=hr_max)
    one, two, three, four, five = (rest + share * (hr_max - rest) for share in ZONE_SHARES)
    return Zones((one, two, three, four, five), setting.method, hr_max, setting.hr_rest_bpm, estimated)


def hold_s(series: Series) -> NDArray[np.float64]:
    """For how long each sample counts, in seconds, shape (n,): the interval rule; 0 where the value is NaN."""
    return held_s(series.seconds, series.values)


def time_in_zones(series: Series, zones: Zones) -> ZoneTimes:
    """Seconds in each zone and seconds unknown; together they are the length of the series."""
    held = hold_s(series)
    numbers = zones.numbers(series.values)
    seconds = tuple(float(held[numbers == zone].sum()) for zone in range(len(ZONE_SHARES) + 1))
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

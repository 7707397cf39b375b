"""What a session or a test says of fitness: heart-rate recovery, decoupling, estimates of the maximal oxygen uptake."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from athletes.load.external import speed_of
from athletes.load.model import Figure
from athletes.model import Channel, Recording, Series
from touchline.effort import held_s

RECOVERY_S = 60.0
MEAN_S = 5.0
EFFORT_SHARE, REST_SHARE = 0.7, 0.5
"""An effort ends where power or speed last had this share of the session's best 30 s, and then stays under the
other."""
HARD_SHARE = 0.7
"""The share of the maximal heart rate under which a recovery after an effort says little."""
WARM_UP_S = 600.0
STEADY_S = 1200.0
STEADY_CV = 0.10
"""The spread of one-minute means over their mean up to which a stretch is steady."""
HILLS_M = 50.0

RECOVERY = "HR at the end of effort - HR 60 s later, means of 5 s; the end is where power or speed stops"
DECOUPLING = "(EF1 - EF2) / EF1, EF = mean {what} / mean HR per half, first 10 min left out (Friel)"


def recovery(recording: Recording, hr_max_bpm: float | None = None, *, end_s: float | None = None) -> Figure:
    """The fall of the heart rate in the minute after an effort, in bpm. ``end_s`` is when the effort ended; None: where
    power, else speed, stopped. Without either of them nobody knows the end, and it is refused."""
    pulse = recording.heart_rate
    if pulse is None:
        return Figure(None, "bpm", RECOVERY, reason="no_heart_rate")
    end = end_s if end_s is not None else effort_end(recording)
    if end is None:
        return Figure(None, "bpm", RECOVERY, reason="no_end_of_effort")
    at_end = _mean_over(pulse, end - MEAN_S, end)
    later = _mean_over(pulse, end + RECOVERY_S - MEAN_S / 2, end + RECOVERY_S + MEAN_S / 2)
    if at_end is None or later is None:
        return Figure(None, "bpm", RECOVERY, reason="no_heart_rate_after")
    if hr_max_bpm is not None and at_end < HARD_SHARE * hr_max_bpm:
        return Figure(None, "bpm", RECOVERY, reason="effort_too_easy")
    return Figure(at_end - later, "bpm", RECOVERY, flags=() if hr_max_bpm is not None else ("hr_max_unknown",))


def effort_end(recording: Recording) -> float | None:
    """When the last effort ended, in seconds: the last instant with at least 70 % of the session's best 30 s of power,
    else of speed, after which the next minute stays under 50 %. None where there is none."""
    output = _output(recording)
    if output is None:
        return None
    seconds, values, _ = output
    known = ~np.isnan(values)
    seconds, values = seconds[known], values[known]
    if seconds.size < 2 or seconds[-1] - seconds[0] < 30:
        return None
    even = np.arange(seconds[0], seconds[-1] + 1e-9, 1.0)
    held = np.searchsorted(seconds, even, side="right") - 1
    level = np.where(even - seconds[held] <= MEAN_S, values[held], np.nan)
    half_minute = np.convolve(np.nan_to_num(level), np.ones(30) / 30, mode="valid")
    best = float(half_minute.max()) if half_minute.size else 0.0
    if best <= 0:
        return None
    for index in np.flatnonzero(level >= EFFORT_SHARE * best)[::-1].tolist():
        after = level[index + 1 : index + 1 + int(RECOVERY_S)]
        if after.size < RECOVERY_S or np.isnan(after).any():
            return None
        if np.mean(after) < REST_SHARE * best:
            return float(even[index] + 1.0)
    return None


def _mean_over(series: Series, from_s: float, to_s: float) -> float | None:
    inside = (series.seconds >= from_s - 1e-9) & (series.seconds < to_s - 1e-9) & series.measured
    return float(series.values[inside].mean()) if inside.any() else None


def _output(recording: Recording) -> tuple[NDArray[np.float64], NDArray[np.float64], str] | None:
    power = recording.channel(Channel.POWER)
    if power is not None:
        return power.seconds, power.values, "power"
    speed = speed_of(recording)
    return None if speed is None else (speed.seconds, speed.mps, "speed")


def decoupling(recording: Recording, *, warm_up_s: float = WARM_UP_S) -> Figure:
    """By how many percent the output for each beat falls from the first to the second half of a steady session (power
    to heart rate, else pace to heart rate). Refused where less than 20 minutes are left after the warm-up, where output
    is not steady, and where heart rate or output is missing."""
    output, pulse = _output(recording), recording.heart_rate
    method = DECOUPLING.format(what="power" if output is None else output[2])
    if pulse is None or output is None:
        return Figure(None, "%", method, reason="no_heart_rate" if pulse is None else "no_output")
    seconds, values, what = output
    first, last = seconds[0] + warm_up_s, min(seconds[-1], pulse.seconds[-1])
    if last - first < STEADY_S:
        return Figure(None, "%", method, reason="too_short_for_decoupling")
    even = np.arange(first, last, 1.0)
    level, beats = _at(seconds, values, even), _at(pulse.seconds, pulse.values, even)
    both = ~np.isnan(level) & ~np.isnan(beats)
    share = float(both.mean())
    if share < 0.9:
        return Figure(None, "%", method, share, "too_little_measured")
    minutes = np.array([part[~np.isnan(part)].mean() for part in _minutes(level) if (~np.isnan(part)).any()])
    if minutes.mean() <= 0 or minutes.std(ddof=1) > STEADY_CV * minutes.mean():
        return Figure(None, "%", method, share, "not_steady")
    middle = even.size // 2
    one, two = (
        float(level[part][both[part]].mean() / beats[part][both[part]].mean())
        for part in (slice(0, middle), slice(middle, None))
    )
    height = recording.channel(Channel.ALTITUDE)
    hills = (
        what == "speed" and height is not None and float(np.nanmax(height.values) - np.nanmin(height.values)) > HILLS_M
    )
    return Figure(100 * (one - two) / one, "%", method, share, flags=("hills",) if hills else ())


def _at(seconds: NDArray[np.float64], values: NDArray[np.float64], even: NDArray[np.float64]) -> NDArray[np.float64]:
    place = np.searchsorted(seconds, even + 1e-9, side="right") - 1
    held = held_s(seconds, values)
    fresh = (place >= 0) & (even - seconds[np.maximum(place, 0)] <= held[np.maximum(place, 0)])
    return np.where(fresh, values[np.maximum(place, 0)], np.nan)


def _minutes(level: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    whole = level.size // 60
    return np.array_split(level[: whole * 60], whole)


UTH = "15.3 x HRmax / HRrest (Uth 2004), +/- 15 %"
COOPER = "(metres in 12 min - 504.9) / 44.73 (Cooper 1968), +/- 10 %"
SHUTTLE = "20-m shuttle: 31.025 + 3.238 S - 3.248 A + 0.1536 S A, A at most 18 (Leger 1988), +/- 12 %"
CYCLING = "10.8 x W/kg + 7 (ACSM) of the last completed step, +/- 15 %"
UNIT = "ml/kg/min"
VO2MAX_LIMITS = (15.0, 95.0)
"""What was ever measured in people who train; outside, what the estimate stands on is wrong."""


def uth(hr_max_bpm: float | None, hr_rest_bpm: float | None, *, hr_max_estimated: bool = False) -> Figure:
    """The maximal oxygen uptake by the ratio of heart rates (Uth et al. 2004, Eur J Appl Physiol 91:111). A maximum
    by age is refused: two guesses on top of each other say nothing."""
    if hr_max_bpm is None or hr_max_estimated:
        return Figure(None, UNIT, UTH, reason="no_measured_hr_max")
    if hr_rest_bpm is None:
        return Figure(None, UNIT, UTH, reason="no_hr_rest")
    if hr_rest_bpm >= hr_max_bpm:
        return Figure(None, UNIT, UTH, reason="rest_above_max")
    return _estimated(15.3 * hr_max_bpm / hr_rest_bpm, UTH, 0.15)


def cooper(metres: float | None) -> Figure:
    """The maximal oxygen uptake by how far a person ran in 12 minutes (Cooper 1968, JAMA 203:201)."""
    if metres is None:
        return Figure(None, UNIT, COOPER, reason="no_test")
    return _estimated((metres - 504.9) / 44.73, COOPER, 0.10)


def shuttle(speed_kmh: float | None, age_years: float | None) -> Figure:
    """The maximal oxygen uptake by the speed of the last completed stage of the 20-m shuttle run (Leger et al. 1988, J
    Sports Sci 6:93), from 8 years of age on; 18 counts for all who are older."""
    if speed_kmh is None:
        return Figure(None, UNIT, SHUTTLE, reason="no_test")
    if age_years is None or age_years < 8:
        return Figure(None, UNIT, SHUTTLE, reason="no_age")
    age = min(age_years, 18.0)
    return _estimated(31.025 + 3.238 * speed_kmh - 3.248 * age + 0.1536 * speed_kmh * age, SHUTTLE, 0.12)


def cycling(power_w: float | None, weight_kg: float | None) -> Figure:
    """The oxygen uptake at a power on the bicycle (American College of Sports Medicine), the maximal one at the power
    of the last completed step of a test."""
    if power_w is None:
        return Figure(None, UNIT, CYCLING, reason="no_test")
    if weight_kg is None:
        return Figure(None, UNIT, CYCLING, reason="no_weight")
    return _estimated(10.8 * power_w / weight_kg + 7, CYCLING, 0.15)


def _estimated(value: float, method: str, share: float) -> Figure:
    low, high = VO2MAX_LIMITS
    if not low <= value <= high:
        return Figure(None, UNIT, method, reason="vo2max_impossible")
    return Figure(value, UNIT, method, plus_minus=share * value)

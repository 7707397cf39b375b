"""External load: what was covered and how fast, where speed or positions exist. Per session and per minute.

Speed is the recorder's own where the session has it, else that of the filtered fixes (``athletes.load.gps``). Speeds
and changes of speed that no athlete can reach are left out and counted. The interval rule holds: what is longer than
5 s without a reading is unknown and covers no distance, but that a recorder's own distance channel tells across it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.load.gps import way_of
from athletes.load.model import Figure
from athletes.model import Channel, Recording, Series
from athletes.sports import Family, family_of
from touchline.effort import HOLD_S, held_s

SPEED_ZONES_MPS = (2.0, 4.0, 5.5, 7.0)
"""Where jogging, running, high-speed running and sprinting begin: 7.2, 14.4, 19.8 and 25.2 km/h, as in team sports."""
HIGH_SPEED_MPS, SPRINT_MPS = SPEED_ZONES_MPS[2], SPEED_ZONES_MPS[3]
SPRINT_S = 1.0
"""The least a sprint lasts; and what is slower for less than this does not end it."""
ACCELERATION_MPS2 = 2.0
"""From here on a change of speed counts as an acceleration or a deceleration."""
ACCELERATION_S = 0.5
"""The least that it lasts."""
FINE_S = 0.25
"""A recorder at least this quick tells accelerations; a slower one misses the short ones."""
COARSE_S = 1.5
"""A slower one tells none of them."""
FASTEST_MPS = {Family.FOOT: 12.5, Family.CYCLING: 35.0, Family.OTHER: 35.0}
"""No athlete has been faster (Bolt 2009: 12.3 m/s; descents on a bicycle: under 35 m/s)."""
HARDEST_MPS2 = 10.0
"""No athlete gains or loses speed faster than this; one reading that does is a jump."""
MEASURED_SHARE = 0.8
"""The least share of the session with a speed for what is counted over it."""
COUNTED = ("speed_zone_1_m", "speed_zone_2_m", "speed_zone_3_m", "speed_zone_4_m", "speed_zone_5_m")
PER_MINUTE = ("distance_m", "high_speed_m", "sprints", "accelerations", "decelerations")
ZONES_NAME = "speed in 0-2-4-5.5-7 m/s (7.2, 14.4, 19.8, 25.2 km/h)"


@dataclass(frozen=True, slots=True, eq=False)
class Speed:
    """A session's speed: ``seconds`` and ``mps`` of shape (n,), NaN where not known; how it was got; how much was
    left out."""

    seconds: NDArray[np.float64]
    mps: NDArray[np.float64]
    method: str
    left_out: int

    @property
    def step_s(self) -> float:
        """The median time between two readings; infinite with fewer than two."""
        known = self.seconds[~np.isnan(self.mps)]
        return float(np.median(np.diff(known))) if known.size > 1 else float("inf")


def speed_of(recording: Recording) -> Speed | None:
    """The speed of a recording, cleaned; None where it has neither speed nor positions."""
    fastest = FASTEST_MPS[family_of(recording.sport)]
    own = recording.channel(Channel.SPEED)
    if own is not None:
        mps, left_out = _possible(own.seconds, own.values, fastest)
        return Speed(own.seconds, mps, "recorder's speed", left_out)
    north, east = recording.channel(Channel.LATITUDE), recording.channel(Channel.LONGITUDE)
    if north is None or east is None or north.seconds.shape != east.seconds.shape:
        return None
    way = way_of(north.seconds, north.values, east.values)
    mps, left_out = _possible(way.seconds, way.speed_mps, fastest)
    return Speed(way.seconds, mps, "positions, Kalman-filtered", way.jumps + left_out)


def _possible(
    seconds: NDArray[np.float64], mps: NDArray[np.float64], fastest: float
) -> tuple[NDArray[np.float64], int]:
    """Speeds that an athlete can have, and how many were left out: those out of range, and single ones far from both
    their neighbours."""
    found = np.where((mps < 0) | (mps > fastest), np.nan, mps)
    known = np.flatnonzero(~np.isnan(found))
    if known.size > 2:
        steps = np.maximum(np.diff(seconds[known]), 1e-3)
        change = np.diff(found[known]) / steps
        spike = (np.abs(change[:-1]) > HARDEST_MPS2) & (np.abs(change[1:]) > HARDEST_MPS2)
        found[known[1:-1][spike & (change[:-1] * change[1:] < 0)]] = np.nan
    return found, int(np.count_nonzero(~np.isnan(mps)) - np.count_nonzero(~np.isnan(found)))


def external(recording: Recording) -> dict[str, Figure]:
    """What a session's speed and distance say, by name: ``distance_m``, ``speed_max_mps``, ``speed_zone_1_m`` to
    ``_5_m``, ``high_speed_m``, ``sprint_m``, ``sprints``, ``accelerations``, ``decelerations``, ``left_out``, and of
    some ``..._per_min``. Zones, sprints and accelerations are for sports on foot; of a sport that nobody named they are
    flagged. Empty where the session has neither speed, positions nor distance.
    """
    speed, length_s = speed_of(recording), recording.duration_s or 0.0
    distance = recording.channel(Channel.DISTANCE)
    if speed is None and distance is None:
        return {}
    held = held_s(speed.seconds, speed.mps) if speed is not None else np.zeros(0)
    measured_s = float(held.sum())
    share = min(measured_s / length_s, 1.0) if length_s > 0 and speed is not None else None
    found = {"distance_m": _distance(distance, speed, held, share)}
    if speed is not None:
        found |= _counted(speed, held, share, recording.sport)
    own_s = distance.seconds[-1] - distance.seconds[0] if distance is not None and distance.count > 1 else None
    for name in PER_MINUTE:
        one = found.get(name)
        if one is None:
            continue
        # A recorder's own distance goes on over gaps, so it is over the whole time; the rest over what was measured.
        minutes = (own_s if name == "distance_m" and own_s is not None else measured_s) / 60
        value = one.value / minutes if one.value is not None and minutes > 0 else None
        unit, method = f"{one.unit}/min", f"{one.method}; per minute"
        found[f"{name}_per_min"] = Figure(value, unit, method, one.quality, one.reason, flags=one.flags)
    return found


def _distance(distance: Series | None, speed: Speed | None, held: NDArray[np.float64], share: float | None) -> Figure:
    if distance is not None and distance.count > 1:
        way = distance.values[distance.measured]
        steps = np.diff(way)
        if speed is None and not steps.any():  # no sensor moved it: a device writes 0 where it has none
            return Figure(None, "m", "recorder's distance", share, "no_speed")
        return Figure(float(steps[steps > 0].sum()), "m", "recorder's distance; steps back left out", share)
    if speed is None:
        return Figure(None, "m", "recorder's distance", share, "no_speed")
    counts = held > 0
    metres = float((held[counts] * speed.mps[counts]).sum())
    reason = None if share is not None and share >= MEASURED_SHARE else "too_little_measured"
    return Figure(None if reason else metres, "m", f"{speed.method}; summed, readings hold {HOLD_S:g} s", share, reason)


def _counted(speed: Speed, held: NDArray[np.float64], share: float | None, sport: str | None) -> dict[str, Figure]:
    family = family_of(sport)
    reason = None if share is not None and share >= MEASURED_SHARE else "too_little_measured"
    on_foot = "not_on_foot" if family is not Family.FOOT and sport else reason
    flags = () if sport else ("sport_unknown",)
    known = speed.mps[~np.isnan(speed.mps)]
    top = float(known.max()) if known.size else None
    found = {
        "speed_max_mps": Figure(top, "m/s", f"{speed.method}; highest", share, None if known.size else "no_speed"),
        "left_out": Figure(float(speed.left_out), "", f"{speed.method}; impossible readings left out", share),
    }

    def counted(value: float, unit: str, method: str, why: str | None = on_foot, more: tuple[str, ...] = ()) -> Figure:
        return Figure(None if why else value, unit, method, share, why, flags=() if why else (*flags, *more))

    counts = held > 0
    metres = held[counts] * speed.mps[counts]
    zone = np.searchsorted(SPEED_ZONES_MPS, speed.mps[counts], side="right")
    for number, name in enumerate(COUNTED):
        found[name] = counted(float(metres[zone == number].sum()), "m", ZONES_NAME)
    for name, floor in (("high_speed_m", HIGH_SPEED_MPS), ("sprint_m", SPRINT_MPS)):
        found[name] = counted(float(metres[speed.mps[counts] >= floor].sum()), "m", f"at {floor:g} m/s or more")
    bouts = runs(speed.seconds, speed.mps >= SPRINT_MPS, held, SPRINT_S, SPRINT_S)
    coarse = "too_slow_recorder" if speed.step_s > COARSE_S else None
    found["sprints"] = counted(
        float(bouts), "", f"{SPRINT_S:g} s or longer at {SPRINT_MPS:g} m/s or more", on_foot or coarse
    )
    gains, losses = _changes(speed)
    more = ("short_ones_missed",) if speed.step_s > FINE_S else ()
    for name, number in (("accelerations", gains), ("decelerations", losses)):
        method = f"{ACCELERATION_S:g} s or longer at {ACCELERATION_MPS2:g} m/s2 or more"
        found[name] = counted(float(number), "", method, on_foot or coarse, more)
    return found


def runs(
    seconds: NDArray[np.float64], inside: NDArray[np.bool_], held: NDArray[np.float64], least_s: float, apart_s: float
) -> int:
    """How many stretches of ``inside`` last ``least_s`` or longer; breaks shorter than ``apart_s`` do not part them.
    All of shape (n,); a sample lasts as long as it is held."""
    count, begun, last_end = 0, None, -np.inf
    for start, hold in zip(seconds[inside & (held > 0)].tolist(), held[inside & (held > 0)].tolist(), strict=True):
        if begun is not None and start - last_end >= apart_s:
            count += last_end - begun >= least_s - 1e-9
            begun = None
        begun = start if begun is None else begun
        last_end = start + hold
    return count + int(begun is not None and last_end - begun >= least_s - 1e-9)


def _changes(speed: Speed) -> tuple[int, int]:
    """How many accelerations and decelerations: the speed on an even grid, its change over half a second, or over one
    reading of a slower recorder."""
    known = ~np.isnan(speed.mps)
    seconds, places = np.unique(speed.seconds[known], return_index=True)
    mps = speed.mps[known][places]
    if seconds.size < 3 or speed.step_s > COARSE_S:
        return 0, 0
    if speed.step_s > FINE_S:
        steps = np.diff(seconds)
        change, at, held = np.diff(mps) / steps, seconds[:-1], np.where(steps <= COARSE_S, steps, 0.0)
    else:
        at = np.arange(seconds[0], seconds[-1], 0.1)
        even = np.interp(at, seconds, mps)
        far = np.diff(seconds)[np.clip(np.searchsorted(seconds, at, side="right") - 1, 0, seconds.size - 2)] > 1.0
        change = np.zeros(at.size)
        change[2:-3] = (even[5:] - even[:-5]) / 0.5
        held = np.where(far, 0.0, 0.1)
    up = runs(at, change >= ACCELERATION_MPS2, held, ACCELERATION_S, ACCELERATION_S)
    down = runs(at, change <= -ACCELERATION_MPS2, held, ACCELERATION_S, ACCELERATION_S)
    return up, down

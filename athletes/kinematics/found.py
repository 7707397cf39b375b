"""Findings put together in one way: with unit, error, frames, or with the reason why there is no number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from athletes.kinematics.model import Event, Finding, Side
from athletes.kinematics.seen import Seen
from touchline.measure import Measurement

NO_SCALE = "no_scale"


def finding(
    key: str,
    value: tuple[float, float, str] | None,
    frames: Sequence[int] = (),
    *,
    side: Side | None = None,
    number: int | None = None,
    reasons: Sequence[str] = (),
    method: str = "",
) -> Finding:
    """A finding of ``value`` (value, sigma, unit); what is not finite is none, as is None."""
    told = tuple(dict.fromkeys(reasons))
    if value is None or not all(map(math.isfinite, value[:2])):
        return Finding(key, None, tuple(frames), side, number, told or ("not_seen",))
    measured = Measurement(float(value[0]), float(value[1]), value[2], method or key)
    return Finding(key, measured, tuple(frames), side, number, told)


def metres(
    seen: Seen, length: tuple[float, float], unit: str = "m"
) -> tuple[tuple[float, float, str] | None, tuple[str, ...]]:
    """A length (value, sigma) in the units of ``seen`` as metres with the scale's error, and the reason without one."""
    if seen.m_per_unit is None:
        return None, (NO_SCALE,)
    value, sigma = length[0] * seen.m_per_unit, length[1] * seen.m_per_unit
    return (value, math.hypot(sigma, value * seen.scale_share), unit), ()


def frame_at(seen: Seen, t_s: float) -> int:
    """The display index of the picture nearest to ``t_s``."""
    return int(seen.frames[int(np.argmin(np.abs(seen.t_s - t_s)))])


def frames_between(seen: Seen, from_s: float, to_s: float) -> tuple[int, ...]:
    """The first and the last picture that a number from this time rests on; one where they are the same."""
    return tuple(dict.fromkeys((frame_at(seen, from_s), frame_at(seen, to_s))))


def event(
    seen: Seen, key: str, when: tuple[float, float], side: Side | None = None, number: int | None = None
) -> Event:
    """An event at ``when`` (t_s, sigma_s)."""
    return Event(key, float(when[0]), float(when[1]), frame_at(seen, when[0]), side, number)


def mean_of(values: Sequence[float], sigmas: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error: the larger of what the spread and what the single errors say; of two values
    the latter alone, because two say too little of a spread."""
    v = np.asarray(values, dtype=np.float64)
    s = np.asarray(sigmas, dtype=np.float64)
    own = float(np.sqrt(np.sum(s * s))) / v.size
    spread = float(np.std(v, ddof=1)) / math.sqrt(v.size) if v.size > 2 else 0.0
    return float(np.mean(v)), max(own, spread)

"""Butterworth low pass of values with gaps: each stretch by itself, too short ones refused, noise followed through.

A stretch is what no NaN and no missing time parts. One that is shorter than three times the filter's padding is not
filtered: padding would make up most of what comes out. Gaps stay gaps; short ones are filled only when asked, by a
cubic through the samples around them, and marked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import uniform_filter1d

from athletes.kinematics.gains import Parts, Pass, derivative, gain
from touchline.errors import BadValue

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TOO_SHORT, RATE_TOO_LOW = "too_short_to_filter", "rate_too_low"
GAP_STEPS = 1.5
"""A step of time longer than so many usual ones parts two stretches."""
UNEVEN = 0.02
"""Steps that differ by more than this share of the usual one: the stretch is filtered on even times."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """``values`` and ``sigma`` (n, ...) after the filter, NaN where there is none; ``filled`` (n, ...) marks what was
    filled; ``reasons`` say why stretches were refused or how they were treated (``resampled``)."""

    values: Floats
    sigma: Floats
    filled: Flags
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A low pass at ``cutoff_hz``. ``parts`` say what the noise consists of: one for all columns, or one for each of
    the second axis. ``kind`` as in ``gain``: the values, their ``rate``, or what is ``missing``."""

    cutoff_hz: float = 6.0
    fill_gap_s: float = 0.0
    parts: tuple[Parts, ...] = field(default=(Parts(),))
    kind: str = "level"


def usual_step_s(t_s: Floats) -> float:
    """The usual time from one frame to the next: the median. Raises ``BadValue`` for fewer than two."""
    if t_s.size < 2:
        raise BadValue("athletes.errors.too_few_frames", count=t_s.size, needed=2)
    return float(np.median(np.diff(t_s)))


def smooth(t_s: Floats, values: Floats, sigma: Floats, how: Filter) -> Smoothed:
    """``values`` (n, ...) with ``sigma`` (n, ...) at rising ``t_s`` (n,), filtered along the first axis.

    Columns are filtered apart, because each has its own gaps.
    """
    flat, noise = values.reshape(len(t_s), -1), sigma.reshape(len(t_s), -1)
    out, spread = np.full(flat.shape, np.nan), np.full(flat.shape, np.nan)
    filled = np.zeros(flat.shape, dtype=bool)
    reasons: set[str] = set()
    each = flat.shape[1] // len(how.parts) if how.parts else 1
    if len(t_s) >= 2:
        step_s = usual_step_s(t_s)
        for column in range(flat.shape[1]):
            y, s, marks = _without_short_gaps(t_s, flat[:, column], noise[:, column], how.fill_gap_s)
            for part in stretches(t_s, np.isfinite(y), step_s):
                found = _filtered(t_s[part], (y[part], s[part]), how, how.parts[column // each])
                if isinstance(found, str):
                    reasons.add(found)
                    continue
                out[part, column], spread[part, column] = found[0], found[1]
                filled[part, column] = marks[part]
                reasons |= found[2]
    elif np.isfinite(flat).any():
        reasons.add(TOO_SHORT)
    return Smoothed(
        out.reshape(values.shape), spread.reshape(values.shape), filled.reshape(values.shape), tuple(sorted(reasons))
    )


def stretches(t_s: Floats, known: Flags, step_s: float) -> list[slice]:
    """The stretches of ``known`` samples that neither an unknown one nor a missing time parts."""
    places = np.flatnonzero(known)
    if not places.size:
        return []
    breaks = (np.diff(places) > 1) | (np.diff(t_s[places]) > GAP_STEPS * step_s)
    return [slice(int(part[0]), int(part[-1]) + 1) for part in np.split(places, np.flatnonzero(breaks) + 1)]


def _filtered(
    t_s: Floats, seen: tuple[Floats, Floats], how: Filter, parts: Parts
) -> tuple[Floats, Floats, set[str]] | str:
    y, sigma = seen
    if y.size < 2:
        return TOO_SHORT
    steps = np.diff(t_s)
    step_s = float((t_s[-1] - t_s[0]) / (y.size - 1))
    low = Pass(1.0 / step_s, how.cutoff_hz)
    if not low.possible:
        return RATE_TOO_LOW
    if y.size < 3 * low.pad:
        return TOO_SHORT
    uneven = float(np.max(np.abs(steps - step_s))) > UNEVEN * step_s
    even_s = t_s[0] + step_s * np.arange(y.size)
    even = CubicSpline(t_s, y)(even_s) if uneven else y
    done = low.run(even)
    if how.kind == "rate":
        done = derivative(done, step_s)
    elif how.kind == "missing":
        high = Pass(low.rate_hz, 2.0 * how.cutoff_hz)
        done = (high.run(even) if high.possible else even) - done
    if uneven:
        done = CubicSpline(even_s, done)(t_s)
    factor = gain(y.size, low, parts, how.kind)
    near = max(1, 2 * round(0.25 * low.rate_hz / how.cutoff_hz) + 1)
    around = uniform_filter1d(sigma**2, near, mode="nearest")
    return done, np.sqrt(np.maximum(around * factor, 0.0)), {"resampled"} if uneven else set()


def _without_short_gaps(t_s: Floats, y: Floats, sigma: Floats, fill_gap_s: float) -> tuple[Floats, Floats, Flags]:
    """``y`` with gaps up to ``fill_gap_s`` filled, its sigma there, and marks of what was filled."""
    known = np.isfinite(y)
    marks = np.zeros(y.size, dtype=bool)
    places = np.flatnonzero(known)
    if fill_gap_s <= 0 or places.size < 4 or known.all():
        return y, sigma, marks
    out, spread = y.copy(), sigma.copy()
    way = CubicSpline(t_s[places], y[places])
    for before, after in pairwise(places.tolist()):
        if after - before > 1 and t_s[after] - t_s[before] <= fill_gap_s:
            gap = slice(before + 1, after)
            out[gap] = way(t_s[gap])
            # A guess of the course, not a sight of it: twice the noise of the samples at its ends.
            spread[gap] = 2.0 * np.hypot(sigma[before], sigma[after])
            marks[gap] = True
    return out, spread, marks

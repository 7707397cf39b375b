"""A motion at even times, which most forms ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from athletes.pose.model import Floats, Motion
from athletes.space.paired import BRIDGED
from athletes.space.solving import places_known
from touchline.errors import BadValue

NEAR = 0.05
"""Times within this share of a step from an even grid are that grid's: cameras write whole milliseconds."""

MOST_ROWS = 5_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Even:
    """A motion whose times are even, at ``rate_hz``. ``resampled``: its places were interpolated; ``missing``: how many
    instants had no picture and are gaps now."""

    motion: Motion
    rate_hz: float
    resampled: bool
    missing: int


def even(motion: Motion) -> Even:
    """The motion at even times.

    Where its times are nearly even only missing instants are put in, as gaps. Else it is interpolated on straight lines
    at its median rate; a gap is never bridged. Raises ``BadValue`` (``too_short_to_export``).
    """
    if len(motion) < 2:
        raise BadValue("athletes.errors.too_short_to_export", count=len(motion))
    t_s = motion.t_s
    step = float(np.median(np.diff(t_s)))
    place = np.concatenate(
        ([0.0], np.cumsum(np.round(np.diff(t_s) / step)))
    )  # step by step: a median may be off a little
    if place[-1] > 0 and np.all(np.diff(place) > 0):
        step, begin = (float(value) for value in np.polyfit(place, t_s, 1))
        grid = begin + step * place
        if np.abs(grid - t_s).max() <= NEAR * step and place[-1] < MOST_ROWS:
            return _placed(motion, place.astype(np.int64), step)
    rows = int((t_s[-1] - t_s[0]) / step + 1e-9) + 1
    if rows > MOST_ROWS:
        raise BadValue("athletes.errors.too_long_to_export", rows=rows, most=MOST_ROWS)
    return _interpolated(motion, t_s[0] + step * np.arange(rows), step)


def _placed(motion: Motion, place: np.ndarray, step: float) -> Even:
    rows = int(place[-1]) + 1
    missing = rows - len(motion)
    t_s = motion.t_s[0] + step * np.arange(rows)
    if not missing:
        return Even(replace(motion, t_s=t_s), _rate(step), False, 0)

    def spread(values: np.ndarray, nothing: float) -> np.ndarray:
        out = np.full((rows, *values.shape[1:]), nothing, dtype=values.dtype)
        out[place] = values
        return out

    return Even(
        replace(
            motion,
            t_s=t_s,
            xyz_m=spread(motion.xyz_m, np.nan),
            cov_m2=spread(motion.cov_m2, np.nan),
            residual_px=spread(motion.residual_px, np.nan),
            views=spread(motion.views, 0),
            frames=spread(motion.frames, -1),
        ),
        _rate(step),
        False,
        missing,
    )


def _interpolated(motion: Motion, t_s: Floats, step: float) -> Even:
    own = motion.t_s
    right = np.clip(np.searchsorted(own, t_s), 1, len(own) - 1)
    left = right - 1
    share = ((t_s - own[left]) / (own[right] - own[left]))[:, None]
    near = np.where(share[:, 0] < 0.5, left, right)
    bridged = (own[right] - own[left] < BRIDGED * step) | (share[:, 0] == 0) | (share[:, 0] == 1)

    def between(values: np.ndarray) -> Floats:
        part = share.reshape(-1, *(1,) * (values.ndim - 1))
        # An end that the instant lies on counts alone, so that a gap beside it does not reach it.
        mixed = np.where(
            part == 0,
            values[left],
            np.where(part == 1, values[right], values[left] * (1 - part) + values[right] * part),
        )
        mixed[~bridged] = np.nan
        return np.asarray(mixed)

    xyz = between(motion.xyz_m)
    lost = ~places_known(xyz)
    frames = motion.frames[near].copy()
    frames[~bridged] = -1
    made = replace(
        motion,
        t_s=t_s,
        xyz_m=np.where(lost[..., None], np.nan, xyz),
        cov_m2=np.where(lost[..., None, None], np.nan, between(motion.cov_m2)),
        residual_px=np.where(lost, np.nan, between(motion.residual_px)),
        views=np.where(lost, 0, np.minimum(motion.views[left], motion.views[right])),
        frames=frames,
    )
    return Even(made, _rate(step), True, int((~bridged).sum()))


def _rate(step_s: float) -> float:
    return round(1 / step_s, 6)

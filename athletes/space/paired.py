"""Several cameras' views of one person at common instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Skeleton, Track
from athletes.space.camera import PosedCamera
from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.timebase import ClockMap

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BRIDGED = 1.6
"""Two pictures farther apart than this many usual distances have one missing between them: nothing is put there."""

AT_ONCE_S = 1e-4
"""Instants nearer than this are one: pixels move by less than a hundredth in it."""


@dataclass(frozen=True, eq=False)
class Take:
    """One person as one camera saw them; ``clock`` from the track's seconds to the trial's."""

    camera: PosedCamera
    track: Track
    clock: ClockMap

    @cached_property
    def trial_s(self) -> Floats:
        """The track's instants in the trial's time, (n,), computed exactly and rounded last."""
        return np.array([float(self.clock.forward(Fraction(float(at)))) for at in self.track.t_s])


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What c cameras saw at n common instants ``t_s`` (n,) of the trial.

    ``px`` (c, n, k, 2), ``sigma_px`` and ``confidence`` (c, n, k); NaN where a camera has no picture or did not see the
    joint. ``frames`` (n, c): display index of the picture nearest to the instant, -1 without one. ``notes`` are keys
    below ``athletes.space.note``.
    """

    cameras: tuple[PosedCamera, ...]
    t_s: Floats
    px: Floats
    sigma_px: Floats
    confidence: Floats
    frames: Counts
    skeleton: Skeleton
    origin: Origin
    method: str
    notes: tuple[str, ...] = ()


def paired(takes: Sequence[Take], *, reference: int = 0) -> Views:
    """The views at the instants of the ``reference``'s pictures.

    Between two pictures of another camera a joint moves on a straight line; its ``sigma_px`` grows by how far it moves
    in the clocks' standard deviation and by how much it bends there. Where a picture is missing there is no view.
    Raises ``BadValue`` (``too_few_takes``, ``takes_differ``, ``size_of_take``, ``clocks_never_meet``).
    """
    _check(takes)
    first = takes[reference]
    t_s = first.trial_s
    parts = [_at(take, t_s, _spread(take, first)) for take in takes]
    notes = [] if all(take.clock.sigma_s is not None for take in takes) else ["clock_error_unknown"]
    frames = np.stack([frames for _, _, _, frames in parts], axis=1)
    if len(t_s) and not np.any((frames >= 0).sum(axis=1) >= 2):
        raise BadValue("athletes.errors.clocks_never_meet")
    origins = {take.track.origin for take in takes}
    return Views(
        tuple(take.camera for take in takes),
        t_s,
        np.stack([px for px, _, _, _ in parts]),
        np.stack([sigma for _, sigma, _, _ in parts]),
        np.stack([confidence for _, _, confidence, _ in parts]),
        frames,
        first.track.skeleton,
        Origin.SIMULATED if Origin.SIMULATED in origins else first.track.origin,
        " + ".join(dict.fromkeys(take.track.method for take in takes)),
        tuple(notes),
    )


def _check(takes: Sequence[Take]) -> None:
    if len(takes) < 2:
        raise BadValue("athletes.errors.too_few_takes", count=len(takes))
    names = [take.camera.name for take in takes]
    if len(set(names)) < len(names) or len({take.track.skeleton.name for take in takes}) > 1:
        raise BadValue("athletes.errors.takes_differ", cameras=", ".join(names))
    for take in takes:
        if tuple(take.track.size_px) != tuple(take.camera.size_px):
            (w0, h0), (w1, h1) = take.camera.size_px, take.track.size_px
            raise BadValue(
                "athletes.errors.picture_size_differs",
                camera=take.camera.name,
                calibrated=f"{w0} × {h0}",
                recorded=f"{w1} × {h1}",
            )


def _spread(take: Take, reference: Take) -> float:
    """Standard deviation of the time between two cameras' clocks; what nobody knows counts as none (and is noted)."""
    if take is reference:
        return 0.0
    return float(np.hypot(take.clock.sigma_s or 0.0, reference.clock.sigma_s or 0.0))


def _at(take: Take, t_s: Floats, sigma_t_s: float) -> tuple[Floats, Floats, Floats, Counts]:
    """One camera's points, their standard deviations, their confidence and its pictures at the instants ``t_s``."""
    own, track = take.trial_s, take.track
    n, k = len(t_s), len(track.skeleton)
    px, sigma = np.full((n, k, 2), np.nan), np.full((n, k), np.nan)
    confidence, frames = np.full((n, k), np.nan), np.full(n, -1, dtype=np.int64)
    if not len(own):
        return px, sigma, confidence, frames
    usual = float(np.median(np.diff(own))) if len(own) > 1 else np.inf
    right = np.clip(np.searchsorted(own, t_s), 0, len(own) - 1)
    left = np.clip(right - 1, 0, None)
    nearest = np.where(np.abs(own[right] - t_s) <= np.abs(own[left] - t_s), right, left)
    hit = np.abs(own[nearest] - t_s) <= AT_ONCE_S
    between = ~hit & (own[left] < t_s) & (t_s < own[right]) & (own[right] - own[left] < BRIDGED * usual)
    frames[hit | between] = track.frames[nearest[hit | between]]

    speed = np.linalg.norm(_slope(track.px, own), axis=2)  # (m, k), pixels a second
    px[hit], confidence[hit] = track.px[nearest[hit]], track.confidence[nearest[hit]]
    sigma[hit] = np.sqrt(track.sigma_px[nearest[hit]] ** 2 + _moved(speed[nearest[hit]], sigma_t_s))

    a, b = left[between], right[between]
    share = ((t_s[between] - own[a]) / (own[b] - own[a]))[:, None]
    px[between] = track.px[a] * (1 - share)[..., None] + track.px[b] * share[..., None]
    confidence[between] = np.fmin(track.confidence[a], track.confidence[b])
    noise = (track.sigma_px[a] * (1 - share)) ** 2 + (track.sigma_px[b] * share) ** 2
    # A straight line between two points of a parabola is off by at most f (1 - f) / 2 of its second difference.
    bent = _bend(track.px)
    bend = np.fmax(np.nan_to_num(bent[a]), np.nan_to_num(bent[b])) * share * (1 - share) / 2
    sigma[between] = np.sqrt(noise + bend**2 + _moved(np.fmax(speed[a], speed[b]), sigma_t_s))
    sigma[np.isnan(px[..., 0])] = np.nan
    return px, sigma, confidence, frames


def _moved(speed: Floats, sigma_t_s: float) -> Floats:
    """The variance that an unknown instant adds, along the way that a joint moves (taken for both axes)."""
    return np.nan_to_num(speed * sigma_t_s) ** 2


def _slope(px: Floats, t_s: Floats) -> Floats:
    """Pixels a second at each picture, (m, k, 2), from its neighbours; NaN without one."""
    out = np.full(px.shape, np.nan)
    if len(t_s) < 2:
        return out
    steps = np.diff(px, axis=0) / np.diff(t_s)[:, None, None]
    before, after = np.concatenate([steps[:1] * np.nan, steps]), np.concatenate([steps, steps[:1] * np.nan])
    both = (before + after) / 2
    return np.where(np.isnan(both), np.where(np.isnan(before), after, before), both)


def _bend(px: Floats) -> Floats:
    """How far each point lies off the line of its neighbours, (m, k): the second difference in pixels."""
    out = np.full(px.shape[:2], np.nan)
    if len(px) > 2:
        out[1:-1] = np.linalg.norm(px[2:] - 2 * px[1:-1] + px[:-2], axis=2)
    return out

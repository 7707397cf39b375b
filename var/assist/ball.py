"""When the ball was kicked, by its way in the pictures: followed from where a person clicked it to its sharp bend.

There is no ball model: the clicked patch itself is looked for in the pictures before and after. A ball that rolls and
is then kicked changes its speed within one frame; the bend of its way gives the instant between two frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.assist.kick import Hint, Way

Floats = NDArray[np.float64]

ALIKE = 0.55
"""A patch correlates at least this well with the ball's, or the ball is lost."""

PATCH = 1.8
"""Half the side of the patch in radii of the ball: the ball with a rim of grass, which makes it stand out."""

SEARCH = 5.0
"""How many radii from where it should be the ball is looked for; grows while its speed is not known."""

LEAST = 4
"""Pictures needed before and after a bend."""

BENDS = 6.0
"""The speed must change by this many standard deviations of what the fit leaves, or nothing stands out."""

PLACED_PX = 0.3


def by_motion(
    pictures: Sequence[NDArray[np.uint8]],
    times_s: Sequence[float],
    at: int,
    place_px: tuple[float, float],
    radius_px: float,
) -> Hint:
    """The kick as the bend in the way of the ball, which is at ``place_px`` with ``radius_px`` on picture ``at``.

    ``pictures`` (height, width, 3) in order, one each of ``times_s``. Raises ``BadValue`` for a place,
    times or a radius that are none.
    """
    given = [*times_s, *place_px, radius_px]
    rising = all(a < b for a, b in pairwise(times_s))
    if len(pictures) != len(times_s) or not np.isfinite(given).all() or radius_px < 1 or not rising:
        raise BadValue("var.errors.bad_kick_search", around=list(place_px), within=radius_px)
    if not 0 <= at < len(pictures):
        raise BadValue("var.errors.bad_kick_search", around=at, within=len(pictures))
    height, width = pictures[0].shape[:2]
    if not (0 <= place_px[0] < width and 0 <= place_px[1] < height):
        return Hint(Way.MOTION, None, reason="place_outside")
    places = follow(pictures, at, place_px, radius_px)
    return bend(np.asarray(times_s, dtype=np.float64), places)


def follow(pictures: Sequence[NDArray[np.uint8]], at: int, place_px: tuple[float, float], radius_px: float) -> Floats:
    """Where the patch around ``place_px`` on picture ``at`` is on every picture, (n, 2); NaN from where it is lost."""
    places = np.full((len(pictures), 2), np.nan)
    patch = _patch(pictures[at], place_px, radius_px)
    if patch is None:
        return places
    places[at] = place_px
    for step in (-1, 1):
        own = patch
        index = at + step
        while 0 <= index < len(pictures):
            before = places[index - 2 * step] if 0 <= index - 2 * step < len(pictures) else np.full(2, np.nan)
            last = places[index - step]
            expected = last + (last - before if np.isfinite(before).all() else 0.0)
            found = _found(pictures[index], own, last, expected, SEARCH * radius_px)
            if found is None:
                break
            places[index] = found
            fresh = _patch(pictures[index], (float(found[0]), float(found[1])), radius_px)
            own = own if fresh is None else fresh  # it turns, and the light on it changes
            index += step
    return places


def _patch(picture: NDArray[np.uint8], place: tuple[float, float], radius: float) -> NDArray[np.uint8] | None:
    import cv2

    half = max(3, round(PATCH * radius))
    u, v = round(place[0]), round(place[1])
    if not (half <= u < picture.shape[1] - half and half <= v < picture.shape[0] - half):
        return None
    size = 2 * half + 1
    return np.asarray(cv2.getRectSubPix(picture, (size, size), (float(place[0]), float(place[1]))), dtype=np.uint8)


def _found(
    picture: NDArray[np.uint8], patch: NDArray[np.uint8], last: Floats, expected: Floats, reach: float
) -> Floats | None:
    """Where ``patch`` is near ``expected`` or between it and where it was ``last``; None where it is not."""
    import cv2

    half = patch.shape[0] // 2
    low = np.floor(np.minimum(last, expected) - reach).astype(int) - half
    high = np.ceil(np.maximum(last, expected) + reach).astype(int) + half + 1
    u0, v0 = np.maximum(low, 0)
    u1, v1 = np.minimum(high, [picture.shape[1], picture.shape[0]])
    if u1 - u0 < patch.shape[1] + 2 or v1 - v0 < patch.shape[0] + 2:
        return None
    alike = cv2.matchTemplate(np.ascontiguousarray(picture[v0:v1, u0:u1]), patch, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(int(np.argmax(alike)), alike.shape)
    if alike[row, column] < ALIKE:
        return None
    u = u0 + column + half + _peak(alike[row], int(column))
    v = v0 + row + half + _peak(alike[:, column], int(row))
    return np.array([u, v])


def _peak(line: NDArray[Any], at: int) -> float:
    """How far the top of the parabola through a peak and its neighbours is from the peak, -0.5 to 0.5."""
    if not 0 < at < len(line) - 1:
        return 0.0
    left, middle, right = (float(line[at + step]) for step in (-1, 0, 1))
    curve = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / curve, -0.5, 0.5)) if curve < 0 else 0.0


def bend(times_s: Floats, places_px: Floats) -> Hint:
    """Where two straight, even ways through ``places_px`` (n, 2; NaN: not seen) meet in time.

    The standard deviation is what the fit leaves over how much the speed changes, and never less than a quarter of the
    time between two pictures: the ball's shape and its blur change at the kick too.
    """
    seen = np.isfinite(places_px).all(axis=1)
    t, at = times_s[seen], places_px[seen]
    if len(t) < 2 * LEAST:
        return Hint(Way.MOTION, None, reason="ball_lost")
    best: tuple[float, float, Floats] | None = None
    step_s = float(np.median(np.diff(t)))
    for kick_s in np.arange(t[LEAST - 1], t[-LEAST] + 1e-9, step_s / 10):
        base = np.column_stack([np.ones(len(t)), np.minimum(t - kick_s, 0.0), np.maximum(t - kick_s, 0.0)])
        solved, *_ = np.linalg.lstsq(base, at, rcond=None)
        left = float(((at - base @ solved) ** 2).sum())
        if best is None or left < best[0]:
            best = (left, float(kick_s), solved)
    if best is None:
        return Hint(Way.MOTION, None, reason="ball_lost")
    left, kick_s, solved = best
    noise_px = max(PLACED_PX, float(np.sqrt(left / max(1, 2 * len(t) - 7))))
    change_px_s = float(np.hypot(*(solved[2] - solved[1])))
    strength = change_px_s * step_s / noise_px
    if strength < BENDS:
        return Hint(Way.MOTION, None, strength=strength, reason="nothing_stands_out")
    return Hint(Way.MOTION, kick_s, max(step_s / 4, noise_px / change_px_s), strength)

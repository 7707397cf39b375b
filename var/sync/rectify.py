"""Two calibrated views brought onto common ground: the sheaf of planes through both cameras.

A plane that holds both cameras' centres cuts each picture in a line, and a place on it is on that line in both
pictures *whatever its height*: head, swinging foot and shadow alike. (On a grid of the ground alone a head lands metres
behind its feet, in another direction in each view, and a moving player would look early in one and late in the other.)
What the two lines show over time is therefore the same story, once told from each side; compare the "motion barcodes"
of Ben-Artzi, Werman and Peleg, "Event retrieval using motion barcodes", ICIP 2015. The lines are taken only where they
pass through the part of the pitch that both pictures show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from var.measure.calibration import Calibration
from var.measure.camera import Array, image, rotations, straighten, visible

COARSE_PX = 640
"""The longer side of the pictures that motion is looked for in: a player 50 m away is still some 30 pixels high."""

HEIGHTS_M = tuple(0.3 * step for step in range(8))
"""Where people are, feet to head: here both pictures must show what a sight line passes."""

ALONG_M = tuple(0.8 * 1.13**step for step in range(40))
"""How far along a sight line somebody may stand whom both cameras see from near by: 80 cm to about 94 m."""

TALLEST_M = 2.6
"""A raised hand is not higher; below it is where a sight line may meet a person."""

REACH_M = (57.5, 39.0)
"""Half the length and the width of the pitch that is looked at, with a margin of 5 m around the touchlines."""

PLANES = 160
"""At most this many planes; fewer where the pictures are too coarse to tell so many apart."""

FEWEST_PLANES = 8
NEAR_EPIPOLE = 0.05  # radians from the line through both cameras: there a plane is narrower than a pixel
LEAST_SHARE = 0.03  # of a picture; less common ground than this says little


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """How one coarse picture is summed over the common planes.

    ``size_px`` is that of the coarse picture; ``pixels`` the flat numbers of those that count; ``sums`` (planes,
    pixels) a sparse matrix that turns a picture's values there into one number a plane, each pixel weighed with the
    area in square metres that it covers at the distance of the pitch, so that far and near players count alike.
    """

    size_px: tuple[int, int]
    pixels: NDArray[np.int64]
    sums: Any


def coarse_size(size_px: tuple[int, int]) -> tuple[int, int]:
    """The size of the coarse picture of one of ``size_px``: at most ``COARSE_PX`` on its longer side."""
    scale = min(1.0, COARSE_PX / max(size_px))
    return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def common_views(
    reference: Calibration, clip: Calibration, sizes: tuple[tuple[int, int], tuple[int, int]]
) -> tuple[View, View] | None:
    """The two views on their common planes; None where they see no place of the pitch together.

    ``sizes`` are those of the pictures as shown; a calibration made on another size is scaled.
    """
    cameras = (reference, clip)
    coarse = [coarse_size(size) for size in sizes]
    sights = [_sights(camera, size) for camera, size in zip(cameras, coarse, strict=True)]
    pairs = [(sights[i], cameras[i], cameras[1 - i]) for i in (0, 1)]
    for shared in (_on_common_pitch, _near_by):
        found = [shared(*pair) for pair in pairs]
        masks, distances_m = [mask for mask, _ in found], [distance for _, distance in found]
        if all(float(mask.mean()) > LEAST_SHARE for mask in masks):
            break
    else:
        return None
    axis = clip.centre_m - reference.centre_m
    middle = _mean(sights[0][masks[0]])
    length = float(np.linalg.norm(axis))
    # Side by side in one housing: any axis across the view serves, for there is no parallax to speak of.
    axis = axis / length if length > 0.3 else _unit(np.cross(middle, [0.0, 0.0, 1.0]))
    first = _unit(middle - axis * (middle @ axis))
    second = np.cross(axis, first)
    angles = []
    for i in (0, 1):
        along = sights[i] @ axis
        masks[i] &= np.sqrt(np.maximum(0.0, 1 - along**2)) > NEAR_EPIPOLE
        angles.append(np.arctan2(sights[i] @ second, sights[i] @ first))
        if not float(masks[i].mean()) > LEAST_SHARE / 2:
            return None
    low = max(float(np.quantile(angles[i][masks[i]], 0.002)) for i in (0, 1))
    high = min(float(np.quantile(angles[i][masks[i]], 0.998)) for i in (0, 1))
    step = max(_pixel_step(angles[i], masks[i], coarse[i]) for i in (0, 1))
    planes = min(PLANES, int((high - low) / max(step, 1e-9)))
    if planes < FEWEST_PLANES:
        return None
    views = [
        _view(coarse[i], cameras[i], distances_m[i], masks[i], (angles[i] - low) / (high - low) * planes, planes)
        for i in (0, 1)
    ]
    return views[0], views[1]


def _unit(vector: Array) -> Array:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float64)


def _mean(sights: Array) -> Array:
    return _unit(sights.mean(axis=0))


def _sights(camera: Calibration, size_px: tuple[int, int]) -> Array:
    """Unit sight lines (h * w, 3) in the pitch frame of a coarse picture's pixels; NaN where the lens has none."""
    u, v = np.meshgrid(np.arange(size_px[0]), np.arange(size_px[1]))
    scale = np.divide(camera.picture_size, size_px)
    pixels = np.asarray((np.stack([u.ravel(), v.ravel()], axis=1) + 0.5) * scale - 0.5, np.float64)
    xy = straighten(pixels, camera.theta, camera.fixed)
    rays = np.concatenate([xy, np.ones((len(xy), 1))], axis=1) @ rotations(camera.rvec[None])[0]
    return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), dtype=np.float64)


def _at_height(sights: Array, camera: Calibration, z_m: float) -> Array:
    """Where the sight lines meet the height, (n, 3); NaN where they do not, or beyond the pitch."""
    centre = camera.centre_m
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (z_m - centre[2]) / sights[:, 2]
        places = centre + along[:, None] * sights
        held = (along > 0) & (np.abs(places[:, :2]) < REACH_M).all(axis=1)
    return np.asarray(np.where(held[:, None], places, np.nan), dtype=np.float64)


def _on_common_pitch(sights: Array, camera: Calibration, other: Calibration) -> tuple[NDArray[np.bool_], Array]:
    """Which sight lines stay, from head to feet, on the pitch and in the other picture, and how far off people on them
    are in metres: right for cameras that look at a pitch from afar."""
    places = np.stack([_at_height(sights, camera, z_m) for z_m in HEIGHTS_M])
    whole: NDArray[np.bool_] = np.logical_and.reduce([_seen(at, other) for at in places])
    distance = np.linalg.norm(places - camera.centre_m, axis=2)
    return whole, _median(distance)


def _near_by(sights: Array, camera: Calibration, other: Calibration) -> tuple[NDArray[np.bool_], Array]:
    """Which sight lines pass anywhere a person's place that the other picture shows, and how far off that is in metres.

    Close to a person, at about his height, every line leaves the other picture before or behind him. To ask for all of
    a line would cut him up, in another way in each view, and what is cut off looks like movement.
    """
    distances = np.full((len(ALONG_M), len(sights)), np.nan)
    for row, along_m in zip(distances, ALONG_M, strict=True):
        places = camera.centre_m + along_m * sights
        held = (places[:, 2] >= 0) & (places[:, 2] <= TALLEST_M) & (np.abs(places[:, :2]) < REACH_M).all(axis=1)
        row[_seen(np.where(held[:, None], places, np.nan), other)] = along_m
    return np.isfinite(distances).any(axis=0), _median(distances)


def _median(distances: Array) -> Array:
    """The median of each column's known values, (n,); NaN where there are none."""
    found = np.full(distances.shape[1], np.nan)
    known = np.isfinite(distances).any(axis=0)
    found[known] = np.nanmedian(distances[:, known], axis=0)
    return found


def _seen(places: Array, other: Calibration) -> NDArray[np.bool_]:
    """Whether the other picture shows each place (n, 3); a place that is NaN it does not."""
    found = np.zeros(len(places), np.bool_)
    known = np.flatnonzero(np.isfinite(places[:, 0]))
    if len(known):
        w, h = other.picture_size
        pixels = image(other.theta[None], other.fixed, places[known])[0]
        inside = (pixels >= 0).all(axis=1) & (pixels[:, 0] <= w - 1) & (pixels[:, 1] <= h - 1)
        found[known] = inside & visible(other.theta, other.fixed, places[known])
    return found


def _pixel_step(angles: Array, mask: NDArray[np.bool_], size_px: tuple[int, int]) -> float:
    """By how much the plane's angle changes from a pixel to the next, in radians: the median over the mask."""
    grid = np.where(mask, angles, np.nan).reshape(size_px[1], size_px[0])
    down, across = np.diff(grid, axis=0)[:, :-1], np.diff(grid, axis=1)[:-1]
    steps = np.hypot(down, across)
    return float(np.nanmedian(steps)) if np.isfinite(steps).any() else np.inf


def _view(
    size_px: tuple[int, int],
    camera: Calibration,
    distance_m: Array,
    mask: NDArray[np.bool_],
    places: Array,
    planes: int,
) -> View:
    """``distance_m`` (pixels,) is how far off what is seen is; ``places`` (pixels,) count planes from the first one's
    edge; a pixel is shared out between the two nearest."""
    from scipy.sparse import csr_array

    mask = mask & (places > 0) & (places < planes)
    pixels = np.flatnonzero(mask)
    scale = camera.picture_size[0] / size_px[0]
    area_m2 = (distance_m[pixels] * scale / float(camera.k[0, 0])) ** 2
    at = np.clip(places[pixels] - 0.5, 0.0, planes - 1 - 1e-9)
    low = at.astype(np.int64)
    share = at - low
    count = np.arange(len(pixels))
    sums = csr_array(
        (
            np.concatenate([area_m2 * (1 - share), area_m2 * share]).astype(np.float32),
            (np.concatenate([low, np.minimum(low + 1, planes - 1)]), np.concatenate([count, count])),
        ),
        shape=(planes, len(pixels)),
    )
    return View(size_px, pixels, sums)

"""What stands in front of the ground in a picture: a mask of players, so that a line on the grass passes behind them.

Grass has one hue that changes little with light; what has another one, is as large as a person at that place and is no
marking of the pitch stands on it. Where that is not sure (dark clothes in a dark shadow, a picture that is not green)
the mask is empty, and the line stays visible: hiding a line wrongly is worse than drawing it over a boot.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from var.measure.calibration import Calibration
from var.measure.pitch import LINE_WIDTH_M, Pitch
from var.measure.project import project, to_ground
from var.model import ImagePoints, PitchPoints

Picture = NDArray[np.uint8]
Mask = NDArray[np.bool_]

PERSON_M = 1.8
LEAST_HIGH, LEAST_AREA = 0.30, 0.02
"""A part of the mask is kept that is so high, and so large (shares of a person's height, and of its square)."""

LEAST_GRASS = 0.35
"""So much of what is looked at must be of one green; else the picture says nothing."""

LEAST_OFF, OFF_SIGMAS = 9.0, 5.0
"""Not grass: so far from its hue in CIE Lab's a and b, and so many of its standard deviations."""

_FITS = 4


def players(picture: Picture, calibration: Calibration, pitch: Pitch, region: Mask) -> Mask:
    """Where in ``region`` (height, width) something like a player hides the ground; False where it is not sure.

    ``picture`` is (height, width, 3), 8-bit BGR, without drawings, of the very camera that ``calibration`` describes.
    Raises ``BadValue`` where the shapes do not belong together.
    """
    import cv2

    height, width = picture.shape[:2]
    if picture.ndim != 3 or region.shape != (height, width) or calibration.picture_size != (width, height):
        raise BadValue("var.errors.bad_picture", shape=picture.shape, dtype=picture.dtype)
    found = np.zeros_like(region)
    tall = _tallest_px(calibration, region)
    if tall is None:
        return found
    ys, xs = np.nonzero(region)
    pad = int(1.2 * tall) + 8  # whole persons, that their size can be judged
    y0, y1 = max(0, int(ys.min()) - pad), min(height, int(ys.max()) + pad)
    x0, x1 = max(0, int(xs.min()) - pad), min(width, int(xs.max()) + pad)
    window = (slice(y0, y1), slice(x0, x1))
    lab = np.asarray(cv2.cvtColor(picture[window], cv2.COLOR_BGR2LAB), dtype=np.uint8)
    off = _off_grass(lab, _near(region[window], pad // 2))
    if off is None:
        return found
    off[_markings(calibration, pitch, picture.shape)[window]] = 0
    opened = cv2.morphologyEx(off, cv2.MORPH_OPEN, _disc(max(1, round(tall / 60))))
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, _disc(max(2, round(tall / 18))))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    kept = np.zeros(count, dtype=bool)
    for index in range(1, count):
        left, top, wide, high, area = (int(value) for value in stats[index])
        person = _person_px(calibration, (x0 + left + wide / 2, y0 + top + high - 1.0))
        if person is not None:
            kept[index] = high >= LEAST_HIGH * person and area >= LEAST_AREA * person**2 and high <= 2.5 * person
    found[window] = kept[labels] & region[window]
    return found


def _off_grass(lab: Picture, near: Mask) -> Picture | None:
    """255 where a pixel surely is not grass. The grass' a and b are fitted as linear in its lightness, which a shadow
    and the sun change, with what does not fit left out; None where there is no green to fit."""
    values = lab[near][:: max(1, int(near.sum()) // 60_000)].astype(np.float64)
    green = (values[:, 1] < 124) & (values[:, 2] > 128)
    if len(values) < 200 or green.mean() < LEAST_GRASS:
        return None
    grass = values[green]
    middle = np.median(grass[:, 1:], axis=0)
    grass = grass[np.linalg.norm(grass[:, 1:] - middle, axis=1) < 25]
    for _ in range(_FITS):
        light = np.column_stack([np.ones(len(grass)), grass[:, 0]])
        model, *_ = np.linalg.lstsq(light, grass[:, 1:], rcond=None)
        miss = np.linalg.norm(grass[:, 1:] - light @ model, axis=1)
        spread = 1.4826 * float(np.median(miss)) + 0.5
        grass = grass[miss < 4 * spread]
        if len(grass) < 200:
            return None
    limit = max(LEAST_OFF, OFF_SIGMAS * spread)
    level = lab[..., :1].astype(np.float32)
    expected = np.float32(model[0]) + level * np.float32(model[1])
    away = np.linalg.norm(lab[..., 1:].astype(np.float32) - expected, axis=2)
    return np.asarray((away > limit) * np.uint8(255), dtype=np.uint8)


def _near(region: Mask, reach: int) -> Mask:
    import cv2

    size = 2 * reach + 1
    return np.asarray(cv2.dilate(region.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)


def _disc(radius: int) -> Any:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _markings(calibration: Calibration, pitch: Pitch, shape: tuple[int, ...]) -> Mask:
    """The white lines as the calibration sees them, a little wider than they are."""
    import cv2

    drawn = np.zeros(shape[:2], np.uint8)
    for _, places in pitch.outline(0.5):
        pixels = project(calibration, PitchPoints(places))
        beside = project(calibration, PitchPoints(places + np.array([0.0, 0.0, LINE_WIDTH_M])))
        for a, b, up in zip(pixels[:-1], pixels[1:], beside[:-1], strict=True):
            if np.isfinite([a, b, up]).all() and max(np.abs(a).max(), np.abs(b).max()) < 20_000:
                wide = max(3, round(1.6 * float(np.linalg.norm(up - a))) + 2)
                (u0, v0), (u1, v1) = np.rint([a, b]).astype(int).tolist()
                cv2.line(drawn, (u0, v0), (u1, v1), (255,), wide)
    return np.asarray(drawn > 0)


def _person_px(calibration: Calibration, foot_px: tuple[float, float]) -> float | None:
    """How high a person is in the picture whose feet are at a pixel; None where that is not on the ground."""
    place, _ = to_ground(calibration, ImagePoints(np.array([foot_px])))
    if not np.isfinite(place).all():
        return None
    head = project(calibration, PitchPoints(place + np.array([0.0, 0.0, PERSON_M])))
    return float(np.linalg.norm(head[0] - np.array(foot_px))) if np.isfinite(head).all() else None


def _tallest_px(calibration: Calibration, region: Mask) -> float | None:
    """How high a person is in the picture at the nearest end of the region."""
    rows = np.flatnonzero(region.any(axis=1))
    if not len(rows):
        return None
    sizes = [
        size
        for row in (rows[0], rows[len(rows) // 2], rows[-1])
        if (size := _person_px(calibration, (float(np.flatnonzero(region[row]).mean()), float(row)))) is not None
    ]
    return float(np.median(sizes)) if sizes else None

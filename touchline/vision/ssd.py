"""The person detector: an SSD (Liu and others, 2016) on squares of the picture, decoded in numpy.

Six grids of default boxes, as the network was trained with: scales from 0.2 to 0.95 of the picture, aspect ratios 1, 2,
1/2, 3, 1/3, and one square between two scales; the finest grid has three boxes a cell, with a square of scale 0.1. The
offsets come divided by the variances 0.1 (centre) and 0.2 (size).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from touchline.vision.boxes import tiles
from touchline.vision.runtime import Network, Picture

Floats = NDArray[np.float64]

PERSON = 4
"""The class in the network's list (``person_ssd_mobilenetv2_oidv4.txt``), which begins with a class for "nothing"."""

GRIDS = (19, 10, 5, 3, 2, 1)
SCALES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1.0)
RATIOS = (1.0, 2.0, 0.5, 3.0, 1.0 / 3.0)

TILE_PX = 640
OVERLAP = 4
"""Neighbouring tiles share a fourth of their side."""

EDGE_PX = 6.0


@lru_cache(maxsize=1)
def default_boxes() -> Floats:
    """The default boxes (1917, 4) as centre x, centre y, width, height, in parts of the picture."""
    made: list[Floats] = []
    for level, cells in enumerate(GRIDS):
        scale, after = SCALES[level], SCALES[level + 1]
        if level == 0:
            shapes = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)]
        else:
            shapes = [*((scale, ratio) for ratio in RATIOS), (float(np.sqrt(scale * after)), 1.0)]
        sizes = np.array([(size * np.sqrt(ratio), size / np.sqrt(ratio)) for size, ratio in shapes])
        y, x = np.mgrid[:cells, :cells]
        centres = (np.stack([x, y], axis=-1).reshape(-1, 1, 2) + 0.5) / cells
        made.append(
            np.concatenate(np.broadcast_arrays(centres, sizes[None]), axis=-1).reshape(-1, 4)  # a cell's boxes together
        )
    return np.concatenate(made)


def decode(offsets: NDArray[np.float32], logits: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """Boxes (1917, 4) as left, top, right, bottom in parts of the picture, and how sure it is of a person (1917,).

    ``offsets`` (1917, 4) are y, x, height, width; ``logits`` (1917, 24).
    """
    anchor = default_boxes()
    moved = offsets.astype(np.float64)
    centre = anchor[:, :2] + 0.1 * moved[:, [1, 0]] * anchor[:, 2:]
    size = anchor[:, 2:] * np.exp(np.clip(0.2 * moved[:, [3, 2]], -8, 8))
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits[:, PERSON].astype(np.float64), -60, 60)))
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1), scores


def detect(
    network: Network,
    picture: Picture,
    least: float,
    side_px: int = TILE_PX,
    *,
    wanted: Callable[[tuple[int, int, int, int]], bool] = lambda square: True,
) -> tuple[Floats, Floats]:
    """Where people may be in a picture: boxes (n, 4) in its pixels and their scores (n,), several of one person.

    ``touchline.vision.boxes.keep`` leaves one a person; what cannot be a person should go before that, because a box
    around two people hides both.
    ``least`` is the lowest score that counts; ``wanted`` says whether a square (left, top, right, bottom) is to be
    looked at. A box that ends at an inner edge of its tile shows a part of somebody. Where it is smaller than the
    overlap the neighbour shows him whole, and it goes; else it counts half.
    """
    import cv2

    height, width = picture.shape[:2]
    boxes, scores = [np.empty((0, 4))], [np.empty(0)]
    overlap = side_px // OVERLAP
    for left, top, right, bottom in filter(wanted, tiles(width, height, side_px, overlap)):
        square = np.zeros((side_px, side_px, 3), np.uint8)
        square[: bottom - top, : right - left] = picture[top:bottom, left:right]
        small = cv2.resize(square, (network.size_px, network.size_px), interpolation=cv2.INTER_AREA)
        values = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.float32) / 127.5 - 1.0
        offsets, logits = network(values, ((1, 1917, 4), (1, 1917, 24)))
        found, sure = decode(offsets, logits)
        likely = sure >= least
        found, sure = found[likely] * side_px, sure[likely]
        inner = [left > 0, top > 0, right < width, bottom < height]
        ends = np.array([0.0, 0.0, right - left, bottom - top])
        cut = (np.array([-1, -1, 1, 1]) * (found - ends) > -EDGE_PX) & inner
        found = np.clip(found, [0, 0, 0, 0], ends[[2, 3, 2, 3]])
        small_one = np.tile(found[:, 2:] - found[:, :2] < overlap - 2 * EDGE_PX, 2)
        stays = ~(cut & small_one).any(axis=1)
        boxes.append((found + np.array([left, top, left, top]))[stays])
        scores.append(np.where(cut.any(axis=1), 0.5 * sure, sure)[stays])
    return np.concatenate(boxes) - 0.5, np.concatenate(scores)  # (0, 0) is the middle of the first pixel

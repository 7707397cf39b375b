"""A still made small for paper: drawn over at full size first, so that every line is where it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from var.export.facts import Drawing


def small(
    picture: NDArray[np.uint8],
    drawings: Sequence[Drawing],
    *,
    hidden: NDArray[np.bool_] | None,
    width: int,
    mark: str | None,
) -> NDArray[np.uint8]:
    """``picture`` (height, width, 3; 8-bit BGR) with its drawings, at most ``width`` pixels wide; ``mark`` is set on it
    as a plate. Lines on the grass pass behind what stands in ``hidden``."""
    import cv2

    from var.picture import draw, stamp

    over: Any = draw(picture, drawings, hidden=hidden)
    high, wide = over.shape[:2]
    if wide > width:
        size = (width, max(1, round(high * width / wide)))
        over = cv2.resize(over, size, interpolation=cv2.INTER_AREA)
    return np.asarray(over if mark is None else stamp(over, mark), np.uint8)

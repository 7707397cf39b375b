"""Finds the corners of a chessboard or of a ChArUco board in pictures: what a lens is measured with.

Corners are the inner ones, where four squares meet. Pixel (0, 0) is the centre of the first pixel (OpenCV).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Missing
from var.measure.camera import Array

Picture = NDArray[np.uint8]

VOTES = 4
"""So many pictures must show a board of one size before it is taken for the board's."""

VOTE_WIDTH_PX = 1280
"""Pictures are looked at this wide while only the size of the board is asked for."""

LEAST_CORNERS = 8
"""A picture of a ChArUco board that shows fewer corners is not used: its pose alone takes six numbers."""

MARKER_SHARE = 0.75
"""Side of a marker in squares. Corners are refined in the picture, so boards from 0.6 to 0.85 are found as well."""

DICTIONARIES = ("DICT_4X4_1000", "DICT_5X5_1000", "DICT_6X6_1000", "DICT_7X7_1000", "DICT_ARUCO_ORIGINAL")
"""The markers that printed boards carry; the smaller dictionaries of a kind are the beginnings of these."""


class BoardKind(StrEnum):
    """What the board shows."""

    CHESSBOARD = "chessboard"
    CHARUCO = "charuco"


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A board seen in one picture: corners ``pixels`` (n, 2), and where they lie on the board, ``places`` (n, 2) in
    squares."""

    name: str
    pixels: Array
    places: Array


def read_gray(path: Path) -> Picture | None:
    """The picture (height, width) in grey as the sensor wrote it, not turned by EXIF; None where it cannot be read."""
    import cv2

    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        found = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION) if data.size else None
    except (OSError, ValueError, cv2.error):
        return None
    return None if found is None else np.asarray(found, dtype=np.uint8)


def chessboard_size(pictures: Iterable[Picture]) -> tuple[int, int] | None:
    """Columns and rows of inner corners that the boards in ``pictures`` have most often; None where none is found.

    No more pictures are looked at than it takes until one size was seen ``VOTES`` times.
    """
    import cv2

    seen: Counter[tuple[int, int]] = Counter()
    for picture in pictures:
        scale = min(1.0, VOTE_WIDTH_PX / picture.shape[1])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_LARGER
        found, _, meta = cv2.findChessboardCornersSBWithMeta(small, (3, 3), flags)
        if found:
            long, short = sorted(meta.shape[:2], reverse=True)
            seen[long, short] += 1
            if seen[long, short] >= VOTES:
                break
    # Of equally frequent sizes the larger: a part of a board is found more easily than a board that is not there.
    return max(seen, key=lambda size: (seen[size], size[0] * size[1])) if seen else None


def grid(columns: int, rows: int) -> Array:
    """Where the corners of a chessboard lie, (columns * rows, 2) in squares, row by row."""
    v, u = np.mgrid[0:rows, 0:columns]
    return np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float64)


def find_chessboard(name: str, picture: Picture, columns: int, rows: int) -> View | None:
    """The whole chessboard with ``columns`` x ``rows`` inner corners in ``picture``, or None."""
    import cv2

    size = (columns, rows)
    found, corners = cv2.findChessboardCornersSB(picture, size, flags=cv2.CALIB_CB_NORMALIZE_IMAGE)
    if not found:
        flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_FAST_CHECK
        found, corners = cv2.findChessboardCorners(picture, size, flags=flags)
        if not found:
            return None
    # As the first finder leaves them, corners of drawn boards made the focal length 0.2 % too long; refined, 0.03 %.
    around = corners.reshape(rows, columns, 2)
    side = min(float(np.linalg.norm(np.diff(around, axis=axis), axis=2).min()) for axis in (0, 1))
    half = int(np.clip(side / 4, 2, 11))  # the window must not reach the next corner
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-3)
    corners = cv2.cornerSubPix(picture, np.ascontiguousarray(corners.reshape(-1, 1, 2)), (half, half), (-1, -1), stop)
    pixels = np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    return View(name, pixels, grid(columns, rows))


class Charuco:
    """Finds ChArUco boards of ``columns`` x ``rows`` inner corners, whatever their dictionary.

    The dictionary and the order of the squares are those that found most corners so far. Raises ``Missing``
    (``no_aruco``) where this OpenCV has no markers.
    """

    def __init__(self, columns: int, rows: int) -> None:
        import cv2

        aruco = getattr(cv2, "aruco", None)
        if aruco is None or not hasattr(aruco, "CharucoDetector"):
            raise Missing("var.errors.no_aruco")
        self.detectors: list[tuple[Any, Array]] = []
        for name in DICTIONARIES:
            known = aruco.getPredefinedDictionary(getattr(aruco, name))
            # Before OpenCV 4.6 boards with an even number of rows began with a white square.
            for legacy in (False, True) if rows % 2 else (False,):
                board = aruco.CharucoBoard((columns + 1, rows + 1), 1.0, MARKER_SHARE, known)
                board.setLegacyPattern(legacy)
                places = np.asarray(board.getChessboardCorners(), dtype=np.float64)[:, :2]
                self.detectors.append((aruco.CharucoDetector(board), places))
        self.known: int | None = None

    def find(self, name: str, picture: Picture) -> View | None:
        """The board in ``picture``, or None where fewer than ``LEAST_CORNERS`` of its corners are found."""
        best: View | None = None
        tried = range(len(self.detectors)) if self.known is None else [self.known]
        for index in tried:
            detector, places = self.detectors[index]
            corners, ids, _, _ = detector.detectBoard(picture)
            if ids is None or len(ids) < LEAST_CORNERS:
                continue
            view = View(name, np.asarray(corners, dtype=np.float64).reshape(-1, 2), places[np.ravel(ids)])
            if np.linalg.matrix_rank(view.places - view.places[0]) < 2:
                continue  # all in one line: no pose
            if best is None or len(view.pixels) > len(best.pixels):
                best, self.known = view, index
        return best

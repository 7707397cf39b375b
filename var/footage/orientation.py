"""How a stored picture is turned and stretched to be shown."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Picture = NDArray[np.uint8]
"""Shape (h, w, 3): blue, green, red."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """Mirror left to right first (where ``mirrored``), then turn by ``clockwise_deg``: 0, 90, 180 or 270."""

    clockwise_deg: int = 0
    mirrored: bool = False

    @property
    def sideways(self) -> bool:
        """Whether width and height change places."""
        return self.clockwise_deg in (90, 270)

    def upright(self, picture: Picture) -> Picture:
        """``picture`` as it is shown."""
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(np.rot90(picture, -self.clockwise_deg // 90))

    @classmethod
    def of(cls, frame: VideoFrame, name: str) -> Orientation:
        """What the display matrix of ``frame`` says (ISO/IEC 14496-12, 6.2.2: 3 x 3, 16.16 fixed point, row vectors).

        Raises ``BadFile`` for a matrix that is no quarter turn.
        """
        sides: Any = frame.side_data  # typed as a mapping by name, yet it iterates over the entries
        data = next((bytes(side) for side in sides if side.type.name == "DISPLAYMATRIX"), None)
        if data is None:
            return cls()
        a, b, _, c, d, *_ = struct.unpack("=9i", data)
        signs = tuple((value > 0) - (value < 0) for value in (a, b, c, d))
        if signs not in _TURNS or {abs(value) for value in (a, b, c, d)} != {0, 65536}:
            raise BadFile("var.errors.odd_rotation", name=name)
        return cls(*_TURNS[signs])


# (a, b, c, d) maps (x, y) to (a x + c y, b x + d y), y down: a quarter turn clockwise sends x to y.
_TURNS = {
    (1, 0, 0, 1): (0, False),
    (0, 1, -1, 0): (90, False),
    (-1, 0, 0, -1): (180, False),
    (0, -1, 1, 0): (270, False),
    (-1, 0, 0, 1): (0, True),
    (0, -1, -1, 0): (90, True),
    (1, 0, 0, -1): (180, True),
    (0, 1, 1, 0): (270, True),
}


def square_size_px(width: int, height: int, pixel_aspect: Fraction | None) -> tuple[int, int]:
    """The size of a stored picture once its pixels are made square; the height stays."""
    aspect = Fraction(pixel_aspect or 1)
    return (round(width * aspect), height) if aspect > 0 else (width, height)


def shown_size_px(width: int, height: int, pixel_aspect: Fraction | None, orientation: Orientation) -> tuple[int, int]:
    """Width and height of a picture as it is shown: square pixels, upright."""
    size = square_size_px(width, height, pixel_aspect)
    return (size[1], size[0]) if orientation.sideways else size

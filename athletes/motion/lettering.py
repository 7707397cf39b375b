"""Words in pictures, with Vietnamese letters: the papers' font (Be Vietnam Pro), drawn by Pillow and laid on a picture.

A plate is made once and laid many times: words that stand in every picture of a clip cost nothing.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Missing

Picture = NDArray[np.uint8]
Ink = tuple[int, int, int]
"""Red, green, blue."""

SMALLEST_PX = 9
"""Letters smaller than this many pixels are not read by anybody."""


@lru_cache(maxsize=32)
def _font(size_px: int, weight: str) -> Any:
    from PIL import ImageFont

    try:
        path = resources.files("fontpkg_be_vietnam_pro") / "files" / f"BeVietnamPro-{weight}.ttf"
    except ModuleNotFoundError as fault:
        raise Missing("touchline.errors.no_report_font") from fault
    return ImageFont.truetype(str(path), size_px)


@lru_cache(maxsize=512)
def plate(
    text: str,
    size_px: int,
    ink: Ink = (255, 255, 255),
    ground: tuple[int, int, int, int] = (14, 18, 22, 190),
    weight: str = "SemiBold",
) -> NDArray[np.uint8]:
    """Words on a rounded plate, (h, w, 4) blue, green, red, alpha; ``ground`` is the plate's colour with alpha (0 for
    none). A text that is the same size in digits is the same plate. Raises ``Missing`` without the font."""
    from PIL import Image, ImageDraw

    size_px = max(SMALLEST_PX, size_px)
    font = _font(size_px, weight)
    pad = round(size_px * 0.35) if ground[3] else 0
    ascent, descent = font.getmetrics()
    width = max(1, round(font.getlength(text))) + 2 * pad
    height = ascent + descent + round(pad / 2)
    # Letters of no plate are drawn on their own colour, so that their edges do not darken.
    image = Image.new("RGBA", (width, height), (*ink, 0))
    draw = ImageDraw.Draw(image)
    if ground[3]:
        draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=round(size_px * 0.25), fill=ground)
        over = Image.new("RGBA", (width, height), (*ink, 0))
        ImageDraw.Draw(over).text((pad, pad // 4), text, font=font, fill=(*ink, 255))
        image = Image.alpha_composite(image, over)
    else:
        draw.text((0, 0), text, font=font, fill=(*ink, 255))
    made = np.asarray(image)[..., [2, 1, 0, 3]].copy()
    made.setflags(write=False)
    return made


def wide_px(text: str, size_px: int, weight: str = "SemiBold") -> int:
    """How wide words are without a plate, in pixels."""
    return round(float(_font(max(SMALLEST_PX, size_px), weight).getlength(text)))


def shortened(text: str, size_px: int, most_px: int, weight: str = "SemiBold") -> str:
    """``text``, or as much of its beginning as is not wider than ``most_px``, with dots at its end."""
    if wide_px(text, size_px, weight) <= most_px:
        return text
    while text and wide_px(text + "…", size_px, weight) > most_px:
        text = text[:-1]
    return text.rstrip() + "…"


def lay(picture: Picture, drawn: NDArray[np.uint8], left: float, top: float) -> None:
    """Lay a plate on ``picture`` (h, w, 3; blue, green, red) with its upper left corner there, pushed inside where it
    would stick out; what is larger than the picture is cut."""
    height, width = picture.shape[:2]
    tall, wide = min(drawn.shape[0], height), min(drawn.shape[1], width)
    x, y = (min(max(round(at), 0), room) for at, room in ((left, width - wide), (top, height - tall)))
    part, over = picture[y : y + tall, x : x + wide], drawn[:tall, :wide]
    alpha = over[..., 3:].astype(np.uint16)
    part[:] = ((part * (255 - alpha) + over[..., :3] * alpha + 127) // 255).astype(np.uint8)

"""Writes a scene's words into a picture, with Vietnamese letters: plates at places, head, caution, simulated mark."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from touchline.errors import Missing
from var.stage.look import View
from var.stage.paint import Eye, Picture

PLATES: dict[str, tuple[tuple[int, int, int, int], tuple[int, int, int]]] = {
    "attacker": ((255, 107, 53, 255), (26, 13, 7)),
    "defender": ((16, 74, 140, 255), (255, 255, 255)),
    "margin": ((255, 214, 10, 255), (29, 24, 0)),
    "plain": ((14, 18, 22, 170), (233, 238, 242)),
    "head": ((14, 18, 22, 215), (255, 255, 255)),
    "alarm": ((179, 38, 30, 255), (255, 255, 255)),
}
"""Plate and ink, red-green-blue."""

SIZES = {"attacker": 30, "defender": 30, "margin": 26, "plain": 18}
"""Of the letters, in pixels of a picture 720 pixels high."""


@lru_cache(maxsize=32)
def _font(size_px: int, weight: str) -> ImageFont.FreeTypeFont:
    try:
        path = resources.files("fontpkg_be_vietnam_pro") / "files" / f"BeVietnamPro-{weight}.ttf"
    except ModuleNotFoundError as fault:
        raise Missing("touchline.errors.no_report_font") from fault
    return ImageFont.truetype(str(path), size_px)


def write_words(picture: Picture, view: View, words: dict[str, Any]) -> Picture:
    """A copy of ``picture`` (height, width, 3; 8-bit BGR) with ``stage_words`` in it, as ``view`` sees their places.

    Raises ``Missing`` without the font.
    """
    height, width = picture.shape[:2]
    image = Image.fromarray(np.ascontiguousarray(picture[..., ::-1]))
    draw = ImageDraw.Draw(image, "RGBA")
    unit = min(height, width) / 720
    eye, edge = Eye(view, (width, height)), round(16 * unit)
    # the far first, the margin over all
    away = sorted(
        words["labels"],
        key=lambda label: (label["style"] == "margin", -float(np.linalg.norm(np.subtract(label["at_m"], view.eye_m)))),
    )
    for label in away:
        at = eye.project(label["at_m"])
        if at is None or not (0 <= at[0] < width and 0 <= at[1] < height):
            continue
        size = round(SIZES[label["style"]] * unit)
        if label["style"] == "margin":  # beside its bar, where there is room
            wide = _font(size, "SemiBold").getlength(label["text"]) + size
            if at[0] + 26 * unit + wide < width:
                _plate(draw, (at[0] + 26 * unit, at[1] - 8 * unit), label["text"], size, "margin", (0.0, 0.5))
            else:
                left = max(edge, min(at[0] - wide / 2, width - wide - edge))
                _plate(draw, (left, at[1] + 14 * unit), label["text"], size, "margin", (0.0, 0.0))
        else:
            _plate(draw, at, label["text"], size, label["style"], (0.5, 0.5))
    head = "  ".join(part for part in (words["outcome"], words["margin"]) if part)
    _plate(draw, (edge, edge), head, round(30 * unit), "head", (0.0, 0.0), weight="Bold", most=width - 2 * edge)
    _plate(
        draw, (edge, height - edge), words["illustration"], round(20 * unit), "head", (0.0, 1.0), most=width - 2 * edge
    )
    if words["simulated"]:
        top = edge if width >= 1.6 * height else edge + round(58 * unit)
        _plate(draw, (width - edge, top), words["simulated"], round(28 * unit), "alarm", (1.0, 0.0), weight="Bold")
    return np.ascontiguousarray(np.asarray(image)[..., ::-1], dtype=np.uint8)


def _plate(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size_px: int,
    style: str,
    anchor: tuple[float, float],
    *,
    weight: str = "SemiBold",
    most: int | None = None,
) -> None:
    """Words on a plate whose ``anchor`` (shares of its width and height) lies at ``at``; ``most`` bounds its width."""
    font = _font(max(8, size_px), weight)
    if most is not None and (wide := font.getlength(text) + size_px) > most:
        size_px = max(8, int(size_px * most / wide))
        font = _font(size_px, weight)
    pad = size_px * 0.4
    ascent, descent = font.getmetrics()
    width, height = font.getlength(text) + 2 * pad, ascent + descent + pad / 2
    left, top = at[0] - anchor[0] * width, at[1] - anchor[1] * height
    plate, ink = PLATES[style]
    draw.rounded_rectangle((left, top, left + width, top + height), radius=size_px * 0.28, fill=plate)
    draw.text((left + pad, top + pad / 4), text, font=font, fill=ink)

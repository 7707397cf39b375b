"""Broadcast clips with a match clock drawn into noisy, moving pictures, of many sizes, fonts and places."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import recordings
from PIL import Image, ImageDraw, ImageFont

FPS = 25
COUNT = 126
FONTS = resources.files("fontpkg_be_vietnam_pro").joinpath("files")


@dataclass(frozen=True)
class Drawn:
    """A clip: ``start_s`` is the clock at its beginning, ``rate`` how fast it runs (0: it stands), None: no clock."""

    start_s: float | None
    rate: float = 1.0
    size: tuple[int, int] = (398, 224)
    high: float = 0.035
    """Height of the digits, a share of the picture's."""
    font: str = "sans"
    corner: str = "left"
    seed: int = 0

    def at_moment_s(self) -> int:
        assert self.start_s is not None
        return int(self.start_s + 3 * self.rate)


def text_at(clip: Drawn, i: int) -> str | None:
    if clip.start_s is None:
        return None
    seconds = int(clip.start_s + clip.rate * i / FPS)
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def film(path: Path, clip: Drawn) -> Path:
    """The clip as a recording."""
    path.parent.mkdir(parents=True, exist_ok=True)
    field = _field(clip)
    return recordings.write(
        path,
        COUNT,
        size=clip.size,
        options={"preset": "veryfast", "crf": "26"},
        picture=lambda i: _picture(clip, field, i),
    )


def _field(clip: Drawn) -> Any:
    """A wide meadow with lines, stands and people to pan over."""
    width, height = clip.size
    random = np.random.default_rng(clip.seed)
    field = np.full((height, 3 * width, 3), (50, 130, 60), np.uint8)
    field[: height // 4] = random.integers(0, 160, (height // 4, 3 * width, 3), np.uint8)
    for _ in range(60):
        x, y = int(random.integers(0, 3 * width)), int(random.integers(height // 5, height))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        cv2.ellipse(field, (x, y), (max(2, width // 90), max(4, height // 25)), 0, 0, 360, colour, -1)
    for k in range(9):  # boards beside the pitch
        at = (int(k * width / 3), int(0.3 * height))
        cv2.putText(field, "HUE 2026", at, cv2.FONT_HERSHEY_DUPLEX, height / 500, (240, 240, 240), 1, cv2.LINE_AA)
    return cv2.GaussianBlur(field, (3, 3), 0)


def _picture(clip: Drawn, field: Any, i: int) -> Any:
    width, height = clip.size
    left = int(width * i / COUNT)
    picture = field[:, left : left + width].copy()
    noise = np.random.default_rng((clip.seed, i)).normal(0, 5, picture.shape)
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    text = text_at(clip, i)
    score = "HUE 1-0 DNG"
    digits = max(6, round(clip.high * height))
    x = round(0.06 * width) if clip.corner == "left" else round(0.55 * width)
    y = round(0.9 * height) if clip.corner == "low" else round(0.06 * height)
    wide, room = 5 * digits, max(2, digits // 3)
    if text is not None:
        cv2.rectangle(picture, (x - room, y - room), (x + wide - room, y + digits + room), (120, 50, 20), -1)
        picture = _write(picture, text, (x, y), digits, clip.font, (255, 255, 255))
    x += wide
    cv2.rectangle(picture, (x - room, y - room), (x + 9 * digits, y + digits + room), (235, 235, 235), -1)
    return _write(picture, score, (x, y), digits, clip.font, (40, 30, 30))


def _write(picture: Any, text: str, at: tuple[int, int], digits: int, font: str, colour: tuple[int, int, int]) -> Any:
    """``text`` with digits so many pixels high, their upper left corner ``at``."""
    if font == "stroke":
        scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, digits, 1)
        thick = max(1, digits // 9)
        low = (at[0], at[1] + digits)
        cv2.putText(picture, text, low, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thick, cv2.LINE_AA)
        return picture
    name = {"sans": "BeVietnamPro-SemiBold.ttf", "light": "BeVietnamPro-Regular.ttf"}[font]
    face = ImageFont.truetype(str(FONTS.joinpath(name)), round(digits / 0.7))
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((at[0], at[1] + digits), text, font=face, fill=colour, anchor="ls")
    return np.array(image)

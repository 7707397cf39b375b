"""The strip under the pictures of a clip: what is shown, which frame at what time, and a curve that runs along.

It stands under the picture, not in it, so that nothing of the athlete is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.model import Curve, Side
from athletes.motion.drawing import COLOURS, value_at
from athletes.motion.lettering import SMALLEST_PX, lay, plate, shortened, wide_px
from athletes.paper.drawing import levels
from touchline.i18n import number
from touchline.measure import Z95

Picture = NDArray[np.uint8]

GROUND, GRID, SOFT, INK = (22, 18, 14), (70, 62, 54), (172, 160, 150), (255, 255, 255)
"""Blue, green, red."""
CLEAR = (0, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Strip:
    """A strip ``width`` pixels wide for pictures whose letters are ``letter_px`` high.

    ``lines`` are words that stay; ``curves`` (one quantity, of one side or both) run from ``first`` to ``last``
    (frames); ``said`` is what the quantity is called, with its unit.
    """

    width: int
    letter_px: int
    lines: tuple[str, ...]
    curves: tuple[Curve, ...]
    said: str
    frames: range
    lang: str

    @property
    def beside(self) -> bool:
        """Whether words and curve stand beside each other: where the picture is wide enough."""
        return bool(self.curves) and self.width >= 34 * self.letter_px

    @cached_property
    def _rows(self) -> int:
        return len(self.lines) + 1

    @cached_property
    def height(self) -> int:
        """Its height in pixels, an even number."""
        words = round((self._rows * 1.45 + 0.7) * self.letter_px)
        curve = round((5.6 if self.beside else 8.0) * self.letter_px) if self.curves else 0
        tall = max(words, curve) if self.beside else words + curve
        return tall + tall % 2

    @cached_property
    def _box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the curve's field."""
        pad, size = self.letter_px, self.letter_px
        left = round(self.width * 0.46) if self.beside else pad
        top = 0 if self.beside else round((self._rows * 1.45 + 0.2) * size)
        return left + 3 * size, top + round(1.9 * size), self.width - pad, self.height - round(0.7 * size)

    @cached_property
    def _scale(self) -> tuple[float, float]:
        """The lowest and the highest value of the field, with room for a usual band; where it is far wider than
        elsewhere it is cut at the edge, so that the movement itself stays visible."""
        values = [curve.value[self._inside(curve)] for curve in self.curves]
        known = np.concatenate([each[np.isfinite(each)] for each in values]) if values else np.empty(0)
        if not known.size:
            return 0.0, 1.0
        sigma = np.concatenate([curve.sigma[self._inside(curve)] for curve in self.curves])
        half = Z95 * float(np.median(sigma[np.isfinite(sigma)])) if np.isfinite(sigma).any() else 0.0
        low, high = float(known.min()), float(known.max())
        pad = max((high - low) * 0.06, half, 1e-6)
        return low - pad, high + pad

    def _inside(self, curve: Curve) -> NDArray[np.bool_]:
        return np.asarray((curve.frames >= self.frames.start) & (curve.frames < self.frames.stop))

    def _band(self, curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        inside = self._inside(curve)
        half = Z95 * curve.sigma[inside]
        return curve.value[inside] - half, curve.value[inside] + half

    def _x(self, frame: NDArray[np.float64] | float) -> NDArray[np.float64] | float:
        left, _, right, _ = self._box
        return left + (right - left) * (frame - self.frames.start) / max(1, len(self.frames) - 1)

    def _y(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        _, top, _, bottom = self._box
        low, high = self._scale
        return np.clip(bottom - (bottom - top) * (value - low) / (high - low), top, bottom)

    @cached_property
    def _still(self) -> Picture:
        """What stays in every picture: words, field, band, and the whole curve faint."""
        import cv2

        out = np.full((self.height, self.width, 3), GROUND, np.uint8)
        size, pad = self.letter_px, self.letter_px
        room = (round(self.width * 0.46) if self.beside else self.width) - pad
        for row, line in enumerate(self.lines):
            letter, ink = (round(size * 1.1), (255, 255, 255)) if row == 0 else (size, (200, 208, 214))
            weight = "SemiBold" if row == 0 else "Regular"
            fitted, letter = _fitted(line, letter, room - pad, weight)
            lay(out, plate(fitted, letter, ink, CLEAR, weight), pad, 0.3 * size + row * 1.45 * size)
        if not self.curves:
            return out
        left, top, right, _ = self._box
        lay(
            out,
            plate(
                shortened(self.said, size, right - left + 3 * size, "Medium"), size, (200, 208, 214), CLEAR, "Medium"
            ),
            left - 3 * size,
            top - 1.75 * size,
        )
        for value in levels(*self._scale, 3):
            y = int(self._y(np.array(value)))
            cv2.line(out, (left, y), (right, y), GRID, 1)
            drawn = plate(
                number(value, self.lang, self._decimals), round(size * 0.85), (172, 172, 180), CLEAR, "Regular"
            )
            lay(out, drawn, left - 0.4 * size - drawn.shape[1], y - drawn.shape[0] / 2)
        over = out.copy()
        for curve in self.curves:
            low, high = self._band(curve)
            x = self._x(curve.frames[self._inside(curve)].astype(float))
            for run in _runs(np.isfinite(low) & np.isfinite(high)):
                edge = np.concatenate(
                    (np.c_[np.asarray(x)[run], self._y(low[run])], np.c_[np.asarray(x)[run], self._y(high[run])][::-1])
                )
                cv2.fillPoly(over, [np.round(edge).astype(np.int32)], COLOURS[curve.side][::-1], cv2.LINE_AA)
        cv2.addWeighted(over, 0.22, out, 0.78, 0, dst=out)
        faint = out.copy()
        self._draw(faint, self.frames.stop - 1)
        cv2.addWeighted(faint, 0.3, out, 0.7, 0, dst=out)
        return out

    @cached_property
    def _decimals(self) -> int:
        low, high = self._scale
        return 0 if high - low >= 4 else 1 if high - low >= 0.4 else 2

    def _draw(self, out: Picture, last: int) -> None:
        """The curve from its beginning to the frame ``last``; gaps stay gaps."""
        import cv2

        thick = max(1, self.letter_px // 8)
        for curve in self.curves:
            inside = self._inside(curve) & (curve.frames <= last)
            x, y = self._x(curve.frames[inside].astype(float)), self._y(curve.value[inside])
            for run in _runs(np.isfinite(y)):
                way = np.round(np.column_stack((np.asarray(x)[run], y[run]))).astype(np.int32)
                if len(way) == 1:
                    cv2.circle(out, (int(way[0, 0]), int(way[0, 1])), thick, COLOURS[curve.side][::-1], -1, cv2.LINE_AA)
                else:
                    cv2.polylines(out, [way], False, COLOURS[curve.side][::-1], thick, cv2.LINE_AA)

    def at(self, frame: int, now: str, letters: dict[Side, str]) -> Picture:
        """The strip for the picture ``frame``, (height, width, 3); ``now`` says which frame at what time."""
        import cv2

        out = self._still.copy()
        size = self.letter_px
        room = (round(self.width * 0.46) if self.beside else self.width) - 2 * size
        fitted, letter = _fitted(now, size, room, "SemiBold")
        lay(out, plate(fitted, letter, (255, 214, 10), CLEAR), size, 0.3 * size + len(self.lines) * 1.45 * size)
        if not self.curves:
            return out
        self._draw(out, frame)
        _, top, right, bottom = self._box
        x = round(float(self._x(float(frame))))
        cv2.line(out, (x, top), (x, bottom), INK, max(1, size // 10))
        at = float(right)
        for curve in reversed(self.curves):
            value = value_at(curve, frame)
            said = number(value, self.lang, self._decimals)
            told = f"{letters[curve.side]} {said}" if curve.side else said
            drawn = plate(told, size, COLOURS[curve.side], CLEAR)
            at -= drawn.shape[1] + size / 2
            lay(out, drawn, at, top - 1.75 * size)
        return out


def _fitted(text: str, size_px: int, room_px: int, weight: str) -> tuple[str, int]:
    """A text made smaller down to what can still be read, then cut, so that it fits."""
    wide = wide_px(text, size_px, weight)
    if wide > room_px:
        size_px = max(SMALLEST_PX, round(size_px * 0.7), int(size_px * room_px / wide))
    return shortened(text, size_px, room_px, weight), size_px


def _runs(known: NDArray[np.bool_]) -> list[slice]:
    """The stretches without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]

"""Draws an overlay into a picture: anti-aliased lines, translucent bands, dashed plumb lines, labels with a halo.

The drawings are those of docs/architecture.md, 'Overlay drawings': pixels of the source picture, in which (0, 0) is
the centre of the first pixel. OpenCV counts the same way, so nothing is shifted by half a pixel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

COLOURS_BGR: dict[str, Colour] = {
    "pitch": (255, 255, 255),
    "attacker": (0x35, 0x6B, 0xFF),
    "defender": (0xFF, 0xA0, 0x3A),
    "band_attacker": (0x35, 0x6B, 0xFF),
    "band_defender": (0xFF, 0xA0, 0x3A),
    "mark": (0x0A, 0xD6, 0xFF),
    "mark_bad": (0x30, 0x3B, 0xFF),
    "plumb": (0x0A, 0xD6, 0xFF),
    "person": (0xD0, 0xD0, 0xD0),
    "proposal": (0x0A, 0xD6, 0xFF),
}
BAND_OPACITY = 0.3
HALO: Colour = (16, 16, 16)
_SHIFT = 4  # OpenCV takes fixed-point coordinates: 1/16 px
_WIDTH = {"pitch": 1.0, "person": 1.5, "attacker": 3.0, "defender": 3.0, "plumb": 3.0}
_DASH_PX, _GAP_PX = 12.0, 8.0
_LABEL_HEIGHT_PX = 20.0


def draw(
    picture: Picture, drawings: Iterable[Mapping[str, Any]], *, hidden: NDArray[np.bool_] | None = None
) -> Picture:
    """A copy of ``picture`` with ``drawings`` in it; the picture itself is left alone.

    ``hidden`` (height, width) is where something stands in front of the ground (``var.occlusion``): lines and bands on
    the grass pass behind it; plumb lines, dots, crosses and letters do not.

    ``picture`` has shape (height, width, 3), 8-bit BGR. Widths, marks and letters grow with the picture: the sizes
    named here are those of a picture 1080 pixels high. Points that are not finite are left out, and what lies outside
    the picture is clipped. Raises ``BadValue`` for another picture, an unknown shape, an unknown style or points of
    another shape than (n, 2).
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise BadValue("var.errors.bad_picture", shape=picture.shape, dtype=picture.dtype)
    out: Picture = np.ascontiguousarray(picture).copy()
    scale = max(0.5, picture.shape[0] / 1080)
    checked = [_checked(drawing) for drawing in drawings]
    # bands lie under lines and lines under marks and letters, whatever the order of the list
    for layer in (("polygon",), ("polyline",), ("plumb",), ("dot", "cross"), ("label",)):
        for drawing, px in checked:
            if _layer(drawing) in layer and len(px):
                _PAINTERS[drawing["shape"]](out, drawing, px, scale)
        if hidden is not None and "polyline" in layer:
            out[hidden] = picture[hidden]
    return out


def _layer(drawing: Mapping[str, Any]) -> str:
    """A drawing's shape; plumb lines, which stand before everything on the grass, are a layer of their own."""
    return "plumb" if drawing["style"] == "plumb" and drawing["shape"] == "polyline" else str(drawing["shape"])


def covered(size_px: tuple[int, int], drawings: Iterable[Mapping[str, Any]]) -> NDArray[np.bool_]:
    """Where lines and bands on the ground lie in a picture of ``size_px`` (width, height), shape (height, width)."""
    width, height = size_px
    touched = np.zeros((height, width, 3), np.uint8)
    scale = max(0.5, height / 1080)
    for drawing, px in [_checked(drawing) for drawing in drawings]:
        if _layer(drawing) in ("polygon", "polyline") and len(px):
            style = str(drawing["style"]).removeprefix("band_")
            _PAINTERS[drawing["shape"]](touched, {**drawing, "style": style}, px, scale)
    return np.asarray(touched.any(axis=2))


def stamp(picture: Picture, text: str) -> Picture:
    """A copy of ``picture`` with ``text`` (ASCII) on a red plate in its upper left corner, a twentieth of it high."""
    out: Picture = np.ascontiguousarray(picture).copy()
    corner = plate((picture.shape[1], picture.shape[0]), text)
    out[: corner.shape[0], : corner.shape[1]] = corner
    return out


def plate(size_px: tuple[int, int], text: str) -> Picture:
    """The red plate with ``text`` that ``stamp`` puts into the upper left corner of a picture of ``size_px``."""
    width, height = size_px
    font, high = cv2.FONT_HERSHEY_SIMPLEX, max(12, height // 20)
    (plain_w, plain_h), _ = cv2.getTextSize(text, font, 1.0, 2)
    size = min(0.55 * high / max(plain_h, 1), 0.9 * width / max(plain_w, 1))
    wide = int(plain_w * size + high)
    out = np.full((min(height, high + 1), min(width, wide + 1), 3), COLOURS_BGR["mark_bad"], np.uint8)
    at = (high // 2, int(high / 2 + plain_h * size / 2))
    cv2.putText(out, text, at, font, size, COLOURS_BGR["pitch"], max(1, high // 20), cv2.LINE_AA)
    return out


def _checked(drawing: Mapping[str, Any]) -> tuple[Mapping[str, Any], NDArray[np.float64]]:
    """A drawing with its points as an array of shape (n, 2)."""
    shape, style = drawing.get("shape"), drawing.get("style")
    px = np.asarray(drawing.get("px", []), dtype=float)
    if shape not in _PAINTERS or style not in COLOURS_BGR or (px.size and (px.ndim != 2 or px.shape[1] != 2)):
        raise BadValue("var.errors.bad_drawing", shape=shape, style=style, points=px.shape)
    return drawing, px.reshape(-1, 2)


def _colour(drawing: Mapping[str, Any]) -> Colour:
    """The colour of a drawing; a plumb line takes that of its role, which ``role`` or the label says (A or D)."""
    style, own = str(drawing["style"]), str(drawing.get("colour", ""))
    if re.fullmatch(r"#[0-9a-f]{6}", own):
        return int(own[5:], 16), int(own[3:5], 16), int(own[1:3], 16)
    if style in ("plumb", "proposal"):
        hint = str(drawing.get("role") or drawing.get("text") or "").upper()[:1]
        style = {"A": "attacker", "D": "defender"}.get(hint, style)
    return COLOURS_BGR[style]


def _fixed(point: NDArray[np.float64]) -> tuple[int, int]:
    u, v = np.rint(point * (1 << _SHIFT)).astype(int)
    return int(u), int(v)


def _clipped(
    a: NDArray[np.float64], b: NDArray[np.float64], size: tuple[int, int], margin: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The part of the segment a-b inside the picture and ``margin`` pixels around it (Liang and Barsky, 1984)."""
    low, high = 0.0, 1.0
    step = b - a
    for axis in (0, 1):
        for p, q in ((-step[axis], a[axis] + margin), (step[axis], size[axis] - 1 + margin - a[axis])):
            if p == 0:
                if q < 0:
                    return None
            elif p < 0:
                low = max(low, q / p)
            else:
                high = min(high, q / p)
    return None if low > high else (a + low * step, a + high * step)


def _segments(
    px: NDArray[np.float64], size: tuple[int, int], margin: float
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The visible parts of a polyline, segment by segment."""
    for a, b in pairwise(px):
        if np.isfinite(a).all() and np.isfinite(b).all():
            part = _clipped(a, b, size, margin)
            if part is not None:
                yield part


def _dashes(
    px: NDArray[np.float64], size: tuple[int, int], scale: float
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """A polyline cut into dashes; the pattern runs on over its corners."""
    on, period = _DASH_PX * scale, (_DASH_PX + _GAP_PX) * scale
    walked = 0.0
    for a, b in _segments(px, size, 0):
        length = float(np.hypot(*(b - a)))
        start = walked - walked % period - walked
        while start < length:
            begin, end = max(start, 0.0), min(start + on, length)
            if end > begin:
                yield a + (b - a) * (begin / length), a + (b - a) * (end / length)
            start += period
        walked += length


def _line(out: Picture, drawing: Mapping[str, Any], px: NDArray[np.float64], scale: float) -> None:
    style = str(drawing["style"])
    width = max(1, round(_WIDTH.get(style, 2.0) * scale) - 1)  # OpenCV's soft edge adds about a pixel
    size = (out.shape[1], out.shape[0])
    parts = _dashes(px, size, scale) if style == "plumb" else _segments(px, size, width)
    for a, b in parts:
        cv2.line(out, _fixed(a), _fixed(b), _colour(drawing), width, cv2.LINE_AA, _SHIFT)


def _cut_polygon(px: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """The polygon clipped to the picture and a pixel around it (Sutherland and Hodgman, 1974)."""
    ring = [point for point in px if np.isfinite(point).all()]
    for axis, bound, side in ((0, -1.0, 1), (0, float(size[0]), -1), (1, -1.0, 1), (1, float(size[1]), -1)):
        kept: list[NDArray[np.float64]] = []
        for k, b in enumerate(ring):
            a = ring[k - 1]
            inside_a, inside_b = side * (a[axis] - bound) >= 0, side * (b[axis] - bound) >= 0
            if inside_a != inside_b:
                kept.append(a + (b - a) * ((bound - a[axis]) / (b[axis] - a[axis])))
            if inside_b:
                kept.append(b)
        ring = kept
    return np.array(ring).reshape(-1, 2)


def _band(out: Picture, drawing: Mapping[str, Any], px: NDArray[np.float64], scale: float) -> None:
    """A polygon; bands at 30 % opacity, with soft edges because the mask is anti-aliased."""
    ring = _cut_polygon(px, (out.shape[1], out.shape[0]))
    if len(ring) < 3:
        return
    mask = np.zeros(out.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(ring * (1 << _SHIFT)).astype(np.int32)], (255,), cv2.LINE_AA, _SHIFT)
    opacity = BAND_OPACITY if str(drawing["style"]).startswith("band") else 1.0
    alpha = (mask.astype(np.float32) * (opacity / 255))[..., None]
    mixed = out * (1 - alpha) + np.array(_colour(drawing), np.float32) * alpha
    out[:] = np.rint(mixed).astype(np.uint8)


def _mark(out: Picture, drawing: Mapping[str, Any], px: NDArray[np.float64], scale: float) -> None:
    """Dots (filled, dark rim) and crosses (open in the middle, so that the marked pixel stays visible)."""
    colour, rim = _colour(drawing), max(1, round(1.5 * scale))
    for point in px[np.isfinite(px).all(axis=1)]:
        if not (-50 <= point[0] <= out.shape[1] + 50 and -50 <= point[1] <= out.shape[0] + 50):
            continue
        if drawing["shape"] == "dot":
            radius = round(5 * scale * (1 << _SHIFT))
            cv2.circle(out, _fixed(point), radius + rim * (1 << _SHIFT), HALO, -1, cv2.LINE_AA, _SHIFT)
            cv2.circle(out, _fixed(point), radius, colour, -1, cv2.LINE_AA, _SHIFT)
            continue
        for paint, width in ((HALO, 2 * rim + round(2 * scale)), (colour, max(1, round(2 * scale)))):
            for arm in np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]):
                a, b = point + arm * 7 * scale, point + arm * 15 * scale
                cv2.line(out, _fixed(a), _fixed(b), paint, width, cv2.LINE_AA, _SHIFT)


def _label(out: Picture, drawing: Mapping[str, Any], px: NDArray[np.float64], scale: float) -> None:
    """Letters with a dark halo, kept inside the picture. The letters of this font are ASCII: others become ``?``."""
    text = str(drawing.get("text", "")).encode("ascii", "replace").decode("ascii")
    anchor = px[0] + np.array([16.0, -12.0]) * scale  # beside its point: what was clicked stays visible
    if not text or not np.isfinite(anchor).all():
        return
    font, width = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(2 * scale))
    (plain_w, plain_h), _ = cv2.getTextSize(text, font, 1.0, width)
    size = _LABEL_HEIGHT_PX * scale / max(plain_h, 1)
    rim = max(2, round(3 * scale))
    text_w, text_h = int(plain_w * size) + 1, int(_LABEL_HEIGHT_PX * scale) + 1
    u = int(np.clip(anchor[0], rim, max(rim, out.shape[1] - text_w - rim)))
    v = int(np.clip(anchor[1], text_h + rim, max(text_h + rim, out.shape[0] - 1 - 2 * rim)))
    top, left = max(0, v - text_h - rim), max(0, u - rim)
    patch = out[top : v + text_h // 2 + rim, left : u + text_w + rim]
    # the letters' own shape, grown, is the halo: OpenCV 5 draws letters of one weight whatever the thickness says
    letters = np.zeros(patch.shape[:2], np.uint8)
    cv2.putText(letters, text, (u - left, v - top), font, size, (255,), width, cv2.LINE_AA)
    grown = cv2.dilate(letters, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1)))
    for mask, colour in ((grown, HALO), (letters, _colour(drawing))):
        alpha = (mask.astype(np.float32) / 255)[..., None]
        patch[:] = np.rint(patch * (1 - alpha) + np.array(colour, np.float32) * alpha).astype(np.uint8)


_PAINTERS = {"polygon": _band, "polyline": _line, "dot": _mark, "cross": _mark, "label": _label}

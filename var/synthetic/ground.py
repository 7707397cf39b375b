"""The empty stadium as a camera sees it: background, boards and lines; made once for a fixed camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from var.synthetic import stadium
from var.synthetic.camera import Camera, observe
from var.synthetic.scene import Scene
from var.synthetic.shapes import SHIFT, fixed

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]


def board_picture() -> Picture:
    """What stands on the advertising boards: the name, and that the match is simulated."""
    from importlib.resources import files

    import cv2

    tall = 120
    out = np.zeros((tall, tall * 10, 3), dtype=np.uint8)
    out[:, : tall * 5] = (120, 48, 12)
    out[:, tall * 5 :] = (238, 240, 242)
    font = cv2.FontFace(str(files("fontpkg_be_vietnam_pro") / "files" / "BeVietnamPro-Bold.ttf"))
    cv2.putText(out, "TOUCHLINE", (40, 88), (255, 255, 255), font, 76)
    cv2.putText(out, "MÔ PHỎNG", (tall * 5 + 50, 90), (60, 40, 200), font, 76)
    out[:4] = out[-6:] = 60
    return out


def still_picture(camera: Camera, scene: Scene) -> Picture:
    """The stadium with its lines and no people, (h, w, 3) blue-green-red."""
    import cv2

    picture = stadium.background(camera, board_picture(), scene.pitch_m, seed=scene.seed)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), dtype=np.uint8)
    paint = np.zeros(picture.shape[:2], dtype=np.uint8)
    w, h = camera.size_px
    for outline in stadium.strips_m(scene.pitch_m):
        for piece in _visible(camera, outline, (w, h)):
            cv2.fillPoly(paint, [fixed(piece)], 255, cv2.LINE_AA, SHIFT)
    rng = np.random.default_rng(scene.seed)
    worn = rng.normal(0.86, 0.05, size=(h, w, 1)) * (paint[..., None] / 255.0)
    chalk = np.array([236.0, 242.0, 240.0])
    return np.asarray(np.clip(picture * (1.0 - worn) + chalk * worn, 0, 255), dtype=np.uint8)


def _visible(camera: Camera, outline_m: Floats, size: tuple[int, int]) -> list[Floats]:
    """The parts of a closed outline on the ground that may be in the picture, as closed outlines in pixels.

    A strip is n points along one edge and n back along the other: columns of it that the camera does not see go.
    """
    n = len(outline_m) // 2
    px = observe(camera, np.column_stack([outline_m, np.zeros(len(outline_m))]))
    centred = np.abs(px - np.array(size) / 2.0)
    near = np.asarray(np.isfinite(px).all(axis=1) & (centred < np.array(size) * 0.5 + 400.0).all(axis=1))
    near = near[:n] & near[n:][::-1]
    pieces: list[Floats] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], near.astype(int), [0]])))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if last - first >= 2:
            pieces.append(np.concatenate([px[first:last], px[len(px) - last : len(px) - first]]))
    return pieces

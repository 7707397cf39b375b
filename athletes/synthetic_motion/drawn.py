"""A simulated athlete drawn with volume, and filmed: for demos. A drawn body means nothing to a pose model; the points
that go with it are the known ones.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import BODY33
from athletes.synthetic_motion.camera import Camera
from touchline.files import replacing

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

LIMBS = (
    ("upper_arm", "shoulder", "elbow", 0.048, 0.038),
    ("forearm", "elbow", "wrist", 0.038, 0.028),
    ("hand", "wrist", "index", 0.03, 0.018),
    ("thigh", "hip", "knee", 0.088, 0.058),
    ("shank", "knee", "ankle", 0.056, 0.034),
    ("foot", "heel", "foot_index", 0.032, 0.026),
)
"""Part, its ends, and its radii there in metres."""
SKIN: Colour = (112, 142, 190)
PARTS: dict[str, Colour] = {"thigh": (96, 52, 34), "foot": (60, 60, 225), "upper_arm": (70, 150, 60)}
SHIRT: Colour = (70, 150, 60)
HAIR: Colour = (34, 30, 28)
FAR = 0.72
"""How bright the limbs of the side that is turned away are."""
WALL_M = 2.5
"""How far behind the athlete the wall is."""
POLE_M = 2.0
POLE_AT_M = (0.62, 0.0)
"""Where a pole with bands of 10 cm stands, in the plane of the movement: a known length."""


class Stage:
    """What stays in every picture of ``camera``: a wall, the ground, and the pole."""

    def __init__(self, camera: Camera) -> None:
        import cv2

        self.camera = camera
        width, height = camera.size_px
        ahead = np.array(camera.target_m) - np.array(camera.eye_m)
        ahead = np.array([ahead[0], ahead[1], 0.0]) / np.hypot(ahead[0], ahead[1])
        back = np.array([camera.target_m[0], camera.target_m[1], 0.0]) + WALL_M * ahead
        level = min(max(1, int(camera.project(back)[1])), height)
        out = np.empty((height, width, 3), np.uint8)
        out[:] = (118, 138, 132)
        out[:level] = (np.linspace(150, 205, level)[:, None, None] * np.array([0.98, 0.99, 1.0])).astype(np.uint8)
        for place in np.arange(-4.0, 4.1, 0.5):
            for line in (((place, -4.0), (place, 4.0)), ((-4.0, place), (4.0, place))):
                self._line(out, line, back, ahead)
        for place in range(round(POLE_M * 10)):
            ends = camera.project(np.array([[*POLE_AT_M, place / 10], [*POLE_AT_M, (place + 1) / 10]]))
            colour = (40, 40, 40) if place % 2 else (240, 240, 240)
            cv2.line(out, _pixel(ends[0]), _pixel(ends[1]), colour, max(3, round(height / 120)), cv2.LINE_AA)
        self._still = out

    def _line(
        self, out: Picture, ends: tuple[tuple[float, float], tuple[float, float]], back: Floats, ahead: Floats
    ) -> None:
        """A line on the ground, as far as it lies between camera and wall."""
        import cv2

        way = np.linspace((*ends[0], 0.0), (*ends[1], 0.0), 161)
        away = (way - np.array(self.camera.eye_m)) @ self.camera.axes()[2]
        seen = way[((way - back) @ ahead < 0) & (away > 0.5)]
        if len(seen) > 1:
            drawn = np.round(np.clip(self.camera.project(seen[[0, -1]]), -20000, 20000)).astype(int)
            cv2.line(out, tuple(drawn[0].tolist()), tuple(drawn[1].tolist()), (104, 124, 118), 1, cv2.LINE_AA)

    def pole_px(self) -> tuple[Floats, Floats]:
        """The lower and the upper end of the pole in the picture."""
        ends = self.camera.project(np.array([[*POLE_AT_M, 0.0], [*POLE_AT_M, POLE_M]]))
        return ends[0], ends[1]

    def picture(self, xyz_m: Floats) -> Picture:
        """The body ``xyz_m`` (33, 3) before it."""
        import cv2

        out = self._still.copy()
        px = self.camera.project(xyz_m)
        away = (xyz_m - np.array(self.camera.eye_m)) @ self.camera.axes()[2]
        m_px = self.camera.focal_px / float(np.mean(away))
        ground = self.camera.project(np.c_[xyz_m[:, :2], np.zeros(len(xyz_m))])
        shade = np.array(
            [BODY33.place(f"{side}_{name}") for side in ("left", "right") for name in ("heel", "foot_index")]
        )
        middle = ground[shade].mean(axis=0)
        cv2.ellipse(
            out, _pixel(middle), (round(0.32 * m_px), round(0.05 * m_px)), 0, 0, 360, (96, 112, 108), -1, cv2.LINE_AA
        )
        sides = sorted(("left", "right"), key=lambda side: -away[BODY33.place(f"{side}_hip")])
        self._side(out, px, m_px, (sides[0], FAR))
        hips, chest = (
            (px[BODY33.place(f"left_{name}")] + px[BODY33.place(f"right_{name}")]) / 2 for name in ("hip", "shoulder")
        )
        _capsule(out, (hips, chest), (0.125 * m_px, 0.145 * m_px), SHIRT)
        _capsule(out, (hips, hips + 0.12 * (chest - hips)), (0.128 * m_px, 0.12 * m_px), PARTS["thigh"])
        ears = (px[BODY33.place("left_ear")] + px[BODY33.place("right_ear")]) / 2
        _capsule(out, (chest, ears), (0.055 * m_px, 0.05 * m_px), SKIN)
        cv2.circle(out, _fixed(ears), round(0.105 * m_px * 16), SKIN, -1, cv2.LINE_AA, 4)
        top = ears + 0.25 * (ears - px[BODY33.place("nose")]) + (0.0, -0.035 * m_px)
        cv2.circle(out, _fixed(top), round(0.085 * m_px * 16), HAIR, -1, cv2.LINE_AA, 4)
        self._side(out, px, m_px, (sides[1], 1.0))
        return out

    def _side(self, out: Picture, px: Floats, m_px: float, how: tuple[str, float]) -> None:
        """The limbs of one side, as bright as ``how`` says; legs before arms."""
        side, bright = how
        for part, first, last, near_m, far_m in reversed(LIMBS):
            ends = px[BODY33.place(f"{side}_{first}")], px[BODY33.place(f"{side}_{last}")]
            base = PARTS.get(part, SKIN)
            colour = round(base[0] * bright), round(base[1] * bright), round(base[2] * bright)
            _capsule(out, ends, (near_m * m_px, far_m * m_px), colour)


def film(
    path: Path,
    stage: Stage,
    xyz_m: Floats,
    *,
    rate: int = 60,
    mark: str = "",
    step: Callable[[float], None] = lambda share: None,
) -> Path:
    """Write the bodies ``xyz_m`` (n, 33, 3) as a film of ``rate`` pictures a second (H.264 in MP4, closed short groups,
    so that browsers play it as it is), whole or not at all. ``mark`` is burned in: that it is simulated. The sides of
    the camera's pictures are even."""
    import av

    from athletes.motion.lettering import lay, plate

    with (
        replacing(path) as work,
        av.open(str(work), "w", format="mp4", options={"movflags": "+faststart"}) as container,
    ):
        stream: Any = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *stage.camera.size_px, "yuv420p"
        stream.codec_context.options = {"crf": "23", "preset": "veryfast", "sc_threshold": "0"}
        stream.codec_context.max_b_frames = 0
        stream.codec_context.gop_size = 10
        shown = (
            plate(mark, round(stage.camera.size_px[1] / 26), (255, 255, 255), (179, 38, 30, 255), "Bold")
            if mark
            else None
        )
        for count, body in enumerate(xyz_m):
            picture = stage.picture(body)
            if shown is not None:
                lay(picture, shown, stage.camera.size_px[0] - shown.shape[1] - 12, 12)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = count, Fraction(1, rate)
            container.mux(stream.encode(frame))
            step((count + 1) / len(xyz_m))
        container.mux(stream.encode(None))
    return path


def _capsule(out: Picture, ends: tuple[Floats, Floats], radii: tuple[float, float], colour: Colour) -> None:
    """A limb between two ends, as thick there as ``radii`` (pixels) say, with a rim that is a little darker."""
    import cv2

    a, b = ends
    way = b - a
    length = float(np.linalg.norm(way))
    rim = round(colour[0] * 0.8), round(colour[1] * 0.8), round(colour[2] * 0.8)
    for more, ink in ((max(1.0, radii[0] * 0.08), rim), (0.0, colour)):
        for at, radius in zip(ends, radii, strict=True):
            cv2.circle(out, _fixed(at), max(1, round((radius + more) * 16)), ink, -1, cv2.LINE_AA, 4)
        if length > 1:
            aside = np.array([-way[1], way[0]]) / length
            corners = np.array([
                a + aside * (radii[0] + more), b + aside * (radii[1] + more),
                b - aside * (radii[1] + more), a - aside * (radii[0] + more),
            ])  # fmt: skip
            cv2.fillConvexPoly(out, np.round(corners * 16).astype(np.int32), ink, cv2.LINE_AA, 4)


def _fixed(at: Floats) -> tuple[int, int]:
    return round(float(at[0]) * 16), round(float(at[1]) * 16)


def _pixel(at: Floats) -> tuple[int, int]:
    return round(float(at[0])), round(float(at[1]))

"""Synthetic cameras: OpenCV's pinhole model with five distortion coefficients, in plain numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchline.errors import BadValue
from touchline.timebase import ClockMap

Floats = NDArray[np.float64]

NEAREST_M = 0.2
"""A point closer to the image plane than this is not seen."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A fixed camera: what it sees and when it takes its pictures.

    ``k`` (3 x 3, pixels), ``dist`` (k1, k2, p1, p2, k3), ``rvec`` and ``tvec_m`` follow OpenCV: a pitch point X in
    metres lies at ``R(rvec) X + tvec_m`` in the camera's frame. ``to_match`` maps clip time (zero at the first picture)
    to match time; pictures are taken every ``1 / fps`` seconds of the camera's own clock, the last one before
    ``until_s`` of match time. ``label`` is a key under ``camera`` in ``var/locales/demo.<lang>.toml``. The shutter is
    global and infinitely short.
    """

    id: str
    label: str
    k: tuple[tuple[float, float, float], ...]
    dist: tuple[float, float, float, float, float]
    rvec: tuple[float, float, float]
    tvec_m: tuple[float, float, float]
    size_px: tuple[int, int]
    fps: Fraction
    to_match: ClockMap
    until_s: Fraction
    b_frames: int = 0

    @property
    def rotation(self) -> Floats:
        """The 3 x 3 rotation from the pitch frame to the camera's frame."""
        return _rotation(self.rvec)

    @property
    def position_m(self) -> Floats:
        """Where the camera stands in the pitch frame, shape (3,), metres."""
        position: Floats = -self.rotation.T @ np.asarray(self.tvec_m)
        return position

    def frames(self, until_s: Fraction | None = None) -> int:
        """How many pictures it takes before ``until_s`` of match time (and before its own end)."""
        end_s = self.until_s if until_s is None else min(self.until_s, until_s)
        steps = self.to_match.backward(end_s) * self.fps
        return max(0, -(-steps.numerator // steps.denominator))

    def match_s(self, frame: int) -> Fraction:
        """When picture ``frame`` is taken, in exact seconds of match time."""
        return self.to_match.forward(frame / self.fps)

    def scaled(self, size_px: tuple[int, int]) -> Camera:
        """The same camera with pictures of another size and the same shape (pixel centres at whole numbers)."""
        sx, sy = size_px[0] / self.size_px[0], size_px[1] / self.size_px[1]
        (fx, skew, cx), (_, fy, cy), last = self.k
        k = ((fx * sx, skew * sx, (cx + 0.5) * sx - 0.5), (0.0, fy * sy, (cy + 0.5) * sy - 0.5), last)
        return replace(self, k=k, size_px=size_px)

    def document(self) -> dict[str, Any]:
        """The camera as a JSON-ready document; exact numbers are written as ``"numerator/denominator"``."""
        return {
            "id": self.id,
            "label": self.label,
            "k": [list(row) for row in self.k],
            "dist": list(self.dist),
            "rvec": list(self.rvec),
            "tvec_m": list(self.tvec_m),
            "size_px": list(self.size_px),
            "fps": str(self.fps),
            "to_match": self.to_match.document(),
            "until_s": str(self.until_s),
            "b_frames": self.b_frames,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Camera:
        """The camera that ``document`` wrote."""
        rows = [tuple(float(value) for value in row) for row in document["k"]]
        return cls(
            id=str(document["id"]),
            label=str(document["label"]),
            k=(_three(rows[0]), _three(rows[1]), _three(rows[2])),
            dist=_five(document["dist"]),
            rvec=_three(document["rvec"]),
            tvec_m=_three(document["tvec_m"]),
            size_px=(int(document["size_px"][0]), int(document["size_px"][1])),
            fps=Fraction(document["fps"]),
            to_match=ClockMap.from_document(document["to_match"]),
            until_s=Fraction(document["until_s"]),
            b_frames=int(document["b_frames"]),
        )


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    a, b, c = (float(value) for value in values)
    return a, b, c


def _five(values: Sequence[float]) -> tuple[float, float, float, float, float]:
    a, b, c, d, e = (float(value) for value in values)
    return a, b, c, d, e


def rotation_of(rvec: ArrayLike) -> Floats:
    """The 3 x 3 rotation matrix of a rotation vector in radians (Rodrigues' formula)."""
    r = np.asarray(rvec, dtype=float)
    angle = float(np.linalg.norm(r))
    if angle == 0.0:
        return np.eye(3)
    x, y, z = r / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross))


@cache
def _rotation(rvec: tuple[float, float, float]) -> Floats:
    rotation = rotation_of(rvec)
    rotation.flags.writeable = False  # it is shared by all who ask
    return rotation


def rvec_of(rotation: Floats) -> Floats:
    """The rotation vector in radians, shape (3,), of a rotation by less than half a turn.

    By the unit quaternion, which stays exact near half a turn, where the antisymmetric part of the matrix vanishes.
    """
    trace = float(np.trace(rotation))
    biggest = int(np.argmax([trace, *np.diag(rotation)]))
    if biggest == 0:
        w = 1.0 + trace
        vector = np.array(
            [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
        )
    else:
        i = biggest - 1
        j, k = (i + 1) % 3, (i + 2) % 3
        vector = np.zeros(3)
        vector[i] = 1.0 + rotation[i, i] - rotation[j, j] - rotation[k, k]
        vector[j] = rotation[j, i] + rotation[i, j]
        vector[k] = rotation[k, i] + rotation[i, k]
        w = float(rotation[k, j] - rotation[j, k])
    if w < 0:
        w, vector = -w, -vector
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        return np.zeros(3)
    turned: Floats = vector / length * 2.0 * np.arctan2(length, w)
    return turned


@cache
def fold_radius(dist: tuple[float, float, float, float, float]) -> float:
    """The undistorted radius (tangent of the angle off the axis) from which the lens model folds back; inf if never.

    There ``d/dr r (1 + k1 r^2 + k2 r^4 + k3 r^6)`` first becomes zero; nothing beyond it is in a picture.
    """
    k1, k2, _, _, k3 = dist
    slopes = np.array([7.0 * k3, 5.0 * k2, 3.0 * k1, 1.0])  # in r^2, the highest power first
    slopes[np.abs(slopes) < 1e-12] = 0.0  # so small that it bends nothing, and a division by it would overflow
    roots = np.roots(slopes)
    real = [float(root.real) for root in roots if abs(root.imag) < 1e-12 and root.real > 0]
    return float(np.sqrt(min(real))) if real else float("inf")


def camera_frame(camera: Camera, xyz: ArrayLike) -> Floats:
    """Pitch points (..., 3) in the camera's frame: x right, y down, z along the axis; metres."""
    points = np.asarray(xyz, dtype=float)
    moved: Floats = points @ camera.rotation.T + np.asarray(camera.tvec_m)
    return moved


def distort(camera: Camera, xy: Floats) -> Floats:
    """Pixels (..., 2) of undistorted normalised coordinates (..., 2), by OpenCV's formula without the fold's check."""
    k1, k2, p1, p2, k3 = camera.dist
    x, y = xy[..., 0], xy[..., 1]
    r2 = x * x + y * y
    radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
    xd = x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x)
    yd = y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y
    (fx, skew, cx), (_, fy, cy), _ = camera.k
    return np.stack([fx * xd + skew * yd + cx, fy * yd + cy], axis=-1)


def observe(camera: Camera, xyz: ArrayLike) -> Floats:
    """Source pixels (..., 2) of pitch points (..., 3) in metres; (0, 0) is the centre of the first pixel.

    The same as ``cv2.projectPoints``. NaN where the point is behind the camera or beyond the lens model's fold. A
    pixel may lie outside the picture.
    """
    at = camera_frame(camera, xyz)
    depth = at[..., 2]
    seen = depth > NEAREST_M
    xy = at[..., :2] / np.where(seen, depth, 1.0)[..., None]
    seen &= np.hypot(xy[..., 0], xy[..., 1]) < fold_radius(camera.dist)
    return np.where(seen[..., None], distort(camera, np.where(seen[..., None], xy, 0.0)), np.nan)


def rays(camera: Camera, px: ArrayLike) -> Floats:
    """Unit sight lines (..., 3) in the pitch frame through pixels (..., 2); start them at ``camera.position_m``.

    The inverse of ``observe`` by fixed-point iteration, as in ``cv2.undistortPoints``; 20 rounds leave less than
    1e-9 px for the lenses made here.
    """
    uv = np.asarray(px, dtype=float)
    k1, k2, p1, p2, k3 = camera.dist
    (fx, skew, cx), (_, fy, cy), _ = camera.k
    yd = (uv[..., 1] - cy) / fy
    xd = (uv[..., 0] - cx - skew * yd) / fx
    x, y = xd.copy(), yd.copy()
    for _ in range(20):
        r2 = x * x + y * y
        radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
        dx = 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x)
        dy = p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y
        x, y = (xd - dx) / radial, (yd - dy) / radial
    sight = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.rotation
    unit: Floats = sight / np.linalg.norm(sight, axis=-1, keepdims=True)
    return unit


def aimed(
    id: str,
    label: str,
    *,
    at_m: Sequence[float],
    towards_m: Sequence[float],
    focal_px: float,
    dist: tuple[float, float, float, float, float],
    roll_deg: float = 0.0,
    offset_s: Fraction,
    rate: Fraction,
    fps: Fraction,
    until_s: Fraction,
    b_frames: int = 0,
    centre_px: tuple[float, float] = (959.5, 539.5),
    size_px: tuple[int, int] = (1920, 1080),
) -> Camera:
    """A camera at ``at_m`` whose axis goes through ``towards_m``, tilted by ``roll_deg`` about that axis."""
    axis = np.asarray(towards_m, dtype=float) - np.asarray(at_m, dtype=float)
    sideways = np.cross(axis, [0.0, 0.0, 1.0])
    if np.linalg.norm(sideways) < 1e-9:
        raise BadValue("var.errors.bad_camera", camera=id)
    forward, right = axis / np.linalg.norm(axis), sideways / np.linalg.norm(sideways)
    level = np.stack([right, np.cross(forward, right), forward])
    rotation = rotation_of([0.0, 0.0, np.deg2rad(roll_deg)]) @ level
    return Camera(
        id=id,
        label=label,
        k=((focal_px, 0.0, centre_px[0]), (0.0, focal_px, centre_px[1]), (0.0, 0.0, 1.0)),
        dist=dist,
        rvec=_three(rvec_of(rotation).tolist()),
        tvec_m=_three((-rotation @ np.asarray(at_m, dtype=float)).tolist()),
        size_px=size_px,
        fps=fps,
        to_match=ClockMap(offset_s, rate),
        until_s=until_s,
        b_frames=b_frames,
    )


def ground_cameras() -> tuple[Camera, ...]:
    """The four fixed cameras of a small ground, about the attack on the right-hand goal: 1080p; 50, 50, 25, 29.97 fps.

    They start at 0, 0.37, -0.21 and 1.4 s of match time and their clocks drift by up to 20 ppm; ``cam3`` ends early.
    """
    ppm = Fraction(1, 1_000_000)
    return (
        aimed(
            "cam1", "main_stand", at_m=(14.0, -47.0, 10.5), towards_m=(28.9, -0.6, 0.6), focal_px=2800.0,
            dist=(-0.12, 0.02, 0.0004, -0.0003, 0.0), roll_deg=0.3, centre_px=(966.2, 533.8),
            offset_s=Fraction(0), rate=1 + 12 * ppm, fps=Fraction(50), until_s=Fraction(12),
        ),
        aimed(
            "cam2", "offside_line", at_m=(32.5, -46.0, 9.0), towards_m=(31.0, -0.8, 0.4), focal_px=2700.0,
            dist=(-0.15, 0.035, -0.0003, 0.0005, 0.0), roll_deg=-0.4, centre_px=(951.4, 545.1),
            offset_s=Fraction(37, 100), rate=1 - 17 * ppm, fps=Fraction(50), until_s=Fraction(12), b_frames=2,
        ),
        aimed(
            "cam3", "behind_goal", at_m=(67.5, 8.5, 12.5), towards_m=(35.0, -1.2, 0.0), focal_px=1750.0,
            dist=(-0.19, 0.045, 0.0002, 0.0002, 0.0), roll_deg=0.2, centre_px=(962.8, 541.7),
            offset_s=Fraction(-21, 100), rate=1 + 20 * ppm, fps=Fraction(25), until_s=Fraction(112, 10), b_frames=2,
        ),
        aimed(
            "cam4", "far_corner", at_m=(55.0, 46.0, 8.0), towards_m=(32.6, -0.5, 0.3), focal_px=2450.0,
            dist=(-0.09, 0.012, -0.0002, -0.0004, 0.0), roll_deg=-0.2, centre_px=(955.6, 537.3),
            offset_s=Fraction(14, 10), rate=1 - 8 * ppm, fps=Fraction(30000, 1001), until_s=Fraction(12), b_frames=2,
        ),
    )  # fmt: skip

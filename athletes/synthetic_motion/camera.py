"""Cameras that see simulated bodies, and the noise that pose models show on real pictures, laid over the points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.gains import wandering
from athletes.pose.model import BODY33, Track
from athletes.pose.noise import body_height_px, noise_of, sigma_px
from touchline.origin import Origin

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera without distortion: where it is, what it looks at, ``focal_px``, ``size_px``, and a ``roll`` about its
    axis in radians."""

    eye_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    focal_px: float
    size_px: tuple[int, int] = (1920, 1080)
    roll: float = 0.0

    def axes(self) -> Floats:
        """The rotation (3, 3) from the world to right, down and ahead."""
        ahead = np.array(self.target_m) - np.array(self.eye_m)
        ahead = ahead / np.linalg.norm(ahead)
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        right = right / np.linalg.norm(right)
        down = np.cross(ahead, right)
        c, s = np.cos(self.roll), np.sin(self.roll)
        return np.stack((c * right + s * down, -s * right + c * down, ahead))

    def project(self, xyz_m: Floats) -> Floats:
        """Pixels (..., 2) of points (..., 3) in metres."""
        seen = (xyz_m - np.array(self.eye_m)) @ self.axes().T
        middle = (np.array(self.size_px) - 1) / 2.0
        return np.asarray(middle + self.focal_px * seen[..., :2] / seen[..., 2:])


def side_camera(away_m: float = 8.0, wide_m: float = 4.0, oblique: float = 0.0, roll: float = 0.0) -> Camera:
    """A camera 1.1 m high at the athlete's right, ``oblique`` radians forward of square, that sees ``wide_m``."""
    eye = (away_m * float(np.sin(oblique)), -away_m * float(np.cos(oblique)), 1.1)
    return Camera(eye, (0.0, 0.0, 1.0), 1920.0 * away_m / wide_m, (1920, 1080), roll)


def four_cameras(away_m: float = 5.0) -> tuple[Camera, Camera, Camera, Camera]:
    """Four cameras around the athlete, 1.5 m high."""
    made = [
        Camera((away_m * float(np.cos(a)), away_m * float(np.sin(a)), 1.5), (0.0, 0.0, 1.0), 1500.0)
        for a in np.radians((45.0, 135.0, 225.0, 315.0))
    ]
    return made[0], made[1], made[2], made[3]


def drawn_noise(random: np.random.Generator, t_s: Floats, model: str = "full") -> Floats:
    """Noise (n, 33, 2) at ``t_s`` (n,) as shares of the stature, by the table of ``athletes.pose.noise``: a part new in
    each frame, one that wanders, one constant for the recording. Gross errors are not in it (``spoilt``)."""
    rows = noise_of(BODY33, model)
    n = len(t_s)
    out = np.zeros((n, len(rows), 2))
    ways: dict[float, NDArray[np.floating]] = {}
    for place, row in enumerate(rows):
        if row.slow_s not in ways:
            ways[row.slow_s] = np.linalg.cholesky(wandering(t_s, row.slow_s) + 1e-9 * np.eye(n))
        slow = ways[row.slow_s] @ random.normal(size=(n, 2))
        out[:, place] = row.white * random.normal(size=(n, 2)) + row.slow * slow + row.constant * random.normal(size=2)
    return out


def spoilt(track: Track, random: np.random.Generator, model: str = "full") -> Track:
    """``track`` with gross errors of single frames, as often and as far as the table says."""
    rows = noise_of(BODY33, model)
    body_px = body_height_px(track.px)
    hit = random.random(track.px.shape[:2]) < np.array([row.gross for row in rows])
    size = np.array([row.gross_size for row in rows])[:, None] * body_px
    px = np.where(hit[..., None], track.px + size * random.normal(size=track.px.shape), track.px)
    return replace(track, px=px)


@dataclass(frozen=True, slots=True)
class Shutter:
    """When pictures are taken: ``fps``, and ``phase_s`` after the movement's beginning the first one."""

    fps: float = 60.0
    phase_s: float = 0.0

    def times(self, until_s: float) -> Floats:
        """The instants of the pictures up to ``until_s``, after the movement's beginning."""
        return np.arange(self.phase_s, until_s, 1.0 / self.fps)


def observe(
    xyz_m: Floats, t_s: Floats, camera: Camera, random: np.random.Generator | None, model: str = "full"
) -> Track:
    """A track of a body (n, 33, 3) at the pictures' instants ``t_s`` (n,), as a model would find it; without ``random``
    without noise. Points outside the picture are not seen. ``sigma_px`` is what the pose stage would say; times count
    from the first picture."""
    px = camera.project(xyz_m)
    n = len(t_s)
    confidence = np.full((n, len(BODY33)), 0.95)
    inside = np.all((px >= -0.5) & (px <= np.array(camera.size_px) - 0.5), axis=-1)
    if random is not None and n:
        px = px + body_height_px(px) * drawn_noise(random, t_s, model)
    px = np.where(inside[..., None], px, np.nan)
    confidence = np.where(inside, confidence, np.nan)
    return Track(
        1,
        np.arange(n, dtype=np.int64),
        t_s - (t_s[0] if n else 0.0),
        px,
        confidence,
        sigma_px(px, confidence, model=model),
        camera.size_px,
        Origin.SIMULATED,
        "simulated body points",
    )

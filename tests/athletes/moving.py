"""Simulated athletes filmed with the noise of a pose model, their truth, and how measured numbers compare with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.analysis import analyse
from athletes.kinematics.angles import INCLINED, INTERIOR, inclination, interior
from athletes.kinematics.model import Analysis, Finding, Movement
from athletes.kinematics.scale import Scale
from athletes.kinematics.settings import Settings
from athletes.pose.model import BODY33, Track
from athletes.synthetic_motion.camera import Camera, Shutter, observe, side_camera, spoilt
from athletes.synthetic_motion.jumping import Landing, cmj, drop_jump
from athletes.synthetic_motion.movements import Performed, kick, running, squats, throw
from touchline.measure import Z95

Floats = NDArray[np.float64]
Random = np.random.Generator

SCALE_SHARE = 0.01
"""The error of a known length's scale, drawn anew for each athlete."""


def _landing(random: Random) -> Landing:
    return Landing(random.uniform(0.95, 0.975), random.uniform(0.65, 0.85))


def _squats(random: Random) -> Performed:
    depths = tuple(random.uniform(0.3, 0.5, 2))
    return squats(random.uniform(1.6, 1.9), depths, (random.uniform(0.6, 1.0), 0.2, random.uniform(0.5, 0.9)))


def _running(random: Random, treadmill: bool) -> Performed:
    step = random.uniform(2.65, 2.85), random.uniform(0.23, 0.26)
    return running(random.uniform(1.7, 1.9), random.uniform(3.0, 3.4), *step, treadmill)


MAKERS: dict[str, tuple[Movement, Callable[[Random], Performed]]] = {
    "squat": (Movement.SQUAT, _squats),
    "cmj": (Movement.CMJ, lambda r: cmj(r.uniform(1.6, 1.9), r.uniform(0.3, 0.5), landing=_landing(r))),
    "drop_jump": (
        Movement.DROP_JUMP,
        lambda r: drop_jump(
            r.uniform(1.6, 1.9), r.uniform(0.2, 0.45), r.uniform(0.25, 0.45), r.uniform(0.2, 0.35), _landing(r)
        ),
    ),
    "treadmill": (Movement.RUN, lambda r: _running(r, True)),
    "run": (Movement.RUN, lambda r: _running(r, False)),
    "sprint": (
        Movement.SPRINT,
        lambda r: running(r.uniform(1.7, 1.9), r.uniform(5.5, 6.2), r.uniform(3.8, 4.2), r.uniform(0.12, 0.14)),
    ),
    "kick": (Movement.KICK, lambda r: kick(r.uniform(1.6, 1.9), r.uniform(0.2, 0.3))),
    "throw": (Movement.THROW, lambda r: throw(r.uniform(1.6, 1.9), r.uniform(0.18, 0.28))),
}
WIDE = {"run", "sprint"}
"""Filmed from farther away, because the athlete passes."""


@dataclass(frozen=True)
class Filmed:
    """One athlete filmed by one camera: what happened, the instants of the pictures, what was seen, the true scale."""

    performed: Performed
    movement: Movement
    camera: Camera
    t_s: Floats
    track: Track
    m_per_px: float

    def analysis(self, random: Random | None, model: str, **more: Any) -> Analysis:
        """The analysis, with a scale that is off by about ``SCALE_SHARE`` where ``random`` is given."""
        off = 0.0 if random is None else random.normal(0.0, SCALE_SHARE)
        scale = Scale(self.m_per_px * (1 + off), self.m_per_px * SCALE_SHARE, "length")
        return analyse(self.track, self.movement, scale, Settings(noise_model=model, **more))


def film(
    name: str, random: Random, model: str | None = "full", *, fps: float = 60.0, oblique: float | None = None,
    gross: bool = False,
) -> Filmed:  # fmt: skip
    """An athlete of ``MAKERS`` from the side: 3 degrees off square and 1 degree off level (standard deviations), from a
    random phase of the shutter on; without ``model`` without noise."""
    movement, make = MAKERS[name]
    performed = make(random)
    turned = random.normal(0.0, 0.05) if oblique is None else oblique
    away, wide = (16.0, 9.0) if name in WIDE else (random.uniform(6.0, 10.0), 4.0)
    camera = side_camera(away, wide, turned, random.normal(0.0, np.radians(1.0)))
    t_s = Shutter(fps, random.uniform(0.0, 1.0 / fps)).times(performed.seconds - 0.05)
    track = observe(performed.at(t_s), t_s, camera, random if model else None, model or "full")
    if gross:
        track = spoilt(track, random, model or "full")
    distance = float(np.linalg.norm(np.array(camera.eye_m) - np.array(camera.target_m)))
    return Filmed(performed, movement, camera, t_s, track, distance / camera.focal_px)


def true_angles(performed: Performed, t_s: Floats) -> dict[tuple[str, str | None], Floats]:
    """Every angle in degrees at ``t_s``: interior ones in space, inclinations in the plane the athlete faces along."""
    xyz = performed.at(t_s)
    flat = xyz[..., [0, 2]]
    found: dict[tuple[str, str | None], Floats] = {}
    for side in ("left", "right"):
        for key, names in INTERIOR.items():
            a, b, c = BODY33.places(*(f"{side}_{name}" for name in names))
            found[key, side] = np.degrees(interior(xyz[:, a], xyz[:, b], xyz[:, c]))
        for key, pair in INCLINED.items():
            a, b = BODY33.places(*(f"{side}_{name}" for name in pair))
            found[key, side] = np.degrees(inclination(flat[:, a], flat[:, b], 1))
    hips = flat[:, BODY33.places("left_hip", "right_hip")].mean(axis=1)
    neck = flat[:, BODY33.places("left_shoulder", "right_shoulder")].mean(axis=1)
    found["trunk", None] = np.degrees(inclination(hips, neck, 1))
    return found


def angle_errors(filmed: Filmed, analysis: Analysis) -> dict[str, tuple[Floats, Floats]]:
    """By angle: errors and sigmas in degrees, of all frames and both sides."""
    truth = true_angles(filmed.performed, filmed.t_s)
    found: dict[str, list[tuple[Floats, Floats]]] = {}
    for curve in analysis.curves:
        if curve.unit != "deg":
            continue
        off = curve.value - truth[curve.key, None if curve.side is None else str(curve.side)]
        known = np.isfinite(off)
        found.setdefault(curve.key, []).append((off[known], curve.sigma[known]))
    return {
        key: (np.concatenate([off for off, _ in ones]), np.concatenate([sigma for _, sigma in ones]))
        for key, ones in found.items()
    }


def covered(off: Floats, sigma: Floats) -> float:
    """The share of the 95 % intervals that hold the truth."""
    return float(np.mean(np.abs(off) <= Z95 * sigma))


def one(analysis: Analysis, key: str) -> Finding:
    """The first finding of this key."""
    return next(finding for finding in analysis.findings if finding.key == key)


TRUTHS = {
    "height_by_time": "rise_m",
    "height_by_hips": "rise_m",
    "flight_time": "flight_s",
    "contact_time": "contact_s",
    "step_frequency": "step_hz",
    "mean_step_length": "step_m",
    "speed": "speed_mps",
    "trunk_lean": "lean_deg",
    "peak_speed": "peak_mps",
}
"""Findings, and the name of what they should be in ``Performed.truth``."""


def finding_errors(filmed: Filmed, analysis: Analysis) -> dict[str, list[tuple[float, float]]]:
    """By finding: error and sigma of every number with a known truth."""
    found: dict[str, list[tuple[float, float]]] = {}
    for finding in analysis.findings:
        name = TRUTHS.get(finding.key)
        if name in filmed.performed.truth and finding.measured is not None:
            off = finding.measured.value - filmed.performed.truth[name]
            found.setdefault(finding.key, []).append((off, finding.measured.sigma))
    return found

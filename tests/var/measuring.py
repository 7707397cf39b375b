"""Small exact scenes for the measuring tests: known cameras, clicks with known noise, players with known motion."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from var.measure.body import PARTS
from var.measure.calibrate import Calibration, Mark, calibrate
from var.measure.camera import Array, image, pack, rotation_vector, visible
from var.measure.pitch import Pitch
from var.measure.scene import Observation, Scene
from var.model import AttackDirection, BodyPart, Role

SIZE = (1920, 1080)
PITCH = Pitch()


def camera(
    centre_m: tuple[float, float, float], target_m: tuple[float, float, float], f: float, k1: float = -0.12
) -> Array:
    """``theta`` of a camera at ``centre_m`` that looks at ``target_m`` with the horizon level."""
    forward = np.subtract(target_m, centre_m)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    k = np.array([[f, 0, (SIZE[0] - 1) / 2], [0, f, (SIZE[1] - 1) / 2], [0, 0, 1.0]])
    dist = np.array([k1, 0.03, 0.0, 0.0, 0.0])
    return pack(k, dist, rotation_vector(rotation), -rotation @ np.array(centre_m))[0]


MAIN = camera((20.0, -74.0, 10.0), (32.0, -4.0, 0.0), 1500.0)
BEHIND = camera((78.0, -40.0, 9.0), (34.0, 0.0, 0.0), 1400.0)
FIXED = np.zeros(3)


def see(theta: Array, places_m: Array) -> Array:
    """Exact pixels (n, 2); NaN where the picture does not show the place."""
    pixels = image(theta[None], FIXED, places_m)[0]
    inside = ((pixels >= 0) & (pixels <= np.array(SIZE) - 1)).all(axis=1) & visible(theta, FIXED, places_m)
    return np.where(inside[:, None], pixels, np.nan)


def marks_of(theta: Array, random: np.random.Generator, count: int, sigma_px: float) -> list[Mark]:
    """``count`` clicked pitch points of those that the picture shows, spread as a careful person would."""
    names = list(PITCH.points)
    places = np.array([PITCH.points[name] for name in names])
    pixels = see(theta, places)
    shown = np.flatnonzero(np.isfinite(pixels[:, 0]))
    chosen = [int(random.choice(shown))]
    while len(chosen) < min(count, len(shown)):
        gap = np.linalg.norm(pixels[shown][:, None] - pixels[chosen][None], axis=2).min(axis=1)
        chosen.append(int(shown[np.argmax(gap * random.uniform(0.5, 1.0, len(shown)))]))
    noise = random.normal(0.0, sigma_px, (len(chosen), 2)) if sigma_px else np.zeros((len(chosen), 2))
    clicked = np.clip(pixels[chosen] + noise, 0, np.array(SIZE) - 1)
    return [
        Mark(names[i], PITCH.points[names[i]], (float(u), float(v)), max(sigma_px, 0.5))
        for i, (u, v) in zip(chosen, clicked, strict=True)
    ]


def calibrated(theta: Array, random: np.random.Generator, count: int = 8, sigma_px: float = 1.5) -> Calibration:
    """A calibration from noisy clicks."""
    return calibrate(marks_of(theta, random, count, sigma_px), SIZE, PITCH)


def drawn_scene(
    random: np.random.Generator,
    cameras: dict[str, Array],
    calibrations: dict[str, Calibration],
    *,
    frame_s: Fraction = Fraction(1, 25),
    click_px: float = 2.0,
    clock_s: float = 0.004,
) -> tuple[Scene, float]:
    """A random scene with its true margin in metres.

    Trunks move at up to 7 m/s an axis, feet at up to 11, the kick falls anywhere within the frame that was marked on
    the first camera, the other clocks are off by ``clock_s``, clicks by ``click_px``, and the true extremity
    lies off the point clicked.
    """
    parts = {
        Role.ATTACKER: BodyPart(random.choice(list(BodyPart))),
        Role.DEFENDER: BodyPart(random.choice(list(BodyPart))),
    }
    kick = Fraction(10)
    late_s = float(random.uniform(-0.5, 0.5)) * float(frame_s)
    clocks = {name: 0.0 if index == 0 else float(random.normal(0, clock_s)) for index, name in enumerate(cameras)}
    observations: list[Observation] = []
    true_x: dict[Role, float] = {}
    for role, part in parts.items():
        prior = PARTS[part]
        height = max(0.0, float(random.normal(prior.height_m, prior.height_sigma_m)))
        place = np.array([random.uniform(30, 38), random.uniform(-18, 14), height])
        speed = 0.9 * prior.speed_sigma_mps
        velocity = np.array([*np.clip(random.normal(0, speed, 2), -2 * speed, 2 * speed), 0.0])
        true_x[role] = float(place[0] + velocity[0] * late_s + random.normal(0, prior.extremity_sigma_m))
        for name, theta in cameras.items():
            pixel = see(theta, (place + velocity * clocks[name])[None])[0] + random.normal(0, click_px, 2)
            first = name == next(iter(cameras))
            clock = 0.0 if first else clock_s
            at = (float(pixel[0]), float(pixel[1]))
            observations.append(Observation(role, part, name, kick, at, click_px, clock, float(frame_s)))
    scene = Scene(
        AttackDirection.RIGHT,
        PITCH,
        calibrations,
        kick,
        float(frame_s) / math.sqrt(12),
        tuple(observations),
        kick_camera=next(iter(cameras)),
    )
    return scene, true_x[Role.ATTACKER] - true_x[Role.DEFENDER]

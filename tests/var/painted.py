"""Painted pitches for the tests of refining and following: cameras, pictures and first clicks, made once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from var.measure.calibrate import Calibration, Mark, calibrate
from var.measure.pitch import Pitch
from var.measure.project import project, to_ground
from var.model import ImagePoints, PitchPoints
from var.synthetic.camera import Camera, aimed, observe
from var.synthetic.painted import Ground, ground, painted_picture

PITCH = Pitch()
SIZE = (1280, 720)
FOUR = ("right_penalty_area_near", "right_penalty_area_far", "right_penalty_area_line_far", "right_goal_area_line_near")
Floats = NDArray[np.float64]


def view(seed: int = 0, size_px: tuple[int, int] = SIZE) -> Camera:
    """A camera in the near stand that sees the right-hand penalty area; other seeds stand elsewhere."""
    random = np.random.default_rng(seed)
    at = (18.0 + random.uniform(-8, 8), -62.0 + random.uniform(-8, 8), 14.0 + random.uniform(-4, 5))
    towards = (36.0 + random.uniform(-1, 1), -2.0 + random.uniform(-2, 2), 0.0)
    focal = 27.0 * float(np.linalg.norm(np.subtract(at, towards))) * size_px[0] / 1920
    return aimed(
        "c", "main_stand", at_m=at, towards_m=towards, focal_px=focal, dist=(-0.1, 0.02, 2e-4, -2e-4, 0.0),
        roll_deg=0.3, offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(25), until_s=Fraction(9),
        centre_px=(size_px[0] / 2 + 3.0, size_px[1] / 2 - 4.0), size_px=size_px,
    )  # fmt: skip


def shown(
    camera: Camera, seed: int = 0, *, people: int = 14, stripe_m: float = 0.1
) -> tuple[NDArray[np.uint8], Ground]:
    """The picture of a camera and the pitch it shows: lines 1 cm crooked."""
    random = np.random.default_rng([seed, 1])
    scene = ground(PITCH, random, stripe_m=stripe_m, paint_sigma_m=0.01, people=people)
    return painted_picture(camera, scene, random), scene


def clicks(camera: Camera, names: tuple[str, ...] = FOUR, seed: int = 0, sigma_px: float = 1.2) -> list[Mark]:
    """Clicks on ``names`` with an error."""
    random = np.random.default_rng([seed, 2])
    places = [PITCH.points[name] for name in names]
    pixels = observe(camera, np.array(places)) + random.normal(0, sigma_px, (len(names), 2))
    return [
        Mark(name, place, (float(u), float(v)), sigma_px)
        for name, place, (u, v) in zip(names, places, pixels, strict=True)
    ]


def first_of(camera: Camera, seed: int = 0) -> tuple[list[Mark], Calibration]:
    """Four clicks, and what they calibrate."""
    marks = clicks(camera, seed=seed)
    return marks, calibrate(marks, camera.size_px, PITCH)


def errors(found: Calibration, camera: Camera) -> tuple[Floats, Floats]:
    """On a grid of the visible ground: the error in pixels, and that along the pitch by its own sigma."""
    x, y = np.meshgrid(np.linspace(0, 52.5, 22), np.linspace(-34, 34, 24))
    grid = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    px = observe(camera, grid)
    inside = ((px > 0) & (px < np.array(camera.size_px) - 1)).all(axis=1)
    grid, px = grid[inside], px[inside]
    gap = np.linalg.norm(project(found, PitchPoints(grid)) - px, axis=1)
    where, spread = to_ground(found, ImagePoints(px), sigma_px=0.0)
    return gap, (where[:, 0] - grid[:, 0]) / np.sqrt(spread[:, 0, 0])

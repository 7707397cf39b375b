"""A drawn ground: its pitch, four ordinary cameras and their clocks, and the clicks that calibrate them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from touchline.errors import TouchlineError
from var.measure.calibrate import Mark, calibrate
from var.measure.calibration import Calibration
from var.measure.pitch import Pitch
from var.synthetic.camera import Camera, aimed, observe
from var.synthetic.observer import Observer

PEOPLE = Observer()
CLOCK_SIGMA_S = 0.002
MARKS = 14
"""So many points of the pitch a person clicks at most in one picture."""

RATES = {"stand": Fraction(50), "line": Fraction(50), "goal": Fraction(25), "corner": Fraction(30000, 1001)}


@dataclass(frozen=True, slots=True)
class Ground:
    """A drawn ground: its pitch, its cameras, when each takes its first picture (s), and its clocks' errors (s)."""

    pitch: Pitch
    cameras: dict[str, Camera]
    starts_s: dict[str, float]
    clock_s: dict[str, float]


def drawn_ground(random: np.random.Generator) -> Ground:
    """A pitch of a legal size and four ordinary cameras around the attack on its right-hand goal, as far away and with
    such lenses as those of the demo's ground, give or take."""
    pitch = Pitch(float(round(random.uniform(100, 110), 1)), float(round(random.uniform(64, 75), 1)))
    half, side = pitch.length_m / 2, pitch.width_m / 2
    places = {
        "line": ((random.uniform(24, 40), -side - random.uniform(9, 20), random.uniform(5, 13)), (2300, 3100)),
        "corner": ((half + random.uniform(0, 8), side + random.uniform(5, 14), random.uniform(6, 12)), (2100, 2800)),
        "stand": ((random.uniform(5, 18), -side - random.uniform(9, 20), random.uniform(6, 14)), (2300, 3100)),
        "goal": ((half + random.uniform(12, 20), random.uniform(-9, 9), random.uniform(8, 14)), (1500, 2000)),
    }
    cameras = {}
    for name, (at_m, focal_px) in places.items():
        k1 = random.uniform(-0.2, 0.0)
        cameras[name] = aimed(
            name,
            name,
            at_m=at_m,
            towards_m=(half - random.uniform(18, 24), random.uniform(-6, 6), 0.5),
            focal_px=float(random.uniform(*focal_px)),
            dist=(k1, -0.25 * k1 * random.uniform(0.3, 1.0), *random.normal(0, 0.0003, 2), 0.0),
            roll_deg=float(random.normal(0, 0.5)),
            offset_s=Fraction(0),
            rate=Fraction(1),
            fps=RATES[name],
            until_s=Fraction(60),
            centre_px=(959.5 + random.normal(0, 8), 539.5 + random.normal(0, 8)),
        )
    starts_s = {name: float(random.uniform(0, 1 / RATES[name])) for name in cameras}
    clock_s = {name: float(random.normal(0, CLOCK_SIGMA_S)) for name in cameras}
    return Ground(pitch, cameras, starts_s, clock_s)


def calibrated(camera: Camera, pitch: Pitch, random: np.random.Generator) -> tuple[Calibration | None, int]:
    """A calibration by a person's clicks, and how often it was refused before; a refused one is clicked again with the
    names looked at once more."""
    names = list(pitch.points)
    pixels = observe(camera, np.array([pitch.points[name] for name in names]))
    inside = np.flatnonzero(((pixels > 0) & (pixels < np.array(camera.size_px) - 1)).all(axis=1))
    people = PEOPLE
    for refused in range(4):
        chosen = [int(i) for i in random.permutation(inside)[:MARKS]]
        called = people.names(random, [names[i] for i in chosen])
        marks = []
        for i, name in zip(chosen, called, strict=True):
            u, v = np.clip(pixels[i] + people.miss(random, people.mark_px), 0, np.array(camera.size_px) - 1)
            marks.append(Mark(name, pitch.points[name], (float(u), float(v)), people.mark_px))
        try:
            return calibrate(marks, camera.size_px, pitch), refused
        except TouchlineError:
            people = replace(PEOPLE, misnamed_mark=0.0)
    return None, 4

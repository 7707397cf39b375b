"""Whether weighing clicks by Student's distribution and estimating p1, p2 and k3 makes calibrations better or worse.

    python benchmarks/clicks.py [--cameras N] [--seed N] [--tangential SIGMA]

Drawn cameras, half of them tele (of ``refining.py``), half wide and bent; p1 and p2 are drawn with ``--tangential``;
clicks that are normal, Student-distributed, twice as noisy as is said, and normal with one in ten four times as far
off. ``before`` is the same calibration with its last fit by least squares and without the finer terms. Prints a JSON
document: medians over the cameras of the error on the visible ground, and the share of its 95 % interval.
"""

from __future__ import annotations

import argparse
import json
import math
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from refining import PITCH, drawn_camera, errors

from touchline.errors import BadValue
from var.measure import calibrate as module
from var.measure.calibrate import Mark, calibrate
from var.measure.consensus import noise_scale
from var.measure.solve import Fit, Problem, fit
from var.synthetic.camera import Camera, aimed, observe

SAID_PX = 1.5
Floats = NDArray[np.float64]


def wide_camera(random: np.random.Generator, tangential: float) -> Camera:
    """A wide camera with a lens that bends, from which half a pitch is seen."""
    at = (random.uniform(-10, 10), -random.uniform(42, 70), random.uniform(7, 16))
    towards = (at[0] + random.uniform(-30, -10), random.uniform(-8, 8), 0.0)
    focal = random.uniform(1100, 1600)
    dist = (random.uniform(-0.35, -0.1), random.uniform(0, 0.12), *random.normal(0, tangential, 2), 0.0)
    centre = (959.5 + random.normal(0, 6), 539.5 + random.normal(0, 6))
    return aimed(
        "c", "main_stand", at_m=at, towards_m=towards, focal_px=focal, dist=dist, roll_deg=random.normal(0, 0.4),
        offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(25), until_s=Fraction(9), centre_px=centre,
        size_px=(1920, 1080),
    )  # fmt: skip


def missed(kind: str, random: np.random.Generator, count: int) -> Floats:
    """How far ``count`` clicks miss, (count, 2) in pixels."""
    if kind == "one_in_ten_far":
        far = np.where(random.uniform(size=count) < 0.1, 4.0, 1.0)
        return np.asarray(random.normal(0, SAID_PX, (count, 2)) * far[:, None])
    scale = SAID_PX * (2.0 if kind.endswith("twice") else 1.0)
    if kind.startswith("student"):
        return np.asarray(scale / math.sqrt(2) * random.standard_t(4, (count, 2)))
    return np.asarray(random.normal(0, scale, (count, 2)))


def marks_of(camera: Camera, random: np.random.Generator, count: int, kind: str) -> list[Mark]:
    """Clicks on up to ``count`` points of the pitch that the picture shows."""
    names = list(PITCH.points)
    px = observe(camera, np.array([PITCH.points[name] for name in names]))
    with np.errstate(invalid="ignore"):
        shown = np.flatnonzero(((px > 8) & (px < np.array(camera.size_px) - 9)).all(axis=1))
    chosen = random.permutation(shown)[:count]
    clicked = np.clip(px[chosen] + missed(kind, random, len(chosen)), 0, np.array(camera.size_px) - 1)
    return [
        Mark(names[k], PITCH.points[names[k]], (float(u), float(v)), SAID_PX)
        for k, (u, v) in zip(chosen, clicked, strict=True)
    ]


def plain(problem: Problem, kept: Any, found: Fit, *_: Any) -> tuple[Problem, Fit, float]:
    """The last fit by least squares, with the noise raised for all alike and no finer terms."""
    part = problem.only(kept)
    scale = noise_scale(part, found)
    return problem, fit(part.noisier(scale), found.theta) if scale > 1 else found, scale


def compared(kind: str, count: int, cameras: int, seed: int, tangential: float) -> dict[str, Any]:
    """Both ways on the same cameras and clicks."""
    rows: dict[str, list[tuple[float, float, float]]] = {"before": [], "now": []}
    for number in range(cameras):
        random = np.random.default_rng([seed, number])
        camera = wide_camera(random, tangential) if number % 2 else drawn_camera(random)
        marks = marks_of(camera, random, count, kind)
        try:
            with patch.object(module, "_settled", plain):
                both = {"before": calibrate(marks, camera.size_px, PITCH)}
            both["now"] = calibrate(marks, camera.size_px, PITCH)
        except BadValue:
            continue
        for name, found in both.items():
            gap, off, z = errors(found, camera)
            rows[name].append((float(np.nanmedian(gap)), float(np.median(off)), float((np.abs(z) < 1.96).mean())))
    out: dict[str, Any] = {"clicks": kind, "marks": count, "cameras": len(rows["now"])}
    for name, own in rows.items():
        px, along_m, cover = np.array(own).T
        out[name] = {
            "px": round(float(np.median(px)), 2),
            "along_cm": round(100 * float(np.median(along_m)), 1),
            "coverage_95": round(float(cover.mean()), 3),
        }
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=60, metavar="N", help="drawn cameras (default: 60)")
    parser.add_argument("--seed", type=int, default=41, metavar="N")
    parser.add_argument(
        "--tangential", type=float, default=3e-4, metavar="SIGMA", help="of p1 and p2 (default: 0.0003)"
    )
    asked = parser.parse_args()
    kinds = ("normal", "student", "student_twice", "one_in_ten_far")
    rest = asked.cameras, asked.seed, asked.tangential
    print(json.dumps([compared(kind, count, *rest) for kind in kinds for count in (14, 40)], indent=2))


if __name__ == "__main__":
    main()

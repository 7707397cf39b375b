"""How true and how quick a bundle of pictures is, what a crown does, and whether a real wide view shows one.

    python benchmarks/bundle.py [--trials 60] [--seed 1] [--fixtures DIR]

Drawn truth: clicks of one pixel on points that the picture shows; nothing tells the estimator what was drawn.
``z2`` is the mean squared error in units of the stated covariance (1 where it is true, below it where it is too
careful); ``within95`` the share of ground places, seen again, that lie in their 95 % ellipse. The recording
``match_left_wide`` is read where it is: every fourth mark is held out of the fit in turn, with and without a crown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wide_view import FIXTURES, FOLDS, PITCH, SIZE_PX, WRONG, read_marks

from touchline.errors import BadValue
from var.measure.bundle import SHARED, View, bundle
from var.measure.calibrate import Calibration, Mark, calibrate
from var.measure.camera import image, pack, rotation_vector, visible
from var.measure.project import to_ground
from var.measure.surface import Crown, shape
from var.model import ImagePoints

Floats = NDArray[np.float64]
SIZE = (1920, 1080)
STAND = (0.0, -72.0, 14.0)
PLACES = [
    ((20.0, -74.0, 10.0), (32.0, -4.0, 0.0), 1500.0),
    ((78.0, -40.0, 9.0), (34.0, 0.0, 0.0), 1400.0),
    ((-30.0, -60.0, 12.0), (-20.0, 0.0, 0.0), 1300.0),
    ((0.0, -75.0, 15.0), (0.0, 0.0, 0.0), 1200.0),
]


def camera(centre: Sequence[float], target: Sequence[float], f: float, k1: float = -0.1) -> Floats:
    """``theta`` of a level camera at ``centre`` that looks at ``target``."""
    forward = np.subtract(target, centre) / np.linalg.norm(np.subtract(target, centre))
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    turn = np.stack([right, np.cross(forward, right), forward])
    k = np.array([[f, 0, (SIZE[0] - 1) / 2], [0, f, (SIZE[1] - 1) / 2], [0, 0, 1.0]])
    return pack(k, np.array([k1, 0.03, 0, 0, 0]), rotation_vector(turn), -turn @ np.array(centre))[0]


def see(theta: Floats, places: Floats, crown_m: float = 0.0) -> Floats:
    """Pixels of places on a crowned pitch; NaN outside the picture."""
    up = places.copy()
    up[:, 2] += crown_m * shape(places[:, 1], PITCH.width_m)
    pixels = image(theta[None], np.zeros(3), up)[0]
    ok = visible(theta, np.zeros(3), up) & ((pixels >= 0) & (pixels <= np.array(SIZE) - 1)).all(axis=1)
    return np.where(ok[:, None], pixels, np.nan)


def clicks(theta: Floats, draw: np.random.Generator, count: int, crown_m: float = 0.0) -> list[Mark]:
    """Clicks of one pixel on points drawn from those that the picture shows."""
    names = list(PITCH.points)
    pixels = see(theta, np.array([PITCH.points[name] for name in names]), crown_m)
    shown = draw.permutation(np.flatnonzero(np.isfinite(pixels[:, 0])))[:count]
    noisy = np.clip(pixels + draw.normal(0, 1.0, pixels.shape), 0, np.array(SIZE) - 1)
    return [Mark(names[k], PITCH.points[names[k]], (float(noisy[k, 0]), float(noisy[k, 1])), 1.0) for k in shown]


def squares(found: Calibration, theta: Floats, crown_m: float = 0.0) -> list[float]:
    """The squared errors of places of the sigma map, seen exactly, in units of their covariance (two numbers each)."""
    spots = np.array([[x, y, 0.0] for x, y, _ in found.line_sigma_cm])
    pixels = see(theta, spots, crown_m)
    spots, pixels = spots[np.isfinite(pixels[:, 0])], pixels[np.isfinite(pixels[:, 0])]
    ground, covariance = to_ground(found, ImagePoints(pixels), sigma_px=0.0)
    gaps = (ground - spots)[:, :2]
    known = np.isfinite(gaps).all(axis=1)
    return [float(g @ np.linalg.solve(c, g)) for g, c in zip(gaps[known], covariance[known], strict=True)]


def coverage(values: Sequence[float]) -> dict[str, float]:
    """Mean square a number, and the share within the 95 % ellipse (chi-square 5.99 of two numbers)."""
    return {
        "z2": round(float(np.mean(values)) / 2, 2),
        "within95": round(float(np.mean(np.array(values) < 5.99)), 3),
    }


def turning(draw: np.random.Generator, frames: int, count: int, trials: int, *, zooms: bool) -> dict[str, Any]:
    """Frames of one camera that turns: what single frames give and what the bundle gives."""
    together: list[float] = []
    widths: dict[str, list[float]] = {"alone_cm": [], "bundle_cm": []}
    total = alone = held = 0
    spent = []
    for _ in range(trials):
        thetas, views = [], []
        for number, x in enumerate(np.linspace(-35, 35, frames)):
            f = 1900.0 * (float(np.exp(draw.uniform(-0.3, 0.3))) if zooms else 1.0)
            thetas.append(camera(STAND, (float(x), float(draw.uniform(-8, 5)), 0.0), f))
            views.append(View("main", SIZE, clicks(thetas[-1], draw, count), frame=number))
        began = time.process_time()
        found = bundle(views, PITCH, shared=[word for word in SHARED if not zooms or word != "focal"])
        spent.append(time.process_time() - began)
        for view, one, theta in zip(views, found.views, thetas, strict=True):
            total += 1
            if one.calibration is not None:
                held += 1
                together += squares(one.calibration, theta)
                widths["bundle_cm"].append(float(np.median([s for _, _, s in one.calibration.line_sigma_cm])))
            try:
                single = calibrate(view.marks, SIZE, PITCH)
            except BadValue:
                continue
            alone += 1
            widths["alone_cm"].append(float(np.median([s for _, _, s in single.line_sigma_cm])))
    return {
        "frames": frames,
        "marks": count,
        "zooms": zooms,
        "calibrated_alone": round(alone / total, 3),
        "calibrated_together": round(held / total, 3),
        **{name: round(float(np.median(own)), 1) if own else None for name, own in widths.items()},
        **coverage(together),
        "seconds": round(float(np.median(spent)), 2),
    }


def crowned(draw: np.random.Generator, trials: int, crown_m: float, asked: Crown) -> dict[str, Any]:
    """Four cameras of a pitch with a crown of ``crown_m``, told ``asked``."""
    values: list[float] = []
    off, sigma, spent = [], [], []
    for _ in range(trials):
        thetas = [camera(*place) for place in PLACES]
        views = [View(str(k), SIZE, clicks(theta, draw, 12, crown_m)) for k, theta in enumerate(thetas)]
        began = time.process_time()
        found = bundle(views, PITCH, crown=asked)
        spent.append(time.process_time() - began)
        for one, theta in zip(found.views, thetas, strict=True):
            if one.calibration is not None:
                values += squares(one.calibration, theta, crown_m)
        if found.surface is not None:
            off.append(found.surface.crown_m - crown_m)
            sigma.append(found.surface.sigma_m)
    z = np.array(off) / np.array(sigma) if off else np.empty(0)
    return {
        "crown_cm": 100 * crown_m,
        "asked": asked,
        "error_cm": round(100 * float(np.mean(off)), 2) if off else None,
        "sigma_cm": round(100 * float(np.median(sigma)), 1) if off else None,
        "within95_of_crown": round(float(np.mean(np.abs(z) < 1.96)), 3) if off else None,
        **coverage(values),
        "seconds": round(float(np.median(spent)), 2),
    }


def wide(path: Path) -> dict[str, Any]:
    """The real wide view, flat and with an estimated crown: errors of held-out marks along and across the pitch."""
    marks = [mark for mark in read_marks(path) if not any(wrong in mark.name for wrong in WRONG)]
    found: dict[str, Any] = {}
    for name, crown in (("flat", None), ("crown_estimated", "estimate")):
        errors = []
        for fold in range(FOLDS):
            held = [mark for k, mark in enumerate(marks) if k % FOLDS == fold]
            one = calibrate([m for k, m in enumerate(marks) if k % FOLDS != fold], SIZE_PX, PITCH, crown=crown)
            ground, _ = to_ground(one, ImagePoints(np.array([mark.image_px for mark in held])))
            errors += [np.abs(at - mark.pitch_m)[:2] for at, mark in zip(ground, held, strict=True)]
        whole = calibrate(marks, SIZE_PX, PITCH, crown=crown)
        x, y = np.array(errors).T
        found[name] = {
            "along_m": {"median": round(float(np.median(x)), 3), "p90": round(float(np.quantile(x, 0.9)), 3)},
            "across_m": {"median": round(float(np.median(y)), 3), "p90": round(float(np.quantile(y, 0.9)), 3)},
            "rms_px": round(whole.rms_px, 2),
            "carried": whole.carried,
        }
        if whole.surface is not None:
            surface = whole.surface
            found[name] |= {"crown_cm": round(100 * surface.crown_m, 1), "sigma_cm": round(100 * surface.sigma_m, 1)}
            found[name]["source"] = surface.source
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, metavar="DIR", help="folder of the real recordings")
    asked = parser.parse_args()
    draw = np.random.default_rng(asked.seed)
    few = max(2, asked.trials // 3)
    document: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "turning": [
            turning(draw, 12, 3, few, zooms=False),
            turning(draw, 12, 4, few, zooms=False),
            turning(draw, 12, 5, few, zooms=True),
            turning(draw, 50, 4, max(1, few // 4), zooms=False),
        ],
        "crowns": [crowned(draw, asked.trials, crown_m, how) for crown_m in (0.0, 0.12) for how in (None, "estimate")],
    }
    path = asked.fixtures / "match_left_wide" / "left_keypoints.xml"
    document["wide_view"] = wide(path) if path.is_file() else "skipped: the real recording match_left_wide is not here"
    print(json.dumps(document, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()

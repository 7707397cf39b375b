"""Whether holding bones near their lengths makes joints truer, told by what had no part in it.

    python benchmarks/held_bones.py [--fixtures DIR] [--model heavy] [--athletes 6] [--seed 1] [--json]

Real: of four calibrated views of one athlete, three or two make the motion, and its distance from what the views that
were left out saw is told, with bones free, held and constant. (The cameras' directions were put right with all four,
alike for each.) Simulated: athletes with known joints before four cameras, with the noise that was measured on real
views; the distance from where the joints are, and how often the 95 % interval of a coordinate holds it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "athletes"))

from moving import MAKERS, true_angles

from athletes.kinematics.curves import space_curves
from athletes.pose.engine import open_engine
from athletes.pose.model import BODY33, Track
from athletes.pose.noise import sigma_px
from athletes.space.bones import limb_bones
from athletes.space.calibrations import read_calibration
from athletes.space.camera import PosedCamera
from athletes.space.fitting import Fit, fitted
from athletes.space.held_bones import Bones, with_held_bones
from athletes.space.paired import Take, Views, paired
from athletes.space.reconstruct import How, in_space
from athletes.space.triangulate import triangulated
from athletes.synthetic_motion.camera import Camera, four_cameras, observe, spoilt
from touchline.errors import Missing
from touchline.footage import open_footage
from touchline.origin import Origin
from touchline.timebase import ClockMap

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
VIEWS = ("cam01", "cam02", "cam03", "cam04")
LIMBS = [
    BODY33.place(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]
Z95 = 1.959964


def seen(folder: Path, kind: str, model: str) -> list[Take]:
    """What an engine sees of the largest body in each of the four views."""
    calibration = read_calibration(folder / "calibration" / "Calib.qca.txt")
    takes = []
    for name in VIEWS:
        footage = open_footage(folder / "videos" / f"{name}.mp4")
        engine = open_engine(kind, model)
        px, sure = np.full((len(footage), len(BODY33), 2), np.nan), np.full((len(footage), len(BODY33)), np.nan)
        try:
            for i, picture in footage.pictures():
                bodies = [] if picture is None else engine.find(picture, round(1000 * float(footage.times_s[i])))
                if bodies:
                    px[i], sure[i] = bodies[0].px, bodies[0].confidence
        finally:
            engine.close()
            footage.close()
        sigma = sigma_px(px, sure, model=engine.noise)
        frames, size = np.arange(len(px), dtype=np.int64), footage.size_px
        track = Track(1, frames, footage.times_s, px, sure, sigma, size, Origin.INFERRED, engine.name)
        takes.append(Take(fitted(calibration.camera(name), size, Fit.LETTERBOX), track, ClockMap()))
    return takes


def some(views: Views, which: Sequence[int]) -> Views:
    """The views of some of the cameras."""
    at = list(which)
    return replace(
        views, cameras=tuple(views.cameras[place] for place in at), px=views.px[at], sigma_px=views.sigma_px[at],
        confidence=views.confidence[at], frames=views.frames[:, at],
    )  # fmt: skip


def left_out(views: Views, count: int, bones: Bones) -> dict[str, float]:
    """How far motions of ``count`` views are from what the others saw, pixels."""
    off = []
    for which in combinations(range(len(views.cameras)), count):
        motion = with_held_bones(triangulated(some(views, which)), bones)
        for other in set(range(len(views.cameras))) - set(which):
            away = np.linalg.norm(views.cameras[other].project(motion.xyz_m) - views.px[other], axis=-1)
            off.append(away[:, LIMBS])
    found = np.array(off)
    known = found[np.isfinite(found)]
    return {
        "median_px": round(float(np.median(known)), 2),
        "rms_px": round(float(np.sqrt(np.mean(known**2))), 2),
        "p95_px": round(float(np.percentile(known, 95)), 1),
    }


def real(folder: Path, kind: str, model: str) -> dict[str, Any]:
    """Limbs, and distances from views that had no part, with bones free, held and constant."""
    found = in_space(seen(folder, kind, model), How(bones=Bones.FREE))
    told: dict[str, Any] = {}
    for bones in Bones:
        motion = with_held_bones(found.measured, bones)
        away = [
            np.linalg.norm(camera.project(motion.xyz_m) - px, axis=-1)[:, LIMBS]
            for camera, px in zip(found.views.cameras, found.views.px, strict=True)
        ]
        told[bones.value] = {
            "limb_sd_pct": {bone.name: round(bone.sd_pct or np.nan, 2) for bone in limb_bones(motion)},
            "all_four_median_px": round(float(np.nanmedian(away)), 2),
            "by_three": left_out(found.views, 3, bones),
            "by_two": left_out(found.views, 2, bones),
        }
    return told


def simulated(athletes: int, seed: int, model: str) -> dict[str, Any]:
    """Distances from where joints of simulated athletes are, millimetres, and coverage of coordinates."""
    off: dict[Bones, list[Any]] = {bones: [] for bones in Bones}
    held: dict[Bones, list[Any]] = {bones: [] for bones in Bones}
    steady: dict[Bones, list[float]] = {bones: [] for bones in Bones}
    angles: dict[Bones, dict[str, list[Any]]] = {bones: {} for bones in Bones}
    for number in range(athletes):
        for name, (_, maker) in MAKERS.items():
            random = np.random.default_rng([seed, number, sorted(MAKERS).index(name)])
            performed = maker(random)
            t_s = np.arange(0.0, min(performed.seconds, 4.0) - 0.05, 1.0 / 60)
            truth = performed.at(t_s)
            takes = [
                Take(
                    posed(f"cam{at}", camera),
                    spoilt(observe(truth, t_s, camera, random, model), random, model),
                    ClockMap(),
                )
                for at, camera in enumerate(four_cameras())
            ]
            free, true = triangulated(paired(takes)), true_angles(performed, t_s)
            for bones in Bones:
                motion = with_held_bones(free, bones)
                away = (motion.xyz_m - truth)[:, LIMBS]
                off[bones].append(np.linalg.norm(away, axis=-1).ravel())
                sigma = np.sqrt(np.diagonal(motion.cov_m2, axis1=2, axis2=3))[:, LIMBS]
                held[bones].append((np.abs(away) <= Z95 * sigma)[np.isfinite(away)])
                steady[bones].append(max(bone.sd_pct or np.nan for bone in limb_bones(motion)))
                for curve in space_curves(motion):
                    error = curve.value - true[curve.key, str(curve.side)]
                    angles[bones].setdefault(curve.key, []).append(np.stack([error, curve.sigma]))
    return {
        bones.value: {
            "rms_mm": round(1000 * float(np.sqrt(np.nanmean(np.concatenate(off[bones]) ** 2))), 1),
            "median_mm": round(1000 * float(np.nanmedian(np.concatenate(off[bones]))), 1),
            "coverage": round(float(np.mean(np.concatenate(held[bones]))), 3),
            "worst_limb_sd_pct": round(float(np.median(steady[bones])), 2),
            "angles": {key: _angle(np.concatenate(rows, axis=1)) for key, rows in angles[bones].items()},
            "all_angles": _angle(np.concatenate([row for rows in angles[bones].values() for row in rows], axis=1)),
        }
        for bones in Bones
    }


def _angle(rows: Any) -> dict[str, float]:
    error, sigma = rows[:, np.isfinite(rows).all(axis=0)]
    inside = np.abs(error) <= Z95 * sigma
    return {"rms_deg": round(float(np.sqrt(np.mean(error**2))), 1), "coverage": round(float(np.mean(inside)), 3)}


def posed(name: str, camera: Camera) -> PosedCamera:
    """The camera of the simulation as one of a calibration."""
    width, height = camera.size_px
    k = np.array([[camera.focal_px, 0, (width - 1) / 2], [0, camera.focal_px, (height - 1) / 2], [0, 0, 1]])
    axes = camera.axes()
    return PosedCamera(name, camera.size_px, k, axes, -axes @ np.array(camera.eye_m))


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("--model", default="heavy")
    parser.add_argument("--athletes", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="as it is in any case")
    args = parser.parse_args()
    document: dict[str, Any] = {"model": args.model, "seed": args.seed}
    document["simulated"] = {row: simulated(args.athletes, args.seed, row) for row in ("heavy", "full")}
    folder = args.fixtures / "athlete_four_views"
    try:
        document["real"] = (
            {kind: real(folder, kind, args.model) for kind in ("mediapipe", "crops")}
            if folder.is_dir()
            else f"skipped: {folder} is not there"
        )
    except Missing as fault:
        document["real"] = f"skipped: {fault}"
    print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

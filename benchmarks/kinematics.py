"""Angles, jumps, steps, repetitions and speeds of simulated athletes beside the truth: errors, and whether they hold.

    python benchmarks/kinematics.py [--athletes 40] [--seed 1] [--model full] [--fps 60] [--only cmj ...]

Athletes with known joints are filmed from the side by a camera some degrees off square and level, and observed with the
errors that the pose model showed on real views (``athletes.pose.noise``), gross errors apart. ``coverage`` is the share
of 95 % intervals that hold the truth.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "athletes")]

from moving import MAKERS, angle_errors, covered, film, finding_errors, one  # noqa: E402

from athletes.synthetic_motion.camera import four_cameras  # noqa: E402


def row(errors: list[tuple[float, float]]) -> dict[str, float]:
    """Errors and sigmas as one row."""
    off, sigma = np.array(errors).T
    return {
        "n": len(off),
        "bias": round(float(off.mean()), 4),
        "sd": round(float(off.std()), 4),
        "median_abs": round(float(np.median(np.abs(off))), 4),
        "p95_abs": round(float(np.percentile(np.abs(off), 95)), 4),
        "sigma_median": round(float(np.median(sigma)), 4),
        "coverage": round(covered(off, sigma), 4),
    }


def movement_rows(
    name: str, args: argparse.Namespace, oblique: float | None = None, gross: bool = False
) -> dict[str, Any]:
    """Everything measured of ``args.athletes`` athletes of one movement."""
    angles: dict[str, list[tuple[Any, Any]]] = {}
    numbers: dict[str, list[tuple[float, float]]] = {}
    missing = 0
    counts: list[bool] = []
    began = time.process_time()
    for seed in range(args.athletes):
        random = np.random.default_rng([args.seed, seed])
        filmed = film(name, random, args.model, fps=args.fps, oblique=oblique, gross=gross)
        more = {"treadmill_mps": filmed.performed.truth["speed_mps"]} if name == "treadmill" else {}
        analysis = filmed.analysis(random, args.model, **more)
        for key, (off, sigma) in angle_errors(filmed, analysis).items():
            angles.setdefault(key, []).append((off, sigma))
        found = finding_errors(filmed, analysis)
        for key, ones in found.items():
            numbers.setdefault(key, []).extend(ones)
        if name in {"cmj", "drop_jump"}:
            missing += "height_by_time" not in found
        if name == "squat":
            counted = [one(analysis, key).measured for key in ("repetitions", "incomplete_repetitions")]
            truth = filmed.performed.truth["count"]
            counts.append(sum(m.value for m in counted if m is not None) == truth)
    spent = (time.process_time() - began) / args.athletes
    table = {
        key: {
            "rms_deg": round(float(np.sqrt(np.mean(np.concatenate([off for off, _ in ones]) ** 2))), 2),
            "coverage": round(covered(*(np.concatenate(part) for part in zip(*ones, strict=True))), 4),
        }
        for key, ones in angles.items()
    }
    whole = [pair for ones in angles.values() for pair in ones]
    pooled = covered(*(np.concatenate(part) for part in zip(*whole, strict=True)))
    out: dict[str, Any] = {"angles": table, "angle_coverage": round(pooled, 4), "numbers": {}, "cpu_s": round(spent, 3)}
    out["numbers"] = {key: row(ones) for key, ones in numbers.items()}
    for key in ("height_by_time", "height_by_hips"):
        if key in numbers:
            off = np.abs([error for error, _ in numbers[key]])
            out["numbers"][key]["within_2_cm"] = round(float(np.mean(off <= 0.02)), 4)
    if name in {"cmj", "drop_jump"}:
        out["jumps_missed"] = missing
    if counts:
        out["counted_right"] = round(float(np.mean(counts)), 4)
    return out


def space_rows(args: argparse.Namespace) -> dict[str, Any]:
    """Angles in space of squatting athletes, from four cameras whose rays are joined by linear least squares."""
    from moving import true_angles

    from athletes.kinematics.curves import space_curves
    from athletes.pose.model import Motion
    from athletes.synthetic_motion.camera import observe

    errors: list[Any] = []
    sigmas: list[Any] = []
    for seed in range(max(4, args.athletes // 4)):
        random = np.random.default_rng([args.seed, seed, 4])
        performed = MAKERS["squat"][1](random)
        t_s = np.arange(0.0, performed.seconds - 0.05, 1.0 / args.fps)
        truth = performed.at(t_s)
        normal, right = np.zeros((*truth.shape[:2], 3, 3)), np.zeros(truth.shape)
        for camera in four_cameras():
            track = observe(truth, t_s, camera, random, args.model)
            slope = np.stack(
                [
                    (camera.project(truth + 1e-4 * axis) - camera.project(truth - 1e-4 * axis)) / 2e-4
                    for axis in np.eye(3)
                ],
                axis=-1,
            )
            weight = np.where(np.isfinite(track.px[..., 0]), track.sigma_px**-2.0, 0.0)
            off = np.nan_to_num(track.px - camera.project(truth))
            normal += weight[..., None, None] * np.swapaxes(slope, -1, -2) @ slope
            right += weight[..., None] * np.einsum("nkai,nka->nki", slope, off)
        cov = np.linalg.inv(normal)
        xyz = truth + np.einsum("nkij,nkj->nki", cov, right)
        n, k = xyz.shape[:2]
        motion = Motion(
            t_s, xyz, cov, np.zeros((n, k)), np.full((n, k), 4), np.tile(np.arange(n)[:, None], (1, 4)),
            ("a", "b", "c", "d"), track.origin, "simulated",
        )  # fmt: skip
        known = true_angles(performed, t_s)
        for curve in space_curves(motion):
            errors.append(curve.value - known[curve.key, str(curve.side)])
            sigmas.append(curve.sigma)
    off, sigma = np.concatenate(errors), np.concatenate(sigmas)
    return {"rms_deg": round(float(np.sqrt(np.mean(off**2))), 2), "coverage": round(covered(off, sigma), 4)}


def main() -> int:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--athletes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="full")
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--only", nargs="*", choices=list(MAKERS), default=list(MAKERS))
    parser.add_argument("--gross", action="store_true", help="with gross errors of single frames")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found: dict[str, Any] = {name: movement_rows(name, args, gross=args.gross) for name in args.only}
    document: dict[str, Any] = {
        "athletes": args.athletes, "seed": args.seed, "model": args.model, "fps": args.fps, "movements": found,
    }  # fmt: skip
    if set(args.only) == set(MAKERS):
        document["in_space"] = space_rows(args)
        few = argparse.Namespace(**{**vars(args), "athletes": max(2, args.athletes // 4)})
        document["oblique_deg"] = {
            degrees: movement_rows("squat", few, oblique=float(np.radians(degrees)))["angles"]["knee"]
            for degrees in (0, 15, 30, 45)
        }
    print(json.dumps(document, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

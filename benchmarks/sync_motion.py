"""How well movement synchronises two views, whether its sigma holds, and how it compares with Pose2Sim.

    python benchmarks/sync_motion.py [--seeds 18] [--first 1] [--keep DIR] [--pose2sim PYTHON [--pairs 20]] [--json]

Coverage: every seed is a rendered match of 12 s with four cameras whose places, lenses, frame rates (25, 29.97, 50),
starts (-0.3 to 0.9 s) and rates are drawn; each of its six pairs of cameras is a case. The calibrations are the true
ones, the pictures 640 x 360. ``--keep`` holds the renders for the next run (20 s of work a seed).

Comparison: body points of one player of each scene, projected into two cameras of one frame rate with 1.5 px of noise
and a tenth of them missing, written once as OpenPose files and read by both: ``var.sync.motion.from_points`` and
Pose2Sim's ``synchronization``. PYTHON is the interpreter of an environment with Pose2Sim; without it that part is
skipped and says so.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from touchline.timebase import ClockMap
from var.footage.recording import index
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.sync.model import Estimate, Material, Status
from var.sync.motion import estimate, from_points
from var.synthetic.attack import attack_scene
from var.synthetic.body import PARTS
from var.synthetic.camera import Camera, aimed, observe
from var.synthetic.render import render_match
from var.synthetic.truth import load_truth

SPOTS = (
    ((14, -47, 10.5), (28.9, -0.6, 0.6), 2800),
    ((32.5, -46, 9), (31, -0.8, 0.4), 2700),
    ((67.5, 8.5, 12.5), (35, -1.2, 0), 1750),
    ((55, 46, 8), (32.6, -0.5, 0.3), 2450),
)
"""Where the four cameras stand, what they look at, and focal lengths in pixels of 1920 x 1080; all are drawn around."""

RATES = (Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(50))
SECONDS = 12

PEER = """
import logging, sys, time
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
from Pose2Sim.synchronization import synchronize_cams_all
began = time.perf_counter()
synchronize_cams_all({"project": {"project_dir": sys.argv[1], "frame_rate": int(sys.argv[2])},
    "pose": {"pose_model": "COCO_17"},
    "synchronization": {"display_sync_plots": False, "save_sync_plots": False, "synchronization_gui": False}})
print("SPENT", time.perf_counter() - began)
"""

COCO = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip


def drawn(seed: int) -> tuple[list[Camera], float]:
    """Four cameras around the attack and the attack's margin in metres, drawn by ``seed``."""
    random = np.random.default_rng(seed)
    made = []
    for n, (at, to, f) in enumerate(SPOTS):
        at_m = np.add(at, random.normal(0, [6, 2, 1.5]))
        towards_m = np.add(to, random.normal(0, [2, 2, 0.1]))
        made.append(
            aimed(
                f"cam{n + 1}",
                "main_stand",
                at_m=at_m.tolist(),
                towards_m=towards_m.tolist(),
                focal_px=float(f * random.uniform(0.75, 1.05)),
                dist=(float(random.uniform(-0.2, -0.05)), float(random.uniform(0, 0.05)), 0.0, 0.0, 0.0),
                roll_deg=float(random.normal(0, 0.5)),
                offset_s=Fraction(int(random.integers(-300, 900)), 1000),
                rate=1 + Fraction(int(random.integers(-40, 40)), 10**6),
                fps=RATES[int(random.integers(4))],
                until_s=Fraction(SECONDS),
                b_frames=int(random.integers(0, 3)),
            )
        )
    return made, float(random.uniform(-1, 1))


def rendered(folder: Path, seed: int) -> None:
    """Render the match of ``seed`` unless it is there."""
    if not (folder / "truth.json").exists():
        views, margin_m = drawn(seed)
        render_match(folder, attack_scene(margin_m, seed=seed), views, size=(640, 360), seconds=SECONDS)


def calibration(camera: Camera) -> Calibration:
    """The true calibration of a rendered camera."""
    pose = (np.array(camera.k), np.array(camera.dist), np.array(camera.rvec), np.array(camera.tvec_m))
    return Calibration(camera.size_px, *pose, np.zeros((11, 11)), 0.0, (), ())


def true_offset_s(reference: Camera, clip: Camera) -> float:
    """The clip's zero on the reference's clock."""
    return float(reference.to_match.backward(clip.to_match.offset_s))


def cases(folder: Path) -> list[dict[str, Any]]:
    """What every pair of cameras of a rendered match gives."""
    truth = load_truth(folder)
    sides = {
        camera.id: Material(folder / f"{camera.id}.mp4", index(folder / f"{camera.id}.mp4"), calibration(camera))
        for camera in truth.cameras
    }
    found = []
    for a, b in itertools.combinations(truth.cameras, 2):
        began = time.perf_counter()
        said = estimate(sides[a.id], sides[b.id])
        found.append(case(said, true_offset_s(a, b), float(1 / min(a.fps, b.fps)), time.perf_counter() - began))
        found[-1]["pair"] = f"{folder.name} {a.id} {b.id}"
    return found


def case(said: Estimate, truth_s: float, frame_s: float, spent_s: float) -> dict[str, Any]:
    """One estimate beside the truth."""
    error = None if said.offset_s is None else float(said.offset_s) - truth_s
    return {
        "status": said.status.value,
        "error_s": error,
        "sigma_s": said.sigma_s,
        "frames": None if error is None else error / frame_s,
        "spent_s": spent_s,
    }


def coverage(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Errors and how often 1.96 sigma holds them, over all cases with numbers and over those that are sure."""
    summary: dict[str, Any] = {"cases": len(found)}
    for name, held in (
        ("with numbers", [c for c in found if c["error_s"] is not None]),
        ("sure", [c for c in found if c["status"] == Status.OK.value]),
    ):
        if not held:
            continue
        errors = np.array([c["error_s"] for c in held])
        sigmas = np.array([c["sigma_s"] for c in held])
        frames = np.array([c["frames"] for c in held])
        summary[name] = {
            "count": len(held),
            "covered": round(float((np.abs(errors) <= 1.96 * sigmas).mean()), 3),
            "median_error_ms": round(1e3 * float(np.median(np.abs(errors))), 2),
            "rms_error_ms": round(1e3 * float(np.sqrt((errors**2).mean())), 2),
            "mean_error_ms": round(1e3 * float(errors.mean()), 2),
            "median_sigma_ms": round(1e3 * float(np.median(sigmas)), 2),
            "median_error_frames": round(float(np.median(np.abs(frames))), 3),
            "rms_error_frames": round(float(np.sqrt((frames**2).mean())), 3),
            "worst_sigmas": round(float((np.abs(errors) / sigmas).max()), 2),
        }
    summary["seconds_a_case"] = round(float(np.median([c["spent_s"] for c in found])), 2)
    return summary


def write_points(folder: Path, seed: int, fps: int, offset_s: float, seconds: int) -> dict[str, Array]:
    """Body points of the runner in two cameras as OpenPose files; the instants of each camera's frames."""
    scene, random = attack_scene(0.3, seed=seed), np.random.default_rng(seed)
    views = drawn(seed)[0][:2]
    who = scene.index(scene.attacker_id)
    held = [PARTS.index(name) if name in PARTS else PARTS.index("head") for name in COCO]
    times = {}
    for n, (view, start) in enumerate(zip(views, (0.0, offset_s), strict=True)):
        target = folder / "pose" / f"cam{n + 1:02d}_json"
        target.mkdir(parents=True)
        times[target.name] = np.arange(seconds * fps) / fps
        points = observe(replace(view, to_match=ClockMap()), scene.points(start + times[target.name])[:, who][:, held])
        points = points + random.normal(0, 1.5, points.shape)
        sure = np.where(random.random(points.shape[:2]) < 0.1, 0.0, 0.9)
        for i, (row, likely) in enumerate(zip(points, sure, strict=True)):
            flat = np.concatenate([row, likely[:, None]], axis=1).ravel().tolist()
            document = {"people": [{"pose_keypoints_2d": flat}]}
            (target / f"{target.name}_{i:06d}.json").write_text(json.dumps(document))
    return times


def read_points(folder: Path) -> Array:
    """The pixels (frames, points, 2) of an OpenPose folder, NaN where the detector was not sure."""
    rows = [
        np.reshape(json.loads(path.read_text())["people"][0]["pose_keypoints_2d"], (-1, 3))
        for path in sorted(folder.glob("*.json"))
    ]
    points = np.array(rows)
    return np.where(points[..., 2:] > 0.4, points[..., :2], np.nan)


def beside(python: str, seeds: int, fps: int = 50, seconds: int = 10) -> dict[str, Any]:
    """Errors in frames and seconds of work of both on the same files."""
    ours, theirs, spent, spent_peer = [], [], [], []
    for seed in range(1, seeds + 1):
        offset_s = float(np.random.default_rng(seed).uniform(0.1, 1.2))
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            times = write_points(folder, seed, fps, offset_s, seconds)
            began = time.perf_counter()
            a, b = ((times[name], read_points(folder / "pose" / name)) for name in sorted(times))
            said = from_points(a, b, search_s=3.0)
            spent.append(time.perf_counter() - began)
            ours.append(np.nan if said.offset_s is None else (float(said.offset_s) - offset_s) * fps)
            run = subprocess.run(
                [python, "-c", PEER, place, str(fps)], capture_output=True, text=True, check=False, timeout=300
            )
            shown = re.search(r"cam01 and cam02: (-?\d+) frames offset", run.stdout)
            if shown is None:
                raise SystemExit(f"Pose2Sim gave no offset: {run.stdout[-500:]} {run.stderr[-1500:]}")
            # Its offset is by how many frames the compared camera's numbers are ahead: ours with the other sign.
            theirs.append(-int(shown[1]) - offset_s * fps)
            spent_peer.append(float(run.stdout.rsplit("SPENT", 1)[1]))
    both = {name: np.abs(np.array(errors)) for name, errors in (("touchline", ours), ("pose2sim", theirs))}
    medians = {name: float(np.nanmedian(errors)) for name, errors in both.items()}
    return {
        "pairs": seeds,
        **{
            name: {
                "median_error_frames": round(medians[name], 3),
                "worst_error_frames": round(float(np.nanmax(errors)), 2),
                "no_answer": int(np.isnan(errors).sum()),
            }
            for name, errors in both.items()
        },
        "error_ratio": round(medians["touchline"] / medians["pose2sim"], 3),
        "time_ratio": round(float(np.median(spent) / np.median(spent_peer)), 3),
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=18)
    parser.add_argument("--first", type=int, default=1, help="the first seed; 1 to 18 chose the method, 19 on are new")
    parser.add_argument("--pairs", type=int, default=20, help="pairs of views that are compared with Pose2Sim")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--pose2sim", default=os.environ.get("TOUCHLINE_POSE2SIM"))
    parser.add_argument("--json", action="store_true", help="the document alone, without progress")
    asked = parser.parse_args()
    result: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.now(UTC).date().isoformat(),
    }
    found = []
    with tempfile.TemporaryDirectory() as place:
        for seed in range(asked.first, asked.first + asked.seeds):
            folder = (asked.keep or Path(place)) / f"s{seed}"
            rendered(folder, seed)
            found += cases(folder)
            if not asked.json:
                print(f"seed {seed}: {len(found)} cases", file=sys.stderr)
    if found:
        result["coverage"] = coverage(found)
        result["not_covered"] = [
            c for c in found if c["error_s"] is not None and abs(c["error_s"]) > 1.96 * c["sigma_s"]
        ]
    if asked.pose2sim:
        result["pose2sim"] = beside(asked.pose2sim, asked.pairs)
    else:
        print("skipped: Pose2Sim is not installed; name its environment's Python with --pose2sim", file=sys.stderr)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

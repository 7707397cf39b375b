"""Body points in space beside Pose2Sim, and 2-D angles beside Sports2D, all from the same points of four real views.

    python benchmarks/motion_peers.py [--fixtures DIR] [--peer PYTHON] [--engine E] [--model heavy] [--json]

The points are MediaPipe's own, or those of Touchline's other engine (``--engine crops``), found once and written as
OpenPose files with the numbers of BLAZEPOSE, which Pose2Sim knows; its skeleton is given with "LKnee" for its "Lknee",
which would keep its exchange of sides from working. All get the same cameras (the pictures of two of them are scaled,
as ``athletes.space.fitting`` says). Both read the same files and write TRC and C3D; times are medians of three turns,
imports left out. Pose2Sim runs with the defaults of its functions and 6 Hz; figures are off. Its inverse kinematics
(OpenSim) is more than Touchline has and is not run.

PYTHON is the interpreter of an environment with Pose2Sim and Sports2D; without it one is made in a temporary folder. No
Touchline environment ever needs them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.engine import ENGINES, open_engine
from athletes.pose.model import BODY33, Motion, Track
from athletes.space.bones import limb_bones, smoothed
from athletes.space.calibrations import read_calibration, write_pose2sim
from athletes.space.camera import PosedCamera
from athletes.space.exporters.c3d import c3d
from athletes.space.exporters.trc import trc
from athletes.space.fitting import Fit, fitted
from athletes.space.held_bones import with_held_bones
from athletes.space.paired import Take, paired
from athletes.space.reconstruct import How, InSpace, in_space
from athletes.space.solving import distances
from touchline.footage import open_footage
from touchline.origin import Origin
from touchline.timebase import ClockMap

CAMERAS = ("cam01", "cam02", "cam03", "cam04")
FPS = 60
SWAPPED = ("cam03", 20, 50)
"""In the second run left and right are exchanged in this view, from the one picture up to the other."""

MOVED_M = 0.05
NEEDED = (
    "numpy", "pandas", "scipy", "opencv-python-headless", "rtoml", "tqdm", "anytree", "filterpy", "statsmodels",
    "matplotlib", "lxml", "c3d", "onnxruntime", "av", "ipython",
)  # fmt: skip
ALONE = ("pose2sim==0.10.49", "sports2d==0.8.34", "rtmlib")
"""Installed without what they ask for: their detectors, OpenSim and Qt are not used here."""

NAMES = {
    "Nose": "nose", "Shoulder": "shoulder", "Elbow": "elbow", "Wrist": "wrist", "Hip": "hip", "Knee": "knee",
    "Ankle": "ankle", "Heel": "heel", "BigToe": "foot_index",
}  # fmt: skip

PEER = """
import json, logging, os, sys, time
os.environ["MPLBACKEND"] = "Agg"
logging.disable(logging.CRITICAL)
from Pose2Sim.personAssociation import associate_all
from Pose2Sim.triangulation import triangulate_all
from Pose2Sim.filtering import filter_all
folder, options = sys.argv[1], json.loads(sys.argv[2])
def node(name, id, *children):
    return {"name": name, "id": id, "children": list(children)}
def leg(s, o):
    return node(s + "Hip", 23 + o, node(s + "Knee", 25 + o, node(s + "Ankle", 27 + o,
        node(s + "Heel", 29 + o), node(s + "BigToe", 31 + o))))
def arm(s, o):
    return node(s + "Shoulder", 11 + o, node(s + "Elbow", 13 + o, node(s + "Wrist", 15 + o,
        node(s + "Pinky", 17 + o), node(s + "Index", 19 + o), node(s + "Thumb", 21 + o))))
body = node("Hip", "None", leg("R", 1), leg("L", 0), node("Nose", 0, node("REye", 5), node("LEye", 2)),
    arm("R", 1), arm("L", 0))
config = {"project": {"project_dir": folder, "frame_rate": 60, "multi_person": False, "frame_range": "auto"},
    "pose": {"pose_model": "BLAZEPOSE33", "BLAZEPOSE33": body},
    "personAssociation": {"single_person": {"likelihood_threshold_association": 0.3,
        "reproj_error_threshold_association": 20, "tracked_keypoint": "Neck"}},
    "triangulation": {"reproj_error_threshold_triangulation": 15, "likelihood_threshold_triangulation": 0.3,
        "min_cameras_for_triangulation": 2, "interp_if_gap_smaller_than": 20, "interpolation": "linear",
        "fill_large_gaps_with": "last_value", "make_c3d": True, **options},
    "filtering": {"reject_outliers": True, "filter": True, "type": "butterworth", "display_figures": False,
        "save_filt_plots": False, "make_c3d": True, "butterworth": {"cut_off_frequency": 6, "order": 4}}}
spent = {}
for name, step in (("association", associate_all), ("triangulation", triangulate_all), ("filtering", filter_all)):
    began = time.perf_counter()
    step(config)
    spent[name] = time.perf_counter() - began
print("SPENT " + json.dumps(spent))
"""

ANGLES = ("ankle", "knee", "hip", "shoulder", "elbow")
SPORTS2D = """
import json, logging, os, sys, time
os.environ["MPLBACKEND"] = "Agg"
logging.disable(logging.CRITICAL)
import numpy as np, pandas as pd
from Pose2Sim.common import angle_dict, interpolate_zeros_nans
from Pose2Sim.filtering import filter1d, hampel_filter
from Sports2D.process import compute_angles_for_person
given = np.load(sys.argv[1])
names, wanted = json.loads(sys.argv[2])
config = {"filtering": {"butterworth": {"cut_off_frequency": 6, "order": 4}}}
def cleaned(table):
    table = table.apply(interpolate_zeros_nans, axis=0, args=[100, "linear"])
    table = table.apply(hampel_filter, axis=0, args=[round(7 * 60 / 30), 2])
    return table.apply(filter1d, axis=0, args=[config, "butterworth", 60])
times = []
for turn in range(3):
    began = time.perf_counter()
    x, y = (cleaned(pd.DataFrame(given[..., axis], columns=names)).to_numpy() for axis in (0, 1))
    ids = list(range(len(names)))
    toes = [names.index(name) for name in ("LBigToe", "LHeel", "RBigToe", "RHeel")]
    rows = [compute_angles_for_person(a, b, "auto", True, ids, names, wanted, angle_dict, toes)[1]
        for a, b in zip(x, y)]
    angles = cleaned(pd.DataFrame(np.array(rows, dtype=float), columns=wanted))
    times.append(time.perf_counter() - began)
np.save(sys.argv[1] + ".angles.npy", angles.to_numpy())
print("SPENT " + json.dumps(times))
"""


def found_points(video: Path, model: str) -> tuple[np.ndarray, tuple[int, int]]:
    """What MediaPipe finds in a recording: (n, 33, 3) of u, v in pixels and visibility, and the pictures' size."""
    import av
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    from touchline import models

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(models.path(f"pose_{model}"))),
        running_mode=vision.RunningMode.VIDEO,
    )
    rows = []
    with vision.PoseLandmarker.create_from_options(options) as finder, av.open(str(video)) as recording:
        for at, picture in enumerate(recording.decode(video=0)):
            pixels = np.ascontiguousarray(picture.to_ndarray(format="rgb24"))
            seen = finder.detect_for_video(
                mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels), at * 1000 // FPS
            )
            height, width = pixels.shape[:2]
            if seen.pose_landmarks:
                rows.append([(p.x * width - 0.5, p.y * height - 0.5, p.visibility) for p in seen.pose_landmarks[0]])
            else:
                rows.append([(np.nan, np.nan, np.nan)] * len(BODY33))
    return np.array(rows), (width, height)


def points_of(video: Path, engine: str, model: str) -> tuple[np.ndarray, tuple[int, int]]:
    """What is found in a recording, (n, 33, 3) of u, v and confidence, and its pictures' size: MediaPipe as it is, or
    what Touchline's other engine gives."""
    if engine == "mediapipe":
        return found_points(video, model)
    footage, finder = open_footage(video), open_engine(engine, model)
    rows = []
    try:
        for i, picture in footage.pictures():
            bodies = [] if picture is None else finder.find(picture, round(1000 * float(footage.times_s[i])))
            body = bodies[0] if bodies else None
            nothing = np.full((len(BODY33), 3), np.nan)
            rows.append(nothing if body is None else np.column_stack([body.px, body.confidence]))
    finally:
        finder.close()
        footage.close()
    return np.array(rows), footage.size_px


def exchanged(points: np.ndarray, first: int, last: int) -> np.ndarray:
    """The points with left and right exchanged in the pictures from ``first`` to before ``last``."""
    order = np.arange(len(BODY33))
    for left, right in BODY33.mirrored:
        order[left], order[right] = right, left
    out = points.copy()
    out[first:last] = out[first:last][:, order]
    return out


def write_project(folder: Path, points: dict[str, np.ndarray], cameras: Sequence[PosedCamera]) -> None:
    """A Pose2Sim project: OpenPose files, the calibration, and a folder for recordings."""
    for name in ("calibration", "videos", "pose"):
        (folder / name).mkdir(parents=True)
    (folder / "Config.toml").write_text("", "utf-8")
    (folder / "calibration" / "Calib.toml").write_text(write_pose2sim(cameras), "utf-8")
    for camera, rows in points.items():
        below = folder / "pose" / f"{camera}_json"
        below.mkdir()
        for at, row in enumerate(np.nan_to_num(rows)):
            people = [{"person_id": [-1], "pose_keypoints_2d": row.ravel().tolist()}]
            (below / f"{camera}_{at:06d}.json").write_text(json.dumps({"version": 1.3, "people": people}), "utf-8")


def read_project(folder: Path, cameras: Sequence[PosedCamera]) -> list[Take]:
    """The takes that a project's files hold."""
    takes = []
    for camera in cameras:
        files = sorted((folder / "pose" / f"{camera.name}_json").glob("*.json"))
        rows = np.array([json.loads(file.read_text())["people"][0]["pose_keypoints_2d"] for file in files])
        rows = rows.reshape(len(files), len(BODY33), 3)
        lost = rows[..., 2] == 0
        px = np.where(lost[..., None], np.nan, rows[..., :2])
        sigma = np.where(lost, np.nan, 5.0)
        n = len(files)
        track = Track(
            0, np.arange(n), np.arange(n) / FPS, px, np.where(lost, np.nan, rows[..., 2]), sigma, camera.size_px,
            Origin.MEASURED, "mediapipe",
        )  # fmt: skip
        takes.append(Take(camera, track, ClockMap(Fraction(0), Fraction(1), 0.001)))
    return takes


def smooth(t_s: np.ndarray, values: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Touchline's low pass at 6 Hz."""
    from athletes.kinematics.smoothing import Filter
    from athletes.kinematics.smoothing import smooth as low_pass

    found = low_pass(t_s, values, sigma, Filter(cutoff_hz=6.0))
    return found.values, found.sigma


def _filtered(motion: Motion) -> Motion:
    return smoothed(motion, smooth, "6 Hz")


def ours(folder: Path, cameras: Sequence[PosedCamera], how: How) -> tuple[InSpace, dict[str, float]]:
    """Touchline on a project's files, with the seconds of its steps."""
    began = time.perf_counter()
    takes = read_project(folder, cameras)
    read = time.perf_counter()
    found = in_space(takes, how)
    made = time.perf_counter()
    for motion in (found.measured, found.motion):  # Pose2Sim writes both before and after its filter
        (folder / "ours.trc").write_text(trc(motion, "ours"), "utf-8")
        (folder / "ours.c3d").write_bytes(c3d(motion))
    return found, {"reading": read - began, "in_space": made - read, "writing": time.perf_counter() - made}


def theirs(python: str, folder: Path, **options: Any) -> tuple[dict[str, Motion], dict[str, float]]:
    """Pose2Sim on a project, with the seconds of its steps: its motions before and after the filter."""
    done = subprocess.run(
        [python, "-c", PEER, str(folder), json.dumps(options)], capture_output=True, text=True, cwd=folder, check=False
    )
    line = next((line for line in done.stdout.splitlines() if line.startswith("SPENT ")), None)
    if line is None:
        raise RuntimeError(done.stderr[-2000:])
    files = sorted((folder / "pose-3d").glob("*.trc"))
    filtered = next(file for file in files if "filt" in file.name)
    raw = next(file for file in files if "filt" not in file.name)
    return {"raw": read_trc(raw), "filtered": read_trc(filtered)}, json.loads(line.removeprefix("SPENT "))


def read_trc(path: Path) -> Motion:
    """A TRC file as a motion of the skeleton here; joints that it has not are unknown."""
    lines = path.read_text("utf-8").split("\n")
    names = [name for name in lines[3].strip().split("\t") if name][2:]
    rows = [line.split("\t") for line in lines[5:] if line.strip()]
    values = np.array(
        [[float(value) if value.strip() else np.nan for value in row[: 2 + 3 * len(names)]] for row in rows]
    )
    n, k = len(values), len(BODY33)
    xyz = np.full((n, k, 3), np.nan)
    for at, name in enumerate(names):
        side = {"L": "left_", "R": "right_"}.get(name[0], "")
        known = NAMES.get(name[1:] if side else name)
        if known is not None:
            y, z, x = values[:, 2 + 3 * at : 5 + 3 * at].T
            xyz[:, BODY33.place(side + known if known != "nose" else "nose")] = np.stack([x, y, z], axis=1)
    blank = np.zeros((n, k))
    return Motion(
        values[:, 1], xyz, np.zeros((n, k, 3, 3)), blank, blank.astype(np.int64), np.zeros((n, 0), dtype=np.int64), (),
        Origin.IMPORTED, "pose2sim",
    )  # fmt: skip


def judged(raw: Motion, filtered: Motion, cameras: Sequence[PosedCamera], takes: Sequence[Take]) -> dict[str, Any]:
    """How steady, near and smooth two motions of one person are; every number computed alike for all."""
    limbs = [BODY33.place(f"{side}_{joint}") for side in ("left", "right") for joint in list(NAMES.values())[1:7]]
    views = paired(list(takes))
    n = len(raw)
    px = views.px[:, :n, limbs].reshape(len(cameras), -1, 2)
    off = distances(cameras, px, raw.xyz_m[:, limbs].reshape(-1, 3))
    jerk = np.diff(filtered.xyz_m[:, limbs], 3, axis=0) * FPS**3
    return {
        "limb_sd_pct": {bone.name: _rounded(bone.sd_pct) for bone in limb_bones(raw)},
        "limb_sd_pct_filtered": {bone.name: _rounded(bone.sd_pct) for bone in limb_bones(filtered)},
        "median_limb_sd_pct": _rounded(statistics.median(bone.sd_pct or np.nan for bone in limb_bones(raw))),
        "median_limb_sd_pct_filtered": _rounded(
            statistics.median(bone.sd_pct or np.nan for bone in limb_bones(filtered))
        ),
        "reprojection_median_px": _rounded(np.nanmedian(off)),
        "jerk_rms_m_s3": _rounded(np.sqrt(np.nanmean(np.sum(jerk**2, axis=-1))), 0),
        "instants": n,
        "missing_pct": _rounded(100 * np.mean(~np.isfinite(raw.xyz_m[:, limbs, 0]))),
    }


def _middle(turns: Sequence[dict[str, float]]) -> dict[str, float]:
    """The medians of several turns."""
    return {name: round(statistics.median(turn[name] for turn in turns), 3) for name in turns[0]}


def moved(clean: Motion, spoiled: Motion) -> int:
    """How many joints of arms and legs in all instants lie elsewhere than without exchanged sides, or nowhere."""
    limbs = [BODY33.place(f"{side}_{joint}") for side in ("left", "right") for joint in list(NAMES.values())[1:7]]
    n = min(len(clean), len(spoiled))
    off = np.linalg.norm(clean.xyz_m[:n, limbs] - spoiled.xyz_m[:n, limbs], axis=2)
    return int((~(off < MOVED_M) & np.isfinite(clean.xyz_m[:n, limbs, 0])).sum())


def _rounded(value: float | None, decimals: int = 2) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), decimals)


def environment(folder: Path) -> str | None:
    """The interpreter of a new environment with the peers, or None where it cannot be made."""
    python = folder / "bin" / "python"
    commands = (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "-q", "install", *NEEDED],
        [str(python), "-m", "pip", "-q", "install", "--no-deps", *ALONE],
    )
    for command in commands:
        if subprocess.run(command, capture_output=True, check=False).returncode:
            print(
                f"skipped: Pose2Sim and Sports2D could not be installed ({' '.join(command[:4])} ...)", file=sys.stderr
            )
            return None
    return str(python)


def compared(
    folder: Path, python: str, cameras: Sequence[PosedCamera], points: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Everything in space, of both."""
    how = How(smooth=smooth, smooth_said="6 Hz")
    camera, first, last = SWAPPED
    spoiled = {**points, camera: exchanged(points[camera], first, last)}
    report: dict[str, Any] = {}

    def project(name: str, given: dict[str, np.ndarray], those: Sequence[PosedCamera]) -> Path:
        write_project(folder / name, given, those)
        return folder / name

    plain = project("plain", points, cameras)
    takes = read_project(plain, cameras)
    kept, _ = ours(plain, cameras, replace(how, realign=False))
    full, _ = ours(plain, cameras, how)
    spent = _middle([ours(plain, cameras, how)[1] for _ in range(3)])
    spent_plain = _middle([ours(plain, cameras, replace(how, realign=False))[1] for _ in range(3)])
    turned = full.views.cameras
    peer, _ = theirs(python, plain)
    peer_spent = _middle([theirs(python, project(f"turn{at}", points, cameras))[1] for at in range(3)])
    report["seconds"] = {
        "touchline": spent,
        "touchline_cameras_as_calibrated": spent_plain,
        "pose2sim": peer_spent,
        "ratio": _rounded(sum(peer_spent.values()) / sum(spent.values()), 1),
        "ratio_cameras_as_calibrated": _rounded(sum(peer_spent.values()) / sum(spent_plain.values()), 1),
    }
    report["as_calibrated"] = {
        "touchline": judged(with_held_bones(kept.measured), kept.motion, cameras, takes),
        "touchline_bones_free": judged(kept.measured, _filtered(kept.measured), cameras, takes),
        "pose2sim": judged(peer["raw"], peer["filtered"], cameras, takes),
    }
    report["as_calibrated"]["pose2sim"]["missing_pct"] = _missing(python, project("holes", points, cameras))
    again = project("turned", points, turned)
    peer_turned, _ = theirs(python, again)
    report["cameras_put_right"] = {
        "touchline": judged(with_held_bones(full.measured), full.motion, turned, takes),
        "touchline_bones_free": judged(full.measured, _filtered(full.measured), turned, takes),
        "pose2sim": judged(peer_turned["raw"], peer_turned["filtered"], turned, takes),
    }
    report["cameras_put_right"]["pose2sim"]["missing_pct"] = _missing(python, project("turned_holes", points, turned))
    report["realigned"] = (
        None
        if full.realigned is None
        else {
            "before_px": _rounded(full.realigned.before_px),
            "after_px": _rounded(full.realigned.after_px),
            "turn_deg": [_rounded(turn) for turn in full.realigned.turn_deg],
        }
    )
    wrong = project("wrong", spoiled, turned)
    found, _ = ours(wrong, turned, replace(how, realign=False))
    clean, _ = ours(again, turned, replace(how, realign=False))
    default, _ = theirs(python, wrong)
    handled, _ = theirs(python, project("handled", spoiled, turned), handle_LR_swap=True)
    handled_clean, _ = theirs(python, project("handled_clean", points, turned), handle_LR_swap=True)
    report["exchanged_sides"] = {
        "camera": camera,
        "pictures": last - first,
        "joints_elsewhere": {
            "touchline": moved(clean.measured, found.measured),
            "pose2sim": moved(peer_turned["raw"], default["raw"]),
            "pose2sim_handle_LR_swap": moved(handled_clean["raw"], handled["raw"]),
        },
        "told_by_touchline": {f"{swap.camera} {swap.part}": len(swap.instants) for swap in found.swaps},
    }
    return report


def in_the_plane(folder: Path, python: str, camera: PosedCamera, rows: np.ndarray) -> dict[str, Any]:
    """Filtering and angles of one view, of both: the functions that Sports2D's process calls, in their order."""
    from athletes.kinematics.curves import angle_curves
    from athletes.kinematics.model import Movement
    from athletes.kinematics.seen import see
    from athletes.kinematics.settings import Settings

    low = rows[..., 2] < 0.3
    names = ["LHip", "RHip", "LShoulder", "RShoulder"]
    columns = {f"{side[0].upper()}{name}": BODY33.place(f"{side}_{joint}") for side in ("left", "right")
        for name, joint in list(NAMES.items())[1:]}  # fmt: skip
    given = {name: np.where(low[:, at, None], np.nan, rows[:, at, :2]) for name, at in columns.items()}
    given["Hip"], given["Neck"] = (given[names[0]] + given[names[1]]) / 2, (given[names[2]] + given[names[3]]) / 2
    path = folder / "plane.npy"
    np.save(path, np.stack(list(given.values()), axis=1))
    wanted = [f"{side} {angle}" for side in ("left", "right") for angle in ANGLES]
    wanted += [f"{side} {angle}" for side in ("left", "right") for angle in ("thigh", "shank")] + ["trunk"]
    done = subprocess.run(
        [python, "-c", SPORTS2D, str(path), json.dumps([list(given), wanted])],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    line = next((line for line in done.stdout.splitlines() if line.startswith("SPENT ")), None)
    if line is None:
        raise RuntimeError(done.stderr[-2000:])
    peer = np.load(f"{path}.angles.npy")
    n = len(rows)
    sigma = np.full(rows.shape[:2], 5.0)
    track = Track(
        0, np.arange(n), np.arange(n) / FPS, rows[..., :2].copy(), rows[..., 2].copy(), sigma, camera.size_px,
        Origin.MEASURED, "mediapipe",
    )  # fmt: skip
    times = []
    for _ in range(4):
        began = time.perf_counter()
        curves, _ = angle_curves(see(track, Movement.RUN, None, Settings(cutoff_hz=6.0)))
        times.append(time.perf_counter() - began)
    own = {f"{curve.side} {curve.key}": curve.value for curve in curves if curve.side is not None}
    compared = {}
    for name in ("left knee", "right knee", "left elbow", "right elbow"):
        other = 180 - np.abs(peer[:, wanted.index(name)])
        both = np.abs(own[name] - other)
        compared[name] = {
            "apart_deg_median": _rounded(np.nanmedian(both)),
            "apart_deg_largest": _rounded(np.nanmax(both)),
            "touchline_second_difference_deg": _rounded(np.sqrt(np.nanmean(np.diff(own[name], 2) ** 2)), 3),
            "sports2d_second_difference_deg": _rounded(np.sqrt(np.nanmean(np.diff(other, 2) ** 2)), 3),
        }
    mine, its = statistics.median(times[1:]), statistics.median(json.loads(line.removeprefix("SPENT ")))
    return {
        "camera": camera.name,
        "seconds": {"touchline": _rounded(mine, 3), "sports2d": _rounded(its, 3), "ratio": _rounded(its / mine, 1)},
        "angles": compared,
    }


def _missing(python: str, folder: Path) -> float | None:
    """How much Pose2Sim leaves open before it fills gaps (which it does by default)."""
    raw = theirs(python, folder, interpolation="none", fill_large_gaps_with="nan")[0]["raw"]
    limbs = [BODY33.place(f"{side}_{joint}") for side in ("left", "right") for joint in list(NAMES.values())[1:7]]
    return _rounded(100 * np.mean(~np.isfinite(raw.xyz_m[:, limbs, 0])))


def main() -> int:
    """Print one JSON document; skips what is not there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--fixtures", type=Path, default=root / "shared" / "fixtures")
    parser.add_argument("--peer", help="interpreter of an environment with Pose2Sim and Sports2D")
    parser.add_argument("--model", default="heavy", choices=("lite", "full", "heavy"))
    parser.add_argument("--engine", default="mediapipe", choices=ENGINES, help="whose points all are given")
    parser.add_argument("--json", action="store_true", help="as it is in any case")
    args = parser.parse_args()
    views = args.fixtures / "athlete_four_views"
    if not views.exists():
        print(f"skipped: the recording athlete_four_views is not at {args.fixtures}", file=sys.stderr)
        return 0
    calibration = read_calibration(views / "calibration" / "Calib.qca.txt")
    points, cameras = {}, []
    for name in CAMERAS:
        points[name], size = points_of(views / "videos" / f"{name}.mp4", args.engine, args.model)
        cameras.append(fitted(calibration.camera(name), size, Fit.LETTERBOX))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        python = args.peer or environment(folder / "peers")
        if python is None:
            return 0
        python = str(Path(python).absolute())
        report = compared(folder, python, cameras, points)
        report["in_the_plane"] = in_the_plane(folder, python, cameras[1], points["cam02"])
    head = {"made": datetime.now(UTC).date().isoformat(), "machine": platform.machine(), "cores": os.cpu_count()}
    print(json.dumps({**head, "engine": args.engine, "model": args.model, **report}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

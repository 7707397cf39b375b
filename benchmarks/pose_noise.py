"""How far body points are off, on four calibrated real views: white and slow part by joint; how late smoothing makes
them; what two engines disagree on where a resumed chunk begins; darkness; swaps put in and undone.

``python benchmarks/pose_noise.py [--fixtures FOLDER]`` prints JSON. Points of each view are compared with the place in
space that all four views say, found by least squares; a residual is multiplied by sqrt(8 / 5), because five of eight
coordinates of a point are left over. Nothing here says what all views have wrong in common.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.engine import MODELS, open_engine
from athletes.pose.model import BODY33, Floats, Track
from athletes.pose.noise import GROUPS, body_height_px
from athletes.pose.swaps import joints_of, undone
from athletes.space.calibrations import read_calibration
from athletes.space.camera import PosedCamera
from touchline.errors import Missing
from touchline.footage import open_footage
from touchline.origin import Origin

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
VIEWS = ("cam01", "cam02", "cam03", "cam04")
FPS = 60.0
LAGS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 45])
MIRROR = np.arange(len(BODY33))
for _left, _right in BODY33.mirrored:
    MIRROR[_left], MIRROR[_right] = _right, _left


def points(path: Path, kind: str, model: str, *, first: int = 0, alone: bool = False, light: float = 1.0) -> Floats:
    """u, v and confidence (n, 33, 3); ``alone`` opens the engine anew for every picture: no following, no smoothing."""
    footage = open_footage(path)
    engine = open_engine(kind, model, 1)
    found = []
    try:
        for i, picture in footage.pictures(first):
            if alone:
                engine.close()
                engine = open_engine(kind, model, 1)
            assert picture is not None
            shown = picture if light == 1 else (picture * light).astype(np.uint8)
            bodies = engine.find(shown, round(1000 * float(footage.times_s[i])))
            nothing = np.full((33, 3), np.nan)
            found.append(np.column_stack([bodies[0].px, bodies[0].confidence]) if bodies else nothing)
    finally:
        engine.close()
        footage.close()
    return np.array(found)


def in_space(cameras: list[PosedCamera], px: Floats) -> Floats:
    """Where each point is, (n, 33, 3), by Gauss-Newton steps with weights of a soft L1 loss; ``px`` (c, n, 33, 2)."""
    c, n, k = px.shape[:3]
    flat = px.reshape(c, n * k, 2)
    rows = []
    for camera, seen in zip(cameras, flat, strict=True):
        xy = camera.undistort(seen)
        pose = np.column_stack([camera.R, camera.t_m])
        rows += [xy[:, [0]] * pose[2] - pose[0], xy[:, [1]] * pose[2] - pose[1]]
    system = np.stack(rows, axis=1)
    known = np.isfinite(system).all(axis=(1, 2))
    place = np.full((n * k, 3), np.nan)
    last = np.linalg.svd(system[known])[2][:, -1]
    place[known] = last[:, :3] / last[:, 3:]
    for _ in range(15):
        normal, right = np.zeros((n * k, 3, 3)), np.zeros((n * k, 3))
        for camera, seen in zip(cameras, flat, strict=True):
            away = seen - camera.project(place)
            slope = camera.slope(place)
            weight = 1 / np.sqrt(1 + (away**2).sum(axis=1) / 64.0)
            normal += weight[:, None, None] * np.einsum("nij,nik->njk", slope, slope)
            right += weight[:, None] * np.einsum("nij,ni->nj", slope, away)
        place[known] += np.linalg.solve(normal[known], right[known][..., None])[..., 0]
    return place.reshape(n, k, 3)


def matern(lag: Floats) -> Floats:
    return (1 + np.sqrt(3) * lag) * np.exp(-np.sqrt(3) * lag)


def robust(values: Floats) -> float:
    return float(1.4826 * np.nanmedian(np.abs(values)))


def measured(cameras: list[PosedCamera], px: Floats, confidence: Floats) -> dict[str, Any]:
    """The table of one model, in per cent of the body height."""
    from scipy.optimize import least_squares

    height = np.array([body_height_px(one) for one in px])[:, None, None, None]
    place = in_space(cameras, px)
    seen = np.stack([camera.project(place.reshape(-1, 3)).reshape(px.shape[1:]) for camera in cameras])
    error = 100 * (px - seen) / height * np.sqrt(8 / 5)
    offset = np.nanmedian(error, axis=(1, 2))
    error = error - offset[:, None, None]
    third = 100 * np.diff(px / height, n=3, axis=1)
    table: dict[str, Any] = {}
    for group, joints in GROUPS.items():
        at = BODY33.places(*joints)
        e = error[:, :, at]
        core, white = robust(e), robust(third[:, :, at]) / np.sqrt(20)
        steps = np.array([robust(e[:, lag:] - e[:, :-lag]) ** 2 for lag in LAGS])

        def misfit(p: Floats, white: float = white, steps: Floats = steps) -> Floats:
            slow2, slow_s = np.exp(2 * p[0]), np.exp(p[1])
            return np.log(2 * white**2 + 2 * slow2 * (1 - matern(LAGS / FPS / slow_s))) - np.log(steps)

        fit = least_squares(misfit, [0.0, np.log(0.2)], bounds=([-3, -4], [1.5, 2]))
        slow, slow_s = np.exp(fit.x)
        slow = min(float(slow), core)
        gross = np.linalg.norm(e, axis=-1) > 4 * core
        table[group] = {
            "white": round(white, 3),
            "slow": round(slow, 2),
            "slow_s": round(float(slow_s), 2),
            "constant": round(float(np.sqrt(max(core**2 - white**2 - slow**2, 0))), 2),
            "core": round(core, 2),
            "gross_pct": round(100 * float(gross.mean()), 1),
            "gross_size": round(float(np.sqrt(np.mean(e[gross] ** 2))) if gross.any() else 0.0, 1),
            "ratio_by_confidence": by_confidence(e / core, confidence[:, :, at]),
        }
    return {"view_offsets": np.round(offset, 2).tolist(), "groups": table}


def by_confidence(relative: Floats, confidence: Floats) -> dict[str, float | None]:
    away = np.linalg.norm(relative, axis=-1) / 1.1774  # the median of two axes of standard deviation 1
    made: dict[str, float | None] = {}
    for low, high in ((0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        there = (confidence >= low) & (confidence < high)
        made[f"{low} to {min(high, 1)}"] = round(float(np.nanmedian(away[there])), 2) if there.sum() > 20 else None
    return made


def sided(px: Floats, reference: Floats) -> tuple[Floats, int]:
    """``px`` (n, 33, 2) with left and right as in ``reference``, and in how many frames they were not."""
    body = slice(11, 33)
    straight = np.linalg.norm(px[:, body] - reference[:, body], axis=2).sum(axis=1)
    turned = np.linalg.norm(px[:, MIRROR][:, body] - reference[:, body], axis=2).sum(axis=1)
    wrong = turned < straight
    return np.where(wrong[:, None, None], px[:, MIRROR], px), int(wrong.sum())


def track_of(found: Floats) -> Track:
    n = len(found)
    sigma, frames = np.ones((n, 33)), np.arange(n, dtype=np.int64)
    plain = (frames, np.arange(n) / FPS, found[..., :2], found[..., 2], sigma)
    return Track(1, *plain, size_px=(1088, 1920), origin=Origin.INFERRED, method="", skeleton=BODY33)


def swaps(found: dict[str, Floats]) -> dict[str, Any]:
    """Swaps put into points of the heavy model: how many points were far off, and still are."""
    body, groups = slice(11, 33), {"whole": (0, 1, 2), "legs": (2,), "arms": (1,)}
    rng, joints = np.random.default_rng(0), joints_of(BODY33)
    said: dict[str, Any] = {}
    for view, one in found.items():
        far, _, untouched = 0.06 * body_height_px(one[..., :2]), 0, undone(track_of(one))[1]
        said[view] = {"untouched": len(untouched.frames), "left_out": len(untouched.left_out)}
        for name, which in groups.items():
            before = after = gaps = 0
            for _ in range(20):
                length = int(rng.integers(1, 30))
                first = int(rng.integers(5, len(one) - length - 5))
                mixed = one.copy()
                for group in which:
                    for left, right in joints[group]:
                        mixed[first : first + length, [left, right]] = one[first : first + length, [right, left]]
                mended = undone(track_of(mixed))[0].px
                away = [np.linalg.norm(px - one[..., :2], axis=2)[:, body] for px in (mixed[..., :2], mended)]
                before += int((away[0] > far).sum())
                after += int((np.nan_to_num(away[1]) > far).sum())
                gaps += int(np.isnan(away[1]).sum())
            said[view][name] = {"far_before": before, "far_after": after, "gaps": gaps}
    return said


def lateness(followed: Floats, alone: Floats) -> float:
    """By how many frames the points of ``followed`` have to be moved to fit those of single pictures best."""
    at, t = np.arange(5, len(followed) - 5), np.arange(len(followed))
    best = []
    for late in np.arange(-2, 3.01, 0.25):
        moved = np.stack([np.interp(at + late, t, column) for column in followed.reshape(len(t), -1).T], axis=1)
        best.append((float(np.nanmedian(np.abs(moved - alone.reshape(len(t), -1)[at]))), float(late)))
    return min(best)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    args = parser.parse_args()
    folder = args.fixtures / "athlete_four_views"
    if not folder.is_dir():
        print(f"skipped: the recording athlete_four_views is not at {args.fixtures}")
        return
    try:
        open_engine("mediapipe", "heavy").close()
    except Missing as fault:
        print(f"skipped: {fault}")
        return
    calibration = read_calibration(folder / "calibration" / "Calib.qca.txt")
    cameras = [calibration.camera(view) for view in VIEWS]
    videos = {view: folder / "videos" / f"{view}.mp4" for view in VIEWS}
    document: dict[str, Any] = {"per cent of the body height": {}, "sides_wrong": {}}
    reference: Floats | None = None
    kept: dict[str, dict[str, Floats]] = {}
    for model in ("heavy", "full", "lite", "frames", *(f"crops_{one}" for one in MODELS)):
        alone = model == "frames"
        kind, _, size = model.rpartition("_")
        found = {
            v: points(path, kind or "mediapipe", "full" if alone else size, alone=alone) for v, path in videos.items()
        }
        kept[model] = found
        px = np.stack([one[..., :2] for one in found.values()])
        if reference is not None:
            seen = [camera.project(reference.reshape(-1, 3)).reshape(px.shape[1:]) for camera in cameras]
            both = [sided(one, other) for one, other in zip(px, seen, strict=True)]
            px = np.stack([one for one, _ in both])
            document["sides_wrong"][model] = {v: wrong for v, (_, wrong) in zip(VIEWS, both, strict=True)}
        else:
            reference = in_space(cameras, px)
        confidence = np.stack([one[..., 2] for one in found.values()])
        document["per cent of the body height"][model] = measured(cameras, px, confidence)
    limbs = BODY33.places("left_wrist", "right_wrist", "left_knee", "right_knee", "left_ankle", "right_ankle")
    document["late by frames at 60 fps"] = {
        view: lateness(kept["full"][view][:, limbs, :2], kept["frames"][view][:, limbs, :2])
        for view in ("cam01", "cam03", "cam04")
    }
    document["swaps put in"] = swaps(kept["heavy"])
    document["swaps undone"] = {
        f"{model} {view}": {"frames": len(told.frames), "left_out": len(told.left_out)}
        for model in ("heavy", "full", "lite")
        for view, one in kept[model].items()
        for told in (undone(track_of(one))[1],)
    }
    seam = {}
    for view, path in videos.items():
        fresh = points(path, "mediapipe", "full", first=40)[30:, :, :2]  # warm after 30 frames, as a chunk is
        away = np.linalg.norm(fresh - kept["full"][view][70:, :, :2], axis=2) / body_height_px(fresh)
        seam[view] = {
            "median_pct": round(100 * float(np.median(away)), 2),
            "p95_pct": round(100 * float(np.percentile(away, 95)), 2),
        }
    document["where a chunk begins, beside an engine that went on"] = seam
    dark: dict[str, Any] = {}
    for light in (0.5, 0.3, 0.2, 0.1, 0.05):
        found_dark = points(videos["cam03"], "mediapipe", "full", light=light)
        away = np.linalg.norm(found_dark[..., :2] - kept["full"]["cam03"][..., :2], axis=2) / body_height_px(
            kept["full"]["cam03"][..., :2]
        )
        footage = open_footage(videos["cam03"])
        luma = float((footage.picture(0) * light).mean())
        footage.close()
        dark[f"{luma:.0f}"] = {
            "found": int(np.isfinite(found_dark[:, 0, 0]).sum()),
            "moved_median_pct": round(100 * float(np.nanmedian(away)), 2) if np.isfinite(away).any() else None,
        }
    document["by mean brightness"] = dark
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()

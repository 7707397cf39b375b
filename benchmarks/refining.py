"""How much the painted lines of a picture make a calibration surer, whether its sigma holds, and how fast it is.

    python benchmarks/refining.py [--cameras N] [--frames N] [--seed N] [--fixtures DIR]

Rendered pitches with exact cameras: stripes 8 to 12 cm wide that lie 1 cm wrong at their ends, people, boards, mow
stripes; four clicks with an error of 1.5 pixels of 1920 around what is seen of a penalty area. The same cameras with
one click on the wrong line say what becomes of a wrong guess. Then pitches with a crown, and a camera that pans and
zooms. With the real recording ``match_left_wide`` (AtomScott/SportsLabKit at 2d6956d, MIT): four clicks around the
penalty area, all others held out, taken as flat and with a crown. Prints a JSON document. Times are processor time
beside one pass of OpenCV's LSD on the same picture.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wide_view import PITCH as REAL_PITCH
from wide_view import SIZE_PX, WRONG, read_marks

from touchline.errors import BadValue
from var.measure.calibrate import Calibration, Mark, calibrate
from var.measure.following import Stopped, follow
from var.measure.pitch import Pitch
from var.measure.project import project, to_ground
from var.measure.refine import refine
from var.measure.sure import ground_covariance
from var.model import ImagePoints, PitchPoints
from var.pan import follow_recording
from var.synthetic.camera import Camera, aimed, observe
from var.synthetic.painted import Ground, ground, painted_picture, turned

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
PITCH = Pitch()
CLICK_PX, PAINT_M = 1.5, 0.01
Floats = NDArray[np.float64]


def drawn_camera(random: np.random.Generator, size_px: tuple[int, int] = (1920, 1080)) -> Camera:
    """A camera in a stand that looks at a penalty area."""
    side = float(random.choice([-1, 1]))
    at = (side * random.uniform(0, 40), -random.uniform(42, 80), random.uniform(7, 22))
    towards = (side * random.uniform(30, 44), random.uniform(-8, 8), 0.0)
    focal = float(np.linalg.norm(np.subtract(at, towards))) * random.uniform(20, 34) * size_px[0] / 1920
    dist = (random.uniform(-0.2, 0.05), random.uniform(-0.03, 0.05), *random.normal(0, 3e-4, 2), 0.0)
    centre = (size_px[0] / 2 - 0.5 + random.normal(0, 6), size_px[1] / 2 - 0.5 + random.normal(0, 6))
    return aimed(
        "c", "main_stand", at_m=at, towards_m=towards, focal_px=focal, dist=dist, roll_deg=random.normal(0, 0.4),
        offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(25), until_s=Fraction(9), centre_px=centre,
        size_px=size_px,
    )  # fmt: skip


def clicks(camera: Camera, random: np.random.Generator, count: int = 4, scene: Ground | None = None) -> list[Mark]:
    """``count`` clicks far apart on points of a penalty area or near it; fewer where the picture shows fewer."""
    names = [n for n, p in PITCH.points.items() if p[2] == 0 and any(k in n for k in ("area", "arc", "corner"))]
    places = np.array([PITCH.points[name] for name in names])
    px = observe(camera, places) if scene is None else scene.seen(camera, places)
    with np.errstate(invalid="ignore"):
        shown = np.flatnonzero(((px > 8) & (px < np.array(camera.size_px) - 9)).all(axis=1))
    chosen: list[int] = []
    while len(chosen) < min(count, len(shown)):
        gap = [min((float(np.linalg.norm(px[i] - px[j])) for j in chosen), default=random.uniform()) for i in shown]
        chosen.append(int(shown[int(np.argmax(gap))]))
    marked = px[chosen] + random.normal(0, CLICK_PX, (len(chosen), 2)) if chosen else px[:0]
    return [
        Mark(names[i], PITCH.points[names[i]], (float(u), float(v))) for i, (u, v) in zip(chosen, marked, strict=True)
    ]


def errors(found: Calibration, camera: Camera, scene: Ground | None = None) -> tuple[Floats, Floats, Floats]:
    """On a grid of the visible ground: the error in pixels, along the pitch in metres, and by its sigma."""
    x, y = np.meshgrid(np.linspace(-52.5, 52.5, 36), np.linspace(-34, 34, 24))
    grid = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    px = observe(camera, grid) if scene is None else scene.seen(camera, grid)
    with np.errstate(invalid="ignore"):
        shown = ((px > 0) & (px < np.array(camera.size_px) - 1)).all(axis=1)
    grid, px = grid[shown], px[shown]
    gap = np.linalg.norm(project(found, PitchPoints(grid)) - px, axis=1)
    where = np.asarray(to_ground(found, ImagePoints(px))[0])
    hit = np.isfinite(where).all(axis=1)
    spread = ground_covariance(found.theta, found.fixed, found.covariance, where[hit], 0.0, found.surface)
    sigma = np.sqrt(spread[:, 0, 0])
    off = where[hit, 0] - grid[hit, 0]
    return gap, np.abs(off), off / sigma


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over the cameras that were refined."""
    used = [row for row in rows if row["reason"] is None]
    worse = [row for row in used if row["after"] > max(row["before"], 3.0)]
    out: dict[str, Any] = {"cameras": len(rows), "refined": len(used), "left": {}, "made_worse": len(worse)}
    for row in rows:
        if row["reason"] is not None:
            out["left"][row["reason"]] = out["left"].get(row["reason"], 0) + 1
    if used:
        for name in ("before", "after"):
            out[f"{name}_px_median_p95"] = [
                round(float(np.quantile([r[name] for r in used], q)), 2) for q in (0.5, 0.95)
            ]
        out["line_error_cm_median"] = round(100 * float(np.median([r["x_m"] for r in used])), 1)
        z = np.concatenate([r["z"] for r in used])
        out["coverage_95"] = round(float((np.abs(z) < 1.96).mean()), 3)
        out["normalised_error_rms"] = round(float(np.sqrt((z**2).mean())), 2)
        out["cpu_s_median_p95"] = [round(float(np.quantile([r["cpu_s"] for r in used], q)), 2) for q in (0.5, 0.95)]
    return out


def refined(trials: int, seed: int, *, wrong: bool) -> dict[str, Any]:
    """Many cameras; with ``wrong`` one click of each is on another point than it is said to be."""
    import cv2

    rows, ratios = [], []
    for trial in range(trials):
        random = np.random.default_rng([seed, trial])
        camera = drawn_camera(random)
        scene = ground(PITCH, random, stripe_m=random.uniform(0.08, 0.12), paint_sigma_m=PAINT_M)
        marks = clicks(camera, random)
        picture = painted_picture(camera, scene, random)
        if len(marks) == 4 and wrong:
            moved = marks[0].pitch_m[0] + np.sign(marks[0].pitch_m[0]) * -5.5, *marks[0].pitch_m[1:]
            marks[0] = Mark(marks[0].name, (float(moved[0]), float(moved[1]), 0.0), marks[0].image_px)
        try:
            first = calibrate(marks, camera.size_px, PITCH)
        except BadValue:
            continue
        began = time.process_time()
        found = refine(picture, first, PITCH, marks=marks)
        cpu_s = time.process_time() - began
        if not wrong:
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            began = time.process_time()
            cv2.createLineSegmentDetector().detect(grey)
            ratios.append(cpu_s / (time.process_time() - began))
        assert found.refinement is not None
        after, off, z = errors(found, camera)
        rows.append(
            {
                "reason": found.refinement.reason,
                "before": float(np.nanmedian(errors(first, camera)[0])),
                "after": float(np.nanmedian(after)),
                "x_m": float(np.median(off)),
                "z": z,
                "cpu_s": cpu_s,
            }
        )
    out = summary(rows)
    if ratios:
        out["ratio_to_lsd_median"] = round(float(np.median(ratios)), 2)
    return out


def crowned(trials: int, seed: int) -> dict[str, Any]:
    """Pitches that are up to 25 cm higher in the middle, eight clicks: taken as flat, and with the crown asked for."""
    rows: dict[str, list[dict[str, Any]]] = {"flat": [], "estimate": []}
    crown_z: list[float] = []
    sigma_cm: list[tuple[float, float]] = []
    for trial in range(trials):
        for asked, own in rows.items():
            random = np.random.default_rng([seed, 11, trial])
            camera, crown_m = drawn_camera(random), random.uniform(0.0, 0.25)
            stripe_m = random.uniform(0.08, 0.12)
            scene = ground(PITCH, random, stripe_m=stripe_m, paint_sigma_m=PAINT_M, crown_m=crown_m)
            marks = clicks(camera, random, 8, scene)
            picture = painted_picture(camera, scene, random)
            try:
                first = calibrate(marks, camera.size_px, PITCH, crown=None if asked == "flat" else asked)
            except BadValue:
                continue
            began = time.process_time()
            found = refine(picture, first, PITCH, marks=marks)
            cpu_s = time.process_time() - began
            assert found.refinement is not None
            after, off, z = errors(found, camera, scene)
            own.append(
                {
                    "reason": found.refinement.reason,
                    "before": float(np.nanmedian(errors(first, camera, scene)[0])),
                    "after": float(np.nanmedian(after)),
                    "x_m": float(np.median(off)),
                    "z": z,
                    "cpu_s": cpu_s,
                }
            )
            if found.surface is not None and first.surface is not None and found.refinement.reason is None:
                crown_z.append((found.surface.crown_m - crown_m) / found.surface.sigma_m)
                sigma_cm.append((100 * first.surface.sigma_m, 100 * found.surface.sigma_m))
    before, after_cm = np.median(np.array(sigma_cm), axis=0) if sigma_cm else (np.nan, np.nan)
    return {name: summary(own) for name, own in rows.items()} | {
        "crown_sigma_cm_before_after": [round(float(before), 1), round(float(after_cm), 1)],
        "crown_normalised_error_rms": round(float(np.sqrt(np.mean(np.square(crown_z)))), 2) if crown_z else None,
    }


def followed(frames: int) -> dict[str, Any]:
    """A camera that pans 0.3 degrees a frame, tilts and zooms, there and back; then a cut."""
    random = np.random.default_rng(5)
    base = drawn_camera(np.random.default_rng([7, 3]))
    scene = ground(PITCH, random, stripe_m=0.11, paint_sigma_m=PAINT_M)
    swing = [3.0 * float(np.sin(2 * np.pi * i / 60)) for i in range(frames + 1)]
    cameras = [turned(base, s, 0.15 * s, 1 + 0.02 * abs(s)) for s in swing]
    pictures = [painted_picture(camera, scene, random) for camera in cameras]
    marks = clicks(cameras[0], random, 6)
    first = refine(pictures[0], calibrate(marks, base.size_px, PITCH), PITCH, marks=marks)
    began, cpu = time.perf_counter(), time.process_time()
    found = list(follow(enumerate(pictures[1:], 1), first, pictures[0], PITCH))
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    good = [one for one in found if not isinstance(one, Stopped)]
    each = [errors(one.calibration, cameras[one.frame]) for one in good]
    z = np.concatenate([one[2] for one in each]) if each else np.empty(0)
    stopped = [one.reason.value for one in found if isinstance(one, Stopped)]
    gaps = [float(np.median(one[0])) for one in each]
    elsewhere = painted_picture(turned(base, 25.0), scene, random)
    cut = list(follow([(1, pictures[1]), (2, elsewhere), (3, pictures[3])], first, pictures[0], PITCH))
    return {
        "frames": frames,
        "calibrated": len(good),
        "stopped": stopped,
        "error_px_first_last_worst": [round(v, 2) for v in (gaps[0], gaps[-1], max(gaps))] if gaps else None,
        "coverage_95": round(float((np.abs(z) < 1.96).mean()), 3) if len(z) else None,
        "frames_a_second": round(len(found) / took, 1),
        "cpu_ms_a_frame": round(1000 * cpu / len(found), 1),
        "after_a_cut": [one.reason.value if isinstance(one, Stopped) else one.frame for one in cut],
        "from_a_recording": from_a_recording(pictures, first),
    }


def from_a_recording(pictures: Sequence[NDArray[np.uint8]], first: Calibration) -> dict[str, Any]:
    """The same pictures as H.264, decoded and followed together as ``touchline follow`` does it."""
    import av

    from var.footage.video import Reader, index

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pan.mp4"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=25, options={"crf": "18", "preset": "veryfast"})
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            for picture in pictures:
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            out.mux(stream.encode(None))
        last = len(pictures) - 1
        with Reader(index(path)) as reader:
            began, cpu = time.perf_counter(), time.process_time()
            found = follow_recording(reader, first, 0, (0, last), PITCH)
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
        with Reader(index(path)) as reader:
            decoding = time.process_time()
            for frame in range(len(pictures)):
                reader.grey(frame)
            decoding = time.process_time() - decoding
    return {
        "calibrated": len(found.followed) - 1,
        "frames_a_second": round(last / took, 1),
        "cpu_ms_a_frame": round(1000 * cpu / last, 1),
        "cpu_ms_to_decode": round(1000 * decoding / len(pictures), 1),
        "load_average": round(os.getloadavg()[0], 1),
    }


def real(folder: Path) -> Any:
    """Four clicks around the penalty area of the real wide view, the points with right labels held out."""
    if not (folder / "left_keypoints.xml").is_file():
        return "skipped: the real recording match_left_wide is not here"
    from var.footage.video import Reader, index

    marks = read_marks(folder / "left_keypoints.xml")
    held = [mark for mark in marks if not any(wrong in mark.name for wrong in WRONG)]
    four = []
    for mark in marks:
        if mark not in held:  # the label is wrong, the click is on the corner of the penalty area
            name = REAL_PITCH.nearest(mark.pitch_m)[0]
            four.append(Mark(name, REAL_PITCH.points[name], mark.image_px))
    with Reader(index(folder / "left_camera.mp4")) as reader:
        picture = reader.picture(0)
    places, px = np.array([m.pitch_m for m in held]), np.array([m.image_px for m in held])
    out: dict[str, Any] = {"clicks": len(four), "held_out": len(held)}
    for asked in ("flat", "estimate"):
        first = calibrate(four, SIZE_PX, REAL_PITCH, crown=None if asked == "flat" else asked)
        began = time.process_time()
        after = refine(picture, first, REAL_PITCH, marks=four)
        own: dict[str, Any] = {"cpu_s": round(time.process_time() - began, 2)}
        for name, one in (("before", first), ("after", after)):
            gap = np.linalg.norm(project(one, PitchPoints(places)) - px, axis=1)
            where, spread = to_ground(one, ImagePoints(px), sigma_px=4.0)  # what all clicks together miss by
            off = where[:, 0] - places[:, 0]
            own[name] = {
                "px_median_p90": [round(float(np.nanquantile(gap, q)), 1) for q in (0.5, 0.9)],
                "goal_to_goal_m_median_p90": [round(float(np.nanquantile(np.abs(off), q)), 2) for q in (0.5, 0.9)],
                "coverage_95": round(float(np.nanmean(np.abs(off / np.sqrt(spread[:, 0, 0])) < 1.96)), 2),
            }
        assert after.refinement is not None
        own["refinement"] = after.refinement.document()
        if after.surface is not None:
            own["crown_cm"] = [round(100 * after.surface.crown_m, 1), round(100 * after.surface.sigma_m, 1)]
        out[asked] = own
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=100, metavar="N", help="rendered cameras (default: 100)")
    parser.add_argument("--frames", type=int, default=120, metavar="N", help="frames to follow (default: 120)")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="of the drawn cameras (default: 7)")
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, metavar="DIR", help="folder of the real recordings")
    args = parser.parse_args()
    found = {
        "four_clicks": refined(args.cameras, args.seed, wrong=False),
        "one_click_wrong": refined(args.cameras, args.seed, wrong=True),
        "crowned": crowned(args.cameras, args.seed),
        "following": followed(args.frames),
        "match_left_wide": real(args.fixtures / "match_left_wide"),
    }
    print(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()

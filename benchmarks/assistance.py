"""What the assistance finds, how far its body points are off, and what it costs beside decoding the picture.

    python benchmarks/assistance.py [--fixtures DIR] [--pose MODEL]

Rendered players (four cameras, five instants) give the error of every body part and of the kick; two pictures of the
recording ``match_left_wide`` give the number of people on the pitch beside a count by hand, and the processor time as a
ratio to decoding the same picture from its key frame. Needs the models (``touchline models get``); prints one JSON
document.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from touchline.vision.runtime import lacking
from var.assist.ball import by_motion
from var.assist.sight import Models, load_models, look
from var.measure.calibrate import calibrate
from var.model import AttackDirection
from var.synthetic.attack import attack_scene
from var.synthetic.camera import ground_cameras, observe
from var.synthetic.draw import Painter

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
COUNTED = {10: 19, 100: 15}
"""People on the pitch of two frames of the wide view, counted by hand on enlarged parts of the picture."""

SEED = 11
BALL_M = 0.11


def rendered(models: Models) -> dict[str, Any]:
    """Body points against the truth, in parts of a person's height, and how many people were found."""
    scene = attack_scene(0.34, SEED)
    errors: dict[str, list[np.ndarray]] = defaultdict(list)
    within: list[bool] = []
    visible = found = 0
    for camera in ground_cameras():
        painter = Painter(scene, camera)
        for after_s in (-0.8, -0.4, 0.0, 0.4, 0.8):
            at_s = float(scene.kick_s) + after_s
            seen = look(np.asarray(painter.picture(at_s)), models).people
            taken: set[int] = set()
            for body in scene.body_points(at_s).values():
                pixels = observe(camera, np.array(list(body.values())))
                if not (np.isfinite(pixels).all() and (pixels > 0).all() and (pixels < camera.size_px).all()):
                    continue
                visible += 1
                low, high = pixels.min(axis=0), pixels.max(axis=0)
                tall = float(high[1] - low[1])
                close = [
                    (float(np.abs(np.array(one.person.box) - [*low, *high]).max()), one)
                    for one in seen
                    if one.number not in taken
                ]
                off, one = min(close, key=lambda pair: pair[0], default=(np.inf, None))
                if one is None or off > 0.25 * tall:
                    continue
                taken.add(one.number)
                found += 1
                at = dict(zip(body, pixels, strict=True))
                for point in one.body.points if one.body else ():
                    name = f"{point.side}_{point.part.value}" if point.side else point.part.value
                    if point.confidence >= 0.5:
                        away = np.array(point.px) - at[name]
                        errors[point.part.value].append(away / tall)
                        within.append(bool((np.abs(away) < 2 * point.sigma_px).all()))
    parts = {
        part: {
            "points": len(all_),
            "rms_an_axis": round(float(np.sqrt(np.mean(np.square(all_)))), 4),
            "median": round(float(np.median(np.linalg.norm(all_, axis=1))), 4),
            "p95": round(float(np.quantile(np.linalg.norm(all_, axis=1), 0.95)), 4),
        }
        for part, all_ in errors.items()
    }
    return {"visible": visible, "found": found, "within_2_sigma": round(float(np.mean(within)), 3), "parts": parts}


def kicks() -> list[dict[str, Any]]:
    """The kick by the ball's way, from a click on it three frames before, at and after the kick, in each camera."""
    scene = attack_scene(0.34, SEED)
    kick_s = float(scene.kick_s)
    made = []
    for camera in ground_cameras():
        painter = Painter(scene, camera)
        times = [kick_s + (n + 0.35) / float(camera.fps) for n in range(-15, 13)]
        pictures = [np.asarray(painter.picture(at)) for at in times]
        for clicked in (12, 15, 18):
            ball = scene.ball_m([times[clicked]])[0]
            (middle, above) = observe(camera, np.array([ball, ball + np.array([0, 0, BALL_M])]))
            inside = np.isfinite(middle).all() and (middle > 0).all() and (middle < camera.size_px).all()
            if not inside:
                made.append(
                    {"camera": camera.id, "clicked": clicked - 15, "off_ms": None, "reason": "not in the picture"}
                )
                continue
            place = (float(middle[0]), float(middle[1]))
            hint = by_motion(pictures, times, clicked, place, max(2.0, float(abs(above[1] - middle[1]))))
            off_ms = None if hint.at_s is None else round(1000 * (hint.at_s - kick_s), 1)
            made.append({"camera": camera.id, "clicked": clicked - 15, "off_ms": off_ms, "reason": hint.reason})
    return made


def wide(models: Models, folder: Path) -> list[dict[str, Any]]:
    """Two pictures of the real wide view: people on the pitch, teams, and processor time."""
    from wide_view import PITCH, SIZE_PX, read_marks

    from var.footage.video import Reader, index

    calibration = calibrate(read_marks(folder / "left_keypoints.xml"), SIZE_PX, PITCH)
    found = index(folder / "left_camera.mp4")
    made = []
    for frame, counted in COUNTED.items():
        began = time.process_time()
        picture = np.asarray(Reader(found).picture(frame))
        decoded = time.process_time()
        sight = look(picture, models, calibration=calibration, pitch=PITCH, attack=AttackDirection.LEFT)
        done = time.process_time()
        inside = [
            one
            for one in sight.people
            if one.person.stands_m and (np.abs(one.person.stands_m) <= [PITCH.length_m / 2, PITCH.width_m / 2]).all()
        ]
        made.append(
            {
                "frame": frame,
                "counted_by_hand": counted,
                "found_on_the_pitch": len(inside),
                "found_beside_it": len(sight.people) - len(inside),
                "dropped": dict(sight.dropped),
                "sides": Counter(one.side.value for one in inside),
                "cpu_s": round(done - decoded, 2),
                "decoding_cpu_s": round(decoded - began, 2),
                "ratio_to_decoding": round((done - decoded) / (decoded - began), 2),
            }
        )
    return made


def main() -> None:
    """Print what was measured, or why nothing was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("--pose", default="pose_full", choices=["pose_lite", "pose_full", "pose_heavy"])
    args = parser.parse_args()
    absent = lacking(("person_ssd", args.pose))
    if absent:
        print(f"skipped: needs {', '.join(absent)} (touchline models get)")
        return
    models = load_models(args.pose)
    folder = args.fixtures / "match_left_wide"
    real = wide(models, folder) if (folder / "left_camera.mp4").is_file() else None
    print(json.dumps({"pose": args.pose, "rendered": rendered(models), "kick": kicks(), "wide_view": real}, indent=2))


if __name__ == "__main__":
    main()

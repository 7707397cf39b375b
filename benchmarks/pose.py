"""Frames a second and memory of the pose engines, beside the bare PoseLandmarker on the same pictures in the same run.

``python benchmarks/pose.py [--frames N] [--rounds N] [--fixtures FOLDER]`` prints JSON. Times are processor time of one
process a run, pictures decoded before; each round takes all in turn, and ratios are medians of rounds.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT.parent / "shared" / "fixtures"
CLIP = "athlete_four_views/videos/cam03.mp4"
MODELS = ("lite", "full", "heavy")


def bare(pictures: list[Any], model: str) -> int:
    import mediapipe
    import numpy as np
    from mediapipe.tasks.python import BaseOptions, vision

    from touchline import models

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(models.path(f"pose_{model}"))),
        running_mode=vision.RunningMode.VIDEO,
    )
    found = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for i, picture in enumerate(pictures):
            image = mediapipe.Image(
                image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture[:, :, ::-1])
            )
            found += len(landmarker.detect_for_video(image, 17 * i).pose_landmarks)
    return found


def ours(pictures: list[Any], kind: str, model: str) -> int:
    from athletes.pose.chunks import Gathering
    from athletes.pose.engine import open_engine

    engine = open_engine(kind, model, 1 if kind == "mediapipe" else 4)
    gathering, boxes, found = Gathering(engine.skeleton), None, 0
    for i, picture in enumerate(pictures):
        look = None if i % engine.looks_every == 0 else boxes
        bodies = engine.find(picture, 17 * i, look)
        boxes = [body.box for body in bodies]
        gathering.add(i, i / 60, picture, bodies)
        found += len(bodies)
    gathering.found()
    engine.close()
    return found


def once(which: str, model: str, frames: int, clip: Path) -> dict[str, float]:
    from touchline.footage import open_footage

    footage = open_footage(clip)
    pictures = [picture for _, picture in footage.pictures(0, frames) if picture is not None]
    footage.close()
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start_s = time.process_time()
    found = bare(pictures, model) if which == "bare" else ours(pictures, which, model)
    spent_s = time.process_time() - start_s
    return {
        "frames_a_cpu_second": len(pictures) / spent_s,
        "found": found,
        "more_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mb,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    clip = args.fixtures / CLIP
    if args.once:
        print(json.dumps(once(*args.once, frames=args.frames, clip=clip)))
        return
    if not clip.is_file():
        print(f"skipped: the recording {CLIP} is not at {args.fixtures}")
        return
    from touchline import models
    from touchline.errors import Missing

    try:
        for model in MODELS:
            models.path(f"pose_{model}")
    except Missing as fault:
        print(f"skipped: {fault}")
        return
    runs = [(which, model) for model in MODELS for which in ("bare", "mediapipe", "crops")]
    said: dict[tuple[str, str], list[dict[str, float]]] = {run: [] for run in runs}
    for _ in range(args.rounds):
        for which, model in runs:
            line = [sys.executable, __file__, "--once", which, model, "--frames", str(args.frames)]
            done = subprocess.run(
                [*line, "--fixtures", str(args.fixtures)], check=True, capture_output=True, encoding="utf-8"
            )
            said[which, model].append(json.loads(done.stdout))
    document: dict[str, Any] = {"frames": args.frames, "rounds": args.rounds, "models": {}}
    for model in MODELS:
        rates = {w: [one["frames_a_cpu_second"] for one in said[w, model]] for w in ("bare", "mediapipe", "crops")}
        document["models"][model] = {
            which: {
                "frames_a_cpu_second": round(statistics.median(rates[which]), 1),
                "ratio_to_bare": round(
                    statistics.median(a / b for a, b in zip(rates[which], rates["bare"], strict=True)), 2
                ),
                "found": int(said[which, model][0]["found"]),
                "more_memory_mb": round(max(one["more_memory_mb"] for one in said[which, model])),
            }
            for which in ("bare", "mediapipe", "crops")
        }
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()

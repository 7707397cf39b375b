"""An hour of 1080p looked through for body points: memory along the way, and what a kill in the middle loses.

``python benchmarks/pose_hour.py [--minutes N] [--model M] [--fixtures FOLDER] [--work FOLDER]`` prints JSON. The hour
is a short real clip remuxed again and again (packets copied, 25 pictures a second). It is read in a process of its own,
on one core; that process is ended hard at 30 % and started again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT.parent / "shared" / "fixtures"
CLIP = "athlete_four_views/videos/cam01.mp4"
FPS = 25
KILLED_AT = 0.3


def long_video(clip: Path, out: Path, frames: int) -> int:
    """Write ``clip`` so often that there are at least ``frames``; how many there are."""
    from fractions import Fraction

    import av

    with av.open(str(clip)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        packets = [packet for packet in source.demux(stream) if packet.size]
        copied = target.add_stream_from_template(stream)
        times = sorted(packet.pts for packet in packets)
        step = (times[-1] - times[0]) / (len(times) - 1)
        tick = Fraction(1, FPS * 512)
        whole, n = 0, len(packets)
        content = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in packets]
        while whole < frames:
            for data, pts, dts, key in content:
                made = av.Packet(data)
                made.stream, made.time_base, made.is_keyframe = copied, tick, key
                made.pts = 512 * (whole + round((pts - times[0]) / step))
                made.dts = 512 * (whole + round((dts - times[0]) / step))
                target.mux(made)
            whole += n
    return whole


def read(video: Path, folder: Path, model: str, said: Path) -> None:
    """What the process of its own does."""
    from athletes.pose.engine import open_engine
    from athletes.pose.reading import read_recording
    from touchline.footage import open_footage

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.nice(10)
    last = [0.0]

    def progress(share: float, text: str) -> None:
        if time.monotonic() - last[0] > 0.5 or share >= 1:
            last[0] = time.monotonic()
            said.write_text(f"{share:.6f} {text}")

    footage = open_footage(video)
    try:
        read_recording(footage, partial(open_engine, "mediapipe", model, 1), folder, progress=progress)
    finally:
        footage.close()


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise OSError("the process has ended")


def watched(command: list[str], said: Path, until: float) -> tuple[list[tuple[float, float]], float, int | None]:
    """Share and memory every two seconds; the process is ended hard when the share passes ``until``."""
    samples: list[tuple[float, float]] = []
    start_s, told_s = time.monotonic(), 0.0
    process = subprocess.Popen(command)
    while process.poll() is None:
        time.sleep(2)
        try:
            share = float(said.read_text().split()[0])
            samples.append((share, rss_mb(process.pid)))
        except (OSError, ValueError, IndexError):
            continue
        if time.monotonic() - told_s > 60:
            told_s = time.monotonic()
            print(
                f"{time.monotonic() - start_s:6.0f} s  {100 * share:5.1f} %  {samples[-1][1]:.0f} MB",
                file=sys.stderr,
                flush=True,
            )
        if share >= until:
            process.send_signal(signal.SIGKILL)
    return samples, time.monotonic() - start_s, process.wait()


def at(samples: list[tuple[float, float]], share: float) -> float | None:
    near = min(samples, key=lambda sample: abs(sample[0] - share), default=None)
    return None if near is None else round(near[1], 1)


def measured(work: Path, clip: Path, minutes: float, model: str) -> dict[str, Any]:
    import numpy as np

    from athletes.pose.reading import joined

    video, folder, said = work / "hour.mp4", work / "points", work / "said"
    frames = long_video(clip, video, round(60 * minutes * FPS))
    print(f"{frames} frames, {video.stat().st_size >> 20} MB", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, "--read", str(video), str(folder), model, str(said)]
    first, first_s, code = watched(command, said, KILLED_AT)
    kept = sum(1 for _ in folder.glob("*.bodies"))
    second, second_s, ended = watched(command, said, 2.0)
    found = joined(folder)
    doubled = int(len(found.frames) - len(np.unique(found.frames)))
    return {
        "frames": frames,
        "minutes": minutes,
        "model": model,
        "megabytes": video.stat().st_size >> 20,
        "killed": {"exit": code, "at": KILLED_AT, "after_s": round(first_s, 1), "chunks_kept": kept},
        "resumed": {"exit": ended, "s": round(second_s, 1)},
        "frames_lost": frames - len(np.unique(found.frames)),
        "frames_doubled": doubled,
        "frames_with_a_body": int((found.count > 0).sum()),
        "rss_mb": {
            "10 % (before the kill)": at(first, 0.10),
            "30 % (before the kill)": at(first, KILLED_AT),
            **{f"{round(100 * share)} %": at(second, share) for share in (0.4, 0.5, 0.75, 0.9, 1.0)},
            "largest": round(max(mb for _, mb in (*first, *second)), 1),
        },
        "points_mb": round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 1),
        "frames_a_second": round(0.7 * frames / second_s, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--model", default="lite")
    parser.add_argument("--fixtures", type=Path, default=FIXTURES)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--read", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        video, folder, model, said = args.read
        read(Path(video), Path(folder), model, Path(said))
        return
    from touchline import models
    from touchline.errors import Missing

    clip = args.fixtures / CLIP
    if not clip.is_file():
        print(f"skipped: the recording {CLIP} is not at {args.fixtures}")
        return
    try:
        models.path(f"pose_{args.model}")
    except Missing as fault:
        print(f"skipped: {fault}")
        return
    with tempfile.TemporaryDirectory(dir=args.work) as work:
        print(json.dumps(measured(Path(work), clip, args.minutes, args.model), indent=2))


if __name__ == "__main__":
    main()

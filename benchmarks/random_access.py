"""Random access to single frames on the server: exactness and time, beside other libraries, in one run.

    python benchmarks/random_access.py [--seeks 60] [--frames 250] [--seed 1] [--json] [--peers PYTHON]

Recordings of several kinds are made, every frame with its number on it. Each library then shows the same random frames;
an answer counts as exact where the number that is read back is the one that was asked for. ``touchline`` is the reader
of this project (a transport stream is repacked first, as at import; that time is said apart), ``opencv`` sets
CAP_PROP_POS_FRAMES. ``--peers`` names the interpreter of another virtual environment in which ``torchcodec`` and
``decord`` are looked for; what is not there is named under ``absent``. ``ratio`` is the median time of a seek divided
by Touchline's on the same file in the same run. Frames are converted to RGB or BGR by all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "var")]

import barcode  # noqa: E402

SIZE = (1280, 720)
Show = Callable[[int], Any]
PEERS = ("torchcodec", "decord")


def kinds(folder: Path, count: int) -> dict[str, Path]:
    """Recordings of one size in several containers and kinds of coding, two seconds from key to key."""
    import recordings
    import ugly

    x264 = recordings.X264
    how: dict[str, Any] = {"count": count, "size": SIZE, "gop": 50}
    open_gop = x264 | {"bf": "3", "b-pyramid": "normal", "x264-params": "open-gop=1:keyint=50:min-keyint=50"}
    plain = recordings.write(folder / "constant.mp4", **how, options=x264 | {"bf": "2"})
    ntsc = recordings.write(folder / "for_ms.mp4", **how, rate=Fraction(30000, 1001))
    return {
        "constant rate, B pictures": plain,
        "variable rate": recordings.write(
            folder / "vfr.mp4", **how, rate=Fraction(30), time_base=ugly.TICKS, pts=recordings.jittered(count)
        ),
        "open groups": recordings.write(folder / "open.mp4", **how, options=open_gop),
        "cut with an edit list": recordings.repack(plain, folder / "cut.mp4", recordings.from_packet(50, 58)),
        "MKV in milliseconds": recordings.repack(ntsc, folder / "ms.mkv", lambda packets: packets),
        "transport stream": recordings.repack(plain, folder / "stream.ts", lambda packets: packets, "mpegts"),
        "H.265": recordings.write(folder / "hevc.mp4", **how, codec="libx265", options=recordings.X265),
    }


def touchline(path: Path) -> tuple[Show, dict[str, float]]:
    """This project's way to a frame, and what came before the first one in seconds."""
    from var.footage.video import Reader, index, needs_remux, remux

    began = time.perf_counter()
    source = index(path)
    spent = {"index_s": round(time.perf_counter() - began, 3)}
    if needs_remux(path):
        began = time.perf_counter()
        source = remux(path, path.with_suffix(".exact.mp4"))
        spent["remux_s"] = round(time.perf_counter() - began, 3)
    return Reader(source, cache_bytes=0).picture, spent


def opencv(path: Path) -> tuple[Show, dict[str, float]]:
    """OpenCV's own numbering of frames."""
    import cv2

    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)

    def show(i: int) -> Any:
        capture.set(cv2.CAP_PROP_POS_FRAMES, i)
        return capture.read()[1]

    return show, {}


def torchcodec(path: Path) -> tuple[Show, dict[str, float]]:
    """TorchCodec in its exact mode: it scans the file first."""
    from torchcodec.decoders import VideoDecoder

    began = time.perf_counter()
    decoder = VideoDecoder(str(path), dimension_order="NHWC", seek_mode="exact", num_ffmpeg_threads=1)
    return lambda i: decoder[i].numpy(), {"index_s": round(time.perf_counter() - began, 3)}


def decord(path: Path) -> tuple[Show, dict[str, float]]:
    """Decord's reader; it indexes the file when it opens it."""
    from decord import VideoReader

    began = time.perf_counter()
    reader = VideoReader(str(path), num_threads=1)
    return lambda i: reader[i].asnumpy(), {"index_s": round(time.perf_counter() - began, 3)}


WAYS: dict[str, Callable[[Path], tuple[Show, dict[str, float]]]] = {
    "touchline": touchline,
    "opencv": opencv,
    "torchcodec": torchcodec,
    "decord": decord,
}


def visit(way: str, path: Path, asked: list[int], first: int) -> dict[str, Any]:
    """Exactness and time of ``way`` on one file; ``first`` is the number on frame 0."""
    try:
        show, before = WAYS[way](path)
    except (RuntimeError, OSError, ValueError) as fault:
        return {"exact": 0.0, "median_ms": None, "fault": str(fault).strip().splitlines()[0][:120]}
    spent, exact = [], 0
    for i in asked:
        began = time.perf_counter()
        try:
            picture = show(i)
        except (RuntimeError, OSError, ValueError, IndexError):
            picture = None
        spent.append((time.perf_counter() - began) * 1000)
        exact += picture is not None and barcode.read(picture) == (0, i + first)
    return {
        "exact": round(exact / len(asked), 4),
        "median_ms": round(statistics.median(spent), 1),
        "p95_ms": round(statistics.quantiles(spent, n=20)[-1], 1),
        **before,
    }


def in_another(python: Path, way: str, path: Path, asked: list[int], first: int) -> dict[str, Any] | None:
    """``visit`` in the environment of ``python``; None where the library is not there."""
    work = json.dumps([way, str(path), asked, first])
    done = subprocess.run(
        [str(python), __file__, "--visit"], input=work, capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode == 3:
        return None
    if done.returncode:
        return {"exact": 0.0, "median_ms": None, "fault": (done.stderr.strip().splitlines() or ["ended"])[-1][:120]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(seeks: int, count: int, seed: int, peers: Path | None) -> dict[str, Any]:
    """The whole document of one run."""
    chance = random.Random(seed)
    absent: set[str] = set() if peers else set(PEERS)
    files: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        from var.footage.video import index

        for kind, path in kinds(Path(temporary), count).items():
            frames = len(index(path))
            first = count - frames  # what an edit list hides
            asked = [chance.randrange(frames) for _ in range(seeks)]
            found = {way: visit(way, path, asked, first) for way in ("touchline", "opencv")}
            for way in PEERS if peers else ():
                answer = in_another(peers, way, path, asked, first) if peers and way not in absent else None
                if answer is None:
                    absent.add(way)
                else:
                    found[way] = answer
            ours = found["touchline"]["median_ms"]
            for row in found.values():
                row["ratio"] = round(row["median_ms"] / ours, 2) if row["median_ms"] else None
            files[kind] = found
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seeks": seeks,
        "frames": count,
        "size_px": SIZE,
        "absent": sorted(absent),
        "files": files,
    }


def lines(document: dict[str, Any]) -> list[str]:
    """The document as a table for people."""
    out = [f"{document['date']}, {document['machine']}, {document['seeks']} random frames a file"]
    for kind, found in document["files"].items():
        out.append(kind)
        for way, row in found.items():
            took = f"{row['median_ms']} ms (x{row['ratio']})" if row["median_ms"] is not None else row["fault"]
            out.append(f"  {way:<11} exact {row['exact']:.1%}  {took}")
    if document["absent"]:
        out.append("absent: " + ", ".join(document["absent"]))
    return out


def main() -> int:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeks", type=int, default=60)
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peers", type=Path, help="python of an environment with torchcodec or decord")
    parser.add_argument("--visit", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.visit:
        way, path, frames, first = json.load(sys.stdin)
        try:
            __import__(way)
        except (ImportError, RuntimeError, OSError):
            return 3
        print(json.dumps(visit(way, Path(path), frames, first)))
        return 0
    document = measure(asked.seeks, asked.frames, asked.seed, asked.peers)
    print(json.dumps(document, indent=2) if asked.json else "\n".join(lines(document)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

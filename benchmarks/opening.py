"""How long it takes until a two-hour, four-camera match can be watched, beside the way of indexing at every opening.

    python benchmarks/opening.py [--hours 2] [--cameras 4] [--work DIR] [--json]

Makes recordings of 720p at 50 Hz whose packets are those of a short one repeated (every frame is really there), keeps
them as a match, and asks a fresh server for what the player asks: ``match.json``, ``timeline.bin``, the first window
of ``gops.bin`` of each camera and one still of each from the middle. ``cold`` is the first time in that process, with
the files in the system's cache as far as they fit; ``warm`` the median of five more. The peer (``full_index``) opens
the same match as a player would without frame tables: it demuxes every recording and sends one JSON document with all
steps, frames and packets.

Prints a JSON document with ``--json``, else a table; with machine and date.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "var")]

import recordings  # noqa: E402
from long_recording import repeated  # noqa: E402

from touchline.files import sha256_of  # noqa: E402
from touchline.origin import Origin  # noqa: E402
from touchline.store import utc_now  # noqa: E402
from touchline.timebase import ClockMap  # noqa: E402
from var.archive import Archive  # noqa: E402
from var.footage.table import write_table  # noqa: E402
from var.footage.video import index  # noqa: E402
from var.model import Clip, Match, Setup  # noqa: E402
from var.timeline import Timeline  # noqa: E402

FPS, GOP, SHORT = 50, 50, 100
WINDOW = 3000

SERVER = """
import sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from var.archive import Archive
from var.media import routes
uvicorn.run(Starlette(routes=routes(Archive(Path(sys.argv[1])).find)), port=int(sys.argv[2]), log_level="error")
"""


def make_match(home: Path, hours: float, cameras: int) -> dict[str, float]:
    """Record and keep the match; seconds that indexing, hashing and writing the tables took, all cameras together."""
    archive = Archive(home)
    media = archive.folder("long") / "media"
    media.mkdir(parents=True, exist_ok=True)
    clips, spent = [], {"index_s": 0.0, "hash_s": 0.0, "table_s": 0.0}
    for camera in range(cameras):
        path = media / f"cam{camera + 1}.mp4"
        if not path.exists():
            short = recordings.write(
                media / f"short{camera}.mp4",
                SHORT,
                size=(1280, 720),
                rate=Fraction(FPS),
                gop=GOP,
                camera=camera,
            )
            repeated(short, path, round(hours * 3600 * FPS / SHORT))
            short.unlink()
        begun = time.perf_counter()
        found = index(path)
        indexed = time.perf_counter()
        sha256 = sha256_of(path)
        hashed = time.perf_counter()
        write_table(path.with_suffix(".frames"), *found.table())
        spent["index_s"] += indexed - begun
        spent["hash_s"] += hashed - indexed
        spent["table_s"] += time.perf_counter() - hashed
        clips.append(
            Clip(
                camera_id=path.stem,
                label=path.stem,
                path=path,
                proxy=media / f"{path.stem}.proxy",
                sha256=sha256,
                size_px=found.size_px,
                timebase=found.timebase,
                pts=found.pts,
                to_match=ClockMap(Fraction(camera * 7, 1000), 1 + Fraction(camera, 10**6), 0.001),
                timing=Origin.SIMULATED,
                codec=found.codec,
                file_sha256=sha256,
                table=path.with_suffix(".frames"),
            )
        )
    if not archive.known("long"):
        archive.add_match(Match("long", "Long", Origin.SIMULATED, utc_now(), Setup(), tuple(clips)))
    return {name: round(s, 2) for name, s in spent.items()}


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=120) as answer:
        return bytes(answer.read())


def opening(base: str) -> dict[str, float]:
    """Milliseconds of each thing that the player asks, and of all until the first pictures can be decoded."""
    spent: dict[str, float] = {}

    def timed(name: str, ask: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        answer = ask()
        spent[name] = round((time.perf_counter() - begun) * 1000, 1)
        return answer

    match = timed("match_json_ms", lambda: json.loads(get(f"{base}/match.json")))
    line = timed("timeline_ms", lambda: get(f"{base}/timeline.bin?version={match['version']}"))
    cameras = [clip["camera"] for clip in match["clips"]]
    packets = timed("gops_ms", lambda: [get(f"{base}/{camera}/gops.bin?from=0&to={WINDOW}") for camera in cameras])
    assert all(len(found) == 8 + 32 * WINDOW for found in packets)
    middle = match["clips"][0]["n"] // 2
    timed("stills_ms", lambda: [get(f"{base}/{camera}/still/{middle}.jpg?h=360") for camera in cameras])
    spent["until_first_picture_ms"] = round(sum(spent.values()) - spent["stills_ms"], 1)
    spent["timeline_bytes"] = len(line)
    return spent


def full_index(match: Match) -> dict[str, float]:
    """The peer: demux everything, then one JSON document with every step, frame and packet, as gzip."""
    begun = time.perf_counter()
    found = [index(clip.path) for clip in match.clips]
    line = Timeline.of(match)
    document = {
        "t": line.t_s.floats().round(6).tolist(),
        "frames": [line.frames[clip.camera_id].array.tolist() for clip in match.clips],
        "dt_ms": [line.residual_s[clip.camera_id].floats(1000).round(3).tolist() for clip in match.clips],
        "packets": [[list(packet) for packet in source.packets] for source in found],
    }
    data = gzip.compress(json.dumps(document, separators=(",", ":")).encode(), 5)
    return {"until_first_picture_ms": round((time.perf_counter() - begun) * 1000, 1), "bytes": len(data)}


def serve(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(home), str(port)], cwd=ROOT)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            get(f"http://127.0.0.1:{port}/var/ui/player.js")
        except OSError:
            time.sleep(0.05)
            continue
        return process, f"http://127.0.0.1:{port}/var/long"
    process.kill()
    raise SystemExit("the server does not answer")


def measure(home: Path, hours: float, cameras: int) -> dict[str, Any]:
    """The whole document of one run."""
    once = make_match(home, hours, cameras)
    match = Archive(home).match("long")
    process, base = serve(home)
    try:
        cold = opening(base)
        rounds = [opening(base) for _ in range(5)]
    finally:
        process.terminate()
        process.wait(20)
    warm = {name: statistics.median(found[name] for found in rounds) for name in cold}
    peer = full_index(match)
    key = "until_first_picture_ms"
    return {
        "benchmark": "opening",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "frames": [len(clip) for clip in match.clips],
        "once": once,
        "cold": cold,
        "warm": warm,
        "full_index": peer,
        "ratio_cold": round(peer[key] / cold[key], 1),
        "ratio_warm": round(peer[key] / warm[key], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--work", type=Path, help="keep the recordings in this folder and use them again")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = measure(args.work or Path(temporary), args.hours, args.cameras)
    if args.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['machine']}, {found['date']}; frames {found['frames']}")
    for name in ("once", "cold", "warm", "full_index"):
        print(f"{name:>11}  " + "  ".join(f"{what} {value}" for what, value in found[name].items()))
    print(
        f"first picture: {found['ratio_cold']} times (cold), {found['ratio_warm']} times (warm) sooner than full_index"
    )


if __name__ == "__main__":
    main()

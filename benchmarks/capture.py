"""Recording 4 and 8 live streams, beside ``ffmpeg -c copy`` recording the same streams in the same run.

    python benchmarks/capture.py [--streams 4 8] [--seconds 20] [--size 1920x1080] [--fps 25] [--mbps 8] [--json]

Each stream is H.264 in MPEG-TS over TCP, sent in real time by FFmpeg. Prints processor time per second of recording,
the highest memory, and lost pictures: of one Touchline process for all cameras, and of one FFmpeg per camera together.
Proxies are not made meanwhile. Where FFmpeg is absent one line says so.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from var.capture import control
from var.capture.model import CameraSource
from var.footage.table import read_table

TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mb(pid: int) -> float:
    """The most memory a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_clip(path: Path, size: str, fps: int, mbps: float) -> None:
    source = f"testsrc2=size={size}:rate={fps},noise=alls=12:allf=t"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", "6", "-c:v", "libx264"]
    rate = f"{mbps}M"
    command += ["-preset", "ultrafast", "-g", str(2 * fps), "-b:v", rate, "-maxrate", rate, "-bufsize", rate]
    subprocess.run([*command, "-f", "mpegts", str(path)], check=True)


@contextlib.contextmanager
def senders(clip: Path, count: int) -> Any:
    """Addresses of ``count`` cameras that send ``clip`` again and again to who connects first."""
    ports = [free_port() for _ in range(count)]
    command = [
        "ffmpeg",
        "-v",
        "quiet",
        "-nostdin",
        "-re",
        "-stream_loop",
        "-1",
        "-i",
        str(clip),
        "-c",
        "copy",
        "-f",
        "mpegts",
    ]
    running = [subprocess.Popen([*command, f"tcp://127.0.0.1:{port}?listen=1"]) for port in ports]
    time.sleep(1.0)
    try:
        yield [f"tcp://127.0.0.1:{port}" for port in ports]
    finally:
        for process in running:
            process.kill()
            process.wait()


def ours(urls: list[str], seconds: float, folder: Path, fps: int) -> dict[str, Any]:
    match_id = control.start(folder, "bench", [CameraSource(f"Cam {k + 1}", url) for k, url in enumerate(urls)])
    try:
        while (
            (status := control.status(folder, match_id)) is None
            or len(status.cameras) < len(urls)
            or not all(camera.frames for camera in status.cameras)
        ):
            time.sleep(0.2)
        assert status.pid is not None
        began, spent = time.monotonic(), cpu_s(status.pid)
        time.sleep(seconds)
        took = time.monotonic() - began
        load, memory = (cpu_s(status.pid) - spent) / took, peak_mb(status.pid)
    finally:
        last = control.stop(folder, match_id)
    assert last is not None
    lost = sum(camera.lost for camera in last.cameras)
    for camera in last.cameras:  # the file's own time stamps agree: no hole anywhere
        pts = read_table(folder / "matches" / match_id / "media" / f"{camera.camera_id}.frames").pts.array
        lost += round(int(pts[-1] - pts[0]) * fps / 90000) + 1 - len(pts)
    frames = sum(camera.frames for camera in last.cameras)
    return {"cores": load, "memory_mb": memory, "frames": frames, "lost": lost}


def peer(urls: list[str], seconds: float, folder: Path) -> dict[str, Any]:
    files = [folder / f"peer{k}.mp4" for k in range(len(urls))]
    command = ["ffmpeg", "-v", "quiet", "-y", "-f", "mpegts"]
    flags = ["-movflags", "frag_keyframe+empty_moov"]
    running = [
        subprocess.Popen([*command, "-i", url, "-c", "copy", *flags, str(file)], stdin=subprocess.PIPE)
        for url, file in zip(urls, files, strict=True)
    ]
    while not all(file.exists() and file.stat().st_size > 100_000 for file in files):
        time.sleep(0.2)
    began, spent = time.monotonic(), sum(cpu_s(process.pid) for process in running)
    time.sleep(seconds)
    took = time.monotonic() - began
    load = (sum(cpu_s(process.pid) for process in running) - spent) / took
    memory = sum(peak_mb(process.pid) for process in running)
    for process in running:
        process.terminate()
        process.wait()
    return {"cores": load, "memory_mb": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--mbps", type=float, default=8)
    parser.add_argument("--json", action="store_true", help="only the document")
    args = parser.parse_args()
    if shutil.which("ffmpeg") is None or sys.platform != "linux":
        print("capture: skipped, it needs Linux and the program ffmpeg")
        return
    os.environ["TOUCHLINE_CAPTURE_PROXIES"] = "0"
    results = []
    with tempfile.TemporaryDirectory() as name:
        clip = Path(name) / "clip.ts"
        make_clip(clip, args.size, args.fps, args.mbps)
        for count in args.streams:
            with senders(clip, count) as urls:
                mine = ours(urls, args.seconds, Path(name) / f"home{count}", args.fps)
            with senders(clip, count) as urls:
                theirs = peer(urls, args.seconds, Path(name))
            ratio = {key: round(mine[key] / theirs[key], 2) for key in ("cores", "memory_mb")}
            results.append({"streams": count, "touchline": mine, "ffmpeg": theirs, "ratio": ratio})
    document = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "load": os.getloadavg()[0]},
        "stream": {"size": args.size, "fps": args.fps, "mbps": args.mbps, "seconds": args.seconds},
        "results": results,
    }
    if not args.json:
        for row in results:
            print(
                f"{row['streams']} streams: {row['touchline']['cores']:.3f} cores against {row['ffmpeg']['cores']:.3f},"
                f" {row['touchline']['memory_mb']:.0f} MB against {row['ffmpeg']['memory_mb']:.0f},"
                f" lost {row['touchline']['lost']} of {row['touchline']['frames']}"
            )
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()

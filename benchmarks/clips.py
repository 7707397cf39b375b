"""Cutting a clip out of a recording as it is, beside coding it again: time, size, exactness, in one run.

    python benchmarks/clips.py [FILE ...] [--seconds 6] [--rounds 3] [--json]

Without files a recording of 1280 x 720 at 50 pictures a second is made: noise that moves over a moving ramp, H.264 with
a key picture every two seconds, B-frames and AAC, as cameras send it. Of each file the middle ``--seconds`` are written
both ways, in turns; the time of the cut holds that it is read and decoded again before it counts. ``same`` is the share
of the pictures that were asked for whose decoded bytes are those of the source, ``psnr_db`` (of brightness; None where
all are the same) how far the others are from it, ``early_s`` how much lies in the file before the first picture that is
shown. A file that has to be coded again in any case is named with ``cut`` None.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.export.clips import frames_between, write_coded
from var.export.cutting import cut_of, write_cut
from var.footage.table import write_table
from var.footage.video import Reader, index
from var.model import Clip

SIZE, RATE, MADE_S = (1280, 720), 50, 13


def make(path: Path) -> Path:
    """A recording as a camera's encoder makes it: pictures that cost bits, a key every two seconds, sound."""
    import av

    rng = np.random.default_rng(6)
    noise = rng.integers(0, 40, (SIZE[1], 2 * SIZE[0]), np.uint8)
    ramp = np.linspace(40, 190, 2 * SIZE[0]).astype(np.uint8)[None, :]
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.codec_context.gop_size = 2 * RATE
        video.options = {"preset": "veryfast", "crf": "23", "bf": "2"}
        tone: Any = out.add_stream("aac", rate=48000, layout="mono")
        for i in range(MADE_S * RATE):
            rows = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
            at = 3 * i % SIZE[0]
            rows[: SIZE[1]] = np.roll(noise, i % 7, axis=0)[:, at : at + SIZE[0]] + ramp[:, at : at + SIZE[0]]
            out.mux(video.encode(av.VideoFrame.from_ndarray(rows, format="yuv420p")))
        out.mux(video.encode(None))
        for at in range(0, MADE_S * 48000, 1024):
            samples = 0.3 * np.sin(2 * np.pi * 440 * np.arange(at, at + 1024) / 48000)
            block = av.AudioFrame.from_ndarray(samples.astype(np.float32)[None], format="fltp", layout="mono")
            block.sample_rate, block.pts, block.time_base = 48000, at, Fraction(1, 48000)
            out.mux(tone.encode(block))
        out.mux(tone.encode(None))
    return path


def clip_of(path: Path, folder: Path) -> Clip:
    """``path`` as a match has it: indexed, with its frame table."""
    found, table = index(path), folder / f"{path.stem}.frames"
    write_table(table, *found.table())
    return Clip(
        camera_id="cam1",
        label=path.name,
        path=path,
        proxy=path,
        sha256="0" * 64,
        size_px=found.size_px,
        timebase=found.timebase,
        pts=found.pts,
        to_match=ClockMap(),
        timing=Origin.IMPORTED,
        codec=found.codec,
        table=table,
    )


def likeness(clip: Clip, frames: range, written: Path) -> dict[str, Any]:
    """How the pictures of a written clip compare with those of the source that they show."""
    same, wrong = 0, []
    found = index(written)
    with Reader(clip) as before, Reader(found) as after:
        for place, frame in enumerate(frames):
            a, b = before.rows(frame), after.rows(place)
            same += int(np.array_equal(a, b))
            height = a.shape[0] * 2 // 3
            wrong.append(float(((a[:height].astype(np.float32) - b[:height]) ** 2).mean()))
    mean = statistics.fmean(wrong)
    psnr = None if mean == 0 else round(float(10 * np.log10(255**2 / mean)), 1)
    return {"same": round(same / len(frames), 4), "psnr_db": psnr}


def measure(path: Path, folder: Path, seconds: float, rounds: int) -> dict[str, Any]:
    """One file, both ways."""
    clip = clip_of(path, folder)
    middle, half = clip.match_s(len(clip) // 2), Fraction(seconds) / 2
    frames = frames_between(clip, middle - half, middle + half)
    cut = cut_of(clip, frames)
    about = {"file": path.name, "codec": clip.codec, "size_px": list(clip.size_px), "frames": len(frames)}
    if cut is None:
        return {**about, "cut": None}
    took: dict[str, list[float]] = {"cut": [], "coded": []}
    files = {name: folder / f"{name}.mp4" for name in took}
    for _ in range(rounds):
        begun = time.perf_counter()
        if write_cut(files["cut"], clip, cut) is None:
            raise SystemExit(f"{path.name}: what was cut does not read as it should")
        took["cut"].append(time.perf_counter() - begun)
        with Reader(clip) as reader:
            begun = time.perf_counter()
            write_coded(files["coded"], clip, reader, frames, "", None, lambda share: None)
            took["coded"].append(time.perf_counter() - begun)
    kinds = {
        name: {
            "s": round(statistics.median(took[name]), 3),
            "bytes": files[name].stat().st_size,
            **likeness(clip, frames, files[name]),
        }
        for name in took
    }
    early_s = float(clip.match_s(cut.first) - clip.match_s(cut.first - cut.lead))
    return {
        **about,
        **kinds,
        "early_s": round(early_s, 2),
        "ratio_time": round(kinds["cut"]["s"] / kinds["coded"]["s"], 3),
        "ratio_size": round(kinds["cut"]["bytes"] / kinds["coded"]["bytes"], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = [measure(path, folder, args.seconds, args.rounds) for path in args.files or [make(folder / "made.mp4")]]
    document = {
        "benchmark": "clips",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "files": found,
    }
    if args.json:
        print(json.dumps(document, indent=2))
        return
    print(f"{document['machine']}, {document['date']}, load {document['load']}")
    for each in found:
        if each["cut"] is None:
            print(f"{each['file']} ({each['codec']}): is coded again in any case")
            continue
        print(f"{each['file']} ({each['codec']}, {each['frames']} frames, {each['early_s']} s early)")
        for name in ("cut", "coded"):
            part = each[name]
            psnr = "" if part["psnr_db"] is None else f", {part['psnr_db']} dB"
            print(f"  {name:5}  {part['s']:6.2f} s  {part['bytes'] / 1e6:6.2f} MB  same {part['same']:.0%}{psnr}")
        print(f"  cut by coded: time {each['ratio_time']}, size {each['ratio_size']}")


if __name__ == "__main__":
    main()

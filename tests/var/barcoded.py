"""Clips whose every frame carries its camera and number as a bar code, so that a test reads what is really shown."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from touchline.files import sha256_of
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.footage.proxy import make_proxy
from var.footage.video import index
from var.model import AttackDirection, Clip, Match, Period, Setup

WIDTH, HEIGHT = 640, 360
SYNC = "10101100"
BITS = 32  # sync 8, camera 4, frame 12, check 8
CELL = WIDTH / (BITS + 4)  # two quiet cells on either side
ROW = (0.42, 0.50)  # the code lies in the middle, where no label of the player covers it


def check_of(camera: int, frame: int) -> int:
    """A check sum over camera and frame, so that a smeared picture is not read as another frame."""
    return (camera * 37 + frame * 101 + (frame >> 5) * 59 + 90) & 0xFF


def bits_of(camera: int, frame: int) -> str:
    """The code as zeros and ones."""
    return SYNC + f"{camera:04b}{frame:012b}{check_of(camera, frame):08b}"


READ_BARS_JS = """
(canvas) => {
  const {width, height} = canvas, y = Math.round(height * 0.46);
  const row = canvas.getContext('2d').getImageData(0, y, width, 1).data;
  let bits = '';
  for (let k = 0; k < 32; k++) bits += row[4 * Math.floor((k + 2.5) * width / 36) + 1] > 120 ? '1' : '0';
  const camera = parseInt(bits.slice(8, 12), 2), frame = parseInt(bits.slice(12, 24), 2);
  const check = (camera * 37 + frame * 101 + (frame >> 5) * 59 + 90) & 255;
  return bits.startsWith('10101100') && parseInt(bits.slice(24), 2) === check ? [camera, frame] : null;
}
"""
"""Reads the code back from a canvas that shows the whole picture: ``[camera, frame]`` or null."""


def picture(camera: int, frame: int) -> NDArray[np.uint8]:
    """Frame ``frame`` of a camera as planar 4:2:0, shape (540, 640)."""
    luma = np.full((HEIGHT, WIDTH), 70 + 12 * camera, np.uint8)
    luma[:, :: WIDTH // 16] = 95
    x = (frame * 5) % (WIDTH - 30)
    luma[250:300, x : x + 30] = 200
    top, bottom = (round(part * HEIGHT) for part in ROW)
    luma[top - 6 : bottom + 6] = 16
    for k, bit in enumerate(bits_of(camera, frame)):
        luma[top:bottom, round((k + 2) * CELL) : round((k + 3) * CELL)] = 235 if bit == "1" else 16
    chroma = np.full((HEIGHT // 2, WIDTH), 124, np.uint8)
    return np.concatenate([luma, chroma])


def record(path: Path, camera: int, fps: Fraction, frames: int) -> None:
    """Write a clip with key frames two seconds apart and B pictures, as cameras and editors do."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = round(2 * fps)
        stream.options = {"preset": "ultrafast", "bf": "2", "crf": "23"}
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(camera, i), format="yuv420p")
            frame.pts, frame.time_base = i, 1 / fps
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@dataclass(frozen=True)
class Angle:
    """What a barcoded camera records."""

    fps: Fraction
    frames: int
    offset_s: Fraction


ANGLES = (
    Angle(Fraction(50), 300, Fraction(0)),
    Angle(Fraction(50), 240, Fraction(10073, 10000)),
    Angle(Fraction(25), 165, Fraction(-513, 1000)),
    Angle(Fraction(30000, 1001), 90, Fraction(12, 10)),
)


def make_match(home: Path, match_id: str = "bars", angles: tuple[Angle, ...] = ANGLES) -> Match:
    """Record, copy and keep a match of barcoded cameras under ``home``."""
    archive = Archive(home)
    folder = archive.folder(match_id)
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for camera, angle in enumerate(angles):
        path, proxy = folder / f"cam{camera + 1}.mp4", folder / f"cam{camera + 1}.proxy.mp4"
        record(path, camera, angle.fps, angle.frames)
        found = index(path)
        make_proxy(found, proxy, height=HEIGHT)
        clips.append(
            Clip(
                camera_id=f"cam{camera + 1}",
                label=f"Cam {camera + 1}",
                path=path,
                proxy=proxy,
                sha256=sha256_of(path),
                size_px=found.size_px,
                timebase=found.timebase,
                pts=found.pts,
                to_match=ClockMap(angle.offset_s, sigma_s=0.002),
                timing=Origin.SIMULATED,
                codec=found.codec,
            )
        )
    periods = (Period("Hiệp 1", Fraction(1, 2), 0, AttackDirection.RIGHT),)
    match = Match(match_id, "Bars", Origin.SIMULATED, utc_now(), Setup(periods=periods), tuple(clips))
    archive.add_match(match)
    return match

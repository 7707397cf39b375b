"""A recording that grows as a live one does: a fragmented MP4 and its frame table, written piece by piece."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
from barcoded import HEIGHT, WIDTH, picture

from touchline.files import sha256_of
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.footage.table import TableWriter
from var.footage.video import index
from var.model import Clip

GOP = 10


def record(path: Path, camera: int, fps: int, frames: int) -> None:
    """Write a fragmented MP4 of bar codes with B pictures, one fragment a closed group of pictures."""
    with av.open(
        str(path), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    ) as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = GOP
        stream.options = {"preset": "ultrafast", "bf": "2", "crf": "23", "x264-params": "open-gop=0:scenecut=0"}
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(camera, i), format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


class Growing:
    """A camera of bar codes whose file and table hold what was recorded so far, and no more."""

    def __init__(self, folder: Path, name: str, camera: int, *, fps: int = 25, frames: int = 1000) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        whole = folder / f"{name}.whole.mp4"
        record(whole, camera, fps, frames)
        self.found = index(whole)
        self.timebase, coding, self.rows = self.found.table()
        self.data = whole.read_bytes()
        whole.unlink()
        self.name, self.fps, self.done = name, fps, 0
        self.path, self.table = folder / f"{name}.mp4", folder / f"{name}.frames"
        self.writer = TableWriter(self.table, self.timebase, coding)
        self.path.write_bytes(b"")

    def grow(self, seconds: float) -> None:
        """Record until that many seconds were recorded: first the bytes, then the table that names them."""
        until = min(len(self.rows), round(seconds * self.fps) // GOP * GOP)
        if until <= self.done:
            return
        last = self.rows[until - 1]
        end = int(last["pos"]) + int(last["size"])
        with self.path.open("ab") as stream:
            stream.write(self.data[stream.tell() : end])
        self.writer.append(self.rows[self.done : until], sync=False)
        self.writer.flush()
        self.done = until

    def clip(self, folder: Path, offset_s: Fraction = Fraction(0)) -> Clip:
        """The angle as a recording that goes on."""
        return Clip(
            camera_id=self.name,
            label=self.name.capitalize(),
            path=self.path,
            proxy=folder / f"{self.name}.proxy",
            sha256=sha256_of(self.path),
            size_px=self.found.size_px,
            timebase=self.timebase,
            pts=self.found.pts[: max(1, self.done - 4)],
            to_match=ClockMap(offset_s, sigma_s=0.02),
            timing=Origin.MEASURED,
            codec=self.found.codec,
            recording=True,
            table=self.table,
        )


class Recorder(threading.Thread):
    """Lets cameras grow in real time until it is stopped. ``silent`` ones stay as they are."""

    def __init__(self, cameras: Sequence[Growing], from_s: float) -> None:
        super().__init__(daemon=True)
        self.cameras, self.from_s = list(cameras), from_s
        self.silent: set[str] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        began = time.monotonic()
        while not self.ended.wait(0.1):
            for camera in list(self.cameras):
                if camera.name not in self.silent:
                    camera.grow(self.from_s + time.monotonic() - began)

    def stop(self) -> None:
        """No camera grows any more when this returns."""
        self.ended.set()
        self.join(10)

"""Rendering: one process a camera draws and encodes; files take their names only when all of them are whole."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from touchline.errors import BadFile, BadValue
from touchline.files import replacing
from var.synthetic import truth
from var.synthetic.camera import Camera
from var.synthetic.draw import Painter
from var.synthetic.scene import Scene
from var.synthetic.sound import SAMPLE_RATE_HZ, track

Progress = Callable[[float, str], None]
"""Called with the share that is done (0 to 1) and the id of the camera that went on; ``""`` at the end."""

SOUND_CHUNK = 1024
BITS_A_PIXEL = 0.09
"""About 9 Mbit/s for 1080p at 50 pictures a second."""


@dataclass(frozen=True, slots=True)
class RenderedMatch:
    """What ``render_match`` wrote: the folder, the cameras as rendered, and each camera's file."""

    folder: Path
    cameras: tuple[Camera, ...]
    files: dict[str, Path]

    def truth(self) -> truth.Truth:
        """The truth that lies beside the files."""
        return truth.load_truth(self.folder)


def encode(path: Path, scene: Scene, camera: Camera, said: Callable[[int], None]) -> None:
    """Draw every picture of ``camera`` at its own instant and write H.264 and AAC to ``path`` (MP4).

    Picture ``i`` has the time stamp ``i`` in ticks of one over the frame rate. ``said`` gets how many are done.
    """
    painter = Painter(scene, camera)
    frames = camera.frames()
    samples = int(frames / camera.fps * SAMPLE_RATE_HZ)
    sound = track(scene, camera, samples)
    w, h = camera.size_px
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=camera.fps)
        video.width, video.height, video.pix_fmt = w, h, "yuv420p"
        context = video.codec_context
        context.time_base = video.time_base = 1 / camera.fps
        context.gop_size = round(2 * camera.fps)
        context.bit_rate = int(w * h * float(min(camera.fps, Fraction(50))) * BITS_A_PIXEL)
        context.thread_count = 1  # the cameras run side by side, and one thread gives the same file every time
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        video.options = {"preset": "superfast", "profile": "high", "bf": str(camera.b_frames), "sc_threshold": "0"}
        audio = out.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        audio.bit_rate = 96_000
        heard = 0

        def hear(until: int) -> None:
            nonlocal heard
            while heard < until:
                chunk = sound[heard : min(heard + SOUND_CHUNK, samples)]
                piece = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk[None]), format="fltp", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = SAMPLE_RATE_HZ, heard, Fraction(1, SAMPLE_RATE_HZ)
                out.mux(audio.encode(piece))
                heard += len(chunk)

        for i in range(frames):
            picture = painter.picture(float(camera.match_s(i)))
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(
                format="yuv420p",
                src_color_range=ColorRange.JPEG,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            frame.pts, frame.time_base = i, 1 / camera.fps
            out.mux(video.encode(frame))
            hear(int((i + 1) / camera.fps * SAMPLE_RATE_HZ))
            said(i + 1)
        hear(samples)
        out.mux(video.encode(None))
        out.mux(audio.encode(None))


def render_match(
    folder: Path,
    scene: Scene,
    cameras: Sequence[Camera],
    *,
    size: tuple[int, int] = (1920, 1080),
    seconds: Fraction | int = 12,
    progress: Progress | None = None,
    workers: int = 2,
) -> RenderedMatch:
    """Render ``scene`` for every camera up to ``seconds`` of match time into ``folder``, with the truth beside it.

    Writes ``<camera id>.mp4``, ``truth.npz`` and, last, ``truth.json``. Where anything fails or ``progress`` raises,
    the processes are ended and nothing new is left in the folder.

    Raises ``BadValue`` for a camera that takes no picture in that time, ``BadFile`` where one could not be rendered.
    """
    until_s = Fraction(seconds)
    shown = tuple(replace(c.scaled(size), until_s=min(c.until_s, until_s)) for c in cameras)
    for camera in shown:
        if camera.frames() < 1:
            raise BadValue("var.errors.camera_without_pictures", camera=camera.id, seconds=until_s)
    say = progress or (lambda share, camera_id: None)
    folder.mkdir(parents=True, exist_ok=True)
    names = {camera.id: f"{camera.id}.mp4" for camera in shown}
    with contextlib.ExitStack() as files:
        # All files wait under temporary names until the block ends; what was opened last is renamed first, so
        # truth.json, which says that the folder is complete, comes last.
        facts = files.enter_context(replacing(folder / truth.JSON_NAME))
        arrays = files.enter_context(replacing(folder / truth.ARRAYS_NAME))
        media = {camera.id: files.enter_context(replacing(folder / names[camera.id])) for camera in shown}
        _Crew(scene, shown, media, say, max(1, workers)).work()
        truth.write_arrays(arrays, scene, min(c.to_match.offset_s for c in shown), until_s)
        document = truth.document(scene, shown, media, names)
        facts.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n", "utf-8")
        say(1.0, "")
        (folder / truth.JSON_NAME).unlink(missing_ok=True)  # an older truth must not stand beside newer pictures
    return RenderedMatch(folder, shown, {key: folder / name for key, name in names.items()})


class _Crew:
    """Worker processes: ``python -m var.synthetic.render``, fed through standard input, so that no start method and no
    caller's main module (a page, a console) matters."""

    def __init__(
        self, scene: Scene, cameras: tuple[Camera, ...], media: dict[str, Path], say: Progress, workers: int
    ) -> None:
        self.scene, self.media, self.say = scene, media, say
        self.waiting: queue.Queue[Camera] = queue.Queue()
        for camera in sorted(cameras, key=lambda c: -c.frames()):  # the longest first, so that none drags behind
            self.waiting.put(camera)
        self.total = sum(camera.frames() for camera in cameras)
        self.news: queue.Queue[tuple[str, int, str | None]] = queue.Queue()
        self.workers = min(workers, len(cameras))
        self.lock = threading.Lock()
        self.running: set[subprocess.Popen[bytes]] = set()
        self.stopped = False

    def work(self) -> None:
        """Render all cameras; returns when every file is written."""
        threads = [threading.Thread(target=self._one_after_another, daemon=True) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        try:
            done: dict[str, int] = {}
            finished = 0
            while finished < len(self.media):
                camera_id, frames, fault = self.news.get()
                if fault is not None:
                    raise BadFile("var.errors.render_failed", camera=camera_id, fault=fault)
                if frames < 0:
                    finished += 1
                    continue
                done[camera_id] = frames
                self.say(min(0.99, sum(done.values()) / self.total), camera_id)
        finally:
            with self.lock:
                self.stopped = True
                for process in self.running:
                    process.kill()
            for thread in threads:
                thread.join()

    def _one_after_another(self) -> None:
        while True:
            try:
                camera = self.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                fault = self._run(camera)
            except (OSError, ValueError, pickle.PicklingError) as error:
                fault = str(error) or type(error).__name__
            self.news.put((camera.id, -1, fault))
            if fault is not None:
                return

    def _run(self, camera: Camera) -> str | None:
        root = str(Path(__file__).resolve().parents[2])
        where = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        with self.lock:
            if self.stopped:
                return "stopped"
            process = subprocess.Popen(
                [sys.executable, "-m", "var.synthetic.render"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": where, "OPENCV_LOG_LEVEL": "ERROR"},
            )
            self.running.add(process)
        errors: list[bytes] = []
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        listener = threading.Thread(target=lambda pipe: errors.append(pipe.read()), args=(process.stderr,), daemon=True)
        listener.start()
        with process:
            with contextlib.suppress(BrokenPipeError):  # it died at once: its own words follow
                process.stdin.write(pickle.dumps((self.scene, camera, str(self.media[camera.id]))))
                process.stdin.close()
            for line in process.stdout:
                if line.startswith(b"frame "):
                    self.news.put((camera.id, int(line[6:]), None))
            code = process.wait()
        listener.join()
        with self.lock:
            self.running.discard(process)
        if code == 0:
            return None
        words = b"".join(errors).decode("utf-8", "replace").strip().splitlines()
        return words[-1] if words else f"exit {code}"


def _worker() -> None:
    """Render the job on standard input; one line for every tenth picture on standard output."""
    job: Any = pickle.loads(sys.stdin.buffer.read())
    scene, camera, path = job
    frames = camera.frames()

    def said(done: int) -> None:
        if done % 10 == 0 or done == frames:  # a closed pipe here ends a worker whose parent is gone
            sys.stdout.write(f"frame {done}\n")
            sys.stdout.flush()

    encode(Path(path), scene, camera, said)


if __name__ == "__main__":
    import cv2

    cv2.setNumThreads(1)
    _worker()

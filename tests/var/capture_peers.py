"""Cameras for tests of live capture: senders that can be killed and started again, and what they sent read back."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import av
import barcode
import pytest
from recordings import X264, write

from var.capture import control
from var.capture.model import CameraSource, CameraState, CameraStatus, CaptureState
from var.footage.table import FrameTable, read_table
from var.footage.video import index

RTSP_PEER = Path(__file__).with_name("rtsp_peer.py")
T = TypeVar("T")


def absent(reason: str) -> None:
    """Skip the test for want of a peer; with ``CI=true`` it fails, so that nothing is left out unseen."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def need_ffmpeg(protocol: str = "udp") -> str:
    program = shutil.which("ffmpeg")
    if program is None or protocol not in _protocols(program):
        absent(f"no ffmpeg with {protocol} here; install the package ffmpeg")
    assert program is not None
    return program


@cache
def _protocols(program: str) -> list[str]:
    return subprocess.run([program, "-hide_banner", "-protocols"], capture_output=True, text=True).stdout.split()


def need_rtsp_server() -> None:
    code = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if (
        not Path("/usr/bin/python3").exists()
        or subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True).returncode
    ):
        absent("no GStreamer RTSP server here; install gir1.2-gst-rtsp-server-1.0 and python3-gi")


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def numbered(path: Path, count: int = 500, *, bf: int = 0, gop: int = 12, camera: int = 0, sound: bool = False) -> Path:
    """A file of 25 pictures a second, each with its number."""
    span = (0.0, count / 25) if sound else None
    return write(path, count, options=X264 | {"bf": str(bf)}, gop=gop, camera=camera, sound_s=span)


@contextmanager
def process(command: list[str], ready: bytes = b"") -> Iterator[subprocess.Popen[bytes]]:
    """A peer that runs in the block; with ``ready`` the block begins when the peer has printed that."""
    peer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert peer.stdout is not None
        if ready:
            assert peer.stdout.readline().strip() == ready
        yield peer
    finally:
        if peer.poll() is None:
            peer.kill()
        peer.wait()
        assert peer.stdout is not None
        peer.stdout.close()


def listens(port: int) -> bool:
    """Whether somebody on this machine waits at a port, over TCP or UDP."""
    rows = [line.split() for name in ("tcp", "udp") for line in Path("/proc/net", name).read_text().splitlines()[1:]]
    return any(int(row[1].rpartition(":")[2], 16) == port and row[3] in ("0A", "07") for row in rows)


def rtsp_server(port: int, file: Path, *more: str) -> object:
    need_rtsp_server()
    return process(["/usr/bin/python3", str(RTSP_PEER), str(port), str(file), *more], b"ready")


def sending(file: Path, url: str, *more: str, loop: bool = False, form: str = "mpegts") -> object:
    """FFmpeg sending ``file`` in real time to ``url``."""
    program = need_ffmpeg(url.partition(":")[0] if "://" in url else "file")
    again = ["-stream_loop", "-1"] if loop else []
    command = [program, "-v", "quiet", "-nostdin", "-re", *again, "-i", str(file), "-c", "copy", *more]
    return process([*command, "-f", form, url])


def wait(what: str, found: Callable[[], T | None], within_s: float = 30.0) -> T:
    """What ``found`` returns once that is true. Fails after ``within_s``."""
    ends_s = time.monotonic() + within_s
    while time.monotonic() < ends_s:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {within_s} s: {what}; last status: {_LAST}")


_LAST: list[object] = []


def camera(home: Path, match_id: str, position: int = 0) -> CameraStatus | None:
    status = control.status(home, match_id)
    _LAST[:] = [status]
    return status.cameras[position] if status is not None and len(status.cameras) > position else None


def wait_frames(home: Path, match_id: str, frames: int, position: int = 0, within_s: float = 30.0) -> CameraStatus:
    """The camera's status once that many frames are recorded."""

    def enough() -> CameraStatus | None:
        now = camera(home, match_id, position)
        return now if now is not None and now.frames >= frames else None

    return wait(f"{frames} frames of camera {position}", enough, within_s)


def wait_state(
    home: Path, match_id: str, state: CameraState, position: int = 0, within_s: float = 20.0
) -> CameraStatus:
    def there() -> CameraStatus | None:
        now = camera(home, match_id, position)
        return now if now is not None and now.state is state else None

    return wait(f"{state} of camera {position}", there, within_s)


@contextmanager
def capturing(home: Path, *urls: str, name: str = "Trận thử") -> Iterator[str]:
    """A capture in its own process; the identifier of its match. It is stopped with the block."""
    sources = [CameraSource(f"Cam {k + 1}", url) for k, url in enumerate(urls)]
    match_id = control.start(home, name, sources)
    try:
        yield match_id
    finally:
        last = control.stop(home, match_id)
        assert last is not None
        log = home / "matches" / match_id / "capture.log"
        assert last.state in (CaptureState.ENDED, CaptureState.GONE), last
        assert "Traceback" not in (log.read_text() if log.exists() else "")


def media(home: Path, match_id: str, camera_id: str = "cam1") -> Path:
    return home / "matches" / match_id / "media" / f"{camera_id}.mp4"


def numbers(path: Path) -> list[int]:
    """The number of every frame of a recording in the order of showing, each read from its picture."""
    found = []
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.options = {"err_detect": "explode"}
        for frame in container.decode(video=0):
            read = barcode.read(frame.to_ndarray(format="bgr24"))
            assert read is not None, f"{path.name}: frame {len(found)} is damaged"
            found.append(read[1])
    return found


def table(path: Path) -> FrameTable:
    return read_table(path.with_suffix(".frames"))


def same_as_index(path: Path) -> FrameTable:
    """The recording's table, once it says the very same as a pass over the whole recording."""
    kept, made = table(path), index(path)
    assert kept.timebase == made.timebase
    assert kept.pts == list(made.pts)
    assert kept.coding.extradata == made.extradata
    assert kept.coding.codec == made.codec
    told = kept.coding.decoder in ("h264", "hevc", "mjpeg", "libdav1d", "av1")  # others do not say in a key picture
    rows = [(int(r["pos"]), int(r["size"]), bool(r["flags"] & 2)) for r in kept.rows]
    assert rows == [(entry.pos, entry.size, entry.idr and told) for entry in made.packets]
    assert [entry.display for entry in made.packets] == kept.display.tolist()
    return kept


def steps(found: list[int]) -> list[int]:
    """Where a row of numbers does not go on by one."""
    return [k for k in range(1, len(found)) if found[k] != found[k - 1] + 1]


PYTHON = sys.executable

"""The recording process of one match: its cameras, the disk, and what it says of itself."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
import unicodedata
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.store import utc_now
from var.archive import Archive
from var.capture.address import MOST_CAMERAS, parse
from var.capture.camera import Camera
from var.capture.journal import Journal
from var.capture.lock import alone
from var.capture.model import CameraSource, CaptureState, CaptureStatus
from var.capture.registry import Names, Registry
from var.capture.repair import repair_aside, unfinished
from var.capture.state import Captures, lock_path
from var.capture.writing import Surroundings

BEAT_S = 0.5
_RESERVE_BYTES, _RESERVE_SHARE = 200 << 20, 0.02
_SAY_AGAIN_S = 60.0
_RATE_WINDOW_S = 300.0
_PROXIES_AGAIN_S = 30.0
_CLOSE_WITHIN_S = 20.0
_KEEP_WITHIN_S = 40.0  # a busy database answers after 30 s
_LOCK_WITHIN_S = 5.0
_REPAIR_WITHIN_S = 600.0
_NO_DISK = SimpleNamespace(total=100, free=0)
Tell = Callable[[CaptureStatus], None]


def checked(cameras: Sequence[CameraSource]) -> list[CameraSource]:
    """``cameras`` if they can be tried. Raises ``BadValue`` for none, more than eight, a bad address, no name."""
    if not 1 <= len(cameras) <= MOST_CAMERAS:
        raise BadValue("var.errors.capture_camera_count", count=len(cameras), most=MOST_CAMERAS)
    for camera in cameras:
        if not camera.name.strip() or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in camera.name.strip()):
            raise BadValue("var.errors.capture_no_name", source=parse(camera.url).shown)
        parse(camera.url)
    return [CameraSource(camera.name.strip(), camera.url.strip()) for camera in cameras]


def announcement(home: Path, match_id: str, name: str) -> CaptureStatus:
    """What is said of a capture before its process says anything."""
    free = shutil.disk_usage(home).free
    return CaptureStatus(match_id, name, CaptureState.STARTING, None, utc_now(), 0.0, (), free, None, 0.0)


class Engine:
    """Records a match until it is stopped or every camera has ended."""

    def __init__(self, home: Path, match_id: str, name: str, cameras: Sequence[CameraSource]) -> None:
        self.home, self.match_id, self.name = home, match_id, name
        self.cameras_wanted = checked(cameras)
        self.archive = Archive(home)
        self.captures = Captures(home)
        self.stop_event = threading.Event()
        self.room = threading.Event()
        self.room.set()
        self.cameras: list[Camera] = []
        self.state = CaptureState.STARTING
        self._started_s = time.monotonic()
        self._started_utc = utc_now()
        self._written: deque[tuple[float, int, int]] = deque()
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._proxies: subprocess.Popen[bytes] | None = None
        self._proxies_s = -_PROXIES_AGAIN_S

    def run(self, *, seconds: float | None = None, tell: Tell | None = None) -> CaptureStatus:
        """Record; the last status. ``tell`` hears each status. Raises ``BadValue`` where another process records it."""
        with alone(lock_path(self.home, self.match_id), _LOCK_WITHIN_S) as free:
            if not free:
                raise BadValue("var.errors.capture_running", match=self.match_id)
            left = unfinished(self.archive, self.match_id)
            zero = self.captures.begin(self.match_id, self.name, self._status())
            names = Names(self.archive, self.match_id)
            self.registry = Registry(self.archive, self.match_id, self.name)
            folder = self.archive.folder(self.match_id) / "media"
            folder.mkdir(parents=True, exist_ok=True)
            match = self.archive.find(self.match_id)
            live = [clip for clip in match.clips if Journal.beside(clip.path).path.exists()] if match else []
            foreign = match is not None and not live
            around = Surroundings(
                folder,
                zero.ns,
                names.new_id,
                names.new_name,
                self.registry.tell,
                self.room,
                _FOREIGN_SIGMA_S if foreign else zero.more_sigma_s,
            )
            self.cameras += [Camera(wanted.name, parse(wanted.url), around) for wanted in self.cameras_wanted]
            self.registry.order([camera.camera_id for camera in self.cameras])
            if left:  # hashing what broke off may take minutes, and the match goes on
                aside = threading.Thread(target=self._repair, args=(left,), name="repair", daemon=True)
                aside.start()
            keeper = threading.Thread(target=self._keep, name="keep", daemon=True)
            try:
                self._record(seconds, tell, keeper)
            finally:
                status = self._close(tell, keeper)
        if left:  # where that was not done beside the recording it is done now: nobody looks at an ended capture again
            self._repair(left, 0.0)
        return status

    def _repair(self, left: list[str], wait_s: float = _REPAIR_WITHIN_S) -> None:
        with contextlib.suppress(BadFile, OSError):  # then the next start of the application closes it
            repair_aside(self.archive, self.match_id, left, wait_s)

    def _keep(self) -> None:
        """Keep angles and status in the database, which others may hold for long; nothing else waits for it."""
        said, said_s = "", -math.inf
        while not self._closed.is_set():
            began_s = time.monotonic()
            try:
                self.registry.settle()
                if self._beat(self._status()):
                    self.stop_event.set()
            except Exception as fault:  # noqa: BLE001  what is wrong with the archive must not end the recording
                if repr(fault) != said or began_s - said_s > _SAY_AGAIN_S:
                    said, said_s = repr(fault), began_s
                    traceback.print_exc()
            self._closed.wait(max(0.01, BEAT_S - (time.monotonic() - began_s)))

    def _record(self, seconds: float | None, tell: Tell | None, keeper: threading.Thread) -> None:
        self._watch_disk()
        for camera in self.cameras:
            camera.start()
        self.state = CaptureState.RECORDING
        keeper.start()
        ends_s = None if seconds is None else time.monotonic() + seconds
        while not self.stop_event.is_set():
            began_s = time.monotonic()
            self._watch_disk()
            self._follow_with_proxies()
            if tell is not None:
                with contextlib.suppress(OSError):  # whoever read the progress may have gone; the recording goes on
                    tell(self._status())
            if all(camera.finished for camera in self.cameras):
                return
            left_s = BEAT_S - (time.monotonic() - began_s)
            if ends_s is not None:
                left_s = min(left_s, ends_s - time.monotonic())
                if time.monotonic() >= ends_s:
                    return
            self.stop_event.wait(max(0.01, left_s))

    def _close(self, tell: Tell | None, keeper: threading.Thread) -> CaptureStatus:
        self.state = CaptureState.STOPPING
        for camera in self.cameras:
            camera.stop()
        ends_s = time.monotonic() + _CLOSE_WITHIN_S
        for camera in self.cameras:
            camera.close_by(ends_s)
        self._closed.set()
        if keeper.ident is not None:
            keeper.join(_KEEP_WITHIN_S)
        ends_s = time.monotonic() + _CLOSE_WITHIN_S
        while not keeper.is_alive() and not self.registry.settle() and time.monotonic() < ends_s:
            time.sleep(BEAT_S)
        self.state = CaptureState.ENDED
        status = self._status()
        # Where the database stays busy the recordings are whole, and the next start of the application keeps them.
        if not keeper.is_alive():
            self._beat(status)
        if tell is not None:
            with contextlib.suppress(OSError):
                tell(status)
        folder = self.archive.folder(self.match_id)
        if not self.archive.known(self.match_id):  # nothing came: leave no empty folder behind
            with contextlib.suppress(OSError):
                (folder / "media").rmdir()
        return status

    def _beat(self, status: CaptureStatus) -> bool:
        try:
            return self.captures.beat(status)
        except BadFile:  # the database is busy or the disk is full; the recording goes on
            return False

    # ------------------------------------------------------------------ disk

    def _usage(self) -> Any:
        """Room on the disk; nothing free where the disk is away."""
        try:
            return shutil.disk_usage(self.home)
        except OSError:
            return _NO_DISK

    def _watch_disk(self) -> None:
        """Pause before the disk is quite full: what people mark and decide must still find room. End where the match
        was removed for good: nobody would find what is recorded on."""
        try:
            self.archive.folder(self.match_id).stat()
        except FileNotFoundError:
            self.stop_event.set()
        except OSError:  # a disk that does not answer may do so again
            pass
        usage = self._usage()
        reserve = min(_RESERVE_BYTES, round(usage.total * _RESERVE_SHARE))
        if usage.free < reserve:
            self.room.clear()
        elif usage.free > reserve * 1.5:
            self.room.set()

    def _disk_left_s(self, free: int, total: int) -> float | None:
        """How long the disk lasts at the rate of the last minutes; None before there is a rate. It is the rate of the
        recordings, or that at which the free space went down where that was more: proxies are made beside them."""
        with self._guard:
            now_s = time.monotonic()
            written = sum(camera.written for camera in self.cameras)
            self._written.append((now_s, written, free))
            while self._written[0][0] < now_s - _RATE_WINDOW_S:
                self._written.popleft()
            first_s, first, first_free = self._written[0]
        if not self.room.is_set():
            return 0.0
        if now_s - first_s < 2 or written <= first:
            return None
        reserve = min(_RESERVE_BYTES, round(total * _RESERVE_SHARE))
        return max(0.0, (free - reserve) * (now_s - first_s) / max(written - first, first_free - free))

    # ------------------------------------------------------------------ status and company

    def _status(self) -> CaptureStatus:
        usage = self._usage()
        ended = self.state is CaptureState.ENDED
        return CaptureStatus(
            match_id=self.match_id,
            name=self.name,
            state=self.state,
            pid=None if ended else os.getpid(),
            started_utc=self._started_utc,
            seconds=time.monotonic() - self._started_s,
            cameras=tuple(status for camera in self.cameras for status in camera.status()),
            disk_free_bytes=usage.free,
            disk_left_s=None if ended else self._disk_left_s(usage.free, usage.total),
            heartbeat_age_s=0.0,
        )

    def _follow_with_proxies(self) -> None:
        """Keep the maker of proxies running beside the recording, with the least claim on the processor."""
        if os.environ.get("TOUCHLINE_CAPTURE_PROXIES") == "0":  # measuring the recording alone
            return
        running = self._proxies is not None and self._proxies.poll() is None
        due = time.monotonic() - self._proxies_s > _PROXIES_AGAIN_S
        if running or not due or not self.registry.born or importlib.util.find_spec("var.proxies") is None:
            return
        self._proxies_s = time.monotonic()
        command = [sys.executable, "-m", "var.proxies", str(self.home), self.match_id]
        nice = shutil.which("nice")
        self._proxies = subprocess.Popen(
            [nice, "-n", "19", *command] if nice else command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end_on_signals(self) -> None:
        """Let SIGTERM and SIGINT end the recording properly, and a terminal that goes away not at all."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop_event.set())
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)


_FOREIGN_SIGMA_S = 3600.0
"""How (un)sure the place of a camera is in a match whose other angles came from files: nothing joins the two clocks."""

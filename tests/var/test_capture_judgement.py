"""What a recording process says of itself, and when it gives up: without a sender."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from capture_peers import media, numbered, numbers

from touchline.errors import BadFile, BadValue, Missing, TouchlineError
from var.capture.address import parse
from var.capture.camera import Camera, _date_the_first
from var.capture.engine import Engine
from var.capture.model import CameraSource, CameraState, CaptureStatus
from var.capture.source import Incoming


def camera(folder: Path) -> Camera:
    room = threading.Event()
    room.set()
    address = parse("rtsp://ref:secret@127.0.0.1:9/cam")
    return Camera("A", address, folder, 0, new_id=lambda: "cam1", new_name=str, tell=lambda _: None, room=room)


def picture(pts: int | None, *, key: bool = False, sound: bool = False) -> Incoming:
    return Incoming(sound, pts, pts, pts, key, False, False, b"x", 0)


@pytest.mark.parametrize(
    ("fault", "connections", "over"),
    [
        (BadValue("var.errors.capture_wrong_password", source="A"), 0, True),
        (BadValue("var.errors.capture_wrong_password", source="A"), 3, True),
        (BadFile("var.errors.capture_unsupported", source="A"), 0, True),
        (BadFile("var.errors.capture_unsupported", source="A"), 3, False),  # it worked before and may do so again
        (Missing("var.errors.capture_no_data", source="A"), 0, False),
    ],
)
def test_what_is_final(tmp_path: Path, fault: TouchlineError, connections: int, over: bool) -> None:
    one = camera(tmp_path)
    one._connections = connections
    assert one._is_over(fault, None) is over
    assert (one.state is CameraState.REFUSED) is over


def test_what_waits_for_a_key_picture_is_not_recording(tmp_path: Path) -> None:
    one = camera(tmp_path)
    one.state, one._linked_s = CameraState.RECORDING, time.monotonic()
    angle: Any = SimpleNamespace(frames=200, halted=None)
    assert one._state(angle, 0.04) is CameraState.RECORDING
    one._pending = [picture(3600)]
    assert one._state(angle, 0.04) is CameraState.CONNECTING


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([3600, 7200, 10800], 0),
        ([10800, 3600, 7200], 0),  # B pictures: the earliest shown is not the first sent
        ([None, 7200, 10800], None),  # how many are missing cannot be told
        ([3600], None),
    ],
)
def test_a_first_picture_without_a_time_gets_one(later: list[int | None], expected: int | None) -> None:
    pending = [picture(1, sound=True), picture(None, key=True), *(picture(pts) for pts in later)]
    _date_the_first(pending)
    assert pending[1].pts == expected
    assert [each.pts for each in pending[2:]] == later


def test_a_full_disk_lasts_no_time_at_all(tmp_path: Path) -> None:
    engine = Engine(tmp_path, "m", "M", [CameraSource("A", "udp://127.0.0.1:9")])
    assert engine._disk_left_s(10**9, 10**10) is None  # nothing is known of the rate yet
    engine.room.clear()
    assert engine._disk_left_s(10**9, 10**10) == 0.0


def test_who_hears_the_progress_may_go_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_CAPTURE_PROXIES", "0")  # their maker would outlive this process's recording

    def gone(_: CaptureStatus) -> None:
        raise BrokenPipeError

    source = CameraSource("A", str(numbered(tmp_path / "short.mp4", 50)))
    status = Engine(tmp_path / "home", "m", "M", [source]).run(tell=gone)
    assert status.cameras[0].frames == 50
    assert numbers(media(tmp_path / "home", "m")) == list(range(50))

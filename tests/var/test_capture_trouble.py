"""Live capture in trouble: damaged streams, clocks that jump, a busy database, a match that is put away meanwhile."""

from __future__ import annotations

import contextlib
import http.server
import os
import shutil
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from capture_peers import (
    camera,
    capturing,
    free_port,
    listens,
    media,
    need_ffmpeg,
    numbered,
    numbers,
    same_as_index,
    steps,
    wait,
    wait_frames,
    wait_state,
)
from recordings import X264, write

from touchline.errors import BadValue, NotFound
from touchline.files import sha256_of
from touchline.store import default_path
from var.archive import Archive
from var.capture import control
from var.capture.lock import alone, taken
from var.capture.model import CameraSource, CameraState, CaptureState
from var.capture.state import Captures, lock_path, repair_lock_path
from var.commands.capture import lines

pytestmark = pytest.mark.slow

PACKET = 188


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return numbered(tmp_path_factory.mktemp("plain") / "plain.mp4", 700, bf=2, sound=True)


def as_ts(source: Path, target: Path, *, begins_s: float = 0.0) -> Path:
    """``source`` as a transport stream whose time stamps begin at ``begins_s``."""
    with av.open(str(source)) as read, av.open(str(target), "w", format="mpegts") as out:
        track = out.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size:
                assert packet.time_base is not None
                shift = round(begins_s / packet.time_base)
                packet.pts, packet.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
                packet.stream = track
                out.mux(packet)
    return target


def without_bytes_of(ts: Path, target: Path, frame: int) -> Path:
    """A transport stream that lost the middle packet of a picture (counted as they are sent)."""
    data = ts.read_bytes()
    packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    pid = 0x100
    mine = [k for k, packet in enumerate(packets) if (packet[1] & 31) << 8 | packet[2] == pid]
    begins = [place for place, k in enumerate(mine) if packets[k][1] & 0x40]
    own = mine[begins[frame] : begins[frame + 1]]
    assert len(own) > 2
    del packets[own[len(own) // 2]]
    target.write_bytes(b"".join(packets))
    return target


def test_damaged_pictures_are_left_out_and_clocks_that_jump_lose_nothing(tmp_path: Path) -> None:
    """What a library marks as damaged is the picture before the one that is; a clock may be set back in mid-stream."""
    fine = write(tmp_path / "fine.mp4", 72, options=X264 | {"bf": "0", "crf": "8"}, gop=12)
    whole = as_ts(fine, tmp_path / "whole.ts")
    key = without_bytes_of(whole, tmp_path / "key.ts", 24)
    other = without_bytes_of(whole, tmp_path / "other.ts", 30)
    jumps = tmp_path / "jumps.ts"
    short = numbered(tmp_path / "short.mp4", 48)
    # back, and far ahead to where 33 bits end in the middle of the part
    parts = [as_ts(short, tmp_path / f"part{at}.ts", begins_s=at) for at in (100, 50, 95441)]
    jumps.write_bytes(b"".join(part.read_bytes() for part in parts))
    with capturing(tmp_path, str(key), str(other), str(jumps)) as match_id:
        wait_state(tmp_path, match_id, CameraState.ENDED, 2, within_s=60)
    last = control.status(tmp_path, match_id)
    assert last is not None
    left_out = {"cam1": range(24, 36), "cam2": range(30, 36)}  # to the next key picture
    for status in last.cameras[:2]:
        path = media(tmp_path, match_id, status.camera_id)
        gone = left_out[status.camera_id]
        assert numbers(path) == [*range(gone.start), *range(gone.stop, 72)]
        assert same_as_index(path).gaps == (gone.start,)
        assert status.lost == len(gone)
    path = media(tmp_path, match_id, "cam3")
    # At a joint the stream's counters do not go on, so the picture before it may be cut off: it is lost, and no other.
    assert numbers(path) == 2 * list(range(47)) + list(range(48))
    assert same_as_index(path).gaps == (47, 94)
    assert last.cameras[2].lost == 2
    clip = next(clip for clip in Archive(tmp_path).match(match_id).clips if clip.camera_id == "cam3")
    # 3 times 48 pictures of 40 ms: the recording's clock went on as the host's did, whatever the stream said.
    assert float(clip.match_s(141) - clip.match_s(0)) == pytest.approx(3 * 48 * 0.04, abs=1.0)


def test_a_stopped_process_loses_nothing_that_came_later(tmp_path: Path, plain: Path) -> None:
    """A picture that is shown after others that are still to come is not behind a hole."""
    with capturing(tmp_path, str(plain)) as match_id:
        wait_frames(tmp_path, match_id, 40)
        live = control.status(tmp_path, match_id)
        assert live is not None
        assert live.pid is not None
        os.kill(live.pid, signal.SIGSTOP)
        try:
            wait("old figures", lambda: (s := control.status(tmp_path, match_id)) and s.heartbeat_age_s > 4.5)
            old = control.status(tmp_path, match_id)
            assert old is not None
            assert "said nothing for" in lines(old, "en")[1]
        finally:
            os.kill(live.pid, signal.SIGCONT)
        wait_frames(tmp_path, match_id, live.cameras[0].frames + 100)
        now = camera(tmp_path, match_id)
        assert now is not None
        assert (now.lost, now.gaps) == (0, 0)
    last = control.status(tmp_path, match_id)
    assert last is not None
    assert last.cameras[0].age_s is None  # an old figure is not shown as present
    found, kept = numbers(media(tmp_path, match_id)), same_as_index(media(tmp_path, match_id))
    assert set(steps(found)) == set(kept.gaps) <= set(range(len(found) - 3, len(found)))


def test_a_match_that_is_put_away_is_recorded_on(tmp_path: Path, plain: Path) -> None:
    late = tmp_path / "late"  # a pipe: this camera delivers when the match has been put away
    os.mkfifo(late)
    with capturing(tmp_path, str(plain), str(late)) as match_id:
        wait("the match", lambda: Archive(tmp_path).find(match_id))
        Archive(tmp_path).delete_match(match_id)
        as_ts(plain, tmp_path / "late.ts")
        stream = (tmp_path / "late.ts").read_bytes()

        def feed() -> None:
            with contextlib.suppress(BrokenPipeError):  # the recording ends before the stream
                late.write_bytes(stream)

        threading.Thread(target=feed, daemon=True).start()
        now = wait_frames(tmp_path, match_id, 40, 1)
        wait_frames(tmp_path, match_id, now.frames + 20)
    Archive(tmp_path).restore_match(match_id)
    last = control.status(tmp_path, match_id)
    assert last is not None
    control.settle(tmp_path, last)  # what the archive refused then is kept now
    media(tmp_path, match_id).with_suffix(".frames").unlink()
    assert control.repair(tmp_path, match_id)[0].camera_id == "cam1"  # a lost table is made again from the recording
    clips = Archive(tmp_path).match(match_id).clips
    assert {(clip.camera_id, clip.recording) for clip in clips} == {("cam1", False), ("cam2", False)}
    for clip in clips:
        assert clip.file_sha256 == sha256_of(clip.path)


def test_a_match_that_is_removed_for_good_is_recorded_no_more(tmp_path: Path, plain: Path) -> None:
    match_id = control.start(tmp_path, "Bỏ", [CameraSource("A", str(plain))])
    wait("the match", lambda: Archive(tmp_path).find(match_id))
    live = control.status(tmp_path, match_id)
    assert live is not None
    assert live.pid is not None
    Archive(tmp_path).purge_match(match_id)
    wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.ENDED)
    assert Archive(tmp_path).find(match_id) is None


@contextmanager
def busy(home: Path) -> Iterator[None]:
    """Another process writes into the database all the time."""
    connection = sqlite3.connect(default_path(home), isolation_level=None, timeout=30)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_killed_capture_that_the_archive_never_heard_of_is_found(tmp_path: Path, plain: Path) -> None:
    match_id = control.start(tmp_path, "Trận kẹt", [CameraSource("Khán đài A", str(plain))])
    live = wait("the process", lambda: (s := control.status(tmp_path, match_id)) and s.pid and s)
    with busy(tmp_path):
        path = media(tmp_path, match_id)
        wait("two seconds on the disk", lambda: path.exists() and path.stat().st_size > 25_000)
        with pytest.raises(BadValue, match="being recorded"):
            control.start(tmp_path, match_id, [CameraSource("B", str(plain))])
        os.kill(live.pid, signal.SIGTERM)
        ended = path.with_name("cam1.journal.jsonl")
        wait("the recording's own end", lambda: '"ended"' in ended.read_text(), within_s=15)
        os.kill(live.pid, signal.SIGKILL)
    assert Archive(tmp_path).find(match_id) is None
    wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.GONE)
    assert Archive(tmp_path).find(match_id) is None  # looking changes nothing
    assert [done.camera_id for done in control.repair(tmp_path, match_id)] == ["cam1"]
    match = Archive(tmp_path).match(match_id)
    (clip,) = match.clips
    assert (match.name, clip.label, clip.camera_id, clip.recording) == ("Trận kẹt", "Khán đài A", "cam1", False)
    found = numbers(clip.path)
    assert len(found) == len(clip) == len(same_as_index(clip.path)) > 20
    assert clip.file_sha256 == sha256_of(clip.path)
    row = Captures(tmp_path)._row(match_id)
    assert row is not None
    arrival_s = (int(same_as_index(clip.path).rows["arrival_ns"][0]) - row["zero_ns"]) / 1e9
    # A file is paced by its decoding times, two pictures before they are shown; the machine may be late by some.
    assert float(clip.match_s(0)) == pytest.approx(arrival_s, abs=0.5)


def test_a_terminal_that_goes_away_does_not_end_a_recording(tmp_path: Path, plain: Path) -> None:
    match_id = control.start(tmp_path, "Trận xa", [CameraSource("A", str(plain))])
    wait_frames(tmp_path, match_id, 20)
    live = control.status(tmp_path, match_id)
    assert live is not None
    assert live.pid is not None
    os.kill(live.pid, signal.SIGHUP)
    wait_frames(tmp_path, match_id, live.cameras[0].frames + 25)
    control.stop(tmp_path, match_id)


@pytest.mark.parametrize("bad", ["../../elsewhere", "..", "", "a/b"])
def test_an_identifier_is_no_path(tmp_path: Path, bad: str) -> None:
    with pytest.raises(NotFound):
        lock_path(tmp_path / "home", bad)
    with pytest.raises(NotFound):
        Archive(tmp_path / "home").folder(bad)


def test_a_match_is_recorded_on_while_what_broke_off_is_closed(tmp_path: Path, plain: Path) -> None:
    """Hashing two hours takes minutes; meanwhile nothing says that the match is recorded, and it can be."""
    with capturing(tmp_path, str(plain), name="Chung kết") as match_id:
        live = wait_frames(tmp_path, match_id, 40) and control.status(tmp_path, match_id)
        with pytest.raises(BadValue, match="being recorded"):
            control.start(tmp_path, "Chung kết", [CameraSource("A", str(plain))])
        assert live is not None
        assert live.pid is not None
        os.kill(live.pid, signal.SIGKILL)
        wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.GONE)
        with alone(repair_lock_path(tmp_path, match_id)) as free:
            assert free
            assert control.repair(tmp_path, match_id) == []  # somebody else is at it
            assert not Captures(tmp_path).alive(match_id)
            again = control.start(tmp_path, "Chung kết", [CameraSource("Cam 1", str(plain))])  # by name: the same match
            assert again == match_id
            wait_frames(tmp_path, match_id, 30)
            first, second = Archive(tmp_path).match(match_id).clips
            assert (first.recording, second.recording) == (True, True)
        wait("the first one closed", lambda: not Archive(tmp_path).match(match_id).clips[0].recording)
        assert Archive(tmp_path).match(match_id).clips[1].recording
    clips = Archive(tmp_path).match(match_id).clips
    assert [clip.recording for clip in clips] == [False, False]
    for clip in clips:
        assert clip.file_sha256 == sha256_of(clip.path)
    other = control.start(tmp_path, "Chung kết", [CameraSource("A", str(plain))])  # that one ended: another match
    assert other != match_id
    control.stop(tmp_path, other)


@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_match_that_broke_off_and_was_closed_is_not_what_its_name_means(
    tmp_path: Path, plain: Path, how: str
) -> None:
    with capturing(tmp_path, str(plain), name="Chung kết") as match_id:
        live = wait_frames(tmp_path, match_id, 40) and control.status(tmp_path, match_id)
        assert live is not None
        assert live.pid is not None
        os.kill(live.pid, signal.SIGKILL)
        wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.GONE)
        getattr(control, how)(tmp_path, match_id)
        last = control.status(tmp_path, match_id)
        assert last is not None
        assert last.state is CaptureState.ENDED
        assert control.claim(tmp_path, "Chung kết")[0] != match_id
        assert control.claim(tmp_path, match_id)[0] == match_id  # its identifier still means it


def test_files_that_stayed_open_are_closed_by_whoever_comes_next(tmp_path: Path, plain: Path) -> None:
    """The computer is switched off while what broke off is hashed beside a later recording that ended well."""
    with capturing(tmp_path, str(plain), name="Chung kết") as match_id:
        live = wait_frames(tmp_path, match_id, 40) and control.status(tmp_path, match_id)
        assert live is not None
        assert live.pid is not None
        os.kill(live.pid, signal.SIGKILL)
        wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.GONE)
        with alone(repair_lock_path(tmp_path, match_id)):
            control.start(tmp_path, match_id, [CameraSource("Cam 2", str(plain))])
            second = wait_frames(tmp_path, match_id, 30) and control.status(tmp_path, match_id)
            assert second is not None
            assert second.pid is not None
            os.kill(second.pid, signal.SIGTERM)
            wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.ENDED)
            first, later = Archive(tmp_path).match(match_id).clips
            assert (first.recording, later.recording) == (True, False)
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.kill(second.pid, signal.SIGKILL)
        control.settle_all(tmp_path)
    for clip in Archive(tmp_path).match(match_id).clips:
        assert not clip.recording
        assert clip.file_sha256 == sha256_of(clip.path)


def test_who_only_looks_does_not_keep_a_capture_from_starting(tmp_path: Path) -> None:
    path = lock_path(tmp_path, "x")
    with alone(path) as free:
        assert free
        assert taken(path)
        with alone(path, 0.1) as second:
            assert not second
    stop = threading.Event()
    seen: list[bool] = []

    def look() -> None:
        while not stop.is_set():
            seen.append(taken(path))
            time.sleep(0.001)  # else three of them leave a busy interpreter no time for anybody else

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for each in lookers:
        each.start()
    try:
        time.sleep(0.5)
        assert len(seen) > 20
        assert not any(seen)  # three who look at once do not take each other for a recording
        for _ in range(20):
            with alone(path, 5.0) as free:
                assert free
    finally:
        stop.set()
        for each in lookers:
            each.join()


def test_a_killed_capture_leaves_nobody_at_its_port(tmp_path: Path, plain: Path) -> None:
    need_ffmpeg("srt")
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv here (util-linux)")
    port = free_port(socket.SOCK_DGRAM)
    with capturing(tmp_path, f"srt://127.0.0.1:{port}?mode=listener&passphrase=geheimnis1") as match_id:
        wait("somebody at the port", lambda: listens(port))
        live = control.status(tmp_path, match_id)
        assert live is not None
        assert live.pid is not None
        os.kill(live.pid, signal.SIGKILL)
        wait("the port free", lambda: not listens(port), within_s=10)


def test_jpeg_pictures_over_http_are_placed_by_their_arrival(tmp_path: Path) -> None:
    """They have no time stamps; the library counts them out at 25 a second, however many come."""
    source = write(tmp_path / "m.mov", 60, codec="mjpeg", options={}, pix_fmt="yuvj420p", gop=1)
    with av.open(str(source)) as read:
        pictures = [bytes(packet) for packet in read.demux(video=0) if packet.size]

    class Sender(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                for data in pictures:
                    self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data))
                    self.wfile.write(data + b"\r\n")
                    time.sleep(0.1)
            except OSError:
                return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sender) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with capturing(tmp_path, f"http://127.0.0.1:{server.server_port}/video.mjpg") as match_id:
                wait_frames(tmp_path, match_id, 25)
        finally:
            server.shutdown()
            thread.join()
    kept = same_as_index(media(tmp_path, match_id))
    clock_s = np.asarray(kept.rows["pts"], float) * float(kept.timebase.tick_s)
    arrival_s = np.asarray(kept.rows["arrival_ns"], float) / 1e9
    # ticks of 1/90000 s, so no further apart than one of them
    assert np.abs((clock_s - clock_s[0]) - (arrival_s - arrival_s[0])).max() < 2 / 90000

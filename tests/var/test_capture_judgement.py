"""What a recording process says of itself, and when it gives up: without a sender."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import av
import pytest
from capture_peers import media, numbered, numbers

from touchline.errors import BadFile, BadValue, Missing, TouchlineError
from var.capture import control, playlist
from var.capture.address import parse
from var.capture.camera import Camera
from var.capture.engine import Engine
from var.capture.model import CameraSource, CameraState, CaptureStatus
from var.capture.pipes import Pipe
from var.capture.reading import Connected, Link, Queue
from var.capture.source import Incoming, Source, open_source
from var.capture.state import Captures
from var.capture.writing import Surroundings, Writer, date_the_first


def camera(folder: Path) -> Camera:
    room = threading.Event()
    room.set()
    address = parse("rtsp://ref:secret@127.0.0.1:9/cam")
    return Camera("A", address, Surroundings(folder, 0, lambda: "cam1", str, lambda _: None, room))


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
    one.link.connections = connections
    assert one.reader.is_over(fault, None) is over
    assert (one.link.state is CameraState.REFUSED) is over


def test_what_waits_for_a_key_picture_is_not_recording(tmp_path: Path) -> None:
    one = camera(tmp_path)
    one.link.state, one.link.linked_s = CameraState.RECORDING, time.monotonic()
    angle: Any = SimpleNamespace(frames=200, halted=None)
    assert one._state(angle, 0.04) is CameraState.RECORDING
    one.writer.pending = [picture(3600)]
    assert one._state(angle, 0.04) is CameraState.CONNECTING


def test_what_is_not_written_is_not_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever hangs between the network and the disk: green means that pictures are kept."""
    one = camera(tmp_path)
    now_s = time.monotonic()
    one.link.state, one.link.linked_s = CameraState.RECORDING, now_s
    angle: Any = SimpleNamespace(frames=200, halted=None)
    one.writer.angle = angle

    def after(seconds: float) -> CameraState:
        monkeypatch.setattr("var.capture.camera.time", SimpleNamespace(monotonic=lambda: now_s + seconds))
        return one._state(angle, 0.04)

    assert after(0) is CameraState.RECORDING
    assert after(5) is CameraState.RECORDING  # a fragment lasts a second, a busy disk some more
    assert after(7) is CameraState.CONNECTING
    angle.frames += 1
    assert after(8) is CameraState.RECORDING


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
    date_the_first(pending)
    assert pending[1].pts == expected
    assert [each.pts for each in pending[2:]] == later


def test_sound_alone_is_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0

    def coming(*_: object) -> Iterator[Any]:
        nonlocal now_s
        for index in [0, *[1] * 40]:
            now_s += 0.5
            data: Any = av.Packet(b"x" * 9)
            data.pts = data.dts = round(now_s * 90000)
            data.time_base = Fraction(1, 90000)
            yield Packet(index, data)

    class Packet:
        def __init__(self, index: int, inner: Any) -> None:
            self.stream_index, self.inner = index, inner

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def __bytes__(self) -> bytes:
            return bytes(self.inner)

    clock = SimpleNamespace(monotonic=lambda: now_s, monotonic_ns=time.monotonic_ns)
    monkeypatch.setattr("var.capture.source.time", clock)
    container: Any = SimpleNamespace(demux=coming, format=SimpleNamespace(name="rtsp"))
    video, heard = cast("list[Any]", [SimpleNamespace(index=k, time_base=Fraction(1, 90000)) for k in (0, 1)])
    source = Source(parse("rtsp://127.0.0.1:9/cam"), container, video, heard)
    taken: list[bool] = []
    with pytest.raises(TimeoutError):
        for each in source.packets(threading.Event()):
            taken.append(each.sound)  # noqa: PERF401  what came before the fault counts
    assert taken == [False, *[True] * 20]  # ten seconds of sound after the only picture


def delayed(path: Path, delay_s: Callable[[float], float]) -> tuple[Source, list[Incoming]]:
    """A recording's packets as a network brings them that holds each back, in order; time begins at 0."""
    source = open_source(parse(str(path)), threading.Event())
    came, newest_ns = [], 0
    for packet in source.container.demux(source.video):
        if packet.pts is None or packet.dts is None or not packet.size:
            continue
        at_s = float(packet.dts * Fraction(packet.time_base or 1)) + 100
        newest_ns = max(newest_ns, round((at_s + delay_s(at_s - 100)) * 1e9))
        base = (packet.pts, packet.dts, packet.pts)
        came.append(Incoming(False, *base, packet.is_keyframe, False, False, bytes(packet), newest_ns))
    return source, came


@pytest.mark.parametrize("held_s", [1.0, 4.0])
def test_a_network_that_falls_behind_and_catches_up_costs_no_more_than_that(tmp_path: Path, held_s: float) -> None:
    """For a while all comes late, so the clock is set anew; in time again, it would lie on what is there."""
    path = numbered(tmp_path / "long.ts", 25 * 40)
    source, came = delayed(path, lambda s: held_s if 5 < s < 15 else 0.0)
    room = threading.Event()
    room.set()
    told: list[Any] = []
    out = Queue()
    around = Surroundings(tmp_path, 0, lambda: "cam1", str, told.append, room)
    writer = Writer("A", parse("tcp://127.0.0.1:9"), around, Link(), out, threading.Event())
    out.put(Connected(source))
    for incoming in came:
        out.put(incoming)
    out.put(None)
    writer.run()
    source.close()
    found = numbers(tmp_path / "cam1.mp4")
    assert found == sorted(set(found))
    assert found[0] == 0
    assert found[-1] == len(came) - 1
    missing = len(came) - len(found)
    assert missing <= (held_s + 1) * 25
    assert writer.last is not None
    assert writer.last.lost == missing
    events = [json.loads(line)["event"] for line in (tmp_path / "cam1.journal.jsonl").read_text().splitlines()]
    assert events.count("connected") <= 4


MASTER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"
MEDIA = "#EXTM3U\n#EXTINF:2,\na.ts\n"


@pytest.mark.parametrize(
    ("texts", "closed"),
    [
        ({"http://h/x.m3u8": MEDIA + "#EXT-X-ENDLIST\n"}, True),
        ({"http://h/x.m3u8": MEDIA}, False),
        ({"http://h/x.m3u8": MASTER + "low/y.m3u8\n", "http://h/low/y.m3u8": MEDIA + "#EXT-X-ENDLIST"}, True),
        ({"http://h/x.m3u8": MASTER + "file:///y.m3u8\n", "file:///y.m3u8": MEDIA + "#EXT-X-ENDLIST"}, False),
        ({"http://h/x.m3u8": MASTER + "\n" * 2_000_000}, False),  # nor does it keep anybody waiting
        ({}, False),
    ],
)
def test_a_list_is_closed_where_it_says_so(
    texts: dict[str, str], closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text(url: str) -> str:
        if url not in texts:
            raise OSError(url)
        return texts[url]

    monkeypatch.setattr(playlist, "_text", text)
    assert playlist.is_closed("http://h/x.m3u8") is closed


def test_a_name_without_a_picture_is_free_and_begins_anew(tmp_path: Path) -> None:
    captures = Captures(tmp_path)
    first, name = control.claim(tmp_path, "U17")
    before = captures.begin(first, name, control.announcement(tmp_path, first, name))
    captures.end(first)
    with captures.store.write() as connection:  # its process has ended without a picture
        connection.execute("UPDATE capture SET document = replace(document, 'starting', 'ended')")
    again, name = control.claim(tmp_path, "U17")
    assert (again, name) == (first, "U17")
    assert captures.begin(again, name, control.announcement(tmp_path, again, name)).ns > before.ns


class Scripted(Pipe):
    """A stream of which bytes come at instants of a clock of its own."""

    def __init__(self, at_s: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(-1, threading.Event(), 10.0)
        self.useless_s = 4.0
        self._now_s, self._at_s = 100.0, [100.0 + s for s in at_s]
        monkeypatch.setattr("var.capture.pipes.time", SimpleNamespace(monotonic=lambda: self._now_s))

    def _some(self, size: int) -> bytes | None:
        if self._at_s and self._at_s[0] <= self._now_s + 0.2:
            self._now_s = self._at_s.pop(0)
            return b"x"
        self._now_s += 0.2
        return None


@pytest.mark.parametrize(
    ("at_s", "good"),
    [
        ([0.1, 9.0, 9.1, 9.2], 4),  # the network hung: what was sent meanwhile comes, and its picture
        ([0.1 * k for k in range(100)], 41),  # bytes keep coming and none is a picture
        ([0.5 * k for k in range(100)], 9),  # nor are tables twice a second
        ([0.1, 10.5], 1),  # nobody is there
    ],
)
def test_a_stream_is_given_up_by_useless_bytes_not_by_a_pause(
    at_s: list[float], good: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, read = Scripted(at_s, monkeypatch), 0
    try:
        while read < len(at_s):
            assert pipe.read(1) == b"x"
            read += 1
    except TimeoutError:
        pass
    assert read == pytest.approx(good, abs=1)


def test_useful_bytes_may_come_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Scripted([0.1 * k for k in range(200)], monkeypatch)
    for _ in range(200):
        assert pipe.read(1) == b"x"
        pipe.useful()


def test_a_full_disk_lasts_no_time_at_all(tmp_path: Path) -> None:
    engine = Engine(tmp_path, "m", "M", [CameraSource("A", "udp://127.0.0.1:9")])
    assert engine._disk_left_s(10**9, 10**10) is None  # nothing is known of the rate yet
    engine.room.clear()
    assert engine._disk_left_s(10**9, 10**10) == 0.0


@pytest.mark.parametrize(("less", "rate"), [(0, 1e6), (5e6, 1e6), (30e6, 3e6), (-30e6, 1e6)])
def test_the_forecast_counts_what_is_made_beside_the_recordings(tmp_path: Path, less: float, rate: float) -> None:
    engine = Engine(tmp_path, "m", "M", [CameraSource("A", "udp://127.0.0.1:9")])
    engine.cameras = [cast("Any", SimpleNamespace(written=10_000_000))]
    free = 10**9 - round(less)
    engine._written.append((time.monotonic() - 10, 0, 10**9))
    left_s = engine._disk_left_s(free, 10**10)
    assert left_s == pytest.approx((free - 200e6) / rate, rel=0.01)  # (free - 2 %) over the higher rate


def test_who_hears_the_progress_may_go_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_CAPTURE_PROXIES", "0")  # their maker would outlive this process's recording

    def gone(_: CaptureStatus) -> None:
        raise BrokenPipeError

    source = CameraSource("A", str(numbered(tmp_path / "short.mp4", 50)))
    status = Engine(tmp_path / "home", "m", "M", [source]).run(tell=gone)
    assert status.cameras[0].frames == 50
    assert numbers(media(tmp_path / "home", "m")) == list(range(50))

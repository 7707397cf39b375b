"""Live capture of files in real time, HLS and every codec: not a picture lost, and what cannot work is named."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import av
import barcode
import numpy as np
import pytest
import simplejpeg
from capture_peers import (
    capturing,
    free_port,
    media,
    numbered,
    numbers,
    rtsp_server,
    same_as_index,
    sending,
    steps,
    wait,
    wait_frames,
    wait_state,
)
from recordings import X264, X265, write, write_tone

from touchline.errors import TouchlineError
from touchline.origin import Origin
from var.archive import Archive
from var.capture import control
from var.capture.model import CameraState, CaptureState
from var.capture.pipes import _ffmpeg
from var.capture.probe import probe
from var.footage.video import index

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without B pictures and with sound, as most network cameras send."""
    return numbered(tmp_path_factory.mktemp("plain") / "plain.mp4", 700, sound=True)


@pytest.fixture(scope="module")
def pyramid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With B pictures, as broadcast encoders send."""
    return numbered(tmp_path_factory.mktemp("pyramid") / "pyramid.mp4", 400, bf=2, camera=1)


def test_files_in_real_time_become_a_match_without_a_picture_lost(tmp_path: Path, plain: Path, pyramid: Path) -> None:
    short = numbered(tmp_path / "short.mp4", 60, bf=2, sound=True)
    with capturing(tmp_path, str(plain), str(pyramid), f"file:{short}?loop=1", f"file:{short}") as match_id:
        wait_state(tmp_path, match_id, CameraState.ENDED, 3)
        wait_frames(tmp_path, match_id, 100, 2)
        live = control.status(tmp_path, match_id)
        match = Archive(tmp_path).match(match_id)
        assert [clip.recording for clip in match.clips if clip.camera_id != "cam4"] == [True] * 3
        assert match_id in [each.match_id for each in control.running(tmp_path)]
    assert live is not None
    assert live.state is CaptureState.RECORDING
    assert live.cameras[0].fps == pytest.approx(25, rel=0.2)
    assert live.cameras[0].bitrate_bps is not None
    assert live.disk_left_s is not None
    assert live.heartbeat_age_s < 5
    last = control.status(tmp_path, match_id)
    assert last is not None
    assert last.state is CaptureState.ENDED
    assert [each.lost for each in last.cameras] == [0] * 4
    assert last.cameras[3].frames == 60
    match = Archive(tmp_path).match(match_id)
    assert match.origin is Origin.MEASURED
    assert len(match.clips) == 4
    for clip in match.clips:
        assert not clip.recording
        assert clip.timing is Origin.MEASURED
        assert clip.to_match.sigma_s is not None
    for status in last.cameras:
        path = media(tmp_path, match_id, status.camera_id)
        found = numbers(path)
        assert len(found) == status.frames == len(same_as_index(path))
        assert found[0] == 0
        rounds = set(range(60, len(found), 60)) if status.camera_id == "cam3" else set()
        ragged = set(steps(found)) - rounds
        # Stopped between pictures that are shown in another order than they come: the recording says so.
        assert ragged == set(same_as_index(path).gaps) - rounds
        assert all(k >= len(found) - 3 for k in ragged)
        assert path.stat().st_size == status.written_bytes


def test_angles_stand_in_the_operators_order_whoever_delivers_first(tmp_path: Path, plain: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    archive = Archive(tmp_path)
    with capturing(tmp_path, f"udp://127.0.0.1:{port}", f"file:{plain}") as match_id:
        wait("the second camera", lambda: archive.find(match_id))
        assert [clip.label for clip in archive.match(match_id).clips] == ["Cam 2"]
        with sending(plain, f"udp://127.0.0.1:{port}?pkt_size=1316", loop=True):
            wait("both", lambda: len(archive.match(match_id).clips) == 2)
    match = archive.match(match_id)
    assert [(clip.label, clip.camera_id) for clip in match.clips] == [("Cam 1", "cam1"), ("Cam 2", "cam2")]
    assert match.clips[match.master].label == "Cam 2"  # the time line goes on by the frames it began with
    archive.set_master(match_id, "cam1")
    assert archive.match(match_id).master == 0
    assert archive.next_place(match_id) == 2


def test_hls_from_a_local_server(tmp_path: Path, plain: Path) -> None:
    folder = tmp_path / "hls"
    folder.mkdir()
    more = ["-hls_time", "2", "-hls_list_size", "5", "-hls_flags", "delete_segments"]
    with hls_server(folder) as port, sending(plain, str(folder / "x.m3u8"), *more, form="hls"):
        wait("the first pieces", lambda: len(list(folder.glob("*.ts"))) > 1)
        with capturing(tmp_path, f"http://127.0.0.1:{port}/x.m3u8") as match_id:
            wait_frames(tmp_path, match_id, 120)
    path = media(tmp_path, match_id)
    found = numbers(path)
    assert len(same_as_index(path)) == len(found)
    assert not steps(found)
    clip = Archive(tmp_path).match(match_id).clips[0]
    assert clip.to_match.sigma_s is not None
    assert clip.to_match.sigma_s >= 3  # HLS does not tell when a picture was taken


def test_hls_that_is_over_is_not_recorded_again(tmp_path: Path) -> None:
    folder = tmp_path / "hls"
    folder.mkdir()
    short = numbered(tmp_path / "short.mp4", 100)
    with hls_server(folder) as port:
        with sending(short, str(folder / "x.m3u8"), "-hls_time", "1", "-hls_list_size", "0", form="hls"):
            ended = folder / "x.m3u8"
            wait("the end of the list", lambda: ended.exists() and "#EXT-X-ENDLIST" in ended.read_text())
        with capturing(tmp_path, f"http://127.0.0.1:{port}/x.m3u8") as match_id:
            wait_state(tmp_path, match_id, CameraState.ENDED)
    found = numbers(media(tmp_path, match_id))
    assert len(found) == len(set(found)) <= 100
    assert not steps(found)
    assert len(found) > 90


def test_hls_whose_server_was_away_comes_back(tmp_path: Path, plain: Path) -> None:
    folder = tmp_path / "hls"
    folder.mkdir()
    more = ["-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments"]
    with hls_server(folder) as port, sending(plain, str(folder / "x.m3u8"), *more, form="hls"):
        wait("the first pieces", lambda: len(list(folder.glob("*.ts"))) > 2)
        with capturing(tmp_path, f"http://127.0.0.1:{port}/x.m3u8") as match_id:
            wait_frames(tmp_path, match_id, 75)
            _Quiet.away = True
            try:
                wait_state(tmp_path, match_id, CameraState.WAITING)
            finally:
                _Quiet.away = False
            wait_state(tmp_path, match_id, CameraState.RECORDING)
            known = wait_frames(tmp_path, match_id, 75).frames
            wait_frames(tmp_path, match_id, known + 50)
    found = numbers(media(tmp_path, match_id))
    assert len(found) == len(set(found))  # the pieces that the list still held are not recorded twice
    assert found == sorted(found)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    away = False

    def do_GET(self) -> None:
        if self.away and self.path.endswith(".m3u8"):
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@contextmanager
def hls_server(folder: Path) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


KINDS = {
    "hevc": ("x.ts", {"codec": "libx265", "options": X265, "form": "mpegts"}),
    "mpeg2video": ("x.ts", {"codec": "mpeg2video", "options": {"bf": "2"}, "form": "mpegts"}),
    "mjpeg": ("x.mov", {"codec": "mjpeg", "options": {}, "pix_fmt": "yuvj420p"}),
    "mpeg4": ("x.mp4", {"codec": "mpeg4", "options": {"bf": "2"}}),
    "av1": ("x.mp4", {"codec": "libsvtav1", "options": {"preset": "8", "crf": "20"}}),
    "vp9": ("x.mkv", {"codec": "libvpx-vp9", "options": {"deadline": "realtime", "cpu-used": "8"}}),
    "open_gop": ("x.mp4", {"options": X264 | {"bf": "3", "b-pyramid": "normal", "x264-params": "open-gop=1"}}),
    "turned": ("x.mp4", {"rotation": (-90, False)}),
}


def test_every_codec_is_kept_as_it_comes_or_said_to_be_encoded_here(tmp_path: Path) -> None:
    files = {}
    for kind, (name, options) in KINDS.items():
        (tmp_path / kind).mkdir()
        files[kind] = write(tmp_path / kind / name, 60, gop=12, **options)  # type: ignore[arg-type]
    with capturing(tmp_path, *(str(file) for file in files.values())) as match_id:
        for position in range(len(files)):
            wait_state(tmp_path, match_id, CameraState.ENDED, position, within_s=60)
    last = control.status(tmp_path, match_id)
    assert last is not None
    for kind, status in zip(files, last.cameras, strict=True):
        path = media(tmp_path, match_id, status.camera_id)
        assert (kind, status.frames, status.lost) == (kind, 60, 0)
        assert status.encoded_here == (kind == "vp9"), kind
        assert status.codec == {"vp9": "h264", "open_gop": "h264", "turned": "h264"}.get(kind, kind)
        assert len(same_as_index(path)) == 60
        if kind == "turned":
            assert status.size_px == (180, 320) == index(path).size_px
        else:
            assert numbers(path) == list(range(60)), kind


def test_what_cannot_work_is_named_and_stops_nobody(tmp_path: Path, plain: Path) -> None:
    port = free_port()
    tone = tmp_path / "tone.mp4"
    with av.open(str(tone), "w") as out:
        write_tone(out, out.add_stream("aac", rate=48000, layout="mono"), (0.0, 1.0))
    urls = {
        f"rtsp://ref:falsch@127.0.0.1:{port}/cam": "capture_wrong_password",
        f"rtsp://ref:richtig@127.0.0.1:{port}/other": "capture_no_such_path",
        f"rtsp://127.0.0.1:{free_port()}/cam": "capture_unreachable",
        "rtsp://no-such-camera.invalid/cam": "capture_unreachable",
        f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}": "capture_no_data",
        "/dev/video93": "capture_no_device",
        str(tone): "capture_no_video",
        str(tmp_path / "none.mp4"): "capture_no_file",
    }
    with rtsp_server(port, plain, "--user", "ref:richtig"):
        for url, code in urls.items():
            with pytest.raises(TouchlineError) as refused:
                probe(url, timeout_s=3 if url.startswith("udp") else 8)
            assert refused.value.name == code, url
            assert "falsch" not in str(refused.value)
        seen = probe(f"rtsp://ref:richtig@127.0.0.1:{port}/cam")
        assert seen.size_px == (320, 180)
        assert (seen.codec, seen.sound) == ("h264", False)
        assert barcode.number(np.asarray(simplejpeg.decode_jpeg(seen.jpeg))) < 700
        wanted = list(urls)[:1] + list(urls)[5:]
        with capturing(tmp_path, str(plain), *wanted, f"rtsp://ref:richtig@127.0.0.1:{port}/other") as match_id:
            wait_frames(tmp_path, match_id, 50)
            for position, url in enumerate(wanted, 1):
                # A device that is not plugged in may be plugged in later: it is tried again.
                state = CameraState.WAITING if urls[url] == "capture_no_device" else CameraState.REFUSED
                status = wait_state(tmp_path, match_id, state, position)
                assert status.fault is not None
                assert status.fault["vi"]["code"] == urls[url]
                assert "falsch" not in json.dumps(status.fault)
            again = wait_state(tmp_path, match_id, CameraState.REFUSED, len(wanted) + 1)
            assert again.retry_s is not None  # a path that is missing now may be there when the encoder has started
    last = control.status(tmp_path, match_id)
    assert last is not None
    assert last.cameras[0].lost == 0


def test_srt_is_refused_by_name_without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    _ffmpeg.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    try:
        with pytest.raises(TouchlineError) as refused:
            probe("srt://127.0.0.1:5099?passphrase=geheimnis1")
    finally:
        _ffmpeg.cache_clear()
    assert refused.value.name == "capture_no_srt"
    assert "geheimnis1" not in str(refused.value)

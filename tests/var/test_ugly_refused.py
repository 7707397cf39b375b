"""Every kind of file that is not taken: refused by name, in both languages, with what to do; nothing is left open."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import recordings
import ugly
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import TouchlineError
from var.footage.headers import size_header
from var.footage.video import index, needs_remux


def _left_open(path: Path) -> list[Path]:
    """What this process still holds open of ``path``, where the system can tell."""
    files = Path("/proc/self/fd")
    if not files.is_dir():
        return []
    return [each for each in files.iterdir() if each.is_symlink() and os.path.realpath(each) == os.path.realpath(path)]


@pytest.mark.parametrize("what", ugly.REFUSED)
def test_files_that_cannot_be_used_are_refused_by_name(what: str, tmp_path: Path) -> None:
    make, code = ugly.REFUSED[what]
    path = make(tmp_path)
    with pytest.raises(TouchlineError) as refusal:
        index(path)
    assert refusal.value.name == code
    assert not _left_open(path)
    for lang in ("vi", "en"):
        assert path.name in refusal.value.detail(lang)
        assert str(tmp_path) not in refusal.value.detail(lang)
        assert refusal.value.hint(lang)
    assert refusal.value.detail("vi") != refusal.value.detail("en")
    if code == "not_a_video":
        assert "Invalid data" not in refusal.value.detail("vi")  # a library's English


def test_a_file_that_may_not_be_read_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import av

    def refuse(*_: object, **__: object) -> None:
        raise av.PermissionError(13, "Permission denied")

    path = recordings.write(tmp_path / "kín.mp4", 3)
    monkeypatch.setattr(av, "open", refuse)  # whoever runs tests as root may read everything
    with pytest.raises(TouchlineError) as refusal:
        index(path)
    assert refusal.value.name == "video_not_opened"
    assert refusal.value.detail("vi") == "Không có quyền đọc tệp kín.mp4."


@pytest.mark.parametrize("what", ["a folder", "zero bytes", "text", "only sound", "cover art"])
def test_the_question_before_the_index_refuses_in_the_same_way(what: str, tmp_path: Path) -> None:
    make, code = ugly.REFUSED[what]
    with pytest.raises(TouchlineError) as refusal:
        needs_remux(make(tmp_path))
    assert refusal.value.name == code


@pytest.mark.parametrize(
    ("start", "code"),
    [(0, "times_go_back"), (25, "times_go_back"), (39, "times_go_back"), (43, "damaged_frame"), (90, "damaged_frame")],
)
def test_two_recordings_behind_one_another_are_no_recording(start: int, code: str, tmp_path: Path) -> None:
    """The clock begins again, or goes on but nobody knows what was lost in between."""
    path = ugly.two_in_one(tmp_path, ".ts", pts=[start + i for i in range(40)])
    with pytest.raises(TouchlineError) as refusal:
        index(path)
    assert refusal.value.name == code


SIZED = {
    "mjpeg": ("a.avi", {"codec": "mjpeg", "options": {}, "pix_fmt": "yuvj420p"}),
    "mpeg2video": ("a.ts", {"codec": "mpeg2video", "options": {}, "form": "mpegts"}),
    "mpeg4": ("a.avi", {"codec": "mpeg4", "options": {}}),
    "vp8": ("a.webm", {"codec": "libvpx", "options": ugly.VP9}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9", "options": ugly.VP9}),
    "av1": ("a.mp4", {"codec": "libsvtav1", "options": {"preset": "10"}}),
    "prores": ("a.mov", {"codec": "prores_ks", "options": {}, "pix_fmt": "yuv422p10le"}),
}


@pytest.mark.parametrize("codec", SIZED)
def test_what_says_the_size_differs_with_the_size_and_with_nothing_else(codec: str, tmp_path: Path) -> None:
    import av

    name, how = SIZED[codec]
    found: list[set[bytes]] = []
    for size in ((320, 180), (192, 112)):
        path = recordings.write(tmp_path / name, 12, size=size, gop=4, **how)  # type: ignore[arg-type]
        with av.open(str(path)) as container:
            keys = [bytes(packet) for packet in container.demux(video=0) if packet.size and packet.is_keyframe]
        assert len(keys) > 1
        found.append({size_header(codec, data) for data in keys})
    assert all(len(headers) == 1 and headers != {b""} for headers in found)
    assert found[0] != found[1]


@given(st.binary(max_size=300), st.sampled_from([*SIZED, "qtrle"]))
def test_headers_survive_any_bytes(data: bytes, codec: str) -> None:
    assert isinstance(size_header(codec, data), bytes)
    start = {"mjpeg": b"\xff\xd8\xff", "mpeg4": b"\0\0\1\x20", "vp9": b"\x82\x49\x83\x42"}.get(codec, b"")
    assert len(size_header(codec, start + data)) <= len(start + data)


def test_noise_of_any_length_is_refused(tmp_path: Path) -> None:
    chance = random.Random(3)
    for length in (1, 7, 8, 187, 188, 189, 376, 4096):
        for head in (b"", b"\0\0\0\x18ftypisom", b"\x1a\x45\xdf\xa3", b"RIFF\0\0\1\0AVI LIST", b"\x47\x40\0\x10"):
            path = tmp_path / "noise.bin"
            path.write_bytes((head + chance.randbytes(length))[: max(length, len(head))])
            with pytest.raises(TouchlineError):
                index(path)

"""``touchline motion analyse`` on recordings that go wrong in all the ways that recordings do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray

from athletes.pose.points_file import read_points
from athletes.pose.reading import estimate
from tests.athletes.pose_footage import clip_of, skip_without_models
from touchline.cli import main
from touchline.commands import schemas
from touchline.footage import open_footage

Picture = NDArray[np.uint8]
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    """Twelve real frames at a third of their size: 360 x 640."""
    import os

    import cv2

    from tests.conftest import FIXTURES

    path = FIXTURES / "athlete_four_views" / "videos" / "cam03.mp4"
    if not path.exists():
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report(f"real recording {path.name} is not at {FIXTURES}")
    footage = open_footage(path)
    found = [cv2.resize(picture, (360, 640)) for _, picture in footage.pictures(0, 12) if picture is not None]
    footage.close()
    return [np.asarray(each, dtype=np.uint8) for each in found]


@pytest.fixture
def analyse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    from athletes.pose.engine import open_engine

    with skip_without_models():
        open_engine("mediapipe", "lite").close()

    def run(video: Path, *words: str) -> dict[str, Any]:
        capsys.readouterr()
        line = ["motion", "analyse", str(video), "-o", str(tmp_path / "out.npz"), "--model", "lite", *words]
        assert main([*line, "--json", "--lang", "en"]) == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        jsonschema.validate(document, schemas()["motion_analyse"])
        return document

    return run


def keys(document: dict[str, Any]) -> set[str]:
    return {note["key"] for note in document["notes"]}


def test_an_athlete_is_found_and_kept(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    document = analyse(clip_of(tmp_path / "a.mp4", pictures))
    (person,) = document["people"]
    assert (person["seen"], person["first"], person["last"]) == (12, 0, 11)
    assert 200 < person["height_px"] < 320  # 750 px in the picture of 1920
    assert document["notes"] == []
    assert document["slow_motion"] == []
    (track,) = read_points(tmp_path / "out.npz")
    assert len(track) == 12
    assert not list(tmp_path.glob(".*"))  # the parts are gone


def test_it_speaks_vietnamese_and_says_before_what_it_will_take(
    pictures: list[Picture], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from athletes.pose.engine import open_engine

    with skip_without_models():
        open_engine("mediapipe", "lite").close()
    video = clip_of(tmp_path / "a.mp4", pictures[:4])
    assert (
        main(["motion", "analyse", str(video), "-o", str(tmp_path / "a.npz"), "--model", "lite", "--lang", "vi"]) == 0
    )
    out, err = capsys.readouterr()
    assert "1 người trong 4 khung hình" in out
    assert "4 khung hình" in err
    assert "cần khoảng" in err


def test_nobody_in_the_picture(analyse: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    grass = rng.integers(60, 120, (240, 320, 3)).astype(np.uint8)
    document = analyse(clip_of(tmp_path / "empty.mp4", [grass] * 8))
    assert document["people"] == []
    assert keys(document) == {"nobody"}
    assert read_points(tmp_path / "out.npz") == ()


def test_half_a_person(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    # from the hips up: the hips of the athlete are at 45 % of the height of this picture
    document = analyse(clip_of(tmp_path / "half.mp4", pictures, change=lambda picture: picture[:280]))
    parts = {note["values"]["part"] for note in document["notes"] if note["key"] == "half_body"}
    assert "feet" in parts
    assert "head" not in parts
    (track,) = read_points(tmp_path / "out.npz")
    assert np.isnan(track.px[:, 27:33]).mean() > 0.9  # what is outside is no point, wherever the engine puts it


def test_very_dark(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    document = analyse(
        clip_of(tmp_path / "dark.mp4", pictures, change=lambda picture: (picture * 0.15).astype(np.uint8))
    )
    assert "dark" in keys(document)


def test_one_frame(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    document = analyse(clip_of(tmp_path / "one.mp4", pictures[:1]))
    assert "one_frame" in keys(document)
    assert document["people"][0]["frames"] == 1


def test_a_rotated_phone_video_is_read_upright(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    import av

    upright = analyse(clip_of(tmp_path / "upright.mp4", pictures))
    (standing,) = read_points(tmp_path / "out.npz")
    lying = clip_of(tmp_path / "lying.mp4", pictures, change=lambda picture: np.rot90(picture, 1))
    with av.open(str(lying)) as source, av.open(str(tmp_path / "turned.mp4"), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(-90)
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    turned = analyse(tmp_path / "turned.mp4")
    assert turned["size_px"] == upright["size_px"] == [360, 640]
    (track,) = read_points(tmp_path / "out.npz")
    away = np.linalg.norm(track.px - standing.px, axis=2)
    assert np.median(away) < 5.0  # coded twice in another orientation: a few pixels of 250


def test_slow_motion_by_the_tag_of_a_phone(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    import av

    plain = clip_of(tmp_path / "plain.mp4", pictures)
    tagged = tmp_path / "tagged.mp4"
    with av.open(str(plain)) as source, av.open(str(tagged), "w", options={"movflags": "use_metadata_tags"}) as target:
        target.metadata["com.android.capture.fps"] = "240.000000"
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    (hint,) = analyse(tagged)["slow_motion"]
    assert (hint["factor"], hint["reason"]) == (8.0, "tag")
    assert read_points(tmp_path / "out.npz")[0].t_s[1] == pytest.approx(1 / 30, abs=1e-3)  # nothing was decided
    assert analyse(tagged, "--slow", "8")["slow_motion"] == []
    assert read_points(tmp_path / "out.npz")[0].t_s[1] == pytest.approx(1 / 240, abs=1e-3)


def test_resumed_by_the_command(analyse: Run, pictures: list[Picture], tmp_path: Path) -> None:
    video = clip_of(tmp_path / "a.mp4", pictures)
    first = analyse(video)
    again = analyse(video, "--resume", "--work", str(tmp_path / "parts"))
    assert again["people"] == first["people"]
    assert not (tmp_path / "parts").exists()


def test_three_hours_are_indexed_and_estimated_without_being_read(pictures: list[Picture], tmp_path: Path) -> None:
    from functools import partial

    import av

    from athletes.pose.engine import open_engine

    with skip_without_models():
        open_engine("mediapipe", "lite").close()
    short = clip_of(tmp_path / "short.mp4", pictures)
    long = tmp_path / "long.mp4"
    with av.open(str(short)) as source, av.open(str(long), "w") as target:
        packets = [packet for packet in source.demux(source.streams.video[0]) if packet.size]
        stream = target.add_stream_from_template(source.streams.video[0])
        first, step = packets[0].pts, packets[1].pts - packets[0].pts
        for turn in range(900):  # 10,800 pictures, one a second
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.stream, copy.time_base, copy.is_keyframe = stream, packet.time_base, packet.is_keyframe
                copy.pts = first + 30 * step * (12 * turn + (packet.pts - first) // step)
                copy.dts = copy.pts
                target.mux(copy)
    footage = open_footage(long)
    plan = estimate(footage, partial(open_engine, "mediapipe", "lite", 1))
    footage.close()
    assert plan.frames == 10_800
    assert plan.length_s == pytest.approx(3 * 3600, abs=2)
    assert plan.work_s > 30  # thousands of pictures at some milliseconds
    assert 1e6 < plan.disk_bytes < 20e6


@pytest.mark.parametrize("content", [b"", b"not a video", b"\0" * 5000])
def test_what_is_no_video_is_refused(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.mp4").write_bytes(content)
    main(["motion", "analyse", str(tmp_path / "x.mp4"), "-o", str(tmp_path / "out.npz"), "--json"])
    assert json.loads(capsys.readouterr().out)["code"] in ("not_a_video", "empty_video")
    assert not (tmp_path / "out.npz").exists()


def test_without_the_model_it_says_which_command_gets_it(
    pictures: list[Picture], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path / "none"))
    video = clip_of(tmp_path / "a.mp4", pictures[:2])
    main(["motion", "analyse", str(video), "-o", str(tmp_path / "out.npz"), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["code"] == "model_missing"
    assert "touchline models get" in said["hint"]


def test_a_full_disk_is_said_before(
    pictures: list[Picture], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from athletes.pose.engine import open_engine

    with skip_without_models():
        open_engine("mediapipe", "lite").close()
    monkeypatch.setattr(shutil, "disk_usage", lambda where: shutil._ntuple_diskusage(10, 10, 0))  # type: ignore[attr-defined]
    video = clip_of(tmp_path / "a.mp4", pictures[:3])
    main(["motion", "analyse", str(video), "-o", str(tmp_path / "out.npz"), "--model", "lite", "--json"])
    assert json.loads(capsys.readouterr().out)["code"] == "disk_too_small"

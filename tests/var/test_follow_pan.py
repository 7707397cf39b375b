"""Following a camera that pans and zooms: true on every frame, nothing adds up, and it stops rather than drifts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray
from painted import PITCH, SIZE, clicks, errors, shown, view

from touchline.cli import main
from touchline.commands import schemas
from touchline.errors import BadValue
from touchline.i18n import LANGUAGES, find
from var.measure.calibrate import Calibration, Mark, calibrate
from var.measure.following import Followed, Follower, Stopped, StopReason, follow
from var.measure.refine import refine
from var.pan import follow_recording
from var.synthetic.camera import Camera
from var.synthetic.painted import painted_picture, turned

Picture = NDArray[np.uint8]
FRAMES = 30
SEEN = (
    "right_penalty_area_near", "right_penalty_area_far", "right_penalty_area_line_far", "right_goal_area_line_near",
    "right_goal_area_near", "right_arc_far",
)  # fmt: skip


@pytest.fixture(scope="module")
def pan() -> tuple[list[Camera], list[Picture], list[Mark]]:
    """A camera that pans by six degrees and back, tilts and zooms by a tenth."""
    base = view(0)
    swing = [6.0 * np.sin(np.pi * i / FRAMES) for i in range(FRAMES)]
    cameras = [turned(base, s, 0.1 * s, 1 + s / 60) for s in swing]
    picture, scene = shown(cameras[0])
    random = np.random.default_rng(9)
    pictures = [picture, *(painted_picture(camera, scene, random) for camera in cameras[1:])]
    return cameras, pictures, clicks(cameras[0], SEEN)


@pytest.fixture(scope="module")
def first(pan: tuple[list[Camera], list[Picture], list[Mark]]) -> Calibration:
    _, pictures, marks = pan
    found = refine(pictures[0], calibrate(marks, SIZE, PITCH), PITCH, marks=marks)
    assert found.refinement is not None
    assert found.refinement.reason is None
    return found


def test_every_frame_is_calibrated_and_nothing_adds_up(
    pan: tuple[list[Camera], list[Picture], list[Mark]], first: Calibration
) -> None:
    cameras, pictures, _ = pan
    found = list(follow(enumerate(pictures[1:], 1), first, pictures[0], PITCH))
    assert [one.frame for one in found] == list(range(1, FRAMES))
    gaps, z = [], []
    for one in found:
        assert isinstance(one, Followed)
        gap, by_sigma = errors(one.calibration, cameras[one.frame])
        gaps.append(float(np.median(gap)))
        z.append(by_sigma)
        # The camera stays in its place, to within what the calibrated frame knew of it.
        assert np.linalg.norm(one.calibration.centre_m - cameras[0].position_m) < 2.0
    assert max(gaps) < 2.0
    assert gaps[-1] < gaps[0] + 0.7  # it came back to where it began
    assert float((np.abs(np.concatenate(z)) < 1.96).mean()) > 0.85


def test_a_cut_ends_it_and_nothing_comes_after(
    pan: tuple[list[Camera], list[Picture], list[Mark]], first: Calibration
) -> None:
    _, pictures, _ = pan
    noise = np.random.default_rng(2).integers(0, 255, pictures[0].shape).astype(np.uint8)
    found = list(follow([(1, pictures[1]), (2, noise), (3, pictures[3])], first, pictures[0], PITCH))
    assert isinstance(found[0], Followed)
    assert found[1:] == [Stopped(2, StopReason.CUT)]
    follower = Follower(first, pictures[0], PITCH)
    assert isinstance(follower.step(pictures[1]), Calibration)
    assert follower.step(noise) is StopReason.CUT
    assert follower.step(pictures[2]) is StopReason.CUT  # for ever


def test_where_the_lines_leave_the_picture_it_stops(
    pan: tuple[list[Camera], list[Picture], list[Mark]], first: Calibration
) -> None:
    cameras, pictures, _ = pan
    _, scene = shown(cameras[0])
    random = np.random.default_rng(3)
    away = [painted_picture(turned(cameras[0], 0.0, 0.8 * k), scene, random) for k in range(1, 40)]  # up into the sky
    found = list(follow(enumerate(away, 1), first, pictures[0], PITCH))
    assert isinstance(found[-1], Stopped)
    assert found[-1].frame < 40
    for one in found[:-1]:
        assert isinstance(one, Followed)
        gap, _ = errors(one.calibration, turned(cameras[0], 0.0, 0.8 * one.frame))
        assert len(gap) == 0 or float(np.median(gap)) < 3.0  # right up to the end


def test_a_camera_that_walks_is_left(pan: tuple[list[Camera], list[Picture], list[Mark]], first: Calibration) -> None:
    """Lines and a camera in its place contradict each other: following stops."""
    cameras, pictures, _ = pan
    _, scene = shown(cameras[0])
    random = np.random.default_rng(4)
    walked = []
    for k in range(1, 16):
        at = cameras[0].position_m + np.array([0.8 * k, 0.0, 0.0])
        tvec = -cameras[0].rotation @ at
        walked.append(replace(cameras[0], tvec_m=(float(tvec[0]), float(tvec[1]), float(tvec[2]))))
    shots = [painted_picture(camera, scene, random) for camera in walked]
    found = list(follow(enumerate(shots, 1), first, pictures[0], PITCH))
    # It is told where it stood to some decimetres, and its principal point to some pixels, which for a while look like
    # a step: some metres away it must have stopped, because the lines contradict its place or tell it no more.
    assert isinstance(found[-1], Stopped)
    assert found[-1].reason is not StopReason.CUT
    assert found[-1].frame <= 15


class Listed:
    """Pictures in memory as a recording."""

    def __init__(self, pictures: list[Picture]) -> None:
        self.pictures = pictures

    def __len__(self) -> int:
        return len(self.pictures)

    def picture(self, i: int) -> Picture:
        return self.pictures[i]

    def grey(self, i: int) -> Picture:
        return np.asarray(cv2.cvtColor(self.pictures[i], cv2.COLOR_BGR2GRAY), np.uint8)


def test_it_goes_both_ways_from_the_calibrated_frame(
    pan: tuple[list[Camera], list[Picture], list[Mark]],
) -> None:
    cameras, pictures, _ = pan
    marks = clicks(cameras[4], SEEN)
    middle = calibrate(marks, SIZE, PITCH)  # it is refined on its own picture first
    found = follow_recording(Listed(pictures), middle, 4, (1, 8), PITCH)
    assert [one.frame for one in found.followed] == list(range(1, 9))
    assert found.stops == ()
    for one in found.followed:
        assert float(np.median(errors(one.calibration, cameras[one.frame])[0])) < 2.0
    with pytest.raises(BadValue) as refused:
        follow_recording(Listed(pictures), middle, 4, (5, 8), PITCH)
    assert refused.value.name == "no_frame_to_follow"


def test_the_commands_refine_and_follow(
    pan: tuple[list[Camera], list[Picture], list[Mark]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, pictures, marks = pan
    still, video, words = tmp_path / "khung hình.png", tmp_path / "lia.mp4", tmp_path / "marks.json"
    still.write_bytes(cv2.imencode(".png", pictures[0])[1].tobytes())
    with av.open(str(video), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for picture in pictures[:8]:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
    points = [{"name": m.name, "pitch_m": list(m.pitch_m), "image_px": list(m.image_px)} for m in marks]
    words.write_text(json.dumps({"points": points}), "utf-8")

    def run(*argv: str) -> Any:
        assert main([*argv, "--json", "--lang", "en"]) == 0
        return json.loads(capsys.readouterr().out)

    size = f"{SIZE[0]}x{SIZE[1]}"
    camera = run("calibrate", str(words), "--picture-size", size, "--picture", str(still))
    jsonschema.validate(camera, schemas()["calibration"], cls=jsonschema.Draft202012Validator)
    assert camera["refinement"]["used"] is True
    assert len(camera["refinement"]["lines"]) >= 3
    file = tmp_path / "camera.json"
    file.write_text(json.dumps(camera), "utf-8")
    found = run("follow", str(video), str(file), "--frame", "0", "--to", "6")
    jsonschema.validate(found, schemas()["followed"], cls=jsonschema.Draft202012Validator)
    assert [one["frame"] for one in found["frames"]] == list(range(7))
    assert found["stops"] == []
    assert main(["follow", str(video), str(file), "--frame", "0", "--to", "3", "--lang", "vi"]) == 0
    assert "4 khung hình" in capsys.readouterr().out
    assert main(["calibrate", str(words), "--picture-size", size, "--picture", str(still), "--lang", "vi"]) == 0
    assert "vạch sơn" in capsys.readouterr().out
    bad = run("calibrate", str(words), "--picture-size", size, "--picture", str(words))
    assert bad["code"] == "not_a_still"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_words(lang: str) -> None:
    for reason in StopReason:
        assert find(f"var.pan.reason.{reason.value}", lang)
    for name in ("no_lines", "few_lines", "no_camera", "paint_missing", "against_clicks", "residual"):
        assert find(f"var.refine.reason.{name}", lang)

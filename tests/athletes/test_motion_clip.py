"""Clips of trials: exact frames, times and sizes, what is burned in, whole or nothing; and the drawing itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import barcode
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measured_trials import analysis_of, measured_trial, seen

from athletes.archive import Archive
from athletes.kinematics.model import Curve, Movement, Side
from athletes.model import Athlete
from athletes.motion.clip import MOST_PER_S, shown_frames, stretch_of, write_clip
from athletes.motion.drawing import COLOURS, Pose, draw_angles, draw_body, pose_at, value_at
from athletes.motion.film import layer_of, opened
from athletes.motion.found import keep_tracks, tracks_of
from athletes.motion.lettering import plate
from athletes.motion.naming import movement_name, side_letters
from athletes.motion.overlay import MOST_PX, Layer, shown_angles
from athletes.motion.trials import Trials
from athletes.people.consent import Consents
from athletes.people.standing import NoConsent, Scope
from athletes.pose.model import BODY33
from touchline.access import Act, lines_of
from touchline.errors import BadFile, BadValue, NotFound
from touchline.origin import Origin
from touchline.rights import NotAllowed, Person, Role

Picture = np.ndarray


def decoded(path: Path) -> list[tuple[float, Picture]]:
    """Time in seconds and picture (BGR) of every frame."""
    with av.open(str(path)) as container:
        return [(float(frame.time or 0), frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]


def written(trials: Trials, trial_id: str, path: Path, **how: Any) -> tuple[Any, Layer]:
    footage = opened(trials, trial_id)
    try:
        layer = layer_of(trials, trial_id, footage, lang=how.pop("lang", "vi"), **how)
        return write_clip(path, footage, layer), layer
    finally:
        footage.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trials, str]:
    """A measured trial that is not marked as simulated, so that no plate hides the frames' numbers."""
    folder = tmp_path_factory.mktemp("clip")
    archive = Archive(folder / "home")
    athlete = archive.save_athlete(Athlete("", "Nguyễn Thị Ánh"))
    trial = measured_trial(archive, folder, athlete_id=athlete.id, origin=Origin.IMPORTED, fps=30)
    return Trials(archive), trial.id


def test_the_film_shows_exactly_the_frames_that_were_asked_for(kept: tuple[Trials, str], tmp_path: Path) -> None:
    trials, trial_id = kept
    tracks = tracks_of(trials, trial_id, "cam1")
    keep_tracks(trials, trial_id, "cam1", [])  # without a body over the numbers
    made, layer = written(trials, trial_id, tmp_path / "a.mp4", stretch=(1.0, 2.0), slow=4.0)
    keep_tracks(trials, trial_id, "cam1", tracks)
    assert made.frames == tuple(range(30, 61))  # both ends are in it
    pictures = decoded(made.path)
    assert [barcode.number(picture[:180]) for _, picture in pictures] == list(range(30, 61))
    # a second of 30 pictures shows in four; the container's tick is 1/90000 s
    assert [at for at, _ in pictures] == pytest.approx([4 * i / 30 for i in range(31)], abs=1.5 / 90_000)
    assert made.length_s == pytest.approx(4 * 31 / 30, abs=1e-4)
    for place, (_, picture) in enumerate(pictures):  # the burnt number is that frame's, and not its neighbour's
        numbers = (30 + place, 31 + place)
        here, next_one = (layer.strip.at(each, layer.now(each), side_letters("vi")) for each in numbers)
        differs = np.any(here != next_one, axis=2)  # the number, the time, the pointer of the curve
        shown = picture[180:].astype(int)
        off, other = (float(np.abs(shown - want.astype(int))[differs].mean()) for want in (here, next_one))
        assert off < other / 2, place


def test_what_is_burned_in_says_which_frame_when_how_slow_and_whose(kept: tuple[Trials, str]) -> None:
    trials, trial_id = kept
    footage = opened(trials, trial_id)
    layers = {lang: layer_of(trials, trial_id, footage, slow=2.5, lang=lang) for lang in ("vi", "en")}
    footage.close()
    assert layers["vi"].now(45) == "khung hình 45 · 1,500 s · chậm 2,50 lần"
    assert layers["en"].now(45) == "frame 45 · 1.500 s · 2.50× slower"
    assert layers["vi"].strip.lines == (
        "Bật nhảy 1",
        f"Nguyễn Thị Ánh · {movement_name(Movement.CMJ, 'vi')}",
        "03/11/2026 · Máy 1",
    )
    assert layers["en"].strip.said == "Knee angle (°)"
    assert {curve.side for curve in layers["en"].curves} == set(Side)
    acts = [line.act for line in lines_of(trials.archive.store, trials.trial(trial_id).athlete_id or "")]
    assert Act.EXPORTED in acts


def test_the_body_is_drawn_where_its_points_are_and_the_picture_stays_elsewhere(kept: tuple[Trials, str]) -> None:
    trials, trial_id = kept
    footage = opened(trials, trial_id)
    layer = layer_of(trials, trial_id, footage, lang="vi")
    picture = footage.picture(50)
    painted = layer.painted(picture, 50)[:180]
    footage.close()
    pose = pose_at(layer.track, 50)
    assert pose is not None
    knee = pose.px[BODY33.place("right_knee")]
    u, v = np.round(knee).astype(int)
    assert np.abs(painted[v, u].astype(int) - COLOURS[Side.RIGHT][::-1]).max() < 40
    changed = np.any(painted != picture, axis=2)
    left, top, right, bottom = pose.box or (0, 0, 0, 0)
    outside = changed.copy()
    # numbers stand beside the corners, on plates of about 18 by 50 pixels
    outside[max(0, int(top) - 24) : int(bottom) + 24, max(0, int(left) - 75) : int(right) + 75] = False
    assert changed.any()
    assert not outside.any(), (np.argwhere(outside)[:9], pose.box)


@pytest.mark.parametrize("size", [(321, 179), (320, 180)])
def test_odd_sizes_become_even_by_their_last_row_and_column(size: tuple[int, int], tmp_path: Path) -> None:
    track = seen(Movement.SQUAT, 10, size=size)
    footage = Fake(barcode.draw(7, size), len(track))
    layer = Layer(
        track, analysis_of(track, Movement.SQUAT), "Gánh đùi", ("a",), True, size, footage.times_s, range(3), "en",
        letters=side_letters("en"),
    )  # fmt: skip
    made = write_clip(tmp_path / "a.mp4", footage, layer)
    shown = decoded(made.path)
    assert shown[0][1].shape[:2] == made.size_px[::-1]
    assert all(side % 2 == 0 for side in made.size_px)
    assert made.size_px[0] - size[0] in (0, 1)
    with av.open(str(made.path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


def test_large_pictures_are_made_smaller_and_the_body_with_them() -> None:
    size = (3840, 2160)
    track = seen(Movement.SQUAT, 10, size=size)
    layer = Layer(track, None, "x", (), False, size, track.t_s, range(1), "en")
    assert layer.picture_px == (MOST_PX, 1080)
    painted = layer.painted(np.full((2160, 3840, 3), 90, np.uint8), 0)[:1080]
    hip = (track.px[0, BODY33.place("right_hip")] + 0.5) / 2 - 0.5
    u, v = np.round(hip).astype(int)
    assert np.abs(painted[v, u].astype(int) - COLOURS[Side.RIGHT][::-1]).max() < 60


def test_a_turned_phone_recording_stands_upright_with_its_body(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "home")
    trial = measured_trial(archive, tmp_path, size=(320, 180), rotation=(90, False), fps=30, origin=Origin.IMPORTED)
    assert trial.shots[0].shot.size_px == (180, 320)
    made, layer = written(Trials(archive), trial.id, tmp_path / "a.mp4", stretch=(0.0, 0.1))
    assert layer.picture_px == (180, 320)
    assert made.size_px[0] == 180
    pose = pose_at(layer.track, 0)
    assert pose is not None
    u, v = np.round(pose.px[BODY33.place("right_hip")]).astype(int)
    assert 0 <= u < 180
    assert 0 <= v < 320
    # orange and blue are nowhere in the grey recording
    picture = decoded(made.path)[0][1][:320].astype(int)
    assert np.ptp(picture[v - 2 : v + 3, u - 2 : u + 3], axis=2).max() > 60


def test_slow_motion_of_a_phone_is_told_in_real_seconds(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "home")
    trial = measured_trial(archive, tmp_path, fps=240, slow=8, movement=Movement.SQUAT, origin=Origin.IMPORTED)
    trials = Trials(archive)
    made, layer = written(trials, trial.id, tmp_path / "real.mp4", stretch=(1.0, 1.5), lang="en")
    assert layer.now(240) == "frame 240 · 1.000 s"
    assert "recorded as 8× slow motion; times are real" in layer.about
    # 240 pictures a second in real time: as many are shown as players show
    assert len(made.frames) <= 0.5 * MOST_PER_S + 2
    assert made.length_s == pytest.approx(0.5, abs=0.05)
    slow, _ = written(trials, trial.id, tmp_path / "slow.mp4", stretch=(1.0, 1.1), slow=8.0)
    assert slow.frames == tuple(range(240, 265))  # and all of them in slow motion
    assert slow.length_s == pytest.approx(8 * 25 / 240, abs=1e-3)


class Fake:
    """Footage of one picture again and again; ``damaged`` frames do not decode."""

    codec, tags, path = "-", {}, Path()

    def __init__(self, picture: Picture, count: int, damaged: tuple[int, ...] = ()) -> None:
        self.shown, self.count, self.damaged = picture, count, damaged
        self.size_px = picture.shape[1], picture.shape[0]
        self.times_s = np.arange(count) / 10

    def __len__(self) -> int:
        return self.count

    def picture(self, i: int) -> Picture:
        return self.shown

    def pictures(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, Picture | None]]:
        for i in range(first, self.count if last is None else last):
            yield i, None if i in self.damaged else self.shown

    def close(self) -> None:
        pass


def plain(frames: range, size: tuple[int, int] = (64, 48), **more: Any) -> Layer:
    return Layer(None, None, "x", (), False, size, np.arange(100) / 10, frames, "en", **more)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_a_film_that_is_stopped_midway_leaves_nothing(fault: type[BaseException], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    seen_shares = []

    def step(share: float) -> None:
        seen_shares.append(share)
        if share > 0.4:
            raise fault

    footage = Fake(np.full((48, 64, 3), 90, np.uint8), 100)
    with pytest.raises(fault):
        write_clip(out / "a.mp4", footage, plain(range(10)), step=step)
    assert seen_shares == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert list(out.iterdir()) == []
    (out / "a.mp4").write_bytes(b"what was there")
    with pytest.raises(fault):
        write_clip(out / "a.mp4", footage, plain(range(10)), step=step)
    assert (out / "a.mp4").read_bytes() == b"what was there"


def test_a_frame_that_does_not_decode_is_said_and_not_made_up(tmp_path: Path) -> None:
    footage = Fake(np.full((96, 128, 3), 200, np.uint8), 10, damaged=(1,))
    made = write_clip(tmp_path / "a.mp4", footage, plain(range(3), (128, 96)))
    bright = [float(picture[:96].mean()) for _, picture in decoded(made.path)]
    assert bright[1] < 60 < 150 < min(bright[0], bright[2])


def test_what_cannot_be_is_refused(kept: tuple[Trials, str], tmp_path: Path) -> None:
    trials, trial_id = kept
    footage = Fake(np.full((48, 64, 3), 90, np.uint8), 100)
    for path, layer, code in (
        (tmp_path / "a.avi", plain(range(2)), "clip_suffix"),
        (tmp_path / "a.mp4", plain(range(2), slow=0.1), "clip_speed"),
        (tmp_path / "a.mp4", plain(range(2), slow=float("nan")), "clip_speed"),
    ):
        with pytest.raises(BadValue) as fault:
            write_clip(path, footage, layer)
        assert fault.value.code == f"athletes.errors.{code}"
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(BadFile):
        write_clip(tmp_path / "file" / "a.mp4", footage, plain(range(2)))
    real = opened(trials, trial_id)
    for how, code in (({"stretch": (9.0, 10.0)}, "clip_empty"), ({"curve": "tail"}, "no_such_curve")):
        with pytest.raises(BadValue) as fault:
            layer_of(trials, trial_id, real, lang="en", **how)  # type: ignore[arg-type]
        assert fault.value.code == f"athletes.errors.{code}"
    real.close()
    with pytest.raises(BadValue) as fault:
        stretch_of(np.arange(30_000) / 30, None, None)
    assert fault.value.code == "athletes.errors.clip_too_long"
    with pytest.raises(NotFound):
        opened(trials, trial_id, "cam7")
    assert not list(tmp_path.glob("*.mp4"))


@pytest.mark.parametrize("scope", [Scope.VIDEO, Scope.SHARING])
def test_nothing_leaves_of_somebody_who_withdrew_consent(scope: Scope, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "home")
    athlete = archive.save_athlete(Athlete("", "An"))
    trial = measured_trial(archive, tmp_path, athlete_id=athlete.id, movement=Movement.SQUAT, fps=10)
    trials = Trials(archive)
    Consents(archive).withdraw(athlete.id, [scope], trial.day)
    with pytest.raises((NoConsent, NotFound)):
        opened(trials, trial.id)
    with pytest.raises(NotAllowed):
        opened(Trials(Archive(tmp_path / "home", Person("p", "P", frozenset({Role.REFEREE})))), trial.id)


# ------------------------------------------------------------------ drawing


def at(places: dict[str, tuple[float, float]], confidence: float = 0.9) -> Pose:
    px = np.full((33, 2), np.nan)
    for name, where in places.items():
        px[BODY33.place(name)] = where
    return Pose(px, np.full(33, confidence), BODY33)


def test_gaps_are_not_drawn_and_doubt_is_faint() -> None:
    blank = np.full((640, 200, 3), 128, np.uint8)
    nothing, whole, doubted = blank.copy(), blank.copy(), blank.copy()
    leg = {"left_hip": (60.0, 40.0), "left_knee": (60.0, 320.0), "left_ankle": (60.0, 600.0)}
    draw_body(nothing, at({name: where for name, where in leg.items() if name != "left_knee"}))
    assert np.array_equal(nothing[80:560], blank[80:560])  # no bone over the knee that was not seen
    draw_body(whole, at(leg))
    draw_body(doubted, at(leg, confidence=0.2))
    strong, faint = (np.abs(each[200, 60].astype(int) - 128).max() for each in (whole, doubted))
    assert strong == max(abs(part - 128) for part in COLOURS[Side.LEFT])
    assert faint == pytest.approx(0.35 * strong, abs=1)
    draw_body(blank, at({}))
    assert (blank == 128).all()


def test_left_and_right_differ_in_lightness_too() -> None:
    light = {side: 0.2126 * ink[0] + 0.7152 * ink[1] + 0.0722 * ink[2] for side, ink in COLOURS.items() if side}
    # orange against blue: apart for those who lack a kind of cone; and a letter stands beside each angle
    assert light[Side.LEFT] - light[Side.RIGHT] > 15
    assert set(side_letters("vi").values()) == {"T", "P"}
    assert set(side_letters("en").values()) == {"L", "R"}


def test_angles_are_written_as_the_curve_has_them_and_not_where_it_has_none() -> None:
    track = seen(Movement.SQUAT, 30, size=(640, 480))
    analysis = analysis_of(track, Movement.SQUAT)
    curves = [curve for curve in analysis.curves if curve.key == "knee" and curve.side is Side.RIGHT]
    pose = pose_at(track, 60)
    assert pose is not None
    canvas = np.zeros((480, 640, 3), np.uint8)
    said = draw_angles(canvas, pose, curves, 60, letters=side_letters("vi"), size_px=14)
    assert said == [f"P {curves[0].value[60]:.0f}°"]
    assert canvas.any()
    gap = replace(curves[0], value=np.where(np.arange(len(track)) == 60, np.nan, curves[0].value))
    still = np.zeros((480, 640, 3), np.uint8)
    assert draw_angles(still, pose, [gap], 60, letters=side_letters("vi"), size_px=14) == []
    assert not still.any()


def test_instants_without_a_picture_hide_no_other() -> None:
    frames = np.array([4, 5, -1, 7, -1, 9])
    curve = Curve("knee", "deg", frames, np.arange(6) / 30, np.array([1.0, 2, 3, 4, 5, np.nan]), np.ones(6), Side.LEFT)
    assert [value_at(curve, frame) for frame in (4, 5, 6, 7, 8, 9, -1)] == [1.0, 2.0, None, 4.0, None, None, None]


def test_the_side_that_the_engine_was_surer_of_is_the_one_with_numbers() -> None:
    track = seen(Movement.SQUAT, 30)
    analysis = analysis_of(track, Movement.SQUAT)
    hidden = np.array([name.startswith("left") for name in BODY33.joints])
    for side, unsure in ((Side.RIGHT, hidden), (Side.LEFT, ~hidden)):
        doubted = replace(track, confidence=np.where(unsure, 0.4, 0.9) * np.ones((len(track), 1)))
        assert {curve.side for curve in shown_angles(doubted, analysis)} == {side}


def test_vietnamese_letters_have_their_marks() -> None:
    """Ổ, Ộ and O differ by their marks; a font without them would draw boxes, all the same."""
    drawn = [plate(letter, 40).tobytes() for letter in ("Ổ", "Ộ", "Ở", "Ỡ", "O", "Đ", "D")]
    assert len(set(drawn)) == len(drawn)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.001, 0.5), min_size=1, max_size=80),
    st.floats(0.25, 20.0),
    st.integers(0, 40),
)
def test_shown_frames_are_in_order_never_too_dense_and_begin_at_the_first(
    steps: list[float], slow: float, first: int
) -> None:
    times_s = np.cumsum(steps)
    first = min(first, len(times_s) - 1)
    kept = shown_frames(times_s, range(first, len(times_s)), slow)
    assert kept[0] == first
    assert kept == sorted(set(kept))
    assert all(gap >= 0.97 / MOST_PER_S for gap in np.diff(times_s[kept]) * slow)
    if min(steps) * slow >= 1 / MOST_PER_S:
        assert kept == list(range(first, len(times_s)))


def test_the_comment_of_a_film_is_kept(tmp_path: Path) -> None:
    footage = Fake(np.full((48, 64, 3), 90, np.uint8), 10)
    made = write_clip(tmp_path / "a.mp4", footage, plain(range(2)), comment=json.dumps({"a": "ữ"}, ensure_ascii=False))
    with av.open(str(made.path)) as container:
        assert "ữ" in container.metadata["comment"]
        assert container.metadata["title"] == "x"

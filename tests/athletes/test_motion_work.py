"""A trial looked through and measured: by the real models, stopped and gone on with, again with other settings."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pose_footage import clip_of
from trial_films import DAY, film, kept_trial, standing_track

from athletes.archive import Archive
from athletes.kinematics.model import Movement
from athletes.motion.found import (
    PointsSeal,
    analysis_of,
    followed_number,
    followed_of,
    keep_tracks,
    looked_through,
    points_version,
    tracks_of,
    tracks_path,
)
from athletes.motion.kept import Kept
from athletes.motion.looking import Looking, look_through, reading_of
from athletes.motion.measuring import is_current, measure_trial
from athletes.motion.model import Result, Trial
from athletes.motion.rig import CAMERA, camera_document, camera_of, matched, nudged, posed, slowed, tie
from athletes.motion.screened import layer_document
from athletes.motion.screening import find_screening, screen_id
from athletes.motion.trials import WAITING, Trials
from athletes.motion.work import LOCK, look_and_measure
from athletes.pose.chunks import VERSION as CHUNK_VERSION
from athletes.pose.chunks import Found, chunk_path, write_chunk, write_plan
from athletes.pose.model import BODY33
from athletes.pose.noise import body_height_px
from athletes.pose.results import followed
from athletes.pose.swaps import joints_of
from athletes.space.calibrations import read_calibration
from athletes.space.camera import PosedCamera
from athletes.synthetic_motion.camera import drawn_noise
from tests.athletes.walkers import joints_m, seen_px
from touchline import models
from touchline.errors import BadFile, BadValue, Missing
from touchline.files import locked
from touchline.footage import Progress, Tied, open_footage
from touchline.i18n import LANGUAGES
from touchline.jobs import Jobs, Report
from touchline.origin import Origin
from touchline.timebase import ClockMap

LITE = Looking("mediapipe", "lite", 1)


def quiet(share: float, said: str) -> None:
    """Progress that nobody hears."""


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(Archive(tmp_path / "home"))


@pytest.fixture
def lite() -> None:
    """The model that these tests look with."""
    try:
        models.path("pose_lite")
    except Missing as absent:
        pytest.skip(f"the pose model is not here: {absent}")


def with_tracks(trials: Trials, tmp_path: Path, **settings: object) -> Trial:
    """A trial whose points are known."""
    made = kept_trial(trials.archive, tmp_path, movement=Movement.RANGE)
    made = trials.change(made.with_shot(replace(made.shots[0], settings=settings)))
    keep_tracks(trials, made.id, "cam1", [standing_track(60, 30.0, person=2), standing_track(60, 30.0)])
    return made


@pytest.mark.usefixtures("lite")
def test_real_pictures_stopped_midway_and_gone_on_with(
    trials: Trials, fixture_path: Callable[[str], Path], tmp_path: Path
) -> None:
    source = fixture_path("athlete_four_views/videos/cam03.mp4")
    made = trials.add("Nghiêng", Movement.RANGE, DAY, [(source, "cam03")])
    how = replace(LITE, chunk_frames=40)
    shares: list[float] = []

    def heard(share: float, said: str) -> None:
        shares.append(share)

    assert not look_through(trials, made.id, "cam1", how, progress=heard, stop=lambda: len(shares) > 55)
    assert not looked_through(trials, made.id, "cam1")
    assert max(shares) < 0.7
    shares.clear()
    assert look_through(trials, made.id, "cam1", how, progress=heard)
    assert 0.4 <= min(shares) < 0.5  # the first forty frames were not looked at again
    (track, *_) = tracks_of(trials, made.id, "cam1")
    assert np.isfinite(track.px).all(axis=(1, 2)).mean() > 0.95
    assert track.size_px == (1088, 1920)
    assert b"\x93NUMPY" not in tracks_path(trials, made.id, "cam1").read_bytes()  # sealed
    told = reading_of(trials, made.id, "cam1")
    assert told is not None
    assert told["people"] == 1
    assert "pose_lite" in told["engine"]
    shares.clear()
    assert look_through(trials, made.id, "cam1", how, progress=heard)
    assert shares == []  # all of it is there


@pytest.mark.usefixtures("lite")
def test_nobody_in_the_picture_is_an_answer(trials: Trials, tmp_path: Path) -> None:
    made = kept_trial(trials.archive, tmp_path)
    done = look_and_measure(trials, made, LITE, quiet)
    assert done["measured"] == ["cam1"]
    assert not done["stopped"]
    analysis = analysis_of(trials, made.id, "cam1")
    assert analysis is not None
    assert {reason for finding in analysis.findings for reason in finding.reasons} == {"nobody_seen"}
    told = reading_of(trials, made.id, "cam1")
    assert told is not None
    assert [note["key"] for note in told["notes"]] == ["nobody"]


@pytest.mark.usefixtures("lite")
@pytest.mark.parametrize(("count", "light", "why"), [(1, 1.0, "too_few_frames"), (20, 0.0, "too_dark")])
def test_one_picture_alone_and_a_black_recording_are_answered(
    count: int, light: float, why: str, trials: Trials, tmp_path: Path
) -> None:
    """By what is wrong and what to do, and by nothing else: no advice on metres or on where to stand."""
    picture = np.full((180, 320, 3), 128 * light, np.uint8)
    made = trials.add("x", Movement.CMJ, DAY, [(clip_of(tmp_path / "x.mp4", [picture] * count), "")])
    made = trials.change(made.with_shot(replace(made.shots[0], settings={"scale": {"kind": "height", "m": 1.7}})))
    assert look_and_measure(trials, made, LITE, quiet)["measured"] == ["cam1"]
    analysis = analysis_of(trials, made.id, "cam1")
    assert analysis is not None
    assert analysis.wanting == (why,)
    assert analysis.notes == ()


@pytest.mark.usefixtures("lite")
@pytest.mark.parametrize("count", [1, 2])
def test_a_body_in_too_few_pictures_is_not_measured(
    count: int, trials: Trials, fixture_path: Callable[[str], Path], tmp_path: Path
) -> None:
    footage = open_footage(fixture_path("athlete_four_views/videos/cam03.mp4"))
    pictures = [picture for _, picture in footage.pictures(0, count) if picture is not None]
    footage.close()
    made = trials.add("x", Movement.CMJ, DAY, [(clip_of(tmp_path / "x.mp4", pictures), "")])
    look_and_measure(trials, made, LITE, quiet)
    assert len(tracks_of(trials, made.id, "cam1")) == 1
    analysis = analysis_of(trials, made.id, "cam1")
    assert analysis is not None
    assert analysis.wanting == ("too_few_frames",)


def test_who_is_measured_is_known_without_their_points_where_it_can_be(
    trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening a page of an hour's recording reads no points for it: of one person alone, or of one who was chosen."""
    several, chosen = with_tracks(trials, tmp_path), with_tracks(trials, tmp_path, person=1)
    alone = kept_trial(trials.archive, tmp_path, name="một")
    keep_tracks(trials, alone.id, "cam1", [standing_track(60, 30.0, person=3)])
    empty = kept_trial(trials.archive, tmp_path, name="không")
    keep_tracks(trials, empty.id, "cam1", [])
    for made in (several, chosen, alone, empty):
        track = followed_of(trials, made, "cam1")
        assert followed_number(trials, made, "cam1") == (None if track is None else track.person)

    def refuse(*_: object) -> None:
        raise AssertionError("points were read")

    monkeypatch.setattr("athletes.motion.found.read_tracks", refuse)
    assert [followed_number(trials, made, "cam1") for made in (chosen, alone, empty)] == [1, 3, None]
    screening = find_screening(trials, screen_id(alone.id))
    assert screening is not None
    document = layer_document(Kept(trials), screening.parts[0], "u")
    assert document is not None
    assert document["edges"]


def test_points_of_dark_pictures_are_measured_and_said_to_be_unsure(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path)
    dark = {"key": "dark", "person": None, "frames": [0, 59], "values": {"luma": 12.0}}
    told = {"engine": "t", "noise": "full", "people": 2, "notes": [dark], "doubts": [], "swaps": {}}
    trials.keep_result(made.id, Result.READING, json.dumps(told).encode(), camera_id="cam1", recipe="t")
    analysis = measure_trial(trials, made.id).analyses["cam1"]
    assert "dark" in analysis.notes
    assert "dark" in analysis.wanting


@pytest.mark.usefixtures("lite")
def test_a_recording_that_is_gone_is_refused_and_others_are_measured(trials: Trials, tmp_path: Path) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30))
    (trials.folder(made.id) / made.shots[0].shot.file).write_bytes(b"gone")
    done = look_and_measure(trials, made, LITE, quiet)
    assert set(done["refused"]) == {"cam1"}
    assert set(done["refused"]["cam1"]) == {"vi", "en"}
    assert done["measured"] == ["cam2"]


@pytest.mark.usefixtures("lite")
def test_a_recording_that_was_taken_away_is_refused_and_others_are_measured(trials: Trials, tmp_path: Path) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30))
    (trials.folder(made.id) / made.shots[0].shot.file).unlink()
    done = look_and_measure(trials, made, LITE, quiet)
    assert set(done["refused"]) == {"cam1"}
    assert done["measured"] == ["cam2"]


def test_without_the_model_nothing_is_lost(trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = kept_trial(trials.archive, tmp_path)
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path / "none"))
    with pytest.raises(Missing):
        look_and_measure(trials, made, LITE, quiet)
    assert trials.trial(made.id) == made


def test_the_person_somebody_chose_is_measured_and_else_the_one_seen_most(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path)
    assert [track.person for track in tracks_of(trials, made.id, "cam1")] == [2, 1]
    first = followed_of(trials, made, "cam1")
    chosen = trials.change(made.with_shot(replace(made.shots[0], settings={"person": 1})))
    second = followed_of(trials, chosen, "cam1")
    assert first is not None
    assert second is not None
    assert (first.person, second.person) == (2, 1)


def test_who_passes_large_through_the_picture_comes_before_a_small_bystander(trials: Trials, tmp_path: Path) -> None:
    made = kept_trial(trials.archive, tmp_path, movement=Movement.RANGE)
    bystander = standing_track(60, 30.0, person=1)  # 100 pixels high, there all the time
    athlete = standing_track(60, 30.0, person=2)
    large = 90 + 5 * (athlete.px - 90)
    large[24:] = np.nan  # in four of ten frames
    keep_tracks(trials, made.id, "cam1", [bystander, replace(athlete, px=large)])
    assert [track.person for track in tracks_of(trials, made.id, "cam1")] == [2, 1]


def test_measured_again_only_where_something_changed(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path)
    assert not is_current(trials, made, "cam1")
    done = measure_trial(trials, made.id)
    assert list(done.analyses) == ["cam1"]
    assert done.space is None
    assert done.refusal is None
    assert is_current(trials, made, "cam1")
    tall = trials.change(made.with_shot(replace(made.shots[0], settings={"scale": {"kind": "height", "m": 1.7}})))
    assert not is_current(trials, tall, "cam1")
    measure_trial(trials, made.id)
    analysis = analysis_of(trials, made.id, "cam1")
    assert analysis is not None
    assert "scale_from_height" in analysis.notes
    keep_tracks(trials, made.id, "cam1", [standing_track(60, 30.0)])
    assert not is_current(trials, tall, "cam1")  # other points


def test_a_scale_that_cannot_be_is_a_note_and_angles_still_come(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path, scale={"kind": "length", "px": [1, 1, 2, 2], "m": 1.0})
    analysis = measure_trial(trials, made.id).analyses["cam1"]
    assert "length_too_short" in analysis.notes
    assert "no_scale" in analysis.notes
    assert any(finding.measured is not None for finding in analysis.findings)
    bad = trials.change(made.with_shot(replace(made.shots[0], settings={"scale": {"kind": "guess"}})))
    assert "no_such_scale" in measure_trial(trials, bad.id).analyses["cam1"].notes
    with pytest.raises(BadValue):
        measure_trial(trials, trials.change(replace(made, settings={"cutoff_hz": 900.0})).id)


def test_slow_motion_is_put_right_without_looking_again(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path)
    (before, *_) = tracks_of(trials, made.id, "cam1")
    slow = slowed(trials, made.id, "cam1", Fraction(8))
    assert slow.shots[0].slow == 8
    (after, *_) = tracks_of(trials, made.id, "cam1")
    assert after.t_s == pytest.approx(before.t_s / 8)
    assert not is_current(trials, slow, "cam1")
    with pytest.raises(BadValue):
        slowed(trials, made.id, "cam1", Fraction(1, 2))
    with pytest.raises(BadValue):
        slowed(trials, made.id, "cam1", Fraction(240))


def mixed_up_sprinter(trials: Trials, folder: Path) -> tuple[Trial, np.ndarray]:
    """A sprinter at 240 pictures a second, shown as 30, whose legs an engine exchanged for a quarter second, read in
    two chunks; and where the points are in truth."""
    real_s = np.arange(480) / 240
    px = seen_px(joints_m(real_s, stride_hz=2.3))
    px = px + body_height_px(px) * drawn_noise(np.random.default_rng(2), real_s)
    mixed, turned = px.copy(), slice(160, 220)
    for left, right in joints_of(BODY33)[2]:
        mixed[turned, [left, right]] = px[turned, [right, left]]
    made = kept_trial(trials.archive, folder, movement=Movement.RANGE)
    points, seal = trials.points_folder(made.id, "cam1"), PointsSeal(trials.archive, made.id, "cam1")
    points.mkdir(parents=True)
    for first in (0, 240):
        each, at = np.ones(240, dtype=np.int64), np.arange(first, first + 240)
        sure, colours = np.full((240, 33), 0.95), np.ones((240, 6))
        found = Found(at, 8 * real_s[at], 100.0 * each, each, mixed[at], sure, 1.0 * each, colours)
        write_chunk(points, found, (seal.close, seal.open))
    plan = {"version": CHUNK_VERSION, "engine": "x", "noise": "full", "skeleton": BODY33.name, "size_px": [1920, 1080]}
    write_plan(points, {**plan, "first": 0, "last": 480, "chunk_frames": 240})
    keep_tracks(trials, made.id, "cam1", followed(points, (seal.close, seal.open)).tracks)
    told = json.dumps({"engine": "x", "noise": "full", "people": 1}).encode()
    trials.keep_result(made.id, Result.READING, told, camera_id="cam1", recipe="x")
    return made, px


def test_a_film_of_which_a_part_was_lost_keeps_its_people_when_it_turns_out_slow(
    trials: Trials, tmp_path: Path
) -> None:
    made, _ = mixed_up_sprinter(trials, tmp_path)
    (before,) = tracks_of(trials, made.id, "cam1")
    chunk_path(trials.points_folder(made.id, "cam1"), 240).unlink()
    slowed(trials, made.id, "cam1", Fraction(8))
    measure_trial(trials, made.id)
    (after,) = tracks_of(trials, made.id, "cam1")
    assert len(after) == len(before) == 480
    np.testing.assert_array_equal(after.px, before.px)


def test_left_and_right_of_a_slowed_film_are_told_in_real_seconds(trials: Trials, tmp_path: Path) -> None:
    made, px = mixed_up_sprinter(trials, tmp_path)

    def wrong() -> int:
        (track,) = tracks_of(trials, made.id, "cam1")
        return int((np.nan_to_num(np.linalg.norm(track.px - px, axis=2)).max(axis=1) > 0.05).sum())

    assert wrong() == 60  # as if a foot could move like a sprinter's between two of 30 pictures a second
    slowed(trials, made.id, "cam1", Fraction(8))
    measure_trial(trials, made.id)
    assert wrong() == 0
    reading = reading_of(trials, made.id, "cam1")
    assert reading is not None
    assert reading["slow"] == 8
    assert set(range(160, 220)) <= set(reading["swaps"]["1"]["frames"])
    kept = points_version(trials, made.id, "cam1")
    measure_trial(trials, made.id)
    assert points_version(trials, made.id, "cam1") == kept  # said once is done once


def test_cameras_get_their_places_and_clocks(
    trials: Trials, fixture_path: Callable[[str], Path], tmp_path: Path
) -> None:
    calibration = read_calibration(fixture_path("athlete_four_views/calibration/Calib.qca.txt"))
    folder = fixture_path("athlete_four_views/videos/cam01.mp4").parent
    made = trials.add("Bốn máy", Movement.RANGE, DAY, [(folder / f"cam0{k}.mp4", f"cam0{k}") for k in (1, 3)])
    named = matched(made, calibration)
    assert named == {"cam1": "cam01", "cam2": "cam03"}
    placed = posed(trials, made.id, calibration, named)  # cam01 is narrower, and its black bars say how
    cameras = [camera_of(one) for one in trials.trial(made.id).shots]
    assert [camera is not None and camera.size_px for camera in cameras] == [(1080, 1920), (1088, 1920)]
    assert camera_of(posed(trials, made.id, calibration, {"cam2": "cam03"}).shots[0]) is None
    moved = nudged(trials, placed.id, "cam2", Fraction(-1, 60), sigma_s=0.004)
    assert moved.shots[1].to_trial.offset_s == Fraction(-1, 60)
    assert tie(trials, made.id, quiet)[0].to_reference is None  # without sound, and nothing is made up
    assert trials.trial(made.id).shots[1].to_trial.offset_s == Fraction(-1, 60)


class Sure:
    """A keeper that is sure of every clock: 0.4 s of the reference's, and a little fast."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def tie(self, reference: Path, others: Sequence[Path], progress: Progress) -> list[Tied]:
        self.asked += [path.name for path in others]
        return [Tied(ClockMap(Fraction(2, 5), Fraction(100001, 100000), 0.008), "sound") for _ in others]


def test_tying_leaves_a_camera_alone_that_is_slowed_otherwise(
    trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30, 30))
    slowed(trials, made.id, "cam2", Fraction(8))
    nudged(trials, made.id, "cam2", Fraction(1, 10))
    sure = Sure()
    monkeypatch.setattr("athletes.motion.rig.keeper", lambda: sure)
    second, third = tie(trials, made.id, quiet)
    assert sure.asked == [made.shots[2].shot.file]
    assert second.to_reference is None
    assert set(second.reason) == {"vi", "en"}
    assert third.to_reference is not None
    shots = trials.trial(made.id).shots
    assert shots[1].to_trial == ClockMap(Fraction(1, 10), Fraction(1, 8))
    assert shots[2].to_trial == ClockMap(Fraction(2, 5), Fraction(100001, 100000), 0.008)


def test_cameras_that_are_slowed_alike_are_tied_in_real_seconds(
    trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30))
    for camera in ("cam1", "cam2"):
        slowed(trials, made.id, camera, Fraction(8))
    sure = Sure()
    monkeypatch.setattr("athletes.motion.rig.keeper", lambda: sure)
    tie(trials, made.id, quiet)
    clock = trials.trial(made.id).shots[1].to_trial
    assert clock.offset_s == Fraction(2, 5) / 8
    assert clock.rate == Fraction(100001, 800000)
    assert clock.sigma_s == pytest.approx(0.001)  # 8 ms of the film are one in truth


def test_what_was_said_while_clocks_were_looked_for_stays(trials: Trials, tmp_path: Path) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30))

    def said(share: float, name: str) -> None:
        now = trials.trial(made.id)
        trials.change(now.with_shot(replace(now.shots[1], settings={"person": 4})))

    tie(trials, made.id, said)
    assert trials.trial(made.id).shots[1].settings == {"person": 4}


@pytest.mark.usefixtures("lite")
def test_points_that_were_damaged_are_found_again(trials: Trials, tmp_path: Path) -> None:
    made = trials.add("x", Movement.RANGE, DAY, [(film(tmp_path / "a.mp4", 12), "a")])
    look_and_measure(trials, made, LITE, quiet)
    path = tracks_path(trials, made.id, "cam1")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with trials.archive.store.write() as connection:
        connection.execute("UPDATE trial_result SET sealed = ? WHERE kind = 'reading'", (b"damaged",))
    assert reading_of(trials, made.id, "cam1") is None
    assert look_and_measure(trials, made, LITE, quiet)["measured"] == ["cam1"]
    assert tracks_of(trials, made.id, "cam1") == ()  # nobody is in it
    assert reading_of(trials, made.id, "cam1") is not None


@pytest.mark.usefixtures("lite")
def test_of_two_who_look_at_once_the_other_waits(trials: Trials, tmp_path: Path) -> None:
    made = trials.add("x", Movement.RANGE, DAY, [(film(tmp_path / "a.mp4", 12), "a")])
    shares: list[float] = []
    told: list[dict[str, object]] = []
    other = threading.Thread(
        target=look_and_measure,
        args=(trials, made, LITE, lambda share, said: shares.append(share)),
        kwargs={"told": told.append},
        daemon=True,
    )
    with locked(trials.folder(made.id) / LOCK):
        other.start()
        other.join(0.5)
        assert other.is_alive()
        assert shares == []  # two engines in one folder would mix their points
        assert told == [{WAITING: True}]
    other.join(60)
    assert told[1] == {}  # its turn came
    assert looked_through(trials, made.id, "cam1")


def test_a_full_disk_is_said_with_what_to_do(trials: Trials, tmp_path: Path) -> None:
    made = kept_trial(trials.archive, tmp_path)
    jobs, folder = Jobs(trials.archive.home), trials.folder(made.id)

    def full(home: Path, arguments: dict[str, object], progress: Report) -> dict[str, object]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / "cam1.points" / "x.bodies"))

    job_id = jobs.enter("motion", {"trial": made.id})
    jobs.run(job_id, {"motion": full})
    job = jobs.job(job_id)
    assert job is not None
    assert job.state == "failed"
    for lang in LANGUAGES:
        said = (job.result or {})[lang]
        assert os.strerror(errno.ENOSPC) in said["detail"]
        assert said["hint"]
        assert str(folder) not in json.dumps(said)


def test_nothing_is_told_in_space_while_a_placed_camera_was_not_looked_through(
    trials: Trials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kept_trial(trials.archive, tmp_path, rates=(30, 30, 30), movement=Movement.RANGE)
    camera = PosedCamera("c", (320, 180), np.diag([300.0, 300.0, 1.0]), np.eye(3), np.zeros(3))
    shots = tuple(replace(one, settings={CAMERA: camera_document(camera)}) for one in made.shots)
    trials.change(replace(made, shots=shots))
    asked: list[int] = []

    def told(takes: Sequence[object], how: object) -> None:
        asked.append(len(takes))
        raise BadValue("athletes.errors.nobody_in_two_views")

    monkeypatch.setattr("athletes.motion.measuring.in_space", told)
    for camera_id in ("cam1", "cam2"):
        keep_tracks(trials, made.id, camera_id, [standing_track(60, 30.0)])
    assert measure_trial(trials, made.id).refusal is None
    assert asked == []  # two of three would look like all of them
    keep_tracks(trials, made.id, "cam3", [standing_track(60, 30.0)])
    assert measure_trial(trials, made.id).refusal is not None
    assert asked == [3]


def test_one_camera_has_nothing_to_be_tied_to(trials: Trials, tmp_path: Path) -> None:
    with pytest.raises(BadValue):
        tie(trials, kept_trial(trials.archive, tmp_path).id, quiet)


def test_points_that_were_changed_on_the_disk_do_not_open(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path)
    path = tracks_path(trials, made.id, "cam1")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadFile):
        tracks_of(trials, made.id, "cam1")


def test_simulated_points_stay_simulated(trials: Trials, tmp_path: Path) -> None:
    made = with_tracks(trials, tmp_path)
    assert tracks_of(trials, made.id, "cam1")[0].origin is Origin.SIMULATED
    assert "simulated" in measure_trial(trials, made.id).analyses["cam1"].notes

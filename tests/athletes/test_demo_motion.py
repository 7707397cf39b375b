"""The demo of motion: full at once, marked as simulated, made once; what somebody removed stays away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from athletes import demo_motion
from athletes.archive import Archive
from athletes.demo import ATHLETE_ID
from athletes.demo_motion import HEIGHT_M, SHOWN, Shown, build
from athletes.kinematics.angles import interior
from athletes.kinematics.model import Movement
from athletes.motion.demo_words import in_language
from athletes.motion.found import analysis_of, followed_of, motion_of
from athletes.motion.trials import Trials
from athletes.paper.motion_facts import gather_trial
from athletes.paper.motion_words import motion_words
from athletes.people.consent import Consents
from athletes.people.erasing import erase
from athletes.people.standing import Scope
from athletes.pose.model import BODY33
from athletes.synthetic_motion.camera import Camera
from athletes.synthetic_motion.drawn import POLE_M, Stage
from athletes.synthetic_motion.movements import RATE_HZ, Performed, squats
from touchline.footage import open_footage
from touchline.i18n import LANGUAGES, t
from touchline.origin import Origin

TODAY = date(2026, 11, 30)


def small(shown: Shown) -> Shown:
    """The same trial in pictures a quarter as large, so that the test is quick."""
    cameras = tuple(
        Camera(one.eye_m, one.target_m, one.focal_px / 4, (one.size_px[0] // 4 // 2 * 2, one.size_px[1] // 4 // 2 * 2))
        for one in shown.cameras
    )
    return Shown(shown.key, shown.movement, shown.days_ago, shown.performed, cameras, shown.fps, shown.template)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demo_motion, "SHOWN", tuple(small(one) for one in SHOWN))
    return tmp_path / "home"


@pytest.fixture
def short(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with one jump alone."""
    monkeypatch.setattr(demo_motion, "SHOWN", tuple(small(one) for one in SHOWN[:1]))
    return home


def made(home: Path, *, force: bool = False) -> list[dict[str, object]]:
    said: list[str] = []
    return build(home, force=force, lang="vi", progress=said.append, today=TODAY)


def test_the_page_is_full_after_the_demo_and_all_of_it_is_simulated(home: Path) -> None:
    documents = made(home)
    assert [one["made"] for one in documents] == [True] * 3
    trials = Trials(Archive(home))
    kept = trials.trials(athlete_id=ATHLETE_ID)
    assert [trial.day for trial in kept] == [date(2026, 11, 30), date(2026, 11, 27), date(2026, 11, 9)]
    assert [trial.template for trial in kept] == [False, False, True]  # the first jump, for the second beside it
    for trial in kept:
        assert trial.origin is Origin.SIMULATED
        assert "mô phỏng" in trial.name
        for one in trial.shots:
            track = followed_of(trials, trial, one.shot.camera_id)
            assert track is not None
            assert track.origin is Origin.SIMULATED
            assert "simulated" in track.method
            analysis = analysis_of(trials, trial.id, one.shot.camera_id)
            assert analysis is not None
            assert "simulated" in analysis.notes
            assert any(finding.measured is not None for finding in analysis.findings)
            assert one.shot.codec.startswith("avc1")  # a browser plays it as it is
            footage = open_footage(trials.folder(trial.id) / one.shot.file)
            corner = footage.picture(0)[:20, -80:].astype(int)
            footage.close()
            assert (corner[..., 2] - corner[..., 0]).max() > 100  # the red plate that says so, in the film itself
    analysis = analysis_of(trials, kept[0].id, "cam1")
    assert analysis is not None
    heights = {one.key: one.measured for one in analysis.findings if one.key.startswith("height_by")}
    true_m = SHOWN[1].performed().truth["rise_m"]
    for measured in heights.values():
        assert measured is not None
        # its own interval, three sigmas of it: one case in four hundred lies outside
        assert abs(measured.value - true_m) < 3 * measured.sigma
    squatted = next(trial for trial in kept if trial.movement is Movement.SQUAT)
    space = motion_of(trials, squatted.id)
    assert space is not None
    truth = SHOWN[2].performed()
    off = np.linalg.norm(space.motion.xyz_m - truth.at(space.motion.t_s), axis=2)
    assert np.nanmedian(off) < 0.05  # noise of models on a body 1.72 m tall is some 2 cm a camera
    assert {one.to_trial.sigma_s for one in squatted.shots} == {0.0}  # drawn at the same instants
    in_space = analysis_of(trials, squatted.id)
    assert in_space is not None
    knees = knee_deg(truth)
    for depth in (one for one in in_space.findings if one.key == "smallest_knee"):
        assert depth.number is not None
        assert depth.measured is not None
        bottom = round(truth.repetitions[depth.number - 1]["bottom_s"] * RATE_HZ)
        assert abs(depth.measured.value - knees[bottom]) < 3 * depth.measured.sigma


def knee_deg(performed: Performed) -> np.ndarray:
    hip, knee, ankle = (performed.xyz_m[:, BODY33.place(f"right_{joint}")] for joint in ("hip", "knee", "ankle"))
    return np.degrees(interior(hip, knee, ankle))


def test_everybody_in_the_demo_stands_with_straight_knees() -> None:
    for shown in SHOWN:
        knees = knee_deg(shown.performed())
        assert 170 < knees[0] < 176
        assert 170 < knees[-1] < 176


def test_it_is_made_once_and_what_was_removed_stays_away(short: Path) -> None:
    (first,) = made(short)
    (again,) = made(short)
    assert again == {**first, "made": False}
    trials = Trials(Archive(short))
    (forced,) = made(short, force=True)
    assert forced["id"] != first["id"]
    assert [trial.id for trial in trials.trials()] == [forced["id"]]  # the old one went
    trials.put_away(str(forced["id"]))
    assert made(short) == []
    trials.delete(str(forced["id"]))
    assert made(short) == []
    Consents(Archive(short)).withdraw(ATHLETE_ID, [Scope.VIDEO], TODAY)
    assert made(short, force=True) == []
    assert trials.trials() == []


def test_an_athlete_who_was_erased_does_not_come_back(short: Path) -> None:
    made(short)
    erase(Archive(short), ATHLETE_ID)
    assert made(short, force=True) == []
    assert not list((short / "motion").glob("*/*"))


def test_the_drawn_body_stands_where_its_points_are_and_the_pole_is_as_long_as_it_says() -> None:
    camera = SHOWN[0].cameras[0]
    stage = Stage(camera)
    body = squats(HEIGHT_M, (0.4,)).at(np.array([0.0, 1.7]))
    empty, standing, low = (stage.picture(xyz) for xyz in (body[0] + [50.0, 0.0, 0.0], *body))
    for xyz, picture in zip(body, (standing, low), strict=True):
        px = camera.project(xyz)
        for joint in ("right_knee", "right_hip", "right_ankle", "right_shoulder", "right_elbow"):
            u, v = np.round(px[BODY33.place(joint)]).astype(int)
            assert (picture[v, u] != empty[v, u]).any(), joint
    low_px, high_px = stage.pole_px()
    # 8 m away, focal length 2150 px: 268.75 px a metre
    assert np.linalg.norm(high_px - low_px) == pytest.approx(POLE_M * 2150 / 8, rel=2e-3)
    u, v = np.round((low_px + high_px) / 2).astype(int)
    assert np.ptp(empty[v - 60 : v + 60, u].astype(int), axis=0).min() > 150  # black and white bands


def test_its_trials_are_called_in_the_language_of_whoever_looks(short: Path) -> None:
    made(short)
    trials = Trials(Archive(short))
    (trial,) = trials.trials()
    for lang in LANGUAGES:
        shown = in_language(trial, lang)
        assert (shown.name, shown.notes) == (t("athletes.demo.first_jump", lang), t("athletes.demo.motion_note", lang))
        words = motion_words(gather_trial(trials, trial.id), [], lang, written_utc="2026-11-30T09:00:00+00:00")
        assert words["heading"] == shown.name
    kept = trials.change(in_language(trial, "en"))  # as a page of that language keeps it
    assert in_language(kept, "vi").name == trial.name
    own = trials.change(replace(kept, name="Lan, 30 cm"))
    assert in_language(own, "en").name == "Lan, 30 cm"
    filmed = replace(trial, origin=Origin.IMPORTED)
    assert in_language(filmed, "en") == filmed

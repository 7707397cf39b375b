"""Trials kept, shown, changed, put away, erased and handed over; by whom; and what the player is given of them."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from trial_films import DAY, film, kept_trial, standing_track

from athletes.archive import Archive
from athletes.kinematics.analysis_file import read_analysis
from athletes.kinematics.model import Analysis, Movement
from athletes.model import Athlete
from athletes.motion.found import keep_tracks
from athletes.motion.measuring import measure_trial
from athletes.motion.model import Result, Trial
from athletes.motion.screening import find_screening, is_screening, pair_id, screen_id
from athletes.motion.trials import Trials
from athletes.people.consent import Consents
from athletes.people.erasing import erase
from athletes.people.exporting import bytes_of_person
from athletes.people.standing import NoConsent, Scope
from athletes.pose.points_file import tracks_of as read_tracks
from touchline.access import Act as Deed
from touchline.access import lines_of
from touchline.backup.places import is_media
from touchline.errors import BadFile, BadValue, NotFound
from touchline.footage import Shot, open_footage
from touchline.jobs import Jobs
from touchline.rights import NotAllowed, Person, Role
from touchline.store import default_path
from touchline.timebase import ClockMap

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "home")


def test_a_trial_is_kept_with_its_recordings_and_read_back_whole(archive: Archive, tmp_path: Path) -> None:
    athlete = archive.save_athlete(Athlete("", "An"))
    made = kept_trial(archive, tmp_path, athlete_id=athlete.id, rates=(30, 60))
    found = Trials(archive).trial(made.id)
    assert found == made
    assert [one.shot.frames for one in found.shots] == [60, 120]
    assert Shot.from_document(json.loads(json.dumps(found.shots[0].shot.document()))) == found.shots[0].shot
    footage = open_footage(Trials(archive).folder(made.id) / found.shots[1].shot.file)
    assert len(footage) == 120
    assert footage.times_s[60] == pytest.approx(1.0, abs=1e-9)
    footage.close()
    assert {line.act for line in lines_of(archive.store, athlete.id)} == {Deed.CHANGED, Deed.OPENED}


def test_what_is_no_recording_leaves_nothing(archive: Archive, tmp_path: Path) -> None:
    good = film(tmp_path / "a.mp4", 10)
    bad = tmp_path / "b.mp4"
    bad.write_bytes(b"no video at all")
    with pytest.raises(BadFile):
        Trials(archive).add("x", Movement.CMJ, DAY, [(good, ""), (bad, "")])
    assert Trials(archive).trials() == []
    assert list((archive.home / "motion").iterdir()) == []
    assert good.exists()
    with pytest.raises(BadFile):
        Trials(archive).add("x", Movement.CMJ, DAY, [(good, ""), (bad, "")], move=True)
    assert good.exists()  # what came over a slow line for an hour need not come again
    made = Trials(archive).add("x", Movement.CMJ, DAY, [(good, "")], move=True)
    assert not (Trials(archive).folder(made.id) / ".coming").exists()
    assert not good.exists()
    assert (Trials(archive).folder(made.id) / made.shots[0].shot.file).is_file()


def test_what_a_killed_process_brought_in_is_taken_away_after_a_day(archive: Archive, tmp_path: Path) -> None:
    kept = kept_trial(archive, tmp_path)
    left, fresh = (archive.home / "motion" / name for name in ("0123456789ab", "ba9876543210"))
    for folder in (left, fresh, Trials(archive).folder(kept.id)):
        folder.mkdir(exist_ok=True)
        (folder / "cam1.mp4").write_bytes(b"somebody")
        (folder / ".coming").touch()
        if folder != fresh:
            os.utime(folder / ".coming", (time.time() - 2 * 86_400,) * 2)
    other = archive.home / "motion" / "cccccccccccc"
    other.mkdir()  # of no trial of this database, but whole: it may be of a newer one
    kept_trial(archive, tmp_path, name="hai")
    assert not left.exists()
    assert fresh.exists()  # it may be coming in now
    assert Trials(archive).folder(kept.id).exists()
    assert other.exists()


@pytest.mark.on_a_file
def test_a_name_is_asked_for_and_neither_name_nor_notes_lie_open(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(BadValue):
        Trials(archive).add(" ", Movement.CMJ, DAY, [(film(tmp_path / "a.mp4", 3), "")])
    made = kept_trial(archive, tmp_path, name="Nguyễn Văn Kín")
    Trials(archive).change(replace(made, notes="gối phải đau"))
    with closing(sqlite3.connect(default_path(archive.home))) as connection:
        dump = "\n".join(connection.iterdump())
    assert "Kín" not in dump
    assert "gối" not in dump
    assert Trials(archive).trial(made.id).notes == "gối phải đau"


def test_changing_keeps_clock_and_settings_of_a_camera(archive: Archive, tmp_path: Path) -> None:
    made = kept_trial(archive, tmp_path)
    slow = replace(made.shots[0], to_trial=ClockMap(Fraction(1, 3), Fraction(1, 8)), settings={"person": 2})
    kept = Trials(archive).change(replace(made.with_shot(slow), template=True, settings={"treadmill_mps": 2.5}))
    found = Trials(archive).trial(made.id)
    assert found == kept
    assert found.shots[0].slow == 8
    assert found.shots[0].frame_s(Fraction(2)) == Fraction(7, 12)
    with pytest.raises(NotFound):
        found.shot("cam9")


def test_a_template_of_another_movement_is_none(archive: Archive, tmp_path: Path) -> None:
    trials = Trials(archive)
    star = trials.change(replace(kept_trial(archive, tmp_path), template=True))
    assert trials.change(replace(star, name="Lần hai")).template
    other = next(one for one in Movement if one is not star.movement)
    assert not trials.change(replace(star, movement=other)).template


def test_put_away_brought_back_and_deleted_for_good(archive: Archive, tmp_path: Path) -> None:
    trials = Trials(archive)
    made = kept_trial(archive, tmp_path)
    trials.keep_result(made.id, Result.ANALYSIS, b"numbers", camera_id="cam1", recipe="r1")
    with pytest.raises(NotFound):
        trials.delete(made.id)  # only what was put away
    trials.put_away(made.id)
    assert trials.trials() == []
    assert [one.id for one in trials.trials(put_away=True)] == [made.id]
    trials.bring_back(made.id)
    assert trials.result(made.id, Result.ANALYSIS, camera_id="cam1") == ("r1", b"numbers")
    assert trials.result(made.id, Result.MOTION) is None
    trials.put_away(made.id)
    trials.delete(made.id)
    assert not trials.folder(made.id).exists()
    with pytest.raises(NotFound):
        trials.bring_back(made.id)


def test_without_consent_nothing_is_filmed_and_nothing_shown(archive: Archive, tmp_path: Path) -> None:
    athlete = archive.save_athlete(Athlete("", "An", birth_date=date(1995, 1, 1)))
    made = kept_trial(archive, tmp_path, athlete_id=athlete.id)
    Consents(archive).withdraw(athlete.id, [Scope.VIDEO], DAY)
    with pytest.raises(NoConsent):
        kept_trial(archive, tmp_path, athlete_id=athlete.id, name="2")
    assert Trials(archive).trials() == []
    with pytest.raises(NotFound):
        Trials(archive).trial(made.id)
    with pytest.raises(NotFound):
        find_screening(Trials(archive), screen_id(made.id))
    bag = zipfile.ZipFile(io.BytesIO(bytes_of_person(archive, athlete.id)))
    assert f"trials/{made.id}/cam1.mp4" in bag.namelist()  # it is theirs all the same


def test_erasing_somebody_takes_their_films_and_leaves_those_of_others(archive: Archive, tmp_path: Path) -> None:
    one, other = (archive.save_athlete(Athlete("", name)).id for name in ("Trần An", "Bình"))
    mine, theirs = kept_trial(archive, tmp_path, athlete_id=one), kept_trial(archive, tmp_path, athlete_id=other)
    nobodys = kept_trial(archive, tmp_path, name="Trần An và bạn")
    Trials(archive).keep_result(mine.id, Result.MOTION, b"m", recipe="r")
    told = json.loads(
        zipfile.ZipFile(io.BytesIO(bytes_of_person(archive, one))).read(f"trials/{mine.id}/trial.json").decode()
    )
    assert told["name"] == mine.name
    assert told["left_out"] == []
    jobs = Jobs(archive.home)
    said = jobs.enter("motion", {"trial": mine.id})
    jobs.report(said, 0.4, "An chạy")
    kept = jobs.enter("motion", {"trial": theirs.id})
    done = erase(archive, one)
    assert done.counts["trial"] == 1
    assert not Trials(archive).folder(mine.id).exists()
    assert {trial.id for trial in Trials(archive).trials()} == {theirs.id, nobodys.id}
    assert archive.store.rows("SELECT * FROM trial_result") == []
    assert [row["id"] for row in archive.store.rows("SELECT id FROM job")] == [kept]  # a label may be a name
    assert done.named == (f"trial {nobodys.id}",)  # a person looks there: it may be of somebody else


def test_what_is_handed_over_can_be_read_with_the_body_points(archive: Archive, tmp_path: Path) -> None:
    athlete = archive.save_athlete(Athlete("", "An")).id
    trial, trials = kept_trial(archive, tmp_path, athlete_id=athlete), Trials(archive)
    keep_tracks(trials, trial.id, "cam1", [standing_track(60, 30.0)])
    measured = measure_trial_of_known(trials, trial)
    with zipfile.ZipFile(io.BytesIO(bytes_of_person(archive, athlete))) as bag:
        inside = {name.rpartition("/")[2]: bag.read(name) for name in bag.namelist() if name.startswith("trials/")}
    assert set(inside) == {
        "trial.json",
        trial.shots[0].shot.file,
        "reading-cam1.json",
        "analysis-cam1.json",
        "analysis-cam1.npz",
        "points-cam1.npz",
    }
    assert json.loads(inside["reading-cam1.json"])["people"] == 1
    assert json.loads(inside["analysis-cam1.json"])["movement"] == trial.movement
    assert read_analysis(inside["analysis-cam1.npz"]).document() == measured.document()
    (track,) = read_tracks(inside["points-cam1.npz"], "points")
    assert len(track.frames) == 60


def measure_trial_of_known(trials: Trials, trial: Trial) -> Analysis:
    """What is measured of a trial whose points are known, with how it was looked through."""
    reading = {"engine": "simulated", "noise": "full", "people": 1, "notes": [], "doubts": [], "swaps": {}}
    trials.keep_result(trial.id, Result.READING, json.dumps(reading).encode(), camera_id="cam1", recipe="r")
    return measure_trial(trials, trial.id).analyses["cam1"]


def test_work_that_goes_on_ends_with_its_trial(archive: Archive, tmp_path: Path) -> None:
    trial, trials = kept_trial(archive, tmp_path), Trials(archive)
    jobs, place = Jobs(archive.home), trials.folder(trial.id) / "cam1.points" / "x.bodies"
    job_id = jobs.enter("motion", {"trial": trial.id})
    writing = (
        "import pathlib, sys, time\n"
        "place = pathlib.Path(sys.argv[2])\n"
        "while True:\n"
        "    place.parent.mkdir(parents=True, exist_ok=True); place.write_bytes(b'x'); time.sleep(0.01)\n"
    )
    with subprocess.Popen([sys.executable, "-c", writing, job_id, str(place)]) as process:
        with jobs.store.write() as connection:
            connection.execute("UPDATE job SET pid = ? WHERE id = ?", (process.pid, job_id))
        try:
            while not place.exists():
                time.sleep(0.01)
            trials.put_away(trial.id)
            trials.delete(trial.id)
            assert process.wait(5) != 0
        finally:
            process.kill()
    assert not trials.folder(trial.id).exists()
    assert jobs.job(job_id) is None


def test_a_backup_without_media_leaves_films_out() -> None:
    assert is_media("motion/0123456789ab/cam1.mp4")
    assert is_media("motion/0123456789ab/cam1.proxy/00000000.mp4")
    assert is_media("motion/0123456789ab/clip.sealed")
    assert not is_media("training/0123456789ab.fit.sealed")
    # small, and hours of work: without the one no trial opens, without the other none is measured with other settings
    assert not is_media("motion/0123456789ab/cam1.frames")
    assert not is_media("motion/0123456789ab/cam1.points/tracks.sealed")


def test_two_trials_are_shown_in_step_at_the_instant_of_an_event(archive: Archive, tmp_path: Path) -> None:
    one = kept_trial(archive, tmp_path, rates=(30,), name="một")
    two = kept_trial(archive, tmp_path, rates=(60,), name="hai")
    slow = replace(two.shots[0], to_trial=ClockMap(Fraction(0), Fraction(1, 2)))
    Trials(archive).change(two.with_shot(slow))
    wanted = pair_id((one.id, "cam1", 1.2), (two.id, "cam1", 0.5))
    assert is_screening(wanted)
    shown = find_screening(Trials(archive), wanted)
    assert shown is not None
    left, right = shown.parts
    assert left.to_screen.forward(Fraction(6, 5)) == 0  # frame 36 at 30 a second
    assert right.to_screen.forward(Fraction(1)) == 0  # frame 60 of the file is half a second in truth
    assert find_screening(Trials(archive), "hue-da-nang") is None
    with pytest.raises(NotFound):
        find_screening(Trials(archive), screen_id("0" * 12))


ONE = Person("p-1", "Lan", frozenset({Role.COACH}))
LETTERS = {role: Person("p-1", "Lan", frozenset({role})) for role in Role}
READING: dict[str, Any] = {
    "trials": lambda t, k: t.trials(),
    "trial": lambda t, k: t.trial(k),
    "result": lambda t, k: t.result(k, Result.ANALYSIS),
    "recipe": lambda t, k: t.recipe(k, Result.ANALYSIS),
}
CHANGING: dict[str, Any] = {
    "change": lambda t, k: t.change(replace(Trials(Archive(t.archive.home)).trial(k), notes="!")),
    "put_away": lambda t, k: t.put_away(k),
    "bring_back": lambda t, k: t.bring_back(k),
    "delete": lambda t, k: t.delete(k),
    "keep_result": lambda t, k: t.keep_result(k, Result.MOTION, b"x", recipe="r"),
    "forget_result": lambda t, k: t.forget_result(k, Result.MOTION),
    "held": lambda t, k: t.held(k),
    "held_results": lambda t, k: t.held_results(k),
    "add": lambda t, k: t.add("n", Movement.CMJ, DAY, []),
}


def test_how_something_was_computed_is_told_without_opening_it(archive: Archive, tmp_path: Path) -> None:
    trials = Trials(archive)
    made = kept_trial(archive, tmp_path)
    assert trials.recipe(made.id, Result.ANALYSIS, camera_id="cam1") is None
    trials.keep_result(made.id, Result.ANALYSIS, b"x", camera_id="cam1", recipe="r1")
    with archive.store.write() as connection:  # nothing that could be opened
        connection.execute("UPDATE trial_result SET sealed = ?", (b"",))
    assert trials.recipe(made.id, Result.ANALYSIS, camera_id="cam1") == "r1"
    assert trials.recipe(made.id, Result.ANALYSIS) is None
    with pytest.raises(NotFound):
        trials.recipe("0" * 12, Result.ANALYSIS)


def test_a_lookup_for_somebody_else_is_not_noted(archive: Archive, tmp_path: Path) -> None:
    """Who finds what a request may be about leaves it to the one who asks to be noted."""
    athlete = archive.save_athlete(Athlete("", "Ánh"))
    made = kept_trial(archive, tmp_path)
    with archive.store.write() as connection:
        connection.execute("UPDATE trial SET athlete_id = ? WHERE id = ?", (athlete.id, made.id))
    asking = Trials(Archive(archive.home, ONE))

    def opened() -> list[str]:
        return [line.account for line in lines_of(archive.store, athlete.id) if line.act is Deed.OPENED]

    assert find_screening(asking, screen_id(made.id), noted=False) is not None
    assert opened() == []
    assert find_screening(asking, screen_id(made.id)) is not None
    assert opened() == [ONE.id]


@pytest.mark.parametrize("role", Role)
def test_coach_and_analyst_look_and_the_coach_alone_changes(role: Role, archive: Archive, tmp_path: Path) -> None:
    made: Trial = kept_trial(archive, tmp_path)
    asking = Trials(Archive(archive.home, LETTERS[role]))
    for name, act in READING.items():
        if role in (Role.COACH, Role.ANALYST):
            act(asking, made.id)
        else:
            with pytest.raises(NotAllowed):
                act(asking, made.id)
        assert name in dir(Trials)
    for act in CHANGING.values():
        if role is not Role.COACH:
            with pytest.raises(NotAllowed):
                act(asking, made.id)
    methods = {name for name in vars(Trials) if not name.startswith("_")}
    assert methods == {*READING, *CHANGING, "folder", "points_folder"}

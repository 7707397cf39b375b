"""Trials beside each other, a template, and several cameras: driven without a browser, in both languages."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from fractions import Fraction
from html import unescape
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from motion_home import archive_with, jump, look_at, measured_trial, page
from training_home import charts, words
from trial_films import DAY, film, kept_trial

from athletes.kinematics.analysis_file import write_analysis
from athletes.kinematics.model import Movement
from athletes.motion.found import keep_analysis, keep_motion, motion_of
from athletes.motion.model import Result, Trial
from athletes.motion.quality_words import grade_words, quality_lines
from athletes.motion.rig import CAMERA, calibrated_cameras, posed
from athletes.motion.screening import find_screening, pair_id
from athletes.motion.trials import Trials
from athletes.panels.motion.space_grades import ANCHOR, grades
from athletes.panels.motion.space_numbers import longest_dropout
from athletes.paper.motion_facts import gather_trial
from athletes.paper.motion_writing import report_bytes
from athletes.people.consent import Consents
from athletes.people.standing import Scope
from athletes.pose.model import BODY33, Motion
from athletes.space.bones import Bone
from athletes.space.calibrations import Calibration, calibration_from, write_pose2sim
from athletes.space.camera import PosedCamera
from athletes.space.grades import Quality, known_grade, limb_grade, quality_of, reprojection_grade
from athletes.space.held_bones import Bones
from athletes.space.motion_file import MotionFile
from touchline.access import Act, lines_of
from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.timebase import ClockMap

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
both = pytest.mark.parametrize("lang", LANGUAGES)
UNSTEADY = Bone("left_thigh", ("left_hip", "left_knee"), 0.4, 6.2, 35, ())
"""A limb as measured, that varies by more than 5 %."""


def no_keys(said: str) -> None:
    assert "athletes." not in said


# ------------------------------------------------------------------ two beside each other


@both
def test_two_days_are_aligned_at_the_event_and_differ_beyond_the_error(tmp_path: Path, lang: str) -> None:
    archive, (lan,) = archive_with(tmp_path / "home", "Trần Lan")
    one = measured_trial(archive, tmp_path, jump(0.384), athlete_id=lan, name="thứ hai")
    other = measured_trial(archive, tmp_path, jump(0.351, late_s=0.1), athlete_id=lan, name="thứ năm")
    app = page(archive.home, lang, trial=one.id)
    app.button(f"motion-beside-{other.id}").click().run()
    assert app.query_params["with"] == other.id
    shown = app.session_state["shown"]
    # take-off is at 0.8 s of the first and at 0.9 s of the second
    assert shown["screen"] == f"pair-{one.id}.cam1.800-{other.id}.cam1.900"
    assert shown["seek"] == {"s": 0.0, "seq": 1}
    screening = find_screening(Trials(archive), shown["screen"])
    assert screening is not None
    both_at = [part.to_screen.forward(Fraction(at)) for part, at in zip(screening.parts, ("0.8", "0.9"), strict=True)]
    assert both_at == [0, 0]
    said = words(app)
    # 38.4 and 35.1 cm, each with a sigma of 0.6 cm: 1.96 x 0.6 x sqrt(2) = 1.66
    wanted = "\u22123,3 ± 1,7 cm" if lang == "vi" else "\u22123.3 ± 1.7 cm"
    assert wanted in said
    assert t("athletes.motion_page.beside.beyond", lang) in said
    assert t("athletes.motion_page.beside.within", lang) in said  # the time in the air is the same
    assert t("athletes.motion_page.beside.unknown", lang) in said  # the hips' height of neither is known
    no_keys(said)
    app.button("motion-swap").click().run()
    assert app.session_state["shown"]["screen"] == f"pair-{other.id}.cam1.900-{one.id}.cam1.800"


@both
def test_what_was_not_measured_yet_is_aligned_by_hand(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    one, other = measured_trial(archive, tmp_path, name="a"), kept_trial(archive, tmp_path, name="b")
    app = page(archive.home, lang, trial=one.id, other=other.id)
    said = words(app)
    assert t("athletes.motion_page.beside.no_event", lang) in said
    assert t("athletes.motion_page.beside.unmeasured", lang) in said
    app.number_input(f"motion-instant-{other.id}").set_value(0.25).run()
    assert app.session_state["shown"]["screen"] == f"pair-{one.id}.cam1.0-{other.id}.cam1.250"
    no_keys(said)


def knees_in_space(trials: Trials, trial: Trial, height_m: float, late_s: float) -> None:
    """What might have been measured of a jump in space, its second camera half a second behind the first."""
    second = trial.shots[1]
    moved = replace(second, to_trial=replace(second.to_trial, offset_s=Fraction(1, 2)))
    trials.change(trial.with_shot(moved))
    keep_analysis(trials, trial.id, jump(height_m, late_s=late_s), recipe="test")


def test_what_was_measured_in_space_and_cannot_be_read_leaves_the_cameras_angles(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = measured_trial(archive, tmp_path, cameras=2)
    Trials(archive).keep_result(trial.id, Result.ANALYSIS, b"no analysis", recipe="test")
    app = page(archive.home, "vi", trial=trial.id)
    assert not app.exception
    layers = app.session_state["shown"]["layers"]
    assert [layer["said"] for layer in layers.values()] == [t("athletes.motion_page.angles.in_picture", "vi")] * 2


@both
def test_a_template_by_cameras_alone_is_compared_by_one_camera(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trials = Trials(archive)
    good = measured_trial(archive, tmp_path, name="mẫu")
    trials.change(replace(good, template=True))
    trial = measured_trial(archive, tmp_path, cameras=2)
    knees_in_space(trials, trial, 0.40, 0.0)
    app = page(archive.home, lang, trial=trial.id)
    word = t("athletes.motion_page.template.not_in_space", lang)
    assert word in words(app)
    app.button_group(f"motion-camera-{trial.id}-space").set_value("cam1").run()
    assert word not in words(app)


@both
def test_two_that_were_measured_in_space_are_compared_there(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trials = Trials(archive)
    one = measured_trial(archive, tmp_path, jump(0.30), name="thứ hai", cameras=2)
    other = measured_trial(archive, tmp_path, jump(0.31), name="thứ năm", cameras=2)
    knees_in_space(trials, one, 0.40, 0.0)
    app = page(archive.home, lang, trial=one.id, **{"with": other.id})
    only_one = t("athletes.motion_page.beside.one_in_space", lang, name="thứ năm")
    assert only_one in words(app)
    assert app.session_state["shown"]["screen"] == f"pair-{one.id}.cam1.800-{other.id}.cam1.800"
    knees_in_space(trials, other, 0.45, 0.2)
    app.run()
    assert only_one not in words(app)
    # Take-off 0.8 and 1.0 s of the trials' time, whichever camera's picture is shown.
    app.selectbox(f"motion-half-right-{other.id}").set_value("cam2").run()
    shown = app.session_state["shown"]
    assert shown["screen"] == f"pair-{one.id}.cam1.800-{other.id}.cam2.1000"
    assert {layer["said"] for layer in shown["layers"].values()} == {t("athletes.motion_page.angles.in_space", lang)}
    said = words(app)
    assert ("+5,0 ± 1,7 cm" if lang == "vi" else "+5.0 ± 1.7 cm") in said
    doubt = t("athletes.motion_page.grade.doubt", lang)
    assert doubt not in said
    keep_motion(trials, one.id, MotionFile(in_space(), (), Bones.HELD, (UNSTEADY,)), recipe="test")
    assert words(app.run()).count(doubt) == 1  # of the one whose bones do not keep their length
    app.segmented_control(f"motion-pair-space-{one.id}-{other.id}").set_value(False).run()
    assert doubt not in words(app)
    shown = app.session_state["shown"]
    assert shown["screen"] == f"pair-{one.id}.cam1.800-{other.id}.cam2.1300"  # the second camera's own 0.8 s
    assert {layer["said"] for layer in shown["layers"].values()} == {t("athletes.motion_page.angles.in_picture", lang)}
    assert ("+1,0 ± 1,7 cm" if lang == "vi" else "+1.0 ± 1.7 cm") in words(app)
    no_keys(said)


# ------------------------------------------------------------------ template


@both
def test_a_good_trial_becomes_the_template_and_others_say_where_they_leave_its_band(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    good = measured_trial(archive, tmp_path, name="mẫu tốt")
    deep = measured_trial(archive, tmp_path, jump(depth=14, late_s=0.1), name="sâu hơn")
    app = page(archive.home, lang, trial=good.id)
    assert t("athletes.motion_page.template.none", lang) in words(app)
    app.button("motion-template").click().run()
    assert Trials(archive).trial(good.id).template
    app = page(archive.home, lang, trial=deep.id)
    said = words(app)
    # 14 degrees deeper half-way through the bend, at 0.65 s, between pictures 19 and 20: there, 1/60 s off, the bend is
    # less by at most (2 pi)^2 x 84 / 2 x (1/60)^2 = 0.5 degrees
    found = re.search(r"\u2212(1[34][.,]\d) ± \d[.,]\d°", said)
    assert found is not None
    assert 13.5 <= float(found[1].replace(",", ".")) <= 14
    assert "#19" in said or "#20" in said
    assert len(charts(app)) == 2  # of both knees
    numbers = t("athletes.motion_page.template.numbers", lang, name="mẫu tốt", beyond="0", count="3")
    assert numbers in [one.label for one in app.expander]  # jumps, height and flight time, which are the same
    app.button("motion-show-template-0").click().run()
    assert app.session_state["shown"]["seek"]["s"] in (pytest.approx(19 / 30), pytest.approx(20 / 30))
    same = measured_trial(archive, tmp_path, jump(late_s=0.2), name="như mẫu")
    said = words(page(archive.home, lang, trial=same.id))
    assert t("athletes.motion_page.template.within", lang, name="mẫu tốt", count="2") in said
    no_keys(said)
    higher = measured_trial(archive, tmp_path, jump(0.45), name="cao hơn")  # the same curves, another number
    app = page(archive.home, lang, trial=higher.id)
    said = words(app)
    assert t("athletes.motion_page.template.within", lang, name="mẫu tốt", count="2") in said
    numbers = t("athletes.motion_page.template.numbers", lang, name="mẫu tốt", beyond="1", count="3")
    assert numbers in [one.label for one in app.expander]
    # 0.45 less 0.384 m, both 0.006 m unsure
    assert ("+6,6 ± 1,7 cm" if lang == "vi" else "+6.6 ± 1.7 cm") in said
    app.button("motion-template-beside").click().run()
    assert app.session_state["shown"]["screen"] == pair_id((good.id, "cam1", 0.8), (higher.id, "cam1", 0.8))


# ------------------------------------------------------------------ several cameras


def cameras(size: tuple[int, int] = (320, 180)) -> list[PosedCamera]:
    """Two cameras that look at the origin from 5 m, a right angle apart."""
    K = np.array([[300.0, 0, size[0] / 2], [0, 300.0, size[1] / 2], [0, 0, 1]])
    down = np.array([0.0, 0, -1])
    found = []
    for name, along in (("trước", np.array([0.0, 1, 0])), ("bên", np.array([-1.0, 0, 0]))):
        R = np.stack([np.cross(down, along), down, along])
        found.append(PosedCamera(name, size, K, R, -R @ (-5 * along)))
    return found


def in_space(frames: int = 40) -> Motion:
    """Somebody whose bones keep their length while they move; the left knee is lost for five instants."""
    rng = np.random.default_rng(2)
    k = len(BODY33)
    body = rng.normal(0, 0.4, (k, 3))
    t_s = np.arange(frames) / 30
    xyz = body[None] + np.stack([t_s, 0 * t_s, 0 * t_s], axis=1)[:, None]
    xyz[10:15, BODY33.place("left_knee")] = np.nan
    known = np.isfinite(xyz[..., 0])
    return Motion(
        t_s,
        xyz,
        np.broadcast_to(1e-4 * np.eye(3), (frames, k, 3, 3)).copy(),
        np.where(known, 1.5, np.nan),
        np.where(known, 2, 0),
        np.stack([np.arange(frames)] * 2, axis=1),
        ("cam1", "cam2"),
        Origin.SIMULATED,
        "simulated",
    )


@both
def test_a_calibration_file_places_the_cameras(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = kept_trial(archive, tmp_path, rates=(30, 30)), Trials(archive)
    app = page(archive.home, lang, trial=trial.id)
    assert t("athletes.motion_page.space.unposed", lang) in words(app)
    box = app.file_uploader[0]
    box.set_value(("ghi chú.toml", b"[a]\nb = 1\n", "text/plain")).run()
    assert app.error  # no calibration
    app.file_uploader[0].set_value(("Calib.toml", write_pose2sim(cameras()).encode(), "text/plain")).run()
    for camera, name in (("cam1", "bên"), ("cam2", "trước")):
        app.selectbox(f"motion-calibrated-{trial.id}-{camera}").set_value(name).run()
    app.button("motion-calibration-use").click().run()
    found = trials.trial(trial.id)
    assert [shot.settings[CAMERA]["name"] for shot in found.shots] == ["bên", "trước"]
    said = words(app)
    assert t("athletes.motion_page.space.posed", lang, name="bên") in said
    no_keys(said)


@both
def test_a_calibration_is_replaced_knowingly_and_comes_back(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = kept_trial(archive, tmp_path, rates=(30, 30)), Trials(archive)
    kept = posed(trials, trial.id, Calibration(tuple(cameras()), "qualisys", ()), {"cam1": "bên", "cam2": "trước"})
    poses = [shot.settings[CAMERA] for shot in kept.shots]
    app = page(archive.home, lang, trial=trial.id)
    file = write_pose2sim(cameras()).encode()
    app.file_uploader[0].set_value(("Calib.toml", file, "text/plain")).run()
    assert app.button("motion-calibration-use").disabled  # no name matches
    assert t("athletes.motion_page.space.none_named", lang) in words(app)
    app.selectbox(f"motion-calibrated-{trial.id}-cam1").set_value("trước").run()
    first, second = (one.shot.label for one in trial.shots)
    said = words(app)
    assert t("athletes.motion_page.space.replaces", lang, names=first) in said
    assert t("athletes.motion_page.space.loses", lang, names=second) in said
    app.button("motion-calibration-use").click().run()
    assert [shot.settings.get(CAMERA, {}).get("name") for shot in trials.trial(trial.id).shots] == ["trước", None]
    assert t("athletes.motion_page.space.replaced", lang) in words(app)
    app.button("motion-calibration-undo").click().run()
    assert [shot.settings[CAMERA] for shot in trials.trial(trial.id).shots] == poses
    assert t("athletes.motion_page.space.replaced", lang) not in words(app)
    no_keys(said)


def test_numbers_in_space_are_shown_as_soon_as_there_are_any(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    app = page(archive.home, "vi", trial=trial.id)
    app.button_group(f"motion-camera-{trial.id}").set_value("cam2").run()
    none = t("athletes.motion_page.scale.none", "vi")
    assert none in words(app)
    posed(trials, trial.id, Calibration(tuple(cameras()), "qualisys", ()), {"cam1": "bên", "cam2": "trước"})
    assert none not in words(app.run())
    assert t("athletes.motion_page.scale.by_view", "vi") in words(app)
    knees_in_space(trials, trial, 0.40, 0.0)
    app.run()
    (choice,) = [one for one in app.get("button_group") if (one.key or "").startswith("motion-camera-")]
    assert choice.value == ""


def test_clocks_are_set_by_hand_by_pictures_and_milliseconds(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = kept_trial(archive, tmp_path, rates=(30, 60)), Trials(archive)
    app = page(archive.home, "vi", trial=trial.id)
    app.button("motion-nudge-cam2-1").click().run()
    clock = trials.trial(trial.id).shots[1].to_trial
    assert float(clock.offset_s) == pytest.approx(1 / 60, abs=1e-6)
    # known to one picture, wherever in it: its width / sqrt(12)
    assert clock.sigma_s == pytest.approx(1 / 60 / math.sqrt(12), rel=1e-3)
    app.number_input(f"motion-offset-cam2-{clock.offset_s}").set_value(-250.0)
    app.button("motion-offset-set-cam2").click().run()
    assert trials.trial(trial.id).shots[1].to_trial.offset_s == Fraction(-1, 4)
    assert "\u2212250,0 ms" in words(app)
    app.number_input("motion-offset-cam2--1/4").set_value(99_999.0)
    app.button("motion-offset-set-cam2").click().run()  # nothing is left that both show
    assert trials.trial(trial.id).shots[1].to_trial.offset_s == Fraction(-1, 4)
    assert any("99,999 s" in one.value and "không có thời điểm nào chung" in one.value for one in app.error)


@both
def test_cameras_that_began_together_are_said_to_be_so_and_a_clock_set_to_what_it_was_too(
    tmp_path: Path, lang: str
) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = kept_trial(archive, tmp_path, rates=(30, 60)), Trials(archive)
    app = page(archive.home, lang, trial=trial.id)
    assert t("athletes.motion_page.space.clock_unset", lang, offset="+0,0" if lang == "vi" else "+0.0") in words(app)
    app.button("motion-offset-set-cam2").click().run()  # 0.0 ms, as it stands in the box
    told = "+0,0 ms ± 9,4" if lang == "vi" else "+0.0 ms ± 9.4"  # 1.96 / sqrt(12) of a sixtieth
    assert told in words(app)
    assert [told in one.value for one in app.toast] == [True]
    app.button("motion-together").click().run()
    first, other = (one.to_trial for one in trials.trial(trial.id).shots)
    # One picture of the slower camera, wherever in it.
    assert (other.offset_s, other.sigma_s) == (first.offset_s, pytest.approx(1 / 30 / math.sqrt(12), rel=1e-3))
    assert ("± 18,9" if lang == "vi" else "± 18.9") in words(app)
    assert [one.value.split(":")[0] for one in app.toast] == [trial.shots[1].shot.label]
    no_keys(words(app))


@both
def test_what_setting_the_clocks_found_is_told_and_what_was_not_sure_too(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = kept_trial(archive, tmp_path, rates=(30, 30))
    jobs = Jobs(archive.home)
    job_id = jobs.enter("motion_tie", {"trial": trial.id})
    told = {"tied": [{"method": "sound", "to_reference": None, "reason": {"vi": "Không có tiếng.", "en": "No sound."}}]}
    with jobs.store.write() as connection:
        connection.execute("UPDATE job SET state = 'done', result = ? WHERE id = ?", (json.dumps(told), job_id))
    app = page(archive.home, lang, trial=trial.id)
    said = words(app)
    assert ("Không có tiếng." if lang == "vi" else "No sound.") in said
    app.button("motion-tie-dismiss").click().run()
    assert jobs.unseen(("motion_tie",)) == []
    no_keys(said)


@pytest.mark.parametrize("how", ["motion-together", "motion-offset-set-cam2", "motion-nudge-cam2-1"])
def test_a_search_for_clocks_that_failed_is_forgotten_once_they_are_set(tmp_path: Path, how: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, jobs = kept_trial(archive, tmp_path, rates=(30, 30)), Jobs(archive.home)
    job_id = jobs.enter("motion_tie", {"trial": trial.id})
    told = {"tied": [{"method": "sound", "to_reference": None, "reason": {"vi": "Không có tiếng.", "en": "No sound."}}]}
    with jobs.store.write() as connection:
        connection.execute("UPDATE job SET state = 'done', result = ? WHERE id = ?", (json.dumps(told), job_id))
    app = page(archive.home, "vi", trial=trial.id)
    assert "Không có tiếng." in words(app)
    app.button(how).click().run()
    assert "Không có tiếng." not in words(app)
    assert jobs.unseen(("motion_tie",)) == []


@both
def test_somebody_in_space_is_told_joint_by_joint_with_dropouts_bones_and_files(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    keep_motion(trials, trial.id, MotionFile(in_space()), recipe="test")
    app = page(archive.home, lang, trial=trial.id)
    said = words(app)
    # five instants at 30 a second are 0.17 s; the knee is known in 35 of 40
    assert ("0,17 s" if lang == "vi" else "0.17 s") in said
    assert "88 %" in said
    assert ("0,0 %" if lang == "vi" else "0.0 %") in said  # bones that keep their length
    for kind, begins in (("trc", b"PathFileType"), ("glb", b"glTF"), ("csv", b"t_s,")):
        app.button(f"motion-make-{kind}").click().run()
        assert [one.value for one in app.toast] == [t("athletes.motion_page.space.made", lang, kind=kind.upper())]
        assert app.session_state["motion-made"][1] == kind
        assert app.session_state["motion-made"][2].startswith(begins)
        assert not app.exception
    no_keys(said)


def text_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())
    finally:
        document.close()


@both
def test_limbs_are_graded_as_they_were_measured_and_not_as_they_were_held(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    measured = UNSTEADY
    keep_motion(trials, trial.id, MotionFile(in_space(), (), Bones.HELD, (measured,)), recipe="test")
    said = words(page(archive.home, lang, trial=trial.id))
    assert ("6,2 %" if lang == "vi" else "6.2 %") in said
    assert t("athletes.motion_page.grade.doubtful", lang) in said
    kept = motion_of(trials, trial.id)
    quality = None if kept is None else quality_of(kept)
    assert quality is not None
    # What was kept has bones that keep their length: the graded one is the measured one.
    assert (quality.worst_pct, quality.limbs_grade, quality.after_pct) == (6.2, "doubtful", pytest.approx(0, abs=1e-6))
    assert t("athletes.motion_page.space.bones_held", lang, most="0,0" if lang == "vi" else "0.0") in said
    keep_analysis(trials, trial.id, jump(), recipe="test")
    app = page(archive.home, lang, trial=trial.id)
    said = words(app)
    doubt = t("athletes.motion_page.grade.doubt", lang)
    assert doubt in said  # beside the large numbers, with the way to the reasons
    assert said.count(f'"#{ANCHOR}"') == said.count(f'id="{ANCHOR}"') == 1
    report = text_of(report_bytes(trials, [gather_trial(trials, trial.id)], lang))
    assert quality is not None
    for grade, line in quality_lines(quality, lang):
        assert grade_words(grade, lang) in report
        assert line in report
    app.button_group(f"motion-camera-{trial.id}-space").set_value("cam1").run()
    assert doubt not in words(app)
    assert t("athletes.motion_paper.quality_title", lang) not in text_of(
        report_bytes(trials, [gather_trial(trials, trial.id, "cam1")], lang)
    )
    sure = replace(measured, sd_pct=1.0)
    keep_motion(trials, trial.id, MotionFile(in_space(), (), Bones.HELD, (sure,)), recipe="test")
    assert doubt not in words(page(archive.home, lang, trial=trial.id))


def test_files_of_somebody_in_space_go_out_by_consent_and_are_noted(tmp_path: Path) -> None:
    archive, (lan,) = archive_with(tmp_path / "home", "Trần Lan")
    trial, trials = measured_trial(archive, tmp_path, cameras=2, athlete_id=lan), Trials(archive)
    keep_motion(trials, trial.id, MotionFile(in_space()), recipe="test")
    app = page(archive.home, "vi", trial=trial.id)
    assert Act.EXPORTED not in {line.act for line in lines_of(archive.store, lan)}
    app.button("motion-make-trc").click().run()
    assert Act.EXPORTED in {line.act for line in lines_of(archive.store, lan)}
    assert [one for one in app.get("download_button") if "TRC" in one.proto.label]
    assert b"(SIMULATED)" in app.session_state["motion-made"][2]  # what leaves the page says it too
    trials.keep_result(trial.id, Result.ANALYSIS, write_analysis(jump()), recipe="other")
    app.run()
    assert not [one for one in app.get("download_button") if "TRC" in one.proto.label]  # of what is measured no more
    app.button("motion-make-trc").click().run()
    Consents(archive).withdraw(lan, [Scope.SHARING], trial.day)
    app.run()
    assert not app.exception
    assert not [one for one in app.get("download_button") if "TRC" in one.proto.label]
    assert not [one for one in app.button if one.key and one.key.startswith("motion-make-")]


def test_the_cameras_go_out_with_the_motion_as_pose2sim_reads_them(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    keep_motion(trials, trial.id, MotionFile(in_space()), recipe="test")
    app = page(archive.home, "vi", trial=trial.id)
    assert not [one for one in app.button if one.key == "motion-make-toml"]  # nobody said where the cameras stand
    given = Calibration(tuple(cameras()), "qualisys", ())
    posed(trials, trial.id, given, {"cam1": "bên", "cam2": "trước"})
    keep_motion(trials, trial.id, MotionFile(in_space()), recipe="test")
    app.run()
    app.button("motion-make-toml").click().run()
    found = calibration_from(app.session_state["motion-made"][2], "Calib.toml")
    assert [camera.name for camera in found.cameras] == ["bên", "trước"]
    for camera in found.cameras:
        before = given.camera(camera.name)
        np.testing.assert_allclose(camera.K, before.K)
        np.testing.assert_allclose(camera.centre_m, before.centre_m, atol=1e-9)
    twice = posed(trials, trial.id, given, {"cam1": "bên", "cam2": "bên"})
    assert [camera.name for camera in calibrated_cameras(twice)] == ["cam1", "cam2"]


def test_names_of_cameras_are_shown_as_they_are(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    sources = [(film(tmp_path / f"{k}.mp4", 20, camera=k), f"![x](//t.example/{k})") for k in range(2)]
    trial = Trials(archive).add("*x*", Movement.CMJ, DAY, sources)
    app = page(archive.home, "vi", trial=trial.id)
    labels = [one.label for one in app.number_input] + [
        option.content for one in app.get("button_group") for option in one.proto.options
    ]
    assert sum("t.example" in one for one in labels) == 3
    assert not [one for one in labels if "![x](" in one]


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    keep_motion(trials, trial.id, MotionFile(in_space(1)), recipe="test")
    app = page(archive.home, "vi", trial=trial.id)
    app.button("motion-make-trc").click().run()
    assert app.error
    assert "motion-made" not in app.session_state
    assert motion_of(trials, trial.id) is not None


def test_the_longest_dropout_is_counted_with_its_own_pictures() -> None:
    known = np.array([1, 0, 1, 0, 0, 0, 1, 0], dtype=bool)
    first, last, seconds = longest_dropout(known, np.arange(8) / 10)
    assert (first, last) == (3, 5)
    assert seconds == pytest.approx(0.3)
    assert longest_dropout(np.ones(4, dtype=bool), np.arange(4.0)) == (0, 0, 0.0)


def test_what_was_put_right_is_told_with_its_pictures(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path), Trials(archive)
    swaps = {"1": {"found": [{"first": 12, "last": 15, "groups": ["legs"]}], "frames": [12], "left_out": []}}
    dark = {"key": "dark", "person": None, "frames": [0, 59], "values": {"luma": 12.0}}
    look_at(trials, trial, "cam1", told={"swaps": swaps, "notes": [dark]})
    app = page(archive.home, "vi", trial=trial.id)
    said = words(app)
    assert t("athletes.motion_page.unsure.swapped", "vi", parts="chân", first="12", last="15") in said
    assert t("athletes.pose.notes.dark", "vi", luma="12").split("(")[0] in said
    app.button("motion-show-unsure-0").click().run()
    assert app.session_state["shown"]["seek"]["s"] == pytest.approx(12 / 30)


def test_numbers_of_a_camera_are_shown_at_its_own_time(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    late = replace(trial.shots[1], to_trial=ClockMap(Fraction(1, 2)))
    trials.change(trial.with_shot(late))
    app = page(archive.home, "vi", trial=trial.id)
    assert [round(flag["s"], 2) for flag in app.session_state["shown"]["flags"]] == [0.8, 1.35]
    next(one for one in app.get("button_group") if one.key == f"motion-camera-{trial.id}").set_value("cam2").run()
    assert [round(flag["s"], 2) for flag in app.session_state["shown"]["flags"]] == [1.3, 1.85]


def test_a_person_in_space_is_graded_by_the_stated_limits() -> None:
    good, usable, doubtful = "good", "usable", "doubtful"
    assert [reprojection_grade(px) for px in (7.9, 8, 15.9, 16, None)] == [good, usable, usable, doubtful, doubtful]
    assert [limb_grade(pct) for pct in (1.9, 2, 4.9, 5, None)] == [good, usable, usable, doubtful, doubtful]
    assert [known_grade(pct) for pct in (95, 94.9, 80, 79.9)] == [good, usable, usable, doubtful]


def test_a_motion_of_which_no_camera_told_the_distance_is_graded_doubtful_and_not_nought() -> None:
    motion = in_space()
    found = quality_of(MotionFile(replace(motion, residual_px=np.full_like(motion.residual_px, np.nan))))
    assert found is not None
    assert found.reprojection_px is None
    assert found.document()["reprojection_grade"] == "doubtful"


@both
def test_a_grade_is_said_with_its_limits_and_what_would_improve_it(lang: str) -> None:
    def bone(name: str, sd_pct: float | None) -> Bone:
        return Bone(name, ("a", "b"), 0.4, sd_pct, 0 if sd_pct is None else 9, ())

    def quality(px: float, *limbs: Bone) -> Quality:
        return Quality(px, 99.0, limbs, Bones.HELD, 0.5)

    assert quality(6.4, bone("left_thigh", 1.5), bone("right_thigh", None)).limbs_grade == "doubtful"
    said = unescape(grades(quality(12.2, bone("left_thigh", 1.5), bone("right_forearm", 4.5)), lang))
    at = "athletes.motion_page.grade"
    comma = "12,2" if lang == "vi" else "12.2"
    assert t(f"{at}.reprojection", lang, value=comma) in said
    assert t(f"{at}.reprojection_limits", lang, good="8", usable="16") in said
    assert t(f"{at}.reprojection_better", lang) in said
    assert t(f"{at}.limbs_better", lang) in said  # the forearm
    assert f"({t(f'{at}.good', lang)}: 1, {t(f'{at}.usable', lang)}: 1)" in said
    assert t(f"{at}.known_better", lang) not in said
    good = grades(quality(6.4, bone("left_thigh", 1.5)), lang)
    assert good.count(f"✓ {t(f'{at}.good', lang)}") == 3
    assert "_better" not in good

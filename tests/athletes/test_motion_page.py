"""The section of motion, driven without a browser, in both languages: each state of a trial, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date
from html import unescape
from pathlib import Path

import pytest
from motion_home import archive_with, clicked, look_at, measured_trial, page
from training_home import words
from trial_films import film, kept_trial

from athletes.kinematics.model import Analysis, Event, Finding, Movement
from athletes.motion.found import analysis_of, keep_analysis, tracks_path
from athletes.motion.measuring import is_current, measure_trial
from athletes.motion.screening import screen_id
from athletes.motion.trials import WAITING, Trials
from athletes.panels.motion import how
from athletes.panels.motion.asking import choose_person
from athletes.panels.motion.words import reason_words
from athletes.panels.place import Place
from athletes.people.consent import Consents
from athletes.people.standing import Asking, Rules, Scope, keep_rules
from touchline.errors import BadFile
from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from touchline.measure import Measurement

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
both = pytest.mark.parametrize("lang", LANGUAGES)
DAY = date(2026, 11, 3)


@pytest.fixture(autouse=True)
def models_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the models are in this machine's cache is not what these tests are about."""
    monkeypatch.setattr(how, "lacking", lambda names: [])


def no_keys(said: str) -> None:
    """No text key stands where words should."""
    assert "athletes." not in said


def job_of(home: Path, trial_id: str, state: str, share: float = 0.43, result: dict[str, object] | None = None) -> str:
    """A job of a trial that is in ``state``; a running one seems to have just begun."""
    jobs = Jobs(home)
    job_id = jobs.enter(
        "motion", {"trial": trial_id, "model": "heavy", "engine": "mediapipe", "people": 3, "lang": "vi"}
    )
    jobs.report(job_id, share, "60/140")
    if state != "running":
        with jobs.store.write() as connection:
            told = json.dumps(result) if result else None
            connection.execute("UPDATE job SET state = ?, result = ? WHERE id = ?", (state, told, job_id))
    return job_id


# ------------------------------------------------------------------ list


@both
def test_an_empty_page_says_how_to_fill_it_and_has_the_form(tmp_path: Path, lang: str) -> None:
    said = words(page(tmp_path, lang))
    assert ("Chưa có lần quay nào" if lang == "vi" else "No trials yet") in said
    assert t("athletes.motion_page.new.no_files", lang) in said
    no_keys(said)


@both
def test_the_list_says_of_each_trial_whose_what_when_and_how_far_it_is(tmp_path: Path, lang: str) -> None:
    archive, (lan, binh) = archive_with(tmp_path / "home", "Trần Lan", "Lê Bình")
    kept_trial(archive, tmp_path, athlete_id=lan, name="mới")
    measured_trial(archive, tmp_path, athlete_id=lan, name="xong")
    measured_trial(archive, tmp_path, athlete_id=binh, name="hai người", people=2)
    working = kept_trial(archive, tmp_path, name="chạy", movement=Movement.SPRINT)
    job_of(archive.home, working.id, "running")
    app = page(archive.home, lang)
    said = words(app)
    no_keys(said)
    for step in ("new", "measured", "choose"):
        assert t(f"athletes.motion_page.state.{step}", lang) in said
    assert f"{t('athletes.motion_page.state.working', lang)} 43 %" in said
    assert "Trần Lan" in said
    assert f"/var/{screen_id(working.id)}/cam1/still/30.jpg" in said
    app.selectbox("motion-filter-athlete").set_value(lan).run()
    said = words(app)
    assert "xong" in said
    assert "hai người" not in said
    app.selectbox("motion-filter-movement").set_value(Movement.SPRINT).run()
    assert t("athletes.motion_page.none_of_these", lang) in words(app)


@both
def test_putting_away_is_undone_brought_back_and_made_final(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path), Trials(archive)
    app = page(archive.home, lang)
    app.button(f"motion-away-{trial.id}").click().run()
    assert trials.trials() == []
    app.button("motion-undo").click().run()
    assert [one.id for one in trials.trials()] == [trial.id]
    app.button(f"motion-away-{trial.id}").click().run()
    app.button(f"motion-back-{trial.id}").click().run()
    assert [one.id for one in trials.trials()] == [trial.id]
    app.button(f"motion-away-{trial.id}").click().run()
    app.button(f"motion-delete-{trial.id}").click().run()
    assert not trials.folder(trial.id).exists()
    no_keys(words(app))


# ------------------------------------------------------------------ a new trial


@both
def test_a_new_trial_is_kept_its_work_begins_and_its_page_opens(
    tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[dict[str, object]] = []
    monkeypatch.setattr(Jobs, "start", lambda self, kind, arguments: begun.append({"kind": kind, **arguments}) or "j")
    archive, (lan,) = archive_with(tmp_path / "home", "Trần Lan")
    video = film(tmp_path / "sân sau.mp4", 20)
    app = page(archive.home, lang, files=[video])
    app.selectbox("motion-new-athlete").set_value(lan)
    app.radio("motion-new-model").set_value("lite")
    app.number_input("motion-new-people").set_value(3)
    app.button("motion-new-keep").click().run()
    (made,) = Trials(archive).trials()
    assert (made.athlete_id, [one.shot.label for one in made.shots]) == (lan, ["sân sau"])
    assert app.query_params["trial"] == made.id
    assert begun == [
        {"kind": "motion", "trial": made.id, "model": "lite", "engine": "mediapipe", "people": 3, "lang": lang}
    ]
    no_keys(words(app))


@both
def test_what_is_no_video_is_refused_with_its_reason_and_nothing_is_kept(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    good, bad = film(tmp_path / "a.mp4", 5), tmp_path / "ghi chú.mp4"
    bad.write_bytes(b"no video at all")
    app = page(archive.home, lang, files=[good, bad])
    app.button("motion-new-keep").click().run()
    assert Trials(archive).trials() == []
    assert "ghi chú.mp4" in "".join(each.value for each in app.error)
    assert t("athletes.motion_page.new.nothing_kept", lang) in words(app)
    no_keys(words(app))
    assert "let_go" not in app.session_state  # what came is still in the box
    next(one for one in app.checkbox if one.label == "ghi chú.mp4").uncheck().run()
    app.button("motion-new-keep").click().run()
    (made,) = Trials(archive).trials()
    assert [one.shot.label for one in made.shots] == ["a"]
    assert app.session_state["let_go"] == ["motion-files"]  # it was taken


@both
def test_one_recording_twice_is_refused_and_taken_once_one_is_left_out(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    one, same = film(tmp_path / "a.mp4", 5), tmp_path / "a (2).mp4"
    same.write_bytes(one.read_bytes())
    app = page(archive.home, lang, files=[one, same])
    app.button("motion-new-keep").click().run()
    assert Trials(archive).trials() == []
    said = BadFile("athletes.errors.same_film_twice", name="a (2)", other="a")
    (error,) = app.error
    assert f"{said.detail(lang)} {said.hint(lang)}" in error.value.replace("\\", "")  # as Markdown that shows just that
    assert one.exists()
    assert same.exists()
    app.checkbox[1].uncheck().run()
    app.button("motion-new-keep").click().run()
    assert len(Trials(archive).trials()) == 1


@both
def test_whoever_withdrew_consent_to_being_filmed_is_not_filmed(tmp_path: Path, lang: str) -> None:
    archive, (lan,) = archive_with(tmp_path / "home", "Trần Lan")
    video = film(tmp_path / "a.mp4", 5)
    app = page(archive.home, lang, files=[video])
    app.selectbox("motion-new-athlete").set_value(lan).run()  # nobody is chosen by itself
    assert t("athletes.motion_page.consent.unasked", lang) in words(app)
    Consents(archive).withdraw(lan, [Scope.VIDEO], DAY)
    app.run()
    assert t("athletes.motion_page.consent.withdrawn", lang, name="Trần Lan") in words(app)
    assert app.button("motion-new-keep").disabled
    keep_rules(archive.store, Rules(consent=Asking.REQUIRE))
    other = archive.save_athlete(archive.athlete(lan).__class__("", "Bình")).id
    app.run()
    app.selectbox("motion-new-athlete").set_value(other).run()
    assert t("athletes.motion_page.consent.missing", lang, name="Bình") in words(app)
    assert app.button("motion-new-keep").disabled


@both
def test_without_models_the_trial_is_kept_and_the_command_is_named(
    tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(how, "lacking", lambda names: list(names))
    archive, _ = archive_with(tmp_path / "home")
    app = page(archive.home, lang, files=[film(tmp_path / "a.mp4", 5)])
    said = words(app)
    assert f"{t('athletes.motion_page.model.full', lang)} (pose_full)" in said
    assert "touchline models get" in said
    app.button("motion-new-keep").click().run()
    (made,) = Trials(archive).trials()
    assert Jobs(archive.home).unseen(("motion",)) == []
    assert app.button("motion-look").disabled
    assert "touchline models get" in words(app)
    assert app.session_state["shown"]["screen"] == screen_id(made.id)  # and it can be watched


# ------------------------------------------------------------------ work


@both
def test_work_shows_how_far_it_is_and_is_stopped(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = kept_trial(archive, tmp_path)
    job_of(archive.home, trial.id, "running")
    app = page(archive.home, lang, trial=trial.id)
    (bar,) = app.get("progress")
    assert "43 %" in bar.proto.text
    assert ("60/140" in bar.proto.text) is (
        lang == "vi"
    )  # what the job says itself is in the language it was started in
    app.button("motion-stop-motion").click().run()
    assert [job.state for job in Jobs(archive.home).unseen(("motion",))] == ["stopped"]
    said = words(app)
    assert t("athletes.motion_page.job.stopped", lang, done="43") in said
    no_keys(said)


@both
def test_work_that_waits_says_for_what(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = kept_trial(archive, tmp_path)
    job_id, jobs = job_of(archive.home, trial.id, "running", 0.0), Jobs(archive.home)
    jobs.tell(job_id, {WAITING: True})
    waiting = t("athletes.motion_page.state.waiting", lang)
    assert f">{waiting}</span>" in words(page(archive.home, lang))
    app = page(archive.home, lang, trial=trial.id)
    (bar,) = app.get("progress")
    assert bar.proto.text == t("athletes.motion_page.job.waiting", lang)
    assert f">{waiting}</span>" in words(app)
    job_of(archive.home, trial.id, "stopped")  # a later one that was stopped hides nothing that runs
    assert (
        t("athletes.motion_page.job.waiting", lang)
        == page(archive.home, lang, trial=trial.id).get("progress")[0].proto.text
    )
    jobs.tell(job_id, {})  # its turn came
    jobs.report(job_id, 0.0, "")
    (bar,) = app.run().get("progress")
    assert bar.proto.text == t("athletes.motion_page.job.begins", lang)


@both
def test_stopped_work_goes_on_as_it_was_asked_for(tmp_path: Path, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[dict[str, object]] = []
    archive, _ = archive_with(tmp_path / "home")
    trial = kept_trial(archive, tmp_path)
    job_of(archive.home, trial.id, "stopped")
    monkeypatch.setattr(Jobs, "start", lambda self, kind, arguments: begun.append(arguments) or "j")
    app = page(archive.home, lang, trial=trial.id)
    assert t("athletes.motion_page.start.new", lang) not in words(app)  # part of them was looked at
    main = [one.key for one in app.button if one.proto.type == "primary" and not (one.key or "").startswith("Form")]
    assert "motion-go-on" in main
    assert "motion-look" not in main
    app.button("motion-go-on").click().run()
    assert begun == [{"trial": trial.id, "model": "heavy", "engine": "mediapipe", "people": 3, "lang": lang}]
    assert Jobs(archive.home).unseen(("motion",)) == []  # the old one is put away


@both
def test_failed_work_says_why_in_the_readers_language(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = kept_trial(archive, tmp_path)
    result = {"vi": {"detail": "Đĩa *đầy*.", "hint": "Dọn bớt."}, "en": {"detail": "Disk *full*.", "hint": "Tidy."}}
    job_of(archive.home, trial.id, "failed", result=dict(result))
    app = page(archive.home, lang, trial=trial.id)
    assert f"{result[lang]['detail']} {result[lang]['hint']}" in words(app)
    app.button("motion-dismiss").click().run()
    assert not app.error
    job_of(archive.home, trial.id, "failed", result={"fault": "ZeroDivisionError: 1/0"})
    assert "ZeroDivisionError: 1/0" in words(app.run())


@both
def test_what_a_finished_job_could_not_look_at_is_told_until_it_is_closed(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = measured_trial(archive, tmp_path)
    damaged = {"vi": {"detail": "Tệp hỏng.", "hint": ""}, "en": {"detail": "The file is damaged.", "hint": ""}}
    far = {
        "vi": {"detail": "Hai máy lệch.", "hint": "Xem đồng hồ."},
        "en": {"detail": "No rays meet.", "hint": "Look."},
    }
    job_of(archive.home, trial.id, "done", result={"refused": {"cam1": damaged}, "space": far})
    app = page(archive.home, lang, trial=trial.id)
    (warning,) = app.warning
    assert damaged[lang]["detail"] in warning.value
    assert f"{far[lang]['detail']} {far[lang]['hint']}" in warning.value
    app.button("motion-dismiss").click().run()
    assert not app.warning


def test_numbers_of_an_earlier_way_say_so_and_are_measured_anew(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path), Trials(archive)
    app = page(archive.home, "vi", trial=trial.id)
    assert t("athletes.motion_page.old", "vi") in words(app)
    app.button("motion-measure-again").click().run()
    assert is_current(trials, trials.trial(trial.id), "cam1")
    assert t("athletes.motion_page.old", "vi") not in words(app)


# ------------------------------------------------------------------ one trial


@both
def test_a_measured_trial_shows_both_heights_with_what_they_rest_on(tmp_path: Path, lang: str) -> None:
    archive, (lan,) = archive_with(tmp_path / "home", "Trần Lan")
    trial = measured_trial(archive, tmp_path, athlete_id=lan)
    app = page(archive.home, lang, trial=trial.id)
    said = unescape(words(app))
    # 1.96 x 0.6 cm = 1.18 cm
    assert ("38,4" if lang == "vi" else "38.4") in said
    assert ("± 1,2 cm" if lang == "vi" else "± 1.2 cm") in said
    assert reason_words("no_scale", lang) in said
    shown = app.session_state["shown"]
    assert shown["screen"] == screen_id(trial.id)
    assert [round(flag["s"], 2) for flag in shown["flags"]] == [0.8, 1.35]
    assert shown["seek"] is None
    no_keys(said)


def test_show_takes_the_player_to_the_pictures_a_number_rests_on(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = measured_trial(archive, tmp_path)
    app = page(archive.home, "vi", trial=trial.id)
    app.button(f"motion-show-{trial.id}-cam1-first-1").click().run()
    # picture 24 at 30 a second
    assert app.session_state["shown"]["seek"] == {"s": pytest.approx(0.8), "seq": 1}
    app.button(f"motion-show-event-{trial.id}-cam1-1").click().run()
    # landing: picture round(1.35 x 30) = 40, which is at 40 / 30 s
    assert app.session_state["shown"]["seek"] == {"s": pytest.approx(40 / 30), "seq": 2}


def test_a_click_on_a_page_drawn_long_ago_takes_nothing_back(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trials = Trials(archive)
    drawn = measured_trial(archive, tmp_path, people=2)
    trials.change(replace(drawn, name="Đã đổi tên"))  # meanwhile, by somebody else
    choose_person(Place(archive, "vi", UTC, DAY), trials, drawn, "cam1", 2)
    now = trials.trial(drawn.id)
    assert (now.name, now.shots[0].settings["person"]) == ("Đã đổi tên", 2)


def test_what_is_damaged_is_said_and_stands_in_the_way_of_nothing_else(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trials = Trials(archive)
    trial, other = (measured_trial(archive, tmp_path, name=name) for name in ("một", "hai"))
    path = tracks_path(trials, trial.id, "cam1")
    path.write_bytes(path.read_bytes()[:100])
    app = page(archive.home, "vi", trial=trial.id)
    assert not app.exception
    assert len(app.error) == 1
    assert "38,4" in words(app)  # what was measured of them
    assert app.session_state["shown"]["layers"] == {}
    assert app.button("motion-look")  # the way out
    with archive.store.write() as connection:
        connection.execute("UPDATE trial_result SET sealed = ? WHERE trial_id = ?", (b"damaged", trial.id))
    for app in (page(archive.home, "vi", trial=trial.id), page(archive.home, "vi")):
        assert not app.exception
    assert app.button(f"motion-open-{other.id}")


@both
@pytest.mark.parametrize(
    ("notes", "why"),
    [(("nobody",), "nobody_seen"), (("dark", "nobody_in_the_dark"), "too_dark"), (("one_frame",), "too_few_frames")],
)
def test_nobody_in_the_picture_is_said_with_what_to_do(
    tmp_path: Path, lang: str, notes: tuple[str, ...], why: str
) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = kept_trial(archive, tmp_path), Trials(archive)
    told = [{"key": key, "person": None, "frames": [0, 59], "values": {"frames": 60, "luma": 0.0}} for key in notes]
    look_at(trials, trial, "cam1", people=0, told={"notes": told})
    nothing = Finding("jumps", None, reasons=(why,))
    keep_analysis(trials, trial.id, Analysis(Movement.CMJ, (nothing,), (), ()), camera_id="cam1", recipe="t")
    app = page(archive.home, lang, trial=trial.id)
    said = words(app)
    assert t(f"athletes.motion_page.start.{why}", lang) in said
    badge = f'<span class="tl-state nobody">{t(f"athletes.motion_page.state.{why}", lang)}</span>'
    assert badge in said
    assert badge in words(page(archive.home, lang))
    no_keys(said)


@both
def test_one_of_several_people_is_chosen_by_a_click_and_measured_anew(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, people=2), Trials(archive)
    app = page(archive.home, lang, trial=trial.id)
    assert app.button("motion-person-right")
    app.button("motion-person-click").click().run()
    assert app.session_state["shown"]["tool"]["name"] == "person"
    app = clicked(app, camera="cam1", frame=5, u=300.0, v=170.0, seq=1)
    assert app.error  # nobody stands there
    assert "person" not in trials.trial(trial.id).shots[0].settings
    app = clicked(app, camera="cam1", frame=5, u=200.0, v=90.0, seq=2)  # on the second one, 60 px to the right
    assert trials.trial(trial.id).shots[0].settings["person"] == 2
    said = words(app)
    assert app.session_state["shown"]["tool"] is None
    assert ("người số 2" if lang == "vi" else "number 2") in said
    no_keys(said)


def test_the_number_beside_somebody_chooses_them_too_and_yes_keeps_who_was_guessed(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path, people=2), Trials(archive)
    app = page(archive.home, "vi", trial=trial.id)
    app.button("motion-person-right").click().run()
    guessed = trials.trial(trial.id).shots[0].settings["person"]
    other = 3 - guessed
    clicked(app, camera="cam1", frame=5, u=1.0, v=1.0, seq=1, person=other)
    assert trials.trial(trial.id).shots[0].settings["person"] == other


@both
def test_two_clicks_on_a_known_length_give_metres(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path), Trials(archive)
    app = page(archive.home, lang, trial=trial.id)
    app.button("motion-length-click").click().run()
    app = clicked(app, camera="cam1", frame=3, u=10.0, v=20.0, seq=1)
    app = clicked(app, camera="cam1", frame=3, u=110.0, v=20.0, seq=2)
    app.number_input("motion-length-m").set_value(2.0)
    next(one for one in app.button if one.label == t("athletes.motion_page.scale.keep", lang)).click().run()
    scale = trials.trial(trial.id).shots[0].settings["scale"]
    assert scale == {"kind": "length", "px": [10.0, 20.0, 110.0, 20.0], "m": 2.0, "frame": 3}
    said = words(app)
    assert t("athletes.motion_page.scale.by_length", lang, length="2,00" if lang == "vi" else "2.00", frame="3") in said
    no_keys(said)


def test_clicks_that_lie_on_each_other_are_refused_with_the_reason(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = measured_trial(archive, tmp_path)
    app = page(archive.home, "vi", trial=trial.id)
    app.button("motion-length-click").click().run()
    for seq in (1, 2):
        app = clicked(app, camera="cam1", frame=3, u=10.0 + seq, v=20.0, seq=seq)
    next(one for one in app.button if one.label == t("athletes.motion_page.scale.keep", "vi")).click().run()
    assert not app.exception
    said = words(app)
    no_keys(said)


@both
def test_slow_motion_is_asked_with_its_reason_and_never_decided_silently(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = kept_trial(archive, tmp_path), Trials(archive)
    tagged = trial.shots[0].shot.__class__.from_document(
        {**trial.shots[0].shot.document(), "tags": {"com.android.capture.fps": "240.0"}}
    )
    trials.change(trial.with_shot(trial.shots[0].__class__(tagged)))
    app = page(archive.home, lang, trial=trial.id)
    assert trials.trial(trial.id).shots[0].slow == 1
    asked = "".join(each.value for each in app.warning)
    assert "240" in asked
    assert "8" in asked
    app.button("motion-slow-yes-cam1").click().run()
    assert trials.trial(trial.id).shots[0].slow == 8
    assert "240" not in "".join(each.value for each in app.warning)
    no_keys(words(app))
    trials.change(trial.with_shot(trial.shots[0].__class__(tagged)))
    app = page(archive.home, lang, trial=trial.id)
    app.button("motion-slow-no-cam1").click().run()
    assert trials.trial(trial.id).shots[0].slow == 1
    assert not app.warning


@both
def test_settings_say_their_present_effect_and_measure_anew(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial, trials = measured_trial(archive, tmp_path), Trials(archive)
    app = page(archive.home, lang, trial=trial.id)
    assert t("athletes.motion_page.settings.cutoff_usual", lang, hz="6,0" if lang == "vi" else "6.0") in words(app)
    assert t("athletes.motion_page.settings.touches.jumps", lang) in words(app)  # which numbers another one changes
    label = t("athletes.motion_page.settings.cutoff", lang)
    next(one for one in app.number_input if one.label == label).set_value(8.0)
    label = t("athletes.motion_page.settings.measure", lang)
    next(one for one in app.button if one.label == label and one.key != "motion-measure-again").click().run()
    assert trials.trial(trial.id).settings == {"cutoff_hz": 8.0}
    said = words(app)
    assert t("athletes.motion_page.settings.cutoff_own", lang, hz="8,0" if lang == "vi" else "8.0") in said
    no_keys(said)


@both
def test_a_reader_sees_all_and_changes_nothing(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = measured_trial(archive, tmp_path, people=2)
    app = page(archive.home, lang, role="analyst")
    assert [one.key for one in app.button if one.key and one.key.startswith("motion-")] == [f"motion-open-{trial.id}"]
    app = page(archive.home, lang, role="analyst", trial=trial.id)
    keys = {one.key for one in app.button if one.key and not one.disabled}
    assert not keys & {
        "motion-person-click",
        "motion-length-click",
        "motion-template",
        "motion-look",
        "motion-put-away-here",
    }
    assert app.session_state["shown"]["screen"] == screen_id(trial.id)
    clicked(app, camera="cam1", frame=5, u=1.0, v=1.0, seq=1, person=2)
    assert "person" not in Trials(archive).trial(trial.id).shots[0].settings
    no_keys(words(app))


@both
def test_who_may_not_see_training_is_told_who_may_and_sees_nothing(tmp_path: Path, lang: str) -> None:
    archive, _ = archive_with(tmp_path / "home")
    trial = measured_trial(archive, tmp_path)
    app = page(archive.home, lang, role="operator", trial=trial.id)
    assert app.error
    assert "shown" not in app.session_state
    assert trial.name not in words(app)


def test_a_trial_that_is_gone_says_so(tmp_path: Path) -> None:
    app = page(tmp_path, "vi", trial="0123456789ab")
    assert t("athletes.motion_page.gone", "vi") in words(app)


def test_what_can_be_changed_of_a_trial_is_kept(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home", "Trần Lan")
    trial = measured_trial(archive, tmp_path)
    app = page(archive.home, "vi", trial=trial.id)
    app.text_area[0].set_value("đầu gối trái hơi đau")
    next(one for one in app.text_input if one.value == trial.name).set_value("Lần hai")
    next(one for one in app.button if one.label == t("athletes.motion_page.edit.save", "vi")).click().run()
    found = Trials(archive).trial(trial.id)
    assert (found.name, found.notes) == ("Lần hai", "đầu gối trái hơi đau")
    next(one for one in app.text_input if one.value == "Lần hai").set_value("  ")
    next(one for one in app.button if one.label == t("athletes.motion_page.edit.save", "vi")).click().run()
    assert app.error
    assert Trials(archive).trial(trial.id).name == "Lần hai"


def test_another_athletes_height_is_asked_again_and_the_numbers_measured_anew(tmp_path: Path) -> None:
    archive, (lan, mai) = archive_with(tmp_path / "home", "Trần Lan", "Lê Mai")
    trial = measured_trial(archive, tmp_path, athlete_id=lan)
    trials = Trials(archive)
    told = {"scale": {"kind": "height", "m": 1.9}, "person": 1}
    trials.change(trial.with_shot(replace(trial.shots[0], settings=told)))
    measure_trial(trials, trial.id)
    before = analysis_of(trials, trial.id, "cam1")
    assert before is not None
    assert "scale_from_height" in before.notes
    app = page(archive.home, "vi", trial=trial.id)
    whose = next(one for one in app.selectbox if one.label == t("athletes.motion_page.new.athlete", "vi"))
    whose.set_value(mai)
    next(one for one in app.button if one.label == t("athletes.motion_page.edit.save", "vi")).click().run()
    found = trials.trial(trial.id)
    assert (found.athlete_id, found.shots[0].settings) == (mai, {"person": 1})
    assert t("athletes.motion_page.scale.none", "vi") in words(app)
    assert [one.value for one in app.toast] == [t("athletes.motion_page.scale.whose_height", "vi")]
    after = analysis_of(trials, trial.id, "cam1")
    assert after is not None
    assert "scale_from_height" not in after.notes
    assert is_current(trials, found, "cam1")


def test_a_height_stays_for_whoever_is_in_the_picture_and_a_clicked_length_for_everybody(tmp_path: Path) -> None:
    archive, (lan, mai) = archive_with(tmp_path / "home", "Trần Lan", "Lê Mai")
    trials, height = Trials(archive), {"scale": {"kind": "height", "m": 1.6}}
    trial = measured_trial(archive, tmp_path)
    trial = trials.change(trial.with_shot(replace(trial.shots[0], settings=height)))
    named = trials.change(replace(trial, athlete_id=lan))  # nobody was named when the height was said
    assert named.shots[0].settings == height
    said = replace(named.shots[0], settings={"scale": {"kind": "height", "m": 1.7}})
    assert trials.change(replace(named.with_shot(said), athlete_id=mai)).shots[0].settings == said.settings
    length = replace(said, settings={"scale": {"kind": "length", "px": [0, 0, 90, 0], "m": 2.0}})
    trials.change(trials.trial(trial.id).with_shot(length))
    assert trials.change(replace(trials.trial(trial.id), athlete_id=lan)).shots[0].settings == length.settings


def test_of_an_hour_of_repetitions_a_page_draws_some_rows_and_the_others_when_asked(tmp_path: Path) -> None:
    archive, _ = archive_with(tmp_path / "home")
    depths = [
        Finding("depth", Measurement(80.0 + one / 100, 1.0, "deg", "m"), (one, one), number=one + 1)
        for one in range(250)
    ]
    events = [Event("rep_bottom", one / 30, 0.004, one % 60, None, one + 1) for one in range(250)]
    whole = Finding("repetitions", Measurement(250, 0, "count", "m"))
    analysis = Analysis(Movement.SQUAT, (whole, *depths), (), tuple(events))
    trial = measured_trial(archive, tmp_path, analysis)
    app = page(archive.home, "vi", trial=trial.id)
    assert not app.exception

    def shown(word: str) -> list[str]:
        return [button.key for button in app.button if button.key and button.key.startswith(f"motion-show-{word}")]

    each = f"{trial.id}-cam1-each"
    assert len(shown(each)) == 100
    assert len(shown("event-")) == 100
    assert "lần 100" in words(app)
    assert "lần 101" not in words(app)
    app.selectbox(f"motion-part-{each}").set_value(200).run()
    assert len(shown(each)) == 50
    assert "lần 250" in words(app)

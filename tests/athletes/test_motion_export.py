"""A trial taken out of the house from its page: a report looked at and made, a clip made by a job and kept sealed."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import av
import pytest
from measured_trials import measured_trial
from motion_home import page
from training_home import words

from athletes.archive import Archive
from athletes.kinematics.model import Movement
from athletes.model import Athlete
from athletes.motion.film_work import CLIP, KIND, clip_path, clip_work, kept_clip
from athletes.motion.found import keep_tracks, tracks_of
from athletes.motion.measuring import measure_trial
from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from athletes.panels.motion.export_part import file_name
from athletes.people.consent import Consents
from athletes.people.standing import NoConsent, Scope
from touchline.access import Act, lines_of
from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs, Report, offers
from touchline.rights import Action

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(Archive(tmp_path / "home"))


@pytest.fixture
def trial(trials: Trials, tmp_path: Path) -> Trial:
    athlete = trials.archive.save_athlete(Athlete("", "Đỗ Thị Ánh"))
    return measured_trial(
        trials.archive, tmp_path, name="Gánh đùi", athlete_id=athlete.id, movement=Movement.SQUAT, fps=30
    )


def quiet(share: float, said: str) -> None:
    """Progress that nobody hears."""


def made(trials: Trials, trial: Trial, progress: Any = quiet, **wanted: object) -> dict[str, Any]:
    arguments = {"trial": trial.id, "camera": "cam1", "since": 1.0, "until": 1.2, "slow": 2.0, "lang": "en", **wanted}
    return clip_work(trials.archive.home, arguments, cast(Report, progress))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_looked_at_and_made_on_the_page(trials: Trials, trial: Trial, lang: str) -> None:
    app = page(trials.archive.home, lang, trial=trial.id)
    assert not app.exception
    assert t("athletes.motion_export.intro", lang) in words(app)
    app.button(key="motion-report-look").click().run()
    assert not app.exception
    assert len(app.get("image")) >= 2  # the very pages
    app.button(key="motion-report-make").click().run()
    assert not app.exception
    (made_of, data) = app.session_state["motion-report-made"]
    assert made_of[1] == trial
    assert data.startswith(b"%PDF-")
    acts = [line.act for line in lines_of(trials.archive.store, trial.athlete_id or "")]
    assert Act.EXPORTED in acts


def test_a_clip_is_made_by_a_job_and_kept_sealed(trials: Trials, trial: Trial) -> None:
    assert kept_clip(trials, trial) is None
    shares: list[float] = []
    told = made(trials, trial, lambda share, said: shares.append(share))
    assert told["frames"] == [30, 36]
    assert told["length_s"] == pytest.approx(7 * 2 / 30, abs=1e-3)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    closed = clip_path(trials, trial.id).read_bytes()
    assert b"ftyp" not in closed  # what was measured of a person is not readable on the disk
    assert clip_path(trials, trial.id).stat().st_mode & 0o077 == 0
    film = kept_clip(trials, trial)
    assert film is not None
    with av.open(io.BytesIO(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 7
    app = page(trials.archive.home, "vi", trial=trial.id)
    app.button(key="motion-clip-open").click().run()
    assert not app.exception
    assert [one.proto.label for one in app.get("download_button")] == ["Lưu đoạn phim (MP4, 0,0 MB)"]
    trials.put_away(trial.id)
    trials.delete(trial.id)
    assert not clip_path(trials, trial.id).exists()  # it goes with its trial


def test_a_clip_that_is_stopped_leaves_the_one_before(trials: Trials, trial: Trial) -> None:
    def stop(share: float, said: str) -> None:
        if share > 0.3:
            raise SystemExit(143)  # what SIGTERM is in a job

    with pytest.raises(SystemExit):
        made(trials, trial, stop)
    assert kept_clip(trials, trial) is None
    made(trials, trial)
    before = kept_clip(trials, trial)
    with pytest.raises(SystemExit):
        made(trials, trial, stop, slow=4.0)
    assert kept_clip(trials, trial) == before
    assert {each.name for each in trials.folder(trial.id).glob("*clip*")} == {CLIP, ".clip.lock"}  # and an empty lock


def test_the_page_starts_the_job_with_what_was_chosen(
    trials: Trials, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(Jobs, "start", lambda self, kind, arguments, **more: started.append((kind, arguments)))
    app = page(trials.archive.home, "en", trial=trial.id)
    app.slider(key=f"motion-clip-stretch-{trial.id}-cam1").set_range(1.0, 2.0)
    app.selectbox(key=f"motion-clip-curve-{trial.id}-cam1").select("trunk")
    app.button(key="motion-clip-make").click().run()
    assert not app.exception
    ((kind, arguments),) = started
    assert kind == KIND
    assert {name: arguments[name] for name in ("trial", "camera", "since", "until", "slow", "curve", "lang")} == {
        "trial": trial.id,
        "camera": "cam1",
        "since": 1.0,
        "until": 2.0,
        "slow": 1.0,
        "curve": "trunk",
        "lang": "en",
    }


def test_a_running_clip_says_how_far_it_is(trials: Trials, trial: Trial) -> None:
    jobs = Jobs(trials.archive.home)
    job_id = jobs.enter(KIND, {"trial": trial.id, "lang": "en"})
    app = page(trials.archive.home, "en", trial=trial.id)
    assert [one.proto.text for one in app.get("progress")] == [t("athletes.motion_page.job.begins", "en")]
    jobs.report(job_id, 0.4, "drawing")
    (bar,) = app.run().get("progress")
    assert not app.exception
    assert bar.proto.text.startswith("The clip is being made: 40 % · drawing · 00:0")  # and the time left
    assert not [one for one in app.button if one.key == "motion-clip-make"]


def test_a_clip_does_not_outlast_what_is_burned_into_it(trials: Trials, trial: Trial) -> None:
    made(trials, trial)
    assert kept_clip(trials, trials.trial(trial.id)) is not None
    trials.change(trial)
    assert kept_clip(trials, trial) is not None  # nothing changed
    trials.change(replace(trial, athlete_id=None))
    assert kept_clip(trials, trial) is None  # it has another's name in it
    made(trials, trial)
    measure_trial(trials, trial.id)
    assert kept_clip(trials, trial) is None  # and other numbers


def test_pictures_of_a_clip_lie_with_their_trial_and_go(trials: Trials, trial: Trial) -> None:
    left = trials.folder(trial.id) / ".clip" / "clip.mp4"
    left.parent.mkdir()
    left.write_bytes(b"of a process that was killed")
    seen: list[bool] = []
    made(trials, trial, lambda share, said: seen.append(any(left.parent.iterdir())))
    assert all(seen)
    assert not left.parent.exists()


def test_a_report_of_other_points_is_not_offered_any_more(trials: Trials, trial: Trial) -> None:
    app = page(trials.archive.home, "en", trial=trial.id)
    app.button(key="motion-report-make").click().run()
    assert [one for one in app.get("download_button") if "PDF" in one.proto.label]
    keep_tracks(trials, trial.id, "cam1", tracks_of(trials, trial.id, "cam1"))  # looked at anew
    app.run()
    assert not app.exception
    assert not [one for one in app.get("download_button") if "PDF" in one.proto.label]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_offered_of_somebody_who_withdrew_consent_to_sharing(
    trials: Trials, trial: Trial, lang: str
) -> None:
    made(trials, trial)
    Consents(trials.archive).withdraw(trial.athlete_id or "", [Scope.SHARING], trial.day)
    app = page(trials.archive.home, lang, trial=trial.id)
    assert not app.exception
    refusal = t("athletes.people.scope.sharing", lang)
    assert any(refusal in one.value for one in app.info)
    assert not [one for one in app.button if one.key and one.key.startswith(("motion-report", "motion-clip"))]
    with pytest.raises(NoConsent):
        kept_clip(trials, trial)
    with pytest.raises(NoConsent):
        made(trials, trial)


def test_who_sees_training_may_make_one() -> None:
    (offered,) = [one for one in offers() if KIND in one.work]
    assert offered.starting[KIND] is Action.SEE_TRAINING


def test_files_are_named_for_every_system(trial: Trial) -> None:
    assert file_name(trial) == "Ganh-dui-2026-11-03"

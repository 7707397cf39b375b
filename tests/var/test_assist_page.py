"""The assistance on the page: what is missing is said, what was found is offered, and one press takes it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from test_review import reviewed

from touchline.commands import schemas
from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from var.angles import angle_state
from var.archive import Archive
from var.assist.proposed import offers
from var.measure.pitch import Pitch
from var.model import Role
from var.review import body_marks_of

SIGHT = schemas()["people"]["examples"][0]


def page(home: Path, lang: str, step: str) -> AppTest:
    def script(home: str, lang: str, step: str) -> None:
        from pathlib import Path

        from var.archive import Archive
        from var.model import Role
        from var.panels.assist import kick_part, people_part
        from var.panels.booth import Booth

        archive = Archive(Path(home))
        booth = Booth(archive, archive.match("m"), lang)
        booth.state["step"] = step
        if step == "kick":
            kick_part(booth)
        else:
            people_part(booth, Role(step))

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang, "step": step}, default_timeout=60)
    return app.run()


def words(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(one.value) for one in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning])


@pytest.fixture
def match(tmp_path: Path) -> tuple[Archive, str]:
    archive, _, incident_id = reviewed(tmp_path, 0.34, 9, ("cam2",))
    for mark in body_marks_of(archive.review("m"), archive.incident(incident_id)):
        archive.remove("m", mark.id)
    return archive, incident_id


def done(archive: Archive, incident_id: str) -> dict[str, Any]:
    """A finished job that found the example's people at the kick of this match; returns its result."""
    clip = archive.match("m").clips[0]
    frame = clip.frame_at(archive.incident(incident_id).kick_s or Fraction(0))
    found = angle_state(archive.match("m"), archive.review("m"), "cam2", frame).calibration
    assert found is not None
    angle = {"frame": frame, "sha256": clip.sha256, "sight": SIGHT, "theta": found.theta.tolist()}
    result = {"match": "m", "incident": incident_id, "attack": "right", "pitch_m": [105.0, 68.0]}
    result |= {"angles": {"cam2": angle}, "refused": {}}
    jobs = Jobs(archive.home)
    job_id = jobs.enter("assist_people", {"match": "m", "incident": incident_id})
    jobs.run(job_id, {"assist_people": lambda home, arguments, report: result})
    return result


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_models_the_button_says_what_is_missing(
    lang: str, match: tuple[Archive, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_MODELS", str(tmp_path / "none"))
    app = page(match[0].home, lang, "attacker")
    (button,) = app.button
    assert button.label == t("var.assist.suggest", lang)
    assert button.disabled
    said = words(app)
    assert "person_ssd" in said
    assert "touchline models get" in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_was_found_is_offered_and_one_press_takes_it_with_its_origin(
    lang: str, match: tuple[Archive, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "var.panels.assist.lacking", lambda names: []
    )  # whether models are here does not matter any more
    archive, incident_id = match
    done(archive, incident_id)
    app = page(archive.home, lang, "defender")
    first = offers(SIGHT, Role.DEFENDER, None, Pitch()).offers[0]
    said = words(app)
    assert t("var.assist.found", lang, count=len(SIGHT["people"])) in said
    assert t("var.assist.reason.nobody_defends", lang) in said  # the example's people are of one team
    state = app.session_state["booth-m"]
    state["assist_defends/another/cam2"] = state[f"assist_defends/{incident_id}/cam9"] = SIGHT["defends"]
    assert t("var.assist.reason.nobody_defends", lang) in words(app.run())  # said of other pictures, not of this one
    state[f"assist_defends/{incident_id}/cam2"] = SIGHT["defends"]  # as the control above the list sets it
    said = words(app.run())
    assert t("var.assist.reason.keeper_outside", lang) in said
    assert t("var.assist.second_last", lang) in said
    assert not body_marks_of(archive.review("m"), archive.incident(incident_id))  # offered, not imposed
    app.button(key=f"use-defender-cam2-{first.number}").click().run()
    words(app)
    (mark,) = body_marks_of(archive.review("m"), archive.incident(incident_id))
    assert (mark.role, mark.part, mark.proposal, mark.moved) == (Role.DEFENDER, first.part, first.proposal, False)


def test_a_finding_of_another_kick_is_not_offered(match: tuple[Archive, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("var.panels.assist.lacking", lambda names: [])
    archive, incident_id = match
    done(archive, incident_id)
    incident = archive.incident(incident_id)
    clip = archive.match("m").clips[0]
    archive.set_kick(incident_id, camera_id="cam2", frame=(incident.kick_frame or 0) + 3, sha256=clip.sha256)
    app = page(archive.home, "en", "defender")
    assert t("var.assist.stale", "en") in words(app)
    assert [button.key for button in app.button] == ["assist_people"]


def test_a_finding_with_another_calibration_is_not_offered(
    match: tuple[Archive, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("var.panels.assist.lacking", lambda names: [])
    archive, incident_id = match
    done(archive, incident_id)
    mark = archive.pitch_marks("m", "cam2")[0]
    archive.mark_pitch("m", mark.name, mark.pitch_m, replace(mark.click, u_px=mark.click.u_px + 3))
    app = page(archive.home, "vi", "defender")
    assert t("var.assist.stale", "vi") in words(app)
    assert [button.key for button in app.button] == ["assist_people"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_suggested_kick_is_shown_with_its_doubt_and_nothing_is_marked(lang: str, match: tuple[Archive, str]) -> None:
    archive, incident_id = match
    before = archive.incident(incident_id).kick_frame
    hints = [
        {"way": "motion", "frame": 41, "at_s": 0.8, "sigma_s": 0.005, "strength": 20.0, "reason": ""},
        {"way": "sound", "frame": None, "at_s": None, "sigma_s": None, "strength": 5.0, "reason": "nothing_stands_out"},
    ]
    jobs = Jobs(archive.home)
    asked = {"match": "m", "incident": incident_id, "camera": "cam2", "frame": 40, "u": 1.0, "v": 2.0}
    jobs.run(jobs.enter("assist_kick", asked), {"assist_kick": lambda home, given, report: {**given, "hints": hints}})
    app = page(archive.home, lang, "kick")
    said = words(app)
    assert "**41** ± 10 ms (95 %)" in said
    assert t("var.assist.none.nothing_stands_out", lang) in said
    assert t("var.assist.kick_confirm", lang) in said
    app.button(key="kick-motion").click().run()
    words(app)
    assert archive.incident(incident_id).kick_frame == before


def test_the_model_that_was_chosen_looks(match: tuple[Archive, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("var.panels.assist.lacking", lambda names: [name for name in names if name == "pose_lite"])
    started: list[Any] = []
    monkeypatch.setattr(Jobs, "start", lambda self, kind, arguments: started.append((kind, arguments["pose"])))
    app = page(match[0].home, "en", "attacker")
    assert app.radio[0].options == [t("var.assist.pose_full", "en"), t("var.assist.pose_heavy", "en")]
    app.radio[0].set_value("pose_heavy").run()
    next(one for one in app.button if one.label == t("var.assist.suggest", "en")).click().run()
    assert started == [("assist_people", "pose_heavy")]

"""A report is headed by what the case was about, and an older one is not offered as the present state."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from case_match import MATCH, REFEREE, VAR, decided, told_in
from export_scene import WRITTEN
from streamlit.testing.v1 import AppTest
from test_case_page import choose, desk, made, open_penalty, press, said

from touchline.errors import BadValue
from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from var.archive import Archive
from var.export import gather
from var.export.newest import match_state, newest_entry
from var.export.wording import report_words
from var.model import Click, Question

SHA = "ab" * 32


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_report_is_headed_by_the_situation_of_its_case(lang: str, tmp_path: Path) -> None:
    told = told_in(tmp_path)
    told.archive.ask(told.incident_id, Question.OFFSIDE)
    case = told.open()
    wanted = case.rules.situations["penalty_foul"].name[lang]
    words = report_words(gather(told.archive, MATCH, told.incident_id), lang, stills=(), files=(), written_utc=WRITTEN)
    assert wanted in words["heading"]
    assert t("var.report.kinds.offside", lang) not in words["heading"]
    assert words["measurement_asked"] is False  # the case asks for no offside, and none was measured


def test_the_result_that_holds_says_what_it_was_about(tmp_path: Path) -> None:
    told = told_in(tmp_path)
    decided(told, full=False)
    told.reviewing.take("r-1", "restart", REFEREE)
    other = told.open(situation="penalty_handball")  # a later one without a result
    told.reviewing.undo(other.id, VAR)
    words = report_words(gather(told.archive, MATCH, told.incident_id), "vi", stills=(), files=(), written_utc=WRITTEN)
    assert other.rules.situations["penalty_foul"].name["vi"] in words["heading"]


def test_the_question_follows_the_case_and_the_marks_are_kept(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    archive.set_kick(incident.id, camera_id="cam1", frame=250, sha256=SHA)
    archive.mark_pitch("m", "x", (0.0, 0.0, 0.0), Click("cam1", 250, SHA, 1.0, 1.0))
    open_penalty(desk(tmp_path))
    (after,) = archive.incidents("m")
    assert after.question is Question.FOUL
    assert after.kick_frame == 250  # asked as an offside again it is there


def test_a_question_of_the_case_that_was_begun_stays(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    archive.ask(incident.id, Question.AREA)
    archive.mark_spot(incident.id, "contact_click", Click("cam1", 250, SHA, 1.0, 1.0))
    app = desk(tmp_path)
    press(app, "case_category_red_card")
    press(app, "case_situation_red_obvious_chance")  # it asks for the contact first, and for the place too
    assert archive.incidents("m")[0].question is Question.AREA


def test_a_decided_question_stays_its_own(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    archive.decide(incident.id, "onside", by="Ánh", note="", facts={})
    open_penalty(desk(tmp_path))
    assert archive.incidents("m")[0].question is Question.OFFSIDE


def _reported(home: Path, archive: Archive, incident_id: str) -> None:
    """A report that is done, of what the archive says now; its folder is as the job leaves one."""
    folder = home / "reports" / "m-incident-1"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.pdf").write_bytes(b"%PDF-1.7")
    jobs = Jobs(home)
    job = jobs.enter("report", {"match": "m", "incident": incident_id, "lang": "vi"})
    entry = newest_entry(archive, "m", incident_id)
    told = {"folder": str(folder), "name": folder.name, "entry": entry, "state": match_state(archive, "m")}
    jobs.run(job, {"report": lambda home, given, report: told})


def _offered(app: AppTest) -> bool:
    return any("pdf-" in str(each.proto.id) for each in app.get("download_button"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_report_is_offered_while_it_is_the_newest_state(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    app = open_penalty(desk(tmp_path, lang))
    choose(app, "fact-r-1-before", "no_penalty")
    press(app, "case_step_ask")
    press(app, "case_step_decline")
    _reported(tmp_path, archive, incident.id)
    press(app, "case_undo")
    press(app, "case_step_decline")
    assert t("var.review.report_old", lang) in said(app)
    assert not _offered(app)
    assert app.button(key="report").label == t("var.review.report_anew", lang)
    _reported(tmp_path, archive, incident.id)
    app.run()
    assert t("var.review.report_old", lang) not in said(app)
    assert _offered(app)
    archive.save_clip("m", "cam1", label="Khán đài B")  # no entry, but the report names the angle
    app = desk(tmp_path, lang)
    assert t("var.review.report_old", lang) in said(app)
    assert not _offered(app)


def test_what_a_report_does_not_tell_of_makes_it_no_older(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    before = newest_entry(archive, "m", incident.id)
    other = archive.add_incident("m", at_s=Fraction(12))
    archive.ask(other.id, Question.FOUL)
    body = {"id": "ab12cd34", "at_s": "3", "ends_s": None, "tag": None, "note": "", "camera": None}
    mark = archive.add_entry("m", "bookmark", body)
    archive.remove("m", mark)
    assert newest_entry(archive, "m", incident.id) == before
    archive.mark_pitch("m", "x", (0.0, 0.0, 0.0), Click("cam1", 250, SHA, 1.0, 1.0))
    assert newest_entry(archive, "m", incident.id) > before


def test_a_page_loaded_anew_shows_the_incident_of_its_address(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (first,) = archive.incidents("m")
    newest = archive.add_incident("m", at_s=Fraction(15))
    for asked, shown in ((first.id, first), (newest.id, newest), ("i-gone", newest), (None, newest)):
        app = AppTest.from_function(_opened, kwargs={"home": str(tmp_path)}, default_timeout=60)
        if asked is not None:
            app.query_params["incident"] = asked
        app.run()
        assert not app.exception
        assert app.session_state["booth-m"]["incident"] == shown.id
        assert app.session_state["booth-m"]["seek"]["s"] == float(shown.at_s)
        assert app.query_params["incident"] in (shown.id, [shown.id])


def _opened(home: str) -> None:
    from pathlib import Path

    from var.archive import Archive
    from var.panels.booth import Booth
    from var.panels.review import _keep_address

    archive = Archive(Path(home))
    _keep_address(Booth(archive, archive.match("m"), "vi"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_incident_with_a_case_is_kept_and_the_button_says_why(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)

    def button() -> tuple[bool, str]:
        app = AppTest.from_function(_listed, kwargs={"home": str(tmp_path), "lang": lang}, default_timeout=60).run()
        assert not app.exception
        found = app.button(key="remove_incident")
        return found.disabled, str(found.help)

    assert button() == (False, t("var.review.remove_incident", lang))
    press(open_penalty(desk(tmp_path)), "case_undo")  # withdrawn: the log needs the incident all the same
    assert button() == (True, t("var.review.incident_kept", lang))
    with pytest.raises(BadValue):
        archive.remove_incident(archive.incidents("m")[0].id)


def _listed(home: str, lang: str) -> None:
    from pathlib import Path

    from var.archive import Archive
    from var.panels.booth import Booth
    from var.panels.review import choose_incident

    archive = Archive(Path(home))
    choose_incident(Booth(archive, archive.match("m"), lang))

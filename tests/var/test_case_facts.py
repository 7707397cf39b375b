"""What is known at the desk: nothing is told that nobody pressed, no press is lost to another fact; and the log."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from rule_files import BOOKS
from streamlit.testing.v1 import AppTest
from test_case_page import REFEREE, VAR, choose, desk, made, open_penalty, said

from tests.var.reviewing import clear
from touchline.i18n import t
from var.decisions.kept import Reviewing, sitting
from var.decisions.model import Actor, Ruling
from var.panels.text import markdown_safe

ACTOR = Actor(VAR, "var")


def test_another_match_with_a_case_of_the_same_id_tells_nothing_of_this_one(tmp_path: Path) -> None:
    archive = made(tmp_path)
    archive.add_match(replace(archive.match("m"), id="n"))
    archive.add_incident("n", at_s=Fraction(10))
    for match_id, before in (("m", "no_penalty"), ("n", "penalty")):
        acts, (incident,) = Reviewing(archive, match_id), archive.incidents(match_id)
        rules = BOOKS["football-2026-27-var"]
        acts.open(rules, ACTOR, incident_id=incident.id, known={"situation": "penalty_foul"})
        acts.tell("r-1", ACTOR, {"before": before})

    def script(home: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.case.panel import case_panel

        archive = Archive(Path(home))
        booth = Booth(archive, archive.match(st.query_params.get("match", "m")), "vi")
        booth.state["mode"] = "case"
        case_panel(booth)

    app = AppTest.from_function(script, kwargs={"home": str(tmp_path)}, default_timeout=60).run()
    before = [archive.entries(match_id) for match_id in "mn"]
    for match_id in "nmn":  # as the browser goes back and forth
        app.query_params["match"] = match_id
        app.run()
        assert not app.exception
        assert [archive.entries(each) for each in "mn"] == before


def test_a_press_is_not_lost_to_another_fact_that_is_taken_back(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    acts = Reviewing(archive, "m")
    acts.tell("r-1", ACTOR, {"restarted": False})
    app.run()
    acts.undo("r-1", ACTOR)  # on another screen
    choose(app, "fact-r-1-before", "no_penalty")
    assert sitting(archive, "m").case("r-1").before == "no_penalty"


def test_a_failure_between_the_end_of_a_case_and_its_amendment_is_not_in_its_log(tmp_path: Path) -> None:
    archive, rules, referee = made(tmp_path), BOOKS["football-2026-27-var"], Actor(REFEREE, "referee")
    acts, (incident,) = Reviewing(archive, "m"), archive.incidents("m")
    facts = {**clear(rules), "situation": "penalty_foul", "before": "penalty"}
    acts.open(rules, ACTOR, incident_id=incident.id, known=facts)
    acts.fail(rules, ACTOR)  # this one ends the case
    acts.resume(rules, ACTOR)
    acts.undo("r-1", ACTOR)
    for step, who in (("recommend", ACTOR), ("decline", referee), ("restart", referee)):
        acts.take("r-1", step, who)
    acts.fail(rules, ACTOR)
    acts.resume(rules, ACTOR)
    acts.amend("r-1", referee, ruling=Ruling(sanction="caution"), why="quên ghi thẻ vàng")
    assert said(desk(tmp_path)).count(markdown_safe(t("var.case.match_failure", "vi"))) == 1


def test_a_case_that_is_open_again_after_a_failure_calls_no_press_lost(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    choose(app, "fact-r-1-before", "no_penalty")
    for key in ("case_failure", "case_resume", "case_undo"):
        app.button(key=key).click().run()
        app.run()
    (case,) = sitting(archive, "m").cases
    assert (case.closed, case.before) == (False, "no_penalty")
    assert t("var.case.shown_otherwise", "vi") not in said(app)


def test_who_presses_after_another_screen_said_the_same_fact_is_told_so(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    Reviewing(archive, "m").tell("r-1", ACTOR, {"before": "penalty"})
    choose(app, "fact-r-1-before", "no_penalty")
    assert sitting(archive, "m").cases[0].before == "penalty"
    assert t("var.case.shown_otherwise", "vi") in said(app)

"""The desk of a review as people press it: one press a step, gates apart, undo, failure, slow motion, who may what."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rule_files import BOOKS
from streamlit.testing.v1 import AppTest

import var.rules
from tests.var.reviewing import stamp
from touchline.i18n import LANGUAGES, t
from touchline.origin import Origin
from touchline.rights import Person, Role
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.decisions.asking import outcomes_of, thresholds_of
from var.decisions.kept import Reviewing, sitting
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Case
from var.demo import SETUP
from var.looks import Batch, Look, add
from var.model import Clip, Match, ReviewRules, Setup, Team
from var.panels.text import label_safe, markdown_safe
from var.rules.words import Begins

REFEREE, VAR = "Nguyễn Thị Ánh Tuyết", "Phạm Quỳnh Như"
NOTES = Person("p-1", "Lê Hữu Đức", frozenset({Role.OPERATOR}))


def made(home: Path, form: str = "var", pack: str = "football", roles: tuple[str, str] = ("referee", "var")) -> Archive:
    """A match with one incident at 10 s, under the rules of ``pack``."""
    archive = Archive(home)
    clip = Clip(
        "cam1", "Giữa sân", home / "a.mp4", home / "a.proxy.mp4", "ab" * 32, (1920, 1080), Timebase(Fraction(1, 25)),
        tuple(range(500)), ClockMap(Fraction(0), Fraction(1), None), Origin.SIMULATED,
    )  # fmt: skip
    setup = Setup(
        date="2026-11-29",
        home=Team("Huế"),
        away=Team("Đà Nẵng"),
        officials=((roles[0], REFEREE), (roles[1], VAR)),
        review=ReviewRules(pack, form),
    )
    archive.add_match(Match("m", "Huế – Đà Nẵng", Origin.SIMULATED, "2026-11-29T08:00:00+00:00", setup, (clip,)))
    archive.add_incident("m", at_s=Fraction(10))
    return archive


def desk(home: Path, lang: str = "vi", roles: str = "") -> AppTest:
    """The panel beside the player; ``roles`` are those of who signed in, none for the owner of the machine."""

    def script(home: str, lang: str, roles: str) -> None:
        from pathlib import Path

        from touchline.rights import Person, Role
        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.case.panel import case_panel

        held = frozenset(Role(role) for role in roles.split())
        archive = Archive(Path(home), Person("p-1", "Lê Hữu Đức", held) if roles else None)
        booth = Booth(archive, archive.match("m"), lang)
        booth.state["mode"] = "case"
        case_panel(booth)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang, "roles": roles}, default_timeout=60)
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app.run()


def choose(app: AppTest, start: str, value: object) -> AppTest:
    group = next(each for each in app.button_group if str(each.key).startswith(start))
    group.set_value(value).run()
    assert not app.exception
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.markdown, *app.caption, *app.error, *app.warning])


def pressing(home: Path, name: str, seen: object = None) -> AppTest:
    """The press of a key as the browser sends it, with the second run; the first draws the panel."""

    def script(home: str, name: str, seen: object) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.case.desk import CaseDesk
        from var.panels.case.panel import case_panel

        archive = Archive(Path(home))
        booth = Booth(archive, archive.match("m"), "vi")
        booth.state["mode"] = "case"
        if st.session_state.get("send"):
            CaseDesk(booth).press(name, seen)  # type: ignore[arg-type]
        case_panel(booth)

    app = AppTest.from_function(script, kwargs={"home": str(home), "name": name, "seen": seen}, default_timeout=60)
    app.run()
    app.session_state["send"] = True
    return app


def open_penalty(app: AppTest) -> AppTest:
    press(app, "case_category_penalty")
    return press(app, "case_situation_penalty_foul")


def test_a_penalty_is_given_by_one_press_for_each_step(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    assert app.button(key="case_step_recommend").disabled  # nobody said what the referee decided
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "clear_error")
    for step in ("recommend", "go_on_field", "change"):
        press(app, f"case_step_{step}")
    choose(app, "ruling-r-1-3-restart", "penalty_kick")
    choose(app, "ruling-r-1-3-sanction", "caution")
    press(app, "case_step_restart")
    (case,) = sitting(archive, "m").cases
    assert case.closed
    assert case.result is not None
    assert case.result.value == "changed"
    assert (case.ruling.outcome, case.ruling.restart, case.ruling.sanction) == ("penalty", "penalty_kick", "caution")
    by = {taken.step: (taken.by.role, taken.by.name) for taken in case.steps}
    assert by["recommend"] == ("var", VAR)
    assert by["change"] == ("referee", REFEREE)
    (gates,) = [str(each.body) for each in app.get("html") if 'class="gates"' in str(each.body)]
    assert gates.count('class="gate ') == 4
    assert "Laws of the Game 2026/27" in gates  # whose rule it is
    assert gates.count('class="gate unknown"') == 1  # nobody said whether play had gone on; the others are ok


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_shut_step_stays_shut_and_the_gates_say_why(lang: str, tmp_path: Path) -> None:
    made(tmp_path)
    app = open_penalty(desk(tmp_path, lang))
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "")
    button = app.button(key="case_step_recommend")
    assert button.disabled
    assert button.help == t("var.rules.reason.below_threshold", lang)


def test_undo_takes_back_one_entry_by_one_more(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    press(app, "case_step_complete_check")
    assert sitting(archive, "m").cases[0].closed
    press(app, "case_undo")
    (case,) = sitting(archive, "m").cases
    assert case.state == "checking"
    assert [entry.kind for entry in case.entries] == [EntryKind.OPENED, EntryKind.STEP, EntryKind.UNDO]
    press(app, "case_undo")
    assert sitting(archive, "m").cases[0].withdrawn
    assert app.button(key="case_category_penalty")  # and what happened can be chosen anew


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_technical_failure_is_one_press_and_nothing_is_lost_by_a_restart(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path, lang))
    press(app, "case_failure")
    found = sitting(archive, "m")
    assert found.down
    assert found.cases[0].result is not None
    assert found.cases[0].result.value == "failure"
    app = desk(tmp_path, lang)  # another process, as after a restart
    assert t("var.case.down", lang) in said(app)
    assert not [each for each in app.button if each.key == "case_failure"]
    press(app, "case_resume")
    assert not sitting(archive, "m").down
    assert t("var.case.down", lang) not in said(app)


def test_a_coach_asks_and_what_is_lost_is_counted(tmp_path: Path) -> None:
    archive = made(tmp_path, "fvs", roles=("referee", "fourth_official"))
    app = desk(tmp_path)
    for number in (1, 2):
        choose(app, "side-", "away")
        assert t("var.case.left", "vi", left=3 - number) in said(app)
        open_penalty(app)
        choose(app, f"fact-r-{number}-before", "no_penalty")
        assert app.button(key="case_step_accept").disabled  # whether play has gone on is not known
        choose(app, f"fact-r-{number}-restarted", False)
        for step in ("accept", "look", "confirm", "restart"):
            press(app, f"case_step_{step}")
        archive.add_incident("m", at_s=Fraction(10 + number))
        app.session_state["booth-m"]["incident"] = archive.incidents("m")[-1].id
        app.run()
    choose(app, "side-", "away")
    assert t("var.case.left", "vi", left=0) in said(app)
    open_penalty(app)
    choose(app, "fact-r-3-before", "no_penalty")
    choose(app, "fact-r-3-restarted", False)
    assert app.button(key="case_step_accept").disabled
    assert t("var.decisions.reason.quota_spent", "vi") in said(app)
    assert sitting(archive, "m").cases[2].opened_by.side == "away"
    assert "Đà Nẵng" in sitting(archive, "m").cases[2].opened_by.name


def test_slow_motion_alone_warns_and_who_answers_for_it_is_recorded(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "clear_error")
    press(app, "case_step_recommend")
    add(archive, "m", Batch("ab12cd34ef56ab12", 1, (Look("cam1", 245, 260, 0.25, 2400, moved_ms=2400),), 0))
    press(app, "case_step_go_on_field")
    assert t("var.decisions.seen.inconclusive", "vi") in said(app)
    assert t("var.case.override", "vi")
    app.text_input(key="why-r-1-intensity").set_value("Chân đạp thẳng vào ống đồng, thấy rõ cả khi chậm").run()
    press(app, "answer-r-1-intensity")
    press(app, "case_step_change")
    (case,) = sitting(archive, "m").cases
    assert case.overrides[0].question == "intensity"
    assert case.steps[-1].pictures is not None
    assert case.steps[-1].pictures["intensity"] == "overridden"
    assert case.steps[-1].pictures["contact"] == "enough"


def test_what_is_judged_in_the_check_is_signed_by_who_checks(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "clear_error")
    press(app, "case_step_recommend")
    choose(app, "fact-r-1-thresholds", "missed_incident")  # by now it is with the referee
    (case,) = sitting(archive, "m").cases
    told = [entry.by for entry in case.entries if entry.kind is EntryKind.FACTS]
    assert [(by.role, by.name) for by in told] == [("var", VAR), ("var", VAR), ("referee", REFEREE)]


def test_a_step_keeps_the_outcome_that_stands_on_its_button(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = desk(tmp_path)
    press(app, "case_category_goal")
    press(app, "case_situation_penalty_taking")  # it has three outcomes
    choose(app, "fact-r-1-before", "goal")
    choose(app, "fact-r-1-thresholds", "clear_error")
    press(app, "case_step_recommend")
    press(app, "case_step_go_on_field")
    choose(app, "ruling-", "retake")
    (group,) = [each for each in app.button_group if str(each.key).startswith("ruling-")]
    assert len(group.options) == 2  # a change to what was decided is none
    assert "**Công nhận bàn thắng**" in app.button(key="case_step_confirm").label
    press(app, "case_step_confirm")
    (case,) = sitting(archive, "m").cases
    assert case.ruling.outcome == "goal"


def test_what_was_chosen_before_a_result_was_undone_is_not_kept_with_the_next(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "clear_error")
    for step in ("recommend", "go_on_field", "change"):
        press(app, f"case_step_{step}")
    choose(app, "ruling-r-1-3-restart", "penalty_kick")
    press(app, "case_undo")
    press(app, "case_step_confirm")
    (case,) = sitting(archive, "m").cases
    assert (case.ruling.outcome, case.ruling.restart) == ("no_penalty", None)


def test_a_key_pressed_for_another_incident_takes_no_step_of_this_one(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    open_penalty(desk(tmp_path))
    app = pressing(tmp_path, "case_step_complete_check", {"incident": "i-before"}).run()
    assert t("var.case.shown_otherwise", "vi") in said(app)
    assert not sitting(archive, "m").cases[0].steps
    pressing(tmp_path, "case_step_complete_check", {"incident": incident.id}).run()
    assert sitting(archive, "m").cases[0].closed


def test_a_step_that_means_another_outcome_by_now_is_not_taken(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "clear_error")
    press(app, "case_step_recommend")
    press(app, "case_step_go_on_field")
    app = pressing(tmp_path, "case_step_change")  # the button says: penalty
    referee = Actor(REFEREE, "referee")
    Reviewing(archive, "m").tell("r-1", referee, {"before": "penalty"})  # on another screen, meanwhile
    app.run()
    assert t("var.case.shown_otherwise", "vi") in said(app)
    assert sitting(archive, "m").cases[0].result is None
    app.run()  # now it says what it means
    (case,) = sitting(archive, "m").cases
    assert (case.before, case.ruling.outcome) == ("penalty", "no_penalty")


def test_an_open_case_is_shown_before_a_newer_one_that_ended(tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    rules, var = BOOKS["football-2026-27-var"], Actor(VAR, "var")
    reviewing = Reviewing(archive, "m")
    for _ in range(2):
        reviewing.open(rules, var, incident_id=incident.id, known={"situation": "penalty_foul"})
    reviewing.take("r-2", "complete_check", var)
    press(desk(tmp_path), "case_step_complete_check")  # else nobody could end it here
    assert [case.closed for case in sitting(archive, "m").cases] == [True, True]


def test_the_kind_chosen_for_one_incident_is_not_that_of_the_next(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = desk(tmp_path)
    press(app, "case_category_penalty")
    app.session_state["booth-m"]["incident"] = archive.add_incident("m", at_s=Fraction(14)).id
    app.run()
    assert app.button(key="case_category_penalty")
    assert not [each for each in app.button if str(each.key).startswith("case_situation_")]


def test_requests_are_named_by_team_and_by_the_words_of_the_pack(tmp_path: Path) -> None:
    archive = made(tmp_path, "fvs", roles=("referee", "fourth_official"))
    archive.save_setup("m", replace(archive.match("m").setup, home=Team("")))
    app = desk(tmp_path)
    choose(app, "side-", "home")
    open_penalty(app)
    (line,) = [str(each.value) for each in app.caption if str(each.value).startswith("Yêu cầu của")]
    request = sitting(archive, "m").cases[0].rules.format.requests[0].name["vi"]
    assert line.startswith(f"Yêu cầu của {t('var.setup.home', 'vi')} ({markdown_safe(request)})")


def test_nobody_who_was_not_named_gets_the_name_of_who_is_signed_in(tmp_path: Path) -> None:
    """The VAR presses the referee's steps; the record says that a referee decided, not that the VAR did."""
    archive = made(tmp_path)
    archive.save_setup("m", replace(archive.match("m").setup, officials=()))
    app = open_penalty(desk(tmp_path, roles="referee"))
    assert {box.key.rsplit("-", 1)[1]: box.value for box in app.selectbox if "case_who-" in str(box.key)} == {
        "referee": None, "fourth_official": None, "var": "Lê Hữu Đức", "avar": None, "replay_operator": None
    }  # fmt: skip
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-thresholds", "clear_error")
    for step in ("recommend", "go_on_field", "change"):
        press(app, f"case_step_{step}")
    (case,) = sitting(archive, "m").cases
    assert [(taken.by.role, taken.by.name) for taken in case.steps] == [
        ("var", "Lê Hữu Đức"),
        ("referee", "Trọng tài"),
        ("referee", "Trọng tài"),
    ]
    assert {entry.recorded_by for entry in case.entries} == {"Lê Hữu Đức"}


def test_usual_words_for_a_role_name_it(tmp_path: Path) -> None:
    archive = made(tmp_path)
    archive.save_setup("m", replace(archive.match("m").setup, officials=SETUP.officials))  # those of the demo
    app = desk(tmp_path, roles="referee")
    named = {box.key.rsplit("-", 1)[1]: box.value for box in app.selectbox if "case_who-" in str(box.key)}
    assert (named["referee"], named["var"], named["avar"]) == ("Nguyễn Văn An", "Phạm Quỳnh Như", None)


def test_an_undo_is_signed_by_who_has_the_role_now(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    press(app, "case_step_complete_check")
    app.session_state["booth-m"]["desk"]["names"]["var"] = "Trần Thị Bích"  # took over from the first
    press(app, "case_undo")
    assert sitting(archive, "m").cases[0].entries[-1].by.name == "Trần Thị Bích"


def test_a_failure_is_recorded_and_ended_although_the_pack_of_the_match_is_gone(tmp_path: Path) -> None:
    archive = made(tmp_path)
    open_penalty(desk(tmp_path))
    kept = archive.match("m").setup
    archive.save_setup("m", replace(kept, review=ReviewRules("put-away", "var")))
    app = desk(tmp_path)
    press(app, "case_failure")
    assert sitting(archive, "m").down
    press(app, "case_resume")
    assert not sitting(archive, "m").down


def test_an_operator_notes_and_decides_nothing(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path, roles="operator"))  # AVAR: checks for the VAR, decides nothing
    (case,) = sitting(archive, "m").cases
    assert case.opened_by.role == "avar"
    assert case.entries[0].recorded_by == NOTES.name
    choose(app, "fact-r-1-before", "no_penalty")
    assert app.button(key="case_step_complete_check").disabled
    assert app.button(key="case_step_complete_check").help == t("var.case.only_deciders", "vi")
    assert [each.kind for each in sitting(archive, "m").cases[0].entries] == [EntryKind.OPENED, EntryKind.FACTS]


def test_a_var_writes_down_what_the_referee_decided(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path, roles="referee"))
    press(app, "case_step_complete_check")
    (case,) = sitting(archive, "m").cases
    assert (case.entries[1].by.name, case.entries[1].recorded_by) == (VAR, NOTES.name)
    assert t("var.case.noted_by", "vi", name=NOTES.name) in said(app)


def test_who_only_watches_sees_the_case_and_presses_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    press(open_penalty(desk(tmp_path)), "case_step_complete_check")
    app = desk(tmp_path, roles="organiser")
    assert [each.body for each in app.get("html") if 'class="gates"' in str(each.body)]
    pressed = [str(button.key) for button in app.button if not button.disabled]
    assert not [key for key in pressed if key.startswith(("case_undo", "case_failure", "case_step_", "case_situation"))]


def test_an_amendment_stands_beside_what_was_decided(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path))
    press(app, "case_step_complete_check")
    press(app, "case_amend")
    assert app.error  # without a reason nothing is amended
    app.selectbox(key="amend-r-1-2-sanction").set_value("caution")
    app.text_input(key="amend-r-1-2-why").set_value("Thẻ vàng do ban kỷ luật bổ sung").run()
    press(app, "case_amend")
    (case,) = sitting(archive, "m").cases
    assert case.amendments[0].ruling.sanction == "caution"
    assert case.amendments[0].why == "Thẻ vàng do ban kỷ luật bổ sung"
    assert case.entries[1].body["ruling"]["sanction"] is None  # what was said then stays as it was said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_are_chosen_once_and_the_next_match_of_the_competition_has_them(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    kept = archive.match("m").setup
    archive.save_setup("m", replace(kept, review=None, competition="Cúp Huế"))
    other = replace(archive.match("m"), id="before", setup=replace(kept, competition="Cúp Huế"))
    archive.add_match(replace(other, setup=replace(other.setup, review=ReviewRules("football", "fvs"))))
    app = desk(tmp_path, lang)
    assert t("var.case.choose_rules", lang) in said(app)
    press(app, "case_keep_rules")
    assert archive.match("m").setup.review == ReviewRules("football", "fvs")


def test_another_sport_needs_no_code(tmp_path: Path) -> None:
    archive = made(tmp_path, "challenge", "volleyball", ("first_referee", "challenge_referee"))
    app = desk(tmp_path)
    choose(app, "side-", "home")
    press(app, "case_situation_ball_in_out")
    (case,) = sitting(archive, "m").cases
    assert case.asked is not None
    assert case.asked.part == "1"


@pytest.mark.parametrize("name", BOOKS)
def test_every_pack_is_driven_from_opening_to_its_end_by_presses_alone(name: str, tmp_path: Path) -> None:
    rules = BOOKS[name]
    role, other = (step.by[0] for step in (rules.protocol.steps[0], rules.protocol.steps[-1]))
    archive = made(tmp_path, rules.format.id, rules.pack.id, (role, other))
    chosen = ReviewRules(rules.pack.id, rules.format.id, tuple(sorted(rules.adopted)), rules.edition_id)
    archive.save_setup("m", replace(archive.match("m").setup, review=chosen))
    app = desk(tmp_path)
    for box in app.selectbox:
        if str(box.key).startswith("case_who-") and box.value is None:
            app.session_state["booth-m"]["desk"]["names"][str(box.key).rsplit("-", 1)[1]] = REFEREE
    app.run()
    if rules.protocol.begins is Begins.REQUEST:
        if any(str(group.key) == "case_request" for group in app.button_group):
            choose(app, "case_request", rules.format.requests[0])
        if any(str(group.key).startswith("side-") for group in app.button_group):
            choose(app, "side-", "home")
    situation = next(each for each in rules.situations.values() if each.reviewable and each.option is None)
    if any(str(button.key).startswith("case_category_") for button in app.button):
        press(app, f"case_category_{situation.category}")
    press(app, f"case_situation_{situation.id}")
    for _ in range(12):
        (case,) = sitting(archive, "m").cases
        if case.closed:
            break
        if case.result is None and (told := _next_fact(app, case)) is not None:
            choose(app, *told)
            continue
        if case.result is None and any(str(group.key).startswith("ruling-") for group in app.button_group):
            choose(app, "ruling-", next(name for name in outcomes_of(case) if name != case.before))
        shut = {"case_step_refuse", "case_step_decline", "case_step_complete_check"}
        steps = [each for each in app.button if str(each.key).startswith("case_step_") and not each.disabled]
        ahead = [each for each in steps if each.key not in shut] or steps
        press(app, str(ahead[0].key))
    (case,) = sitting(archive, "m").cases
    assert case.closed, case.state
    assert case.reviewed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_with_several_outcomes_asks_which(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = desk(tmp_path, lang)
    press(app, "case_category_goal")
    press(app, "case_situation_penalty_taking")  # it has three outcomes
    choose(app, "fact-r-1-before", "goal")
    choose(app, "fact-r-1-thresholds", "clear_error")
    press(app, "case_step_recommend")
    press(app, "case_step_go_on_field")
    assert t("var.case.outcome_first", lang) in said(app)
    press(app, "case_step_change")
    (case,) = sitting(archive, "m").cases
    assert case.result is None
    assert case.rules.pack.outcomes["retake"].name[lang] in app.error[0].value  # the outcomes are named
    choose(app, "ruling-", "retake")
    assert not app.error  # an answer takes the refusal away
    assert (
        f"**{markdown_safe(case.rules.pack.outcomes['retake'].name[lang])}**"
        in app.button(key="case_step_change").label
    )
    press(app, "case_step_change")
    assert sitting(archive, "m").cases[0].ruling.outcome == "retake"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_closed_case_tells_one_truth_of_the_match_going_on(lang: str, tmp_path: Path) -> None:
    made(tmp_path)
    app = open_penalty(desk(tmp_path, lang))
    choose(app, "fact-r-1-before", "no_penalty")
    choose(app, "fact-r-1-restarted", False)
    now = t("var.rules.reason.before_restart", lang)
    assert f"<small>{now}</small>" in _gates(app)
    for step in ("ask", "decline", "restart"):
        press(app, f"case_step_{step}")
    assert f"<small>{now}</small>" not in _gates(app)
    assert t("var.decisions.then.before_restart", lang) in _gates(app)


def _gates(app: AppTest) -> str:
    (gates,) = [str(each.body) for each in app.get("html") if 'class="gates"' in str(each.body)]
    return gates


def test_an_undo_says_what_was_taken_back(tmp_path: Path) -> None:
    made(tmp_path)
    app = open_penalty(desk(tmp_path))
    choose(app, "fact-r-1-before", "no_penalty")
    press(app, "case_undo")
    assert "Không phạt đền" in app.session_state["booth-m"]["notice"]
    press(app, "case_step_complete_check")
    press(app, "case_undo")
    assert app.session_state["booth-m"]["notice"] == t("var.review.undone", "vi", what="Kiểm tra xong")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_failure_pressed_by_mistake_is_in_the_log_and_can_be_taken_back(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = open_penalty(desk(tmp_path, lang))
    choose(app, "fact-r-1-before", "no_penalty")
    press(app, "case_step_ask")
    press(app, "case_step_decline")  # decided: a failure does not end it, and leaves its trace all the same
    press(app, "case_failure")
    assert markdown_safe(t("var.case.match_failure", lang)) in said(app)
    assert t("var.case.down_by_mistake", lang) in said(app)
    press(app, "case_resume")
    assert t("var.case.resume", lang) in said(app)
    press(app, "case_undo")
    assert sitting(archive, "m").cases[0].result is None
    press(app, "case_failure")  # this one ends it
    assert sitting(archive, "m").cases[0].closed
    press(app, "case_resume")
    press(app, "case_undo")
    assert not sitting(archive, "m").cases[0].closed
    assert said(app).count(markdown_safe(t("var.case.match_failure", lang))) == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_slow_motion_is_answered_for_only_where_the_rules_allow_it(lang: str, tmp_path: Path) -> None:
    text = (Path(var.rules.__file__).parent / "packs" / "football.toml").read_text("utf-8")
    assert text.count('strength = "should"\nsources = ["lotg-2025", "lotg-2026", "summary"]') == 1
    strict = text.replace('strength = "should"\nsources = ["lotg-2025"', 'strength = "must"\nsources = ["lotg-2025"')
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "strict.toml").write_text(strict.replace('id = "football"', 'id = "strict"', 1), "utf-8")
    archive = made(tmp_path, pack="strict")
    app = open_penalty(desk(tmp_path, lang))
    assert sitting(archive, "m").cases[0].rules.pack.id == "strict"
    add(archive, "m", Batch("ab12cd34ef56ab12", 1, (Look("cam1", 245, 260, 0.25, 2400, moved_ms=2400),), 0))
    app.run()
    assert t("var.decisions.seen.inconclusive", lang) in said(app)
    assert not [each for each in app.text_input if str(each.key).startswith("why-r-1")]
    rule = sitting(archive, "m").cases[0].rules.pack.replay_speed
    assert rule is not None
    assert t("var.case.no_override", lang, rule=markdown_safe(rule.name[lang])) in said(app)


def test_what_the_competition_did_not_adopt_is_not_offered(tmp_path: Path) -> None:
    archive = made(tmp_path)
    app = desk(tmp_path)
    assert not [each for each in app.button if each.key == "case_category_corner_kick"]
    assert t("var.case.what_kind", "vi") in said(app)  # the kind alone begins no check
    press(app, "case_category_penalty")
    assert t("var.case.what", "vi") in said(app)
    chosen = ReviewRules("football", "var", ("corner_kick",), "2026-27")
    archive.save_setup("m", replace(archive.match("m").setup, review=chosen))
    assert desk(tmp_path).button(key="case_category_corner_kick")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_clock_says_what_is_due_and_done_only_of_a_closed_case(lang: str, tmp_path: Path) -> None:
    archive = made(tmp_path)
    (incident,) = archive.incidents("m")
    rules = BOOKS["football-2026-27-var"]
    ticks = iter(range(0, 1000, 10))
    reviewing = Reviewing(archive, "m", lambda: stamp(next(ticks)))
    case = reviewing.open(
        rules, Actor(VAR, "var"), incident_id=incident.id, known={"situation": "penalty_foul", "before": "no_penalty"}
    )
    shown = []
    for step in ("ask", "decline", "restart"):
        reviewing.take(case.id, step, Actor(REFEREE, "referee"))
        shown.append(clock_data(tmp_path, lang))
    review, due, done = shown
    restart = next(step.name[lang] for step in rules.protocol.steps if step.id == "restart")
    assert review["label"] == t("var.case.clock.review", lang)
    assert (due["label"], due["seconds"]) == (t("var.case.clock.due", lang, step=restart), 20.0)  # check and review
    assert (done["label"], done["seconds"], done["closed"]) == (t("var.case.clock.none", lang), 20.0, True)


def clock_data(home: Path, lang: str) -> dict[str, Any]:
    """What the clock of the booth is drawn from."""

    def script(home: str, lang: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.booth import Booth
        from var.panels.case import clock
        from var.panels.case.desk import CaseDesk

        archive = Archive(Path(home))
        st.session_state["drawn"] = clock.clock_data(CaseDesk(Booth(archive, archive.match("m"), lang)))

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60).run()
    assert not app.exception
    drawn: dict[str, Any] = app.session_state["drawn"]
    return drawn


def test_labels_are_read_aloud_as_they_are_written(tmp_path: Path) -> None:
    made(tmp_path)
    labels = [str(box.label) for box in desk(tmp_path).selectbox if str(box.key).startswith("case_who-")]
    assert "Trợ lý trọng tài video (VAR)" in labels
    assert not any("\\" in label for label in labels)
    assert label_safe("a*b*") == markdown_safe("a*b*")  # what Markdown would change stays harmless


def test_a_refusal_at_the_desk_goes_away_with_the_next_thing_done(tmp_path: Path) -> None:
    made(tmp_path)
    app = pressing(tmp_path, "case_step_complete_check", {"incident": "i-before"}).run()
    assert app.error
    app.session_state["send"] = False
    press(app, "case_category_penalty")
    assert not app.error


def _next_fact(app: AppTest, case: Case) -> tuple[str, object] | None:
    """A fact that nobody told yet, and an answer that lets the review go on."""
    facts, start = case.facts, f"fact-{case.id}-"
    keys = [str(group.key) for group in app.button_group if str(group.key).startswith(start)]
    shown = {key.removeprefix(start).removesuffix(f"-{case.match_id}") for key in keys}
    wanted: dict[str, object] = {}
    if outcomes_of(case) and case.before is None:
        wanted["before"] = outcomes_of(case)[0]
    if thresholds_of(case) and not any(facts.thresholds.values()):
        wanted["thresholds"] = thresholds_of(case)[0]
    for name, answer in (("decision_made", True), ("delays_restart", False), ("restarted", False)):
        wanted |= {name: answer} if getattr(facts, name) is None else {}
    wanted |= {"first_stop_over": False} if facts.first_stop_over is None else {}
    wanted |= {"asked_in_window": True} if facts.asked_in_window is None else {}
    situation = None if case.situation is None else case.rules.situations[case.situation]
    if facts.moments is None and situation is not None and situation.moments:
        wanted["moments"] = [situation.moments[0]]
    name = next((name for name in wanted if name in shown), None)
    return None if name is None else (start + name, wanted[name])

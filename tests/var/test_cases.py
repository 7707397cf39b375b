"""Single cases: the main paths of football, requests of several sports, clocks, refusals in two languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rule_files import BOOKS

from tests.var.reviewing import CLEAR, Sitting, clear, person, restored, said, stamp
from touchline.errors import NotFound
from touchline.i18n import LANGUAGES
from var.decisions.acts import amend, open_case, override, tell, undo
from var.decisions.clock import elapsed
from var.decisions.model import Actor, Case, Ruling, Stamp
from var.decisions.refusing import Refused
from var.decisions.requests import account
from var.decisions.steps import not_reviewed, steps_open, take
from var.rules.gates import Answer
from var.rules.words import Clock, Result, Strength

FULL, OLD, FVS = "football-2026-27-var", "football-2025-26-var", "football-2026-27-fvs"
OPENED = {"var": "var", "fvs": "coach"}


def start(sitting: Sitting, situation: str, *, side: str = "home", at_s: float = 0, **given: Any) -> Case:
    """A case in which nothing speaks against a review; ``given`` replaces what is known."""
    rules = sitting.rules
    request = rules.format.requests[0] if rules.format.requests else None
    role = request.by[0] if request is not None else rules.protocol.by[0]
    extra, part = given.pop("extra_time", False), given.pop("part", "set 1")
    case = open_case(
        rules,
        person(rules, role, side),
        stamp(at_s),
        case_id=f"c-{len(sitting.cases)}",
        match_id="m",
        request=None if request is None else request.id,
        part=part,
        extra_time=extra,
        known={**clear(rules), "situation": situation, **given},
        down=sitting.down,
    )
    return sitting.put(case)


def go(sitting: Sitting, case: Case, *ways: str, at_s: float = 10, **given: Any) -> Case:
    """The case after steps such as ``var:recommend``, five seconds after each other."""
    for place, way in enumerate(ways):
        role, step = way.split(":")
        known = {"ruling": said(case, step), **(given if place == len(ways) - 1 else {})}
        at = stamp(at_s + 5 * place)
        account = sitting.account(case)
        case = take(case, step, person(sitting.rules, role), at, account=account, down=sitting.down, **known)
        sitting.put(case)
    return case


PATHS = [
    (FULL, "penalty_foul", ["var:complete_check"], "check_complete", None, False),
    (
        FULL,
        "penalty_foul",
        ["var:recommend", "referee:go_on_field", "referee:change", "referee:restart"],
        "restarted",
        Result.CHANGED,
        True,
    ),
    (
        FULL,
        "red_serious_foul",
        ["referee:ask", "referee:go_on_field", "referee:confirm", "referee:restart"],
        "restarted",
        Result.STANDS,
        True,
    ),
    (
        FULL,
        "goal_line",
        ["var:recommend", "referee:go_var_only", "referee:change", "referee:restart"],
        "restarted",
        Result.CHANGED,
        True,
    ),
    (FULL, "wrong_player", ["var:recommend", "referee:decline", "referee:restart"], "restarted", Result.STANDS, False),
    (FULL, "red_violent_conduct", ["var:recommend", "replay_operator:fail"], "no_review", Result.FAILURE, False),
    (
        "football-2026-27-var_light",
        "corner_kick",
        ["var:recommend", "referee:go_var_only", "referee:change", "referee:restart"],
        "restarted",
        Result.CHANGED,
        True,
    ),
    (
        FVS,
        "penalty_foul",
        ["fourth_official:accept", "referee:look", "referee:change", "referee:restart"],
        "restarted",
        Result.CHANGED,
        True,
    ),
    (FVS, "throw_in", ["referee:refuse"], "refused", Result.REFUSED, False),
]


@pytest.mark.parametrize(("book", "situation", "ways", "end", "result", "reviewed"), PATHS)
def test_the_main_paths_of_football(
    book: str, situation: str, ways: list[str], end: str, result: Result | None, reviewed: bool
) -> None:
    sitting = Sitting(BOOKS[book])
    case = go(sitting, start(sitting, situation), *ways)
    assert (case.state, case.result, case.reviewed, case.closed) == (end, result, reviewed, True)
    assert steps_open(case, "referee") == ()
    assert restored(case) == case


SHUT = [  # what is known, what the VAR may not do, and the one gate that says why
    (FULL, {"situation": "second_caution_missed"}, "outside_categories", "category"),
    (OLD, {"situation": "corner_kick"}, "outside_categories", "category"),
    (OLD, {"situation": "second_caution_wrong"}, "outside_categories", "category"),
    (FULL, {"restarted": True}, "after_restart", "time"),
    (FULL, {"decision_made": False}, "no_decision", "procedure"),
    (FULL, {"decision_made": None}, "decision_unknown", "procedure"),
    (FULL, {"thresholds": {"clear_error": False, "missed_incident": False}}, "below_threshold", "threshold"),
    (FULL, {"thresholds": {"clear_error": None, "missed_incident": None}}, "threshold_unknown", "threshold"),
    (FULL, {"situation": "corner_kick", "delays_restart": True}, "would_delay", "time"),
]


@pytest.mark.parametrize(("book", "known", "code", "gate"), SHUT)
def test_each_gate_shuts_the_recommendation_by_itself(book: str, known: dict[str, Any], code: str, gate: str) -> None:
    sitting = Sitting(BOOKS[book])
    case = start(sitting, **{"situation": "penalty_foul", **known})
    with pytest.raises(Refused) as refusal:
        go(sitting, case, "var:recommend")
    assert code in {reason.code for reason in refusal.value.reasons}
    assert all(reason.sources for reason in refusal.value.reasons)
    assert set(refusal.value.instead) >= {"complete_check", "fail"}
    assert "recommend" not in refusal.value.instead
    gates = case.gates()
    answers = {name: getattr(gates, name).answer for name in ("category", "time", "threshold", "procedure")}
    others = {name: answer for name, answer in answers.items() if name != gate}
    assert Answer.FAILED not in others.values()  # one reason is never told as another
    assert "Kiểm tra xong" in refusal.value.hint("vi")
    assert "Check complete" in refusal.value.hint("en")


def test_violent_conduct_is_reviewed_after_the_restart_and_a_penalty_is_not() -> None:
    sitting = Sitting(BOOKS[FULL])
    late = start(sitting, "red_violent_conduct", restarted=True)
    assert go(sitting, late, "var:recommend").state == "recommended"


def test_the_restart_ends_the_time_of_its_case_until_it_is_taken_back() -> None:
    sitting = Sitting(BOOKS[FULL])
    case = go(sitting, start(sitting, "penalty_foul"), "referee:ask", "referee:decline")
    assert case.facts.restarted is False
    case = go(sitting, case, "referee:restart")
    assert case.facts.restarted is True
    assert case.gates().time.reason == "after_restart"
    assert case.gates_judged().time.reason == "before_restart"  # the review itself was in time
    assert undo(case, person(sitting.rules, "referee"), stamp(60)).gates().time.reason == "before_restart"


def test_a_refusal_says_what_why_and_what_instead_in_both_languages() -> None:
    sitting = Sitting(BOOKS[FULL])
    case = start(sitting, "penalty_foul")
    with pytest.raises(Refused) as other:
        go(sitting, case, "referee:complete_check")
    assert other.value.detail("en") == (
        "Referee may not do “Check complete”: it belongs to Video assistant referee (VAR)."
    )
    assert other.value.detail("vi") == (
        "Trọng tài không được “Kiểm tra xong”: bước này thuộc Trợ lý trọng tài video (VAR)."
    )
    assert other.value.instead == ("ask",)
    assert other.value.name == "not_your_step"
    with pytest.raises(Refused, match="the review is at “Checking”"):
        go(sitting, case, "referee:change")
    with pytest.raises(NotFound, match="no step “whistle”"):
        go(sitting, case, "referee:whistle")
    with pytest.raises(NotFound, match="no role “coach”"):
        take(case, "ask", Actor("A", "coach", "home"), stamp(1))
    with pytest.raises(Refused, match="Nobody was named"):
        take(case, "ask", Actor(" ", "referee"), stamp(1))
    done = go(sitting, case, "var:complete_check")
    with pytest.raises(Refused, match=r"closed \(Check complete\)"):
        go(sitting, done, "var:recommend")


def test_the_operator_neither_decides_nor_judges_and_the_coach_says_nothing() -> None:
    sitting = Sitting(BOOKS[FVS])
    rules = sitting.rules
    case = go(sitting, start(sitting, "penalty_foul"), "referee:accept", "referee:look")
    for actor in (person(rules, "replay_operator"), person(rules, "coach")):
        for choice in steps_open(case, actor.role):
            assert choice.open is (actor.role == "replay_operator" and choice.step.id == "fail")
        with pytest.raises(Refused):
            tell(case, actor, stamp(9), {"thresholds": {"clear_error": True}})
    with pytest.raises(Refused):
        tell(case, person(rules, "coach"), stamp(9), {"restarted": False})
    assert tell(case, person(rules, "replay_operator"), stamp(9), {"restarted": False}).facts.restarted is False


# ------------------------------------------------------------------ undo and amendments


def test_undo_takes_back_one_entry_and_keeps_it() -> None:
    sitting = Sitting(BOOKS[FULL])
    rules = sitting.rules
    case = go(sitting, start(sitting, "penalty_foul"), "var:recommend", "referee:go_on_field", "referee:change")
    back = undo(case, person(rules, "referee"), stamp(40))
    assert (back.state, back.result, len(back.entries)) == ("on_field", None, len(case.entries) + 1)
    assert back.entries[: len(case.entries)] == case.entries
    kept = go(sitting, sitting.put(back), "referee:confirm")
    assert kept.result is Result.STANDS
    assert restored(kept) == kept
    with pytest.raises(Refused, match="belongs to: Referee"):
        undo(kept, person(rules, "var"), stamp(41))


def test_taking_back_the_opening_withdraws_the_case() -> None:
    sitting = Sitting(BOOKS[FVS])
    case = start(sitting, "penalty_foul")
    gone = undo(case, person(sitting.rules, "fourth_official"), stamp(2))
    assert gone.withdrawn
    assert gone.closed
    sitting.put(gone)
    assert account(sitting.rules, sitting.cases, case.asked).made == 0  # type: ignore[arg-type]
    with pytest.raises(Refused, match="nothing left to undo"):
        undo(gone, person(sitting.rules, "referee"), stamp(3))


def test_an_amendment_needs_a_result_a_decider_and_a_reason() -> None:
    sitting = Sitting(BOOKS[FULL])
    referee = person(sitting.rules, "referee")
    case = start(sitting, "penalty_foul", before="no_penalty")
    with pytest.raises(Refused, match="no decision yet"):
        amend(case, referee, stamp(1), ruling=Ruling("penalty"), why="x")
    case = go(sitting, case, "referee:ask", "referee:go_on_field", "referee:change", ruling=Ruling("penalty"))
    with pytest.raises(NotFound, match="Penalty kick, No penalty kick"):
        amend(case, referee, stamp(30), ruling=Ruling("goal"), why="x")
    with pytest.raises(Refused, match="reason is missing"):
        amend(case, referee, stamp(30), ruling=Ruling(sanction="caution"), why=" ")
    with pytest.raises(Refused, match="belongs to: Referee"):
        amend(case, person(sitting.rules, "var"), stamp(30), ruling=Ruling(), why="x")
    said = amend(case, referee, stamp(30), ruling=Ruling(sanction="caution"), why="quên ghi thẻ")
    assert said.ruling == Ruling("penalty", None, "caution")
    assert [each.why for each in said.amendments] == ["quên ghi thẻ"]
    assert (case.before, case.facts.decision_made) == ("no_penalty", True)


# ------------------------------------------------------------------ requests


def left(sitting: Sitting, case: Case) -> int | None:
    found = sitting.account(case)
    return None if found is None else found.left


ACCEPT, LOSE = ["referee:accept", "referee:look"], ["referee:confirm", "referee:restart"]


def test_two_wrong_requests_are_all_of_a_coach_extra_time_gives_one_and_undo_gives_one_back() -> None:
    sitting = Sitting(BOOKS[FVS])
    right = go(sitting, start(sitting, "penalty_foul"), *ACCEPT, "referee:change", "referee:restart")
    assert left(sitting, right) == 2
    for rest in (1, 0):
        wrong = go(sitting, start(sitting, "penalty_foul"), *ACCEPT, *LOSE)
        assert left(sitting, wrong) == rest
    third = start(sitting, "penalty_foul")
    with pytest.raises(Refused, match="no request left"):
        go(sitting, third, "referee:accept")
    assert left(sitting, start(sitting, "penalty_foul", side="away")) == 2
    for _ in range(2):
        wrong = sitting.put(undo(wrong, person(sitting.rules, "referee"), stamp(90), cases=sitting.cases))
    assert left(sitting, third) == 0  # the undone case is being looked at again: it holds its request
    wrong = sitting.put(undo(wrong, person(sitting.rules, "referee"), stamp(91), cases=sitting.cases))
    wrong = sitting.put(undo(wrong, person(sitting.rules, "referee"), stamp(92), cases=sitting.cases))
    assert left(sitting, third) == 1
    go(sitting, third, *ACCEPT, *LOSE)
    go(sitting, wrong, "referee:refuse")
    extra = start(sitting, "penalty_foul", extra_time=True)
    assert left(sitting, extra) == 1


def test_a_request_that_another_case_uses_by_now_is_not_promised_twice() -> None:
    sitting = Sitting(BOOKS["taekwondo-wt-2022-ivr"])
    situation = next(key for key, each in sitting.rules.situations.items() if each.reviewable)
    first = go(sitting, start(sitting, situation), "centre_referee:accept", "review_jury:change")
    second = go(sitting, start(sitting, situation), "centre_referee:accept")
    assert left(sitting, second) == 0
    with pytest.raises(Refused, match="used by another review"):
        undo(first, person(sitting.rules, "review_jury"), stamp(50), cases=sitting.cases)
    sitting.put(undo(second, person(sitting.rules, "centre_referee"), stamp(51), cases=sitting.cases))
    assert undo(first, person(sitting.rules, "review_jury"), stamp(52), cases=sitting.cases).result is None


def test_who_has_no_request_left_loses_none_by_a_refusal() -> None:
    sitting = Sitting(BOOKS["taekwondo-wt-2022-ivr"])  # there a refused request is lost
    situation = next(key for key, each in sitting.rules.situations.items() if each.reviewable)
    first = go(sitting, start(sitting, situation), "centre_referee:refuse")
    second = go(sitting, start(sitting, situation), "centre_referee:refuse")
    assert (first.request_kept, second.request_kept) == (False, None)
    found = account(sitting.rules, sitting.cases, first.asked)  # type: ignore[arg-type]
    assert (found.made, found.lost, found.left) == (2, 1, 0)


def test_challenges_of_volleyball_are_counted_anew_in_each_set() -> None:
    sitting = Sitting(next(book for name, book in BOOKS.items() if name.startswith("volleyball")))
    rules = sitting.rules
    situation = next(key for key, each in rules.situations.items() if each.reviewable)
    steps = {step.id: step.by[0] for step in rules.protocol.steps}
    for _ in range(2):
        case = start(sitting, situation)
        case = go(sitting, case, f"{steps['accept']}:accept")
        go(sitting, case, f"{steps['confirm']}:confirm")
    assert left(sitting, start(sitting, situation)) == 0
    assert left(sitting, start(sitting, situation, part="set 2")) == 2
    with pytest.raises(Refused, match="counted for a set"):
        start(sitting, situation, part=" ")


def test_a_request_after_its_window_is_not_accepted() -> None:
    sitting = Sitting(BOOKS["taekwondo-wt-2022-ivr"])
    situation = next(key for key, each in sitting.rules.situations.items() if each.reviewable)
    late = start(sitting, situation, asked_after_s=5.1)
    with pytest.raises(Refused, match="too late"):
        go(sitting, late, "centre_referee:accept")
    unknown = start(sitting, situation, asked_after_s=None)
    with pytest.raises(Refused, match="not known whether it was asked for in time"):
        go(sitting, unknown, "centre_referee:accept")
    assert go(sitting, start(sitting, situation, asked_after_s=5.0), "centre_referee:accept").state == "looking"


# ------------------------------------------------------------------ clocks


def test_check_and_review_have_clocks_of_their_own_and_unknown_is_no_zero() -> None:
    sitting = Sitting(BOOKS[FULL])
    case = start(sitting, "penalty_foul", at_s=100)
    now = elapsed(case, stamp(107.5))
    assert (now.check_s, now.review_s, now.running) == (7.5, None, Clock.CHECK)
    case = go(sitting, case, "var:recommend", "referee:go_on_field", "referee:change", at_s=120)
    done = elapsed(case, stamp(500))
    assert (done.check_s, done.review_s, done.both_s, done.running) == (20.0, 10.0, 30.0, Clock.NONE)
    lost = elapsed(replace(case, opened_at=stamp(900, run="b")), stamp(500))  # the clock was set back meanwhile
    assert (lost.check_s, lost.review_s, lost.both_s) == (None, 10.0, None)
    back = undo(case, person(sitting.rules, "referee"), stamp(140))
    again = elapsed(back, stamp(150))
    assert (again.review_s, again.running) == (30.0, Clock.REVIEW)  # an undone step did not stop the clock


def test_seconds_are_counted_within_a_run_and_by_the_wall_clock_across_runs() -> None:
    early, late = stamp(0), stamp(20)
    assert replace(late, utc=early.utc).after_s(early) == 20.0
    assert replace(late, run="b", monotonic_ns=5).after_s(early) == 20.0
    assert replace(late, monotonic_ns=None).after_s(early) == 20.0
    assert early.after_s(replace(late, run="b")) is None  # the wall clock was set back: nobody knows
    with pytest.raises(ValueError, match="no instant in UTC"):
        Stamp("2026-11-29 10:00")


# ------------------------------------------------------------------ failure, overrides, facts


def test_a_failure_ends_what_is_open_and_leaves_what_is_decided() -> None:
    sitting = Sitting(BOOKS[FVS])
    operator = person(sitting.rules, "replay_operator")
    looking = go(sitting, start(sitting, "penalty_foul"), *ACCEPT)
    with pytest.raises(Refused, match="without review"):
        take(looking, "confirm", person(sitting.rules, "referee"), stamp(50), down=True)
    decided = go(sitting, start(sitting, "penalty_foul", side="away"), *ACCEPT, "referee:confirm")
    over = not_reviewed(looking, operator, stamp(60), account=sitting.account(looking), cause="1")
    assert (over.state, over.result, over.request_kept) == ("no_review", Result.FAILURE, True)
    assert not_reviewed(decided, operator, stamp(60), cause="1") == decided
    sitting.put(over)
    sitting.down = True
    assert go(sitting, decided, "referee:restart").closed
    with pytest.raises(Refused, match="without review"):
        start(sitting, "penalty_foul")
    with pytest.raises(Refused, match="without review"):
        undo(over, operator, stamp(61), cases=sitting.cases, down=True)
    assert undo(over, operator, stamp(61), cases=sitting.cases).state == "looking"


def test_slow_motion_is_answered_for_by_who_judges_and_only_where_normal_speed_is_asked_for() -> None:
    sitting = Sitting(BOOKS[FULL])
    case = start(sitting, "penalty_foul")
    var = person(sitting.rules, "var")
    said = override(case, var, stamp(5), question="intensity", why="chỉ góc quay chậm thấy rõ")
    assert [(each.question, each.by.name) for each in said.overrides] == [("intensity", var.name)]
    with pytest.raises(Refused, match="any speed"):
        override(case, var, stamp(5), question="contact", why="x")
    with pytest.raises(NotFound):
        override(case, var, stamp(5), question="who", why="x")
    with pytest.raises(Refused, match="belongs to"):
        override(case, person(sitting.rules, "replay_operator"), stamp(5), question="intensity", why="x")


def test_where_the_rules_say_must_nobody_answers_for_slow_motion() -> None:
    rules = BOOKS[FULL]
    assert rules.pack.replay_speed is not None
    assert rules.pack.replay_speed.strength is Strength.SHOULD
    firm = replace(rules.pack, replay_speed=replace(rules.pack.replay_speed, strength=Strength.MUST))
    sitting = Sitting(replace(rules, pack=firm))
    with pytest.raises(Refused, match="cannot be overridden"):
        override(start(sitting, "penalty_foul"), person(rules, "var"), stamp(5), question="intensity", why="x")


def test_a_step_is_taken_back_by_who_may_take_it_from_there() -> None:
    rules = BOOKS[FULL]
    steps = []
    for step in rules.protocol.steps:
        if step.id == "fail":  # one id, other people in each state
            steps.append(replace(step, origins=("checking",), by=("var",)))
            step = replace(step, origins=("recommended", "on_field", "var_only"), by=("avar",))
        steps.append(step)
    protocol = replace(rules.protocol, steps=tuple(steps))
    pack = replace(rules.pack, protocols={**rules.pack.protocols, "var": protocol})
    sitting = Sitting(replace(rules, pack=pack))
    failed = go(sitting, start(sitting, "penalty_foul"), "var:fail")
    with pytest.raises(Refused, match="belongs to: Video assistant referee"):
        undo(failed, person(rules, "avar"), stamp(20))
    assert undo(failed, person(rules, "var"), stamp(20)).state == "checking"
    later = go(sitting, start(sitting, "penalty_foul"), "var:recommend", "avar:fail")
    assert undo(later, person(rules, "avar"), stamp(20)).state == "recommended"


@pytest.mark.parametrize(
    "known",
    [
        {"decision_made": 1},
        {"asked_after_s": -1.0},
        {"asked_after_s": float("nan")},
        {"asked_after_s": True},
        {"moments": "first"},
        {"thresholds": {"clear_error": "yes"}},
        {"thresholds": ["clear_error"]},
        {"thresholds": {"plain": True}},
        {"questions": ["colour"]},
        {"situation": "corner"},
        {"situation": 3},
        {"before": "goal_kick"},
        {"weather": "rain"},
    ],
)
def test_a_fact_that_is_none_is_refused(known: dict[str, Any]) -> None:
    sitting = Sitting(BOOKS[FULL])
    case = start(sitting, "penalty_foul")
    with pytest.raises((ValueError, LookupError)):
        tell(case, person(sitting.rules, "var"), stamp(1), known)
    assert CLEAR["decision_made"] is True


def test_a_change_with_several_outcomes_says_which() -> None:
    rules = BOOKS[FULL]
    sitting = Sitting(rules)
    case = start(sitting, "penalty_taking", before="goal")  # it was a goal, a retake or none
    case = go(sitting, case, "var:recommend", "referee:go_on_field")
    referee = person(rules, "referee")
    with pytest.raises(Refused) as refused:
        take(case, "change", referee, stamp(30))
    for lang in LANGUAGES:
        names = [rules.pack.outcomes[name].name[lang] for name in ("no_goal", "retake")]
        assert all(name in refused.value.detail(lang) for name in names)
        assert rules.pack.outcomes["goal"].name[lang] not in refused.value.detail(lang)
    assert take(case, "change", referee, stamp(30), ruling=Ruling("retake")).ruling.outcome == "retake"


def test_a_change_with_one_outcome_keeps_it_also_where_nobody_said_it() -> None:
    sitting = Sitting(BOOKS[FULL])
    case = start(sitting, "penalty_foul", before="no_penalty")
    case = go(sitting, case, "var:recommend", "referee:go_on_field")
    assert take(case, "change", person(sitting.rules, "referee"), stamp(30)).ruling == Ruling("penalty")
    assert take(case, "confirm", person(sitting.rules, "referee"), stamp(30)).ruling == Ruling()  # it stands as it was

"""A case can be run from a pack alone: a small runner without any sport in it walks every protocol to its ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from rule_files import BOOKS

from var.rules.choosing import Rulebook
from var.rules.gates import Answer, Facts, gates, window
from var.rules.model import Request, Step
from var.rules.words import Begins, Effect, Guard

NEW = date(2026, 11, 29)


def best(rules: Rulebook, request: Request | None) -> Facts:
    """Everything known, and nothing that speaks against a review."""
    return Facts(
        decision_made=True,
        restarted=False,
        first_stop_over=False,
        delays_restart=False,
        moments=frozenset(rules.pack.moments),
        request=request.id if request is not None else None,
        asked_after_s=0.0,
        thresholds=dict.fromkeys(rules.pack.thresholds, True),
    )


def may(rules: Rulebook, step: Step, situation: str, facts: Facts, left: int | None) -> bool:
    """Whether every guard of ``step`` holds."""
    leads_to = rules.protocol.states[step.to].procedure
    found = gates(rules, situation, replace(facts, procedure=leads_to))
    asked = rules.format.request(facts.request or "")
    holds = {
        Guard.DECISION_MADE: facts.decision_made is True,
        Guard.QUOTA_LEFT: left is None or left > 0,
        Guard.WINDOW_OPEN: asked is not None and window(rules, asked, facts).answer is Answer.OK,
        Guard.CATEGORY_OPEN: found.category.answer is not Answer.FAILED,
        Guard.TIME_OPEN: found.time.answer is not Answer.FAILED,
        Guard.THRESHOLD_MET: found.threshold.answer is Answer.OK,
        Guard.PROCEDURE_FITS: found.procedure.answer is Answer.OK,
    }
    return all(holds[guard] for guard in step.guards)


def walks(
    rules: Rulebook, situation: str, facts: Facts, left: int | None, state: str = ""
) -> Iterator[tuple[Step, ...]]:
    """Every way of a case to its end that the guards and the people of the format allow."""
    state = state or rules.protocol.start
    if rules.protocol.states[state].end:
        yield ()
        return
    for step in rules.protocol.leaving(state):
        if set(step.by) & set(rules.format.roles) and may(rules, step, situation, facts, left):
            for rest in walks(rules, situation, facts, left, step.to):
                yield (step, *rest)


def after(request: Request, left: int, way: tuple[Step, ...]) -> int:
    """What is left of the requests after a case went ``way``."""
    lost = [
        s for s in way if Effect.SETTLE_REQUEST in s.effects and s.result is not None and not request.kept(s.result)
    ]
    return left - len(lost)


@pytest.mark.parametrize("name", BOOKS)
def test_every_situation_can_be_brought_to_every_end(name: str) -> None:
    rules = BOOKS[name]
    ends = {state for state, each in rules.protocol.states.items() if each.end}
    for request, (situation, each) in product(rules.format.requests or (None,), rules.situations.items()):
        found = list(walks(rules, situation, best(rules, request), 1))
        assert found  # no case is stuck, whatever it is about
        for way in found:
            assert way[-1].to in ends
            assert sum(step.result is not None for step in way) <= 1
        reached = {way[-1].to for way in found}
        if each.reviewable:
            assert reached == ends
        else:
            reviews = [state for state, at in rules.protocol.states.items() if at.procedure is not None]
            assert not any(step.to in reviews for way in found for step in way)


@pytest.mark.parametrize("name", [name for name, rules in BOOKS.items() if rules.protocol.begins is Begins.REQUEST])
def test_a_request_is_kept_or_lost_by_its_rule_and_none_is_accepted_from_who_has_none(name: str) -> None:
    rules = BOOKS[name]
    situation = next(key for key, each in rules.situations.items() if each.reviewable)
    for request in rules.format.requests:
        facts = best(rules, request)
        left = {way: after(request, 1, way) for way in walks(rules, situation, facts, 1)}
        for way, rest in left.items():
            (result,) = [step.result for step in way if step.result is not None]
            assert rest == (1 if request.kept(result) else 0)
        if request.quota is not None:
            assert not any(way[0].id == "accept" for way in walks(rules, situation, facts, 0))


def test_two_wrong_requests_of_a_coach_are_all_and_one_comes_in_extra_time() -> None:
    rules = BOOKS["football-2026-27-fvs"]
    (request,) = rules.format.requests
    facts = best(rules, request)
    wrong, right = (
        next(way for way in walks(rules, "penalty_foul", facts, 1) if step in [each.id for each in way])
        for step in ("confirm", "change")
    )
    assert request.quota is not None
    left = request.quota
    for way in (right, wrong, right, wrong):
        assert any(each[0].id == "accept" for each in walks(rules, "penalty_foul", facts, left))
        left = after(request, left, way)
    assert left == 0
    assert not any(each[0].id == "accept" for each in walks(rules, "penalty_foul", facts, left))
    assert left + request.extra_time == 1


@pytest.mark.parametrize("name", [name for name in BOOKS if name.startswith("football") and not name.endswith("fvs")])
def test_a_missed_second_caution_never_comes_to_a_review(name: str) -> None:
    rules = BOOKS[name]
    for decided, restarted, clear in product((True, False, None), repeat=3):
        judged = {} if clear is None else {"clear_error": clear, "missed_incident": clear}
        facts = replace(best(rules, None), decision_made=decided, restarted=restarted, thresholds=judged)
        for way in walks(rules, "second_caution_missed", facts, None):
            assert {step.to for step in way} <= {"check_complete", "no_review"}


def test_the_var_recommends_only_what_reaches_the_threshold_and_the_referee_may_ask_without() -> None:
    rules = BOOKS["football-2026-27-var"]
    unsure = replace(best(rules, None), thresholds={})
    firsts = {way[0].id for way in walks(rules, "penalty_foul", unsure, None)}
    assert firsts == {"complete_check", "ask", "fail"}
    assert {way[0].id for way in walks(rules, "penalty_foul", best(rules, None), None)} == firsts | {"recommend"}


@pytest.mark.parametrize("name", BOOKS)
def test_nobody_of_a_team_decides(name: str) -> None:
    rules = BOOKS[name]
    for step in rules.protocol.steps:
        assert not any(rules.pack.roles[role].team for role in step.by)


def test_a_position_goes_to_the_var_alone_and_a_judgement_to_the_field() -> None:
    rules = BOOKS["football-2026-27-var"]
    fact = replace(best(rules, None), questions=("offside_position",))
    judgement = replace(best(rules, None), questions=("offside_involvement",))
    by_fact = {step.to for way in walks(rules, "goal_offside", fact, None) for step in way}
    by_judgement = {step.to for way in walks(rules, "goal_offside", judgement, None) for step in way}
    assert {"var_only", "on_field"} <= by_fact
    assert "on_field" in by_judgement
    assert "var_only" not in by_judgement

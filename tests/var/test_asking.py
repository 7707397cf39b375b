"""What a case wants to be told, what a step says of the outcome by itself, and which rules a match follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
from rule_files import BOOKS

from tests.var.reviewing import clear, person, stamp
from touchline.errors import NotFound
from touchline.origin import Origin
from var.decisions import acts, steps_open
from var.decisions.asking import facts_wanted, implied_outcome, outcomes_of, thresholds_of
from var.decisions.model import Case
from var.decisions.people import officials
from var.model import Match, ReviewRules, Setup
from var.rules.choosing import Rulebook
from var.rules.of_match import rulebook_of, usual_rules
from var.rules.shelf import shipped
from var.rules.words import Begins, Result

FULL, FVS, VOLLEYBALL = BOOKS["football-2026-27-var"], BOOKS["football-2026-27-fvs"], BOOKS["volleyball-fivb-challenge"]
PENALTY = "penalty_foul"
NOW = count()


def opened(rules: Rulebook, situation: str) -> Case:
    """A case of which nothing is known but what happened."""
    asked = rules.protocol.begins is Begins.REQUEST
    request = rules.format.requests[0] if asked else None
    role = request.by[0] if request else rules.protocol.by[0]
    given: dict[str, Any] = {"request": request.id, "part": "1"} if request else {}
    return acts.open_case(
        rules,
        person(rules, role),
        stamp(next(NOW)),
        case_id="r-1",
        match_id="m",
        known={"situation": situation},
        **given,
    )


def told(case: Case, **known: object) -> Case:
    role = next(role for role in case.rules.format.roles if role in acts.judges(case.rules))
    return acts.tell(case, person(case.rules, role), stamp(next(NOW)), known)


def test_a_penalty_check_wants_the_decision_the_threshold_and_whether_play_has_gone_on() -> None:
    case = opened(FULL, PENALTY)
    assert facts_wanted(case) == ("before", "thresholds", "restarted", "questions")
    assert thresholds_of(case) == ("clear_error", "missed_incident")
    assert outcomes_of(case) == ("penalty", "no_penalty")


def test_what_may_be_reviewed_after_the_restart_does_not_ask_for_it() -> None:
    assert "restarted" not in facts_wanted(opened(FULL, "red_violent_conduct"))


def test_a_challenge_asks_whether_it_came_in_time() -> None:
    assert "asked_in_window" in facts_wanted(opened(VOLLEYBALL, "ball_in_out"))
    assert "asked_in_window" not in facts_wanted(opened(FVS, PENALTY))


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_wanted_is_enough_for_every_gate_and_guard(name: str) -> None:
    """Told all that ``facts_wanted`` names, no step of any situation is shut because something is not known."""
    rules = BOOKS[name]
    for situation in rules.situations.values():
        if not situation.reviewable:
            continue
        case = opened(rules, situation.id)
        everything = clear(rules) | {"asked_in_window": True}
        known = {fact: everything[fact] for fact in facts_wanted(case) if fact in everything}
        if "before" in facts_wanted(case):
            known["before"] = outcomes_of(case)[0]
        case = told(case, **known)
        for role in officials(rules):
            for choice in steps_open(case, role):
                unknown = {guard for guard, said in choice.guards.items() if said == "unknown"}
                assert unknown <= {"quota_left", "procedure_fits"}, (situation.id, choice.step.id, unknown)


def test_changing_one_of_two_outcomes_says_the_other_and_standing_says_the_same() -> None:
    case = opened(FULL, PENALTY)
    change, confirm = (next(s for s in FULL.protocol.steps if s.id == name) for name in ("change", "confirm"))
    assert implied_outcome(case, change) is None  # nobody knows yet what it is changed from
    case = told(case, before="no_penalty")
    assert implied_outcome(case, change) == "penalty"
    assert implied_outcome(case, confirm) == "no_penalty"
    several = next(each for each in FULL.situations.values() if len(each.outcomes) > 2)
    other = told(opened(FULL, several.id), before=several.outcomes[0])
    assert implied_outcome(other, change) is None
    assert change.result is Result.CHANGED


def setup(**given: object) -> Setup:
    return replace(Setup(), **given)  # type: ignore[arg-type]


def test_the_rules_follow_the_day_of_the_match() -> None:
    named = ReviewRules("football", "var")
    for day, edition in (("2026-06-30", "2025-26"), ("2026-07-01", "2026-27")):
        found = rulebook_of(setup(review=named, date=day), shipped(), date(2020, 1, 1))
        assert found is not None
        assert found.edition_id == edition
    today = rulebook_of(setup(review=named), shipped(), date(2025, 9, 1))
    assert today is not None
    assert today.edition_id == "2025-26"  # no day of the match is known
    kept = rulebook_of(setup(review=replace(named, edition="2025-26"), date="2026-09-01"), shipped(), date(2020, 1, 1))
    assert kept is not None
    assert kept.edition_id == "2025-26"
    assert rulebook_of(setup(), shipped(), date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (ReviewRules("chess", "var"), "no_such_pack"),
        (ReviewRules("football", "tv"), "no_such_format"),
        (ReviewRules("football", "var", ("golden_goal",)), "no_such_option"),
        (ReviewRules("football", "var", (), "1863"), "no_such_edition"),
    ],
)
def test_rules_that_are_not_there_are_refused_by_name(named: ReviewRules, code: str) -> None:
    with pytest.raises(NotFound) as fault:
        rulebook_of(setup(review=named, date="2026-09-01"), shipped(), date(2026, 9, 1))
    assert fault.value.name == code


def test_the_next_match_of_a_competition_has_its_rules_filled_in() -> None:
    def match(number: int, competition: str, review: ReviewRules | None) -> Match:
        day = f"2026-09-{number:02d}T00:00:00+00:00"
        return Match(f"m{number}", "", Origin.MEASURED, day, setup(competition=competition, review=review), ())

    old, new = ReviewRules("football", "var"), ReviewRules("football", "fvs", ("corner_kick",), "2025-26")
    others = [match(3, "Cúp Huế", new), match(1, "Cúp Huế", old), match(5, "Khác", old), match(6, "Cúp Huế", None)]
    assert usual_rules(setup(competition=" cúp huế "), others) == replace(new, edition=None)
    assert usual_rules(setup(competition="Cúp Vinh"), others) is None
    assert usual_rules(setup(), [match(1, "", old)]) is None

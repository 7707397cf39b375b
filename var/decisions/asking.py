"""What a case still wants to be told, and what a step says of the outcome by itself. Pure: panels and programs ask."""

from __future__ import annotations

from var.decisions.acts import questions_of
from var.decisions.model import Case
from var.decisions.steps import outcomes_left
from var.rules.model import Step
from var.rules.words import Begins, Guard, Result, Until


def facts_wanted(case: Case) -> tuple[str, ...]:
    """The facts (as ``acts.tell`` names them) that the gates and guards of this case look at, in the order in which a
    match lets them be known; told ones are among them."""
    rules, situation = case.rules, case.about
    request = None if case.asked is None else rules.format.request(case.asked.request)
    guards = {guard for step in rules.protocol.steps for guard in step.guards}
    found = []
    if rules.format.decision_first or Guard.DECISION_MADE in guards:
        found.append("before" if situation is not None and situation.outcomes else "decision_made")
    if situation is not None and (situation.thresholds or rules.format.thresholds):
        found.append("thresholds")
    if situation is not None and situation.immediate:
        found.append("delays_restart")
    limits = {None if request is None else request.until}
    if not (situation is not None and situation.after_restart):
        limits.add(rules.format.until)
    if Until.RESTART in limits:
        found.append("restarted")
    if Until.FIRST_STOP in limits:
        found.append("first_stop_over")
    if rules.protocol.begins is Begins.REQUEST and request is not None and request.window_s is not None:
        found.append("asked_in_window")
    if situation is not None and situation.moments and not (request is not None and request.any_moment):
        found.append("moments")
    if situation is not None and len(situation.questions) > 1:
        found.append("questions")
    return tuple(found)


def measured_for(case: Case) -> str | None:
    """What can be measured on the pictures for the first question in doubt of which anything can; None where nothing
    can, or nobody knows yet what happened."""
    found = (case.rules.pack.questions[name].measure for name in questions_of(case))
    return next((measure.value for measure in found if measure is not None), None)


def measures_of(case: Case) -> frozenset[str]:
    """What can be measured on the pictures for any question in doubt."""
    found = (case.rules.pack.questions[name].measure for name in questions_of(case))
    return frozenset(measure.value for measure in found if measure is not None)


def thresholds_of(case: Case) -> tuple[str, ...]:
    """The thresholds one of which must be reached: the situation's own, else the format's."""
    situation = case.about
    return (situation.thresholds if situation is not None else ()) or case.rules.format.thresholds


def outcomes_of(case: Case) -> tuple[str, ...]:
    """The outcomes that the situation can have; empty before it is known what happened."""
    situation = case.about
    return () if situation is None else situation.outcomes


def implied_outcome(case: Case, step: Step) -> str | None:
    """The outcome that taking ``step`` says by itself: the decision before where it stands, the only other one where it
    is changed. None where the decision before is not known or several others are left: then it must be said."""
    if case.before is None:
        return None
    if step.result is Result.STANDS:
        return case.before
    left = outcomes_left(case, step)
    return left[0] if len(left) == 1 else None

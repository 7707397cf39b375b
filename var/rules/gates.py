"""The four gates of a review, each answered apart: category, time, threshold, procedure.

They are never merged: a review that is refused for its time is another thing than one outside the categories, and one
answer for all would be right for wrong reasons. Each gate carries the code of its reason (a text of
``var.rules.reason``) and the sources of the rule that it rests on. What nobody knows yet leaves a gate unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from touchline.errors import NotFound
from var.rules.choosing import Rulebook
from var.rules.model import Request, Situation
from var.rules.words import Begins, Until


class Answer(StrEnum):
    """What a gate says."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate's answer, the code of its reason, and the sources of the rule."""

    answer: Answer
    reason: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gates:
    """The four answers. There is no answer for all four together."""

    category: Gate
    time: Gate
    threshold: Gate
    procedure: Gate
    procedures: tuple[str, ...] = ()
    """The procedures that the rules give for the questions in doubt, the usual one first."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case. None, or a name that is missing, says that nobody knows it yet."""

    decision_made: bool | None = None
    """Whether the referee decided first; letting play go on is a decision."""
    restarted: bool | None = None
    """Whether play went on after it had stopped."""
    first_stop_over: bool | None = None
    """Whether the first stop of play after the decision is over."""
    delays_restart: bool | None = None
    """Whether the review would hold up the restart."""
    moments: frozenset[str] | None = None
    """The moments of the match, as the pack names them, that it happened in."""
    request: str | None = None
    """The kind of request by which it was asked for."""
    asked_after_s: float | None = None
    """Seconds from what the request's window runs from to the request."""
    asked_in_window: bool | None = None
    """Whether the request came within the window's seconds, as somebody saw it who counted none."""
    thresholds: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """What was judged of each threshold."""
    questions: tuple[str, ...] | None = None
    """The questions that are in doubt; None: all of the situation."""
    procedure: str | None = None
    """The procedure that was chosen."""


def gates(rules: Rulebook, situation: str | None, facts: Facts) -> Gates:
    """The four gates for ``situation`` (None: not yet told what it is) under ``rules``.

    Raises ``NotFound`` where the situation, or a name among the facts, is nowhere in the pack.
    """
    _refuse_unknown(rules, facts)
    known = None if situation is None else rules.situation(situation)
    doubted = _doubted(rules, known, facts)
    allowed = rules.procedures({rules.pack.questions[name].kind for name in doubted})
    return Gates(
        category=_category(rules, situation, known),
        time=_time(rules, known, facts),
        threshold=_threshold(rules, known, facts),
        procedure=_procedure(rules, allowed, facts),
        procedures=allowed,
    )


def _refuse_unknown(rules: Rulebook, facts: Facts) -> None:
    """A misspelt name would shut a gate that is open."""
    for given, known in (
        (facts.moments or (), rules.pack.moments),
        (facts.thresholds, rules.pack.thresholds),
        ((facts.procedure,) if facts.procedure is not None else (), rules.pack.procedures),
    ):
        for name in sorted(given):
            if name not in known:
                raise NotFound("var.errors.no_such_rule_name", name=name, known=", ".join(known))


def window(rules: Rulebook, request: Request, facts: Facts) -> Gate:
    """Whether a request came in its window; the time gate holds this beside the situation's own limits."""
    found = []
    if request.window_s is not None:
        counted = None if facts.asked_after_s is None else facts.asked_after_s <= request.window_s
        in_time = facts.asked_in_window if counted is None else counted
        told = {None: (Answer.UNKNOWN, "window_unknown"), False: (Answer.FAILED, "window_over")}
        found.append(Gate(*told.get(in_time, (Answer.OK, "window_open"))))
    if request.until is not None:
        found.append(_until(request.until, facts))
    return _weighed(found, rules.sources(request.sources))


def _doubted(rules: Rulebook, situation: Situation | None, facts: Facts) -> Collection[str]:
    if facts.questions is None:
        return situation.questions if situation is not None else ()
    for name in facts.questions:
        if name not in rules.pack.questions:
            raise NotFound("var.errors.no_such_question", name=name, known=", ".join(rules.pack.questions))
    return facts.questions


def _category(rules: Rulebook, name: str | None, situation: Situation | None) -> Gate:
    if name is None:
        return Gate(Answer.UNKNOWN, "situation_unknown")
    if situation is None:
        return Gate(Answer.FAILED, "outside_categories", rules.sources(rules.format.sources))
    sources = rules.sources(situation.sources)
    if not situation.reviewable:
        return Gate(Answer.FAILED, "outside_categories", sources)
    if situation.option is not None and situation.option not in rules.adopted:
        option = rules.pack.options[situation.option]
        return Gate(Answer.FAILED, "option_not_adopted", rules.sources(option.sources))
    return Gate(Answer.OK, "in_category", sources)


def _time(rules: Rulebook, situation: Situation | None, facts: Facts) -> Gate:
    """The strictest of the limits: of the format or the situation, its moments, its haste, the request's window."""
    own = rules.sources(situation.sources if situation is not None else rules.format.sources)
    found = []
    if situation is not None and situation.after_restart:
        found.append(Gate(Answer.OK, "allowed_after_restart", own))
    elif rules.format.until is not None:
        found.append(_weighed([_until(rules.format.until, facts)], rules.sources(rules.format.sources)))
    if situation is not None and situation.immediate:
        late = {None: (Answer.UNKNOWN, "delay_unknown"), True: (Answer.FAILED, "would_delay")}
        found.append(Gate(*late.get(facts.delays_restart, (Answer.OK, "no_delay")), own))
    request = _request(rules, facts)
    if situation is not None and situation.moments and not (request is not None and request.any_moment):
        lifted = request is None and any(each.any_moment for each in rules.format.requests)
        found.append(_moment(situation, facts, own, lifted))
    if request is not None:
        found.append(window(rules, request, facts))
    elif rules.protocol.begins is Begins.REQUEST:
        found.append(Gate(Answer.UNKNOWN, "request_unknown", rules.sources(rules.format.sources)))
    return _weighed(found, own)


def _moment(situation: Situation, facts: Facts, sources: tuple[str, ...], lifted: bool) -> Gate:
    """Whether it happened in one of the moments; ``lifted``: a request may have been made that asks for none."""
    if facts.moments is None:
        return Gate(Answer.UNKNOWN, "moment_unknown", sources)
    if not facts.moments.isdisjoint(situation.moments):
        return Gate(Answer.OK, "right_moment", sources)
    return Gate(Answer.UNKNOWN, "request_unknown", sources) if lifted else Gate(Answer.FAILED, "wrong_moment", sources)


def _request(rules: Rulebook, facts: Facts) -> Request | None:
    """The request that was made; where a format has one kind alone, that one."""
    if facts.request is None:
        return rules.format.requests[0] if len(rules.format.requests) == 1 else None
    request = rules.format.request(facts.request)
    if request is None:
        known = ", ".join(each.id for each in rules.format.requests) or "–"
        raise NotFound("var.errors.no_such_request", name=facts.request, known=known)
    return request


def _until(until: Until, facts: Facts) -> Gate:
    over, end = {
        Until.RESTART: (facts.restarted, "restart"),
        Until.FIRST_STOP: (facts.first_stop_over, "first_stop"),
    }[until]
    if over is None:
        return Gate(Answer.UNKNOWN, f"{end}_unknown")
    return Gate(Answer.FAILED, f"after_{end}") if over else Gate(Answer.OK, f"before_{end}")


def _threshold(rules: Rulebook, situation: Situation | None, facts: Facts) -> Gate:
    """One threshold that is reached is enough; all must be denied for it to fail."""
    names = (situation.thresholds if situation is not None else ()) or rules.format.thresholds
    sources = rules.sources(dict.fromkeys(name for each in names for name in rules.pack.thresholds[each].sources))
    judged = [facts.thresholds.get(name) for name in names]
    if True in judged:
        return Gate(Answer.OK, "threshold_met", sources)
    if None in judged:
        return Gate(Answer.UNKNOWN, "threshold_unknown", sources)
    return Gate(Answer.FAILED, "below_threshold", sources)


def _procedure(rules: Rulebook, allowed: tuple[str, ...], facts: Facts) -> Gate:
    sources = rules.sources(rules.format.sources)
    if rules.format.decision_first and not facts.decision_made:
        unknown = facts.decision_made is None
        answer, reason = (Answer.UNKNOWN, "decision_unknown") if unknown else (Answer.FAILED, "no_decision")
        return Gate(answer, reason, sources)
    if facts.procedure is None or not allowed:
        return Gate(Answer.UNKNOWN, "procedure_open", sources)
    sources = rules.sources(rules.pack.procedures[allowed[0]].sources)
    if facts.procedure in allowed:
        return Gate(Answer.OK, "procedure_fits", sources)
    return Gate(Answer.FAILED, "other_procedure", sources)


def _weighed(found: list[Gate], sources: tuple[str, ...]) -> Gate:
    """The gravest answer: the first that failed, else the first unknown, else the first that is ok."""
    for answer in (Answer.FAILED, Answer.UNKNOWN, Answer.OK):
        for gate in found:
            if gate.answer is answer:
                return gate if gate.sources else Gate(gate.answer, gate.reason, sources)
    return Gate(Answer.OK, "no_time_limit", sources)

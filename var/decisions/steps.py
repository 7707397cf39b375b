"""Which steps of a case may be taken now, by whom, and why not; and the step that is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from var.decisions.folding import kept_by, with_entry
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Case, Ruling, Stamp
from var.decisions.people import NotAtHand, present
from var.decisions.refusing import Reason, Refused
from var.decisions.requests import Account
from var.rules.gates import Answer, Gate, gates, window
from var.rules.model import Step
from var.rules.words import Effect, Guard, Result

NO_RULING = Ruling()


@dataclass(frozen=True, slots=True)
class Choice:
    """A step that leads on from where a case stands, whether ``role`` may take it now, and if not, why.

    ``guards`` is what each guard says (``ok``, ``failed`` or ``unknown``); ``sources`` are those of the step's rule.
    """

    step: Step
    open: bool
    reasons: tuple[Reason, ...]
    guards: Mapping[str, str]
    sources: tuple[str, ...]


def steps_open(case: Case, role: str, account: Account | None = None) -> tuple[Choice, ...]:
    """The steps that lead on from where ``case`` stands, each with whether ``role`` may take it and why not.

    ``account`` counts the requests of the side that asked. A closed case has none.
    """
    if case.closed:
        return ()
    rules = case.rules
    found = []
    for step in rules.protocol.leaving(case.state):
        if not set(step.by) & set(rules.format.roles):
            continue  # nobody of this format takes it: it belongs to another one with the same protocol
        sources = rules.sources(step.sources or rules.protocol.sources)
        reasons = [] if role in step.by else [Reason("var.decisions.reason.other_role", "role", sources)]
        asked = {guard: _guard(case, step, guard, account, sources) for guard in step.guards}
        reasons += [
            Reason(_key(gate), guard.value, gate.sources) for guard, gate in asked.items() if not _holds(guard, gate)
        ]
        told = {guard.value: gate.answer.value for guard, gate in asked.items()}
        found.append(Choice(step, not reasons, tuple(reasons), told, sources))
    return tuple(found)


def take(
    case: Case,
    step: str,
    actor: Actor,
    at: Stamp,
    *,
    account: Account | None = None,
    down: bool = False,
    ruling: Ruling = NO_RULING,
    pictures: Mapping[str, str] | None = None,
    cause: str | None = None,
) -> Case:
    """The case after ``actor`` took ``step``.

    ``down``: a technical failure is in force. ``ruling`` may be given with a step that decides and with those after it.
    A change keeps the only outcome that it can lead to; where there are several, ``ruling`` must say which.
    ``pictures`` is what the log of looks says of each question (``var.decisions.watched``); it is kept with the result.

    Raises ``BadValue`` saying what was refused, why, and what may be done instead; ``NotFound`` for a step that is
    nowhere in the protocol.
    """
    present(case.rules, actor)
    choice = _chosen(case, step, actor, account)
    if down and case.unsettled:
        raise Refused("var.errors.review_down")
    body = _body(case, choice, account, ruling)
    body |= {"pictures": dict(pictures) if pictures is not None and choice.step.result is not None else None}
    return with_entry(case, EntryKind.STEP, actor, at, {**body, "cause": cause})


def not_reviewed(case: Case, actor: Actor, at: Stamp, *, account: Account | None = None, cause: str) -> Case:
    """The case after a technical failure ended it: by its protocol's own step, else as ``not_reviewed``.

    A case that is closed, or has its result and waits for play to go on, stays as it is.
    """
    if not case.unsettled:
        return case
    for choice in steps_open(case, actor.role, account):
        if Effect.RECORD_FAILURE in choice.step.effects and not [r for r in choice.reasons if r.guard != "role"]:
            body = _body(case, choice, account, NO_RULING)
            return with_entry(case, EntryKind.STEP, actor, at, {**body, "pictures": None, "cause": cause})
    return with_entry(
        case, EntryKind.CLOSED, actor, at, {"kept": _settled(case, Result.FAILURE, account), "cause": cause}
    )


def _chosen(case: Case, name: str, actor: Actor, account: Account | None) -> Choice:
    """The choice called ``name`` where it is open. Raises ``BadValue`` or ``NotFound``."""
    steps = [each for each in case.rules.protocol.steps if each.id == name]
    if not steps:
        known = tuple(dict.fromkeys(each.name for each in case.rules.protocol.steps))
        raise NotAtHand("var.errors.no_such_step", step=name, known=known)
    wording = steps[0].name
    if case.closed:
        raise Refused("var.errors.case_closed", case=case.id, step=wording, state=case.at.name)
    choices = steps_open(case, actor.role, account)
    instead = tuple(choice.step.id for choice in choices if choice.open)
    names = tuple(choice.step.name for choice in choices if choice.open)
    choice = next((each for each in choices if each.step.id == name), None)
    if choice is None:
        raise Refused("var.errors.step_elsewhere", instead, step=wording, state=case.at.name, choices=names)
    if actor.role not in choice.step.by:
        roles = tuple(case.rules.pack.roles[role].name for role in choice.step.by)
        params = {"role": case.rules.pack.roles[actor.role].name, "roles": roles, "choices": names}
        raise Refused("var.errors.not_your_step", instead, choice.reasons, step=wording, **params)
    if not choice.open:
        params = {"why": choice.reasons, "choices": names}
        raise Refused("var.errors.step_shut", instead, choice.reasons, step=wording, **params)
    return choice


def outcomes_left(case: Case, step: Step) -> tuple[str, ...]:
    """The outcomes of the situation that a step which changes the decision may lead to: all but the decision before.
    Empty for other steps, and where the rules list no outcomes of what happened."""
    situation = case.about
    if step.result is not Result.CHANGED or situation is None:
        return ()
    return tuple(outcome for outcome in situation.outcomes if outcome != case.before)


def _said(case: Case, step: Step, ruling: Ruling) -> Ruling:
    """``ruling`` with the one outcome that a change leads to. Raises ``BadValue`` where several do and none is said."""
    left = outcomes_left(case, step)
    if ruling.outcome is not None or not left:
        return ruling
    if len(left) > 1:
        terms = case.rules.pack.outcomes
        raise Refused("var.errors.outcome_missing", step=step.name, known=tuple(terms[name].name for name in left))
    return replace(ruling, outcome=left[0])


def _body(case: Case, choice: Choice, account: Account | None, ruling: Ruling) -> dict[str, Any]:
    step = choice.step
    ruling = _said(case, step, ruling)
    checked(case, ruling, decided=case.result is not None or step.result is not None)
    kept = _settled(case, step.result, account) if Effect.SETTLE_REQUEST in step.effects else None
    return {"step": step.id, "guards": choice.guards, "ruling": ruling.document(), "kept": kept}


def _settled(case: Case, result: Result | None, account: Account | None) -> bool | None:
    """Whether the request is kept after ``result``; None where none was made, or none was left to lose."""
    kept = kept_by(case, result)
    spent = account is not None and account.left is not None and account.left < 1
    return None if kept is False and spent and not case.holds_request else kept


def checked(case: Case, ruling: Ruling, *, decided: bool) -> Ruling:
    """``ruling`` where its words are those of the situation. Raises ``BadValue``, ``NotFound``."""
    if ruling == NO_RULING:
        return ruling
    if not decided:
        raise Refused("var.errors.not_decided")
    rules = case.rules
    situation = None if case.situation is None else rules.situations.get(case.situation)
    for key, table in (("outcome", "outcomes"), ("restart", "restarts"), ("sanction", "sanctions")):
        word = getattr(ruling, key)
        terms = getattr(rules.pack, table)
        known = getattr(situation, table) if situation is not None else tuple(terms)
        if word is not None and word not in known:
            names = tuple(terms[name].name for name in known)
            raise NotAtHand("var.errors.not_a_ruling", word=word, known=names)
    return ruling


def _guard(case: Case, step: Step, guard: Guard, account: Account | None, sources: tuple[str, ...]) -> Gate:
    rules, facts = case.rules, case.facts
    if guard is Guard.DECISION_MADE:
        answers = {None: (Answer.UNKNOWN, "decision_unknown"), True: (Answer.OK, "decision_made")}
        return Gate(*answers.get(facts.decision_made, (Answer.FAILED, "no_decision")), sources)
    if guard in (Guard.QUOTA_LEFT, Guard.WINDOW_OPEN):
        request = None if case.asked is None else rules.format.request(case.asked.request)
        if request is None:
            return Gate(Answer.UNKNOWN, "request_unknown", sources)
        if guard is Guard.WINDOW_OPEN:
            return window(rules, request, facts)
        own = rules.sources(request.sources)
        if request.quota is None:
            return Gate(Answer.OK, "quota_left", own)
        if account is None or account.left is None:
            return Gate(Answer.UNKNOWN, "quota_unknown", own)
        return Gate(Answer.OK, "quota_left", own) if account.left > 0 else Gate(Answer.FAILED, "quota_spent", own)
    leads_to = rules.protocol.states[step.to].procedure
    if guard is Guard.PROCEDURE_FITS:
        return gates(rules, case.situation, replace(facts, procedure=leads_to)).procedure
    found = case.gates()
    return {
        Guard.CATEGORY_OPEN: found.category,
        Guard.TIME_OPEN: found.time,
        Guard.THRESHOLD_MET: found.threshold,
    }[guard]


def _holds(guard: Guard, gate: Gate) -> bool:
    """Category and time must not have failed; everything else must be ok."""
    if guard in (Guard.CATEGORY_OPEN, Guard.TIME_OPEN):
        return gate.answer is not Answer.FAILED
    return gate.answer is Answer.OK


OWN = frozenset({"quota_spent", "quota_unknown"})


def _key(gate: Gate) -> str:
    return f"var.{'decisions' if gate.reason in OWN else 'rules'}.reason.{gate.reason}"

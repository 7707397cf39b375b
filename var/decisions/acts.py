"""What can be said of a case beside taking a step: opening it, facts, amendments, overrides, and taking back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from touchline.errors import NotFound
from var.decisions.folding import fold_case, with_entry
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Asked, Case, CaseEntry, Ruling, Stamp
from var.decisions.people import NotAtHand, deciders, judges, officials, only, present, reporters
from var.decisions.refusing import Refused
from var.decisions.requests import account, part_of
from var.decisions.steps import checked
from var.rules.choosing import Rulebook
from var.rules.words import Begins, Replay, Strength

TOLD = ("decision_made", "restarted", "first_stop_over", "delays_restart", "asked_in_window")
"""Facts that are yes, no, or unknown (None)."""
LONGEST_TEXT = 2000
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def open_case(
    rules: Rulebook,
    actor: Actor,
    at: Stamp,
    *,
    case_id: str,
    match_id: str,
    incident_id: str | None = None,
    request: str | None = None,
    part: str | None = None,
    extra_time: bool = False,
    known: Mapping[str, Any] = _NOTHING,
    digest: str = "",
    down: bool = False,
) -> Case:
    """A new case under ``rules``, opened by ``actor`` at ``at``.

    Where the protocol begins with a request, ``request`` names it, and ``part`` the part of the match that its quota
    is counted in. ``known`` is what is known already (as for ``tell``); ``digest`` names the pack that is kept.

    Raises ``BadValue`` where ``actor`` may not open one, the part is missing, or a failure is in force (``down``);
    ``NotFound`` for a role or a request that the format does not have.
    """
    present(rules, actor)
    if down:
        raise Refused("var.errors.review_down")
    asked = _asked(rules, actor, request, part, extra_time)
    body = {
        "incident": incident_id,
        "rules": {
            "pack": rules.pack.id,
            "sport": rules.pack.sport,
            "edition": rules.edition_id,
            "format": rules.format.id,
            "options": sorted(rules.adopted),
            "digest": digest,
        },
        "asked": None
        if asked is None
        else {"request": asked.request, "side": asked.side, "part": asked.part, "extra_time": asked.extra_time},
        "known": _checked(rules, known),
    }
    entry = CaseEntry(0, EntryKind.OPENED, actor, at, MappingProxyType(body))
    return fold_case(match_id, case_id, rules, (entry,))


def _asked(rules: Rulebook, actor: Actor, name: str | None, part: str | None, extra_time: bool) -> Asked | None:
    if rules.protocol.begins is Begins.CHECK:
        only(rules, actor, frozenset(rules.protocol.by))
        if name is not None:
            raise NotAtHand("var.errors.no_such_request", name=name, known="–")
        return None
    request = rules.format.request(name or "")
    if request is None:
        raise NotAtHand(
            "var.errors.no_such_request", name=name or "–", known=tuple(r.id for r in rules.format.requests)
        )
    only(rules, actor, frozenset(request.by))
    if request.quota is not None and part_of(request, "") is not None and not (part or "").strip():
        raise Refused("var.errors.part_missing", request=request.name, per=request.per)
    return Asked(request.id, actor.side if rules.pack.roles[actor.role].team else None, part, extra_time)


def tell(case: Case, actor: Actor, at: Stamp, known: Mapping[str, Any]) -> Case:
    """The case after ``actor`` said what is known.

    ``known`` may hold ``situation``, ``before`` (the decision on the field, a word of the pack's outcomes),
    ``decision_made``, ``restarted``, ``first_stop_over``, ``delays_restart``, ``moments``, ``asked_after_s``,
    ``asked_in_window`` (for who counted no seconds),
    ``questions`` and ``thresholds``; None says that it is not known after all. Thresholds are judged by those who take
    steps, the rest is said by any official.

    Raises ``BadValue`` for a case that has its result, or a wrong value; ``NotFound`` for a name that is nowhere.
    """
    only(case.rules, actor, judges(case.rules) if "thresholds" in known else officials(case.rules))
    if case.closed or case.result is not None:
        raise Refused("var.errors.case_settled", case=case.id)
    return with_entry(case, EntryKind.FACTS, actor, at, {"known": _checked(case.rules, known)})


def amend(case: Case, actor: Actor, at: Stamp, *, ruling: Ruling, why: str) -> Case:
    """The case after a decider put the ruling right, or said something more, after its result or its end.

    Raises ``BadValue`` before that, without a reason, and for others than deciders.
    """
    only(case.rules, actor, deciders(case.rules))
    if case.withdrawn or not (case.closed or case.result is not None):
        raise Refused("var.errors.not_decided")
    checked(case, ruling, decided=True)
    return with_entry(case, EntryKind.AMENDED, actor, at, {"ruling": ruling.document(), "why": _text(why)})


def override(case: Case, actor: Actor, at: Stamp, *, question: str, why: str) -> Case:
    """The case after ``actor`` answered for slow motion on ``question``, which asks for normal speed.

    Raises ``BadValue`` where the rules forbid it, the question does not ask for normal speed, or the case is closed.
    """
    rules = case.rules
    only(rules, actor, judges(rules))
    asked = rules.pack.questions.get(question)
    if asked is None or question not in questions_of(case):
        raise NotAtHand("var.errors.no_such_question", name=question, known=questions_of(case))
    if case.closed:
        raise Refused("var.errors.case_settled", case=case.id)
    if asked.replay is not Replay.NORMAL:
        raise Refused("var.errors.any_speed", question=asked.name)
    if rules.pack.replay_speed is not None and rules.pack.replay_speed.strength is Strength.MUST:
        raise Refused("var.errors.no_override", question=asked.name, rule=rules.pack.replay_speed.name)
    return with_entry(case, EntryKind.OVERRIDE, actor, at, {"question": question, "why": _text(why)})


def undo(case: Case, actor: Actor, at: Stamp, *, cases: Iterable[Case] = (), down: bool = False) -> Case:
    """The case after its last entry that counts was taken back; ``cases`` are all cases of the match.

    A role that may say a thing may take it back. Taking back the opening withdraws the case.

    Raises ``BadValue`` where nothing is left to take back, somebody else's role is needed, a technical failure is in
    force and the case would be open again, or another case holds the request that it would need again.
    """
    present(case.rules, actor)
    if case.withdrawn:
        raise Refused("var.errors.nothing_to_undo", case=case.id)
    last = case.live[-1]
    only(case.rules, actor, _may_undo(case, last))
    found = with_entry(case, EntryKind.UNDO, actor, at, {"of": last.number})
    if down and found.unsettled:
        raise Refused("var.errors.review_down")
    others = [each for each in cases if each.id != case.id]
    for each in (found, *others):
        if each.asked is not None and not each.withdrawn:
            left = account(each.rules, (*others, found), each.asked).left
            if left is not None and left < 0:
                raise Refused("var.errors.request_held", case=case.id)
    return found


def _may_undo(case: Case, entry: CaseEntry) -> frozenset[str]:
    rules = case.rules
    match entry.kind:
        case EntryKind.STEP:
            if entry.body["cause"] is not None:
                return reporters(rules)
            # It is the last step taken, and an id may lead on from several states, by other people.
            origin = case.steps[-2].to if len(case.steps) > 1 else rules.protocol.start
            steps = [each for each in rules.protocol.leaving(origin) if each.id == entry.body["step"]]
            return officials(rules) & {role for step in steps for role in step.by}
        case EntryKind.CLOSED:
            return reporters(rules)
        case EntryKind.AMENDED:
            return deciders(rules)
        case EntryKind.OVERRIDE:
            return judges(rules)
        case EntryKind.FACTS:
            return judges(rules) if "thresholds" in entry.body["known"] else officials(rules)
    return judges(rules) | (officials(rules) & frozenset(rules.protocol.by))


def questions_of(case: Case) -> tuple[str, ...]:
    """The questions in doubt: those that were named, else all of the situation."""
    if case.facts.questions is not None:
        return case.facts.questions
    situation = case.about
    return () if situation is None else situation.questions


def _text(text: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > LONGEST_TEXT:
        raise Refused("var.errors.why_missing", most=LONGEST_TEXT)
    return plain


def _checked(rules: Rulebook, known: Mapping[str, Any]) -> dict[str, Any]:
    """``known`` as an entry keeps it. Raises ``BadValue`` and ``NotFound``."""
    found: dict[str, Any] = {}
    pack = rules.pack
    for key, value in known.items():
        if key in TOLD:
            good = value is None or isinstance(value, bool)
        elif key == "asked_after_s":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            good = value is None or (number and math.isfinite(value) and value >= 0)
        elif key == "situation":
            good = value is None or (isinstance(value, str) and (rules.situation(value) is None or True))
        elif key == "before":
            good = value is None or _named([value], pack.outcomes, "var.errors.no_such_outcome")
        elif key == "moments":
            good = value is None or _named(value, pack.moments, "var.errors.no_such_moment")
            value = sorted(value) if value is not None and good else value
        elif key == "questions":
            good = value is None or _named(value, pack.questions, "var.errors.no_such_question")
            value = list(dict.fromkeys(value)) if value is not None and good else value
        elif key == "thresholds":
            good = isinstance(value, Mapping) and _named(value, pack.thresholds, "var.errors.no_such_threshold")
            good = good and all(told is None or isinstance(told, bool) for told in value.values())
            value = dict(value) if good else value
        else:
            good = False
        if not good:
            raise Refused("var.errors.bad_fact", fact=key)
        found[key] = value
    if found.get("before") is not None and "decision_made" not in found:
        found["decision_made"] = True  # a decision that is known was made
    return found


def _named(names: Any, table: Mapping[str, Any], code: str) -> bool:
    """Whether ``names`` is a collection of texts. Raises ``NotFound`` for one that is not in ``table``."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        return False
    for name in names:
        if not isinstance(name, str):
            return False
        if name not in table:
            raise NotFound(code, name=name, known=", ".join(table) or "–")
    return True

"""A case folded from its entries: pure. What was taken back does not count; nothing is ever edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from touchline.errors import BadValue
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Amendment, Asked, Case, CaseEntry, Override, Ruling, Taken
from var.rules.choosing import Rulebook
from var.rules.gates import Facts
from var.rules.words import Effect, Result


def fold_case(match_id: str, case_id: str, rules: Rulebook, entries: Sequence[CaseEntry]) -> Case:
    """The case after ``entries``, the first of which opened it. Raises ``BadValue`` where it does not, or one lacks."""
    if not entries or entries[0].kind is not EntryKind.OPENED:
        raise BadValue("var.errors.case_not_whole", case=case_id)
    if [entry.number for entry in entries] != list(range(len(entries))):
        raise BadValue("var.errors.case_not_whole", case=case_id)
    first = entries[0]
    body = first.body
    case = Case(
        id=case_id,
        match_id=match_id,
        incident_id=body["incident"],
        rules=rules,
        entries=tuple(entries),
        opened_by=first.by,
        opened_at=first.at,
        state=rules.protocol.start,
        situation=None,
        before=None,
        asked=Asked(**body["asked"]) if body["asked"] else None,
        facts=Facts(request=body["asked"]["request"] if body["asked"] else None),
    )
    case = _known(case, body["known"])
    live = case.live
    if first not in live:
        return replace(case, withdrawn=True)
    for entry in live[1:]:
        case = _after(case, entry)
    return case


def _after(case: Case, entry: CaseEntry) -> Case:
    body = entry.body
    match entry.kind:
        case EntryKind.FACTS:
            return _known(case, body["known"])
        case EntryKind.STEP:
            return _stepped(case, entry)
        case EntryKind.CLOSED:
            return replace(case, closed_at=entry.at, closed_kept=body["kept"])
        case EntryKind.OVERRIDE:
            override = Override(entry.number, body["question"], entry.by, entry.at, body["why"])
            return replace(case, overrides=(*case.overrides, override))
        case EntryKind.AMENDED:
            said = Ruling(**body["ruling"])
            amendment = Amendment(entry.number, entry.by, entry.at, said, body["why"])
            return replace(case, ruling=said.over(case.ruling), amendments=(*case.amendments, amendment))
    raise BadValue("var.errors.case_not_whole", case=case.id)


def _stepped(case: Case, entry: CaseEntry) -> Case:
    body = entry.body
    step = next((each for each in case.rules.protocol.leaving(case.state) if each.id == body["step"]), None)
    if step is None:
        raise BadValue("var.errors.case_not_whole", case=case.id)
    taken = Taken(
        number=entry.number,
        step=step.id,
        to=step.to,
        by=entry.by,
        at=entry.at,
        guards=MappingProxyType(dict(body["guards"])),
        result=step.result,
        kept=body["kept"],
        pictures=None if body["pictures"] is None else MappingProxyType(dict(body["pictures"])),
        cause=body["cause"],
    )
    procedure = case.rules.protocol.states[step.to].procedure
    facts = replace(case.facts, procedure=procedure) if procedure is not None else case.facts
    judged = facts if step.result is not None else case.judged
    if Effect.RESTART_PLAY in step.effects:
        facts = replace(facts, restarted=True)
    ruling = Ruling(**body["ruling"]).over(case.ruling)
    return replace(case, state=step.to, steps=(*case.steps, taken), facts=facts, judged=judged, ruling=ruling)


def _known(case: Case, known: Mapping[str, Any]) -> Case:
    """The case with what became known; ``known`` was checked when it was said."""
    facts = case.facts
    for key, value in known.items():
        if key == "situation":
            case = replace(case, situation=value)
        elif key == "before":
            case = replace(case, before=value)
        elif key == "thresholds":
            judged = {name: told for name, told in {**facts.thresholds, **value}.items() if told is not None}
            facts = replace(facts, thresholds=MappingProxyType(judged))
        elif key == "moments":
            facts = replace(facts, moments=None if value is None else frozenset(value))
        elif key == "questions":
            facts = replace(facts, questions=None if value is None else tuple(value))
        else:
            facts = replace(facts, **{key: value})
    return replace(case, facts=facts)


def with_entry(case: Case, kind: EntryKind, by: Actor, at: Any, body: Mapping[str, Any]) -> Case:
    """The case with one entry more."""
    entry = CaseEntry(len(case.entries), kind, by, at, MappingProxyType(dict(body)))
    return fold_case(case.match_id, case.id, case.rules, (*case.entries, entry))


def kept_by(case: Case, result: Result | None) -> bool | None:
    """Whether the case's request is kept after ``result``; None where none was made or nothing is settled."""
    if case.asked is None or result is None:
        return None
    request = case.rules.format.request(case.asked.request)
    return None if request is None else request.kept(result)

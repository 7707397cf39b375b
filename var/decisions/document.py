"""A case and a match's summary as JSON-ready documents. The four gates stay apart; nothing says them in one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from var.decisions.clock import elapsed
from var.decisions.kept import Failure
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Case, Stamp
from var.decisions.summary import BASELINE, Summary
from var.decisions.watched import Watched
from var.rules.gates import Gate
from var.rules.model import Wording

GATES = ("category", "time", "threshold", "procedure")


def case_document(case: Case, now: Stamp, watched: Sequence[Watched], lang: str) -> dict[str, Any]:
    """Everything that is known of ``case`` at ``now``, with names in ``lang``. Fits the schema ``reviews``."""
    rules, gates, clocks = case.rules, case.gates_judged(), elapsed(case, now)
    pack = rules.pack
    situation = None if case.situation is None else rules.situations.get(case.situation)
    undone = {entry.body["of"] for entry in case.entries if entry.kind is EntryKind.UNDO}
    return {
        "id": case.id,
        "incident": case.incident_id,
        "rules": dict(case.entries[0].body["rules"]),
        "situation": case.situation,
        "situation_name": None if situation is None else situation.name[lang],
        "opened": {**_who(case.opened_by), **_when(case.opened_at)},
        "request": None if case.asked is None else {**asdict(case.asked), "kept": case.request_kept},
        "before": case.before,
        "state": case.state,
        "state_name": case.at.name[lang],
        "closed": case.closed,
        "withdrawn": case.withdrawn,
        "reviewed": case.reviewed,
        "not_reviewed": "technical failure" if case.result is not None and case.result.value == "failure" else None,
        "gates": {name: _gate(getattr(gates, name)) for name in GATES},
        "facts": {
            "decision_made": case.facts.decision_made,
            "restarted": case.facts.restarted,
            "first_stop_over": case.facts.first_stop_over,
            "delays_restart": case.facts.delays_restart,
            "asked_after_s": case.facts.asked_after_s,
            "asked_in_window": case.facts.asked_in_window,
            "moments": None if case.facts.moments is None else sorted(case.facts.moments),
            "questions": None if case.facts.questions is None else list(case.facts.questions),
            "thresholds": dict(case.facts.thresholds),
            "procedure": case.facts.procedure,
        },
        "steps": [
            {
                "step": taken.step,
                "name": _name([each.name for each in rules.protocol.steps if each.id == taken.step], lang),
                "to": taken.to,
                **_who(taken.by),
                **_when(taken.at),
                "guards": dict(taken.guards),
                "result": None if taken.result is None else taken.result.value,
                "pictures": None if taken.pictures is None else dict(taken.pictures),
                "failure": taken.cause,
            }
            for taken in case.steps
        ],
        "clock": {"check_s": clocks.check_s, "review_s": clocks.review_s, "running": clocks.running.value},
        "looks": [
            {
                "question": each.question,
                "name": pack.questions[each.question].name[lang],
                "replay": each.replay.value,
                "seen": each.seen.value,
                "warns": each.warns,
                "speeds_ms": {speed.value: spent for speed, spent in each.speeds_ms.items()},
                "cameras": list(each.cameras),
            }
            for each in watched
        ],
        "overrides": [
            {"question": each.question, "why": each.why, **_who(each.by), **_when(each.at)} for each in case.overrides
        ],
        "result": None if case.result is None else case.result.value,
        "ruling": case.ruling.document(),
        "amendments": [
            {"ruling": each.ruling.document(), "why": each.why, **_who(each.by), **_when(each.at)}
            for each in case.amendments
        ],
        "entries": [
            {
                "number": entry.number,
                "kind": entry.kind.value,
                **_who(entry.by),
                "recorded_by": entry.recorded_by or entry.by.name,
                "account": entry.account,
                **_when(entry.at),
                "undone": entry.number in undone,
            }
            for entry in case.entries
        ],
    }


def summary_document(found: Summary) -> dict[str, Any]:
    """The numbers of a match beside the published ones."""
    document = {name: value for name, value in asdict(found).items() if name != "requests"}
    requests = [{**asdict(each), "left": each.left} for each in found.requests]
    return {**document, "requests": requests, "baseline": dict(BASELINE)}


def failure_document(failure: Failure) -> dict[str, Any]:
    """A technical failure, and when it was over."""
    return {
        "number": failure.number,
        "why": failure.why,
        **_who(failure.by),
        "at_utc": failure.at.utc,
        "over_by": None if failure.over_by is None else failure.over_by.name,
        "over_utc": None if failure.over_at is None else failure.over_at.utc,
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {"answer": gate.answer.value, "reason": gate.reason, "sources": list(gate.sources)}


def _who(actor: Actor) -> dict[str, Any]:
    return {"by": actor.name, "role": actor.role, "side": actor.side}


def _when(at: Stamp) -> dict[str, Any]:
    return {"at_utc": at.utc, "match_s": None if at.match_s is None else float(at.match_s)}


def _name(names: list[Wording], lang: str) -> str | None:
    return names[0][lang] if names else None

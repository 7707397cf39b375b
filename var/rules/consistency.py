"""Whether the parts of a rule pack fit together: names that exist, sources for every rule, editions that follow.

Paths are those of the TOML file, so that the faults of reading and of consistency are told in one list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from itertools import pairwise

from var.rules.faults import PackFaults
from var.rules.graph import graph_faults
from var.rules.model import Format, Parts, Situation
from var.rules.words import Begins, Effect, Guard, Kind

TERMS = ("categories", "thresholds", "procedures", "moments", "outcomes", "restarts", "sanctions")
RULES = ("options", "spans", "questions", "protocols", *TERMS)
"""The tables whose entries are rules, so name sources."""


def inconsistencies(parts: Parts, faults: PackFaults) -> None:
    """Note in ``faults`` everything in which the parts contradict each other."""
    _editions(parts, faults)
    _sources(parts, faults)
    for position, situation in enumerate(parts.situations):
        _situation(parts, situation, f"$.situations[{position}]", faults)
    for position, form in enumerate(parts.formats):
        _format(parts, form, f"$.formats[{position}]", faults)
    for name, protocol in parts.protocols.items():
        graph_faults(parts, protocol, f"$.protocols.{name}", faults)
    _coverage(parts, faults)


def holding(editions: Collection[str], edition: str) -> bool:
    """Whether a rule with this list of editions holds in ``edition``."""
    return not editions or edition in editions


def _editions(parts: Parts, faults: PackFaults) -> None:
    if not parts.editions:
        faults.add("$.editions", "empty")
    ordered = sorted(parts.editions.items(), key=lambda item: item[1].valid_from)
    for (before, first), (name, second) in pairwise(ordered):
        if (first.valid_until or date.max) >= second.valid_from:
            faults.add(f"$.editions.{name}.valid_from", "overlap", other=before)


def _sourced(parts: Parts) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(path, sources, editions that one of them must speak of) of every rule.

    A term, such as an outcome, is held by the rules that use it, so that any source will do for it.
    """
    for name, edition in parts.editions.items():
        yield f"$.editions.{name}", edition.sources, (name,)
    for name, option in parts.options.items():
        yield f"$.options.{name}", option.sources, option.editions
    for table in RULES[1:]:
        for name, rule in getattr(parts, table).items():
            yield f"$.{table}.{name}", rule.sources, ()
    for position, situation in enumerate(parts.situations):
        yield f"$.situations[{position}]", situation.sources, situation.editions or tuple(parts.editions)
    for position, form in enumerate(parts.formats):
        editions = form.editions or tuple(parts.editions)
        yield f"$.formats[{position}]", form.sources, editions
        for place, request in enumerate(form.requests):
            yield f"$.formats[{position}].requests[{place}]", request.sources, editions
    if parts.replay_speed is not None:
        yield "$.replay_speed", parts.replay_speed.sources, ()


def _sources(parts: Parts, faults: PackFaults) -> None:
    for name, source in parts.sources.items():
        faults.known(source.editions, parts.editions, f"$.sources.{name}.editions")
    for path, sources, editions in _sourced(parts):
        faults.known(sources, parts.sources, f"{path}.sources")
        faults.known(editions, parts.editions, f"{path}.editions")
        named = [parts.sources[name] for name in sources if name in parts.sources]
        if named and all(source.editions for source in named):
            spoken = {edition for source in named for edition in source.editions}
            for edition in editions:
                if edition in parts.editions and edition not in spoken:
                    faults.add(f"{path}.sources", "no_source_for", edition=edition)
    for name, protocol in parts.protocols.items():
        for place, step in enumerate(protocol.steps):
            faults.known(step.sources, parts.sources, f"$.protocols.{name}.steps[{place}].sources")


def _situation(parts: Parts, situation: Situation, path: str, faults: PackFaults) -> None:
    for key in ("questions", "outcomes", "restarts", "sanctions", "thresholds", "moments"):
        faults.known(getattr(situation, key), getattr(parts, key), f"{path}.{key}")
    faults.known([situation.category or ""], parts.categories, f"{path}.category")
    faults.known([situation.option or ""], parts.options, f"{path}.option")
    faults.known([situation.span or ""], parts.spans, f"{path}.span")
    faults.known(situation.formats, {form.id for form in parts.formats}, f"{path}.formats")
    option = parts.options.get(situation.option or "")
    if option is not None:
        for edition in situation.editions or parts.editions:
            if not holding(option.editions, edition):
                faults.add(f"{path}.option", "option_elsewhere", option=situation.option, edition=edition)


def _format(parts: Parts, form: Format, path: str, faults: PackFaults) -> None:
    faults.known([form.protocol], parts.protocols, f"{path}.protocol")
    faults.known(form.roles, parts.roles, f"{path}.roles")
    faults.known(form.thresholds, parts.thresholds, f"{path}.thresholds")
    for kind, names in form.procedures.items():
        faults.known(names, parts.procedures, f"{path}.procedures.{kind.value}")
    for position, request in enumerate(form.requests):
        faults.known(request.by, form.roles, f"{path}.requests[{position}].by")
    protocol = parts.protocols.get(form.protocol)
    if protocol is None:
        return
    if (protocol.begins is Begins.REQUEST) != bool(form.requests):
        faults.add(f"{path}.requests", "begins_otherwise", protocol=form.protocol, begins=protocol.begins.value)
    guards = {guard for step in protocol.steps for guard in step.guards}
    if Guard.DECISION_MADE in guards and not form.decision_first:
        faults.add(f"{path}.decision_first", "decision_asked", protocol=form.protocol)
    if any(request.quota is not None for request in form.requests):
        effects = {effect for step in protocol.steps for effect in step.effects}
        if Guard.QUOTA_LEFT not in guards or Effect.SETTLE_REQUEST not in effects:
            faults.add(f"{path}.requests", "never_counted", protocol=form.protocol)
    for step in protocol.steps:
        if step.by and not set(step.by) & set(form.roles):
            faults.add(f"{path}.roles", "nobody_for", step=step.id, by=", ".join(step.by), protocol=form.protocol)
    offered = {name for names in form.procedures.values() for name in names}
    done = {state.procedure for state in protocol.states.values() if state.procedure}
    for name in sorted(offered & set(parts.procedures) - done):
        faults.add(f"{path}.procedures", "procedure_nowhere", procedure=name, protocol=form.protocol)


def _coverage(parts: Parts, faults: PackFaults) -> None:
    """Every edition has a format, every format something to review, and nothing is said twice for one of both."""
    for edition in parts.editions:
        forms: dict[str, int] = {}
        for position, form in enumerate(parts.formats):
            if not holding(form.editions, edition):
                continue
            if form.id and form.id in forms:
                faults.add(f"$.formats[{position}].id", "twice_in", name=form.id, edition=edition)
            forms.setdefault(form.id, position)
        if not forms:
            faults.add(f"$.editions.{edition}", "no_format")
        for form_id, position in forms.items():
            _covered(parts, edition, form_id, position, faults)


def _covered(parts: Parts, edition: str, form_id: str, position: int, faults: PackFaults) -> None:
    seen: set[str] = set()
    kinds: set[Kind] = set()
    for place, situation in enumerate(parts.situations):
        if not holding(situation.editions, edition) or not holding(situation.formats, form_id):
            continue
        if situation.id and situation.id in seen:
            faults.add(f"$.situations[{place}].id", "twice_in", name=situation.id, edition=edition)
        seen.add(situation.id)
        if situation.reviewable:
            kinds |= {parts.questions[name].kind for name in situation.questions if name in parts.questions}
    if not kinds:
        faults.add(f"$.formats[{position}]", "nothing_to_review", edition=edition)
    procedures = parts.formats[position].procedures
    for kind in sorted(kinds - set(procedures)):
        faults.add(f"$.formats[{position}].procedures.{kind.value}", "missing")

"""The larger parts of a rule pack as they are read: situations, formats with their requests, protocols."""

from __future__ import annotations

from types import MappingProxyType

from var.rules.fields import Table
from var.rules.model import Format, Protocol, Request, Situation, State, Step, frozen
from var.rules.words import Begins, Clock, Effect, Guard, Kind, Per, Result, Since, Until


def read_situation(table: Table) -> Situation:
    """One entry of ``[[situations]]``."""
    reviewable = table.flag("reviewable", default=True)
    situation = Situation(
        id=table.name("id"),
        name=table.wording(),
        sources=table.names("sources", needed=True),
        reviewable=reviewable,
        category=table.name("category", needed=reviewable) or None,
        questions=table.names("questions", needed=reviewable),
        outcomes=table.names("outcomes", needed=reviewable),
        restarts=table.names("restarts"),
        sanctions=table.names("sanctions"),
        thresholds=table.names("thresholds"),
        moments=table.names("moments"),
        option=table.name("option", needed=False) or None,
        span=table.name("span", needed=False) or None,
        after_restart=table.flag("after_restart"),
        immediate=table.flag("immediate"),
        editions=table.names("editions"),
        formats=table.names("formats"),
        note=table.maybe_wording(),
    )
    if situation.after_restart and situation.immediate:
        table.faults.add(table.at("immediate"), "after_and_immediate")
    if situation.option and not reviewable:
        table.faults.add(table.at("option"), "option_of_nothing")
    table.close()
    return situation


def read_format(table: Table) -> Format:
    """One entry of ``[[formats]]``."""
    least, most = table.whole("cameras_least", 1), table.whole("cameras_most", 1)
    if least is not None and most is not None and most < least:
        table.faults.add(table.at("cameras_most"), "ends_before")
    form = Format(
        id=table.name("id"),
        name=table.wording(),
        protocol=table.name("protocol"),
        roles=table.names("roles", needed=True),
        thresholds=table.names("thresholds", needed=True),
        procedures=_procedures(table),
        sources=table.names("sources", needed=True),
        decision_first=table.flag("decision_first", default=True),
        until=table.maybe_word("until", Until),
        cameras_least=least,
        cameras_most=most,
        requests=tuple(_request(item) for item in table.items("requests")),
        editions=table.names("editions"),
        note=table.maybe_wording(),
    )
    seen: set[str] = set()
    for position, request in enumerate(form.requests):
        if request.id and request.id in seen:
            table.faults.add(f"{table.at('requests')}[{position}].id", "twice", name=request.id)
        seen.add(request.id)
    table.close()
    return form


def _procedures(table: Table) -> MappingProxyType[Kind, tuple[str, ...]]:
    value = table.take("procedures", needed=True)
    if value is None:
        return MappingProxyType({})
    below = Table(table.faults, table.at("procedures"), value)
    found = {kind: below.names(kind.value, needed=True) for kind in Kind if kind.value in below.left}
    below.close()
    return MappingProxyType(found)


def _request(table: Table) -> Request:
    quota, per = table.whole("quota", 1), table.maybe_word("per", Per)
    unlimited = table.flag("unlimited")
    if unlimited == (quota is not None):
        table.faults.add(table.at("quota"), "quota_or_unlimited")
    if (quota is None) != (per is None):
        table.faults.add(table.at("per"), "quota_and_per")
        quota, per = None, None
    window_s, since = table.seconds("window_s"), table.maybe_word("since", Since)
    if (window_s is None) != (since is None):
        table.faults.add(table.at("since"), "window_and_since")
        window_s, since = None, None
    until = table.maybe_word("until", Until)
    if window_s is None and until is None:
        table.faults.add(table.at("until"), "no_window")
    request = Request(
        id=table.name("id"),
        name=table.wording(),
        by=table.names("by", needed=True),
        quota=quota,
        per=per,
        sources=table.names("sources", needed=True),
        extra_time=table.whole("extra_time", 0) or 0,
        kept_when=table.words("kept_when", Result),
        window_s=window_s,
        since=since,
        until=until,
        any_moment=table.flag("any_moment"),
        note=table.maybe_wording(),
    )
    table.close()
    return request


def read_protocol(table: Table) -> Protocol:
    """One entry of ``[protocols]``."""
    protocol = Protocol(
        name=table.wording(),
        begins=table.word("begins", Begins),
        start=table.name("start"),
        states=frozen({name: _state(item) for name, item in table.tables("states", needed=True)}),
        steps=tuple(_step(item) for item in table.items("steps", needed=True)),
        sources=table.names("sources", needed=True),
        by=table.names("by"),
        note=table.maybe_wording(),
    )
    if (protocol.begins is Begins.CHECK) != bool(protocol.by):
        table.faults.add(table.at("by"), "who_begins")
    table.close()
    return protocol


def _state(table: Table) -> State:
    state = State(
        name=table.wording(),
        end=table.flag("end"),
        clock=table.word("clock", Clock, Clock.NONE),
        procedure=table.name("procedure", needed=False) or None,
    )
    table.close()
    return state


def _step(table: Table) -> Step:
    step = Step(
        id=table.name("id"),
        name=table.wording(),
        origins=table.names("from", needed=True),
        to=table.name("to"),
        by=table.names("by", needed=True),
        guards=table.words("guards", Guard),
        effects=table.words("effects", Effect),
        result=table.maybe_word("result", Result),
        sources=table.names("sources"),
    )
    table.close()
    return step

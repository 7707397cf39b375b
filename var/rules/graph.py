"""Whether a protocol leads every case from its start to an end: states, steps, and who takes them."""

from __future__ import annotations

from var.rules.faults import PackFaults
from var.rules.model import Parts, Protocol
from var.rules.words import Effect, Guard


def graph_faults(parts: Parts, protocol: Protocol, path: str, faults: PackFaults) -> None:
    """Note in ``faults`` what keeps a case of this protocol from ending, and steps that contradict themselves."""
    states = protocol.states
    faults.known([protocol.start], states, f"{path}.start")
    faults.known(protocol.by, parts.roles, f"{path}.by")
    for name, state in states.items():
        if state.procedure is not None:
            faults.known([state.procedure], parts.procedures, f"{path}.states.{name}.procedure")
    taken: dict[tuple[str, str], int] = {}
    for position, step in enumerate(protocol.steps):
        at = f"{path}.steps[{position}]"
        faults.known(step.origins, states, f"{at}.from")
        faults.known([step.to], states, f"{at}.to")
        faults.known(step.by, parts.roles, f"{at}.by")
        for origin in step.origins:
            if step.id and (origin, step.id) in taken:
                faults.add(f"{at}.id", "step_twice", name=step.id, state=origin)
            taken[(origin, step.id)] = position
            if origin in states and states[origin].end:
                faults.add(f"{at}.from", "leaves_end", state=origin)
        if step.result is None and Effect.SETTLE_REQUEST in step.effects:
            faults.add(f"{at}.result", "settles_what")
        if step.result is not None and any(parts.roles[role].team for role in step.by if role in parts.roles):
            faults.add(f"{at}.by", "team_decides")
        if Guard.PROCEDURE_FITS in step.guards and step.to in states and states[step.to].procedure is None:
            faults.add(f"{at}.guards", "fits_what", state=step.to)
    _ways(protocol, path, faults)


def _ways(protocol: Protocol, path: str, faults: PackFaults) -> None:
    """Unreachable states, states that nothing leaves, and circles."""
    states = protocol.states
    onward: dict[str, list[str]] = {name: [] for name in states}
    for step in protocol.steps:
        for origin in step.origins:
            if origin in onward and step.to in onward:
                onward[origin].append(step.to)
    for name, state in states.items():
        if not state.end and not onward[name]:
            faults.add(f"{path}.states.{name}", "dead_end")
    if protocol.start in states:
        reached, waiting = {protocol.start}, [protocol.start]
        while waiting:
            fresh = [to for to in onward[waiting.pop()] if to not in reached]
            reached.update(fresh)
            waiting += fresh
        for name in states:
            if name not in reached:
                faults.add(f"{path}.states.{name}", "unreachable", start=protocol.start)
    found = circles(onward)
    for circle in found:
        faults.add(f"{path}.states.{circle[0]}", "circle", way=" → ".join((*circle, circle[0])))
    if not found:
        _results(protocol, path, faults)


def _results(protocol: Protocol, path: str, faults: PackFaults) -> None:
    """Steps with a result that come after another one: a case has one result, and settles a request once."""
    after: set[str] = set()
    waiting = [step.to for step in protocol.steps if step.result is not None]
    while waiting:
        state = waiting.pop()
        if state not in after:
            after.add(state)
            waiting += [step.to for step in protocol.leaving(state)]
    for position, step in enumerate(protocol.steps):
        if step.result is not None and not after.isdisjoint(step.origins):
            faults.add(f"{path}.steps[{position}].result", "second_result", state=min(after & set(step.origins)))


def circles(onward: dict[str, list[str]]) -> list[tuple[str, ...]]:
    """One circle through each knot of states that lead back to themselves; empty where there is none."""
    left = {name: set(ways) for name, ways in onward.items()}
    while ends := [name for name, ways in left.items() if not ways]:
        for name in ends:
            del left[name]
        for ways in left.values():
            ways.difference_update(ends)
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for name in left:
        way: list[str] = []
        while name not in done and name not in way:
            way.append(name)
            name = min(left[name])
        if name in way:
            found.append(tuple(way[way.index(name) :]))
        done.update(way)
    return found

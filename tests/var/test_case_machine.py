"""Every shipped pack and format, driven through random orders of actions: no forbidden state is reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_files import BARE, BOOKS, documented, walked

from tests.var.reviewing import Sitting, clear, person, restored, said, stamp
from touchline.errors import TouchlineError
from var.decisions.acts import amend, open_case, override, questions_of, tell, undo
from var.decisions.folding import with_entry
from var.decisions.kinds import EntryKind
from var.decisions.model import Case, Ruling
from var.decisions.people import deciders, judges, officials, reporters
from var.decisions.refusing import Refused
from var.decisions.requests import Account, accounts
from var.decisions.steps import not_reviewed, steps_open, take
from var.rules.choosing import Rulebook, choose
from var.rules.gates import Answer
from var.rules.model import Step
from var.rules.reading import read_pack
from var.rules.words import Begins, Effect, Guard, Result

ACTIONS = ("open", "step", "undo", "tell", "amend", "override", "fail", "resume", *["open", "undo"], *["step"] * 4)
DRAWN = st.tuples(st.sampled_from(ACTIONS), *[st.integers(0, 30)] * 3)
VALUES = (True, False, None)
WRITTEN = [read_pack(documented()), read_pack(walked())]
EVERY = {
    **BOOKS,
    **BARE,
    **{
        f"{pack.id}-{form.id}": choose(WRITTEN, pack.sport, form.id, date(2026, 11, 29))
        for pack in WRITTEN
        for form in pack.formats
    },
}
"""Every pack in every format and edition, with and without its options, and the packs of the documentation."""


def open_ways(case: Case, account: Account | None) -> list[tuple[str, str]]:
    """Every (role, step) that is open."""
    return [
        (role, choice.step.id)
        for role in case.rules.format.roles
        for choice in steps_open(case, role, account)
        if choice.open
    ]


class Machine:
    """One match: draws become actions, refusals are as good as deeds, and after each the invariants hold."""

    def __init__(self, rules: Rulebook) -> None:
        self.rules = rules
        self.sitting = Sitting(rules)
        self.clock = count(1)
        self.done = 0

    def act(self, action: str, a: int, b: int, c: int) -> None:
        before = list(self.sitting.cases)
        try:
            self._act(action, a, b, c)
            self.done += 1
        except TouchlineError as refusal:
            assert self.sitting.cases == before  # a refusal changes nothing
            for lang in ("vi", "en"):
                for text in (refusal.detail(lang), refusal.hint(lang)):
                    assert text
                    assert "{" not in text
                    assert "var." not in text
        self.hold(before)

    def _act(self, action: str, a: int, b: int, c: int) -> None:
        rules, sitting, at = self.rules, self.sitting, stamp(next(self.clock))
        roles = rules.format.roles
        actor = person(rules, roles[a % len(roles)], "home" if b % 5 else "away")
        if action == "resume":
            sitting.down = False
            return
        if action == "fail":
            if actor.role in reporters(rules):
                sitting.down = True
                for case in list(sitting.cases):
                    sitting.put(not_reviewed(case, actor, at, account=sitting.account(case), cause="1"))
            return
        if action == "open":
            requests = rules.format.requests
            asked = requests[b % len(requests)] if requests else None
            if a % 4:  # mostly somebody who may
                openers = asked.by if asked is not None else rules.protocol.by
                actor = person(rules, openers[a % len(openers)], actor.side or "home")
            reviewable = [key for key, each in rules.situations.items() if each.reviewable]
            situations = reviewable if b % 4 else [None, *rules.situations]
            case = open_case(
                rules,
                actor,
                at,
                case_id=f"c-{len(sitting.cases)}",
                match_id="m",
                request=None if asked is None else asked.id,
                part="1" if c % 6 else "2",
                extra_time=c % 11 == 10,
                known={**(clear(rules) if c % 3 else {}), "situation": situations[c % len(situations)]},
                down=sitting.down,
            )
            sitting.put(case)
            return
        if not sitting.cases:
            return
        case = sitting.cases[b % len(sitting.cases)]
        account = sitting.account(case)
        if action == "step":
            steps = rules.protocol.steps
            step = steps[c % len(steps)].id
            ways = open_ways(case, account)
            if ways and a % 5:  # mostly something that may be done
                role, step = ways[c % len(ways)]
                actor = person(rules, role)
            case = take(case, step, actor, at, account=account, down=sitting.down, ruling=said(case, step))
        elif action == "tell":
            told = VALUES[(a + b) % 3]  # not by c, which chooses the fact: each would only ever be told one thing
            known = [
                {"decision_made": told},
                {"restarted": told, "first_stop_over": told},
                {"thresholds": dict.fromkeys(rules.pack.thresholds, told)},
                {"situation": list(rules.situations)[c % len(rules.situations)]},
                {"asked_after_s": float(c)},
                {"questions": list(rules.pack.questions)[: 1 + c % 2]},
            ][c % 6]
            case = tell(case, actor, at, known)
        elif action == "undo":
            case = undo(case, actor, at, cases=sitting.cases, down=sitting.down)
        elif action == "amend":
            outcomes = list(rules.pack.outcomes)
            case = amend(case, actor, at, ruling=Ruling(outcomes[c % len(outcomes)]), why="nhầm")
        elif action == "override":
            names = questions_of(case) or tuple(rules.pack.questions)
            case = override(case, actor, at, question=names[c % len(names)], why="chỉ có góc quay chậm")
        sitting.put(case)

    def hold(self, before: list[Case]) -> None:
        """The invariants of a match, and of each case that went on since ``before``."""
        for place, case in enumerate(self.sitting.cases):
            self.hold_case(case)
            if place < len(before):
                self.hold_step(before[place], case)
            if self.sitting.down:
                assert not case.unsettled  # the match goes on without review
        for each in accounts(self.sitting.cases):
            if each.left is not None:
                assert each.total is not None
                assert 0 <= each.left <= each.total
                assert each.lost + each.held <= each.total
            assert each.lost + each.kept + each.held <= each.made

    def hold_case(self, case: Case) -> None:
        rules = self.rules
        assert restored(case) == case
        assert case.state in rules.protocol.states
        for taken in case.steps:
            (step,) = {each.id: each for each in rules.protocol.steps if each.id == taken.step}.values()
            assert taken.by.role in officials(rules)  # nobody of a team takes a step
            assert taken.cause is not None or taken.by.role in step.by
            assert set(taken.guards) == {guard.value for guard in step.guards}
            for guard, told in taken.guards.items():
                assert told != "failed"
                assert taken.cause is not None or told == "ok" or guard in {"category_open", "time_open"}
        assert sum(taken.result is not None for taken in case.steps) + (case.closed_at is not None) <= 1
        assert not (case.closed and any(choice for choice in steps_open(case, rules.format.roles[0])))
        if case.result is Result.CHANGED:
            assert case.reviewed  # no decision is changed that nobody went to look at
        request = None if case.asked is None else rules.format.request(case.asked.request)
        if request is not None and case.result is not None:
            assert case.request_kept in {request.kept(case.result), None}  # lost and kept by the pack alone
        if case.closed:
            assert not case.holds_request
        for amended in case.amendments:
            assert amended.by.role in deciders(rules)
        for each in case.overrides:
            assert each.by.role in judges(rules)

    def hold_step(self, old: Case, new: Case) -> None:
        assert new.entries[: len(old.entries)] == old.entries  # nothing is edited
        added = new.entries[len(old.entries) :]
        assert len(added) <= 1
        for entry in added:
            if old.closed:
                assert entry.kind in (EntryKind.UNDO, EntryKind.AMENDED)
            if self.rules.pack.roles[entry.by.role].team:
                assert entry.kind is EntryKind.OPENED
            if entry.kind is EntryKind.STEP and new.at.procedure is not None:
                gates = old.gates()
                assert Answer.FAILED not in {gates.category.answer, gates.time.answer}  # nobody looks at what is barred
            if entry.kind is EntryKind.STEP and entry.body["cause"] is None:
                assert {choice.step.id for choice in steps_open(old, entry.by.role) if entry.by.role in choice.step.by}

    def end(self) -> None:
        """Every open case can be brought to its end by the steps that are open, whatever happened before."""
        self.sitting.down = False
        for case in list(self.sitting.cases):
            for _ in range(len(self.rules.protocol.states)):
                if case.closed:
                    break
                account = self.sitting.account(case)
                ways = open_ways(case, account)
                assert ways, case.state
                role, step = ways[next(self.clock) % len(ways)]
                at = stamp(next(self.clock))
                actor, ruling = person(self.rules, role), said(case, step)
                case = self.sitting.put(take(case, step, actor, at, account=account, ruling=ruling))
            assert case.closed
        self.hold(list(self.sitting.cases))


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.lists(DRAWN, min_size=10, max_size=60))
def test_no_order_of_actions_reaches_a_forbidden_state(name: str, drawn: list[tuple[str, int, int, int]]) -> None:
    machine = Machine(EVERY[name])
    rules = machine.rules
    opener = rules.protocol.by[0] if rules.protocol.begins is Begins.CHECK else rules.format.requests[0].by[0]
    machine.act("open", rules.format.roles.index(opener), 0, 1)
    assert machine.done == 1
    for action in drawn:
        machine.act(*action)
    machine.end()


@pytest.mark.parametrize("name", EVERY)
def test_each_step_of_a_pack_is_taken_by_each_role_or_refused_by_name(name: str) -> None:
    rules = EVERY[name]
    at = stamp(1)
    opener = rules.protocol.by[0] if rules.protocol.begins is Begins.CHECK else rules.format.requests[0].by[0]
    situation = next(key for key, each in rules.situations.items() if each.reviewable)
    for state in rules.protocol.states:
        for step in rules.protocol.leaving(state):
            for role in rules.format.roles:
                case = _at(rules, state, opener, situation)
                if case is None:
                    continue
                sitting = Sitting(rules, [case])
                actor = person(rules, role)
                if role in step.by:
                    choices = {c.step.id: c for c in steps_open(case, role, sitting.account(case))}
                    if choices[step.id].open:
                        after = take(
                            case, step.id, actor, at, account=sitting.account(case), ruling=said(case, step.id)
                        )
                        assert after.state == step.to
                    continue
                with pytest.raises(ValueError, match=r"belongs to|no role"):
                    take(case, step.id, actor, at, account=sitting.account(case))


def tellings(rules: Rulebook) -> list[dict[str, object]]:
    """Every single thing that can be told of a case, and taken back."""
    flags = ("decision_made", "restarted", "first_stop_over", "delays_restart")
    return [
        *({flag: value} for flag in flags for value in VALUES),
        {"restarted": True, "first_stop_over": True},
        *({"situation": name} for name in (None, *rules.situations)),
        *({"thresholds": dict.fromkeys(rules.pack.thresholds, value)} for value in VALUES),
        *({"asked_after_s": value} for value in (None, 0.0, 1e6)),
        *({"questions": [name]} for name in rules.pack.questions),
        *({"moments": value} for value in (None, [], list(rules.pack.moments))),
    ]


@pytest.mark.parametrize("name", EVERY)
def test_whatever_is_told_meanwhile_nobody_goes_to_look_at_what_is_barred(name: str) -> None:
    """From every state, after every single fact: a step that is open leads to no look that a gate forbids."""
    rules = EVERY[name]
    opener = rules.protocol.by[0] if rules.protocol.begins is Begins.CHECK else rules.format.requests[0].by[0]
    situation = next(key for key, each in rules.situations.items() if each.reviewable)
    judge, tried = sorted(judges(rules))[0], 0
    for state in rules.protocol.states:
        case = _at(rules, state, opener, situation)
        if case is None or case.closed or case.result is not None:
            continue
        for known in tellings(rules):
            after = tell(case, person(rules, judge), stamp(2), known)
            gates = after.gates()
            barred = Answer.FAILED in {gates.category.answer, gates.time.answer}
            for role, step in open_ways(after, Sitting(rules, [after]).account(after)):
                tried += 1
                (chosen,) = [each for each in rules.protocol.leaving(state) if each.id == step]
                looks = rules.protocol.states[chosen.to].procedure is not None
                assert not (barred and looks), (state, role, step, known)
                assert chosen.result is not Result.CHANGED or after.reviewed
                if looks and rules.format.decision_first:
                    assert after.facts.decision_made is True, (state, role, step, known)
    assert tried > 50


COUNTED = [(name, each.id) for name, rules in EVERY.items() for each in rules.format.requests if each.quota is not None]


@pytest.mark.parametrize(("name", "asked"), COUNTED)
def test_no_request_is_promised_twice_whatever_is_taken_back(name: str, asked: str) -> None:
    """As many are accepted as there are; one that is kept may be used again, and is then not given back by an undo."""
    rules = EVERY[name]
    request = rules.format.request(asked)
    assert request is not None
    assert request.quota is not None
    sitting = Sitting(rules)
    situation = next(key for key, each in rules.situations.items() if each.reviewable)
    known = {**clear(rules), "situation": situation}
    for place in range(request.quota + 2):
        opened = open_case(
            rules,
            person(rules, request.by[0]),
            stamp(place),
            case_id=f"c-{place}",
            match_id="m",
            request=asked,
            part="1",
            known=known,
        )
        sitting.put(opened)

    def on(case: Case, wanted: Callable[[Step], bool]) -> Case:
        """The case after a step like that, or as it is where none is open."""
        for role, name_of in open_ways(case, sitting.account(case)):
            (step,) = [each for each in rules.protocol.leaving(case.state) if each.id == name_of]
            if wanted(step):
                actor, given = person(rules, role), {"account": sitting.account(case), "ruling": said(case, step.id)}
                return sitting.put(take(case, step.id, actor, stamp(99), **given))
        return case

    def accepted(case: Case) -> Case:
        return on(case, lambda step: Guard.QUOTA_LEFT in step.guards)

    holding = [case for case in map(accepted, list(sitting.cases)) if case.holds_request]
    assert len(holding) == request.quota
    settled = holding[0]
    kept = [r for r in Result if r in request.kept_when and r is not Result.FAILURE] or [Result.CHANGED]
    while settled.result is None and not settled.closed:
        settled = on(settled, lambda step: step.result in kept or step.result is None)
    if settled.request_kept:
        again = accepted(sitting.cases[-1])
        assert again.holds_request
        decider = next(taken.by for taken in settled.steps if taken.result is not None)
        with pytest.raises(Refused):
            undo(settled, decider, stamp(100), cases=sitting.cases)
    for each in accounts(sitting.cases):
        assert each.left is not None
        assert each.left >= 0


def _at(rules: Rulebook, state: str, opener: str, situation: str) -> Case | None:
    """A case that came to ``state`` by steps that were open; None where no way leads there under this format."""
    request = rules.format.requests[0].id if rules.format.requests else None
    known = {**clear(rules), "situation": situation}
    first = open_case(
        rules, person(rules, opener), stamp(0), case_id="c", match_id="m", request=request, part="1", known=known
    )
    waiting = [first]
    while waiting:
        case = waiting.pop()
        if case.state == state:
            return case
        for role in rules.format.roles:
            account = Sitting(rules, [case]).account(case)
            waiting += [
                take(
                    case,
                    choice.step.id,
                    person(rules, role),
                    stamp(1),
                    account=account,
                    ruling=said(case, choice.step.id),
                )
                for choice in steps_open(case, role, account)
                if choice.open
            ]
    return None


def test_a_case_whose_protocol_has_no_step_for_a_failure_is_closed_all_the_same() -> None:
    rules = BOOKS["football-2026-27-var"]
    assert any(Effect.RECORD_FAILURE in step.effects for step in rules.protocol.steps)
    case = open_case(rules, person(rules, "var"), stamp(0), case_id="c", match_id="m")
    closed = with_entry(case, EntryKind.CLOSED, person(rules, "var"), stamp(3), {"kept": None, "cause": "1"})
    assert closed.closed
    assert closed.result is Result.FAILURE
    assert not steps_open(closed, "var")
    assert restored(closed) == closed

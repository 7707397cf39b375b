"""Reviews in the archive in random orders of acts: what a restart folds is what the acts said."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rule_files import BOOKS

from tests.var.reviewing import clear, person, said, stamp
from touchline.errors import TouchlineError
from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.decisions.acts import questions_of
from var.decisions.kept import Reviewing, sitting, watched_of
from var.decisions.model import Case
from var.decisions.requests import accounts
from var.decisions.steps import steps_open
from var.decisions.watched import Seen
from var.looks import Batch, Look, add
from var.model import Clip, Match, Setup
from var.rules.choosing import Rulebook
from var.rules.words import Begins, Replay

ACTIONS = ("open", "undo", "look", "override", "fail", "resume", *["step"] * 5)
DRAWN = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 30), st.integers(0, 30)), min_size=8, max_size=20)


def match_in(home: Path) -> Archive:
    """An archive with a match of one camera."""
    archive = Archive(home)
    clip = Clip(
        "cam1",
        "A",
        home / "a.mp4",
        home / "a.proxy.mp4",
        "ab" * 32,
        (640, 360),
        Timebase(Fraction(1, 25)),
        tuple(range(500)),
        ClockMap(Fraction(0), Fraction(1), None),
        Origin.SIMULATED,
    )
    archive.add_match(Match("m", "M", Origin.SIMULATED, stamp(0).utc, Setup(), (clip,)))
    return archive


def opening(rules: Rulebook, a: int) -> tuple[str, dict[str, Any]]:
    """Who may open a case, and with what."""
    situations = [key for key, each in rules.situations.items() if each.reviewable]
    known = {**clear(rules), "situation": situations[a % len(situations)]}
    if rules.protocol.begins is Begins.CHECK:
        return rules.protocol.by[0], {"known": known}
    request = rules.format.requests[a % len(rules.format.requests)]
    return request.by[0], {"known": known, "request": request.id, "part": "1"}


def act(reviewing: Reviewing, rules: Rulebook, action: str, a: int, b: int) -> Case | None:
    """One act; the case as the act returned it. Raises what the act raises."""
    roles = rules.format.roles
    actor = person(rules, roles[a % len(roles)])
    if action == "open":
        role, given = opening(rules, b)
        return reviewing.open(rules, person(rules, role), **given)
    if action == "fail":
        reviewing.fail(rules, actor)
    elif action == "resume":
        reviewing.resume(rules, actor)
    elif action == "look":
        number = len(reviewing.archive.store.rows("SELECT 1 FROM look"))
        look = Look("cam1", 0, 100, (0.0, 0.25, 1.0, -1.0)[b % 4], 4000)
        add(reviewing.archive, "m", Batch("0123456789abcdef", number, (look,)))
    else:
        found = sitting(reviewing.archive, "m")
        case = found.cases[b % len(found.cases)]
        if action == "undo":
            return reviewing.undo(case.id, actor)
        if action == "override":
            names = questions_of(case)
            return reviewing.override(case.id, actor, question=names[a % len(names)], why="chỉ có góc chậm")
        ways = [
            (role, choice.step.id)
            for role in roles
            for choice in steps_open(case, role, found.account(case))
            if choice.open
        ]
        role, step = ways[a % len(ways)] if ways else (roles[0], rules.protocol.steps[0].id)
        return reviewing.take(case.id, step, person(rules, role), ruling=said(case, step))
    return None


@pytest.mark.parametrize("name", BOOKS)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=DRAWN)
def test_what_a_restart_finds_is_what_was_done(name: str, drawn: list[tuple[str, int, int]]) -> None:
    rules = BOOKS[name]
    with tempfile.TemporaryDirectory() as home:
        archive = match_in(Path(home))
        seconds = count()
        reviewing = Reviewing(archive, "m", lambda: stamp(next(seconds)))
        told: dict[str, Case] = {}
        for action, a, b in [("open", 0, 0), *drawn]:
            before = len(archive.entries("m"))
            try:
                case = act(reviewing, rules, action, a, b)
            except TouchlineError:
                assert len(archive.entries("m")) == before
                continue
            if case is not None:
                told[case.id] = case
            elif action == "fail":
                told |= {each.id: each for each in sitting(archive, "m").cases}
        found = sitting(Archive(Path(home)), "m")
        assert {case.id: case for case in found.cases} == told
        assert not (found.down and any(case.unsettled for case in found.cases))
        for each in accounts(found.cases):
            assert each.left is None or 0 <= each.left <= (each.total or 0)
        for case in found.cases:
            for seen in watched_of(archive, case):
                slow_only = bool(seen.speeds_ms) and "normal" not in {speed.value for speed in seen.speeds_ms}
                if seen.replay is Replay.NORMAL and slow_only:
                    assert seen.seen in (Seen.INCONCLUSIVE, Seen.OVERRIDDEN)
        numbers = found.summary(stamp(next(seconds)))
        assert numbers.checks == sum(not case.withdrawn for case in found.cases)


def test_two_who_use_the_last_request_at_once_do_not_both_have_it(tmp_path: Path) -> None:
    rules = BOOKS["taekwondo-wt-2022-ivr"]
    archive = match_in(tmp_path)
    reviewing = Reviewing(archive, "m", lambda: stamp(1))
    role, given = opening(rules, 0)
    cases = [reviewing.open(rules, person(rules, role), **given) for _ in range(4)]
    together = Barrier(4)

    def accept(case: Case) -> bool:
        together.wait()
        try:
            Reviewing(Archive(tmp_path), "m", lambda: stamp(2)).take(case.id, "accept", person(rules, "centre_referee"))
        except TouchlineError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(accept, cases)) == [False, False, False, True]
    assert sitting(archive, "m").account(cases[0]).left == 0  # type: ignore[union-attr]

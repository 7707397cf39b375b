"""The clock of a session tied to that of a match: exactly there and back, how sure, the latest that was not undone."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moment_home import keep_session, match, ns

from touchline.errors import BadValue
from touchline.matchclock import HostInstant, MatchClock
from touchline.origin import Origin
from touchline.presence import boot_id
from touchline.rights import NotAllowed, Person, Role
from touchline.timebase import ClockMap
from wearables.kept import Sessions
from wearables.model import NS_PER_S, Mark, MarkKind
from wearables.standing import standing
from wearables.tie import (
    PRESS_SIGMA_S,
    WALL_SIGMA_S,
    Method,
    Span,
    Tie,
    automatic,
    by_hand,
    read_clock_s,
    tie_of_mark,
    ties,
)
from wearables.tied import keep_tie, span, take_back, tie_between, tied_sessions
from wearables.worn import Worn

FRACTIONS = st.fractions(min_value=-(10**5), max_value=10**5, max_denominator=10**6)


@settings(deadline=None)
@given(FRACTIONS, st.integers(-(10**14), 10**14), st.fractions(Fraction(1, 100), 100), st.integers(0, 10**14))
def test_there_and_back_is_exact(match_s: Fraction, session_ns: int, rate: Fraction, at_ns: int) -> None:
    tie = Tie("m", match_s, session_ns, Method.BY_HAND, rate, 0.5)
    assert tie.to_session_ns(match_s) == session_ns
    assert tie.to_match_s(session_ns) == match_s
    assert tie.to_session_ns(tie.to_match_s(at_ns)) == at_ns
    assert ClockMap.from_document(tie.document()["map"]) == tie.clock_map
    assert tie_of_mark(Mark(1, MarkKind.TIE, session_ns, 0, "", tie.detail())) == Tie(
        "m", match_s, session_ns, Method.BY_HAND, rate, 0.5, mark=1
    )


def test_a_moment_of_thirds_of_a_second_stays_what_it_is() -> None:
    tie = Tie("m", Fraction(30001, 30000), 2 * NS_PER_S, Method.BY_HAND)
    assert tie.clock_map == ClockMap(Fraction(2) - Fraction(30001, 30000), Fraction(1), None)
    assert tie.to_match_s(3 * NS_PER_S) == Fraction(60001, 30000)  # a second later, to the last digit
    before_s = Fraction(2) - Fraction(30001, 30000)
    assert tie.to_session_ns(Fraction(1, 3)) == round((before_s + Fraction(1, 3)) * NS_PER_S)


def at(ns: int = 0, utc_us: int = 0, boot: str = "a", sigma_s: float = 0.0) -> HostInstant:
    return HostInstant(ns, utc_us, boot, sigma_s)


def test_one_run_of_the_system_ties_exactly_whatever_its_wall_clock_did() -> None:
    session = Span(at(5_000_000_123, utc_us=77), Fraction(1), last_ns=ns(600))
    tie = automatic(session, match(at(8_000_000_456, utc_us=10**15)))
    assert tie is not None
    assert (tie.method, tie.match_s, tie.session_ns, tie.sigma_s) == (Method.SAME_CLOCK, 0, 3_000_000_333, 0.0)
    assert (tie.mark, tie.by) == (None, "")


def test_how_sure_the_pictures_lie_on_the_clock_is_how_sure_the_tie_is() -> None:
    session = Span(at(), Fraction(1), ns(600))
    for sigma_s in (0.15, None):
        tie = automatic(session, match(at(), sigma_s=sigma_s))
        assert tie is not None
        assert tie.sigma_s == sigma_s
    restarted = automatic(session, match(at(sigma_s=0.5), sigma_s=0.02))
    assert restarted is not None
    assert restarted.sigma_s == 0.5  # match time was taken up again by wall time


def test_two_runs_of_the_system_are_tied_by_wall_time_which_may_have_been_set() -> None:
    session = Span(at(900, utc_us=1_000_000, boot="a"), Fraction(1), ns(600))
    tie = automatic(session, match(at(100, utc_us=3_500_001, boot="b", sigma_s=0.5)))
    assert tie is not None
    assert (tie.method, tie.session_ns) == (Method.WALL_CLOCK, 2_500_001_000)
    assert tie.sigma_s == pytest.approx(math.hypot(WALL_SIGMA_S, 0.5))


def test_a_session_that_runs_faster_than_life_is_tied_at_its_speed() -> None:
    session = Span(at(NS_PER_S), Fraction(20), ns(600))
    tie = automatic(session, match(at(3 * NS_PER_S), sigma_s=0.01))
    assert tie is not None
    assert tie.session_ns == ns(40)  # two seconds of the host
    assert tie.to_session_ns(Fraction(1)) == ns(60)
    assert tie.to_match_s(ns(60)) == 1
    assert tie.sigma_s == pytest.approx(0.2)  # of the session's seconds


@pytest.mark.parametrize(
    ("zero_s", "ends_s", "overlaps"),
    [(0, 90, True), (599, 90, True), (601, 90, False), (-90, 90, True), (-91, 90, False), (600, 0, True)],
)
def test_the_clocks_tie_what_overlaps(zero_s: int, ends_s: int, overlaps: bool) -> None:
    session = Span(at(), Fraction(1), ns(600))
    found = automatic(session, match(at(ns(zero_s)), ends_s=ends_s))
    assert (found is not None) == overlaps


def test_a_match_that_no_clock_of_this_host_knows_is_not_tied_by_itself() -> None:
    assert automatic(Span(at(), Fraction(1), ns(600)), match(None)) is None


def test_a_nudge_moves_the_session_and_says_that_it_was_made_by_hand() -> None:
    exact = Tie("m", Fraction(0), 0, Method.SAME_CLOCK, sigma_s=0.0)
    nudged = exact.nudged(Fraction(-1, 10))
    assert (nudged.session_ns, nudged.method, nudged.sigma_s) == (-100_000_000, Method.BY_HAND, PRESS_SIGMA_S)
    again = Tie("m", Fraction(0), 0, Method.BY_HAND, sigma_s=2.0).nudged(Fraction(1))
    assert (again.session_ns, again.sigma_s) == (NS_PER_S, 2.0)


def test_the_latest_tie_counts_that_was_not_taken_back() -> None:
    def tie(id: int, match_id: str, s: int) -> Mark:
        return Mark(id, MarkKind.TIE, 0, 0, "Lan", Tie(match_id, Fraction(s), 0, Method.BY_HAND).detail())

    def undo(id: int, what: int) -> Mark:
        return Mark(id, MarkKind.UNDO, 0, 0, "Lan", {"mark": what})

    marks = [tie(1, "m", 1), tie(2, "n", 2), tie(3, "m", 3)]
    assert {name: each.match_s for name, each in ties(marks).items()} == {"m": 3, "n": 2}
    assert ties([*marks, undo(4, 3)])["m"].match_s == 1
    assert ties([*marks, undo(4, 3), undo(5, 1)]).keys() == {"n"}
    assert ties([*marks, undo(4, 3), undo(5, 4)])["m"].match_s == 3  # the taking back was taken back
    assert [mark.id for mark in standing([*marks, undo(4, 2)])] == [1, 3]


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"match_id": "m", "match_s": "1/0", "session_ns": 0, "method": "by_hand"},
        {"match_id": "m", "match_s": "1", "session_ns": 0, "method": "guessed"},
        {"match_id": "m", "match_s": "1", "session_ns": 0, "method": "by_hand", "rate": "0"},
        {"match_id": "m", "match_s": "1", "session_ns": 0, "method": "by_hand", "sigma_s": -1},
        {"match_id": "m", "match_s": None, "session_ns": 0, "method": "by_hand"},
    ],
)
def test_a_mark_that_ties_nothing_is_refused_by_its_number(detail: dict[str, object]) -> None:
    with pytest.raises(BadValue, match="7"):
        tie_of_mark(Mark(7, MarkKind.TIE, 0, 0, "", detail))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12:34.5", Fraction(1509, 2)),
        (" 12:34,5 ", Fraction(1509, 2)),
        ("1:02:03", Fraction(3723)),
        ("754.5", Fraction(1509, 2)),
        ("95:00", Fraction(5700)),
        ("0:00.001", Fraction(1, 1000)),
    ],
)
def test_a_clock_is_read_exactly(text: str, seconds: Fraction) -> None:
    assert read_clock_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "12:60", "1:60:00", "12:-3", "a", "1:2:3:4", ":30", "1e5", "1/2", "12:3.4.5", "nan"]
)
def test_what_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        read_clock_s(text)


def test_the_boards_clock_is_that_of_its_period() -> None:
    found = match()
    assert found.board_s(Fraction(3100)) == 2800
    assert found.board_s(Fraction(9)) is None
    assert found.match_s(Fraction(2800), 1) == 3100
    assert found.match_s(Fraction(2800), 0) == 2810  # first half's stoppage time shows the same
    for board_s, stretch in ((2699, 1), (5, None), (5, 2)):
        with pytest.raises(BadValue):
            found.match_s(Fraction(board_s), stretch)
    bare = MatchClock("n", "N", Origin.MEASURED, Fraction(0), Fraction(9))
    assert bare.match_s(Fraction(5)) == 5
    assert (bare.nearest(Fraction(12)), bare.nearest(Fraction(-1)), bare.covers(Fraction(9))) == (9, 0, True)


def test_who_wore_what_when() -> None:
    def given(id: int, at_s: int, strap: int, athlete: str | None) -> Mark:
        return Mark(id, MarkKind.ASSIGN, ns(at_s), 0, "", {"strap": strap, "athlete_id": athlete})

    swapped = Worn([given(1, 0, 1, "a"), given(2, 0, 2, "b"), given(3, 60, 1, "b"), given(4, 60, 2, "a")])
    assert [swapped.athlete_at(1, ns(s)) for s in (-1, 0, 59, 60, 99)] == [None, "a", "a", "b", "b"]
    assert [swapped.strap_at("a", ns(s)) for s in (0, 59, 60)] == [1, 1, 2]
    replaced = Worn([given(1, 0, 1, "a"), given(2, 30, 7, "a")])
    assert (replaced.athlete_at(1, ns(29)), replaced.athlete_at(1, ns(30)), replaced.strap_at("a", ns(30))) == (
        "a",
        None,
        7,
    )
    taken_off = Worn([given(1, 0, 1, "a"), given(2, 30, 1, None)])
    assert (taken_off.strap_at("a", ns(29)), taken_off.strap_at("a", ns(31))) == (1, None)
    dated_back = Worn([given(1, 0, 1, "a"), given(2, 60, 1, "b"), given(3, 40, 1, "c")])
    assert [dated_back.athlete_at(1, ns(s)) for s in (39, 41, 61)] == ["a", "c", "b"]


def test_kept_ties_by_hand_go_before_the_hosts_clocks_and_come_off_again(tmp_path: Path) -> None:
    session = keep_session(tmp_path)
    sessions = Sessions(tmp_path)
    there = span(sessions, session.id)
    assert (there.last_ns, there.zero.boot) == (ns(120), boot_id())
    clock = match(HostInstant(there.zero.ns + ns(30), 0, boot_id()))
    found = tie_between(sessions, session.id, clock)
    assert found is not None
    assert (found.method, found.session_ns) == (Method.SAME_CLOCK, ns(30))
    assert take_back(sessions, session.id, found) is None  # nobody made it
    lan = Person("p", "Lan", frozenset({Role.COACH}))
    keep_tie(Sessions(tmp_path, lan), session.id, by_hand("m", Fraction(10), ns(42), Fraction(1), 0.5))
    made = tie_between(sessions, session.id, clock)
    assert made is not None
    assert (made.method, made.by, made.sigma_s) == (Method.BY_HAND, "Lan", 0.5)
    assert made.to_session_ns(Fraction(10)) == ns(42)
    take_back(sessions, session.id, made)
    assert tie_between(sessions, session.id, clock) == found


def test_the_sessions_of_a_match_are_those_that_are_tied_to_it(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    first, second = keep_session(tmp_path, "A"), keep_session(tmp_path, "B")
    assert tied_sessions(sessions, match()) == []
    keep_tie(sessions, second.id, by_hand("m", Fraction(0), 0, Fraction(1), None))
    assert [each.name for each, _ in tied_sessions(sessions, match())] == ["B"]
    zero = span(sessions, first.id).zero
    both = tied_sessions(sessions, match(HostInstant(zero.ns, zero.utc_us, zero.boot)))
    assert {each.name: tie.method for each, tie in both} == {"A": Method.SAME_CLOCK, "B": Method.BY_HAND}


def test_who_may_not_change_training_ties_nothing_and_others_do_not_even_look(tmp_path: Path) -> None:
    session = keep_session(tmp_path)
    tie = by_hand("m", Fraction(0), 0, Fraction(1), None)
    before = Sessions(tmp_path).marks(session.id)
    analyst = Sessions(tmp_path, Person("p", "A", frozenset({Role.ANALYST})))
    with pytest.raises(NotAllowed):
        keep_tie(analyst, session.id, tie)
    referee = Sessions(tmp_path, Person("p", "R", frozenset({Role.REFEREE})))
    for look in (lambda: tied_sessions(referee, match()), lambda: span(referee, session.id)):
        with pytest.raises(NotAllowed):
            look()
    assert Sessions(tmp_path).marks(session.id) == before

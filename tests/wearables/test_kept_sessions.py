"""Live sessions in the store, on both databases: what is kept is read again, in its order, and once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from moment_home import AN, BINH, CHI, STRAPS, keep_match, keep_session, known_rows, ns

from touchline.errors import BadValue, NotFound
from touchline.origin import Origin
from wearables.kept import Sessions, keep_rows
from wearables.model import MarkKind, Mode, SessionState, Strap
from wearables.tie import by_hand
from wearables.tied import heard_at, keep_tie, moment, span, take_back, tie_between

pytestmark = pytest.mark.usefixtures("database")


def test_a_session_comes_back_as_it_was_made(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    made = sessions.create(
        " U19 ", STRAPS, (AN, BINH, CHI), {1: "an", 2: "binh"}, origin=Origin.SIMULATED, speed=2.5, by="Lan"
    )
    assert sessions.all() == [made]
    assert (made.name, made.origin, made.speed, made.state, made.started_by, made.ended_utc) == (
        "U19",
        Origin.SIMULATED,
        2.5,
        SessionState.STARTING,
        "Lan",
        None,
    )
    assert sessions.straps(made.id) == STRAPS
    assert sessions.profiles(made.id) == (CHI, AN, BINH)
    assert [dict(mark.detail) for mark in sessions.marks(made.id)] == [
        {"strap": 1, "athlete_id": "an"},
        {"strap": 2, "athlete_id": "binh"},
    ]
    assert sessions.clock(made.id).zero_utc_us == made.zero_utc_us
    with pytest.raises(NotFound):
        sessions.session("nothing")
    with pytest.raises(BadValue):
        sessions.create("x", (STRAPS[0], STRAPS[0]))


def test_names_are_kept_without_signs_that_no_reader_sees(tmp_path: Path) -> None:
    """Straps pad their names with zeros, and a browser may leave half a sign."""
    sessions = Sessions(tmp_path)
    strap, who = Strap(1, "C0:FF:EE:00:00:09", "HRM-Dual\0\0"), replace(AN, name="Ánh\0 Nguyệt\ud83d")
    made = sessions.create("Buổi\0 1\n", [strap], [who], {1: who.athlete_id})
    assert made.name == "Buổi 1"
    assert [one.label for one in sessions.straps(made.id)] == ["HRM-Dual"]
    assert [one.name for one in sessions.profiles(made.id)] == ["Ánh Nguyệt"]
    with pytest.raises(BadValue):
        sessions.create("\0", [strap])


def test_rows_are_kept_once_with_their_bytes(tmp_path: Path) -> None:
    session, sessions = keep_session(tmp_path), Sessions(tmp_path)
    with sessions.store.write() as connection:
        keep_rows(connection, session.id, known_rows()[:20])  # once more, as after a kill
    assert sessions.rows_since(session.id) == known_rows()
    assert sessions.rows_since(session.id, 10, limit=5) == known_rows()[10:15]
    assert sessions.rows_since(session.id, until_ns=ns(3)) == [row for row in known_rows() if row.at_ns <= ns(3)]
    assert span(sessions, session.id).last_ns == ns(120)


def test_marks_are_numbered_in_their_session(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    first, second = (sessions.create(name, STRAPS) for name in ("A", "B"))
    made = [sessions.mark(each.id, MarkKind.NOTE, 2**40, {"text": "ế?%"}, by="Lan") for each in (first, first, second)]
    assert [mark.id for mark in made] == [1, 2, 1]
    assert sessions.marks(first.id, 1) == [made[1]]


def test_a_strap_comes_in_once_and_profiles_are_replaced(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    session = sessions.create("A", STRAPS[:1], (AN,)).id
    added = sessions.add_strap(session, " c0:ff:ee:00:00:09 ", "09", Mode.BROADCAST)
    assert added == Strap(2, "c0:ff:ee:00:00:09", "09", Mode.BROADCAST)
    assert sessions.add_strap(session, "C0:FF:EE:00:00:09") == added
    sessions.save_profiles(session, (BINH, CHI))
    sessions.save_profiles(session, (CHI,))
    assert sessions.profiles(session) == (CHI, AN, BINH)


def test_a_moment_and_a_tie_are_the_same_there(tmp_path: Path) -> None:
    session, sessions = keep_session(tmp_path).id, Sessions(tmp_path)
    keep_match(tmp_path)
    found = moment(sessions, session, ns(60.5))
    assert [(reading.athlete.athlete_id, reading.bpm) for reading in found.readings] == [
        ("chi", None),
        ("an", 159),
        ("binh", 160),
    ]
    assert set(heard_at(sessions, session, ns(90)).last_ns) == {1, 2, 3}
    from fractions import Fraction

    from touchline.matchclock import find_match_clock

    clock = find_match_clock(tmp_path, "m")
    keep_tie(sessions, session, by_hand("m", Fraction(30001, 30000), ns(7), Fraction(1), 0.5))
    tie = tie_between(sessions, session, clock)
    assert tie is not None
    assert tie.match_s == Fraction(30001, 30000)
    take_back(sessions, session, tie)
    assert tie_between(sessions, session, clock) is None

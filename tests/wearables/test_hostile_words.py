"""What nobody means well: rosters, marks and instants that would bring down whoever takes them as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from live_rows import AN, STRAPS

from touchline.errors import BadFile, BadValue
from wearables.cells import guarded, unguarded
from wearables.kept import LONGEST_NS, Sessions
from wearables.live.acts import act
from wearables.live.names import sort_key
from wearables.live.tables import csv_of
from wearables.model import MarkKind
from wearables.moment import Reason
from wearables.roster import MOST_COLUMNS, MOST_ROWS, read_roster
from wearables.roster_faults import BadRoster
from wearables.tied import moment


def faults(data: str) -> list[tuple[int, str, str]]:
    with pytest.raises(BadRoster) as refused:
        read_roster(data.encode(), "r")
    return [(each.row, each.column, each.kind) for each in refused.value.faults]


@pytest.mark.parametrize(("name", "kind"), [("\ud800", "bad_text"), ("An\0Bình", "bad_text"), ("An " * 50, "too_long")])
def test_a_name_that_no_database_or_page_could_show_is_named_as_a_fault(name: str, kind: str) -> None:
    assert faults(json.dumps([{"name": "An"}, {"name": name}])) == [(2, "name", kind)]


def test_signs_that_nobody_sees_are_not_in_a_name() -> None:
    roster = read_roster("name\nAn\u202e Bình\u200b\n".encode(), "r")
    assert [profile.name for profile in roster.profiles] == ["An Bình"]


@pytest.mark.parametrize(
    "data",
    ["name,group\n" + "a,b,c\n" * (MOST_ROWS + 2), json.dumps([{"name": "a"}] * (MOST_ROWS + 1))],
    ids=["csv", "json"],
)
def test_a_roster_of_too_many_rows_is_refused_for_that_alone(data: str) -> None:
    assert [kind for _, _, kind in faults(data)] == ["too_many"]


def test_headings_without_end_are_none_and_keys_without_end_no_athlete() -> None:
    assert [kind for _, _, kind in faults("," * 200_000)] == ["no_headings"]
    assert [kind for _, _, kind in faults("(" * 130_000 + "\nname\n")] == ["no_rows"]
    with pytest.raises(BadFile):
        read_roster(json.dumps([{str(k): 1 for k in range(MOST_COLUMNS + 1)}]).encode(), "r")


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\t=1", "\n1", "＝1", "+84", "-An", "@An", "|cmd", "%An"])
def test_no_cell_becomes_a_formula_and_comes_back_as_it_was(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text
    assert f"'{text}".encode() in csv_of(["name"], [[text]])
    assert (guarded("An"), unguarded("'An")) == ("An", "'An")


def test_names_with_numbers_of_any_length_have_an_order() -> None:
    names = ["An 10", "An 9", f"An {'9' * 5000}", "An 009"]
    assert sorted(names, key=sort_key) == ["An 009", "An 9", "An 10", f"An {'9' * 5000}"]


@pytest.mark.parametrize("at_ns", [2**70, 10**18, 10**13, -1, True, "1"])
def test_nobody_marks_an_instant_that_is_still_to_come_or_none_at_all(tmp_path: Path, at_ns: Any) -> None:
    sessions = Sessions(tmp_path)
    made = sessions.create("Buổi tập", STRAPS, (AN,), {1: "an"})
    before = sessions.marks(made.id)
    with pytest.raises(BadValue):
        act(sessions, made.id, {"name": "phase", "phase": "drill", "at_ns": at_ns})
    with pytest.raises(BadValue):
        sessions.mark(made.id, MarkKind.NOTE, LONGEST_NS + 1, {"text": "x"})
    assert sessions.marks(made.id) == before


def test_halves_of_signs_of_a_browser_and_unknown_athletes_get_into_no_mark(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    made = sessions.create("Buổi \udcff", STRAPS, (AN,), {1: "an"})
    assert made.name == "Buổi"
    act(sessions, made.id, {"name": "note", "text": "đau \ud83d", "athlete": "an", "at_ns": 0})
    with pytest.raises(BadValue):
        act(sessions, made.id, {"name": "acknowledge", "alarms": ["\udc00" * 1000], "at_ns": 0})
    (note,) = sessions.marks(made.id, 1)
    assert dict(note.detail) == {"text": "đau ?", "athlete_id": "an"}
    with pytest.raises(BadValue):
        act(sessions, made.id, {"name": "note", "text": "x", "athlete": "nobody", "at_ns": 0})


@pytest.mark.parametrize("at_ns", [10**21, -(10**21)])
def test_an_instant_that_no_clock_shows_is_outside_of_every_session(tmp_path: Path, at_ns: int) -> None:
    made = Sessions(tmp_path).create("Buổi tập", STRAPS, (AN,), {1: "an"})
    assert [reading.reason for reading in moment(Sessions(tmp_path), made.id, at_ns).readings] == [Reason.OUTSIDE]


@pytest.mark.parametrize(
    "message",
    [
        {"name": "undo", "mark": [1]},
        {"name": "undo", "mark": "1"},
        {"name": "undo", "mark": True},
        {"name": "assign", "strap": {}, "athlete": None},
        {"name": "assign", "strap": True, "athlete": None},
        {"name": "assign", "strap": 1, "athlete": ["an"]},
        {"name": "note", "text": "x", "athlete": ["an"]},
    ],
)
def test_an_act_of_the_wrong_kind_is_refused_and_does_nothing(tmp_path: Path, message: dict[str, Any]) -> None:
    sessions = Sessions(tmp_path)
    made = sessions.create("Buổi tập", STRAPS, (AN,), {1: "an"})
    with pytest.raises(BadValue):
        act(sessions, made.id, {**message, "at_ns": 0})
    assert len(sessions.marks(made.id)) == 1

"""One reader for all who look, names that can be read from afar, what people do on a wall, and a session as tables."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest
from live_rows import AN, BINH, CHI, STRAPS, Tape, ns

from touchline.cli import main
from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.presence import alone
from touchline.rights import NotAllowed, Person, Role
from wearables.kept import Sessions, keep_rows
from wearables.live.acts import act
from wearables.live.names import short_names, sort_key
from wearables.live.reading import Reading
from wearables.live.remembered import remembered_straps
from wearables.live.tables import COLUMNS, csv_of, curve, file_stem, summary_rows, tiles_of
from wearables.model import LiveSession, MarkKind, SessionState, Strap, StrapState
from wearables.recorder.state import lock_path

COACH = Person("1", "Huấn luyện viên", frozenset({Role.COACH}))
ANALYST = Person("2", "Phân tích", frozenset({Role.ANALYST}))


def session(home: Path, origin: Origin = Origin.MEASURED) -> LiveSession:
    return Sessions(home).create("Buổi tập", STRAPS, (AN, BINH, CHI), {1: "an", 2: "binh"}, origin=origin)


def keep(home: Path, session_id: str, tape: Tape, first: int = 0) -> None:
    with Sessions(home).store.write() as connection:
        keep_rows(connection, session_id, tape.rows[first:])


def recording(home: Path, session_id: str, state: SessionState) -> None:
    with Sessions(home).store.write() as connection:
        connection.execute("UPDATE wear_session SET state = ? WHERE id = ?", (state.value, session_id))


def test_all_who_look_within_a_moment_get_the_same_wall_and_then_what_is_new(tmp_path: Path) -> None:
    made = session(tmp_path)
    now = [10**12]
    reader = Reading(tmp_path, made.id, lambda: now[0])
    tape = Tape().beats(0, 10, 150)
    keep(tmp_path, made.id, tape)
    first = reader.look()
    assert first.wall.tiles[0].measured_s >= 9
    assert reader.look() is first
    keep(tmp_path, made.id, tape.beats(10, 20, 150), 10)
    assert reader.look() is first
    now[0] += ns(0.2)
    second = reader.look()
    assert second.number == first.number + 1
    assert second.wall.tiles[0].measured_s >= 19
    Sessions(tmp_path).mark(made.id, MarkKind.PHASE, ns(5), {"phase": "drill"})
    reader.forget()
    phase = reader.look().wall.phase
    assert phase is not None
    assert phase.kind == "drill"


def test_a_session_that_is_not_recorded_shows_no_rate(tmp_path: Path) -> None:
    made = session(tmp_path)
    keep(tmp_path, made.id, Tape().beats(0, 10, 150))
    recording(tmp_path, made.id, SessionState.ENDED)
    look = Reading(tmp_path, made.id).look()
    assert (look.running, look.wall.live) == (False, 0)
    assert look.wall.tiles[0].last_bpm == 150
    assert look.wall.tiles[0].zone_s is not None


def test_a_rate_from_before_the_computer_slept_is_no_present_one(tmp_path: Path) -> None:
    """Its clock stood still meanwhile: by that the rate is a second old."""
    made = session(tmp_path)
    recording(tmp_path, made.id, SessionState.RECORDING)
    now, utc = [10**12], [10**18]
    with alone(lock_path(tmp_path, made.id)) as free:
        assert free
        reader = Reading(tmp_path, made.id, lambda: now[0], lambda: utc[0])
        tape = Tape().beats(0, 10, 150)
        keep(tmp_path, made.id, tape)
        assert reader.look().wall.tiles[0].bpm == 150
        now[0], utc[0] = now[0] + ns(1), utc[0] + ns(1.5)  # a clock that was set a little says nothing
        assert reader.look().wall.tiles[0].bpm == 150
        now[0], utc[0] = now[0] + ns(1), utc[0] + ns(3600)
        asleep = reader.look().wall.tiles[0]
        assert (asleep.bpm, asleep.last_bpm, asleep.zone, asleep.state) == (None, None, None, StrapState.SCANNING)
        assert asleep.measured_s >= 9
        keep(tmp_path, made.id, tape.beats(10, 12, 155), 10)
        now[0], utc[0] = now[0] + ns(1), utc[0] + ns(1)
        assert reader.look().wall.tiles[0].bpm == 155
        now[0], utc[0] = now[0] + ns(1), utc[0] - ns(3600)  # set back: nobody slept
        assert reader.look().wall.tiles[0].bpm == 155


def test_acts_become_marks_at_the_instant_that_the_page_showed(tmp_path: Path) -> None:
    made, sessions = session(tmp_path), Sessions(tmp_path, COACH)
    act(sessions, made.id, {"name": "phase", "phase": "drill", "at_ns": 7})
    act(sessions, made.id, {"name": "note", "text": "  Bình  đau\nchân ", "athlete": "binh", "at_ns": 8})
    act(sessions, made.id, {"name": "acknowledge", "alarms": ["a", "b"], "at_ns": 9})
    found = sessions.marks(made.id, 2)
    assert [(mark.kind, mark.at_ns, dict(mark.detail), mark.by) for mark in found] == [
        (MarkKind.PHASE, 7, {"phase": "drill"}, "Huấn luyện viên"),
        (MarkKind.NOTE, 8, {"text": "Bình đau chân", "athlete_id": "binh"}, "Huấn luyện viên"),
        (MarkKind.ACKNOWLEDGE, 9, {"alarms": ["a", "b"]}, "Huấn luyện viên"),
    ]
    assert act(sessions, made.id, {"name": "undo", "mark": found[0].id, "at_ns": 10})
    assert act(sessions, made.id, {"name": "undo", "mark": found[0].id, "at_ns": 11}) == []  # it is gone already
    assert act(sessions, made.id, {"name": "dance", "at_ns": 11}) == []


def test_a_strap_given_to_who_wears_another_is_exchanged(tmp_path: Path) -> None:
    made, sessions = session(tmp_path), Sessions(tmp_path, COACH)
    marks = act(sessions, made.id, {"name": "assign", "strap": 1, "athlete": "binh", "at_ns": 5})
    assert [dict(mark.detail) for mark in marks] == [
        {"strap": 1, "athlete_id": "binh"},
        {"strap": 2, "athlete_id": "an"},
    ]
    assert act(sessions, made.id, {"name": "assign", "strap": 1, "athlete": "binh", "at_ns": 6}) == []
    assert len(act(sessions, made.id, {"name": "assign", "strap": 3, "athlete": "an", "at_ns": 7})) == 1
    assert len(act(sessions, made.id, {"name": "assign", "strap": 1, "athlete": None, "at_ns": 8})) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"name": "phase", "phase": "drill"},
        {"name": "phase", "phase": "drill", "at_ns": -1},
        {"name": "phase", "phase": "drill", "at_ns": True},
        {"name": "phase", "phase": " ", "at_ns": 1},
        {"name": "note", "text": 5, "at_ns": 1},
        {"name": "acknowledge", "alarms": [], "at_ns": 1},
        {"name": "assign", "strap": 9, "athlete": "an", "at_ns": 1},
        {"name": "assign", "strap": 1, "athlete": "nobody", "at_ns": 1},
        {"name": "phase", "phase": "drill", "at_ns": 1 << 63},
        {"name": "phase", "phase": "drill", "at_ns": 1.0},
        {"name": "note", "text": "\0\t", "at_ns": 1},
        {"name": "note", "text": "đau", "athlete": "nobody", "at_ns": 1},
        {"name": "note", "text": "đau", "athlete": ["an"], "at_ns": 1},
        {"name": "acknowledge", "alarms": ["a" * 10_000], "at_ns": 1},
        {"name": "acknowledge", "alarms": ["a", {"a": 1}], "at_ns": 1},
        {"name": "assign", "strap": [1], "athlete": "an", "at_ns": 1},
        {"name": "assign", "strap": True, "athlete": "chi", "at_ns": 1},
        {"name": "assign", "strap": 1.0, "athlete": "chi", "at_ns": 1},
        {"name": "assign", "strap": 1, "athlete": {}, "at_ns": 1},
    ],
)
def test_what_cannot_be_meant_is_refused_and_marks_nothing(tmp_path: Path, message: dict[str, object]) -> None:
    made, sessions = session(tmp_path), Sessions(tmp_path)
    with pytest.raises(BadValue):
        act(sessions, made.id, message)
    assert len(sessions.marks(made.id)) == 2


def test_a_mark_is_not_dated_after_what_a_page_can_have_shown(tmp_path: Path) -> None:
    made, sessions = session(tmp_path), Sessions(tmp_path)
    act(sessions, made.id, {"name": "phase", "phase": "drill", "at_ns": 9}, until_ns=9)
    with pytest.raises(BadValue):
        act(sessions, made.id, {"name": "phase", "phase": "match", "at_ns": 10}, until_ns=9)
    assert [mark.at_ns for mark in sessions.marks(made.id, 2)] == [9]


def test_a_note_that_a_browser_cut_in_the_middle_of_a_sign_is_kept(tmp_path: Path) -> None:
    made, sessions = session(tmp_path), Sessions(tmp_path)
    (note,) = act(sessions, made.id, {"name": "note", "text": "Bình\0 ngã \ud83d", "at_ns": 1})
    assert note.detail["text"] == "Bình ngã ?"
    assert dict(sessions.marks(made.id)[-1].detail) == dict(note.detail)


def test_who_may_only_look_marks_nothing(tmp_path: Path) -> None:
    made = session(tmp_path)
    with pytest.raises(NotAllowed):
        act(Sessions(tmp_path, ANALYST), made.id, {"name": "phase", "phase": "drill", "at_ns": 1})


def test_straps_worn_last_are_remembered_and_simulated_ones_are_not(tmp_path: Path) -> None:
    first, sessions = session(tmp_path), Sessions(tmp_path)
    session(tmp_path, Origin.SIMULATED)
    act(sessions, first.id, {"name": "assign", "strap": 3, "athlete": "an", "at_ns": 5})
    second = sessions.create("Sau", (Strap(1, "C0:FF:EE:00:00:09"),), (BINH,), {1: "binh"})
    assert second
    assert {who: strap.address[-2:] for who, strap in remembered_straps(sessions).items()} == {"an": "03", "binh": "09"}


def test_names_are_cut_to_what_tells_people_apart() -> None:
    names = ["Nguyễn Thị Ánh Tuyết", "Trần Ánh Tuyết", "Lê Văn An", "An", "VĐV 7 (mô phỏng)", "Trần Ánh Tuyết"]
    assert short_names(names) == ["Thị Ánh Tuyết", "Trần Ánh Tuyết", "Văn An", "An", "VĐV 7", "Trần Ánh Tuyết"]
    ordered = ["VĐV 2", "VĐV 10 (mô phỏng)", "Lê Ân", "Trần An Bình", "Đỗ Đức", "Lê Em"]
    mixed = [ordered[k] for k in (5, 1, 3, 0, 4, 2)]
    assert sorted(mixed, key=sort_key) == ordered


def test_a_table_leaves_empty_what_nobody_knows_and_makes_no_formula() -> None:
    tape = Tape((1, "an"), (2, "chi")).beats(0, 61, 150).beats(0, 61, 160, 2)
    tape.rows.sort(key=lambda row: row.at_ns)
    fold = tape.fold()
    tiles = tiles_of(fold, ns(60))
    assert [tile.name for tile in tiles] == ["Nguyễn Thị An", "Lê Chi"]
    text = csv_of(COLUMNS, [*summary_rows(tiles), ["=1+1", "-2"]]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (rows[1]["zone_4_s"], rows[1]["load_method"], rows[1]["load"]) == ("", "edwards", "4.00")
    assert (rows[0]["zone_3_s"], rows[0]["load_method"], rows[0]["measured_share"]) == ("60.0", "banister", "1.0000")
    assert (rows[2]["athlete_id"], rows[2]["name"]) == ("'=1+1", "'-2")


def test_no_line_of_a_curve_crosses_a_gap_and_its_points_are_few() -> None:
    tape = Tape((1, "an")).beats(0, 100, 150).beats(160, 200, 170)
    found = curve(tape.fold(), "an", 200, steps=40)
    assert found is not None
    assert len(found.seconds) <= 41
    assert set(found.bpm[found.segment == 0]) == {150}
    assert set(found.bpm[found.segment == 1]) == {170}
    assert found.seconds[found.segment == 0].max() < 100
    assert curve(tape.fold(), "chi", 200) is None


def test_files_of_simulated_sessions_say_so_by_their_names(tmp_path: Path) -> None:
    worn, simulated = session(tmp_path), session(tmp_path, Origin.SIMULATED)
    assert (file_stem(worn), file_stem(simulated)) == (worn.id, f"{simulated.id}-simulated")


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows")
def test_the_list_says_when_a_session_began_by_the_clock_on_the_wall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = session(tmp_path)
    with Sessions(tmp_path).store.write() as connection:
        connection.execute("UPDATE wear_session SET zero_utc_us = 1796036400000000 WHERE id = ?", (made.id,))
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC-7")  # as in Hà Nội
    time.tzset()
    try:
        assert main(["live", "list"]) == 0
        assert "2026-11-30 18:00" in capsys.readouterr().out
    finally:
        monkeypatch.undo()
        time.tzset()

"""Parquet of finished sessions: every row, the athletes by dated assignments, the origin, whole or not at all."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from squad_sessions import made

from touchline.access import Act, access_store, lines_of
from touchline.errors import BadFile, BadValue, NotFound
from touchline.origin import Origin
from touchline.rights import Person, Role
from wearables.export import NAMES, plain_bytes, read_export, remove_export, seal_exports, write_export
from wearables.gatt.heart_rate import Contact, HeartRateMeasurement, encode
from wearables.kept import Sessions, keep_rows
from wearables.model import NS_PER_S, Event, EventKind, Frame, MarkKind, Profile, SessionState, Source, Status, Strap


def furnished(home: Path, state: SessionState = SessionState.ENDED) -> str:
    """Two straps that are swapped after ten seconds; all kinds of rows."""
    sessions = Sessions(home)
    straps = [Strap(1, "C0:FF:EE:00:00:01"), Strap(2, "C0:FF:EE:00:00:02")]
    profiles = [Profile("ann", "Ann"), Profile("bo", "Bo")]
    session = sessions.create("Buổi sáng", straps, profiles, {1: "ann", 2: "bo"}, origin=Origin.MEASURED)
    sessions.mark(session.id, MarkKind.ASSIGN, 10 * NS_PER_S, {"strap": 1, "athlete_id": "bo"})
    sessions.mark(session.id, MarkKind.ASSIGN, 10 * NS_PER_S, {"strap": 2, "athlete_id": "ann"})
    rows: list[Frame | Event] = []
    for second in range(1, 21):
        for strap in (1, 2):
            data = encode(HeartRateMeasurement(100 * strap, Contact.DETECTED, rr_1024=(600 + strap, 601)))
            at_ns = second * NS_PER_S
            rows.append(
                Frame(strap, at_ns, session.zero_utc_us + second * 10**6, Source.HEART_RATE, data, bpm=100 * strap)
            )
    rows.append(Frame(1, 21 * NS_PER_S, 0, Source.HEART_RATE, b"\x01\xff", Status.REFUSED))
    rows.append(Frame(1, 21 * NS_PER_S, 0, Source.POLAR, b"\x32\x00\x48\x48", bpm=72))
    rows.append(Event(EventKind.STATE, 22 * NS_PER_S, 0, 2, {"state": "lost", "reason": "Mất"}))
    rows.append(Event(EventKind.RUN, 23 * NS_PER_S, 0, None, {"running": False}))
    numbered = [
        type(row)(*(getattr(row, name) for name in row.__slots__ if name != "seq"), seq=k)
        for k, row in enumerate(rows, 1)
    ]
    with sessions.store.write() as connection:
        keep_rows(connection, session.id, numbered)
        connection.execute("UPDATE wear_session SET state = ? WHERE id = ?", (state.value, session.id))
    return session.id


def test_swapped_straps_reach_the_export_with_their_athletes(tmp_path: Path) -> None:
    session_id = furnished(tmp_path)
    done = write_export(tmp_path, session_id)
    assert done.rows == {"frames": 42, "events": 2, "marks": 4}
    rows = read_export(tmp_path, session_id).to_pylist()
    for row in rows[:40]:
        first = row["at_ns"] < 10 * NS_PER_S
        assert row["athlete_id"] == ({1: "ann", 2: "bo"} if first else {1: "bo", 2: "ann"})[row["strap"]]
        assert (row["bpm"], row["rr_1024"], row["contact"]) == (
            100 * row["strap"],
            [600 + row["strap"], 601],
            "detected",
        )
    assert [row["seq"] for row in rows] == list(range(1, 43))
    refused, broadcast = rows[40:]
    assert (refused["status"], refused["rr_1024"], refused["bpm"], refused["data"]) == (
        "refused",
        None,
        None,
        b"\x01\xff",
    )
    assert (broadcast["source"], broadcast["rr_1024"], broadcast["bpm"]) == ("polar-broadcast", None, 72)
    session = Sessions(tmp_path).session(session_id)
    assert rows[0]["utc"].timestamp() == pytest.approx(session.zero_utc_us / 1e6 + 1)
    events = read_export(tmp_path, session_id, "events").to_pylist()
    assert [json.loads(row["detail"]) for row in events] == [{"state": "lost", "reason": "Mất"}, {"running": False}]
    assert [row["strap"] for row in events] == [2, None]
    marks = read_export(tmp_path, session_id, "marks").to_pylist()
    assert [json.loads(row["detail"])["athlete_id"] for row in marks] == ["ann", "bo", "bo", "ann"]


def test_every_file_says_where_it_comes_from_and_no_file_has_a_name_of_a_person(tmp_path: Path) -> None:
    session_id = furnished(tmp_path)
    folder = write_export(tmp_path, session_id).folder
    for name in NAMES:
        told = read_export(tmp_path, session_id, name).schema.metadata
        assert (told[b"touchline.origin"], told[b"touchline.session"]) == (b"measured", session_id.encode())
        assert b"Ann" not in (folder / f"{name}.parquet").read_bytes()
    simulated = made(tmp_path, 1)
    with Sessions(tmp_path).store.write() as connection:
        connection.execute("UPDATE wear_session SET state = 'gone' WHERE id = ?", (simulated.id,))
    write_export(tmp_path, simulated.id)
    empty = read_export(tmp_path, simulated.id)
    assert empty.schema.metadata[b"touchline.origin"] == b"simulated"
    assert empty.num_rows == 0


def test_a_session_that_is_recorded_is_not_exported_and_one_taken_up_again_loses_its_files(tmp_path: Path) -> None:
    session_id = furnished(tmp_path, SessionState.RECORDING)
    with pytest.raises(BadValue, match="being recorded"):
        write_export(tmp_path, session_id)
    assert list((tmp_path / "live").glob("*/*.parquet")) == []
    with Sessions(tmp_path).store.write() as connection:
        connection.execute("UPDATE wear_session SET state = 'ended' WHERE id = ?", (session_id,))
    write_export(tmp_path, session_id)
    write_export(tmp_path, session_id)
    assert len(list((tmp_path / "live").glob("*/*"))) == 3  # nothing half is left
    remove_export(tmp_path, session_id)
    assert list((tmp_path / "live").glob("*/*.parquet")) == []


def test_files_beside_the_journal_open_with_the_installations_key_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    session_id = furnished(home)
    folder = write_export(home, session_id).folder
    for name in NAMES:
        data = (folder / f"{name}.parquet").read_bytes()
        assert (data[:4], data[-4:]) == (b"PARE", b"PARE")  # footer and columns, as the format has it
        assert b"athlete_id" not in data
        assert session_id.encode() not in data
        with pytest.raises(OSError, match="no decryption found"):
            pq.read_table(folder / f"{name}.parquet")
    with pytest.raises(NotFound):
        read_export(home, session_id, "nothing")
    (home / "keys" / "health.key").write_text("ab" * 32)
    with pytest.raises(BadFile, match="not the one"):
        read_export(home, session_id)
    (home / "keys" / "health.key").unlink()
    for act in (lambda: read_export(home, session_id), lambda: write_export(home, session_id)):
        with pytest.raises(BadFile, match="cannot be read"):
            act()
    assert not (home / "keys" / "health.key").exists()  # none is made where data are sealed


def test_plain_files_are_somebodys_choice_and_stand_in_the_access_log(tmp_path: Path) -> None:
    home, coach = tmp_path / "home", Person("p-7", "Lan", frozenset({Role.COACH}))
    session_id = furnished(home)
    done = write_export(home, session_id, plain=tmp_path / "out", person=coach)
    assert pq.read_table(tmp_path / "out" / "frames.parquet").num_rows == done.rows["frames"] == 42
    lines = lines_of(access_store(home), "ann")
    assert [(line.account, line.act) for line in lines] == [("p-7", Act.EXPORTED)]
    assert not (home / "live").exists()
    write_export(home, session_id)
    assert pq.read_table(io.BytesIO(plain_bytes(home, session_id, person=coach))).num_rows == 42
    assert {line.act for line in lines_of(access_store(home), "bo")} == {Act.EXPORTED, Act.OPENED}


def test_plain_files_of_an_older_program_are_read_and_then_encrypted(tmp_path: Path) -> None:
    session_id = furnished(tmp_path)
    live = tmp_path / "live" / session_id
    write_export(tmp_path, session_id, plain=live)
    assert read_export(tmp_path, session_id).num_rows == 42
    assert (seal_exports(tmp_path), seal_exports(tmp_path)) == (1, 0)
    assert (live / "frames.parquet").read_bytes()[:4] == b"PARE"
    assert read_export(tmp_path, session_id).num_rows == 42

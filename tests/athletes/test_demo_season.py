"""The simulated season of a first start: labelled, made once, never brought back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from athletes.archive import Archive
from athletes.demo_season import SQUAD, build
from athletes.record_store import Records
from athletes.records import RecordKind
from athletes.synthetic_season import sessions
from touchline.origin import Origin

TODAY = date(2026, 6, 7)


def test_the_season_is_simulated_made_once_and_everybody_has_something(tmp_path: Path) -> None:
    (made,) = build(tmp_path, force=False, lang="vi", progress=lambda _: None, today=TODAY)
    assert (made["made"], made["origin"]) == (True, "simulated")
    archive = Archive(tmp_path)
    entries = archive.entries()
    assert {entry.origin for entry in entries} == {Origin.SIMULATED}
    assert {entry.athlete_id for entry in entries} == set(SQUAD)
    assert {athlete.group for athlete in archive.athletes()} == {"Đội mẫu"}
    for athlete_id in SQUAD:
        records = Records(archive).of(athlete_id)
        assert {record.origin for record in records} == {Origin.SIMULATED}
        assert {RecordKind.READING, RecordKind.WELLNESS, RecordKind.PLAN} <= {record.kind for record in records}
    noted = len(Records(archive).of("demo-an"))
    gone = entries[0].id
    archive.delete(gone)
    (again,) = build(tmp_path, force=False, lang="vi", progress=lambda _: None, today=TODAY)
    assert again["made"] is False
    build(tmp_path, force=True, lang="vi", progress=lambda _: None, today=TODAY)
    assert {entry.id for entry in archive.entries()} == {entry.id for entry in entries} - {gone}
    assert len(Records(archive).of("demo-an")) == noted


def test_the_same_habit_and_days_give_the_same_sessions() -> None:
    habit = SQUAD["demo-binh"]
    first = sessions(habit, date(2026, 5, 1), TODAY, "x")
    assert [one.sha256 for one, _ in first] == [one.sha256 for one, _ in sessions(habit, date(2026, 5, 1), TODAY, "x")]
    assert all(one.recording.heart_rate is not None for one, _ in first)
    strapless = sessions(SQUAD["demo-dung"], date(2026, 3, 1), TODAY, "x")
    assert any(one.recording.heart_rate is None for one, _ in strapless)

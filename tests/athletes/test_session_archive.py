"""The archive: what was saved stays, a file is kept once, deleting can be undone."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from training_files import NOW, fit_file, fit_seconds, gpx

from athletes.archive import Archive
from athletes.importers import read
from athletes.model import Athlete, Channel, Recording, Series, Sex, ZoneMethod, ZoneSetting
from athletes.synthetic import simulate
from touchline.errors import BadValue, NotFound
from touchline.origin import Origin

pytestmark = pytest.mark.usefixtures("database")

DATA = fit_file([(fit_seconds() + i, 100 + i if i % 3 else 0xFF) for i in range(30)], rr=[800, 801])


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    imported = read(DATA, "Buổi sáng.fit", now=NOW)
    kept = archive.keep(imported, DATA)
    found = Archive(tmp_path).session(kept.session_id)
    assert (found.name, found.file_name, found.origin) == ("Buổi sáng", "Buổi sáng.fit", Origin.IMPORTED)
    assert found.recording.start == imported.recording.start
    for before, after in zip(imported.recording.series, found.recording.series, strict=True):
        assert (before.channel, before.timebase) == (after.channel, after.timebase)
        np.testing.assert_array_equal(before.ticks, after.ticks)
        np.testing.assert_array_equal(before.values, after.values)  # NaN in the same places
    assert found.recording.rr_ms is not None
    np.testing.assert_array_equal(found.recording.rr_ms, imported.recording.rr_ms)
    assert archive.source_bytes(kept.session_id) == DATA
    assert b".FIT" not in archive.source_path(found.sha256, "fit").read_bytes()
    assert os.name == "nt" or archive.source_path(found.sha256, "fit").stat().st_mode & 0o077 == 0


def test_the_same_file_is_kept_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first = archive.keep(read(DATA, "a.fit", now=NOW), DATA)
    second = archive.keep(read(DATA, "b.fit", now=NOW), DATA)
    assert (first.already_there, second.already_there) == (False, True)
    assert first.session_id == second.session_id
    assert [entry.name for entry in archive.entries()] == ["a"]


def test_delete_and_undo(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    session_id = archive.keep(read(DATA, "a.fit", now=NOW), DATA).session_id
    archive.delete(session_id)
    assert archive.entries() == []
    assert archive.is_deleted(session_id)
    with pytest.raises(NotFound):
        archive.session(session_id)
    archive.restore(session_id)
    assert archive.session(session_id).recording.heart_rate is not None
    archive.delete(session_id)
    assert not archive.keep(read(DATA, "a.fit", now=NOW), DATA).already_there  # the file brings it back
    assert len(archive.entries()) == 1


def test_a_deleted_file_that_is_brought_for_somebody_comes_back_as_his(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    an, binh = (archive.save_athlete(Athlete("", name)).id for name in ("An", "Bình"))
    imported = read(DATA, "a.fit", now=NOW)
    session_id = archive.keep(imported, DATA, athlete_id=an).session_id
    archive.delete(session_id)
    assert not archive.keep(imported, DATA, athlete_id=binh).already_there
    assert archive.session(session_id).athlete_id == binh
    archive.delete(session_id)
    archive.keep(imported, DATA)
    assert archive.session(session_id).athlete_id == binh


def test_unknown_ids_are_refused(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    imported = read(DATA, "a.fit", now=NOW)
    for action in (
        lambda: archive.session("x"),
        lambda: archive.delete("x"),
        lambda: archive.athlete("x"),
        lambda: archive.keep(imported, DATA, athlete_id="x"),
    ):
        with pytest.raises(NotFound):
            action()
    assert archive.entries() == []


def test_entries_are_newest_first_and_undated_last(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for name, data in (
        ("old", gpx([100, 101], start=datetime(2024, 1, 1, tzinfo=UTC)).encode()),
        ("undated", b"time,hr\n0,90\n1,91\n"),
        ("new", gpx([100, 101], start=datetime(2026, 1, 1, tzinfo=UTC)).encode()),
    ):
        archive.keep(read(data, name, now=NOW), data)
    assert [entry.name for entry in archive.entries()] == ["new", "old", "undated"]


def test_athletes_keep_their_dated_settings(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    old, new = ZoneSetting(None, ZoneMethod.HR_MAX, 195), ZoneSetting(date(2026, 1, 1), ZoneMethod.RESERVE, 190, 50)
    saved = archive.save_athlete(Athlete("", " Trần Văn Đức ", Sex.MALE, 2001, (new, old)))
    assert saved.id
    assert (saved.name, saved.sex, saved.birth_year) == ("Trần Văn Đức", Sex.MALE, 2001)
    assert archive.athlete(saved.id) == saved
    assert saved.zone_setting(date(2025, 12, 31)) == old
    assert saved.zone_setting(date(2026, 1, 1)) == new
    assert saved.zone_setting(None) == new
    assert archive.athletes() == [saved]


def test_a_setting_holds_for_sessions_before_it_where_none_is_older() -> None:
    only = ZoneSetting(date(2026, 1, 1), hr_max_bpm=190)
    assert Athlete("a", "A", zone_settings=(only,)).zone_setting(date(2020, 1, 1)) == only
    assert Athlete("a", "A").zone_setting(None) == ZoneSetting()


def test_sessions_are_assigned(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    athlete = archive.save_athlete(Athlete("", "Ánh"))
    session_id = archive.keep(read(DATA, "a.fit", now=NOW), DATA).session_id
    archive.assign(session_id, athlete.id)
    assert [entry.id for entry in archive.entries(athlete.id)] == [session_id]
    archive.assign(session_id, None)
    assert archive.entries(athlete.id) == []
    assert archive.session(session_id).athlete_id is None


@pytest.mark.on_a_file
def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(tmp_path)
    first = archive.keep(read(DATA, "a.fit", now=NOW), DATA).session_id
    broken = simulate(seed=1, start=NOW, name="x")
    with archive.store.write() as connection:  # the disk refuses the second row of the session
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON session_series WHEN NEW.channel = 'speed'"
            " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(sqlite3.Error):
        archive.keep(broken)
    assert [entry.id for entry in archive.entries()] == [first]


def test_two_settings_cannot_begin_on_one_day() -> None:
    settings = (ZoneSetting(date(2026, 1, 1), hr_max_bpm=190), ZoneSetting(date(2026, 1, 1), hr_max_bpm=191))
    with pytest.raises(BadValue) as refusal:
        Athlete("", "An", zone_settings=settings)
    assert refusal.value.name == "two_settings_a_day"


def test_values_that_make_no_sense_do_not_exist() -> None:
    ticks, values = np.array([0, 1], dtype=np.int64), np.array([1.0, 2.0])
    with pytest.raises(BadValue):
        Series(Channel.POWER, ticks[::-1].copy(), values)
    with pytest.raises(BadValue):
        Series(Channel.POWER, ticks, values[:1])
    with pytest.raises(BadValue):
        Series(Channel.POWER, ticks, np.array([1.0, np.inf]))
    series = Series(Channel.POWER, ticks, values)
    with pytest.raises(BadValue):
        Recording("x", (series, series))
    with pytest.raises(BadValue):
        Recording("x", (series,), datetime(2026, 1, 1))  # noqa: DTZ001  the missing zone is the point
    for wrong in ({"name": " "}, {"name": "A", "birth_year": 99}):
        with pytest.raises(BadValue):
            Athlete("a", **wrong)

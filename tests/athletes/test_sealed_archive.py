"""Health data at rest: nothing readable in the database's files or beside them, old archives closed, no second key."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from training_files import NOW, fit_file, fit_seconds

from athletes.archive import Archive
from athletes.importers import read
from athletes.importers.common import Imported
from athletes.model import Athlete, Channel, Lap, Recording, Series, ZoneMethod, ZoneSetting
from athletes.sealed import TO_SCRUB
from touchline.errors import BadFile, NotFound
from touchline.sealing import HEALTH_KEY, seal_of
from touchline.store import Store, default_path

START = datetime(2026, 5, 3, 7, tzinfo=UTC)
BPM = np.array([151.25, np.nan, 152.5, 153.75])
RR = np.array([801.5, 799.25, 803.0])
LAPS = (Lap(0.0, 2.0, "Khởi động"), Lap(2.0, 3.0))
DATA = fit_file([(fit_seconds() + i, 100 + i) for i in range(30)], rr=[800, 801])
BORN = date(2011, 5, 3)
SETTING = ZoneSetting(date(2026, 1, 1), ZoneMethod.THRESHOLD, 196.5, 48.25, "run", 171.5, None, None, (), 255.5)


def imported(key: str = "ab") -> Imported:
    """A recording with everything that is sealed."""
    series = tuple(
        Series(channel, np.arange(4, dtype=np.int64) * 1000, values)
        for channel, values in ((Channel.HEART_RATE, BPM), (Channel.LATITUDE, np.array([16.4637, 16.5, 16.6, 16.7])))
    )
    recording = Recording("fit", series, START, "run", "Đai 7", RR, np.array([0.8, np.nan, 2.4]), LAPS)
    return Imported(recording, (), "sáng.fit", key * 32)


def opened_up(home: Path) -> tuple[str, str]:
    """An archive as the program before sealing left it: plain columns, a plain file. Athlete and session."""
    archive = Archive(home)
    athlete = archive.save_athlete(Athlete("", "An", None, 2011, (SETTING,), BORN)).id
    data = b"plain bytes of a file"
    session = archive.keep(imported(), data, athlete_id=athlete).session_id
    archive.source_path("ab" * 32, "fit").with_suffix("").write_bytes(data)
    archive.source_path("ab" * 32, "fit").unlink()
    with archive.store.write() as connection:
        for one in imported().recording.series:
            connection.execute(
                "UPDATE session_series SET ticks = ?, measured = ? WHERE channel = ?",
                (one.ticks.astype("<i8").tobytes(), one.values.astype("<f8").tobytes(), one.channel.value),
            )
        laps = json.dumps([[lap.from_s, lap.to_s, lap.name] for lap in LAPS])
        ends = np.array([0.8, np.nan, 2.4])
        connection.execute(
            "UPDATE session SET sealed = NULL, rr_ms = ?, rr_end_s = ?, laps = ?", (RR.tobytes(), ends.tobytes(), laps)
        )
        connection.execute("UPDATE athlete_person SET sealed = NULL, birth_year = 2011, birth_date = ?", (str(BORN),))
        connection.execute(
            "UPDATE athlete_setting SET sealed = NULL, hr_max_bpm = 196.5, hr_rest_bpm = 48.25, threshold_bpm = 171.5,"
            " ftp_w = 255.5"
        )
    return athlete, session


def check(home: Path, athlete: str, session: str) -> None:
    """Everything is there as it was."""
    archive = Archive(home)
    found = archive.athlete(athlete)
    assert (found.birth_date, found.birth_year, found.zone_settings) == (BORN, 2011, (SETTING,))
    recording = archive.session(session).recording
    assert [one.channel for one in recording.series] == [Channel.HEART_RATE, Channel.LATITUDE]
    np.testing.assert_array_equal(recording.series[0].values, BPM)
    np.testing.assert_array_equal(recording.rr_ms, RR)
    np.testing.assert_array_equal(recording.rr_end_s, [0.8, np.nan, 2.4])
    assert recording.laps == LAPS
    assert archive.source_bytes(session) == b"plain bytes of a file"


def raw(home: Path) -> bytes:
    """Every byte of the database's files and of ``training``."""
    files = [*home.glob("touchline.db*"), *(home / "training").rglob("*.*")]
    return b"".join(path.read_bytes() for path in files)


SECRETS = (BPM.tobytes(), RR.tobytes(), b"2011-05-03", b"196.5", b"plain bytes", np.float64(196.5).tobytes()[::-1])


@pytest.mark.usefixtures("database")
def test_an_old_archive_reads_as_it_is_and_is_sealed_once(tmp_path: Path) -> None:
    athlete, session = opened_up(tmp_path)
    check(tmp_path, athlete, session)
    archive = Archive(tmp_path)
    assert archive.seal_old() == 4  # a session, a person, settings, a file
    check(tmp_path, athlete, session)
    assert archive.seal_old() == 0
    row = archive.store.row("SELECT * FROM session")
    assert row is not None
    assert (row["rr_ms"], row["rr_end_s"], row["laps"]) == (None, None, "[]")
    assert archive.store.setting(TO_SCRUB) == "0"


@pytest.mark.on_a_file
def test_nothing_of_it_is_left_in_any_file(tmp_path: Path, database: None) -> None:
    athlete, session = opened_up(tmp_path)
    assert all(secret in raw(tmp_path) for secret in SECRETS[:3])
    Archive(tmp_path).seal_old()
    assert [secret for secret in SECRETS if secret in raw(tmp_path)] == []
    check(tmp_path, athlete, session)
    assert [secret for secret in SECRETS if secret in raw(tmp_path)] == []


@pytest.mark.parametrize("step", [0, 2, 3])
def test_a_fall_at_any_step_leaves_an_archive_that_reads_and_the_next_run_goes_on(tmp_path: Path, step: int) -> None:
    athlete, session = opened_up(tmp_path)
    seen: list[str] = []

    def fall(what: str) -> None:
        seen.append(what)
        if len(seen) > step:
            raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        Archive(tmp_path).seal_old(fall)
    check(tmp_path, athlete, session)
    Archive(tmp_path).seal_old()
    check(tmp_path, athlete, session)
    assert [secret for secret in SECRETS if secret in raw(tmp_path)] == []


@pytest.mark.usefixtures("database")
def test_a_lost_key_is_never_replaced_and_another_one_is_known_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Archive(tmp_path).keep(imported()).session_id
    key = tmp_path / "keys" / "health.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(BadFile, match="cannot be read"):
        Archive(tmp_path).session(session)
    with pytest.raises(BadFile, match="cannot be read"):
        Archive(tmp_path).keep(imported("cd"))
    assert not key.exists()
    assert [entry.id for entry in Archive(tmp_path).entries()] == [session]  # lists need no key
    elsewhere = tmp_path / "elsewhere"
    seal_of(elsewhere)
    monkeypatch.setenv(HEALTH_KEY, str(elsewhere / "keys" / "health.key"))
    with pytest.raises(BadFile, match="not the one"):
        Archive(tmp_path).session(session)
    (tmp_path / "safe.key").write_bytes(kept)
    monkeypatch.setenv(HEALTH_KEY, str(tmp_path / "safe.key"))
    assert Archive(tmp_path).session(session).recording.laps == LAPS
    assert not key.exists()


@pytest.mark.on_a_file
def test_records_from_before_the_keys_mark_keep_a_new_key_from_being_made(tmp_path: Path, database: None) -> None:
    archive = Archive(tmp_path)
    athlete = archive.save_athlete(Athlete("", "An")).id
    with archive.store.write() as connection:
        connection.execute("DELETE FROM setting WHERE name = 'health_key'")
        connection.execute(
            "INSERT INTO athlete_record (id, athlete_id, kind, day, origin, source, made_utc, made_by, sealed)"
            " VALUES ('r', ?, 'note', '2026-01-01', 'measured', '', '', '', ?)",
            (athlete, archive.seal.close(b"{}", "x")),
        )
    (tmp_path / "keys" / "health.key").unlink()
    with pytest.raises(BadFile, match="cannot be read"):
        Archive(tmp_path).athlete(athlete)
    assert not (tmp_path / "keys" / "health.key").exists()


def test_a_value_of_another_row_does_not_open(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    one, two = (archive.keep(imported(key)).session_id for key in ("ab", "cd"))
    with archive.store.write() as connection:
        connection.execute("UPDATE session SET sealed = (SELECT sealed FROM session WHERE id = ?)", (two,))
    with pytest.raises(BadFile, match="cannot be opened"):
        archive.session(one)


def test_a_file_is_kept_sealed_and_comes_back_whole(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    session = archive.keep(read(DATA, "a.fit", now=NOW), DATA).session_id
    assert archive.source_bytes(session) == DATA
    assert DATA[:40] not in raw(tmp_path)
    recorded = archive.keep(imported()).session_id
    with pytest.raises(NotFound):
        archive.source_bytes(recorded)


def test_a_session_of_hours_opens_without_a_visible_delay(tmp_path: Path) -> None:
    count = 4 * 3600
    ticks = np.arange(count, dtype=np.int64) * 1000
    values = np.linspace(90, 180, count)
    channels = (Channel.HEART_RATE, Channel.SPEED, Channel.POWER, Channel.CADENCE, Channel.ALTITUDE)
    series = tuple(Series(channel, ticks, values) for channel in channels)
    recording = Recording("fit", series, START, "run", None, np.full(3 * count, 333.0))
    archive = Archive(tmp_path)
    session = archive.keep(Imported(recording, (), "long.fit", "ef" * 32)).session_id
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        archive.session(session)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.1  # people notice a tenth of a second; measured: 6 ms


def test_the_store_says_where_a_reader_keeps_it_from_being_clean(tmp_path: Path) -> None:
    store = Store(default_path(tmp_path), timeout_s=0.2)
    with store.write() as connection:
        connection.execute("CREATE TABLE thing (text TEXT)")
        connection.execute("INSERT INTO thing VALUES ('what was secret here')")
    with contextlib.closing(sqlite3.connect(default_path(tmp_path), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM thing").fetchall()
        with store.write() as connection:
            connection.execute("DELETE FROM thing")
        assert store.scrub(["thing"]) is False
    assert store.scrub(["thing"]) is True
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.glob("touchline.db*"))

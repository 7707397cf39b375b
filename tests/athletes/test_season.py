"""A season out of the archive: the day by the zone, what is not known, what is kept and when it is computed anew."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from athletes.archive import Archive
from athletes.importers.common import Imported
from athletes.load import season as season_module
from athletes.load.model import LoadMethod
from athletes.load.season import season_of
from athletes.model import Athlete, Channel, Recording, Series, Sex, ZoneMethod, ZoneSetting
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.rights import NotAllowed, Person, Role

SETTING = ZoneSetting(None, ZoneMethod.HR_MAX, 190, 50, threshold_bpm=165, vt1_bpm=140, vt2_bpm=165)
HCM = ZoneInfo("Asia/Ho_Chi_Minh")


def keep(archive: Archive, athlete_id: str, start: datetime | None, *, minutes: float = 30, bpm: float = 150) -> str:
    count = round(minutes * 60) + 1
    pulse = Series(Channel.HEART_RATE, np.arange(count, dtype=np.int64) * 1000, np.full(count, bpm))
    recording = Recording("csv", (pulse,), start, "running")
    sha = hashlib.sha256(f"{athlete_id} {start} {minutes} {bpm}".encode()).hexdigest()
    return archive.keep(Imported(recording, (), "run.csv", sha), athlete_id=athlete_id).session_id


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


@pytest.fixture
def athlete(archive: Archive) -> Athlete:
    return archive.save_athlete(Athlete("", "Lan", Sex.FEMALE, 2001, (SETTING,)))


def at(day: int, hour: int = 6) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_every_day_from_the_first_session_on(archive: Archive, athlete: Athlete) -> None:
    one, two = keep(archive, athlete.id, at(1)), keep(archive, athlete.id, at(3))
    three = keep(archive, athlete.id, at(3, 10), minutes=10)
    found = season_of(archive, athlete.id, until=date(2026, 3, 5), zone=UTC, method=LoadMethod.EDWARDS)
    # 150 of 190 is 79 %: zone 3, so three a minute.
    assert [day.load for day in found.days] == pytest.approx([90, 0, 120, 0, 0])
    assert [day.session_ids for day in found.days] == [(one,), (), (two, three), (), ()]
    assert [session.session_id for session in found.sessions] == [one, two, three]
    assert found.on(date(2026, 3, 3)) is found.days[2]
    assert found.on(date(2026, 2, 28)) is None
    assert "0.86" in season_of(archive, athlete.id, until=date(2026, 3, 5), zone=UTC).methods["load"]


def test_the_time_zone_tells_the_day(archive: Archive, athlete: Athlete) -> None:
    keep(archive, athlete.id, at(1, 23))  # six in the morning of the second in Huế
    there, here = (season_of(archive, athlete.id, until=date(2026, 3, 4), zone=zone) for zone in (HCM, UTC))
    assert there.days[0].day == date(2026, 3, 2)
    assert here.days[0].day == date(2026, 3, 1)


def test_until_and_since(archive: Archive, athlete: Athlete) -> None:
    for day in range(1, 20):
        keep(archive, athlete.id, at(day))
    whole = season_of(archive, athlete.id, until=date(2026, 3, 10), zone=UTC)
    late = season_of(archive, athlete.id, since=date(2026, 3, 8), until=date(2026, 3, 10), zone=UTC)
    assert late.days == whole.days[-3:]  # the averages know what was before
    assert len(whole.sessions) == 10
    assert [one.day.day for one in late.sessions] == [8, 9, 10]
    assert late.began == date(2026, 3, 1)


def test_who_never_trained_has_no_days(archive: Archive, athlete: Athlete) -> None:
    assert season_of(archive, athlete.id, until=date(2026, 3, 1), zone=UTC).days == ()


def test_an_unknown_load_and_a_session_without_a_date(archive: Archive, athlete: Athlete) -> None:
    keep(archive, athlete.id, at(1))
    archive.save_athlete(replace(athlete, sex=None))
    undated = keep(archive, athlete.id, None)
    found = season_of(archive, athlete.id, until=date(2026, 3, 2), zone=UTC, method=LoadMethod.BANISTER)
    assert [day.load for day in found.days] == [None, 0.0]
    assert found.sessions[0].reasons[LoadMethod.BANISTER] == "no_sex"
    assert found.undated == (undated,)
    best = season_of(archive, athlete.id, until=date(2026, 3, 2), zone=UTC)
    assert best.method is LoadMethod.EDWARDS  # the best that the data carry
    assert best.days[0].load == pytest.approx(90)


def test_what_was_felt_counts_with_and_without_a_recording(archive: Archive, athlete: Athlete) -> None:
    session = keep(archive, athlete.id, at(1))
    records = [
        Record(RecordKind.EFFORT, athlete.id, date(2026, 3, 1), {"rpe": 6.0}, session_id=session),
        Record(RecordKind.EFFORT, athlete.id, date(2026, 3, 2), {"rpe": 4.0, "minutes": 60.0}, "football"),
    ]
    Records(archive).keep(*records)
    felt = season_of(archive, athlete.id, until=date(2026, 3, 3), zone=UTC, method=LoadMethod.SRPE)
    assert [day.load for day in felt.days] == pytest.approx([180, 240, 0])
    measured = season_of(archive, athlete.id, until=date(2026, 3, 3), zone=UTC, method=LoadMethod.EDWARDS)
    assert [day.load for day in measured.days] == [pytest.approx(90), None, 0.0]  # trained, and nobody measured it
    assert measured.sessions[1].reasons[LoadMethod.EDWARDS] == "not_recorded"
    assert season_of(archive, athlete.id, until=date(2026, 3, 3), zone=UTC).method is LoadMethod.SRPE


def test_what_was_computed_is_kept_and_new_settings_compute_anew(
    archive: Archive, athlete: Athlete, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(1, 4):
        keep(archive, athlete.id, at(day))
    told: list[tuple[int, int]] = []
    until = date(2026, 3, 4)
    season_of(archive, athlete.id, until=until, zone=UTC, progress=lambda done, of: told.append((done, of)))
    assert told == [(3, 3)]

    computed: list[str] = []
    real = season_module.measured
    monkeypatch.setattr(season_module, "measured", lambda one, limits: computed.append("x") or real(one, limits))
    again = season_of(archive, athlete.id, until=until, zone=UTC)
    assert computed == []
    # A setting from the third on: only that day's session is computed anew, and its zones are the new ones.
    new = replace(SETTING, valid_from=date(2026, 3, 3), hr_max_bpm=200)
    archive.save_athlete(replace(athlete, zone_settings=(SETTING, new)))
    third = season_of(archive, athlete.id, until=until, zone=UTC)
    assert len(computed) == 1
    assert third.sessions[:2] == again.sessions[:2]
    assert third.sessions[2].zone_s != again.sessions[2].zone_s or third.sessions[2].loads != again.sessions[2].loads
    archive.save_athlete(replace(athlete, sex=Sex.MALE))
    season_of(archive, athlete.id, until=until, zone=UTC)
    assert len(computed) == 4


def test_kept_and_computed_are_the_same(archive: Archive, athlete: Athlete) -> None:
    keep(archive, athlete.id, at(1))
    first, second = (season_of(archive, athlete.id, until=date(2026, 3, 2), zone=UTC) for _ in range(2))
    assert first == second


def test_a_deleted_session_counts_no_more(archive: Archive, athlete: Athlete) -> None:
    keep(archive, athlete.id, at(1))
    gone = keep(archive, athlete.id, at(2))
    archive.delete(gone)
    found = season_of(archive, athlete.id, until=date(2026, 3, 3), zone=UTC)
    assert [day.load is not None and day.load > 0 for day in found.days] == [True, False, False]


def test_only_who_may_see_training_sees_a_season(tmp_path: Path, archive: Archive, athlete: Athlete) -> None:
    keep(archive, athlete.id, at(1))
    referee = Archive(tmp_path, Person("r", "Trọng tài", frozenset({Role.REFEREE})))
    with pytest.raises(NotAllowed):
        season_of(referee, athlete.id, until=date(2026, 3, 2), zone=UTC)


def test_five_years_are_followed_day_by_day(archive: Archive, athlete: Athlete) -> None:
    starts: Sequence[datetime] = [datetime(2021, 3, 1, 6, tzinfo=UTC) + timedelta(days=90 * k) for k in range(20)]
    for start in starts:
        keep(archive, athlete.id, start, minutes=2)
    found = season_of(archive, athlete.id, until=date(2026, 2, 28), zone=UTC)
    assert len(found.days) == 1826
    assert sum(bool(day.load) for day in found.days) == 20

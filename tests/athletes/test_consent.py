"""Consents: what stands, who gives it, what is refused without it; the access log is folded and only added to."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from athletes.archive import Archive
from athletes.importers.common import Imported
from athletes.intake import take_in
from athletes.measure_store import Measures
from athletes.model import Athlete, Channel, Recording, Series
from athletes.people.consent import Consents, Giver, Said
from athletes.people.standing import Asking, NoConsent, Rules, Scope, stands
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.access import Act, lines_of, note
from touchline.errors import BadValue, NotFound
from touchline.rights import NotAllowed, Person, Role

pytestmark = pytest.mark.usefixtures("database")
TODAY = datetime.now(UTC).date()
FATHER = Said(Giver.GUARDIAN, "Nguyễn Văn Bình", "cha", "hồ sơ 12", child_agrees=True)


def imported(key: str = "ab") -> Imported:
    series = Series(Channel.HEART_RATE, np.arange(3, dtype=np.int64) * 1000, np.array([150.0, 151.0, 152.0]))
    return Imported(Recording("fit", (series,), datetime(2026, 5, 3, 7, tzinfo=UTC)), (), "a.fit", key * 32)


def furnished(home: Path, born: date | None = None, person: Person | None = None) -> tuple[Archive, str]:
    athlete = Archive(home).save_athlete(Athlete("", "Nguyễn An", birth_date=born)).id
    return Archive(home, person), athlete


def years_ago(years: int) -> date:
    return TODAY - timedelta(days=round(365.25 * years) + 30)


def test_what_was_said_last_stands_and_every_line_stays(tmp_path: Path) -> None:
    coach = Person("p-7", "Lan", frozenset({Role.COACH}))
    archive, athlete = furnished(tmp_path, person=coach)
    consents = Consents(archive)
    assert set(consents.standing(athlete).values()) == {None}
    consents.give(athlete, [Scope.TRAINING, Scope.HEALTH], date(2026, 1, 10), Said(note="hồ sơ 3"))
    consents.withdraw(athlete, [Scope.HEALTH], date(2026, 2, 1))
    standing = consents.standing(athlete)
    training, health = standing[Scope.TRAINING], standing[Scope.HEALTH]
    assert training is not None
    assert (training.given, training.day, training.said.note, training.account) == (
        True,
        date(2026, 1, 10),
        "hồ sơ 3",
        "p-7",
    )
    assert health is not None
    assert not health.given
    assert [line.given for line in consents.of(athlete)] == [True, True, False]
    row = archive.store.row("SELECT sealed FROM consent_event")
    assert row is not None
    assert "hồ sơ".encode() not in bytes(row["sealed"])


def test_a_guardian_consents_for_who_is_too_young_by_the_age_that_is_set(tmp_path: Path) -> None:
    archive, athlete = furnished(tmp_path, years_ago(15))
    consents = Consents(archive)
    with pytest.raises(BadValue, match="under 16 a guardian"):
        consents.give(athlete, [Scope.HEALTH], TODAY)
    with pytest.raises(BadValue, match="name and a relation"):
        Said(Giver.GUARDIAN, "Bình")
    with pytest.raises(BadValue, match="child too has to agree"):
        consents.give(athlete, [Scope.SHARING], TODAY, Said(Giver.GUARDIAN, "Bình", "cha"))
    consents.give(athlete, [Scope.HEALTH, Scope.SHARING], TODAY, FATHER)
    assert consents.of(athlete)[0].said == FATHER
    assert not consents.renewed(athlete)
    consents.keep_rules(Rules(guardian_under=14))
    assert consents.renewed(athlete)  # old enough now, and a guardian's word stands
    consents.give(athlete, [Scope.HEALTH, Scope.SHARING], TODAY)
    assert not consents.renewed(athlete)
    older, grown = furnished(tmp_path, years_ago(17))
    Consents(older).give(grown, [Scope.HEALTH], TODAY)
    consents.keep_rules(Rules(guardian_under=18))
    with pytest.raises(BadValue):
        Consents(older).give(grown, [Scope.HEALTH], TODAY)
    with pytest.raises(BadValue, match="still to come"):
        consents.give(athlete, [Scope.HEALTH], TODAY + timedelta(days=3), FATHER)
    with pytest.raises(BadValue):
        Rules(guardian_under=40)


def test_without_consent_data_come_in_and_it_is_said_or_are_refused_where_it_is_required(tmp_path: Path) -> None:
    archive, athlete = furnished(tmp_path)
    consents = Consents(archive)
    kept = archive.keep(imported(), athlete_id=athlete)
    assert kept.unconsented
    consents.keep_rules(Rules(consent=Asking.REQUIRE))
    for act in (
        lambda: archive.keep(imported("cd"), b"bytes", athlete_id=athlete),
        lambda: archive.assign(kept.session_id, athlete),
        lambda: Records(archive).keep(Record(RecordKind.WELLNESS, athlete, TODAY, {"sleep_h": 8.0})),
        lambda: Records(archive).keep(Record(RecordKind.NOTE, athlete, TODAY, text="mệt")),
    ):
        with pytest.raises(NoConsent, match="requires it"):
            act()
    assert not list((tmp_path / "training").rglob("*.fit*"))
    assert len(archive.entries()) == 1
    assert not archive.keep(imported("ef")).unconsented  # nobody's yet
    consents.give(athlete, [Scope.HEALTH], TODAY)
    assert not archive.keep(imported("cd"), athlete_id=athlete).unconsented
    Records(archive).keep(Record(RecordKind.WELLNESS, athlete, TODAY, {"sleep_h": 8.0}))


def test_an_import_tells_of_each_file_that_consent_refuses_and_goes_on(tmp_path: Path) -> None:
    archive, athlete = furnished(tmp_path)
    Consents(archive).keep_rules(Rules(consent=Asking.REQUIRE))
    data = b"time,heart_rate\n" + b"".join(b"%d,%d\n" % (s, 120 + s) for s in range(20))
    (refused,) = take_in(data, "a.csv", archive=archive, athlete_id=athlete)
    assert (refused["status"], refused["reason"]) == ("refused", "no_consent")
    assert archive.entries() == []
    Consents(archive).give(athlete, [Scope.HEALTH], TODAY)
    (kept,) = take_in(data, "a.csv", archive=archive, athlete_id=athlete)
    assert kept["status"] == "ok"


def test_withdrawal_stops_new_data_at_once_whatever_the_rule(tmp_path: Path) -> None:
    archive, athlete = furnished(tmp_path)
    consents = Consents(archive)
    session = archive.keep(imported(), athlete_id=athlete).session_id
    consents.give(athlete, [Scope.HEALTH], TODAY)
    consents.withdraw(athlete, [Scope.HEALTH], TODAY)
    assert stands(archive.store, athlete, Scope.HEALTH) is False
    with pytest.raises(NoConsent, match="withdrawn"):
        archive.keep(imported("cd"), athlete_id=athlete)
    archive.session(session)  # what is held stays until it is erased
    Records(archive).keep(Record(RecordKind.PLAN, athlete, TODAY, {"minutes": 60.0}))  # tells nothing of health


def test_the_rules_are_the_administrators(tmp_path: Path) -> None:
    for role, allowed in ((Role.COACH, False), (Role.ADMINISTRATOR, True)):
        consents = Consents(Archive(tmp_path, Person("p", "Lan", frozenset({role}))))
        if allowed:
            consents.keep_rules(Rules(consent=Asking.REQUIRE))
        else:
            with pytest.raises(NotAllowed):
                consents.keep_rules(Rules(consent=Asking.REQUIRE))
    assert Consents(Archive(tmp_path)).rules == Rules(consent=Asking.REQUIRE)


def test_the_access_log_says_who_opened_and_changed_whose_data_once_a_quarter_of_an_hour(tmp_path: Path) -> None:
    coach = Person("p-7", "Trần Thị Lan", frozenset({Role.COACH}))
    archive, athlete = furnished(tmp_path, person=coach)
    session = archive.keep(imported(), athlete_id=athlete).session_id
    Measures(archive).keep({session: {"load": 1.0}}, {session: "r"})
    for _ in range(3):  # a page that draws itself anew
        Archive(tmp_path, coach).session(session)
        Measures(archive).of({session: "r"})
    Archive(tmp_path, Person("p-8", "Minh", frozenset({Role.ANALYST}))).session(session)
    lines = lines_of(archive.store, athlete)
    spells = {line.at_utc[:15] for line in lines}
    told = {(line.account, line.act) for line in lines}
    assert told == {("p-7", Act.CHANGED), ("p-7", Act.OPENED), ("p-8", Act.OPENED)}
    assert len(lines) <= 3 * len(spells)
    assert lines_of(archive.store, "nobody") == []
    noon = datetime(2026, 5, 3, 12, 1, tzinfo=UTC)
    for minutes in (0, 5, 13, 14, 20):
        note(archive.store, "p-9", [athlete, None], Act.EXPORTED, noon + timedelta(minutes=minutes))
    mine = [line.at_utc[11:16] for line in lines_of(archive.store, athlete) if line.account == "p-9"]
    assert mine == ["12:15", "12:01"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE health_access SET account = 'x'",
        "DELETE FROM health_access",
        "UPDATE erasure SET account = 'x'",
        "DELETE FROM erasure",
    ],
)
def test_the_database_refuses_to_change_either_log(tmp_path: Path, sql: str) -> None:
    archive, athlete = furnished(tmp_path)
    note(archive.store, "p-7", [athlete], Act.OPENED)
    with archive.store.write() as connection:
        connection.execute("INSERT INTO erasure (athlete_id, at_utc, account, counts) VALUES ('x', '', '', '{}')")
    with pytest.raises(sqlite3.IntegrityError), archive.store.write() as connection:
        connection.execute(sql)
    assert [line.account for line in lines_of(archive.store, athlete)] == ["p-7"]


@pytest.mark.on_a_file
def test_a_line_is_not_replaced_by_another_one(tmp_path: Path) -> None:
    archive, athlete = furnished(tmp_path)
    note(archive.store, "p-7", [athlete], Act.OPENED, datetime(2026, 5, 3, tzinfo=UTC))
    before = lines_of(archive.store, athlete)
    with archive.store.write() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO health_access SELECT spell, account, athlete_id, act, 'later' FROM health_access"
        )
    assert lines_of(archive.store, athlete) == before


def test_nobody_consents_for_who_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Consents(Archive(tmp_path)).give("nobody", [Scope.HEALTH], TODAY)

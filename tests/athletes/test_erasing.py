"""Erasing and handing over one person: nothing of theirs is left in any file, everything of others is."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from training_files import NOW, fit_file, fit_seconds

from athletes.archive import Archive
from athletes.demo import ATHLETE_ID, build
from athletes.import_journal import Journal
from athletes.importers import read
from athletes.importers.common import Imported
from athletes.measure_store import Measures
from athletes.model import Athlete, Channel, Recording, Series, Sex, ZoneSetting
from athletes.people.consent import Consents, Giver, Said
from athletes.people.erasing import erase, erasures
from athletes.people.exporting import bytes_of_person, export_person
from athletes.people.listing import import_list, read_list
from athletes.people.months import months
from athletes.people.standing import Asking, NoConsent, Rules, Scope, keep_rules
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.access import Act, lines_of
from touchline.errors import BadFile, BadValue, NotFound
from touchline.rights import NotAllowed, Person, Role
from touchline.store import default_path

NAME, OTHER = "Nguyễn Thị Ánh Dương", "Trần Bình"
DATA = fit_file([(fit_seconds() + i, 100 + i) for i in range(30)], rr=[800, 801])


def furnished(home: Path) -> tuple[Archive, str, str]:
    """Two athletes, each with everything that can be held of one."""
    archive = Archive(home)
    ids = []
    for k, (name, data) in enumerate(((NAME, DATA), (OTHER, DATA.replace(b"\x64", b"\x65")))):
        athlete = archive.save_athlete(
            Athlete("", name, Sex.FEMALE, None, (ZoneSetting(hr_max_bpm=190.0 + k),), date(2011, 5, 3), f"Đội {name}")
        ).id
        ids.append(athlete)
        session = archive.keep(read(DATA, f"{name}.fit", now=NOW) if not k else _other(), data, athlete_id=athlete)
        Measures(archive).keep({session.session_id: {"load": 5.0}}, {session.session_id: "r"})
        Records(archive).keep(
            Record(RecordKind.NOTE, athlete, date(2026, 5, 3), text=f"{name} đau gối"),
            Record(
                RecordKind.EFFORT, athlete, date(2026, 5, 3), {"rpe": 5, "minutes": 60}, session_id=session.session_id
            ),
        )
        Consents(archive).give(
            athlete, [Scope.HEALTH], date(2026, 1, 1), Said(Giver.GUARDIAN, f"Cha {name}", "cha", "hồ sơ")
        )
    journal = Journal(archive).path
    for athlete in ids:
        (entry,) = archive.entries(athlete)
        with journal.open("a") as lines:
            lines.write(json.dumps({"session": entry.id, "sealed": f"of {athlete}"}) + "\n")
    gone = archive.keep(_other("cd"), athlete_id=ids[0])
    archive.delete(gone.session_id)
    return archive, ids[0], ids[1]


def _other(key: str = "ab", start: datetime = datetime(2026, 5, 3, 7, tzinfo=UTC)) -> Imported:
    series = Series(Channel.HEART_RATE, np.array([0, 3_600_000], dtype=np.int64), np.array([150.0, 151.0]))
    return Imported(Recording("fit", (series,), start), (), "b.fit", (key * 32)[:64])


def contents(archive: Archive, athlete: str) -> object:
    """Everything of an athlete that can be read."""
    sessions = [archive.session(entry.id) for entry in archive.entries(athlete)]
    values = [[one.values.tolist() for one in session.recording.series] for session in sessions]
    records = [(record.kind, record.text, dict(record.values)) for record in Records(archive).of(athlete)]
    source = [archive.source_bytes(session.id) for session in sessions]
    return archive.athlete(athlete), values, records, source, Consents(archive).of(athlete)


@pytest.mark.usefixtures("database")
def test_one_person_goes_whole_and_the_other_stays_as_they_were(tmp_path: Path) -> None:
    archive, athlete, other = furnished(tmp_path)
    before = contents(archive, other)
    coach = Person("p-7", "Lan", frozenset({Role.COACH}))
    done = erase(Archive(tmp_path, coach), athlete)
    assert done.clean
    assert {name: count for name, count in done.counts.items() if not name.startswith("wear_")} == {
        "session_measure": 1,
        "session_series": 2,
        "trial": 0,
        "athlete_record": 2,
        "session": 2,
        "consent_event": 1,
        "athlete_setting": 1,
        "athlete_person": 1,
        "files": 1,
        "imports": 1,
    }
    assert f"of {other}" in Journal(archive).path.read_text()
    assert f"of {athlete}" not in Journal(archive).path.read_text()
    assert contents(archive, other) == before
    assert [one.id for one in archive.athletes()] == [other]
    with pytest.raises(NotFound):
        archive.athlete(athlete)
    with pytest.raises(NotFound):
        erase(archive, athlete)
    with pytest.raises(NotFound, match="does not come back"):
        archive.save_athlete(Athlete(athlete, "An"))
    (line,) = erasures(archive)
    assert (line["id"], line["by"], line["counts"]["session"]) == (athlete, "p-7", 2)
    assert NAME not in json.dumps(erasures(archive), ensure_ascii=False)
    assert Act.ERASED in {line.act for line in lines_of(archive.store, athlete)}
    for table in ("athlete", "athlete_person", "athlete_record", "session", "consent_event", "athlete_setting"):
        column = "id" if table == "athlete" else "athlete_id"
        assert archive.store.row(f"SELECT 1 FROM {table} WHERE {column} = ?", (athlete,)) is None, table


@pytest.mark.on_a_file
@pytest.mark.usefixtures("database")
def test_no_byte_of_the_name_or_of_what_was_sealed_is_left_in_any_file(tmp_path: Path) -> None:
    archive, athlete, _ = furnished(tmp_path)
    for k in range(40):  # pages that are filled, split and emptied again
        archive.save_athlete(Athlete(athlete, f"{NAME} {k}", group=NAME))
    sealed = [
        bytes(row["sealed"])
        for row in archive.store.rows("SELECT sealed FROM athlete_record WHERE athlete_id = ?", (athlete,))
    ]
    row = archive.store.row(
        "SELECT measured FROM session_series s JOIN session t ON t.id = s.session_id WHERE t.athlete_id = ?", (athlete,)
    )
    assert row is not None
    secrets = [NAME.encode(), *sealed, bytes(row["measured"])]

    def left() -> list[bytes]:
        everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        return [secret for secret in secrets if secret in everything]

    assert left() == secrets
    assert erase(archive, athlete).clean
    assert left() == []
    assert default_path(tmp_path).stat().st_size > 0


@pytest.mark.parametrize("role", list(Role))
def test_coach_and_administrator_erase_and_nobody_else(tmp_path: Path, role: Role) -> None:
    archive, athlete, _ = furnished(tmp_path)
    person = Person("p-7", "Lan", frozenset({role}))
    if role in (Role.COACH, Role.ADMINISTRATOR):
        assert erase(Archive(tmp_path, person), athlete).counts["session"] == 2
    else:
        with pytest.raises(NotAllowed):
            erase(Archive(tmp_path, person), athlete)
        assert len(archive.athletes()) == 2


def test_a_file_that_comes_in_while_its_athlete_is_erased_leaves_nothing(tmp_path: Path) -> None:
    archive, who, other = furnished(tmp_path)

    class Late(Archive):
        """Asks for the athlete just before somebody else erases them."""

        def _may_hold(self, athlete_id: str | None) -> bool:
            asked = super()._may_hold(athlete_id)
            if athlete_id == who:
                erase(archive, who)
            return asked

    late, data = Late(tmp_path), DATA + b"\0"
    before = contents(archive, other)
    with pytest.raises(NotFound):
        late.keep(_other("ef"), data, athlete_id=who)
    assert not late.source_path("ef" * 32, "fit").exists()
    assert contents(archive, other) == before
    with pytest.raises(sqlite3.IntegrityError):  # the first half of the digest is the session's id
        archive.keep(_other("ab" * 8 + "cd" * 24), data, athlete_id=other)
    assert not archive.source_path("ab" * 8 + "cd" * 24, "fit").exists()


def test_what_was_taken_off_does_not_come_back_after_a_withdrawal(tmp_path: Path) -> None:
    archive, who, other = furnished(tmp_path)
    (entry,), records = archive.entries(who), Records(archive)
    note, effort = (one for kind in (RecordKind.NOTE, RecordKind.EFFORT) for one in records.of(who) if one.kind is kind)
    with pytest.raises(NotFound):  # a record replaces none of somebody else
        records.keep(Record(RecordKind.NOTE, other, date(2026, 5, 4), text="x", replaces=note.id))
    archive.delete(entry.id)
    records.remove(note.id)
    records.remove(effort.id)
    Consents(archive).withdraw(who, [Scope.HEALTH], date(2026, 5, 4), Said(Giver.GUARDIAN, "Cha", "cha"))
    for act in (lambda: archive.restore(entry.id), lambda: records.restore(effort.id)):
        with pytest.raises(NoConsent):
            act()
    with pytest.raises(NoConsent):
        archive.keep(read(DATA, "again.fit", now=NOW), DATA)
    assert archive.is_deleted(entry.id)
    records.restore(note.id)
    assert [one.id for one in records.of(who)] == [note.id]


def test_taking_off_and_handing_over_stand_in_the_access_log(tmp_path: Path) -> None:
    archive, who, other = furnished(tmp_path)
    coach = Archive(tmp_path, Person("c-1", "Lan", frozenset({Role.COACH})))
    (entry,), (record, *_) = archive.entries(who), Records(archive).of(other)
    assert not [line for line in lines_of(archive.store, other) if line.account == "c-1"]
    coach.assign(entry.id, other)
    assert {who, other} == {
        one
        for one in (who, other)
        for line in lines_of(archive.store, one)
        if (line.account, line.act) == ("c-1", "changed")
    }
    late = Archive(tmp_path, Person("c-2", "Hoa", frozenset({Role.COACH})))
    Records(late).remove(record.id)
    assert [line.act for line in lines_of(archive.store, other) if line.account == "c-2"] == [Act.CHANGED]


def test_a_lost_key_keeps_nobody_from_being_erased(tmp_path: Path) -> None:
    _, athlete, _ = furnished(tmp_path)
    (tmp_path / "keys" / "health.key").unlink()
    done = erase(Archive(tmp_path), athlete)
    assert (done.counts["session"], done.counts["athlete_record"]) == (2, 2)
    assert Archive(tmp_path).store.row("SELECT 1 FROM athlete WHERE id = ?", (athlete,)) is None


def test_a_name_in_free_text_of_others_is_named_for_a_person_to_look(tmp_path: Path) -> None:
    archive, athlete, other = furnished(tmp_path)
    (record,) = Records(archive).keep(Record(RecordKind.NOTE, other, date(2026, 5, 4), text=f"chạy cùng {NAME}"))
    assert erase(archive, athlete).named == (f"record {record.id}",)


@pytest.mark.usefixtures("database")
def test_monthly_totals_stay_where_enough_trained_and_are_fixed_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    ids = [archive.save_athlete(Athlete("", f"Vận động viên {k}")).id for k in range(6)]
    for k, athlete in enumerate(ids):
        for n in range(2):
            archive.keep(_other(f"{k}{n}", datetime(2026, 5, 1 + n, 7, tzinfo=UTC)), athlete_id=athlete)
    for n in range(3):  # April is two people's alone
        archive.keep(_other(f"a{n}", datetime(2026, 4, 1 + n, 7, tzinfo=UTC)), athlete_id=ids[n % 2])
    for athlete in ids[:5]:
        Records(archive).keep(Record(RecordKind.EFFORT, athlete, date(2026, 5, 2), {"rpe": 6, "minutes": 90}))
    (before,) = months(archive)
    assert before.document() == {
        "month": "2026-05",
        "athletes": 5,
        "sessions": 10,
        "minutes": 700,
        "load": 2700,
        "fixed": False,
    }
    assert erase(archive, ids[0]).months == 1
    (after,) = months(archive)
    assert after.fixed
    assert {**after.document(), "fixed": False} == before.document()
    erase(archive, ids[1])
    assert months(archive) == [after]  # not computed anew: two totals would tell one person's training
    assert all(one not in json.dumps([month.document() for month in months(archive)]) for one in ids)
    Consents(archive).withdraw(ids[2], [Scope.STATISTICS], date(2026, 5, 1))
    archive.keep(_other("99", datetime(2026, 6, 1, 7, tzinfo=UTC)), athlete_id=ids[2])
    assert len(months(archive)) == 1


@pytest.mark.usefixtures("database")
def test_who_withdrew_statistics_counts_in_no_part_of_a_total(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    ids = [archive.save_athlete(Athlete("", f"Vận động viên {k}", birth_year=1990)).id for k in range(6)]
    for k, athlete in enumerate(ids):
        archive.keep(_other(f"{k}0", datetime(2026, 5, 1, 7, tzinfo=UTC)), athlete_id=athlete)
        Records(archive).keep(Record(RecordKind.EFFORT, athlete, date(2026, 5, 2), {"rpe": 10, "minutes": 100}))
    (before,) = months(archive)
    Consents(archive).withdraw(ids[0], [Scope.STATISTICS], date(2026, 5, 1))
    (after,) = months(archive)
    assert (before.load, after.load) == (6000, 5000)
    Consents(archive).withdraw(ids[1], [Scope.STATISTICS], date(2026, 5, 1))
    assert months(archive) == []


def test_everything_of_one_person_is_handed_over_in_open_formats(tmp_path: Path) -> None:
    archive, athlete, _ = furnished(tmp_path)
    done = export_person(archive, athlete, tmp_path / "an.zip")
    assert (done.sessions, done.records) == (2, 2)
    with zipfile.ZipFile(tmp_path / "an.zip") as bag:
        assert bag.testzip() is None
        files = {name: bag.read(name) for name in bag.namelist()}
    assert done.files == len(files)
    person = json.loads(files["person.json"])
    assert (person["name"], person["birth_date"], person["zone_settings"][0]["hr_max_bpm"]) == (
        NAME,
        "2011-05-03",
        190.0,
    )
    assert json.loads(files["consents.json"])[0]["name"] == f"Cha {NAME}"
    assert {record["kind"] for record in json.loads(files["records.json"])} == {"note", "effort"}
    assert [data for name, data in files.items() if name.endswith("/original.fit")] == [DATA]
    curves = [data.decode("utf-8-sig") for name, data in files.items() if name.endswith("/heart_rate.csv")]
    assert sorted(curve.splitlines()[1] for curve in curves) == ["0.0,100.0", "0.0,150.0"]
    assert any(name.endswith("/rr.csv") for name in files)
    assert b"exported" in files["access.csv"]
    assert NAME in files["TOM-TAT.txt"].decode("utf-8-sig")
    assert "2 sessions" in files["SUMMARY.txt"].decode("utf-8-sig")
    assert OTHER.encode() not in b"".join(files.values())
    assert Act.EXPORTED in {line.act for line in lines_of(archive.store, athlete)}
    with pytest.raises(BadValue, match="there already"):
        export_person(archive, athlete, tmp_path / "an.zip")
    analyst = Archive(tmp_path, Person("p-8", "Minh", frozenset({Role.ANALYST})))
    with pytest.raises(NotAllowed):
        export_person(analyst, athlete, tmp_path / "b.zip")
    with zipfile.ZipFile(io.BytesIO(bytes_of_person(archive, athlete))) as bag:
        assert set(bag.namelist()) == set(files)


def test_an_erased_demo_athlete_stays_away(tmp_path: Path) -> None:
    build(tmp_path, force=False, lang="vi", progress=lambda line: None)
    erase(Archive(tmp_path), ATHLETE_ID)
    assert build(tmp_path, force=True, lang="vi", progress=lambda line: None) == []
    assert Archive(tmp_path).athletes() == []


LIST = "Danh sách U16\n\nHọ và tên;Giới tính;Ngày sinh;Đội;HRmax;Ghi chú\n"


def test_a_list_of_a_club_is_taken_in_once(tmp_path: Path) -> None:
    path = tmp_path / "u16.csv"
    path.write_text(LIST + "Lê Ánh;nữ;29/02/2012;U16;201,5;x\nPhạm Bảo;Nam;2011;;;\n;;;;;\n", "utf-8-sig")
    archive = Archive(tmp_path / "home")
    done = import_list(archive, path)
    anh, bao = done.added
    assert (anh.name, anh.sex, anh.birth_date, anh.group) == ("Lê Ánh", Sex.FEMALE, date(2012, 2, 29), "U16")
    assert anh.zone_settings[0].hr_max_bpm == 201.5
    assert (bao.birth_year, bao.birth_date, bao.zone_settings) == (2011, None, ())
    assert anh.name.split()[0].lower() not in anh.id  # an id tells nothing
    again = import_list(archive, path)
    assert (len(again.added), len(again.known)) == (0, 2)


def test_where_consents_are_required_a_list_brings_no_heart_rates(tmp_path: Path) -> None:
    path = tmp_path / "u16.csv"
    path.write_text(LIST + "Lê Ánh;nữ;29/02/2012;U16;201,5;x\nPhạm Bảo;Nam;2011;;;\n", "utf-8-sig")
    archive = Archive(tmp_path / "home")
    keep_rules(archive.store, Rules(consent=Asking.REQUIRE))
    done = import_list(archive, path)
    assert [one.zone_settings for one in done.added] == [(), ()]
    assert done.limits_left_out == 1


def test_a_sheet_is_read_too_and_wrong_rows_add_nobody(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Name", "Date of birth"])
    sheet.append(["Lê Ánh", datetime(2012, 2, 29)])  # noqa: DTZ001  as sheets have it
    book.save(tmp_path / "u16.xlsx")
    (one,) = read_list(tmp_path / "u16.xlsx")
    assert (one.name, one.birth_date) == ("Lê Ánh", date(2012, 2, 29))
    for text in (b"PK\x03\x04junk", b"\x00\x01", b"a,b\n1,2\n", b""):
        (tmp_path / "bad").write_bytes(text)
        with pytest.raises(BadFile, match="no list of athletes"):
            read_list(tmp_path / "bad")
    bomb = io.BytesIO((tmp_path / "u16.xlsx").read_bytes())
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as bag:
        bag.writestr("xl/worksheets/sheet2.xml", b" " * (65 << 20))
    (tmp_path / "bomb.xlsx").write_bytes(bomb.getvalue())
    with pytest.raises(BadFile, match="too large when unpacked"):
        read_list(tmp_path / "bomb.xlsx")
    for k in range(5000):
        sheet.append([f"An {k}", None])
    book.save(tmp_path / "long.xlsx")
    with pytest.raises(BadFile, match="5000 rows"):  # none is lost in silence
        read_list(tmp_path / "long.xlsx")
    archive = Archive(tmp_path / "home")
    for row in ("Bảo;?;2011;;;", "Bảo;nam;31/02/2011;;;", "Bảo;nam;2011;;900;", ";nam;2011;;;"):
        (tmp_path / "bad.csv").write_text(f"{LIST}Lê Ánh;nữ;2012;U16;;\n{row}\n", "utf-8")
        with pytest.raises(BadFile, match="Row 5"):
            import_list(archive, tmp_path / "bad.csv")
    assert archive.athletes() == []

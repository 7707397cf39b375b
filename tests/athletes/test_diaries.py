"""HRV diaries in the forms of their apps, and what is kept of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_files import NOW, attempt

from athletes.archive import Archive
from athletes.importers import Diary, read, read_recording
from athletes.intake import take_in
from athletes.model import Athlete
from athletes.record_store import Records
from athletes.records import RecordKind
from touchline.errors import BadFile

ICT = timezone(timedelta(hours=7))
HRV4T = (
    "date,timestamp_measurement, HR, AVNN, SDNN, rMSSD, pNN50, LF, HF, HRV4T_Recovery_Points,sleep_quality,notes\n"
    "2026-05-01,2026-05-01 05:31:12,52.1,1150,80.5,71.25,40,0.1,0.2,8.6,80,=cmd\n"
    "2026-05-02,2026-05-02 05:40:00,50,1200,85,75,41,0.1,0.2,8.7,-,\n"
    "2026-05-03,-,-,-,-,-,-,-,-,-,-,-\n"
)
ELITE = (
    "Member,Type,Position,Breathing Pattern,Date Time Start,Date Time End,Duration,Tags,Notes,HRV,Morning Readiness,"
    "Balance,HRV CV,HR,lnRmssd,Rmssd,Nn50,Pnn50,Sdnn,Low Frequency Power,High Frequency Power,LF/HF Ratio,Total Power\n"
    "An,Readiness,Supine,None,2026-05-01 06:01:00,2026-05-01 06:03:30,150,,"
    "ngủ ngon,62,8,1,5,51,4.2,66.7,20,30,70,1,2,0.5,3\n"
    "An,Open,Seated,None,2026-05-01 18:00:00,2026-05-01 18:03:30,210,,,50,,,,70,3.2,25,5,3,30,1,2,0.5,3\n"
    "An,Readiness,Standing,None,2026-05-02 06:01:00,2026-05-02 06:03:30,150,,"
    ",60,7,1,5,400,4.1,60.3,20,30,70,1,2,0.5,3\n"
)


def diary(text: str, **how: object) -> Diary:
    found = read(text.encode(), "d.csv", now=NOW, **how)  # type: ignore[arg-type]
    assert isinstance(found, Diary)
    return found


def test_hrv4training() -> None:
    found = diary(HRV4T, zone=ICT)
    assert (found.kind, found.status) == ("hrv4training", "ok")
    first, second = found.readings  # the day of dashes is no reading
    assert first.day == date(2026, 5, 1)
    assert first.at == datetime(2026, 4, 30, 22, 31, 12, tzinfo=UTC)
    assert first.values == {"resting_bpm": 52.1, "sdnn_ms": 80.5, "rmssd_ms": 71.25}
    assert (first.note, second.note) == ("=cmd", "")
    (note,) = found.notes
    assert note.code == "columns_left_out"
    assert "sleep_quality" in note.params["columns"]


def test_hrv4training_with_a_posture_behind_each_column_and_days_before_months() -> None:
    text = "date,HR_lying,AVNN_lying,rMSSD_lying,rMSSD,AVNN\n2026-13-05,50,1100,70.5,-,-\n2026-14-05,51,1100,71.5,-,-\n"
    found = diary(text)
    assert [(one.day, one.posture, one.values["rmssd_ms"]) for one in found.readings] == [
        (date(2026, 5, 13), "lying", 70.5),
        (date(2026, 5, 14), "lying", 71.5),
    ]


def test_elite_hrv() -> None:
    found = diary(ELITE, zone=ICT)
    assert (found.kind, found.status) == ("elite_hrv", "repaired")
    first, second = found.readings
    assert (first.posture, first.note) == ("lying", "ngủ ngon")
    assert first.values == {"resting_bpm": 51, "ln_rmssd": 4.2, "rmssd_ms": 66.7, "sdnn_ms": 70}
    assert (second.posture, "resting_bpm" in second.values) == ("standing", False)
    assert [(one.code, one.params["count"]) for one in found.repairs] == [("impossible_readings", 1)]
    assert [one.code for one in found.notes] == ["not_in_the_morning", "columns_left_out"]
    assert "An" not in repr(found)


def test_a_teams_diary_and_one_without_readings_are_refused() -> None:
    for text, code in (
        (ELITE.replace("An,Open", "Bình,Open"), "several_people"),
        (HRV4T.splitlines()[0] + "\n2026-05-03,-,-\n", "no_readings"),
    ):
        with pytest.raises(BadFile) as refusal:
            diary(text)
        assert refusal.value.name == code
    with pytest.raises(BadFile) as refusal:
        read_recording(HRV4T.encode(), "d.csv", now=NOW)
    assert refusal.value.name == "not_a_session"


@pytest.mark.parametrize(
    "text",
    [
        "Ngày;Nhịp tim;RMSSD\n01/05/2026;52;71,25\n13/05/2026;50;75\n",
        "date,rmssd,hr\n5/1/2026 6:00 AM,71.25,52\n5/13/2026 6:10 AM,75,50\n",
        "date,rmssd,resting hr\n2026-05-01,71.25,52\n2026-05-13,75,50\n",
    ],
)
def test_any_table_of_days_with_rmssd(text: str) -> None:
    found = diary(text)
    assert found.kind == "diary"
    assert [(one.day, one.values) for one in found.readings] == [
        (date(2026, 5, 1), {"resting_bpm": 52, "rmssd_ms": 71.25}),
        (date(2026, 5, 13), {"resting_bpm": 50, "rmssd_ms": 75}),
    ]


def test_days_to_come_and_days_that_are_none_are_named() -> None:
    rows = "".join(f"2026-05-{day:02},{60 + day},50\n" for day in range(1, 21))
    found = diary(f"date,rmssd,hr\n{rows}2031-01-01,70,50\nhôm qua,70,50\n")
    assert len(found.readings) == 20
    assert found.repairs[0].params["count"] == 2


def test_a_diary_is_kept_as_records_of_its_athlete_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    athlete = archive.save_athlete(Athlete("", "An"))
    (nobody,) = take_in(HRV4T.encode(), "d.csv", archive=archive, now=NOW)
    assert (nobody["status"], nobody["reason"]) == ("refused", "diary_without_athlete")
    for _ in range(2):
        (kept,) = take_in(HRV4T.encode(), "d.csv", archive=archive, athlete_id=athlete.id, now=NOW)
        assert (kept["status"], kept["records"]) == ("ok", 2)
        assert kept["readings"] == {"count": 2, "first": "2026-05-01", "last": "2026-05-02"}
    records = Records(archive).of(athlete.id, [RecordKind.READING])
    assert [(one.day, one.values["rmssd_ms"], one.source) for one in records] == [
        (date(2026, 5, 1), 71.25, "hrv4training"),
        (date(2026, 5, 2), 75, "hrv4training"),
    ]
    assert archive.entries() == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["2026-05-01", "71", "-", "1e9", "x", "", "31/02/2026", "71,5"]), max_size=4),
        max_size=5,
    )
)
def test_any_diary_is_read_or_refused(rows: list[list[str]]) -> None:
    found = attempt(("date;rmssd;hr;notes\n" + "\n".join(";".join(row) for row in rows)).encode())
    assert isinstance(found, BadFile | Diary)

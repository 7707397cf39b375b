"""Tables of samples in other locales, with units, in workbooks, with beats and laps; Polar's forms; lists."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, time, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from training_files import NOW, attempt

from athletes.importers import Imported, read
from athletes.importers.numbers import Style, number_of, style_of
from athletes.model import Channel
from touchline.errors import BadFile

ICT = timezone(timedelta(hours=7))


def table(text: str, **how: object) -> Imported:
    found = read(text.encode(), "x.csv", now=NOW, **how)  # type: ignore[arg-type]
    assert isinstance(found, Imported)
    return found


def values(found: Imported, channel: Channel = Channel.HEART_RATE) -> list[float]:
    series = found.recording.channel(channel)
    assert series is not None
    return [round(value, 6) for value in series.values[series.measured].tolist()]


def codes(found: Imported) -> list[str]:
    return [repair.code for repair in found.repairs]


@pytest.mark.parametrize(
    ("cells", "comma", "style"),
    [
        (["91.5", "90"], True, Style.POINT),
        (["91,5", "90"], False, Style.COMMA),
        (["1.234,5", "2"], False, Style.COMMA),
        (["1,234.5", "2"], True, Style.POINT),
        (["91,5", "91.5"], False, Style.MIXED),
        (["1,234"], True, Style.UNSURE),
        (["1,234"], False, Style.COMMA),
        (["1.234"], False, Style.POINT),
        (["1.234.567"], False, Style.COMMA),
        (["Huế", "3:20"], True, Style.POINT),
    ],
)
def test_a_files_own_way_of_writing_numbers_is_found(cells: list[str], comma: bool, style: Style) -> None:
    assert style_of(cells, divided_by_comma=comma) is style


@pytest.mark.parametrize(
    ("cell", "style", "value"),
    [
        ("1.234,5", Style.COMMA, 1234.5),
        ("1.234", Style.COMMA, 1234.0),
        ("1,234", Style.COMMA, 1.234),
        ("1,234", Style.POINT, 1234.0),
        ("1 234,5", Style.COMMA, 1234.5),
        ("1’234.5", Style.POINT, 1234.5),
        ("91,5", Style.MIXED, 91.5),
        ("0,812", Style.MIXED, 0.812),
        ("1e3", Style.POINT, 1000.0),
        ("-12", Style.COMMA, -12.0),
    ],
)
def test_numbers_are_read_by_that_way(cell: str, style: Style, value: float) -> None:
    assert number_of(cell, style) == (value, "")


@pytest.mark.parametrize(
    ("cell", "style"),
    [
        ("1,234", Style.MIXED),
        ("1.234", Style.MIXED),
        ("1,234", Style.UNSURE),
        ("1,2,3", Style.POINT),
        ("chín", Style.POINT),
        ("1,2345.6", Style.POINT),
    ],
)
def test_what_can_be_read_in_two_ways_is_a_fault(cell: str, style: Style) -> None:
    with pytest.raises(ValueError, match=r".*"):
        number_of(cell, style)


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e6, 1e6), st.sampled_from([Style.POINT, Style.COMMA]))
def test_numbers_written_with_thousands_come_back(value: float, style: Style) -> None:
    written = f"{value:,.2f}"
    if style is Style.COMMA:
        written = written.translate(str.maketrans(",.", ".,"))
    read_back = number_of(written, style)
    assert read_back is not None
    assert read_back[0] == pytest.approx(round(value, 2), abs=0.005)


def test_quoted_decimal_commas_in_a_comma_table() -> None:
    found = table('time,hr,speed [km/h]\n0,"91,5","36,0"\n1,"92,25","18,5"\n')
    assert values(found) == [91.5, 92.25]
    assert values(found, Channel.SPEED)[0] == 10.0


def test_thousands_that_nothing_decides_are_named_not_guessed() -> None:
    with pytest.raises(BadFile) as refusal:
        table('time,hr,distance [m]\n0,90,"1,500"\n1,91,"1,503"\n')
    assert refusal.value.name == "bad_lines"
    decided = table('time,hr,distance [m]\n0,90,"1,500.5"\n1,91,"1,503"\n')
    assert values(decided, Channel.DISTANCE) == [1500.5, 1503.0]


def test_units_in_headings_and_behind_numbers() -> None:
    found = table(
        "time;hr;distance (km);speed [mph];altitude [ft]\n"
        "0;90;1,5;10;100\n1;91;1,6 km;10;100\n2;92;1700 m;36 km/h;100\n"
    )
    assert values(found, Channel.DISTANCE) == [1500.0, 1600.0, 1700.0]
    assert values(found, Channel.SPEED) == [4.4704, 4.4704, 10.0]
    assert values(found, Channel.ALTITUDE)[0] == 30.48
    assert "mixed_units" in [note.code for note in found.notes]
    nameless = table("time,hr,distance\n0,90,1.5\n1,91,1.6\n")
    assert codes(nameless) == ["distance_unit_unknown"]
    assert nameless.recording.channel(Channel.DISTANCE) is None


def test_a_unit_that_nobody_knows_is_a_fault() -> None:
    good = "".join(f"{i},90,10\n" for i in range(12))
    assert codes(table(f"time,hr,speed [m/s]\n{good}12,91,3 furlongs\n")) == ["bad_lines"]


def test_speed_distance_or_power_alone_are_a_session() -> None:
    for heading, channel in (
        ("speed [m/s]", Channel.SPEED),
        ("power", Channel.POWER),
        ("distance [m]", Channel.DISTANCE),
    ):
        found = table(f"time,{heading}\n0,1\n1,2\n")
        assert found.recording.heart_rate is None
        assert values(found, channel) == [1.0, 2.0]
    place = table("time,lat,lon\n0,16.46,107.59\n1,16.461,107.59\n2,0,0\n3,95,107\n")
    assert values(place, Channel.LATITUDE) == [16.46, 16.461]
    assert sorted(codes(place)) == ["impossible_value", "position_zero"]


def test_impossible_values_are_left_out_and_named() -> None:
    found = table("time,hr,speed [m/s],power\n0,90,3,200\n1,91,-2,200\n2,92,500,9000\n")
    assert [(one.params["channel"], one.params["count"]) for one in found.repairs] == [("speed", 2), ("power", 1)]
    assert values(found, Channel.SPEED) == [3.0]


def test_a_distance_that_begins_anew_is_carried_on() -> None:
    found = table("time,distance [m]\n0,0\n1,10\n2,20\n3,0\n4,10\n")
    assert values(found, Channel.DISTANCE) == [0.0, 10.0, 20.0, 20.0, 30.0]
    assert codes(found) == ["distance_restarted"]


def test_american_dates_are_told_by_am_and_pm_and_either_way_is_said() -> None:
    found = table("time,hr\n3/1/2026 8:00:00 AM,90\n3/1/2026 8:00:05 AM,91\n", zone=ICT)
    assert found.recording.start == datetime(2026, 3, 1, 1, tzinfo=UTC)
    either = table("time;hr\n03/01/2026 08:00:00;90\n03/01/2026 08:00:05;91\n", zone=ICT)
    assert either.recording.start == datetime(2026, 1, 3, 1, tzinfo=UTC)
    assert [note.code for note in either.notes] == ["day_first"]


def test_beats_beside_samples_get_their_times_and_their_unit_from_them() -> None:
    rng = np.random.default_rng(1)
    ticks = np.round(rng.normal(820, 30, 200))
    ends = np.cumsum(ticks * 1000 / 1024)
    rows = "".join(
        f"{1_772_326_800_000 + round(end)},{tick:.0f},{60000 / tick:.0f}\n"
        for end, tick in zip(ends, ticks, strict=True)
    )
    found = table("timestamp,rr,hr\n" + rows)
    assert found.recording.rr_ms is not None
    assert found.recording.rr_end_s is not None
    np.testing.assert_allclose(found.recording.rr_ms, ticks * 1000 / 1024)
    assert np.abs(np.diff(found.recording.rr_end_s) - found.recording.rr_ms[1:] / 1000).max() < 1e-6
    assert [(note.code, note.params["unit"], note.params["told"]) for note in found.notes] == [
        ("interval_unit", "1/1024 s", "times")
    ]


def test_laps_from_a_column() -> None:
    found = table("time,hr,lap\n0,90,warm\n10,91,warm\n20,92,1\n30,93,1\n40,94,\n50,95,2\n60,95,2\n")
    assert [(lap.from_s, lap.to_s, lap.name) for lap in found.recording.laps] == [
        (0, 20, "warm"),
        (20, 40, "1"),
        (50, 60, "2"),
    ]


FLOW = (
    "Name,Sport,Date,Start time,Duration,Total distance (km),Average heart rate (bpm),Average speed (km/h),Notes\n"
    "Lê Văn An,RUNNING,17-02-2026,10:11:38,00:00:03,0.01,95,5.0,\n"
    "Sample rate,Time,HR (bpm),Speed (km/h),Pace (min/km),Cadence,Altitude (m),Stride length (m),"
    "Distances (m),Temperatures (C),Power (W),\n"
    "1,00:00:00,94,0.0,00:00,,5,,0.0,,,\n,00:00:01,95,3.6,16:40,80,5,,1.0,,,\n,00:00:02,96,7.2,08:20,82,5,,3.0,,,\n"
)


def test_polar_flow_knows_its_start_and_keeps_no_name() -> None:
    found = table(FLOW, zone=ICT)
    recording = found.recording
    assert (recording.kind, recording.sport, recording.start) == (
        "polar_flow",
        "running",
        datetime(2026, 2, 17, 3, 11, 38, tzinfo=UTC),
    )
    assert values(found) == [94.0, 95.0, 96.0]
    assert values(found, Channel.SPEED) == [0.0, 1.0, 2.0]
    assert values(found, Channel.DISTANCE) == [0.0, 1.0, 3.0]
    assert "Lê Văn An" not in repr(recording)
    assert table(FLOW).recording.start is None
    assert codes(table(FLOW)) == ["zone_unknown"]


def test_polar_sensor_logger_writes_beats_of_one_packet_with_one_time() -> None:
    rows = "".join(f"2026-05-01T10:00:0{at};{rr}\n" for at, rr in ((1.8, 900), (1.8, 880), (3.6, 890), (3.6, 910)))
    found = table("Phone timestamp;RR-interval [ms]\n" + rows, zone=ICT)
    recording = found.recording
    assert (recording.kind, recording.series) == ("polar_sensor_logger", ())
    assert recording.rr_ms is not None
    assert recording.rr_ms.tolist() == [900, 880, 890, 910]
    assert recording.rr_end_s is not None
    np.testing.assert_allclose(recording.rr_end_s, [0.9, 1.78, 2.67, 3.58])
    assert recording.start == datetime(2026, 5, 1, 3, 0, 0, 20_000, tzinfo=UTC)
    pulse = table(
        "Phone timestamp;sensor timestamp [ns];HR [bpm];HRV [ms]\n"
        "2026-05-01T10:00:01.8;1;72;40\n2026-05-01T10:00:02.8;2;73;41\n",
        zone=ICT,
    )
    assert values(pulse) == [72.0, 73.0]


GARMIN = (
    "Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Max HR\n"
    'Running,2026-02-06 17:06:03,false,"Chạy",5.48,447,00:31:24,153,176\n'
)
STRAVA = (
    'Activity ID,Activity Date,Activity Name,Activity Type,Elapsed Time,Distance\n1,"Jan 3, 2026",Run,Run,1800,5.0\n'
)
LAPS = "Laps,Time,Cumulative Time,Distance,Avg Pace,Avg HR\n1,05:00,05:00,1.00,5:00,150\n"


@pytest.mark.parametrize(
    ("text", "code"), [(GARMIN, "list_of_sessions"), (STRAVA, "list_of_sessions"), (LAPS, "list_of_laps")]
)
def test_lists_are_told_for_what_they_are(text: str, code: str) -> None:
    with pytest.raises(BadFile) as refusal:
        table(text)
    assert refusal.value.name == code
    assert "1" in refusal.value.detail("vi")


def book(rows: list[list[object]]) -> bytes:
    made = Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_only_the_first_sheet_is_read_and_the_others_are_named() -> None:
    table: list[list[object]] = [["time", "hr"], [0, 90], [1, 91]]
    made = load_workbook(io.BytesIO(book(table)))
    made.create_sheet("Buổi chiều").append(["time", "hr"])
    out = io.BytesIO()
    made.save(out)
    found = read(out.getvalue(), "x.xlsx", now=NOW)
    assert isinstance(found, Imported)
    assert [(note.code, dict(note.params)) for note in found.notes] == [("other_sheets", {"sheets": "Buổi chiều"})]
    assert found.status == "ok"
    made.move_sheet("Buổi chiều", -1)
    made.worksheets[0].delete_rows(1)
    out = io.BytesIO()
    made.save(out)
    with pytest.raises(BadFile) as refusal:
        read(out.getvalue(), "x.xlsx", now=NOW)
    assert refusal.value.code == "athletes.errors.not_on_first_sheet"
    assert "Sheet" in refusal.value.detail("vi")


def test_a_workbook_is_a_table() -> None:
    at = datetime.fromisoformat("2026-03-01T08:00:00")  # Excel knows no zone
    rows: list[list[object]] = [["Thời gian", "Nhịp tim", "Tốc độ [km/h]"]]
    rows += [[at + timedelta(seconds=i), 90 + i, 36.5] for i in range(4)]
    found = read(book(rows), "x.xlsx", now=NOW, zone=ICT)
    assert isinstance(found, Imported)
    assert (found.recording.kind, found.recording.start) == ("xlsx", datetime(2026, 3, 1, 1, tzinfo=UTC))
    assert values(found) == [90.0, 91.0, 92.0, 93.0]
    clock = read(book([["time", "hr"], [time(0, 0, 1), 90], [time(0, 0, 2, 500_000), "91,5"]]), "x", now=NOW)
    assert isinstance(clock, Imported)
    assert clock.recording.duration_s == 1.5
    assert values(clock) == [90.0, 91.5]


def test_hostile_workbooks_are_refused() -> None:
    good = book([["time", "hr"], [0, 90], [1, 91]])
    bomb, doctype = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"<workbook>" + b" " * (201 << 20))
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(doctype, "w") as package:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1)
            package.writestr(entry.filename, data)
    for data, code in ((bomb.getvalue(), "damaged"), (doctype.getvalue(), "damaged"), (good[:-200], "damaged"),
                       (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old_excel")):  # fmt: skip
        with pytest.raises(BadFile) as refusal:
            read(data, "x.xlsx", now=NOW)
        assert refusal.value.name in (code, "several_files")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                ["time", "rr", "hr", "lap", "1,5", "1.234", "7", "", "3 km", "-", "2026-01-01", "=1+1", "nan", "1e400"]
            ),
            max_size=5,
        ),
        max_size=8,
    )
)
def test_any_table_is_read_or_refused(rows: list[list[str]]) -> None:
    for divider in (",", ";", "\t"):
        found = attempt("\n".join(divider.join(row) for row in rows).encode())
        assert isinstance(found, BadFile) or found.repairs is not None

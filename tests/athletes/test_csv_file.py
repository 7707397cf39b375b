"""Tables in the ways people write them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from training_files import NOW, attempt

from athletes.importers import Imported, read, read_all
from athletes.local_zone import local_zone
from athletes.model import Channel
from touchline.errors import BadFile

HCM = ZoneInfo("Asia/Ho_Chi_Minh")


def table(text: str, coding: str = "utf-8", zone: ZoneInfo | None = None) -> Imported:
    return read(text.encode(coding), "x.csv", now=NOW, zone=zone)


def pairs(found: Imported) -> list[tuple[float, float]]:
    pulse = found.recording.heart_rate
    assert pulse is not None
    return list(zip(pulse.seconds.tolist(), pulse.values.tolist(), strict=True))


WANTED = [(0.0, 90.0), (1.0, 91.5), (2.5, 95.0)]


@pytest.mark.parametrize(
    "text",
    [
        "time,hr\n0,90\n1,91.5\n2.5,95\n",
        "Thời gian;Nhịp tim\n0;90\n1;91,5\n2,5;95\n",
        "seconds\theart_rate\n10\t90\n11\t91,5\n12,5\t95\n",
        "Time,HR (bpm)\n00:00:00,90\n00:00:01,91.5\n00:00:02.5,95\n",
        "elapsed;bpm\n59:59;90\n60:00;91.5\n60:01,5;95\n",
        "Tên,Môn\nÁnh,Chạy\nSample rate,Time,HR (bpm),Pace\n1,00:10:00,90,x\n,00:10:01,91.5,\n,00:10:02.5,95,\n",
        "timestamp,heartrate\n2026-03-01T01:00:00Z,90\n2026-03-01T01:00:01Z,91.5\n2026-03-01T08:00:02.500+07:00,95\n",
        "time,hr\n1772326800,90\n1772326801,91.5\n1772326802.5,95\n",
        "time,hr\n1772326800000,90\n1772326801000,91.5\n1772326802500,95\n",
    ],
)
def test_many_ways_one_meaning(text: str) -> None:
    found = table(text)
    assert pairs(found) == WANTED
    assert found.status == "ok"


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "cp1258"])
def test_codings(coding: str) -> None:
    text = "time;hr;Ghi chu\n0;90;Đ\n1;91,5;\n2,5;95;\n"
    assert pairs(table(text, coding)) == WANTED


def test_dates_with_and_without_a_zone() -> None:
    aware = table("time,hr\n2026-03-01T08:00:00+07:00,90\n2026-03-01T08:00:05+07:00,91\n")
    assert aware.recording.start == datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
    bare = "time;hr\n01/03/2026 08:00:00;90\n01/03/2026 08:00:05;91\n"
    local = table(bare, zone=HCM)
    assert local.recording.start == aware.recording.start
    assert [repair.code for repair in local.repairs] == ["zone_assumed"]
    unknown = table(bare)
    assert unknown.recording.start is None
    assert unknown.recording.duration_s == 5.0
    assert [repair.code for repair in unknown.repairs] == ["zone_unknown"]


@pytest.mark.parametrize(
    "text",
    [
        "time (ms),hr\n0,90\n1000,91.5\n2500,95\n",
        "Time [min],hr\n1,90\n1.016666667,91.5\n1.041666667,95\n",
        "Date,Time,HR\n2026-03-01,08:00:00,90\n2026-03-01,08:00:01,91.5\n2026-03-01,08:00:02.5,95\n",
    ],
)
def test_units_and_a_day_column_beside_the_time_do_not_stretch_or_fold_time(text: str) -> None:
    assert pairs(table(text)) == WANTED


def test_cells_that_no_computer_should_compute_are_bad_lines() -> None:
    good = "".join(f"{i},90\n" for i in range(20))
    for cell in ("1e99999999", "9" * 5000, "9" * 5000 + ":00:01"):
        found = table(f"time,hr\n{good}{cell},91\n")
        assert [(repair.code, repair.params["count"]) for repair in found.repairs] == [("bad_lines", 1)]
    hours = "".join(f"0:00:{i:02},90\n" for i in range(20))
    found = table(f"time,hr\n{hours}{'9' * 30}:00:01,91\n")
    assert [repair.code for repair in found.repairs] == ["bad_lines"]
    with pytest.raises(BadFile) as refusal:
        table(f"time,hr\n{'x' * 200_000},90\n")
    assert refusal.value.name == "damaged"


def test_missing_values_stay_missing_and_speed_needs_its_unit() -> None:
    found = table("time,hr,speed [km/h]\n0,90,36\n1,null,18\n2,,--\n")
    pulse, speed = found.recording.heart_rate, found.recording.channel(Channel.SPEED)
    assert pulse is not None
    assert speed is not None
    assert np.isnan(pulse.values).tolist() == [False, True, True]
    assert speed.values[:2] == pytest.approx([10, 5])
    guess = table("time,hr,speed\n0,90,36\n1,91,18\n")
    assert guess.recording.channel(Channel.SPEED) is None
    assert [repair.code for repair in guess.repairs] == ["speed_unit_unknown"]


def test_impossible_heart_rates_are_left_out_and_named() -> None:
    found = table("time,hr\n0,90\n1,500\n2,-3\n3,92\n4,0\n")
    assert [(repair.code, repair.params["count"]) for repair in found.repairs] == [("impossible_heart_rate", 2)]
    assert [rate for _, rate in pairs(found)][::3] == [90.0, 92.0]


def test_bad_lines_are_all_named() -> None:
    good = "".join(f"{i},90\n" for i in range(20))
    found = table(f"time,hr\n{good}trưa,90\n21,chín mươi\n")
    assert [repair.code for repair in found.repairs] == ["bad_lines"]
    assert "22: 'trưa'" in found.repairs[0].params["faults"]
    assert "23: 'chín mươi'" in found.repairs[0].params["faults"]


def test_decimal_commas_in_a_comma_table_are_refused_with_their_lines() -> None:
    with pytest.raises(BadFile) as refusal:
        table("time,hr\na,90\nb,91\nc,92\n3,93\n")
    assert refusal.value.name == "bad_lines"
    assert refusal.value.params["count"] == 3
    assert "2: 'a'; 3: 'b'; 4: 'c'" in refusal.value.detail("vi")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xin chào\n", "not_a_training_file"),
        ("a,b\n1,2\n", "not_a_training_file"),
        ("time,cadence\n0,80\n1,81\n", "nothing_measured"),
        ("hr,power\n90,100\n91,101\n", "no_time_column"),
        ("time,hr\n", "no_samples"),
        ("time,hr\n0,\n1,\n", "nothing_measured"),
        ("  \n\n", "empty"),
    ],
)
def test_refusals_have_their_code(text: str, code: str) -> None:
    with pytest.raises(BadFile) as refusal:
        table(text)
    assert refusal.value.name == code


def test_binary_rubbish_is_not_a_table() -> None:
    for data in (b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(1, 256)) * 20):
        with pytest.raises(BadFile) as refusal:
            read(data, "x.csv", now=NOW)
        assert refusal.value.name == "not_a_training_file"


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, "time,hr\n" + text, "time;hr\n0;90\n" + text):
        found = attempt(whole.encode("utf-8", "replace"))
        if isinstance(found, BadFile):
            assert found.detail("en") != f"{found.code}.detail"
        else:
            assert found.recording.series or found.recording.rr_ms is not None


def test_a_real_table_agrees_with_its_fit_file(fixture_path: Callable[[str], Path]) -> None:
    written = read(fixture_path("fit_mit/compressed-speed-distance-records.csv"))
    original = read(fixture_path("fit_mit/compressed-speed-distance.fit"))
    ours, theirs = written.recording.heart_rate, original.recording.heart_rate
    assert ours is not None
    assert theirs is not None
    assert ours.values[ours.measured].tolist() == theirs.values[theirs.measured].tolist()


def _of_day(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def test_a_session_over_midnight_goes_on() -> None:
    begin = 23 * 3600 + 50 * 60
    lines = [f"{_of_day(begin + at)},{100 + at % 7}" for at in range(1200)]
    found = read(("time,hr\n" + "\n".join(lines)).encode(), "x.csv", now=NOW)
    assert isinstance(found, Imported)
    assert (found.repairs, [note.code for note in found.notes]) == ((), ["over_midnight"])
    assert found.recording.heart_rate is not None
    assert (found.recording.heart_rate.count, found.recording.duration_s) == (1200, 1199.0)
    lines[300] = "00:00:01,107"  # one wrong stamp is no midnight
    wrong = read(("time,hr\n" + "\n".join(lines[:500])).encode(), "x.csv", now=NOW)
    assert isinstance(wrong, Imported)
    assert [(repair.code, repair.params["count"]) for repair in wrong.repairs] == [("time_went_back", 1)]
    assert wrong.recording.duration_s == 499.0


def test_the_hour_that_clocks_show_twice_is_two_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in summer; at 01:00 UTC the clock goes back to 02:00
    instants = [begin + timedelta(seconds=at) for at in range(3600)]
    lines = [f"{at.astimezone(berlin):%Y-%m-%d %H:%M:%S},{100 + at.second}" for at in instants]
    found = read(("time,hr\n" + "\n".join(lines)).encode(), "x.csv", now=datetime(2026, 11, 1, tzinfo=UTC), zone=berlin)
    assert isinstance(found, Imported)
    assert [repair.code for repair in found.repairs] == ["zone_assumed"]
    assert (found.recording.start, found.recording.duration_s) == (begin, 3599.0)


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Ho_Chi_Minh"])
def test_the_zone_of_this_machine_follows_its_rules_in_summer_and_in_winter(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", name)
    time.tzset()
    try:
        for month in (1, 7):
            told = datetime(2026, month, 1, 10, tzinfo=ZoneInfo(name))
            text = f"time,hr\n2026-0{month}-01 10:00:00,100\n2026-0{month}-01 10:00:01,101\n"
            found = read(text.encode(), "x.csv", now=datetime(2026, 11, 1, tzinfo=UTC), zone=local_zone())
            assert isinstance(found, Imported)
            assert found.recording.start == told
            assert found.recording.start.astimezone(local_zone()).isoformat() == told.isoformat()
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_the_ends_of_the_calendar_break_nothing(year: str) -> None:
    text = f"time,hr\n{year}-01-01 00:00:00,100\n{year}-12-31 23:59:59,100\n"
    for zone in (ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo"), local_zone()):
        try:
            found = read(text.encode(), "x.csv", now=NOW, zone=zone)
        except BadFile:
            continue
        assert isinstance(found, Imported)
        assert found.recording.start is None


def test_a_table_of_more_lines_than_a_session_has_is_refused_before_it_takes_all_memory() -> None:
    with pytest.raises(BadFile) as refusal:
        read(b"t,hr\n" + b"1,99\n" * 2_000_000, "x.csv", now=NOW)
    assert refusal.value.name == "too_many_lines"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_what_has_no_end_is_read_no_further_than_a_session_goes() -> None:
    with pytest.raises(BadFile) as refusal:
        read(Path("/dev/zero"), now=NOW)
    assert refusal.value.name == "too_large"


def test_a_pipe_is_read_once_and_whole(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"time,hr\n1,100\n2,101\n",), daemon=True)
    writer.start()
    (part,) = read_all(pipe, now=NOW)
    writer.join(10)
    assert isinstance(part.found, Imported)
    assert part.found.recording.duration_s == 1.0

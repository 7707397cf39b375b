"""Sessions out and in again, by our own importer and by other people's readers; no names, no formulas."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import fitdecode
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tcxreader.tcxreader import TCXReader
from training_files import NOW, START, fit_file, fit_seconds

from athletes.archive import Archive
from athletes.exporters import FORMS, export_session, file_name
from athletes.exporters.export import _WRITERS
from athletes.importers import Imported, read
from athletes.model import Athlete, Channel, Lap, Recording, Series, Session
from athletes.people.consent import Consents
from athletes.people.exporting import bytes_of_person
from athletes.people.standing import NoConsent, Scope
from athletes.synthetic import simulate
from touchline.errors import BadValue, NotFound
from touchline.origin import Origin
from touchline.rights import NotAllowed, Person, Role

N = 120
MS = np.arange(N, dtype=np.int64) * 1000
RR = np.array([812.0, 803.0, 1999.0, 805.0, 700.0] * 24)


def recording(**changes: Any) -> Recording:
    hr = np.round(120 + 20 * np.sin(np.arange(N) / 9))
    hr[40:50] = np.nan
    series = (
        Series(Channel.HEART_RATE, MS, hr),
        Series(Channel.SPEED, MS, np.round(3 + np.cos(np.arange(N) / 7), 3)),
        Series(Channel.POWER, MS, np.round(200 + 30 * np.sin(np.arange(N) / 5))),
        Series(Channel.CADENCE, MS, np.full(N, 85.0)),
        Series(Channel.ALTITUDE, MS, np.round(10 + np.arange(N) / 5, 1)),
        Series(Channel.DISTANCE, MS, np.arange(N) * 3.0),
        Series(Channel.LATITUDE, MS, 16.46 + np.arange(N) * 1e-5),
        Series(Channel.LONGITUDE, MS, np.full(N, 107.59)),
    )
    ends = np.cumsum(RR) / 1000
    laps = (Lap(0, 60, "=1+1"), Lap(60, 119, ""))
    return replace(Recording("fit", series, START, "running", "fenix", RR, ends, laps), **changes)


def session(found: Recording | None = None, origin: Origin = Origin.IMPORTED) -> Session:
    return Session("5e55", "Nguyễn Thị Ánh", "Nguyễn Thị Ánh.fit", "ab" * 32, origin, found or recording())


def again(data: bytes, form: str) -> Recording:
    found = read(data, f"x.{form}", now=NOW)
    assert isinstance(found, Imported)
    return found.recording


TOLERANCE = {Channel.LATITUDE: 1e-6, Channel.LONGITUDE: 1e-6, Channel.ALTITUDE: 0.11, Channel.SPEED: 0.001}


@pytest.mark.parametrize("form", ["fit", "tcx", "csv", "xlsx"])
def test_what_goes_out_comes_in_again(form: str) -> None:
    before = recording()
    after = again(_WRITERS[form](session(before)), form)
    assert after.start == before.start
    assert after.duration_s == before.duration_s
    assert {one.channel for one in after.series} == {one.channel for one in before.series}
    for one in before.series:
        there = after.channel(one.channel)
        assert there is not None
        np.testing.assert_allclose(there.values, one.values, atol=TOLERANCE.get(one.channel, 1e-9))
        assert there.ticks.tolist() == one.ticks.tolist()
    assert [(lap.from_s, lap.to_s) for lap in after.laps] == [(0, 60), (60, 119)]
    if form == "tcx":
        assert after.rr_ms is None  # the form has no place for them
        return
    assert after.rr_ms is not None
    assert after.rr_end_s is not None
    assert before.rr_end_s is not None
    np.testing.assert_allclose(after.rr_ms, RR)
    np.testing.assert_allclose(after.rr_end_s, before.rr_end_s, atol=0.001 if form != "fit" else 1.0)


def test_other_peoples_readers_agree(tmp_path: Path) -> None:
    data = _WRITERS["fit"](session())
    with fitdecode.FitReader(
        data, check_crc=fitdecode.CrcCheck.RAISE, error_handling=fitdecode.ErrorHandling.RAISE
    ) as reader:
        messages = [frame for frame in reader if isinstance(frame, fitdecode.FitDataMessage)]
    records = [message for message in messages if message.name == "record"]
    assert len(records) == N
    rates = [record.get_value("heart_rate", fallback=None) for record in records]
    assert sum(rate is None for rate in rates) == 10
    assert sum(rate for rate in rates if rate) == np.nansum(recording().series[0].values)
    beats = [value for message in messages if message.name == "hrv" for value in message.get_value("time") if value]
    assert sum(beats) == pytest.approx(RR.sum() / 1000)
    assert sum(message.name == "lap" for message in messages) == 2
    assert next(message.get_value("sport") for message in messages if message.name == "session") == "running"

    (tmp_path / "x.tcx").write_bytes(_WRITERS["tcx"](session()))
    exercise = TCXReader().read(str(tmp_path / "x.tcx"))
    points = exercise.trackpoints
    assert (len(points), len(exercise.laps), exercise.activity_type) == (N, 2, "Running")
    assert points[5].hr_value == recording().series[0].values[5]
    assert points[5].tpx_ext["Watts"] == recording().series[2].values[5]
    assert points[5].latitude == pytest.approx(16.46005)

    book = load_workbook(io.BytesIO(_WRITERS["xlsx"](session())))
    assert book.sheetnames == ["session", "laps", "about"]
    assert book["session"].max_row == 1 + N + RR.size
    assert {cell.data_type for row in book["session"].iter_rows(min_row=2) for cell in row} <= {"n", "s"}

    table = pq.read_table(io.BytesIO(_WRITERS["parquet"](session())))
    assert table.num_rows == N + RR.size
    rates = [value for value in table["heart_rate"].to_pylist() if value is not None]
    assert (len(rates), sum(rates)) == (N - 10, np.nansum(recording().series[0].values))
    assert sum(value for value in table["rr_ms"].to_pylist() if value) == RR.sum()
    told = json.loads(table.schema.metadata[b"touchline"])
    assert (told["sport"], told["origin"], len(told["laps"])) == ("running", "imported", 2)


@pytest.mark.parametrize("form", FORMS)
def test_no_file_holds_a_name_or_a_formula(form: str) -> None:
    data = _WRITERS[form](session())
    texts = [data]
    if form == "xlsx":
        book = load_workbook(io.BytesIO(data))
        cells = [cell for page in book for row in page.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert [cell.value for cell in cells if str(cell.value).startswith("=")]  # a lap's name, as a text
        texts.append("\n".join(str(cell.value) for cell in cells).encode())
    if form == "csv":
        assert b"'=1+1" in data
        assert b",=1+1" not in data
    for text in texts:
        for name in ("Ánh", "Nguyễn"):
            assert name.encode() not in text


@pytest.mark.parametrize("form", FORMS)
def test_what_was_simulated_says_so(form: str) -> None:
    made = simulate(seed=3, start=START, name="x")
    data = _WRITERS[form](session(made.recording, Origin.SIMULATED))
    if form == "xlsx":
        words = [cell.value for row in load_workbook(io.BytesIO(data))["about"].iter_rows() for cell in row]
        assert "simulated" in words
    else:
        assert b"simulated" in data
    if form in ("fit", "tcx", "csv"):
        found = read(data, "x", now=NOW)
        assert isinstance(found, Imported)
        assert found.status == "ok"


def test_without_a_date_time_counts_from_the_start_and_tcx_refuses() -> None:
    dateless = session(recording(start=None))
    for form in ("fit", "csv", "xlsx", "parquet"):
        data = _WRITERS[form](dateless)
        if form != "parquet":
            assert again(data, form).start is None
            assert again(data, form).duration_s == 119
    with pytest.raises(BadValue) as refusal:
        _WRITERS["tcx"](dateless)
    assert refusal.value.name == "no_date_for_form"


def test_beats_alone_go_out_where_there_is_a_place_for_them() -> None:
    alone = Recording("rr", (), START, None, None, RR, None)
    for form in ("fit", "csv", "xlsx"):
        found = again(_WRITERS[form](session(alone)), form)
        assert found.rr_ms is not None
        np.testing.assert_allclose(found.rr_ms, RR)
    assert pq.read_table(io.BytesIO(_WRITERS["parquet"](session(alone)))).num_rows == RR.size
    with pytest.raises(BadValue) as refusal:
        _WRITERS["tcx"](session(alone))
    assert refusal.value.name == "nothing_for_form"


@pytest.mark.parametrize("scope", [Scope.HEALTH, Scope.SHARING])
def test_no_file_for_others_is_made_after_a_withdrawal_and_the_athlete_gets_theirs(
    tmp_path: Path, scope: Scope
) -> None:
    archive = Archive(tmp_path)
    athlete = archive.save_athlete(Athlete("", "An", birth_year=1990))
    made = Imported(recording(), (), "run.fit", "ab" * 32)
    kept = archive.keep(made, athlete_id=athlete.id, origin=Origin.IMPORTED)
    assert export_session(archive, kept.session_id, "csv")
    Consents(archive).withdraw(athlete.id, [scope], NOW.date())
    for form in FORMS:
        with pytest.raises(NoConsent, match="no file was made for others") as refusal:
            export_session(archive, kept.session_id, form)
        assert f'"{scope.value}"' not in refusal.value.detail("vi")  # the scope has a name in each language
    assert bytes_of_person(archive, athlete.id)[:2] == b"PK"
    Consents(archive).give(athlete.id, [scope], NOW.date())
    assert export_session(archive, kept.session_id, "csv")


def test_a_kept_session_is_exported_by_those_who_may_see_it(tmp_path: Path) -> None:
    data = fit_file([(fit_seconds() + i, 100 + i) for i in range(30)])
    archive = Archive(tmp_path)
    found = read(data, "a.fit", now=NOW)
    assert isinstance(found, Imported)
    athlete = archive.save_athlete(Athlete("", "An"))
    kept = archive.keep(found, data, athlete_id=athlete.id).session_id
    assert again(export_session(archive, kept, "fit"), "fit").heart_rate is not None
    assert file_name(kept, "csv") == f"touchline-{kept}.csv"
    with pytest.raises(BadValue) as refusal:
        export_session(archive, kept, "docx")
    assert refusal.value.name == "bad_export_form"
    noted = [
        row["act"] for row in archive.store.rows("SELECT act FROM health_access WHERE athlete_id = ?", (athlete.id,))
    ]
    assert noted.count("exported") == 1
    with pytest.raises(NotFound):
        export_session(archive, "nothing", "fit")
    with pytest.raises(NotAllowed):
        export_session(Archive(tmp_path, Person("p", "Lan", frozenset({Role.REFEREE}))), kept, "fit")


@pytest.mark.parametrize("form", ["fit", "tcx", "csv", "xlsx"])
def test_a_real_run_survives_the_round(form: str, fixture_path: Callable[[str], Path]) -> None:
    found = read(fixture_path("fit_mit/garmin-fenix-5-run.fit"))
    assert isinstance(found, Imported)
    before = found.recording
    after = again(_WRITERS[form](session(before)), form)
    for one in before.series:
        there = after.channel(one.channel)
        assert there is not None
        np.testing.assert_allclose(there.values, one.values, atol=TOLERANCE.get(one.channel, 0.01))
    if form != "tcx":
        assert after.rr_ms is not None
        assert (after.rr_ms.size, after.rr_ms.sum()) == (113, pytest.approx(75005))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_recording_survives_the_round_as_csv(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30))
    steps = data.draw(st.lists(st.integers(0, 4000), min_size=count, max_size=count))
    ticks = np.cumsum(steps, dtype=np.int64) - steps[0]
    rates = np.array(
        data.draw(st.lists(st.one_of(st.just(np.nan), st.floats(30, 220)), min_size=count, max_size=count))
    )
    rates[0] = 100.0
    start = START + timedelta(milliseconds=data.draw(st.integers(0, 10**9)))
    before = Recording("x", (Series(Channel.HEART_RATE, ticks, rates),), start)
    after = again(_WRITERS["csv"](session(before)), "csv").heart_rate
    assert after is not None
    assert after.ticks.tolist() == ticks.tolist()
    np.testing.assert_array_equal(after.values, rates)

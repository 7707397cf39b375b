"""Many files: several processes, duplicates, a run that was ended, files that end their reader, bar and report."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest
from openpyxl import load_workbook
from training_files import NOW, START, fit_file, fit_seconds, gpx, tcx

from athletes.archive import Archive
from athletes.import_progress import Bar
from athletes.import_report import write_report
from athletes.import_run import Order, jobs_for, run
from athletes.importers import Imported, read
from athletes.importers.likeness import alike, trace_of
from athletes.intake import Document, Intake, take_in
from athletes.model import Athlete, Series
from touchline.commands import schemas
from touchline.errors import BadValue
from touchline.i18n import LANGUAGES

ORDER = Order("en", now=NOW)


@pytest.fixture(autouse=True)
def no_page_is_the_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """New processes run the main module again, and a page that was tested before in this one is left behind as it."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


class Deadly(tzinfo):
    """A time zone that ends the process which asks it anything."""

    def utcoffset(self, at: datetime | None) -> timedelta:
        os._exit(9)

    def dst(self, at: datetime | None) -> timedelta:
        os._exit(9)

    def tzname(self, at: datetime | None) -> str:
        return "deadly"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(14):
        stamps = [(fit_seconds() + 86_400 * i + second, 100 + (second * 7 + i) % 60) for second in range(120)]
        (folder / f"{i:02}.fit").write_bytes(fit_file(stamps))
    (folder / "twin.fit").write_bytes((folder / "03.fit").read_bytes())
    (folder / "x.txt").write_text("không phải", "utf-8")
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def everything(folder: Path, intake: Intake, order: Order = ORDER, jobs: int = 1) -> list[Document]:
    counts: list[int] = []
    found = list(run(files(folder), intake, order, jobs=jobs, done=counts.append))
    assert counts == list(range(1, len(files(folder)) + 1))
    return found


def test_several_processes_say_what_one_says_and_keep_the_same(folder: Path, tmp_path: Path) -> None:
    one, other = Archive(tmp_path / "one"), Archive(tmp_path / "other")
    here, there = everything(folder, Intake(one, lang="en")), everything(folder, Intake(other, lang="en"), jobs=2)
    assert here == there
    jsonschema.validate(here, schemas()["import"])
    assert {entry.id for entry in one.entries()} == {entry.id for entry in other.entries()}
    assert len(one.entries()) == 14
    twin = next(document for document in here if document["path"].endswith("twin.fit"))
    assert (twin["duplicate_of"], twin["already_there"]) == (str(folder / "03.fit"), True)


def test_a_second_run_reads_nothing_again_and_says_the_same(folder: Path, tmp_path: Path) -> None:
    (folder / "cut.gpx").write_text(gpx([130, 131, 132])[:-60], "utf-8")
    archive = Archive(tmp_path / "home")
    first = everything(folder, Intake(archive, lang="en"))
    second = everything(folder, Intake(archive, lang="en"))
    for before, after in zip(first, second, strict=True):
        if before["status"] == "refused":
            assert before == after
            continue
        assert [note["code"] for note in after["notes"]] == ["kept_before"]
        assert after["already_there"]
        for name in ("path", "status", "kind", "heart_rate", "start", "seconds", "repairs", "session"):
            assert before[name] == after[name], name
    assert any(document["status"] == "repaired" for document in second)
    jsonschema.validate(second, schemas()["import"])
    spoken = everything(folder, Intake(archive, lang="vi"))
    assert "bị cắt" in next(one for one in spoken if one["path"].endswith("cut.gpx"))["repairs"][0]["detail"]
    # Without its journal the sessions themselves tell it, and a torn line is as if it were not there.
    journal = tmp_path / "home" / "training" / "imports.jsonl"
    text = journal.read_text("utf-8")
    assert "heart" not in text
    assert str(folder) not in text
    journal.write_text(text[: len(text) // 2], "utf-8")
    third = everything(folder, Intake(archive, lang="en"))
    assert [document["heart_rate"] for document in third] == [document["heart_rate"] for document in first]


def test_a_file_that_ends_its_reader_is_refused_and_the_rest_goes_on(folder: Path) -> None:
    for path in folder.glob("0[0-5].fit"):
        path.unlink()
    (folder / "07x.csv").write_text("time;hr\n01/03/2026 08:00:00;90\n01/03/2026 08:00:05;91\n", "utf-8")
    found = everything(folder, Intake(lang="en"), replace(ORDER, zone=Deadly()), jobs=2)
    reasons = {Path(document["path"]).name: document["reason"] for document in found}
    assert reasons.pop("07x.csv") == "reader_died"
    assert reasons.pop("x.txt") == "not_a_training_file"
    assert set(reasons.values()) == {None}


def test_ctrl_c_says_how_to_go_on_and_the_next_run_does(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(24):
        rows = "".join(f"{second},{100 + second * (i + 1) % 97}\n" for second in range(3000))
        (folder / f"{i:02}.csv").write_text(f"time,hr\n{rows}", "utf-8")
    environment = {**os.environ, "TOUCHLINE_HOME": str(tmp_path / "home")}
    start = "import sys; from touchline.cli import main; sys.exit(main())"
    words = ["import", str(folder), "--save", "--jobs", "2", "--lang", "en", "--report", str(tmp_path / "r.json")]
    with subprocess.Popen(
        [sys.executable, "-c", start, *words],
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "1/24 files" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run this very command again to go on" in said
    before = json.loads((tmp_path / "r.json").read_text("utf-8"))
    kept = len(Archive(tmp_path / "home").entries())
    assert 1 <= len(before) <= kept + 1
    assert kept < 24
    rest = list(run(files(folder), Intake(Archive(tmp_path / "home")), Order("vi"), jobs=1))
    assert len(Archive(tmp_path / "home").entries()) == 24
    assert sum(document["already_there"] for document in rest) == kept


def test_few_files_need_no_other_processes() -> None:
    assert jobs_for(3) == 1
    assert jobs_for(1000) >= 1
    assert jobs_for(3, 4) == 4


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_bar_says_how_many_how_fast_and_how_long(lang: str) -> None:
    clock = iter([0.0, 10.0, 10.1, 40.0])
    out = io.StringIO()
    bar = Bar(200, out, lang, now=lambda: next(clock))
    bar.update(50)
    bar.update(51)  # too soon
    bar.update(200, last=True)
    first, last = out.getvalue().splitlines()
    assert first.startswith("[######..................] 50/200")
    assert ("5,0" if lang == "vi" else "5.0") in first
    assert "00:30" in first
    assert "200/200" in last
    assert "athletes." not in out.getvalue()


def test_the_report_has_every_file_and_no_formula(folder: Path, tmp_path: Path) -> None:
    (folder / "=cmd|calc.fit").write_bytes(b"rubbish \x00")
    documents = everything(folder, Intake(lang="vi"), Order("vi", now=NOW))
    for suffix in ("csv", "xlsx", "json"):
        write_report(tmp_path / f"r.{suffix}", documents, "vi")
    rows = list(csv.reader((tmp_path / "r.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == len(documents) + 1
    assert rows[0][:3] == ["Tệp", "Kết quả", "Dạng"]
    named = [{**document, "path": Path(document["path"]).name} for document in documents]
    write_report(tmp_path / "n.csv", named, "vi")
    write_report(tmp_path / "n.xlsx", named, "vi")
    assert "'=cmd|calc.fit" in (tmp_path / "n.csv").read_text("utf-8-sig")
    page = load_workbook(tmp_path / "n.xlsx").active
    assert page is not None
    cell = next(row[0] for row in page.iter_rows() if "cmd" in str(row[0].value))
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", "=cmd|calc.fit", True)
    assert json.loads((tmp_path / "r.json").read_text("utf-8")) == documents
    with pytest.raises(BadValue) as refusal:
        write_report(tmp_path / "r.pdf", documents, "vi")
    assert refusal.value.name == "bad_report_form"


def test_the_same_session_in_another_form_or_on_another_device_is_told_and_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    rates = np.clip(130 + np.cumsum(rng.normal(0, 1.2, 900)), 90, 190).round().astype(int)
    wrist = [int(rate) for rate in np.roll(rates, 4) + rng.integers(-1, 2, 900)]
    other = np.clip(130 + np.cumsum(rng.normal(0, 1.2, 900)), 90, 190).round().astype(int)
    archive = Archive(tmp_path)
    mine, yours = archive.save_athlete(Athlete("", "An")), archive.save_athlete(Athlete("", "Bình"))
    stamps = [(fit_seconds() + second, int(rate)) for second, rate in enumerate(rates)]
    (first,) = take_in(fit_file(stamps), "a.fit", archive=archive, athlete_id=mine.id, now=NOW)
    assert "same_session_as" not in first
    (second,) = take_in(
        tcx([int(rate) for rate in rates]).encode(), "a.tcx", archive=archive, athlete_id=mine.id, now=NOW
    )
    assert second["same_session_as"] == [first["session"]]
    late = gpx(wrist, start=START + timedelta(seconds=6)).encode()
    (third,) = take_in(late, "wrist.gpx", archive=archive, athlete_id=mine.id, now=NOW)
    assert first["session"] in third["same_session_as"]
    together = tcx([int(rate) for rate in other]).encode()
    (fourth,) = take_in(together, "b.tcx", archive=archive, athlete_id=mine.id, now=NOW)
    assert "same_session_as" not in fourth  # another heart at the same hour
    (fifth,) = take_in(
        tcx([int(rate) for rate in rates[:-1]]).encode(), "c.tcx", archive=archive, athlete_id=yours.id, now=NOW
    )
    assert "same_session_as" not in fifth  # another athlete's
    assert len(archive.entries()) == 5


def test_likeness_needs_a_date_and_without_a_pulse_the_very_same_times() -> None:
    def of(text: str) -> Any:
        found = read(text.encode(), "x.csv", now=NOW)
        assert isinstance(found, Imported)
        return trace_of(found.recording)

    assert of("time,hr\n0,90\n1,91\n") is None
    begin = 1_772_326_800
    speeds = [of("time,speed [m/s]\n" + "".join(f"{begin + at + i},3\n" for i in range(60))) for at in (0, 3, 30)]
    assert alike(speeds[0], speeds[1])
    assert not alike(speeds[0], speeds[2])


def test_real_files_of_one_session_are_found(fixture_path: Callable[[str], Path]) -> None:
    found = [
        read(fixture_path(f"fit_mit/{name}"))
        for name in ("sample-activity-indoor-trainer.fit", "activity-small-fenix2-run.fit")
    ]
    traces = []
    for one in found:
        assert isinstance(one, Imported)
        pulse = one.recording.heart_rate
        assert pulse is not None
        later = Series(pulse.channel, pulse.ticks[50:], pulse.values[50:])
        traces.append((trace_of(one.recording), trace_of(replace(one.recording, series=(later,)))))
    for whole, part in traces:
        assert whole is not None
        assert part is not None
        assert alike(whole, part)
    assert not alike(traces[0][0], traces[1][0])  # type: ignore[arg-type]

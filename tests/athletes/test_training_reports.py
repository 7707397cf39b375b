"""Training reports: the PDF read page by page, the workbook cell by cell; what is not allowed is left out and said."""

from __future__ import annotations

import io
import os
import re
import sys
from datetime import UTC, date, timedelta
from pathlib import Path

import openpyxl
import pypdfium2 as pdfium
import pytest
from squad_data import TODAY, squad_home

from athletes.archive import Archive
from athletes.model import Athlete
from athletes.paper.charts import Point, hrv_chart, load_chart
from athletes.paper.drawing import spark, ticks
from athletes.paper.facts import Facts, gather
from athletes.paper.writing import page_pictures, report_bytes, write_report
from athletes.people.consent import Consents, Giver, Said
from athletes.people.standing import Asking, Rules, Scope, keep_rules
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.access import Act, lines_of
from touchline.errors import BadValue, NotFound
from touchline.rights import NotAllowed, Person, Role
from touchline.sheets import is_formula

WRITTEN = "2026-11-30T09:00:00+00:00"
SINCE = TODAY - timedelta(days=27)


def facts(home: Path, name: str | None = "Nguyễn Thị Ánh", role: str | None = None, **more: object) -> Facts:
    archive = Archive(home, None if role is None else Person("p-1", "Lan", frozenset({Role(role)})))
    chosen = [one.id for one in Archive(home).athletes() if one.name == name]
    given = {"since": SINCE, "until": TODAY, "zone": UTC, "today": TODAY, **more}
    whose = {"athlete_id": chosen[0]} if chosen else {"group": "" if name is None else name}
    return gather(archive, **given, **whose)  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def cells(data: bytes) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_paper_tells_the_whole_stretch(tmp_path: Path, lang: str) -> None:
    home = squad_home(tmp_path)
    archive, found = Archive(home), facts(home)
    pdf = report_bytes(archive, found, ".pdf", lang, written_utc=WRITTEN)
    assert pdf == report_bytes(archive, found, ".pdf", lang, written_utc=WRITTEN)
    assert pdf.count(b"/FontFile") >= 1  # fonts go with the file
    page = pdfium.PdfDocument(pdf)[0]
    assert [round(side) for side in page.get_size()] == [595, 842]  # A4
    said = " ".join(text_of(pdf).split())
    told = {
        "vi": [
            "MÔ PHỎNG",
            "Nên nhìn kỹ",
            "cổ chân",
            "HRV buổi sáng trong dải riêng",
            "Kế hoạch và thực tế",
            "Cách tính",
        ],
        "en": ["SIMULATED", "Look at", "Morning HRV in the own band", "Plan and done", "How it was computed"],
    }[lang]
    assert all(words in said for words in told), said
    assert "athletes." not in said
    assert "=1+1 bong" in said
    sessions = found.athletes[0].now.sessions
    assert f"{sessions}" in said
    archived = [line.act for line in lines_of(archive.store, found.athletes[0].athlete.id)]
    assert Act.EXPORTED in archived


def test_the_workbook_has_typed_cells_and_no_formula(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    archive = Archive(home)
    evil = archive.save_athlete(Athlete("", '=HYPERLINK("http://x","y")', group="@squad"))
    Records(archive).keep(Record(RecordKind.PLAN, evil.id, TODAY, {"minutes": 30}, "", "+cmd|' /C calc'!A0"))
    data = report_bytes(archive, facts(home, None), ".xlsx", "en")
    found = cells(data)
    texts = [cell for rows in found.values() for row in rows for cell in row if isinstance(cell, str)]
    assert '=HYPERLINK("http://x","y")' in texts
    book = openpyxl.load_workbook(io.BytesIO(data))
    guarded = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert all(cell.data_type == "s" for cell in guarded)
    assert all(cell.quotePrefix for cell in guarded if is_formula(str(cell.value)))
    head, *rows = found["Sessions"]
    assert head[:2] == ("Athlete", "Day")
    assert {row[4] for row in rows} == {"simulated"}
    assert all(isinstance(row[6], int | float) for row in rows)
    planned = next(row for row in found["Plan and done"] if "+cmd" in str(row[2]))
    assert planned[6:8] == (None, None)  # nothing was done: no cell, and no 0


def test_one_athletes_workbook_has_a_chart(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(report_bytes(Archive(home), facts(home), ".xlsx", "vi")))
    assert [sheet.title for sheet in book if sheet._charts] == ["Từng ngày"]


@pytest.mark.parametrize("why", ["role", "withdrawn", "no_consent", "not_asked"])
def test_wellness_and_injuries_are_told_only_where_they_may_be(tmp_path: Path, why: str) -> None:
    home = squad_home(tmp_path)
    archive = Archive(home)
    if why == "no_consent":
        keep_rules(archive.store, Rules(consent=Asking.REQUIRE))
    if why == "withdrawn":
        guardian = Said(Giver.GUARDIAN, "Lê B", "mẹ")
        for one in archive.athletes():
            Consents(archive).withdraw(one.id, [Scope.SHARING], TODAY, guardian)
    role = "analyst" if why == "role" else "coach"
    (found,) = facts(home, role=role, diary=why != "not_asked").athletes
    assert found.no_diary == why
    assert "injury_with_load" in [one.code for one in found.look.reasons]
    assert not {one.code for one in found.reasons} & {"injury_with_load", "wellness_drop", "wellness_low"}
    said = text_of(report_bytes(archive, facts(home, role=role, diary=why != "not_asked"), ".pdf", "en"))
    assert "cổ chân" not in said
    assert "ellness and injuries" in " ".join(said.split())
    sheets = cells(report_bytes(archive, facts(home, role=role, diary=why != "not_asked"), ".xlsx", "en"))
    assert not {"Wellness", "Injuries"} & set(sheets)


def report_text(archive: Archive, home: Path, role: str) -> dict[str, list[tuple[object, ...]]]:
    return cells(report_bytes(archive, facts(home, role=role), ".xlsx", "en"))


@pytest.mark.parametrize(("scope", "role"), [(Scope.HEALTH, "analyst"), (Scope.SHARING, "coach")])
def test_after_a_withdrawal_no_number_of_health_leaves_the_house(tmp_path: Path, scope: Scope, role: str) -> None:
    home = squad_home(tmp_path)
    archive = Archive(home)
    (athlete,) = (one for one in archive.athletes() if one.name == "Nguyễn Thị Ánh")
    values = {"rpe": 9, "minutes": 40}
    Records(archive).keep(Record(RecordKind.EFFORT, athlete.id, TODAY - timedelta(days=1), values, text="đau ngực"))
    before = facts(home, role=role).athletes[0]
    assert "đau ngực" in str(report_text(archive, home, role))
    assert before.bands
    assert before.now.load.value
    Consents(archive).withdraw(athlete.id, [scope], TODAY, Said(Giver.GUARDIAN, "Lê B", "mẹ"))
    (found,) = facts(home, role=role).athletes
    assert found.no_diary == "withdrawn"
    assert "đau ngực" not in str(report_text(archive, home, role))
    assert found.kept.answered == before.kept.answered  # a plan is not called missed because of it
    assert (found.now.sessions, found.now.minutes) == (before.now.sessions, before.now.minutes)
    assert found.now.rates["distance_m_per_min"] == before.now.rates["distance_m_per_min"]
    sheets = cells(report_bytes(archive, facts(home, role=role), ".xlsx", "en"))
    day, *rest = zip(*sheets["Days"][1:], strict=True)
    assert day
    assert {cell for column in rest for cell in column} == {None}
    head, *rows = sheets["Sessions"]
    at = [place for place, name in enumerate(head) if name in ("Load", "RPE")]
    assert len(at) == 2
    assert rows
    assert {row[place] for row in rows for place in at} == {None}
    assert not sheets["Morning readings"][1:]
    hearts = [row for row in sheets["Summary"] if re.search("heart|rmssd|load|ctl|atl", str(row[0]), re.IGNORECASE)]
    assert hearts
    assert {row[2] for row in hearts} == {None}
    said = " ".join(text_of(report_bytes(archive, facts(home, role=role), ".pdf", "en")).split())
    assert "Heart rate, HRV, load, wellness and injuries are left out" in said
    assert not [one.code for one in found.reasons if one.code in ("hrv_below_band", "resting_high", "load_spike")]
    squad = text_of(report_bytes(archive, facts(home, "", each=False, role=role), ".pdf", "en"))
    assert "HRV, load, wellness" in " ".join(squad.split())


def test_what_a_paper_tells_is_written_to_no_disk(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    archive, found = Archive(home), facts(home)
    written: list[str] = []
    watching = True

    def watch(event: str, args: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
            written.append(str(args[0]))

    sys.addaudithook(watch)
    report_bytes(archive, found, ".pdf", "vi")
    page_pictures(found, "vi")
    (tmp_path / "seen").write_text("")
    watching = False
    assert [one for one in written if not one.startswith(str(home))] == [str(tmp_path / "seen")]


def test_a_squads_paper_is_a_table_and_everybody_where_asked(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    archive = Archive(home)
    short = facts(home, "U19", each=False)
    assert len(short.athletes) == 2
    said = text_of(report_bytes(archive, short, ".pdf", "en"))
    assert "Squad U19" in said
    assert "Trần Văn Bình" in said
    assert len(page_pictures(short, "en")) < len(page_pictures(facts(home, "U19", each=True), "en"))


def test_what_cannot_be_told_is_refused(tmp_path: Path) -> None:
    home = squad_home(tmp_path)
    with pytest.raises(BadValue, match="2026"):
        facts(home, until=SINCE - timedelta(days=1))
    with pytest.raises(NotFound):
        facts(home, "U99")
    with pytest.raises(NotAllowed):
        facts(home, role="referee")
    with pytest.raises(BadValue):
        write_report(Archive(home), facts(home), tmp_path / "x.docx", "en")
    with pytest.raises(OSError, match="cannot be written"):
        write_report(Archive(home), facts(home), home / "touchline.db" / "x.xlsx", "en")


def test_nothing_at_all_is_a_paper_with_dashes(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.save_athlete(Athlete("", "Không Có Gì"))
    found = gather(archive, since=SINCE, until=TODAY, zone=UTC, today=TODAY, group="")
    said = " ".join(text_of(report_bytes(archive, found, ".pdf", "vi")).split())
    assert "Không có buổi tập nào" in said
    assert "tải –" in said
    assert cells(report_bytes(archive, found, ".xlsx", "vi"))["Tổng hợp"][1][3] == 0  # no sessions is a number


def test_drawings_hatch_what_is_not_known() -> None:
    drawn = spark([(10, False), (0, True), (5, False)], "ba tuần <&>")
    assert drawn.count("<line") > 3
    assert "&lt;&amp;&gt;" in drawn
    assert ticks(0) == [0, 1]
    assert ticks(41)[-1] >= 41
    assert hrv_chart([Point(date(2026, 1, 1), None, None, None, None)], "ln", "vi") is None
    assert "<svg" in load_chart([], "en")

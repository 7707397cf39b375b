"""The table of all incidents: what it says is what reports say, unknown stays empty, and nothing becomes a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from case_match import MATCH, REFEREE, decided, told_in
from defusedxml.ElementTree import fromstring
from keeping_home import add_match
from openpyxl import load_workbook
from test_bookmarks import clip
from test_export_archive import reviewed  # noqa: F401 - a fixture

from touchline.errors import BadValue, NotFound
from touchline.i18n import LANGUAGES
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.sheets import STARTS_A_FORMULA, Sheet, csv_bytes, is_formula, xlsx_bytes
from touchline.store import utc_now
from var.archive import Archive
from var.decisions.document import case_document
from var.decisions.kept import host_stamp, sitting
from var.export.facts import gather
from var.incident_table.columns import COLUMNS, SUMMARY, cells
from var.incident_table.files import incident_sheet, row_documents, table_bytes, write_table
from var.incident_table.rows import IncidentTable, RowCache, incident_counts, incident_table
from var.model import Incident, Match, Setup, Team
from var.sheets.reading import read_sheet
from var.tournaments.kept import Tournaments
from var.tournaments.model import Fixture

MARGIN = Measurement(-0.31371, 0.0459, "m", "joint")
NASTY = ["=1+1", "+84 905", "-2", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("http://x.example","y")', "  =1"]


def put(archive: Archive, match_id: str, origin: Origin = Origin.MEASURED, **setup: Any) -> None:
    archive.add_match(
        Match(match_id, match_id.title(), origin, utc_now(), Setup(**setup), (clip("cam1", Fraction(0)),))
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A tournament with a match that was reviewed under a rule pack, one that is simulated and holds what spreadsheets
    take for formulas, and a planned one; and a match of no tournament."""
    told = told_in(tmp_path_factory.mktemp("table") / "home")
    decided(told)
    archive = told.archive
    put(archive, "x-demo", Origin.SIMULATED, date="2026-11-20", home=Team("=1+1"), away=Team("@x"))
    put(archive, "lone")
    archive.add_incident("lone", at_s=Fraction(2))
    for kind in NASTY:
        archive.add_incident("x-demo", at_s=Fraction(1), kind=kind)
    first, second, *_ = archive.incidents("x-demo")
    archive.decide(first.id, "offside", by="=An", margin=MARGIN, note="-rõ")
    archive.decide(first.id, "Ném biên", by="Bình", margin=MARGIN)
    archive.decide(second.id, "onside", by="Bình")
    tournaments = Tournaments(archive)
    kept = tournaments.new("Cúp tỉnh", season="2026")
    tournaments.add(kept.id, [MATCH], placing={"round": "2", "number": "10"})
    tournaments.add(kept.id, ["x-demo"], placing={"round": "1", "number": "2"})
    tournaments.plan(kept.id, [Fixture("f-1", home="A", away="B")])
    return archive


@pytest.fixture(scope="module")
def table(archive: Archive) -> IncidentTable:
    return incident_table(archive, tournament_id="cup-tinh")


def said(table: IncidentTable, place: int, lang: str = "en") -> dict[str, Any]:
    row = table.rows[place]
    return dict(zip((column.key for column in COLUMNS), cells(COLUMNS, row, lang), strict=True))


def test_a_review_is_told_as_reviews_tell_it(archive: Archive, table: IncidentTable) -> None:
    row = said(table, len(NASTY))
    (case,) = sitting(archive, MATCH).cases
    document = case_document(case, host_stamp(), (), "en")
    assert {name: row[name] for name in ("tournament", "round", "match_number", "match_id", "number", "reviews")} == {
        "tournament": "Cúp tỉnh", "round": "2", "match_number": "10", "match_id": MATCH, "number": 1, "reviews": 1,
    }  # fmt: skip
    assert (row["situation"], row["period"], row["clock"], row["clock_s"]) == (
        document["situation_name"], "Second half", "55:01", 3301.0,
    )  # fmt: skip
    assert (row["check_s"], row["review_s"]) == (document["clock"]["check_s"], document["clock"]["review_s"])
    assert row["check_s"] > 0
    for name, gate in document["gates"].items():
        assert row[f"gate_{name}"] == gate["answer"]
    pack = case.rules.pack
    assert row["before"] == pack.outcomes["no_penalty"].name["en"]
    assert (row["outcome"], row["restart"]) == (
        pack.outcomes["penalty"].name["en"], pack.restarts["penalty_kick"].name["en"],
    )  # fmt: skip
    assert (row["result"], row["sanction"]) == ("decision changed", pack.sanctions["caution"].name["en"])
    assert (row["decided_by"], row["later"], row["date"]) == (REFEREE.name, 1, date(2026, 11, 21))
    assert isinstance(row["decided_at"], datetime)
    assert (row["margin"], row["sigma"], row["unit"], row["rests_on"]) == (None,) * 4
    assert said(table, len(NASTY), "vi")["result"] == "đổi quyết định"


def test_a_decision_is_told_with_its_margin_and_what_came_before(archive: Archive, table: IncidentTable) -> None:
    row = said(table, 0)
    assert (row["outcome"], row["decided_by"], row["later"]) == ("Ném biên", "Bình", 1)
    assert (row["margin"], row["sigma"], row["unit"], row["rests_on"]) == (-0.3137, 0.0459, "m", "the decision")
    assert (row["origin"], row["date"], row["home"]) == ("SIMULATED", date(2026, 11, 20), "=1+1")
    assert row["decided_at"] == datetime.fromisoformat(
        archive.decisions(table.rows[0].incident.id)[-1].decided_utc
    ).replace(microsecond=0)
    undecided = said(table, 2)
    unknown = {
        "outcome",
        "decided_by",
        "decided_at",
        "later",
        "margin",
        "sigma",
        "unit",
        "check_s",
        "review_s",
        "result",
    }
    assert {undecided[name] for name in unknown} == {None}
    assert (undecided["period"], undecided["clock"], undecided["clock_s"], undecided["reviews"]) == (
        None,
        None,
        None,
        0,
    )


def test_without_a_decision_the_marks_are_measured_as_a_report_measures_them(
    reviewed: tuple[Archive, Match, Incident],  # noqa: F811
) -> None:
    archive, match, incident = reviewed
    (row,) = incident_table(archive, match_ids=[match.id]).rows
    measured = gather(archive, match.id, incident.id).measurement
    assert measured is not None
    assert row.margin == measured.margin is not None
    assert row.margin_now


def test_the_order_is_that_of_the_fixtures_and_always_the_same(archive: Archive, table: IncidentTable) -> None:
    assert [match.at.match.id for match in table.matches] == ["x-demo", MATCH]  # by day, not by when they came in
    assert [row.incident.number for row in table.rows] == [*range(1, len(NASTY) + 1), 1]
    everything = incident_table(archive)
    assert [match.at.match.id for match in everything.matches] == ["x-demo", MATCH, "lone"]
    assert everything.matches[-1].at.tournament is None
    again = incident_table(archive, tournament_id="cup-tinh")
    for suffix in (".csv", ".xlsx"):
        assert table_bytes(again, suffix, "vi") == table_bytes(table, suffix, "vi")
    with pytest.raises(NotFound):
        incident_table(archive, tournament_id="none")
    with pytest.raises(BadValue):
        table_bytes(table, ".ods", "vi")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_csv_opens_as_it_was_meant(lang: str, table: IncidentTable) -> None:
    data = table_bytes(table, ".csv", lang)
    assert data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    heads = [column.heading(lang) for column in COLUMNS]
    assert rows[0] == heads
    assert len(set(heads)) == len(heads)
    first = dict(zip((column.key for column in COLUMNS), rows[1], strict=True))
    assert (first["margin"], first["date"], first["kind"], first["decided_at"][-1]) == (
        "-0.3137", "2026-11-20", "'=1+1", "Z",
    )  # fmt: skip
    assert (first["home"], first["away"], first["note"]) == ("'=1+1", "'@x", "")
    numbers = {place for place, column in enumerate(COLUMNS) if column.kind in ("whole", "number", "seconds")}
    for row in rows[1:]:
        for place, cell in enumerate(row):
            if place in numbers:
                assert cell == "" or float(cell) == float(cell)
            else:
                assert not cell.startswith(STARTS_A_FORMULA)
    assert [row[COLUMNS.index(next(c for c in COLUMNS if c.key == "kind"))] for row in rows[1:-1]] == [
        f"'{kind}" for kind in NASTY
    ]


def workbook(data: bytes) -> Any:
    """What another library than the one that wrote it finds in a workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            root = fromstring(package.read(name))
            assert not [each for each in root.iter() if each.tag.endswith(("}f", "}hyperlink"))], name
    return load_workbook(io.BytesIO(data))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_workbook_has_typed_cells_and_explains_itself(lang: str, table: IncidentTable) -> None:
    data = table_bytes(table, ".xlsx", lang)
    rows = read_sheet(data, "x.xlsx")
    assert rows[0] == [column.heading(lang) for column in COLUMNS]
    book = workbook(data)
    assert len(book.worksheets) == 3
    found = book.worksheets[0]
    at = {column.key: place for place, column in enumerate(COLUMNS)}
    first = dict(zip(at, rows[1] + [""] * 99, strict=False))
    assert (first["margin"], first["date"], first["kind"], first["number"]) == ("-0.3137", "2026-11-20", "=1+1", "1")
    row = dict(zip(at, found[2], strict=True))
    assert {name: row[name].data_type for name in ("margin", "number", "date", "decided_at", "kind", "home")} == {
        "margin": "n", "number": "n", "date": "d", "decided_at": "d", "kind": "s", "home": "s",
    }  # fmt: skip
    assert (row["margin"].value, row["date"].value) == (-0.3137, datetime(2026, 11, 20))  # noqa: DTZ001
    decided = said(table, 0)["decided_at"]
    assert row["decided_at"].value == decided.astimezone(UTC).replace(tzinfo=None)
    assert (row["margin"].number_format, row["date"].number_format) == ("0.0000", "yyyy-mm-dd")
    assert (row["kind"].quotePrefix, row["tournament"].quotePrefix) == (True, False)
    assert found.cell(4, at["margin"] + 1).value is None  # unknown is no number
    last = f"{letters(len(COLUMNS) - 1)}{len(table.rows) + 1}"
    for page in book.worksheets:
        assert (page.freeze_panes, page["A1"].font.b) == ("A2", True)
    assert found.auto_filter.ref == f"A1:{last}"
    assert abs(found.column_dimensions["A"].width - COLUMNS[0].width) < 1
    assert book.properties.title
    assert book.properties.created == book.properties.modified == datetime(1980, 1, 1)  # noqa: DTZ001 no clock's
    assert book.worksheets[1].max_row > len(COLUMNS)
    assert [cell.value for cell in book.worksheets[2][1]] == [column.heading(lang) for column in SUMMARY]
    summary = table.matches[1].summary
    assert summary is not None
    numbers = dict(zip((column.key for column in SUMMARY), cells(SUMMARY, table.matches[1], lang), strict=True))
    assert (numbers["checks"], numbers["reviews"], numbers["decided"], numbers["median_check_s"]) == (
        summary.checks, summary.reviews, 1, summary.median_check_s,
    )  # fmt: skip
    unreviewed = dict(zip((column.key for column in SUMMARY), cells(SUMMARY, table.matches[0], lang), strict=True))
    assert (unreviewed["checks"], unreviewed["median_check_s"], unreviewed["incidents"]) == (None, None, len(NASTY))


def letters(place: int) -> str:
    return chr(65 + place) if place < 26 else f"A{chr(65 + place - 26)}"


@pytest.mark.parametrize("text", NASTY)
def test_what_looks_like_a_formula_is_guarded(text: str) -> None:
    assert is_formula(text)
    assert b"'" + text.encode() in csv_bytes(Sheet("1", ["a"], ["text"], [9], [[text]])).replace(b'""', b'"')


def test_signs_that_no_file_holds_do_not_break_it() -> None:
    odd = Sheet("a/b:c" * 9, ["x"], ["text"], [9], [["\ud800\x00\x0b<&>\ufffe" + "y" * 40_000]])
    data = xlsx_bytes([odd, odd], "\x00<t>")
    assert read_sheet(data, "x.xlsx")[1][0].startswith("\ufffd\ufffd\ufffd<&>\ufffdy")
    assert csv_bytes(odd)
    quoted = Sheet("a" * 30 + "'b", ["x"], ["text"], [9], [["_x0041_"]])
    assert read_sheet(xlsx_bytes([quoted], "t"), "x.xlsx")[1] == ["_x0041_"]
    now = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
    typed = Sheet("1", ["a"], ["instant"], [9], [[now], [None]])
    assert read_sheet(xlsx_bytes([typed], "t"), "x.xlsx")[1] == ["2026-11-30 12:30"]


def test_one_match_that_is_gone_keeps_no_other_away(archive: Archive) -> None:
    archive.delete_match("x-demo")
    try:
        found = incident_table(archive, tournament_id="cup-tinh")
        assert [match.at.match.id for match in found.matches] == [MATCH]
        assert [(name, fault.name) for name, fault in found.absent] == [("x-demo", "match_put_away")]
        explained = workbook(table_bytes(found, ".xlsx", "vi")).worksheets[1]
        assert any("x-demo" in str(cell) for row in explained.values for cell in row)
    finally:
        archive.restore_match("x-demo")


def test_rows_are_folded_again_only_where_something_is_new(archive: Archive) -> None:
    cache = RowCache()

    def rows() -> dict[str, Any]:
        return {match.at.match.id: match for match in incident_table(archive, cache=cache).matches}

    before, again = rows(), rows()
    assert all(before[name] is again[name] for name in before)
    archive.add_incident("lone", at_s=Fraction(3))
    after = rows()
    assert [name for name in before if after[name] is not before[name]] == ["lone"]
    assert len(after["lone"].rows) == len(before["lone"].rows) + 1
    archive.save_setup("x-demo", replace(archive.match("x-demo").setup, venue="Sân"))
    assert rows()["x-demo"] is not after["x-demo"]
    assert incident_counts(archive) == {name: len(match.rows) for name, match in after.items()}


def test_what_is_taken_back_in_one_match_is_counted_in_the_others(tmp_path: Path) -> None:
    """Entries are numbered within their match: the first of each has the number 1."""
    for name in ("a", "b", "c"):
        archive = add_match(tmp_path, name)
        archive.add_incident(name, at_s=Fraction(1), by="Lan")
    archive.add_incident("c", at_s=Fraction(2), by="Lan")
    archive.remove_incident(archive.incidents("a")[0].id, by="Lan")
    assert incident_counts(archive) == {"b": 1, "c": 2}


def test_rows_can_be_narrowed_and_written(archive: Archive, table: IncidentTable, tmp_path: Path) -> None:
    narrowed = table.narrowed(lambda row: row.incident.number == 1)
    assert [row.at.match.id for row in narrowed.rows] == ["x-demo", MATCH]
    path = write_table(archive, narrowed, tmp_path / "new" / "a.xlsx", "en")
    assert len(read_sheet(path.read_bytes(), path.name)) == 3
    assert incident_sheet(narrowed, "vi").rows[0][0] == "Cúp tỉnh"
    assert row_documents(narrowed)[1]["date"] == "2026-11-21"

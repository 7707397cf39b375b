"""A list of fixtures out of a spreadsheet: as people keep it, whole or not at all, every fault by its row."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from touchline.errors import BadFile, TouchlineError
from touchline.sheets import Sheet, csv_bytes, xlsx_bytes
from var.sheets.reading import MOST_BYTES, MOST_CELLS, MOST_OTHER_TAGS, MOST_TAGS, read_sheet
from var.tournaments.fixture_list import BadFixtures, read_fixtures, with_list
from var.tournaments.model import TeamEntry, Tournament

CUP = Tournament("c", "Cúp", teams=(TeamEntry("Huế", "HUE"), TeamEntry("SHB Đà Nẵng", "DNG"), TeamEntry("Hà Nội")))
TEXT = """Giải bóng đá tỉnh;;;;;
;;;;;
Số trận;Ngày;Giờ;Đội nhà;Đội khách;Vòng;Bảng;Sân;Trọng tài;VAR
1;29/11/2026;15h30;Huế;DNG;1;A;Sân Tự Do;referee: Lê A; Trần B
2;30-11-26;7:05;hà nội;HUE;1;A;;;
;;;;;;;;;
10;2026-12-01 19:00;;SHB Đà Nẵng;Hà Nội;2;;;;
"""


def sheet(*rows: list[object], headings: tuple[str, ...] = ("Date", "Home", "Away", "Time")) -> bytes:
    kinds = ["text"] * len(headings)
    return xlsx_bytes([Sheet("1", headings, kinds, [10] * len(headings), rows)], "t")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.replace("referee: Lê A; Trần B", '"referee: Lê A";Trần B').encode("utf-8-sig"),
        TEXT.replace("referee: Lê A; Trần B", '"referee: Lê A";Trần B').replace(";", "\t").encode("utf-16"),
    ],
    ids=["utf-8", "utf-16 with tabs"],
)
def test_a_list_as_people_keep_it_is_read(data: bytes) -> None:
    found = read_fixtures(data, "lich.csv", CUP)
    told = [(f.number, f.date, f.kick_off, f.home, f.away, f.round, f.group, f.venue) for f in found.fixtures]
    assert told == [
        ("1", "2026-11-29", "15:30", "Huế", "DNG", "1", "A", "Sân Tự Do"),
        ("2", "2026-11-30", "07:05", "hà nội", "HUE", "1", "A", ""),
        ("10", "2026-12-01", "19:00", "SHB Đà Nẵng", "Hà Nội", "2", "", ""),
    ]
    assert found.fixtures[0].officials == (("var", "Trần B"), ("referee", "Lê A"))
    again = read_fixtures(data, "lich.csv", with_list(CUP, found))
    assert (again.fixtures, again.known) == ((), 3)


def test_every_fault_is_named_by_its_row_and_nothing_is_taken() -> None:
    rows = "Date,Home,Away,Time\n31/02/2026,Huế,Hà Nội,\n29/11/2026,Huế,,\n29/11/2026,Hue FC,Hà Nội,25h\n"
    rows += "29/11/2026,Huế,HUẾ,\n30/11/2026,Huế,Hà Nội,\n30/11/2026,huế,hà nội,\n"
    with pytest.raises(BadFixtures) as raised:
        read_fixtures(rows.encode(), "x.csv", CUP)
    assert [(row, fault.kind) for row, fault in raised.value.faults] == [
        (2, "day"), (3, "empty"), (4, "time"), (4, "no_team"), (5, "itself"), (7, "row_twice"),
    ]  # fmt: skip
    for lang in ("vi", "en"):
        said = raised.value.document(lang)
        assert all(
            str(row) in fault["detail"] for (row, _), fault in zip(raised.value.faults, said["faults"], strict=True)
        )
        assert ".fault." not in str(said)
    with pytest.raises(BadFixtures) as raised:
        read_fixtures("Date,Home,Away\n,Hue FC,Hà Nội\n".encode(), "x.csv", CUP)
    assert [(row, fault.kind, fault.path) for row, fault in raised.value.faults] == [(2, "no_team", "$.home")]


def test_teams_may_be_added_or_stay_names() -> None:
    data = "Home,Away\nVinh,Huế\nVinh,Nhất bảng A\n".encode()
    added = with_list(CUP, read_fixtures(data, "x.csv", CUP, unknown="add"))
    assert [team.name for team in added.teams[3:]] == ["Vinh", "Nhất bảng A"]
    kept = read_fixtures(data, "x.csv", CUP, unknown="keep")
    assert (kept.teams, [f.away for f in kept.fixtures]) == ((), ["Huế", "Nhất bảng A"])
    empty = read_fixtures(data, "x.csv", Tournament("n", "Mới"))
    assert [team.name for team in empty.teams] == ["Vinh", "Huế", "Nhất bảng A"]
    assert {team.colour for team in empty.teams} == {""}  # nobody said one, so none is made up


def test_a_workbook_is_read_as_it_shows() -> None:
    headings = ("Ngày", "Đội nhà", "Đội khách", "Số trận")
    data = xlsx_bytes(
        [Sheet("Lịch", headings, ["day", "text", "text", "whole"], [9] * 4, [[date(2026, 11, 29), "Huế", "DNG", 7]])],
        "t",
    )
    (fixture,) = read_fixtures(data, "lich.xlsx", CUP).fixtures
    assert (fixture.date, fixture.home, fixture.number) == ("2026-11-29", "Huế", "7")


def foreign(change: Callable[[Any], None]) -> bytes:
    """A workbook as another program writes it."""
    book, out = Workbook(), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


def test_cells_of_every_kind_are_read_as_they_show() -> None:
    def change(book: Any) -> None:
        page = book.active
        page.append(["a", None, 7, 7.0, 2.5, True, date(2026, 11, 29), datetime(2026, 11, 29, 15, 30)])  # noqa: DTZ001
        page.append([])
        page.append([time(15, 29, 59, 999_000), timedelta(hours=26, minutes=5), "=1+1", "#N/A", "  Huế "])
        page["CV4"], page["CW4"] = "hundredth", "beyond"
        page["A1"].hyperlink = "http://x.example"
        page.merge_cells("A6:B7")
        book.create_sheet("second").append(["other"])

    rows = read_sheet(foreign(change), "x.xlsx")
    width = len(rows[0])
    assert {len(row) for row in rows} == {width} == {MOST_CELLS}
    assert [[cell for cell in row if cell] for row in rows[:4]] == [
        ["a", "7", "7", "2.5", "1", "2026-11-29", "2026-11-29 15:30"], [], ["15:30", "26:05", "#N/A", "Huế"],
        ["hundredth"],
    ]  # fmt: skip

    def since_1904(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        book.active.append([date(2026, 11, 29)])

    assert read_sheet(foreign(since_1904), "x.xlsx") == [["2026-11-29"]]


def test_a_wrong_dimension_hides_no_cell_and_costs_nothing() -> None:
    for said in (b"A1", b"A1:XFD1048576"):
        data = changed(
            **{SHEET: lambda part, said=said: re.sub(rb'dimension ref="[^"]*"', b'dimension ref="%s"' % said, part)}
        )
        assert read_sheet(data, "x.xlsx")[1][:3] == ["", "Huế", "DNG"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"


def changed(**parts: Callable[[bytes], bytes]) -> bytes:
    """A good list with some parts made otherwise."""
    with zipfile.ZipFile(io.BytesIO(sheet(["", "Huế", "DNG", ""]))) as package:
        found = {name: package.read(name) for name in package.namelist()}
    return packed(**{name: parts.get(name, bytes)(part) for name, part in found.items()})


def bombed(part: bytes) -> bytes:
    """A part with an entity that grows, before its root."""
    at = part.index(b"?>") + 2
    return part[:at] + b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + part[at:]


TRANSITIONAL = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
PARTS = [SHEET, STYLES, BOOK, "xl/sharedStrings.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]
FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'


def test_openpyxl_is_given_the_parser_that_refuses_entities() -> None:
    code = "import sys; from var.sheets.reading import read_sheet; read_sheet(sys.stdin.buffer.read(), 'x.xlsx')\n"
    code += "from openpyxl.xml import functions as f; print(f.fromstring.__module__, f.iterparse.__module__)"
    done = subprocess.run([sys.executable, "-c", code], input=changed(), capture_output=True, check=True)
    assert done.stdout.split() == [b"defusedxml.common"] * 2


@pytest.mark.parametrize(
    ("part", "change", "code"),
    [
        *((part, bombed, "not_a_sheet") for part in PARTS),
        (SHEET, lambda part: bombed(part).split(b"?>", 1)[1].decode().encode("utf-16"), "not_a_sheet"),
        (SHEET, lambda part: part.replace(b"</sheetData>", FAR), "sheet_too_long"),
        (SHEET, lambda part: part.replace(b"</sheetData>", b"<row/>" * MOST_TAGS + b"</sheetData>"), "not_a_sheet"),
        (SHEET, lambda part: part + b"<mergeCell/>" * (MOST_OTHER_TAGS + 1), "not_a_sheet"),
        (STYLES, lambda part: part.replace(b"<cellXfs", b"<xf/>" * MOST_OTHER_TAGS + b"<cellXfs"), "not_a_sheet"),
        (SHEET, lambda part: part.replace(b"<v>0</v>", b"<v>99999</v>"), "not_a_sheet"),
        (BOOK, lambda part: re.sub(b"<sheet .*?/>", b"", part), "not_a_sheet"),
        (BOOK, lambda part: part.replace(TRANSITIONAL, STRICT), "sheet_strict"),
    ],
)  # fmt: skip
def test_a_hostile_workbook_is_refused_before_it_costs(part: str, change: Callable[[bytes], bytes], code: str) -> None:
    assert read_fixtures(changed(), "x.xlsx", CUP).fixtures[0].home == "Huế"  # what is changed is good as it was
    with pytest.raises(BadFile) as raised:
        read_sheet(changed(**{part: change}), "x.xlsx")
    assert raised.value.name == code
    for lang in ("vi", "en"):
        assert raised.value.document(lang)["hint"]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "x.csv", "bad_fixtures"),
        (b"a,b\n1,2\n", "x.csv", "bad_fixtures"),
        (b"Home,Away\n", "x.csv", "bad_fixtures"),
        (b"\x00\x01\x02", "x.csv", "not_a_sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99, "x.xls", "sheet_old_excel"),
        (b"Home,Away", "x.xlsx", "not_a_sheet"),
        (packed(a=b"x"), "x.xlsx", "not_a_sheet"),
        (packed(**{"xl/workbook.xml": BOMB}), "x.xlsx", "not_a_sheet"),
        (packed(**{"xl/workbook.xml": b"\0" * (101 << 20)}), "x.xlsx", "not_a_sheet"),
        (sheet(["", "Huế", "DNG", ""])[:-30], "x.xlsx", "not_a_sheet"),
        (b"x" * (MOST_BYTES + 1), "x.csv", "sheet_too_large"),
        (b"Home,Away\n" + b"a,b\n" * 20_001, "x.csv", "sheet_too_long"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(TouchlineError) as raised:
        read_fixtures(data, name, CUP)
    assert raised.value.name == code
    for lang in ("vi", "en"):
        assert raised.value.document(lang)["hint"]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for name in ("x.csv", "x.xlsx"):
        try:
            read_sheet(data, name)
        except BadFile:
            continue


cells = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    written = Sheet("1", ["a", "b"], ["text", "text"], [9, 9], rows)
    read = read_sheet(xlsx_bytes([written], "t"), "x.xlsx")[1:]
    legal = [[cell.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd") for cell in row] for row in rows]
    assert [[cell.strip() for cell in row] for row in read] == [[cell.strip() for cell in row] for row in legal]
    assert xlsx_bytes([written], "t") == xlsx_bytes([written], "t")
    assert csv_bytes(written).startswith(b"\xef\xbb\xbf")


def test_a_workbook_damaged_anywhere_is_refused_in_words() -> None:
    whole = sheet(["2026-11-29", "Huế", "DNG", "15:30"])
    for at in range(0, len(whole), 9):
        damaged = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        with contextlib.suppress(BadFile):
            read_sheet(damaged, "x.xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = re.sub(rb'<c r="A2".*?</c>', b'<c r="A2" t="s"><v>99</v></c>', old.read(name))
            new.writestr(name, text)
    with pytest.raises(BadFile) as fault:  # a text that the workbook does not hold
        read_sheet(out.getvalue(), "x.xlsx")
    assert fault.value.name == "not_a_sheet"

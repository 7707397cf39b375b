"""The match in numbers on paper: each number beside the published one, each case in a line, unknown a dash."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pypdfium2
import pytest
from case_match import FULL, FVS, MATCH, OPERATOR, REFEREE, VAR, Told, decided, told_in
from export_scene import WRITTEN

from tests.var.reviewing import clear, said, stamp
from touchline.cli import main
from touchline.commands import schemas
from touchline.i18n import LANGUAGES
from touchline.origin import Origin
from var.decisions.kept import Sitting, sitting
from var.decisions.model import Actor, Case
from var.export.numbers import numbers_words, write_numbers


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return told_in(tmp_path / "home")


def request(told: Told, side: str, step: str) -> Case:
    """A coach's request of that side, brought to ``step``."""
    case = told.reviewing.open(
        FVS, Actor("Trần Văn Bình", "coach", side), request="coach", known={**clear(FVS), "situation": "penalty_foul"}
    )
    for each in ("accept", "look", step):
        case = told.reviewing.take(case.id, each, REFEREE, ruling=said(case, each))
    return case


def words_of(told: Told, lang: str = "vi") -> dict[str, Any]:
    match = told.archive.match(MATCH)
    return numbers_words(match, sitting(told.archive, MATCH), stamp(1000), lang, written_utc=WRITTEN)


def text_of(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return [re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\ufffe", "")) for text in texts]


def test_numbers_requests_failures_and_cases_are_on_the_paper(told: Told, tmp_path: Path) -> None:
    decided(told, full=False)  # recommended 5 s after it was opened, decided 10 s later
    told.reviewing.take(told.open().id, "complete_check", VAR)
    for side, step in (("home", "confirm"), ("away", "change"), ("home", "confirm")):
        request(told, side, step)
    told.reviewing.undo(told.open().id, VAR)
    told.open()
    told.reviewing.fail(FULL, OPERATOR, "mất điện cabin")
    path = write_numbers(told.archive, MATCH, tmp_path / "n.pdf", lang="vi", written_utc=WRITTEN)
    text = " ".join(text_of(path))
    for expected in (
        "Số lần kiểm tra 6 trong 804 trận: 3.947",
        "Số lần kiểm tra mỗi trận 6 4,91",
        "Số lần xem lại 4 68,8 % số trận không có",
        "Kiểm tra: trung vị 7,5 s 20 s",
        "Kiểm tra: lâu nhất 10,0 s –",
        "Số quyết định đổi 2 –",
        "Không xem lại được vì sự cố 1 –",
        "Số sự cố kỹ thuật 1 –",
        "January 2018 (đọc qua người khác thuật lại",
        "Huế Yêu cầu của huấn luyện viên trưởng – 2 2 0 2 0 0",
        "SHB Đà Nẵng Yêu cầu của huấn luyện viên trưởng – 2 1 1 0 0 2",
        "1. mất điện cabin. Báo: Lê Minh (Người điều khiển hình ảnh)",
        "r-1 55:01 09:00:00",
        "Kiểm tra xong",
        "IFAB 2026/27 · Hỗ trợ video (FVS)",
    ):
        assert expected in text, expected
    rows = {row["cells"][0]: row for row in words_of(told, "en")["case_rows"]}
    assert len(rows) == 7
    assert [name for name, row in rows.items() if row["gone"]] == ["r-6"]
    assert rows["r-1"]["cells"][-3:] == ["5.0 s", "10.0 s", "decision changed: Penalty kick"]
    assert rows["r-7"]["cells"][-1] == "technical failure"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_match_without_any_review_shows_dashes_and_no_nought(told: Told, tmp_path: Path, lang: str) -> None:
    words = words_of(told, lang)
    assert {row[1] for row in words["number_rows"]} == {"–"}
    assert words["no_failures"] == "–"
    assert words["case_rows"] == words["request_rows"] == words["failure_lines"] == []
    (page,) = text_of(write_numbers(told.archive, MATCH, tmp_path / "n.pdf", lang=lang))
    assert words["rule_lines"][0] in page
    assert "var." not in page


def test_what_never_ran_is_a_dash_beside_counts_that_are_known(told: Told) -> None:
    told.reviewing.take(told.open().id, "complete_check", VAR)
    rows = {row[0]: row[1] for row in words_of(told, "en")["number_rows"]}
    assert (rows["Checks"], rows["Reviews"], rows["Decisions changed"]) == ("1", "0", "0")  # counted, and none
    assert (rows["Check: median"], rows["Review: median"]) == ("5.0 s", "–")
    assert words_of(told, "en")["case_rows"][0]["cells"][-3:] == ["5.0 s", "–", "Check complete"]


def test_a_long_match_goes_on_over_pages_with_every_case(told: Told, tmp_path: Path) -> None:
    first = told.reviewing.take(told.open().id, "complete_check", VAR)
    cases = tuple(replace(first, id=f"r-{place}") for place in range(1, 61))
    match = told.archive.match(MATCH)
    words = numbers_words(match, Sitting(MATCH, cases), stamp(9), "vi", written_utc=WRITTEN)
    assert [row["cells"][0] for row in words["case_rows"]] == [case.id for case in cases]
    for _ in range(24):
        told.open()
    pages = text_of(write_numbers(told.archive, MATCH, tmp_path / "n.pdf", lang="vi"))
    assert len(pages) == 2
    assert all("Mở lúc (UTC)" in page for page in pages)  # the head of the table stands on each page
    assert all(f"r-{place} " in " ".join(pages) for place in range(1, 26))


def test_simulated_pictures_mark_the_paper_and_the_same_facts_give_the_same_bytes(told: Told, tmp_path: Path) -> None:
    from var.export.document import write_pdf
    from var.export.numbers import NUMBERS

    decided(told)
    found, match = sitting(told.archive, MATCH), told.archive.match(MATCH)
    simulated = replace(match, origin=Origin.SIMULATED)
    papers = []
    for shown in (match, match, simulated):
        words = numbers_words(shown, found, stamp(1000), "vi", written_utc=WRITTEN)
        papers.append(write_pdf(tmp_path, words, written_utc=WRITTEN, template=NUMBERS))
    assert papers[0] == papers[1]
    for place, marked in ((0, False), (2, True)):
        path = tmp_path / f"{place}.pdf"
        path.write_bytes(papers[place])
        assert ("MÔ PHỎNG / SIMULATED" in text_of(path)[0]) is marked


def test_the_command_writes_it_or_says_why_not(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(told.archive.home))
    decided(told)
    out = tmp_path / "số liệu.pdf"
    assert main(["reviews", MATCH, "--report", str(out), "--lang", "en", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schemas()["reviews"], cls=jsonschema.Draft202012Validator)
    assert document["report"] == str(out)
    assert "The reviews of the match in numbers" in text_of(out)[0]
    assert main(["reviews", MATCH, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["report"] is None
    assert main(["reviews", MATCH, "--report", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    (tmp_path / "folder.pdf").mkdir()
    assert main(["reviews", MATCH, "--report", str(tmp_path / "folder.pdf"), "--json"]) == 0
    refused = json.loads(capsys.readouterr().out)
    assert (refused["status"], refused["code"]) == ("refused", "export_unwritable")


def test_a_case_without_a_match_time_stands_at_its_incident(told: Told) -> None:
    case = told.open()
    case = replace(case, opened_at=replace(case.opened_at, match_s=None))
    match, found = told.archive.match(MATCH), Sitting(MATCH, (case,))
    given = {"written_utc": WRITTEN, "marked_s": {told.incident_id: Fraction(1)}}
    (row,) = numbers_words(match, found, stamp(9), "vi", **given)["case_rows"]
    assert row["cells"][1] == "55:01"
    (row,) = numbers_words(match, found, stamp(9), "vi", written_utc=WRITTEN)["case_rows"]
    assert row["cells"][1] == "–"

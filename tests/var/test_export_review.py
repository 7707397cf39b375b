"""A review in the incident report: what the record of an incident asks for, on paper and as data."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pypdfium2
import pytest
from case_match import COACH, FULL, FVS, MATCH, OPERATOR, REFEREE, VAR, WHY, Told, decided, told_in
from export_scene import WRITTEN

from tests.var.reviewing import clear
from touchline.cli import main
from touchline.commands import schemas
from var.decisions.document import GATES
from var.decisions.model import Actor, Ruling
from var.evidence.package import export_package
from var.export import gather
from var.export.review_words import review_words
from var.panels.report import reviewed
from var.sync.saved import nudge


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return told_in(tmp_path / "home")


def exported(told: Told, out: Path, lang: str = "vi") -> tuple[dict[str, Any], list[str]]:
    """``incident.json`` and the text of each page of the report."""
    done = export_package(
        told.archive, MATCH, told.incident_id, out, lang=lang, written_utc=WRITTEN, sign=False
    ).exported
    record = json.loads(done.record.read_text("utf-8"))
    jsonschema.validate(record, schemas()["incident"], cls=jsonschema.Draft202012Validator)
    case = schemas()["reviews"]["properties"]["cases"]["items"]
    for review in record["reviews"]:
        jsonschema.validate(review["case"], case, cls=jsonschema.Draft202012Validator)
    document = pypdfium2.PdfDocument(done.report)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return record, [re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\ufffe", "")) for text in texts]


def test_the_report_of_a_review_needs_no_other_decision(told: Told, tmp_path: Path) -> None:
    decided(told)
    record, pages = exported(told, tmp_path)
    assert record["decision"] is None
    text = " ".join(pages)
    for expected in (
        "Phạt đền Kết quả Đổi quyết định · Xem lại r-1 Người quyết định Nguyễn Thị Ánh Tuyết (Trọng tài)",
        "Lúc 02/03/2024 09:00:30 UTC",
        "Bộ quy tắc Bóng đá: VAR, VAR Light, Hỗ trợ video",
        "Ấn bản IFAB 2026/27",
        "Hình thức VAR đầy đủ",
        "Lựa chọn của giải Kiểm tra quả phạt góc",
        "Quyết định trên sân trước đó Không phạt đền",
        "Tiếp tục trận đấu Đá phạt đền",
        "Xử phạt Thẻ vàng",
        "Bắt đầu kiểm tra 02/03/2024 09:00:00 UTC · 55:01",
        "Bắt đầu xem lại 02/03/2024 09:00:10 UTC · 55:11",
        "Quyết định 02/03/2024 09:00:30 UTC · 55:31",
        "Kiểm tra mất 10,0 s",
        "Xem lại mất 20,0 s",
        "Rút lại dòng 4",
        "chưa xem ở tốc độ thường, có người chịu trách nhiệm",
        WHY,
        "quên ghi thẻ vàng",
        "Máy 1 – khán đài 10 – 35 0,25× 0,25× chậm 4,0 s",
        "Máy 1 – khán đài 25 0,00× – dừng hình 1,5 s",
        "[1] Laws of the Game 2026/27",
        "đọc qua người khác thuật lại",
    ):
        assert expected in text, expected
    assert "Chưa có quyết định" not in text
    assert "var." not in text.replace("var.mp4", "")


def test_the_four_gates_are_four_lines_each_with_its_sources(told: Told, tmp_path: Path) -> None:
    case = told.open(restarted=True)  # play has gone on: one gate fails, the others stand
    record, pages = exported(told, tmp_path)
    (review,) = record["reviews"]
    assert {name: gate["answer"] for name, gate in review["case"]["gates"].items()} == {
        "category": "ok",
        "time": "failed",
        "threshold": "ok",
        "procedure": "unknown",
    }
    text = " ".join(pages)
    assert "Loại tình huống được thuộc loại được xem lại [1]" in text
    assert "Thời điểm không được trận đấu đã tiếp tục" in text
    assert "Cách xem chưa rõ" in text
    assert "Chưa có quyết định" in text  # the card: nothing was decided
    assert "Chưa có kết quả: Đang kiểm tra" in text
    words = review_words(gather(told.archive, MATCH, told.incident_id).reviews[0], "en")
    assert [row[0] for row in words["gate_rows"]] == ["Category", "Time", "Threshold", "Procedure"]
    assert len(words["gate_rows"]) == len(GATES)
    assert case.result is None


def test_the_record_as_data_leaves_nothing_out(told: Told, tmp_path: Path) -> None:
    case = decided(told)
    (review,) = exported(told, tmp_path)[0]["reviews"]
    assert [entry["number"] for entry in review["entries"]] == list(range(len(case.entries)))
    assert review["entries"][0]["known"]["before"] == "no_penalty"
    assert {entry["recorded_by"] for entry in review["entries"]} == {VAR.name, REFEREE.name}
    assert {entry["account"] for entry in review["entries"]} == {None}  # the machine's owner wrote them down
    assert review["case"]["rules"]["digest"] == case.entries[0].body["rules"]["digest"]
    assert review["times"]["decision"] == {
        "at_utc": "2024-03-02T09:00:30.000000+00:00",
        "match_s": 31.0,
        "clock_s": 3331.0,
    }
    assert [(look["camera"], look["first"], look["last"], look["how"]) for look in review["looks"]] == [
        ("cam1", 10, 35, "slow"),
        ("cam1", 25, 25, "still"),
        ("cam2", 12, 40, "slow"),
    ]
    used = {source["id"] for source in review["sources"]}
    assert used >= {name for gate in review["case"]["gates"].values() for name in gate["sources"]}
    assert all(source["title"] and source["date"] and source["seen"] for source in review["sources"])


def test_a_clock_says_by_which_method_it_was_found(told: Told, tmp_path: Path) -> None:
    nudge(told.archive, MATCH, "cam2", ms=40)
    record, pages = exported(told, tmp_path)
    found = {camera["camera"]: camera["clock"]["found"] for camera in record["cameras"]}
    assert found["cam1"] is None
    assert (found["cam2"]["method"], found["cam2"]["nudged_s"]) == ("nudge", "1/25")
    assert ": chỉnh tay" in " ".join(pages)


def test_the_pack_is_named_by_its_hash_on_paper_too(told: Told, tmp_path: Path) -> None:
    told.open()
    record, pages = exported(told, tmp_path)
    digest = record["reviews"][0]["case"]["rules"]["digest"]
    assert f"SHA-256 {digest[:12]}…" in " ".join(pages)


def test_who_wrote_it_down_may_be_another_than_who_acted(told: Told) -> None:
    case = told.open()
    (facts,) = gather(told.archive, MATCH, told.incident_id).reviews
    (opened,) = facts.case.entries
    noted = replace(facts, case=replace(case, entries=(replace(opened, recorded_by="Đỗ Hữu Phước"),)))
    (row,) = review_words(noted, "vi")["course_rows"]
    assert row["cells"][-2:] == ["Trần Quốc Khánh (Trợ lý trọng tài video (VAR))", "Đỗ Hữu Phước"]
    nobody = replace(facts, case=replace(case, entries=(replace(opened, recorded_by=""),)))
    assert review_words(nobody, "vi")["course_rows"][0]["cells"][-1] == "–"


def test_a_request_a_failure_and_what_was_taken_back(told: Told, tmp_path: Path) -> None:
    known = {**clear(FVS), "situation": "penalty_foul", "before": "no_penalty", "asked_after_s": 12.5}
    case = told.reviewing.open(FVS, COACH, incident_id=told.incident_id, request="coach", known=known)
    told.reviewing.take(case.id, "accept", REFEREE)
    told.reviewing.fail(FVS, OPERATOR, "mất điện cabin")
    gone = told.reviewing
    record, pages = exported(told, tmp_path)
    (review,) = record["reviews"]
    assert review["case"]["request"]["kept"] is True
    assert review["failure"]["why"] == "mất điện cabin"
    text = " ".join(pages)
    for expected in (
        "Sự cố kỹ thuật Quyết định trên sân trước đó Không phạt đền Quyết định cuối –",
        "Trần Văn Bình (Huấn luyện viên trưởng, SHB Đà Nẵng), 02/03/2024 09:00:00 UTC, 12,5 s sau tình huống",
        ": giữ lượt",
        "Sự cố kỹ thuật 1: mất điện cabin. Báo: Lê Minh (Người điều khiển hình ảnh), 02/03/2024 09:00:10 UTC.",
        "Hết sự cố: chưa.",
    ):
        assert expected in text, expected
    gone.resume(FVS, OPERATOR)
    second = told.open()
    gone.undo(second.id, VAR)
    record, pages = exported(told, tmp_path, "en")
    assert [each["case"]["withdrawn"] for each in record["reviews"]] == [False, True]
    text = " ".join(pages)
    assert "Over: Lê Minh (Replay operator), 2024-03-02 09:00:15 UTC." in text
    assert "Review under the rules (r-2)" in text
    assert "Withdrawn" in text


def test_nobody_knows_is_a_dash_and_never_a_nought(told: Told) -> None:
    case = told.reviewing.open(FULL, VAR, incident_id=told.incident_id)
    (facts,) = gather(told.archive, MATCH, told.incident_id).reviews
    unclocked = replace(case, opened_at=replace(case.opened_at, match_s=None))
    words = review_words(replace(facts, case=unclocked, now=unclocked.opened_at), "vi")
    rows = dict(words["time_rows"])
    assert rows["Bắt đầu xem lại"] == rows["Quyết định"] == rows["Xem lại mất"] == "–"
    assert rows["Kiểm tra mất"] == "0,0 s, đang chạy"  # it runs, and was read the instant it began
    assert dict(words["ruling"])["Quyết định cuối"] == "–"
    assert dict(words["ruling"])["Quyết định trên sân trước đó"] == "–"
    assert dict(words["rules"])["Tình huống xét"] == "chưa nêu"
    assert "·" not in rows["Bắt đầu kiểm tra"]
    assert words["question_rows"] == []


def test_the_finding_of_the_decision_stays_beside_what_the_log_says_later(told: Told) -> None:
    case = decided(told, full=False)

    def intensity() -> str:
        (facts,) = gather(told.archive, MATCH, told.incident_id).reviews
        seen = {row[0]: row[2] for row in review_words(facts, "en")["question_rows"]}
        (said,) = [text for name, text in seen.items() if name.startswith("Whether")]
        return said

    at_decision = intensity()
    assert at_decision.startswith("inconclusive: it asks for normal speed")
    told.look("cam1", 1.0, 10, 35, 1000)  # somebody looks at normal speed after the decision
    assert intensity() == at_decision
    (decision,) = [taken for taken in case.steps if taken.result is not None]
    before = datetime.fromisoformat(decision.at.utc) - timedelta(seconds=1)
    told.look_at(before, "cam1", 1.0, 10, 35, 1000)  # the log heard of this one when the decision was made already
    assert intensity().startswith(at_decision)
    assert intensity().endswith("when this report was written: looked at, at a speed that it may be judged by")


def test_a_decision_beside_another_final_decision_is_pointed_out(told: Told, tmp_path: Path) -> None:
    decided(told, full=False)
    told.archive.decide(told.incident_id, "no_penalty", by="Khánh")
    assert "quyết định cuối của lần xem lại r-1 khác nhau" in " ".join(exported(told, tmp_path)[1])
    told.archive.decide(told.incident_id, "penalty", by="Khánh")
    assert "khác nhau" not in " ".join(exported(told, tmp_path)[1])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_review_takes_one_more_page_and_nothing_leaves_the_paper(told: Told, tmp_path: Path, lang: str) -> None:
    without = len(exported(told, tmp_path, lang)[1])
    decided(told)
    done = export_package(
        told.archive, MATCH, told.incident_id, tmp_path, lang=lang, written_utc=WRITTEN, sign=False
    ).exported
    document = pypdfium2.PdfDocument(done.report)
    assert len(document) <= without + 1
    for page in document:
        grey = page.render(scale=1).to_numpy().mean(axis=2)
        edge = round(15 * 72 / 25.4)  # margins are 18 mm: nothing is printed in the outer 15
        assert np.all(grey[:, :edge] > 250)
        assert np.all(grey[:, -edge:] > 250)
    document.close()


LONG = "Một lời giải thích rất dài, viết trong lúc trận đấu còn đang diễn ra. " * 28
HOSTILE = ('#panic() $x$ *b* \u202eevah <script> "; sys.inputs', LONG[:1990], "Nguyễn" * 300)


@pytest.mark.parametrize("text", HOSTILE)
def test_peoples_words_in_a_review_are_set_as_they_are(told: Told, tmp_path: Path, text: str) -> None:
    who = Actor(text, "var")
    case = told.reviewing.open(
        FULL, who, incident_id=told.incident_id, known={**clear(FULL), "situation": "penalty_foul"}
    )
    told.look("cam1", 0.25, 10, 35)
    told.reviewing.override(case.id, who, question="intensity", why=text)
    record, pages = exported(told, tmp_path)
    assert record["reviews"][0]["case"]["overrides"][0]["why"] == text.strip()
    printed = " ".join(pages)
    start = "".join(text.replace("\u202e", "[U+202E]").split())[:50]
    assert start in printed.replace(" ", "")
    if len(text) > 300:
        assert "toàn văn trong tệp JSON kèm theo" in printed


def test_a_list_of_incidents_and_the_page_take_the_result_of_a_review(
    told: Told, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(told.archive.home))

    incident = told.archive.incident(told.incident_id)
    case = told.open()
    assert main(["incident", "list", MATCH]) == 0
    assert "chưa quyết định" in capsys.readouterr().out.lower()
    assert not reviewed(told.archive, incident)
    told.reviewing.take(case.id, "recommend", VAR)
    told.reviewing.take(case.id, "go_on_field", REFEREE)
    told.reviewing.take(case.id, "change", REFEREE, ruling=Ruling("penalty"))
    assert reviewed(told.archive, incident)
    assert main(["incident", "list", MATCH]) == 0
    assert "Phạt đền" in capsys.readouterr().out
    assert main(["incident", "list", MATCH, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    jsonschema.validate(listed, schemas()["incident_list"], cls=jsonschema.Draft202012Validator)
    assert listed["incidents"][0]["reviews"] == [
        {
            "id": "r-1",
            "state": "decided",
            "withdrawn": False,
            "result": "changed",
            "outcome": "penalty",
            "said": "Phạt đền",
        }
    ]

"""The PDF report: real diacritics, people's texts as text, every page marked where simulated, the same bytes again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from export_scene import WRITTEN, angles, bare, facts_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchline.i18n import catalogue
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.papers import with_glyphs
from var.export.document import write_pdf
from var.export.facts import IncidentFacts
from var.export.phrases import LONGEST_NAME, day_text, margin_text, printable, shortened, signed
from var.export.stills import StillFile, write_still
from var.export.wording import FileHash, report_words
from var.footage.video import Reader
from var.model import Decision, Outcome, Team
from var.picture import draw

ALL_VIETNAMESE = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
    "AÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬBCDĐEÈÉẺẼẸÊỀẾỂỄỆGHIÌÍỈĨỊKLMNOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢPQRSTUÙÚỦŨỤƯỪỨỬỮỰVXYỲÝỶỸỴ"
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[IncidentFacts, Path]:
    """An incident with its stills already written in a folder."""
    folder = tmp_path_factory.mktemp("scene")
    facts = facts_of(angles(folder, seconds=3))
    return facts, folder


def stills_in(folder: Path, facts: IncidentFacts) -> list[StillFile]:
    (folder / "stills").mkdir(exist_ok=True)
    written = []
    for still in facts.stills:
        reader = Reader(still.clip)
        name = still.clip.camera_id
        written.append(
            write_still(folder, still, reader.picture(still.frame), name=name, origin=facts.origin, mark="SIMULATED")
        )
        reader.close()
    return written


def pdf_of(facts: IncidentFacts, folder: Path, lang: str = "vi", written_utc: str = WRITTEN) -> bytes:
    words = report_words(
        facts,
        lang,
        stills=stills_in(folder, facts),
        files=[FileHash("clips/cam1.mp4", "a" * 64)],
        written_utc=written_utc,
    )
    return write_pdf(folder, words, written_utc=written_utc)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, with line breaks as spaces and without places to break a word."""
    document = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return [re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\ufffe", "")) for text in texts]


def text_of(pdf: bytes) -> str:
    return " ".join(pages_of(pdf))


def test_the_report_says_what_was_decided_and_measured(scene: tuple[IncidentFacts, Path]) -> None:
    text = text_of(pdf_of(*scene))
    for expected in (
        "Biên bản tình huống 3: việt vị",
        "Huế – SHB Đà Nẵng",
        "Giải bóng đá hạng Nhì tỉnh Thừa Thiên Huế · 21/11/2026 · Sân vận động Tự Do, Huế · Luật 2026/27",
        "Nguyễn Thị Ánh Tuyết",
        "Trợ lý trọng tài 1 Đỗ Hữu Phước",
        "55:02,000",
        "Máy 1 – khán đài, khung 100",
        "21/11/2026 09:14:31 UTC",
        "+31 ± 9 cm (95 %)",
        "từ +22,4 đến +40,4 cm",
        "Các quyết định trước, đã được thay thế",
        "Không việt vị Đỗ Hữu Phước 21/11/2026 09:12:00 UTC –",
        "hiệu chuẩn máy quay 3,1 45 %",
        "Máy 4 – hỏng pin không có hình –",
        "+0,013 s ± –",
        "−0,010 s ± 6,9 ms",
        "0,83 px (9 dấu)",
        "chưa hiệu chuẩn",
        "Ký xác nhận",
        "Chữ ký số: chưa ký",
        "a" * 64,
    ):
        assert expected in text, expected


def test_the_english_report_is_english(scene: tuple[IncidentFacts, Path]) -> None:
    text = text_of(pdf_of(*scene, lang="en"))
    for expected in (
        "Report on incident 3: offside",
        "2026-11-21 09:14:31 UTC",
        "+22.4 to +40.4 cm",
        "Match clock 55:02.000",
        "no picture",
        "Page 1 /",
    ):
        assert expected in text, expected
    assert "Tình huống" not in text


def test_pages_are_counted(scene: tuple[IncidentFacts, Path]) -> None:
    pages = pages_of(pdf_of(*scene))
    assert 3 <= len(pages) <= 5
    for number, text in enumerate(pages, start=1):
        assert f"Trang {number} / {len(pages)}" in text


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 10])
@pytest.mark.parametrize("lined", [True, False])
def test_any_number_of_stills_fills_its_pages(scene: tuple[IncidentFacts, Path], count: int, lined: bool) -> None:
    """Each still with its caption once, none across two pages, and no page but the last ends above its middle."""
    facts, folder = scene
    chosen = next(still for still in facts.stills if still.lines_drawn is lined)
    pdf = pdf_of(replace(facts, stills=(chosen,) * count), folder)
    pages = pages_of(pdf)
    frame = f"khung hình {chosen.frame} · đồng hồ"
    assert sum(text.count(frame) for text in pages) == count
    for number, text in enumerate(pages, start=1):
        assert f"Trang {number} / {len(pages)}" in text
    document = pypdfium2.PdfDocument(pdf)
    for page in list(document)[:-1]:
        grey = page.render(scale=0.5).to_numpy().mean(axis=2)
        inked = np.flatnonzero((grey < 250).any(axis=1))
        body = inked[inked < 0.93 * len(grey)]  # above the footer
        assert body.max() > 0.7 * len(grey)
    document.close()


def test_every_page_of_a_simulated_match_says_so_and_no_other(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    simulated = replace(facts, match=replace(facts.match, origin=Origin.SIMULATED))
    for lang in ("vi", "en"):
        for text in pages_of(pdf_of(simulated, folder, lang)):
            mark = "MÔ PHỎNG / SIMULATED" if lang == "vi" else "SIMULATED / MÔ PHỎNG"
            assert mark in text
    assert "SIMULATED" not in text_of(pdf_of(facts, folder))


def test_one_simulated_clock_makes_the_report_a_simulated_one(scene: tuple[IncidentFacts, Path]) -> None:
    facts, _ = scene
    cameras = (replace(facts.cameras[0], clip=replace(facts.cameras[0].clip, timing=Origin.SIMULATED)),)
    assert replace(facts, cameras=cameras).origin is Origin.SIMULATED


def test_what_is_not_there_is_said_plainly(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    text = text_of(pdf_of(bare(facts), folder))
    for expected in ("Chưa có quyết định", "Chưa đo", "Chưa nhập.", "Đồng hồ trận đấu –", "chưa đánh dấu"):
        assert expected in text, expected
    assert "cm ±" not in text.split("Cách đọc")[0]


def test_no_offside_section_for_a_penalty_that_nobody_measured(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    penalty = bare(facts)
    decision = replace(facts.decisions[0], outcome="penalty", note="sau khi xem tại sân")
    penalty = replace(penalty, incident=replace(penalty.incident, kind="penalty"), decisions=(decision,))
    text = text_of(pdf_of(penalty, folder))
    for expected in ("phạt đền / không phạt đền", "Ghi chú sau khi xem tại sân", "không đặt ra câu hỏi đo"):
        assert expected in text, expected
    for asked_of_offside in (
        "Đo vị trí việt vị",
        "Khung hình chạm bóng",
        "Hướng tấn công",
        "Biên độ",
        "chưa vẽ đường đo",
        "Luật 11",
        "có vẽ đường",
    ):
        assert asked_of_offside not in text, asked_of_offside
    drawn = replace(penalty, stills=facts.stills)  # the pitch, where an angle is calibrated
    assert "có vẽ đường" in text_of(pdf_of(drawn, folder))
    english = text_of(pdf_of(penalty, folder, lang="en"))
    assert not any(word in english for word in ("Kick frame", "Direction of attack", "Margin", "Law 11", "lines drawn"))


@pytest.mark.parametrize(("lang", "said"), [("vi", "thời gian trận 2,000 s"), ("en", "match time 2.000 s")])
def test_where_no_period_is_known_pictures_and_heads_tell_match_time(
    scene: tuple[IncidentFacts, Path], lang: str, said: str
) -> None:
    facts, folder = scene
    setup = replace(facts.match.setup, periods=())
    pages = pages_of(pdf_of(replace(facts, match=replace(facts.match, setup=setup)), folder, lang=lang))
    assert all(said in page for page in pages)  # at the head of each
    assert not any(f"· {word} –" in page for page in pages for word in ("đồng hồ", "clock"))


def test_a_clock_that_nobody_measured_is_told_below_its_picture(scene: tuple[IncidentFacts, Path]) -> None:
    text = text_of(pdf_of(*scene))
    assert "+15,0 ms so với thời điểm xét (đồng hồ góc máy này chưa đo)" in text
    assert text.count("(đồng hồ góc máy này chưa đo)") == 1  # the other angles' were


def test_the_head_of_the_list_of_files_stands_on_each_of_its_pages(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    files = [FileHash(f"stills/cam1-f{n}.jpg", "a" * 64) for n in range(120)]
    words = report_words(bare(facts), "vi", stills=(), files=files, written_utc=WRITTEN)
    pages = [page for page in pages_of(write_pdf(folder, words, written_utc=WRITTEN)) if "stills/cam1-f" in page]
    assert len(pages) >= 2
    assert all("Tệp SHA-256" in page for page in pages)


def test_a_name_is_signed_whole_and_a_text_is_cut_between_words(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    name = "Nguyễn Hoàng Phương Thảo Nguyên Công Tằng Tôn Nữ Thị Diễm Khuê Trần"
    setup = replace(facts.match.setup, officials=(("referee", name),))
    text = text_of(pdf_of(replace(facts, match=replace(facts.match, setup=setup, name=f"{name} – {name}")), folder))
    assert text.count(f"{name} ngày, giờ") == 1
    assert "toàn văn" not in text
    assert f"{name} – …" in text  # the head of a page has one line
    assert shortened("một hai ba", 8) == "một hai …"
    assert shortened("một hai ba", 7) == "một hai …"
    assert shortened("một hai ba", 10) == "một hai ba"
    assert shortened("x" * 90, 70) == "x" * 70 + " …"


@pytest.mark.parametrize(
    ("day", "shown"), [("2026-11-21", "21/11/2026"), ("2026-11", "11/2026"), ("2026", "2026"), ("2026-13", "2026-13")]
)
def test_a_day_or_a_month_reads_as_in_vietnam(day: str, shown: str) -> None:
    assert (day_text(day, "vi"), day_text(day, "en")) == (shown, day)


def test_not_measurable_gives_reasons_and_no_number(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    assert facts.measurement is not None
    nothing = replace(
        facts.measurement, outcome=Outcome.NOT_MEASURABLE, margin=None, interval95_m=None, budget=(), governing=()
    )
    text = text_of(pdf_of(replace(facts, measurement=nothing, decisions=()), folder))
    assert "Không đo được" in text
    assert "Vì sao có kết quả này" in text
    assert "Độ bất định đến từ đâu" not in text


def test_marks_changed_after_the_decision_are_pointed_out(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    assert facts.measurement is not None
    assert facts.measurement.margin is not None
    assert "Lưu ý" not in text_of(pdf_of(facts, folder))
    margin = replace(facts.measurement.margin, value=-0.2)
    moved = replace(
        facts, measurement=replace(facts.measurement, margin=margin, outcome=Outcome.ONSIDE, interval95_m=(-0.3, -0.1))
    )
    text = text_of(pdf_of(moved, folder))
    assert "không phải là kết quả mà quyết định dựa vào" in text
    assert "không trùng với kết quả đo" in text
    # both margins stand there, each with its own name
    assert "Biên độ khi quyết định +31 ± 9 cm" in text
    assert "−20 ± 9 cm" in text


def test_every_vietnamese_letter_is_drawn_and_read_back(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    letters = " ".join(ALL_VIETNAMESE)
    pdf = pdf_of(replace(facts, incident=replace(facts.incident, note=letters)), folder)
    assert letters in text_of(pdf)
    _, fonts = with_glyphs({"text": ALL_VIETNAMESE})
    assert fonts is with_glyphs({"text": "plain"})[1]  # the product's own fonts suffice
    document = pypdfium2.PdfDocument(pdf)
    names = {
        obj.get_font().get_base_name()
        for page in document
        for obj in page.get_objects()
        if isinstance(obj, pypdfium2.PdfTextObj)
    }
    document.close()
    assert any("BeVietnamPro" in name for name in names)
    assert all("BeVietnamPro" in name or "DejaVu" in name for name in names), names


HOSTILE = (
    '#import "@preview/x:1.0.0": *',
    "#panic()",
    "$ x^2 $ *bold* _it_ `raw` <label> @ref",
    "\\ \\u{41} \\#",
    "<script>alert(1)</script>",
    "]] } ) #[",
    "= Heading",
    "- item",
    "http://example.org//x",
    '"; sys.inputs',
    "{0} {name} %s",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_peoples_texts_are_set_as_they_are(scene: tuple[IncidentFacts, Path], name: str) -> None:
    facts, folder = scene
    setup = replace(facts.match.setup, home=Team(name), officials=((name, name),), venue=name)
    match = replace(facts.match, name=name, setup=setup)
    last = replace(facts.decisions[-1], decided_by=name, note=name)
    hostile = replace(
        facts, match=match, incident=replace(facts.incident, note=name), decisions=(*facts.decisions[:-1], last)
    )
    text = text_of(pdf_of(hostile, folder))
    assert text.count(re.sub(r"\s+", " ", name)) >= 7


def test_a_very_long_name_stays_on_the_paper(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    name = "Nguyễn" * 900
    setup = replace(facts.match.setup, home=Team(name), officials=(("referee", name),))
    pdf = pdf_of(replace(facts, match=replace(facts.match, name=name, setup=setup)), folder)
    assert "toàn văn trong tệp JSON kèm theo" in text_of(pdf)
    document = pypdfium2.PdfDocument(pdf)
    seen = 0
    for page in document:
        texts = page.get_textpage()
        for obj in page.get_objects(textpage=texts):
            if isinstance(obj, pypdfium2.PdfTextObj) and "Nguyễn" in obj.extract():
                left, bottom, right, top = obj.get_bounds()
                assert 0 <= left <= right <= page.get_width()
                assert 0 <= bottom <= top <= page.get_height()
                seen += 1
    assert seen > 10
    document.close()


def test_signs_without_a_glyph_are_named_not_lost(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    note = "bàn thắng 😀 \U0001fae9 \u202eevah"
    text = text_of(pdf_of(replace(facts, incident=replace(facts.incident, note=note)), folder))
    assert "😀" in text or "[U+1F600]" in text  # some machines have a font that draws it
    assert "\U0001fae9" in text or "[U+1FAE9]" in text
    assert "[U+202E]evah" in text  # a turned-around text would be read as something else
    assert "bàn thắng" in text


@given(st.text(max_size=400), st.sampled_from(["vi", "en"]))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_printable_text_is_one_line_without_invisible_signs(text: str, lang: str) -> None:
    shown = printable(text, lang)
    assert "\n" not in shown
    assert not re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", shown)
    assert max((len(word) for word in re.split("[ \u200b]", shown)), default=0) <= 28 * len("[U+10FFFF]")
    if len(text) <= LONGEST_NAME and text.isascii() and text.isprintable():
        assert shown.replace("\u200b", "") == " ".join(text.split())


def test_zero_on_paper_has_no_side() -> None:
    for value_m in (-0.004, 0.0, 0.004):
        assert margin_text(Measurement(value_m, 0.2, "m", "x"), "en").startswith("0 ± 39 cm")
    assert signed(-0.04, "vi", 1) == "0,0"
    assert signed(-0.06, "vi", 1) == "\u22120,1"
    assert signed(0.06, "en", 1) == "+0.1"


def test_the_same_facts_and_time_give_the_same_bytes(scene: tuple[IncidentFacts, Path]) -> None:
    first, again = pdf_of(*scene), pdf_of(*scene)
    assert first == again
    assert first != pdf_of(*scene, written_utc="2026-11-21T09:30:01.000000+00:00")


def test_metadata_name_the_report_its_language_and_its_time(scene: tuple[IncidentFacts, Path]) -> None:
    for lang in ("vi", "en"):
        pdf = pdf_of(*scene, lang=lang)
        document = pypdfium2.PdfDocument(pdf)
        about = document.get_metadata_dict()
        document.close()
        assert "Huế – SHB Đà Nẵng" in about["Title"]
        assert about["Author"].startswith("Touchline ")
        assert about["CreationDate"].startswith("D:20261121093000")
        assert re.search(rb"/Lang\s*\(" + lang.encode() + rb"\)", pdf)


def test_the_data_file_of_the_template_does_not_stay(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    pdf_of(facts, folder)
    assert not list(folder.glob("*.json"))


def _keys(node: dict[str, Any], path: str = "") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, value in node.items():
        if isinstance(value, dict):
            found |= _keys(value, f"{path}{key}.")
        else:
            found[f"{path}{key}"] = set(re.findall(r"{(\w+)", value))
    return found


def test_both_catalogues_hold_the_same_texts() -> None:
    assert _keys(catalogue("var", "report", "vi")) == _keys(catalogue("var", "report", "en"))


def test_every_code_of_the_measurement_has_words() -> None:
    from var.measure.offside import BUDGET

    for lang in ("vi", "en"):
        texts = catalogue("var", "report", lang)
        assert set(texts["budget"]) == set(BUDGET)
        assert set(texts["verdict"]) == {outcome.value for outcome in Outcome}


def test_a_decision_in_words_of_its_own_is_printed_as_typed(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    own = Decision("d-9", facts.incident.id, "đá lại.quả phạt", None, "Ánh", "2026-11-21T09:20:00+00:00")
    assert "đá lại.quả phạt" in text_of(pdf_of(replace(facts, decisions=(own,)), folder))


def test_the_still_on_the_page_is_the_drawn_one(scene: tuple[IncidentFacts, Path]) -> None:
    facts, folder = scene
    document = pypdfium2.PdfDocument(pdf_of(facts, folder))
    pictures = [
        obj.get_bitmap().to_numpy()
        for page in document
        for obj in page.get_objects()
        if isinstance(obj, pypdfium2.PdfImage)
    ]
    document.close()
    assert [picture.shape[:2] for picture in pictures] == [(180, 320)] * 3
    reader = Reader(facts.stills[0].clip)
    drawn = draw(reader.picture(facts.stills[0].frame), facts.stills[0].drawings)
    reader.close()
    shown = pictures[0][..., :3].astype(float)
    # JPEG at quality 95 leaves about two grey levels; the drawing itself is tens of levels away from the clean frame
    assert abs(shown - drawn).mean() < 3

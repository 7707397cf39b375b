"""Every notebook runs from top to bottom, on simulated data alone, and says what it is about."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SAYS = {
    "season": (
        "48 buổi · sessions, 71 ngày · days",
        "chưa biết nhịp tim ở ngưỡng",
        "HRV buổi sáng dưới dải riêng trong 3 trên 3 ngày",
        "the truth lies inside: True",
        "two tests: cần bảy lần kiểm tra trở lên",
    ),
    "motion": (
        "gần đúng với khoảng tự báo · the stated error fits: True",
        "thật · true: ",
        "khoảng giữ lời · the intervals hold: True",
        "bốn máy khớp nhau · four cameras agree: True",
        "height_by_hips: B − A = ",
        "Số lần đủ: 1",
        "trong không gian · in space: None",
    ),
    "training_session": ("Karvonen", "không có nhịp tim"),
    "hrv": (
        "trong 5 % · within 5 %: True",
        "refused bigeminy, None",
        "refused gap_inside, None",
        "refused too_many_corrected, None",
        "refused too_short, None",
        "exercise None",
    ),
    "offside_review": ("right_toe", "VIỆT VỊ", "nằm trong · inside", '"outcome": "offside"'),
    "calibration_together": (
        "{'too_few_marks'}",
        "frames with a camera: 10 / 10",
        "from the marks",
        "the truth within 3 σ: True",
    ),
    "goal_line": (
        "nằm trong · the truth lies inside",
        '"outcome": "over", "same": true',
        "one_angle:main_stand",
        "on_ground_assumed",
        "2 góc máy · angles: TRONG KHU PHẠT ĐỀN",
        "the truth is inside the interval",
    ),
    "assistance": (
        "bỏ · left out 2: ",
        "áp chót gợi ý · suggested second-last:",
        "the truth is among the first two: True",
        "Chỉ là gợi ý",
    ),
    "painted_lines": (
        "tinh chỉnh · refined: True",
        "tốt hơn · better: True",
        "dừng ở khung hình · stopped at frame 24: hình không nối tiếp",
        "khung hình · frames: 23",
    ),
    "offside_scene": (
        "VIỆT VỊ",
        "sự thật nằm trong khoảng",
        "illustration: True",
        ".glb đã ghi · written: True",
        "nothing drawn: []",
    ),
    "reviews_by_rule": (
        "luật cho phép, nhưng giải này không chọn",
        "intensity  chưa kết luận được",
        "Có người chịu trách nhiệm · somebody answers for it: Trần Quốc Khánh",
        "{'contact': 'enough', 'intensity': 'enough'}",
        "r-3: mất lượt · lost; còn · left 0 / 2",
        "Chưa thể “Nhận yêu cầu”: đội yêu cầu đã hết lượt.",
        "đang hỏng · down: True · sự cố kỹ thuật",
        "chạy lại · works again, down: False",
        "r-6: giữ lượt · kept; còn · left 2 / 2",
        "văn bản · paper: True",
    ),
    "evidence": (
        "simulated · 2 góc máy",
        "1 Không việt vị → Việt vị",
        "  entry        5",
        "heads kept apart: held",
        "signed up to line 11 / 11",
        "ở đây · here: intact: 9 chữ ký · signatures, –",
        "['ledger_untrusted', 'untrusted_certificate', 'untrusted_key']",
        "with the certificate: intact",
        "found: 40 / 40 · nêu đúng tệp · file named: 40 / 40",
        "put back: intact",
        "the zip: 12 / 12",
        "report: True · 2 tình huống",
        "recordings: ['whole', 'whole']",
        "5 mục · entries; như cũ · as before: True",
        "after the decision: intact (hai sổ · two ledgers: intact, intact); 6 mục",
        "penalty (Nguyễn Thị Ánh Tuyết) → no_penalty (Ban kỷ luật)",
        "the ledger that came, changed: broken",
        "2 tình huống · incidents, ",
        "backup: whole",
        "after one byte: ['changed']",
        "the day before: không có gì",
        "on the day: media: 2 tệp",
        "held: không có gì",
        "the pictures are there: True",
    ),
    "live_squad": (
        "2836 khung · packets",
        "VĐV 2 (mô phỏng)        –     stale",
        "như nhau · the same: True",
        "im lặng · VĐV 2 (mô phỏng) 03:34 04:00",
        "Banister từ mẫu · from the samples: True",
    ),
    "replay_booth": (
        "đang ghi · recording: True",
        "1 lần gián đoạn",
        "ở giữa · in the middle: None",
        "trong 3 σ · inside 3 σ: 4 / 4",
        "khớp · agrees",
        "đường chuyền cho số 9",
    ),
}
CHARTS = {
    "season": 2,
    "motion": 2,
    "hrv": 2,
    "training_session": 3,
    "offside_review": 2,
    "calibration_together": 2,
    "goal_line": 1,
    "painted_lines": 2,
    "live_squad": 2,
    "replay_booth": 2,
    "evidence": 2,
    "reviews_by_rule": 2,
    "assistance": 1,
    "offside_scene": 2,
}
"""How many charts stand below one another in the last picture."""

LIMIT_S = 180
"""A reader waits; they take some ten seconds on a quiet machine."""


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_every_notebook_is_expected_here() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(SAYS) == set(CHARTS)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code), "outputs are not committed"
    began = time.monotonic()
    NotebookClient(
        notebook, timeout=LIMIT_S, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    assert time.monotonic() - began < LIMIT_S
    found = outputs(notebook)
    printed = "".join(output.get("text", "") for output in found)
    for words in SAYS[path.stem]:
        assert words in printed
    assert not any(output.get("name") == "stderr" for output in found), "a warning on screen"
    specs = [spec for output in found for kind, spec in output.get("data", {}).items() if "vegalite" in kind]
    assert len(specs[-1]["vconcat"]) == CHARTS[path.stem]
    # Altair's own page would fetch its scripts from a network.
    assert not any("<script" in output.get("data", {}).get("text/html", "") for output in found)

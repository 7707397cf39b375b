"""A rendered goal and a contact at the penalty area: marked through the archive, and on the page as people do it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from browser import EVERYBODYS_NAME, enter, serving
from playwright.sync_api import Browser, Locator, Page, expect

sys.path.append(str(Path(__file__).resolve().parents[1] / "var"))

from goal_match import (
    SIZE,
    TOUCH_S,
    ball_px,
    click,
    frames_around,
    mark_pitch,
    render,
    seen_in,
    shot,
    truth_of,
)

from var.archive import Archive
from var.evidence.package import export_package
from var.measure.goal_line import Line, Passage
from var.model import Match, Question
from var.questions import verdict_of
from var.synthetic.camera import observe
from var.synthetic.truth import Truth

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
REACH_M = 0.35
SPOT_M = (37.0, 3.0, 0.02)
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Ground:
    """A rendered match with both angles calibrated, and the truth about it."""

    home: Path
    match: Match
    truth: Truth

    @property
    def archive(self) -> Archive:
        return Archive(self.home)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    home = tmp_path_factory.mktemp("home")
    archive = Archive(home)
    match = render(archive, shot(REACH_M))
    truth, draw = truth_of(archive), np.random.default_rng(1)
    for camera in ("cam1", "cam2"):
        mark_pitch(archive, match, truth, camera, draw)
    return Ground(home, match, truth)


@pytest.fixture(scope="module")
def address(ground: Ground) -> Iterator[str]:
    with serving(APP, ground.home) as found:
        yield found


def test_a_rendered_goal_is_marked_from_two_angles_and_filed(ground: Ground, tmp_path: Path) -> None:
    archive, match, truth = ground.archive, ground.match, ground.truth
    incident = archive.add_incident(match.id, at_s=match.clips[0].match_s(60))
    archive.ask(incident.id, Question.BALL, line=Line.GOAL_RIGHT.value)
    draw = np.random.default_rng(2)
    for clip in match.clips:
        changed = []
        pictures, camera = seen_in(clip.path).astype(int), truth.camera(clip.camera_id)
        for frame in frames_around(clip, TOUCH_S):
            u, v = ball_px(truth, camera, float(clip.match_s(frame)))
            place = np.s_[round(v) - 1 : round(v) + 2, round(u) - 1 : round(u) + 2]
            changed.append(np.abs(pictures[frame][place] - pictures[0][place]).mean())
            archive.mark_spot(incident.id, "ball_click", click(clip, frame, np.array([u, v]) + draw.normal(0, 1, 2)))
        # Where the ball is, the picture was another one while it was far away; some of it is before a white net.
        assert np.median(changed) > 15
    review = archive.review(match.id)
    verdict = verdict_of(match, review, review.incident(incident.id))
    assert verdict is not None
    assert verdict.outcome is Passage.OVER
    assert verdict.margin is not None
    low, high = verdict.margin.interval95
    assert 0 < low < REACH_M < high
    assert high - low < 0.3
    archive.decide(incident.id, "in_play", by="Nguyễn Văn An", margin=verdict.margin)
    archive.decide(incident.id, "goal", by="Nguyễn Văn An", margin=verdict.margin)
    made = export_package(archive, match.id, incident.id, tmp_path, lang="vi", sign=False).exported
    record = json.loads(made.record.read_text("utf-8"))
    assert (record["incident"]["question"], record["incident"]["line"]) == ("ball", "goal_line_right")
    assert (record["measurement"]["outcome"], record["measurement"]["details"]) == ("over", ["in_goal"])
    assert len(record["spot_marks"]) == len(review.spot_marks)
    assert len(made.stills) == 2
    styles = {drawing["style"] for still in record["stills"] for drawing in still["drawings"]}
    assert {"attacker", "defender", "band_defender"} <= styles
    text = words_of(made.report)
    for said in (
        "Đo bóng so với vạch",
        "Bóng qua hết vạch",
        "Bàn thắng",
        "Biên ngang phải (cầu môn)",
        "cả quả bóng đã qua hết vạch",
    ):
        assert said in text
    assert "việt vị" not in text.lower()
    archive.decide(incident.id, "ball_out", by="Nguyễn Văn An", margin=verdict.margin)
    page = words_of(export_package(archive, match.id, incident.id, tmp_path, lang="en", sign=False).exported.report)
    assert "Ball out" in page
    assert "Whole ball over the line" in page


def words_of(report: Path) -> str:
    pdf = pypdfium2.PdfDocument(report)
    text = "\n".join(sheet.get_textpage().get_text_bounded() for sheet in pdf)
    pdf.close()
    return text.replace("\r\n", " ").replace("\n", " ")


# ------------------------------------------------------------------ on the page


def open_booth(chromium: Browser, address: str, lang: str = "vi") -> Page:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": address}])
    enter(context, address)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{address}/review?match=goal")
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    return page


def settled(page: Page) -> None:
    page.wait_for_timeout(250)
    page.wait_for_function(
        "window.__touchline.player.tiles.every(tile => tile.marks.length === 0)"
        " && !document.querySelector('[data-testid=stStatusWidget]')"
    )
    page.wait_for_timeout(250)


def show(page: Page, match_s: float) -> None:
    page.evaluate("s => window.__touchline.seekTime(s)", match_s)
    page.wait_for_timeout(400)


def click_source(page: Page, camera: str, pixel: np.ndarray) -> None:
    box = page.locator(f".tile[data-camera={camera}].aims .stage").bounding_box()
    assert box is not None
    x, y = (float(pixel[k]) + 0.5 for k in (0, 1))
    page.mouse.click(box["x"] + x / SIZE[0] * box["width"], box["y"] + y / SIZE[1] * box["height"])
    settled(page)


def enlarge(page: Page, camera: str) -> None:
    page.locator(f".tile[data-camera={camera}]").hover()
    page.keyboard.press(camera.removeprefix("cam"))
    page.wait_for_timeout(400)


def ask(page: Page, words: str, before: str = "Việt vị") -> None:
    page.get_by_role("button", name=f"Đang xét: {before}").click()
    page.get_by_role("button", name=words, exact=True).last.click()
    page.get_by_role("button", name=f"Đang xét: {words}").wait_for()
    settled(page)


def mark_incident(page: Page, match_s: float) -> None:
    show(page, match_s)
    page.locator(".tile[data-camera=cam1]").click(position={"x": 90, "y": 120})
    page.keyboard.press("m")
    settled(page)
    page.get_by_role("button", name="Đang xét: Việt vị").wait_for()


def press(page: Page, button: Locator, done: Callable[[], bool]) -> None:
    """Press a button until what it does is seen: on a busy machine a press may meet a page that is being redrawn."""
    for _ in range(5):
        if button.is_visible():
            button.click()
        for _ in range(40):
            if done():
                settled(page)
                return
            page.wait_for_timeout(100)
    raise AssertionError("nothing came of it")


@pytest.mark.browser
def test_a_goal_on_the_page(chromium: Browser, ground: Ground, address: str) -> None:
    page = open_booth(chromium, address)
    mark_incident(page, TOUCH_S)
    ask(page, "Bóng qua vạch")
    page.get_by_text("Chọn vạch cần xét trước").wait_for()
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Biên ngang phải (cầu môn)").click()
    settled(page)
    incident = ground.archive.incidents("goal")[-1]
    assert (incident.question, incident.line) == (Question.BALL, "goal_line_right")

    def mark(camera: str) -> None:
        enlarge(page, camera)
        clip = ground.match.clip(camera)
        for frame in frames_around(clip, TOUCH_S, 0.125)[:: 2 if camera == "cam1" else 1]:
            show(page, float(clip.match_s(frame)))
            shown = page.evaluate("window.__touchline.state()")["frames"][camera]
            at_s = float(clip.match_s(shown))
            click_source(page, camera, ball_px(ground.truth, ground.truth.camera(camera), at_s))
        enlarge(page, camera)

    mark("cam1")
    page.get_by_text("KHÔNG QUAN SÁT ĐƯỢC").wait_for()  # one angle
    steps, refused = (
        page.locator(".st-key-review_steps button"),
        page.get_by_text("cần hai góc máy đã hiệu chuẩn trở lên"),
    )
    press(page, steps.nth(2), refused.is_visible)
    press(page, steps.nth(1), page.get_by_text("Vạch nào?").is_visible)
    mark("cam2")
    count = len([1 for owner, _ in ground.archive.review("goal").spot_marks if owner == incident.id])
    assert count >= 10
    page.keyboard.press("u")
    settled(page)
    page.get_by_text(f"Các dấu đã bấm ({count - 1})").click()
    page.locator("[data-testid=stExpander] button").first.click()
    page.get_by_text(f"Các dấu đã bấm ({count - 2})").wait_for()
    banner = page.get_by_role("status").filter(has_text="BÓNG QUA HẾT VẠCH")
    press(page, page.get_by_role("button", name="Tiếp: xem kết quả"), banner.is_visible)
    expect(banner).to_contain_text("95 %")
    picture = page.get_by_role("img", name="Quả bóng và vạch")
    expect(picture).to_be_visible()
    assert page.evaluate("e => e.naturalWidth", picture.element_handle()) > 0
    record = page.get_by_role("button", name="Ghi quyết định")
    box = record.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 768  # in sight without scrolling
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Bàn thắng").first.click()
    settled(page)
    record.click()
    page.get_by_role("button", name="Lập biên bản").wait_for()
    decision = ground.archive.decisions(incident.id)[-1]
    assert (decision.outcome, decision.decided_by) == ("goal", EVERYBODYS_NAME)  # who signed in
    assert decision.margin is not None
    low, high = decision.margin.interval95
    assert 0 < low < REACH_M < high
    assert decision.facts["question"] == "ball"
    drawn = page.evaluate("window.__touchline.player.data.overlays.cam1")
    assert any(d["style"] == "band_defender" for d in drawn["*"])
    page.context.close()


@pytest.mark.browser
def test_a_contact_at_the_penalty_area_on_the_page(chromium: Browser, ground: Ground, address: str) -> None:
    page = open_booth(chromium, address)
    mark_incident(page, 1.0)
    ask(page, "Khu phạt đền")
    enlarge(page, "cam1")
    click_source(page, "cam1", observe(ground.truth.camera("cam1"), np.array([SPOT_M]))[0])
    enlarge(page, "cam1")
    page.get_by_text("TRONG KHU PHẠT ĐỀN").wait_for()
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Gối").click()
    page.get_by_text("Bấm chỗ va chạm: Gối").wait_for()
    settled(page)
    incident = ground.archive.incidents("goal")[-1]
    assert (incident.question, incident.spotted) == (Question.AREA, "knee")
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Bàn chân").click()
    page.get_by_text("Bấm chỗ va chạm: Bàn chân").wait_for()
    settled(page)
    status = page.get_by_role("status").filter(has_text="TRONG KHU PHẠT ĐỀN")
    press(page, page.get_by_role("button", name="Tiếp: xem kết quả"), status.is_visible)
    page.get_by_text("coi như điểm đã bấm nằm trên mặt sân").wait_for()
    expect(page.get_by_role("img", name="Chỗ va chạm")).to_be_visible()
    page.get_by_role("button", name="Ghi quyết định").click()
    page.get_by_text("phần mềm không chọn thay").wait_for()
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Trong khu phạt đền").click()
    settled(page)
    page.get_by_role("button", name="Ghi quyết định").click()
    page.get_by_role("button", name="Lập biên bản").wait_for()
    assert ground.archive.decisions(incident.id)[-1].outcome == "inside"
    # Another incident starts as an offside, and the question can be taken back like any other mark.
    mark_incident(page, 1.2)
    ask(page, "Bóng qua vạch")
    page.locator("[data-testid=stButtonGroup] button").filter(has_text="Biên dọc gần").click()
    settled(page)
    archive, newest = ground.archive, ground.archive.incidents("goal")[-1].id
    undo = page.locator(".st-key-undo button").first
    press(page, undo, lambda: archive.incident(newest).line is None)
    press(page, undo, lambda: archive.incident(newest).question is Question.OFFSIDE)
    page.get_by_role("button", name="Đang xét: Việt vị").wait_for()
    page.context.close()

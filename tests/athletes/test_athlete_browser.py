"""The pages of athletes in Chromium: one cursor reads every channel, one tap is kept, nothing sticks out of a phone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser import enter, serving
from playwright.sync_api import Browser
from training_home import furnish

from athletes.archive import Archive
from athletes.record_store import Records
from athletes.records import RecordKind

pytestmark = pytest.mark.browser
APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
PHONE = {"width": 390, "height": 844}
WIDTH = "document.querySelector('[data-testid=stMain]').scrollWidth"


def test_a_cursor_a_tap_and_a_phone(chromium: Browser, tmp_path: Path) -> None:
    made = furnish(tmp_path)
    with serving(APP, tmp_path) as address:
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, timezone_id="UTC")
        enter(context, address)
        page = context.new_page()
        page.goto(f"{address}/training?session={made['session']}")
        curves = page.locator(".st-key-session-curves .marks")
        curves.wait_for(timeout=60_000)
        box = curves.bounding_box()
        assert box is not None
        page.wait_for_timeout(500)
        page.mouse.move(box["x"] + 300, box["y"] + 120)
        page.mouse.move(box["x"] + 305, box["y"] + 120)
        tip = page.locator("#vg-tooltip-element.visible")
        tip.wait_for()
        assert {"Nhịp tim", "Tốc độ", "Nhịp chân", "Độ cao"} <= set(tip.inner_text().replace("\t", "\n").split("\n"))
        page.set_viewport_size(PHONE)
        page.wait_for_function(f"{WIDTH} <= 391", timeout=10_000)
        way = page.locator(".st-key-session-way img")
        assert way.evaluate("image => image.complete && image.naturalWidth > 0")
        page.close()
        page = context.new_page()
        page.set_viewport_size(PHONE)
        page.goto(f"{address}/training?athlete={made['athlete']}")
        page.locator(".st-key-season-chart .marks").wait_for(timeout=60_000)
        assert page.evaluate(WIDTH) <= 391
        page.locator('[class*="st-key-well-day-lan"]').first.get_by_role("radio").nth(3).or_(
            page.locator('[class*="st-key-well-day-lan"]').first.get_by_role("button").nth(3)
        ).first.click()
        page.get_by_text("Đã lưu.").wait_for()
        day = datetime.now(UTC).date()
        (kept,) = Records(Archive(tmp_path)).of("lan", [RecordKind.WELLNESS], since=day, until=day)
        assert kept.values == {"fatigue": 4.0}
        assert kept.by == "Nguyễn Văn An"
        context.close()

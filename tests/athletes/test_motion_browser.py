"""The pages of motion in Chromium: a video brought in by a coach, a length clicked in its picture, a number that shows
its picture, and nothing that sticks out of a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser import Address, add_account, enter, serving
from motion_home import archive_with, jump, measured_trial
from playwright.sync_api import Browser, Page
from trial_films import film

from athletes.archive import Archive
from athletes.motion.trials import Trials
from touchline.rights import Role

pytestmark = pytest.mark.browser
APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
PHONE = {"width": 390, "height": 844}
WIDTH = "document.querySelector('[data-testid=stMain]').scrollWidth"
READY = "window.__touchline?.state()?.n >= 0 && !window.__touchline.state().busy"
FRAME = "window.__touchline.player.tiles.map(tile => tile.painted.frame)"
PLACE = """
([u, v]) => {
  const tile = window.__touchline.player.tiles[0], box = tile.ink.getBoundingClientRect();
  const [x, y] = tile.view.toScreen((u + 0.5) / tile.clip.w, (v + 0.5) / tile.clip.h);
  return [box.left + x * box.width, box.top + y * box.height];
}
"""
"""Where a pixel of the source picture is on the screen."""


@dataclass(frozen=True)
class Served:
    """The running app, its data folder, and two trials that were measured."""

    address: Address
    home: Path
    one: str
    other: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = tmp_path_factory.mktemp("motion")
    home = made / "home"
    archive, _ = archive_with(home, "Trần Lan")
    one = measured_trial(archive, made, name="thứ hai")
    other = measured_trial(archive, made, jump(0.351, late_s=0.1), name="thứ năm")
    add_account(home, "lan-hlv", "Huấn luyện viên", [Role.COACH])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOUCHLINE_MODELS", str(made / "no models"))  # nothing of a body is looked for here
        with serving(APP, home) as address:
            yield Served(address, home, one.id, other.id)


def click_at(page: Page, u: float, v: float) -> None:
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 0)")
    x, y = page.evaluate(PLACE, [u, v])
    page.mouse.click(x, y)


def test_a_coach_brings_a_video_in_and_says_how_long_something_is(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    trials = Trials(Archive(served.home))
    video = film(tmp_path / "bật nhảy sân sau.mp4", 40)
    context = chromium.new_context(viewport={"width": 1366, "height": 1200}, timezone_id="UTC")
    enter(context, served.address, "lan-hlv")
    page = context.new_page()
    page.goto(f"{served.address}/training?view=motion")
    page.locator(".st-key-motion-new button").click(timeout=60_000)
    page.locator("input[type=file]").first.set_input_files(video)
    keep = page.locator(".st-key-motion-new-keep button:enabled")
    keep.wait_for()
    keep.click()
    page.get_by_text("chưa phân tích").first.wait_for()
    page.wait_for_function(READY, timeout=60_000)
    (made,) = (one for one in trials.trials() if one.id not in (served.one, served.other))
    assert (made.shots[0].shot.label, made.shots[0].shot.frames) == ("bật nhảy sân sau", 40)
    assert made.made_by == "Huấn luyện viên"
    page.get_by_text("touchline models get").first.wait_for()
    page.get_by_text("Mét trong hình").first.click()
    page.locator(".st-key-motion-length-click button").click()
    page.get_by_text("Bấm vào một đầu của độ dài đã biết · Esc").wait_for()  # the player knows of the tool
    click_at(page, 40, 100)
    page.get_by_text("Bấm vào đầu kia · Esc").wait_for()
    click_at(page, 240, 100)
    page.locator(".st-key-motion-length-m input").fill("2")
    page.get_by_role("button", name="Dùng").first.click()
    page.get_by_text("Theo độ dài 2,00 m").first.wait_for()
    scale = trials.trial(made.id).shots[0].settings["scale"]
    # a click is at most half a pixel of the screen off, which shows more than one for each of the picture's
    assert scale["px"] == pytest.approx([40, 100, 240, 100], abs=1)
    context.close()


def test_show_paints_the_very_picture_and_nothing_sticks_out_of_a_phone(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(viewport=PHONE, timezone_id="UTC")
    enter(context, served.address)
    page = context.new_page()
    page.goto(f"{served.address}/training?view=motion")
    page.wait_for_function("document.querySelector('.tl-trial img')?.naturalWidth > 0", timeout=60_000)
    assert page.evaluate(WIDTH) <= 391
    page.goto(f"{served.address}/training?view=motion&trial={served.one}")
    page.wait_for_function(READY, timeout=60_000)
    assert page.evaluate(FRAME) == [0]
    page.locator(f"[class*='st-key-motion-show-{served.one}-cam1-first-1'] button:visible").click()
    page.wait_for_function(f"{FRAME}[0] === 24")  # the first picture in the air
    assert page.evaluate(WIDTH) <= 391
    page.goto(f"{served.address}/training?view=motion&trial={served.one}&with={served.other}")
    # both at take-off: 0.8 s and 0.9 s at 30 a second
    page.wait_for_function(f"{READY} && JSON.stringify({FRAME}) === '[24,27]'", timeout=60_000)
    assert page.evaluate(WIDTH) <= 391
    context.close()

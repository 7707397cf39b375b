"""Refining on the painted lines and following a camera in the real app: the buttons, what they say, and undo."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import enter, serving
from playwright.sync_api import Browser, Locator, Page

sys.path.append(str(Path(__file__).resolve().parents[1] / "var"))

from painting import CUT, KICK, PANS, START, STILL, click, mark, painted_match

from var.angles import angle_state
from var.archive import Archive
from var.model import AttackDirection, BodyPart, Role

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Both angles marked, the kick on a frame of the camera that pans which nobody marked."""
    archive = Archive(tmp_path_factory.mktemp("home"))
    match = painted_match(archive)
    clip = match.clip(PANS)
    incident = archive.add_incident("vach", at_s=clip.match_s(KICK), attack=AttackDirection.RIGHT)
    archive.set_kick(incident.id, camera_id=PANS, frame=KICK, sha256=clip.sha256)
    archive.mark_body(incident.id, Role.ATTACKER, BodyPart.TOE, click(clip, CUT + 1, (600, 400)))
    mark(archive, match, STILL, 0)
    mark(archive, match, PANS, START)
    return archive


@pytest.fixture(scope="module")
def address(archive: Archive) -> Iterator[str]:
    with serving(APP, archive.home) as found:
        yield found


def open_booth(chromium: Browser, address: str, lang: str) -> Page:
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": address}])
    enter(context, address)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/review?match=vach")
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    return page


def press(page: Page, button: Locator, done: Callable[[], bool]) -> None:
    """Press a button until what it does is seen: on a busy machine a press may meet a page that is being redrawn."""
    for _ in range(4):
        if button.is_visible():
            button.click()
        for _ in range(100):
            if done():
                return
            page.wait_for_timeout(100)
    raise AssertionError("nothing came of it")


def step(page: Page, number: int, seen: Locator) -> None:
    press(page, page.locator(".st-key-review_steps button").nth(number), seen.first.is_visible)


def way(archive: Archive, camera: str, frame: int) -> str | None:
    found = angle_state(archive.match("vach"), archive.review("vach"), camera, frame)
    return None if found.calibration is None else found.way


@pytest.mark.browser
def test_an_angle_is_refined_on_the_page(chromium: Browser, archive: Archive, address: str) -> None:
    page = open_booth(chromium, address, "vi")
    button = page.get_by_role("button", name="Tinh chỉnh theo vạch sơn")
    step(page, 0, button)
    page.get_by_text(f"Tìm các vạch sơn trong khung hình {KICK}").wait_for()
    press(page, button, lambda: way(archive, STILL, KICK) == "refined")
    page.get_by_text("Đã tinh chỉnh theo").wait_for()
    page.get_by_text("vạch song song biên ngang: ±").wait_for()
    button.wait_for(state="hidden")
    assert [entry["kind"] for entry in archive.entries("vach")].count("refinement") == 1
    undo = page.locator(".st-key-undo button").first
    press(page, undo, lambda: way(archive, STILL, KICK) == "clicks")
    button.wait_for()
    press(page, button, lambda: way(archive, STILL, KICK) == "refined")
    mark(archive, archive.match("vach"), STILL, 0, ("right_goal_area_far",))  # on another screen
    page.reload()
    stale = page.get_by_text("Lần tinh chỉnh trước là của những dấu bấm khác")
    step(page, 0, stale)
    assert way(archive, STILL, KICK) == "clicks"
    press(page, button, lambda: way(archive, STILL, KICK) == "refined")
    page.context.close()


@pytest.mark.browser
def test_a_camera_is_followed_on_the_page(chromium: Browser, archive: Archive, address: str) -> None:
    page = open_booth(chromium, address, "en")
    body = page.get_by_role("button", name=f"Máy lia: follow the camera from frame {START}")
    step(page, 2, body)  # offered where a body point is to be measured
    button = page.get_by_role("button", name=f"Follow the camera from frame {START}")
    step(page, 0, page.get_by_text("What was clicked", exact=False))
    press(page, page.locator("[class*=st-key-angle] button").nth(1), button.is_visible)
    page.get_by_text(f"Frame {KICK} is not calibrated yet").wait_for()
    press(page, button, lambda: way(archive, PANS, KICK) == "followed")
    page.get_by_text(f"The camera was followed from frame {START}").wait_for()
    page.get_by_text(f"followed from frame {START}, it stopped at frame {CUT}").wait_for()
    button.wait_for(state="hidden")  # the same way would end there again
    page.wait_for_function(
        "([camera, frame]) => window.__touchline.player.data.overlays[camera]?.[frame]?.some(d => d.style === 'pitch')",
        arg=[PANS, str(KICK)],
    )
    assert way(archive, PANS, CUT + 1) is None
    undo = page.locator(".st-key-undo button").first
    press(page, undo, lambda: way(archive, PANS, KICK) is None)
    button.wait_for()
    page.context.close()

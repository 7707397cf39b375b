"""The clean screen in a browser beside the operator's: it shows the same pictures, or says why it shows none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from barcoded import READ_BARS_JS, make_match
from browser import serving
from playing import READ_ALL_JS, Open, check_screen, seek, state
from playwright.sync_api import Browser, Page, Request

from var.model import Match
from var.timeline import Timeline

pytestmark = pytest.mark.browser

SHOWS_JS = "(n) => window.__touchline.state().n === n && window.__touchline.screen.cover.hidden"
COVERED_JS = """
(text) => {
  const {cover} = window.__touchline.screen;
  return !cover.hidden && cover.innerText.includes(text);
}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("second")


@pytest.fixture(scope="module")
def match(home: Path) -> Match:
    return make_match(home)


@pytest.fixture(scope="module")
def address(match: Match, home: Path) -> Iterator[str]:
    with serving(Path(__file__).with_name("feature_server.py"), home) as url:
        yield url


@pytest.fixture
def screen(chromium: Browser, address: str) -> Iterator[Page]:
    """A clean screen; afterwards it must have sent nothing but questions, and found no fault."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.set_default_timeout(20000)
    faults: list[str] = []
    sent: list[str] = []

    def listen(request: Request) -> None:
        if request.method != "GET":
            sent.append(f"{request.method} {request.url}")

    page.on("request", listen)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: message.type == "error" and faults.append(message.text))
    page.goto(f"{address}/var/bars/screen?lang=vi")
    yield page
    context.close()
    assert (faults, sent) == ([], [])


def look_of(page: Page) -> Any:
    """What is large and small, and which part of each picture is seen."""
    return page.evaluate(
        """() => {
          const {large, tiles, features: {pip, two}} = window.__touchline.player;
          const view = ({view: {s, x, y}}) => [s, x, y].map((value) => Math.round(value * 1e6));
          return {large, small: pip.shown, corner: pip.shown < 0 ? 0 : pip.corner, views: tiles.map(view),
            two: two.open ? [two.angle, two.lockstep.shown, two.side] : null};
        }"""
    )


def same_look(operator: Page, screen: Page) -> None:
    wanted = look_of(operator)
    for _ in range(100):
        if look_of(screen) == wanted:
            return
        screen.wait_for_timeout(50)
    assert look_of(screen) == wanted


def test_it_follows_steps_zoom_layout_and_drawings(open_player: Open, screen: Page, match: Match) -> None:
    timeline = Timeline.of(match)
    screen.wait_for_function(COVERED_JS, arg="Người điều khiển")  # nobody leads yet, and no picture is shown
    operator = open_player()
    operator.locator(".lead").wait_for()
    assert "1" in operator.locator(".lead").inner_text()
    for n in (150, 151, 149, 30, 200):
        seek(operator, n)
        screen.wait_for_function(SHOWS_JS, arg=n)
        check_screen(screen.evaluate(READ_ALL_JS), timeline, match, n)
    operator.keyboard.press("2")
    same_look(operator, screen)
    operator.keyboard.press("n")
    operator.keyboard.press("Shift+N")
    same_look(operator, screen)
    operator.keyboard.press("z")
    operator.keyboard.press("z")
    assert look_of(operator)["views"][1][0] > 10**6
    same_look(operator, screen)
    operator.keyboard.press("0")
    operator.keyboard.press("a")
    operator.keyboard.press("Shift+ArrowRight")
    operator.wait_for_function("window.__touchline.player.features.two.lockstep.shown === 210")
    same_look(operator, screen)
    read = f"() => ({READ_BARS_JS})(window.__touchline.player.features.two.tile.picture)"
    assert screen.evaluate(read) == [1, timeline.frames["cam2"][210]]
    operator.keyboard.press("Escape")
    operator.keyboard.press("Escape")
    same_look(operator, screen)
    # Python's drawing (a line across cam1 at 20 px) stands on the screen as well.
    ink = screen.evaluate(
        """() => {
          const {ink} = window.__touchline.player.tiles[0];
          return ink.getContext('2d').getImageData(ink.width / 2, Math.round(20.5 / 360 * ink.height), 1, 1).data[3];
        }"""
    )
    assert ink > 100
    assert screen.locator(".badge").inner_text() == "MÔ PHỎNG"


def test_it_plays_what_the_operator_plays_and_shows_the_speed(open_player: Open, screen: Page, match: Match) -> None:
    timeline = Timeline.of(match)
    operator = open_player()
    seek(operator, 100)
    screen.wait_for_function(SHOWS_JS, arg=100)
    operator.evaluate("() => { const {player} = window.__touchline; player.setSpeed(0.5); player.lockstep.play(1); }")
    screen.wait_for_function("() => window.__touchline.state().n > 110")
    assert re.search(r"0,50×|≈ 0,\d\d×", screen.locator(".pace").inner_text())
    for shot in screen.evaluate(
        f"""async () => {{
          const found = [], read = {READ_ALL_JS};
          for (let k = 0; k < 20; k++) {{ await new Promise((r) => requestAnimationFrame(r)); found.push(read()); }}
          return found;
        }}"""
    ):
        check_screen(shot, timeline, match, shot["n"])
    operator.keyboard.press("Space")
    n = state(operator)["n"]
    screen.wait_for_function(SHOWS_JS, arg=n)
    assert "dừng" in screen.locator(".pace").inner_text()


def test_a_screen_that_gets_no_pictures_while_the_operator_plays_says_so(open_player: Open, screen: Page) -> None:
    operator = open_player()
    seek(operator, 100)
    screen.wait_for_function(SHOWS_JS, arg=100)
    screen.evaluate("() => { window.__touchline.player.lockstep.viewNow = () => null; }")
    operator.evaluate("() => { const {player} = window.__touchline; player.setSpeed(0.25); player.lockstep.play(1); }")
    waiting = screen.locator(".message[data-topic=busy]")
    waiting.wait_for(timeout=10_000)
    screen.evaluate("() => { delete window.__touchline.player.lockstep.viewNow; }")
    waiting.wait_for(state="detached", timeout=10_000)
    operator.keyboard.press("Space")


def test_the_screen_says_how_fast_a_slow_operator_really_plays(open_player: Open, screen: Page) -> None:
    operator = open_player()
    seek(operator, 100)
    screen.wait_for_function(SHOWS_JS, arg=100)
    operator.evaluate(
        """() => {
          const { player } = window.__touchline, { lockstep } = player;
          const real = lockstep.viewNow.bind(lockstep);
          let asked = 0;
          lockstep.viewNow = (camera, frame) =>
            camera === lockstep.cameras[0] && asked++ % 3 ? null : real(camera, frame);
          player.setSpeed(0.5);
          lockstep.play(1);
        }"""
    )
    screen.locator(".pace").filter(has_text=re.compile(r"≈ 0,[0-3]\d×")).wait_for(timeout=10_000)
    operator.keyboard.press("Space")


def test_nothing_on_it_can_be_changed(open_player: Open, screen: Page) -> None:
    operator = open_player()
    seek(operator, 120)
    screen.wait_for_function(SHOWS_JS, arg=120)
    for key in ("ArrowRight", "b", "m", "k", "Space", "2", "n", "Enter"):
        screen.keyboard.press(key)
    screen.mouse.click(300, 300)
    screen.mouse.wheel(0, -300)
    screen.mouse.click(30, 80)
    before = look_of(operator)
    screen.wait_for_timeout(300)
    assert state(screen)["n"] == state(operator)["n"] == 120
    assert look_of(screen) == look_of(operator) == before
    assert screen.locator(".controls").is_hidden()


def test_it_says_when_the_operator_is_gone_and_comes_back_by_itself(open_player: Open, screen: Page) -> None:
    operator = open_player()
    seek(operator, 80)
    screen.wait_for_function(SHOWS_JS, arg=80)
    operator.context.close()
    screen.wait_for_function(COVERED_JS, arg="Người điều khiển đã ngắt kết nối")
    assert "Từ " in screen.locator(".cover").inner_text()  # with the time
    again = open_player()
    seek(again, 90)
    screen.wait_for_function(SHOWS_JS, arg=90)
    # A page that hangs while it plays tells nothing: the picture is not passed off as the present one.
    again.evaluate("() => { const {player} = window.__touchline; player.setSpeed(0.1); player.lockstep.play(1); }")
    screen.wait_for_function("() => window.__touchline.screen.state.playing")
    again.evaluate("() => setTimeout(() => { const end = Date.now() + 6000; while (Date.now() < end); }, 50)")
    screen.wait_for_function(COVERED_JS, arg="Người điều khiển đã ngắt kết nối")
    screen.wait_for_function("() => window.__touchline.screen.cover.hidden")


def test_a_page_that_hangs_while_its_picture_stands_is_not_shown_as_present(open_player: Open, screen: Page) -> None:
    operator = open_player()
    seek(operator, 70)
    screen.wait_for_function(SHOWS_JS, arg=70)
    operator.evaluate("() => setTimeout(() => { const end = Date.now() + 7000; while (Date.now() < end); }, 50)")
    screen.wait_for_function(COVERED_JS, arg="Người điều khiển đã ngắt kết nối")
    screen.wait_for_function("() => window.__touchline.screen.cover.hidden")
    assert state(screen)["n"] == 70


def test_a_state_of_another_layout_is_not_shown(open_player: Open, screen: Page) -> None:
    """The operator's page has heard of a new clock, this one not yet: its frames would be others."""
    operator = open_player()
    seek(operator, 75)
    screen.wait_for_function(SHOWS_JS, arg=75)
    operator.evaluate("() => { window.__touchline.player.match.version = 'other'; }")
    seek(operator, 76)
    screen.wait_for_function(COVERED_JS, arg="Đang chờ hình của người điều khiển")
    operator.evaluate("() => { window.__touchline.player.match.version = window.kept; }")
    operator.evaluate("async () => { await window.__touchline.player.relaid(); }")
    seek(operator, 77)
    screen.wait_for_function(SHOWS_JS, arg=77)


def test_a_picture_that_failed_comes_by_itself(open_player: Open, screen: Page) -> None:
    operator = open_player()
    seek(operator, 82)
    screen.wait_for_function(SHOWS_JS, arg=82)
    screen.evaluate(
        """() => {
          const { lockstep, tiles } = window.__touchline.player;
          lockstep.paint(lockstep.frames.map((frame) => ({ frame, error: { code: 'offline' } })), lockstep.shown);
        }"""
    )
    assert screen.evaluate("() => window.__touchline.player.tiles[0].painted.kind") == "error"
    screen.wait_for_function("() => !window.__touchline.player.tiles.some((tile) => tile.painted.kind === 'error')")
    assert screen.evaluate("() => window.__touchline.player.tiles[0].painted.kind") == "picture"


def test_a_lost_connection_is_said_and_made_anew(open_player: Open, screen: Page) -> None:
    operator = open_player("en")
    seek(operator, 60)
    screen.wait_for_function(SHOWS_JS, arg=60)
    # The line is cut, and for a while no new one comes about.
    screen.evaluate(
        """() => {
          window.kept = window.WebSocket;
          window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({}), 20); } close() {} };
          window.__touchline.screen.socket.close();
        }"""
    )
    screen.wait_for_function(COVERED_JS, arg="Mất kết nối với máy chủ")
    seek(operator, 61)
    screen.evaluate("() => { window.WebSocket = window.kept; }")
    screen.wait_for_function(SHOWS_JS, arg=61)


def test_a_page_that_is_opened_takes_nobody_s_screen_and_may_take_over(open_player: Open, screen: Page) -> None:
    first = open_player("en")
    seek(first, 40)
    screen.wait_for_function(SHOWS_JS, arg=40)
    second = open_player("en")
    second.get_by_text("Another page leads").wait_for()
    seek(second, 50)
    screen.wait_for_timeout(300)
    assert state(screen)["n"] == 40
    second.locator(".lead").click()
    screen.wait_for_function(SHOWS_JS, arg=50)
    first.get_by_text("Another page leads").wait_for()
    seek(first, 41)  # not heard
    screen.wait_for_timeout(300)
    assert state(screen)["n"] == 50
    first.locator(".lead").click()
    screen.wait_for_function(SHOWS_JS, arg=41)
    second.get_by_text("Another page leads").wait_for()

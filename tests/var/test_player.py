"""The player in a real browser against the real server; what is on the screen is read back from bar codes."""

from __future__ import annotations

import random
import re
import time

import pytest
from playing import READ_ALL_JS, Open, check_screen, on_source, seek, state
from playwright.sync_api import Route

from var.model import Match
from var.timeline import Timeline

pytestmark = pytest.mark.browser


def test_every_picture_is_the_frame_it_claims(open_player: Open, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    chance = random.Random(7)
    last = len(timeline) - 1
    n = 0
    uncovered = 0
    for turn in range(120):
        # One seek anywhere, then steps to either side; the ends have cameras without pictures.
        n = (
            chance.choice([0, last, chance.randint(0, last)])
            if turn % 4 == 0
            else n + chance.choice([-10, -1, 1, 1, 10])
        )
        n = min(last, max(0, n))
        screen = page.evaluate(f"(n) => window.__touchline.seek(n).then({READ_ALL_JS})", n)
        check_screen(screen, timeline, match, n)
        uncovered += sum(tile["kind"] == "none" for tile in screen["tiles"])
    assert uncovered > 0
    assert state(page)["fallback"] == dict.fromkeys(state(page)["frames"])  # all of it was decoded in the browser
    assert state(page)["errors"] == []
    # At rest the pictures from the source take over: the same frames.
    seek(page, 110)
    on_source(page)
    check_screen(page.evaluate(READ_ALL_JS), timeline, match, 110)


def test_scrubbing_ends_on_the_last_wish(open_player: Open, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    page.evaluate(
        "async () => { const t = window.__touchline; let last;"
        " for (let k = 0; k < 60; k++) { last = t.seek((k * 37) % 300); await new Promise((r) => setTimeout(r, 8)); }"
        " await last; }"
    )
    n = 59 * 37 % 300
    page.wait_for_function("(n) => window.__touchline.state().n === n && !window.__touchline.state().busy", arg=n)
    check_screen(page.evaluate(READ_ALL_JS), timeline, match, n)


def test_playing_keeps_all_angles_in_step(open_player: Open, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    seek(page, 90)

    def late(route: Route) -> None:
        time.sleep(0.3)
        route.continue_()

    page.route("**/cam3/media/*", late)  # one angle comes late: all wait for it
    screens = page.evaluate(
        f"""async () => {{
          const seen = [], read = {READ_ALL_JS};
          const {{lockstep}} = window.__touchline.player;
          lockstep.speed = 0.5; lockstep.play(1);
          const until = performance.now() + 1500;
          while (performance.now() < until) {{
            await new Promise((r) => requestAnimationFrame(r));
            seen.push(read());
          }}
          lockstep.play(-1);
          for (let k = 0; k < 30; k++) {{ await new Promise((r) => requestAnimationFrame(r)); seen.push(read()); }}
          lockstep.pause();
          return seen;
        }}"""
    )
    for screen in screens:
        check_screen(screen, timeline, match, screen["n"])
    steps = [screen["n"] for screen in screens]
    assert max(steps) > 90  # half speed for 1.5 s is 37 steps; a late angle slows down but never stops the others
    assert steps[-1] < max(steps)  # and backwards


def test_a_computer_that_cannot_keep_up_says_how_fast_it_plays(open_player: Open) -> None:
    page = open_player()
    message = page.locator(".message[data-topic=slow]")
    page.evaluate(
        """() => {
          const { lockstep } = window.__touchline.player;
          const real = lockstep.viewNow.bind(lockstep);
          let asked = 0; // two ticks of three find the first angle not ready: about a third of the speed
          lockstep.viewNow = (camera, frame) =>
            camera === lockstep.cameras[0] && asked++ % 3 ? null : real(camera, frame);
        }"""
    )
    page.keyboard.press("Space")
    message.filter(has_text=re.compile("thực 0,[1-6]×")).wait_for()
    page.keyboard.press("Space")
    message.wait_for(state="detached")  # it says so while it plays, not when it stands
    page.close()


def test_ticks_of_a_quarter_of_a_second_count_by_the_clock(open_player: Open) -> None:
    page = open_player()
    page.evaluate(
        """() => {
          const real = performance.now.bind(performance), begun = real();
          performance.now = () => begun + 4 * (real() - begun); // every tick lasts four times as long
          const wait = window.requestAnimationFrame.bind(window);
          window.requestAnimationFrame = (then) => setTimeout(() => wait(then), 60);
        }"""
    )
    page.keyboard.press("Space")
    page.locator(".message[data-topic=slow]").filter(has_text=re.compile("thực 0,[2-6]×")).wait_for()
    page.close()


def test_a_server_that_was_started_anew_does_not_move_the_picture(open_player: Open) -> None:
    page = open_player()
    told = """(seek) => {
      const { player } = window.__touchline;
      player.update({ ...player.data, seek });
      return player.lockstep.working;
    }"""
    page.evaluate(told, {"s": 2.0, "seq": 2})
    n = state(page)["n"]
    page.evaluate(told, {"s": 0.5, "seq": 1})  # a new session's opening
    assert state(page)["n"] == n
    page.evaluate(told, {"s": 0.5, "seq": 2})
    assert state(page)["n"] != n
    page.close()


def test_without_a_decoder_the_server_gives_the_pictures(open_player: Open, match: Match) -> None:
    page, timeline = open_player(script="delete window.VideoDecoder;"), Timeline.of(match)
    assert set(state(page)["fallback"].values()) == {"no_webcodecs"}
    assert "máy chủ" in page.locator(".message").inner_text()
    for n in (3, 200, 201, 100, 99, len(timeline) - 1):
        screen = page.evaluate(f"(n) => window.__touchline.seek(n).then({READ_ALL_JS})", n)
        check_screen(screen, timeline, match, n)
    seek(page, 100)
    page.keyboard.press("Space")
    page.wait_for_function("window.__touchline.state().n > 105")
    page.keyboard.press("Space")
    screen = page.evaluate(READ_ALL_JS)
    check_screen(screen, timeline, match, screen["n"])


def test_a_fault_is_said_and_nothing_old_is_shown(open_player: Open, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    seek(page, 30)

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/cam1/**", refuse)
    screen = page.evaluate(f"() => window.__touchline.seek(250).then({READ_ALL_JS})")
    tile = screen["tiles"][0]
    assert (tile["kind"], tile["code"], tile["frame"]) == ("error", None, timeline.frames["cam1"][250])
    card = page.locator(".tile[data-camera=cam1] .card")
    assert "Không liên lạc được với máy chủ" in card.inner_text()
    assert [one["code"] for one in screen["tiles"][1:2]] == [[1, timeline.frames["cam2"][250]]]
    # The other angles go on playing, and the broken one comes back.
    page.keyboard.press("Space")
    page.wait_for_function("window.__touchline.state().n > 255")
    page.keyboard.press("Space")
    page.unroute("**/cam1/**", refuse)
    card.get_by_role("button").click()
    page.wait_for_function("window.__touchline.state().kinds.cam1 === 'picture'")
    screen = page.evaluate(READ_ALL_JS)
    check_screen(screen, timeline, match, screen["n"])

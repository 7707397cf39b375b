"""The player on a Streamlit page: keys, clicks, actions, labels, reruns; in a real browser against the real server."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from barcoded import HEIGHT, WIDTH
from playing import READ_ALL_JS, Open, arrived, check_screen, ink_at, on_source, seek, state, switch, wait_arrived
from playwright.sync_api import Route

from touchline.i18n import clock, number
from var.model import Match
from var.timeline import Timeline

pytestmark = pytest.mark.browser


def test_keys_anywhere_but_in_text(open_player: Open) -> None:
    page = open_player()
    seek(page, 150)
    for key, by in [("ArrowRight", 1), ("ArrowLeft", -1), ("Shift+ArrowRight", 10), ("Shift+ArrowLeft", -10)]:
        before = state(page)["sought"]
        page.keyboard.press(key)
        assert state(page)["sought"] == before + by
    # A click on one of our buttons does not leave the keys there: space plays, it does not press the button again.
    page.locator("[data-command=forward1]").click()
    assert state(page)["sought"] == 151
    page.keyboard.press("Space")
    assert state(page)["playing"]
    page.keyboard.press("Space")
    assert not state(page)["playing"]
    page.keyboard.press("j")
    assert state(page)["playing"]
    assert page.evaluate("window.__touchline.player.lockstep.way") == -1
    page.keyboard.press("Space")
    # A button of the page that was clicked keeps the focus, yet the space bar is the player's.
    page.get_by_role("button", name="again").click()
    page.keyboard.press("Space")
    assert state(page)["playing"]
    page.keyboard.press("Space")
    before = state(page)["sought"]
    page.get_by_role("textbox").fill("")
    page.keyboard.type("k 1m")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("textbox").input_value() == "k 1m"
    assert (state(page)["sought"], state(page)["playing"]) == (before, False)
    page.get_by_role("textbox").blur()
    page.keyboard.press("Home")
    assert state(page)["sought"] == 0
    page.keyboard.press("End")
    assert state(page)["sought"] == page.evaluate("window.__touchline.player.lockstep.length") - 1
    page.keyboard.press("2")
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam2"
    page.keyboard.press("Escape")
    assert page.locator(".tile.large").count() == 0
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert not state(page)["playing"]


def test_a_rerun_does_not_stop_playing(open_player: Open) -> None:
    page = open_player()
    page.evaluate("() => { window.kept = window.__touchline.player; }")
    seek(page, 40)
    page.evaluate("() => { window.kept.lockstep.speed = 0.1; window.kept.lockstep.play(1); }")
    for act in (
        lambda: page.get_by_role("button", name="again").click(),
        lambda: switch(page, "above"),
        lambda: page.get_by_role("button", name="slow").click(),
    ):
        before = state(page)["n"]
        act()
        page.wait_for_function("(n) => window.__touchline.state().n > n + 2", arg=before)
        assert state(page)["playing"]
    page.get_by_text("inserted above").wait_for()
    assert page.evaluate("window.kept === window.__touchline.player && window.kept.root.isConnected")
    assert page.locator("section.player").count() == 1
    # A wish of the page is obeyed once: the master's frame nearest to 2.0 s, then the referee is free again.
    switch(page, "seek")
    page.wait_for_function("window.__touchline.state().frames.cam1 === 100 && !window.__touchline.state().playing")
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="again").click()
    page.wait_for_timeout(400)
    assert state(page)["frames"]["cam1"] == 101


def test_click_arrives_with_what_was_painted(open_player: Open, match: Match, home: Path) -> None:
    page = open_player()
    timeline = Timeline.of(match)
    seek(page, 140)
    on_source(page)
    stage = page.locator(".tile[data-camera=cam1] .stage")
    stage.click(position={"x": 60, "y": 60})  # without a tool a click points at nothing
    switch(page, "tool")
    page.locator(".tile[data-camera=cam1].aims").wait_for()
    assert page.locator(".tile.dim").count() == 2
    count = len(arrived(home))
    box = stage.bounding_box()
    assert box is not None
    # Zoom in at a place until one source pixel is many screen pixels, then click another place.
    page.mouse.move(box["x"] + 250, box["y"] + 60)
    for _ in range(8):
        page.mouse.wheel(0, -240)
    page.wait_for_function("window.__touchline.player.tiles[0].view.s === 12")
    assert page.locator("canvas.loupe").is_visible()
    page.mouse.click(box["x"] + 250, box["y"] + 60)
    # A drag moves the picture and is no click; the drawing moves with it.
    page.mouse.down()
    page.mouse.move(box["x"] + 280, box["y"] + 85, steps=4)
    page.mouse.up()
    page.mouse.click(box["x"] + 100, box["y"] + 100)
    first, second = wait_arrived(page, home, count + 2)[count:]
    # The zoom holds the point under the pointer: it is where it was in the whole picture.
    u, v = 250 / box["width"] * WIDTH - 0.5, 60 / box["height"] * HEIGHT - 0.5
    assert abs(first["u"] - u) < 1
    assert abs(first["v"] - v) < 1
    # 12 times: 150 + 30 CSS pixels to the left, 25 - 40 up of the first click (the browser rounds the pointer to whole
    # pixels alike for both), one of them worth 640 / width / 12 source pixels.
    unit = WIDTH / box["width"] / 12
    assert abs(second["u"] - (first["u"] - 180 * unit)) < 0.2
    assert abs(second["v"] - (first["v"] + 15 * unit)) < 0.2
    for point in (first, second):
        assert (point["kind"], point["camera"], point["source"]) == ("point", "cam1", True)
        assert point["frame"] == timeline.frames["cam1"][140]
        assert point["sha256"] == match.clip("cam1").sha256
        assert abs(point["s"] - float(timeline.t_s[140] or 0)) < 1e-6
    assert second["seq"] > first["seq"]
    # Angles outside the tool take no point.
    page.locator(".tile[data-camera=cam2] .stage").click(position={"x": 60, "y": 60})
    # Python's drawing stands on that frame of that camera alone; "*" on every frame.
    page.wait_for_function("window.__touchline.player.tiles[0].marks.length === 0")
    page.keyboard.press("0")
    arm = 5 * WIDTH / box["width"]  # the cross is open for 3 CSS pixels around its middle
    assert ink_at(page, "cam1", first["u"] + arm, first["v"]) > 100
    assert ink_at(page, "cam1", 320, 20) > 100
    assert ink_at(page, "cam2", first["u"] + arm, first["v"]) == 0
    for n in (141, 139):
        seek(page, n)
        assert ink_at(page, "cam1", first["u"] + arm, first["v"]) == 0
        assert ink_at(page, "cam1", 320, 20) > 100
    seek(page, 140)
    assert ink_at(page, "cam1", first["u"] + arm, first["v"]) > 100
    assert len(arrived(home)) == count + 2


def test_a_click_while_seeking_means_what_is_painted(open_player: Open, match: Match, home: Path) -> None:
    page, timeline = open_player(), Timeline.of(match)
    switch(page, "tool")
    page.locator(".tile[data-camera=cam3].aims").wait_for()
    seek(page, 60)
    held: list[Route] = []
    page.route("**/media/*.mp4*", lambda route: held.append(route))
    count = len(arrived(home))
    page.evaluate("() => { window.__touchline.seek(250); }")
    page.wait_for_function("window.__touchline.state().busy")
    page.locator(".tile[data-camera=cam3] .stage").click(position={"x": 200, "y": 150})
    (point,) = wait_arrived(page, home, count + 1)[count:]
    assert (point["camera"], point["frame"]) == ("cam3", timeline.frames["cam3"][60])
    assert state(page)["sought"] == 250
    while state(page)["n"] != 250:
        while held:
            held.pop().continue_()
        page.wait_for_timeout(20)
    page.unroute("**/media/*.mp4*")
    check_screen(page.evaluate(READ_ALL_JS), timeline, match, 250)


def test_actions_arrive_once_and_in_order(open_player: Open, match: Match, home: Path) -> None:
    page = open_player("en")
    timeline = Timeline.of(match)
    seek(page, 160)
    count = len(arrived(home))
    page.locator(".tile[data-camera=cam3] .stage").click(position={"x": 90, "y": 90})
    # Faster than the page can run: none may be lost, none may come twice.
    for key in ("m", "k", "o", "Enter", "u", "Control+z"):
        page.keyboard.press(key)
    names = ["incident", "kick", "offside", "decide", "undo", "undo"]
    found = wait_arrived(page, home, count + len(names))[count:]
    page.wait_for_timeout(300)
    assert [message["name"] for message in found] == names
    assert len(arrived(home)) == count + len(names)
    assert [message["seq"] for message in found] == sorted({message["seq"] for message in found})
    for message in found:
        assert (message["kind"], message["n"], message["camera"]) == ("action", 160, "cam3")
        assert message["frame"] == timeline.frames["cam3"][160]
        assert message["sha256"] == match.clip("cam3").sha256


def test_labels_in_both_languages(open_player: Open, match: Match) -> None:
    timeline = Timeline.of(match)
    residual_ms = round(float((timeline.residual_s["cam4"][150] or 0) * 1000), 1)
    for lang, badge, source, sign in (("vi", "MÔ PHỎNG", "nguồn", ","), ("en", "SIMULATED", "source", ".")):
        page = open_player(lang)
        seek(page, 150)
        on_source(page, "cam4")
        label = page.locator(".tile[data-camera=cam4] .name").inner_text()
        shown = f"{residual_ms:+.1f} ms".replace("-", "\u2212").replace(".", sign)
        for part in ("Cam 4", f"#{timeline.frames['cam4'][150]}", shown, source):
            assert part in label
        assert page.locator(".badge").inner_text() == badge
        # The clock of the first half starts at 0.5 s of match time.
        clock_s = float(timeline.t_s[150] or 0) - 0.5
        assert page.locator(".top .clock").inner_text() == f"00:{clock_s:06.3f}".replace(".", sign)
        height = page.evaluate("window.__touchline.player.root.offsetHeight")
        assert height <= 700  # the whole player at 1366 x 768: 56 lines above it and 12 below are the page's
        small = page.evaluate(
            "[...window.__touchline.player.controls.root.querySelectorAll('button')]"
            ".filter((one) => one.checkVisibility() && (one.offsetWidth < 44 || one.offsetHeight < 44))"
            ".map((one) => one.title)"
        )
        assert small == []


def test_figures_are_written_as_python_writes_them(open_player: Open) -> None:
    page = open_player()
    chance = random.Random(3)
    seconds = [0.0, 59.9996, 60.0, -3.25, 4032.48] + [chance.uniform(-100, 9000) for _ in range(40)]
    residuals = [0.0, -13.08, 7.3] + [chance.uniform(-40, 40) for _ in range(40)]
    for lang in ("vi", "en"):
        shown = page.evaluate(
            """async ([lang, seconds, residuals]) => {
              const {Words} = await import('/var/ui/words.js');
              const words = new Words({}, lang);
              return [seconds.map((s) => words.clock(s)), residuals.map((ms) => words.number(ms, 1, true))];
            }""",
            [lang, seconds, residuals],
        )
        assert shown[0] == [clock(s, lang) for s in seconds]
        assert shown[1] == [number(ms, lang, 1, sign=True) for ms in residuals]


def test_touch_holds_to_aim(open_player: Open, match: Match, home: Path) -> None:
    page = open_player("vi", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam1"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    seek(page, 120)
    on_source(page)
    switch(page, "tool")
    page.locator(".tile.large.aims").wait_for()
    count = len(arrived(home))
    stage = page.locator(".tile.large .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + y, "id": k} for k, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    # Hold until the loupe comes, slide, let go: the point is where the finger left.
    send("touchStart", (100, 60))
    page.wait_for_function("!window.__touchline.player.loupe.canvas.hidden")
    send("touchMove", (130, 80))
    send("touchEnd")
    (point,) = wait_arrived(page, home, count + 1)[count:]
    assert abs(point["u"] - (130 / box["width"] * WIDTH - 0.5)) < 1
    assert abs(point["v"] - (80 / box["height"] * HEIGHT - 0.5)) < 1
    # Two fingers spread to twice their distance: twice as large, and no click.
    send("touchStart", (150, 100), (200, 100))
    send("touchMove", (125, 100), (225, 100))
    send("touchEnd")
    assert page.evaluate("window.__touchline.player.tiles[0].view.s") == pytest.approx(2, abs=0.05)
    page.wait_for_timeout(300)
    assert len(arrived(home)) == count + 1

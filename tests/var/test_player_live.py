"""A match in the player while it is being recorded; what is on the screen is read back from bar codes."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from growing import Growing, Recorder
from playing import READ_ALL_JS, READY_JS, Open, seek, state
from playwright.sync_api import Page, Route

from touchline.files import sha256_of
from touchline.origin import Origin
from touchline.store import utc_now
from var.archive import Archive
from var.model import Match, Setup

pytestmark = pytest.mark.browser

BEGUN_S = 6.0  # recorded before the page is opened

WATCH_JS = f"""
async (ms) => {{
  const seen = [], read = {READ_ALL_JS}, until = performance.now() + ms;
  while (performance.now() < until) {{
    await new Promise((resolve) => requestAnimationFrame(resolve));
    seen.push(read());
  }}
  return seen;
}}
"""


class Booth:
    """A match that is recorded into ``home`` under an id of its own."""

    def __init__(self, home: Path, match_id: str, cameras: int = 2) -> None:
        self.archive, self.id = Archive(home), match_id
        self.folder = self.archive.folder(match_id) / "media"
        self.cameras = [Growing(self.folder, f"cam{k + 1}", k) for k in range(cameras)]
        for camera in self.cameras:
            camera.grow(BEGUN_S)
        clips = tuple(camera.clip(self.folder, Fraction(k, 100)) for k, camera in enumerate(self.cameras))
        self.archive.add_match(Match(match_id, "Live", Origin.SIMULATED, utc_now(), Setup(), clips))
        self.recorder = Recorder(self.cameras, BEGUN_S)

    def join(self, camera: Growing) -> None:
        """One more angle comes up while the others record."""
        camera.grow(1)
        self.archive.add_clip(self.id, camera.clip(self.folder, Fraction(4)))

    def end(self) -> None:
        """Recording is over."""
        self.recorder.stop()
        for camera in self.cameras:
            camera.writer.close()
            self.archive.end_recording(self.id, camera.name, sha256_of(camera.path))


@pytest.fixture
def booth(home: Path, request: pytest.FixtureRequest) -> Iterator[Booth]:
    made = Booth(home, f"live-{request.node.name.replace('_', '-')}"[:40])
    made.recorder.start()
    yield made
    made.recorder.stop()
    for camera in made.recorder.cameras:
        camera.writer.close()


def length(page: Page) -> int:
    found: int = page.evaluate("window.__touchline.player.lockstep.length")
    return found


def check_codes(screen: dict[str, Any]) -> None:
    """Whatever a tile says it shows is what its picture says of itself."""
    for position, tile in enumerate(screen["tiles"]):
        if tile["kind"] == "picture":
            assert tile["code"] == [position, tile["frame"]]
        else:
            assert (tile["kind"], tile["code"]) == ("none", None)


def test_replay_while_recording_goes_on(open_player: Open, booth: Booth) -> None:
    page = open_player(match_id=booth.id)
    live = page.locator("button.live")
    page.wait_for_function("window.__touchline.state().playing")  # a live match opens at its newest picture
    # It goes on as pictures come in, every one of them the frame it says it is.
    first = length(page)
    page.wait_for_function("(n) => window.__touchline.state().n > n", arg=first + 25)
    seen = page.evaluate(WATCH_JS, 1500)
    for screen in seen:
        check_codes(screen)
    steps = [screen["n"] for screen in seen]
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]
    # A computer that stood still meanwhile is behind, and says so; the key brings the newest picture.
    page.keyboard.press("End")
    page.wait_for_function("window.__touchline.player.head.live.textContent.includes('TRỰC TIẾP')")
    # Back to the kick-off: it stays there while the time line goes on growing.
    seek(page, 3)
    before = length(page)
    page.wait_for_function("(n) => window.__touchline.player.lockstep.length > n + 20", arg=before)
    screen = page.evaluate(READ_ALL_JS)
    check_codes(screen)
    assert (screen["n"], screen["tiles"][0]["frame"]) == (3, 3)
    assert "Sau trực tiếp" in live.inner_text()
    assert int(page.locator(".track").get_attribute("aria-valuemax") or 0) > before
    # Playing from there is not interrupted by the growing.
    page.evaluate("() => { window.__touchline.player.lockstep.play(1); }")
    steps = [screen["n"] for screen in page.evaluate(WATCH_JS, 2500)]
    assert state(page)["playing"]
    assert steps == sorted(steps)
    assert max(b - a for a, b in pairwise(steps)) < 25  # no jump: a second at most
    assert page.evaluate("window.__touchline.player.lockstep.way") == 1
    # The key goes back to now.
    page.keyboard.press("End")
    page.wait_for_function("window.__touchline.player.head.live.dataset.now === 'true'")
    # Anything from 5 s ago is there.
    ago = page.evaluate(
        "(s) => { const {timeline} = window.__touchline.player; return timeline.stepAt(timeline.t.at(-1) - s); }", 5
    )
    screen = page.evaluate(f"(n) => window.__touchline.seek(n).then({READ_ALL_JS})", ago)
    check_codes(screen)
    assert [tile["kind"] for tile in screen["tiles"]] == ["picture", "picture"]
    # Ten seconds back by one key; what plays goes on playing, and by the button what stands stays.
    page.keyboard.press("End")
    page.wait_for_function("window.__touchline.player.head.live.dataset.now === 'true'")
    now = page.evaluate(
        "() => { const {timeline, lockstep} = window.__touchline.player; return timeline.t[lockstep.shown]; }"
    )
    page.keyboard.press("PageUp")
    back = "window.__touchline.player.timeline.t[window.__touchline.player.lockstep.shown] < %f - 8"
    page.wait_for_function(back % now)
    assert state(page)["playing"]
    page.keyboard.press("Space")
    page.locator(".leap").click()
    page.wait_for_function((back + " || window.__touchline.state().n === 0") % (now - 10))
    page.wait_for_function("!window.__touchline.state().busy")
    assert not state(page)["playing"]
    check_codes(page.evaluate(READ_ALL_JS))
    # It ends: this is said, what came last is there, and from now on it is a match like any other.
    booth.end()
    page.wait_for_function("!window.__touchline.state().live")
    assert "Đã ngừng ghi hình" in page.locator(".message").inner_text()
    assert not live.is_visible()
    page.wait_for_function("(n) => window.__touchline.player.lockstep.length >= n", arg=booth.cameras[0].done)
    page.keyboard.press("End")
    page.wait_for_function("(i) => window.__touchline.state().frames.cam1 === i", arg=booth.cameras[0].done - 1)
    check_codes(page.evaluate(READ_ALL_JS))
    page.keyboard.press("Space")
    page.wait_for_function("!window.__touchline.state().playing")


def test_a_silent_camera_and_one_that_joins(open_player: Open, booth: Booth, home: Path) -> None:
    joining = Growing(booth.folder, "cam3", 2)
    page = open_player("en", match_id=booth.id)
    page.wait_for_function("window.__touchline.state().playing")
    booth.recorder.silent.add("cam2")
    card = page.locator(".tile[data-camera=cam2] .card")
    card.wait_for()
    screen = page.evaluate(READ_ALL_JS)
    check_codes(screen)  # no picture at all where cam2 was, and cam1's goes on
    assert [tile["kind"] for tile in screen["tiles"]] == ["picture", "none"]
    last_s = booth.cameras[1].done / 25
    assert "No picture" in card.inner_text()
    assert "sends nothing any more" in card.inner_text()
    assert f"00:{int(last_s):02d}" in card.inner_text() or f"00:{round(last_s):02d}" in card.inner_text()
    # What it sent before can still be watched.
    before = page.evaluate(f"() => window.__touchline.seek(60).then({READ_ALL_JS})")
    check_codes(before)
    assert [tile["kind"] for tile in before["tiles"]] == ["picture", "picture"]
    # One more angle joins: the layout is another one, the moment stays.
    page.evaluate("window.__touchline.player.enlarge(1)")
    seconds = page.evaluate("window.__touchline.player.timeline.t[60]")
    booth.join(joining)
    booth.recorder.cameras.append(joining)
    page.wait_for_function(f"window.__touchline.player.tiles.length === 3 && {READY_JS}")
    now = page.evaluate("(({timeline, lockstep}) => timeline.t[lockstep.shown])(window.__touchline.player)")
    assert abs(now - seconds) < 0.02
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam2"
    page.locator(".tile[data-camera=cam3] .card").wait_for()
    assert "has pictures from" in page.locator(".tile[data-camera=cam3] .card").inner_text()
    page.keyboard.press("End")
    page.wait_for_function("window.__touchline.state().kinds.cam3 === 'picture'")
    check_codes(page.evaluate(READ_ALL_JS))


def test_a_lost_server_is_not_called_live(open_player: Open, booth: Booth) -> None:
    page = open_player(match_id=booth.id)
    page.wait_for_function("window.__touchline.player.head.live.dataset.now === 'true'")

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/var/live-*/**", refuse)
    page.wait_for_function("window.__touchline.player.head.message.dataset.topic === 'lost'")
    page.wait_for_function("window.__touchline.player.head.live.dataset.now === 'false'")
    before = state(page)["n"]
    page.unroute("**/var/live-*/**", refuse)
    page.wait_for_function("(n) => window.__touchline.state().n > n + 25", arg=before)
    # Nothing says any more that the server is lost; on a busy machine something else may be said.
    assert page.evaluate("window.__touchline.player.head.lines.has('lost')") is False
    check_codes(page.evaluate(READ_ALL_JS))

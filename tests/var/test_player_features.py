"""Bookmarks, clips, loop, play-out, two moments, small picture and the log of looks, in a real browser.

What is on the screen is read back from bar codes; what was kept is read from the archive.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from barcoded import READ_BARS_JS, make_match
from browser import serving
from playing import READ_ALL_JS, Open, check_screen, seek, state
from playwright.sync_api import Page, Route

from var import looks
from var.archive import Archive
from var.bookmarks import Bookmark, Tag
from var.model import Match
from var.timeline import Timeline

pytestmark = pytest.mark.browser
WITHIN_S = 15

RECORD_JS = """
() => {
  const {player} = window.__touchline, was = player.features.painted.bind(player.features);
  window.seen = [];
  player.features.painted = (n) => {
    window.seen.push({n, large: player.large, playing: player.lockstep.playing});
    was(n);
  };
}
"""
MOMENT_JS = f"() => ({READ_BARS_JS})(window.__touchline.player.features.two.tile.picture)"
SMALL_JS = """
(selector) => [...window.__touchline.player.root.querySelectorAll(selector)]
  .filter((one) => one.offsetParent && (one.offsetWidth < 44 || one.offsetHeight < 44)).map((one) => one.title)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("features")


@pytest.fixture(scope="module")
def match(home: Path) -> Match:
    return make_match(home)


@pytest.fixture(scope="module")
def address(match: Match, home: Path) -> Iterator[str]:
    with serving(Path(__file__).with_name("feature_server.py"), home) as url:
        yield url


@pytest.fixture
def archive(match: Match, home: Path) -> Iterator[Archive]:
    """The archive, without the bookmarks of the test before."""
    kept = Archive(home)
    yield kept
    for mark in kept.review(match.id).bookmarks:
        kept.remove(match.id, mark.seq)


def wait_until(page: Page, holds: Callable[[], Any]) -> Any:
    """What ``holds`` returns once it is true; the page goes on meanwhile."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if found := holds():
            return found
        page.wait_for_timeout(40)
    raise AssertionError("waited in vain")


def marks(archive: Archive) -> tuple[Bookmark, ...]:
    return archive.review("bars").bookmarks


def go(page: Page, n: int) -> None:
    seek(page, n)
    page.wait_for_function("(n) => window.__touchline.state().n === n && !window.__touchline.state().busy", arg=n)


def set_marks(page: Page, first: int, last: int) -> None:
    go(page, first)
    page.keyboard.press("[")
    go(page, last)
    page.keyboard.press("]")


def test_one_key_marks_and_a_second_one_says_what(open_player: Open, archive: Archive, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    page.keyboard.press("2")
    go(page, 150)
    page.keyboard.press("b")
    assert page.locator(".chips .chip").count() == 6
    assert page.locator(".flag[data-kind=bookmark]").count() == 1  # at once, before anybody has answered
    (mark,) = wait_until(page, lambda: marks(archive))
    frame = timeline.frames["cam2"][150]
    assert frame is not None
    assert (mark.at_s, mark.camera_id, mark.tag) == (match.clip("cam2").match_s(frame), "cam2", None)
    page.keyboard.press("3")  # digits stay angles
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam3"
    page.keyboard.press("v")
    assert page.locator(".chips").is_hidden()
    wait_until(page, lambda: marks(archive)[0].tag is Tag.OFFSIDE)
    assert page.locator(".flag[data-tag=offside]").count() == 1
    page.keyboard.press("v")  # means nothing now
    page.keyboard.press("Control+z")
    wait_until(page, lambda: marks(archive)[0].tag is None)
    page.locator(".flag[data-tag=none]").wait_for()
    page.keyboard.press("u")
    wait_until(page, lambda: not marks(archive))
    page.locator(".flag[data-kind=bookmark]").wait_for(state="detached")
    # By touch: a tap on the tag. Without one the tags go away by themselves.
    page.locator("[data-command=bookmark]").click()
    page.evaluate("clearTimeout(window.__touchline.player.features.chips.timer)")  # a busy machine may take so long
    page.locator(".chip[data-tag=foul]").click()
    wait_until(page, lambda: [mark.tag for mark in marks(archive)] == [Tag.FOUL])
    page.keyboard.press("b")
    page.locator(".chips").wait_for(state="hidden")
    page.keyboard.press("g")
    wait_until(page, lambda: [mark.tag for mark in marks(archive)] == [Tag.FOUL, None])


def test_a_page_loaded_anew_shows_the_marks(open_player: Open, archive: Archive) -> None:
    page = open_player()
    go(page, 120)
    page.keyboard.press("b")
    page.keyboard.press("p")
    wait_until(page, lambda: [mark.tag for mark in marks(archive)] == [Tag.PENALTY])
    again = open_player("en")
    again.locator(".flag[data-tag=penalty]").wait_for()
    assert "Penalty" in str(again.locator(".flag[data-tag=penalty]").get_attribute("title"))
    go(again, 10)
    again.keyboard.press(".")
    again.wait_for_function("window.__touchline.state().n === 120")
    again.keyboard.press(".")  # it stands there: the next one is another, and there is none
    assert "no later bookmark" in again.locator(".message").inner_text()
    go(again, 200)
    again.keyboard.press(",")
    again.wait_for_function("window.__touchline.state().n === 120")


def test_a_clip_is_kept_played_deleted_and_brought_back(open_player: Open, archive: Archive, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    page.keyboard.press("e")
    assert "[" in page.locator(".message").inner_text()  # first the marks
    set_marks(page, 130, 142)
    page.keyboard.press("e")
    page.keyboard.press("c")
    wait_until(page, lambda: [mark.tag for mark in marks(archive)] == [Tag.CARD])
    (mark,) = marks(archive)
    frames = [timeline.frames["cam1"][n] for n in (130, 142)]
    assert None not in frames
    assert (mark.at_s, mark.ends_s) == tuple(match.clip("cam1").match_s(int(frame or 0)) for frame in frames)
    page.keyboard.press("t")
    row = page.locator(f".drawer li[data-id='{mark.id}']")
    row.wait_for()
    assert page.evaluate(SMALL_JS, ".drawer button, .controls button") == []
    go(page, 20)
    page.evaluate(RECORD_JS)
    row.get_by_title("Phát").click()
    page.wait_for_function("window.seen.at(-1)?.n === 142 && !window.__touchline.state().playing")
    steps = [one["n"] for one in page.evaluate("window.seen")]
    assert (steps[0], steps[-1]) == (130, 142)
    assert steps == sorted(steps)
    row.get_by_title("Xóa").click()
    wait_until(page, lambda: not marks(archive))
    row.wait_for(state="detached")
    page.keyboard.press("Control+z")  # the last thing that was done here was the deletion
    wait_until(page, lambda: [one.id for one in marks(archive)] == [mark.id])
    row.wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".drawer").is_hidden()


def test_marks_by_the_place_of_the_key_where_telex_types_letters(open_player: Open) -> None:
    page = open_player()
    go(page, 60)
    fire = "(a) => window.dispatchEvent(new KeyboardEvent('keydown', {...a, bubbles: true, cancelable: true}))"
    page.evaluate(fire, {"key": "ơ", "code": "BracketLeft"})
    go(page, 80)
    page.evaluate(fire, {"key": "ư", "code": "BracketRight"})
    places = page.evaluate("(({starts, ends}) => [starts.n, ends.n])(window.__touchline.player.features.stretch)")
    assert places == [60, 80]
    # An out mark before the in mark begins anew.
    go(page, 40)
    page.keyboard.press("]")
    assert page.evaluate("window.__touchline.player.features.stretch.starts") is None


def test_the_loop_goes_round_between_the_marks_and_every_picture_is_right(open_player: Open, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    set_marks(page, 110, 122)
    page.evaluate(RECORD_JS)
    page.keyboard.press("r")
    page.wait_for_function("window.seen.filter((one) => one.n === 110).length >= 3")
    for screen in page.evaluate(
        f"""async () => {{
          const found = [], read = {READ_ALL_JS};
          for (let k = 0; k < 25; k++) {{ await new Promise((r) => requestAnimationFrame(r)); found.push(read()); }}
          return found;
        }}"""
    ):
        check_screen(screen, timeline, match, screen["n"])
    steps = [one["n"] for one in page.evaluate("window.seen")]
    assert set(steps) <= set(range(110, 123))
    turns = [(a, b) for a, b in pairwise(steps) if b < a]
    assert len(turns) >= 2
    assert set(turns) == {(122, 110)}
    page.keyboard.press("r")
    page.wait_for_function("window.__touchline.state().n > 125")  # off: it plays on
    page.keyboard.press("Space")
    # Without marks it takes a second to either side.
    page.evaluate("window.__touchline.player.features.stretch.clear()")
    go(page, 150)
    page.keyboard.press("r")
    places = page.evaluate("(({starts, ends}) => [starts.s, ends.s])(window.__touchline.player.features.stretch)")
    at_s = float(timeline.t_s[150] or 0)
    assert places == pytest.approx([at_s - 1, at_s + 1], abs=0.02)  # the nearest steps of 20 ms


def test_play_out_shows_the_stretch_from_one_angle_after_the_other(open_player: Open) -> None:
    page = open_player()
    set_marks(page, 140, 150)
    page.evaluate(RECORD_JS)
    page.keyboard.press("q")
    assert page.locator(".playout .chip").count() == 5
    for key in ("3", "1", "4", "Backspace", "2"):
        page.keyboard.press(key)
    assert "Cam 3 → Cam 1 → Cam 2" in page.locator(".playout .order").inner_text()
    page.keyboard.press("Enter")
    assert "1/3" in page.locator(".playout").inner_text()
    page.locator(".playout").wait_for(state="hidden")
    seen = page.evaluate("window.seen")
    for angle in (2, 0, 1):
        steps = [one["n"] for one in seen if one["large"] == angle and one["playing"]]
        assert steps[-1] == 150
        assert 140 in steps
    order = [one["large"] for one in seen if one["large"] >= 0]
    assert [b for a, b in pairwise([None, *order]) if a != b] == [2, 0, 1]
    assert not state(page)["playing"]
    assert state(page)["n"] == 150
    page.keyboard.press("q")
    page.keyboard.press("Escape")
    assert page.locator(".playout").is_hidden()


def test_two_moments_step_alone_and_locked_and_are_exact(open_player: Open, archive: Archive, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    page.keyboard.press("1")
    go(page, 100)
    page.keyboard.press("a")
    page.wait_for_function("window.__touchline.player.features.two.lockstep.shown === 100")

    def at(n: int) -> None:
        page.wait_for_function(
            "(n) => { const {lockstep} = window.__touchline.player.features.two;"
            " return lockstep.shown === n && !lockstep.working && !lockstep.playing; }",
            arg=n,
        )

    def check_moment(n: int, camera: int = 0) -> None:
        at(n)
        assert page.evaluate(MOMENT_JS) == [camera, timeline.frames[f"cam{camera + 1}"][n]]

    check_moment(100)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    check_moment(113)
    assert state(page)["n"] == 100  # A stands
    gap_s = float((timeline.t_s[113] or 0) - (timeline.t_s[100] or 0))
    assert f"+{gap_s:.3f}".replace(".", ",") in page.locator(".moments").inner_text()
    page.wait_for_function("window.__touchline.player.features.two.tile.painted.source")  # at rest from the source
    check_moment(113)
    # What is marked is what the keys move.
    page.keyboard.press("b")
    page.keyboard.press("x")
    (mark,) = wait_until(page, lambda: marks(archive))
    assert mark.at_s == match.clip("cam1").match_s(timeline.frames["cam1"][113] or 0)
    page.keyboard.press("w")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("window.__touchline.state().n === 99")
    check_moment(113)
    page.keyboard.press("s")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("window.__touchline.state().n === 103")
    check_moment(117)
    check_screen(page.evaluate(READ_ALL_JS), timeline, match, 103)
    # Played together they stay apart by the same steps.
    page.keyboard.press("Space")
    page.wait_for_function("window.__touchline.state().n > 112")
    page.keyboard.press("Space")
    check_moment(state(page)["n"] + 14)
    page.keyboard.press("s")
    page.keyboard.press("w")
    page.keyboard.press("3")  # another angle at B, the same instant
    check_moment(state(page)["n"] + 14, camera=2)
    assert page.evaluate(SMALL_JS, ".moments button") == []
    page.keyboard.press("Escape")
    assert page.locator(".tile.moment").count() == 0
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam1"
    assert state(page)["errors"] == []


def test_the_small_picture_is_in_step_and_inside_the_large_one(open_player: Open, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    go(page, 150)
    page.keyboard.press("2")
    page.keyboard.press("n")
    small = page.locator(".tile.pip")
    assert small.get_attribute("data-camera") == "cam3"
    page.keyboard.press("Shift+Digit4")
    assert small.get_attribute("data-camera") == "cam4"
    places = set()
    for _ in range(4):
        inner, outer = small.bounding_box(), page.locator(".tile.large").bounding_box()
        assert inner is not None
        assert outer is not None
        assert inner["x"] >= outer["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        assert inner["y"] >= outer["y"]
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
        places.add((inner["x"], inner["y"]))
        page.keyboard.press("Shift+N")
    assert len(places) == 4
    page.evaluate("window.__touchline.player.lockstep.play(1)")
    page.wait_for_function("window.__touchline.state().n > 160")
    page.keyboard.press("Space")
    screen = page.evaluate(READ_ALL_JS)
    check_screen(screen, timeline, match, screen["n"])
    small.locator(".name").click()  # they change places
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam4"
    assert small.get_attribute("data-camera") == "cam2"
    page.keyboard.press("n")
    assert small.count() == 0
    assert page.locator(".tile.large").get_attribute("data-camera") == "cam4"


def test_everything_fits_a_phone(open_player: Open) -> None:
    page = open_player("vi", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.locator("[data-command=bookmark]").tap()
    box = page.locator(".chips").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate(SMALL_JS, ".chips button, .controls button") == []
    page.locator(".chip[data-tag=other]").tap()
    page.locator("[data-command=list]").tap()
    assert page.evaluate(SMALL_JS, ".drawer button") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_command_is_under_the_question_mark(open_player: Open) -> None:
    for lang in ("vi", "en"):
        page = open_player(lang)
        page.keyboard.press("?")
        sheet = page.locator(".sheet")
        commands, of_layers = page.evaluate(
            "import('/var/ui/commands.js').then(({COMMANDS, OF_LAYERS}) => [COMMANDS.map((one) => one.id), OF_LAYERS])"
        )
        assert sheet.locator("section:not(.beside) dt").count() == len(set(commands) - set(of_layers))
        assert sheet.locator("section.beside dt").count() == 4  # steps, failure, undo, contact: taken beside the player
        assert "help." not in sheet.inner_text()
        assert "command." not in sheet.inner_text()
        assert sheet.evaluate("(one) => one.scrollHeight - one.clientHeight") <= 0  # nothing has to be scrolled to


# ------------------------------------------------------------------ the log of looks


def logged(archive: Archive, page: Page) -> list[looks.Look]:
    """The looks of one page."""
    screen = page.evaluate("window.__touchline.player.features.looks.screen")
    return [look for look in looks.looks(archive, "bars") if look.screen == screen]


def test_looks_say_which_angle_which_frames_and_how_fast(open_player: Open, archive: Archive, match: Match) -> None:
    page, timeline = open_player(), Timeline.of(match)
    page.keyboard.press("2")
    go(page, 150)
    page.wait_for_timeout(300)  # a look that counts takes 200 ms
    page.evaluate("window.__touchline.player.setSpeed(0.5)")
    page.keyboard.press("Space")
    page.wait_for_function("window.__touchline.state().n > 165")
    page.keyboard.press("Space")
    last = state(page)["n"]
    page.wait_for_timeout(300)
    page.keyboard.press("Escape")  # the grid: all four
    page.wait_for_timeout(300)
    page.close()  # what is not sent yet goes at leaving
    screens = {look.screen for look in looks.looks(archive, "bars")}
    found = wait_until_kept(archive, screens)
    frame = [timeline.frames["cam2"][n] for n in (150, last)]
    moving = [look for look in found if look.speed == 0.5]
    assert [(look.camera_id, look.first_frame, look.last_frame) for look in moving] == [("cam2", *frame)]
    # 16 steps of 20 ms at half speed take 640 ms or more.
    assert moving[0].looked_ms >= 600
    reached = moving[0].reached(match.clips[1])
    assert reached is not None
    assert 0.1 < reached < 0.6  # a busy machine shows them later, none sooner
    assert all(look.reached(match.clips[1]) is None for look in found if not look.speed)
    standing = [look for look in found if look.speed == 0]
    assert ("cam2", frame[0]) in {(look.camera_id, look.first_frame) for look in standing}
    assert {look.camera_id for look in standing if look.last_frame == timeline.frames[look.camera_id][last]} == {
        "cam1",
        "cam2",
        "cam3",
        "cam4",
    }


def test_looks_at_two_moments_have_each_its_own_speed(open_player: Open, archive: Archive) -> None:
    page = open_player()
    page.keyboard.press("2")
    go(page, 150)
    page.keyboard.press("a")
    page.wait_for_function("window.__touchline.player.features.two.lockstep?.shown >= 0")
    page.evaluate(
        "() => { const { two } = window.__touchline.player.features; two.turn('b'); two.lockstep.speed = 0.5; }"
    )
    page.keyboard.press("Space")
    page.wait_for_function("window.__touchline.player.features.two.lockstep.shown > 160")
    page.evaluate("() => window.__touchline.player.features.two.turn('a')")  # B plays on, seen beside A
    page.wait_for_function("window.__touchline.player.features.two.lockstep.shown > 175")
    page.evaluate("() => window.__touchline.player.features.two.lockstep.pause()")
    page.wait_for_timeout(300)
    screens = {look.screen for look in looks.looks(archive, "bars")}
    page.close()
    found = wait_until_kept(archive, screens)
    assert {look.speed for look in found} == {0.0, 0.5}
    moving = [look for look in found if look.speed == 0.5]
    assert max(look.last_frame for look in moving) - min(look.first_frame for look in moving) > 12  # 25 steps
    # What stood is one frame each: nothing that moved is called standing, and A is not called moving.
    assert all(look.first_frame == look.last_frame for look in found if look.speed == 0)


def wait_until_kept(archive: Archive, known: set[str]) -> list[looks.Look]:
    """The looks of the newest screen, once some with a speed are there and no more come."""
    deadline = time.monotonic() + WITHIN_S
    newest: list[looks.Look] = []
    while time.monotonic() < deadline:
        before, found = len(newest), looks.looks(archive, "bars")
        newest = [look for look in found if look.screen == found[-1].screen]
        if len(newest) == before and any(look.speed for look in newest):
            return newest
        time.sleep(1)
    raise AssertionError(f"no look was kept: {known}")


def test_a_batch_that_does_not_arrive_is_sent_again_and_kept_once(open_player: Open, archive: Archive) -> None:
    page = open_player()
    tried: list[int] = []

    def fail_first(route: Route) -> None:
        tried.append(1)
        if len(tried) == 1:
            route.abort()
        elif len(tried) == 2:
            route.fetch()  # it arrives, but the answer is lost
            route.abort()
        else:
            route.continue_()

    page.route("**/var/bars/looks", fail_first)
    go(page, 70)
    page.wait_for_timeout(300)
    go(page, 90)
    page.evaluate("window.__touchline.player.features.looks.flush()")
    wait_until(page, lambda: len(tried) >= 3 and logged(archive, page))
    page.wait_for_function("window.__touchline.player.features.looks.batches.length === 0")
    found = [(look.camera_id, look.first_frame) for look in logged(archive, page)]
    assert len(found) == len(set(found)) > 0
    # A refusal is not tried again, and said.
    page.unroute("**/var/bars/looks")
    page.evaluate(
        "() => { const {looks} = window.__touchline.player.features;"
        " looks.done.push({ended: 0, look: {camera: 'nobody', first: 0, last: 0, speed: 0, ms: 500}}); looks.flush(); }"
    )
    page.wait_for_function("window.__touchline.state().errors.some((one) => one.includes('looks'))")
    assert page.evaluate("window.__touchline.player.features.looks.batches.length") == 0
    before = looks.lost(archive, "bars")
    page.evaluate("window.__touchline.player.features.looks.flush()")
    wait_until(page, lambda: looks.lost(archive, "bars") == before + 1)  # nor forgotten


def test_a_fast_camera_that_plays_is_one_look(open_player: Open) -> None:
    rows = open_player().evaluate(
        """async () => {
          const {Looks} = await import('/var/ui/looks.js');
          let angles = [];
          const made = new Looks('/nowhere', () => ({angles}), () => {});
          clearInterval(made.timer);
          made.deliver = () => {};
          const see = (frame, speed) => {
            angles = [{key: 0, camera: "c", frame, s: frame / 1000, speed}];
            made.observe();
          };
          for (let k = 0; k < 4; k += 1) { see(k * 40, 1); await new Promise((done) => setTimeout(done, 20)); }
          see(5000, 1);  // jumped
          await new Promise((done) => setTimeout(done, 60));
          angles = [];
          made.observe();
          made.closed = true;
          return made.done.map(({look: {first, last}}) => [first, last]);
        }"""
    )
    assert rows == [[0, 120], [5000, 5000]]


def test_what_is_looked_at_is_told_when_a_step_is_about_to_rest_on_it(open_player: Open) -> None:
    """A look that still lasts is sent as well, goes on as a new one, and each says how long ago it ended."""
    sent, opened = open_player().evaluate(
        """async () => {
          const {Looks, WANTED} = await import('/var/ui/looks.js');
          const angles = [{key: 0, camera: "c", frame: 7, s: 0.28, speed: 0}];
          const made = new Looks('/nowhere', () => ({angles}), () => {});
          clearInterval(made.timer);
          made.deliver = () => {};
          made.observe();
          await new Promise((done) => setTimeout(done, 400));
          window.dispatchEvent(new CustomEvent(WANTED, {detail: []}));
          await new Promise((done) => setTimeout(done, 300));
          const sent = made.batches.map((batch) => JSON.parse(made.message(batch, 0)));
          const opened = made.open.size;
          made.close();
          return [sent, opened];
        }"""
    )
    ((look,),) = [each["looks"] for each in sent]
    assert {name: look[name] for name in ("camera", "first", "last", "speed")} == {
        "camera": "c", "first": 7, "last": 7, "speed": 0
    }  # fmt: skip
    assert 350 <= look["ms"] < 2000
    assert 250 <= look["ago_ms"] < 2000
    assert opened == 1

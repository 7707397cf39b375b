"""Body points over the replay and curves under it, in a real browser.

Which frame is on the screen is read back from the picture itself, where points were painted from the canvas, and what
is known of that very frame comes from ``motion_truth``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import barcode
import numpy as np
import pytest
from browser import serving
from motion_truth import GAP, NOBODY, SIZE, UNLOOKED, angle_of, figure, keep_measured, place_of
from playwright.sync_api import Browser, BrowserContext, Page, Route
from recordings import write
from trial_films import DAY, X264

from athletes.archive import Archive
from athletes.kinematics.model import Analysis, Curve, Movement, Side
from athletes.motion.found import keep_analysis
from athletes.motion.kept import Kept
from athletes.motion.model import Result, Trial
from athletes.motion.screened_curves import lines_of, packed_curves
from athletes.motion.screening import find_screening, pair_id, screen_id
from athletes.motion.trials import Trials
from athletes.pose.model import BODY33
from touchline.origin import Origin
from var.given import shown
from var.model import Match, Setup
from var.timeline import Timeline

pytestmark = pytest.mark.browser

COUNT, RATE = 270, 30  # more than one window of points
OTHER_COUNT, OTHER_RATE = 120, 60
ALIGNED_S = (0.5, 0.75)
READY_JS = "window.__touchline?.state()?.n >= 0 && !window.__touchline.state().busy"
ORANGE, BLUE = np.array([255, 171, 46]), np.array([92, 192, 255])

SMALL_JS = """
() => window.__touchline.player.tiles.map((tile) => {
  const small = document.createElement('canvas');
  small.width = 128; small.height = 72;
  const pen = small.getContext('2d');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(tile.picture, 0, 0, 128, 72);
  const {data} = pen.getImageData(0, 0, 128, 72);
  return {frame: tile.painted.frame, kind: tile.painted.kind, grey: [...data].filter((_, k) => k % 4 === 1)};
})
"""
"""What every tile says it shows, and its picture in small."""
INK_JS = """
([camera, points]) => {
  const {tiles, features} = window.__touchline.player;
  const tile = tiles.find((one) => one.clip.camera === camera) ?? features.two.tile;
  const pen = tile.ink.getContext('2d');
  return points.map(([u, v]) => {
    const [fx, fy] = tile.view.toScreen((u + 0.5) / tile.clip.w, (v + 0.5) / tile.clip.h);
    return [...pen.getImageData(Math.round(fx * tile.ink.width), Math.round(fy * tile.ink.height), 1, 1).data];
  });
}
"""
COLOURED_JS = """
(camera) => {
  const tile = window.__touchline.player.tiles.find((one) => one.clip.camera === camera);
  const {data} = tile.ink.getContext('2d').getImageData(0, 0, tile.ink.width, Math.floor(tile.ink.height * 0.9));
  let count = 0;
  for (let k = 3; k < data.length; k += 4) count += data[k] > 0;
  return count;
}
"""
"""How many pixels are inked above the foot of the picture, where the note about missing points stands."""
NOTES_JS = """
() => {
  const {prototype} = CanvasRenderingContext2D, was = prototype.fillText;
  window.inked = [];
  prototype.fillText = function (text, ...more) { window.inked.push(text); return was.call(this, text, ...more); };
}
"""


MAGNIFY_JS = """
() => {
  const {player} = window.__touchline;
  player.tiles[0].view.zoom(2.5, 0.2, 0.6);
  player.zoomed(player.tiles[0]);
}
"""
NUMBER_JS = """
() => {
  const [{numbers: [{x, y}], ink}] = window.__touchline.player.tiles;
  return [x / ink.width, y / ink.height];
}
"""
"""Where the number of the person beside stands, as parts of the picture."""
ROWS = "window.__touchlineCurves.get('curves').rows"
VALUE_JS = """
([curve, text]) => {
  const row = window.__touchlineCurves?.get('curves')?.rows.rows.find(({id}) => id === curve);
  return row?.root.isConnected && row.parts.now.textContent === text;
}
"""
SMALL_BUTTONS_JS = """
(root) => [...root.querySelectorAll('button')]
  .filter((one) => one.offsetParent && (one.offsetWidth < 44 || one.offsetHeight < 44)).map((one) => one.textContent)
"""


@dataclass(frozen=True)
class Stage:
    """The running page, and what it shows."""

    address: str
    home: Path
    one: Trial
    other: Trial

    @property
    def pair(self) -> str:
        return pair_id((self.one.id, "cam1", ALIGNED_S[0]), (self.other.id, "cam1", ALIGNED_S[1]))


def keep(trials: Trials, folder: Path, name: str, count: int, rate: int, camera: int) -> Trial:
    film = write(folder / f"{name}.mp4", count, rate=Fraction(rate), camera=camera, size=SIZE, gop=10, options=X264)
    trial = trials.add(name, Movement.CMJ, DAY, [(film, "Máy bên")], origin=Origin.SIMULATED)
    keep_measured(trials, trial, turn=camera - 1)
    return trial


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("motion")
    trials = Trials(Archive(folder))
    one = keep(trials, folder, "Bật nhảy 1", COUNT, RATE, 1)
    other = keep(trials, folder, "Bật nhảy 2", OTHER_COUNT, OTHER_RATE, 2)
    with serving(Path(__file__).with_name("motion_server.py"), folder) as address:
        yield Stage(address, folder, one, other)


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, stage: Stage) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_it(screen: str = "", lang: str = "vi", more: str = "", before: Any = None, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        if before is not None:
            before(page)
        page.goto(f"{stage.address}/?lang={lang}&screen={screen or screen_id(stage.one.id)}{more}")
        page.wait_for_function(READY_JS)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not faults, faults


def wait_until(page: Page, holds: Callable[[], Any]) -> None:
    """Let the page go on until ``holds``."""
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        page.wait_for_timeout(40)


def show(page: Page, n: int) -> None:
    """Paint a step, and wait until its points are there."""
    page.evaluate("(n) => window.__touchline.seek(n)", n)


def painted_points(page: Page, camera: str = "cam1") -> None:
    page.wait_for_function(f"(camera) => ({COLOURED_JS})(camera) > 200", arg=camera)


def frames_on_screen(page: Page) -> list[int]:
    """The frame of each tile, as its picture says itself; it is what the tile says too."""
    found = []
    for tile in page.evaluate(SMALL_JS):
        read = barcode.read(np.array(tile["grey"]).reshape(72, 128))
        assert read is not None
        assert (tile["kind"], tile["frame"]) == ("picture", read[1])
        found.append(read[1])
    return found


def wait_frame(page: Page, frame: int) -> None:
    """Wait until a frame is painted, or one beside it: a pointer is at most half a pixel off."""
    page.wait_for_function(f"Math.abs(window.__touchline.state().frames.cam1 - {frame}) <= 1")
    page.wait_for_function("!window.__touchline.state().busy")


def inks(page: Page, points: Any, camera: str = "cam1") -> np.ndarray:
    """The ink over source pixels, (n, 4) red, green, blue, opacity."""
    return np.array(page.evaluate(INK_JS, [camera, np.asarray(points, float).tolist()]))


def joint(name: str, frame: int) -> np.ndarray:
    return figure()[BODY33.place(name)] + place_of(frame)


def near(found: np.ndarray, colour: np.ndarray) -> bool:
    return bool(np.abs(found[:3].astype(int) - colour).max() < 40 and found[3] > 200)


def check_points(page: Page, frame: int) -> None:
    """The points of ``frame`` are painted, the left and the right ones in their colours, and none of a neighbour's."""
    knees = inks(page, [joint("left_knee", frame), joint("right_knee", frame)])
    assert near(knees[0], ORANGE), (frame, knees)
    assert near(knees[1], BLUE), (frame, knees)
    for beside in (frame - 1, frame + 1):
        away = inks(page, [joint("left_shoulder", beside), joint("right_shoulder", beside)])
        assert away[:, 3].max() == 0, (frame, beside, away)


def test_points_are_painted_on_the_right_pixels_of_the_very_frame(stage: Stage, open_page: Open) -> None:
    page = open_page(before=lambda page: page.add_init_script(f"({NOTES_JS})()"))
    painted_points(page)
    for frame in (12, 13, 90, 44, 12):
        show(page, frame)
        assert frames_on_screen(page) == [frame]
        check_points(page, frame)
    # The angles of that very frame are written beside the knees.
    show(page, 90)
    assert page.evaluate("window.inked.filter((text) => text.endsWith('°')).slice(-2)") == [
        f"{angle_of(90, RATE):.0f}°",
        f"{angle_of(90, RATE) - 10:.0f}°",
    ]
    show(page, 12)
    # What is unsure is paler, what was not seen is not there.
    wrist, elbow = inks(page, [joint("left_wrist", 12), joint("left_elbow", 12)])
    assert 0 < wrist[3] < 160 < elbow[3]
    shin = (joint("right_knee", 12) + joint("right_ankle", 12)) / 2
    assert inks(page, [shin, joint("right_ankle", 12)])[:, 3].max() == 0
    # At rest the still from the source stands there: the points stay; and magnified they lie on the same pixels.
    page.wait_for_function("window.__touchline.state().source.cam1")
    check_points(page, 12)
    page.evaluate(MAGNIFY_JS)
    knee = inks(page, [joint("left_knee", 12)])[0]
    assert near(knee, ORANGE)
    # A frame that nobody looked at has the other person alone, as the followed one was not looked for.
    page.keyboard.press("0")
    show(page, UNLOOKED)
    assert inks(page, [joint("left_knee", UNLOOKED)])[0, 3] == 0
    assert page.evaluate("window.__touchline.player.tiles[0].numbers.length") == 1
    show(page, NOBODY)
    assert page.evaluate(COLOURED_JS, "cam1") == 0
    assert page.evaluate("window.inked.at(-1)") == "– khung này chưa phân tích"
    # While it plays, each frame that is painted has its own points.
    page.evaluate(
        """() => {
          const {player} = window.__touchline;
          window.played = [];
          const was = player.features.painted.bind(player.features);
          player.features.painted = (n) => {
            was(n);
            const [tile] = player.tiles;
            window.played.push([tile.painted.frame, tile.ink.toDataURL()]);
          };
          player.setSpeed(1); player.lockstep.seek(60); player.lockstep.play(1);
        }"""
    )
    page.wait_for_function("window.played.length > 12")
    page.evaluate("window.__touchline.player.lockstep.pause()")
    played = dict(page.evaluate("window.played"))
    assert len(played) > 8
    for frame, ink in list(played.items())[:4]:
        show(page, int(frame))
        assert page.evaluate("window.__touchline.player.tiles[0].ink.toDataURL()") == ink


def test_points_that_have_not_come_are_not_replaced_by_others(stage: Stage, open_page: Open) -> None:
    held: list[Route] = []

    def hold(page: Page) -> None:
        page.add_init_script(f"({NOTES_JS})()")
        page.route("**/points.bin?from=240*", lambda route: held.append(route))

    page = open_page(before=hold)
    painted_points(page)
    show(page, 100)
    check_points(page, 100)
    page.evaluate("window.inked.length = 0")
    show(page, 250)
    assert frames_on_screen(page) == [250]
    assert page.evaluate(COLOURED_JS, "cam1") == 0
    assert "…" in page.evaluate("window.inked")
    wait_until(page, lambda: held)
    held[0].fulfill(status=500, body="{}")
    page.wait_for_function("window.inked.some((text) => text.includes('chưa lấy được điểm cơ thể'))")
    assert page.evaluate(COLOURED_JS, "cam1") == 0
    wait_until(page, lambda: len(held) > 1)  # it is asked for again by itself
    held[1].continue_()
    painted_points(page)
    check_points(page, 250)


def arrived(stage: Stage) -> list[dict[str, Any]]:
    path = stage.home / "arrived.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def click(page: Page, pixel: Any, camera: str = "cam1") -> None:
    box = page.locator(f".tile[data-camera={camera}] .stage").bounding_box()
    assert box is not None
    u, v = pixel
    page.mouse.click(box["x"] + (u + 0.5) / SIZE[0] * box["width"], box["y"] + (v + 0.5) / SIZE[1] * box["height"])


def test_a_click_on_a_number_chooses_that_person(stage: Stage, open_page: Open) -> None:
    page = open_page()
    painted_points(page)
    show(page, 33)
    bystander = figure() * 0.5 + (2, 200)
    ankle = BODY33.place("left_ankle")
    assert inks(page, [bystander[ankle]])[0, 3] < 160  # there, but faint
    number = page.evaluate(NUMBER_JS)
    before = len(arrived(stage))
    click(page, (number[0] * SIZE[0], number[1] * SIZE[1]))
    wait_until(page, lambda: len(arrived(stage)) > before)
    point = arrived(stage)[-1]
    assert (point["person"], point["camera"], point["frame"], point["s"]) == (2, "cam1", 33, pytest.approx(33 / RATE))
    # What was measured is another version now: the other person is strong, the first one faint.
    page.wait_for_function("window.__touchline.player.tiles[0].numbers.some(({id}) => id === 1)")
    assert near(inks(page, [bystander[ankle]])[0], ORANGE)
    assert not near(inks(page, [joint("left_knee", 33)])[0], ORANGE)
    # With a tool a click is the tool's, wherever it goes.
    page.locator("[data-testid=stCheckbox]").filter(has_text="tool").locator("label").first.click()
    page.locator(".tile.aims").wait_for()
    before = len(arrived(stage))
    click(page, (300.0, 150.0))
    wait_until(page, lambda: len(arrived(stage)) > before)
    point = arrived(stage)[-1]
    assert "person" not in point
    assert (point["u"], point["v"]) == (pytest.approx(300, abs=1.5), pytest.approx(150, abs=1.5))
    Trials(Archive(stage.home)).change(stage.one)


def test_alone_it_asks_nobody_to_follow_and_decides_nothing(stage: Stage, open_page: Open) -> None:
    asked: list[str] = []

    def listen(page: Page) -> None:
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))

    page = open_page(before=listen)
    painted_points(page)
    for key in ("m", "k", "o", "b", "Enter", "u", "e", "q", "t"):
        page.keyboard.press(key)
    page.keyboard.press(".")  # the next event that the page gives
    page.wait_for_function(f"window.__touchline.state().n === {RATE}")
    page.wait_for_timeout(600)
    player = "window.__touchline.player"
    assert page.evaluate(f"[{player}.outbox.seq, {player}.features.list.open]") == [0, False]
    assert not [url for url in asked if url.endswith(("/follow", "/looks"))]
    root = page.locator(".player.solo")
    for command in ("incident", "kick", "bookmark", "list"):
        assert root.locator(f"[data-command={command}]").count() == 0
    # Skeleton and angles are switched by key and by button, apart from each other; the help tells the keys.
    inked = page.evaluate(COLOURED_JS, "cam1")
    page.keyboard.press("g")
    bare = page.evaluate(COLOURED_JS, "cam1")
    assert 0 < bare < inked
    button = root.locator("[data-command=skeleton]")
    button.click()
    assert (page.evaluate(COLOURED_JS, "cam1"), button.get_attribute("aria-pressed")) == (0, "false")
    page.keyboard.press("x")
    assert page.evaluate(COLOURED_JS, "cam1") == bare
    # Two moments of it beside each other have each its own points.
    page.keyboard.press("a")
    page.wait_for_function("window.__touchline.player.features.two.tile?.painted.frame === 30")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function("window.__touchline.player.features.two.tile.painted.frame === 40")
    assert near(inks(page, [joint("left_knee", 40)], "B")[0], ORANGE)
    assert near(inks(page, [joint("left_knee", RATE)])[0], ORANGE)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    told = root.locator(".sheet").inner_text()
    assert "Hiện hoặc ẩn khung xương" in told
    assert "Đánh dấu tình huống" not in told


def wait_value(page: Page, curve: str, text: str) -> None:
    page.wait_for_function(
        VALUE_JS,
        arg=[curve, text],
    )


def spoken(value: float, lang: str, decimals: int = 1) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace(".", ",") if lang == "vi" else text


def test_curves_follow_the_painted_instant_and_move_it(stage: Stage, open_page: Open) -> None:
    page = open_page(more="&height=340")
    page.locator(".curves .row canvas").first.wait_for()
    runs = len((stage.home / "runs").read_text())
    for frame in (40, 41, 100):
        show(page, frame)
        wait_value(page, "knee.left", f"{spoken(angle_of(frame, RATE), 'vi')}°")
        wait_value(page, "hip_height", f"{spoken(0.9 + angle_of(frame, RATE) / 1000, 'vi', 3)} m")
    assert len((stage.home / "runs").read_text()) == runs  # without the page's script
    show(page, GAP[2])
    wait_value(page, "knee.left", "–")  # a gap is no value, and not a neighbour's
    wait_value(page, "knee.right", f"{spoken(angle_of(GAP[2], RATE) - 10, 'vi')}°")
    # A click on a curve brings the picture of the nearest sample; a drag goes along.
    rows = page.locator(".curves .rows")
    rows.scroll_into_view_if_needed()
    box = rows.bounding_box()
    assert box is not None
    left, wide = box["x"] + 46, box["width"] - 56
    last_s = (COUNT - 1) / RATE
    for part in (0.25, 0.6):
        page.mouse.click(left + part * wide, box["y"] + 90)
        frame = round(part * last_s * RATE)
        wait_frame(page, frame)
        (found,) = frames_on_screen(page)
        wait_value(page, "knee.right", f"{spoken(angle_of(found, RATE) - 10, 'vi')}°")
        # The cursor stands on that very frame.
        at = page.evaluate(f"{ROWS}.cursor.getBoundingClientRect().x")
        assert at + 1 == pytest.approx(left + found / (COUNT - 1) * wide, abs=1.0)
    page.mouse.move(left + 0.1 * wide, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(left + 0.3 * wide, box["y"] + 90, steps=6)
    page.mouse.up()
    wait_frame(page, round(0.3 * last_s * RATE))
    # By keys, reached by Tab: frame by frame and from event to event.
    rows.evaluate("(one) => one.focus()")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    (before,) = frames_on_screen(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"window.__touchline.state().frames.cam1 === {before + 1}")
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function(f"window.__touchline.state().frames.cam1 === {before - 9}")
    page.keyboard.press("PageUp")
    page.wait_for_function(f"window.__touchline.state().frames.cam1 === {RATE}")
    page.keyboard.press("PageUp")
    page.wait_for_function(f"window.__touchline.state().frames.cam1 === {RATE // 2}")
    page.wait_for_function(f"{ROWS}.root.getAttribute('aria-valuetext').startsWith('0,500 s')")
    assert page.locator(".curves .near").inner_text() == "◆ Góc khớp nhỏ nhất"
    # Which curves are drawn is chosen from all that there are.
    page.get_by_role("button", name="Đường biểu diễn: 3/3").click()
    page.locator(".choice [data-curve='knee.left']").click()
    assert page.locator(".curves .row").count() == 2
    page.locator(".choice [data-curve='knee.left']").click()
    assert page.locator(".curves .row b").all_inner_texts() == ["Góc gối trái", "Góc gối phải", "Độ cao hông"]
    # Of a long trial a part can be looked at; it goes along with the picture.
    page.get_by_role("button", name="Phóng trục thời gian").click()
    page.get_by_role("button", name="Phóng trục thời gian").click()
    show(page, 260)
    page.wait_for_function(f"(([a, b]) => b - a < 3 && a < 260 / 30 && b > 260 / 30)({ROWS}.window)")


def test_of_a_long_trial_only_the_curves_that_are_looked_at_are_fetched(stage: Stage, open_page: Open) -> None:
    trials = Trials(Archive(stage.home))
    screening = find_screening(trials, screen_id(stage.other.id))
    assert screening is not None
    lines = lines_of(Kept(trials), screening, ["cam1"], [])
    asked: list[set[str]] = []

    def few(route: Route) -> None:  # as the server answers of a trial with very many samples
        asked.append(set(parse_qs(urlsplit(route.request.url).query).get("curve", [])))
        route.fulfill(body=packed_curves(lines, asked[-1] or {"knee.left"}))

    page = open_page(screening.id, before=lambda page: page.route("**/curves.bin*", few))
    every = {"knee.left", "knee.right", "hip_height"}
    show(page, 70)
    wait_value(page, "hip_height", f"{spoken(0.9 + angle_of(70, OTHER_RATE, turn=1) / 1000, 'vi', 3)} m")
    assert asked == [set(), every]
    page.get_by_role("button", name="Đường biểu diễn: 3/3").click()
    page.locator(".choice [data-curve='knee.left']").click()
    assert page.locator(".curves .row b").all_inner_texts() == ["Góc gối phải", "Độ cao hông"]
    assert len(asked) == 2


def test_two_beside_each_other_show_their_own_frames_in_step(stage: Stage, open_page: Open) -> None:
    trials = Trials(Archive(stage.home))
    screening = find_screening(trials, stage.pair)
    assert screening is not None
    clips = tuple(
        shown(one.shot, one.folder, one.to_screen, camera_id=one.camera_id, label=one.label) for one in screening.parts
    )
    timeline = Timeline.of(Match(stage.pair, "", Origin.SIMULATED, "", Setup(), clips, master=1))
    page = open_page(stage.pair, "en")
    page.evaluate("window.__touchline.seekTime(0)")
    page.wait_for_function("!window.__touchline.state().busy && Math.abs(window.__touchline.player.now()[0]) < 1e-6")
    at = [round(ALIGNED_S[0] * RATE), round(ALIGNED_S[1] * OTHER_RATE)]
    assert frames_on_screen(page) == at
    zero = page.evaluate("window.__touchline.state().n")
    for n in (zero + 1, zero + 2, zero - 7):  # each frame of the faster one can be reached
        show(page, n)
        assert frames_on_screen(page) == [timeline.frames["left"][n], timeline.frames["right"][n]]
    assert timeline.frames["right"][zero + 1] == at[1] + 1
    show(page, zero)
    for camera, frame in zip(("left", "right"), at, strict=True):
        painted_points(page, camera)
        assert near(inks(page, [joint("left_knee", frame)], camera)[0], ORANGE)
    # Both have their own value, and how far they are apart is said.
    own, other = angle_of(at[0], RATE), angle_of(at[1], OTHER_RATE, turn=1)
    wait_value(page, "knee.right", f"{spoken(own - 10, 'en')}°")
    row = page.locator(".curves .row[data-curve='knee.right']")
    assert row.locator(".second").inner_text() == f"{spoken(other - 10, 'en')}°"
    assert row.locator(".apart").inner_text() == f"Δ {other - own:+.1f}°".replace("-", "\u2212")
    # To magnify one leaves the other as it is.
    page.wait_for_function("window.__touchline.state().source.left && window.__touchline.state().source.right")
    still = page.evaluate("window.__touchline.player.tiles[1].picture.toDataURL()")
    page.locator(".tile[data-camera=left] .stage").hover()
    page.mouse.wheel(0, -300)
    page.wait_for_function("window.__touchline.player.tiles[0].view.s > 1.2")
    assert page.evaluate("window.__touchline.player.tiles[1].view.s") == 1
    assert page.evaluate("window.__touchline.player.tiles[1].picture.toDataURL()") == still
    assert near(inks(page, [joint("left_knee", at[1])], "right")[0], ORANGE)
    # A click on the curve keeps both in step.
    curves = page.locator(".curves .rows")
    curves.scroll_into_view_if_needed()
    box = curves.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 46 + 0.1 * (box["width"] - 56), box["y"] + 90)
    page.wait_for_function(f"window.__touchline.state().n !== {zero} && !window.__touchline.state().busy")
    n = page.evaluate("window.__touchline.state().n")
    assert page.evaluate("window.__touchline.state().frames") == {
        "left": timeline.frames["left"][n],
        "right": timeline.frames["right"][n],
    }


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_on_a_phone_nothing_sticks_out_and_a_tap_moves_the_picture(stage: Stage, open_page: Open, lang: str) -> None:
    more = f"&height=430&template={stage.other.id}"
    page = open_page(lang=lang, more=more, viewport={"width": 390, "height": 844}, has_touch=True)
    rows = page.locator(".curves .rows")
    rows.wait_for()
    page.locator(".curves .row canvas").first.wait_for()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    for element in (page.locator(".player"), page.locator(".curves")):
        box = element.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        inside = element.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        assert inside
    assert page.locator(".legend .template").inner_text() == "Mẫu"
    assert page.locator(".curves").evaluate(SMALL_BUTTONS_JS) == []
    rows.scroll_into_view_if_needed()
    box = rows.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + 46 + 0.5 * (box["width"] - 56), box["y"] + 80)
    wait_frame(page, (COUNT - 1) // 2)
    frame = page.evaluate("window.__touchline.state().frames.cam1")
    wait_value(page, "knee.right", f"{spoken(angle_of(frame, RATE) - 10, lang)}°")
    # Where the template goes on beside it, its own value at that instant is said; behind its end nothing is.
    second = page.locator(".curves .row[data-curve='knee.right'] .second")
    assert second.is_hidden()
    page.touchscreen.tap(box["x"] + 46 + 0.15 * (box["width"] - 56), box["y"] + 80)
    wait_frame(page, round(0.15 * (COUNT - 1)))
    frame = page.evaluate("window.__touchline.state().frames.cam1")
    wait_value(page, "knee.right", f"{spoken(angle_of(frame, RATE) - 10, lang)}°")
    template = angle_of(frame * OTHER_RATE // RATE, OTHER_RATE, turn=1) - 10
    assert second.inner_text() == f"{spoken(template, lang)}°"


def test_angles_in_space_are_written_where_there_are_any_and_the_picture_says_so(stage: Stage, open_page: Open) -> None:
    trials = Trials(Archive(stage.home))
    at = np.arange(COUNT)
    knee = Curve("knee", "deg", at, at / RATE, np.full(COUNT, 42.0), np.ones(COUNT), Side.LEFT)
    page = open_page(before=lambda page: page.add_init_script(f"({NOTES_JS})()"))
    painted_points(page)
    assert not page.evaluate("window.inked.some((text) => /^Góc (trong|trên)/.test(text))")  # one camera alone
    keep_analysis(trials, stage.one.id, Analysis(Movement.CMJ, (), (knee,), ()), recipe="x")
    try:
        page = open_page(before=lambda page: page.add_init_script(f"({NOTES_JS})()"))
        painted_points(page)
        page.wait_for_function("window.inked.includes('42°') && window.inked.includes('Góc trong không gian')")
    finally:
        trials.forget_result(stage.one.id, Result.ANALYSIS)

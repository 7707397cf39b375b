"""The pages of motion in Chromium: a video brought in by a coach, a length clicked in its picture, a number that shows
its picture, and nothing that sticks out of a phone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from browser import Address, add_account, enter, serving
from motion_home import archive_with, jump, measured_trial
from playwright.sync_api import Browser, Page, ViewportSize
from trial_films import DAY, film, kept_trial

from athletes.archive import Archive
from athletes.kinematics.model import Movement
from athletes.motion.found import keep_analysis, keep_motion
from athletes.motion.trials import Trials
from athletes.panels.motion.space_grades import ANCHOR
from athletes.pose.model import BODY33, Motion
from athletes.space.motion_file import MotionFile
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.rights import Role

pytestmark = pytest.mark.browser
APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
PHONE: ViewportSize = {"width": 390, "height": 844}
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
NAMES = """
all => all.map((one) => {
  const box = one.getBoundingClientRect(), tile = one.closest('.tile').getBoundingClientRect();
  return { width: box.width, cut: one.scrollWidth - one.clientWidth, beyond: box.right - tile.right };
})
"""
"""How wide a camera's name is, how much of it is cut off, and how far it goes beyond its picture."""


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
    length = page.locator(".st-key-motion-length-m input")
    length.fill("")
    length.press_sequentially("2,5")  # as it is written in Vietnamese, in a browser that writes English
    assert length.input_value() == "2.5"  # else it would be 25 m, without a word
    page.get_by_role("button", name="Dùng").first.click()
    page.get_by_text("Theo độ dài 2,50 m").first.wait_for()
    scale = trials.trial(made.id).shots[0].settings["scale"]
    # a click is at most half a pixel of the screen off, which shows more than one for each of the picture's
    assert scale["px"] == pytest.approx([40, 100, 240, 100], abs=1)
    context.close()


def test_the_badge_beside_the_title_follows_the_work(chromium: Browser, served: Served, tmp_path: Path) -> None:
    trial, jobs = kept_trial(Archive(served.home), tmp_path), Jobs(served.home)
    job_id = jobs.enter("motion", {"trial": trial.id, "lang": "vi"})
    # Work is running as long as a process with its name is there.
    work = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)", job_id])
    try:
        with jobs.store.write() as connection:
            connection.execute("UPDATE job SET pid = ? WHERE id = ?", (work.pid, job_id))
        jobs.report(job_id, 0.2, "")
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, timezone_id="UTC")
        enter(context, served.address)
        page = context.new_page()
        page.goto(f"{served.address}/training?view=motion&trial={trial.id}")
        badge = page.locator(".tl-head .tl-state.working")
        badge.filter(has_text="20 %").wait_for(timeout=60_000)
        jobs.report(job_id, 0.6, "")
        badge.filter(has_text="60 %").wait_for(timeout=20_000)  # nothing was clicked
        context.close()
    finally:
        work.kill()
        work.wait()
        Trials(Archive(served.home)).put_away(trial.id)


@pytest.mark.parametrize("viewport", [{"width": 1366, "height": 768}, PHONE])
def test_each_of_four_pictures_has_its_cameras_name(
    chromium: Browser, served: Served, tmp_path: Path, viewport: ViewportSize
) -> None:
    archive = Archive(served.home)
    trial = measured_trial(archive, tmp_path, cameras=4)
    context = chromium.new_context(viewport=viewport, timezone_id="UTC")
    enter(context, served.address)
    page = context.new_page()
    page.goto(f"{served.address}/training?view=motion&trial={trial.id}")
    page.wait_for_function(READY, timeout=60_000)
    names = page.locator(".tile .name b")
    assert sorted(names.all_inner_texts()) == ["Máy 1", "Máy 2", "Máy 3", "Máy 4"]
    assert min(name["width"] for name in names.evaluate_all(NAMES)) > 20  # what is not shown has no width
    widths = page.evaluate("window.__touchline.player.tiles.map(tile => tile.picture.getBoundingClientRect().width)")
    # On a laptop the pictures stand two by two in a column of 768 px; on a phone one is as wide as the page.
    assert min(widths) > 350 if viewport["width"] > 1000 else max(widths) > 350
    context.close()
    Trials(archive).put_away(trial.id)


@pytest.mark.parametrize("viewport", [{"width": 1366, "height": 768}, PHONE])
def test_each_of_four_upright_pictures_has_its_cameras_name_whole(
    chromium: Browser, served: Served, tmp_path: Path, viewport: ViewportSize
) -> None:
    archive = Archive(served.home)
    sources = [(film(tmp_path / f"{k}.mp4", 20, camera=k, size=(180, 320)), f"cam{k + 1:02}") for k in range(4)]
    trial = Trials(archive).add("bốn", Movement.CMJ, DAY, sources)
    context = chromium.new_context(viewport=viewport, timezone_id="UTC")
    enter(context, served.address)
    page = context.new_page()
    page.goto(f"{served.address}/training?view=motion&trial={trial.id}")
    page.wait_for_function(READY, timeout=60_000)
    names = page.locator(".tile .name b")
    assert sorted(names.all_inner_texts()) == ["cam01", "cam02", "cam03", "cam04"]
    for name in names.evaluate_all(NAMES):
        assert name["width"] > 20  # what is not shown has no width
        assert name["cut"] <= 0
        assert name["beyond"] <= 0
    page.get_by_role("radio", name="cam03").click()
    page.wait_for_function("window.__touchline.player.active === 2", timeout=20_000)
    assert page.locator(".tile.active").get_attribute("data-camera") == trial.shots[2].shot.camera_id
    if viewport == PHONE:  # one picture is large there
        assert page.locator(".tile.large").get_attribute("data-camera") == trial.shots[2].shot.camera_id
    context.close()
    Trials(archive).put_away(trial.id)


def test_why_numbers_in_space_are_doubtful_is_one_click_away(chromium: Browser, served: Served, tmp_path: Path) -> None:
    archive = Archive(served.home)
    trial, trials = measured_trial(archive, tmp_path, cameras=2), Trials(archive)
    n, k = 40, len(BODY33)
    xyz = np.random.default_rng(3).normal(0, 0.4, (n, k, 3))  # bones of any length
    spread, seen = np.broadcast_to(1e-4 * np.eye(3), (n, k, 3, 3)).copy(), np.full((n, k), 2)
    frames = np.stack([np.arange(n)] * 2, axis=1)
    wild = Motion(
        np.arange(n) / 30, xyz, spread, np.full((n, k), 1.5), seen, frames, ("cam1", "cam2"), Origin.SIMULATED, "x"
    )
    keep_motion(trials, trial.id, MotionFile(wild), recipe="test")
    keep_analysis(trials, trial.id, jump(), recipe="test")
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, timezone_id="UTC")
    enter(context, served.address)
    page = context.new_page()
    page.goto(f"{served.address}/training?view=motion&trial={trial.id}")
    page.wait_for_function(READY, timeout=60_000)
    page.get_by_role("link", name="Vì sao?").click()
    page.wait_for_function(f"() => {{ const {{ top }} = document.getElementById('{ANCHOR}').getBoundingClientRect();"
                           " return top >= 0 && top < innerHeight; }", timeout=10_000)  # fmt: skip
    assert len(context.pages) == 1
    assert page.evaluate("window.__touchline.state().n") >= 0  # still the same page
    context.close()
    trials.put_away(trial.id)


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

"""How long people wait on the page of a review with four calibrated cameras: from a click to what it says.

    python benchmarks/verdict_page.py [--home DIR] [--clicks 24] [--json] [--quick]

The demo's attack is rendered once, which takes some minutes (``--home`` keeps it), its four cameras are calibrated and
both players marked on all of them; then the real app is used in headless Chromium at 1366 x 768. Each click is some
pixels from the last one. ``click_to_verdict`` is from a click on a player in the picture to the new verdict in words
beside it, ``click_to_lines`` from the same click to the new lines on the picture, ``to_result`` from pressing the step
of the result to its banner, ``click_to_calibration`` from a click on a point of the pitch to the new residual in words,
and ``click_to_wrong_mark`` from one 60 pixels off to the words that name it. Milliseconds in the page (median, p95,
largest); ``server_ms`` is the server's processor time a click.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, enter, find_chromium, serving  # noqa: E402
from replaying import load  # noqa: E402

from touchline.i18n import t  # noqa: E402
from var.archive import Archive  # noqa: E402
from var.demo import make_match, mark_points  # noqa: E402
from var.measure.pitch import Pitch  # noqa: E402
from var.model import AttackDirection, BodyPart, Click, Match, Role  # noqa: E402
from var.panels.verdict_drawings import margin_words  # noqa: E402
from var.review import angle_state, body_marks_of, verdict_of  # noqa: E402
from var.synthetic.camera import observe  # noqa: E402
from var.synthetic.truth import Truth, load_truth  # noqa: E402

MATCH, MARGIN_M, SIZE, SECONDS, LANG = "verdict-page", 0.34, (1920, 1080), 7, "en"
CLICK_PX = 4.0
POINTS, WRONG_PX = 9, 60.0
LEAST_CHANGE_M = 0.02
"""The page says whole centimetres, and a pixel of the screen is several of the source."""

AWAIT_JS = """
(probes) => {
  const read = probes.map((probe) => new Function('return ' + probe)), before = read.map((one) => one());
  window.waited = new Promise((resolve) => {
    const begin = () => {
      window.removeEventListener('pointerdown', begin, true);
      const began = performance.now(), took = read.map(() => null);
      const look = () => {
        read.forEach((one, k) => {
          const now = one();
          if (took[k] === null && now !== null && now !== before[k]) took[k] = performance.now() - began;
        });
        if (took.includes(null) && performance.now() - began < 20000) requestAnimationFrame(look);
        else resolve(took);
      };
      requestAnimationFrame(look);
    };
    window.addEventListener('pointerdown', begin, true);
  });
}
"""
VERDICT = "document.querySelector('.st-key-body_answer')?.innerText ?? null"
BANNER = (
    "[...document.querySelectorAll('[role=status]')].map((one) => one.innerText)"
    ".find((text) => /95\\s%/.test(text)) ?? null"
)
CALIBRATION = (
    "[...document.querySelectorAll('[data-testid=stMarkdown], [data-testid=stAlert]')].map((one) => one.innerText)"
    ".filter((text) => text.startsWith('Residual') || text.includes('is off by')).join() || null"
)
LINES = "JSON.stringify(window.__touchline.player.data.overlays)"
IDLE = "!document.querySelector('[data-testid=stStatusWidget]')"


@dataclass
class Waits:
    """What one kind of click took: milliseconds in the page, and processor milliseconds of the server."""

    page_ms: list[float] = field(default_factory=list)
    server_ms: list[float] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Median, 95th percentile and the largest."""
        spread = [round(float(np.quantile(self.page_ms, q))) for q in (0.5, 0.95, 1.0)]
        found: dict[str, Any] = dict(zip(("median_ms", "p95_ms", "max_ms"), spread, strict=True))
        if self.server_ms:
            found["server_ms"] = round(statistics.median(self.server_ms))
        return found | {"clicks": len(self.page_ms)}


def ready(home: Path) -> tuple[Match, Truth]:
    """The match with all four angles calibrated and both players marked on each that shows them."""
    archive = Archive(home)
    match = archive.find(MATCH)
    if match is None:
        match = make_match(archive, MATCH, MARGIN_M, size_px=SIZE, seconds=SECONDS)
    truth, draw = load_truth(archive.folder(MATCH) / "truth"), np.random.default_rng(3)
    if archive.incidents(MATCH):
        return match, truth
    for clip in match.clips:
        if angle_state(match, archive.review(MATCH), clip.camera_id, None).calibration is None:
            mark_points(archive, match, truth, draw, clip.camera_id, POINTS)
    clip = match.clip("cam2")
    frame = next(i for i in range(len(clip)) if clip.match_s(i) >= truth.kick_s)
    incident = archive.add_incident(MATCH, at_s=clip.match_s(frame), attack=AttackDirection.RIGHT)
    archive.set_kick(incident.id, camera_id=clip.camera_id, frame=frame, sha256=clip.sha256)
    kick_s = archive.incident(incident.id).kick_s
    for clip in match.clips:
        shown = None if kick_s is None else clip.frame_at(kick_s)
        for role in Role if shown is not None else ():
            assert shown is not None
            u, v = body_px(match, truth, clip.camera_id, shown, role) + draw.normal(0, 1.5, 2)
            click = Click(clip.camera_id, shown, clip.sha256, float(u), float(v))
            archive.mark_body(incident.id, role, part_of(truth, role), click)
    return match, truth


def part_of(truth: Truth, role: Role) -> BodyPart:
    """The body part of a player that governs."""
    named = truth.attacker_part if role is Role.ATTACKER else truth.defender_part
    return BodyPart(named.split("_")[-1])


def body_px(match: Match, truth: Truth, camera: str, frame: int, role: Role) -> np.ndarray:
    """Where a camera's frame shows the governing point of a player, (2,)."""
    attacks = role is Role.ATTACKER
    person, part = (truth.attacker_id, truth.attacker_part) if attacks else (truth.defender_id, truth.defender_part)
    place = truth.body_points(match.clip(camera).match_s(frame))[person][part]
    return np.asarray(observe(truth.camera(camera), place[None])[0])


class Booth:
    """One page of the review, and how it is used."""

    def __init__(self, page: Page, match: Match, home: Path) -> None:
        self.page, self.match, self.home = page, match, home
        self.waits: dict[str, Waits] = {}

    def settled(self) -> None:
        """Wait until no script runs and nothing is provisional."""
        self.page.wait_for_timeout(250)
        self.page.wait_for_function(
            f"window.__touchline.player.tiles.every(tile => tile.marks.length === 0) && {IDLE}", timeout=60000
        )
        self.page.wait_for_timeout(250)

    def step(self, count: int) -> None:
        """Press one of the steps."""
        self.page.locator(".st-key-review_steps button").nth(count).click()
        self.settled()

    def point(self, camera: str, pixel: np.ndarray) -> tuple[float, float]:
        """Where on the screen a pixel of a camera is."""
        box = self.page.locator(f".tile[data-camera={camera}] .stage").bounding_box()
        assert box is not None
        width, height = self.match.clip(camera).size_px
        return (
            box["x"] + (float(pixel[0]) + 0.5) / width * box["width"],
            box["y"] + (float(pixel[1]) + 0.5) / height * box["height"],
        )

    def wait(self, act: Callable[[], None], **probes: str) -> None:
        """Do something that begins with a press of the pointer, and note how long it takes until each thing that the
        probes read is another one."""
        self.page.evaluate(AWAIT_JS, list(probes.values()))
        before = load.processor_s("python")
        act()
        took = self.page.evaluate("window.waited")
        self.settled()
        spent = load.processor_s("python") - before
        for name, each in zip(probes, took, strict=True):
            if each is None and not self.same_words():
                raise SystemExit(f"nothing came of {name} within 20 seconds")
            if each is None:  # the same words again: when they were said anew cannot be seen
                continue
            self.waits.setdefault(name, Waits()).page_ms.append(float(each))
            self.waits[name].server_ms.append(1000 * spent)

    def same_words(self) -> bool:
        """Whether the page says the margin that the marks say now."""
        review = Archive(self.home).review(self.match.id)
        verdict = verdict_of(self.match, review, review.incidents[-1])
        return verdict is not None and margin_words(verdict, LANG) in str(self.page.evaluate(VERDICT))

    def bodies(self, archive: Archive, truth: Truth, draw: np.random.Generator, clicks: int) -> None:
        """Click on both players, on all cameras in turn."""
        for role, count in ((Role.ATTACKER, 2), (Role.DEFENDER, 3)):
            self.step(count)
            said = t(f"var.review.part_{part_of(truth, role).value}", LANG)
            chosen = self.page.get_by_role("radio", name=said, exact=True)
            if chosen.get_attribute("aria-checked") != "true":  # pressed again it would be given up
                chosen.click()
            self.settled()
            for turn in range(clicks // 2):
                camera = self.match.clips[turn % len(self.match.clips)].camera_id
                frame = int(self.page.evaluate("window.__touchline.state()")["frames"][camera])
                pixel = self.elsewhere(archive, role, camera, body_px(self.match, truth, camera, frame, role), draw)
                self.wait(
                    partial(self.page.mouse.click, *self.point(camera, pixel)),
                    click_to_verdict=VERDICT,
                    click_to_lines=LINES,
                )

    def elsewhere(
        self, archive: Archive, role: Role, camera: str, pixel: np.ndarray, draw: np.random.Generator
    ) -> np.ndarray:
        """A pixel near the true one that makes the margin another one by some centimetres."""
        review = archive.review(self.match.id)
        incident = review.incidents[-1]
        before = verdict_of(self.match, review, incident)
        for turn in range(200):
            tried = pixel + draw.normal(0, CLICK_PX * (1 + turn / 20), 2)
            marks = tuple(
                (owner, replace(mark, click=replace(mark.click, u_px=float(tried[0]), v_px=float(tried[1]))))
                if (mark.role, mark.click.camera_id) == (role, camera)
                else (owner, mark)
                for owner, mark in review.body_marks
            )
            after = verdict_of(self.match, replace(review, body_marks=marks), incident)
            if after is None or after.margin is None:
                continue
            was = None if before is None or before.margin is None else before.margin.value
            if was is None or abs(after.margin.value - was) > LEAST_CHANGE_M:
                return np.asarray(tried)
        raise SystemExit("no click on a player changes the margin")

    def results(self, clicks: int) -> str:
        """Press the step of the result from that of the attacker; the last banner."""
        for _ in range(clicks):
            while self.page.evaluate(BANNER) is not None:  # a press may meet a page that is being redrawn
                self.step(2)
            self.settled()
            self.wait(self.page.locator(".st-key-review_steps button").nth(4).click, to_result=BANNER)
        return str(self.page.evaluate(BANNER))

    def pitch(self, archive: Archive, truth: Truth, clicks: int) -> None:
        """Click a point of the pitch where it is not, and where it is, in turn."""
        self.step(0)
        camera = self.match.clips[0].camera_id
        self.page.get_by_role("radio", name="1").first.click()
        self.settled()
        name = archive.pitch_marks(self.match.id, camera)[POINTS // 2].name
        self.page.locator(f"g[data-name={name}] .hit").click()
        self.settled()
        place = np.array([Pitch(*truth.pitch_m).points[name]])
        true_px = observe(truth.camera(camera), place)[0]
        towards = np.array(SIZE) / 2 - true_px
        wrong_px = true_px + WRONG_PX * towards / np.linalg.norm(towards)
        for _ in range(clicks // 2):
            for kind, pixel in (("click_to_wrong_mark", wrong_px), ("click_to_calibration", true_px)):
                self.wait(partial(self.page.mouse.click, *self.point(camera, pixel)), **{kind: CALIBRATION})


def measure(home: Path, clicks: int) -> dict[str, Any]:
    """The whole document of one run."""
    match, truth = ready(home)
    archive = Archive(home)
    review = archive.review(MATCH)
    calibrated = [angle_state(match, review, clip.camera_id, None).calibration for clip in match.clips]
    if None in calibrated:
        raise SystemExit("not every angle is calibrated")
    with serving(ROOT / "streamlit_app.py", home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([{"name": "touchline_lang", "value": LANG, "url": address}])
        enter(context, address)
        page = context.new_page()
        page.goto(f"{address}/review?match={MATCH}")
        page.wait_for_function("window.__touchline?.state()?.n >= 0", timeout=60000)
        booth = Booth(page, match, home)
        booth.settled()
        booth.bodies(archive, truth, np.random.default_rng(5), clicks)
        banner = booth.results(clicks)
        review = archive.review(MATCH)
        verdict = verdict_of(match, review, review.incidents[-1])
        if verdict is None or margin_words(verdict, LANG) not in banner:
            raise SystemExit(f"the page says {banner!r}, which is not what the marks say")
        booth.pitch(archive, truth, clicks)
        version = browser.version
        browser.close()
    return {
        "cameras": len(match.clips),
        "body_points": len(body_marks_of(review, review.incidents[-1])),
        "browser": version,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average": round(os.getloadavg()[0], 2),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **{name: waits.document() for name, waits in booth.waits.items()},
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="where the rendered match is kept for the next run")
    parser.add_argument("--clicks", type=int, default=24, metavar="N", help="clicks of each kind (default: 24)")
    parser.add_argument("--quick", action="store_true", help="eight clicks of each kind")
    parser.add_argument("--json", action="store_true", help="compact, on one line")
    asked = parser.parse_args()
    if find_chromium() is None:
        print("skipped: no Chromium here; install it or name one in TOUCHLINE_CHROMIUM")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        found = measure(home, 8 if asked.quick else asked.clicks)
    print(json.dumps(found, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()

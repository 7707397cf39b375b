"""How fast and how exact the player is, beside plain ``<video>`` elements on the same files in the same browser.

    python benchmarks/replay.py [--quick] [--json] [--home DIR] [--seeks 60] [--seed 1] [--only NAME ...]

Four angles at 50 frames a second with 720 and with 1080 lines: random seek, step forward, step back, scrub (a wish
every 16 ms), playing (skew between the angles, speed kept, processors, memory) and click to overlay; and the first
picture of a two-hour match. Milliseconds are median and p95 with all angles painted; every ratio is the player by
``<video>`` in one run. The matches are rendered once and kept with ``--home``. The browser is headless Chromium
without a hardware decoder; name another one in TOUCHLINE_CHROMIUM.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "var")]

from browser import ARGUMENTS, find_chromium, serving  # noqa: E402
from replaying import load, matches, scripts  # noqa: E402

LINES = (720, 1080)
SERVER = ROOT / "tests" / "var" / "player_server.py"
READY = "window.__touchline?.state()?.n >= 0 && !window.__touchline.state().busy"
PLAY_S = 6


def summary(spent_ms: list[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    return {
        "median_ms": round(statistics.median(spent_ms), 1),
        "p95_ms": round(statistics.quantiles(spent_ms, n=20)[-1], 1),
    }


def ratio(player: float, video: float) -> float | None:
    """``player`` by ``video``; None where the latter is nothing."""
    return round(player / video, 3) if video else None


def places(page: Page, seeks: int, seed: int) -> dict[str, list[int]]:
    """Steps of the time line to visit, where every camera has a picture."""
    good = page.evaluate(
        "(() => { const {timeline} = window.__touchline.player;"
        " return [...timeline.t.keys()].filter((n) => timeline.frames.every((row) => row[n] >= 0)); })()"
    )
    if len(good) < 2 * seeks:
        raise SystemExit(f"only {len(good)} steps have all angles; {2 * seeks} are needed")
    chance = random.Random(seed)
    first = chance.randrange(len(good) - seeks)
    forward = good[first : first + seeks]
    return {
        "random_seek": [chance.choice(good) for _ in range(seeks)],
        "step_forward": forward,
        "step_back": forward[::-1],
    }


class Bench:
    """One browser and one server with the matches in ``home``."""

    def __init__(self, browser: Browser, address: str, seeks: int, seed: int) -> None:
        self.browser, self.address, self.seeks, self.seed = browser, address, seeks, seed

    def page(self, match_id: str) -> Page:
        """The player with a match on the screen of a laptop."""
        page = self.browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{self.address}/?lang=en&match={match_id}")
        page.wait_for_function(READY, timeout=60000)
        return page

    def seeking(self, page: Page) -> dict[str, Any]:
        """Seeks and steps. The first visit only brings both to the place; it is not counted."""
        result: dict[str, Any] = {}
        for name, steps in places(page, self.seeks, self.seed).items():
            player = page.evaluate(scripts.SEEK_PLAYER, steps)[1:]
            video = page.evaluate(scripts.SEEK_VIDEO, steps)[1:]
            result[name] = {"player": summary(player), "video": summary(video)}
            result[name]["ratio"] = ratio(statistics.median(player), statistics.median(video))
        return result

    def scrubbing(self, page: Page) -> dict[str, Any]:
        """Dragging the play head to and fro: pictures painted a second, and how soon the last one came."""
        good = places(page, self.seeks, self.seed)["step_forward"]
        count = page.evaluate("window.__touchline.player.lockstep.length")
        steps = [round(k * (count - 40) / 59) + 20 for k in [*range(60), *range(59, -1, -1)]]
        page.evaluate("(n) => window.__touchline.seek(n)", good[0])
        player = page.evaluate(scripts.SCRUB_PLAYER, steps)
        video = page.evaluate(scripts.SCRUB_VIDEO, steps)
        rounded = {
            name: {"pictures_per_s": round(one["pictures"], 1), "settle_ms": round(one["settle_ms"], 1)}
            for name, one in (("player", player), ("video", video))
        }
        return {**rounded, "ratio": ratio(player["pictures"], video["pictures"])}

    def playing(self, page: Page) -> dict[str, Any]:
        """Playing at full speed: skewed samples, the speed kept, and what it costs."""
        result: dict[str, Any] = {}
        for name, script in (("player", scripts.PLAY_PLAYER), ("video", scripts.PLAY_VIDEO)):
            before = load.processor_s()
            found = page.evaluate(script, [20, PLAY_S])
            result[name] = {key: round(value, 3) for key, value in found.items()}
            result[name]["cores"] = round((load.processor_s() - before) / (PLAY_S + 0.3), 2)
            result[name]["memory_mb"] = load.memory_mb()
        result["ratio_of_cores"] = ratio(result["player"]["cores"], result["video"]["cores"])
        return result

    def clicking(self, page: Page) -> dict[str, Any]:
        """From a click to Python's drawing, on a page that does nothing else."""
        page.locator("[data-testid=stCheckbox]").filter(has_text="tool").locator("label").first.click()
        page.locator(".tile[data-camera=cam1].aims").wait_for()
        chance = random.Random(self.seed)
        found = []
        box = page.locator(".tile[data-camera=cam1] .stage").bounding_box()
        assert box is not None
        for _ in range(12):
            page.evaluate(scripts.AWAIT_OVERLAY, "cam1")
            x, y = 0.1 + 0.8 * chance.random(), 0.6 + 0.3 * chance.random()
            page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
            found.append(page.evaluate("window.answered"))
            page.wait_for_timeout(150)
        if None in found:
            raise SystemExit("a click was never answered")
        return {
            key: summary([one[key] for one in found[2:] if one[key] is not None])
            for key in ("provisional_ms", "overlay_ms")
        }

    def opening(self, match_id: str, anchor: str) -> dict[str, Any]:
        """The first picture of all angles of a long match, from nothing to painted; first with a cold server."""
        page = self.page(anchor)
        runs = [page.evaluate(scripts.OPEN_PLAYER, match_id) for _ in range(4)]
        cameras = [f"cam{k + 1}" for k in range(matches.CAMERAS)]
        video = [page.evaluate(scripts.OPEN_VIDEO, [match_id, cameras]) for _ in range(3)]
        page.close()
        if any(kind != "picture" for run in runs for kind in run["kinds"]):
            raise SystemExit(f"not every angle showed a picture: {runs}")
        page = self.browser.new_page(viewport={"width": 1366, "height": 768})
        began = page.evaluate("performance.timeOrigin + performance.now()")
        page.goto(f"{self.address}/?lang=en&match={match_id}")
        page.wait_for_function(READY, timeout=60000)
        whole_ms = page.evaluate("performance.timeOrigin + performance.now()") - began
        seeks = page.evaluate(scripts.SEEK_PLAYER, places(page, 30, self.seed)["random_seek"])
        page.close()
        warm = statistics.median(run["first_picture_ms"] for run in runs[1:])
        peer = statistics.median(run["first_picture_ms"] for run in video[1:])
        return {
            "player": {
                "cold_ms": round(runs[0]["first_picture_ms"]),
                "warm_ms": round(warm),
                "random_seek": summary(seeks),
            },
            "video": {"warm_ms": round(peer)},
            "whole_page_ms": round(whole_ms),
            "ratio": ratio(warm, peer),
        }


def measure(home: Path, seeks: int, seed: int, quick: bool, only: list[str]) -> dict[str, Any]:
    """The whole document of one run."""
    wanted: Callable[[str], bool] = lambda name: not only or name in only  # noqa: E731
    frames = 400
    long_s = 600 if quick else 7200
    short = {lines: matches.short_match(home, lines, frames) for lines in LINES[: 1 if quick else 2]}
    long = matches.long_match(home, long_s) if wanted("first_picture") else None
    result: dict[str, Any] = {}
    with serving(SERVER, home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        bench = Bench(browser, address, seeks, seed)
        tasks = {"seeking": bench.seeking, "scrub": bench.scrubbing, "playing": bench.playing, "click": bench.clicking}
        for lines, match_id in short.items():
            part = result[f"4x{lines}p50"] = {}
            for name, task in tasks.items():
                if not wanted(name):
                    continue
                page = bench.page(match_id)
                part[name] = task(page)
                state = page.evaluate("window.__touchline.state()")
                if any(state["fallback"].values()) or state["errors"]:
                    raise SystemExit(f"the player fell back or failed: {state['fallback']} {state['errors']}")
                page.close()
        if long is not None:
            result["first_picture"] = {"seconds": long_s, **bench.opening(long, short[LINES[0]])}
        version = browser.version
        browser.close()
    return {
        "seeks": seeks,
        "browser": version,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load_average": round(os.getloadavg()[0], 2),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **result,
    }


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="where the rendered matches are kept for the next run")
    parser.add_argument("--seeks", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="720 lines only, ten minutes in place of two hours")
    parser.add_argument("--only", nargs="+", default=[], help="seeking, scrub, playing, click, first_picture")
    parser.add_argument("--json", action="store_true", help="compact, on one line")
    asked = parser.parse_args()
    if find_chromium() is None:
        print("skipped: no Chromium here; install it or name one in TOUCHLINE_CHROMIUM")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        found = measure(home, asked.seeks, asked.seed, asked.quick, asked.only)
    print(json.dumps(found, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()

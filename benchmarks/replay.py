"""How fast the player reaches a frame, beside a plain ``<video>`` element on the same files in the same browser.

    python benchmarks/replay.py [MATCH] [--home DIR] [--seeks 60] [--seed 1]

Without MATCH it is the demo match of the data folder; where that or the browser is absent one line says so.

Prints a JSON document: milliseconds (median, p95) of a random seek, a step forward and a step back with all angles
painted, for the player (``webcodecs``) and for ``<video>`` elements seeking to the middle of the frame (``video``),
and the ratio of the medians. The browser is headless Chromium; name another one in TOUCHLINE_CHROMIUM.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, find_chromium, serving  # noqa: E402

from touchline.files import data_home  # noqa: E402
from touchline.store import default_path  # noqa: E402
from var.archive import Archive  # noqa: E402
from var.demo import MATCHES  # noqa: E402

PLAYER_JS = """
async (steps) => {
  const {lockstep} = window.__touchline.player, spent = [];
  for (const n of steps) {
    const began = performance.now();
    await lockstep.seek(n);
    spent.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return spent;
}
"""

VIDEO_JS = """
async ([matchId, steps]) => {
  const {match} = window.__touchline.player;
  const {t, frames} = match.timeline;
  const videos = await Promise.all(match.clips.map(async (clip) => {
    const video = document.createElement('video');
    Object.assign(video, {muted: true, preload: 'auto', src: `/var/${matchId}/${clip.camera}/proxy.mp4`});
    video.style.cssText = 'position:fixed;left:0;top:0;width:400px;z-index:99';
    document.body.append(video);
    await new Promise((resolve) => video.addEventListener('loadeddata', resolve, {once: true}));
    return video;
  }));
  const seconds = match.clips.map((clip) => {
    const rate = clip.n > 1 ? videos[match.clips.indexOf(clip)].duration / clip.n : 0.04;
    return (frame) => (frame + 0.5) * rate;
  });
  const spent = [], shown = videos.map(() => -1);
  for (const n of steps) {
    const began = performance.now();
    await Promise.all(videos.map((video, c) => new Promise((resolve) => {
      const frame = frames[c][n];
      if (frame === shown[c]) return resolve(); // a slower camera keeps its picture
      shown[c] = frame;
      const limit = setTimeout(resolve, 3000);
      video.requestVideoFrameCallback(() => { clearTimeout(limit); resolve(); });
      video.currentTime = seconds[c](frame);
    })));
    spent.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  for (const video of videos) { video.removeAttribute('src'); video.load(); video.remove(); }
  return spent;
}
"""


def summary(spent_ms: list[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds."""
    return {
        "median_ms": round(statistics.median(spent_ms), 1),
        "p95_ms": round(statistics.quantiles(spent_ms, n=20)[-1], 1),
    }


def routes(page: Page, seeks: int, seed: int) -> dict[str, list[int]]:
    """Steps of the time line to visit, where every camera has a picture."""
    frames = page.evaluate("window.__touchline.player.match.timeline.frames")
    good = [n for n in range(len(frames[0])) if all(row[n] >= 0 for row in frames)]
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


def measure(match_id: str, home: Path, seeks: int, seed: int, app: Path) -> dict[str, Any]:
    """The whole document of one run."""
    executable = find_chromium()
    with serving(app, home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{address}/review?match={match_id}")
        page.wait_for_function("window.__touchline?.state()?.n >= 0", timeout=60000)
        visits = routes(page, seeks, seed)
        result: dict[str, Any] = {}
        for name, steps in visits.items():
            # The first visit only brings both to the place; it is not counted.
            player = page.evaluate(PLAYER_JS, steps)[1:]
            video = page.evaluate(VIDEO_JS, [match_id, steps])[1:]
            result[name] = {"webcodecs": summary(player), "video": summary(video)}
            result[name]["ratio"] = round(statistics.median(player) / statistics.median(video), 3)
        clips = page.evaluate("window.__touchline.player.match.clips.map((c) => [c.proxy.w, c.proxy.h])")
        fallback = [why for why in page.evaluate("window.__touchline.state()")["fallback"].values() if why]
        version = browser.version
        browser.close()
    return {
        "match": match_id,
        "proxies_px": clips,
        "seeks": seeks,
        "browser": version,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "fallback": fallback,
        **result,
    }


def absent(match_id: str, home: Path) -> str | None:
    """What is not here that the measurement needs; None where everything is."""
    if find_chromium() is None:
        return "no Chromium here; install it or name one in TOUCHLINE_CHROMIUM"
    # Looked for first: opening an archive would make the folder.
    if not default_path(home).is_file() or Archive(home).find(match_id) is None:
        return f"no match {match_id} in {home}; `touchline demo` makes the demo match"
    return None


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("match", nargs="?", default=MATCHES[0][0])
    parser.add_argument("--home", type=Path, default=data_home())
    parser.add_argument("--seeks", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--app", type=Path, default=ROOT / "streamlit_app.py")
    asked = parser.parse_args()
    if missing := absent(asked.match, asked.home):
        print(f"skipped: {missing}")
        return
    print(json.dumps(measure(asked.match, asked.home, asked.seeks, asked.seed, asked.app), indent=2))


if __name__ == "__main__":
    main()

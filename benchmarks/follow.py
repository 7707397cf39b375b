"""How far the clean screen is behind the operator's player: from a step's picture there to the same picture here.

    python benchmarks/follow.py [MATCH] [--home DIR] [--steps 40] [--play-s 4] [--json] [--quick]

Without MATCH it is the demo match of the data folder; where that or the browser is absent one line says so.

Both pages run in one browser on this machine, with one clock. ``step`` are single steps, ``seek`` jumps anywhere, and
``play_1x`` and ``play_0.25x`` every step that both painted while playing: milliseconds from paint to paint (median,
p95, largest). ``shown`` is the share of the operator's steps that the screen showed as well while playing. ``hub`` is
the way of a state through the server alone, without any picture: the floor; ``ratio`` is the median of ``step`` over
it.
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
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, enter, find_chromium, serving  # noqa: E402

from touchline.files import data_home  # noqa: E402
from touchline.store import default_path  # noqa: E402
from var.archive import Archive  # noqa: E402
from var.demo import MATCHES  # noqa: E402

RECORD_JS = """
() => {
  const {features} = window.__touchline.player, was = features.painted.bind(features);
  window.painted = [];
  features.painted = (n) => {
    window.painted.push([n, performance.timeOrigin + performance.now()]);
    was(n);
  };
}
"""
READY_JS = "() => window.__touchline?.state()?.n >= 0 && !window.__touchline.state().busy"
SHOWN_JS = "(n) => window.__touchline.state().n === n && window.__touchline.screen.cover.hidden"

HUB_JS = """
async (rounds) => {
  const url = new URL(`${window.__touchline.player.address}/follow`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const open = (hello) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => { socket.send(JSON.stringify(hello)); resolve(socket); };
  });
  const screen = await open({role: 'follower'});
  const operator = await open({role: 'operator', take: true});
  let arrived = null;
  screen.onmessage = ({data}) => { const m = JSON.parse(data); if (m.kind === 'state') arrived?.(m.seq); };
  await new Promise((resolve) => setTimeout(resolve, 500));
  const spent = [];
  for (let seq = 1; seq <= rounds; seq++) {
    const began = performance.now();
    const back = new Promise((resolve) => { arrived = (got) => got === seq && resolve(); });
    operator.send(JSON.stringify({kind: 'state', seq, n: seq, s: seq / 50, views: [[1, 0, 0]]}));
    await back;
    spent.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  operator.close();
  screen.close();
  return spent;
}
"""


def summary(spent_ms: list[float]) -> dict[str, float | None]:
    """Median, 95th percentile and the largest, in milliseconds; null where there are too few."""
    few = len(spent_ms) < 2
    return {
        "median_ms": None if few else round(statistics.median(spent_ms), 1),
        "p95_ms": None if few else round(statistics.quantiles(spent_ms, n=20, method="inclusive")[-1], 1),
        "max_ms": None if few else round(max(spent_ms), 1),
        "count": len(spent_ms),
    }


def behind(operator: Page, screen: Page) -> tuple[list[float], float]:
    """Milliseconds from paint to paint of every step that both showed since the last call, and the share of them."""
    there, here = (page.evaluate("() => window.painted.splice(0)") for page in (operator, screen))
    spent, k = [], 0
    for n, at_ms in there:  # a step may come several times: each is matched with the first paint of it that follows
        while k < len(here) and here[k][1] < at_ms:
            k += 1
        found = next((time_ms for m, time_ms in here[k:] if m == n), None)
        if found is not None:
            spent.append(found - at_ms)
    return spent, len(spent) / max(1, len(there))


def visit(operator: Page, screen: Page, steps: list[int]) -> list[float]:
    """Goes to each step in turn; the screen has it before the next one is asked for."""
    for n in steps:
        operator.evaluate("(n) => window.__touchline.seek(n)", n)
        screen.wait_for_function(SHOWN_JS, arg=n)
        operator.wait_for_timeout(30)
    return behind(operator, screen)[0]


def play(operator: Page, screen: Page, first: int, speed: float, play_s: float) -> dict[str, Any]:
    """Plays from a step on for some seconds."""
    visit(operator, screen, [first])
    start = "([speed]) => { const p = window.__touchline.player; p.setSpeed(speed); p.lockstep.play(1); }"
    operator.evaluate(start, [speed])
    operator.wait_for_timeout(play_s * 1000)
    operator.evaluate("() => window.__touchline.player.lockstep.pause()")
    operator.wait_for_timeout(500)
    spent, share = behind(operator, screen)
    return {**summary(spent), "shown": round(share, 3)}


def measure(match_id: str, home: Path, steps: int, play_s: float, app: Path, query: str) -> dict[str, Any]:
    """The whole document of one run. ``query`` opens the operator's page of the match."""
    with serving(app, home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        operator, screen = (browser.new_page(viewport={"width": 1366, "height": 768}) for _ in range(2))
        if app.name == "streamlit_app.py":
            enter(operator.context, address)
            enter(screen.context, address)
        operator.goto(f"{address}{query}")
        operator.wait_for_function(READY_JS, timeout=60000)
        screen.goto(f"{address}/var/{match_id}/screen")
        screen.wait_for_function("() => window.__touchline?.screen.cover.hidden", timeout=60000)
        frames = operator.evaluate("() => window.__touchline.player.timeline.frames.map((row) => [...row])")
        good = [n for n in range(len(frames[0])) if all(row[n] >= 0 for row in frames)]
        if len(good) < steps + 2:
            raise SystemExit(f"only {len(good)} steps have all angles; {steps + 2} are needed")
        for page in (operator, screen):
            page.evaluate(RECORD_JS)
        chance = random.Random(1)
        middle = len(good) // 4
        visit(operator, screen, good[middle : middle + 5])
        result: dict[str, Any] = {
            "step": summary(visit(operator, screen, good[middle + 5 : middle + 5 + steps])),
            "seek": summary(visit(operator, screen, [chance.choice(good) for _ in range(steps)])),
            "play_1x": play(operator, screen, good[0], 1, play_s),
            "play_0.25x": play(operator, screen, good[0], 0.25, play_s),
        }
        result["hub"] = summary(operator.evaluate(HUB_JS, steps))
        result["ratio"] = round(result["step"]["median_ms"] / result["hub"]["median_ms"], 1)
        result["cameras"] = len(frames)
        browser.close()
        return result


def main() -> int:
    """Run the benchmark and print its document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("match", nargs="?", default=MATCHES[0][0], metavar="MATCH")
    parser.add_argument("--home", type=Path, default=None, metavar="DIR")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--play-s", type=float, default=4)
    parser.add_argument("--quick", action="store_true", help="fewer steps, shorter playing")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    args = parser.parse_args()
    home = args.home or data_home()
    if not default_path(home).exists() or Archive(home).find(args.match) is None:
        print(f"skipped: no match {args.match} under {home}; `touchline demo` makes it")
        return 0
    if find_chromium() is None:
        print("skipped: no Chromium here; install it or name it in TOUCHLINE_CHROMIUM")
        return 0
    steps, play_s = (20, 2.0) if args.quick else (args.steps, args.play_s)
    document = {
        "benchmark": "follow",
        "match": args.match,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **measure(args.match, home, steps, play_s, ROOT / "streamlit_app.py", f"/review?match={args.match}"),
    }
    print(json.dumps(document, ensure_ascii=False, indent=None if args.json else 2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How long a heartbeat's packet takes from the recorder to a coach's screen, and what a viewer costs.

    python benchmarks/live_page.py [--straps 30] [--seconds 60] [--viewers 8] [--json] [--quick]

Straps are simulated, at the speed of life and with their troubles; recorder, page and browser are the real ones, on
this machine and with its one clock. A packet's time is its arrival at the recorder (``at_ns``); it is on the screen in
the first animation frame that begins after its rate was written into the page. ``shown`` is the share of the packets
with a rate that were on the screen at all; one that was followed by another within the page's period is not.
``server_percent`` is the processor time of the page's server with no, one and all viewers, in percent of one core, and
``made_ms`` what one wall costs to fold and to write out, whoever looks. ``recorder_percent`` is the recorder's. Without
a browser one line says so.
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
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, Address, enter, find_chromium, serving  # noqa: E402

from wearables.kept import Sessions  # noqa: E402
from wearables.live.reading import Reading  # noqa: E402
from wearables.model import Frame  # noqa: E402
from wearables.panels.wall_data import wall_data  # noqa: E402
from wearables.recorder.control import status, stop  # noqa: E402
from wearables.simulated import Simulation  # noqa: E402
from wearables.squad import begin, simulated_squad  # noqa: E402

RECORD_JS = """
() => {
  const wall = window.__touchlineWall.wall, was = wall.draw.bind(wall), seen = new Map();
  window.painted = [];
  wall.draw = () => {
    was();
    const fresh = [];
    for (const tile of wall.data.tiles) {
      if (tile.bpm === null) continue;
      const at_us = Math.round((wall.data.now_ns - tile.age_s * 1e9) / 1000);
      if (Math.abs((seen.get(tile.strap) ?? -1e9) - at_us) < 100) continue;
      seen.set(tile.strap, at_us);
      const shown = wall.tiles.get(tile.key).rate.textContent;
      if (shown === tile.bpm) fresh.push([tile.strap, at_us]);
    }
    requestAnimationFrame(() => {
      const now = performance.timeOrigin + performance.now();
      for (const [strap, at_us] of fresh) window.painted.push([strap, at_us, now]);
    });
  };
}
"""
NEAR_US = 100


def opened(browser: Browser, address: Address, session_id: str) -> Page:
    """A viewer's page, once its wall lives."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    enter(page.context, address)
    page.goto(f"{address}/live?session={session_id}")
    page.locator(".tile:not(.gone)").first.wait_for(timeout=90_000)
    return page


def processor_s(pid: int) -> float | None:
    """Seconds of processor time that a process has used; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_pid() -> int | None:
    """The server that this process started."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text("ascii").rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"streamlit" in (folder / "cmdline").read_bytes():
                return int(folder.name)
        except (OSError, ValueError):
            continue
    return None


def percent(pid: int | None, seconds: float, wait: Any) -> float | None:
    """Percent of one core that a process uses while ``wait`` lets the seconds pass."""
    if pid is None or (before := processor_s(pid)) is None:
        return None
    began = time.monotonic()
    wait(seconds * 1000)
    after = processor_s(pid)
    return None if after is None else round(100 * (after - before) / (time.monotonic() - began), 1)


def latencies(page: Page, home: Path, session_id: str) -> tuple[list[float], float]:
    """Milliseconds from each packet's arrival to its paint, and the share of packets that were painted."""
    painted = page.evaluate("() => window.painted")
    sessions = Sessions(home)
    zero_us = sessions.session(session_id).zero_utc_us
    frames = [row for row in sessions.rows_since(session_id) if isinstance(row, Frame) and row.bpm is not None]
    first_us, last_us = min(at for _, at, _ in painted), max(at for _, at, _ in painted)
    known: dict[int, list[int]] = {}
    for frame in frames:
        if first_us <= frame.at_ns // 1000 <= last_us:
            known.setdefault(frame.strap, []).append(frame.at_ns // 1000)
    spent = []
    for strap, at_us, now_ms in painted:
        nearest = min(known.get(strap, [0]), key=lambda one: abs(one - at_us))
        if abs(nearest - at_us) <= NEAR_US:
            spent.append(now_ms - (zero_us + nearest) / 1000)
    return spent, len(spent) / max(1, sum(len(each) for each in known.values()))


def made_ms(home: Path, session_id: str, rounds: int = 20) -> float:
    """Milliseconds to read what is new, fold it and write a wall out."""
    reader = Reading(home, session_id)
    reader.look()
    spent = []
    for _ in range(rounds):
        time.sleep(0.2)
        began = time.perf_counter()
        wall_data(reader.look(), "vi")
        spent.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(spent), 1)


def measure(straps: int, seconds: float, viewers: int) -> dict[str, Any]:
    """The whole document of one run."""
    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "streamlit_app.py", home := Path(folder)) as address:
        roster = simulated_squad(straps, 7, "vi")
        simulation = Simulation(tuple(strap.address for strap in roster.straps), seed=7)
        made = begin(home, "benchmark", roster, simulation=simulation)
        server = server_pid()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
                idle = percent(server, 5, lambda ms: time.sleep(ms / 1000))
                page = opened(browser, address, made.id)
                page.wait_for_timeout(15_000)  # until the straps are connected
                page.evaluate(RECORD_JS)
                recorder = status(home, made.id).pid
                before = None if recorder is None else processor_s(recorder)
                began = time.monotonic()
                one = percent(server, seconds, page.wait_for_timeout)
                lasted = time.monotonic() - began
                after = None if recorder is None else processor_s(recorder)
                spent, shown = latencies(page, home, made.id)
                bytes_a_wall = page.evaluate("() => JSON.stringify(window.__touchlineWall.wall.data).length")
                others = [opened(browser, address, made.id) for _ in range(viewers - 1)]
                page.wait_for_timeout(5_000)
                page.evaluate("() => { window.painted = []; }")
                many = percent(server, seconds / 2, page.wait_for_timeout)
                crowded, _ = latencies(page, home, made.id)
                assert len(others) == viewers - 1
                browser.close()
            cost = made_ms(home, made.id)
        finally:
            stop(home, made.id)
    busy = None if before is None or after is None else round(100 * (after - before) / lasted, 1)
    return {
        "straps": straps,
        "viewers": viewers,
        "latency_ms": summary(spent),
        "shown": round(shown, 3),
        "latency_ms_all_viewers": summary(crowded),
        "server_percent": {"idle": idle, "one": one, "all": many},
        "recorder_percent": busy,
        "made_ms": cost,
        "bytes_a_wall": bytes_a_wall,
    }


def summary(spent: list[float]) -> dict[str, float | None]:
    """Median, 95th percentile and the largest, in milliseconds; null where there are too few."""
    few = len(spent) < 2
    return {
        "median": None if few else round(statistics.median(spent)),
        "p95": None if few else round(statistics.quantiles(spent, n=20, method="inclusive")[-1]),
        "max": None if few else round(max(spent)),
        "count": len(spent),
    }


def main() -> int:
    """Run the benchmark and print its document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--straps", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--viewers", type=int, default=8)
    parser.add_argument("--quick", action="store_true", help="fewer seconds and viewers")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    args = parser.parse_args()
    if find_chromium() is None:
        print("skipped: no Chromium here; install it or name it in TOUCHLINE_CHROMIUM")
        return 0
    seconds, viewers = (15.0, 3) if args.quick else (args.seconds, args.viewers)
    document = {
        "benchmark": "live_page",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **measure(args.straps, seconds, viewers),
    }
    print(json.dumps(document, ensure_ascii=False, indent=None if args.json else 2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

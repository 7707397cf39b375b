"""How soon the page of one athlete with five years of training is painted.

    python benchmarks/athlete_page.py [--years 5] [--rounds 5] [--json] [--quick]

A seeded generator writes the athlete: five sessions a week with a reading every four seconds, a morning reading on
nine days of ten, answers, an injury. The page is the product's own, in headless Chromium on this machine, with the
season that it opens with. ``first_painted_s`` is from the address to the animation frame after the season chart has its
canvas, of a browser that was here before; ``opened_s`` of the first visit to a server that was just started (its
program is read then). ``computed_s`` is the season of all sessions anew, without a page, and ``known_s`` what was
computed before, read again. Without a browser one line says so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, Address, enter, find_chromium, serving  # noqa: E402

from athletes.archive import Archive  # noqa: E402
from athletes.load.season import season_of  # noqa: E402
from athletes.model import Athlete, Sex, ZoneMethod, ZoneSetting  # noqa: E402
from athletes.record_store import Records  # noqa: E402
from athletes.synthetic_season import Habit, diary, sessions  # noqa: E402
from touchline.origin import Origin  # noqa: E402

HABIT = Habit(
    3, 190, 50, {0: (50, 0.72), 1: (55, 0.86), 3: (60, 0.74), 4: (45, 0.7), 6: (90, 0.74)}, strapless=0.05, hurt_days=20
)
PAINTED = """
() => new Promise(done => {
  const look = () => document.querySelector('.st-key-season-chart .marks')
    ? requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() / 1000)))
    : requestAnimationFrame(look);
  look();
})
"""


def furnish(home: Path, years: float) -> int:
    """The athlete ``five`` with ``years`` of training up to today; how many sessions that are."""
    last = datetime.now(UTC).date()
    first = last - timedelta(days=round(365.25 * years))
    archive = Archive(home)
    setting = ZoneSetting(None, ZoneMethod.RESERVE, hr_max_bpm=190, hr_rest_bpm=50)
    archive.save_athlete(Athlete("five", "Five years", Sex.MALE, None, (setting,), date(2000, 5, 1)))
    made = sessions(HABIT, first, last - timedelta(days=1), "run")
    archive.keep_all([one for one, _ in made], athlete_id="five", origin=Origin.SIMULATED)
    Records(archive).keep(*diary(HABIT, "five", first, last, [day for _, day in made]))
    return len(made)


def season_s(home: Path) -> float:
    """Seconds to the season of the athlete."""
    archive, began = Archive(home), time.perf_counter()
    season_of(archive, "five", until=datetime.now(UTC).date(), zone=UTC)
    return time.perf_counter() - began


def painted_s(browser: Browser, address: Address, path: str) -> float:
    """Seconds from the address to the season's first picture, in a browser that has been here before."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, timezone_id="UTC")
    try:
        enter(context, address)
        page = context.new_page()
        page.goto(
            f"{address}/settings"
        )  # the app's own files are in the browser's store, as on every day but the first
        page.wait_for_selector(".st-key-pages")
        page.goto(f"{address}{path}", wait_until="commit")
        return float(page.evaluate(PAINTED))
    finally:
        context.close()


def measure(years: float, rounds: int) -> dict[str, Any]:
    """All figures, of one run."""
    executable = find_chromium()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        count = furnish(home, years)
        computed = season_s(home)
        known = min(season_s(home) for _ in range(3))
        found: dict[str, Any] = {"sessions": count, "computed_s": round(computed, 2), "known_s": round(known, 3)}
        if executable is None:
            return found
        script = ROOT / "streamlit_app.py"
        with serving(script, home) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            path = "/training?athlete=five"
            found["opened_s"] = round(painted_s(browser, address, path), 2)
            times = [painted_s(browser, address, path) for _ in range(rounds)]
            found["first_painted_s"] = round(statistics.median(times), 2)
            found["first_painted_worst_s"] = round(max(times), 2)
            browser.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of a year, one round")
    args = parser.parse_args()
    years, rounds = (0.1, 1) if args.quick else (args.years, args.rounds)
    machine = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
    document = {**machine, "years": years, "rounds": rounds, **measure(years, rounds)}
    if args.json:
        print(json.dumps(document))
        return
    for name, value in document.items():
        print(f"{name}: {value}")
    if "first_painted_s" not in document:
        print("no browser here: the page was not measured")


if __name__ == "__main__":
    main()

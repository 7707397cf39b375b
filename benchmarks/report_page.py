"""How long from a decision to its signed report, in the real app, by the keys that a referee presses.

    python benchmarks/report_page.py [--fixtures DIR] [--rounds 3] [--json]

The annotated fouls are imported and one is checked as a penalty under full VAR in headless Chromium. ``decided_s`` is
from the key of the last step to the button of the report, ``reported_s`` from a press on that to the download of the
signed PDF, ``total_s`` both: the machine's time, without a person's. Each round marks an incident of its own; the first
finds cold caches. What was written is checked by ``touchline verify``. Without the recordings it says so in one line.
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
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, enter, find_chromium, serving  # noqa: E402

from touchline.cli import main as command  # noqa: E402
from touchline.i18n import t  # noqa: E402
from var.archive import Archive  # noqa: E402
from var.evidence import own_trust, verify  # noqa: E402
from var.model import ReviewRules  # noqa: E402

FIXTURES = ROOT.parent / "shared" / "fixtures"
LANG = "vi"
expect.set_options(timeout=20_000)


def settle(page: Page) -> None:
    """Wait until the page stands still."""
    page.wait_for_timeout(400)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')")


def key(page: Page, name: str, then: str) -> None:
    """Press a key and wait for what it brings."""
    settle(page)
    page.keyboard.press(name)
    page.locator(then).first.wait_for()


def one(page: Page, address: str, match_id: str) -> dict[str, float]:
    """Mark, check, review, decide, report; seconds of the last two."""
    page.goto(f"{address}/review?match={match_id}")
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    page.wait_for_timeout(1500)
    key(page, "m", ".st-key-case_categories")
    key(page, "h", ".st-key-case_situation_penalty_foul")
    key(page, "g", ".st-key-case_before button:nth-child(2)")
    for choice in (".st-key-case_before button:nth-child(2)", ".st-key-case_threshold button:nth-child(1)"):
        settle(page)
        page.locator(choice).click()
        settle(page)
    expect(page.locator(".st-key-case_step_recommend button")).to_have_count(1)  # drawn anew it is there twice
    expect(page.locator(".st-key-case_step_recommend button")).to_be_enabled()
    key(page, "h", ".st-key-case_step_go_on_field")
    key(page, "v", ".st-key-case_step_change")
    settle(page)
    begun = time.perf_counter()
    page.keyboard.press("d")
    report = page.locator(".st-key-report button")
    report.wait_for()
    expect(report).to_be_enabled()
    decided = time.perf_counter()
    report.click()
    page.get_by_role("button", name=t("var.review.download_pdf", LANG)).wait_for(timeout=120_000)
    done = time.perf_counter()
    return {"decided_s": decided - begun, "reported_s": done - decided, "total_s": done - begun}


def measure(annotations: Path, rounds: int, home: Path) -> dict[str, Any]:
    """The whole document of one run."""
    os.environ["TOUCHLINE_HOME"] = str(home)
    if command(["foul", "import", str(annotations), "--json"]) != 0:
        raise SystemExit("the recordings could not be imported")
    archive = Archive(home)
    match = next(match for match in archive.matches() if "Benfica" in match.name)
    named = (("referee", "Nguyễn Thị Ánh Tuyết"), ("var", "Phạm Quỳnh Như"))
    rules = ReviewRules("football", "var", (), "2026-27")
    archive.save_setup(match.id, replace(match.setup, officials=named, review=rules))
    took: list[dict[str, float]] = []
    with serving(ROOT / "streamlit_app.py", home) as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        context = chromium.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([{"name": "touchline_lang", "value": LANG, "url": address}])
        enter(context, address, home=home)
        page = context.new_page()
        page.set_default_timeout(30_000)
        took += [one(page, address, match.id) for _ in range(rounds)]
        chromium.close()
    packages = sorted((home / "reports").glob("*.zip"))
    found = [verify(path, own_trust(home)).status.value for path in packages]
    if len(packages) != rounds or set(found) != {"intact"}:
        raise SystemExit(f"{len(packages)} packages, {', '.join(found)}")
    return {
        "benchmark": "report_page",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "angles": len(match.clips),
        "rounds": rounds,
        "packages": "intact",
        **{name: [round(each[name], 2) for each in took] for name in took[0]},
        "median_total_s": round(statistics.median(each["total_s"] for each in took), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, metavar="DIR", help="folder of the real recordings")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    annotations = args.fixtures / "fouls_multiview" / "annotations.json"
    if not annotations.is_file():
        print("skipped: the real recordings fouls_multiview are not here; name their folder with --fixtures")
        return
    said, sys.stdout = sys.stdout, sys.stderr  # what the commands print is not the answer
    with tempfile.TemporaryDirectory() as temporary:
        found = measure(annotations, args.rounds, Path(temporary))
    sys.stdout = said
    if args.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['machine']}, {found['date']}, load {found['load']}, {found['angles']} angles")
    for name in ("decided_s", "reported_s", "total_s"):
        print(f"{name:11} " + "  ".join(f"{value:5.2f}" for value in found[name]))


if __name__ == "__main__":
    main()

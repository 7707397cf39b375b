"""Makes docs/booth.jpg: reviews the demo match in a browser, as the five minutes of the README do.

usage: .venv/bin/python scripts/screenshot.py   (after ``make demo`` and ``make test``)
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import ARGUMENTS, enter, find_chromium, serving  # noqa: E402  the tests' own server and browser

from touchline.files import data_home  # noqa: E402
from var.archive import Archive  # noqa: E402
from var.model import AttackDirection, BodyPart, Click, Role  # noqa: E402
from var.synthetic.camera import observe  # noqa: E402
from var.synthetic.truth import load_truth  # noqa: E402

MATCH = "demo-offside"


def mark(home: Path) -> None:
    """Mark kick, attacker and defender on the calibrated angle, clicks off by a pixel."""
    archive = Archive(home)
    match = archive.match(MATCH)
    truth = load_truth(archive.folder(MATCH) / "truth")
    clip, camera = match.clip("cam2"), truth.camera("cam2")
    frame = next(i for i in range(len(clip)) if clip.match_s(i) >= truth.kick_s)
    incident = archive.add_incident(MATCH, at_s=clip.match_s(frame), attack=AttackDirection.RIGHT)
    archive.set_kick(incident.id, camera_id="cam2", frame=frame, sha256=clip.sha256)
    points = truth.body_points(clip.match_s(frame))
    draw = np.random.default_rng(1)
    for role, person, part in (
        (Role.ATTACKER, truth.attacker_id, truth.attacker_part),
        (Role.DEFENDER, truth.defender_id, truth.defender_part),
    ):
        u, v = observe(camera, points[person][part][None])[0] + draw.normal(0, 1, 2)
        click = Click("cam2", frame, clip.sha256, float(u), float(v))
        archive.mark_body(incident.id, role, BodyPart(part.split("_")[-1]), click)


def picture(page: Page) -> bytes:
    """The booth with the offside angle large."""
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    page.wait_for_timeout(2500)
    page.keyboard.press("2")
    page.wait_for_timeout(2500)
    return page.screenshot()


def main() -> int:
    """Work on a copy of the data folder, so that nothing is added to anybody's own."""
    source = data_home()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "home"
        shutil.copytree(source, home)
        mark(home)
        with serving(ROOT / "streamlit_app.py", home) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            enter(page.context, address)
            page.goto(f"{address}/review?match={MATCH}")
            shot = Image.open(io.BytesIO(picture(page))).convert("RGB")
            browser.close()
    shot.save(ROOT / "docs" / "booth.jpg", quality=82, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

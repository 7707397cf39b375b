"""A browser with the player on the tests' own page, and how to read back what is really on the screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from barcoded import READ_BARS_JS, make_match
from browser import serving
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from var.model import Match
from var.timeline import Timeline

READ_ALL_JS = f"""
() => {{
  const read = {READ_BARS_JS};
  const {{tiles, lockstep}} = window.__touchline.player;
  return {{
    n: lockstep.shown,
    tiles: tiles.map((tile) => ({{
      kind: tile.painted.kind, frame: tile.painted.frame, source: tile.painted.source, code: read(tile.picture),
    }})),
  }};
}}
"""
"""What every tile says it shows, and what its picture says of itself."""

READY_JS = "window.__touchline?.state()?.n >= 0 && !window.__touchline.state().busy"

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("player")


@pytest.fixture(scope="session")
def match(home: Path) -> Match:
    return make_match(home)


@pytest.fixture(scope="session")
def address(match: Match, home: Path) -> Iterator[str]:
    with serving(Path(__file__).with_name("player_server.py"), home) as url:
        yield url


@pytest.fixture
def open_player(chromium: Browser, address: str) -> Iterator[Open]:
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "garbage collected" in message.text:  # a decoded picture that nobody closed
            faults.append(message.text)

    def open_it(
        lang: str = "vi", script: str = "", match_id: str = "bars", ready: str = READY_JS, **options: Any
    ) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15000)
        page.on("console", listen)
        page.on("pageerror", lambda error: faults.append(str(error)))
        if script:
            page.add_init_script(script)
        page.goto(f"{address}/?lang={lang}&match={match_id}")
        page.wait_for_function(ready)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not faults, faults


def state(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("window.__touchline.state()")
    return found


def seek(page: Page, n: int) -> None:
    page.evaluate("(n) => window.__touchline.seek(n)", n)


def on_source(page: Page, camera: str = "cam1") -> None:
    page.wait_for_function("(camera) => window.__touchline.state().source[camera]", arg=camera)


def arrived(home: Path) -> list[dict[str, Any]]:
    path = home / "arrived.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def wait_arrived(page: Page, home: Path, count: int) -> list[dict[str, Any]]:
    for _ in range(150):
        if len(found := arrived(home)) >= count:
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(arrived(home))} of {count} messages arrived")


def switch(page: Page, name: str) -> None:
    page.locator("[data-testid=stCheckbox]").filter(has_text=name).locator("label").first.click()


def ink_at(page: Page, camera: str, u: float, v: float) -> int:
    """The opacity of the drawings over a source pixel, 0 to 255."""
    found: int = page.evaluate(
        """([camera, u, v]) => {
          const tile = window.__touchline.player.tiles.find((one) => one.clip.camera === camera);
          const [fx, fy] = tile.view.toScreen((u + 0.5) / tile.clip.w, (v + 0.5) / tile.clip.h);
          const pen = tile.ink.getContext('2d');
          return pen.getImageData(Math.floor(fx * tile.ink.width), Math.floor(fy * tile.ink.height), 1, 1).data[3];
        }""",
        [camera, u, v],
    )
    return found


def check_screen(screen: dict[str, Any], timeline: Timeline, match: Match, n: int) -> None:
    """Every tile shows the frame that belongs to step ``n``, and says so; without coverage it shows nothing."""
    assert screen["n"] == n
    for position, (clip, tile) in enumerate(zip(match.clips, screen["tiles"], strict=True)):
        expected = timeline.frames[clip.camera_id][n]
        if expected is None:
            assert (tile["kind"], tile["frame"], tile["code"]) == ("none", -1, None)
        else:
            assert (tile["kind"], tile["frame"], tile["code"]) == ("picture", expected, [position, expected])

"""Every picture is the frame it claims, whichever medium it comes from: stretches of a proxy, originals with B pictures
in long groups, stills; read back from bar codes in a real browser."""

from __future__ import annotations

import random
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from barcoded import record
from playing import READ_ALL_JS, Open, check_screen, seek, state
from playwright.sync_api import Page, Route

from touchline.files import sha256_of
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.footage.proxy import make_stretch
from var.footage.stretches import STRETCH_FRAMES, StretchWriter
from var.footage.table import write_table
from var.footage.video import index
from var.footage.walk import Walk
from var.model import Clip, Match, Setup
from var.timeline import Timeline

pytestmark = pytest.mark.browser

ORIGINAL, PROXY = 0, 1


def clip_of(folder: Path, camera: int, fps: int, frames: int, suffix: str = ".mp4") -> Clip:
    name = f"cam{camera + 1}"
    path, table = folder / f"{name}{suffix}", folder / f"{name}.frames"
    record(path, camera, Fraction(fps), frames)
    found = index(path)
    write_table(table, *found.table())
    return Clip(
        camera_id=name,
        label=name.capitalize(),
        path=path,
        proxy=folder / f"{name}.proxy",
        sha256=sha256_of(path),
        size_px=found.size_px,
        timebase=found.timebase,
        pts=found.pts,
        to_match=ClockMap(Fraction(camera, 200), sigma_s=0.001),
        timing=Origin.SIMULATED,
        codec=found.codec,
        table=table,
    )


def make_part(clip: Clip, first: int) -> None:
    """One stretch of a clip's proxy, smaller than the original."""
    count = min(STRETCH_FRAMES, len(clip) - first)
    make_stretch(Walk(clip), StretchWriter(clip.proxy), first, count, height=216)


@pytest.fixture(scope="module")
def mixed(home: Path) -> Match:
    """cam1: a proxy of which only the first stretch is made; cam2: the original alone; cam3: neither can be played."""
    archive = Archive(home)
    folder = archive.folder("mixed")
    folder.mkdir(parents=True)
    clips = (clip_of(folder, 0, 50, 700), clip_of(folder, 1, 25, 350), clip_of(folder, 2, 25, 350, ".mkv"))
    make_part(clips[0], 0)
    made = Match("mixed", "Mixed", Origin.SIMULATED, utc_now(), Setup(), clips)
    archive.add_match(made)
    return made


def medium_of(page: Page, camera: int, frame: int) -> int | None:
    found: int | None = page.evaluate(
        "([c, i]) => window.__touchline.player.cameras[c].gops.groupOf(i)?.medium ?? null", [camera, frame]
    )
    return found


def goto(page: Page, n: int) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(f"(n) => window.__touchline.seek(n).then({READ_ALL_JS})", n)
    return found


def test_every_medium_shows_the_very_frame(open_player: Open, mixed: Match) -> None:
    page, timeline = open_player(match_id="mixed"), Timeline.of(mixed)
    chance, last = random.Random(11), len(timeline) - 1
    media: Counter[tuple[int, int | None]] = Counter()
    n = 0
    for turn in range(70):
        n = chance.randint(0, last) if turn % 3 == 0 else n + chance.choice([-9, -1, 1, 1, 9])
        n = min(last, max(0, n))
        screen = goto(page, n)
        check_screen(screen, timeline, mixed, n)
        media.update(
            (c, medium_of(page, c, tile["frame"])) for c, tile in enumerate(screen["tiles"]) if tile["frame"] >= 0
        )
    assert {(0, PROXY), (0, ORIGINAL), (1, ORIGINAL), (2, None)} == set(media)
    assert state(page)["fallback"] == {"cam1": None, "cam2": None, "cam3": None}
    # Playing over the border between proxy and original, both ways, nothing is skipped or mixed up.
    goto(page, 480)
    for way in (1, -1):
        screens = page.evaluate(
            f"""async (way) => {{
              const seen = [], read = {READ_ALL_JS}, {{lockstep}} = window.__touchline.player;
              lockstep.speed = 0.5; lockstep.play(way);
              const until = performance.now() + 15000;
              while (performance.now() < until && (way > 0 ? lockstep.shown < 515 : lockstep.shown > 485)) {{
                await new Promise((r) => requestAnimationFrame(r));
                seen.push(read());
              }}
              lockstep.pause();
              return seen;
            }}""",
            way,
        )
        for screen in screens:
            check_screen(screen, timeline, mixed, screen["n"])
        assert screens[-1]["n"] >= 515 if way > 0 else screens[-1]["n"] <= 485
    assert state(page)["errors"] == []


def test_a_proxy_that_is_made_meanwhile_is_taken(open_player: Open, mixed: Match) -> None:
    page, timeline = open_player(match_id="mixed"), Timeline.of(mixed)
    goto(page, 600)
    assert medium_of(page, 0, 600) == ORIGINAL
    make_part(mixed.clips[0], STRETCH_FRAMES)
    deadline = time.monotonic() + 20
    while medium_of(page, 0, 600) != PROXY and time.monotonic() < deadline:
        goto(page, 600)
        goto(page, 601)
        page.wait_for_timeout(100)
    assert medium_of(page, 0, 600) == PROXY
    for n in (530, 640, 600):
        check_screen(goto(page, n), timeline, mixed, n)


def test_originals_keep_few_pictures_and_stay_exact(open_player: Open, mixed: Match) -> None:
    page, timeline = open_player(match_id="mixed"), Timeline.of(mixed)
    # Room for ten pictures only, in groups of fifty: going back, the group is decoded again and again.
    page.evaluate("() => { window.__touchline.player.cameras[1].decoder.memoryBytes = 10 * 640 * 360 * 1.5; }")
    for n in [*range(190, 130, -3), *range(130, 190, 7)]:
        check_screen(goto(page, n), timeline, mixed, n)
    assert page.evaluate("window.__touchline.player.cameras[1].decoder.pictures.size") <= 10


def test_bytes_that_are_not_the_promised_ones_are_not_shown(open_player: Open, mixed: Match) -> None:
    page, timeline = open_player(match_id="mixed"), Timeline.of(mixed)
    goto(page, 20)

    def short(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:-7])

    # A cut answer is refused, and the server's still of that very frame takes its place.
    page.route("**/cam2/media/*", short)
    screen = goto(page, 460)
    check_screen(screen, timeline, mixed, 460)
    assert screen["tiles"][1]["source"]
    page.unroute("**/cam2/media/*", short)
    seek(page, 461)
    check_screen(page.evaluate(READ_ALL_JS), timeline, mixed, 461)

"""Eight angles on a laptop's screen, a layout that changes, and the time line of a long match; in a real browser."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from barcoded import Angle, make_match
from playing import READ_ALL_JS, Open, check_screen, seek, state

from touchline.timebase import ClockMap
from var.archive import Archive
from var.model import Match
from var.timeline import Timeline

pytestmark = pytest.mark.browser

EIGHT = tuple(Angle(Fraction(25), 60, Fraction(k, 100)) for k in range(8))

SCREEN_JS = """
() => {
  const {player} = window.__touchline, whole = player.root.getBoundingClientRect();
  const corners = ({left, top, right, bottom}) => [left, top, right, bottom];
  const boxes = player.tiles.map((tile) => corners(tile.root.getBoundingClientRect()));
  return {boxes, whole: corners(whole), wide: document.documentElement.scrollWidth};
}
"""


@pytest.fixture(scope="module")
def eight(home: Path) -> Match:
    return make_match(home, "eight", EIGHT)


def check_boxes(found: dict[str, Any]) -> None:
    """All tiles lie inside the player, and none over another."""
    left, top, right, bottom = found["whole"]
    boxes = found["boxes"]
    for k, (a, b, c, d) in enumerate(boxes):
        assert left - 0.5 <= a < c <= right + 0.5
        assert top - 0.5 <= b < d <= bottom + 0.5
        for e, f, g, h in boxes[k + 1 :]:
            assert c <= e + 0.5 or g <= a + 0.5 or d <= f + 0.5 or h <= b + 0.5


def test_eight_angles_on_a_laptop(open_player: Open, eight: Match) -> None:
    page, timeline = open_player(match_id="eight"), Timeline.of(eight)
    found = page.evaluate(SCREEN_JS)
    check_boxes(found)
    assert found["whole"][3] - found["whole"][1] <= 700  # of 768 lines, what the page leaves
    assert found["wide"] <= 1366
    for n in (30, 31, 12, 50):
        check_screen(page.evaluate(f"(n) => window.__touchline.seek(n).then({READ_ALL_JS})", n), timeline, eight, n)
    # The memory for decoded pictures is one, however many angles share it.
    rooms = page.evaluate("window.__touchline.player.cameras.map(({decoder}) => decoder.memoryBytes)")
    assert sum(rooms) == pytest.approx(260e6)
    # One large, seven in the strip, still all of it on the screen and all in step.
    page.keyboard.press("8")
    found = page.evaluate(SCREEN_JS)
    check_boxes(found)
    large = found["boxes"][7]
    assert large[2] - large[0] > 2 * max(box[2] - box[0] for box in found["boxes"][:7])
    page.evaluate("() => { window.__touchline.player.lockstep.play(1); }")
    page.wait_for_function("window.__touchline.state().n >= 55")
    page.evaluate("() => { window.__touchline.player.lockstep.pause(); }")
    screen = page.evaluate(READ_ALL_JS)
    check_screen(screen, timeline, eight, screen["n"])
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.documentElement.scrollWidth <= 390")


def test_a_clock_that_is_changed_elsewhere(open_player: Open, eight: Match, home: Path) -> None:
    page = open_player("en", match_id="eight")
    seek(page, 40)
    seconds = page.evaluate("window.__touchline.player.timeline.t[40]")
    page.evaluate("() => { window.__touchline.player.setSpeed(0.25); }")
    Archive(home).save_clip("eight", "cam3", to_match=ClockMap(Fraction(-1, 2), sigma_s=0.001))
    page.evaluate("() => { window.__touchline.player.live.soon(0); }")  # else in a quarter of a minute
    page.wait_for_function("!window.__touchline.state().busy && window.__touchline.player.timeline.t[0] < -0.4")
    page.wait_for_function("window.__touchline.state().n >= 0")
    changed = Archive(home).match("eight")
    timeline = Timeline.of(changed)
    screen = page.evaluate(READ_ALL_JS)
    assert abs(float(timeline.t_s[screen["n"]] or 0) - seconds) < 1e-6  # the same moment, another step
    check_screen(screen, timeline, changed, screen["n"])
    assert page.evaluate("window.__touchline.player.lockstep.speed") == 0.25
    assert state(page)["errors"] == []


def test_what_is_open_stays_when_an_angle_joins(open_player: Open, home: Path) -> None:
    archive = Archive(home)
    match = make_match(home, "joined", EIGHT[:4])
    late = match.clips[1]
    with archive.store.write() as connection:
        connection.execute("DELETE FROM clip WHERE match_id = 'joined' AND camera_id = ?", (late.camera_id,))
    page = open_player(match_id="joined")
    seek(page, 40)
    page.keyboard.press("2")  # cam3 large, by its place
    page.evaluate(
        """() => {
          const {features, lockstep, timeline, live} = window.__touchline.player;
          clearTimeout(live.timer);
          features.two.show(2, 20);
          features.two.turn('a');
          features.two.lock();
        }"""
    )
    page.wait_for_function("window.__touchline.player.features.two.lockstep.shown === 20")
    archive.add_clip("joined", late, place=1)
    page.evaluate("() => { window.__touchline.player.live.now(); }")
    page.wait_for_function("window.__touchline.player.tiles.length === 4 && !window.__touchline.state().busy")
    page.wait_for_function("window.__touchline.player.features.two.lockstep?.shown >= 0")
    found = page.evaluate(
        """() => {
          const {features: {two}, tiles, large, lockstep, timeline} = window.__touchline.player;
          const apart = lockstep.shown - two.lockstep.shown;
          return [tiles[large].clip.camera, two.tile.clip.camera, two.side, two.locked, apart];
        }"""
    )
    assert found == ["cam3", "cam4", "a", True, 20]
    # Another one leaves while angles are played one after the other.
    page.evaluate(
        """() => {
          const {player} = window.__touchline, {features} = player;
          features.two.close();
          player.setSpeed(0.1);
          player.lockstep.go(30);
          const at = (n) => ({n, s: player.timeline.t[n], camera: null, frame: null});
          features.stretch.set(at(10), at(50));
          features.playOut.order = [2, 3];
          features.playOut.start();
        }"""
    )
    page.wait_for_function("window.__touchline.state().n > 11")
    with archive.store.write() as connection:
        connection.execute("DELETE FROM clip WHERE match_id = 'joined' AND camera_id = ?", (late.camera_id,))
    page.evaluate("() => { window.__touchline.player.live.now(); }")
    page.wait_for_function("window.__touchline.player.tiles.length === 3")
    page.wait_for_function("window.__touchline.player.lockstep.playing")
    found = page.evaluate(
        "() => { const {features: {playOut}, tiles} = window.__touchline.player;"
        " return [playOut.running, playOut.order.map((c) => tiles[c].clip.camera)]; }"
    )
    assert found == [True, ["cam3", "cam4"]]
    assert page.locator(".playout").is_visible()
    page.close()


def test_the_time_line_of_two_hours(open_player: Open) -> None:
    page = open_player()
    found = page.evaluate(
        """async () => {
          const {Timeline} = await import('/var/ui/timeline.js');
          const N = 360000, C = 4, buffer = (K, rows) => {
            const n = rows.t.length, made = new ArrayBuffer(16 + n * (8 + 8 * C));
            new Uint32Array(made, 0, 4).set([0x314c5454, C, K, K + n]);
            new Float64Array(made, 16, n).set(rows.t);
            for (let c = 0; c < C; c++) {
              const at = 16 + n * 8 * (1 + c);
              new Int32Array(made, at, n).set(rows.frame[c]);
              new Int32Array(made, at + 4 * n, n).fill(1000 * c);
            }
            return made;
          };
          const rows = (from, to) => {
            const t = Float64Array.from({length: to - from}, (_, k) => (from + k) / 50);
            const row = (c) => Int32Array.from(t, (_, k) => (c === 2 && (from + k) % 1000 < 10 ? -1 : from + k));
            return {t, frame: [0, 1, 2, 3].map(row)};
          };
          const line = new Timeline(C);
          line.take(buffer(0, rows(0, N)));
          const before = line.ranges.map((row) => row.length);
          line.take(buffer(N - 500, rows(N - 500, N + 50)));
          let refused = null;
          try { line.take(buffer(0, rows(0, 10)).slice(8)); } catch (error) { refused = error.code; }
          let late = null;
          try { line.take(buffer(N + 60, rows(N + 60, N + 70))); } catch (error) { late = error.code; }
          return {
            length: line.length, before, after: line.ranges.map((row) => row.length),
            last: line.ranges.map((row) => row.at(-1)),
            hole: line.around(2, 5005), first: line.around(2, 3), dt: [line.dtMs(1, 7), line.dtMs(2, 7)],
            at: [line.stepAt(-5), line.stepAt(100.0099), line.stepAt(100.0101), line.stepAt(1e9)], refused, late,
          };
        }"""
    )
    assert found["length"] == 360_050
    # Camera 3 misses ten frames of every thousand: 360 ranges, and one more as the match grows past a full thousand.
    assert (found["before"], found["after"]) == ([1, 1, 360, 1], [1, 1, 361, 1])
    assert found["last"] == [[0, 360_049], [0, 360_049], [360_010, 360_049], [0, 360_049]]
    assert (found["hole"], found["first"]) == ({"before": 4999, "after": 5010}, {"before": -1, "after": 10})
    assert found["dt"] == [1, None]
    assert found["at"] == [0, 5000, 5001, 360_049]
    assert (found["refused"], found["late"]) == ("server", "server")


def test_damaged_answers_are_refused(open_player: Open) -> None:
    page = open_player()
    packet = struct.pack("<iiIIdII", 5, 1, 0, 1, 100.0, 10, 1)
    whole = struct.pack("<II", 0x31504F47, 1) + packet
    answers = [whole, whole[:-1], b"", bytes(8), whole + bytes(1), struct.pack("<II", 0x31504F47, 9) + packet]
    found = page.evaluate(
        """async (answers) => {
          const {Gops} = await import('/var/ui/gops.js'), real = window.fetch, seen = [];
          for (const bytes of answers) {
            const gops = new Gops('/nowhere', {n: 6, recording: false});
            window.fetch = async () => new Response(new Uint8Array(bytes));
            const code = await gops.load(5).then(() => gops.groupOf(5)?.medium ?? 'none', (error) => error.code);
            seen.push([code, gops.groupOf(4) === undefined]);
          }
          window.fetch = real;
          return seen;
        }""",
        [list(one) for one in answers],
    )
    assert found[0] == [1, False]
    assert [code for code, _ in found[1:]] == ["server"] * 5


BROKEN_WORDS_JS = """() => {
  const found = [];
  const look = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.ELEMENT_NODE) { if (node.shadowRoot) look(node.shadowRoot); continue; }
      for (const word of node.textContent.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = [...range.getClientRects()].filter((box) => box.width > 0).map((box) => Math.round(box.top));
        if (new Set(lines).size > 1) found.push(word[0]);
      }
    }
  };
  look(document);
  const buttons = [...(window.__touchline.player.root?.querySelectorAll('.controls .review button') ?? [])];
  return { found, buttons: buttons.map((b) => [b.scrollWidth - b.clientWidth, b.scrollHeight - b.clientHeight]) };
}"""
"""Words that stand on more than one line, and by how much the buttons of the review are too small for their texts."""


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("width", [320, 360, 390])
def test_no_word_breaks_on_a_phone(open_player: Open, lang: str, width: int) -> None:
    page = open_player(lang, viewport={"width": width, "height": 844})
    seen = page.evaluate(BROKEN_WORDS_JS)
    assert seen["found"] == []
    assert len(seen["buttons"]) == 3
    assert all(wide <= 0 and high <= 0 for wide, high in seen["buttons"])

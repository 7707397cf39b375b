"""The wall in a browser: a squad that lives, a recorder that falls, what is pressed, what a phone shows."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Address, enter, serving
from live_rows import Tape
from playwright.sync_api import Browser, Page, expect
from standing import beat, standing

from athletes.archive import Archive as Athletes
from touchline.origin import Origin
from wearables.kept import Sessions
from wearables.model import MarkKind
from wearables.recorder.control import running, status, stop

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Address]:
    home = tmp_path_factory.mktemp("home")
    with serving(APP, home) as address:
        yield address
    for session_id in running(home):
        stop(home, session_id)


def open_page(
    chromium: Browser, place: Address, path: str, lang: str = "vi", size: tuple[int, int] = (1366, 768)
) -> Page:
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": place}])
    enter(context, place)
    page = context.new_page()
    page.set_default_timeout(WITHIN_MS)
    expect.set_options(timeout=WITHIN_MS)
    page.goto(f"{place}{path}")
    return page


def present(page: Page) -> list[str]:
    """The rates that stand on the wall as present ones."""
    return [text for text in page.locator(".tile:not(.gone) .rate.live").all_text_contents() if text.strip()]


FOCUS = """() => {
    const focused = window.__touchlineWall.wall.root.getRootNode().activeElement;
    return focused?.dataset.act ?? focused?.classList[0] ?? null;
}"""
SLEEP = """() => {
    window.__touchlineWall.wall.update = () => {};
    window.__now = Date.now;
    Date.now = () => window.__now() + 3600e3;
}"""
SEEN = """() => {
    const { root } = window.__touchlineWall.wall;
    const every = (selector) => [...root.querySelectorAll(selector)];
    return {
        blind: root.classList.contains('blind'),
        rates: every('.tile .rate, .tile .side').map((each) => each.textContent).join(''),
        zones: every('.tile[data-zone]').length,
        card: every('dialog dd').length,
        clock: getComputedStyle(root.querySelector('.clock')).visibility,
        heard: every('.tile').filter((each) => /[0-9] nhịp/.test(each.getAttribute('aria-label'))).length,
    };
}"""


def test_from_no_strap_to_a_report(chromium: Browser, place: Address) -> None:
    """A simulated squad is begun on the page, lives, is marked, loses its recorder, is taken up again, and ended."""
    page = open_page(chromium, place, "/live")
    page.get_by_test_id("stRadio").get_by_text("6", exact=True).click()
    page.get_by_role("button", name="Bắt đầu một đội mô phỏng").click()
    page.wait_for_url("**/live?session=*")
    session_id = page.url.rpartition("=")[2]
    expect(page.locator(".tile:not(.gone) .rate.live")).to_have_count(6)
    expect(page.locator(".head .mark")).to_have_text("MÔ PHỎNG")
    sessions = Sessions(place.home)
    assert sessions.session(session_id).origin is Origin.SIMULATED
    # What stands there is what was kept, and it goes on without anybody's doing.
    first = page.locator(".head .clock").text_content()
    page.wait_for_function("was => window.__touchlineWall.wall.data.head.clock !== was", arg=first)
    kept = {row.bpm for row in sessions.rows_since(session_id) if hasattr(row, "bpm")}
    assert {int(text) for text in present(page)} <= kept

    # One key marks a phase, at the instant that the page showed.
    page.keyboard.press("2")
    expect(page.locator("[data-act=drill]")).to_have_attribute("aria-pressed", "true")
    (phase,) = [mark for mark in sessions.marks(session_id) if mark.kind is MarkKind.PHASE]
    assert phase.detail["phase"] == "drill"
    assert phase.by == "Nguyễn Văn An"
    assert 0 < phase.at_ns <= page.evaluate("window.__touchlineWall.wall.data.now_ns")
    page.keyboard.press("n")
    page.locator("dialog input").fill("<img src=x onerror=alert(1)> sân trơn")
    page.keyboard.press("Enter")
    expect(page.locator("[data-act=undo]")).to_contain_text("ghi chú")
    page.keyboard.press("z")
    expect(page.locator("[data-act=undo]")).to_contain_text("giai đoạn Bài tập")

    # Who goes by keys alone stays where they are when the wall is drawn anew.
    page.locator("[data-act=sort]").focus()
    for _ in range(4):
        page.keyboard.press("Enter")
        assert page.evaluate(FOCUS) == "sort"
    page.locator(".tile").last.focus()
    page.evaluate("() => window.__touchlineWall.wall.nextSort()")
    assert page.evaluate(FOCUS) == "tile"
    page.evaluate("() => { window.__touchlineWall.wall.sort = null; window.__touchlineWall.wall.draw(); }")

    # A browser that slept for an hour, by whose own clock hardly any time has passed: nothing of then stands there.
    page.locator(".tile").first.click()
    expect(page.locator("dialog dd").first).to_be_visible()
    page.evaluate(SLEEP)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate(SEEN) == {"blind": True, "rates": "", "zones": 0, "card": 0, "clock": "hidden", "heard": 0}
    assert page.evaluate("window.__touchlineWall.wall.nowNs() - window.__touchlineWall.wall.data.now_ns") >= 36e11
    page.evaluate("() => { delete window.__touchlineWall.wall.update; Date.now = window.__now; }")
    expect(page.locator(".wall.blind")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".tile:not(.gone) .rate.live")).to_have_count(6)

    # A page of somebody's own making dates a phase tomorrow: it is told, and nothing is marked.
    marks = len(sessions.marks(session_id))
    page.evaluate("() => window.__touchlineWall.wall.act({ name: 'phase', phase: 'match', at_ns: 864e11 })")
    expect(page.locator(".trouble.warn")).to_contain_text("at_ns")
    assert len(sessions.marks(session_id)) == marks

    # The recorder falls: no rate stays, and the page says so; nothing is lost, and it goes on.
    pid = status(place.home, session_id).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    expect(page.locator("[role=alert] .trouble").first).to_contain_text("Máy ghi bị ngắt")
    expect(page.locator(".tile.gone")).to_have_count(6)
    assert present(page) == []
    expect(page.locator(".tile .rate").first).to_have_text("không ghi")
    page.locator("[data-act=resume]").click()
    expect(page.locator(".tile:not(.gone) .rate.live")).to_have_count(6)

    # An end is asked twice; then the wall gives way to the report.
    page.locator("[data-act=stop]").click()
    page.get_by_role("button", name="Không, ghi tiếp").click()
    page.locator("[data-act=stop]").click()
    page.get_by_role("button", name="Đúng, kết thúc").click()
    page.get_by_role("heading", name="Từng người").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Bảng (CSV)").click()
    assert Path(download.value.path()).read_text("utf-8-sig").count("sim-") == 6
    page.context.close()


def squad() -> Tape:
    """Bình was above the limit and is under it; An's strap said nothing for 40 s; a third strap is nobody's."""
    tape = Tape()
    tape.beats(0, 260, 150, 1).beats(0, 300, 195, 2).beats(0, 300, 120, 3)
    tape.rows.sort(key=lambda row: row.at_ns)
    for k, row in enumerate(tape.rows, 1):
        object.__setattr__(row, "seq", k)
    return tape


def test_alarms_and_a_change_of_straps(chromium: Browser, place: Address) -> None:
    with standing(place.home, squad(), 320) as made:
        done = threading.Event()
        sessions = Sessions(place.home)

        def hearts() -> None:
            while not done.wait(1):
                beat(place.home, made.id)

        thread = threading.Thread(target=hearts)
        thread.start()
        try:
            page = open_page(chromium, place, f"/live?session={made.id}", lang="en", size=(390, 844))
            expect(page.locator(".alarm").first).to_contain_text("Văn Bình")
            # On a phone: two columns, who needs a look first, nothing wider than the screen.
            expect(page.locator(".tile.look")).to_have_count(2)
            assert page.locator(".tile").first.get_attribute("data-key") in {"a:an", "a:binh"}
            boxes = [page.locator(".tile").nth(k).bounding_box() for k in range(2)]
            assert boxes[0] is not None
            assert boxes[1] is not None
            assert boxes[0]["y"] == boxes[1]["y"]
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            # An old value is never shown as a current one: nothing has come since 300 s.
            expect(page.locator(".tile.gone")).to_have_count(4)
            assert present(page) == []
            expect(page.locator(".tile[data-key='a:an'] .rate")).to_contain_text("stale")
            expect(page.locator(".tile[data-key='a:an'] .side")).to_contain_text("last 150")
            # One key acknowledges the first alarm; it is gone for everybody.
            count = page.locator(".alarm").count()
            page.keyboard.press("a")
            expect(page.locator(".alarm")).to_have_count(count - 1)
            seen = [mark for mark in sessions.marks(made.id) if mark.kind is MarkKind.ACKNOWLEDGE]
            assert [mark.detail["alarm"].partition(":")[0] for mark in seen] == ["silence"]
            # The strap that is nobody's goes to Lê Chi.
            page.locator(".tile[data-key='s:3']").click()
            page.locator("dialog select").select_option(label="Lê Chi")
            page.locator("dialog button.main").click()
            expect(page.locator(".tile[data-key='a:chi']")).to_have_attribute("data-strap", "3")
            assert dict(sessions.marks(made.id)[-1].detail) == {"strap": 3, "athlete_id": "chi"}
            page.context.close()

            # A connection that breaks takes every number away within seconds, and comes back by itself.
            page = open_page(chromium, place, f"/live?session={made.id}")
            expect(page.locator(".tile")).to_have_count(3)
            page.evaluate("() => { window.__touchlineWall.wall.update = () => {}; }")
            expect(page.locator(".wall.blind")).to_have_count(1)
            expect(page.locator(".trouble", has_text="Mất liên lạc")).to_be_visible()
            page.evaluate("() => { delete window.__touchlineWall.wall.update; }")
            expect(page.locator(".wall.blind")).to_have_count(0)
            page.context.close()
        finally:
            done.set()
            thread.join()


def test_somebody_whom_nobody_knows_is_typed_in_and_recorded(chromium: Browser, place: Address) -> None:
    """On a fresh installation: a name and an address are typed, and the athlete is known from then on."""
    page = open_page(chromium, place, "/live")
    names = page.get_by_test_id("stMultiSelect").first.locator("input")
    names.fill("Đặng  Thu")
    names.press("Enter")
    strap = page.get_by_test_id("stSelectbox").filter(has_text="Đai của Đặng").locator("input")
    strap.fill("C0:FF:EE:00:00:09")
    strap.press("Enter")
    page.get_by_role("button", name="Bắt đầu ghi", exact=True).click()
    page.wait_for_url("**/live?session=*")
    session_id = page.url.rpartition("=")[2]
    expect(page.locator(".tile .who").first).to_have_text("Đặng Thu")
    sessions = Sessions(place.home)
    assert [profile.name for profile in sessions.profiles(session_id)] == ["Đặng Thu"]
    assert [strap.address for strap in sessions.straps(session_id)] == ["C0:FF:EE:00:00:09"]
    assert [athlete.name for athlete in Athletes(place.home).athletes()] == ["Đặng Thu"]
    stop(place.home, session_id)
    page.context.close()

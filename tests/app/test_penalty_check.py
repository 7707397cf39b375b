"""A penalty check on real pictures, from the flag to the recorded decision, by hand in a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from browser import enter, serving
from playwright.sync_api import Browser, Page, expect

from touchline.cli import main
from touchline.i18n import t
from var.archive import Archive
from var.decisions.kept import sitting
from var.decisions.model import Case
from var.decisions.watched import Speed, speed_of
from var.looks import looks
from var.model import ReviewRules

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
MOST_ACTIONS = 10
pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=20_000)  # a machine with other work draws a page in seconds


@dataclass
class Hand:
    """One person at the booth; what they press is counted, what they look at is not."""

    page: Page
    actions: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Wait as people do until the page stands still."""
        self.page.wait_for_timeout(400)
        self.page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget], [data-stale=true]')")

    def key(self, name: str) -> None:
        self.settle()
        self.actions.append(name)
        self.page.keyboard.press(name)

    def press(self, selector: str) -> None:
        self.settle()
        self.actions.append(selector)
        self.page.locator(selector).click()


@pytest.fixture
def ground(tmp_path: Path, fixture_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path, str]]:  # type: ignore[no-untyped-def]
    """The app with the two annotated fouls, under full VAR of 2026/27."""
    file = fixture_path("fouls_multiview") / "annotations.json"
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    assert main(["foul", "import", str(file), "--json"]) == 0
    archive = Archive(tmp_path)
    match = next(match for match in archive.matches() if "Benfica" in match.name)
    named = (("referee", "Nguyễn Thị Ánh Tuyết"), ("var", "Phạm Quỳnh Như"))
    rules = ReviewRules("football", "var", (), "2026-27")  # played in 2016, reviewed under today's rules
    archive.save_setup(match.id, replace(match.setup, officials=named, review=rules))
    with serving(APP, tmp_path) as address:
        yield address, tmp_path, match.id


def told(home: Path, match_id: str, holds: Callable[[Case], bool]) -> None:
    """Wait as people do until what they pressed stands on the page: until it was kept."""
    until = time.monotonic() + 20
    while not holds(sitting(Archive(home), match_id).cases[-1]):
        assert time.monotonic() < until, "a press was not kept"
        time.sleep(0.2)


def booth(chromium: Browser, address: str, match_id: str, home: Path, lang: str = "vi") -> Page:
    """A signed-in browser of its own in the booth, with the first pictures there."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "touchline_lang", "value": lang, "url": address}])
    enter(context, address, home=home)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{address}/review?match={match_id}")
    page.wait_for_function("window.__touchline?.state()?.n >= 0")
    page.wait_for_timeout(1500)
    return page


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_from_the_flag_to_the_decision_in_at_most_ten_actions(
    chromium: Browser, ground: tuple[str, Path, str], lang: str
) -> None:
    address, home, match_id = ground
    page = booth(chromium, address, match_id, home, lang)
    hand = Hand(page)

    hand.key("m")
    page.locator(".st-key-case_categories").wait_for()
    hand.key("h")  # penalty or no penalty
    page.locator(".st-key-case_situation_penalty_foul").wait_for()
    hand.key("g")  # a foul: the check begins, its clock runs
    timer = page.locator(".st-key-case_clock [role=timer]")
    expect(timer).to_contain_text(t("var.case.clock.check", lang))
    page.keyboard.press("Space")  # looking is not counted: the foul at normal speed
    page.wait_for_timeout(2000)
    page.keyboard.press("Space")
    expect(timer).not_to_contain_text("00:00")  # it counts by itself

    hand.press(".st-key-case_before button:nth-child(2)")  # play was let go on
    told(home, match_id, lambda case: case.before == "no_penalty")
    hand.press(".st-key-case_threshold button:nth-child(1)")
    told(home, match_id, lambda case: case.facts.thresholds.get("clear_error") is True)
    hand.settle()
    recommend = page.locator(".st-key-case_step_recommend button")
    expect(recommend).to_have_count(1)  # while the page is drawn anew the old one may still be there
    expect(recommend).to_be_enabled()
    # In sight without scrolling, once what stood above it before is gone.
    page.wait_for_function("e => e.getBoundingClientRect().bottom <= 768", arg=recommend.element_handle())
    hand.key("h")
    expect(timer).to_contain_text(t("var.case.clock.review", lang))
    page.locator(".st-key-case_step_go_on_field").wait_for()
    hand.key("v")
    page.locator(".st-key-case_step_change").wait_for()
    hand.key("d")
    page.locator(".st-key-case_sanction").wait_for()
    hand.settle()
    assert len(hand.actions) <= MOST_ACTIONS, hand.actions

    archive = Archive(home)
    (case,) = sitting(archive, match_id).cases
    assert case.ruling.outcome == "penalty"
    assert case.before == "no_penalty"
    assert [(taken.step, taken.by.role) for taken in case.steps] == [
        ("recommend", "var"),
        ("go_on_field", "referee"),
        ("change", "referee"),
    ]
    seen = [look for look in looks(archive, match_id) if look.speed == 1]
    assert seen
    clips = {clip.camera_id: clip for clip in archive.match(match_id).clips}
    # A machine with other work may show it slower than it was asked to; then the log says so.
    normal = any(speed_of(look, clips[look.camera_id]) is Speed.NORMAL for look in seen)
    assert case.steps[-1].pictures is not None
    assert case.steps[-1].pictures["intensity"] == ("enough" if normal else "inconclusive")
    hand.press(".st-key-case_sanction button:nth-child(2)")
    expect(page.locator(".st-key-case_sanction [aria-checked=true]")).to_have_count(1)
    hand.key("g")
    expect(page.locator(".st-key-case_step_restart")).to_have_count(0)
    assert len(hand.actions) <= MOST_ACTIONS, hand.actions  # play goes on, a caution is noted: still not more
    (case,) = sitting(archive, match_id).cases
    assert case.closed
    assert case.ruling.sanction == "caution"
    page.context.close()


def test_a_second_screen_follows_and_a_restart_loses_nothing(chromium: Browser, ground: tuple[str, Path, str]) -> None:
    address, home, match_id = ground
    hand = Hand(booth(chromium, address, match_id, home))
    hand.key("m")
    hand.page.locator(".st-key-case_categories").wait_for()
    second = booth(chromium, address, match_id, home)  # opened after the flag: the same incident is under review
    second.locator("[data-testid=stButtonGroup] button").filter(has_text="Quy trình").first.click()
    second.locator(".st-key-case_categories").wait_for()
    hand.key("h")
    hand.page.locator(".st-key-case_situation_penalty_foul").wait_for()
    hand.key("g")
    timer = second.locator(".st-key-case_clock [role=timer]")
    expect(timer).to_contain_text(t("var.case.clock.check", "vi"), timeout=15_000)  # without a press there
    expect(second.locator(".st-key-case_step_complete_check")).to_have_count(1)
    hand.key("F9")
    expect(second.get_by_text("không xem lại").first).to_be_visible(timeout=15_000)
    for page in (hand.page, second):
        page.context.close()
    with serving(APP, home) as again:
        page = booth(chromium, again, match_id, home)
        page.locator("[data-testid=stButtonGroup] button").filter(has_text="Quy trình").first.click()
        expect(page.locator(".st-key-case_resume")).to_have_count(1)
        page.locator(".st-key-case_resume button").click()
        expect(page.locator(".st-key-case_resume")).to_have_count(0)
        page.context.close()
    found = sitting(Archive(home), match_id)
    assert not found.down
    assert [case.state for case in found.cases] == ["no_review"]


def test_the_key_of_a_failure_works_beside_a_measurement(chromium: Browser, ground: tuple[str, Path, str]) -> None:
    address, home, match_id = ground
    hand = Hand(booth(chromium, address, match_id, home))
    expect(hand.page.locator(".st-key-review_steps")).to_have_count(1)  # the side that measures
    hand.key("F9")
    expect(hand.page.locator(".st-key-case_resume")).to_have_count(1)
    assert sitting(Archive(home), match_id).down
    hand.page.context.close()

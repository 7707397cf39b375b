"""An organiser in a browser: a tournament is made in its dialog, a match planned, and the page fits on a phone."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest
from browser import enter, serving
from playwright.sync_api import Browser, expect

sys.path.append(str(Path(__file__).resolve().parents[1] / "var"))

from test_bookmarks import clip

from touchline.origin import Origin
from touchline.store import utc_now
from var.archive import Archive
from var.model import Match, Setup, Team
from var.sheets.reading import read_sheet
from var.tournaments.kept import Tournaments

APP = Path(__file__).resolve().parents[2] / "streamlit_app.py"
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_organiser_makes_a_tournament_and_takes_the_table_home(chromium: Browser, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    setup = Setup(home=Team("Huế"), away=Team("Vinh"))
    archive.add_match(Match("m", "Huế – Vinh", Origin.SIMULATED, utc_now(), setup, (clip("cam1", Fraction(0)),)))
    archive.decide(archive.add_incident("m", at_s=Fraction(1)).id, "onside", by="Ánh")
    with serving(APP, tmp_path) as address:
        context = chromium.new_context(viewport={"width": 390, "height": 844}, accept_downloads=True)
        enter(context, address)
        page = context.new_page()
        page.goto(f"{address}/organisation")
        links = page.locator(".st-key-pages a")
        expect(links).to_have_count(6, timeout=60_000)
        last, visit = links.last.bounding_box(), page.locator(".st-key-visit").bounding_box()
        assert last is not None
        assert visit is not None
        assert last["x"] + last["width"] <= visit["x"] + 2  # nothing lies over anything else on a phone
        page.locator(".st-key-tournament_new button").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Tên giải").fill("Cúp <b>phường</b>")
        dialog.get_by_role("button", name="Tạo giải").click()
        expect(page.get_by_role("heading", name="Cúp <b>phường</b>")).to_be_visible(timeout=30_000)
        (kept,) = Tournaments(archive).all()
        page.locator(".st-key-plan_one button").click()
        dialog.get_by_label("Vòng").fill("Bán kết")
        dialog.get_by_label("Số trận").fill("7")
        dialog.get_by_role("button", name="Lưu").click()
        expect(page.get_by_text("Đã lưu.")).to_be_visible(timeout=30_000)
        (fixture,) = Tournaments(archive).find(kept.id).tournament.fixtures
        assert (fixture.round, fixture.number, fixture.match_id) == ("Bán kết", "7", None)
        Tournaments(archive).add(kept.id, ["m"], fixture_id=fixture.id)
        page.locator(".st-key-tournament_incidents button").click()
        expect(page.get_by_test_id("stDataFrame")).to_have_count(1, timeout=30_000)  # the tournament's tables are gone
        page.get_by_test_id("stDataFrame").hover()  # its own CSV would hold formulas
        expect(page.get_by_test_id("stElementToolbar").get_by_label("Search")).to_be_attached()
        expect(page.get_by_label("Download as CSV")).to_be_hidden()
        with page.expect_download() as download:
            page.get_by_role("button", name="Excel").click()
        rows = read_sheet(Path(download.value.path()).read_bytes(), "x.xlsx")
        assert (rows[0][0], rows[1][0], len(rows)) == ("Giải", "Cúp <b>phường</b>", 2)
        context.close()

"""The page of organisers: nothing is lost, names stay plain text, filters narrow the table."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from test_bookmarks import clip

from touchline.i18n import t
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.store import utc_now
from var.archive import Archive
from var.model import Match, Setup, Team
from var.panels.organisation.fixture_file import template
from var.panels.organisation.people import with_team_rows
from var.tournaments.faults import BadTournament
from var.tournaments.fixture_list import BadFixtures, read_fixtures
from var.tournaments.kept import Tournaments
from var.tournaments.model import Fixture, TeamEntry, Tournament

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
PICTURE = "![x](http://elsewhere.example/x.png) <b>$1$"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tournament with two matches of three, a planned fixture, and incidents."""
    home = tmp_path_factory.mktemp("organisation") / "home"
    archive = Archive(home)
    for match_id, origin in (("m-1", Origin.MEASURED), ("m-2", Origin.SIMULATED), ("m-3", Origin.MEASURED)):
        setup = Setup(date="2026-11-29", home=Team("Huế"), away=Team(PICTURE))
        archive.add_match(Match(match_id, f"{match_id} {PICTURE}", origin, utc_now(), setup, (clip("c", Fraction(0)),)))
    for match_id, kind in (("m-1", "offside"), ("m-1", "penalty"), ("m-2", "ball")):
        archive.add_incident(match_id, at_s=Fraction(1), kind=kind)
    first, second = archive.incidents("m-1")
    archive.decide(first.id, "offside", by="Ánh", margin=Measurement(0.314, 0.05, "m", "joint"))
    archive.decide(second.id, "penalty", by="Bình", note=PICTURE)
    tournaments = Tournaments(archive)
    kept = tournaments.new("Cúp", season="2026", teams=(TeamEntry("Huế", colour="#7b2cbf"),), note=PICTURE)
    tournaments.add(kept.id, ["m-1", "m-2"])
    tournaments.plan(kept.id, [Fixture("f-1", home="Huế", away="Vinh")])
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished, tmp_path / "home"))


def page(home: Path, lang: str = "vi", **state: str) -> AppTest:
    def script(home: str, lang: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.organisation.page import organisation_page

        def opened(match_id: str) -> None:
            st.session_state["opened"] = match_id

        further = [("var.match.title", lambda: st.markdown("further section"))]
        organisation_page(Archive(Path(home)), lang, opened, further)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60)
    for name, value in state.items():
        app.session_state[name] = value
    return ran(app)


def ran(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click()
    return ran(app)


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.error, app.success, app.warning, app.info, app.caption, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@LANGUAGES
def test_an_empty_page_says_how_to_begin(lang: str, tmp_path: Path) -> None:
    app = page(tmp_path, lang)
    assert t("var.organisation.empty", lang) in said(app)
    (sections,) = app.button_group
    assert sections.options == [
        t(key, lang) for key in ("var.organisation.tournaments", "var.organisation.incidents", "var.match.title")
    ]
    sections.set_value("var.organisation.incidents")
    ran(app)
    assert t("var.organisation.no_incidents_all", lang) in said(app)
    app.button_group[0].set_value("var.match.title")
    assert "further section" in said(ran(app))


@LANGUAGES
def test_cards_are_opened_and_put_away_and_come_back(lang: str, home: Path) -> None:
    app = page(home, lang)
    assert {"tournament_open-cup", "tournament_away-cup"} <= keys(app)
    press(app, "tournament_away-cup")
    assert "tournament_open-cup" not in keys(app)
    press(app, "tournament_bring_back")
    press(app, "tournament_open-cup")
    assert t("var.organisation.facts", lang, teams=1, fixtures=3, matches=2) in said(app)
    press(app, "tournament_list")
    press(app, "tournament_away-cup")
    press(app, "tournament_back-cup")
    assert [kept.id for kept in Tournaments(Archive(home)).all()] == ["cup"]


@LANGUAGES
def test_matches_come_in_filled_and_go_out_again(lang: str, home: Path) -> None:
    app = page(home, lang, organisation_tournament="cup")
    (which,) = [box for box in app.multiselect if str(box.key).startswith("add_matches")]
    which.set_value(["m-3"])
    ran(app)
    press(app, "add_these")
    tournaments = Tournaments(Archive(home))
    assert set(tournaments.find("cup").tournament.matches) == {"m-1", "m-2", "m-3"}
    setup = Archive(home).match("m-3").setup
    assert (setup.competition, setup.home.colour) == ("Cúp 2026", "#7b2cbf")
    assert t("var.tournament.member.competition", lang) in said(app)
    fixture = tournaments.find("cup").tournament.fixture_of("m-3")
    app.selectbox(key="fixture_of-cup").set_value(fixture.id)
    ran(app)
    press(app, "fixture_open")
    assert app.session_state["opened"] == "m-3"
    press(app, "fixture_remove")
    assert tournaments.of_match("m-3") is None
    press(app, "tournament_undo")
    assert tournaments.of_match("m-3") is not None
    app.selectbox(key="fixture_of-cup").set_value("f-1")
    ran(app)
    press(app, "fixture_remove")
    assert len(tournaments.find("cup").tournament.fixtures) == 3
    assert "](http" not in said(app)
    frame = app.dataframe[0].value
    assert set(frame[t("var.organisation.field.state", lang)]) == {
        t("var.organisation.state.there", lang),
        f"{t('var.organisation.state.there', lang)} {t('var.match.origin.simulated', lang)}",
    }


def test_what_a_match_says_is_only_overwritten_when_asked(home: Path) -> None:
    archive = Archive(home)
    archive.save_setup("m-1", replace(archive.match("m-1").setup, competition="Giao hữu"))
    app = press(page(home, organisation_tournament="cup"), "fill_all")
    assert Archive(home).match("m-1").setup.competition == "Giao hữu"
    assert any("giải đấu" in warning.value for warning in app.warning)
    press(app, "fill_overwrite")
    assert Archive(home).match("m-1").setup.competition == "Cúp 2026"
    assert "fill_overwrite" not in keys(app)


@LANGUAGES
def test_incidents_are_filtered_and_open_their_match(lang: str, home: Path) -> None:
    app = press(page(home, lang, organisation_tournament="cup"), "tournament_incidents")
    assert t("var.organisation.count", lang, shown=3, all=3, decided=2) in said(app)
    frame = app.dataframe[0].value
    margin = t("var.incident_table.column.margin", lang)
    assert sorted(frame[margin]) == ["", "", "+0,31 ± 0,10 m" if lang == "vi" else "+0.31 ± 0.10 m"]
    assert t("var.match.origin.simulated", lang) in said(app)
    app.text_input(key="incidents_text").set_value("bình")
    ran(app)
    assert t("var.organisation.count", lang, shown=1, all=3, decided=1) in said(app)
    press(app, "incident_open")
    assert app.session_state["opened"] == "m-1"
    app.selectbox(key="incidents_scope").set_value("")
    app.text_input(key="incidents_text").set_value("")
    ran(app)
    assert app.selectbox(key="incidents_scope").value == ""
    app.selectbox(key="incidents_scope").set_value("cup")
    ran(app)
    app.text_input(key="incidents_text").set_value("nowhere")
    assert t("var.organisation.none_fits", lang) in said(ran(app))
    app.text_input(key="incidents_text").set_value("")
    (kinds,) = [box for box in app.multiselect if str(box.key).startswith("incidents_kind")]
    kinds.set_value([kinds.options[0]])
    ran(app)
    assert len(app.dataframe[0].value) == 1
    labels = {item.proto.label for item in app.get("download_button")}
    assert labels == {t(f"var.organisation.download_{name}", lang, count=1) for name in ("xlsx", "csv")}


def test_rows_of_teams_keep_line_ups_and_fixtures() -> None:
    before = Tournament(
        "c",
        "Cúp",
        teams=(TeamEntry("Huế", "HUE", "#7b2cbf", lineup=("1 Lê A",)), TeamEntry("Vinh")),
        fixtures=(Fixture("f", home="Huế", away="Vinh"),),
    )
    rows = [
        {"was": "Huế", "name": "CLB Huế", "short": "", "colour": "#ffffff", "keeper_colour": ""},
        {"was": "", "name": "Hà Nội", "short": "HN", "colour": "", "keeper_colour": ""},
    ]
    after = with_team_rows(before, rows)
    assert after.teams == (TeamEntry("CLB Huế", "", "#ffffff", lineup=("1 Lê A",)), TeamEntry("Hà Nội", "HN"))
    assert (after.fixtures[0].home, after.fixtures[0].away) == ("CLB Huế", "Vinh")
    with pytest.raises(BadTournament) as raised:
        with_team_rows(before, [*rows, {"name": "hà nội"}, {"name": "", "colour": "red"}])
    assert [fault.path for fault in raised.value.faults] == ["$.teams[3].name", "$.teams[3].colour", "$.teams[2].name"]


@LANGUAGES
def test_the_empty_list_is_understood_when_it_comes_back(lang: str) -> None:
    with pytest.raises(BadFixtures) as raised:
        read_fixtures(template(lang), "x.xlsx", Tournament("c", "Cúp"))
    assert [fault.kind for _, fault in raised.value.faults] == ["no_rows"]  # every heading of it was known

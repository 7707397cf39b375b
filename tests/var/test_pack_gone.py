"""A rule pack that is gone takes nothing else away: the booth says which and where, cases show what is kept."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from reviewing import clear
from streamlit.testing.v1 import AppTest
from test_case_page import REFEREE, VAR, desk, made, said

from touchline.errors import NotFound, TouchlineError
from touchline.i18n import LANGUAGES, t
from var.archive import Archive
from var.decisions.kept import Reviewing, sitting
from var.decisions.kinds import EntryKind
from var.decisions.model import Actor, Ruling
from var.export.numbers import write_numbers
from var.export.review_facts import reviews_of
from var.rules.of_match import rulebook_of
from var.rules.shelf import own_folder, shelf

WHY = "quên ghi thẻ vàng"


def own_pack(home: Path) -> Path:
    """A pack of the venue's own: football's under another id."""
    text = resources.files("var").joinpath("rules", "packs", "football.toml").read_text("utf-8")
    path = own_folder(home) / "ours.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace('"football"', '"ours"', 2), "utf-8")
    return path


def reviewed(home: Path, pack: str) -> Archive:
    """A match under ``pack`` with a review that has its result and an amendment."""
    archive = made(home, pack=pack)
    rules = rulebook_of(archive.match("m").setup, shelf(home).all(), date(2026, 11, 29))
    assert rules is not None
    reviewing, var, referee = Reviewing(archive, "m"), Actor(VAR, "var"), Actor(REFEREE, "referee")
    (incident,) = archive.incidents("m")
    case = reviewing.open(rules, var, incident_id=incident.id, known={**clear(rules), "situation": "penalty_foul"})
    for step, actor in (("recommend", var), ("go_on_field", referee)):
        case = reviewing.take(case.id, step, actor)
    case = reviewing.take(case.id, "change", referee, ruling=Ruling("penalty", "penalty_kick"))
    reviewing.amend(case.id, referee, ruling=Ruling(sanction="caution"), why=WHY)
    return archive


def without_kept_pack(home: Path) -> None:
    """Take the pack out of the entries, as a hand does that goes past the program and its guards."""
    with contextlib.closing(sqlite3.connect(home / "touchline.db")) as raw, raw:
        raw.execute("DROP TRIGGER entry_not_removed")
        assert raw.execute("DELETE FROM entry WHERE kind = ?", (EntryKind.RULES.value,)).rowcount == 1


def booth(home: Path, lang: str) -> AppTest:
    """The whole page of the booth."""

    def script(home: str, lang: str) -> None:
        from pathlib import Path

        import streamlit as st

        from var.archive import Archive
        from var.panels.review import review_page

        st.session_state["match"] = "m"
        review_page(Archive(Path(home)), lang)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60)
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_pack_file_that_was_removed_is_named_and_closed_cases_stand(tmp_path: Path, lang: str) -> None:
    path = own_pack(tmp_path)
    reviewed(tmp_path, "ours")
    path.rename(path.with_suffix(".bak"))
    text = said(desk(tmp_path, lang)).replace("\\", "")
    assert "ours" in text
    assert str(own_folder(tmp_path)) in text
    assert WHY in text  # the case itself is whole: its match keeps the pack
    assert [case.result is not None for case in sitting(Archive(tmp_path), "m").cases] == [True]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_case_whose_pack_is_nowhere_shows_what_is_kept_and_the_booth_works(tmp_path: Path, lang: str) -> None:
    path = own_pack(tmp_path)
    archive = reviewed(tmp_path, "ours")
    before = archive.entries("m")
    without_kept_pack(tmp_path)
    (case,) = sitting(archive, "m").cases  # the file at hand is the very pack, by its digest
    assert case.ruling.sanction == "caution"
    path.unlink()
    app = booth(tmp_path, lang)
    assert {button.key for button in app.button} >= {"mode"}  # the head of the booth, with what is measured below it
    app = desk(tmp_path, lang)
    text = said(app).replace("\\", "")
    for expected in ("ours", str(own_folder(tmp_path)), "r-1", WHY, VAR, REFEREE, "caution"):
        assert expected in text
    assert {each.label for each in app.expander} >= {t("var.case.unread", lang, case="r-1")}
    found = sitting(archive, "m")
    assert (found.cases, [each.id for each in found.unread]) == ((), ["r-1"])
    with pytest.raises(NotFound, match="ours"):
        found.case("r-1")
    with pytest.raises(NotFound, match="ours"):  # nothing is counted or reported as if it were not there
        write_numbers(archive, "m", tmp_path / "n.pdf", lang=lang)
    (incident,) = archive.incidents("m")
    with pytest.raises(NotFound, match="ours"):
        reviews_of(archive, archive.match("m"), archive.review("m"), incident.id)
    assert archive.entries("m") == [entry for entry in before if entry["kind"] != EntryKind.RULES]
    own_pack(tmp_path)
    assert [case.ruling.sanction for case in sitting(archive, "m").cases] == ["caution"]


def test_other_cases_go_on_beside_one_that_cannot_be_told(tmp_path: Path) -> None:
    path = own_pack(tmp_path)
    archive = reviewed(tmp_path, "ours")
    without_kept_pack(tmp_path)
    path.unlink()
    rules = next(each for each in shelf(tmp_path).all() if each.id == "football")
    setup = made(tmp_path / "other").match("m").setup
    football = rulebook_of(setup, [rules], date(2026, 11, 29))
    assert football is not None
    reviewing = Reviewing(archive, "m")
    case = reviewing.open(football, Actor(VAR, "var"), known=clear(football))
    assert case.id == "r-2"  # its number is not given again
    assert reviewing.take(case.id, "recommend", Actor(VAR, "var")).steps
    with pytest.raises(TouchlineError, match="ours"):
        reviewing.undo("r-1", Actor(REFEREE, "referee"))

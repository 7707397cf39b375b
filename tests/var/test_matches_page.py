"""The page of matches, driven without a browser: nothing put away is out of reach, names stay plain text."""

from __future__ import annotations

import json
import os
import time
from fractions import Fraction
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from touchline.accounts.model import SignedIn
from touchline.accounts.panels import visitor
from touchline.errors import BadValue
from touchline.i18n import t
from touchline.jobs import Jobs
from touchline.ledger import Status, check, ledger_path, trusted_keys
from touchline.origin import Origin
from touchline.rights import Person, Role
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.datasets import cards
from var.model import Clip, Match, Setup
from var.panels.setup import period_document
from var.panels.text import markdown_safe
from var.setup_document import from_document

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
ROOT = Path(__file__).resolve().parents[2]
PICTURE = "![x](http://elsewhere.example/x.png)"


def page(home: Path, lang: str) -> AppTest:
    def script(home: str, lang: str) -> None:
        from pathlib import Path

        from var.archive import Archive
        from var.panels.matches import matches_page

        matches_page(Archive(Path(home)), lang, lambda match_id: None)

    app = AppTest.from_function(script, kwargs={"home": str(home), "lang": lang}, default_timeout=60)
    app.run()
    assert not app.exception
    return app


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def archive_with(home: Path, match_id: str, name: str = "Huế – Đà Nẵng") -> Archive:
    archive = Archive(home)
    clip = Clip(
        "cam1",
        "cam1",
        home / "a.mp4",
        home / "b.mp4",
        "ab" * 32,
        (1920, 1080),
        Timebase(Fraction(1, 25)),
        tuple(range(50)),
        ClockMap(),
        Origin.IMPORTED,
    )
    archive.add_match(Match(match_id, name, Origin.IMPORTED, utc_now(), Setup(), (clip,)))
    return archive


def job(home: Path, kind: str, state: str, arguments: dict[str, object], result: object = None) -> None:
    with Jobs(home).store.write() as connection:
        connection.execute(
            "INSERT INTO job VALUES ('0123', ?, ?, ?, 0.5, '', ?, ?, '', ?, 0)",
            (kind, json.dumps(arguments), state, json.dumps(result), os.getpid(), time.time()),
        )


@LANGUAGES
def test_a_match_that_was_put_away_comes_back_from_a_new_visit(tmp_path: Path, lang: str) -> None:
    archive = archive_with(tmp_path, "m")
    assert "back-m" not in keys(page(tmp_path, lang))
    archive.delete_match("m")
    app = page(tmp_path, lang)
    assert "open-m" not in keys(app)
    app.button(key="back-m").click().run()
    assert not app.exception
    assert archive.find("m") is not None
    assert "open-m" in keys(app)


@LANGUAGES
def test_names_of_files_and_matches_are_no_markdown(tmp_path: Path, lang: str) -> None:
    archive_with(tmp_path, "m", PICTURE)
    said = {"code": "empty_video", "detail": PICTURE, "hint": PICTURE}
    item = {"name": PICTURE, "vi": said, "en": said}
    job(tmp_path, "ingest", "failed", {"name": PICTURE}, {"vi": said, "en": said, "match": None, "refused": [item]})
    app = page(tmp_path, lang)
    shown = [element.value for kind in (app.markdown, app.error, app.caption, app.success) for element in kind]
    assert sum("elsewhere" in text for text in shown) == 3
    assert not any("](http" in text for text in shown)


def test_a_recording_is_offered_once(tmp_path: Path) -> None:
    name = next(iter(cards()))
    assert f"fetch-{name}" in keys(page(tmp_path / "new", "vi"))
    job(tmp_path / "busy", "dataset", "running", {"name": name})
    assert f"fetch-{name}" not in keys(page(tmp_path / "busy", "vi"))
    archive_with(tmp_path / "away", name).delete_match(name)
    app = page(tmp_path / "away", "vi")
    assert f"fetch-{name}" not in keys(app)
    assert f"back-{name}" in keys(app)


@pytest.mark.parametrize("empty", ["starts_s", "clock_min", "home_attacks"])
def test_an_empty_cell_of_a_period_is_not_zero(empty: str) -> None:
    row = {"name": "Hiệp 1", "starts_s": 12.5, "clock_min": 45.0, "home_attacks": "left"}
    (period,) = from_document({"periods": [period_document(row)]}).periods
    assert (period.starts_s, period.clock_s, period.home_attacks) == (Fraction(25, 2), 2700, "left")
    with pytest.raises(BadValue, match="periods"):
        from_document({"periods": [period_document({**row, empty: None})]})


def test_reports_are_shown_where_they_are_written_not_as_cards_without_a_name(tmp_path: Path) -> None:
    job(tmp_path, "report", "done", {"match": "m", "incident": "i"}, {"folder": "x", "name": "x"})
    assert "dismiss-0123" not in keys(page(tmp_path, "vi"))


def test_a_damaged_database_is_a_sentence_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "touchline.db").write_text("this is not a database, it is a text of some length" * 30)
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path))
    known = SignedIn("s", "a", "an", Person("a", "An", frozenset(Role)), must_change=False)  # there is no request here
    monkeypatch.setattr(visitor, "signed_in", lambda home: known)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not app.exception
    assert any("touchline\\.db" in error.value for error in app.error)


@LANGUAGES
def test_a_log_that_cannot_be_written_is_told_until_it_can(lang: str, tmp_path: Path) -> None:
    archive = archive_with(tmp_path, "m")
    path = ledger_path(tmp_path, "m")
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()  # nothing can be written there
    archive.add_incident("m", at_s=Fraction(1))
    archive.add_incident("m", at_s=Fraction(2))

    def said() -> list[str]:
        return [each.value for each in page(tmp_path, lang).warning]

    folder = markdown_safe(str(path.parent))
    assert said() == [t("var.evidence.behind", lang, count="2", folder=folder)]
    path.rmdir()
    path.write_bytes(kept)
    assert said() == []
    assert archive.outbox.behind("m") == 0
    assert check(path, trusted=trusted_keys(tmp_path)).status is Status.INTACT

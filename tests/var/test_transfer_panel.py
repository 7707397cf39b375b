"""The panel that sends a match and takes one in, in both languages, and what a match says of where it came from."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from transferring import full, sent

from touchline.i18n import LANGUAGES, t
from touchline.jobs import Jobs
from touchline.rights import Role
from var.archive import Archive
from var.transfer.importing import import_match
from var.transfer.work import import_work, look_work


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A home with a match, and its package."""
    place = tmp_path_factory.mktemp("panel")
    full(place / "a")
    return place / "a", sent(place / "a", "m", place / "out").path


def drawn(home: Path, lang: str, role: str | None = None) -> AppTest:
    def script(home: str, lang: str, role: str | None) -> None:
        from pathlib import Path

        import streamlit as st

        from touchline.rights import Person, Role
        from var.archive import Archive
        from var.panels.transfer import arrival_line, transfer_panel

        who = None if role is None else Person("p-1", "Lan", frozenset({Role(role)}))
        archive = Archive(Path(home), who)
        transfer_panel(archive, lang, lambda match: st.session_state.update(opened=match))
        for match in archive.matches():
            arrival_line(archive, match, lang)

    return AppTest.from_function(script, args=(str(home), lang, role), default_timeout=60).run()


def said(app: AppTest) -> str:
    kinds = ("caption", "warning", "error", "info", "success", "markdown")
    return " ".join(str(each.value) for kind in kinds for each in app.get(kind))


def ended(home: Path, kind: str, arguments: dict[str, Any]) -> str:
    """A job of that kind, done in this process; its id."""
    jobs = Jobs(home)
    job = jobs.enter(kind, arguments)
    jobs.run(job, {"match_look": look_work, "match_import": import_work})
    return job


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_match_is_chosen_and_its_package_written_in_a_process(lang: str, made: tuple[Path, Path]) -> None:
    app = drawn(made[0], lang)
    assert not app.exception
    assert t("var.transfer.panel.media_absent", lang, count="2") in said(app)  # nothing lies behind these angles
    app.button(key="transfer-write").click().run()
    jobs = Jobs(made[0])
    job = jobs.newest("match_export", "match", "m")
    assert job is not None
    deadline = time.monotonic() + 60
    while (found := jobs.job(job)) is not None and found.state == "running" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found is not None
    assert found.state == "done", found.result
    app.run()
    assert "m\\-match" in said(app)
    labels = [each.proto.label for each in app.get("download_button")]
    assert [label.partition(" (")[0] for label in labels] == [
        t("var.transfer.panel.download", lang),
        t("var.transfer.panel.download_signature", lang),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_home_says_how_it_fills_and_who_may_not_is_told(lang: str, tmp_path: Path) -> None:
    app = drawn(tmp_path, lang)
    assert not app.exception
    assert t("var.transfer.panel.none", lang) in said(app)
    assert t("var.transfer.panel.no_package", lang) in said(app)
    assert app.button(key="transfer-look").disabled


def test_who_may_not_record_sees_why(made: tuple[Path, Path]) -> None:
    for role in (Role.COACH, Role.ANALYST):
        app = drawn(made[0], "vi", role.value)
        assert "transfer-look" not in [button.key for button in app.button]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("trusted", [True, False])
def test_what_the_check_found_is_said_before_the_match_is_taken_in(
    lang: str, trusted: bool, made: tuple[Path, Path], tmp_path: Path
) -> None:
    home, package = made
    trust = [str(home / "keys" / "root.pem")] if trusted else []
    looked = ended(tmp_path, "match_look", {"path": str(package), "trust": trust, "lang": lang})
    app = drawn(tmp_path, lang)
    app.session_state["transfer-looked"] = looked
    app.run()
    assert not app.exception
    status = "intact" if trusted else "untrusted"
    assert t(f"var.verify.status.{status}", lang, path="", files="").partition(":")[0] in said(app)
    button = app.button(key="transfer-take")
    assert button.disabled is not trusted
    if not trusted:
        app.checkbox(key=f"transfer-understood-{looked}").check().run()
        assert not app.button(key="transfer-take").disabled
    given = {"path": str(package), "trust": trust, "untrusted": not trusted, "by": "Lan", "lang": lang}
    app.session_state["transfer-in"] = ended(tmp_path, "match_import", given)
    app.run()
    assert t("var.transfer.panel.taken", lang, name="M") in said(app)
    assert (t("var.transfer.not_verified", lang) in said(app)) is not trusted
    assert t("var.transfer.absent", lang, cameras="cam1, cam2") in said(app)
    app.button(key=f"transfer-open-{app.session_state['transfer-in']}").click().run()
    assert app.session_state["opened"] == "m"


def test_a_package_that_was_changed_offers_nothing_to_take(made: tuple[Path, Path], tmp_path: Path) -> None:
    content = made[1].read_bytes()
    changed = tmp_path / "changed.zip"
    changed.write_bytes(content[: len(content) // 2] + b"?" + content[len(content) // 2 + 1 :])
    looked = ended(tmp_path, "match_look", {"path": str(changed), "trust": [], "lang": "vi"})
    app = drawn(tmp_path, "vi")
    app.session_state["transfer-looked"] = looked
    app.run()
    assert app.error
    assert "transfer-take" not in [button.key for button in app.button]


def test_names_from_elsewhere_are_words_and_no_markup(made: tuple[Path, Path], tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    import_match(archive, made[1], untrusted=True)
    with archive.store.write() as connection:
        connection.execute("""UPDATE arrival SET told = '{"holder": "<b>*x*</b>", "at_utc": "2026-11-30"}'""")
    assert "\\<b\\>\\*x\\*" in said(drawn(tmp_path, "en"))

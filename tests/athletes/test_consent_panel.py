"""The part of the page about consents and one person's data, in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from athletes.archive import Archive
from athletes.model import Athlete
from athletes.people.consent import Consents, Giver
from athletes.people.standing import Scope
from touchline.access import Act
from touchline.i18n import LANGUAGES, t
from touchline.rights import Role


def page(home: str, athlete_id: str, lang: str, roles: tuple[str, ...]) -> None:
    from contextlib import suppress
    from pathlib import Path

    from athletes.archive import Archive
    from athletes.panels.consent import consent_panel
    from touchline.errors import NotFound
    from touchline.rights import Person, Role

    archive = Archive(Path(home), Person("p-7", "Lan", frozenset(Role(role) for role in roles)))
    with suppress(NotFound):  # the page that mounts it goes on to the list
        consent_panel(archive, archive.athlete(athlete_id), lang)


def opened(home: Path, athlete_id: str, lang: str = "en", *roles: Role) -> AppTest:
    args = (str(home), athlete_id, lang, tuple(role.value for role in roles or (Role.COACH,)))
    app = AppTest.from_function(page, args=args, default_timeout=30)
    return app.run()


def athlete(home: Path, born: date | None = None) -> str:
    return Archive(home).save_athlete(Athlete("", "Lê Ánh", birth_date=born)).id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_guardians_consent_is_entered_and_withdrawn(tmp_path: Path, lang: str) -> None:
    one = athlete(tmp_path, date(date.today().year - 13, 1, 1))  # noqa: DTZ011  a birthday is no instant
    app = opened(tmp_path, one, lang)
    assert not app.exception
    assert t("athletes.people.panel.minor", lang, age=13, under=16) in [each.value for each in app.info]
    key = f"consent-{one}"
    assert app.radio(key=f"{key}-by").value in (Giver.GUARDIAN, Giver.GUARDIAN.value)
    app.button(key=f"{key}-give").click().run()
    assert app.error  # a guardian has a name
    assert Consents(Archive(tmp_path)).of(one) == []
    app.text_input(key=f"{key}-guardian").set_value("Lê B")
    app.text_input(key=f"{key}-relation").set_value("mẹ")
    app.button(key=f"{key}-give").click().run()
    assert not app.error
    standing = Consents(Archive(tmp_path)).standing(one)
    assert {scope for scope, line in standing.items() if line is not None and line.given} == {
        Scope.TRAINING,
        Scope.HEALTH,
    }
    app.button(key=f"{key}-withdraw").click().run()
    assert not app.exception
    assert t("athletes.people.panel.refused", lang) in [each.value for each in app.warning]
    line = Consents(Archive(tmp_path)).standing(one)[Scope.HEALTH]
    assert line is not None
    assert not line.given


@pytest.mark.parametrize("lang", LANGUAGES)
def test_erasing_asks_for_the_id_to_be_typed(tmp_path: Path, lang: str) -> None:
    one = athlete(tmp_path)
    app, key = opened(tmp_path, one, lang), f"person-erase-{one}"
    app.text_input(key=f"{key}-typed").set_value("Lê Ánh")
    app.button(key=f"{key}-do").click().run()
    assert [each.value for each in app.error] == [t("athletes.people.panel.erase_wrong", lang)]
    assert len(Archive(tmp_path).athletes()) == 1
    app.text_input(key=f"{key}-typed").set_value(one)
    app.button(key=f"{key}-do").click().run()
    assert not app.exception
    assert app.success
    assert Archive(tmp_path).athletes() == []


def test_each_role_sees_what_it_may_do(tmp_path: Path) -> None:
    one = athlete(tmp_path)
    Archive(tmp_path).note([one], Act.OPENED)

    def drawn(*roles: Role) -> set[str]:
        app = opened(tmp_path, one, "en", *roles)
        assert not app.exception
        return {each.label for each in app.expander}

    enter, access, take, gone = (
        t(f"athletes.people.panel.{key}", "en") for key in ("enter", "access", "take", "erase")
    )
    assert drawn(Role.ANALYST) == {access}
    assert drawn(Role.COACH) == {enter, access, take, gone}
    app = opened(tmp_path, one, "en", Role.ANALYST)
    assert t("athletes.people.panel.access_whose", "en") in [each.value for each in app.markdown]
    both = opened(tmp_path, one, "en", Role.ANALYST, Role.ADMINISTRATOR)
    assert t("athletes.people.owner", "en") in str(both.dataframe[0].value)

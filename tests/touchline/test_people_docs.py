"""What docs/people.md says of rights and limits is what holds, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchline.accounts.desk import MOST_OF_AN_ACCOUNT
from touchline.accounts.model import ABSOLUTE, IDLE
from touchline.accounts.passwords import SHORTEST
from touchline.attempts import ATTEMPTS, WINDOW_S
from touchline.i18n import t
from touchline.rights import RIGHTS, Action, Role

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"en": DOCS / "people.md", "vi": DOCS / "people.vi.md"}


@pytest.mark.parametrize("lang", PAGES)
def test_the_table_of_roles_is_the_table_that_holds(lang: str) -> None:
    lines = [line for line in PAGES[lang].read_text("utf-8").splitlines() if line.startswith("|")]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert head[1:] == [t(f"touchline.rights.role.{role.value}", lang) for role in Role]
    told = {row[0]: {role for role, cell in zip(Role, row[1:], strict=True) if cell == "✓"} for row in rows}
    assert all(cell in ("✓", "") for row in rows for cell in row[1:])
    assert told == {
        t(f"touchline.rights.action.{action.value}", lang): {role for role in Role if action in RIGHTS[role]}
        for action in Action
    }


def test_the_limits_are_those_that_hold() -> None:
    assert (IDLE.total_seconds(), ABSOLUTE.total_seconds()) == (8 * 3600, 24 * 3600)
    assert (ATTEMPTS, MOST_OF_AN_ACCOUNT, WINDOW_S, SHORTEST) == (5, 20, 60, 10)
    for lang, words in {
        "en": ("8 hours", "24 hours", "Five wrong", "twenty", "ten signs"),
        "vi": ("8 giờ", "24 giờ", "năm lần", "hai mươi lần", "mười ký tự"),
    }.items():
        text = PAGES[lang].read_text("utf-8")
        assert all(word in text for word in words)
        assert (SHORTEST == 10) is (f"{SHORTEST}" in t("touchline.accounts.field.new", lang))

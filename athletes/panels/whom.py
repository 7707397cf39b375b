"""Whom a section is about: one athlete, a squad, or everybody; and days as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from athletes.model import Athlete
from touchline.i18n import t

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Whom:
    """Who was chosen: ``athletes`` in the order of their names; ``group`` is None where it is one athlete, empty for
    everybody."""

    athletes: tuple[Athlete, ...]
    group: str | None

    @property
    def one(self) -> Athlete | None:
        """The one athlete, or None for a squad."""
        return self.athletes[0] if self.group is None else None


def groups_of(athletes: Sequence[Athlete]) -> list[str]:
    """The squads that athletes belong to, by name."""
    return sorted({one.group for one in athletes if one.group}, key=str.casefold)


def choose_whom(athletes: Sequence[Athlete], key: str, lang: str, *, label: str) -> Whom:
    """A choice of an athlete, a squad or everybody; the first athlete where nobody chose. There is one at least."""
    options = [one.id for one in athletes]
    options = [*options, *(f"{EVERYBODY}{name}" for name in groups_of(athletes)), EVERYBODY]
    by_id = {one.id: one for one in athletes}

    def said(option: str) -> str:
        if option in by_id:
            return by_id[option].name
        if option == EVERYBODY:
            return t("athletes.whom.everybody", lang, count=len(athletes))
        name = option.removeprefix(EVERYBODY)
        return t("athletes.whom.group", lang, name=name, count=sum(one.group == name for one in athletes))

    chosen = st.selectbox(label, options, format_func=said, key=key)
    if chosen in by_id:
        return Whom((by_id[chosen],), None)
    name = chosen.removeprefix(EVERYBODY)
    return Whom(tuple(one for one in athletes if not name or one.group == name), name)


def day_name(day: date, lang: str) -> str:
    """The day of the week, short."""
    return t(f"athletes.whom.weekday.{day.weekday()}", lang)

"""The form of what is kept of a tournament beside teams, officials and matches."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from touchline.i18n import t
from var.archive import Archive
from var.model import ReviewRules
from var.rules.pack import Pack
from var.rules.shelf import shelf
from var.tournaments.model import LONGEST_NAME, LONGEST_NOTE, LONGEST_WORD, Tournament


def details_fields(archive: Archive, before: Tournament | None, lang: str) -> dict[str, Any]:
    """Draw the fields, filled with what is known, and return what stands in them: members of a tournament."""
    known = before or Tournament("new", "?")
    said: dict[str, Any] = {}
    left, right = st.columns([2, 1])
    name = "" if before is None else before.name
    said["name"] = left.text_input(
        t("var.organisation.name", lang),
        name,
        max_chars=LONGEST_NAME,
        placeholder=t("var.organisation.name_example", lang),
    )
    said["season"] = right.text_input(
        t("var.organisation.season", lang), known.season, max_chars=LONGEST_WORD, placeholder="2026"
    )
    left, right = st.columns(2)
    for column, key in ((left, "starts"), (right, "ends")):
        value = getattr(known, key)
        day = column.date_input(
            t(f"var.organisation.{key}", lang), date.fromisoformat(value) if value else None, format="DD/MM/YYYY"
        )
        said[key] = day.isoformat() if isinstance(day, date) else ""
    said["host"] = left.text_input(t("var.organisation.host", lang), known.host, max_chars=LONGEST_NAME)
    said["organiser"] = right.text_input(t("var.organisation.organiser", lang), known.organiser, max_chars=LONGEST_NAME)
    venues = left.text_area(t("var.organisation.venues", lang), "\n".join(known.venues), height=110)
    said["venues"] = tuple(line for line in str(venues).splitlines() if line.strip())
    said["note"] = right.text_area(t("var.organisation.note", lang), known.note, height=110, max_chars=LONGEST_NOTE)
    packs = shelf(archive.home).all()
    said["sport"] = _sport(known.sport, packs, lang, left)
    said["review"] = _rules(known.review, packs, lang, right)
    return said


def _sport(now: str, packs: tuple[Pack, ...], lang: str, room: Any) -> str:
    names = {pack.sport: pack.name[lang] for pack in packs}
    sports = list(dict.fromkeys([now, *sorted(names)]))
    return str(
        room.selectbox(
            t("var.organisation.sport", lang),
            sports,
            index=0,
            accept_new_options=True,
            format_func=lambda sport: names.get(sport, sport),
        )
    )


def _rules(now: ReviewRules | None, packs: tuple[Pack, ...], lang: str, room: Any) -> ReviewRules | None:
    """The rules that all matches follow: a format of a pack, in the edition of each match's day."""
    choices: dict[tuple[str, str] | None, str] = {None: t("var.organisation.no_rules", lang)}
    for pack in packs:
        for form in pack.formats:
            choices[pack.id, form.id] = f"{pack.name[lang]} · {form.name[lang]}"
    held = None if now is None else (now.pack, now.format)
    if held is not None and held not in choices:
        choices[held] = f"{held[0]} · {held[1]}"
    chosen = room.selectbox(
        t("var.organisation.rules", lang),
        list(choices),
        index=list(choices).index(held),
        format_func=lambda key: choices[key],
        help=t("var.organisation.rules_help", lang),
    )
    if chosen is None:
        return None
    return now if now is not None and chosen == held else ReviewRules(*chosen)

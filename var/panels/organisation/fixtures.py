"""The matches and the planned fixtures of a tournament: seen at a glance, put in, placed, filled, taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from typing import Any

import pandas as pd
import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import UNKNOWN, number, t
from touchline.origin import Origin
from touchline.rights import Action
from var.archive import Archive
from var.incident_table.rows import Placed, incident_counts, reports_of
from var.model import Match
from var.panels.organisation.fixture_file import fixture_file
from var.panels.organisation.said import say
from var.panels.text import day, markdown_safe, refusal
from var.panels.who import barred, present
from var.tournaments.filling import Filled, fill_matches
from var.tournaments.kept import Kept, Tournaments, new_fixture_id
from var.tournaments.model import LONGEST_WORD, TEXTS, Fixture, Tournament
from var.tournaments.wording import member_name, teams_text

OFTEN_EMPTY = frozenset({"number", "kick_off", "place", "venue", "name"})
"""Columns that are left out where no row has anything to say in them."""
LISTED = 12
"""As many matches are named one by one."""


def fixtures_part(archive: Archive, kept: Kept, lang: str, open_review: Callable[[str], None]) -> None:
    """Draw the list, what can be done with one of it, and how more come in."""
    its, why = kept.tournament, barred(archive, Action.SET_UP, lang)
    if its.fixtures:
        st.dataframe(
            _frame(archive, its, lang),
            hide_index=True,
            width="stretch",
            height=min(38 * (len(its.fixtures) + 1), 480),
            placeholder="",
        )
        _one(archive, kept, lang, open_review, why)
    else:
        st.info(t("var.organisation.no_fixtures", lang), icon=":material/event:")
    if why is not None:
        return
    _add_matches(archive, kept, lang)
    left, right = st.columns(2)
    with left:
        if st.button(
            t("var.organisation.plan_one", lang), key="plan_one", icon=":material/event_available:", width="stretch"
        ):
            _placing_dialog(archive, kept, Fixture(new_fixture_id()), lang)
    with right:
        if its.matches and st.button(
            t("var.organisation.fill_all", lang), key="fill_all", icon=":material/auto_fix_high:", width="stretch"
        ):
            _fill(archive, kept, _there(archive, its), lang)
    _fill_again(archive, kept, lang)
    fixture_file(archive, kept, lang)


def fixture_label(fixture: Fixture, lang: str) -> str:
    """A fixture in one line, for lists to choose from."""
    teams = teams_text(fixture)
    name = "" if fixture.name in (teams, "") else f"({fixture.name[:60]})"
    parts = [fixture.number, day(fixture.date, lang), fixture.kick_off, f"{teams} {name}".strip(), fixture.round]
    return " · ".join(part for part in parts if part)


def _frame(archive: Archive, its: Tournament, lang: str) -> pd.DataFrame:
    """The list as people look at it."""
    reports = reports_of(archive)
    counts = incident_counts(archive)
    there = {match.id: match for match in archive.matches() if match.id in its.matches}
    away = {match.id for match in archive.matches(put_away=True)} if len(there) < len(its.matches) else set()

    def state(fixture: Fixture) -> str:
        if fixture.match_id is None:
            return t("var.organisation.state.planned", lang)
        if fixture.match_id in there:
            origin = Placed(there[fixture.match_id]).origin
            simulated = t("var.match.origin.simulated", lang) if origin is Origin.SIMULATED else ""
            return f"{t('var.organisation.state.there', lang)} {simulated}".strip()
        return t(f"var.organisation.state.{'away' if fixture.match_id in away else 'unreadable'}", lang)

    def count(known: dict[str, int], fixture: Fixture) -> int | None:
        return None if fixture.match_id is None else known.get(fixture.match_id, 0)

    rows = [
        {
            "number": fixture.number,
            "date": day(fixture.date, lang),
            "kick_off": fixture.kick_off,
            "place": " · ".join(part for part in (fixture.stage, fixture.round, fixture.group) if part),
            "home": fixture.home or UNKNOWN,
            "away": fixture.away or UNKNOWN,
            "state": state(fixture),
            "incidents": count(counts, fixture),
            "reports": count(reports, fixture),
            "venue": fixture.venue,
            "name": fixture.name,
        }
        for fixture in its.fixtures
    ]
    frame = pd.DataFrame(rows).astype({"incidents": "Int64", "reports": "Int64"})
    told = {name for name in ("number", "kick_off", "place", "venue") if any(row[name] for row in rows)}
    if any(row["name"] not in ("", f"{row['home']} – {row['away']}") for row in rows):
        told.add("name")
    frame = frame[[name for name in frame.columns if name in told or name not in OFTEN_EMPTY]]
    return frame.rename(columns={name: t(f"var.organisation.field.{name}", lang) for name in frame.columns})


def _there(archive: Archive, its: Tournament) -> list[str]:
    """The matches of the tournament that can be opened."""
    open_ones = {match.id for match in archive.matches()}
    return [match_id for match_id in its.matches if match_id in open_ones]


def _one(archive: Archive, kept: Kept, lang: str, open_review: Callable[[str], None], why: str | None) -> None:
    """What can be done with one fixture."""
    its = kept.tournament
    known = {fixture.id: fixture for fixture in its.fixtures}
    chosen = st.selectbox(
        t("var.organisation.choose_fixture", lang),
        list(known),
        format_func=lambda key: fixture_label(known[key], lang),
        key=f"fixture_of-{kept.id}",
    )
    fixture = known[chosen]
    match_id = fixture.match_id
    with st.container(horizontal=True):
        if match_id is not None and st.button(
            t("var.match.open", lang),
            key="fixture_open",
            type="primary",
            icon=":material/slow_motion_video:",
            disabled=match_id not in _there(archive, its),
        ):
            open_review(match_id)
        if why is not None:
            return
        if st.button(t("var.organisation.place", lang), key="fixture_place", icon=":material/edit_calendar:"):
            _placing_dialog(archive, kept, fixture, lang)
        if match_id is not None and st.button(
            t("var.organisation.fill", lang),
            key="fixture_fill",
            icon=":material/auto_fix_high:",
            disabled=match_id not in _there(archive, its),
        ):
            _fill(archive, kept, [match_id], lang)
        word = "drop" if match_id is None else "take_out"
        if st.button(t(f"var.organisation.{word}", lang), key="fixture_remove", icon=":material/playlist_remove:"):
            tournaments = Tournaments(archive)
            if match_id is None:
                tournaments.drop(kept.id, fixture.id)
            else:
                tournaments.remove(kept.id, match_id)
            say(t(f"var.organisation.{word}_done", lang))
            st.rerun()


def _add_matches(archive: Archive, kept: Kept, lang: str) -> None:
    """Put matches in that are there; those of other tournaments only where somebody asks for them."""
    tournaments = Tournaments(archive)
    held = {match_id: other for other in tournaments.all() for match_id in other.tournament.matches}
    own = set(kept.tournament.matches)
    matches = {match.id: match for match in archive.matches() if match.id not in own}
    free = [match_id for match_id in matches if match_id not in held]
    with st.container(border=True):
        st.markdown(f"**{t('var.organisation.add', lang)}**")
        if not matches:
            st.caption(t("var.organisation.no_matches", lang))
            return
        others = len(matches) > len(free) and st.checkbox(
            t("var.organisation.of_others", lang, count=number(len(matches) - len(free), lang)), key="add_others"
        )
        offered = list(matches) if others else free
        chosen = st.multiselect(
            t("var.organisation.which", lang),
            offered,
            format_func=lambda match_id: _match_label(matches[match_id], held.get(match_id), lang),
            placeholder=t("var.organisation.which_hint", lang),
            key=f"add_matches-{kept.version.seq}",
        )
        fixture_id = _planned(kept.tournament, lang) if len(chosen) == 1 else None
        fill = st.checkbox(t("var.organisation.fill_too", lang), value=True, key="add_fill")
        if st.button(
            t(f"var.organisation.{'add_these' if chosen else 'add'}", lang, count=number(len(chosen), lang)),
            key="add_these",
            type="primary",
            icon=":material/playlist_add:",
            disabled=not chosen,
        ):
            try:
                now = tournaments.add(kept.id, chosen, fixture_id=fixture_id, move=bool(others))
                say(t("var.organisation.added", lang, count=number(len(chosen), lang)))
                if fill:
                    _say_filled(fill_matches(archive, now, chosen), archive, lang)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
            st.rerun()


def _planned(its: Tournament, lang: str) -> str | None:
    """Which planned fixture a match is; None leaves it to the teams' names."""
    planned = {fixture.id: fixture for fixture in its.fixtures if fixture.match_id is None}
    if not planned:
        return None
    return st.selectbox(
        t("var.organisation.is_fixture", lang),
        [None, *planned],
        format_func=lambda key: (
            t("var.organisation.by_teams", lang) if key is None else fixture_label(planned[key], lang)
        ),
        key="add_fixture",
    )


def _match_label(match: Match, other: Kept | None, lang: str) -> str:
    words = " · ".join(part for part in (match.name[:80], day(match.setup.date, lang)) if part)
    return words if other is None else f"{words} ({other.tournament.name[:60]})"


def _placing_dialog(archive: Archive, kept: Kept, fixture: Fixture, lang: str) -> None:
    its = kept.tournament
    new = all(each.id != fixture.id for each in its.fixtures)

    @st.dialog(t(f"var.organisation.{'plan_one' if new else 'place'}", lang), width="large")
    def dialog() -> None:
        with st.form("placing", border=False):
            said = _placing_fields(its, fixture, lang)
            saved = st.form_submit_button(t("var.organisation.save", lang), type="primary", icon=":material/save:")
        if saved:
            tournaments = Tournaments(present(archive))
            try:
                if fixture.match_id is None:
                    tournaments.plan(kept.id, [replace(fixture, **said)])
                else:
                    tournaments.add(kept.id, [fixture.match_id], placing=said)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
            say(t("var.organisation.saved", lang))
            st.rerun()

    dialog()


def _placing_fields(its: Tournament, fixture: Fixture, lang: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    teams = [team.name for team in its.teams]
    for column, side in zip(st.columns(2), ("home", "away"), strict=True):
        said[side] = _choice(column, side, teams, getattr(fixture, side), lang)
    left, middle, right = st.columns(3)
    when = left.date_input(
        t("var.organisation.field.date", lang),
        date.fromisoformat(fixture.date) if fixture.date else None,
        format="DD/MM/YYYY",
    )
    said["date"] = when.isoformat() if isinstance(when, date) else ""
    hour = middle.time_input(
        t("var.organisation.field.kick_off", lang), time.fromisoformat(fixture.kick_off) if fixture.kick_off else None
    )
    said["kick_off"] = f"{hour:%H:%M}" if hour is not None else ""
    said["venue"] = _choice(right, "venue", list(its.venues), fixture.venue, lang)
    for column, name in zip(st.columns(len(TEXTS)), TEXTS, strict=True):
        said[name] = column.text_input(
            t(f"var.organisation.field.{name}", lang), getattr(fixture, name), max_chars=LONGEST_WORD
        )
    roles = {who.name: who.role for who in its.officials} | {name: role for role, name in fixture.officials}
    chosen = st.multiselect(
        t("var.organisation.tab.officials", lang),
        list(roles),
        [name for _, name in fixture.officials],
        format_func=lambda name: f"{name} ({roles[name]})" if roles.get(name) else name,
        accept_new_options=True,
    )
    said["officials"] = tuple((roles.get(name, ""), name) for name in chosen)
    return said


def _choice(room: Any, name: str, known: list[str], now: str, lang: str) -> str:
    """One of the names that are known, or another that somebody types."""
    options = list(dict.fromkeys([*known, *([now] if now else [])]))
    found = room.selectbox(
        t(f"var.organisation.field.{name}", lang),
        options,
        index=options.index(now) if now else None,
        accept_new_options=True,
        placeholder=t("var.organisation.choose_or_type", lang),
    )
    return "" if found is None else str(found)


def _fill(archive: Archive, kept: Kept, match_ids: list[str], lang: str, *, overwrite: bool = False) -> None:
    try:
        made = fill_matches(archive, kept, match_ids, overwrite=overwrite)
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)))
        return
    _say_filled(made, archive, lang)
    st.rerun()


def _say_filled(made: tuple[Filled, ...], archive: Archive, lang: str) -> None:
    """Say what was filled and what was left, and keep what was left to be asked about."""
    names = {match.id: match.name for match in archive.matches()}
    counts = Counter(member for each in made for member in each.changed)
    if counts:
        members = ", ".join(f"{member_name(name, lang)} ({number(n, lang)})" for name, n in counts.most_common())
        filled = number(sum(bool(each.changed) for each in made), lang)
        say(t("var.organisation.filled", lang, count=filled, members=members))
    left = []
    for each in made:
        if each.left:
            match = markdown_safe(names.get(each.match_id, each.match_id)[:80])
            members = ", ".join(member_name(member, lang) for member in each.left)
            left.append(t("var.tournament.left", lang, match=match, members=members))
    if left:
        more = [t("var.tournament.more_faults", lang, count=len(left) - LISTED)] if len(left) > LISTED else []
        say("\n".join(f"- {line}" for line in [*left[:LISTED], *more]), warn=True)
    if not counts and not left:
        say(t("var.organisation.nothing_to_fill", lang))
    st.session_state["fill_left"] = [each.match_id for each in made if each.left]


def _fill_again(archive: Archive, kept: Kept, lang: str) -> None:
    """Offer to fill what the matches say otherwise, to who was just told so."""
    left = [match_id for match_id in st.session_state.get("fill_left", []) if match_id in kept.tournament.matches]
    if left and st.button(
        t("var.organisation.overwrite", lang, count=number(len(left), lang)),
        key="fill_overwrite",
        icon=":material/edit_note:",
    ):
        st.session_state.pop("fill_left")
        _fill(archive, kept, left, lang, overwrite=True)

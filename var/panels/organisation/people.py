"""The teams and the officials of a tournament as tables that are filled like a spreadsheet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import t
from touchline.rights import Action
from var.archive import Archive
from var.panels.organisation.said import say
from var.panels.text import refusal
from var.panels.who import barred
from var.tournaments.document import from_document, to_document
from var.tournaments.kept import Kept, Tournaments
from var.tournaments.model import Tournament

TEAM_FIELDS = ("name", "short", "colour", "keeper_colour")
OFFICIAL_FIELDS = ("name", "role", "licence", "unit")
NOT_CHOSEN = "#ffffff"
"""What a field shows for a colour that nobody chose; left like that, nobody did."""


def teams_part(archive: Archive, kept: Kept, lang: str) -> None:
    """Draw the table of teams, and below it line-up, staff and colours of one."""
    why = barred(archive, Action.SET_UP, lang)
    its = kept.tournament
    st.caption(t("var.organisation.teams_hint", lang))
    rows = [{"was": team.name} | {name: getattr(team, name) for name in TEAM_FIELDS} for team in its.teams]
    edited = _table(rows, ("was", *TEAM_FIELDS), f"teams-{kept.id}-{kept.version.seq}", lang, why)
    if st.button(
        t("var.organisation.save_teams", lang),
        key="save_teams",
        type="primary",
        icon=":material/save:",
        disabled=why is not None,
        help=why,
    ):
        _save(archive, kept, lang, lambda: with_team_rows(its, edited))
    if its.teams:
        _one_team(archive, kept, lang, why)


def _one_team(archive: Archive, kept: Kept, lang: str, why: str | None) -> None:
    its = kept.tournament
    names = [team.name for team in its.teams]
    chosen = st.selectbox(t("var.organisation.team", lang), names, key=f"team_of-{kept.id}")
    team = its.team(chosen) or its.teams[0]
    with st.form(f"team-{kept.id}-{kept.version.seq}-{names.index(team.name)}"):
        left, right = st.columns(2)
        colour = left.color_picker(t("var.setup.colour", lang), team.colour or NOT_CHOSEN)
        keeper = right.color_picker(t("var.setup.keeper_colour", lang), team.keeper_colour or NOT_CHOSEN)
        lineup = left.text_area(t("var.setup.lineup", lang), "\n".join(team.lineup), height=220)
        staff = right.text_area(t("var.organisation.staff", lang), "\n".join(team.staff), height=220)
        saved = st.form_submit_button(
            t("var.organisation.save_team", lang), icon=":material/save:", disabled=why is not None, help=why
        )
    if saved:

        def changed() -> Tournament:
            new = replace(
                team,
                colour=colour if team.colour or colour != NOT_CHOSEN else "",
                keeper_colour=keeper if team.keeper_colour or keeper != NOT_CHOSEN else "",
                lineup=tuple(str(lineup).splitlines()),
                staff=tuple(str(staff).splitlines()),
            )
            return replace(its, teams=tuple(new if each is team else each for each in its.teams))

        _save(archive, kept, lang, changed)


def officials_part(archive: Archive, kept: Kept, lang: str) -> None:
    """Draw the table of officials."""
    why = barred(archive, Action.SET_UP, lang)
    its = kept.tournament
    st.caption(t("var.organisation.officials_hint", lang))
    rows = [{name: getattr(who, name) for name in OFFICIAL_FIELDS} for who in its.officials]
    edited = _table(rows, OFFICIAL_FIELDS, f"officials-{kept.id}-{kept.version.seq}", lang, why)
    if st.button(
        t("var.organisation.save_officials", lang),
        key="save_officials",
        type="primary",
        icon=":material/save:",
        disabled=why is not None,
        help=why,
    ):
        _save(archive, kept, lang, lambda: from_document({**to_document(its), "officials": edited}))


def with_team_rows(tournament: Tournament, rows: list[dict[str, Any]]) -> Tournament:
    """The tournament with the teams of a table; ``was`` is the name that a row had before, so that a renamed team
    keeps line-up, staff and fixtures. Raises ``BadTournament`` with every fault."""
    before = {team.name: team for team in tournament.teams}
    documents = []
    renamed = {}
    for row in rows:
        was = before.get(row.get("was") or "")
        name = row.get("name") or ""
        said = {field: row.get(field) or "" for field in TEAM_FIELDS[1:]}
        people = {} if was is None else {"lineup": list(was.lineup), "staff": list(was.staff)}
        documents.append({"name": name, **people, **said})
        if was is not None and name and was.name != name:
            renamed[was.name] = name
    checked = from_document({**to_document(tournament), "teams": documents})
    return tournament.with_teams(checked.teams, renamed)


def _save(archive: Archive, kept: Kept, lang: str, changed: Any) -> None:
    try:
        Tournaments(archive).save(changed(), since=kept.version.seq)
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)))
        return
    say(t("var.organisation.saved", lang))
    st.rerun()


def _table(
    rows: list[dict[str, Any]], fields: tuple[str, ...], key: str, lang: str, why: str | None
) -> list[dict[str, Any]]:
    """Rows of an editable table; lines that hold nothing are left out, empty cells are empty texts."""
    frame = pd.DataFrame(rows, columns=list(fields), dtype=object)
    shown = [name for name in fields if name != "was"]
    columns = {name: st.column_config.TextColumn(t(f"var.organisation.field.{name}", lang)) for name in shown}
    edited = st.data_editor(
        frame,
        column_config=columns,
        column_order=shown,
        num_rows="dynamic",
        hide_index=True,
        key=key,
        width="stretch",
        disabled=why is not None,
    )
    kept: list[dict[str, Any]] = []
    for row in edited.to_dict("records"):
        values = {str(name): ("" if pd.isna(value) else str(value)) for name, value in row.items()}
        if any(values[name].strip() for name in shown):
            kept.append(values)
    return kept

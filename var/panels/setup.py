"""The set-up of a match in one dialog: competition, teams, officials, periods and clock, angles."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import t
from touchline.origin import Origin
from touchline.rights import Action
from touchline.timebase import ClockMap
from var import setup_document
from var.archive import Archive
from var.model import Match, Setup
from var.panels.text import refusal
from var.panels.who import barred, present

EDITIONS = ("IFAB 2026/27", "IFAB 2025/26", "")


def setup_dialog(archive: Archive, match_id: str, lang: str) -> None:
    """Open the dialog for a match; who may not prepare angles sees them and changes the rest."""

    @st.dialog(t("var.setup.title", lang), width="large")
    def dialog() -> None:
        now = present(archive)
        match, fixed_angles = now.match(match_id), barred(now, Action.PREPARE, lang)
        with st.form("setup", border=False):
            general, teams, people, periods, angles = st.tabs(
                [t(f"var.setup.tab.{tab}", lang) for tab in ("match", "teams", "officials", "periods", "angles")]
            )
            document = setup_document.to_document(match.setup)
            with general:
                name = _general(match, document, lang)
            with teams:
                for side, column in zip(("home", "away"), st.columns(2), strict=True):
                    with column:
                        _team(document[side], side, lang)
            with people:
                _officials(document, lang)
            with periods:
                _periods(document, lang)
            with angles:
                edited, master = _angles(match, lang, fixed_angles)
            saved = st.form_submit_button(t("var.setup.save", lang), type="primary", icon=":material/save:")
        if saved:
            try:
                setup: Setup = setup_document.from_document(document)
                maps = [clock_map(row, clip.to_match) for row, clip in zip(edited, match.clips, strict=True)]
                now.save_setup(match.id, setup, name=name.strip() or None)
                if fixed_angles is None:
                    save_angles(now, match, edited, maps)
                    now.set_master(match.id, master)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)))
                return
            st.rerun()

    dialog()


def save_angles(archive: Archive, match: Match, rows: list[dict[str, Any]], maps: list[ClockMap]) -> None:
    """Keep what the table of angles says. A clock that somebody typed is set by hand: nobody measured it."""
    for clip, row, to_match in zip(match.clips, rows, maps, strict=True):
        changed = to_match != clip.to_match
        archive.save_clip(
            match.id,
            clip.camera_id,
            label=str(row["label"] or clip.label),
            to_match=to_match,
            fixed=bool(row["fixed"]),
            timing=Origin.INFERRED if changed else clip.timing,
        )


def _general(match: Match, document: dict[str, Any], lang: str) -> str:
    name = str(st.text_input(t("var.setup.name", lang), match.name))
    left, right = st.columns(2)
    document["competition"] = left.text_input(t("var.setup.competition", lang), document["competition"])
    document["venue"] = right.text_input(t("var.setup.venue", lang), document["venue"])
    day = left.date_input(
        t("var.setup.date", lang),
        date.fromisoformat(document["date"]) if document["date"] else None,
        format="DD/MM/YYYY",
    )
    document["date"] = day.isoformat() if isinstance(day, date) else ""
    editions = list(dict.fromkeys([document["edition"], *EDITIONS]))
    document["edition"] = right.selectbox(
        t("var.setup.edition", lang), editions, format_func=lambda value: value or t("var.setup.no_edition", lang)
    )
    length = left.number_input(
        t("var.setup.length", lang), value=float(document["pitch_m"][0]), step=0.5, format="%.1f"
    )
    width = right.number_input(t("var.setup.width", lang), value=float(document["pitch_m"][1]), step=0.5, format="%.1f")
    document["pitch_m"] = [length, width]
    return name


def _team(team: dict[str, Any], side: str, lang: str) -> None:
    st.markdown(f"**{t(f'var.setup.{side}', lang)}**")
    team["name"] = st.text_input(t("var.setup.team", lang), team["name"], key=f"setup-{side}-name")
    shirts, keeper = st.columns(2)
    team["colour"] = shirts.color_picker(t("var.setup.colour", lang), team["colour"], key=f"setup-{side}-colour")
    team["keeper_colour"] = keeper.color_picker(
        t("var.setup.keeper_colour", lang), team["keeper_colour"], key=f"setup-{side}-keeper"
    )
    lineup = st.text_area(
        t("var.setup.lineup", lang), "\n".join(team["lineup"]), height=180, key=f"setup-{side}-lineup"
    )
    team["lineup"] = [line.strip() for line in str(lineup).splitlines() if line.strip()]


def _table(rows: list[dict[str, Any]], columns: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Rows of an editable table; lines that hold nothing are left out."""
    frame = pd.DataFrame(rows, columns=list(columns))
    edited = st.data_editor(frame, column_config=columns, num_rows="dynamic", hide_index=True, key=key, width="stretch")
    kept: list[dict[str, Any]] = []
    for row in edited.to_dict("records"):
        values = {str(name): (None if pd.isna(value) else value) for name, value in row.items()}
        if any(value not in (None, "") for value in values.values()):
            kept.append(values)
    return kept


def _officials(document: dict[str, Any], lang: str) -> None:
    columns = {
        "role": st.column_config.TextColumn(t("var.setup.role", lang)),
        "name": st.column_config.TextColumn(t("var.setup.person", lang)),
    }
    rows = _table(document["officials"], columns, "setup-officials")
    document["officials"] = [{"role": row["role"] or "", "name": row["name"] or ""} for row in rows]


def _periods(document: dict[str, Any], lang: str) -> None:
    st.caption(t("var.setup.periods_hint", lang))
    rows = [
        {
            "name": period["name"],
            "starts_s": float(Fraction(period["starts_s"])),
            "clock_min": period["clock_s"] / 60,
            "home_attacks": period["home_attacks"],
        }
        for period in document["periods"]
    ]
    columns = {
        "name": st.column_config.TextColumn(t("var.setup.period", lang)),
        "starts_s": st.column_config.NumberColumn(t("var.setup.starts_s", lang), format="%.3f"),
        "clock_min": st.column_config.NumberColumn(t("var.setup.clock_min", lang), format="%.2f"),
        "home_attacks": st.column_config.SelectboxColumn(t("var.setup.home_attacks", lang), options=["right", "left"]),
    }
    document["periods"] = [period_document(row) for row in _table(rows, columns, "setup-periods")]


def period_document(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the table as the set-up's document; an empty cell stays null and is refused by name, never zero."""
    starts_s, clock_min = row["starts_s"], row["clock_min"]
    return {
        "name": row["name"] or "",
        "starts_s": None if starts_s is None else str(Fraction(str(starts_s)).limit_denominator(1_000_000)),
        "clock_s": None if clock_min is None else round(60 * float(clock_min)),
        "home_attacks": row["home_attacks"],
    }


def _angles(match: Match, lang: str, why: str | None) -> tuple[list[dict[str, Any]], str]:
    if why:
        st.caption(f":material/lock: {why}")
    st.caption(t("var.setup.angles_hint", lang))
    st.caption(t("var.setup.sync.hand_note", lang))
    rows = [
        {
            "camera": clip.camera_id,
            "label": clip.label,
            "offset_ms": float(clip.to_match.offset_s * 1000),
            "slow": float(1 / clip.to_match.rate),
            "sigma_ms": None if clip.to_match.sigma_s is None else clip.to_match.sigma_s * 1000,
            "fixed": clip.fixed,
        }
        for clip in match.clips
    ]
    edited = st.data_editor(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        key="setup-angles",
        disabled=why is not None,
        column_config={
            "camera": st.column_config.TextColumn(t("var.setup.camera", lang), disabled=True),
            "label": st.column_config.TextColumn(t("var.setup.label", lang)),
            "offset_ms": st.column_config.NumberColumn(t("var.setup.offset_ms", lang), format="%.3f"),
            "slow": st.column_config.NumberColumn(t("var.setup.slow", lang), format="%.3f"),
            "sigma_ms": st.column_config.NumberColumn(t("var.setup.sigma_ms", lang), format="%.1f"),
            "fixed": st.column_config.CheckboxColumn(t("var.setup.fixed", lang)),
        },
    )
    labels = {clip.camera_id: clip.label for clip in match.clips}
    master = st.selectbox(
        t("var.setup.master", lang),
        list(labels),
        index=match.master,
        format_func=lambda camera: f"{camera} · {labels[camera]}",
        disabled=why is not None,
    )
    return [{str(key): value for key, value in row.items()} for row in edited.to_dict("records")], str(master)


def clock_map(row: dict[str, Any], before: ClockMap) -> ClockMap:
    """The clock map that a table row says; the exact map from before where the shown numbers were not touched."""
    offset_s = Fraction(str(row["offset_ms"])) / 1000 if not pd.isna(row["offset_ms"]) else Fraction(0)
    slow = 1.0 if pd.isna(row["slow"]) else float(row["slow"])
    sigma_s = None if pd.isna(row["sigma_ms"]) else float(row["sigma_ms"]) / 1000
    same_offset = float(before.offset_s * 1000) == float(offset_s * 1000)
    same_rate = float(1 / before.rate) == slow
    rate = before.rate if same_rate else 1 / Fraction(str(slow)) if slow > 0 else Fraction(0)
    return ClockMap(before.offset_s if same_offset else offset_s, rate, sigma_s)

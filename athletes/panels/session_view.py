"""One session: the sentence to begin with, numbers, curves, time in zones, and whose it is."""

from __future__ import annotations

from datetime import datetime, tzinfo

import streamlit as st

from athletes.archive import Archive
from athletes.panels.athlete_form import athlete_editor
from athletes.panels.chart import channel_chart, heart_rate_chart, other_channels
from athletes.panels.pieces import barred, head, sentence, tiles, when, zone_bars
from athletes.panels.upload import plain
from athletes.report import Report, look_at, report
from touchline.errors import BadFile
from touchline.i18n import clock, number, t

SHOWN_GAPS = 12
COLUMNS = [13, 7]
"""Curves at the left, zones at the right; the same for both rows, so that the time axes stand below each other."""
DELETED = "athletes-deleted"


def session_view(archive: Archive, session_id: str, zone: tzinfo, lang: str) -> None:
    """Draw the session ``session_id``. Raises ``NotFound`` where it is not there, ``BadFile`` without heart rate."""
    session = archive.session(session_id)
    athletes = {athlete.id: athlete for athlete in archive.athletes()}
    found = report(session, athletes.get(session.athlete_id or ""), zone)
    if found is None:
        raise BadFile("athletes.errors.no_heart_rate", kind=session.recording.kind, samples=0)
    st.html(head(found, zone, lang))
    st.html(sentence(look_at(found), lang))
    st.html(tiles(found, lang))
    curve, bars = st.columns(COLUMNS, gap="medium")
    with curve:
        st.altair_chart(
            heart_rate_chart(found, lang),
            theme=None,
            width="stretch",
            height="content",
            alt=t("athletes.sessions.curve_alt", lang),
        )
        _gap_list(found, lang)
    with bars:
        st.markdown(f"**{t('athletes.sessions.zone_times', lang)}**")
        st.html(zone_bars(found, lang))
    below, _ = st.columns(COLUMNS, gap="medium")
    with below:
        for channel in other_channels(found):
            name = t(f"athletes.sessions.channel.{channel}", lang)
            chart = channel_chart(found, channel, lang)
            st.altair_chart(chart, theme=None, width="stretch", height="content", alt=name)
    if not barred(archive, lang):
        with st.expander(
            t("athletes.sessions.edit_athlete", lang), expanded=found.zones is None, icon=":material/directions_run:"
        ):
            athlete_editor(archive, found, zone, lang)
    _facts(archive, found, zone, lang)


def _gap_list(found: Report, lang: str) -> None:
    gaps = sorted(found.summary.gaps, key=lambda gap: -gap.seconds)
    if not gaps:
        return
    with st.expander(t("athletes.sessions.gaps", lang, count=number(len(gaps), lang))):
        rows = [
            "- "
            + t(
                "athletes.sessions.gap_row",
                lang,
                from_clock=clock(gap.from_s, lang, 0),
                to_clock=clock(gap.to_s, lang, 0),
                seconds=number(gap.seconds, lang),
            )
            for gap in sorted(gaps[:SHOWN_GAPS], key=lambda gap: gap.from_s)
        ]
        if len(gaps) > SHOWN_GAPS:
            rows.append("- " + t("athletes.sessions.gaps_more", lang, count=number(len(gaps) - SHOWN_GAPS, lang)))
        st.markdown("\n".join(rows))


def _facts(archive: Archive, found: Report, zone: tzinfo, lang: str) -> None:
    session = found.session
    pulse = session.recording.heart_rate
    with st.expander(t("athletes.sessions.facts", lang), icon=":material/description:"):
        lines = [t("athletes.sessions.fact_file", lang, name=session.file_name)]
        if session.recording.device:
            lines.append(t("athletes.sessions.fact_device", lang, device=session.recording.device))
        lines.append(t("athletes.sessions.fact_samples", lang, count=number(pulse.count if pulse else None, lang)))
        if session.imported_at:
            saved = datetime.fromisoformat(session.imported_at)
            lines.append(t("athletes.sessions.fact_imported", lang, when=when(saved, zone, lang)))
        lines.append(t("athletes.sessions.fact_sha", lang, sha=session.sha256))
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        why = barred(archive, lang)
        if st.button(
            t("athletes.sessions.delete", lang),
            key="athletes-delete",
            icon=":material/delete:",
            help=why or t("athletes.sessions.delete_help", lang),
            disabled=why is not None,
        ):
            archive.delete(session.id)
            st.session_state[DELETED] = (session.id, session.name)
            st.query_params.pop("session", None)
            st.rerun()

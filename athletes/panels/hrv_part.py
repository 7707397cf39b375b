"""The mornings of an athlete: HRV in its own band, today's numbers with their reasons, every reading refused or not."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import streamlit as st

from athletes.load.readiness import Band, band
from athletes.panels.place import Place
from athletes.panels.season_chart import hrv_chart
from athletes.panels.season_data import Span, band_words
from athletes.records import Record
from touchline.i18n import number, t

SHOWN_DAYS = 90


def hrv_part(place: Place, athlete_id: str, records: list[Record]) -> None:
    """Draw the last three months, and where this morning stands."""
    lang = place.lang
    span = Span(place.today - timedelta(days=SHOWN_DAYS - 1), place.today)
    chart = hrv_chart(records, span, lang)
    if chart is None:
        st.info(t("athletes.season.no_mornings", lang), icon=":material/monitor_heart:")
        return
    st.html(_tiles(band(records, place.today), lang))
    with st.container(key="hrv-chart"):
        st.vega_lite_chart(spec=chart, theme=None, width="stretch", key=f"hrv-{athlete_id}")
    st.html(f'<div class="tl-note">{escape(t("athletes.season.method_morning", lang))}</div>')


def _tiles(now: Band, lang: str) -> str:
    usual = band_words(now, lang)
    state = t(f"athletes.hrv_page.place.{now.place}", lang) if now.place is not None else "–"
    bpm = t("athletes.sessions.bpm", lang)
    cells = [
        (t("athletes.hrv_page.state", lang), state, ""),
        (t("athletes.season.mean7", lang), number(now.mean7, lang, 2), f"ln ms · n = {now.readings7}"),
        (t("athletes.season.band", lang), usual, f"n = {now.base_readings}"),
        ("CV7", number(now.cv7_pct, lang, 1), "%"),
        (t("athletes.hrv_page.resting", lang), number(now.resting_bpm, lang), bpm),
    ]
    body = "".join(
        f'<div class="tl-tile"><div class="k">{escape(name)}</div><div class="v" style="white-space:normal">'
        f'{escape(value)} <span class="u">{escape(unit)}</span></div></div>'
        for name, value, unit in cells
    )
    why = (
        ""
        if now.reason is None
        else f'<div class="tl-note">{escape(t(f"athletes.load.reason.{now.reason}", lang))}</div>'
    )
    left = t("athletes.hrv_page.left_out", lang, count=now.left_out) if now.left_out else ""
    return f'<div class="tl-tiles">{body}</div><div class="tl-note">{escape(why)} {escape(left)}</div>'

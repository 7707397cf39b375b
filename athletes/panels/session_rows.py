"""Sessions of a season as rows: when, what, how long, the load with its mark, and the time in zones as a small bar."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from athletes.load.model import LoadMethod, SessionLoad
from athletes.panels.palette import LINE, UNKNOWN, ZONES
from athletes.panels.pieces import mark, sport_name, when
from athletes.panels.place import Place, go
from athletes.panels.words import day_words
from athletes.zones import FIVE
from touchline.i18n import number, t
from touchline.origin import Origin

SHOWN_FIRST = 12


def session_rows(
    place: Place, sessions: list[SessionLoad], origins: Mapping[str, Origin], method: LoadMethod, key: str
) -> None:
    """Draw ``sessions``, newest first; ``origins`` by session id."""
    lang = place.lang
    shown = st.session_state.get(key, SHOWN_FIRST)
    for one in sessions[::-1][:shown]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.html(_row(one, origins.get(one.session_id), method, place), width="stretch")
            if one.session_id and st.button(
                t("athletes.sessions.open", lang), key=f"athletes-open-{one.session_id}", width="content"
            ):
                go(session=one.session_id)
    if len(sessions) > shown and st.button(
        t("athletes.sessions.more", lang, count=len(sessions) - shown), key=f"{key}-more", width="stretch"
    ):
        st.session_state[key] = shown + 4 * SHOWN_FIRST
        st.rerun()


def _row(one: SessionLoad, origin: Origin | None, method: LoadMethod, place: Place) -> str:
    lang = place.lang
    start = day_words(one.day, lang) if one.start is None else when(one.start, place.zone, lang)
    minutes = None if one.minutes is None else f"{number(one.minutes, lang)} {t('athletes.sessions.minutes', lang)}"
    parts = [start, sport_name(one.sport, lang), minutes, None if one.rpe is None else f"RPE {number(one.rpe, lang)}"]
    line = " · ".join(escape(part) for part in parts if part)
    name = one.name or t("athletes.athlete_page.not_recorded", lang)
    stamp = "" if origin is None else f" {mark(origin, lang)}"
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;align-items:center">'
        f'<div style="flex:2 1 210px"><b>{escape(name)}</b>{stamp}<br><span class="tl-soft">{line}</span></div>'
        f'<div style="flex:1 1 110px">{load_words(one, method, lang)}</div>'
        f'<div style="flex:1 1 130px;min-width:120px">{zone_strip(one, lang)}</div></div>'
    )


def load_words(one: SessionLoad, method: LoadMethod, lang: str) -> str:
    """The load by the season's method, or why there is none, as HTML."""
    value = one.loads.get(method)
    if value is not None:
        name = escape(t(f"athletes.load.method.{method}", lang))
        return f'<b style="font-size:1.15rem">{number(value, lang)}</b> <span class="tl-soft">{name}</span>'
    reason = t(f"athletes.load.reason.{one.reasons.get(method, 'not_recorded')}", lang)
    return f'<b>?</b> <span class="tl-soft">{escape(reason)}</span>'


def zone_strip(one: SessionLoad, lang: str) -> str:
    """The time in zones as one bar, with the minutes of each under the pointer; grey is not measured."""
    total = sum(one.zone_s) + (one.unknown_s or 0.0)
    if total <= 0:
        return f'<span class="tl-soft">{escape(t("athletes.athlete_page.no_zones", lang))}</span>'
    names = ("0", *one.zone_names)
    count = len(one.zone_s) - 1
    cells = []
    for zone, seconds in enumerate(one.zone_s):
        shade = zone if count == len(FIVE) else min(5, round(zone * 5 / max(count, 1)))
        cells.append((seconds, ZONES[shade], f"{t('athletes.sessions.zone_word', lang)} {names[zone]}"))
    cells.append((one.unknown_s or 0.0, UNKNOWN, t("athletes.sessions.unknown", lang)))
    bars = "".join(
        f'<div style="width:{100 * seconds / total:.2f}%;background:{colour}" title="{escape(words)}:'
        f' {number(seconds / 60, lang)} {escape(t("athletes.sessions.minutes", lang))}"></div>'
        for seconds, colour, words in cells
        if seconds > 0
    )
    alt = ", ".join(f"{words} {number(seconds / 60, lang)}" for seconds, _, words in cells if seconds >= 30)
    return (
        f'<div role="img" aria-label="{escape(alt)}" style="display:flex;height:16px;border:1px solid {LINE};'
        f'border-radius:3px;overflow:hidden;print-color-adjust:exact;-webkit-print-color-adjust:exact">{bars}</div>'
    )

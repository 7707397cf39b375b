"""Small texts of the live pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from touchline.i18n import t
from touchline.origin import Origin
from wearables.model import US_PER_S, LiveSession, SessionState
from wearables.panels.palette import INK, SOFT_INK

STYLE = f"""<style>
.tl-head {{display:flex; flex-wrap:wrap; align-items:baseline; gap:.25rem .75rem; color:{INK}}}
.tl-head h2 {{font-size:1.5rem; line-height:1.25; margin:0; padding:0; font-weight:700; overflow-wrap:anywhere}}
.tl-soft {{color:{SOFT_INK}; font-size:.92rem; overflow-wrap:anywhere}}
.tl-mark {{display:inline-block; border:1px solid {SOFT_INK}; border-radius:4px; padding:0 .35rem; font-size:.75rem;
  line-height:1.35; color:{INK}; background:#fff; white-space:nowrap; vertical-align:middle; font-weight:600}}
.tl-mark.simulated {{border-style:dashed; background:#fff7d6}}
</style>"""
WALL_STYLE = """<style>
.block-container { padding: 3.5rem .8rem .4rem !important; max-width: none !important; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .4rem; }
.st-key-live-back { margin-top: 16px; }
@media (max-width: 640px) { .block-container { padding: 4.1rem .4rem .4rem !important; } }
</style>"""
"""The wall takes the whole window."""


def reader_zone() -> tzinfo:
    """The time zone of whoever reads the page; UTC where their browser does not say."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def day(utc_us: int, zone: tzinfo, lang: str) -> str:
    """The day of an instant as people write it."""
    there = datetime.fromtimestamp(utc_us / US_PER_S, UTC).astimezone(zone)
    return there.strftime("%d/%m/%Y" if lang == "vi" else "%Y-%m-%d")


def day_time(utc_us: int, zone: tzinfo, lang: str) -> str:
    """Day and time of an instant."""
    there = datetime.fromtimestamp(utc_us / US_PER_S, UTC).astimezone(zone)
    return f"{day(utc_us, zone, lang)} {there:%H:%M}"


def mark(session: LiveSession, lang: str) -> str:
    """The mark of a simulated session; nothing beside a measured one."""
    if session.origin is not Origin.SIMULATED:
        return ""
    return f'<span class="tl-mark simulated">{escape(t("wearables.live.simulated", lang))}</span>'


def headline(session: LiveSession, facts: Sequence[str], lang: str) -> str:
    """A session's name, mark and ``facts`` as HTML; its state where it is no good one."""
    state = "" if session.state is SessionState.ENDED else t(f"wearables.live.list.state_{session.state.value}", lang)
    line = " · ".join(escape(part) for part in (*facts, state) if part)
    return (
        f'<div class="tl-head"><h2>{escape(session.name)}</h2>{mark(session, lang)}'
        f'<span class="tl-soft">{line}</span></div>'
    )

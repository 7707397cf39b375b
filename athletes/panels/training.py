"""The training page: one page, its sections by the address; a session's page and an athlete's page lie behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from athletes.archive import Archive
from athletes.panels.athlete_view import athlete_view, athletes_list
from athletes.panels.compare_view import compare_view
from athletes.panels.motion.joined import Joined
from athletes.panels.motion.section import motion_section
from athletes.panels.pieces import STYLE
from athletes.panels.place import ATHLETE, SESSION, VIEW, Beside, Place, View, point
from athletes.panels.plan_view import plan_view
from athletes.panels.reports_view import reports_view
from athletes.panels.session_view import session_view
from athletes.panels.sessions import sessions_list
from athletes.panels.squad_view import squad_view
from touchline.errors import NotFound, TouchlineError
from touchline.i18n import t
from touchline.rights import Person

Section = Callable[[Place], None]

SECTIONS: dict[View, Section] = {
    View.SQUAD: squad_view,
    View.ATHLETES: athletes_list,
    View.SESSIONS: sessions_list,
    View.MOTION: motion_section,
    View.COMPARE: compare_view,
    View.PLAN: plan_view,
    View.REPORTS: reports_view,
}
"""What draws each section, in the order of the row of choices."""


def training_page(
    home: Path,
    lang: str,
    person: Person | None = None,
    *,
    beside: Beside | None = None,
    joined: Joined | None = None,
) -> None:
    """Draw the page for ``person``: the session or the athlete named in the address, else a section of it.

    ``home`` is the data folder; ``beside`` draws what another part of the app has to say about a session, ``joined``
    shows what was filmed and brings recordings in.
    """
    st.html(STYLE)
    try:
        zone = reader_zone()
        place = Place(Archive(home, person), lang, zone, datetime.now(zone).date(), beside, joined)
        asked = st.query_params
        if SESSION in asked:
            _behind(lambda: session_view(place, asked[SESSION]), View.SESSIONS, place)
        elif ATHLETE in asked:
            _behind(lambda: athlete_view(place, asked[ATHLETE]), View.ATHLETES, place)
        else:
            _section(place)
    except TouchlineError as fault:
        st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")


def reader_zone() -> tzinfo:
    """The time zone of the reader's browser; UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _behind(draw: Callable[[], None], section: View, place: Place) -> None:
    _choices(section, place.lang)
    try:
        draw()
    except NotFound:
        st.warning(t(f"athletes.training.gone.{section}", place.lang), icon=":material/info:")


def _section(place: Place) -> None:
    asked = st.query_params.get(VIEW, "")
    view = View(asked) if asked in SECTIONS else _first(place)
    _choices(view, place.lang)
    SECTIONS[view](place)


def _first(place: Place) -> View:
    """Who to look at today, once there is somebody; else where sessions come in."""
    return View.SQUAD if place.archive.athletes() else View.SESSIONS


def _choices(current: View, lang: str) -> None:
    """The row of sections. Its key names the current one, so that it never shows another than the address.

    A second press on the current one leads back to it from a page behind it."""
    key = f"training-view-{current}-{'-'.join(st.query_params.to_dict().values())}"

    def chosen() -> None:
        point(view=st.session_state.get(key) or current)

    st.segmented_control(
        t("athletes.training.sections", lang),
        list(SECTIONS),
        default=current,
        format_func=lambda view: t(f"athletes.training.view.{view}", lang),
        key=key,
        on_change=chosen,
        label_visibility="collapsed",
        width="content",
        wrap=True,
    )

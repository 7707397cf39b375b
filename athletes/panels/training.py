"""The training page: one page, its sections by the address; a session's page and an athlete's page lie behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from athletes.archive import Archive
from athletes.panels.athlete_view import athlete_view, athletes_list
from athletes.panels.pieces import STYLE
from athletes.panels.place import ATHLETE, SESSION, VIEW, Beside, Place, View, point
from athletes.panels.session_view import session_view
from athletes.panels.sessions import sessions_list
from touchline.errors import NotFound, TouchlineError
from touchline.i18n import t
from touchline.rights import Person

Section = Callable[[Place], None]

LATER = {
    View.SQUAD: "squad_view",
    View.COMPARE: "compare_view",
    View.PLAN: "plan_view",
    View.REPORTS: "reports_view",
}
"""Modules of this folder, each with a function of its own name."""


def sections() -> dict[View, Section]:
    """What draws each section, in the order of the row of choices."""
    found: dict[View, Section] = {View.ATHLETES: athletes_list, View.SESSIONS: sessions_list}
    for view, name in LATER.items():
        if find_spec(f"{__package__}.{name}") is not None:
            found[view] = getattr(import_module(f"{__package__}.{name}"), name)
    return {view: found[view] for view in View if view in found}


def training_page(home: Path, lang: str, person: Person | None = None, *, beside: Beside | None = None) -> None:
    """Draw the page for ``person``: the session or the athlete named in the address, else a section of it.

    ``home`` is the data folder; ``beside`` draws what another part of the app has to say about a session.
    """
    st.html(STYLE)
    try:
        zone = reader_zone()
        place = Place(Archive(home, person), lang, zone, datetime.now(zone).date(), beside)
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
    _choices(sections(), section, place.lang)
    try:
        draw()
    except NotFound:
        st.warning(t(f"athletes.training.gone.{section}", place.lang), icon=":material/info:")


def _section(place: Place) -> None:
    found = sections()
    asked = st.query_params.get(VIEW, "")
    view = View(asked) if asked in found else _first(found, place)
    _choices(found, view, place.lang)
    found[view](place)


def _first(found: dict[View, Section], place: Place) -> View:
    """Who to look at today, once there is somebody; else where sessions come in."""
    return View.SQUAD if View.SQUAD in found and place.archive.athletes() else View.SESSIONS


def _choices(found: dict[View, Section], current: View, lang: str) -> None:
    """The row of sections. Its key names the current one, so that it never shows another than the address.

    A second press on the current one leads back to it from a page behind it."""
    key = f"training-view-{current}-{'-'.join(st.query_params.to_dict().values())}"

    def chosen() -> None:
        point(view=st.session_state.get(key) or current)

    st.segmented_control(
        t("athletes.training.sections", lang),
        list(found),
        default=current,
        format_func=lambda view: t(f"athletes.training.view.{view}", lang),
        key=key,
        on_change=chosen,
        label_visibility="collapsed",
        width="content",
        wrap=True,
    )

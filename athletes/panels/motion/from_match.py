"""The cameras of a match as a trial: those that stand still, were synchronised and calibrated there."""

from __future__ import annotations

import streamlit as st

from athletes.panels.motion.look import show
from athletes.panels.place import Place
from athletes.panels.upload import plain
from touchline.errors import TouchlineError
from touchline.footage import keeper
from touchline.i18n import number, t
from touchline.rights import Action, refused


def choose_match(place: Place) -> str:
    """The match whose cameras are taken; empty for files. Nothing is asked where there is no match with calibrated
    cameras, or the person may not watch matches."""
    lang, person = place.lang, place.archive.person
    if refused(person, Action.WATCH) is not None:
        return ""
    found = {one.id: one for one in keeper().filmed(place.archive.home, person) if one.calibrated}
    if not found:
        return ""

    def said(match_id: str) -> str:
        if not match_id:
            return t("athletes.motion_page.new.of_files", lang)
        one = found[match_id]
        return t("athletes.motion_page.new.of_match", lang, name=one.name, cameras=number(one.calibrated, lang))

    chosen = st.selectbox(
        t("athletes.motion_page.new.source", lang), ["", *found], format_func=said, key="motion-new-source"
    )
    if chosen:
        try:
            views = keeper().views(place.archive.home, chosen, person)
        except TouchlineError as fault:
            show(fault, lang)
            return chosen
        size = sum(view.path.stat().st_size for view in views) / 1e9
        names = ", ".join(view.label for view in views)
        st.caption(t("athletes.motion_page.new.match_hint", lang, names=plain(names), size=number(size, lang, 2)))
    return str(chosen)

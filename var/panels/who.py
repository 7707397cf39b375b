"""Who is at this screen now, and what they may not do: for buttons that are shown, disabled or left out.

A hidden button is a courtesy; what is refused is refused by the archive.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from touchline.rights import Action, Person, refused
from var.archive import Archive
from var.jobs import Jobs

LOOK = "touchline_who"


def watch_who(look: Callable[[], Person | None]) -> None:
    """Let the parts of this visitor's pages that run by themselves ask ``look`` who is signed in, each time anew."""
    st.session_state[LOOK] = look


def present(archive: Archive) -> Archive:
    """``archive`` for the person as they are now: a part of a page may run for hours, while roles are taken away.

    Runs the whole page where nobody is signed in any more, or somebody else.
    """
    look, before = st.session_state.get(LOOK), archive.person
    if look is None or before is None:
        return archive
    now = look()
    if now is None or now.id != before.id:
        st.rerun()
    return archive if now == before else Archive(archive.home, now)


def barred(acting: Archive | Jobs, action: Action, lang: str) -> str | None:
    """Why the person who acts there may not do ``action`` and who may, in ``lang``; None where they may."""
    refusal = refused(acting.person, action)
    return None if refusal is None else f"{refusal.detail(lang)} {refusal.hint(lang)}"

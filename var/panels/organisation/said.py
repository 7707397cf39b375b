"""What a press brought about, said once on the run of the page that follows it."""

from __future__ import annotations

import streamlit as st

SAID = "organisation_said"


def say(text: str, *, warn: bool = False) -> None:
    """Say ``text`` (Markdown) on the next run."""
    st.session_state[SAID] = [*st.session_state.get(SAID, []), (text, warn)]


def said_before() -> None:
    """Draw what was said, and forget it. What stands below keeps its place: tabs that moved would begin anew, and what
    is being typed in them would be gone."""
    with st.container(key="said"):
        for text, warn in st.session_state.pop(SAID, []):
            if warn:
                st.warning(text, icon=":material/info:")
            else:
                st.success(text, icon=":material/check_circle:")

"""Where the player of a match stands: a button that asks the browser, for parts of a page that follow the pictures."""

from __future__ import annotations

from fractions import Fraction

import streamlit as st

from var.panels.components import component

FARTHEST_S = 1e9
"""No match has an instant so far from its zero."""
_mount = component("touchline_playhead", "playhead.js")


def playhead(player: str, label: str, *, key: str) -> Fraction | None:
    """The instant that the player ``player`` showed when the button ``label`` was pressed, in seconds of match time to
    the microsecond; None where it was not pressed for this drawing."""
    told = _mount(key=key, data={"pid": player, "label": label}, on_look_change=lambda: None)
    look = getattr(told, "look", None) or (st.session_state.get(key) or {}).get("look")
    s = look.get("s") if isinstance(look, dict) else None
    if not isinstance(s, int | float) or not -FARTHEST_S < s < FARTHEST_S:  # nor what is no number
        return None
    return Fraction(round(s * 1_000_000), 1_000_000)

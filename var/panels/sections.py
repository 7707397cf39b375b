"""A page in sections: one is shown under a row of choices; the choice stays while other pages are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from touchline.i18n import t

STYLE = "<style>[class*=st-key-sections_] button, .stFormSubmitButton button { min-height: 44px; }</style>"


def draw_sections(name: str, sections: Mapping[str, Callable[[], None]], label: str, lang: str) -> None:
    """Draw the choice and the section that is chosen; ``sections`` are by the key of their title, ``label`` is the key
    of what screen readers call the choice. ``show_section`` chooses one from elsewhere."""
    names, key = list(sections), f"{name}_section"
    # A control forgets its choice while another page is shown, and a button may choose before it is drawn.
    wanted = st.session_state.pop(f"{name}_next", None) or st.session_state.get(
        key, st.session_state.get(f"{name}_now")
    )
    st.session_state[key] = wanted if wanted in sections else names[0]
    st.html(STYLE)
    with st.container(key=f"sections_{name}"):
        chosen = st.segmented_control(
            t(label, lang),
            names,
            format_func=lambda each: t(each, lang),
            label_visibility="collapsed",
            required=True,
            key=key,
        )
    st.session_state[f"{name}_now"] = chosen
    sections[chosen or names[0]]()


def show_section(name: str, section: str) -> None:
    """Have a page show one of its sections when it is drawn next."""
    st.session_state[f"{name}_next"] = section

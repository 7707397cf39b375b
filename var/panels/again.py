"""Running a part of the page again after a change."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException


def rerun_part() -> NoReturn:
    """Run the present part of the page again, or the whole page.

    A press that arrives together with a run of the whole page is handled in that one, and there Streamlit refuses to
    run a part alone.
    """
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()

"""The browser parts of the live pages: their modules come from our own route, by absolute address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from touchline.web_modules import LOADER
from wearables.web_files import PREFIX, web_version


def component(name: str, module: str) -> Callable[..., Any]:
    """The mounting command of the component in ``wearables/web/<module>``."""
    return st.components.v2.component(name, js=LOADER % f"{PREFIX}{module}?v={web_version()}", isolate_styles=True)

"""Small browser parts of the review pages: their modules come from our own route, by absolute address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.web_modules import LOADER, modules_version

WEB = Path(__file__).resolve().parent.parent / "web"


def web_version() -> str:
    """What tells these modules from those of another version."""
    return modules_version(WEB)


def component(name: str, module: str) -> Callable[..., Any]:
    """The mounting command of the component in ``var/web/<module>``."""
    return st.components.v2.component(name, js=LOADER % f"/var/ui/{module}?v={web_version()}", isolate_styles=True)

"""The box for recordings on a page of another package: files go straight to the disk, whole ones are named."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from touchline.i18n import t
from var.panels.components import component
from var.uploads import new_token, uploaded

TEXTS = ("choose", "kinds", "failed", "network", "disk_full", "cut_off", "bad_file_name")


def upload_box(home: Path, key: str, lang: str) -> list[Path]:
    """Draw the box and return the whole files that came through it, in the order they came."""
    token = st.session_state.setdefault(_token(key), "") or new_token(home)
    st.session_state[_token(key)] = token
    texts = {name: t(f"var.match.upload.{name}", lang) for name in TEXTS}
    mount = component("touchline_upload", "upload.js")
    mount(key=f"upload-{token}", data={"token": token, "base": "", "texts": texts}, on_files_change=lambda: None)
    return uploaded(home, token)


def forget_uploads(key: str) -> None:
    """Let the next box of this key be an empty one; what nobody took is removed after a day."""
    st.session_state.pop(_token(key), None)


def _token(key: str) -> str:
    return f"upload-token-{key}"

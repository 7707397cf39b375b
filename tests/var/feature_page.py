"""A page with the player whose bookmarks go into the archive, as in the booth."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import streamlit as st

from var import bookmarks
from var.archive import Archive
from var.panels.replay import replay

HOME = Path(os.environ["TOUCHLINE_HOME"])
MATCH = st.query_params.get("match", "bars")
archive = Archive(HOME)


def on_action(action: dict[str, Any]) -> None:
    with (HOME / "arrived.jsonl").open("a") as out:
        out.write(json.dumps(action) + "\n")
    if action["name"] in bookmarks.ACTIONS:
        bookmarks.act(archive, MATCH, action)
    elif action["name"] == "undo":
        archive.undo(MATCH)


st.set_page_config(layout="wide")
st.html("<style>.block-container { padding: 3rem 1rem 0; max-width: 1500px; }</style>")


@st.fragment
def booth() -> None:
    replay(
        MATCH,
        lang=st.query_params.get("lang", "vi"),
        key="player",
        overlays={"cam1": {"*": [{"shape": "polyline", "px": [[0, 20], [639, 20]], "style": "pitch"}]}},
        flags=[{"s": 1.5, "label": "1", "kind": "incident"}],
        bookmarks=[mark.document() for mark in archive.review(MATCH).bookmarks],
        on_action=on_action,
    )


booth()

"""A page around the player: it keeps what arrives, draws what was clicked, and runs again on demand."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import streamlit as st

from var.panels.replay import replay

HOME = Path(os.environ["TOUCHLINE_HOME"])
state = st.session_state
state.setdefault("overlays", {"cam1": {"*": [{"shape": "polyline", "px": [[0, 20], [639, 20]], "style": "pitch"}]}})


def keep(kind: str, message: dict[str, Any]) -> None:
    with (HOME / "arrived.jsonl").open("a") as out:
        out.write(json.dumps({"kind": kind, **message}) + "\n")


def on_point(point: dict[str, Any]) -> None:
    keep("point", point)
    drawings = state.overlays.setdefault(point["camera"], {}).setdefault(str(point["frame"]), [])
    drawings.append({"shape": "cross", "px": [[point["u"], point["v"]]], "style": "mark"})


st.set_page_config(layout="wide")
lang = st.query_params.get("lang", "vi")
match_id = st.query_params.get("match", "bars")
parts = st.columns(6)
tooled = parts[0].checkbox("tool")
parts[1].button("again")
if parts[2].button("slow"):
    time.sleep(1.0)
if parts[3].checkbox("above"):
    st.write("inserted above")
parts[4].text_input("note")
seek = {"s": 2.0, "seq": 1} if parts[5].checkbox("seek") else None


@st.fragment
def booth() -> None:
    replay(
        match_id,
        lang=lang,
        key="player",
        overlays=state.overlays,
        tool={"name": "toe", "cameras": ["cam1", "cam3"], "hint": "A"} if tooled else None,
        flags=[{"s": 1.5, "label": "1", "kind": "incident"}, {"s": 3.25, "label": "K1", "kind": "kick"}],
        seek=seek,
        on_point=on_point,
        on_action=lambda action: keep("action", action),
    )


booth()

"""A page as the trials' own: the player alone, what was measured painted over it, and curves under it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from athletes.archive import Archive
from athletes.motion.kept import Kept
from athletes.motion.screened import screen_s
from athletes.motion.screened_curves import Other
from athletes.motion.screening import find_screening, is_pair
from athletes.motion.trials import Trials
from athletes.panels.motion.curves import motion_curves
from athletes.panels.motion.layers import player_layers
from var.panels.replay import replay

HOME = Path(os.environ["TOUCHLINE_HOME"])
asked = st.query_params
lang = asked.get("lang", "vi")
trials = Trials(Archive(HOME))
known = Kept(trials)


def on_point(point: dict[str, Any]) -> None:
    with (HOME / "arrived.jsonl").open("a") as out:
        out.write(json.dumps(point) + "\n")
    if "person" in point:
        trial = trials.trial(screening.parts[0].trial_id)
        one = trial.shot(point["camera"])
        trials.change(trial.with_shot(replace(one, settings={**one.settings, "person": point["person"]})))


with (HOME / "runs").open("a") as out:
    out.write(".")
st.set_page_config(layout="wide")
st.html("<style>.block-container { padding: 3rem 1rem 1rem; }</style>")
found = find_screening(trials, asked["screen"])
assert found is not None
screening = found
tooled = st.checkbox("tool")
replay(
    screening.id,
    lang=lang,
    key="player",
    layers=player_layers(known, screening, lang=lang),
    tool={"name": "scale", "cameras": None, "hint": "A"} if tooled else None,
    flags=[{"s": screen_s(screening, screening.parts[0].camera_id, 1.0), "label": "E1", "kind": "event"}],
    on_point=on_point,
    height_px=int(asked.get("height", 470)),
    solo=True,
    aligned=is_pair(screening.id),
)
others = []
if asked.get("template"):
    others = [Other(asked["template"], "cam1", 0.5, 0.5, "Mẫu", template=True, band={"deg": 12.0})]
st.session_state.drawn = motion_curves(known, screening, player="player", lang=lang, key="curves", others=others)

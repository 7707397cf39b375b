"""The server of the tests of motion in the browser: the routes that the app joins, and a small page."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.requests import HTTPConnection
from streamlit.starlette import App

from athletes.archive import Archive
from athletes.motion.kept import Kept
from athletes.motion.screening import find_screening, is_pair
from athletes.motion.trials import Trials
from athletes.web_routes import motion_routes
from touchline.errors import NotFound
from touchline.origin import Origin
from var.given import shown
from var.media import routes
from var.model import Match, Setup

trials = Trials(Archive(Path(os.environ["TOUCHLINE_HOME"])))


def find(name: str) -> Match | None:
    try:
        found = find_screening(trials, name)
    except NotFound:
        return None
    if found is None:
        return None
    clips = tuple(
        shown(one.shot, one.folder, one.to_screen, camera_id=one.camera_id, label=one.label) for one in found.parts
    )
    master = min(range(len(clips)), key=lambda place: clips[place].frame_s) if is_pair(name) else 0
    return Match(name, found.name, Origin.SIMULATED, found.made_utc, Setup(), clips, master=master)


def allowed(connection: HTTPConnection) -> bool:
    return connection.query_params.get("lang") != "forbidden"


app = App(
    str(Path(__file__).with_name("motion_page.py")),
    routes=[
        *motion_routes(lambda _, name: find_screening(trials, name), lambda _: Kept(trials), allowed=allowed),
        *routes(find),
    ],
)

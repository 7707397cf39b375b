"""The server of the tests of bookmarks, second screen and looks: the real routes and a small page with the player."""

from __future__ import annotations

import os
from pathlib import Path

from streamlit.starlette import App

from var.archive import Archive
from var.follow import follow_routes
from var.media import routes

archive = Archive(Path(os.environ["TOUCHLINE_HOME"]))
app = App(
    str(Path(__file__).with_name("feature_page.py")), routes=[*follow_routes(archive.find), *routes(archive.find)]
)

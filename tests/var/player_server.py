"""The server of the player's tests: the real routes of a match and a small page with the player on it."""

from __future__ import annotations

import os
from pathlib import Path

from streamlit.starlette import App

from var.archive import Archive
from var.follow import follow_routes
from var.media import routes

find = Archive(Path(os.environ["TOUCHLINE_HOME"])).find
app = App(str(Path(__file__).with_name("player_page.py")), routes=[*follow_routes(find), *routes(find)])

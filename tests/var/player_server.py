"""The server of the player's tests: the real media routes and a small page with the player on it."""

from __future__ import annotations

import os
from pathlib import Path

from streamlit.starlette import App

from var.archive import Archive
from var.media import routes

app = App(
    str(Path(__file__).with_name("player_page.py")), routes=routes(Archive(Path(os.environ["TOUCHLINE_HOME"])).find)
)

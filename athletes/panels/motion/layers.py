"""What the player paints over the pictures of trials: where the body points come from, and how they hang together."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st

from athletes.motion.screened import Measured, layer_document
from athletes.motion.screening import Part, Screening
from touchline.errors import BadFile

KEPT_DOCUMENTS = 64


def player_layers(measured: Measured, screening: Screening) -> dict[str, dict[str, Any]]:
    """The ``layers`` of the player for a screening, by the name of the picture; those of which nothing was measured are
    left out, and those of which it cannot be read. A person is named there by number only."""
    found = {}
    for part in screening.parts:
        version = measured.version(part.trial_id, part.trial_camera)
        url = f"{base()}/athletes/motion/{quote(screening.id)}/{quote(part.camera_id)}/points.bin"
        try:
            layer = _document(measured, part, url, version) if version else None
        except BadFile:
            continue
        if layer is not None:
            found[part.camera_id] = layer
    return found


@st.cache_data(max_entries=KEPT_DOCUMENTS, show_spinner=False)
def _document(_measured: Measured, _part: Part, url: str, version: str) -> dict[str, Any] | None:
    """Read once a version: a long recording has many points, of which only the names are told here."""
    return layer_document(_measured, _part, url)


def base() -> str:
    """The path under which the server runs, as a prefix for our own addresses."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""

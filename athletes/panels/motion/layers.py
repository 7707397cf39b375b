"""What the player paints over the pictures of trials: where the body points come from, and how they hang together."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import streamlit as st

from athletes.motion.screened import Measured, angles_in_space, layer_document, layer_version
from athletes.motion.screening import Part, Screening
from touchline.errors import BadFile
from touchline.i18n import t

KEPT_DOCUMENTS = 64


def player_layers(
    measured: Measured, screening: Screening, *, lang: str, space: bool = True
) -> dict[str, dict[str, Any]]:
    """The ``layers`` of the player for a screening, by the name of the picture; those of which nothing was measured are
    left out, and those of which it cannot be read. A person is named there by number only.

    The angles are those in space where there are any, and without ``space`` those that each camera sees. Where somebody
    could wonder why two pictures, or picture and curve, have two angles of one knee, the picture says which these are.
    """
    found = {}
    trials = [part.trial_id for part in screening.parts]
    for part in screening.parts:
        there = _in_space(measured, part.trial_id, measured.version(part.trial_id, ""))
        wanted = space and there
        version = layer_version(measured, part, space=wanted)
        url = f"{base()}/athletes/motion/{quote(screening.id)}/{quote(part.camera_id)}/points.bin"
        try:
            layer = _document(measured, part, f"{url}?angles=space" if wanted else url, version, wanted)
        except BadFile:
            continue
        if layer is not None:
            told = t(f"athletes.motion_page.angles.{'in_space' if wanted else 'in_picture'}", lang)
            several = there or trials.count(part.trial_id) > 1
            found[part.camera_id] = {**layer, "said": told} if several else layer
    return found


@st.cache_data(max_entries=KEPT_DOCUMENTS, show_spinner=False)
def _in_space(_measured: Measured, trial_id: str, version: str) -> bool:
    """Whether a trial has angles in space that can be read; looked at once a version."""
    try:
        return bool(version) and angles_in_space(_measured, trial_id) is not None
    except BadFile:
        return False


@st.cache_data(max_entries=KEPT_DOCUMENTS, show_spinner=False)
def _document(_measured: Measured, _part: Part, url: str, version: str, space: bool) -> dict[str, Any] | None:
    """Read once a version: a long recording has many points, of which only the names are told here."""
    return layer_document(_measured, _part, url, space=space) if version else None


def base() -> str:
    """The path under which the server runs, as a prefix for our own addresses."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""

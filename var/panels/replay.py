"""The multi-camera player on a page: mounts the browser's module and hands its clicks and keys to Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from touchline.i18n import DEFAULT_LANGUAGE, catalogue
from var.panels.components import component

_mount = component("touchline_replay", "player.js")

Handler = Callable[[dict[str, Any]], None]


def replay(
    match_id: str,
    *,
    lang: str,
    key: str,
    overlays: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]] | None = None,
    tool: Mapping[str, Any] | None = None,
    flags: Sequence[Mapping[str, Any]] = (),
    bookmarks: Sequence[Mapping[str, Any]] | None = None,
    clocks: str = "",
    ack: int = 0,
    seek: Mapping[str, Any] | None = None,
    on_point: Handler | None = None,
    on_action: Handler | None = None,
    height_px: int | None = None,
    layers: Mapping[str, Mapping[str, Any]] | None = None,
    solo: bool = False,
    aligned: bool = False,
    camera: str = "",
) -> None:
    """Show the player of a match; it goes on playing while the page runs again.

    ``overlays``, ``tool``, ``flags``, ``bookmarks`` and ``seek`` are as docs/architecture.md describes them.
    ``on_point`` and ``on_action`` get each click and each command once, in their order, however often the browser
    sends them; the player shows a click as provisional until it was handled here or ``ack`` reaches its ``seq``.
    ``height_px`` is the height of the whole player in CSS pixels, by default what the window leaves.
    ``layers`` are points of people that are painted over the pictures (docs/architecture.md). ``solo``: training is
    shown, which nobody follows and of which nothing is logged or decided; ``aligned``: its pictures are set against
    each other by an event, and no clock of theirs was. ``camera`` is the one that the page speaks of: it becomes the
    active one where the page begins to speak of another.
    """
    state = st.session_state
    handled = f"{key}:handled"
    state.setdefault(handled, 0)

    def handle(name: str, handler: Handler | None) -> None:
        message = (state.get(key) or {}).get(name)
        if not message or int(message["seq"]) <= state[handled]:
            return
        state[handled] = int(message["seq"])  # before the handler, so that one that fails is not run again
        if handler is not None:
            handler(dict(message))

    _mount(
        key=key,
        data={
            "pid": key,
            "base": _base(),
            "match": match_id,
            "lang": lang,
            "texts": _texts(lang, solo),
            "overlays": overlays or {},
            "tool": tool,
            "flags": list(flags),
            "bookmarks": None if bookmarks is None else list(bookmarks),
            "clocks": clocks,
            "ack": max(ack, state[handled]),
            "seek": seek,
            "height_px": height_px,
            "layers": {camera: dict(layer) for camera, layer in (layers or {}).items()},
            "solo": solo,
            "aligned": aligned,
            "camera": camera,
        },
        on_point_change=lambda: handle("point", on_point),
        on_action_change=lambda: handle("action", on_action),
    )


def _texts(lang: str, solo: bool) -> dict[str, Any]:
    """The player's texts; of training those that speak of a match are others."""
    texts = catalogue("var", "replay", lang) or catalogue("var", "replay", DEFAULT_LANGUAGE)
    return _over(texts, texts["solo"]) if solo else texts


def _over(texts: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """``texts`` with ``others`` in their place where there are any."""
    found = dict(texts)
    for name, other in others.items():
        found[name] = _over(found[name], other) if isinstance(other, Mapping) else other
    return found


def _base() -> str:
    """The path under which the server runs, as a prefix for our own addresses."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""

"""What curves and events are called, as the browser says it too (``athletes/web/curve_words.js``)."""

from __future__ import annotations

from athletes.kinematics.model import Event, Side
from touchline.i18n import find, t


def curve_word(key: str, side: Side | None, lang: str) -> str:
    """The name of a curve with its side: "Gối trái", "Left knee"."""
    return _named("curve", key, side, lang)


def event_word(event: Event, lang: str) -> str:
    """The name of an event with its side and number: "Tiếp đất trái 2", "Left touch-down 2"."""
    name = _named("event", event.key, event.side, lang)
    return name if event.number is None else f"{name} {event.number}"


def _named(part: str, key: str, side: Side | None, lang: str) -> str:
    name = find(f"athletes.motion_curves.{part}.{key}", lang) or key.replace("_", " ")
    if side is not None:
        said = t(f"athletes.motion_curves.side.{side}", lang)
        name = t(f"athletes.motion_curves.{part}_sided", lang, name=name, side=said)
    return name[:1].upper() + name[1:]

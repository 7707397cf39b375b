"""What curves and events are called, as the browser says it too (``athletes/web/curve_words.js``)."""

from __future__ import annotations

from typing import Any

from athletes.kinematics.model import Event, Side
from touchline.i18n import DEFAULT_LANGUAGE, catalogue, find, t


def curve_word(key: str, side: Side | None, lang: str) -> str:
    """The name of a curve with its side: "Góc gối trái", "Left knee angle"."""
    return _named("curve", "angle", (key, side), lang)


def event_word(event: Event, lang: str) -> str:
    """The name of an event with its side and number: "Chạm đất trái 2", "Left touch-down 2"."""
    name = _named("event", "event", (event.key, event.side), lang)
    return name if event.number is None else f"{name} {event.number}"


def words_for_browser(lang: str) -> dict[str, Any]:
    """The texts of the curves as the browser takes them, with the names that papers and commands use too."""
    texts = catalogue("athletes", "motion_curves", lang) or catalogue("athletes", "motion_curves", DEFAULT_LANGUAGE)
    names = catalogue("athletes", "motion", lang) or catalogue("athletes", "motion", DEFAULT_LANGUAGE)
    return {**texts, "curve": names["angle"], "event": names["event"], "side": names["side"]}


def _named(part: str, kind: str, what: tuple[str, Side | None], lang: str) -> str:
    key, side = what
    name = find(f"athletes.motion.{kind}.{key}", lang) or key.replace("_", " ")
    if side is not None:
        said = t(f"athletes.motion.side.{side}", lang)
        name = t(f"athletes.motion_curves.{part}_sided", lang, name=name, side=said)
    return name[:1].upper() + name[1:]

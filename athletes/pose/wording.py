"""What is known of body points, in words."""

from __future__ import annotations

from athletes.pose.results import Note
from athletes.pose.slow_motion import Suggestion
from touchline.i18n import number, t


def note_words(note: Note, lang: str) -> str:
    """A note as a sentence."""
    values = {name: _said(value, lang) for name, value in note.values.items()}
    if "part" in note.values:
        values["part"] = t(f"athletes.pose.parts.{note.values['part']}", lang)
    if note.person is not None:
        values["person"] = str(note.person)
    if note.frames is not None:
        values["first"], values["last"] = (str(frame) for frame in note.frames)
    return t(f"athletes.pose.notes.{note.key}", lang, **values)


def slow_words(suggestion: Suggestion, lang: str) -> str:
    """A suggestion about slow motion as a sentence; nobody has decided it."""
    values = suggestion.values
    factor = number(suggestion.factor, lang, 0 if suggestion.factor.is_integer() else 2)
    if suggestion.reason == "tag":
        return t(
            "athletes.pose.slow_tag",
            lang,
            factor=factor,
            taken=number(values["taken_fps"], lang, 0),
            shown=number(values["shown_fps"], lang, 0),
        )
    return t(
        "athletes.pose.slow_fall",
        lang,
        factor=factor,
        seen=number(values["seen_m_s2"], lang, 1),
        sigma=number(values["sigma_m_s2"], lang, 1),
    )


def _said(value: object, lang: str) -> str:
    if isinstance(value, float):
        return number(value, lang, 1)
    return str(value)

"""Refusals whose parts are spoken in the reader's language: names of a pack, reasons of gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from touchline.errors import BadValue
from touchline.i18n import t
from var.rules.model import Wording
from var.rules.words import Per


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step may not be taken: the key of its text and the sources of the rule. ``guard`` is what asked for it."""

    key: str
    guard: str
    sources: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The short code that documents carry."""
        return self.key.rsplit(".", 1)[-1]


class Refused(BadValue):
    """A step or a word that the rules do not allow now. ``instead`` names the steps that may be taken."""

    def __init__(self, code: str, instead: tuple[str, ...] = (), reasons: tuple[Reason, ...] = (), **params: Any):
        self.instead = instead
        self.reasons = reasons
        super().__init__(code, **params)

    def detail(self, lang: str = "en") -> str:
        """What was refused and why, in ``lang``."""
        return t(f"{self.code}.detail", lang, **{name: spoken(value, lang) for name, value in self.params.items()})

    def hint(self, lang: str = "en") -> str:
        """What may be done instead, in ``lang``."""
        return t(f"{self.code}.hint", lang, **{name: spoken(value, lang) for name, value in self.params.items()})


def spoken(value: Any, lang: str) -> str:
    """A part of a sentence in ``lang``: wordings and reasons in its words, several with commas between."""
    if isinstance(value, Wording):
        return value[lang]
    if isinstance(value, Reason):
        return t(value.key, lang)
    if isinstance(value, Per):
        return t(f"var.rules.per.{value.value}", lang)
    if isinstance(value, tuple):
        return ", ".join(spoken(each, lang) for each in value) or "–"
    return str(value)

"""What can be wrong with a tournament: every fault with its JSON path, all of them named at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from touchline.errors import BadValue
from touchline.i18n import find, t

SHOWN = 20
"""As many faults are told in a sentence; a document of the refusal holds all of them."""
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of a text around: with one of them a name reads as another."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its JSON path, its kind (a text of ``var.tournament.fault``) and what fills that in."""

    path: str
    kind: str
    params: dict[str, Any] = field(default_factory=dict)

    def under(self, path: str) -> Fault:
        """The same fault where its document lies at ``path`` of a larger one."""
        return replace(self, path=path + self.path[1:])

    def said(self, lang: str) -> str:
        """The fault in words, without its place."""
        return t(f"var.tournament.fault.{self.kind}", lang, **self.params)


class BadTournament(BadValue):
    """Details of a tournament that cannot be kept; ``faults`` names each with its path."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("var.errors.bad_tournament", paths=[fault.path for fault in self.faults])

    def detail(self, lang: str = "en") -> str:
        """The faults with their places, in ``lang``."""
        said = [f"{where(fault.path, lang)} {fault.said(lang)}" for fault in self.faults[:SHOWN]]
        if len(self.faults) > SHOWN:
            said.append(t("var.tournament.more_faults", lang, count=len(self.faults) - SHOWN))
        return t(f"{self.code}.detail", lang, faults="; ".join(said))

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal with its ``faults``: JSON path, kind, and what is said of it."""
        faults = [{"path": each.path, "fault": each.kind, "detail": each.said(lang)} for each in self.faults]
        return {**super().document(lang), "faults": faults}


def where(path: str, lang: str) -> str:
    """Where a JSON path leads, in words and as people count: ``team 4, shirt colour`` for ``$.teams[3].colour``."""
    said = []
    for name, place in re.findall(r"(\w+)(?:\[(\d+)\])?", path.removeprefix("$")):
        word = find(f"var.tournament.{'place' if place else 'member'}.{name}", lang) or name
        said.append(f"{word} {int(place) + 1}" if place else word)
    return ", ".join(said) or t("var.tournament.place.document", lang)


def one_line(text: str) -> str:
    """``text`` composed (NFC), on one line, without space around it."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def same(one: str, other: str) -> bool:
    """Whether two names are the same for people: case and spaces do not count."""
    return one_line(one).casefold() == one_line(other).casefold()


def text_faults(path: str, text: str, longest: int, *, needed: bool = False, lines: bool = False) -> list[Fault]:
    """What is wrong with a text that was made ``one_line``; with ``lines`` it may have several."""
    if needed and not text:
        return [Fault(path, "empty")]
    found = []
    if len(text) > longest:
        found.append(Fault(path, "too_long", {"most": longest, "length": len(text)}))
    hidden = [
        sign for sign in text if sign in TURNING or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t")
    ]
    if hidden or (not lines and "\n" in text):
        found.append(Fault(path, "hidden", {"sign": f"U+{ord(hidden[0] if hidden else chr(10)):04X}"}))
    return found


def colour_faults(path: str, text: str) -> list[Fault]:
    """What is wrong with a colour; none is no fault."""
    return [] if not text or COLOUR.fullmatch(text) else [Fault(path, "colour", {"value": text[:40]})]


def day_faults(path: str, text: str) -> list[Fault]:
    """What is wrong with a day as ISO 8601; none is no fault."""
    try:
        good = not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        good = False
    return [] if good else [Fault(path, "day", {"value": text[:40]})]


def time_faults(path: str, text: str) -> list[Fault]:
    """What is wrong with a time of day as ``HH:MM``; none is no fault."""
    try:
        good = not text or f"{time.fromisoformat(text):%H:%M}" == text
    except ValueError:
        good = False
    return [] if good else [Fault(path, "time", {"value": text[:40]})]


def twice_faults(path: str, names: list[str], member: str) -> list[Fault]:
    """A fault for each of ``names`` that stands there before, told at its second place; empty ones do not count."""
    seen: dict[str, int] = {}
    found = []
    for index, name in enumerate(names):
        key = one_line(name).casefold()
        if key and key in seen:
            found.append(Fault(f"{path}[{index}].{member}", "twice", {"value": name[:60], "first": seen[key] + 1}))
        seen.setdefault(key, index)
    return found

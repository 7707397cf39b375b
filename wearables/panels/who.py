"""Who looks at a live page, and what they may not do."""

from __future__ import annotations

from collections.abc import Callable

from touchline.rights import Action, Person, refused

Present = Callable[[], Person | None]
"""Gives who is signed in now, with their roles of now; None where nobody is any more."""


def barred(person: Person | None, lang: str) -> str | None:
    """Why ``person`` may not change sessions, and who may; None where they may."""
    found = refused(person, Action.KEEP_TRAINING)
    return None if found is None else f"{found.detail(lang)} {found.hint(lang)}"


def plain(text: str) -> str:
    """A text without any meaning to Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>$~:" else sign for sign in text)

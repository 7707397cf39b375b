"""What a sport is called."""

from __future__ import annotations

from touchline.i18n import UNKNOWN, find


def sport_words(sport: str | None, lang: str) -> str:
    """The sport in ``lang``; as files name it where no text knows it, a dash where nobody named one."""
    if not sport:
        return UNKNOWN
    return find(f"athletes.sessions.sport.{sport}", lang) or sport.replace("_", " ").capitalize()

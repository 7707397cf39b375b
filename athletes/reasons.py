"""Reasons to look at somebody in words, with their numbers as people write them; for pages, papers and commands."""

from __future__ import annotations

from datetime import date, datetime

from athletes.load.readiness import Band, Place
from athletes.load.triage import Reason
from touchline.i18n import UNKNOWN, find, number, t

DECIMALS = {"mean7": 2, "bpm": 1, "low": 2, "monotony": 2, "ratio": 2, "limit": 1, "mean": 1, "usual": 1, "percent": 0}
SIGNS = {Place.BELOW: "▼", Place.INSIDE: "◆", Place.ABOVE: "▲"}


def reason_words(reason: Reason, lang: str) -> str:
    """A reason as a sentence with its values."""
    said: dict[str, str] = {}
    for name, value in reason.values.items():
        if not isinstance(value, str):
            said[name] = number(value, lang, DECIMALS.get(name, 0))
        elif name == "question":
            said[name] = t(f"athletes.triage.question.{value}", lang)
        elif name == "since":
            said[name] = day_words(date.fromisoformat(value), lang)
        else:
            said[name] = body_part(value, lang)
    return t(f"athletes.triage.{reason.code}", lang, **said)


def body_part(what: str, lang: str) -> str:
    """The part of the body of an injury; as it was written where no text knows it."""
    return find(f"athletes.diary.body.{what}", lang) or what or UNKNOWN


def instant_words(start: str, lang: str) -> str:
    """An ISO 8601 instant as people of this machine's time zone write it, with the zone's name."""
    here = datetime.fromisoformat(start).astimezone()
    return f"{day_words(here.date(), lang)} {here:%H:%M} {here.tzname() or ''}".rstrip()


def day_words(day: date, lang: str) -> str:
    """A day as people write it."""
    return day.strftime("%d/%m/%Y" if lang == "vi" else "%Y-%m-%d")


def band_words(found: Band, lang: str) -> str:
    """Where the 7-day mean stands, by shape and word; else why nobody can tell."""
    if found.place is None:
        return f"{UNKNOWN} {t(f'athletes.load.reason.{found.reason}', lang)}"
    return f"{SIGNS[found.place]} {t(f'athletes.squad.place.{found.place}', lang)}"


def band_numbers(found: Band, lang: str) -> str:
    """The numbers behind ``band_words``: mean, band and how many readings; empty where there is no band."""
    if found.place is None:
        return ""
    return t(
        "athletes.squad.band_numbers",
        lang,
        mean=number(found.mean7, lang, 2),
        low=number(found.low, lang, 2),
        high=number(found.high, lang, 2),
        n7=found.readings7,
        n=found.base_readings,
    )

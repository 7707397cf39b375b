"""Words that several panels share: marks of origin, and people's text made harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from touchline.i18n import t
from touchline.origin import Origin

BADGES = {
    Origin.SIMULATED: ":orange-badge[:material/science: {word}]",
    Origin.IMPORTED: ":blue-badge[:material/upload_file: {word}]",
    Origin.MEASURED: ":green-badge[:material/videocam: {word}]",
    Origin.INFERRED: ":gray-badge[:material/help: {word}]",
}


def origin_badge(origin: Origin, lang: str) -> str:
    """A mark that says where pictures come from, in Markdown: word and sign, not colour alone."""
    return BADGES[origin].format(word=t(f"var.match.origin.{origin.value}", lang))


def markdown_safe(text: str) -> str:
    """A person's text without any meaning to Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>$~:" else sign for sign in text)


def label_safe(text: str) -> str:
    """A text for a label, which is read aloud as written: escaped only where Markdown would make something of it."""
    return markdown_safe(text) if re.search(r"[\\`*_\[\]<>$~]|:\w|^\s*(#|[-+>]\s|\d+[.)])", text) else text


def refusal(document: Mapping[str, Any]) -> str:
    """A refusal's document as one sentence after the other for Markdown; names of files in it stay plain text."""
    return markdown_safe(f"{document['detail']} {document['hint']}".strip())


def day(date: str, lang: str) -> str:
    """An ISO date as each language writes it; empty for an empty date."""
    if not date:
        return ""
    year, month, number = date.split("-")
    return f"{number}/{month}/{year}" if lang == "vi" else date


def local_time(utc: str, zone: str | None, lang: str) -> str:
    """A stored UTC instant as the reader's clock shows it and how far that is from UTC; UTC without a known zone."""
    instant = datetime.fromisoformat(utc)
    try:
        here = instant.astimezone(ZoneInfo(zone)) if zone else instant
    except (ZoneInfoNotFoundError, ValueError):
        here = instant
    hours = here.utcoffset()
    offset = f"{here:%z}" if hours else ""
    words = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{day(here.date().isoformat(), lang)} {here:%H:%M:%S} (UTC{words})"

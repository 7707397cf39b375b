"""What a zone is called: by number and word where the zones are the usual five, else by its name."""

from __future__ import annotations

from athletes.zones import FIVE, Zones
from touchline.i18n import t


def zone_word(zones: Zones, number: int, lang: str) -> str:
    """The zone ``number`` of ``zones`` in words: 0 is under zone 1."""
    if number == 0 or zones.names == FIVE:
        return t(f"athletes.sessions.zone.{number}", lang)
    return t("athletes.zones.named", lang, name=zones.names[number - 1])

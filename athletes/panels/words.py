"""Days and lengths as the training pages write them."""

from __future__ import annotations

import math
from datetime import date

from touchline.i18n import t

PACED_MPS = 0.5
"""Slower than that a pace says nothing."""


def day_words(day: date, lang: str) -> str:
    """A day as people write it."""
    return day.strftime("%d/%m/%Y" if lang == "vi" else "%Y-%m-%d")


def pace(speed_mps: float, lang: str) -> str:
    """A speed as minutes a kilometre; a dash where it is unknown or too slow to say."""
    if not math.isfinite(speed_mps) or speed_mps < PACED_MPS:
        return "–"
    seconds = round(1000 / speed_mps)
    return f"{seconds // 60}:{seconds % 60:02d} {t('athletes.session_page.per_km', lang)}"

"""A moment in words: how sure a tie is, and what is known of an athlete."""

from __future__ import annotations

from touchline.i18n import UNKNOWN, clock, number, t
from wearables.moment import Reading
from wearables.tie import Tie


def sure(tie: Tie, lang: str) -> str:
    """How two clocks were tied and how sure that is, in words."""
    sigma = t("wearables.moment.sigma_unknown", lang)
    if tie.sigma_s is not None:
        sigma = t("wearables.moment.sigma", lang, sigma=number(tie.sigma_s, lang, 1 if tie.sigma_s >= 0.1 else 3))
    if tie.sigma_s == 0:
        sigma = t("wearables.moment.exact", lang)
    return f"{t(f'wearables.moment.method.{tie.method}', lang)}, {sigma}"


def said(reading: Reading, lang: str) -> str:
    """A reading in words: the rate with its zone and age, or why there is none."""
    if reading.bpm is not None:
        zone = UNKNOWN if reading.zone is None else str(reading.zone)
        age = number(reading.age_s, lang, 1)
        return t("wearables.moment.reading", lang, bpm=reading.bpm, zone=zone, age=age)
    text = t(f"wearables.moment.reason.{reading.reason}", lang)
    if reading.age_s is None:
        return text
    return f"{text} ({t('wearables.moment.last', lang, age=clock(reading.age_s, lang, 0))})"

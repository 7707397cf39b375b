"""How numbers of heart-rate variability were computed, in words."""

from __future__ import annotations

from athletes.hrv import Analysis, SpectrumMethod
from touchline.i18n import t


def how_words(analysis: Analysis, method: str, lang: str) -> str:
    """How something was computed, by its name in ``analysis.methods``."""
    key = method
    if method == "correction":
        key = "corrected" if analysis.corrected else "as_given"
    if method == "spectrum":
        key = next(one.value for one in SpectrumMethod if one.said == analysis.methods[method])
    return t(f"athletes.hrv.how.{key}", lang)

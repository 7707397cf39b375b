"""Refusals of motion whose numbers and names are told as people write them: "0,5", "chiều cao"."""

from __future__ import annotations

from typing import Any

from touchline.errors import BadValue
from touchline.i18n import number, t

MOST_DECIMALS = 3


class Worded(BadValue):
    """A refusal whose ``params`` may be numbers, and names of settings: ``name`` alone is told in words, ``known``
    (a tuple) as it is written, with the words behind it; ``differs`` (a tuple) in the words of a reading's parts."""

    def detail(self, lang: str = "en") -> str:
        """What happened, in ``lang``."""
        return t(f"{self.code}.detail", lang, **self._said(lang))

    def hint(self, lang: str = "en") -> str:
        """What to do next, in ``lang``."""
        return t(f"{self.code}.hint", lang, **self._said(lang))

    def _said(self, lang: str) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for key, value in self.params.items():
            if isinstance(value, float):
                said[key] = plain_number(value, lang)
            elif key == "name":
                said[key] = t(f"athletes.motion.asked_for.{value}", lang)
            elif key == "known" and isinstance(value, tuple):
                said[key] = ", ".join(f"{one} ({t(f'athletes.motion.asked_for.{one}', lang)})" for one in value)
            elif key == "differs":
                said[key] = ", ".join(dict.fromkeys(t(f"athletes.pose.plan_part.{one}", lang) for one in value))
            else:
                said[key] = value
        return said


def plain_number(value: float, lang: str) -> str:
    """``value`` without zeros at its end, as ``lang`` writes it."""
    decimals = len(f"{value:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2])
    return number(value, lang, decimals)


def within(name: str, value: float, low: float, high: float) -> None:
    """Nothing. Raises ``BadValue`` where a setting is not within its bounds, by its name in words."""
    if not low <= value <= high:
        limits = {"value": float(value), "low": float(low), "high": float(high)}
        raise Worded("athletes.errors.bad_motion_setting", name=name, **limits)

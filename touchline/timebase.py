"""Ticks, exact seconds, and the map from one clock to another. Floats come last and only where they are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue


@dataclass(frozen=True, slots=True)
class Timebase:
    """How long one tick of a clock lasts: ``tick_s`` seconds, exactly."""

    tick_s: Fraction

    def __post_init__(self) -> None:
        if self.tick_s <= 0:
            raise BadValue("touchline.errors.bad_timebase", tick_s=self.tick_s)

    def seconds(self, ticks: int) -> Fraction:
        """``ticks`` as exact seconds."""
        return ticks * self.tick_s

    def ticks(self, seconds: Fraction) -> int:
        """The tick nearest to ``seconds``; halves go to the even tick."""
        return round(seconds / self.tick_s)


@dataclass(frozen=True, slots=True)
class ClockMap:
    """From one clock to another: ``t_target = offset_s + rate * t_source``, exact in both directions.

    ``sigma_s`` is the standard deviation of a mapped instant in seconds; None where nobody has measured it.
    """

    offset_s: Fraction = Fraction(0)
    rate: Fraction = Fraction(1)
    sigma_s: float | None = None

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise BadValue("touchline.errors.bad_clock_rate", rate=self.rate)
        if self.sigma_s is not None and not (math.isfinite(self.sigma_s) and self.sigma_s >= 0):
            raise BadValue("touchline.errors.bad_clock_sigma", sigma_s=self.sigma_s)

    def forward(self, source_s: Fraction) -> Fraction:
        """The target clock's reading at ``source_s`` of the source clock."""
        return self.offset_s + self.rate * source_s

    def backward(self, target_s: Fraction) -> Fraction:
        """The source clock's reading at ``target_s`` of the target clock."""
        return (target_s - self.offset_s) / self.rate

    def document(self) -> dict[str, Any]:
        """The map as a JSON-ready document; exact numbers are written as ``"numerator/denominator"``."""
        return {"offset_s": str(self.offset_s), "rate": str(self.rate), "sigma_s": self.sigma_s}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> ClockMap:
        """The map that ``document`` wrote."""
        sigma_s = document.get("sigma_s")
        return cls(
            Fraction(document["offset_s"]), Fraction(document["rate"]), None if sigma_s is None else float(sigma_s)
        )

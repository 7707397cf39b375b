"""A number that says how sure it is, and the exact factors between units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from touchline.errors import BadValue

CM_PER_M = 100
MS_PER_S = 1000
KMH_PER_MPS = Fraction(18, 5)
RR_TICKS_PER_S = 1024
"""Heart-rate straps count RR intervals in 1/1024 s (Bluetooth Heart Rate Service 1.0, section 3.1)."""

Z95 = NormalDist().inv_cdf(0.975)
"""Half-width of a central 95 % interval of a normal distribution, in standard deviations (1.95996...)."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured quantity: ``value`` and its standard deviation ``sigma`` in ``unit``, obtained by ``method``."""

    value: float
    sigma: float
    unit: str
    method: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value) or not math.isfinite(self.sigma) or self.sigma < 0:
            raise BadValue("touchline.errors.not_a_measurement", value=self.value, sigma=self.sigma, unit=self.unit)

    @property
    def half_width95(self) -> float:
        """Half the width of the central 95 % interval, in ``unit``."""
        return Z95 * self.sigma

    @property
    def interval95(self) -> tuple[float, float]:
        """The central 95 % interval, in ``unit``."""
        return self.value - self.half_width95, self.value + self.half_width95

    def document(self) -> dict[str, Any]:
        """The measurement as a JSON-ready document."""
        return {
            "value": self.value,
            "sigma": self.sigma,
            "unit": self.unit,
            "method": self.method,
            "interval95": list(self.interval95),
        }

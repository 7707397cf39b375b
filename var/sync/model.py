"""What synchronisation works on and what it finds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.errors import BadValue
from var.footage.recording import Index
from var.measure.calibration import Calibration


class Status(StrEnum):
    """How much an estimate may be trusted: ``weak`` means that a person must look before it is used."""

    OK = "ok"
    WEAK = "weak"
    FAILED = "failed"


class Method(StrEnum):
    """The methods, in the order of trust that ``auto`` follows."""

    TIMECODE = "timecode"  # LTC on a sound track, a time code track, or the file's time code
    FLASH = "flash"
    CLAP = "clap"
    AUDIO = "audio"
    MOTION = "motion"
    CLOCK = "clock"  # a match clock that both pictures show
    PAIRS = "pairs"  # pairs of instants that an operator names
    NUDGE = "nudge"  # what an operator sets by hand


@dataclass(frozen=True, slots=True)
class Material:
    """A recording to synchronise. ``index`` is None for a file with sound only, whose zero is its first sample; else
    zero is the first shown frame. ``calibration`` is the camera's, where it is known."""

    path: Path
    index: Index | None = None
    calibration: Calibration | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a method found: ``t_reference = offset_s + rate * t_clip``, both in seconds by the containers' time stamps.

    ``sigma_s`` is the standard deviation of a clip's instant on the reference's clock, at the worst place of the
    overlap. ``score`` is the method's own measure of its evidence (0 to 1, higher is better). A failed estimate has no
    numbers and a ``reason``, a key under ``reason`` in ``var/locales/sync.<lang>.toml``; ``facts`` fill its
    placeholders.
    """

    method: Method
    status: Status
    offset_s: Fraction | None = None
    rate: Fraction | None = None
    sigma_s: float | None = None
    score: float | None = None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (self.offset_s, self.rate, self.sigma_s)
        if self.status is Status.FAILED:
            if any(value is not None for value in (*numbers, self.score)) or not self.reason:
                raise BadValue("var.errors.bad_estimate", method=self.method)
        elif any(value is None for value in numbers) or not math.isfinite(self.sigma_s or 0) or (self.sigma_s or 0) < 0:
            raise BadValue("var.errors.bad_estimate", method=self.method)
        if self.status is Status.WEAK and not self.reason:
            raise BadValue("var.errors.bad_estimate", method=self.method)

    @classmethod
    def failed(cls, method: Method, reason: str, **facts: Any) -> Estimate:
        """An estimate without numbers, and why."""
        return cls(method, Status.FAILED, reason=reason, facts=facts)

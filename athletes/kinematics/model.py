"""What a movement was measured as: numbers with error and frames, curves over time, events.

Domain code returns keys; panels, papers and commands put them into words (``athletes.motion.<key>``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from touchline.measure import Measurement

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class Movement(StrEnum):
    """What somebody does in a recording, as whoever analyses it says."""

    SPRINT = "sprint"
    RUN = "run"
    CMJ = "cmj"
    """Countermovement jump."""
    DROP_JUMP = "drop_jump"
    SQUAT = "squat"
    REPETITIONS = "repetitions"
    """Any movement that is done again and again; counted by one joint's angle."""
    KICK = "kick"
    THROW = "throw"
    RANGE = "range"
    """Range of motion of joints."""


class Side(StrEnum):
    """The side of the body."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Finding:
    """One number: ``key`` says which, ``side`` and ``number`` (of a step or repetition, from 1) whose.

    ``measured`` is None where it could not be measured; ``reasons`` then say why, else what makes it doubtful.
    ``frames`` are the display indexes it rests on.
    """

    key: str
    measured: Measurement | None
    frames: tuple[int, ...] = ()
    side: Side | None = None
    number: int | None = None
    reasons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.measured is None and not self.reasons:
            raise BadValue("athletes.errors.finding_without_reason", name=self.key)

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "key": self.key,
            "side": self.side,
            "number": self.number,
            "measured": None if self.measured is None else self.measured.document(),
            "frames": list(self.frames),
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A quantity over time: ``value`` and its standard deviation ``sigma``, both (n,), in ``unit`` at ``t_s`` (n,) on
    the ``frames`` (n,); NaN where it was not measured. A joint's angle says its ``side``."""

    key: str
    unit: str
    frames: Counts
    t_s: Floats
    value: Floats
    sigma: Floats
    side: Side | None = None

    def __post_init__(self) -> None:
        n = len(self.frames)
        for name in ("t_s", "value", "sigma"):
            if getattr(self, name).shape != (n,):
                raise BadValue("athletes.errors.bad_track", name=name, shape=getattr(self, name).shape, wanted=(n,))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: ``key`` such as ``touch_down``, at ``t_s`` with standard deviation ``sigma_s``, nearest
    to the picture ``frame``."""

    key: str
    t_s: float
    sigma_s: float
    frame: int
    side: Side | None = None
    number: int | None = None

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "key": self.key,
            "side": self.side,
            "number": self.number,
            "t_s": self.t_s,
            "sigma_s": self.sigma_s,
            "frame": self.frame,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything measured of one person in one trial. ``notes`` are keys of what whoever reads it must know (such as
    ``people_crossed``); ``settings`` what it was computed by."""

    movement: Movement
    findings: tuple[Finding, ...]
    curves: tuple[Curve, ...]
    events: tuple[Event, ...]
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wanting(self) -> tuple[str, ...]:
        """What is wrong with all of it: why nothing was measured, and that the pictures are dark."""
        dark = [note for note in self.notes if note == "dark"]
        if any(one.measured is not None for one in self.findings):
            return tuple(dark)
        return tuple(dict.fromkeys((*dark, *(reason for one in self.findings for reason in one.reasons))))

    def document(self) -> dict[str, Any]:
        """JSON-ready; curves apart (``curves_document``), because they are long."""
        return {
            "movement": self.movement,
            "findings": [finding.document() for finding in self.findings],
            "events": [event.document() for event in self.events],
            "curves": [{"key": curve.key, "side": curve.side, "unit": curve.unit} for curve in self.curves],
            "notes": list(self.notes),
            "settings": dict(self.settings),
        }

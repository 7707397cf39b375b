"""What a recorder hands to whoever keeps training: one worn session of one athlete, as plain arrays.

Whoever keeps training takes it through the entry points ``touchline.training``: functions
``take(home, person, sessions, enrol) -> list[Taken]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Missing, TouchlineError
from touchline.origin import Origin
from touchline.rights import Person

GROUP = "touchline.training"


@dataclass(frozen=True, slots=True, eq=False)
class WornSession:
    """What an athlete's straps told from ``start`` on: ``bpm`` (float64, NaN = no reading) at ``at_ms`` (int64,
    milliseconds, never falling), both (n,); ``rr_ms`` and ``rr_end_s``, both (m,), None where no strap told beats: the
    time between two ends is longer than the interval where beats were not heard. ``phases`` are from and to in seconds,
    and a name. ``key`` is the same for the same session and athlete, whenever it is handed over."""

    key: str
    athlete_id: str
    athlete: str
    sex: str | None
    title: str
    start: datetime
    at_ms: NDArray[np.int64]
    bpm: NDArray[np.float64]
    rr_ms: NDArray[np.float64] | None
    rr_end_s: NDArray[np.float64] | None
    phases: tuple[tuple[float, float, str], ...]
    origin: Origin
    device: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an athlete's session: kept under an id, there already, or refused and why."""

    athlete_id: str
    session_id: str | None = None
    already_there: bool = False
    refusal: TouchlineError | None = None

    def document(self, lang: str) -> dict[str, Any]:
        """JSON-ready."""
        told: dict[str, Any] = {"athlete_id": self.athlete_id, "session": self.session_id}
        told["already_there"] = self.already_there
        refused = None if self.refusal is None else self.refusal.document(lang)
        return told | {"reason": refused and refused["code"], "detail": refused and refused["detail"]}


Take = Callable[[Path, Person | None, Sequence[WornSession], bool], list[Taken]]


@cache
def taker() -> Take:
    """Who keeps training here. Raises ``Missing`` where nobody does."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        found: Take = point.load()
        return found
    raise Missing("touchline.errors.stale_installation")

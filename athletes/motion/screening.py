"""What the player shows of trials: one with all its cameras, or two beside each other, aligned at an event.

The player knows it by an id of its own: ``trial-ID``, or ``pair-ID.CAMERA.MS-ID.CAMERA.MS``, where MS is the instant of
each, in whole milliseconds of its own trial, that both show at the same time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from athletes.motion.model import Trial
from athletes.motion.trials import Trials
from touchline.footage import Shot
from touchline.origin import Origin
from touchline.timebase import ClockMap

_ONE = re.compile(r"trial-([0-9a-f]{12})")
_HALF = r"([0-9a-f]{12})\.(cam\d{1,3})\.(-?\d{1,9})"
_TWO = re.compile(f"pair-{_HALF}-{_HALF}")


@dataclass(frozen=True, slots=True)
class Part:
    """One picture of a screening: a trial's shot in its ``folder``, on the screening's clock by ``to_screen``, under a
    ``camera_id`` of its own; ``trial_id`` and ``trial_camera`` say where it comes from, ``to_trial`` leads to the time
    of that trial."""

    camera_id: str
    label: str
    shot: Shot
    folder: Path
    to_screen: ClockMap
    trial_id: str
    trial_camera: str
    to_trial: ClockMap


@dataclass(frozen=True, slots=True)
class Screening:
    """What the player is to show."""

    id: str
    name: str
    origin: Origin
    made_utc: str
    parts: tuple[Part, ...]


def is_screening(screen_id: str) -> bool:
    """Whether an id is one of these."""
    return bool(_ONE.fullmatch(screen_id) or _TWO.fullmatch(screen_id))


def is_pair(screen_id: str) -> bool:
    """Whether an id is of two beside each other."""
    return bool(_TWO.fullmatch(screen_id))


def screen_id(trial_id: str) -> str:
    """The id under which the player knows a trial."""
    return f"trial-{trial_id}"


def pair_id(one: tuple[str, str, float], other: tuple[str, str, float]) -> str:
    """The id under which the player knows two trials: each as trial, camera, and the instant in seconds of its own
    trial at which they are aligned."""
    halves = [f"{trial}.{camera}.{round(1000 * at_s)}" for trial, camera, at_s in (one, other)]
    return f"pair-{halves[0]}-{halves[1]}"


def find_screening(trials: Trials, wanted: str, *, noted: bool = True) -> Screening | None:
    """What is to be shown under an id; None for an id of another kind; ``noted`` as ``Trials.trial`` means it. Raises
    ``NotFound`` where a trial is gone or may not be shown, ``NotAllowed``."""
    if found := _ONE.fullmatch(wanted):
        trial = trials.trial(found[1], noted=noted)
        parts = tuple(
            Part(
                one.shot.camera_id,
                one.shot.label,
                one.shot,
                trials.folder(trial.id),
                one.to_trial,
                trial.id,
                one.shot.camera_id,
                one.to_trial,
            )
            for one in trial.shots
        )
        return Screening(wanted, trial.name, trial.origin, trial.made_utc, parts)
    if found := _TWO.fullmatch(wanted):
        first, second = (trials.trial(found[place], noted=noted) for place in (1, 4))
        parts = (
            _half(trials, first, "left", found[2], int(found[3])),
            _half(trials, second, "right", found[5], int(found[6])),
        )
        simulated = Origin.SIMULATED in (first.origin, second.origin)
        origin = Origin.SIMULATED if simulated else first.origin
        return Screening(wanted, f"{first.name} · {second.name}", origin, max(first.made_utc, second.made_utc), parts)
    return None


def _half(trials: Trials, trial: Trial, place: str, camera_id: str, at_ms: int) -> Part:
    """One of two: the clock of the screen is zero at the instant at which they are aligned."""
    one = trial.shot(camera_id)
    moved = ClockMap(one.to_trial.offset_s - Fraction(at_ms, 1000), one.to_trial.rate, one.to_trial.sigma_s)
    return Part(
        place,
        f"{trial.name} · {one.shot.label}",
        one.shot,
        trials.folder(trial.id),
        moved,
        trial.id,
        camera_id,
        one.to_trial,
    )

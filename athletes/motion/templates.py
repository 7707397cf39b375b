"""Good trials as templates: which there are for a trial, and what was measured of one in the same way."""

from __future__ import annotations

from athletes.kinematics.model import Analysis
from athletes.motion.found import analyses_of
from athletes.motion.model import Trial
from athletes.motion.trials import Trials


def templates_for(trials: Trials, trial: Trial) -> list[Trial]:
    """The other trials of the same movement that were marked, those of the same athlete first."""
    found = [one for one in trials.trials() if one.template and one.movement == trial.movement and one.id != trial.id]
    return sorted(found, key=lambda one: one.athlete_id != trial.athlete_id)


def analysis_like(trials: Trials, other: Trial, camera: str) -> tuple[str, Analysis] | None:
    """What was measured of another trial in the same way: in space, or by the camera of that name, else by its
    first; None where it was not."""
    found = analyses_of(trials, other)
    for name in (camera, *found):
        if name in found and (name == "") == (camera == ""):
            return name, found[name]
    return None

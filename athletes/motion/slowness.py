"""What speaks for slow motion in a trial's camera that nobody answered for yet; nothing is decided by it."""

from __future__ import annotations

import numpy as np

from athletes.kinematics.model import Movement
from athletes.motion.found import followed_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.trials import Trials
from athletes.pose.slow_motion import Suggestion, by_falls, by_tags
from touchline.errors import BadFile
from touchline.footage import Shot

ASKED = "slow_asked"
"""In the settings of a camera: somebody answered."""
FLYING = (Movement.CMJ, Movement.DROP_JUMP, Movement.SPRINT)
"""In these the body falls freely for long enough to say how fast time runs."""
ALIKE = 0.1
"""A suggestion nearer than this share to what is said already is none."""


def by_container(shot: Shot) -> Suggestion | None:
    """What the container says of the recording's speed."""
    return by_tags(shot.tags, np.linspace(0.0, shot.length_s, shot.frames))


def suggested(trials: Trials, trial: Trial, one: TrialShot) -> Suggestion | None:
    """How many times slower than real a camera probably shows what happened, by its file or by the falls of who is
    measured; None where somebody answered, or nothing speaks for another speed than the one that is kept."""
    if one.settings.get(ASKED):
        return None
    found = by_container(one.shot) or (_by_falls(trials, trial, one) if trial.movement in FLYING else None)
    return None if found is None or abs(found.factor / float(one.slow) - 1) < ALIKE else found


def _by_falls(trials: Trials, trial: Trial, one: TrialShot) -> Suggestion | None:
    try:
        track = followed_of(trials, trial, one.shot.camera_id)
    except BadFile:  # it can be looked for again
        return None
    return None if track is None else by_falls(track, float(one.slow))

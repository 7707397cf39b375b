"""What a paper about a trial tells, gathered once: whose, how it was filmed, what was measured; by consent alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from athletes.kinematics.model import Analysis, Finding, Side
from athletes.motion.found import analysis_of, followed_of, motion_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.trials import Trials
from athletes.people.standing import Scope, require_consent
from athletes.pose.model import Track
from athletes.space.grades import Quality, quality_of
from touchline.errors import NotFound
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.rights import Action, require


@dataclass(frozen=True, slots=True, eq=False)
class MotionFacts:
    """One trial: ``athlete`` is the name (empty where nobody said whose it is), ``shot`` the camera whose pictures are
    shown, lying at ``path``; ``analysis`` what was measured by it, or ``together`` by all cameras; ``track`` the points
    of that camera; ``quality`` how good the person in space is, where all cameras measured."""

    trial: Trial
    athlete: str
    shot: TrialShot
    path: Path
    analysis: Analysis
    track: Track | None
    together: bool
    quality: Quality | None = None

    @property
    def simulated(self) -> bool:
        """Whether pictures or points are simulated."""
        return Origin.SIMULATED in (self.trial.origin, None if self.track is None else self.track.origin)


@dataclass(frozen=True, slots=True)
class Pair:
    """Left and right of one number, over all steps or repetitions (``count`` each): their difference, left less right,
    with its error, and whether it is larger than its 95 % interval."""

    key: str
    left: Measurement
    right: Measurement
    apart: Measurement
    count: tuple[int, int]

    @property
    def clear(self) -> bool:
        """Whether the sides differ by more than the error of their difference."""
        return abs(self.apart.value) > self.apart.half_width95


def may_leave(trials: Trials, trial: Trial) -> None:
    """Nothing, where pictures and numbers of a trial may leave the house. Raises ``NoConsent`` where the athlete's
    consent to being filmed or to sharing was withdrawn, or is missing and required; ``NotAllowed``."""
    require(trials.archive.person, Action.SEE_TRAINING)
    if trial.athlete_id is not None:
        for scope in (Scope.VIDEO, Scope.SHARING):
            require_consent(trials.archive.store, trial.athlete_id, scope, "motion_not_shared")


def gather_trial(trials: Trials, trial_id: str, camera_id: str = "") -> MotionFacts:
    """What is told of a trial: by the camera ``camera_id``; without one by all together, where they were measured
    together, else by the first that was measured.

    Raises ``NotFound`` for a trial or camera that there is not, and where nothing was measured yet; as ``may_leave``.
    """
    trial = trials.trial(trial_id)
    may_leave(trials, trial)
    names = [one.shot.camera_id for one in trial.shots]
    if camera_id:
        trial.shot(camera_id)
    for asked in [camera_id] if camera_id else ["", *names]:
        analysis = analysis_of(trials, trial_id, asked)
        if analysis is not None:
            camera = asked or _camera_of_all(trials, trial)
            shot = trial.shot(camera)
            person = None if trial.athlete_id is None else trials.archive.athlete(trial.athlete_id)
            return MotionFacts(
                trial,
                "" if person is None else person.name,
                shot,
                trials.folder(trial_id) / shot.shot.file,
                analysis,
                followed_of(trials, trial, camera),
                together=not asked,
                quality=None if asked else _quality(trials, trial),
            )
    raise NotFound("athletes.errors.trial_not_measured", name=trial.name)


def _camera_of_all(trials: Trials, trial: Trial) -> str:
    """The camera whose frames a measurement by all cameras counts."""
    motion = motion_of(trials, trial.id)
    known = () if motion is None else motion.motion.cameras
    return next((name for name in known if any(name == one.shot.camera_id for one in trial.shots)),
                trial.shots[0].shot.camera_id)  # fmt: skip


def _quality(trials: Trials, trial: Trial) -> Quality | None:
    motion = motion_of(trials, trial.id)
    return None if motion is None else quality_of(motion)


def mean_of(found: Sequence[Measurement]) -> Measurement:
    """The mean of several and its standard error: the larger of what their spread and their own errors say; of two
    their own errors alone."""
    values = np.array([one.value for one in found])
    own = float(np.sqrt(np.sum([one.sigma**2 for one in found]))) / len(values)
    spread = float(np.std(values, ddof=1)) / np.sqrt(len(values)) if len(values) > 2 else 0.0
    return Measurement(float(values.mean()), max(own, float(spread)), found[0].unit, found[0].method)


def measured_of(findings: Sequence[Finding], key: str, side: Side | None) -> list[Measurement]:
    """All numbers of one kind."""
    return [one.measured for one in findings if one.key == key and one.side is side and one.measured is not None]


def pairs_of(findings: Sequence[Finding]) -> list[Pair]:
    """Left beside right, of every number that both sides have."""
    found = []
    for key in dict.fromkeys(one.key for one in findings if one.side is not None):
        left, right = (measured_of(findings, key, side) for side in (Side.LEFT, Side.RIGHT))
        if left and right:
            one, other = mean_of(left), mean_of(right)
            found.append(Pair(key, one, other, difference(one, other), (len(left), len(right))))
    return found


def difference(one: Measurement, other: Measurement) -> Measurement:
    """``one`` less ``other``, their errors taken as independent."""
    sigma = float(np.hypot(one.sigma, other.sigma))
    return Measurement(one.value - other.value, sigma, one.unit, one.method)

"""What is kept of trials, as those who show it ask for it (``athletes.motion.screened.Measured``)."""

from __future__ import annotations

import hashlib
import json

from athletes.kinematics.model import Analysis
from athletes.motion.found import analysis_of, people_of, points_version, tracks_of
from athletes.motion.model import Result
from athletes.motion.trials import Trials
from athletes.pose.model import Skeleton, Track


class Kept:
    """The measurements of ``trials``, for whom these are open. Each asks the archive anew: who may no longer be shown
    is not found."""

    def __init__(self, trials: Trials) -> None:
        self._trials = trials

    def version(self, trial_id: str, camera_id: str) -> str:
        """A name for all that is known of a camera (``""``: of all together in space); empty where nothing was
        measured. Raises ``NotFound``."""
        trial = self._trials.trial(trial_id)
        told: list[object] = []
        if camera_id:
            one = trial.shot(camera_id)
            told = [points_version(self._trials, trial_id, camera_id), one.to_trial.document(), dict(one.settings)]
        row = self._trials.archive.store.row(
            "SELECT recipe, made_utc, length(sealed) AS size FROM trial_result"
            " WHERE trial_id = ? AND camera_id = ? AND kind = ?",
            (trial_id, camera_id, Result.ANALYSIS.value),
        )
        if row is None and not (told and told[0]):
            return ""
        told.append(None if row is None else [row["recipe"], row["made_utc"], row["size"]])
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:24]

    def tracks(self, trial_id: str, camera_id: str) -> tuple[Track, ...]:
        """Everybody who was followed in a recording. Raises ``NotFound``, ``BadFile``."""
        return tracks_of(self._trials, trial_id, camera_id)

    def skeleton(self, trial_id: str, camera_id: str) -> Skeleton | None:
        """Their skeleton; None where nobody was followed. Raises ``NotFound``, ``BadFile``."""
        return next((skeleton for _, skeleton in people_of(self._trials, trial_id, camera_id)), None)

    def chosen(self, trial_id: str, camera_id: str) -> int | None:
        """The number of the person who somebody said is to be analysed. Raises ``NotFound``."""
        told = self._trials.trial(trial_id).shot(camera_id).settings.get("person")
        return None if told is None else int(told)

    def analysis(self, trial_id: str, camera_id: str = "") -> Analysis | None:
        """What was measured of that one, by a camera or in space. Raises ``NotFound``, ``BadFile``."""
        return analysis_of(self._trials, trial_id, camera_id)

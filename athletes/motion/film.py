"""The film of a trial: which recording, whose body, what is said under it; by consent alone."""

from __future__ import annotations

import numpy as np

from athletes.kinematics.model import Analysis
from athletes.motion.clip import stretch_of
from athletes.motion.found import analysis_of, followed_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.naming import movement_name, sentence_of, side_letters
from athletes.motion.overlay import Layer
from athletes.motion.trials import Trials
from athletes.paper.motion_facts import may_leave
from athletes.reasons import day_words
from touchline.access import Act
from touchline.footage import Footage, open_footage
from touchline.i18n import number, t
from touchline.origin import Origin


def opened(trials: Trials, trial_id: str, camera_id: str = "") -> Footage:
    """The recording of a trial's camera (the first one's where none is named), open. Raises ``NotFound``, ``BadFile``,
    and as ``may_leave`` where its pictures may not leave the house."""
    trial = trials.trial(trial_id)
    may_leave(trials, trial)
    return open_footage(trials.folder(trial_id) / shot_of(trial, camera_id).shot.file)


def shot_of(trial: Trial, camera_id: str) -> TrialShot:
    """The camera of that name; the first one without a name. Raises ``NotFound``."""
    return trial.shot(camera_id) if camera_id else trial.shots[0]


def wanting(analysis: Analysis | None) -> tuple[str, ...]:
    """What whoever sees the film must know of what is drawn in it: why there is no body, or why nothing is measured."""
    return ("not_looked_through",) if analysis is None else analysis.wanting


def layer_of(
    trials: Trials,
    trial_id: str,
    footage: Footage,
    camera_id: str = "",
    *,
    stretch: tuple[float | None, float | None] = (None, None),
    slow: float = 1.0,
    curve: str = "",
    lang: str,
) -> Layer:
    """What is drawn on the pictures of a trial's camera between two instants (real seconds after its first frame); that
    it leaves the house is noted in the athlete's access log. A camera that was not looked through, or in which nobody
    was seen, is shown as it is.

    Raises ``BadValue`` for a stretch without frames or a curve that there is not, and as ``opened``.
    """
    trial = trials.trial(trial_id)
    may_leave(trials, trial)
    one = shot_of(trial, camera_id)
    camera = one.shot.camera_id
    track = followed_of(trials, trial, camera)
    times_s = np.asarray(footage.times_s * float(one.to_trial.rate))
    person = None if trial.athlete_id is None else trials.archive.athlete(trial.athlete_id)
    about = [
        " · ".join(
            part for part in ("" if person is None else person.name, movement_name(trial.movement, lang)) if part
        ),
        f"{day_words(trial.day, lang)} · {one.shot.label}",
    ]
    if one.slow != 1:
        about.append(t("athletes.motion_paper.recorded_slow", lang, times=number(float(one.slow), lang)))
    analysis = analysis_of(trials, trial_id, camera)
    if track is None or analysis is None or "dark" in analysis.wanting or len(footage) == 1:
        about += [sentence_of(code, lang) for code in wanting(analysis)[:1]]
    layer = Layer(
        track,
        analysis,
        trial.name,
        tuple(about),
        Origin.SIMULATED in (trial.origin, None if track is None else track.origin),
        footage.size_px,
        times_s,
        stretch_of(times_s, *stretch),
        lang,
        curve=curve,
        slow=slow,
        letters=side_letters(lang),
        camera_id=camera,
    )
    trials.archive.note([trial.athlete_id], Act.EXPORTED)
    return layer

"""A trial measured by what was found in its recordings, without looking at the pictures again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from athletes.kinematics.analysis import analyse, analyse_motion
from athletes.kinematics.model import Analysis
from athletes.kinematics.scale import Scale, from_height, from_length
from athletes.kinematics.settings import Settings
from athletes.motion.found import (
    followed_of,
    keep_analysis,
    keep_motion,
    looked_through,
    points_version,
    tracks_of,
)
from athletes.motion.looking import reading_of, sides_in_real_time, why_nobody
from athletes.motion.model import Result, Trial, TrialShot
from athletes.motion.rig import camera_of
from athletes.motion.trials import Trials
from athletes.motion.view_scale import seen_from
from athletes.pose.model import BODY33, Floats, Track
from athletes.space.noted import of_camera
from athletes.space.paired import Take
from athletes.space.reconstruct import How, InSpace, in_space
from touchline.errors import BadValue, TouchlineError
from touchline.origin import Origin
from touchline.timebase import ClockMap

VERSION = 3
"""Raise it when a method changes: what was measured before is then measured again."""

_SETTINGS = {one.name for one in fields(Settings)}


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it: analyses by camera (``""`` for all together), and why nothing in space came where it could
    have."""

    analyses: Mapping[str, Analysis]
    space: InSpace | None
    refusal: TouchlineError | None = None


def measure_trial(trials: Trials, trial_id: str) -> Measured:
    """Measure every camera that was looked through, and the athlete in space where two of them stand somewhere known;
    keep all of it. Raises ``NotFound``, ``NotAllowed``, ``BadValue`` for settings that cannot be."""
    trial = trials.trial(trial_id)
    analyses: dict[str, Analysis] = {}
    for one in trial.shots:
        camera_id = one.shot.camera_id
        if not looked_through(trials, trial_id, camera_id):
            continue
        sides_in_real_time(trials, trial_id, camera_id)
        analysis = _of_camera(trials, trial, one)
        keep_analysis(trials, trial_id, analysis, camera_id=camera_id, recipe=recipe(trials, trial, camera_id))
        analyses[camera_id] = analysis
    space, refusal = _in_space(trials, trial)
    if space is None:
        trials.forget_result(trial_id, Result.MOTION)
        trials.forget_result(trial_id, Result.ANALYSIS)
    else:
        said = recipe(trials, trial, "")
        keep_motion(trials, trial_id, space.file(), recipe=said)
        settings = settings_of(trial, reading_of(trials, trial_id, space.motion.cameras[0]))
        together = analyse_motion(space.motion, trial.movement, settings)
        analyses[""] = replace(together, notes=tuple(dict.fromkeys((*together.notes, *space.notes))))
        keep_analysis(trials, trial_id, analyses[""], recipe=said)
    return Measured(analyses, space, refusal)


def recipe(trials: Trials, trial: Trial, camera_id: str) -> str:
    """How a trial is measured now, in one word: another one means that it should be measured again."""
    shots = [one for one in trial.shots if not camera_id or one.shot.camera_id == camera_id]
    told = [
        VERSION,
        trial.movement,
        dict(trial.settings),
        [
            [dict(one.settings), one.to_trial.document(), points_version(trials, trial.id, one.shot.camera_id)]
            for one in shots
        ],
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def is_current(trials: Trials, trial: Trial, camera_id: str = "") -> bool:
    """Whether what was measured is what these settings give."""
    return trials.recipe(trial.id, Result.ANALYSIS, camera_id=camera_id) == recipe(trials, trial, camera_id)


def settings_of(trial: Trial, reading: Mapping[str, Any] | None) -> Settings:
    """The settings of a trial's analysis. Raises ``BadValue`` for what cannot be."""
    chosen = {name: value for name, value in trial.settings.items() if name in _SETTINGS and value is not None}
    if reading is not None and "noise_model" not in chosen:
        chosen["noise_model"] = reading["noise"]
    return Settings(**chosen)


def scale_of(one: TrialShot, track: Track) -> Scale | None:
    """Metres in a camera's picture by what somebody said: ``{"kind": "length", "px": [u1, v1, u2, v2], "m"}`` or
    ``{"kind": "height", "m"}``; None where nobody did. Raises ``BadValue``."""
    told = one.settings.get("scale")
    if not told:
        return None
    if told["kind"] == "length":
        u1, v1, u2, v2 = told["px"]
        return from_length((u1, v1, u2, v2), float(told["m"]))
    if told["kind"] == "height":
        return from_height(track, float(told["m"]))
    raise BadValue("athletes.errors.no_such_scale", kind=told["kind"])


def _of_camera(trials: Trials, trial: Trial, one: TrialShot) -> Analysis:
    camera_id = one.shot.camera_id
    reading = reading_of(trials, trial.id, camera_id)
    track = followed_of(trials, trial, camera_id)
    if track is None or not np.isfinite(track.px).any():
        return _without_anybody(trial, one, reading)
    notes = ["dark" for note in (reading or {}).get("notes", ()) if note["key"] == "dark"]
    try:
        scale = scale_of(one, track)
    except BadValue as fault:
        scale = None
        notes.append(fault.name)
    camera = camera_of(one)
    if camera is not None:
        try:
            scale = seen_from(camera, track, scale)
        except BadValue as fault:
            notes.append(fault.name)
    analysis = analyse(track, trial.movement, scale, settings_of(trial, reading))
    return replace(analysis, notes=tuple(dict.fromkeys((*analysis.notes, *notes))))


def _without_anybody(trial: Trial, one: TrialShot, reading: Mapping[str, Any] | None) -> Analysis:
    """What is said where nobody was seen: why, and nothing of a scale or of which way is up."""
    analysis = analyse(_nobody(one), trial.movement, None, settings_of(trial, reading))
    why = why_nobody([] if reading is None else [reading])
    told = {"nobody_seen": why}
    findings = (
        replace(each, reasons=tuple(told.get(reason, reason) for reason in each.reasons)) for each in analysis.findings
    )
    return replace(analysis, findings=tuple(findings))


def _nobody(one: TrialShot) -> Track:
    """A track without anybody: the recording was looked through, and nobody was seen."""
    n, k = one.shot.frames, len(BODY33)
    times: Floats = np.linspace(0.0, max(one.shot.length_s, 1e-3 * n), n) * float(one.to_trial.rate)
    nothing = np.full((n, k), np.nan)
    return Track(
        0, np.arange(n), times, np.full((n, k, 2), np.nan), nothing, nothing, one.shot.size_px, Origin.INFERRED, "-"
    )


def _in_space(trials: Trials, trial: Trial) -> tuple[InSpace | None, TouchlineError | None]:
    """The athlete in space; or why not, where cameras stand somewhere known."""
    placed = [(one, camera) for one in trial.shots if (camera := camera_of(one)) is not None]
    if not all(looked_through(trials, trial.id, one.shot.camera_id) for one, _ in placed):
        return None, None  # what some of the cameras say would look like what all do
    takes = []
    for one, camera in placed:
        chosen = followed_of(trials, trial, one.shot.camera_id) if "person" in one.settings else None
        tracks = [chosen] if chosen is not None else list(tracks_of(trials, trial.id, one.shot.camera_id))
        takes += [Take(camera, track, _real(one, reference=one is trial.shots[0])) for track in tracks]
    if len({take.camera.name for take in takes}) < 2:
        return None, None
    try:
        found = in_space(takes, How())
    except TouchlineError as fault:
        return None, fault
    saw = {take.camera.name for take in takes}
    nobody = tuple(of_camera("camera_not_used", camera.name) for _, camera in placed if camera.name not in saw)
    return replace(found, notes=(*found.notes, *nobody)), None


def _real(one: TrialShot, *, reference: bool) -> ClockMap:
    """The clock from a track's seconds, which are real already, to the trial's, which is that of the reference."""
    return ClockMap(one.to_trial.offset_s, sigma_s=0.0 if reference else one.to_trial.sigma_s)

"""The cameras of a trial: where they stand, whose calibration that is, and how their clocks hang together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from athletes.kinematics.model import Movement
from athletes.motion.model import Trial, TrialShot
from athletes.motion.trials import Trials
from athletes.pose.slow_motion import checked_factor
from athletes.space.calibrations import Calibration
from athletes.space.camera import PosedCamera
from athletes.space.fitting import Fit, fitted, shows_letterbox
from athletes.space.pose_spread import pose_spread
from athletes.worded import Worded
from touchline.errors import BadValue, NotFound
from touchline.footage import Progress, Tied, View, keeper, open_footage
from touchline.i18n import LANGUAGES, t
from touchline.timebase import ClockMap

CAMERA = "camera"
"""Where a shot's settings keep the camera's pose."""
DRIFT = Fraction(1, 100)
"""Clocks of cameras differ by less; what differs by more is slow motion."""
UNIFORM_SD = 1 / math.sqrt(12)
"""Standard deviation of what may lie anywhere within a picture, in pictures."""


def camera_document(camera: PosedCamera) -> dict[str, Any]:
    """A posed camera, JSON-ready."""
    return {
        "name": camera.name,
        "size_px": list(camera.size_px),
        "k": camera.K.tolist(),
        "r": camera.R.tolist(),
        "t_m": camera.t_m.tolist(),
        "dist": camera.dist.tolist(),
        "cov": None if camera.cov is None else camera.cov.tolist(),
    }


def camera_of(one: TrialShot) -> PosedCamera | None:
    """The posed camera of a shot; None where nobody said where it stands."""
    told = one.settings.get(CAMERA)
    if told is None:
        return None
    width, height = told["size_px"]
    cov = told["cov"]
    return PosedCamera(
        one.shot.camera_id,
        (int(width), int(height)),
        np.array(told["k"], dtype=np.float64),
        np.array(told["r"], dtype=np.float64),
        np.array(told["t_m"], dtype=np.float64),
        np.array(told["dist"], dtype=np.float64),
        None if cov is None else np.array(cov, dtype=np.float64),
    )


def calibrated_cameras(trial: Trial) -> tuple[PosedCamera, ...]:
    """The trial's cameras that stand somewhere known, for its recordings' sizes, called as in the file they came from;
    as in the trial where that calls two alike."""
    found = [(one.settings[CAMERA]["name"], camera) for one in trial.shots if (camera := camera_of(one)) is not None]
    names = [name for name, _ in found]
    return tuple(replace(camera, name=name) if names.count(name) == 1 else camera for name, camera in found)


def posed(
    trials: Trials,
    trial_id: str,
    calibration: Calibration,
    named: Mapping[str, str],
    how: Mapping[str, Fit] | None = None,
) -> Trial:
    """The trial with its cameras placed by ``calibration``; ``named`` leads from the trial's cameras to those in the
    file, and cameras that are not in it lose their place. Pictures of another size than the calibration's are fitted as
    ``how`` says of a camera; where it does not, black bars in the picture tell.

    Raises ``BadValue`` where a size does not say by itself how it came about, ``NotFound`` for a name that is not in
    the file, ``NotAllowed``.
    """
    trial = trials.trial(trial_id)
    for camera_id in named:
        trial.shot(camera_id)
    shots = []
    for one in trial.shots:
        settings = {name: value for name, value in one.settings.items() if name != CAMERA}
        wanted = named.get(one.shot.camera_id)
        if wanted is not None:
            camera = calibration.camera(wanted)
            fit = (how or {}).get(one.shot.camera_id) or _seen_fit(trials, trial, one, camera)
            settings[CAMERA] = camera_document(fitted(camera, one.shot.size_px, fit))
        shots.append(replace(one, settings=settings))
    return trials.change(replace(trial, shots=tuple(shots)))


def _seen_fit(trials: Trials, trial: Trial, one: TrialShot, camera: PosedCamera) -> Fit | None:
    """How pictures of the calibration became those of the recording, where the recording shows it."""
    if camera.size_px == one.shot.size_px:
        return None
    footage = open_footage(trials.folder(trial.id) / one.shot.file)
    try:
        picture = footage.picture(0)
    finally:
        footage.close()
    return Fit.LETTERBOX if shows_letterbox(picture, camera.size_px) else None


def matched(trial: Trial, calibration: Calibration) -> dict[str, str]:
    """Which camera of the file each of the trial's is, as far as names tell: the same name, or one that the recording's
    label holds. What two could be is left out."""
    names = [camera.name for camera in calibration.cameras]
    found = {}
    for one in trial.shots:
        said = (one.shot.camera_id.casefold(), one.shot.label.casefold())
        exact = [name for name in names if name.casefold() in said]
        within = exact or [name for name in names if name.casefold() in said[1]]
        if len(within) == 1:
            found[one.shot.camera_id] = within[0]
    taken = list(found.values())
    return {camera: name for camera, name in found.items() if taken.count(name) == 1}


def tie(trials: Trials, trial_id: str, progress: Progress) -> list[Tied]:
    """The clocks of a trial's cameras beside its first one's, as found; what is sure is kept. A camera that somebody
    said to be slowed otherwise than the first one keeps its clock: two that show one movement at two speeds have no
    common offset to be found. Raises ``BadValue`` for one camera alone, ``NotAllowed``."""
    trial = trials.trial(trial_id)
    if len(trial.shots) < 2:
        raise BadValue("athletes.errors.one_camera", name=trial.name)
    folder = trials.folder(trial_id)
    first, *others = trial.shots
    alike = [one for one in others if _alike(one, first)]
    answers = keeper().tie(folder / first.shot.file, [folder / one.shot.file for one in alike], progress)
    said = {one.shot.camera_id: answer for one, answer in zip(alike, answers, strict=True)}
    reason = {lang: t("athletes.motion_trial.slowed_otherwise", lang) for lang in LANGUAGES}
    found = [said.get(one.shot.camera_id, Tied(None, "", reason)) for one in others]
    clocks = {
        one.shot.camera_id: _beside(first, answer.to_reference)
        for one, answer in zip(others, found, strict=True)
        if answer.to_reference is not None
    }
    now = trials.trial(trial_id)
    shots = (replace(one, to_trial=clocks.get(one.shot.camera_id, one.to_trial)) for one in now.shots)
    trials.change(replace(now, shots=tuple(shots)))
    return found


def _alike(one: TrialShot, other: TrialShot) -> bool:
    """Whether two cameras show what happened at one speed; clocks only drift."""
    return abs(one.to_trial.rate / other.to_trial.rate - 1) < DRIFT


def _beside(first: TrialShot, there: ClockMap) -> ClockMap:
    """The clock to the trial's time of a camera whose clock beside the first one's is ``there``."""
    rate = first.to_trial.rate
    sigma_s = None if there.sigma_s is None else there.sigma_s * float(rate)
    return ClockMap(first.to_trial.forward(there.offset_s), rate * there.rate, sigma_s)


def nudged(trials: Trials, trial_id: str, camera_id: str, offset_s: Fraction, *, sigma_s: float | None = None) -> Trial:
    """The trial with a camera's first picture at ``offset_s`` of its time, as somebody set it by hand. Raises
    ``BadValue`` (``clock_meets_nothing``), ``NotFound``, ``NotAllowed``."""
    trial = trials.trial(trial_id)
    one = trial.shot(camera_id)
    checked_clock(trial, camera_id, offset_s)
    return trials.change(trial.with_shot(replace(one, to_trial=ClockMap(offset_s, one.to_trial.rate, sigma_s))))


def checked_clock(trial: Trial, camera_id: str, offset_s: Fraction) -> None:
    """Nothing. Raises ``BadValue`` where a camera whose first picture is at ``offset_s`` has no instant in common with
    the trial's first camera."""
    first, one = trial.shots[0], trial.shot(camera_id)
    begins, ends = float(first.to_trial.offset_s), float(first.to_trial.offset_s) + _real_s(first)
    low = begins - _real_s(one)
    if not low < offset_s < ends:
        raise Worded(
            "athletes.errors.clock_meets_nothing",
            camera=one.shot.label,
            first=first.shot.label,
            offset=float(offset_s),
            begins=begins,
            ends=ends,
            low=low,
            high=ends,
        )


def _real_s(one: TrialShot) -> float:
    """How long a camera looks, in real seconds: to the end of its last picture."""
    return float(Fraction(max(one.shot.length_s, 0.0)) * one.to_trial.rate + picture_s(one))


def picture_s(one: TrialShot) -> Fraction:
    """Real seconds from a picture of a camera to its next; as of 30 a second where there is only one."""
    shot = one.shot
    if shot.frames < 2 or shot.length_s <= 0:
        return Fraction(1, 30)
    return Fraction(shot.length_s / (shot.frames - 1)).limit_denominator(100_000) * one.to_trial.rate


def within_s(*cameras: TrialShot) -> float:
    """The standard deviation of an instant that is known to one picture of the slowest camera, wherever in it."""
    return float(max(picture_s(one) for one in cameras)) * UNIFORM_SD


def began_together(trials: Trials, trial_id: str) -> Trial:
    """The trial with cameras that one trigger started, as somebody said: every first picture shows one instant. Their
    shutters may be anywhere within a picture of one another. Raises ``NotFound``, ``NotAllowed``."""
    trial = trials.trial(trial_id)
    first, *others = trial.shots
    start_s = first.to_trial.offset_s
    clocks = (ClockMap(start_s, one.to_trial.rate, within_s(first, one)) for one in others)
    told = [replace(one, to_trial=clock) for one, clock in zip(others, clocks, strict=True)]
    return trials.change(replace(trial, shots=(first, *told)))


def slowed(trials: Trials, trial_id: str, camera_id: str, slow: Fraction) -> Trial:
    """The trial with a camera whose file shows what happened ``slow`` times slower than it was. Raises ``BadValue`` for
    less than 1 and more than 100 times."""
    checked_factor(float(slow))
    trial = trials.trial(trial_id)
    one = trial.shot(camera_id)
    clock = ClockMap(one.to_trial.offset_s, 1 / slow, one.to_trial.sigma_s)
    return trials.change(trial.with_shot(replace(one, to_trial=clock)))


def add_filmed(
    trials: Trials,
    filmed_id: str,
    name: str,
    movement: Movement,
    day: date,
    *,
    athlete_id: str | None = None,
    progress: Progress = lambda share, label: None,
) -> Trial:
    """A new trial of the synchronised, calibrated cameras of a recording that is kept elsewhere, such as a match. What
    it shows is copied; the recording stays what it is.

    Raises ``NotFound`` where it has no such cameras, ``NotAllowed``, and as ``Trials.add``.
    """
    views = keeper().views(trials.archive.home, filmed_id, trials.archive.person)
    if not views:
        raise NotFound("athletes.errors.nothing_filmed", id=filmed_id)
    sources = [(view.path, view.label) for view in views]
    trial = trials.add(name, movement, day, sources, athlete_id=athlete_id, progress=progress)
    start = min(view.to_match.offset_s for view in views)
    shots = tuple(_placed(one, view, start) for one, view in zip(trial.shots, views, strict=True))
    return trials.change(replace(trial, shots=shots))


def _placed(one: TrialShot, view: View, start: Fraction) -> TrialShot:
    clock = ClockMap(view.to_match.offset_s - start, view.to_match.rate, view.to_match.sigma_s)
    camera = PosedCamera(one.shot.camera_id, view.size_px, view.k, _turn(view.rvec), view.tvec_m, view.dist)
    if view.cov is not None:
        camera = replace(camera, cov=pose_spread(camera, view.cov, view.parameters))
    return replace(one, to_trial=clock, settings={**one.settings, CAMERA: camera_document(camera)})


def _turn(rvec: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(rvec).as_matrix())

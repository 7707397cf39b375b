"""The long work of trials, each piece a job in a process of its own (``touchline.jobs``)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from athletes.archive import Archive
from athletes.motion.film_work import KIND as CLIP
from athletes.motion.film_work import clip_work
from athletes.motion.looking import Looking, look_through
from athletes.motion.measuring import measure_trial
from athletes.motion.model import Trial, TrialShot
from athletes.motion.rig import tie
from athletes.motion.trials import WAITING, Trials
from touchline.errors import BadFile, NotFound, TouchlineError
from touchline.files import locked
from touchline.footage import keeper
from touchline.i18n import LANGUAGES
from touchline.jobs import Offered, Report
from touchline.rights import Action

LOOKING = 0.9
"""The share of the work that is looking through the recordings; copies for the browser are made after it."""
LOCK = ".work.lock"
PLAYABLE = "avc1."
"""What a browser plays as it is."""


def motion_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Look through a trial's recordings and measure it: ``trial``, ``engine``, ``model``, ``people``.

    Stopped or killed it goes on where it was, when it is started again. Tells of ``measured`` as soon as numbers are
    there; copies for the browser follow.
    """
    trials = Trials(Archive(home))
    trial = trials.trial(arguments["trial"])
    how = Looking(arguments.get("engine", "mediapipe"), arguments.get("model", "full"), int(arguments.get("people", 1)))
    if hasattr(os, "nice"):
        os.nice(10)
    return look_and_measure(trials, trial, how, progress, told=progress.tell)


def look_and_measure(
    trials: Trials,
    trial: Trial,
    how: Looking,
    progress: Callable[[float, str], None],
    *,
    told: Callable[[dict[str, Any]], None] = lambda result: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """What the job does, in this process: ``stopped`` says that it was asked to end early. A recording that cannot be
    read is ``refused`` with its reason, and the others are measured. While other work on the same trial goes first,
    ``WAITING`` is ``told``."""
    # Of two at once the other waits, and finds what this one found.
    with locked(trials.folder(trial.id) / LOCK, lambda: told({WAITING: True})):
        told({})
        return _look_and_measure(trials, trials.trial(trial.id), (how, stop), progress, told)


def _look_and_measure(
    trials: Trials,
    trial: Trial,
    asked: tuple[Looking, Callable[[], bool]],
    progress: Callable[[float, str], None],
    told: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    how, stop = asked
    _proxies(trials, trial, progress, first=True)
    whole_s = sum(one.shot.frames for one in trial.shots) or 1
    done = 0
    refused: dict[str, Any] = {}
    for one in trial.shots:

        def step(share: float, said: str, before: int = done, frames: int = one.shot.frames) -> None:
            progress(LOOKING * (before + share * frames) / whole_s, said)

        try:
            if not look_through(trials, trial.id, one.shot.camera_id, how, progress=step, stop=stop):
                return {"trial": trial.id, "stopped": True, "refused": refused}
        except (BadFile, NotFound) as fault:
            if not _by_recording(trials, trial, one, fault):
                raise
            refused[one.shot.camera_id] = {lang: fault.document(lang) for lang in LANGUAGES}
        done += one.shot.frames
    measured = measure_trial(trials, trial.id)
    result: dict[str, Any] = {
        "trial": trial.id,
        "stopped": False,
        "measured": sorted(measured.analyses),
        "refused": refused,
        "space": None if measured.refusal is None else {lang: measured.refusal.document(lang) for lang in LANGUAGES},
    }
    told(result)
    _proxies(trials, trial, progress, first=False)
    progress(1.0, "")
    return result


def _by_recording(trials: Trials, trial: Trial, one: TrialShot, fault: TouchlineError) -> bool:
    """Whether a refusal is about one recording, which cannot be read or is gone, and not about the whole trial."""
    return isinstance(fault, BadFile) or not (trials.folder(trial.id) / one.shot.file).is_file()


def _proxies(trials: Trials, trial: Trial, progress: Callable[[float, str], None], *, first: bool) -> None:
    """Copies for the browser: at ``first`` of what it cannot play as it is, else of the rest, which steps through it
    faster with them. A picture that does not decode ends its copy there; it is named where it is looked at."""
    for one in trial.shots:
        if one.shot.codec.startswith(PLAYABLE) is not first:
            begins, share = (0.0, 0.0) if first else (LOOKING, 1.0 - LOOKING)
            try:
                keeper().make_proxy(
                    one.shot,
                    trials.folder(trial.id),
                    lambda done, said, begins=begins, share=share: progress(begins + done * share, said),  # type: ignore[misc]
                )
            except (BadFile, NotFound) as fault:
                if not _by_recording(trials, trial, one, fault):
                    raise


def tie_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Set the clocks of a trial's cameras beside each other: ``trial``."""
    found = tie(Trials(Archive(home)), arguments["trial"], progress)
    return {
        "trial": arguments["trial"],
        "tied": [
            {
                "method": one.method,
                "to_reference": None if one.to_reference is None else one.to_reference.document(),
                "reason": dict(one.reason),
            }
            for one in found
        ],
    }


JOBS = Offered(
    MappingProxyType({"motion": Action.KEEP_TRAINING, "motion_tie": Action.KEEP_TRAINING, CLIP: Action.SEE_TRAINING}),
    MappingProxyType({"motion": motion_work, "motion_tie": tie_work, CLIP: clip_work}),
    seeing=Action.SEE_TRAINING,
)

"""How far a trial is: not looked at, at work, in need of a click, measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from athletes.motion.found import analysis_of
from athletes.motion.looking import reading_of, why_nobody
from athletes.motion.model import Trial, TrialShot
from athletes.motion.trials import WAITING, Trials
from touchline.errors import TouchlineError
from touchline.jobs import Job, Jobs

KIND = "motion"
"""The kind of job that looks at a trial's pictures."""


class Step(StrEnum):
    """Where a trial is, by the word that is shown of it."""

    NEW = "new"
    WORKING = "working"
    STOPPED = "stopped"
    FAILED = "failed"
    NOBODY = "nobody"
    """All pictures were looked at, and nobody is in them."""
    CHOOSE = "choose"
    """Several people were found, and nobody said who it is."""
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a trial is; ``job`` is the newest that nobody put away. ``why`` tells why nobody was found, as
    ``why_nobody`` does; it is empty otherwise."""

    step: Step
    job: Job | None
    why: str = ""


def jobs_by_trial(jobs: Jobs, kind: str = KIND) -> dict[str, Job]:
    """The newest job of a kind of each trial among those that run, else among those that nobody put away."""
    ended_first = sorted(jobs.unseen((kind,)), key=lambda job: job.state == "running")
    return {str(job.arguments.get("trial", "")): job for job in ended_first}


def standing_of(trials: Trials, trial: Trial, jobs: Mapping[str, Job]) -> Standing:
    """Where ``trial`` is. What a job left unfinished comes before what an earlier one measured."""
    job = jobs.get(trial.id)
    if job is not None and job.state in ("running", "stopped", "failed"):
        step = {"running": Step.WORKING, "stopped": Step.STOPPED, "failed": Step.FAILED}[job.state]
        return Standing(step, job)
    found = {_of_camera(trials, trial, one) for one in trial.shots}
    order = (Step.CHOOSE, Step.MEASURED, Step.NOBODY, Step.NEW)
    step = next((step for step in order if step in found), Step.NEW)
    if step is not Step.NOBODY:
        return Standing(step, job)
    readings = (reading_of(trials, trial.id, one.shot.camera_id) for one in trial.shots)
    return Standing(step, job, why_nobody(reading for reading in readings if reading is not None))


def waits(job: Job) -> bool:
    """Whether a running job waits for another one of the same trial to end."""
    return job.state == "running" and bool((job.result or {}).get(WAITING))


def _of_camera(trials: Trials, trial: Trial, one: TrialShot) -> Step:
    camera_id = one.shot.camera_id
    reading = reading_of(trials, trial.id, camera_id)
    if reading is None:
        try:
            return Step.MEASURED if analysis_of(trials, trial.id, camera_id) is not None else Step.NEW
        except TouchlineError:  # it can be measured again
            return Step.NEW
    if not reading["people"]:
        return Step.NOBODY
    return Step.CHOOSE if reading["people"] > 1 and "person" not in one.settings else Step.MEASURED

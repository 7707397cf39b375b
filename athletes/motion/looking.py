"""A trial's recordings looked through by a pose engine: in chunks that a killed job goes on from, then followed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from athletes.motion.found import PointsSeal, keep_tracks, looked_through, tracks_of, tracks_path
from athletes.motion.model import Result
from athletes.motion.rig import DRIFT
from athletes.motion.trials import Trials
from athletes.pose.chunks import read_plan
from athletes.pose.engine import open_engine
from athletes.pose.reading import all_there, read_recording
from athletes.pose.results import followed
from touchline.errors import BadFile, NotFound
from touchline.footage import Progress, open_footage

SHORT, SHORT_CHUNK, LONG_CHUNK = 3000, 120, 600
"""Frames of a short recording, and of the pieces that a stopped job goes on from: a coach who stops a clip of some
seconds loses two of them; an hour is read in larger ones, because each is looked at from 30 frames before it on."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How recordings are looked through: ``engine`` and ``model`` by name, up to ``people`` of them.
    A killed job goes on at the last whole chunk."""

    engine: str = "mediapipe"
    model: str = "full"
    people: int = 1
    chunk_frames: int | None = None


def look_through(
    trials: Trials,
    trial_id: str,
    camera_id: str,
    how: Looking,
    *,
    progress: Progress = lambda share, said: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Find the people in one recording and keep them; whether it was looked through to its end.

    What an earlier run found is not looked for again, unless it looked in another way or is damaged. Raises
    ``Missing`` for a model that is not here, ``BadFile`` for a recording that cannot be read, ``NotAllowed``.
    """
    trial = trials.trial(trial_id)
    one = trial.shot(camera_id)
    folder = trials.points_folder(trial_id, camera_id)
    opening = partial(open_engine, how.engine, how.model, how.people)
    engine = opening()
    try:
        name, noise = engine.name, engine.noise
    finally:
        engine.close()
    if _other(folder_plan(trials, trial_id, camera_id), name):
        shutil.rmtree(folder, ignore_errors=True)
    if _is_whole(trials, trial_id, camera_id):
        return True
    folder.mkdir(parents=True, exist_ok=True)
    seal = PointsSeal(trials.archive, trial_id, camera_id)
    footage = open_footage(trials.folder(trial_id) / one.shot.file)
    try:
        read = read_recording(
            footage,
            opening,
            folder,
            chunk_frames=how.chunk_frames or (SHORT_CHUNK if len(footage) <= SHORT else LONG_CHUNK),
            progress=progress,
            stop=stop,
            seal=(seal.close, seal.open),
        )
    finally:
        footage.close()
    if read.stopped:
        return False
    _keep(trials, trial_id, camera_id, {"engine": name, "noise": noise})
    return True


def sides_in_real_time(trials: Trials, trial_id: str, camera_id: str) -> None:
    """Put left and right of a recording's people right again, where somebody said since that it shows what happened
    more slowly, or less slowly, than was thought when it was looked through. The pictures are not looked at again; who
    is who stays. Raises ``NotAllowed``."""
    told = reading_of(trials, trial_id, camera_id)
    slow = trials.trial(trial_id).shot(camera_id).slow
    if told is None or abs(float(slow) / told.get("slow", 1.0) - 1) < float(DRIFT):
        return
    with suppress(NotFound, BadFile):  # what was read is gone or damaged: the people stay as they were found
        if all_there(trials.points_folder(trial_id, camera_id)):
            _keep(trials, trial_id, camera_id, {"engine": told["engine"], "noise": told["noise"]})


def _keep(trials: Trials, trial_id: str, camera_id: str, how: Mapping[str, str]) -> None:
    """Follow the people in what was read of a recording, and keep them and what is known of the reading."""
    seal = PointsSeal(trials.archive, trial_id, camera_id)
    slow = float(trials.trial(trial_id).shot(camera_id).slow)
    outcome = followed(trials.points_folder(trial_id, camera_id), (seal.close, seal.open), slow=slow)
    told = {
        **how,
        "slow": slow,
        "people": len(outcome.tracks),
        "notes": [note.document() for note in outcome.notes],
        "doubts": [asdict(doubt) for doubt in outcome.doubts],
        "swaps": {str(person): asdict(swaps) for person, swaps in outcome.swaps.items()},
    }
    trials.keep_result(trial_id, Result.READING, json.dumps(told).encode(), camera_id=camera_id, recipe=how["engine"])
    keep_tracks(trials, trial_id, camera_id, outcome.tracks)


def reading_of(trials: Trials, trial_id: str, camera_id: str) -> dict[str, Any] | None:
    """What is known of how a recording was looked through: ``engine``, its ``noise``, ``people``, ``slow`` (how many
    times slower than real it was taken to show what happened), ``notes`` (as ``athletes.pose.results.Note`` documents
    them), ``doubts`` (stretches where it is not sure who is who), ``swaps`` by person (where left and right were
    exchanged back). None where it was not, or what was kept of it is damaged."""
    try:
        kept = trials.result(trial_id, Result.READING, camera_id=camera_id)
    except BadFile:
        return None
    return None if kept is None else dict(json.loads(kept[1]))


def why_nobody(readings: Iterable[Mapping[str, Any]]) -> str:
    """Why nobody was found in recordings that were looked through, as far as they tell: ``too_few_frames`` where none
    has more than one, ``too_dark``, or ``nobody_seen``."""
    found = [{str(note["key"]) for note in reading["notes"]} for reading in readings]
    if found and all("one_frame" in keys for keys in found):
        return "too_few_frames"
    return "too_dark" if any("dark" in keys for keys in found) else "nobody_seen"


def _is_whole(trials: Trials, trial_id: str, camera_id: str) -> bool:
    """Whether a recording was looked through, and what was found can be read."""
    try:
        tracks_of(trials, trial_id, camera_id)
        trials.result(trial_id, Result.READING, camera_id=camera_id)
    except BadFile:
        return False
    return looked_through(trials, trial_id, camera_id)


def forget(trials: Trials, trial_id: str, camera_id: str) -> None:
    """Take away what was found in a recording, so that it is looked through anew."""
    trials.trial(trial_id).shot(camera_id)
    shutil.rmtree(trials.points_folder(trial_id, camera_id), ignore_errors=True)


def folder_plan(trials: Trials, trial_id: str, camera_id: str) -> dict[str, Any] | None:
    """What lies in the folder of a recording's points: which engine, which frames; None where nothing does."""
    try:
        return read_plan(tracks_path(trials, trial_id, camera_id).parent)
    except BadFile:
        return {}


def _other(plan: dict[str, Any] | None, engine: str) -> bool:
    return plan is not None and plan.get("engine") != engine

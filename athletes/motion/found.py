"""What was found in a trial's recordings and measured of it, as the nouns of motion; kept sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from athletes.archive import Archive
from athletes.kinematics.analysis_file import read_analysis, write_analysis
from athletes.kinematics.model import Analysis
from athletes.motion.model import Result, Trial
from athletes.motion.trials import Trials
from athletes.pose.model import Skeleton, Track
from athletes.pose.points_file import people_in, points_bytes
from athletes.pose.points_file import tracks_of as read_tracks
from athletes.space.motion_file import MotionFile, motion_bytes, motion_from
from touchline.errors import TouchlineError
from touchline.files import write_bytes
from touchline.rights import Action, require

TRACKS = "tracks.sealed"


class PointsSeal:
    """Closes and opens the body points of one camera of a trial."""

    def __init__(self, archive: Archive, trial_id: str, camera_id: str) -> None:
        self._seal, self._about = archive.seal, f"trial_points {trial_id} {camera_id}"

    def close(self, data: bytes) -> bytes:
        """``data`` sealed."""
        return self._seal.close(data, self._about)

    def open(self, data: bytes) -> bytes:
        """What was sealed. Raises ``BadFile``."""
        return self._seal.open(data, self._about)


def tracks_path(trials: Trials, trial_id: str, camera_id: str) -> Path:
    """Where the people followed through one recording lie, sealed."""
    return trials.points_folder(trial_id, camera_id) / TRACKS


def keep_tracks(trials: Trials, trial_id: str, camera_id: str, tracks: Sequence[Track]) -> None:
    """Keep the people followed through one recording, times on the recording's own clock. Raises ``NotFound``."""
    require(trials.archive.person, Action.KEEP_TRAINING)
    trials.trial(trial_id).shot(camera_id)
    path = tracks_path(trials, trial_id, camera_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, PointsSeal(trials.archive, trial_id, camera_id).close(points_bytes(tracks)), private=True)


def tracks_of(trials: Trials, trial_id: str, camera_id: str) -> tuple[Track, ...]:
    """The people followed through one recording, the one who is seen most first, in real seconds after its first frame;
    empty where nobody was, and where nobody looked yet (``looked_through``). Raises ``NotFound``, ``BadFile``."""
    one = trials.trial(trial_id).shot(camera_id)
    path = tracks_path(trials, trial_id, camera_id)
    if not path.is_file():
        return ()
    found = read_tracks(PointsSeal(trials.archive, trial_id, camera_id).open(path.read_bytes()), path.name)
    rate = float(one.to_trial.rate)
    real = (track if rate == 1.0 else replace(track, t_s=track.t_s * rate) for track in found)
    return tuple(real) if len(found) < 2 else tuple(sorted(real, key=_seen, reverse=True))


def people_of(trials: Trials, trial_id: str, camera_id: str) -> tuple[tuple[int, Skeleton], ...]:
    """Number and skeleton of everybody who was followed through one recording, in no order, without their points: those
    of an hour take seconds. Raises ``NotFound``, ``BadFile``."""
    trials.trial(trial_id).shot(camera_id)
    path = tracks_path(trials, trial_id, camera_id)
    if not path.is_file():
        return ()
    return people_in(PointsSeal(trials.archive, trial_id, camera_id).open(path.read_bytes()), path.name)


def followed_number(trials: Trials, trial: Trial, camera_id: str) -> int | None:
    """The number of the person whom ``followed_of`` gives, without reading points where it is known without."""
    numbers = [number for number, _ in people_of(trials, trial.id, camera_id)]
    chosen = trial.shot(camera_id).settings.get("person")
    if chosen in numbers or len(numbers) < 2:
        return chosen if chosen in numbers else next(iter(numbers), None)
    track = followed_of(trials, trial, camera_id)
    return None if track is None else track.person


def _seen(track: Track) -> float:
    """How much there is to see of somebody: joints seen, times how tall they are in the picture."""
    there = track.px[np.isfinite(track.px[..., 1]).any(axis=1), :, 1]
    if not len(there):
        return 0.0
    tall = float(np.median(np.nanmax(there, axis=1) - np.nanmin(there, axis=1)))
    return float(np.isfinite(there).sum() * max(1.0, tall))


def looked_through(trials: Trials, trial_id: str, camera_id: str) -> bool:
    """Whether a recording was looked through to its end."""
    return tracks_path(trials, trial_id, camera_id).is_file()


def followed_of(trials: Trials, trial: Trial, camera_id: str) -> Track | None:
    """The person who is measured in one recording: the one somebody chose, else the one who is seen most; None where
    there is nobody."""
    tracks = tracks_of(trials, trial.id, camera_id)
    chosen = trial.shot(camera_id).settings.get("person")
    return next((track for track in tracks if track.person == chosen), tracks[0] if tracks else None)


def points_version(trials: Trials, trial_id: str, camera_id: str) -> str:
    """What tells these points from those of another look through the recording; empty without any."""
    try:
        found = tracks_path(trials, trial_id, camera_id).stat()
    except OSError:
        return ""
    return hashlib.sha256(f"{found.st_ino} {found.st_size} {found.st_mtime_ns}".encode()).hexdigest()[:12]


def keep_analysis(trials: Trials, trial_id: str, analysis: Analysis, *, camera_id: str = "", recipe: str) -> None:
    """Keep what was measured by one camera, or by all together (``""``). Raises ``NotFound``."""
    trials.keep_result(trial_id, Result.ANALYSIS, write_analysis(analysis), camera_id=camera_id, recipe=recipe)


def analysis_of(trials: Trials, trial_id: str, camera_id: str = "") -> Analysis | None:
    """What was measured by one camera, or by all together; None where nothing was. Raises ``NotFound``."""
    kept = trials.result(trial_id, Result.ANALYSIS, camera_id=camera_id)
    return None if kept is None else read_analysis(kept[1])


def analyses_of(trials: Trials, trial: Trial) -> dict[str, Analysis]:
    """What was measured, by camera; ``""`` is all cameras together, which come first. What cannot be read is left
    out: it can be measured again."""
    found = {}
    for camera_id in ("", *(one.shot.camera_id for one in trial.shots)):
        try:
            analysis = analysis_of(trials, trial.id, camera_id)
        except TouchlineError:
            continue
        if analysis is not None:
            found[camera_id] = analysis
    return found


def keep_motion(trials: Trials, trial_id: str, found: MotionFile, *, recipe: str) -> None:
    """Keep somebody in space. Raises ``NotFound``."""
    trials.keep_result(trial_id, Result.MOTION, motion_bytes(found), recipe=recipe)


def motion_of(trials: Trials, trial_id: str) -> MotionFile | None:
    """Somebody in space, with notes; None where the cameras gave nothing. Raises ``NotFound``."""
    kept = trials.result(trial_id, Result.MOTION)
    return None if kept is None else motion_from(kept[1], "motion")

"""A clip made by a job and kept sealed beside its trial until the next one is made; handed over by consent alone."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from athletes.archive import Archive
from athletes.motion.clip import write_clip
from athletes.motion.film import layer_of, opened
from athletes.motion.model import Trial
from athletes.motion.trials import CLIP, Trials
from athletes.paper.motion_facts import may_leave
from touchline.access import Act
from touchline.files import locked, write_bytes
from touchline.i18n import t
from touchline.jobs import Report

KIND = "motion_clip"


def clip_path(trials: Trials, trial_id: str) -> Path:
    """Where the newest clip of a trial lies."""
    return trials.folder(trial_id) / CLIP


def clip_work(home: Path, arguments: dict[str, Any], progress: Report) -> dict[str, Any]:
    """Make the clip of a trial: ``trial``, ``camera``, ``since`` and ``until`` (real seconds or None), ``slow``,
    ``curve``, ``lang``. Stopped midway, nothing is left of it and the one before stays."""
    trials = Trials(Archive(home))
    trial_id, lang = str(arguments["trial"]), str(arguments.get("lang", "vi"))
    camera = str(arguments.get("camera", ""))
    said = t("athletes.motion_paper.clip_frames", lang)
    with (
        contextlib.closing(opened(trials, trial_id, camera)) as footage,
        # Beside the trial, which takes it along where a process is killed before it puts its pictures away.
        _alone(trials.folder(trial_id)) as work,
    ):
        layer = layer_of(
            trials,
            trial_id,
            footage,
            camera,
            stretch=(arguments.get("since"), arguments.get("until")),
            slow=float(arguments.get("slow", 1.0)),
            curve=str(arguments.get("curve", "")),
            lang=lang,
        )
        comment = " · ".join(layer.about)
        made = write_clip(
            work / "clip.mp4", footage, layer, comment=comment, step=lambda share: progress(0.99 * share, said)
        )
        closed = trials.archive.seal.close(made.path.read_bytes(), _about(trial_id))
        write_bytes(clip_path(trials, trial_id), closed, private=True)
    return {
        "trial": trial_id,
        "camera": layer.camera_id,
        "frames": [made.frames[0], made.frames[-1]],
        "length_s": made.length_s,
    }


@contextlib.contextmanager
def _alone(trial_folder: Path) -> Iterator[Path]:
    """An empty folder of a trial in which one clip at a time is made; nothing is left of it, or of an earlier one."""
    with locked(trial_folder / ".clip.lock"):
        work = trial_folder / ".clip"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def kept_clip(trials: Trials, trial: Trial) -> bytes | None:
    """The newest clip of a trial as the content of an MP4, to be handed over; None where none was made. It is noted in
    the athlete's access log. Raises ``NoConsent``, ``NotAllowed``."""
    may_leave(trials, trial)
    path = clip_path(trials, trial.id)
    if not path.is_file():
        return None
    trials.archive.note([trial.athlete_id], Act.EXPORTED)
    return trials.archive.seal.open(path.read_bytes(), _about(trial.id))


def _about(trial_id: str) -> str:
    return f"trial_clip {trial_id}"

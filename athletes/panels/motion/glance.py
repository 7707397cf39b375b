"""The little that a page says of the points of a recording, without reading them at every run."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from athletes.motion.found import followed_number, followed_of, points_version
from athletes.motion.looking import reading_of
from athletes.motion.model import Trial, TrialShot
from athletes.motion.slowness import FLYING
from athletes.motion.trials import Trials
from athletes.pose.slow_motion import Suggestion, by_falls
from touchline.errors import BadFile

KEPT = 64


@dataclass(frozen=True, slots=True)
class Glance:
    """How many ``people`` were followed, the number of the one who is measured (None without anybody), and what their
    falls say of the recording's speed."""

    people: int
    followed: int | None
    falls: Suggestion | None


def glance(trials: Trials, trial: Trial, one: TrialShot) -> Glance | None:
    """What a page says of a camera's points; None where nobody looked yet, or what was found is damaged."""
    found = _glance(trials, trial, one)
    return None if isinstance(found, BadFile) else found


def damaged(trials: Trials, trial: Trial) -> list[BadFile]:
    """Why points of a trial's cameras cannot be read; they can be looked for again."""
    found = (_glance(trials, trial, one) for one in trial.shots)
    return [fault for fault in found if isinstance(fault, BadFile)]


def _glance(trials: Trials, trial: Trial, one: TrialShot) -> Glance | BadFile | None:
    camera = one.shot.camera_id
    reading = reading_of(trials, trial.id, camera)  # asks the archive: what follows is kept between runs
    if reading is None:
        return None
    told = (int(reading["people"]), one.settings.get("person"), float(one.slow), trial.movement)
    try:
        return _read(trials, trial, camera, points_version(trials, trial.id, camera), told)
    except BadFile as fault:
        return fault


@st.cache_data(max_entries=KEPT, show_spinner=False)
def _read(
    _trials: Trials, _trial: Trial, camera: str, version: str, told: tuple[int, int | None, float, str]
) -> Glance:
    """Read once for each look through the pictures: a long recording has many points."""
    if told[3] not in FLYING:
        return Glance(told[0], followed_number(_trials, _trial, camera), None)
    track = followed_of(_trials, _trial, camera)
    falls = None if track is None else by_falls(track, told[2])
    return Glance(told[0], None if track is None else track.person, falls)

"""A trial as commands tell it: a document, and lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from athletes.kinematics.model import Analysis
from athletes.motion.curve_words import event_word
from athletes.motion.demo_words import in_language
from athletes.motion.found import analyses_of, followed_of, looked_through, motion_of, tracks_of
from athletes.motion.looking import reading_of
from athletes.motion.measuring import is_current
from athletes.motion.model import Trial, TrialShot
from athletes.motion.naming import finding_name, movement_name, sentence_of, told_whole
from athletes.motion.quality_words import grade_words, quality_lines
from athletes.motion.rig import CAMERA
from athletes.motion.slowness import suggested
from athletes.motion.trials import Trials
from athletes.pose.model import Track
from athletes.pose.results import Note
from athletes.pose.wording import note_words, slow_words
from athletes.space.grades import Quality, quality_of
from touchline.errors import BadFile
from touchline.i18n import UNKNOWN, number, t
from touchline.measure import MS_PER_S, Z95
from touchline.timebase import ClockMap

WITH_THE_NUMBERS = ("nobody", "nobody_in_the_dark", "dark", "one_frame")
"""What is said of a reading where its numbers stand already."""
Refused = Mapping[str, Mapping[str, Any]]
"""Refusals by camera, each by language."""


def trial_line(trial: Trial, lang: str) -> str:
    """One trial of a list."""
    origin = t(f"athletes.sessions.origin.{trial.origin}", lang)
    cameras = t("athletes.motion_trial.cameras", lang, count=len(trial.shots))
    star = f"  ★ {t('athletes.motion_trial.template', lang)}" if trial.template else ""
    name = in_language(trial, lang).name
    return f"{trial.id}  {trial.day}  {movement_name(trial.movement, lang)}  {name}  {cameras}  [{origin}]{star}"


def trial_document(
    trials: Trials,
    trial: Trial,
    lang: str,
    *,
    refused: Refused | None = None,
    space: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A trial with what was measured of it; ``refused`` says why cameras could not be looked through, ``space`` (a
    refusal's document) why nothing in space came of those that could give it."""
    names, quality = [one.shot.camera_id for one in trial.shots], _quality(trials, trial)
    return {
        **trial.document(),
        "looked_through": [name for name in names if looked_through(trials, trial.id, name)],
        "seen": [seen for name in names if (seen := _seen(trials, trial, name, lang)) is not None],
        "analyses": [
            {"camera": name or None, "current": is_current(trials, trial, name), **one.document()}
            for name, one in analyses_of(trials, trial).items()
        ],
        "space": None if quality is None else quality.document(),
        "refused": {name: said[lang] for name, said in (refused or {}).items()},
        "space_refused": None if space is None else dict(space),
        "slow_motion": [
            {"camera": one.shot.camera_id, **hint.document(), "detail": slow_words(hint, lang)}
            for one in trial.shots
            if (hint := suggested(trials, trial, one)) is not None
        ],
    }


def _quality(trials: Trials, trial: Trial) -> Quality | None:
    try:
        found = motion_of(trials, trial.id)
    except BadFile:  # it can be measured again
        return None
    return None if found is None else quality_of(found)


def _seen(trials: Trials, trial: Trial, camera_id: str, lang: str) -> dict[str, Any] | None:
    """Who was found in a recording, and what must be known of how it was looked through."""
    reading = reading_of(trials, trial.id, camera_id)
    if reading is None or not looked_through(trials, trial.id, camera_id):
        return None
    try:
        people, followed = tracks_of(trials, trial.id, camera_id), followed_of(trials, trial, camera_id)
    except BadFile:  # it can be looked through again
        return None
    return {
        "camera": camera_id,
        "engine": reading["engine"],
        "people": [_person(track, followed) for track in people],
        "notes": [
            {
                "key": one["key"],
                "detail": note_words(Note(one["key"], one["person"], _ends(one["frames"]), one["values"]), lang),
                "person": one["person"],
                "frames": one["frames"],
            }
            for one in reading["notes"]
        ],
    }


def _ends(frames: list[int] | None) -> tuple[int, int] | None:
    return None if frames is None else (int(frames[0]), int(frames[1]))


def _person(track: Track, followed: Track | None) -> dict[str, Any]:
    there = np.isfinite(track.px[..., 1]).any(axis=1)
    v, frames = track.px[there, :, 1], track.frames[there]
    tall = np.nanmax(v, axis=1) - np.nanmin(v, axis=1) if len(v) else np.empty(0)
    return {
        "person": track.person,
        "followed": followed is not None and track.person == followed.person,
        "frames": int(there.sum()),
        "first": int(frames[0]) if len(frames) else None,
        "last": int(frames[-1]) if len(frames) else None,
        "height_px": float(np.median(tall)) if len(tall) else None,
    }


def trial_lines(trials: Trials, trial: Trial, document: Mapping[str, Any], lang: str) -> list[str]:
    """The same document for people."""
    lines = [trial_line(trial, lang)]
    several = len(trial.shots) > 1
    for turn, one in enumerate(trial.shots):
        lines.append(_camera_line(one, turn, lang, several=several))
    lines += [f"  {one['camera']}: {one['detail']}" for one in document["slow_motion"]]
    for name, said in document["refused"].items():
        lines.append(f"  {name}: {said['detail']} {said['hint']}")
    for one in document["seen"]:
        lines += _seen_lines(one, lang)
    if document["space_refused"] is not None:
        said = document["space_refused"]
        lines += ["", f"{t('athletes.motion_trial.together', lang)}: {said['detail']} {said['hint']}"]
    found = analyses_of(trials, trial)
    for name, analysis in found.items():
        lines += ["", name or t("athletes.motion_trial.together", lang), *_analysis_lines(analysis, lang)]
        lines += old_lines(trials, trial, name, lang)
        if not name and (quality := _quality(trials, trial)) is not None:
            lines += [f"  {grade_words(grade, lang)}: {said}" for grade, said in quality_lines(quality, lang)]
    if not found:
        lines.append(t("athletes.motion_trial.not_measured", lang))
    return lines


def old_lines(trials: Trials, trial: Trial, camera: str, lang: str) -> list[str]:
    """That what was measured is not what today's methods and settings give, and what to do; nothing where it is."""
    current = is_current(trials, trial, camera)
    return [] if current else [f"  – {t('athletes.motion_trial.old', lang, id=trial.id, name=trial.name)}"]


def _camera_line(one: TrialShot, turn: int, lang: str, *, several: bool) -> str:
    width, height = one.shot.size_px
    parts = [one.shot.camera_id, one.shot.label, f"{width} × {height}", number(one.shot.frames, lang)]
    if one.slow != 1:
        parts.append(t("athletes.motion_page.slow.times", lang, times=number(float(one.slow), lang)))
    if several:
        placed = "posed" if CAMERA in one.settings else "unposed"
        parts += [t(f"athletes.motion_trial.{placed}", lang), clock_words(one.to_trial, turn, lang)]
    return "  " + "  ".join(parts)


def clock_words(clock: ClockMap, turn: int, lang: str) -> str:
    """By what a camera's clock stands beside the first one's, which is camera 0."""
    if turn == 0:
        return t("athletes.motion_page.space.clock_first", lang)
    offset = number(MS_PER_S * float(clock.offset_s), lang, 1, sign=True)
    if clock.sigma_s is None:
        return t("athletes.motion_page.space.clock_unset", lang, offset=offset)
    half = number(Z95 * MS_PER_S * clock.sigma_s, lang, 1)
    return t("athletes.motion_page.space.clock_set", lang, offset=offset, half=half)


def _seen_lines(seen: Mapping[str, Any], lang: str) -> list[str]:
    """Who was found, where there are several, and what must be known of it."""
    people = seen["people"] if len(seen["people"]) > 1 else []
    lines = [
        t(
            f"athletes.motion_trial.{'followed' if one['followed'] else 'other'}",
            lang,
            camera=seen["camera"],
            person=one["person"],
            frames=number(one["frames"], lang),
            first=number(one["first"], lang),
            last=number(one["last"], lang),
            height=number(one["height_px"], lang),
        )
        for one in people
    ]
    return lines + [
        f"  {seen['camera']}: {one['detail']}" for one in seen["notes"] if one["key"] not in WITH_THE_NUMBERS
    ]


def _analysis_lines(analysis: Analysis, lang: str) -> list[str]:
    lines = []
    for one in analysis.findings:
        value = told_whole(one.measured, one.key, lang) if one.measured is not None else UNKNOWN
        why = " ".join(f"({sentence_of(code, lang)})" for code in one.reasons)
        lines.append(f"  {finding_name(one.key, one.side, one.number, lang)}: {value} {why}".rstrip())
    lines += [f"  {event_word(event, lang)}: {number(event.t_s, lang, 3)} s" for event in analysis.events]
    lines += [f"  – {sentence_of(code, lang)}" for code in analysis.notes]
    return lines

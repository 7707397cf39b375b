"""The questions about an incident: what the marks say about offside, a ball at a line, or a place at the penalty area.

An offside is measured by ``var.review``; this is the door that the booth and the report ask for any of them. A foul has
no verdict: ``var.foul.review`` gathers what people see and say of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np

from touchline.i18n import DEFAULT_LANGUAGE, find
from var.angles import angle_state
from var.entries import Review
from var.foul.drawn import foul_overlays
from var.measure.area import AreaScene, AreaSight, AreaVerdict, Spotted, locate
from var.measure.calibration import Calibration
from var.measure.clicks import CLICK_SIGMA_PX, Reason
from var.measure.flight import Sight
from var.measure.goal_line import BallScene, BallVerdict, Line, judge
from var.measure.offside import Verdict
from var.measure.pitch import GOAL_HEIGHT_M, Pitch
from var.measure.project import project
from var.measure.question_overlay import area_edges, area_overlay, ball_overlay, line_overlay, spot_overlay
from var.model import Clip, Incident, Match, PitchPoints, Question, SpotMark
from var.review import LAYERS, Drawings, clock_sigma_s, kick_balls, on_one_clock, overlays_of
from var.review import verdict_of as offside_of

Answer = Verdict | BallVerdict | AreaVerdict

STEPS: dict[Question, tuple[str, ...]] = {
    Question.OFFSIDE: ("pitch", "kick", "attacker", "defender", "verdict"),
    Question.BALL: ("pitch", "ball", "verdict"),
    Question.AREA: ("pitch", "contact", "verdict"),
    Question.FOUL: ("window", "frames", "law", "pitch", "aids", "decision"),
}
"""The steps of a review, by what is asked."""

DECISIONS: dict[Question, tuple[str, ...]] = {
    Question.OFFSIDE: ("offside", "onside", "stands"),
    Question.BALL: ("goal", "no_goal", "ball_out", "in_play", "stands"),
    Question.AREA: ("inside", "outside", "stands"),
    Question.FOUL: ("foul", "no_foul", "stands"),
}
"""What a referee may decide, by what is asked."""

MARKED = {Question.BALL: "ball_click", Question.AREA: "contact_click"}
"""The entries that a click in a picture becomes."""

WANTED_FRAMES, REACH = 3, 3
"""So many pictures of an angle show how the ball moves; so many on either side of the line are still of use."""

LONGEST_DRAWN = 60
"""Frames of an angle on which the ball's way is drawn at most."""


def decisions_for(incident: Incident, verdict: Answer | None) -> tuple[str, ...]:
    """What a referee may decide on an incident. Of a ball only out or in play at a touchline and where it surely passed
    beside the goal, only goal or no goal where it surely went into it."""
    every = DECISIONS[incident.question]
    if incident.question is not Question.BALL or incident.line is None:
        return every
    in_goal = verdict.in_goal if isinstance(verdict, BallVerdict) else None
    if Line(incident.line).axis == 1 or in_goal is False:
        return ("ball_out", "in_play", "stands")
    return ("goal", "no_goal", "stands") if in_goal else every


def spots_of(review: Review, incident: Incident) -> tuple[SpotMark, ...]:
    """The clicks that count for what is asked about an incident, the first one first."""
    kind = MARKED.get(incident.question)
    marks = [mark for owner, mark in review.spot_marks if owner == incident.id and mark.kind == kind]
    return tuple(sorted(marks, key=lambda mark: mark.id))


def instant_of(match: Match, review: Review, incident: Incident) -> Fraction:
    """The instant that is judged: of the kick, of the ball's farthest place (of its middle click before that is known),
    of the first click at the penalty area, of the contact of a foul; where the incident was marked as long as there is
    none."""
    if incident.question is Question.OFFSIDE:
        return incident.at_s if incident.kick_s is None else incident.kick_s
    if incident.question is Question.FOUL:
        contacts = review.foul_notes(incident.id).contacts
        first = next((mark for mark in contacts if mark.camera_id in {clip.camera_id for clip in match.clips}), None)
        return incident.at_s if first is None else match.clip(first.camera_id).match_s(first.frame)
    spots = spots_of(review, incident)
    if incident.question is Question.BALL:
        verdict = ball_verdict_of(match, review, incident)
        if verdict is not None and verdict.at_s is not None:
            return Fraction(round(verdict.at_s * 1_000_000), 1_000_000)
        if spots:
            times = sorted(match.clip(mark.click.camera_id).match_s(mark.click.frame) for mark in spots)
            return times[len(times) // 2]
    if spots:
        return match.clip(spots[0].click.camera_id).match_s(spots[0].click.frame)
    return incident.at_s


def verdict_of(match: Match, review: Review, incident: Incident) -> Answer | None:
    """What the marks of an incident say about what is asked; None while something must be said first (the kick and the
    direction of an offside, the line of a ball), and always for a foul, of which no mark says anything by itself."""
    if incident.question is Question.FOUL:
        return None
    if incident.question is Question.BALL:
        return ball_verdict_of(match, review, incident)
    if incident.question is Question.AREA:
        return area_verdict_of(match, review, incident)
    return offside_of(match, review, incident)


def reason_key(question: Question, code: str) -> str:
    """The text of a reason: what is said of a question alone, else what is said of players and ball alike."""
    rooms = {
        Question.BALL: ("question", "goal_line"),
        Question.AREA: ("question", "area"),
        Question.OFFSIDE: (),
        Question.FOUL: (),
    }
    keys = [f"var.{room}.reason.{code}" for room in rooms[question]]
    found = (key for key in keys if find(key, DEFAULT_LANGUAGE) is not None)
    return next(found, f"var.offside.reason.{code}")


# ------------------------------------------------------------------ the ball at a line


def ball_scene_of(match: Match, review: Review, incident: Incident) -> tuple[BallScene, tuple[Reason, ...]] | None:
    """The scene of a ball, and which clicks cannot be used and why; None before the line is said.

    A camera that moves has another calibration on each picture, so it cannot follow the ball. Clocks that nobody set
    against each other may be seconds apart: of such angles only the one that gives the time line is used.
    """
    if incident.line is None:
        return None
    reasons: list[Reason] = []
    sights: list[Sight] = []
    calibrations: dict[str, Calibration] = {}
    spots = spots_of(review, incident)
    cameras = {mark.click.camera_id for mark in spots}
    left_out: set[str] = set()
    for camera in sorted(cameras):
        clip = match.clip(camera)
        if not clip.fixed:
            reasons.append(Reason("camera_moves", camera))
            left_out.add(camera)
        elif clock_sigma_s(match, camera) is None and len(cameras) > 1:
            reasons.append(Reason("clock_unknown", camera))
            left_out.add(camera)
        elif (found := angle_state(match, review, camera, None).calibration) is not None:
            calibrations[camera] = found
    for mark in spots:
        click, clip = mark.click, match.clip(mark.click.camera_id)
        if click.camera_id not in left_out:
            at_s = float(clip.match_s(click.frame))
            sights.append(Sight(click.camera_id, at_s, (click.u_px, click.v_px), CLICK_SIGMA_PX))
    used = sorted(cameras - left_out)
    return BallScene(
        line=Line(incident.line),
        pitch=Pitch(*match.setup.pitch_m),
        calibrations=calibrations,
        clocks_s={name: clock_sigma_s(match, name) for name in used},
        frames_s={name: float(match.clip(name).frame_s) for name in used},
        sights=tuple(sights),
    ), tuple(reasons)


def ball_verdict_of(match: Match, review: Review, incident: Incident) -> BallVerdict | None:
    """Whether the ball was over the line; None before the line is said."""
    made = ball_scene_of(match, review, incident)
    if made is None:
        return None
    scene, reasons = made
    found = _judged(
        scene.line,
        scene.pitch,
        tuple(scene.calibrations.items()),
        tuple(scene.clocks_s.items()),
        tuple(scene.frames_s.items()),
        scene.sights,
    )
    return replace(found, reasons=(*found.reasons, *reasons)) if reasons else found


@lru_cache(maxsize=64)
def _judged(
    line: Line,
    pitch: Pitch,
    calibrations: tuple[tuple[str, Calibration], ...],
    clocks_s: tuple[tuple[str, float | None], ...],
    frames_s: tuple[tuple[str, float], ...],
    sights: tuple[Sight, ...],
) -> BallVerdict:
    """Remembered, because every redraw of the page asks for it."""
    return judge(BallScene(line, pitch, dict(calibrations), dict(clocks_s), dict(frames_s), sights))


def useful_frames(match: Match, review: Review, incident: Incident, camera_id: str) -> tuple[int, ...]:
    """The frames of an angle that would still help: without a click, next to the place where the ball was farthest (or
    to the clicks that there are, or to the incident); the most useful one first, none where the angle has enough."""
    clip = match.clip(camera_id)
    middle = clip.frame_at(instant_of(match, review, incident))
    if middle is None or not _looks_there(match, review, incident, camera_id):
        return ()
    clicked = {mark.click.frame for mark in spots_of(review, incident) if mark.click.camera_id == camera_id}
    near = [frame for frame in range(middle - REACH, middle + REACH + 1) if 0 <= frame < len(clip)]
    lacking = [frame for frame in near if frame not in clicked]
    if len(near) - len(lacking) >= 2 * WANTED_FRAMES:
        return ()
    return tuple(sorted(lacking, key=lambda frame: (abs(frame - middle), frame)))


def _looks_there(match: Match, review: Review, incident: Incident, camera_id: str) -> bool:
    """Whether an angle's picture shows where the ball was farthest, or the goal as long as nobody knows that; of a
    touchline, and of an angle without a calibration, nobody can tell."""
    verdict = ball_verdict_of(match, review, incident)
    calibration = angle_state(match, review, camera_id, None).calibration
    if verdict is None or calibration is None or incident.line is None:
        return True
    line = Line(incident.line)
    place = verdict.place_m
    if place is None:
        if line.axis == 1:
            return True
        place = (line.sign * match.setup.pitch_m[0] / 2, 0.0, GOAL_HEIGHT_M / 2)
    u, v = project(calibration, PitchPoints(np.array([place])))[0]
    width, height = calibration.picture_size
    return bool(-0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5)


# ------------------------------------------------------------------ a place at the penalty area


def area_scene_of(match: Match, review: Review, incident: Incident) -> AreaScene:
    """The scene of a contact: it was at the first click, evenly likely within one frame of that camera. Angles whose
    clock nobody set against that one's are left out."""
    spots = spots_of(review, incident)
    sights, calibrations = [], {}
    for mark in spots:
        if not on_one_clock(match, mark.click.camera_id, spots[0].click.camera_id):
            continue
        click, clip = mark.click, match.clip(mark.click.camera_id)
        pose = "" if clip.fixed else f"{clip.camera_id}@{click.frame}"
        found = angle_state(match, review, clip.camera_id, click.frame).calibration
        if found is not None:
            calibrations[pose or clip.camera_id] = found
        sights.append(
            AreaSight(
                camera_id=clip.camera_id,
                time_s=clip.match_s(click.frame),
                image_px=(click.u_px, click.v_px),
                sigma_px=CLICK_SIGMA_PX,
                clock_sigma_s=clock_sigma_s(match, clip.camera_id),
                frame_s=float(clip.frame_s),
                pose=pose,
            )
        )
    first = match.clip(spots[0].click.camera_id) if spots else match.clips[match.master]
    return AreaScene(
        spotted=Spotted(incident.spotted) if incident.spotted else Spotted.FOOT,
        pitch=Pitch(*match.setup.pitch_m),
        calibrations=calibrations,
        at_s=instant_of(match, review, incident),
        sigma_s=float(first.frame_s) / math.sqrt(12),
        sights=tuple(sights),
        at_camera=first.camera_id,
    )


def area_verdict_of(match: Match, review: Review, incident: Incident) -> AreaVerdict:
    """Whether the marked point was inside the penalty area."""
    found = locate(area_scene_of(match, review, incident))
    cameras = list(dict.fromkeys(mark.click.camera_id for mark in spots_of(review, incident)))
    apart = [camera for camera in cameras if not on_one_clock(match, camera, cameras[0])]
    reasons = tuple(Reason("clock_unknown", camera) for camera in apart)
    return replace(found, reasons=(*found.reasons, *reasons)) if reasons else found


# ------------------------------------------------------------------ drawings


def overlays(
    match: Match,
    review: Review,
    incident: Incident | None,
    layers: frozenset[str] = LAYERS,
    names: Mapping[str, str] | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> dict[str, dict[str, Drawings]]:
    """What is drawn on each angle, as ``var.review.overlays_of`` has it, for any question."""
    if incident is None:
        return overlays_of(match, review, incident, layers, names, lang)
    if incident.question is Question.OFFSIDE:
        drawn = overlays_of(match, review, incident, layers, names, lang)
        for mark in kick_balls(match, review, incident) if layers & {"bodies", "ball"} else ():
            drawn.setdefault(mark.click.camera_id, {}).setdefault(str(mark.click.frame), []).extend(spot_overlay(mark))
        return drawn
    plain = replace(incident, kick_camera=None, kick_frame=None, kick_s=None, more_kicks=(), attack=None)
    drawn = overlays_of(match, review, plain, layers - {"bodies", "lines"}, names, lang)

    def add(camera_id: str, frame: str, drawings: Drawings) -> None:
        if drawings:
            drawn.setdefault(camera_id, {}).setdefault(frame, []).extend(drawings)

    if incident.question is Question.FOUL:
        if "bodies" in layers:
            for camera, frames in foul_overlays(review.foul_notes(incident.id)).items():
                for frame, drawings in frames.items():
                    add(camera, frame, drawings)
        return drawn
    if "bodies" in layers:
        for mark in spots_of(review, incident):
            add(mark.click.camera_id, str(mark.click.frame), spot_overlay(mark))
    if "lines" in layers:
        for clip in match.clips:
            found = _ball_lines if incident.question is Question.BALL else _area_lines
            for frame, drawings in found(match, review, incident, clip, lang).items():
                add(clip.camera_id, frame, drawings)
    return drawn


def _ball_lines(match: Match, review: Review, incident: Incident, clip: Clip, lang: str) -> dict[str, Drawings]:
    """The line with the plane above it on every picture of an angle, and the ball where its way is known."""
    calibration = angle_state(match, review, clip.camera_id, None).calibration if clip.fixed else None
    made, verdict = ball_scene_of(match, review, incident), ball_verdict_of(match, review, incident)
    if calibration is None or made is None or verdict is None:
        return {}
    scene, _ = made
    drawn = {"*": line_overlay(scene.line, scene.pitch, calibration)}
    if verdict.flight is None or verdict.at_s is None:
        return drawn
    times = [sight.time_s for sight in scene.sights]
    farthest = clip.frame_at(Fraction(verdict.at_s))
    first, last = (clip.frame_at(Fraction(at_s)) for at_s in (min(times), max(times)))
    shown = {} if first is None or last is None else dict.fromkeys(range(first, last + 1)[:LONGEST_DRAWN])
    for frame in sorted({*shown, *([] if farthest is None else [farthest])}):
        # At its farthest the ball is drawn where it was, between two pictures as it may be.
        at_s = verdict.at_s if frame == farthest else float(clip.match_s(frame))
        drawn[str(frame)] = ball_overlay(verdict, scene, calibration, at_s, farthest=frame == farthest, lang=lang)
    return drawn


def _area_lines(match: Match, review: Review, incident: Incident, clip: Clip, lang: str) -> dict[str, Drawings]:
    """The area's edge on every picture of a fixed camera; the point with the band where the contact is shown."""
    scene, verdict = area_scene_of(match, review, incident), area_verdict_of(match, review, incident)
    frames = {mark.click.frame for mark in spots_of(review, incident) if mark.click.camera_id == clip.camera_id}
    shown = clip.frame_at(scene.at_s)
    drawn: dict[str, Drawings] = {}
    for frame in sorted(frames | ({shown} if shown is not None else set())):
        calibration = angle_state(match, review, clip.camera_id, frame).calibration
        if calibration is None:
            continue
        drawn["*" if clip.fixed else str(frame)] = area_edges(verdict, scene.pitch, calibration)
        drawn[str(frame)] = [*drawn.get(str(frame), []), *area_overlay(verdict, scene.pitch, calibration, lang)]
    return drawn

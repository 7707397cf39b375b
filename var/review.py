"""The review of one incident: from clicks on calibrated angles to a scene, a verdict and what each angle shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from touchline.i18n import DEFAULT_LANGUAGE
from var.angles import AngleState, angle_state, followed_frames, pose_of, shared_errors
from var.entries import Review
from var.measure.clicks import CLICK_SIGMA_PX, Reason, assumed_clock_s
from var.measure.kick import Bracket, Kick, kick_among
from var.measure.offside import Verdict, measure
from var.measure.overlay import body_overlay, lines_overlay, marks_overlay, offside_overlay, pitch_overlay
from var.measure.pitch import BALL_RADIUS_M, Pitch
from var.measure.project import to_ground
from var.measure.scene import BallPlace, Observation, Scene
from var.measure.sure_overlay import sure_overlay
from var.model import BodyMark, Clip, ImagePoints, Incident, Match, SpotMark
from var.stage.document import stage_document

Drawings = list[dict[str, Any]]


def body_marks_of(review: Review, incident: Incident) -> tuple[BodyMark, ...]:
    """The body points marked for an incident."""
    return tuple(mark for owner, mark in review.body_marks if owner == incident.id)


def kick_of(match: Match, incident: Incident) -> Kick | None:
    """The instant of the kick as its marked frames tell it; None before one is marked.

    A marked frame is the first that shows foot and ball together on its angle (``var.measure.kick``). A further angle
    counts only where both clocks were set against each other: others may be any time apart.
    """
    if incident.kick_camera is None or incident.kick_frame is None:
        return None
    first = match.clip(incident.kick_camera)
    brackets = [_bracket(first, incident.kick_frame, 0.0)]
    for camera, frame in kicks_that_count(match, incident):
        clip = match.clip(camera)
        brackets.append(_bracket(clip, frame, math.hypot(clip.to_match.sigma_s or 0.0, first.to_match.sigma_s or 0.0)))
    return kick_among(brackets)


def kicks_that_count(match: Match, incident: Incident) -> tuple[tuple[str, int], ...]:
    """The kick frames of further angles whose clocks were set against that of the first one."""
    if incident.kick_camera is None or not clock_is_set(match, incident.kick_camera):
        return ()
    return tuple(mark for mark in incident.more_kicks if clock_is_set(match, mark[0]))


def clock_sigma_s(match: Match, camera_id: str) -> float | None:
    """How well a camera's clock is known against the others', None where nobody measured it; that which gives the time
    line is right by definition."""
    measured_s = match.clip(camera_id).to_match.sigma_s
    return 0.0 if measured_s is None and match.clips[match.master].camera_id == camera_id else measured_s


def clock_is_set(match: Match, camera_id: str) -> bool:
    """Whether a camera's clock was set against the others'."""
    return clock_sigma_s(match, camera_id) is not None


def on_one_clock(match: Match, one: str, other: str) -> bool:
    """Whether two cameras are one, or their clocks were set against each other: else they may be seconds apart."""
    return one == other or (clock_is_set(match, one) and clock_is_set(match, other))


def _bracket(clip: Clip, frame: int, sigma_s: float) -> Bracket:
    shown_s = clip.match_s(frame)
    before_s = clip.match_s(frame - 1) if frame else shown_s - clip.frame_s
    return Bracket(before_s, shown_s, sigma_s)


def at_its_kick(match: Match, incident: Incident) -> Incident:
    """``incident`` with the instant of its kick frame by that angle's clock as it is now."""
    if incident.kick_camera is None or incident.kick_frame is None:
        return incident
    return replace(incident, kick_s=match.clip(incident.kick_camera).match_s(incident.kick_frame))


def scene_of(match: Match, review: Review, incident: Incident) -> Scene | None:
    """The scene of an incident as far as it is marked; None before a kick frame and a direction are set.

    Of angles whose clock nobody set against that of the kick's angle nothing is in it: what they show may be of another
    moment by seconds, which no click tells."""
    kick = kick_of(match, incident)
    if kick is None or incident.attack is None:
        return None
    observations = []
    states: dict[str, AngleState] = {}
    for mark in body_marks_of(review, incident):
        clip = match.clip(mark.click.camera_id)
        if not on_one_clock(match, clip.camera_id, str(incident.kick_camera)):
            continue
        pose = pose_of(clip, mark.click.frame)
        if pose not in states:
            states[pose] = angle_state(match, review, clip.camera_id, mark.click.frame)
        observations.append(
            Observation(
                role=mark.role,
                part=mark.part,
                camera_id=clip.camera_id,
                time_s=clip.match_s(mark.click.frame),
                image_px=(mark.click.u_px, mark.click.v_px),
                sigma_px=mark_sigma_px(mark),
                clock_sigma_s=clock_sigma_s(match, clip.camera_id),
                frame_s=float(clip.frame_s),
                pose=pose,
            )
        )
    watched = match.clip(str(incident.kick_camera))
    clock_s = clock_sigma_s(match, watched.camera_id)
    return Scene(
        attack=incident.attack,
        pitch=Pitch(*match.setup.pitch_m),
        calibrations={pose: state.calibration for pose, state in states.items() if state.calibration is not None},
        kick_s=kick.at_s,
        kick_sigma_s=kick.sigma_s,
        observations=tuple(observations),
        kick_camera=incident.kick_camera,
        kick_clock_s=assumed_clock_s(clock_s, float(watched.frame_s)),
        kick_clock_measured=clock_s is not None,
        ball=ball_place_of(match, review, incident),
        together=shared_errors(match, review, states.values()),
    )


BALL_SPEED_MPS = 15.0
"""How fast a ball may leave the foot: what half a frame of the kick's instant is worth in metres."""

BALL_RISE_M = 0.3
"""How high above the grass a ball that is played may be, one standard deviation, where one angle alone shows it."""


def kick_balls(match: Match, review: Review, incident: Incident) -> tuple[SpotMark, ...]:
    """The clicks on the ball that show where it was played: on the pictures next to the kick."""
    kick = kick_of(match, incident)
    if kick is None:
        return ()
    marks = [mark for owner, mark in review.spot_marks if owner == incident.id and mark.kind == "ball_click"]

    def near(mark: SpotMark) -> bool:
        clip = match.clip(mark.click.camera_id)
        if not on_one_clock(match, clip.camera_id, str(incident.kick_camera)):
            return False
        return abs(clip.match_s(mark.click.frame) - kick.at_s) <= Fraction(3, 2) * clip.frame_s

    return tuple(mark for mark in marks if near(mark))


def ball_place_of(match: Match, review: Review, incident: Incident) -> BallPlace | None:
    """Where the ball was at the kick on the ground plan, by the clicks on it; None where no calibrated angle shows it.

    Each click is cast to the height of a ball on the grass, with the error of being higher, which all angles share;
    clicks of several angles are weighed by how well each tells the place along the pitch. Of several pictures of one
    angle the one nearest to the kick counts: its calibration errs alike on all of them.
    """
    kick = kick_of(match, incident)
    if kick is None:
        return None
    nearest: dict[str, SpotMark] = {}
    for mark in kick_balls(match, review, incident):
        clip, held = match.clip(mark.click.camera_id), nearest.get(mark.click.camera_id)
        off_s = [abs(clip.match_s(each.click.frame) - kick.at_s) for each in (mark, held) if each is not None]
        if held is None or off_s[0] < off_s[1]:
            nearest[mark.click.camera_id] = mark
    found = []
    for mark in nearest.values():
        calibration = angle_state(match, review, mark.click.camera_id, mark.click.frame).calibration
        if calibration is None:
            continue
        pixel = ImagePoints(np.array([[mark.click.u_px, mark.click.v_px]]))
        low, spread = to_ground(calibration, pixel, BALL_RADIUS_M, sigma_px=CLICK_SIGMA_PX)
        high, _ = to_ground(calibration, pixel, BALL_RADIUS_M + BALL_RISE_M)
        if np.isfinite(low).all() and np.isfinite(high).all():
            found.append((*low[0, :2], spread[0, 0, 0], high[0, 0] - low[0, 0]))
    if not found:
        return None
    along, across, own, rise = np.array(found, dtype=np.float64).T
    weights = 1 / (own + rise**2)
    weights /= weights.sum()
    sigma_m = math.hypot(math.sqrt(float(weights**2 @ own)), float(weights @ rise), BALL_SPEED_MPS * kick.sigma_s)
    return BallPlace((float(weights @ along), float(weights @ across)), sigma_m)


def mark_sigma_px(mark: BodyMark) -> float:
    """How far a body point may be from what it means, in pixels: a proposal that was taken unmoved is no surer than the
    model that made it; one that was moved is a click like any other."""
    if mark.proposal is None or mark.moved:
        return CLICK_SIGMA_PX
    return max(CLICK_SIGMA_PX, mark.proposal.sigma_px)


def verdict_of(match: Match, review: Review, incident: Incident) -> Verdict | None:
    """What the marks of an incident say; None before a kick frame and a direction are set."""
    scene = scene_of(match, review, incident)
    return None if scene is None else _with_reasons(measured(scene), match, review, incident)


def _with_reasons(verdict: Verdict, match: Match, review: Review, incident: Incident) -> Verdict:
    """``verdict``, which also says which marked angles it does not rest on because their clocks are unknown."""
    cameras = dict.fromkeys(mark.click.camera_id for mark in body_marks_of(review, incident))
    apart = [camera for camera in cameras if not on_one_clock(match, camera, str(incident.kick_camera))]
    reasons = tuple(Reason("clock_unknown", camera) for camera in apart)
    return replace(verdict, reasons=(*verdict.reasons, *reasons)) if reasons else verdict


def measured(scene: Scene) -> Verdict:
    """What ``measure`` says of a scene; remembered, because one redraw of the page asks for it three times.

    A calibration is known again by being the same object: ``_calibrated`` gives the same one for the same clicks.
    """
    given = {one.name: getattr(scene, one.name) for one in fields(Scene)}
    given |= {name: tuple(given[name].items()) for name in MAPPINGS}
    return _measured(tuple(given.items()))


MAPPINGS = ("calibrations", "velocities", "parts")
"""What of a scene is told by name."""


@lru_cache(maxsize=64)
def _measured(given: tuple[tuple[str, Any], ...]) -> Verdict:
    """The verdict of a scene of these fields, the mappings among them as pairs."""
    told = dict(given)
    return measure(Scene(**(told | {name: dict(told[name]) for name in MAPPINGS})))


def stage_of(match: Match, review: Review, incident: Incident) -> dict[str, Any] | None:
    """What is to be shown of an incident (``var.stage.document``); None before a kick frame and a direction are set."""
    scene = scene_of(match, review, at_its_kick(match, incident))
    if scene is None:
        return None
    labels = {clip.camera_id: clip.label or clip.camera_id for clip in match.clips}
    verdict = _with_reasons(measured(scene), match, review, incident)
    return stage_document(scene, verdict, origin=match.origin, labels=labels)


LAYERS = frozenset({"pitch", "marks", "bodies", "lines"})
"""What is drawn: the pitch model, the pitch marks with their residuals, the body points, the offside lines. On demand
also ``"sure"``, how sure the calibration is where."""


def overlays_of(
    match: Match,
    review: Review,
    incident: Incident | None,
    layers: frozenset[str] = LAYERS,
    names: Mapping[str, str] | None = None,
    lang: str = DEFAULT_LANGUAGE,
) -> dict[str, dict[str, Drawings]]:
    """What is drawn on each angle: ``{camera: {frame or "*": drawings}}``; ``"*"`` holds for every frame of a fixed
    camera, everything else for the very frame it was marked on. ``names`` are what people call the lines, to stand
    beside their clicks; numbers are written as in ``lang``."""
    incident = at_its_kick(match, incident) if incident else None
    scene = scene_of(match, review, incident) if incident else None
    verdict = None if scene is None else measured(scene)
    bodies = body_marks_of(review, incident) if incident else ()
    pitch = Pitch(*match.setup.pitch_m)
    drawn: dict[str, dict[str, Drawings]] = {}

    def add(camera_id: str, frame: str, drawings: Drawings) -> None:
        if drawings:
            drawn.setdefault(camera_id, {}).setdefault(frame, []).extend(drawings)

    for clip in match.clips:
        camera = clip.camera_id
        clicks = [mark.click for mark in review.pitch_marks] + [mark.click for mark in review.line_clicks]
        marked = sorted({click.frame for click in clicks if click.camera_id == camera})
        for frame in marked[-1:] if clip.fixed else marked:
            state = angle_state(match, review, camera, frame)
            where = "*" if clip.fixed else str(frame)
            if "sure" in layers and state.calibration is not None:
                add(camera, where, sure_overlay(state.calibration, pitch, lang))
            if "pitch" in layers and state.calibration is not None:
                add(camera, where, pitch_overlay(state.calibration, pitch))
            if "marks" in layers:
                add(camera, where, marks_overlay(state.marks, state.calibration, lang))
                bad = {name for name, fit in state.line_fits.items() if fit.rejected}
                add(camera, where, lines_overlay(state.clicks, bad, names or {}))
        for frame in followed_frames(review, camera) - set(marked) if "pitch" in layers else ():
            state = angle_state(match, review, camera, frame)
            if state.followed is not None and state.calibration is not None:
                if "sure" in layers:
                    add(camera, str(frame), sure_overlay(state.calibration, pitch, lang))
                add(camera, str(frame), pitch_overlay(state.calibration, pitch))
        frames = {mark.click.frame for mark in bodies if mark.click.camera_id == camera}
        kick_frame = clip.frame_at(incident.kick_s) if incident and incident.kick_s is not None else None
        for frame in sorted(frames | ({kick_frame} if kick_frame is not None else set())):
            state = angle_state(match, review, camera, frame)
            if "lines" in layers and scene is not None and verdict is not None and state.calibration is not None:
                add(camera, str(frame), offside_overlay(verdict, scene, state.calibration))
        for mark in bodies:
            if "bodies" in layers and mark.click.camera_id == camera:
                add(camera, str(mark.click.frame), body_overlay(mark))
    return drawn

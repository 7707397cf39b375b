"""The review of one incident: from clicks to calibrations, a scene, a verdict and what is drawn on each angle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from touchline.errors import TouchlineError
from touchline.i18n import DEFAULT_LANGUAGE
from var.entries import Review
from var.measure.bundle import View, bundle
from var.measure.calibrate import Calibration, LineMark, Mark, MarkFit, calibrate
from var.measure.kick import Bracket, Kick, kick_among
from var.measure.offside import Verdict, measure
from var.measure.overlay import body_overlay, lines_overlay, marks_overlay, offside_overlay, pitch_overlay
from var.measure.pitch import BALL_RADIUS_M, Pitch
from var.measure.project import to_ground
from var.measure.scene import BallPlace, Observation, Scene
from var.model import BodyMark, Clip, ImagePoints, Incident, LineClick, Match, PitchMark, SpotMark
from var.painted import FollowedAngle, RefinedAngle, digest
from var.stage.document import stage_document

CLICK_SIGMA_PX = 2.0
"""How far a careful click on a body point lands from what was aimed at, in source pixels (one standard deviation)."""

PITCH_CLICK_SIGMA_PX = 1.5
"""The same for a pitch point under the loupe; a poor fit raises it (``var.measure.calibrate``)."""

LEAST_CLICKS = 2
"""A line counts from two clicks on: one alone does not say how it runs."""

Drawings = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AngleState:
    """An angle's calibration on one frame: ``calibration``, or why there is none; ``marks`` and ``lines`` are the
    points and the clicks along lines that count.

    ``clicked`` is the calibration by clicks alone, ``refined`` the one on painted lines that counts in its place.
    ``tries`` are all refinements of these very clicks, ``stale`` says that there are only some of other clicks.
    ``followed`` is where a frame without clicks has its calibration from.
    """

    camera_id: str
    frame: int | None
    marks: tuple[PitchMark, ...]
    calibration: Calibration | None
    refusal: TouchlineError | None
    lines: tuple[LineClick, ...] = ()
    together: int = 0
    """How many other frames of a camera that turns the calibration rests on as well."""
    clicked: Calibration | None = None
    refined: RefinedAngle | None = None
    tries: tuple[RefinedAngle, ...] = ()
    stale: bool = False
    followed: FollowedAngle | None = None

    @property
    def way(self) -> str:
        """How the angle is calibrated: by ``clicks`` alone, ``refined`` on painted lines, or ``followed``."""
        if self.followed is not None:
            return "followed"
        return "clicks" if self.refined is None else "refined"

    @property
    def clicks(self) -> dict[str, tuple[LineClick, ...]]:
        """The clicks by line, the line first clicked first."""
        names = dict.fromkeys(click.name for click in self.lines)
        return {name: tuple(click for click in self.lines if click.name == name) for name in names}

    @property
    def point_fits(self) -> dict[str, MarkFit]:
        """How well each point fits, by name; empty without a calibration."""
        found = () if self.calibration is None else self.calibration.marks
        return {mark.name: fit for mark, fit in zip(self.marks, found, strict=False)}

    @property
    def line_fits(self) -> dict[str, MarkFit]:
        """How well each line fits, by name: a post's line has the name of its foot, which is a point."""
        found = () if self.calibration is None else self.calibration.marks[len(self.marks) :]
        return dict(zip(drawn_lines(self.clicks), found, strict=False))


def drawn_lines(clicks: Mapping[str, tuple[LineClick, ...]]) -> list[str]:
    """The lines with clicks enough to count, in the order in which they are calibrated."""
    return [name for name, own in clicks.items() if len(own) >= LEAST_CLICKS]


Points = tuple[tuple[str, tuple[float, float, float], tuple[float, float]], ...]
Lines = tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
Clicked = tuple[Points, Lines]
"""The points and the lines of one frame, as ``_calibrated`` takes them."""


def _as_marks(points: Points, lines: Lines) -> tuple[list[Mark], list[LineMark]]:
    """Clicks as the solver takes them."""
    return (
        [Mark(name, place, pixel, PITCH_CLICK_SIGMA_PX) for name, place, pixel in points],
        [LineMark(name, pixels, PITCH_CLICK_SIGMA_PX) for name, pixels in lines],
    )


@lru_cache(maxsize=128)
def _calibrated(
    marks: Points, size_px: tuple[int, int], pitch_m: tuple[float, float], lines: Lines
) -> Calibration | TouchlineError:
    """The calibration of a set of clicks; remembered, because every redraw of the page asks for it."""
    try:
        given, along = _as_marks(marks, lines)
        return calibrate(given, size_px, Pitch(*pitch_m), lines=along)
    except TouchlineError as refusal:
        return refusal


FRAMES_TOGETHER = 12
"""So many frames of a camera that turns are calibrated together, the nearest ones, so that a click is answered at
once."""

TURNS_AND_ZOOMS = ("centre", "distortion", "principal_point")
AS_GOOD = 1.5
"""A frame is taken from the bundle where its clicks fit there nearly as well as alone: else the camera was carried."""


@lru_cache(maxsize=64)
def _together(
    frames: tuple[tuple[int, Clicked], ...], size_px: tuple[int, int], pitch_m: tuple[float, float]
) -> dict[int, Calibration]:
    """The frames of a camera that may turn and zoom, calibrated together; without those that it did not help."""
    views = [View("", size_px, *_as_marks(marks, lines), frame=frame) for frame, (marks, lines) in frames]
    try:
        found = bundle(views, Pitch(*pitch_m), shared=TURNS_AND_ZOOMS)
    except TouchlineError:
        return {}
    kept = {}
    for view, (frame, (marks, lines)) in zip(found.views, frames, strict=True):
        one, alone = view.calibration, _calibrated(marks, size_px, pitch_m, lines)
        if one is None or len(found.order) < 2:
            continue
        if isinstance(alone, Calibration):
            rejected = [sum(fit.rejected for fit in each.marks) for each in (one, alone)]
            worse = one.rms_px > AS_GOOD * max(alone.rms_px, PITCH_CLICK_SIGMA_PX)
            if worse or rejected[0] > rejected[1]:
                continue
        kept[frame] = one
    return kept


def _clicked(match: Match, review: Review, clip: Clip, frame: int | None) -> Clicked:
    """What was clicked on the pitch of one frame, as far as it counts."""
    marks = tuple(placed(mark, match) for mark in marks_that_count(review, clip, frame))
    clicks = AngleState(clip.camera_id, frame, marks, None, None, lines_that_count(review, clip, frame)).clicks
    return (
        tuple((mark.name, mark.pitch_m, (mark.click.u_px, mark.click.v_px)) for mark in marks),
        tuple((name, tuple((at.click.u_px, at.click.v_px) for at in clicks[name])) for name in drawn_lines(clicks)),
    )


def _with_others(
    match: Match, review: Review, clip: Clip, frame: int
) -> tuple[Calibration | None, tuple[tuple[int, Clicked], ...]]:
    """The calibration of a frame of a camera that turns, together with its other marked frames, and what was clicked on
    all of these; None where there are none or they do not help."""
    clicks = [mark.click for mark in review.pitch_marks] + [mark.click for mark in review.line_clicks]
    marked = {click.frame for click in clicks if click.camera_id == clip.camera_id}
    near = sorted(sorted(marked, key=lambda other: abs(other - frame))[:FRAMES_TOGETHER])
    frames = tuple((other, _clicked(match, review, clip, other)) for other in near)
    frames = tuple((other, own) for other, own in frames if len(own[0]) + len(own[1]) >= 2)
    if len(frames) < 2:
        return None, ()
    found = _together(frames, clip.size_px, match.setup.pitch_m).get(frame)
    return found, () if found is None else frames


def clicks_digest(match: Match, review: Review, camera_id: str, frame: int | None) -> str:
    """A hash of what an angle's calibration on ``frame`` rests on: the clicks that count, and the size of the pitch."""
    clip = match.clip(camera_id)
    frames: tuple[tuple[int | None, Clicked], ...] = ()
    if not clip.fixed and frame is not None:
        frames = _with_others(match, review, clip, frame)[1]
    if not frames:
        frames = ((None if clip.fixed else frame, _clicked(match, review, clip, frame)),)
    return digest(frames, match.setup.pitch_m)


def clicks_of(match: Match, review: Review, camera_id: str, frame: int | None) -> tuple[list[Mark], list[LineMark]]:
    """The points and the lines of one frame as they are calibrated."""
    return _as_marks(*_clicked(match, review, match.clip(camera_id), frame))


def marks_that_count(review: Review, clip: Clip, frame: int | None) -> tuple[PitchMark, ...]:
    """The pitch marks that calibrate ``clip`` on ``frame``: all of a fixed camera's, the latest of each point; only
    those of that very frame where the camera may have moved."""
    chosen: dict[str, PitchMark] = {}
    for mark in review.pitch_marks:
        if mark.click.camera_id == clip.camera_id and (clip.fixed or mark.click.frame == frame):
            chosen[mark.name] = mark
    return tuple(sorted(chosen.values(), key=lambda mark: mark.id))


def lines_that_count(review: Review, clip: Clip, frame: int | None) -> tuple[LineClick, ...]:
    """The clicks along lines that calibrate ``clip`` on ``frame``, chosen as ``marks_that_count`` does."""
    return tuple(
        mark
        for mark in sorted(review.line_clicks, key=lambda mark: mark.id)
        if mark.click.camera_id == clip.camera_id and (clip.fixed or mark.click.frame == frame)
    )


def placed(mark: PitchMark, match: Match) -> PitchMark:
    """``mark`` with its place on the pitch of the match's set-up as it is now: a point of Law 1 moves with the size."""
    place = Pitch(*match.setup.pitch_m).points.get(mark.name)
    return mark if place is None else replace(mark, pitch_m=place)


def angle_state(match: Match, review: Review, camera_id: str, frame: int | None) -> AngleState:
    """How an angle is calibrated on ``frame``: by the clicks that count there, refined on painted lines where that was
    done with exactly these clicks; else followed from another frame, as long as that one's clicks are what they were.
    """
    clip = match.clip(camera_id)
    state = by_clicks(match, review, camera_id, frame)
    if state.calibration is not None:
        return _refined(match, review, clip, state)
    if not clip.fixed and frame is not None:
        for one in reversed(review.followed):
            found = one.calibration(frame) if one.camera_id == camera_id else None
            if found is not None and follows(match, review, one):
                return replace(state, calibration=found, refusal=None, followed=one)
    return state


def _refined(match: Match, review: Review, clip: Clip, state: AngleState) -> AngleState:
    """``state``, calibrated by clicks, with what refining those very clicks gave."""
    own = [
        one
        for one in review.refined
        if (one.camera_id, one.sha256) == (clip.camera_id, clip.sha256) and (clip.fixed or one.frame == state.frame)
    ]
    if not own:
        return state
    now = clicks_digest(match, review, clip.camera_id, state.frame)
    tries = tuple(one for one in own if one.clicks == now)
    used = next((one for one in reversed(tries) if one.reason is None), None)
    found = state.calibration if used is None else used.calibration
    return replace(state, calibration=found, refined=used, tries=tries, stale=not tries)


def follows(match: Match, review: Review, one: FollowedAngle) -> bool:
    """Whether followed calibrations still count: of this very recording, from the clicks that are there now."""
    clip = match.clip(one.camera_id)
    same = one.sha256 == clip.sha256 and not clip.fixed
    return same and one.clicks == clicks_digest(match, review, one.camera_id, one.frame)


def by_clicks(match: Match, review: Review, camera_id: str, frame: int | None) -> AngleState:
    """How the clicks that count calibrate an angle on ``frame``."""
    clip = match.clip(camera_id)
    marks = tuple(placed(mark, match) for mark in marks_that_count(review, clip, frame))
    state = AngleState(camera_id, frame, marks, None, None, lines_that_count(review, clip, frame))
    clicks = state.clicks
    counted = drawn_lines(clicks)
    if not marks and not counted:
        return state
    if not clip.fixed and frame is not None:
        together, others = _with_others(match, review, clip, frame)
        if together is not None:
            return replace(state, calibration=together, clicked=together, together=len(others) - 1)
    points, lines = _clicked(match, review, clip, frame)
    found = _calibrated(points, clip.size_px, match.setup.pitch_m, lines)
    if isinstance(found, TouchlineError):
        return replace(state, refusal=found)
    return replace(state, calibration=found, clicked=found)


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


def clock_is_set(match: Match, camera_id: str) -> bool:
    """Whether a camera's clock was set against the others'; that which gives the time line is right by definition."""
    measured = match.clip(camera_id).to_match.sigma_s is not None
    return measured or match.clips[match.master].camera_id == camera_id


def _bracket(clip: Clip, frame: int, sigma_s: float) -> Bracket:
    shown_s = clip.match_s(frame)
    before_s = clip.match_s(frame - 1) if frame else shown_s - clip.frame_s
    return Bracket(before_s, shown_s, sigma_s)


def _clock_s(clip: Clip) -> float:
    """How well a camera's clock is known; half a frame where nobody measured it."""
    return float(clip.frame_s) / 2 if clip.to_match.sigma_s is None else clip.to_match.sigma_s


def at_its_kick(match: Match, incident: Incident) -> Incident:
    """``incident`` with the instant of its kick frame by that angle's clock as it is now."""
    if incident.kick_camera is None or incident.kick_frame is None:
        return incident
    return replace(incident, kick_s=match.clip(incident.kick_camera).match_s(incident.kick_frame))


def scene_of(match: Match, review: Review, incident: Incident) -> Scene | None:
    """The scene of an incident as far as it is marked; None before a kick frame and a direction are set."""
    kick = kick_of(match, incident)
    if kick is None or incident.attack is None:
        return None
    observations = []
    calibrations: dict[str, Calibration] = {}
    for mark in body_marks_of(review, incident):
        clip = match.clip(mark.click.camera_id)
        state = angle_state(match, review, clip.camera_id, mark.click.frame)
        pose = "" if clip.fixed else f"{clip.camera_id}@{mark.click.frame}"
        if state.calibration is not None:
            calibrations[pose or clip.camera_id] = state.calibration
        observations.append(
            Observation(
                role=mark.role,
                part=mark.part,
                camera_id=clip.camera_id,
                time_s=clip.match_s(mark.click.frame),
                image_px=(mark.click.u_px, mark.click.v_px),
                sigma_px=mark_sigma_px(mark),
                clock_sigma_s=clip.to_match.sigma_s,
                frame_s=float(clip.frame_s),
                pose=pose,
            )
        )
    watched = match.clip(str(incident.kick_camera))
    clock_s = watched.to_match.sigma_s
    return Scene(
        attack=incident.attack,
        pitch=Pitch(*match.setup.pitch_m),
        calibrations=calibrations,
        kick_s=kick.at_s,
        kick_sigma_s=kick.sigma_s,
        observations=tuple(observations),
        kick_camera=incident.kick_camera,
        kick_clock_s=_clock_s(watched),
        kick_clock_measured=clock_s is not None,
        ball=ball_place_of(match, review, incident),
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
        watched = incident.kick_camera
        if clip.camera_id != watched and not all(clock_is_set(match, name) for name in (clip.camera_id, str(watched))):
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
    return None if scene is None else measured(scene)


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
    return stage_document(scene, measured(scene), origin=match.origin, labels=labels)


def followed_frames(review: Review, camera_id: str) -> set[int]:
    """The frames of an angle that were reached by following, be it from clicks that no longer count."""
    return {frame for one in review.followed if one.camera_id == camera_id for frame, _ in one.frames}


LAYERS = frozenset({"pitch", "marks", "bodies", "lines"})
"""What may be drawn: the pitch model, the pitch marks with their residuals, the body points, the offside lines."""


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
            if "pitch" in layers and state.calibration is not None:
                add(camera, where, pitch_overlay(state.calibration, pitch))
            if "marks" in layers:
                add(camera, where, marks_overlay(state.marks, state.calibration, lang))
                bad = {name for name, fit in state.line_fits.items() if fit.rejected}
                add(camera, where, lines_overlay(state.clicks, bad, names or {}))
        for frame in followed_frames(review, camera) - set(marked) if "pitch" in layers else ():
            state = angle_state(match, review, camera, frame)
            if state.followed is not None and state.calibration is not None:
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

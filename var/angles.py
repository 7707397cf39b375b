"""How each angle of a match is calibrated on a frame: by the clicks that count there, refined on painted lines,
together with other frames of a camera that turns, or followed from one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from touchline.errors import TouchlineError
from var.entries import Review
from var.measure.bundle import Bundle, View, bundle
from var.measure.calibrate import Calibration, LineMark, Mark, MarkFit, calibrate
from var.measure.camera import PARAMETERS
from var.measure.mark import CLICK_SIGMA_PX as PITCH_CLICK_SIGMA_PX
from var.measure.pitch import Pitch
from var.measure.together import Together
from var.model import Clip, LineClick, Match, PitchMark
from var.painted import FollowedAngle, RefinedAngle, digest

LEAST_CLICKS = 2
"""A line counts from two clicks on: one alone does not say how it runs."""


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
) -> tuple[dict[int, Calibration], Bundle | None]:
    """The frames of a camera that may turn and zoom, calibrated together, without those that it did not help; and the
    bundle that they come from."""
    views = [View("", size_px, *_as_marks(marks, lines), frame=frame) for frame, (marks, lines) in frames]
    try:
        found = bundle(views, Pitch(*pitch_m), shared=TURNS_AND_ZOOMS)
    except TouchlineError:
        return {}, None
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
    return kept, found


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
    found = _together(frames, clip.size_px, match.setup.pitch_m)[0].get(frame)
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


def followed_frames(review: Review, camera_id: str) -> set[int]:
    """The frames of an angle that were reached by following, be it from clicks that no longer count."""
    return {frame for one in review.followed if one.camera_id == camera_id for frame, _ in one.frames}


def pose_of(clip: Clip, frame: int) -> str:
    """What the calibration of ``frame`` is called in a scene: a fixed camera has one, under its own name."""
    return clip.camera_id if clip.fixed else f"{clip.camera_id}@{frame}"


def shared_errors(match: Match, review: Review, states: Iterable[AngleState]) -> tuple[Together, ...]:
    """Which calibrations of cameras that move hang together: frames followed from one frame, with that frame itself,
    and frames that were calibrated in one bundle; of several bundles of one camera it is not known how they do. Each is
    called as ``pose_of`` says."""
    moving = {
        (state.camera_id, state.frame): state
        for state in states
        if state.frame is not None and state.calibration is not None and not match.clip(state.camera_id).fixed
    }
    groups: list[Together] = []
    starts: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for key, state in moving.items():
        if (one := state.followed) is not None:  # followed twice from one frame is still from one frame
            starts.setdefault((one.camera_id, one.frame), []).append(key)
    for start, own in starts.items():
        own += [start] if start in moving else []
        groups.append(_tied(None, (), tuple(_pose(match, moving.pop(key)) for key in own)))
    bundles: dict[int, tuple[Bundle, list[AngleState]]] = {}
    for state in moving.values():
        clip, frame = match.clip(state.camera_id), state.frame
        assert frame is not None
        frames = _with_others(match, review, clip, frame)[1] if state.way == "clicks" else ()
        if frames and (found := _together(frames, clip.size_px, match.setup.pitch_m)[1]) is not None:
            bundles.setdefault(id(found), (found, []))[1].append(state)
    several: dict[str, list[AngleState]] = {}
    for _, own_states in bundles.values():
        several.setdefault(own_states[0].camera_id, []).extend(own_states)
    for camera, all_states in several.items():
        mine = [found for found, own_states in bundles.values() if own_states[0].camera_id == camera]
        if len(mine) > 1:  # each frame has its own nearest ones: what several bundles share is not computed
            groups.append(_tied(None, (), tuple(_pose(match, state) for state in all_states)))
    for found, own_states in bundles.values():
        if len(several[own_states[0].camera_id]) > len(own_states):
            continue
        frames_tied = tuple(state.frame for state in own_states if state.frame is not None)
        groups.append(_tied(found, frames_tied, tuple(_pose(match, state) for state in own_states)))
    return tuple(groups)


@lru_cache(maxsize=64)
def _tied(found: Bundle | None, frames: tuple[int, ...], names: tuple[str, ...]) -> Together:
    """The calibrations ``names`` of these ``frames`` of a bundle, or of what was followed from one frame; the very same
    object each time, so that what rests on it is remembered."""
    if found is None:
        return Together(names)
    rows = [found.index("", frame) for frame in frames]
    at = [*(row for each in rows for row in range(each.start, each.stop)), len(PARAMETERS) * len(found.order)]
    return Together(names, found.covariance[np.ix_(at, at)])


def _pose(match: Match, state: AngleState) -> str:
    assert state.frame is not None
    return pose_of(match.clip(state.camera_id), state.frame)

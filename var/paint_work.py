"""Painted lines in a review: refine an angle's calibration on one picture, and follow a camera from a calibrated
picture to those that are to be measured. What comes of it is kept as an entry and can be undone like any mark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from touchline.errors import BadValue
from var.angles import angle_state, clicks_digest, clicks_of, follows
from var.archive import Archive
from var.entries import Review
from var.measure.calibration import Calibration
from var.measure.camera import Array
from var.measure.pitch import Pitch
from var.measure.project import to_ground
from var.measure.refine import refine
from var.measure.sure import ground_covariance
from var.model import Click, Clip, ImagePoints, Incident, Match, Question
from var.pan import follow_recording
from var.questions import instant_of, spots_of
from var.review import at_its_kick, body_marks_of, kick_balls

if TYPE_CHECKING:
    from var.footage.video import Reader

BESIDE = 2
"""So many frames before and after the kick are followed with it: a body point on two pictures tells how fast it is."""

Progress = Callable[[float, str], None]

# ---------------------------------------------------------------------- refining


def refine_angle(archive: Archive, match_id: str, camera_id: str, frame: int, *, by: str = "") -> int:
    """Refine an angle's calibration by clicks on the painted lines of ``frame``, decoded from its source, and keep what
    came of it, be it that the calibration stays as it was. Returns the number of the entry.

    Raises ``BadValue``: ``no_such_frame``, ``nothing_to_refine`` without a calibration by clicks there; and as
    ``var.footage`` where the source cannot be read.
    """
    match, review = archive.match(match_id), archive.review(match_id)
    clip = match.clip(camera_id)
    if not 0 <= frame < len(clip):
        raise BadValue("var.errors.no_such_frame", name=clip.label, frame=frame, count=len(clip))
    state = angle_state(match, review, camera_id, frame)
    if state.clicked is None:
        raise BadValue("var.errors.nothing_to_refine", camera=clip.label, frame=frame)
    # What other frames tell of a camera that turns is in the calibration's covariance alone.
    marks, lines = ([], []) if state.together else clicks_of(match, review, camera_id, frame)
    with _reader(clip) as reader:
        picture = np.asarray(reader.picture(frame), dtype=np.uint8)
    found = refine(picture, state.clicked, Pitch(*match.setup.pitch_m), marks=marks, lines=lines)
    body = {
        "camera": camera_id,
        "frame": frame,
        "sha256": clip.sha256,
        "clicks": clicks_digest(match, review, camera_id, frame),
        "calibration": found.document(),
    }
    return archive.add_entry(match_id, "refinement", body, by=by)


def _reader(clip: Clip) -> Reader:
    from var.footage.video import Reader, index

    return Reader(clip if clip.table is not None else index(clip.path))


def picture_to_refine(match: Match, review: Review, clip: Clip, frame: int | None) -> int | None:
    """The frame on whose paint an angle is to be refined: ``frame``, which is to be measured; of a fixed camera, where
    these clicks were refined on that one in vain or there is none, the picture that was clicked last. None where
    nothing is left to try, or the lines refined these clicks already."""
    state = angle_state(match, review, clip.camera_id, frame)
    if state.clicked is None or state.refined is not None:
        return None
    clicked = [(mark.id, mark.click.frame) for mark in state.marks] + [(one.id, one.click.frame) for one in state.lines]
    last = [max(clicked)[1]] if clip.fixed else []
    tried = {one.frame for one in state.tries}
    return next((one for one in ([] if frame is None else [frame]) + last if one not in tried), None)


def line_sigma_cm(calibration: Calibration, places_m: Array) -> float | None:
    """How uncertain the camera makes a line parallel to the goal line: the median over ``places_m`` (n, 2) on the
    ground, one standard deviation in centimetres. None without places."""
    if not len(places_m):
        return None
    ground = np.column_stack([places_m, np.zeros(len(places_m))])
    spread = ground_covariance(
        calibration.theta, calibration.fixed, calibration.covariance, ground, 0.0, calibration.surface
    )
    return float(100 * np.sqrt(np.median(spread[:, 0, 0])))


def clicks_on(review: Review, incident: Incident | None, clip: Clip) -> list[Click]:
    """The clicks of what is asked about an incident on one angle: body points, the ball, the contact or
    who stands where at a foul."""
    if incident is None:
        return []
    if incident.question is Question.OFFSIDE:
        clicks = [mark.click for mark in body_marks_of(review, incident)]
    elif incident.question is Question.FOUL:
        clicks = [mark.click for mark in review.foul_notes(incident.id).persons]
    else:
        clicks = [mark.click for mark in spots_of(review, incident)]
    return [click for click in clicks if click.camera_id == clip.camera_id]


def places_asked(review: Review, incident: Incident | None, clip: Clip, best: Calibration) -> Array:
    """Where on the ground (n, 2) an incident asks how sure an angle is: at its marks on this angle, else all over what
    the picture shows of the half that is attacked, else of the pitch; by the calibration ``best``."""
    pixels = [(one.u_px, one.v_px) for one in clicks_on(review, incident, clip)]
    if pixels:
        found, _ = to_ground(best, ImagePoints(np.array(pixels, dtype=np.float64)))
        marked = np.asarray(found[np.isfinite(found).all(axis=1)][:, :2], dtype=np.float64)
        if len(marked):
            return marked
    shown = np.array([(x, y) for x, y, _ in best.line_sigma_cm], dtype=np.float64).reshape(-1, 2)
    if incident is not None and incident.attack is not None:
        half = shown[shown[:, 0] * incident.attack.sign > 0]
        return half if len(half) else shown
    return shown


# ---------------------------------------------------------------------- following


@dataclass(frozen=True, slots=True)
class Way:
    """What can be followed: from the calibrated ``frame`` of an angle to ``frames``."""

    camera_id: str
    frame: int
    frames: tuple[int, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last frame on the way."""
        return min(self.frame, *self.frames), max(self.frame, *self.frames)


def frames_asked(match: Match, review: Review, incident: Incident, clip: Clip) -> tuple[int, ...]:
    """The frames of an angle that an incident measures: the one that shows its kick or contact, and every one with a
    mark. None for a ball, which an angle that moves cannot follow."""
    incident = at_its_kick(match, incident)
    if incident.question is Question.BALL or (incident.question is Question.OFFSIDE and incident.kick_s is None):
        return ()
    shown = clip.frame_at(instant_of(match, review, incident))
    marked = {click.frame for click in clicks_on(review, incident, clip)}
    marked |= {
        mark.click.frame for mark in kick_balls(match, review, incident) if mark.click.camera_id == clip.camera_id
    }
    return tuple(sorted(marked | ({shown} if shown is not None else set())))


def frames_lacking(match: Match, review: Review, incident: Incident, clip: Clip) -> tuple[int, ...]:
    """Those of ``frames_asked`` without a calibration, of a camera that is not fixed."""
    if clip.fixed:
        return ()
    asked = frames_asked(match, review, incident, clip)
    return tuple(one for one in asked if angle_state(match, review, clip.camera_id, one).calibration is None)


def calibrated_frames(match: Match, review: Review, clip: Clip) -> tuple[int, ...]:
    """The frames of an angle that clicks calibrate."""
    clicks = [mark.click for mark in review.pitch_marks] + [mark.click for mark in review.line_clicks]
    marked = sorted({click.frame for click in clicks if click.camera_id == clip.camera_id})
    return tuple(one for one in marked if angle_state(match, review, clip.camera_id, one).clicked is not None)


def way_to(match: Match, review: Review, incident: Incident, clip: Clip) -> Way | None:
    """How an angle can be followed to the frames that lack a calibration: from the nearest calibrated frame from which
    it was not yet seen that the lines end before. None where nothing lacks, or there is no such frame."""
    lacking = frames_lacking(match, review, incident, clip)
    if not lacking:
        return None
    shown = clip.frame_at(instant_of(match, review, at_its_kick(match, incident)))
    aim = shown if shown in lacking else lacking[0]
    ended = {
        one.frame
        for one in review.followed
        if one.camera_id == clip.camera_id and one.ended_before(aim) is not None and follows(match, review, one)
    }
    starts = [one for one in calibrated_frames(match, review, clip) if one not in ended]
    if not starts:
        return None
    start = min(starts, key=lambda one: (abs(one - aim), one))
    around = range(max(0, aim - BESIDE), min(len(clip), aim + BESIDE + 1)) if shown == aim else ()
    wanted = {*frames_asked(match, review, incident, clip), *around} - {start}
    return Way(clip.camera_id, start, tuple(sorted(wanted)))


def follow_work(home: Path, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """A job: follow a camera from a calibrated frame and keep the calibrations of the frames that are asked for.
    ``match``, ``camera``, ``frame``, ``frames``, ``by``, ``account``. Returns the number of the ``entry`` and how many
    frames were followed.

    Raises ``BadValue``: ``nothing_to_follow`` without a calibration by clicks on ``frame``, ``no_frame_to_follow``.
    """
    archive = Archive(home, account=arguments.get("account"))
    match, review = archive.match(arguments["match"]), archive.review(arguments["match"])
    clip, frame = match.clip(arguments["camera"]), int(arguments["frame"])
    state = angle_state(match, review, clip.camera_id, frame)
    if clip.fixed or state.clicked is None or state.calibration is None:
        raise BadValue("var.errors.nothing_to_follow", camera=clip.label, frame=frame)
    way = Way(clip.camera_id, frame, tuple(int(one) for one in arguments["frames"]))
    total = max(1, way.span[1] - way.span[0])
    done: list[int] = []

    def said(one: int) -> None:
        done.append(one)
        progress(len(done) / total, f"{len(done)} / {total}")

    with _reader(clip) as reader:
        pan = follow_recording(reader, state.calibration, frame, way.span, Pitch(*match.setup.pitch_m), said)
    reached = {one.frame: one.calibration for one in pan.followed if one.frame != frame}
    body = {
        "camera": clip.camera_id,
        "frame": frame,
        "sha256": clip.sha256,
        "clicks": clicks_digest(match, review, clip.camera_id, frame),
        "count": len(reached),
        "frames": [{"frame": one, "calibration": reached[one].document()} for one in way.frames if one in reached],
        "stops": [{"frame": stop.frame, "reason": stop.reason.value} for stop in pan.stops],
    }
    entry = archive.add_entry(match.id, "followed", body, by=str(arguments.get("by", "")))
    return {"entry": entry, "count": len(reached)}

"""What was marked in the booth as the documents that the measuring commands read, so that anybody may measure again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchline.errors import BadValue
from var.angles import angle_state, clicks_of
from var.measure.scene_writing import area_document, ball_document, marks_document, offside_document
from var.model import Question
from var.questions import area_scene_of, ball_scene_of
from var.review import at_its_kick, scene_of

if TYPE_CHECKING:
    from var.archive import Archive

COMMANDS = {Question.OFFSIDE: "offside", Question.BALL: "goal-line", Question.AREA: "area"}
"""The command that reads the scene of each question."""


@dataclass(frozen=True, slots=True)
class MarkedAngle:
    """The marks of an angle, of ``frame`` where the camera moves. ``document`` is what ``touchline calibrate`` reads.

    ``way`` is how the booth calibrates the angle: by ``clicks``, ``refined`` on the painted lines of the picture
    ``painted_frame``, or ``together`` with other frames of a camera that turns; None where it does not.
    """

    camera_id: str
    frame: int | None
    picture_size: tuple[int, int]
    pitch_m: tuple[float, float]
    document: dict[str, Any]
    way: str | None
    painted_frame: int | None = None

    def arguments(self) -> list[str]:
        """The arguments that ``touchline calibrate`` needs beside the file of marks."""
        (width, height), (long, wide) = self.picture_size, self.pitch_m
        return ["--picture-size", f"{width}x{height}", "--pitch", f"{long:g}x{wide:g}"]


def marked_angle(archive: Archive, match_id: str, camera_id: str, frame: int | None = None) -> MarkedAngle:
    """The points and lines that count for an angle; of a camera that moves on ``frame``, by default the frame that was
    marked last.

    Raises ``NotFound`` for an unknown match, ``BadValue`` for an unknown angle and where nothing is marked.
    """
    match, review = archive.match(match_id), archive.review(match_id)
    clip = match.clip(camera_id)
    if clip.fixed:
        frame = None
    elif frame is None:
        every = [(mark.id, mark.click) for mark in review.pitch_marks]
        every += [(mark.id, mark.click) for mark in review.line_clicks]
        own = [(place, click.frame) for place, click in every if click.camera_id == camera_id]
        frame = max(own)[1] if own else None
    points, lines = clicks_of(match, review, camera_id, frame)
    document = marks_document(points, lines)
    if not document:
        shown = {} if frame is None else {"frame": frame}
        code = "angle_not_marked" if frame is None else "frame_not_marked"
        raise BadValue(f"var.errors.{code}", camera=clip.label or camera_id, **shown)
    state = angle_state(match, review, camera_id, frame)
    way = None if state.calibration is None else "together" if state.together else state.way
    painted = None if state.refined is None else state.refined.frame
    return MarkedAngle(camera_id, frame, clip.size_px, match.setup.pitch_m, document, way, painted)


def marked_scene(archive: Archive, match_id: str, incident_id: str) -> tuple[Question, dict[str, Any]]:
    """What is asked about an incident, and its scene as the command of that question reads it (``COMMANDS``): with it
    the command gives the verdict of the page.

    Raises ``NotFound`` for an unknown match or incident, ``BadValue`` while something must be marked first: the kick
    and the direction of an offside, the line of a ball; and of a foul, which no scene decides.
    """
    match, review = archive.match(match_id), archive.review(match_id)
    incident = at_its_kick(match, review.incident(incident_id))
    if incident.question is Question.AREA:
        return incident.question, area_document(area_scene_of(match, review, incident))
    if incident.question is Question.BALL:
        made = ball_scene_of(match, review, incident)
        if made is None:
            raise BadValue("var.errors.ball_line_missing", number=incident.number)
        return incident.question, ball_document(made[0])
    if incident.question is Question.FOUL:
        raise BadValue("var.errors.foul_has_no_scene", number=incident.number)
    scene = scene_of(match, review, incident)
    if scene is None:
        raise BadValue("var.errors.kick_missing", number=incident.number)
    return incident.question, offside_document(scene)

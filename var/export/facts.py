"""Everything a report says about one incident, gathered in one place; the writers know nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from touchline.measure import Measurement
from touchline.origin import Origin
from var.model import (
    BodyMark,
    BodyPart,
    Clip,
    Decision,
    Incident,
    LineClick,
    Match,
    PitchMark,
    Question,
    Role,
    SpotMark,
)

if TYPE_CHECKING:
    from enum import StrEnum

    from var.archive import Archive
    from var.entries import Review
    from var.export.review_facts import ReviewFacts
    from var.foul.review import FoulReview
    from var.measure.area import AreaVerdict
    from var.measure.goal_line import BallVerdict
    from var.measure.kick import Kick
    from var.measure.offside import Verdict
    from var.sync.saved import Saved

Drawing = dict[str, Any]
"""One entry of an overlay, in pixels of the source picture (see docs/architecture.md, 'Overlay drawings')."""


SAME_M = 1e-4
"""Margins closer than a tenth of a millimetre are the same: papers show millimetres, and two machines that compute
the same marks differ by less."""


@dataclass(frozen=True, slots=True)
class CalibrationFacts:
    """How well an angle is calibrated: ``rms_px`` over ``marks`` points and lines (None: not known) marked on ``frame``
    (None: for every frame of a fixed camera). ``document`` is the whole calibration.

    ``way`` is ``clicks``, ``refined`` (on ``painted_lines`` of the picture ``painted_frame``) or ``followed`` (from the
    calibrated frame ``followed_from``, by as many painted lines of this one)."""

    rms_px: float | None
    marks: int | None
    frame: int | None = None
    document: Mapping[str, Any] | None = None
    way: str = "clicks"
    painted_lines: int | None = None
    painted_frame: int | None = None
    followed_from: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetItem:
    """One source of doubt: ``key`` names it in the catalogue, ``sigma_m`` is its standard deviation in metres, None
    where it is not known."""

    key: str
    sigma_m: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a measurement reads as it does: a catalogue key and what fills it in."""

    key: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MeasurementFacts:
    """What the marks measure at the time of the export. ``margin`` is in metres, positive is beyond the line.

    ``governing`` names the body part of each role that decides; with ``halfway_governs`` the line that had to be
    passed is the halfway line, not the defender's, with ``ball_governs`` the ball's. ``question`` is what was asked,
    ``details`` says more about the answer, and ``place_m`` is where the ball or the contact was.
    """

    outcome: StrEnum
    margin: Measurement | None
    interval95_m: tuple[float, float] | None = None
    budget: tuple[BudgetItem, ...] = ()
    reasons: tuple[Reason, ...] = ()
    governing: tuple[tuple[Role, BodyPart], ...] = ()
    halfway_governs: bool = False
    ball_governs: bool = False
    question: Question = Question.OFFSIDE
    details: tuple[Reason, ...] = ()
    place_m: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """How an angle's clock was found (``method`` of ``var.sync.model.Method``), against which angle, when, and by how
    many seconds the operator moved it since."""

    method: str
    reference: str
    at_utc: str
    nudged_s: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class CameraFacts:
    """One angle at the incident: ``frame`` is the picture nearest to the instant, None without coverage; ``clock`` says
    how its clock was found, None where nobody synchronised it."""

    clip: Clip
    frame: int | None
    calibration: CalibrationFacts | None = None
    clock: ClockFacts | None = None

    @property
    def covered(self) -> bool:
        """Whether this angle has a picture of the instant."""
        return self.frame is not None


@dataclass(frozen=True, slots=True, eq=False)
class StillFacts:
    """A still to write: the very frame of an angle and what is drawn over it."""

    clip: Clip
    frame: int
    drawings: tuple[Drawing, ...] = ()

    @property
    def lines_drawn(self) -> bool:
        """Whether anything that measures is drawn, not only the pitch."""
        return any(drawing.get("style") != "pitch" for drawing in self.drawings)


@dataclass(frozen=True, slots=True, eq=False)
class IncidentFacts:
    """One incident as a report tells it. Decisions are oldest first and the last one holds; ``stage`` is what is to be
    shown of its scene (``var.stage.document``), None where nothing is marked for one. ``kick`` is when the ball was
    played as the marked frames tell it, which is before the first frame that shows it; None where it was not asked.
    ``foul`` is the review of a foul, None of all else."""

    match: Match
    incident: Incident
    cameras: tuple[CameraFacts, ...]
    stills: tuple[StillFacts, ...] = ()
    measurement: MeasurementFacts | None = None
    decisions: tuple[Decision, ...] = ()
    body_marks: tuple[BodyMark, ...] = ()
    pitch_marks: tuple[PitchMark, ...] = ()
    line_clicks: tuple[LineClick, ...] = ()
    stage: Mapping[str, Any] | None = None
    spot_marks: tuple[SpotMark, ...] = ()
    kick: Kick | None = None
    reviews: tuple[ReviewFacts, ...] = ()
    """Its reviews under a rule pack, in the order they were opened."""
    foul: FoulReview | None = None
    entries: tuple[Mapping[str, Any], ...] = ()
    """What people entered of it, and what it rests on, as the archive keeps that (``var.evidence.entries``)."""

    def instant_on(self, camera_id: str) -> Fraction:
        """The instant by an angle's clock: a replay that nobody synchronised has its own mark of a foul's contact."""
        return self.instant_s if self.foul is None else self.foul.window.angle(camera_id).at_s

    @property
    def instant_s(self) -> Fraction:
        """The instant that is judged, in match time: the kick where it is marked, else where the incident is."""
        return self.incident.at_s if self.incident.kick_s is None else self.incident.kick_s

    @property
    def clock_s(self) -> Fraction | None:
        """What the match clock shows at the instant, or None where no period is known."""
        return self.match.setup.clock_s(self.instant_s)

    @property
    def origin(self) -> Origin:
        """Where the pictures come from; simulated as soon as anything is."""
        parts = [self.match.origin, *(camera.clip.timing for camera in self.cameras)]
        return Origin.SIMULATED if Origin.SIMULATED in parts else self.match.origin

    @property
    def decision(self) -> Decision | None:
        """The decision that holds, or None where nothing was decided."""
        return self.decisions[-1] if self.decisions else None

    @property
    def measured_after_decision(self) -> bool:
        """Whether there is another margin now than the one the decision rests on, by what a paper could show.

        A report must not let a margin of before pass for the present one, nor the other way round.
        """
        if self.decision is None:
            return False
        now = self.measurement.margin if self.measurement else None
        before = self.decision.margin
        if now is None or before is None:
            return (now is None) != (before is None)
        return abs(now.value - before.value) > SAME_M or abs(now.sigma - before.sigma) > SAME_M


def camera_at(clip: Clip, incident: Incident, instant_s: Fraction) -> int | None:
    """The frame of ``clip`` that shows the instant: the marked kick frame itself on the angle it was marked on."""
    if incident.kick_camera == clip.camera_id and incident.kick_frame is not None:
        return incident.kick_frame
    return clip.frame_at(instant_s)


def stills_of(
    cameras: Sequence[CameraFacts], incident: Incident, overlays: Mapping[str, Mapping[Any, Sequence[Drawing]]]
) -> tuple[StillFacts, ...]:
    """The stills to write: of every angle the frame at the instant and every other frame with lines of its own.

    ``overlays`` is camera -> frame (or ``"*"`` for all frames of a fixed camera) -> drawings. The angle of the kick
    comes first, then those with lines, then the rest.
    """
    stills: list[StillFacts] = []
    for camera in cameras:
        drawn = overlays.get(camera.clip.camera_id, {})
        frames = {int(frame) for frame in drawn if str(frame).isdigit()}
        if camera.frame is not None:
            frames.add(camera.frame)
        for frame in sorted(frames):
            own = [*drawn.get("*", ()), *(drawn.get(frame) or drawn.get(str(frame)) or ())]
            stills.append(StillFacts(camera.clip, frame, tuple(own)))
    return tuple(
        sorted(stills, key=lambda still: (still.clip.camera_id != incident.kick_camera, not still.lines_drawn))
    )


def measurement_of(verdict: Verdict, match: Match) -> MeasurementFacts:
    """A verdict as the report tells it; cameras are named by their labels."""
    labels = {clip.camera_id: clip.label or clip.camera_id for clip in match.clips}
    placed = (verdict.attacker, verdict.defender)
    return MeasurementFacts(
        outcome=verdict.outcome,
        margin=verdict.margin,
        interval95_m=verdict.interval95,
        budget=tuple(BudgetItem(f"var.report.budget.{key}", sigma_m) for key, sigma_m in verdict.budget.items()),
        reasons=tuple(
            Reason(
                f"var.offside.reason.{reason.code}",
                {} if reason.camera is None else {"camera": labels.get(reason.camera, reason.camera)},
            )
            for reason in verdict.reasons
        ),
        governing=tuple((point.role, point.part) for point in placed if point is not None),
        halfway_governs=verdict.halfway_governs,
        ball_governs=verdict.governs == "ball",
    )


def answer_of(verdict: BallVerdict | AreaVerdict, match: Match, question: Question) -> MeasurementFacts:
    """The verdict on a ball or a contact as the report tells it; cameras are named by their labels."""
    from var.measure.goal_line import BallVerdict
    from var.questions import reason_key

    labels = {clip.camera_id: clip.label or clip.camera_id for clip in match.clips}
    room = "goal_line" if question is Question.BALL else "area"
    if isinstance(verdict, BallVerdict):
        more = {None: (), True: ("in_goal",), False: ("beside",)}[verdict.in_goal]
    else:
        more = () if verdict.edge is None else (f"edge.{verdict.edge}",)
    return MeasurementFacts(
        outcome=verdict.outcome,
        margin=verdict.margin,
        interval95_m=None if verdict.margin is None else verdict.margin.interval95,
        budget=tuple(BudgetItem(f"var.{room}.source.{key}", sigma_m) for key, sigma_m in verdict.budget.items()),
        reasons=tuple(
            Reason(
                reason_key(question, reason.code),
                {} if reason.camera is None else {"camera": labels.get(reason.camera, reason.camera)},
            )
            for reason in verdict.reasons
        ),
        question=question,
        details=tuple(Reason(f"var.{room}.{name}", {}) for name in more),
        place_m=verdict.place_m,
    )


def measured_of(match: Match, review: Review, incident: Incident) -> MeasurementFacts | None:
    """What the marks of an incident measure now; None where its question has no measurement (a foul)."""
    from var.measure.offside import Verdict
    from var.questions import verdict_of
    from var.review import at_its_kick

    asked = at_its_kick(match, incident)
    verdict = verdict_of(match, review, asked)
    if verdict is None or isinstance(verdict, Verdict):
        return None if verdict is None else measurement_of(verdict, match)
    return answer_of(verdict, match, asked.question)


def calibration_facts(match: Match, review: Review, camera_id: str, frame: int | None) -> CalibrationFacts | None:
    """How an angle is calibrated on ``frame``; None where it is not."""
    from var.angles import angle_state

    state = angle_state(match, review, camera_id, frame)
    if state.calibration is None:
        return None
    kept = sum(not mark.rejected for mark in state.calibration.marks)
    on_frame = None if match.clip(camera_id).fixed else frame
    made = CalibrationFacts(state.calibration.rms_px, kept or None, on_frame, state.calibration.document(), state.way)
    report = state.calibration.refinement
    if state.way == "clicks" or report is None:
        return made
    refined, followed = state.refined, state.followed
    return replace(
        made,
        painted_lines=len(report.lines),
        painted_frame=frame if refined is None else refined.frame,
        followed_from=None if followed is None else followed.frame,
    )


def clock_facts(kept: Saved | None) -> ClockFacts | None:
    """How an angle's clock was found; None where nobody synchronised it."""
    if kept is None or not (kept.used or kept.nudged_s):
        return None
    return ClockFacts(kept.estimate.method.value, kept.reference, kept.at_utc, kept.nudged_s)


def gather(archive: Archive, match_id: str, incident_id: str, *, passing: bool = False) -> IncidentFacts:
    """The facts of an incident as the archive holds them now. ``passing`` leaves out reviews that cannot be told: who
    asks for that names them elsewhere.

    Raises ``NotFound`` for an unknown match, or an incident that is not of this match.
    """
    from var.angles import placed
    from var.evidence.entries import entries_of
    from var.export.foul import foul_stills
    from var.export.review_facts import reviews_of
    from var.foul.review import foul_review
    from var.questions import instant_of, overlays, spots_of
    from var.review import at_its_kick, kick_balls, kick_of, stage_of
    from var.sync.saved import saved

    match, review = archive.match(match_id), archive.review(match_id)
    asked = at_its_kick(match, review.incident(incident_id))
    instant_s = instant_of(match, review, asked)
    measured = measured_of(match, review, asked)
    drawn = overlays(match, review, asked, frozenset({"bodies", "lines"}))
    incident = asked
    if asked.question is not Question.OFFSIDE:  # the instant is that of the ball or the contact; a kick was not asked
        incident = replace(asked, kick_s=instant_s, kick_camera=None, kick_frame=None, more_kicks=())
    frames = {clip.camera_id: camera_at(clip, incident, instant_s) for clip in match.clips}
    foul = foul_review(archive, match_id, incident_id) if asked.question is Question.FOUL else None
    if foul is not None:
        frames = {angle.camera_id: angle.frame for angle in foul.window.angles}
    synchronised = saved(archive, match_id)
    cameras = tuple(
        CameraFacts(
            clip,
            frames[clip.camera_id],
            calibration_facts(match, review, clip.camera_id, frames[clip.camera_id]),
            clock_facts(synchronised.get(clip.camera_id)),
        )
        for clip in match.clips
    )
    if asked.question is Question.BALL:  # its way is drawn on many frames; the still shows where it was farthest
        kept = {"*"} | {str(frame) for frame in frames.values()}
        drawn = {c: {f: each for f, each in own.items() if f in kept} for c, own in drawn.items()}
    return IncidentFacts(
        match=match,
        incident=incident,
        cameras=cameras,
        stills=tuple(
            still
            for still in (stills_of(cameras, incident, drawn) if foul is None else foul_stills(foul, cameras, drawn))
            if still.clip.removed is None
        ),
        measurement=measured,
        decisions=tuple(decision for decision in review.decisions if decision.incident_id == incident_id),
        body_marks=tuple(
            mark for owner, mark in review.body_marks if owner == incident_id and asked.question is Question.OFFSIDE
        ),
        pitch_marks=tuple(placed(mark, match) for mark in review.pitch_marks),
        line_clicks=review.line_clicks,
        spot_marks=kick_balls(match, review, asked) if asked.question is Question.OFFSIDE else spots_of(review, asked),
        stage=stage_of(match, review, asked) if asked.question is Question.OFFSIDE else None,
        kick=kick_of(match, asked) if asked.question is Question.OFFSIDE else None,
        reviews=reviews_of(archive, match, review, incident_id, passing=passing),
        foul=foul,
        entries=entries_of(archive, match_id, incident_id),
    )

"""The nouns of a review: match, clip, incident, mark, calibration, decision. Values are frozen and valid."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NewType

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var.ticks import Ticks

SAME_PX = 0.01
"""A point that is nearer than this to where it was proposed was not moved."""

_SETTLING = 64  # intervals that tell how long a frame of a recording lasts that still grows

ImagePoints = NewType("ImagePoints", NDArray[np.float64])
"""Shape (n, 2): pixels (u, v) of the source picture; (0, 0) is the centre of the first pixel."""

PitchPoints = NewType("PitchPoints", NDArray[np.float64])
"""Shape (n, 3): metres; origin at the centre spot, +x to the right-hand goal, +y to the far touchline, +z up."""


class Outcome(StrEnum):
    """What a measurement of offside position says."""

    OFFSIDE = "offside"
    ONSIDE = "onside"
    TOO_CLOSE = "too_close"
    NOT_MEASURABLE = "not_measurable"


class Question(StrEnum):
    """What is asked about an incident; also the ``kind`` under which it is kept."""

    OFFSIDE = "offside"
    BALL = "ball"
    AREA = "area"
    FOUL = "foul"


class Role(StrEnum):
    """Whose body point is marked."""

    ATTACKER = "attacker"
    DEFENDER = "defender"


class BodyPart(StrEnum):
    """Parts that count for offside (Law 11); arms and hands do not exist here."""

    HEAD = "head"
    SHOULDER = "shoulder"
    HIP = "hip"
    KNEE = "knee"
    HEEL = "heel"
    TOE = "toe"


class AttackDirection(StrEnum):
    """Toward which goal the attacking team plays, in the pitch frame."""

    RIGHT = "right"
    LEFT = "left"

    @property
    def sign(self) -> int:
        """+1 toward +x, -1 toward -x."""
        return 1 if self is AttackDirection.RIGHT else -1


@dataclass(frozen=True, slots=True)
class Removal:
    """When the pictures of an angle were deleted, and by which rule of the retention policy."""

    at_utc: str
    rule: str


@dataclass(frozen=True, slots=True)
class Clip:
    """One camera's recording. Frame ``i`` is the ``i``-th picture shown; ``pts`` holds one container tick a frame.

    Clip time is zero at the first shown frame: ``timebase.seconds(pts[i] - pts[0])``. ``to_match`` maps it to match
    time. ``path`` is the source file; ``proxy`` the short-GOP copy that the browser plays, with the same frames: one
    file, or a folder of stretches that fills while people watch. ``fixed`` says that the camera neither pans nor zooms,
    so that a calibration on one frame holds on all of them.

    ``sha256`` names the recording in every click and address: the hash of the file, or of a live recording's first
    bytes, because it must not change while the file grows. ``file_sha256`` is the hash of the whole file, empty as
    long as nobody can know it. ``recording`` says that the file still grows. ``gaps`` are the frames before which
    frames are missing (the camera was away); ``table`` is the frame table beside the recording, where there is one.
    ``removed`` says that the pictures were deleted: what was marked on them stays, and nothing can be shown of them.
    """

    camera_id: str
    label: str
    path: Path
    proxy: Path
    sha256: str
    size_px: tuple[int, int]
    timebase: Timebase
    pts: Sequence[int]
    to_match: ClockMap
    timing: Origin
    codec: str = ""
    fixed: bool = False
    gaps: tuple[int, ...] = ()
    recording: bool = False
    file_sha256: str = ""
    table: Path | None = None
    removed: Removal | None = None

    def __post_init__(self) -> None:
        try:
            ticks = self.pts if isinstance(self.pts, Ticks) else Ticks(self.pts)
        except BadValue as fault:
            raise BadValue("var.errors.bad_pts", name=self.label) from fault
        rising = all(a < b for a, b in pairwise((0, *self.gaps, len(ticks)))) if self.gaps else True
        if not len(ticks) or not rising:
            raise BadValue("var.errors.bad_pts", name=self.label)
        object.__setattr__(self, "pts", ticks)

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def ticks(self) -> Ticks:
        """``pts`` as the row of ticks that it is."""
        assert isinstance(self.pts, Ticks)
        return self.pts

    def clip_s(self, frame: int) -> Fraction:
        """When ``frame`` is shown, in exact seconds of the clip's own clock."""
        return self.timebase.seconds(self.pts[frame] - self.pts[0])

    def match_s(self, frame: int) -> Fraction:
        """When ``frame`` is shown, in exact seconds of match time."""
        return self.to_match.forward(self.clip_s(frame))

    @property
    def frame_s(self) -> Fraction:
        """The mean time between two frames in match time, gaps left out; 1/25 s for a clip of one frame.

        Of a clip that records it is that of its first frames, so that nothing moves while it grows."""
        if self.recording:
            return self.settled_ticks * self.timebase.tick_s * self.to_match.rate
        steps = len(self.pts) - 1 - len(self.gaps)
        if steps < 1:
            return Fraction(1, 25)
        away = sum(self.pts[gap] - self.pts[gap - 1] for gap in self.gaps)
        return self.timebase.seconds(self.pts[-1] - self.pts[0] - away) * self.to_match.rate / steps

    @property
    def settled_ticks(self) -> Fraction:
        """The mean time between the first frames in ticks, without gaps and lost frames; it does not change any more
        once a few seconds are there. 1/25 s for a clip of one frame."""
        spans = np.diff(self.ticks.array[: 2 * _SETTLING])
        spans = np.delete(spans, [gap - 1 for gap in self.gaps if gap <= len(spans)])[:_SETTLING]
        spans = spans[2 * spans <= 3 * np.median(spans)] if len(spans) else spans
        return Fraction(int(spans.sum()), len(spans)) if len(spans) else Fraction(1, 25) / self.timebase.tick_s

    def covers(self, match_s: Fraction) -> bool:
        """Whether this camera has a picture for ``match_s``: from half a frame before its first picture to half a
        frame after its last, but not in the middle of a gap."""
        return self.frame_at(match_s) is not None

    def frames_within(self, starts_s: Fraction, ends_s: Fraction) -> range:
        """The frames shown from ``starts_s`` to ``ends_s`` of match time, both included; empty without any."""

        def tick(match_s: Fraction) -> Fraction:
            return self.to_match.backward(match_s) / self.timebase.tick_s + self.pts[0]

        return range(bisect_left(self.pts, tick(starts_s)), bisect_right(self.pts, tick(ends_s)))

    def frame_at(self, match_s: Fraction) -> int | None:
        """The frame nearest to ``match_s`` (of two equally near ones the earlier), or None without coverage."""
        half = self.frame_s / 2
        if not self.match_s(0) - half <= match_s <= self.match_s(len(self.pts) - 1) + half:
            return None
        tick = self.to_match.backward(match_s) / self.timebase.tick_s + self.pts[0]
        right = self.ticks.place(tick)
        if right == len(self.pts) or (right > 0 and tick - self.pts[right - 1] <= self.pts[right] - tick):
            nearest = right - 1
        else:
            nearest = right
        if right in self.gaps and abs(self.match_s(nearest) - match_s) > half:
            return None
        return nearest


@dataclass(frozen=True, slots=True)
class Team:
    """A team with its colours (``#rrggbb``) and line-up (one ``number name`` a line)."""

    name: str = ""
    colour: str = "#d62828"
    keeper_colour: str = "#2a9d8f"
    lineup: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """One period: when it starts in match time, what the match clock shows then, and where the home team attacks."""

    name: str
    starts_s: Fraction
    clock_s: int
    home_attacks: AttackDirection


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Which rules the reviews of a match follow: a rule pack and a format of it by their ids, the competition options
    that were adopted, and the edition where it is not the one of the match's day (``var.rules``)."""

    pack: str
    format: str
    options: tuple[str, ...] = ()
    edition: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What people know about a match. Everything may be empty; ``pitch_m`` is length and width in metres."""

    competition: str = ""
    date: str = ""
    venue: str = ""
    edition: str = ""
    sport: str = "football"
    home: Team = Team()
    away: Team = field(default_factory=lambda: Team(colour="#1d6fb8", keeper_colour="#f4a261"))
    officials: tuple[tuple[str, str], ...] = ()
    periods: tuple[Period, ...] = ()
    pitch_m: tuple[float, float] = (105.0, 68.0)
    review: ReviewRules | None = None

    def period_at(self, match_s: Fraction) -> Period | None:
        """The last period that has started at ``match_s``, or None."""
        started = [period for period in self.periods if period.starts_s <= match_s]
        return max(started, key=lambda period: period.starts_s) if started else None

    def clock_s(self, match_s: Fraction) -> Fraction | None:
        """What the match clock shows at ``match_s`` in seconds, or None where no period is known."""
        period = self.period_at(match_s)
        return None if period is None else period.clock_s + match_s - period.starts_s


@dataclass(frozen=True, slots=True)
class Match:
    """A match: its clips in the order of the screen. ``clips[master]`` gives the time line its steps. ``known_as`` is
    the identifier that its evidence was written under elsewhere, where another match has that one here."""

    id: str
    name: str
    origin: Origin
    created_utc: str
    setup: Setup
    clips: tuple[Clip, ...]
    master: int = 0
    known_as: str | None = None

    @property
    def evidence_id(self) -> str:
        """What ledgers, hashes of entries and reports call the match."""
        return self.known_as or self.id

    def clip(self, camera_id: str) -> Clip:
        """The clip of a camera. Raises ``BadValue`` for a camera that is not of this match."""
        for clip in self.clips:
            if clip.camera_id == camera_id:
                return clip
        raise BadValue("var.errors.no_such_camera", camera=camera_id, match=self.name)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something to look at: at ``at_s`` of match time. ``kick_s`` is the marked kick frame's instant, once marked;
    ``more_kicks`` are the kick frames (camera, frame) that were marked on other angles beside it.

    ``line`` names the line that the ball may have crossed (``var.measure.goal_line.Line``), ``spotted`` what was marked
    at the penalty area (``var.measure.area.Spotted``), each once somebody said so.
    """

    id: str
    match_id: str
    number: int
    kind: str
    at_s: Fraction
    created_utc: str
    note: str = ""
    kick_s: Fraction | None = None
    kick_camera: str | None = None
    kick_frame: int | None = None
    more_kicks: tuple[tuple[str, int], ...] = ()
    attack: AttackDirection | None = None
    line: str | None = None
    spotted: str | None = None

    @property
    def question(self) -> Question:
        """What is asked; an offside where nobody asked anything else."""
        return Question(self.kind) if self.kind in set(Question) else Question.OFFSIDE


@dataclass(frozen=True, slots=True)
class Click:
    """What a person clicked: camera, the frame that was painted, the media's hash and the pixel in the source."""

    camera_id: str
    frame: int
    sha256: str
    u_px: float
    v_px: float

    def __post_init__(self) -> None:
        if self.frame < 0 or not np.isfinite([self.u_px, self.v_px]).all():
            raise BadValue("var.errors.bad_click", camera=self.camera_id, frame=self.frame)


@dataclass(frozen=True, slots=True)
class PitchMark:
    """A clicked pitch point: ``name`` as in ``var.measure.pitch``, its place in metres, and the click."""

    id: int
    name: str
    pitch_m: tuple[float, float, float]
    click: Click


@dataclass(frozen=True, slots=True)
class LineClick:
    """One click along a line, an arc, a post or a crossbar: ``name`` as in ``var.measure.pitch``, and the click."""

    id: int
    name: str
    click: Click


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a body point was proposed by: the models' names and versions, how sure they said they were (0 to 1), and
    the pixel with its standard deviation an axis."""

    model: str
    confidence: float
    px: tuple[float, float]
    sigma_px: float

    def __post_init__(self) -> None:
        known = np.isfinite([*self.px, self.confidence, self.sigma_px]).all()
        if not self.model or not known or self.sigma_px <= 0 or not 0 <= self.confidence <= 1:
            raise BadValue("var.errors.bad_proposal", model=self.model)


@dataclass(frozen=True, slots=True)
class BodyMark:
    """A body point of the attacker or the defender, clicked by a person. ``proposal`` is what a model had proposed for
    it: the person took it as it was, or ``moved`` it."""

    id: int
    role: Role
    part: BodyPart
    click: Click
    proposal: Proposal | None = None

    @property
    def moved(self) -> bool:
        """Whether the point lies elsewhere than it was proposed; False without a proposal."""
        if self.proposal is None:
            return False
        u, v = self.proposal.px
        return bool(np.hypot(self.click.u_px - u, self.click.v_px - v) > SAME_PX)


@dataclass(frozen=True, slots=True)
class SpotMark:
    """A clicked place of an incident: the middle of the ball on one picture (``ball_click``), or the point of contact
    (``contact_click``)."""

    id: int
    kind: str
    click: Click


@dataclass(frozen=True, slots=True)
class Decision:
    """A recorded decision; never edited, a later one names it in ``supersedes``.

    ``facts`` is what it rests on, ``account`` the id of the account under which it was recorded (None: none).
    """

    id: str
    incident_id: str
    outcome: str
    margin: Measurement | None
    decided_by: str
    decided_utc: str
    note: str = ""
    supersedes: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    account: str | None = None

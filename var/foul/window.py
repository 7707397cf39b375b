"""The contact window of a foul: for each angle the pictures around the contact, how sure it is that they show the same
instant, and how fast the angle shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from touchline.errors import BadValue
from var.foul.kept import KeptFoul
from var.foul.notes import ContactMark, FoulNotes
from var.model import Clip, Incident, Match
from var.review import clock_sigma_s, on_one_clock

BEFORE_S, AFTER_S = Fraction(3, 2), Fraction(1)
"""What the window shows of match time, where nothing else is said."""

LONGEST_S = Fraction(120)

FAR = 3.0
"""Two marks of one contact that are more than so many standard deviations apart show two instants."""


class Found(StrEnum):
    """How the contact was found on an angle."""

    MARKED = "marked"
    """Somebody marked its picture there."""
    CLOCK = "clock"
    """By the clock that was set against the angle on which it was marked."""
    ANNOTATION = "annotation"
    """By a clock that nobody measured, such as that of an imported annotation: it may be seconds off."""


@dataclass(frozen=True, slots=True)
class AngleWindow:
    """One angle. ``at_s`` is the contact by this angle's clock and ``frame`` its picture of it, off by ``off_s``;
    ``sigma_s`` is how sure that is against the angle on which it was marked (None: nobody knows). ``first`` and
    ``last`` are the stretch; None, like ``frame``, where the angle has no picture.

    ``slower`` is how many times slower than life the angle's file shows it, None where that is unknown; ``is_timed``
    whether the time between two of its pictures is known, as it is not of a replay whose speed somebody estimated;
    ``agrees`` whether the picture marked on it and the clocks tell the same instant, None where one of them is missing.
    """

    camera_id: str
    found: Found
    at_s: Fraction
    sigma_s: float | None
    frame: int | None
    off_s: Fraction | None
    first: int | None
    last: int | None
    slower: Fraction | None
    is_timed: bool
    mark: ContactMark | None = None
    agrees: bool | None = None

    @property
    def has_picture(self) -> bool:
        """Whether it shows anything of the window."""
        return self.first is not None

    @property
    def is_synchronised(self) -> bool:
        """Whether it is known which of its pictures show the contact."""
        return self.sigma_s is not None


@dataclass(frozen=True, slots=True)
class ContactWindow:
    """The window of an incident. ``at_s`` is the contact in match time by the clock of ``camera_id``, the angle on
    which it was marked first; that is None, and ``at_s`` where the incident was marked, before anybody marked it.
    ``sigma_s`` is how sure the instant of that picture is: half a frame on either side."""

    incident_id: str
    at_s: Fraction
    camera_id: str | None
    sigma_s: float | None
    before_s: Fraction
    after_s: Fraction
    angles: tuple[AngleWindow, ...]

    def angle(self, camera_id: str) -> AngleWindow:
        """What is known of an angle. Raises ``KeyError`` for one that is not of the match."""
        return {each.camera_id: each for each in self.angles}[camera_id]

    @property
    def without_picture(self) -> tuple[str, ...]:
        """The angles that show nothing of it."""
        return tuple(each.camera_id for each in self.angles if not each.has_picture)

    @property
    def unsynchronised(self) -> tuple[str, ...]:
        """The angles of which nobody knows which picture shows the contact."""
        return tuple(each.camera_id for each in self.angles if not each.is_synchronised)


def slower_than_life(foul: KeptFoul | None, camera_id: str) -> Fraction | None:
    """How many times slower than life an angle shows a foul: 1 for a recording of one's own; of an imported clip what
    its annotation and the match clock in its pictures say together, None where they do not tell."""
    return Fraction(1) if foul is None or camera_id not in foul.cameras else foul.times_slower(camera_id)


def timed(foul: KeptFoul | None, camera_id: str) -> bool:
    """Whether the time between two pictures of an angle is known: of a recording of one's own and of a live picture."""
    return foul is None or camera_id not in foul.cameras or foul.replay_speed(camera_id) == 1


def window_of(
    match: Match,
    incident: Incident,
    notes: FoulNotes,
    foul: KeptFoul | None = None,
    *,
    before_s: Fraction = BEFORE_S,
    after_s: Fraction = AFTER_S,
) -> ContactWindow:
    """The contact window of an incident, from ``before_s`` to ``after_s`` of match time around the contact.

    A mark counts on its own angle; on others, by their clocks. Where an angle has both, the surer one of the two gives
    the instant; the picture that was marked stays the angle's picture of it.

    Raises ``BadValue`` for a window that makes no sense.
    """
    if not (0 <= before_s <= LONGEST_S and 0 <= after_s <= LONGEST_S):
        raise BadValue("var.errors.bad_clip_length", before=float(before_s), after=float(after_s))
    there = {clip.camera_id for clip in match.clips}
    marks = [mark for mark in notes.contacts if mark.camera_id in there]
    first = marks[0] if marks else None
    at_s = incident.at_s if first is None else match.clip(first.camera_id).match_s(first.frame)
    own_s = None if first is None else half_a_frame_s(match.clip(first.camera_id))
    angles = tuple(
        _angle(
            match,
            clip,
            notes.contact(clip.camera_id),
            first,
            at_s,
            (slower_than_life(foul, clip.camera_id), timed(foul, clip.camera_id)),
            (before_s, after_s),
        )
        for clip in match.clips
    )
    return ContactWindow(
        incident.id, at_s, None if first is None else first.camera_id, own_s, before_s, after_s, angles
    )


def half_a_frame_s(clip: Clip) -> float:
    """The standard deviation of an instant that lies anywhere within half a frame of a picture."""
    return float(clip.frame_s) / math.sqrt(12)


def _angle(
    match: Match,
    clip: Clip,
    mark: ContactMark | None,
    first: ContactMark | None,
    at_s: Fraction,
    pace: tuple[Fraction | None, bool],
    window_s: tuple[Fraction, Fraction],
) -> AngleWindow:
    clock_s = _clock_sigma_s(match, clip, first)
    found = Found.ANNOTATION if clock_s is None else Found.CLOCK
    own_s, sigma_s, agrees = at_s, clock_s, None
    if mark is not None and mark is first:
        found = Found.MARKED
    elif mark is not None and first is not None:
        found = Found.MARKED
        shown_s, marks_s = clip.match_s(mark.frame), _by_marks_s(match, clip, first)
        if clock_s is None or marks_s < clock_s:
            own_s, sigma_s = shown_s, marks_s
        if clock_s is not None:
            agrees = bool(abs(shown_s - at_s) <= FAR * math.hypot(marks_s, clock_s))
    frame = clip.frame_at(own_s) if mark is None else mark.frame
    shown = [*clip.frames_within(own_s - window_s[0], own_s + window_s[1])]
    if frame is not None:
        shown.append(frame)
    return AngleWindow(
        camera_id=clip.camera_id,
        found=found,
        at_s=own_s,
        sigma_s=sigma_s,
        frame=frame,
        off_s=None if frame is None else clip.match_s(frame) - own_s,
        first=min(shown, default=None),
        last=max(shown, default=None),
        slower=pace[0],
        is_timed=pace[1],
        mark=mark,
        agrees=agrees,
    )


def _clock_sigma_s(match: Match, clip: Clip, first: ContactMark | None) -> float | None:
    """How sure an angle's clock is against that of the angle with the mark; of the time line before there is one."""
    other = match.clips[match.master].camera_id if first is None else first.camera_id
    if clip.camera_id == other:
        return 0.0
    if not on_one_clock(match, clip.camera_id, other):
        return None
    return math.hypot(clock_sigma_s(match, clip.camera_id) or 0.0, clock_sigma_s(match, other) or 0.0)


def _by_marks_s(match: Match, clip: Clip, first: ContactMark | None) -> float:
    """How well two marked pictures show the same instant: each is half a frame off at most."""
    assert first is not None  # the angle's own mark is a later one
    return math.hypot(half_a_frame_s(clip), half_a_frame_s(match.clip(first.camera_id)))

"""An instant of a session: every athlete's heart rate then, or why there is none. An old value is no present one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from touchline.effort import HOLD_S, zone_number
from touchline.errors import BadValue
from touchline.origin import Origin
from wearables.gatt.heart_rate import Contact, decode
from wearables.model import NS_PER_S, Event, Frame, LiveSession, Mark, Profile, Source, Status, Strap, StrapState
from wearables.worn import Worn

HOLD_NS = round(HOLD_S * NS_PER_S)
"""How long a reading may stand for what follows it."""
RATES = (Source.HEART_RATE, Source.POLAR)
"""What carries a heart rate."""


class Reason(StrEnum):
    """Why there is no heart rate at an instant."""

    OUTSIDE = "outside"
    """The instant is before the session, or after what there is of it."""
    NOT_WORN = "not_worn"
    """The athlete wore no strap then."""
    NEVER = "never"
    """The strap had sent no reading of this athlete until then."""
    SILENT = "silent"
    """No reading within 5 s."""
    NO_CONTACT = "no_contact"
    """The strap says that it has no contact, or no reading."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An athlete at an instant. ``bpm`` is the newest rate of the last 5 s and ``age_s`` how old it was; without one
    ``bpm`` and ``zone`` are None, ``reason`` says why, and ``age_s`` is the age of the last there was, if any.

    ``zone`` is 0 (below the first) to 5, None where the athlete's heart is not known. ``state`` is what the recorder
    last said of the strap until then."""

    athlete: Profile
    origin: Origin
    strap: Strap | None = None
    bpm: int | None = None
    age_s: float | None = None
    zone: int | None = None
    state: StrapState | None = None
    source: Source | None = None
    reason: Reason | None = None

    def document(self) -> dict[str, Any]:
        """The reading as a JSON-ready document."""
        strap = self.strap
        return {
            "athlete": self.athlete.athlete_id,
            "name": self.athlete.name,
            "group": self.athlete.group,
            "bpm": self.bpm,
            "age_s": self.age_s,
            "zone": self.zone,
            "strap": None if strap is None else {"number": strap.number, "label": strap.label},
            "state": self.state,
            "source": self.source,
            "reason": self.reason,
            "origin": self.origin,
        }


@dataclass(frozen=True, slots=True)
class Heard:
    """What of a session's record an instant needs: the frames of the 5 s before it, and of each strap the instant of
    its last reading ever and what the recorder last said of it."""

    frames: Sequence[Frame] = ()
    last_ns: Mapping[int, int] = field(default_factory=dict)
    states: Mapping[int, Event] = field(default_factory=dict)


def zone_of(bpm: int, profile: Profile) -> int | None:
    """The zone of a rate: 0 below the first, then 1 to 5; a bound belongs to the upper one. None without bounds."""
    return None if profile.floors_bpm is None else zone_number(bpm, profile.floors_bpm)


def has_contact(frame: Frame) -> bool:
    """Whether a frame that carries a rate says nothing against contact with the skin."""
    if frame.source is not Source.HEART_RATE:
        return True
    try:
        return decode(frame.data).contact is not Contact.NOT_DETECTED
    except BadValue:  # kept with its bytes, and no packet
        return False


def heard(rows: Iterable[Frame | Event], at_ns: int) -> Heard:
    """What an instant needs of rows in their order; rows after the instant do not count."""
    frames: list[Frame] = []
    last_ns: dict[int, int] = {}
    states: dict[int, Event] = {}
    for row in rows:
        if row.at_ns > at_ns or row.strap is None:
            continue
        if isinstance(row, Event):
            if "state" in row.detail:
                states[row.strap] = row
        elif row.status is Status.OK and row.source in RATES:
            if row.bpm is not None and has_contact(row):
                last_ns[row.strap] = row.at_ns
            if row.at_ns >= at_ns - HOLD_NS:
                frames.append(row)
    return Heard(frames, last_ns, states)


def readings(
    session: LiveSession,
    straps: Iterable[Strap],
    profiles: Iterable[Profile],
    marks: Iterable[Mark],
    found: Heard,
    *,
    at_ns: int,
    until_ns: int,
) -> tuple[Reading, ...]:
    """Every athlete's heart rate at ``at_ns``, in the order of ``profiles``, by who wore which strap when the frames
    came. ``until_ns`` is the last instant of the session of which there is something."""
    worn, known = Worn(marks), {strap.number: strap for strap in straps}
    newest: dict[str, Frame] = {}
    for frame in found.frames:
        wearer = worn.athlete_at(frame.strap, frame.at_ns)
        if wearer is not None and (wearer not in newest or frame.at_ns >= newest[wearer].at_ns):
            newest[wearer] = frame
    outside = not 0 <= at_ns <= until_ns
    return tuple(
        Reading(profile, session.origin, reason=Reason.OUTSIDE)
        if outside
        else _reading(session, profile, worn, known, found, newest.get(profile.athlete_id), at_ns)
        for profile in profiles
    )


def _reading(
    session: LiveSession,
    profile: Profile,
    worn: Worn,
    known: Mapping[int, Strap],
    found: Heard,
    frame: Frame | None,
    at_ns: int,
) -> Reading:
    number = worn.strap_at(profile.athlete_id, at_ns) if frame is None else frame.strap
    said = None if number is None else found.states.get(number)
    state = None if said is None else StrapState(said.detail["state"])
    strap = None if number is None else known.get(number)
    # A frame that came after the recorder said so speaks for itself; a broadcast's contact only the recorder knows.
    newer = said is None or (frame is not None and frame.source is Source.HEART_RATE and frame.at_ns > said.at_ns)
    lost = state is StrapState.NO_CONTACT and not newer
    if frame is not None and frame.bpm is not None and has_contact(frame) and not lost:
        since_s, zone = (at_ns - frame.at_ns) / NS_PER_S, zone_of(frame.bpm, profile)
        return Reading(profile, session.origin, strap, frame.bpm, since_s, zone, state, frame.source)
    last_ns = None if number is None else found.last_ns.get(number)
    if last_ns is not None and number is not None and worn.athlete_at(number, last_ns) != profile.athlete_id:
        last_ns = None  # that reading was somebody else's
    if number is None:
        reason = Reason.NOT_WORN
    elif frame is not None or lost:
        reason = Reason.NO_CONTACT
    else:
        reason = Reason.NEVER if last_ns is None else Reason.SILENT
    age_s = None if last_ns is None else (at_ns - last_ns) / NS_PER_S
    return Reading(profile, session.origin, strap, None, age_s, None, state, None, reason)

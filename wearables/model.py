"""The nouns of a live session: straps, what they sent, what people marked. Values are frozen and valid.

Time within a session is ``at_ns``: integer nanoseconds of the session's clock (``wearables.clock``) since the session
began. Beside it stands wall time, ``utc_us``: microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from touchline.errors import BadValue
from touchline.origin import Origin

NS_PER_S = 1_000_000_000
US_PER_S = 1_000_000


class StrapState(StrEnum):
    """How a strap is. ``LOW_BATTERY`` stands beside one of the others and never takes its place."""

    SCANNING = "scanning"
    """Looked for: not seen yet, or not since it was lost."""
    CONNECTING = "connecting"
    LIVE = "live"
    """Connected, and a rate came within the last seconds."""
    NO_CONTACT = "no_contact"
    """Connected, and the strap says that it has no contact or no reading."""
    STALE = "stale"
    """Connected, and silent for longer than it should be."""
    LOST = "lost"
    """The link broke; it is taken up again."""
    BROADCAST_ONLY = "broadcast_only"
    """Heard without a connection: a rate, and no RR intervals."""
    LOW_BATTERY = "low_battery"


class Source(StrEnum):
    """What carried the bytes of a frame: an assigned number, or a maker's advertisement."""

    HEART_RATE = "0x2A37"
    BATTERY = "0x2A19"
    POLAR = "polar-broadcast"


class Status(StrEnum):
    """What became of a frame. All of them are kept with their bytes; only ``OK`` counts."""

    OK = "ok"
    DOUBLED = "doubled"
    """The same bytes as the frame before it, sooner than a strap can send."""
    REFUSED = "refused"
    """The bytes are no packet of that characteristic."""


class Mode(StrEnum):
    """How a strap is listened to."""

    AUTO = "auto"
    """Connected while an adapter has room, else its broadcast."""
    CONNECT = "connect"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Strap:
    """A strap of a session. ``number`` is its own in the session, from 1; ``address`` is what the radio calls it
    (``C0:FF:EE:00:00:01``; an opaque UUID on macOS); ``label`` is what is written on it."""

    number: int
    address: str
    label: str = ""
    mode: Mode = Mode.AUTO

    def __post_init__(self) -> None:
        if self.number < 1:
            raise BadValue("wearables.errors.bad_strap_number", number=self.number)
        if not self.address.strip():
            raise BadValue("wearables.errors.no_strap_address", number=self.number)


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet of one strap, as it came. ``bpm`` is the rate that it says, None where it says none."""

    strap: int
    at_ns: int
    utc_us: int
    source: Source
    data: bytes
    status: Status = Status.OK
    bpm: int | None = None
    seq: int = 0
    """Its place in the session's record, given when it is written; 0 before."""


class EventKind(StrEnum):
    """What the recorder notes beside frames."""

    STATE = "state"
    """A strap changed its state: ``{"state": StrapState, "reason": str | absent}``."""
    BATTERY = "battery"
    """``{"percent": int}``."""
    LOW_BATTERY = "low_battery"
    """``{"low": bool}``: by percent, or by the bit of a broadcast."""
    DEVICE = "device"
    """What the strap says of itself: ``{"manufacturer": str, "model": str, ...}``."""
    FAULT = "fault"
    """Something failed and is tried again: ``{"reason": str}``."""
    RADIO = "radio"
    """The radio as a whole: ``{"up": bool, "reason": str | absent}``."""
    STORE = "store"
    """Database or journal could not be written for a while, or can be again: ``{"ok": bool, "where": "store" |
    "journal", "waiting": int, "reason": "locked" | "full" | "disk" | absent, "since_ns": int | absent, "lost": int |
    absent}``; ``waiting`` rows were in the journal alone, ``lost`` ones found no room anywhere."""
    RUN = "run"
    """The recording process: ``{"running": bool, "reason": "started" | "resumed" | "slept" | "stopped" | "fault" |
    "gone"}``. With ``slept`` it goes on: its host was asleep for ``slept_ns`` until then. With ``gone``, noted by who
    finds it: ``kept_until_ns``, ``alive_ns`` (its last sign of life), ``settled`` (rows that the journal had for the
    database), ``cut_bytes``, ``damaged_bytes``; ``in_memory``, ``lost`` where there were."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the recorder notes, of one strap or (``strap`` None) of all."""

    kind: EventKind
    at_ns: int
    utc_us: int
    strap: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0


class MarkKind(StrEnum):
    """What people add to a session. Marks are only added; ``UNDO`` takes one back."""

    ASSIGN = "assign"
    """A strap is worn by an athlete from now on: ``{"strap": int, "athlete_id": str | null}``."""
    PHASE = "phase"
    """A phase begins: ``{"phase": "warm_up" | "drill" | "match" | "rest" | ..., "text": str | absent}``."""
    NOTE = "note"
    """``{"text": str, "athlete_id": str | absent}``."""
    ACKNOWLEDGE = "acknowledge"
    """Alarms were seen: ``{"alarm": str}``, the identifier of one, or ``{"alarms": [str, ...]}``."""
    TIE = "tie"
    """The session's clock beside a match's: ``{"match_id": str, "match_s": str, "session_ns": int, "rate": "1",
    "sigma_s": float | null, "method": str}``; ``match_s`` is an exact fraction."""
    UNDO = "undo"
    """``{"mark": int}``."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person added at an instant of the session; ``by`` is their name."""

    id: int
    kind: MarkKind
    at_ns: int
    utc_us: int
    by: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the live page needs to know of an athlete. ``floors_bpm`` are the lower bounds of zones 1 to 5; None where
    nothing is known of the athlete's heart, and then no zone and no load is shown."""

    athlete_id: str
    name: str
    group: str = ""
    hr_max_bpm: float | None = None
    hr_max_estimated: bool = False
    hr_rest_bpm: float | None = None
    sex: str | None = None
    """``female`` or ``male``; the load after Banister needs it."""
    floors_bpm: tuple[float, float, float, float, float] | None = None
    limit_bpm: float | None = None
    """An alarm's upper limit; None: 95 % of the maximum, where that is known."""

    def __post_init__(self) -> None:
        if self.floors_bpm is not None and list(self.floors_bpm) != sorted(set(self.floors_bpm)):
            raise BadValue("wearables.errors.bad_floors", name=self.name, floors=self.floors_bpm)


class SessionState(StrEnum):
    """How a session is."""

    STARTING = "starting"
    RECORDING = "recording"
    ENDED = "ended"
    GONE = "gone"
    """Its process ended without saying so; what it kept is there, and it can be taken up again."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session as the store has it. ``zero_utc_us`` is the wall time of ``at_ns`` 0; ``speed`` is 1 but for
    simulated sessions that run faster than life."""

    id: str
    name: str
    origin: Origin
    zero_utc_us: int
    speed: float
    state: SessionState
    started_by: str = ""
    ended_utc: str | None = None

"""What is known of one strap, and the state that follows from it.

A state is never set: it is worked out anew from what happened (``Watch.judge``), at each frame, at each event of the
link and four times a second. So no strap stays in a state whose reason is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wearables.model import NS_PER_S, Event, EventKind, Mode, Strap, StrapState
from wearables.radio import Seen
from wearables.recorder.limits import Limits

BY_NAME = "name:"
"""An address that begins so names a strap by what it advertises (``name:Polar H10 12345678``): where the system keeps
addresses to itself, as macOS does, that is what can be read off the strap. Upper and lower case are the same."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The last advertisement of a strap through one adapter."""

    at_ns: int
    rssi_dbm: int | None


@dataclass(slots=True)
class Watch:
    """One strap of a recorder. All times are ``at_ns`` of the session; None: never."""

    strap: Strap
    limits: Limits
    address: str | None = None
    """What the radio calls it; None until a strap known by name only was seen."""

    sightings: dict[str, Sighting] = field(default_factory=dict)
    adapter: str | None = None
    """The adapter that it is connected through, or on its way to be, or just leaving."""
    connecting: bool = False
    linked_ns: int | None = None
    """Since when the link stands; None without one."""
    heard_ns: int | None = None
    """The last good rate packet on this link, with or without contact."""
    refused_ns: int | None = None
    excused_ns: int = 0
    contact: bool = True
    lost_ns: int | None = None
    lost_reason: str | None = None
    broadcast_ns: int | None = None
    broadcast_contact: bool = True
    no_room: bool = False

    failures: int = 0
    """Attempts since a rate came over a link."""
    silences: int = 0
    """Links that ended by force since a rate came over one."""
    not_before_ns: int = 0
    waiting_ns: int = 0
    """Since when it waits for a connection."""

    state: StrapState = StrapState.SCANNING
    reason: str | None = None
    percent: int | None = None
    low_by_percent: bool = False
    low_by_bit: bool = False
    bit_was_clear: bool = False
    device_told: bool = False

    def __post_init__(self) -> None:
        if not self.strap.address.lower().startswith(BY_NAME):
            self.address = self.strap.address

    # What happened

    def matches(self, seen: Seen) -> bool:
        """Whether an advertisement is this strap's."""
        if self.address is not None:
            return seen.address.lower() == self.address.lower()
        wanted = self.strap.address[len(BY_NAME) :].strip().lower()
        return seen.name is not None and seen.name.strip().lower() == wanted

    def begin_attempt(self, adapter: str) -> None:
        """A connection is tried through ``adapter``."""
        self.adapter, self.connecting, self.no_room, self.heard_ns = adapter, True, False, None

    def link(self, at_ns: int) -> None:
        """The link stands."""
        self.connecting, self.linked_ns, self.heard_ns, self.refused_ns, self.contact = False, at_ns, None, None, True
        self.no_room = False
        self.sightings.clear()

    def hear(self, at_ns: int, contact: bool) -> None:
        """A good rate packet came over the link."""
        self.heard_ns, self.contact = at_ns, contact
        self.failures = self.silences = 0

    def hear_broadcast(self, at_ns: int, contact: bool) -> None:
        """A new broadcast of it was heard."""
        self.broadcast_ns, self.broadcast_contact = at_ns, contact

    def unlink(self, at_ns: int, reason: str) -> None:
        """The link is gone, or is being ended; ``adapter`` stays taken until that is done."""
        self.connecting, self.linked_ns = False, None
        self.lost_ns, self.lost_reason = at_ns, reason
        self.sightings.clear()

    def leave(self) -> None:
        """The attempt came to nothing, or the link was ended for good: another one may follow."""
        self.adapter, self.connecting = None, False

    def saw(self, seen: Seen, at_ns: int) -> None:
        """It advertised."""
        if self.linked_ns is None:
            self.sightings[seen.adapter] = Sighting(at_ns, seen.rssi_dbm)

    def excuse(self, now_ns: int) -> None:
        """The recorder itself was held up until now: that was no silence of the strap, and its patience begins anew.
        The state stays honest: what is old is stale, whoever is to blame."""
        self.excused_ns = now_ns

    # What follows

    def fresh(self, now_ns: int) -> list[str]:
        """The adapters that it was seen through lately enough to connect, the strongest first."""
        oldest_ns = now_ns - round(self.limits.sighting_s * NS_PER_S)
        near = [(name, sight) for name, sight in self.sightings.items() if sight.at_ns >= oldest_ns]
        near.sort(key=lambda pair: -(pair[1].rssi_dbm if pair[1].rssi_dbm is not None else -127))
        return [name for name, _ in near]

    def wants(self, now_ns: int) -> bool:
        """Whether a connection may be tried now."""
        return self.adapter is None and self.strap.mode is not Mode.BROADCAST and now_ns >= self.not_before_ns

    def silent_ns(self, now_ns: int) -> int | None:
        """How long the link that stands has been without a good rate packet; None without a link."""
        if self.linked_ns is None:
            return None
        return now_ns - max(self.linked_ns, self.heard_ns or 0)

    def outworn(self, now_ns: int, speed: float) -> bool:
        """Whether the link that stands has been silent for longer than is borne."""
        silent_ns = self.silent_ns(now_ns)
        if silent_ns is None:
            return False
        least_s = max(self.limits.stale_s, self.limits.silent_host_s * speed)
        most_s = max(least_s, self.limits.silent_most_s)
        patience_ns = round(min(least_s * float(2 ** min(self.silences, 10)), most_s) * NS_PER_S)
        return min(silent_ns, now_ns - self.excused_ns) > patience_ns

    @property
    def low(self) -> bool:
        """Whether its battery is low. A percentage that says otherwise outweighs the bit of a broadcast, and the bit
        alone counts where it was clear before in this session: published broadcasts of healthy straps all have it set.
        """
        good = self.percent is not None and not self.low_by_percent
        return self.low_by_percent or (self.low_by_bit and self.bit_was_clear and not good)

    def judge(self, now_ns: int) -> tuple[StrapState, str | None]:
        """The state at ``now_ns``, and a stable word for its reason where there is one to tell."""
        limits = self.limits
        stale_ns, gone_ns = round(limits.stale_s * NS_PER_S), round(limits.out_of_sight_s * NS_PER_S)
        silent_ns = self.silent_ns(now_ns)
        if silent_ns is not None:
            if silent_ns > stale_ns:
                garbled = self.refused_ns is not None and now_ns - self.refused_ns <= stale_ns
                return StrapState.STALE, "bad_frames" if garbled else "silent"
            if self.heard_ns is None:
                return StrapState.CONNECTING, "first_frame"
            return (StrapState.LIVE, None) if self.contact else (StrapState.NO_CONTACT, None)
        broadcast, lost = self.broadcast_ns, self.lost_ns
        if broadcast is not None and now_ns - broadcast <= stale_ns:
            if not self.broadcast_contact:
                return StrapState.NO_CONTACT, "broadcast"
            return StrapState.BROADCAST_ONLY, "no_room" if self.no_room else None
        if self.connecting:
            return StrapState.CONNECTING, None
        if broadcast is not None and now_ns - broadcast <= gone_ns and (lost is None or broadcast > lost):
            return StrapState.STALE, "broadcast_silent"
        if lost is not None and now_ns - lost <= round(limits.lost_s * NS_PER_S):
            return StrapState.LOST, self.lost_reason
        if self.no_room and self.fresh(now_ns):
            return StrapState.SCANNING, "no_room"
        return StrapState.SCANNING, None

    def changed(self, now_ns: int, utc_us: Callable[[int], int]) -> Event | None:
        """The event that tells a new state, None where it is the one before. Another reason alone is no change, but
        that there is no room, which somebody can do something about."""
        state, reason = self.judge(now_ns)
        if state is self.state and (reason == "no_room") is (self.reason == "no_room"):
            return None
        self.state, self.reason = state, reason
        detail: Mapping[str, object] = {"state": state.value} | ({"reason": reason} if reason else {})
        return Event(EventKind.STATE, now_ns, utc_us(now_ns), self.strap.number, detail)

"""The times and counts that a recorder works by, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from touchline.errors import BadValue


@dataclass(frozen=True, slots=True)
class Limits:
    """Names in ``_s`` are seconds of the session; names in ``_host_s`` are seconds of the host and lower bounds: a
    session that runs faster than life must not time out a system that does not.

    Raises ``BadValue`` for a number that is not above 0.
    """

    stale_s: float = 5.0
    """No rate for so long is not "now" any more. Straps send each second; four in a row lost on a link that stands is
    rarer than a strap that hangs. It holds for rates heard by broadcast too."""
    silent_host_s: float = 1.0
    """A connected strap is never put through a new connection before so much silence of the host's time."""
    silent_most_s: float = 60.0
    """The patience with a strap that stays silent after a new connection doubles each time, up to this: one that has
    nothing to say must not keep an adapter busy."""
    lost_s: float = 60.0
    """So long after its link broke a strap counts as lost; after that it is looked for like one never seen."""
    out_of_sight_s: float = 30.0
    """A strap heard by broadcast only that sends nothing for so long is looked for anew."""

    sighting_s: float = 5.0
    """A connection is only tried with a strap that advertised so lately: one out of range would hold up its adapter
    until the attempt times out. Straps advertise once a second or more often."""
    connect_s: float = 15.0
    """A strap in range answers at its next advertisement; then its services are listed. Linux gives up after 20 to
    40 s only, and nobody else can be connected through that adapter meanwhile."""
    connect_host_s: float = 5.0
    gatt_s: float = 10.0
    """A read or a subscription; the protocol itself gives up after 30 s."""
    gatt_host_s: float = 5.0

    again_s: float = 0.5
    """The pause after a link that had worked broke: the system needs a moment, the athlete none."""
    retry_s: float = 1.0
    """The pause after a failed attempt; it doubles with each further one ..."""
    retry_most_s: float = 30.0
    """... up to this, for ever. Each pause is drawn between half and one and a half of its length, so that thirty
    straps that were lost together do not come back in step."""

    connections: int = 7
    """Connections through one adapter. Field reports: 5 on cheap chips, 7 to 8 usual, more on few; see ``of``."""
    connections_of: Mapping[str, int] = field(default_factory=dict)
    """The same for adapters named here."""
    full_s: float = 60.0
    """Where two straps in range cannot be connected one after the other, the adapter counts as full with what it has,
    for so long: it may hold fewer than it was told."""

    scan_rest_s: float = 10.0
    """Listening goes on for so long after the last strap was connected: mostly another one is lost soon."""
    deaf_s: float = 60.0
    """A scan that heard nothing at all for so long is begun anew: the system's own may have died without a word."""

    doubled_s: float = 0.020
    """The same bytes again sooner than this were delivered twice, not sent twice."""
    doubled_host_s: float = 0.020
    """The lower bound of that in the host's time. A second delivery is the host's doing and comes within microseconds
    to milliseconds of *its* time, however fast the session runs."""
    doubled_most_s: float = 0.45
    """The upper bound of both: below half of the second between two frames that a strap really sent."""
    interval_s: float = 1.0
    """What straps are taken to leave between two frames until their own is known."""

    battery_every_s: float = 600.0
    low_battery_percent: int = 20
    """Coin cells give their last fifth within hours in the cold: time to bring a new one."""
    battery_good_percent: int = 25
    """Not low again before this much, so that a reading that swings between 20 and 21 is one warning."""

    tick_s: float = 0.25
    """How often states are looked at."""
    tick_host_s: float = 0.02
    radio_every_s: float = 2.0
    """How often the radio as a whole is asked whether it is there."""
    radio_host_s: float = 0.25
    reopen_most_s: float = 10.0
    """The longest pause between attempts to take up a radio that is gone."""
    reopen_host_s: float = 10.0
    """How long one such attempt may take, in the host's time."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            for limit in value.values() if isinstance(value, Mapping) else (value,):
                if not limit > 0:
                    raise BadValue("wearables.errors.bad_limit", name=name, value=limit)

    def of(self, adapter: str) -> int:
        """How many connections may go through ``adapter``."""
        return self.connections_of.get(adapter, self.connections)

"""What stands on the wall at one instant: a tile an athlete, the alarms, the phase, how the recording is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from wearables.live.alarms import Alarm
from wearables.model import NS_PER_S, Mark, StrapState


class Trend(StrEnum):
    """Where a rate is going."""

    FALLING = "falling"
    STEADY = "steady"
    RISING = "rising"


class LoadMethod(StrEnum):
    """After whom a load was computed: Banister where sex and rest are known, else Edwards."""

    BANISTER = "banister"
    EDWARDS = "edwards"


@dataclass(frozen=True, slots=True)
class Load:
    """The training load so far, in the arbitrary units of its method; two methods do not compare."""

    value: float
    method: LoadMethod


@dataclass(frozen=True, slots=True)
class Tile:
    """One athlete, or (``athlete_id`` None) a strap that nobody wears yet.

    ``bpm`` is None where there is no present rate; ``last_bpm`` and ``age_s`` are the newest one and how old it is.
    ``percent_of_max`` and ``zone`` belong to ``bpm``; ``state`` is None for an athlete without a strap. ``silent_s``
    counts from the strap's last packet. ``zone_s`` are seconds under zone 1 and in zones 1 to 5, None where the zones
    are unknown; ``measured_s`` and ``unknown_s`` make up the time in which a strap was worn, and ``quality`` is the
    measured share of it. ``rr`` says whether the strap's newest packet came over a connection, ``changed`` how many
    straps this athlete has worn.
    """

    athlete_id: str | None
    name: str
    group: str = ""
    strap: int | None = None
    strap_label: str = ""
    state: StrapState | None = None
    bpm: int | None = None
    last_bpm: int | None = None
    age_s: float | None = None
    silent_s: float | None = None
    percent_of_max: float | None = None
    max_estimated: bool = False
    zone: int | None = None
    trend_bpm_a_min: float | None = None
    trend: Trend | None = None
    battery_percent: int | None = None
    low_battery: bool = False
    rr: bool = False
    load: Load | None = None
    zone_s: tuple[float, ...] | None = None
    measured_s: float = 0.0
    unknown_s: float = 0.0
    mean_bpm: float | None = None
    max_bpm: int | None = None
    changed: int = 0
    alarms: tuple[Alarm, ...] = ()

    @property
    def quality(self) -> float | None:
        """The share of the time with a strap on in which there was a rate, 0 to 1; None before there was any time."""
        whole = self.measured_s + self.unknown_s
        return self.measured_s / whole if whole > 0 else None

    @property
    def present(self) -> bool:
        """Whether the tile shows a rate."""
        return self.bpm is not None


@dataclass(frozen=True, slots=True)
class Phase:
    """What is done from ``from_ns`` on; ``kind`` is ``warm_up``, ``drill``, ``match``, ``rest`` or a word of
    somebody's."""

    kind: str
    text: str
    from_ns: int
    mark: int


@dataclass(frozen=True, slots=True)
class Recording:
    """How the recording is, from what the recorder noted. ``running`` is None before it said anything."""

    running: bool | None = None
    radio_up: bool = True
    radio_reason: str = ""
    store_ok: bool = True
    waiting: int = 0
    last_row_ns: int | None = None
    refused: int = 0
    doubled: int = 0


_STILL: dict[str, Any] = {
    "bpm": None,
    "zone": None,
    "percent_of_max": None,
    "trend": None,
    "trend_bpm_a_min": None,
}
"""What a tile says where it shows no present rate."""


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything at ``now_ns``. ``alarms`` are those that stand, and those of a heart that ended within the last minute
    before anybody acknowledged them; the unacknowledged first."""

    now_ns: int
    tiles: tuple[Tile, ...]
    alarms: tuple[Alarm, ...]
    phase: Phase | None
    recording: Recording
    last_mark: Mark | None = None

    def at_rest(self) -> Wall:
        """The same with no present rate: nothing is recorded, so nothing is current."""
        return replace(self, tiles=tuple(replace(tile, **_STILL) for tile in self.tiles))

    def since(self, from_ns: int) -> Wall:
        """The same with no rate from before or at ``from_ns``: the computer slept until then, and nobody knows how old
        those are."""
        unknown = {**_STILL, "last_bpm": None, "age_s": None, "silent_s": None, "state": StrapState.SCANNING}

        def heard(tile: Tile) -> bool:
            return tile.age_s is None or self.now_ns - tile.age_s * NS_PER_S > from_ns

        return replace(self, tiles=tuple(tile if heard(tile) else replace(tile, **unknown) for tile in self.tiles))

    @property
    def live(self) -> int:
        """How many tiles show a rate."""
        return sum(tile.present for tile in self.tiles)

    @property
    def worn(self) -> int:
        """How many straps there are on the wall."""
        return sum(tile.strap is not None for tile in self.tiles)

"""The nouns of training: athlete, session, series. Values are frozen and valid; NaN means not measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from touchline.effort import HEART_RATE_LIMITS_BPM
from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.timebase import Timebase

MILLISECONDS = Timebase(Fraction(1, 1000))
"""The clock of every imported series: training files tell time in whole or thousandth seconds."""


class Channel(StrEnum):
    """What a series measures."""

    HEART_RATE = "heart_rate"
    SPEED = "speed"
    POWER = "power"
    CADENCE = "cadence"
    ALTITUDE = "altitude"

    @property
    def unit(self) -> str:
        """The unit of the stored values."""
        return {"heart_rate": "bpm", "speed": "m/s", "power": "W", "cadence": "1/min", "altitude": "m"}[self.value]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One channel: ``values[i]`` (float64, unit of the channel, NaN = not measured) at ``ticks[i]`` (int64).

    ``ticks`` count ``timebase`` from the start of the session and never go back; two equal ticks are two readings
    within the recorder's resolution. Shapes are both (n,) with n >= 1.
    """

    channel: Channel
    ticks: NDArray[np.int64]
    values: NDArray[np.float64]
    timebase: Timebase = MILLISECONDS

    def __post_init__(self) -> None:
        if self.ticks.ndim != 1 or self.ticks.shape != self.values.shape or not self.ticks.size:
            raise BadValue(
                "athletes.errors.bad_series_shape",
                channel=self.channel.value,
                ticks=self.ticks.shape,
                values=self.values.shape,
            )
        if np.any(np.diff(self.ticks) < 0):
            raise BadValue("athletes.errors.time_goes_back", channel=self.channel.value)
        if np.any(np.isinf(self.values)):
            raise BadValue("athletes.errors.infinite_value", channel=self.channel.value)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Time of each sample in seconds from the start of the session, shape (n,)."""
        return self.ticks.astype(np.float64) * float(self.timebase.tick_s)

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which samples carry a value, shape (n,)."""
        return ~np.isnan(self.values)

    @property
    def count(self) -> int:
        """How many samples carry a value."""
        return int(self.measured.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a training file holds. ``start`` is None where the file does not know it.

    All channels count time from the same zero. ``rr_ms``, shape (n,), are RR intervals in milliseconds in the order
    of the file, None where it has none. ``kind`` names the format.
    """

    kind: str
    series: tuple[Series, ...]
    start: datetime | None = None
    sport: str | None = None
    device: str | None = None
    rr_ms: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.start.utcoffset() is None:
            raise BadValue("athletes.errors.start_without_zone", start=self.start)
        if self.start is not None:
            object.__setattr__(self, "start", self.start.astimezone(UTC))
        channels = [series.channel for series in self.series]
        if len(channels) != len(set(channels)):
            raise BadValue("athletes.errors.channel_twice", channels=", ".join(channels))

    def channel(self, channel: Channel) -> Series | None:
        """The series of ``channel``, or None where the recording has none."""
        return next((series for series in self.series if series.channel is channel), None)

    @property
    def heart_rate(self) -> Series | None:
        """The heart-rate series, or None."""
        return self.channel(Channel.HEART_RATE)

    @property
    def duration_s(self) -> float | None:
        """Seconds from the first to the last sample of any channel; None without samples."""
        if not self.series:
            return None
        first = min(series.seconds[0] for series in self.series)
        return float(max(series.seconds[-1] for series in self.series) - first)


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One training session as it is kept. ``sha256`` is the digest of the file it came from."""

    id: str
    name: str
    file_name: str
    sha256: str
    origin: Origin
    recording: Recording
    athlete_id: str | None = None
    imported_at: str | None = None


class ZoneMethod(StrEnum):
    """From what the five zones are computed."""

    HR_MAX = "hr_max"
    RESERVE = "hr_reserve"


class Sex(StrEnum):
    """Sex as far as formulas ask for it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class ZoneSetting:
    """What an athlete's zones are computed from, from the day ``valid_from`` on; None there means from the beginning.

    ``hr_max_bpm`` and ``hr_rest_bpm`` are measured values, None where nobody has measured them.
    """

    valid_from: date | None = None
    method: ZoneMethod = ZoneMethod.HR_MAX
    hr_max_bpm: float | None = None
    hr_rest_bpm: float | None = None

    def __post_init__(self) -> None:
        low, high = HEART_RATE_LIMITS_BPM
        for field, value in (("HRmax", self.hr_max_bpm), ("HRrest", self.hr_rest_bpm)):
            if value is not None and not low <= value <= high:
                raise BadValue("athletes.errors.bad_heart_rate_limit", field=field, value=value, low=low, high=high)
        if self.hr_max_bpm is not None and self.hr_rest_bpm is not None and self.hr_rest_bpm >= self.hr_max_bpm:
            raise BadValue("athletes.errors.rest_above_max", rest=self.hr_rest_bpm, max=self.hr_max_bpm)


@dataclass(frozen=True, slots=True)
class Athlete:
    """A person under an opaque ``id``, with dated zone settings, oldest first."""

    id: str
    name: str
    sex: Sex | None = None
    birth_year: int | None = None
    zone_settings: tuple[ZoneSetting, ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadValue("athletes.errors.no_name")
        if self.birth_year is not None and not 1900 <= self.birth_year <= 2100:
            raise BadValue("athletes.errors.bad_birth_year", year=self.birth_year)
        days = [setting.valid_from for setting in self.zone_settings]
        if len(days) != len(set(days)):
            raise BadValue("athletes.errors.two_settings_a_day")

    def zone_setting(self, on: date | None) -> ZoneSetting:
        """The setting in force on a day: the latest not after it, else the oldest; the latest of all without a day."""
        if not self.zone_settings:
            return ZoneSetting()
        dated = sorted(self.zone_settings, key=lambda setting: setting.valid_from or date.min)
        if on is None:
            return dated[-1]
        past = [setting for setting in dated if (setting.valid_from or date.min) <= on]
        return past[-1] if past else dated[0]

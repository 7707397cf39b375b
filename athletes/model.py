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
    DISTANCE = "distance"
    """Along the way from the start of the file."""
    LATITUDE = "latitude"
    LONGITUDE = "longitude"

    @property
    def unit(self) -> str:
        """The unit of the stored values."""
        return _UNITS[self.value]


_UNITS = {
    "heart_rate": "bpm",
    "speed": "m/s",
    "power": "W",
    "cadence": "1/min",
    "altitude": "m",
    "distance": "m",
    "latitude": "deg",
    "longitude": "deg",
}


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


@dataclass(frozen=True, slots=True)
class Lap:
    """A stretch of a session that the recorder or a person set apart, in seconds from the start."""

    from_s: float
    to_s: float
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.from_s <= self.to_s < float("inf"):
            raise BadValue("athletes.errors.bad_lap", start=self.from_s, end=self.to_s)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a training file holds. ``start`` is None where the file does not know it.

    All channels count time from the same zero. ``rr_ms``, shape (n,), are RR intervals in milliseconds in the order
    of the file, None where it has none, NaN where it holds something that is no interval, so that nobody knows how long
    it was; ``rr_end_s``, shape (n,), is when each of them ended, in seconds from the start, NaN where nobody knows,
    None where the file does not tell times of beats. ``kind`` names the format.
    A recording may hold intervals alone: then ``series`` is empty.
    """

    kind: str
    series: tuple[Series, ...]
    start: datetime | None = None
    sport: str | None = None
    device: str | None = None
    rr_ms: NDArray[np.float64] | None = None
    rr_end_s: NDArray[np.float64] | None = None
    laps: tuple[Lap, ...] = ()

    def __post_init__(self) -> None:
        if self.rr_end_s is not None and (self.rr_ms is None or self.rr_end_s.shape != self.rr_ms.shape):
            raise BadValue("athletes.errors.bad_beat_times")
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
        """Seconds from the first to the last sample of any channel, of intervals alone their sum; None without both."""
        if not self.series:
            return None if self.rr_ms is None or not self.rr_ms.size else float(np.nansum(self.rr_ms)) / 1000.0
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
    THRESHOLD = "threshold"
    """Shares of the heart rate at the lactate threshold (Friel), other ones for running than for cycling."""
    VENTILATORY = "ventilatory"
    """Three zones, apart at the two ventilatory thresholds."""
    OWN = "own"
    """Lower bounds that a person gave."""


class Sex(StrEnum):
    """Sex as far as formulas ask for it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class ZoneSetting:
    """What an athlete's zones are computed from, from the day ``valid_from`` on; None there means from the beginning.

    ``sport`` is the sport they hold for, None for every sport without a setting of its own. All rates are measured
    values, None where nobody has measured them: maximum, rest, at the lactate threshold, at the two ventilatory
    thresholds. ``own_bpm`` are lower bounds of zones 1 and up, ``ftp_w`` is the threshold power.
    """

    valid_from: date | None = None
    method: ZoneMethod = ZoneMethod.HR_MAX
    hr_max_bpm: float | None = None
    hr_rest_bpm: float | None = None
    sport: str | None = None
    threshold_bpm: float | None = None
    vt1_bpm: float | None = None
    vt2_bpm: float | None = None
    own_bpm: tuple[float, ...] = ()
    ftp_w: float | None = None

    def __post_init__(self) -> None:
        low, high = HEART_RATE_LIMITS_BPM
        for field, value in (
            ("HRmax", self.hr_max_bpm),
            ("HRrest", self.hr_rest_bpm),
            ("LTHR", self.threshold_bpm),
            ("VT1", self.vt1_bpm),
            ("VT2", self.vt2_bpm),
            *(("own", bound) for bound in self.own_bpm),
        ):
            if value is not None and not low <= value <= high:
                raise BadValue("athletes.errors.bad_heart_rate_limit", field=field, value=value, low=low, high=high)
        if self.hr_max_bpm is not None and self.hr_rest_bpm is not None and self.hr_rest_bpm >= self.hr_max_bpm:
            raise BadValue("athletes.errors.rest_above_max", rest=self.hr_rest_bpm, max=self.hr_max_bpm)
        if self.vt1_bpm is not None and self.vt2_bpm is not None and self.vt1_bpm >= self.vt2_bpm:
            raise BadValue("athletes.errors.thresholds_not_rising", first=self.vt1_bpm, second=self.vt2_bpm)
        if list(self.own_bpm) != sorted(set(self.own_bpm)):
            raise BadValue(
                "athletes.errors.bounds_not_rising", bounds=", ".join(f"{bound:g}" for bound in self.own_bpm)
            )
        if self.ftp_w is not None and not 0 < self.ftp_w < 1000:
            raise BadValue("athletes.errors.bad_threshold_power", value=self.ftp_w)


@dataclass(frozen=True, slots=True)
class Athlete:
    """A person under an opaque ``id``, with dated zone settings, oldest first."""

    id: str
    name: str
    sex: Sex | None = None
    birth_year: int | None = None
    zone_settings: tuple[ZoneSetting, ...] = ()
    birth_date: date | None = None
    group: str = ""
    """Team or squad, as people call it."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadValue("athletes.errors.no_name")
        if self.birth_year is not None and not 1900 <= self.birth_year <= 2100:
            raise BadValue("athletes.errors.bad_birth_year", year=self.birth_year)
        if self.birth_date is not None and self.birth_year not in (None, self.birth_date.year):
            raise BadValue("athletes.errors.two_birth_years", year=self.birth_year, date=self.birth_date)
        days = [(setting.sport, setting.valid_from) for setting in self.zone_settings]
        if len(days) != len(set(days)):
            raise BadValue("athletes.errors.two_settings_a_day")

    def age_on(self, day: date) -> int | None:
        """Whole years on ``day``; without a birth date by the year alone; None where neither is known."""
        if self.birth_date is not None:
            born = self.birth_date
            return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        return None if self.birth_year is None else day.year - self.birth_year

    def zone_setting(self, on: date | None, sport: str | None = None) -> ZoneSetting:
        """The setting in force on a day: the latest not after it, else the oldest; the latest of all without a day.
        Settings of the sport go before those of every sport."""
        mine = [setting for setting in self.zone_settings if sport is not None and setting.sport == sport]
        mine = mine or [setting for setting in self.zone_settings if setting.sport is None]
        if not mine:
            return ZoneSetting()
        dated = sorted(mine, key=lambda setting: setting.valid_from or date.min)
        if on is None:
            return dated[-1]
        past = [setting for setting in dated if (setting.valid_from or date.min) <= on]
        return past[-1] if past else dated[0]

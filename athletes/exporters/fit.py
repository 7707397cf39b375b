"""A session as FIT (fit-tool), with laps and RR intervals.

The form counts whole seconds and whole beats a minute. Where nobody knows when the session was, its time stamps count
from power-up, as the protocol has it (below 0x10000000), and readers find no date. RR intervals stand between the
records between which they ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from athletes.exporters.rows import Grid, grid_of
from athletes.model import Channel, Lap, Session
from touchline.errors import BadValue
from touchline.origin import Origin

FIT_EPOCH_S = 631_065_600
"""Seconds from 1970 to FIT's zero, the last day of 1989 (UTC)."""

UNKNOWN_START_S = 1
WHOLE = {Channel.HEART_RATE: 254, Channel.POWER: 65_534, Channel.CADENCE: 254}
"""Channels that FIT keeps as whole numbers, with the greatest that it has."""

BEATS_A_MESSAGE = 5
LONGEST_RR_MS = 65_534
PADDING_S = 65.535
"""0xFFFF, FIT's word for no value."""

SPORTS = {"running": 1, "cycling": 2, "biking": 2, "swimming": 5, "rowing": 15, "walking": 11, "hiking": 17,
          "training": 10, "soccer": 7, "football": 7, "basketball": 6, "tennis": 8}  # fmt: skip
"""Numbers of sports in the FIT profile (type ``sport``); another one is generic."""


def fit(session: Session) -> bytes:
    """The session as a FIT activity. Raises ``BadValue`` (``nothing_for_form``)."""
    from fit_tool.fit_file_builder import FitFileBuilder

    recording = session.recording
    grid = grid_of(recording)
    if not grid.ms.size and recording.rr_ms is None:
        raise BadValue("athletes.errors.nothing_for_form", form="FIT")
    begin_s = UNKNOWN_START_S + FIT_EPOCH_S if recording.start is None else recording.start.timestamp()
    length_s = recording.duration_s or 0.0
    builder = FitFileBuilder(auto_define=True)
    messages = list(_head(session, begin_s))
    messages += _body(session, grid, begin_s)
    laps = recording.laps or (Lap(0.0, length_s),)
    messages += [_lap(lap, begin_s, number) for number, lap in enumerate(laps)]
    messages += _tail(session, begin_s, length_s, len(laps))
    builder.add_all(messages)
    return bytes(builder.build().to_bytes())


def _ms(begin_s: float, after_ms: float) -> int:
    """Unix milliseconds on whole seconds, as fit-tool takes them."""
    return round(begin_s + after_ms / 1000) * 1000


def _head(session: Session, begin_s: float) -> Iterator[Any]:
    from fit_tool.profile.messages.event_message import EventMessage
    from fit_tool.profile.messages.file_id_message import FileIdMessage
    from fit_tool.profile.profile_type import Event, EventType, FileType, Manufacturer

    about = FileIdMessage()
    about.type = FileType.ACTIVITY
    about.manufacturer = Manufacturer.DEVELOPMENT.value
    about.product = 0
    about.time_created = _ms(begin_s, 0)
    about.product_name = "Touchline (simulated)" if session.origin is Origin.SIMULATED else "Touchline"
    yield about
    start = EventMessage(local_id=1)
    start.event, start.event_type, start.timestamp = Event.TIMER, EventType.START, _ms(begin_s, 0)
    yield start


def _body(session: Session, grid: Grid, begin_s: float) -> Iterator[Any]:
    """Records, each followed by the beats that ended before the next one."""
    beats, times = _beats(session), grid.ms.tolist()
    place = 0
    for index, ms in enumerate([-1, *times]):
        if index:
            values = {channel: float(column[index - 1]) for channel, column in grid.columns.items()}
            yield _record(_ms(begin_s, ms), {name: value for name, value in values.items() if not np.isnan(value)})
        following = times[index] if index < len(times) else np.inf
        until = place
        while until < len(beats) and (beats[until][1] < following or index == len(times)):
            until += 1
        yield from _hrv([interval for interval, _ in beats[place:until]])
        place = until


def _beats(session: Session) -> list[tuple[float, float]]:
    """(interval in ms, end in ms from the start) of every beat; what has no time goes behind what is before it."""
    recording = session.recording
    if recording.rr_ms is None:
        return []
    ends = np.full(recording.rr_ms.shape, np.nan) if recording.rr_end_s is None else recording.rr_end_s * 1000
    found: list[tuple[float, float]] = []
    last = np.inf if np.all(np.isnan(ends)) else -np.inf
    for interval, end in zip(recording.rr_ms.tolist(), ends.tolist(), strict=True):
        last = last if np.isnan(end) else end
        if interval <= LONGEST_RR_MS:  # and no NaN
            found.append((interval, last))
    return found


def _hrv(intervals: list[float]) -> Iterator[Any]:
    from fit_tool.profile.messages.hrv_message import HrvMessage

    for first in range(0, len(intervals), BEATS_A_MESSAGE):
        message = HrvMessage(local_id=3)
        part = [round(interval) / 1000 for interval in intervals[first : first + BEATS_A_MESSAGE]]
        message.time = [*part, *[PADDING_S] * (BEATS_A_MESSAGE - len(part))]
        yield message


def _record(stamp_ms: int, values: dict[Channel, float]) -> Any:
    """A record of just the fields that have a value: the library's own class makes all hundred for each second."""
    from fit_tool.data_message import DataMessage
    from fit_tool.profile.messages import record_message as profile
    from fit_tool.profile.messages.common_fields import TimestampField

    kinds = {
        Channel.HEART_RATE: profile.RecordHeartRateField,
        Channel.SPEED: profile.RecordEnhancedSpeedField,
        Channel.POWER: profile.RecordPowerField,
        Channel.CADENCE: profile.RecordCadenceField,
        Channel.ALTITUDE: profile.RecordEnhancedAltitudeField,
        Channel.DISTANCE: profile.RecordDistanceField,
        Channel.LATITUDE: profile.RecordPositionLatField,
        Channel.LONGITUDE: profile.RecordPositionLongField,
    }
    fields = [TimestampField(size=0, growable=True)]
    fields[0].set_value(0, stamp_ms, None)
    for channel, value in values.items():
        field = kinds[channel](size=0, growable=True)
        field.set_value(0, min(round(value), WHOLE[channel]) if channel in WHOLE else value, None)
        fields.append(field)
    message = profile.RecordMessage
    return DataMessage(local_id=2, global_id=message.ID, name=message.NAME, fields=fields)


def _lap(lap: Lap, begin_s: float, number: int) -> Any:
    from fit_tool.profile.messages.lap_message import LapMessage

    message = LapMessage(local_id=4)
    message.message_index = number
    message.start_time, message.timestamp = _ms(begin_s, lap.from_s * 1000), _ms(begin_s, lap.to_s * 1000)
    message.total_elapsed_time = lap.to_s - lap.from_s
    return message


def _tail(session: Session, begin_s: float, length_s: float, laps: int) -> Iterator[Any]:
    from fit_tool.profile.messages.activity_message import ActivityMessage
    from fit_tool.profile.messages.event_message import EventMessage
    from fit_tool.profile.messages.session_message import SessionMessage
    from fit_tool.profile.profile_type import Activity, Event, EventType, Sport

    end = _ms(begin_s, length_s * 1000)
    stop = EventMessage(local_id=1)
    ends = session.recording.rr_end_s
    last_s = length_s if ends is None or np.all(np.isnan(ends)) else max(length_s, float(np.nanmax(ends)))
    stop.event, stop.event_type, stop.timestamp = Event.TIMER, EventType.STOP_ALL, _ms(begin_s, last_s * 1000)
    yield stop
    whole = SessionMessage(local_id=5)
    whole.start_time, whole.timestamp, whole.total_elapsed_time = _ms(begin_s, 0), end, length_s
    whole.sport = Sport(SPORTS.get(session.recording.sport or "", 0))
    whole.first_lap_index, whole.num_laps = 0, laps
    yield whole
    activity = ActivityMessage(local_id=6)
    activity.timestamp, activity.num_sessions, activity.type = end, 1, Activity.MANUAL
    yield activity

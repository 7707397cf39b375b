"""Whether beats can be a heart at rest. HRV in exercise falls with effort and breathing: it is no reading of recovery.

Nothing proves rest. Exercise shows: by what moved beside the beats (speed, power or cadence over a tenth of the time),
or by a mean rate that is no resting one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from athletes.model import Channel, Recording

MOVES_ABOVE = {Channel.SPEED: 0.8, Channel.POWER: 20.0, Channel.CADENCE: 20.0}
"""More than shifting one's weight: slow walking, a pedal that is turned."""
MOVING_SHARE = 0.1
RESTING_BELOW_BPM = 100.0
"""A sinus rhythm above this is called tachycardia at rest; whoever trains and rests is far below it."""


class Situation(StrEnum):
    """What the heart was doing, as far as the data tell."""

    EXERCISE = "exercise"
    STILL = "still"
    """The recording could have shown movement and shows none."""
    UNKNOWN = "unknown"
    """Nothing speaks against rest, and nothing for it: intervals alone."""


@dataclass(frozen=True, slots=True)
class Told:
    """A situation and what told it: ``why`` is a code (``moving``, ``fast_heart``, ``no_movement``, ``intervals_only``)
    with its ``values``."""

    situation: Situation
    why: str
    values: Mapping[str, float | str] = field(default_factory=dict)


def situation_of(mean_bpm: float, recording: Recording | None = None) -> Told:
    """What ``mean_bpm`` (NaN: not known) and the other channels of a recording tell."""
    seen = False
    for channel, above in MOVES_ABOVE.items():
        series = recording.channel(channel) if recording is not None else None
        if series is None or not series.count:
            continue
        seen = True
        share = float(np.mean(series.values[series.measured] > above))
        if share > MOVING_SHARE:
            values = {"channel": channel.value, "above": above, "unit": channel.unit, "pct": 100.0 * share}
            return Told(Situation.EXERCISE, "moving", values)
    if mean_bpm > RESTING_BELOW_BPM:
        return Told(Situation.EXERCISE, "fast_heart", {"bpm": mean_bpm, "limit_bpm": RESTING_BELOW_BPM})
    return Told(Situation.STILL, "no_movement") if seen else Told(Situation.UNKNOWN, "intervals_only")

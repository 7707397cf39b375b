"""A heart rate out of beats alone, for a drawing: 60 s over each interval, where the device wrote no heart rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from athletes.model import Channel, Recording, Series

POSSIBLE_MS = (300.0, 2000.0)
"""Intervals outside are no beats that follow each other: 30 to 200 bpm."""


def with_beat_rate(recording: Recording) -> Recording:
    """``recording`` with a heart rate inferred from its intervals, at the end of each; as it is where it has a heart
    rate or no intervals. Impossible intervals are not measured (NaN)."""
    rr = recording.rr_ms
    if recording.heart_rate is not None or rr is None or rr.size < 2:
        return recording
    ends = recording.rr_end_s
    if ends is None or not np.all(np.isfinite(ends)) or np.any(np.diff(ends) < 0):
        ends = np.cumsum(np.nan_to_num(rr)) / 1000.0
    possible = (rr >= POSSIBLE_MS[0]) & (rr <= POSSIBLE_MS[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        bpm = np.where(possible, 60000.0 / rr, np.nan)
    ticks = np.round(ends * 1000).astype(np.int64)
    series = Series(Channel.HEART_RATE, np.maximum(ticks, 0), bpm)
    return replace(recording, series=(series, *recording.series))

"""What each lap of a session says: its length, its way, its mean heart rate, speed and power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from athletes.model import Channel, Lap, Recording, Series
from touchline.effort import held_s


@dataclass(frozen=True, slots=True)
class LapFigures:
    """A lap and what was measured in it; None where it was not. Means are weighted by time (the interval rule)."""

    lap: Lap
    distance_m: float | None
    mean_bpm: float | None
    max_bpm: float | None
    mean_speed_mps: float | None
    mean_power_w: float | None

    @property
    def seconds(self) -> float:
        """How long the lap lasted."""
        return self.lap.to_s - self.lap.from_s


def lap_figures(recording: Recording) -> tuple[LapFigures, ...]:
    """The laps of ``recording`` in their order. The distance is that of the recorder; where it wrote none, the mean
    speed over the time that has one, and None where that is less than nine tenths of the lap."""
    return tuple(_figures(recording, lap) for lap in recording.laps)


def _figures(recording: Recording, lap: Lap) -> LapFigures:
    pulse, speed = recording.heart_rate, recording.channel(Channel.SPEED)
    mean_speed, held = _mean(speed, lap)
    distance = _way(recording.channel(Channel.DISTANCE), lap)
    length = lap.to_s - lap.from_s
    if distance is None and mean_speed is not None and held >= 0.9 * length > 0:
        distance = mean_speed * length
    values = _within(pulse, lap)
    return LapFigures(
        lap,
        distance,
        _mean(pulse, lap)[0],
        float(np.max(values)) if values.size else None,
        mean_speed,
        _mean(recording.channel(Channel.POWER), lap)[0],
    )


def _mask(series: Series, lap: Lap) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    seconds = series.seconds
    return np.asarray((seconds >= lap.from_s) & (seconds < lap.to_s) & series.measured)


def _within(series: Series | None, lap: Lap) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.zeros(0) if series is None else series.values[_mask(series, lap)]


def _mean(series: Series | None, lap: Lap) -> tuple[float | None, float]:
    """The mean weighted by time, and the seconds that it stands on."""
    if series is None:
        return None, 0.0
    inside = _mask(series, lap)
    held = held_s(series.seconds, series.values)[inside]
    total = float(held.sum())
    return (float((held * series.values[inside]).sum() / total), total) if total > 0 else (None, 0.0)


def _way(series: Series | None, lap: Lap) -> float | None:
    """Along the recorder's way from the beginning of the lap to its end; None where it did not write there."""
    if series is None or series.count < 2:
        return None
    seconds, metres = series.seconds[series.measured], series.values[series.measured]
    if lap.from_s < seconds[0] - 10 or lap.to_s > seconds[-1] + 10:
        return None
    first, last = np.interp([lap.from_s, lap.to_s], seconds, metres)
    return float(last - first)

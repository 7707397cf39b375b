"""The best mean of a session over given durations: power, speed, heart rate. Only over stretches without an unknown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from athletes.load.external import speed_of
from athletes.model import Channel, Recording
from touchline.effort import held_s

DURATIONS_S = (5, 15, 30, 60, 120, 180, 300, 480, 600, 720, 900, 1200, 1800, 3600)
STRONGEST_W = 2600.0
"""No rider has held more even for a second (track sprinters: about 2500 W)."""
METHOD = "highest mean over the duration, nothing unknown inside, readings hold 5 s"


def bests_of(recording: Recording) -> dict[str, float]:
    """The bests of a session by name: ``power_300s_w``, ``speed_60s_mps``, ``heart_rate_1200s_bpm``; only durations
    that it holds."""
    found: dict[str, float] = {}
    power, pulse, speed = recording.channel(Channel.POWER), recording.heart_rate, speed_of(recording)
    if power is not None:
        watts = np.where((power.values < 0) | (power.values > STRONGEST_W), np.nan, power.values)
        found |= _named("power", "w", power.seconds, watts)
    if speed is not None:
        found |= _named("speed", "mps", speed.seconds, speed.mps)
    if pulse is not None:
        found |= _named("heart_rate", "bpm", pulse.seconds, pulse.values)
    return found


def _named(name: str, unit: str, seconds: NDArray[np.float64], values: NDArray[np.float64]) -> dict[str, float]:
    means = best_means(seconds, values, DURATIONS_S)
    return {f"{name}_{lasting}s_{unit}": mean for lasting, mean in means.items()}


def best_means(
    seconds: NDArray[np.float64], values: NDArray[np.float64], durations_s: tuple[int, ...]
) -> dict[int, float]:
    """The highest time-weighted mean of ``values`` over each duration, begun at any whole second after the first
    sample; both of shape (n,), ``seconds`` never go back. Durations that no stretch without an unknown lasts are left
    out."""
    held = held_s(seconds, values)
    if not held.sum() > 0:
        return {}
    # The integral of the value and of the known time, at each sample's beginning and where its hold ends.
    worth = np.where(held > 0, values, 0.0) * held
    ends = seconds + held
    at = np.column_stack((seconds, ends)).ravel()
    whole = np.column_stack((np.cumsum(worth) - worth, np.cumsum(worth))).ravel()
    known = np.column_stack((np.cumsum(held) - held, np.cumsum(held))).ravel()
    starts = np.arange(seconds[0], seconds[-1], 1.0)
    found = {}
    for lasting in durations_s:
        begun = starts[starts + lasting <= seconds[-1] + 1e-9]
        if not begun.size:
            continue
        covered = np.interp(begun + lasting, at, known) - np.interp(begun, at, known)
        full = covered >= lasting - 1e-6
        if full.any():
            total = np.interp(begun[full] + lasting, at, whole) - np.interp(begun[full], at, whole)
            found[lasting] = float(total.max()) / lasting
    return found

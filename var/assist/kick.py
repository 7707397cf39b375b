"""When the ball was kicked, as far as the sound of a recording tells.

It is looked for near an instant that a person named, and where nothing stands out the answer says so. A sound is late
by the way it travels; without the place of the ball that is known only roughly, which the uncertainty holds.
``var.assist.ball`` does the same by the ball's way in the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue

Floats = NDArray[np.float64]

WINDOW_S, HOP_S = 0.016, 0.002
BAND_HZ = (100.0, 3000.0)
"""A boot on a ball: a thump and its click. Below are drums and wind, above whistles."""

STANDS_OUT = 8.0
"""An onset counts from this many median absolute deviations over the median on."""

ALONE = 1.7
"""The strongest onset must be this many times as strong as any other in the window; else it may be either."""

SAME_S = 0.06
ONSET_SIGMA_S = 0.004
"""Onsets farther apart than ``SAME_S`` are two sounds; one is placed to ``ONSET_SIGMA_S``."""


class Way(StrEnum):
    """What a suggestion rests on."""

    SOUND = "sound"
    MOTION = "motion"


@dataclass(frozen=True, slots=True)
class Hint:
    """A suggested kick: ``at_s`` with ``sigma_s`` (seconds, on the clock of what was given), and how much it stands
    out (``strength``, in the units of its threshold). Without one ``at_s`` is None and ``reason`` says why:
    ``no_sound``, ``nothing_stands_out``, ``several``, ``ball_lost``, ``place_outside``."""

    way: Way
    at_s: float | None
    sigma_s: float | None = None
    strength: float | None = None
    reason: str = ""


def by_sound(
    samples: NDArray[np.float32],
    rate_hz: int,
    start_s: float,
    around_s: float,
    *,
    within_s: float = 0.6,
    travels_s: tuple[float, float] = (0.0, 0.0),
) -> Hint:
    """The kick that is heard near ``around_s``.

    ``samples`` (n,) begin at ``start_s``; NaN where nothing was recorded. ``travels_s`` is how long the sound needs to
    the microphone, with its standard deviation: it is taken off. Raises ``BadValue`` for times that are none.
    """
    if not np.isfinite([start_s, around_s, within_s, *travels_s]).all() or within_s <= 0 or rate_hz < 4000:
        raise BadValue("var.errors.bad_kick_search", around=around_s, within=within_s)
    late_s, late_sigma_s = travels_s
    first = max(0, round((around_s + late_s - within_s - start_s) * rate_hz))
    last = round((around_s + late_s + within_s - start_s) * rate_hz)
    heard = np.asarray(samples[first : max(first, last)], dtype=np.float64)
    if len(heard) < 0.2 * rate_hz or not np.isfinite(heard).any():
        return Hint(Way.SOUND, None, reason="no_sound")
    rise = onsets(np.nan_to_num(heard), rate_hz)
    middle = float(np.median(rise))
    spread = max(float(np.median(np.abs(rise - middle))), 1e-9)
    strength = (rise - middle) / spread
    best = int(np.argmax(strength))
    times = np.arange(len(rise)) * HOP_S
    others = strength[np.abs(times - times[best]) > SAME_S]
    if strength[best] < STANDS_OUT:
        return Hint(Way.SOUND, None, strength=float(strength[best]), reason="nothing_stands_out")
    if len(others) and strength[best] < ALONE * others.max():
        return Hint(Way.SOUND, None, strength=float(strength[best]), reason="several")
    at_s = start_s + first / rate_hz + float(times[best]) + WINDOW_S / 2 - late_s
    return Hint(Way.SOUND, at_s, float(np.hypot(ONSET_SIGMA_S, late_sigma_s)), float(strength[best]))


def onsets(samples: Floats, rate_hz: int) -> Floats:
    """How much louder the band becomes from one step of 2 ms to the next, (m,), summed over its frequencies."""
    size, hop = round(WINDOW_S * rate_hz), max(1, round(HOP_S * rate_hz))
    if len(samples) <= 2 * size:
        return np.zeros(1)
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop] * np.hanning(size)
    spectrum = np.abs(np.fft.rfft(windows, axis=1))
    frequency = np.fft.rfftfreq(size, 1 / rate_hz)
    band = np.log1p(1000 * spectrum[:, (frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1])] / size)
    back = max(1, round(WINDOW_S / HOP_S / 2))
    rise = np.zeros(len(band))
    rise[back:] = np.maximum(0.0, band[back:] - band[:-back]).sum(axis=1)
    return rise

"""Synchronisation by claps: sharp broadband onsets that stand out of both sounds, matched by their pattern."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from var.sync.audio import COARSE_S
from var.sync.correlation import peak
from var.sync.distance import Distance, delay
from var.sync.events import Events, pair
from var.sync.fit import exact, line
from var.sync.hearing import Hearing, hear, overlap_s
from var.sync.likeness import one_signal
from var.sync.model import Estimate, Material, Method, Status

Floats = NDArray[np.float64]

_RISE = 10.0  # times the level of the 50 ms before, in power
_OVER = 20.0  # times the usual loudest of the recording's quieter half, in power
_MOST = 40  # the sharpest onsets of a recording that are looked at
_NEAR_S = 0.004
_SIGMA_S = 2e-4  # of an onset found by its rise alone
CHANCE = 0.02
"""A pattern that rows without anything in common would show more often than this proves nothing."""

_ALIKE = 0.35  # correlation of two claps' sounds from which they may be one clap


def onsets(sound: Hearing) -> tuple[Floats, Floats]:
    """When sharp onsets begin, on the material's clock, and how far each rises above what came before (power ratio)."""
    filled = np.nan_to_num(sound.samples)
    high = signal.sosfilt(signal.butter(4, 1000, "highpass", fs=sound.rate_hz, output="sos"), filled)
    step = round(0.001 * sound.rate_hz)
    count = len(high) // step
    if count < 200:
        return np.empty(0), np.empty(0)
    power = np.square(high[: count * step]).reshape(count, step).mean(axis=1)
    # 2 ms of sound against the 50 ms before; the gap of 2 ms leaves the clap's own first edge out.
    now = np.maximum(power, np.roll(power, -1))
    before = ndimage.uniform_filter1d(power, 50, origin=24, mode="nearest")
    before = np.roll(before, 2)
    floor = max(float(np.percentile(power, 50)), 1e-10)
    ratio = now / np.maximum(before, floor)
    found, _ = signal.find_peaks(ratio, height=_RISE, distance=100)
    found = found[(now[found] > _OVER * floor) & (found > 60)]
    found = found[[_dies_away(power, k) for k in found.tolist()]]
    found = np.sort(found[np.argsort(-ratio[found], kind="stable")][:_MOST])
    at = np.empty(len(found))
    for n, k in enumerate(found.tolist()):
        # The first sample that reaches a quarter of the onset's peak.
        piece = np.abs(high[max(0, k - 2) * step : (k + 4) * step])
        at[n] = (max(0, k - 2) * step + int(np.argmax(piece >= 0.25 * piece.max()))) / sound.rate_hz
    return at + float(sound.start_s), np.asarray(ratio[found], np.float64)


def _dies_away(power: Floats, k: int) -> bool:
    """Whether the sound that begins at millisecond ``k`` is soon over, as a clap is; a syllable goes on."""
    loudest = float(power[k : k + 10].max())
    later = [power[k + 30 : k + 60], power[k + 60 : k + 120]]
    return all(float(part.mean()) < loudest / 16 for part in later if len(part))


def estimate(
    reference: Material,
    clip: Material,
    *,
    source_m: tuple[float, float] | None = None,
    apart_m: float | None = None,
    temperature_c: float = 20.0,
    progress: Callable[[float], None] = lambda share: None,
    **_: Any,
) -> Estimate:
    """Offset (and, from claps far apart, rate) by the pattern of claps in both sounds.

    Failed without claps, or where no two sound alike. A single pair is ``lone`` in ``facts``: whoever did not clap on
    purpose should not believe it. Corrected for distance as sound is (``var.sync.audio``).
    """
    sounds = [hear(of) for of in (reference, clip)]
    rows: list[Events] = []
    for of, sound in zip((reference, clip), sounds, strict=True):
        name = of.label or of.path.name
        if sound is None:
            return Estimate.failed(Method.CLAP, "no_sound", name=name)
        at, _ratio = onsets(sound)
        if not len(at):
            return Estimate.failed(Method.CLAP, "no_clap", name=name)
        rows.append(Events(at, np.full(len(at), _SIGMA_S), np.zeros(len(at), np.int64)))
    ref, own = sounds
    assert ref is not None
    assert own is not None
    progress(0.5)
    span = max(len(ref.samples), len(own.samples)) / ref.rate_hz
    found = pair(rows[0], rows[1], _NEAR_S, span)
    if found is None:
        return Estimate.failed(Method.CLAP, "nothing_shared")
    lags, likeness, moments = [], [], []
    for i, j in found.pairs:
        better = _together(ref, own, float(rows[0].at_s[i]), float(rows[1].at_s[j]))
        if better is not None and better[1] >= _ALIKE:
            lags.append(better[0])
            likeness.append(better[1])
            moments.append(float(rows[1].at_s[j]))
    progress(1.0)
    number = len(lags)
    if not number or (number < 2 and len(found.pairs) > 1 and found.rival >= len(found.pairs)):
        return Estimate.failed(Method.CLAP, "nothing_shared")
    fitted = line(np.array(moments), np.array(lags), floor_s=5e-5, near_s=0.001)
    if fitted is None:
        return Estimate.failed(Method.CLAP, "nothing_shared")
    agreeing = int(fitted.used.sum())
    alike = float(np.median(likeness))
    way = delay(
        reference,
        clip,
        same_sound=one_signal(ref, own, fitted.lag_s, fitted.drift),
        source_m=source_m,
        apart_m=apart_m,
        temperature_c=temperature_c,
    )
    first, last = overlap_s(ref, own, fitted.at(float(own.start_s)))
    own_sigma = math.hypot(fitted.sigma_s(first, last), 5e-5, ref.sigma_s, own.sigma_s)
    sigma = math.hypot(own_sigma, way.sigma_s)
    reason = ""
    if agreeing > 1 and found.rival >= agreeing:
        reason = "ambiguous"
    elif agreeing > 1 and found.chance > CHANCE:
        reason = "few_claps"
    elif sigma > COARSE_S:
        reason = "distance_unknown" if way.known is Distance.UNKNOWN else "coarse"
    return Estimate(
        Method.CLAP,
        Status.WEAK if reason else Status.OK,
        offset_s=exact(fitted.at(0.0) + way.later_s),
        rate=exact(1 + fitted.drift, 12),
        sigma_s=sigma,
        score=max(0.0, min(1.0, alike * (1 - 0.5**agreeing))),
        reason=reason,
        facts={
            "events": agreeing,
            "lone": agreeing == 1,
            "likeness": alike,
            "rival": found.rival,
            "chance": found.chance,
            "sound_sigma_s": own_sigma,
            "distance": way.known.value,
            "later_s": way.later_s,
            "distance_sigma_s": way.sigma_s,
            "sigma_ms": round(sigma * 1000, 1),
        },
    )


def _together(ref: Hearing, own: Hearing, ref_s: float, own_s: float) -> tuple[float, float] | None:
    """The lag of two onsets by the sound around them, and how alike it is."""
    length = round(0.06 * ref.rate_hz)
    early = 0.015
    a, b = ref.at(ref_s - early, length), own.at(own_s - early, length)
    found = peak(a, b, ref.rate_hz, _NEAR_S)
    if found is None:
        return None
    base = (round((ref_s - early - float(ref.start_s)) * ref.rate_hz) / ref.rate_hz + float(ref.start_s)) - (
        round((own_s - early - float(own.start_s)) * own.rate_hz) / own.rate_hz + float(own.start_s)
    )
    return base + found.lag_s, found.likeness

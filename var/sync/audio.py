"""Synchronisation by sound: what both recordings heard, found by its phase, with offset and rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from var.sync.correlation import Peak, Place, coarse, peak
from var.sync.distance import Distance, delay
from var.sync.fit import Line, exact, line
from var.sync.hearing import Hearing, Samples, hear, overlap_s
from var.sync.likeness import one_signal
from var.sync.model import Estimate, Material, Method, Status

Floats = NDArray[np.float64]
Progress = Callable[[float], None]

LEVEL = 7.0
"""A peak this many standard deviations above the rest: in 16,000 lags chance does not come that far."""

COARSE_S = 0.020
"""An offset that is less sure than half a frame is a start for another method, not a result."""

_WINDOW_S, _WINDOWS = 4.0, 60
_FLOOR_S = 2e-5  # a third of a sample: what resamplers and codecs do to a delay
_NEAR_S = 0.002  # windows that say the same
_AMBIGUOUS = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A candidate followed over the overlap: the windows that stand out, the line, and which lie ``near`` it."""

    place: Place
    windows: int
    near: NDArray[np.bool_]
    peaks: tuple[Peak, ...]
    line: Line

    @property
    def agreeing(self) -> int:
        """How many windows lie on the line."""
        return int(self.near.sum())

    @property
    def weight(self) -> float:
        """What speaks for the candidate: the heights of the peaks that agree, over all windows."""
        return float(sum(p.height for p, ok in zip(self.peaks, self.near, strict=True) if ok)) / self.windows

    def median(self, name: str) -> float:
        """The median over the agreeing windows of a property of their peaks."""
        return float(np.median([getattr(p, name) for p, ok in zip(self.peaks, self.near, strict=True) if ok]))


def estimate(
    reference: Material,
    clip: Material,
    *,
    source_m: tuple[float, float] | None = None,
    apart_m: float | None = None,
    temperature_c: float = 20.0,
    progress: Progress = lambda share: None,
    **_: Any,
) -> Estimate:
    """Offset and rate by sound. ``source_m`` is where on the pitch the sound came from, ``apart_m`` how far apart the
    cameras stand at most, where people know.

    Failed without sound, with silence, and where nothing is shared. Weak where the best place is not the only one,
    where windows contradict each other, and where the ways of the sound leave more than half a frame of doubt.
    """
    sounds = [hear(of) for of in (reference, clip)]
    for of, sound in zip((reference, clip), sounds, strict=True):
        if sound is None:
            return Estimate.failed(Method.AUDIO, "no_sound", name=of.label or of.path.name)
        if not np.nan_to_num(sound.samples).any():
            return Estimate.failed(Method.AUDIO, "silent", name=of.label or of.path.name)
    ref, own = sounds
    assert ref is not None
    assert own is not None
    if min(len(ref.samples), len(own.samples)) < ref.rate_hz:
        return Estimate.failed(Method.AUDIO, "too_short", seconds=1)
    found = [
        match
        for place in coarse(ref, own, lambda share: progress(0.6 * share))
        if (match := _follow(ref, own, place, 20)) is not None
    ]
    progress(0.7)
    found.sort(key=lambda match: -match.weight)
    if not found:
        return Estimate.failed(Method.AUDIO, "nothing_shared")
    best = _refine(ref, own, found[0], progress)
    if best is None:
        return Estimate.failed(Method.AUDIO, "nothing_shared")
    rivals = [m for m in found[1:] if abs(m.line.at(0.0) - found[0].line.at(0.0)) > 0.01]
    rival = max((m.weight for m in rivals), default=0.0) / found[0].weight
    inside = best.median("second") / best.median("height")
    progress(1.0)
    return _judge(reference, clip, best, max(rival, inside), (ref, own), source_m, apart_m, temperature_c)


def _windows(ref: Hearing, own: Hearing, lag_s: float, count: int) -> tuple[Floats, int]:
    """Where windows begin on the clip's clock, and how many samples each has."""
    first, last = overlap_s(ref, own, lag_s)
    length = min(_WINDOW_S, max(0.5, (last - first) / 3.001))  # three fit side by side
    if last - first < 2.99 * length:
        return np.empty(0), 0
    count = min(count, max(1, math.floor((last - first - length) / (length / 2) + 1e-6) + 1))
    return np.linspace(first, last - length, count), round(length * own.rate_hz)


def _sounding(samples: Samples) -> bool:
    return int(np.count_nonzero(samples)) * 2 >= len(samples)


def _match(
    place: Place, windows: int, mid: list[float], lags: list[float], peaks: list[Peak], length_s: float
) -> Match | None:
    """What the windows that stand out agree on; None unless three that share no sound do: one event proves nothing."""
    if len(mid) < 3:
        return None
    heights = np.array([p.height for p in peaks])
    found = line(np.array(mid), np.array(lags), floor_s=_FLOOR_S, near_s=_NEAR_S, weights=heights)
    if found is None:
        return None
    near = np.abs(np.array(lags) - found.lag_s - found.drift * np.array(mid)) <= _NEAR_S
    apart, last = 0, -math.inf
    for at in np.array(mid)[near]:
        if at - last >= 0.98 * length_s:
            apart, last = apart + 1, float(at)
    return Match(place, windows, near, tuple(peaks), found) if apart >= 3 else None


def _follow(ref: Hearing, own: Hearing, place: Place, count: int) -> Match | None:
    """A coarse candidate looked at through windows over the whole overlap."""
    starts, length = _windows(ref, own, place.lag_s, count)
    mid, lags, peaks = [], [], []
    sounding = 0
    for start in starts:
        a, b = ref.at(start + place.lag_s, length), own.at(start, length)
        if not (_sounding(a) and _sounding(b)):
            continue
        sounding += 1
        found = peak(a, b, own.rate_hz, 0.25)
        if found is None or found.level < LEVEL:
            continue
        mid.append(start + length / own.rate_hz / 2)
        lags.append(_base(ref, own, start, place.lag_s) + found.lag_s)
        peaks.append(found)
    return _match(place, sounding, mid, lags, peaks, length / own.rate_hz) if sounding else None


def _base(ref: Hearing, own: Hearing, start: float, lag_s: float) -> float:
    """The exact lag between two stretches that were cut to the nearest sample."""
    at_ref = round((start + lag_s - float(ref.start_s)) * ref.rate_hz) / ref.rate_hz + float(ref.start_s)
    at_own = round((start - float(own.start_s)) * own.rate_hz) / own.rate_hz + float(own.start_s)
    return at_ref - at_own


def _refine(ref: Hearing, own: Hearing, rough: Match, progress: Progress) -> Match | None:
    """The same with more windows, the reference brought to the clip's clock first, so that drift blurs no peak."""
    best = rough
    for share in (0.75, 0.9):
        starts, length = _windows(ref, own, best.line.at(float(own.start_s)), _WINDOWS)
        mid, lags, peaks = [], [], []
        sounding = 0
        for start in starts:
            at_own = round((start - float(own.start_s)) * own.rate_hz)
            times = (at_own + np.arange(length)) / own.rate_hz + float(own.start_s)
            b = own.at(start, length)
            a = _interpolated(ref, times + best.line.at(0.0) + best.line.drift * times)
            if not (_sounding(a) and _sounding(b)):
                continue
            sounding += 1
            found = peak(a, b, own.rate_hz, 0.25)
            if found is None or found.level < LEVEL:
                continue
            middle = float(times[length // 2])
            mid.append(middle)
            lags.append(best.line.at(middle) + found.lag_s)
            peaks.append(found)
        again = _match(rough.place, sounding, mid, lags, peaks, length / own.rate_hz) if sounding else None
        progress(share)
        if again is None:
            return None
        best = again
    return best


def _interpolated(ref: Hearing, times: Floats) -> Samples:
    """The reference's sound at some instants of its clock, silence where it has none."""
    at = (times - float(ref.start_s)) * ref.rate_hz
    first, last = math.floor(at[0]) - 8, math.ceil(at[-1]) + 9
    piece = ref.at(float(ref.start_s) + first / ref.rate_hz, last - first)
    out: Samples = ndimage.map_coordinates(piece, [at - first], order=5, mode="constant", output=np.float32)
    return out


def _judge(
    reference: Material,
    clip: Material,
    best: Match,
    rival: float,
    sounds: tuple[Hearing, Hearing],
    source_m: tuple[float, float] | None,
    apart_m: float | None,
    temperature_c: float,
) -> Estimate:
    fitted = best.line
    likeness = best.median("likeness")
    way = delay(
        reference,
        clip,
        same_sound=one_signal(*sounds, fitted.lag_s, fitted.drift),
        source_m=source_m,
        apart_m=apart_m,
        temperature_c=temperature_c,
    )
    first, last = overlap_s(*sounds, fitted.at(float(sounds[1].start_s)))
    # Half the width of the peak over its height above the noise: the least error of one window.
    window = best.median("width_s") / 2 / max(1.0, best.median("level"))
    clocks = math.hypot(*(sound.sigma_s for sound in sounds))
    own = math.sqrt(fitted.sigma_s(first, last) ** 2 + _FLOOR_S**2 + window**2 / max(1, best.agreeing) + clocks**2)
    sigma = math.hypot(own, way.sigma_s)
    unsteady = 1 - best.agreeing / len(best.peaks)
    score = (best.agreeing / best.windows) ** 0.5 * max(0.0, 1 - rival)
    reason = ""
    if rival > _AMBIGUOUS:
        reason = "ambiguous"
    elif unsteady > 0.3:
        reason = "unsteady"
    elif sigma > COARSE_S:
        reason = "distance_unknown" if way.known is Distance.UNKNOWN else "coarse"
    return Estimate(
        Method.AUDIO,
        Status.WEAK if reason else Status.OK,
        offset_s=exact(fitted.at(0.0) + way.later_s),
        rate=exact(1 + fitted.drift, 12),
        sigma_s=sigma,
        score=min(1.0, score),
        reason=reason,
        facts={
            "windows": best.windows,
            "agreeing": best.agreeing,
            "level": best.median("level"),
            "likeness": likeness,
            "rival": rival,
            "overlap_s": last - first,
            "sound_sigma_s": own,
            "distance": way.known.value,
            "later_s": way.later_s,
            "distance_sigma_s": way.sigma_s,
            "sigma_ms": round(sigma * 1000, 1),
        },
    )

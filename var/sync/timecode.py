"""Synchronisation by time code: linear time code on a sound track, the codes in the pictures, or the file's own."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

from var.sync.fit import Line, exact, line
from var.sync.hearing import Hearing, channels
from var.sync.ltc import Heard, decode, rate_of
from var.sync.material import frame_s, opened, span_s, zero_s
from var.sync.model import Estimate, Material, Method, Status
from var.sync.smpte import Code, day_frames, nearest_rate, of_s12m, parse

_TRIAL_S = 12.0  # of each channel: without a frame of time code in it, it carries none
_LOOKED_AT = 60  # pictures, for codes in the video stream
_LTC_FLOOR_S = 2e-5
_DRIFT = 10e-6
"""How far two clocks drift apart that count time code each for itself: of a code that only says where a file begins."""


class Source(StrEnum):
    """Where a time code was found, the most exact first."""

    LTC = "ltc"
    PICTURES = "pictures"  # in the video stream, such as SEI messages of H.264 and HEVC
    FILE = "file"  # a time code track or a tag that says where the file begins


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """What a recording's time code says: ``t_code = t_clip + lag(t_clip)``, in seconds since midnight by its count.

    ``sigma_s`` is that of an instant at ``centre_s``; ``steady`` whether the addresses follow each other; ``heard_s``
    from when to when the sound lasts that carries it, in the clip's seconds (None: it is in no sound)."""

    source: Source
    rate: Fraction
    drop: bool
    first: Code
    lag_s: float
    drift: float
    centre_s: float
    sigma_s: float
    drift_sigma: float
    steady: bool
    frames: int
    heard_s: tuple[float, float] | None = None

    @property
    def day_s(self) -> float:
        """How long a day of this code lasts."""
        return float(day_frames(self.rate, self.drop) / self.rate)


def estimate(
    reference: Material, clip: Material, *, progress: Callable[[float], None] = lambda share: None, **_: Any
) -> Estimate:
    """Offset and rate by time code. Failed where either has none, or where they never ran at one time.

    Weak where the codes count at different rates, jump, or begin with the same address: such clocks were hardly set.
    """
    stamps = []
    for k, of in enumerate((reference, clip)):
        stamp = next(_stamps(of), None)
        if stamp is None:
            return Estimate.failed(Method.TIMECODE, "no_timecode", name=of.label or of.path.name)
        stamps.append(stamp)
        progress((k + 1) / 2)
    ref, own = stamps
    day = max(ref.day_s, own.day_s)
    apart = (own.lag_s - ref.lag_s + day / 2) % day - day / 2  # midnight may lie between
    # t_ref (1 + drift_ref) + lag_ref = t_clip (1 + drift_clip) + lag_clip
    rate = (1 + own.drift) / (1 + ref.drift)
    offset = apart / (1 + ref.drift)
    spans = [_span(*pair) for pair in ((reference, ref), (clip, own))]
    ends = list(spans[1]) if spans[1] else [own.centre_s]
    if spans[0] and spans[1]:
        low = max(spans[1][0], (spans[0][0] - offset) / rate)
        high = min(spans[1][1], (spans[0][1] - offset) / rate)
        if high <= low:
            return Estimate.failed(Method.TIMECODE, "no_overlap", reference=str(ref.first), clip=str(own.first))
        ends = [low, high]
    sigma = max(_sigma(ref, offset + rate * at, own, at) for at in ends)
    facts = {
        "source": own.source.value,
        "source_reference": ref.source.value,
        "reference": str(ref.first),
        "clip": str(own.first),
        "fps": float(own.rate),
        "fps_reference": float(ref.rate),
        "frames": min(ref.frames, own.frames),
    }
    reason = ""
    if (ref.rate, ref.drop) != (own.rate, own.drop):
        reason = "timecode_rates"
    elif not (ref.steady and own.steady):
        reason = "timecode_jumps"
    elif Source.LTC not in (ref.source, own.source) and ref.first == own.first:
        reason = "timecode_same_start"
    return Estimate(
        Method.TIMECODE,
        Status.WEAK if reason else Status.OK,
        offset_s=exact(offset),
        rate=exact(rate, 12),
        sigma_s=sigma,
        score=1.0 if not reason else 0.5,
        reason=reason,
        facts=facts,
    )


def _span(of: Material, stamp: Stamp) -> tuple[float, float] | None:
    """From when to when a recording lasts by its pictures, or by its sound where it has none."""
    shown = span_s(of)
    return stamp.heard_s if shown is None else (float(shown[0]), float(shown[1]))


def _sigma(ref: Stamp, ref_s: float, own: Stamp, own_s: float) -> float:
    parts = [ref.sigma_s, own.sigma_s]
    parts += [s.drift_sigma * abs(at - s.centre_s) for s, at in ((ref, ref_s), (own, own_s))]
    return math.sqrt(sum(part**2 for part in parts))


def _stamps(of: Material) -> Iterator[Stamp]:
    """The time codes of a recording, the most exact first; later ones are only looked for when asked."""
    for sound in channels(of, _TRIAL_S):
        if len(decode(sound)) < 10:
            continue
        whole = next(s for s in channels(of) if (s.track, s.channel) == (sound.track, sound.channel))
        found = _from_ltc(decode(whole), whole)
        if found is not None:
            yield found
    if of.index is None:
        return
    rate = nearest_rate(1 / frame_s(of), 5e-3)
    for finder in (_in_pictures, _of_file):
        made = finder(of, rate) if rate is not None else None
        if made is not None:
            yield made


def _from_ltc(frames: list[Heard], sound: Hearing) -> Stamp | None:
    rate = rate_of(frames)
    if rate is None:
        return None
    drop = sum(frame.code.drop for frame in frames) * 2 > len(frames)
    good = [frame for frame in frames if frame.code.valid(rate)]
    day = day_frames(rate, drop)
    counts = np.array([frame.code.count(rate) for frame in good], np.int64)
    # Relative to the first, over midnight; jumps of less than half a day in either direction stay what they are.
    counts = counts[0] + (counts - counts[0] + day // 2) % day - day // 2
    at = np.array([frame.at_s for frame in good])
    fitted = _line_of(at, counts / float(rate) - at)
    if fitted is None:
        return None
    first = good[int(np.flatnonzero(fitted.used)[0])]
    centre = fitted.centre_s
    return Stamp(
        source=Source.LTC,
        rate=rate,
        drop=drop,
        first=first.code,
        lag_s=fitted.at(0.0),
        drift=fitted.drift,
        centre_s=centre,
        sigma_s=math.hypot(fitted.sigma_s(centre), _LTC_FLOOR_S, sound.sigma_s),
        drift_sigma=float(np.sqrt(fitted.covariance[1, 1])),
        steady=float(fitted.used.mean()) > 0.9,
        frames=len(good),
        heard_s=(float(sound.start_s), sound.end_s),
    )


def _line_of(at: Any, lag: Any) -> Line | None:
    """The line of many frames: of a long track some hundreds are enough to say which hold."""
    some = np.unique(np.linspace(0, len(at) - 1, 400).astype(int))
    return line(at[some], lag[some], floor_s=_LTC_FLOOR_S, near_s=0.001, rate_sigma=200e-6)


def _quantised(source: Source, rate: Fraction, code: Code, at_s: float, steady: bool, frames: int) -> Stamp:
    """A code that names whole frames: where in the frame the camera's shutter opened is not known."""
    return Stamp(
        source=source,
        rate=rate,
        drop=code.drop,
        first=code,
        lag_s=float(code.count(rate) / rate) - at_s,
        drift=0.0,
        centre_s=at_s,
        sigma_s=float(1 / rate) / math.sqrt(12),
        drift_sigma=_DRIFT,
        steady=steady,
        frames=frames,
    )


def _in_pictures(of: Material, rate: Fraction) -> Stamp | None:
    """Codes in the SEI messages of H.264 and HEVC, as FFmpeg hands them out (S12M side data).

    The codes in headers of MPEG-2 groups are left alone: FFmpeg hands them out with another picture than theirs.
    """
    import av
    from av.sidedata.sidedata import Type

    zero = zero_s(of) or Fraction(0)
    found: list[tuple[float, Code]] = []
    with opened(of.path) as container:
        stream = container.streams.video[0]
        try:
            for k, frame in enumerate(container.decode(stream)):
                if k >= _LOOKED_AT:
                    break
                code = None
                beside: Any = frame.side_data  # its type says that kinds are no keys, but they are
                exact = beside.get(Type.S12M_TIMECODE)
                if exact is not None and len(raw := bytes(exact)) >= 8:
                    code = of_s12m(int.from_bytes(raw[4:8], sys.byteorder), rate)
                if code is not None and code.valid(rate) and frame.pts is not None and frame.time_base is not None:
                    found.append((float(frame.pts * frame.time_base - zero), code))
        except av.FFmpegError:
            pass  # what decoded so far is what there is
    if not found or not found[0][1].count(rate):
        return None  # an encoder that nobody gave a code counts from zero
    at = np.array([moment for moment, _ in found])
    off = np.array([float(code.count(rate) / rate) for _, code in found]) - at
    steady = bool(np.abs(off - np.median(off)).max() < 0.75 / float(rate))
    moment, code = found[0]
    return _quantised(Source.PICTURES, rate, code, moment, steady, len(found))


def _of_file(of: Material, rate: Fraction) -> Stamp | None:
    """The code that the file says it begins with: a time code track of MOV or MP4, or a tag of MXF, MOV, MKV."""
    with opened(of.path) as container:
        tags = [stream.metadata for stream in container.streams] + [container.metadata]
        texts = [tag[name] for tag in tags for name in tag if name.lower() == "timecode"]
    codes = [code for text in texts if (code := parse(text)) is not None and code.valid(rate)]
    return _quantised(Source.FILE, rate, codes[0], 0.0, len(set(codes)) == 1, 1) if codes else None

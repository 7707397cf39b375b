"""The sound of material as arrays on the material's clock: one mono signal, or each channel of each track."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from var.sync.material import opened, zero_s
from var.sync.model import Material

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

RATE_HZ = 16000
# A jump in the time stamps that is longer than this is a gap; shorter ones are rounding (1 ms in Matroska).
_GAP_S = 0.005
_KEPT, _KEPT_BYTES = 6, 512 * 1024**2  # sounds of whole files that are kept for the next method

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """A signal (float32, -1 to 1; NaN where nothing was recorded); ``start_s`` is when its first sample sounds on the
    material's clock. ``track`` and ``channel`` say where it comes from; channel -1 is all of them mixed."""

    samples: Samples
    start_s: Fraction
    rate_hz: int
    track: int = 0
    channel: int = -1

    @property
    def end_s(self) -> float:
        """When the signal is over, in seconds of the material's clock."""
        return float(self.start_s) + len(self.samples) / self.rate_hz

    def at(self, first_s: float, count: int) -> Samples:
        """``count`` samples from ``first_s`` on (to the nearest sample), silence where there are none."""
        first = round((first_s - float(self.start_s)) * self.rate_hz)
        out = np.zeros(count, np.float32)
        low, high = max(0, first), min(len(self.samples), first + count)
        if high > low:
            part = self.samples[low:high]
            out[low - first : high - first] = np.where(np.isnan(part), 0.0, part)
        return out


_cache: OrderedDict[tuple[object, ...], Hearing | None] = OrderedDict()


def hear(of: Material) -> Hearing | None:
    """The first sound track that decodes, mixed to mono at 16 kHz; None without one. Kept for the next method."""
    found = of.path.stat()
    key = (of.path, found.st_size, found.st_mtime_ns, zero_s(of))
    if key not in _cache:
        _cache[key] = next(_tracks(of, RATE_HZ, mono=True), None)
        while len(_cache) > 2 and (len(_cache) > _KEPT or _kept_bytes() > _KEPT_BYTES):
            _cache.popitem(last=False)
    _cache.move_to_end(key)
    return _cache[key]


def channels(of: Material, seconds: float | None = None) -> Iterator[Hearing]:
    """Every channel of every sound track at the track's own rate; only the first ``seconds`` where that is given."""
    yield from _tracks(of, None, mono=False, seconds=seconds)


def _kept_bytes() -> int:
    return sum(sound.samples.nbytes for sound in _cache.values() if sound is not None)


def forget() -> None:
    """Free what is kept."""
    _cache.clear()


def _tracks(of: Material, rate_hz: int | None, *, mono: bool, seconds: float | None = None) -> Iterator[Hearing]:
    with opened(of.path) as container:
        count = sum(1 for track in container.streams.audio if _decodes(track))
    for number in range(count):
        pieces = list(_pieces(of.path, number, rate_hz, mono, seconds))
        if not pieces:
            continue
        rate = pieces[0][2]
        begin = pieces[0][0]
        places = [round(float(at - begin) * rate) for at, _, _ in pieces]
        total = max(place + part.shape[1] for place, (_, part, _) in zip(places, pieces, strict=True))
        rows = pieces[0][1].shape[0]
        whole = np.full((rows, total), np.nan, np.float32)
        for place, (_, part, _) in zip(places, pieces, strict=True):
            cut = max(0, -place)
            whole[: part.shape[0], place + cut : place + part.shape[1]] = part[:rows, cut:]
        zero = zero_s(of)
        start = Fraction(0) if zero is None else begin - zero
        for channel in range(rows):
            yield Hearing(whole[channel], start, rate, number, -1 if mono else channel)
        if mono:
            return


def _decodes(track: AudioStream) -> bool:
    context: object = track.codec_context
    return context is not None


def _pieces(
    path: Path, number: int, rate_hz: int | None, mono: bool, seconds: float | None
) -> Iterator[tuple[Fraction, Samples, int]]:
    """Stretches without a gap: when each begins on the container's clock, samples (channels, n), and their rate."""
    import av

    with opened(path) as container:
        track = [t for t in container.streams.audio if _decodes(t)][number]
        run: _Run | None = None
        ends = Fraction(0)
        first: Fraction | None = None
        for frame in _frames(av.FFmpegError, container.demux(track)):
            at = ends
            if frame.pts is not None:
                at = frame.pts * Fraction(frame.time_base or track.time_base or Fraction(1, frame.sample_rate))
            first = at if first is None else first
            if seconds is not None and at - first > seconds:
                break
            if run is not None and (run.form != _form(frame) or abs(float(at - ends)) > _GAP_S):
                yield run.begins, run.end(), run.rate_hz
                run = None
            if run is None:
                run, ends = _Run(frame, at, rate_hz, mono), at
            ends += Fraction(frame.samples, frame.sample_rate)
            run.add(frame)
        if run is not None:
            yield run.begins, run.end(), run.rate_hz


def _frames(fault: type[Exception], packets: Iterator[object]) -> Iterator[AudioFrame]:
    while True:
        try:
            packet = next(packets, None)
            frames = packet.decode() if packet is not None else []  # type: ignore[attr-defined]
        except fault:  # a damaged stretch of sound becomes a gap
            continue
        if packet is None:
            return
        yield from frames


def _form(frame: AudioFrame) -> tuple[int, str]:
    return frame.sample_rate, frame.layout.name


class _Run:
    """A stretch without a gap, brought to its rate while it is decoded."""

    def __init__(self, frame: AudioFrame, begins: Fraction, rate_hz: int | None, mono: bool) -> None:
        from av import AudioResampler

        self.form, self.begins = _form(frame), begins
        self.rate_hz = rate_hz or frame.sample_rate
        self._rows = 1 if mono else len(frame.layout.channels)
        layout = "mono" if mono else frame.layout.name
        self._resampler = AudioResampler(format="fltp", layout=layout, rate=self.rate_hz)
        self._chunks: list[Samples] = []

    def add(self, frame: AudioFrame | None) -> None:
        if frame is not None:
            frame.pts = None
        self._chunks += [np.asarray(out.to_ndarray(), np.float32) for out in self._resampler.resample(frame)]

    def end(self) -> Samples:
        self.add(None)
        return np.concatenate(self._chunks, axis=1) if self._chunks else np.empty((self._rows, 0), np.float32)

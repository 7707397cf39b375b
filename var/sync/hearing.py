"""The sound of material as arrays on the material's clock: one mono signal, or each channel of each track."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from var.sync.material import opened, zero_s
from var.sync.model import Material
from var.sync.stamps import RunClock, run_clock

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

RATE_HZ = 16000
# A jump in the time stamps that is longer than this is a gap; shorter ones are rounding (1 ms in Matroska).
_GAP_S = 0.005
_FAINT = 1000.0  # a track this many times weaker in power than another (30 dB) is not the one that heard the match
_CANCELS = 0.05  # of a channel's power: what is left where the channels of a track are each other's opposite
_LOOKED_AT = 16  # every so many frames the channels are compared
_BLOCK = 1 << 20  # samples that are brought to another pace at once: bounds the memory
_KEPT, _KEPT_BYTES = 6, 512 * 1024**2  # sounds of whole files that are kept for the next method

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """A signal (float32, -1 to 1; NaN where nothing was recorded); ``start_s`` is when its first sample sounds on the
    material's clock. ``track`` and ``channel`` say where it comes from; channel -1 is all of them mixed. ``sigma_s`` is
    how well the container's time stamps place it: 0 where they are exact."""

    samples: Samples
    start_s: Fraction
    rate_hz: int
    track: int = 0
    channel: int = -1
    sigma_s: float = 0.0

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


def overlap_s(ref: Hearing, own: Hearing, lag_s: float) -> tuple[float, float]:
    """From when to when, on the clip's clock, both were heard."""
    return (
        max(float(own.start_s), float(ref.start_s) - lag_s),
        min(own.end_s, ref.end_s - lag_s),
    )


_cache: OrderedDict[tuple[object, ...], Hearing | None] = OrderedDict()


def hear(of: Material) -> Hearing | None:
    """The first sound track with sound in it, mixed to mono at 16 kHz; None without one. Kept for the next method.

    A track that is 30 dB weaker than a later one is passed over. Where mixing would cancel the channels, the loudest.
    """
    found = of.path.stat()
    key = (of.path, found.st_size, found.st_mtime_ns, zero_s(of))
    if key not in _cache:
        _cache[key] = _heard(of)
        while len(_cache) > 2 and (len(_cache) > _KEPT or _kept_bytes() > _KEPT_BYTES):
            _cache.popitem(last=False)
    _cache.move_to_end(key)
    return _cache[key]


def _heard(of: Material) -> Hearing | None:
    best: Hearing | None = None
    most = 0.0
    for sound in _tracks(of, RATE_HZ, mono=True):
        energy = float(np.nansum(np.square(sound.samples[::4], dtype=np.float64)))
        if best is None or energy > _FAINT * most:
            best, most = sound, energy
    return best


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
        channel = -1
        pieces = list(_pieces(of.path, number, rate_hz, mono, seconds))
        if pieces and mono and (channel := _cancelling(pieces)) >= 0:
            pieces = list(_pieces(of.path, number, rate_hz, mono, seconds, channel))
        if not pieces:
            continue
        rate, begin = pieces[0].rate_hz, pieces[0].clock.begins_s
        places = [round(float(piece.clock.begins_s - begin) * rate) for piece in pieces]
        total = max(place + piece.samples.shape[1] for place, piece in zip(places, pieces, strict=True))
        rows = pieces[0].samples.shape[0]
        whole = np.full((rows, total), np.nan, np.float32)
        for place, piece in zip(places, pieces, strict=True):
            cut = max(0, -place)
            part = piece.samples
            whole[: part.shape[0], place + cut : place + part.shape[1]] = part[:rows, cut:]
        zero = zero_s(of)
        start = Fraction(0) if zero is None else begin - zero
        sigma = max(piece.clock.sigma_s for piece in pieces)
        for row in range(rows):
            yield Hearing(whole[row], start, rate, number, channel if mono else row, sigma)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A stretch without a gap, brought to its clock's pace: ``samples`` (channels, n) from ``clock.begins_s`` on.
    ``powers`` are those of each channel and, last, of their mean."""

    clock: RunClock
    samples: Samples
    rate_hz: int
    powers: NDArray[np.float64]


def _cancelling(pieces: list[_Piece]) -> int:
    """The loudest channel of a track whose channels cancel each other; -1 where mixing loses nothing."""
    alike = [piece.powers for piece in pieces if len(piece.powers) == len(pieces[0].powers)]
    *each, mixed = np.sum(alike, axis=0).tolist()
    return int(np.argmax(each)) if mixed < _CANCELS * max(each) else -1


def _decodes(track: AudioStream) -> bool:
    context: object = track.codec_context
    return context is not None


def _pieces(
    path: Path, number: int, rate_hz: int | None, mono: bool, seconds: float | None, channel: int = -1
) -> Iterator[_Piece]:
    """Stretches without a gap, on the container's clock; mixed, or one ``channel`` of them, where ``mono``."""
    import av

    with opened(path) as container:
        track = [t for t in container.streams.audio if _decodes(t)][number]
        run: _Run | None = None
        ends = Fraction(0)
        first: Fraction | None = None
        for frame in _frames(av.FFmpegError, container.demux(track)):
            at, tick = ends, None
            if frame.pts is not None:
                tick = Fraction(frame.time_base or track.time_base or Fraction(1, frame.sample_rate))
                at = frame.pts * tick
            first = at if first is None else first
            if seconds is not None and at - first > seconds:
                break
            if run is not None and (run.form != _form(frame) or abs(float(at - ends)) > _GAP_S):
                yield run.end()
                run = None
            if run is None:
                run, ends = _Run(frame, at, rate_hz, mono, channel), at
            ends += Fraction(frame.samples, frame.sample_rate)
            run.add(frame, None if tick is None else at, tick or track.time_base)
        if run is not None:
            yield run.end()


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


def _levels(frame: AudioFrame) -> NDArray[np.float64]:
    """The samples of a decoded frame as they are, (channels, n), -1 to 1."""
    rows: Any = frame.to_ndarray()
    if not frame.format.is_planar:
        rows = rows.reshape(-1, len(frame.layout.channels)).T
    if np.issubdtype(rows.dtype, np.integer):
        kind = np.iinfo(rows.dtype)
        middle = 0 if kind.min else (kind.max + 1) // 2
        return np.asarray((rows.astype(np.float64) - middle) / (kind.max / 2 if middle else kind.max))
    return np.asarray(rows, np.float64)


class _Run:
    """A stretch without a gap, brought to its rate while it is decoded, and to its time stamps' pace at the end."""

    def __init__(self, frame: AudioFrame, begins: Fraction, rate_hz: int | None, mono: bool, channel: int) -> None:
        from av import AudioResampler

        self.form = _form(frame)
        self.rate_hz = rate_hz or frame.sample_rate
        self._begins, self._channel = begins, channel
        number = len(frame.layout.channels)
        mixed = mono and channel < 0
        self._rows = 1 if mono else number
        layout = "mono" if mixed else frame.layout.name
        self._resampler = AudioResampler(format="fltp", layout=layout, rate=self.rate_hz)
        self._chunks: list[Samples] = []
        self._compared = mixed and number > 1
        self._powers = np.zeros(number + 1)
        self._frames = self._count = 0
        self._places: list[int] = []
        self._at_s: list[Fraction] = []
        self._tick = Fraction(0)

    def add(self, frame: AudioFrame, at_s: Fraction | None, tick_s: Fraction | None) -> None:
        """The next frame, with its time stamp and the stamp's unit where it has one."""
        if at_s is not None:
            self._places.append(self._count)
            self._at_s.append(at_s)
            self._tick = tick_s or self._tick
        if self._compared and self._frames % _LOOKED_AT == 0:
            rows = _levels(frame)
            self._powers += np.square(np.vstack([rows, rows.mean(axis=0)])).sum(axis=1)
        self._frames += 1
        self._count += frame.samples
        frame.pts = None
        self._resample(frame)

    def _resample(self, frame: AudioFrame | None) -> None:
        for out in self._resampler.resample(frame):
            rows = np.asarray(out.to_ndarray(), np.float32)
            self._chunks.append(rows if self._channel < 0 else rows[self._channel : self._channel + 1])

    def end(self) -> _Piece:
        """The whole stretch."""
        self._resample(None)
        rows = np.concatenate(self._chunks, axis=1) if self._chunks else np.empty((self._rows, 0), np.float32)
        clock = RunClock(self._begins)
        if self._places:
            clock = run_clock(self._places, self._at_s, self.form[0], self._tick)
        return _Piece(clock, _at_pace(rows, clock.pace, self.rate_hz), self.rate_hz, self._powers)


def _at_pace(rows: Samples, pace: float, rate_hz: int) -> Samples:
    """The same sound, in samples of the clock by which it lasted ``pace`` times as long as it has samples."""
    if pace == 1.0 or not rows.size:
        return rows
    from scipy import ndimage

    # Where the rate leaves room above what is listened to, a spline of the third order is as good.
    order: Literal[3, 5] = 3 if rate_hz >= 2 * RATE_HZ else 5
    total = round(rows.shape[1] * pace)
    out = np.empty((len(rows), total), np.float32)
    for begin in range(0, total, _BLOCK):
        at = np.arange(begin, min(total, begin + _BLOCK)) / pace
        low, high = max(0, int(at[0]) - 32), int(at[-1]) + 33
        for row, made in zip(rows, out, strict=True):
            piece: Samples = ndimage.map_coordinates(
                row[low:high], [at - low], order=order, mode="nearest", output=np.float32
            )
            made[begin : begin + len(at)] = piece
    return out

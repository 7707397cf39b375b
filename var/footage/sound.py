"""The sound of a recording on the clock of its pictures, as one mono signal."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from var.footage.recording import Index, index, opened, sound_track

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

# A jump in the time stamps that is longer than this is a gap; shorter ones are rounding (1 ms in Matroska).
_GAP_S = Fraction(5, 1000)


class Sound(NamedTuple):
    """Mono samples (float32, -1 to 1; NaN where nothing was recorded) and when the first one sounds, in exact seconds
    after the first picture; negative where the sound begins earlier."""

    samples: NDArray[np.float32]
    start_s: Fraction


def sound(path: Path | Index, rate_hz: int = 16000) -> Sound | None:
    """The first sound track at ``rate_hz``, or None without one that decodes. Raises as ``index``."""
    source = path if isinstance(path, Index) else index(path)
    if not source.sound:
        return None
    zero_s = source.timebase.seconds(source.pts[0])
    pieces = list(_pieces(source.path, rate_hz))
    if not pieces:
        return None
    start_s = pieces[0][0]
    places = [round((at - start_s) * rate_hz) for at, _ in pieces]
    total = max(place + len(samples) for place, (_, samples) in zip(places, pieces, strict=True))
    whole = np.full(total, np.nan, np.float32)
    for place, (_, samples) in zip(places, pieces, strict=True):
        whole[max(0, place) : place + len(samples)] = samples[max(0, -place) :]
    return Sound(whole, start_s - zero_s)


def _pieces(path: Path, rate_hz: int) -> Iterator[tuple[Fraction, NDArray[np.float32]]]:
    """Stretches without a gap: when each begins on the container's clock, and its samples."""
    import av

    with opened(path) as (container, _):
        track = sound_track(container)
        if track is None or track.time_base is None:
            return
        run: list[AudioFrame] = []
        begins = ends = Fraction(0)
        packets = container.demux(track)
        while True:
            try:
                packet = next(packets, None)
                frames = packet.decode() if packet is not None else []
            except av.FFmpegError:  # a damaged stretch of sound becomes a gap
                continue
            if packet is None:
                break
            for frame in frames:
                at = frame.pts * Fraction(frame.time_base or track.time_base) if frame.pts is not None else ends
                if run and abs(at - ends) > _GAP_S:
                    yield begins, _mono(run, rate_hz)
                    run = []
                if not run:
                    begins = ends = at
                run.append(frame)
                ends += Fraction(frame.samples, frame.sample_rate)
        if run:
            yield begins, _mono(run, rate_hz)


def _mono(frames: list[AudioFrame], rate_hz: int) -> NDArray[np.float32]:
    from av import AudioResampler

    resampler = AudioResampler(format="flt", layout="mono", rate=rate_hz)
    chunks: list[NDArray[np.float32]] = []
    for frame in [*frames, None]:
        if frame is not None:
            frame.pts = None
        chunks += [np.asarray(out.to_ndarray(), np.float32).reshape(-1) for out in resampler.resample(frame)]
    return np.concatenate(chunks) if chunks else np.empty(0, np.float32)

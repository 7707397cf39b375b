"""The sound beside a clip: the recorder's own AAC packets, or its samples coded again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from numpy.typing import NDArray

from var.model import Clip

if TYPE_CHECKING:
    from av.container import OutputContainer

_RATE_HZ = 48_000
_COPIED = "aac"
"""The one codec of sound that every player of an MP4 takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Samples of shape (channels, n), the first of them ``delay`` samples after the first picture."""

    samples: NDArray[np.float32]
    rate: int
    layout: str
    delay: int

    def packets(self, container: OutputContainer) -> Iterator[av.Packet[Any]]:
        """The samples as packets of a new AAC track of ``container``, which is there at once."""
        track: Any = container.add_stream(_COPIED, rate=self.rate)
        track.layout = self.layout

        def coded() -> Iterator[av.Packet[Any]]:
            for block in self.blocks():
                yield from track.encode(block)
            yield from track.encode(None)

        return coded()

    def blocks(self, size: int = 1024) -> Iterator[av.AudioFrame]:
        """The samples as frames of the AAC encoder's size."""
        for at in range(0, self.samples.shape[1], size):
            block = np.ascontiguousarray(self.samples[:, at : at + size])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=self.layout)
            frame.sample_rate, frame.pts, frame.time_base = self.rate, self.delay + at, Fraction(1, self.rate)
            yield frame


def sound_of(clip: Clip, start_s: Fraction, length_s: Fraction) -> Sound | None:
    """The sound of the source from ``start_s`` of the container's clock, or None where it has none there.

    Samples are placed by their own time stamps; a hole between two packets is silence, as it is in a player.
    """
    with av.open(str(clip.path)) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        channels = 1 if stream.codec_context.layout.nb_channels == 1 else 2
        rate, layout = _RATE_HZ, "mono" if channels == 1 else "stereo"
        if stream.time_base is not None:
            container.seek(max(0, int((start_s - 1) / stream.time_base)), stream=stream, backward=True)
        total = round(length_s * rate)
        samples = np.zeros((channels, total), np.float32)
        heard = np.zeros(total, bool)
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
        try:
            for decoded in container.decode(stream):
                if decoded.pts is None or decoded.time_base is None:
                    continue
                at = round((decoded.pts * decoded.time_base - start_s) * rate)
                if at >= total:
                    break
                for block in resampler.resample(decoded):
                    values = block.to_ndarray()
                    low, high = max(0, -at), min(values.shape[1], total - at)
                    if high > low:
                        samples[:, at + low : at + high] = values[:, low:high]
                        heard[at + low : at + high] = True
                    at += values.shape[1]
        except av.error.InvalidDataError:
            pass  # a broken sound packet ends the sound; the pictures are what is judged
    if not heard.any():
        return None
    first, last = int(np.argmax(heard)), total - int(np.argmax(heard[::-1]))
    return Sound(samples[:, first:last], rate, layout, first)


def _is_aac(stream: Any) -> bool:
    """Whether there is a decoder, and it is the one of AAC."""
    return stream.codec_context is not None and stream.codec_context.name == _COPIED


def copied_sound(
    container: OutputContainer, clip: Clip, start_s: Fraction, length_s: Fraction
) -> Iterator[av.Packet[Any]] | None:
    """The packets of the source's own sound as a new track of ``container``, which is there at once: those that are
    heard from ``start_s`` of the source's clock on for ``length_s``, and the one before, from which the first is
    decoded (an edit list leaves it out). None where there is none, or where it is no AAC.
    """
    with av.open(str(clip.path)) as source:
        stream = source.streams.audio[0] if source.streams.audio else None
        if stream is None or stream.time_base is None or not _is_aac(stream):
            return None
        base = stream.time_base
        source.seek(max(0, int((start_s - 1) / base)), stream=stream, backward=True)
        taken: list[tuple[int, av.Packet[Any]]] = []
        for packet in source.demux(stream):
            if packet.pts is None or not packet.size:
                continue
            if packet.pts * base >= start_s + length_s:
                break
            if (packet.pts + (packet.duration or 0)) * base <= start_s:
                taken.clear()
            taken.append((packet.pts, packet))
        if not taken or (taken[-1][0] + (taken[-1][1].duration or 0)) * base <= start_s:
            return None
        track = container.add_stream_from_template(stream)

    def moved() -> Iterator[av.Packet[Any]]:
        zero = round(start_s / base)
        for pts, packet in taken:
            packet.pts, packet.dts, packet.stream = pts - zero, pts - zero, track
            yield packet

    return moved()

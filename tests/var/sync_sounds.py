"""Sounds with known truth for the tests of synchronisation: a crowd with whistles, heard later, faster, worse."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

Floats = NDArray[np.float64]


def crowd(seconds: float, seed: int, rate_hz: int = 16000, whistles: bool = True) -> Floats:
    """Noise with the spectrum of voices, swelling and sinking, with a whistle every few seconds; RMS about 0.1."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate_hz)
    spectrum = fft.rfft(rng.standard_normal(n))
    f = fft.rfftfreq(n, 1 / rate_hz)
    out = fft.irfft(spectrum * (f / 150) / (1 + (f / 150) ** 2) ** 0.9, n)
    out *= 0.1 / out.std()
    t = np.arange(n) / rate_hz
    out *= 1 + 0.3 * np.sin(2 * np.pi * 0.13 * t + rng.uniform(0, 6))
    if whistles:
        for at in np.cumsum(rng.exponential(5.0, round(seconds / 4) + 2)):
            part = (t >= at) & (t < at + rng.uniform(0.1, 0.7))
            pitch, rattle = rng.uniform(3400, 3900), rng.uniform(25, 40)
            out[part] += 0.2 * np.sin(2 * np.pi * (pitch * t[part] + 2 * np.sin(2 * np.pi * rattle * t[part])))
    return out


def heard(sound: Floats, offset_s: float, seconds: float, *, rate: float = 1.0, rate_hz: int = 16000) -> Floats:
    """What a recorder hears that starts ``offset_s`` late and whose clock runs so that t_sound = offset + rate * t.

    Band-limited interpolation; silence before and after the sound."""
    at = (offset_s + rate * np.arange(round(seconds * rate_hz)) / rate_hz) * rate_hz
    first = int(np.floor(at[0]))
    if rate == 1.0:  # an exact shift by phase
        n = len(at) + 64
        piece = np.zeros(n)
        low, high = max(0, first - 32), min(len(sound), first - 32 + n)
        if high > low:
            piece[low - first + 32 : high - first + 32] = sound[low:high]
        turn = np.exp(2j * np.pi * fft.rfftfreq(n) * (at[0] - first))
        return np.asarray(fft.irfft(fft.rfft(piece) * turn, n)[32 : 32 + len(at)])
    return np.asarray(ndimage.map_coordinates(sound, [at], order=5, mode="constant"))


def noisy(sound: Floats, seed: int, snr_db: float) -> Floats:
    """With noise of its own, so many decibels below."""
    own = crowd(len(sound) / 16000, seed + 1000, whistles=False)[: len(sound)]
    return np.asarray(sound + own * sound.std() / own.std() * 10 ** (-snr_db / 20))


def echoing(sound: Floats, seed: int, rate_hz: int = 16000) -> Floats:
    """With a few echoes of a stand."""
    rng = np.random.default_rng(seed)
    out = sound.copy()
    for _ in range(6):
        late = int(rng.uniform(0.008, 0.12) * rate_hz)
        out[late:] += rng.uniform(-0.45, 0.45) * sound[: len(sound) - late]
    return out


def write_wav(path: Path, sound: Floats, rate_hz: int = 16000, channels: int = 1) -> Path:
    """A 16-bit WAV file; with two channels the second is silent in the first tenth."""
    whole = np.clip(sound * 32767 / max(1.0, np.abs(sound).max()), -32768, 32767).astype("<i2")
    rows = np.stack([whole] * channels, axis=1)
    if channels > 1:
        rows[: len(rows) // 10, 1] = 0
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, 2, rate_hz, 0, "NONE", ""))
        out.writeframes(rows.tobytes())
    return path


def add_sound(
    out: Any, sound: Floats, rate_hz: int, starts_s: float = 0.0, codec: str = "aac", bit_rate: int = 0
) -> Any:
    """A track in an open container and a function that writes ``sound`` (mono, or rows of channels) to it."""
    rows = np.atleast_2d(sound).astype(np.float32)
    layout = "mono" if len(rows) == 1 else "stereo"
    track = out.add_stream(codec, rate=rate_hz, layout=layout)
    if bit_rate:
        track.bit_rate = bit_rate

    def write() -> None:
        fifo = av.AudioFifo()
        form = track.format.name if hasattr(track, "format") else "fltp"
        planes = np.clip(rows, -1, 1)
        if form.startswith("s16"):
            planes = (planes * 32767).astype(np.int16)
        elif form.startswith("s32"):
            planes = (planes.astype(np.float64) * (2**31 - 1)).astype(np.int32)
        data = planes if form.endswith("p") else planes.T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format=form, layout=layout)
        frame.sample_rate = rate_hz
        frame.time_base = Fraction(1, rate_hz)
        fifo.write(frame)
        at = round(starts_s * rate_hz)
        while piece := fifo.read(1024, partial=True):
            piece.pts, piece.time_base = at, Fraction(1, rate_hz)
            at += piece.samples
            out.mux(track.encode(piece))
        out.mux(track.encode(None))

    return write


def write_tracks(path: Path, tracks: list[Floats], codec: str, *, rate_hz: int = 48000, bit_rate: int = 0) -> Path:
    """A file with sound only: each of ``tracks`` (at 16 kHz; mono, or two rows) is a track of its own."""
    with av.open(str(path), "w") as out:
        writers = [
            add_sound(out, np.array([_resampled(row, rate_hz) for row in np.atleast_2d(each)]), rate_hz, 0.0, codec,
                      bit_rate) for each in tracks
        ]  # fmt: skip
        for write in writers:
            write()
    return path


def restamped(path: Path, out_path: Path, stamp: Any) -> Path:
    """The same packets with other time stamps: ``stamp(n, pts)`` of each, in the track's ticks."""
    with av.open(str(path)) as source, av.open(str(out_path), "w") as out:
        track = out.add_stream_from_template(source.streams.audio[0])
        for n, packet in enumerate(source.demux(audio=0)):
            if packet.pts is None:
                continue
            packet.pts = packet.dts = round(stamp(n, packet.pts))
            packet.stream = track
            out.mux(packet)
    return out_path


def claps(seconds: float, at_s: tuple[float, ...], seed: int, loud: float = 0.8) -> Floats:
    """Silence with claps: 10 ms of noise that dies away."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(seconds * 16000))
    for at in at_s:
        k = round(at * 16000)
        clap = rng.standard_normal(1600) * np.exp(-np.arange(1600) / 150)
        part = out[k : k + 1600]
        part += (loud * clap / np.abs(clap).max())[: len(part)]
    return out


def film(
    path: Path,
    sound: Floats | None,
    seconds: float,
    *,
    fps: Fraction = Fraction(25),
    rate_hz: int = 48000,
    codec: str = "aac",
    pts: list[int] | None = None,
    time_base: Fraction | None = None,
    first_s: float = 0.0,
    sound_starts_s: float = 0.0,
    light: Any = None,
    rows: Floats | None = None,
    options: dict[str, str] | None = None,
    size: tuple[int, int] = (160, 96),
    seed: int = 0,
) -> Path:
    """A small film. ``sound`` (at 16 kHz) is brought to ``rate_hz``; its first sample sounds ``sound_starts_s`` after
    the container's zero, the first picture is shown at ``first_s``. ``light(a, b)`` is how much brighter than usual it
    is from a to b."""
    base = time_base or 1 / fps
    rng = np.random.default_rng(seed)
    scene = np.clip(np.kron(rng.normal(90, 40, (6, 10)), np.ones((16, 16))), 20, 180)[: size[1], : size[0]]
    linear = (scene / 255) ** 2.2
    with av.open(str(path), "w", options=options or {}) as out:
        stream: Any = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = stream.codec_context.time_base = base
        stream.codec_context.gop_size = 50
        stream.options = {"preset": "ultrafast", "sc_threshold": "0", "bf": "0"}
        given = rows
        if sound is not None:
            given = np.atleast_2d(_resampled(sound, rate_hz))
        write = add_sound(out, given, rate_hz, sound_starts_s, codec) if given is not None else None
        if write is not None:
            write()
        count = len(pts) if pts is not None else round(seconds * fps)
        for i in range(count):
            a, b = i / float(fps), (i + 1) / float(fps)
            bright = linear * (1 + (light(a, b) if light else 0.0))
            bright[40:56, (3 * i) % 140 : (3 * i) % 140 + 16] = 0.4
            noisy_lines = 255 * np.clip(bright, 0, 1) ** (1 / 2.2) + rng.normal(0, 1.0, bright.shape)
            grey = np.clip(noisy_lines, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, 2), format="rgb24")
            frame.pts, frame.time_base = (pts[i] if pts else i + round(first_s / base)), base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _resampled(sound: Floats, rate_hz: int) -> Floats:
    from scipy import signal

    common = np.gcd(rate_hz, 16000)
    return np.asarray(signal.resample_poly(sound, rate_hz // common, 16000 // common))


def flashes(at_s: tuple[float, ...], lasts_s: float, strength: float = 0.9) -> Any:
    """The light of flashes, as a camera's exposure from a to b takes it in."""

    def light(a: float, b: float) -> float:
        return strength * sum(max(0.0, min(b, at + lasts_s) - max(a, at)) for at in at_s) / (b - a)

    return light


def later(light: Any, offset_s: float, rate: float = 1.0) -> Any:
    """The same light by a clock that starts ``offset_s`` late."""
    return lambda a, b: light(offset_s + rate * a, offset_s + rate * b)

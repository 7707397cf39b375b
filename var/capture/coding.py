"""How a camera's packets become samples of an MP4: which are copied, which are encoded here, and the file's head."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from touchline.errors import BadFile
from var.capture.samples import aac_config, sets_of, with_lengths
from var.capture.source import Incoming, Source
from var.footage.nal import codec_name, holds_idr, nal_length
from var.footage.orientation import Orientation, shown_size_px
from var.footage.table import Coding

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.video.frame import VideoFrame

_COPIED = ("h264", "hevc", "av1", "mjpeg", "mpeg4", "mpeg2video")
_UNTOLD = ("mpeg4", "mpeg2video")  # a key picture does not say whether pictures after it refer to ones before it
_SOUND_COPIED = ("aac", "mp3", "mp2", "flac", "alac", "opus")
_LEAST_RATE_HZ = 10_000
_HEAD_OPTIONS = {"movflags": "empty_moov+default_base_moof", "use_editlist": "0"}
_ENCODER = {"preset": "ultrafast", "tune": "zerolatency", "crf": "20"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a camera's pictures and sound before the first byte is written.

    ``factor`` is table ticks per source tick, ``rate_hz`` table ticks a second. ``init`` is ``ftyp`` and ``moov``.
    ``source_extradata`` says how packets come in, ``coding`` how they are kept.
    ``sound_rate_hz`` is None without sound.
    """

    coding: Coding
    shown_px: tuple[int, int]
    rate_hz: int
    factor: int
    init: bytes
    source_codec: str
    source_extradata: bytes
    encoded_here: bool
    sound_rate_hz: int | None
    sound_key: tuple[Any, ...] | None
    decoder: Any = None
    encoder: Any = None
    sound_encoder: Any = None

    def same_angle(self, other: Plan) -> bool:
        """Whether packets of ``other`` can go on in a recording that began with this plan."""
        return (self.coding, self.shown_px, self.rate_hz, self.factor, self.encoded_here) == (
            other.coding,
            other.shown_px,
            other.rate_hz,
            other.factor,
            other.encoded_here,
        )

    def sample(self, data: bytes) -> bytes:
        """A source packet's bytes as they are kept."""
        if self.encoded_here:
            return with_lengths("h264", b"", data)
        return with_lengths(self.source_codec, self.source_extradata, data)

    def idr(self, incoming: Incoming) -> bool:
        """Whether nothing after this packet needs anything before it."""
        if not incoming.key or self.source_codec in _UNTOLD:
            return False
        return holds_idr(self.source_codec, self.source_extradata, incoming.data)


def ticks_of(time_base: Fraction) -> tuple[int, int]:
    """Table ticks a second and table ticks per source tick: exact, and fine enough to set clocks against each other."""
    factor = -(-_LEAST_RATE_HZ // time_base.denominator)
    return time_base.denominator * factor, time_base.numerator * factor


def plan(source: Source, first: Sequence[Incoming]) -> Plan:
    """How to keep the camera ``source``, whose packets ``first`` begin with a key picture.

    Raises ``BadFile`` (``capture_unsupported``) where its pictures do not decode, since nobody could look at them.
    """
    stream: Any = source.video
    context = stream.codec_context
    codec, extradata = context.codec.canonical_name, bytes(context.extradata or b"")
    if codec in ("h264", "hevc") and not nal_length(codec, extradata):
        # What comes with the pictures holds; what the library saw at the start may be another camera's.
        extradata = sets_of(codec, b"", first[0].data) or extradata
    decoder, frame = _first_picture(source, extradata, first)
    orientation = Orientation.of(frame, source.address.shown)
    rate_hz, factor = ticks_of(source.time_base)
    copied = codec in _COPIED and not (codec == "av1" and extradata[:1] != b"\x81")
    buffer = io.BytesIO()
    import av

    with contextlib.ExitStack() as kept:
        out: Any = av.open(buffer, "w", format="mp4", options=_HEAD_OPTIONS | {"video_track_timescale": str(rate_hz)})
        kept.callback(out.close)
        encoder = None
        if copied:
            track = out.add_stream_from_template(stream, opaque=True)
            track.codec_context.extradata = extradata or None
            track.codec_context.width, track.codec_context.height = frame.width, frame.height
        else:
            track = out.add_stream("libx264", rate=25)
            encoder = track.codec_context  # it is the one that encodes: its parameter sets stand in the head
            _set_up(encoder, frame, rate_hz)
            track.time_base = encoder.time_base
        if stream.sample_aspect_ratio:
            track.codec_context.sample_aspect_ratio = stream.sample_aspect_ratio
        sound_rate_hz, sound_key, sound_encoder = _add_sound(out, source.sound)
        out.start_encoding()
        init = _turned(buffer.getvalue(), frame)
    with av.open(io.BytesIO(init)) as made:
        kept_context = made.streams.video[0].codec_context
        kept_extradata = bytes(kept_context.extradata or b"")
        name = kept_context.codec.canonical_name
    coding = Coding(
        decoder=name,
        codec=codec_name(name, kept_extradata),
        extradata=kept_extradata,
        size_px=(frame.width, frame.height),
        clockwise_deg=orientation.clockwise_deg,
        mirrored=orientation.mirrored,
    )
    return Plan(
        coding=coding,
        shown_px=shown_size_px(frame.width, frame.height, stream.sample_aspect_ratio, orientation),
        rate_hz=rate_hz,
        factor=factor,
        init=init,
        source_codec=codec,
        source_extradata=extradata,
        encoded_here=not copied,
        sound_rate_hz=sound_rate_hz,
        sound_key=sound_key,
        decoder=decoder if not copied else None,
        encoder=encoder,
        sound_encoder=sound_encoder,
    )


def with_tools_of(new: Plan, old: Plan) -> Plan:
    """``new``, which goes on in the recording of ``old``: with the encoder whose head was written then, and without a
    sound track that the recording has not."""
    sound = new.sound_key == old.sound_key
    return replace(
        new,
        init=old.init,
        encoder=old.encoder,
        sound_encoder=old.sound_encoder if sound else None,
        sound_rate_hz=old.sound_rate_hz if sound else None,
    )


def decoder_of(source: Source, extradata: bytes) -> Any:
    """A decoder for the source's pictures that nobody else uses."""
    import av

    context: Any = source.video.codec_context
    decoder: Any = av.CodecContext.create(context.codec.name, "r")
    decoder.extradata = extradata or None
    if context.width and context.height:
        decoder.width, decoder.height = context.width, context.height
    if context.pix_fmt:
        decoder.pix_fmt = context.pix_fmt
    return decoder


def _first_picture(source: Source, extradata: bytes, first: Sequence[Incoming]) -> tuple[Any, VideoFrame]:
    import av

    # The stream's own decoder, which nobody else uses: only it knows how the container says the picture is turned.
    decoder: Any = source.video.codec_context
    decoder.flush_buffers()
    packets: list[Any] = []
    for incoming in [each for each in first if not each.sound][:30]:
        packet: Any = av.Packet(incoming.data)
        packet.pts, packet.dts = incoming.pts, incoming.dts
        packets.append(packet)
    for packet in [*packets, None]:
        try:
            frames = decoder.decode(packet)
        except av.FFmpegError:
            continue
        if frames:
            decoder.flush_buffers()
            return decoder_of(source, extradata), frames[0]
    codec = source.video.codec_context.name
    raise BadFile("var.errors.capture_unsupported", source=source.address.shown, codec=codec)


def _turned(init: bytes, frame: VideoFrame) -> bytes:
    """``init`` with the picture's display matrix in the first track's header (ISO/IEC 14496-12, 8.3.2)."""
    sides: Any = frame.side_data
    matrix = next((bytes(side) for side in sides if side.type.name == "DISPLAYMATRIX"), None)
    at = init.find(b"tkhd")
    if matrix is None or at < 0:
        return init
    begins = at + 44 + (12 if init[at + 4] == 1 else 0)
    return init[:begins] + struct.pack(">9i", *struct.unpack("=9i", matrix)) + init[begins + 36 :]


def _set_up(encoder: Any, frame: VideoFrame, rate_hz: int) -> None:
    """One key picture a second, no picture before its time, and as little work as there can be."""
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuv420p"
    encoder.time_base = Fraction(1, rate_hz)
    encoder.gop_size = 25
    encoder.max_b_frames = 0
    encoder.options = _ENCODER


def _add_sound(out: Any, sound: AudioStream | None) -> tuple[int | None, tuple[Any, ...] | None, Any]:
    """Add a sound track; its rate, what must be equal for it to go on, and the encoder where it is not copied."""
    if sound is None:
        return None, None, None
    context: Any = sound.codec_context
    codec, rate_hz, channels = context.codec.canonical_name, context.sample_rate, context.channels
    extradata = bytes(context.extradata or b"")
    if codec == "aac" and not extradata:
        extradata = aac_config(rate_hz, channels) or b""
    bare = codec in ("mp3", "mp2")
    if codec in _SOUND_COPIED and (extradata or bare) and (codec != "opus" or extradata[:8] == b"OpusHead"):
        track = out.add_stream_from_template(sound, opaque=True)
        if not bare:
            track.codec_context.extradata = extradata
        return rate_hz, (codec, rate_hz, channels, extradata), None
    track = out.add_stream("flac", rate=rate_hz)
    track.codec_context.layout = "mono" if channels == 1 else "stereo"
    track.codec_context.format = "s16"
    return rate_hz, ("flac", rate_hz, channels, codec), _SoundEncoder(sound, track.codec_context)


class _SoundEncoder:
    """Turns sound that MP4 does not take into FLAC, without loss for PCM and G.711."""

    def __init__(self, sound: AudioStream, encoder: Any) -> None:
        import av

        context: Any = sound.codec_context
        self.decoder: Any = av.CodecContext.create(context.codec.name, "r")
        self.decoder.extradata = context.extradata
        self.decoder.sample_rate = context.sample_rate
        self.decoder.layout = context.layout
        self.encoder = encoder
        self._resampler: Any = None
        self._waiting: Any = None
        self._begins: int | None = None  # source-clock sample number of the first waiting sample

    def restart(self) -> None:
        """Forget what waits: sound is missing here."""
        self._waiting, self._begins = None, None

    def encode(self, data: bytes, at: int) -> list[tuple[int, int, bytes]]:
        """What is ready after a packet whose first sample is number ``at``: sample number, samples and bytes each."""
        import av
        import numpy as np

        if self._resampler is None:
            self._resampler = av.AudioResampler("s16", self.encoder.layout, self.encoder.sample_rate)
        frames: list[Any] = []
        with contextlib.suppress(av.FFmpegError):
            for frame in self.decoder.decode(av.Packet(data)):
                frame.pts = None
                frames += self._resampler.resample(frame)
        channels = self.encoder.channels
        for frame in frames:
            samples = frame.to_ndarray().reshape(-1, channels)
            ends = None if self._begins is None else self._begins + len(self._waiting)
            if ends is None or abs(at - ends) > self.encoder.sample_rate // 50:
                self._waiting, self._begins = samples, at
            else:
                self._waiting = np.concatenate([self._waiting, samples])
            at += len(samples)
        done: list[tuple[int, int, bytes]] = []
        size = self.encoder.frame_size
        while self._begins is not None and len(self._waiting) >= size:
            block = np.ascontiguousarray(self._waiting[:size].reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=self.encoder.layout.name)
            frame.sample_rate = self.encoder.sample_rate
            frame.pts = self._begins
            frame.time_base = Fraction(1, self.encoder.sample_rate)
            done += [(self._begins, size, bytes(packet)) for packet in self.encoder.encode(frame)]
            self._waiting, self._begins = self._waiting[size:], self._begins + size
        return done

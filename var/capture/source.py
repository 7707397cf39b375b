"""Cameras opened: one door for every kind of address, giving packets with the instant at which each arrived."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from touchline.errors import BadFile, BadValue
from var.capture.address import Address, Kind
from var.capture.clock import unwrapped
from var.capture.pipes import Datagrams, Pipe, Srt, call, listen
from var.footage.recording import OPEN_OPTIONS

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

OPEN_S = 5.0
"""How long an attempt to connect may take at each of its steps."""

_SILENT_S = {Kind.HTTP: 25.0}
_USELESS_S = 4.0
"""So long a transport stream may bring bytes but no picture: then its programme is looked at anew."""
_LEAD_S = {Kind.FILE: 0.0, Kind.HTTP: 15.0}  # by how much packets may come before their time: HLS comes in pieces
_WAITED_NS = 5_000_000
_ANALYSE = {"analyzeduration": "2000000", "correct_ts_overflow": "0"}
_OPTIONS: dict[Kind, dict[str, str]] = {
    Kind.RTSP: {"rtsp_flags": "prefer_tcp", "allowed_media_types": "video+audio"},
    Kind.HTTP: {"protocol_whitelist": "http,https,tcp,tls,crypto,data", "seg_max_retry": "3"},
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A packet as it came. ``pts`` and ``dts`` are source ticks without the transport's wrap, ``raw_pts`` with it."""

    sound: bool
    pts: int | None
    dts: int | None
    raw_pts: int | None
    key: bool
    corrupt: bool
    disposable: bool
    data: bytes
    arrival_ns: int


@dataclass
class Source:
    """An open camera. The container must not be closed while somebody uses ``video`` or ``sound`` as a pattern."""

    address: Address
    container: InputContainer
    video: VideoStream
    sound: AudioStream | None
    pipe: Pipe | None = None
    _last: dict[int, tuple[int, int]] = field(default_factory=dict)
    _flagged: set[int] = field(default_factory=set)

    @property
    def by_arrival(self) -> bool:
        """Whether pictures have no time stamps but the instant at which they come (JPEG pictures over HTTP): what the
        library says in their place is counted out at 25 a second, however many come."""
        return self.address.kind is not Kind.FILE and self.format in ("mpjpeg", "mjpeg")

    @property
    def time_base(self) -> Fraction:
        """Seconds per tick of the pictures' time stamps."""
        return Fraction(1, 90000) if self.by_arrival else Fraction(self.video.time_base or 1)

    @property
    def format(self) -> str:
        """FFmpeg's name of the container or protocol."""
        return str(self.container.format.name)

    @property
    def is_hls(self) -> bool:
        """Whether it is a list of pieces over HTTP."""
        return "hls" in self.format.split(",")

    def _unwrapped(self, packet: Packet[Any], arrival_ns: int) -> tuple[int | None, int | None]:
        pts, dts = packet.pts, packet.dts
        if self.by_arrival:
            pts = dts = arrival_ns * 90000 // 1_000_000_000
            return pts, dts
        if self.format not in ("mpegts", "hls"):
            return pts, dts
        first = dts if dts is not None else pts
        if first is None:
            return None, None
        known = self._last.get(packet.stream_index) or next(iter(self._last.values()), None)
        near = first if known is None else known[0] + (arrival_ns - known[1]) * 90000 // 1_000_000_000
        dts = None if dts is None else unwrapped(dts, near)
        pts = None if pts is None else unwrapped(pts, near if dts is None else dts)
        newest = dts if dts is not None else pts
        assert newest is not None
        self._last[packet.stream_index] = newest, arrival_ns
        return pts, dts

    def _damaged(self, packet: Packet[Any]) -> bool:
        """Whether bytes of a packet are missing.

        In a transport stream the library's parser gives a picture out when the next one begins, and marks it with what
        it has just seen of that next one: the damaged packet is the one that follows the marked one.
        """
        if self.format not in ("mpegts", "hls"):
            return packet.is_corrupt
        damaged = packet.stream_index in self._flagged
        (self._flagged.add if packet.is_corrupt else self._flagged.discard)(packet.stream_index)
        return damaged

    def continue_from(self, earlier: Source) -> None:
        """Take over where the transport's wrapping time stamps stood on the connection before."""
        if earlier.format == self.format:
            self._last = dict(earlier._last)

    def packets(self, stop: threading.Event) -> Iterator[Incoming]:
        """The packets as they come, until the source or ``stop`` ends it; files at the pace of their time stamps.

        Raises the library's errors where the connection breaks, and ``TimeoutError`` where pictures stay away though
        the sound goes on.
        """
        streams = [stream for stream in (self.video, self.sound) if stream is not None]
        began_ns = time.monotonic_ns()
        first_s: Fraction | None = None
        rounds_s, ends_s = Fraction(0), Fraction(0)
        shown_s: list[Fraction] = []  # decoding times of the first picture and after the last one of this round
        lead_s = None if self.by_arrival else _LEAD_S.get(self.address.kind)
        waited = not self.by_arrival
        asked_ns = began_ns
        silent_s = _SILENT_S.get(self.address.kind, 10.0)
        seen_s = time.monotonic()
        if self.pipe is not None:
            self.pipe.useful()
            self.pipe.useless_s = _USELESS_S
        while True:
            for packet in self.container.demux(*streams):
                if stop.is_set():
                    return
                if not packet.size:
                    continue
                if packet.stream_index == self.video.index:
                    seen_s = time.monotonic()
                    if self.pipe is not None:
                        self.pipe.useful()
                elif self.address.kind is not Kind.FILE and time.monotonic() - seen_s > silent_s:
                    raise TimeoutError("no picture")
                arrival_ns = time.monotonic_ns()
                if not waited:  # what came while the connection was looked at came at a time that nobody knows
                    waited = arrival_ns - asked_ns > _WAITED_NS
                    asked_ns = time.monotonic_ns()
                    if not waited:
                        continue
                pts, dts = self._unwrapped(packet, arrival_ns)
                base = self.time_base if self.by_arrival else Fraction(packet.time_base or 1)
                stamp = dts if dts is not None else pts
                if stamp is not None and lead_s is not None:
                    at_s = stamp * base
                    if first_s is None or abs(at_s - ends_s) > 10 + (packet.duration or 0) * base:
                        # the beginning, or a jump inside a file: the pace starts anew here
                        first_s, began_ns = at_s, arrival_ns - round(rounds_s * 1_000_000_000)
                    early_s = float(at_s - first_s + rounds_s) - (arrival_ns - began_ns) / 1e9 - lead_s
                    if early_s > 0 and stop.wait(early_s):
                        return
                    ends_s = at_s + (packet.duration or 0) * base
                    if packet.stream_index == self.video.index:
                        shown_s = [shown_s[0] if shown_s else at_s, ends_s]
                    arrival_ns = time.monotonic_ns()
                offset = round(rounds_s / base)
                yield Incoming(
                    sound=packet.stream_index != self.video.index,
                    pts=None if pts is None else pts + offset,
                    dts=None if dts is None else dts + offset,
                    raw_pts=None if self.by_arrival else packet.pts,
                    key=packet.is_keyframe,
                    corrupt=self._damaged(packet),
                    disposable=packet.is_disposable,
                    data=bytes(packet),
                    arrival_ns=arrival_ns,
                )
            if not self.address.loop or stop.is_set() or not shown_s or shown_s[1] <= shown_s[0]:
                return
            rounds_s += shown_s[1] - shown_s[0]
            shown_s = []
            self.container.seek(0)

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(Exception):
            self.container.close()
        if self.pipe is not None:
            self.pipe.close()


def open_source(address: Address, stop: threading.Event, *, listen_s: float | None = None) -> Source:
    """The camera at ``address``, connected. Raises what ``faults.refusal`` gives names to.

    A sender that must call is waited for until ``stop``, or ``listen_s`` at most.
    """
    import av

    if address.host and address.kind in (Kind.RTSP, Kind.HTTP, Kind.TCP, Kind.SRT):
        socket.getaddrinfo(address.host, address.port)
    silent_s = _SILENT_S.get(address.kind, 10.0)
    pipe: Pipe | None = None
    options = _ANALYSE | _OPTIONS.get(address.kind, {})
    form: str | None = None
    target: Any = address.url
    if address.kind is Kind.TCP:
        pipe = call(address, stop, OPEN_S, silent_s)
    elif address.kind is Kind.LISTEN:
        pipe = listen(address, stop, silent_s, listen_s)
    elif address.kind is Kind.SRT:
        pipe = Srt(address, stop, silent_s)
    elif address.kind is Kind.UDP:
        pipe = Datagrams(address, stop, silent_s)
    if pipe is not None:
        form, target = "mpegts", pipe
    elif address.kind is Kind.DEVICE:
        form = "v4l2"
    elif address.kind is Kind.FILE:
        options = OPEN_OPTIONS | {"correct_ts_overflow": "0"}
    try:
        timeout = None if address.kind is Kind.FILE else (OPEN_S, silent_s)
        container = av.open(target, format=form, options=options, timeout=timeout)
    except BaseException:
        if pipe is not None:
            pipe.close()
        raise
    try:
        video = _video(container, address)
        sound = next((s for s in container.streams.audio if s.codec_context is not None and s.sample_rate), None)
    except BaseException:
        Source(address, container, container.streams[0] if container.streams else None, None, pipe).close()  # type: ignore[arg-type]
        raise
    return Source(address, container, video, sound, pipe)


def _video(container: InputContainer, address: Address) -> VideoStream:
    from av.stream import Disposition

    real = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not real:
        raise BadValue("var.errors.capture_no_video", source=address.shown)
    stream: Any = real[0]
    if stream.codec_context is None:
        raise BadFile(
            "var.errors.capture_unsupported", source=address.shown, codec=getattr(stream, "name", None) or "?"
        )
    found: VideoStream = stream
    return found

"""A look at a camera before the match: what it sends, with a picture, or why it cannot be used."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from touchline.errors import BadFile, Missing, TouchlineError
from var.capture.address import Address, parse
from var.capture.faults import refusal
from var.capture.source import Source, open_source

_WIDEST_PX = 960
_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Probe:
    """What a camera sends. ``size_px`` is width and height as shown; ``fps`` is None where the camera does not say;
    ``jpeg`` is the first picture, at most 960 pixels wide."""

    size_px: tuple[int, int]
    codec: str
    fps: float | None
    sound: bool
    jpeg: bytes


def probe(url: str, timeout_s: float = 10.0) -> Probe:
    """What the camera at ``url`` sends now. Nothing is kept.

    Raises by name, without the password: ``capture_bad_url``, ``capture_unreachable``, ``capture_wrong_password``,
    ``capture_no_such_path``, ``capture_no_device``, ``capture_no_file``, ``capture_no_srt``, ``capture_no_video``,
    ``capture_no_data`` (nothing came in time), ``capture_not_a_stream``, ``capture_unsupported``,
    ``capture_port_taken``.
    """
    address = parse(url)
    stop = threading.Event()
    answer: list[Probe | TouchlineError] = []

    def look() -> None:
        try:
            answer.append(_look(address, stop, timeout_s))
        except Exception as fault:  # noqa: BLE001  every end becomes a named refusal
            answer.append(refusal(fault, address))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(timeout_s)
    stop.set()
    thread.join(1.0)
    found = answer[0] if answer else Missing("var.errors.capture_no_data", source=address.shown)
    if isinstance(found, TouchlineError):
        raise found
    return found


def _look(address: Address, stop: threading.Event, timeout_s: float) -> Probe:
    source = open_source(address, stop, listen_s=timeout_s)
    try:
        return _first_picture(source, stop)
    finally:
        source.close()


def _first_picture(source: Source, stop: threading.Event) -> Probe:
    import av

    context: Any = source.video.codec_context
    codec = str(context.codec.canonical_name)
    tried = 0
    for incoming in source.packets(stop):
        if incoming.sound or (not tried and not incoming.key):
            continue
        packet: Any = av.Packet(incoming.data)
        packet.pts, packet.dts = incoming.pts, incoming.dts
        tried += 1
        try:
            frames = context.decode(packet)
        except av.FFmpegError:
            frames = []
        if frames:
            return _described(source, frames[0], codec)
        if tried > 250:
            break
    if stop.is_set():
        raise Missing("var.errors.capture_no_data", source=source.address.shown)
    raise BadFile("var.errors.capture_unsupported", source=source.address.shown, codec=codec)


def _described(source: Source, frame: Any, codec: str) -> Probe:
    import simplejpeg

    from var.footage.colour import to_bgr
    from var.footage.orientation import Orientation, square_size_px

    orientation = Orientation.of(frame, source.address.shown)
    width, height = square_size_px(frame.width, frame.height, source.video.sample_aspect_ratio)
    scale = min(1.0, _WIDEST_PX / max(width, height))
    picture = orientation.upright(to_bgr(frame, max(1, round(width * scale)), max(1, round(height * scale))))
    rate: Fraction | None = source.video.average_rate or source.video.guessed_rate
    return Probe(
        size_px=(height, width) if orientation.sideways else (width, height),
        codec=codec,
        fps=float(rate) if rate else None,
        sound=source.sound is not None,
        jpeg=simplejpeg.encode_jpeg(picture, quality=_QUALITY, colorspace="BGR", colorsubsampling="420"),
    )

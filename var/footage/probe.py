"""Decoding that trusts nothing: a frame that a fault touched never comes out.

FFmpeg hides damage. Asked to report it, the decoder raises at the faulty packet, drops whichever frame was due at
that moment, and may still give out the faulty picture later, and after it those that were predicted from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

DECODE_OPTIONS = {"err_detect": "explode"}
"""For a decoder: report damage instead of inventing a picture."""


def decoded(container: InputContainer, stream: VideoStream, limit: int | None = None) -> Iterator[VideoFrame]:
    """The frames that decode without fault from where the container stands, in display order.

    A damaged packet yields nothing, nor does what follows it up to the next key packet: the caller misses their pts.
    With ``limit`` no more than that many packets are tried. With several pictures decoded at once (``AUTO``) every
    fault that the decoder sees makes some frame missing, though it is known later; with one thread it is known at its
    packet; with threads within one picture (``SLICE``) some faults are not seen at all.
    """
    import av

    try:
        yield from _sound_frames(islice(container.demux(stream), limit), lambda packet: packet.decode(), [])
    except av.FFmpegError:
        return  # the file ends here, or the disk does not give more


def _sound_frames(packets: Iterable[Any], decode: Any, faulty: list[int]) -> Iterator[VideoFrame]:
    """The frames that no fault touched; the pts of packets that raised are added to ``faulty``."""
    import av

    tainted: set[int] = set()
    broken = False  # since the last key packet
    key_pts: int | None = None
    leading = False  # what is shown before that key packet may refer behind a fault
    for packet in packets:
        pts = None if packet is None else packet.pts
        if pts is not None:
            if packet.is_keyframe:
                leading, broken, key_pts = broken, False, pts
            ahead = key_pts is not None and pts < key_pts
            if broken or (leading and ahead):
                tainted.add(pts)
        try:
            frames = decode(packet)
        except av.FFmpegError:
            frames = []
            if pts is not None:
                tainted.add(pts)
                faulty.append(pts)
                broken = broken or not ahead  # nothing after a key picture refers to what is shown before it
        yield from (frame for frame in frames if not frame.is_corrupt and frame.pts not in tainted)


def _alone(codec: str, extradata: bytes, packets: Sequence[Packet[VideoStream]], faulty: list[int]) -> list[VideoFrame]:
    import av

    context: Any = av.CodecContext.create(codec, "r")
    context.extradata = extradata
    context.options = DECODE_OPTIONS
    context.thread_count = 1  # threads within one picture lose some marks of corruption
    return list(_sound_frames((*packets, None), context.decode, faulty))


def size_of(codec: str, extradata: bytes, packet: Packet[VideoStream]) -> tuple[int, int] | None:
    """Width and height of the picture in a key packet as stored; None where it does not decode on its own."""
    return next(((frame.width, frame.height) for frame in _alone(codec, extradata, [packet], [])), None)


def last_is_whole(codec: str, extradata: bytes, packets: Sequence[Packet[VideoStream]]) -> bool:
    """Whether the last of ``packets`` decodes; they begin at a key packet, better one group early."""
    faulty: list[int] = []
    frames = _alone(codec, extradata, packets, faulty)
    return packets[-1].pts not in faulty and any(frame.pts == packets[-1].pts for frame in frames)


def first_faulty(container: InputContainer, stream: VideoStream, until: int) -> int | None:
    """The pts of the first packet that raises from where the container stands, or None by the one shown at ``until``
    and the rest of its group."""
    faulty: list[int] = []
    passed = False
    for frame in _sound_frames(container.demux(stream), lambda packet: packet.decode(), faulty):
        passed = passed or (frame.pts is not None and frame.pts > until and frame.key_frame)
        if faulty or passed:
            break
    return faulty[0] if faulty else None

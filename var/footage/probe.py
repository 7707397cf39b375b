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


def decoded(
    container: InputContainer,
    stream: VideoStream,
    limit: int | None = None,
    faulty: list[int] | None = None,
    known: set[int] | None = None,
) -> Iterator[VideoFrame]:
    """The frames that decode without fault from where the container stands, in display order.

    They end at the first damaged packet: its pts is added to ``faulty``, and the file has to be opened again to decode
    on, because the decoder may keep what it read there (a parameter set, say) and give out wrong pictures later.
    Packets whose pts is in ``known`` are never given to it: what refers to them yields nothing, what follows the next
    key packet comes out. A faulty packet is added there where a whole group was decoded before it: in the first group
    after a seek, what refers to pictures that were not decoded is no damage.

    With ``limit`` no more than that many packets are tried, and faults are passed over: good for finding the first
    picture, not for showing one. With several pictures decoded at once (``AUTO``) every fault that the decoder sees
    makes some frame missing, though it is known later; with one thread it is known at its packet; with threads within
    one picture (``SLICE``) some faults are not seen at all.
    """
    import av

    found = [] if faulty is None else faulty
    packets = islice(container.demux(stream), limit)
    try:
        yield from _sound_frames(packets, stream.decode, found, known, go_on=limit is not None)
    except av.FFmpegError:
        return  # the file ends here, or the disk does not give more


def _sound_frames(
    packets: Iterable[Any], decode: Any, faulty: list[int], known: set[int] | None = None, *, go_on: bool = False
) -> Iterator[VideoFrame]:
    """The frames that no fault touched; the pts of packets that raised are added to ``faulty``. The first one ends the
    frames, unless they shall ``go_on``. Of those in ``known`` none is decoded."""
    import av

    tainted: set[int] = set()
    skipped = set(known or ())
    broken = False  # since the last key packet
    key_pts: int | None = None
    leading = False  # what is shown before that key packet may refer behind a fault
    ahead = open_group = False
    keys = 0
    last: int | None = None
    halves: set[int] = set()  # where only one field may have been decoded
    for packet in packets:
        # A second field may come without a time stamp: it belongs to the packet before it.
        pts = None if packet is None else packet.pts
        if pts is None and packet is not None and packet.size:
            pts = last
        before, last = last, pts
        if pts is not None:
            if packet.is_keyframe:
                leading, broken, key_pts = broken, False, pts
                keys += 1
            ahead = key_pts is not None and pts < key_pts
            # Where decoding begins at an open group, what leads up to its key refers to what was not decoded, and the
            # rest of the group may speak of those pictures. That is no damage, and the next group is whole again.
            open_group = open_group or (keys == 1 and ahead)
            if broken or (leading and ahead):
                tainted.add(pts)
        ended = False
        try:
            frames = [] if pts in skipped else decode(packet)
            fault = pts in skipped
        except av.FFmpegError:
            frames, fault = [], True
            cut = pts is not None and (not keys or (keys == 1 and open_group))
            if pts is not None and (go_on or not cut):
                faulty.append(pts)
                if known is not None and keys > 1:
                    known.add(pts)
            if not go_on and not cut:
                ended = True
        if fault and pts is not None:
            tainted.add(pts)
            halves.update(() if before is None else (before,))
            broken = broken or not ahead  # nothing after a key picture refers to what is shown before it
        if ended:
            frames = _rest(decode)
        for frame in frames:
            half = frame.interlaced_frame and frame.pts in halves
            if not (frame.is_corrupt or frame.pts in tainted or half):
                yield frame
        if ended:
            return


def _rest(decode: Any) -> list[Any]:
    """What the decoder still holds."""
    import av

    try:
        return list(decode(None))
    except av.FFmpegError:
        return []


def _alone(codec: str, extradata: bytes, packets: Sequence[Packet[VideoStream]], faulty: list[int]) -> list[VideoFrame]:
    import av

    context: Any = av.CodecContext.create(codec, "r")
    context.extradata = extradata
    context.options = DECODE_OPTIONS
    context.thread_count = 1  # threads within one picture lose some marks of corruption
    return list(_sound_frames((*packets, None), context.decode, faulty, go_on=True))


def size_of(codec: str, extradata: bytes, packet: Packet[VideoStream]) -> tuple[int, int] | None:
    """Width and height of the picture in a key packet as stored; None where it does not decode on its own."""
    return next(((frame.width, frame.height) for frame in _alone(codec, extradata, [packet], [])), None)


def last_is_whole(codec: str, extradata: bytes, packets: Sequence[Packet[VideoStream]], pts: int) -> bool:
    """Whether the last of ``packets`` decodes, whose picture is shown at ``pts``; they begin at a key packet, better
    one group early."""
    faulty: list[int] = []
    frames = _alone(codec, extradata, packets, faulty)
    return pts not in faulty and any(frame.pts == pts for frame in frames)


def first_faulty(container: InputContainer, stream: VideoStream, until: int) -> int | None:
    """The pts of the first packet that raises from where the container stands, or None by the one shown at ``until``
    and the rest of its group."""
    faulty: list[int] = []
    passed = False
    for frame in _sound_frames(container.demux(stream), stream.decode, faulty):
        passed = passed or (frame.pts is not None and frame.pts > until and frame.key_frame)
        if faulty or passed:
            break
    return faulty[0] if faulty else None

"""The same packets in another container: MPEG-TS cannot be sought exactly, MP4 can."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from touchline.files import replacing
from var.footage.fields import joined
from var.footage.recording import Index, frame_of, index, opened, reason, sound_track

_EXACT = ("mov", "matroska")


def needs_remux(path: Path) -> bool:
    """Whether ``path`` is in a container that cannot be sought frame by frame. Raises as ``index`` does."""
    with opened(path) as (container, _):
        return not container.format.name.startswith(_EXACT)


def remux(path: Path, destination: Path) -> Index:
    """Copy the pictures and the first sound track of ``path`` into the MP4 ``destination``; the index of that.

    Streams are copied, not encoded again; the distances between time stamps, and between sound and picture, stay.
    A sound track of a kind that MP4 cannot hold is left out: ``sound`` of the index says so.

    Raises ``BadFile`` where the packets cannot be copied, or frames or times would differ.
    """
    before = index(path)
    with replacing(destination) as temporary:
        if not _copy(path, temporary, before, with_sound=before.sound):
            _copy(path, temporary, before, with_sound=False)
        after = index(temporary)
        same = len(after) == len(before) and all(after.clip_s(i) == before.clip_s(i) for i in range(len(before)))
        if not same:
            raise BadFile("var.errors.remux_differs", name=path.name, before=len(before), after=len(after))
    return replace(after, path=destination)


def _copy(path: Path, destination: Path, source: Index, *, with_sound: bool) -> bool:
    """Copy the packets; False where MP4 does not take the sound."""
    import av

    # Edit lists count in ticks of the movie: thousandths, the default, would move sound against pictures.
    scale = source.timebase.tick_s.denominator if source.timebase.tick_s.numerator == 1 else 90000
    options = {"movie_timescale": str(scale), "video_track_timescale": str(scale), "movflags": "+faststart"}
    options["avoid_negative_ts"] = "make_non_negative"  # MP4 would cut off what lies before zero
    with opened(path) as (container, pictures):
        try:
            with av.open(str(destination), "w", format="mp4", options=options) as out:
                tracks: dict[int, Any] = {pictures.index: out.add_stream_from_template(pictures)}
                if with_sound and (sound := sound_track(container)) is not None:
                    try:
                        tracks[sound.index] = out.add_stream_from_template(sound)
                        out.start_encoding()
                    except (av.FFmpegError, ValueError):
                        return False
                decoded: dict[int, int] = {}  # the lowest time of decoding that the next packet may have
                packets = container.demux(*(s for s in container.streams if s.index in tracks))
                for packet in joined(packets, pictures.index, source.rows):
                    seen = packet.stream_index != pictures.index or frame_of(source.pts, packet.pts) is not None
                    if packet.size and packet.dts is not None and seen:  # what cannot be shown is not copied
                        lowest = decoded.get(packet.stream_index, packet.dts)
                        packet.dts = max(packet.dts, min(lowest, packet.pts))  # MP4 takes only rising ones
                        decoded[packet.stream_index] = packet.dts + 1
                        packet.stream = tracks[packet.stream_index]
                        out.mux(packet)
        except av.FFmpegError as fault:
            raise BadFile("var.errors.remux_failed", name=path.name, fault=reason(fault)) from fault
    return True

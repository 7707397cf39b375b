"""Recordings of hours in seconds: the packets of a short one, again and again, with time stamps that go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av


def repeated(source: Path, path: Path, times: int) -> Path:
    """``source`` played ``times`` times in one file. It must begin with an IDR and be of a constant frame rate."""
    with av.open(str(source)) as container, av.open(str(path), "w") as out:
        stream = container.streams.video[0]
        packets = [(bytes(p), p.pts or 0, p.dts or 0, p.is_keyframe) for p in container.demux(stream) if p.size]
        shown = sorted(pts for _, pts, _, _ in packets)
        span = shown[-1] - shown[0] + shown[1] - shown[0]
        track: Any = out.add_stream_from_template(stream)
        for k in range(times):
            for data, pts, dts, key in packets:
                packet: Any = av.Packet(data)
                packet.pts, packet.dts, packet.is_keyframe = pts + k * span, dts + k * span, key
                packet.time_base, packet.stream = stream.time_base, track
                out.mux(packet)
    return path

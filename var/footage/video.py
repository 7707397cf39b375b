"""The door to recordings: index, exact frames, sound, and the copy that makes a transport stream exact.

``index -> (remux) -> make_proxy -> var.model.Clip`` is the way of a file into a match; ``Reader`` gives its pictures.
"""

from __future__ import annotations

from var.footage.reader import CACHE_BYTES, Reader, ReaderPool, Recording, frames, planes
from var.footage.recording import Index, PacketEntry, frame_of, index
from var.footage.remux import needs_remux, remux
from var.footage.sound import Sound, sound

__all__ = [
    "CACHE_BYTES",
    "Index",
    "PacketEntry",
    "Reader",
    "ReaderPool",
    "Recording",
    "Sound",
    "frame_of",
    "frames",
    "index",
    "needs_remux",
    "planes",
    "remux",
    "sound",
]

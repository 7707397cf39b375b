"""What the player must know of a match: a small description, and the time line as plain arrays."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from touchline.errors import TouchlineError
from var.gops import original_of, proxy_of
from var.model import Clip, Match
from var.periods import key_of
from var.timeline import REFRESH_STEPS, Timeline

SILENT_S = 3
"""A live camera of which nothing came for so long is not waited for any more."""

MAGIC = 0x314C5454
_FINE = 2.0**24  # times are sent in this part of a second: 60 ns, and three bytes in eight are zero, which packs well


@dataclass(frozen=True, eq=False)
class Layout:
    """The time line of a match as it was published. ``version`` names what its steps mean, ``content`` these very steps
    with these very frames. ``epoch`` is another one where a live line could not go on from what was published."""

    match: Match
    version: str
    timeline: Timeline
    until_s: Fraction | None
    inputs: str
    epoch: str
    _whole: list[bytes] = field(default_factory=list)

    @property
    def content(self) -> str:
        """A name for what ``data`` gives."""
        return f"{self.version}-{self.inputs}-{self.until_s}"

    def data(self, first: int) -> bytes:
        """``timeline.bin`` from step ``first`` on."""
        if first == 0 and self._whole:
            return self._whole[0]
        first = min(first, len(self.timeline))
        times, cameras = self.timeline.part(first)
        head = struct.pack("<IIII", MAGIC, len(self.match.clips), first, len(self.timeline))
        parts = [head, (np.rint(times * _FINE) / _FINE).astype("<f8").tobytes()]
        for clip in self.match.clips:
            frames, late_us = cameras[clip.camera_id]
            parts += [frames.astype("<i4").tobytes(), late_us.astype("<i4").tobytes()]
        data = b"".join(parts)
        if first == 0:
            self._whole[:] = [data]
        return data


def horizon_s(match: Match, age_s: Callable[[Clip], float | None]) -> Fraction | None:
    """Up to when a live match is published: what every camera that delivers has passed; None where nothing is live.

    ``age_s`` says how long ago a camera last delivered, None where nobody knows. A camera that has been silent for
    ``SILENT_S``, by the clock or beside the others, is not waited for.
    """
    newest = {clip.camera_id: clip.match_s(len(clip) - 1) for clip in match.clips if clip.recording}
    if not newest:
        return None
    ages = {clip.camera_id: age_s(clip) for clip in match.clips if clip.recording}
    latest = max(newest.values())
    here = [
        at_s
        for name, at_s in newest.items()
        if latest - at_s <= SILENT_S and ((age := ages[name]) is None or age <= SILENT_S)
    ]
    return min(here) if here else latest


def _age_s(clip: Clip) -> float | None:
    """How long ago the clip's table last grew."""
    try:
        return None if clip.table is None else time.time() - clip.table.stat().st_mtime
    except OSError:
        return None


def _name(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _inputs(match: Match) -> str:
    """A name for all that the time line is made of."""
    clips = [(c.camera_id, c.sha256, c.to_match, c.timebase, c.ticks.digest, c.gaps, c.recording) for c in match.clips]
    return _name(match.id, match.master, clips)


def version_of(match: Match, timeline: Timeline, epoch: str) -> str:
    """The name of the layout: it changes when a clock, the master or the set of cameras does, not when one grows."""
    clips = [(c.camera_id, c.sha256, c.to_match, c.timebase, c.pts[0], c.frame_s) for c in match.clips]
    steps = (timeline.first_master_step, timeline.step_s) if epoch or timeline.filled else ()
    return _name(match.id, match.master, clips, steps, epoch)


def document(layout: Layout) -> dict[str, Any]:
    """``match.json`` as docs/architecture.md describes it."""
    match = layout.match
    return {
        "version": layout.version,
        "id": match.id,
        "name": match.name,
        "origin": str(match.origin),
        "live": any(clip.recording for clip in match.clips),
        "steps": len(layout.timeline),
        "master": match.master,
        "clock": [[float(p.starts_s), p.clock_s, p.name, key_of(p.name)] for p in match.setup.periods],
        "clips": [
            _clip(clip, alone=len(match.clips) == 1 or clip is match.clips[match.master]) for clip in match.clips
        ],
    }


def _clip(clip: Clip, *, alone: bool) -> dict[str, Any]:
    """One angle. ``alone``: it is the one that the others are set by, so it needs no synchronisation itself."""
    sigma_s = clip.to_match.sigma_s
    try:
        proxy = proxy_of(clip)
        medium, damaged = proxy.medium, proxy.damaged
    except TouchlineError:  # a proxy that cannot be read is as good as none: stills come from the source
        medium, damaged = None, ()
    original = original_of(clip)
    return {
        "camera": clip.camera_id,
        "label": clip.label,
        "w": clip.size_px[0],
        "h": clip.size_px[1],
        "n": len(clip),
        # Without a name nothing that a browser kept of deleted pictures can be asked for.
        "sha256": "" if clip.removed else clip.sha256,
        "fixed": clip.fixed,
        "recording": clip.recording,
        "synchronised": alone or sigma_s is not None,
        "reference": alone,
        "sigma_ms": None if sigma_s is None else sigma_s * 1000,
        "damaged": list(damaged),
        "media": {
            "original": original.document() if original else None,
            "proxy": medium.document() if medium else None,
        },
    }


def packed(data: bytes) -> bytes:
    """``data`` in gzip form, quickly: the time line is long and is waited for."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(data) + squeeze.flush()


class Layouts:
    """The time lines of the last few matches; safe to share between threads.

    What was published of a live match is never taken back: a camera that comes back late does not shorten the line, and
    where it would change more than the newest ``REFRESH_STEPS`` the version becomes another, so that everybody asks
    for all of it anew. So it does where nobody knows what was published, such as after a start.
    """

    def __init__(self, limit: int = 8, age_s: Callable[[Clip], float | None] = _age_s) -> None:
        self._limit, self._age_s = limit, age_s
        self._lock = threading.Lock()
        self._building: dict[str, threading.Lock] = {}
        self._kept: OrderedDict[str, Layout] = OrderedDict()

    def of(self, match: Match) -> Layout:
        """The layout of ``match`` as it is now; built by one thread, the others wait for it.

        Raises ``BadValue`` as ``Timeline.of`` does.
        """
        with self._lock:
            gate = self._building.setdefault(match.id, threading.Lock())
        with gate:
            inputs, until_s = _inputs(match), horizon_s(match, self._age_s)
            before = self._kept.get(match.id)
            if before is not None and before.inputs == inputs and not _further(until_s, before.until_s):
                layout = before if before.match is match else replace(before, match=match)
            else:
                layout = _built(match, until_s, inputs, before)
            with self._lock:
                self._kept[match.id] = layout
                self._kept.move_to_end(match.id)
                while len(self._kept) > self._limit:
                    self._building.pop(self._kept.popitem(last=False)[0], None)
            return layout


def _built(match: Match, until_s: Fraction | None, inputs: str, before: Layout | None) -> Layout:
    """The layout of a match. A live one goes on from ``before``, or is of another epoch."""
    timeline = Timeline.of(match, until_s)
    if not any(clip.recording for clip in match.clips):
        return Layout(match, version_of(match, timeline, ""), timeline, until_s, inputs, "")
    if before is not None and before.epoch and version_of(match, timeline, before.epoch) == before.version:
        if _further(before.until_s, until_s):
            until_s = before.until_s
            timeline = Timeline.of(match, until_s)
        if timeline.continues(before.timeline, len(before.timeline) - REFRESH_STEPS):
            return Layout(match, before.version, timeline, until_s, inputs, before.epoch)
    epoch = secrets.token_hex(8)
    return Layout(match, version_of(match, timeline, epoch), timeline, until_s, inputs, epoch)


def _further(one_s: Fraction | None, other_s: Fraction | None) -> bool:
    """Whether ``one_s`` lies behind ``other_s``; None is no bound."""
    return one_s is not None and other_s is not None and one_s > other_s


@dataclass(frozen=True, slots=True)
class Packed:
    """A document ready to send: its version, the text and the text in gzip form."""

    version: str
    text: bytes
    gzip: bytes


def description(layout: Layout) -> Packed:
    """``match.json`` ready to send."""
    text = json.dumps(document(layout), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return Packed(hashlib.sha256(text).hexdigest()[:32], text, packed(text))

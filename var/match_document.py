"""What the player must know of a match, as JSON; made once a version of the match and kept compressed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from var.footage.proxy import ProxyTable, read_table
from var.model import Clip, Match
from var.timeline import Timeline

_LEVEL = 5  # nearly as small as 9 in a quarter of the time


def document(match: Match, timeline: Timeline, tables: list[ProxyTable]) -> dict[str, Any]:
    """``match.json`` as docs/architecture.md describes it. ``tables`` are the clips' proxies in the same order.

    Where a camera has no picture ``frames`` holds -1 and ``dt_ms`` null. ``t`` is rounded to microseconds, ``dt_ms``
    too; the exact values stay on the server.
    """
    return {
        "id": match.id,
        "name": match.name,
        "origin": str(match.origin),
        "timeline": {
            "t": [round(t, 6) for t in timeline.t_s.floats().tolist()],
            "master": match.master,
            "frames": [[-1 if i is None else i for i in timeline.frames[clip.camera_id]] for clip in match.clips],
            "dt_ms": [
                [None if dt != dt else round(dt, 3) for dt in timeline.residual_s[clip.camera_id].floats(1000).tolist()]
                for clip in match.clips
            ],
        },
        "clock": [[float(p.starts_s), p.clock_s, p.name] for p in match.setup.periods],
        "clips": [
            _clip(clip, table, alone=len(match.clips) == 1 or clip is match.clips[match.master])
            for clip, table in zip(match.clips, tables, strict=True)
        ],
    }


def _clip(clip: Clip, table: ProxyTable, *, alone: bool) -> dict[str, Any]:
    """One angle. ``alone``: it is the one that the others are set by, so it needs no synchronisation itself."""
    sigma_s = clip.to_match.sigma_s
    return {
        "camera": clip.camera_id,
        "label": clip.label,
        "w": clip.size_px[0],
        "h": clip.size_px[1],
        "n": len(clip),
        "sha256": clip.sha256,
        "fixed": clip.fixed,
        "synchronised": alone or sigma_s is not None,
        "sigma_ms": None if sigma_s is None else sigma_s * 1000,
        "proxy": {
            "w": table.size_px[0],
            "h": table.size_px[1],
            "codec": table.codec,
            "extradata": base64.b64encode(table.extradata).decode("ascii"),
            "packets": [[p.display, p.pos, p.size, int(p.idr)] for p in table.packets],
        },
    }


def version(match: Match) -> str:
    """A name for everything that ``document`` says of ``match``: it changes when any of it does."""
    parts: list[Any] = [match.id, match.name, match.origin, match.master, match.setup.periods]
    for clip in match.clips:
        parts += [clip.camera_id, clip.label, clip.sha256, clip.size_px, clip.fixed, clip.to_match]
        parts += [clip.timebase, len(clip), clip.pts[0], clip.pts[-1], hash(clip.pts), proxy_version(clip)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def proxy_version(clip: Clip) -> str:
    """A name for the proxy file that is there now; empty without one."""
    try:
        found = clip.proxy.stat()
    except OSError:
        return ""
    return f"{clip.sha256[:16]}-{found.st_mtime_ns:x}-{found.st_size:x}"


@dataclass(frozen=True, slots=True)
class Packed:
    """A document ready to send: gzip data and its version."""

    version: str
    data: bytes


class Documents:
    """The packed documents of the last few matches; safe to share between threads."""

    def __init__(self, limit: int = 4) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._building: dict[str, threading.Lock] = {}
        self._kept: OrderedDict[str, Packed] = OrderedDict()

    def of(self, match: Match) -> Packed:
        """The document of ``match`` as it is now; built by one thread, the others wait for it.

        Raises ``BadFile`` or ``NotFound`` where a proxy cannot be read.
        """
        now = version(match)
        with self._lock:
            gate = self._building.setdefault(match.id, threading.Lock())
        with gate:
            kept = self._kept.get(match.id)
            if kept is None or kept.version != now:
                kept = Packed(now, _packed(match))
            with self._lock:
                self._kept[match.id] = kept
                self._kept.move_to_end(match.id)
                while len(self._kept) > self._limit:
                    self._building.pop(self._kept.popitem(last=False)[0], None)
            return kept


def _packed(match: Match) -> bytes:
    tables = [read_table(clip.proxy, len(clip)) for clip in match.clips]
    text = json.dumps(
        document(match, Timeline.of(match), tables), ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return gzip.compress(text.encode(), _LEVEL, mtime=0)

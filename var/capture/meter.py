"""What comes from a camera now: bits and pictures a second over the last three seconds."""

from __future__ import annotations

import threading
import time
from collections import deque

from var.capture.source import Incoming

_WINDOW_NS = 3_000_000_000


class Meter:
    """Counts packets as they come; safe to read from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[tuple[int, int, bool]] = deque()
        self.last_ns: int | None = None

    def add(self, incoming: Incoming) -> None:
        """Count a packet."""
        with self._lock:
            self._recent.append((incoming.arrival_ns, len(incoming.data), not incoming.sound))
            if not incoming.sound:
                self.last_ns = incoming.arrival_ns
            while self._recent[0][0] < incoming.arrival_ns - _WINDOW_NS:
                self._recent.popleft()

    def age_s(self) -> float | None:
        """How long ago the last picture came; None before the first."""
        return None if self.last_ns is None else (time.monotonic_ns() - self.last_ns) / 1e9

    def bitrate_bps(self) -> float | None:
        """Bits a second; None where too little came to tell."""
        rows = self._rows()
        if len(rows) < 2 or rows[-1][0] - rows[0][0] < _WINDOW_NS // 6:
            return None
        return sum(size for _, size, _ in rows[1:]) * 8e9 / (rows[-1][0] - rows[0][0])

    def fps(self) -> float | None:
        """Pictures a second; None where too little came to tell."""
        rows = [row for row in self._rows() if row[2]]
        if len(rows) < 2 or rows[-1][0] - rows[0][0] < _WINDOW_NS // 6:
            return None
        return (len(rows) - 1) * 1e9 / (rows[-1][0] - rows[0][0])

    def _rows(self) -> list[tuple[int, int, bool]]:
        since_ns = time.monotonic_ns() - _WINDOW_NS
        with self._lock:
            return [row for row in self._recent if row[0] >= since_ns]

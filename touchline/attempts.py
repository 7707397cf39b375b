"""Slows guessing: who was wrong too often within a while must wait. Kept in memory, by sender or by any other name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

ATTEMPTS = 5
WINDOW_S = 60.0
MOST_REMEMBERED = 4096


class Attempts:
    """Counts wrong keys by sender: after ``most`` within ``WINDOW_S`` it must wait.

    An IPv6 sender is its /64, on a network of one's own too: a device gives itself any of those addresses. With
    ``alone`` an address counts by itself, for whom it is known to belong to.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, most: int = ATTEMPTS) -> None:
        self._clock, self._most = clock, most
        self._wrong: dict[str, list[float]] = {}
        self._lock = threading.RLock()

    @staticmethod
    def _sender(host: str, *, alone: bool = False) -> str:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return host
        if isinstance(address, IPv6Address) and address.ipv4_mapped is None and not alone:
            return f"{IPv6Address(int(address) >> 64 << 64)}/64"
        return str(getattr(address, "ipv4_mapped", None) or address)

    def wait_s(self, host: str, *, alone: bool = False) -> float:
        """How long this sender must wait before its next attempt counts; 0 where it need not."""
        with self._lock:
            now = self._clock()
            recent = [at for at in self._wrong.get(self._sender(host, alone=alone), []) if now - at < WINDOW_S]
        return max(0.0, recent[-self._most] + WINDOW_S - now) if len(recent) >= self._most else 0.0

    def wrong(self, host: str, *, alone: bool = False) -> None:
        """Remember a wrong key."""
        sender = self._sender(host, alone=alone)
        with self._lock:
            now = self._clock()
            recent = [at for at in self._wrong.pop(sender, []) if now - at < WINDOW_S]
            self._wrong[sender] = [*recent, now][-self._most :]
            while len(self._wrong) > MOST_REMEMBERED:  # the longest silent one is forgotten first
                self._wrong.pop(next(iter(self._wrong)))

    def take(self, host: str, *, alone: bool = False) -> float:
        """How long this sender must wait; where it need not, its attempt counts as wrong until ``forgive``.

        So attempts that are made at the same time are counted before any of them is answered.
        """
        with self._lock:
            wait_s = self.wait_s(host, alone=alone)
            if wait_s == 0:
                self.wrong(host, alone=alone)
        return wait_s

    def forgive(self, host: str, *, alone: bool = False) -> None:
        """The newest attempt that was taken was right, so it does not count; those before it do."""
        sender = self._sender(host, alone=alone)
        with self._lock:
            if self._wrong.get(sender):
                self._wrong[sender].pop()
                if not self._wrong[sender]:
                    del self._wrong[sender]

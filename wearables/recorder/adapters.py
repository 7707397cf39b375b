"""Who is connected through which adapter: places, one connection attempt at a time, and who comes next.

A place is taken before the attempt and given back after the link was ended for good, so a strap never has two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wearables.model import NS_PER_S, Mode
from wearables.recorder.limits import Limits
from wearables.recorder.watching import Watch


@dataclass(slots=True)
class Adapter:
    """One adapter. ``held`` are the numbers of the straps that have a place; ``busy`` the one that is being
    connected."""

    name: str
    limit: int
    held: set[int] = field(default_factory=set)
    busy: int | None = None
    ceiling: int | None = None
    """What it turned out to hold, where that is less than ``limit``."""
    ceiling_until_ns: int = 0
    suspects: set[int] = field(default_factory=set)
    """Straps that could not be connected and were not seen since: they may be out of range."""
    failed: set[int] = field(default_factory=set)
    """Straps that could not be connected although they are in range, since the last one that could."""

    def room(self, now_ns: int) -> int:
        """How many more straps it can take."""
        if self.ceiling is not None and now_ns >= self.ceiling_until_ns:
            self.ceiling = None
        limit = self.limit if self.ceiling is None else min(self.limit, self.ceiling)
        return max(0, limit - len(self.held))


class Places:
    """The places of all adapters."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.adapters: dict[str, Adapter] = {}
        """Those that are there."""
        self._known: dict[str, Adapter] = {}

    def bring(self, names: Sequence[str]) -> tuple[list[str], list[str]]:
        """Have exactly these adapters; those that were added and those that went. One that went and comes back still
        holds the straps whose links through it are being ended."""
        added = [name for name in names if name not in self.adapters]
        gone = [name for name in self.adapters if name not in names]
        for name in gone:
            del self.adapters[name]
        for name in added:
            self.adapters[name] = self._known.setdefault(name, Adapter(name, self.limits.of(name)))
        return added, gone

    def deal(self, watches: Iterable[Watch], now_ns: int) -> list[tuple[Watch, Adapter]]:
        """Who is to be connected now, and through what: at most one attempt an adapter at a time. First come straps
        that must be connected, then those whose rate cannot be heard otherwise, then who waits longest.

        Marks each waiting strap that is in sight of full adapters only (``no_room``).
        """

        def rank(watch: Watch) -> tuple[bool, bool, int]:
            heard = watch.broadcast_ns is not None and now_ns - watch.broadcast_ns <= self.limits.stale_s * NS_PER_S
            return watch.strap.mode is not Mode.CONNECT, heard, watch.waiting_ns

        dealt = []
        for watch in sorted((watch for watch in watches if watch.wants(now_ns)), key=rank):
            near = [self.adapters[name] for name in watch.fresh(now_ns) if name in self.adapters]
            if not near or watch.address is None:
                continue
            roomy = [adapter for adapter in near if adapter.room(now_ns) > 0]
            watch.no_room = not roomy
            free = [adapter for adapter in roomy if adapter.busy is None]
            if not free:
                continue
            # The emptiest one by its share; of equals the one that hears the strap best (sorted so by ``fresh``).
            adapter = min(free, key=lambda one: len(one.held) / one.limit)
            adapter.busy = watch.strap.number
            adapter.held.add(watch.strap.number)
            dealt.append((watch, adapter))
        return dealt

    def attempted(self, watch: Watch, adapter: Adapter, *, linked: bool) -> None:
        """An attempt ended."""
        if adapter.busy == watch.strap.number:
            adapter.busy = None
        if linked:
            adapter.suspects.clear()
            adapter.failed.clear()
        else:
            adapter.suspects.add(watch.strap.number)

    def seen(self, watch: Watch, name: str, now_ns: int) -> None:
        """A strap advertised. Two that could not be connected although they are in range, while others are linked,
        mean that the adapter holds no more than it has: it counts as full for a while."""
        adapter = self.adapters.get(name)
        if adapter is None or watch.strap.number not in adapter.suspects:
            return
        adapter.suspects.discard(watch.strap.number)
        adapter.failed.add(watch.strap.number)
        others = len(adapter.held - {watch.strap.number, adapter.busy})
        if len(adapter.failed) >= 2 and others:
            adapter.ceiling = others
            adapter.ceiling_until_ns = now_ns + round(self.limits.full_s * NS_PER_S)
            adapter.failed.clear()

    def leave(self, watch: Watch, adapter: Adapter) -> None:
        """The strap's link was ended for good; its place is free."""
        adapter.held.discard(watch.strap.number)
        if adapter.busy == watch.strap.number:
            adapter.busy = None

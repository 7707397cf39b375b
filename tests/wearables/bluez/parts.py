"""What the service of the double is made of: a socket that waits, times, adapters, counts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message

from bluez.straps import VirtualStrap


class Patient:
    """A socket that is never too busy: dbus-fast takes "try again" on sending for the end of the bus, so this one says
    that nothing went out yet, and is asked again when there is room."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner

    def send(self, data: bytes) -> int:
        try:
            return self._inner.send(data)
        except BlockingIOError:
            return 0

    def sendmsg(self, buffers: Sequence[bytes], ancillary: Sequence[Any]) -> int:
        try:
            return self._inner.sendmsg(buffers, ancillary)
        except BlockingIOError:
            return 0


@dataclass
class Timing:
    """Seconds of the session."""

    beat_s: float = 1.0
    advertise_s: float = 1.0
    connect_s: float = 0.4
    resolve_s: float = 0.6
    give_up_s: float = 25.0
    forget_s: float = 30.0


@dataclass
class VirtualAdapter:
    """One adapter."""

    name: str
    limit: int
    known: dict[str, VirtualStrap] = field(default_factory=dict)
    """Straps that the service shows, by their path."""
    seen_s: dict[str, float] = field(default_factory=dict)
    resolved_once: set[str] = field(default_factory=set)
    scanners: list[str] = field(default_factory=list)
    """Who scans: names of clients, once for each scan."""
    pending: tuple[Message, VirtualStrap, asyncio.Task[None]] | None = None
    linked: int = 0


@dataclass
class Counts:
    """What a test wants to know afterwards."""

    connects: int = 0
    in_progress: int = 0
    no_room: int = 0
    out_of_range: int = 0
    scans: int = 0
    most_scans: int = 0
    """Most scans of one adapter at one time."""
    most_sessions: int = 0
    """Most notification sessions of one strap at one time."""
    stalled: int = 0
    """Frames that nobody got because their strap hung."""
    forgotten: int = 0
    """Straps that the service forgot."""

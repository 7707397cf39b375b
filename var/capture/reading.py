"""A camera's reading thread: it connects, takes packets and notes when they came, and connects again.

It does nothing else, so that neither a slow disk nor a busy database delays it; a writer makes fragments of what it
puts into the queue between the two.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from touchline.errors import TouchlineError
from var.capture.address import Address, Kind
from var.capture.faults import FINAL, refusal
from var.capture.meter import Meter
from var.capture.model import CameraState
from var.capture.playlist import is_closed
from var.capture.source import Incoming, Source, open_source

_QUEUE_BYTES = 96 << 20
_PAUSE_S, _PAUSE_MOST_S, _STABLE_S = 0.5, 10.0, 10.0


@dataclass
class Link:
    """How a camera's connection is. The reader sets it; the writer where it finds that nothing can be recorded."""

    state: CameraState = CameraState.CONNECTING
    fault: TouchlineError | None = None
    retry_at_s: float | None = None
    reconnects: int = 0
    connections: int = 0
    linked_s: float = 0.0
    look_anew: TouchlineError | None = None
    """Set by the writer where what comes is not what it was when the camera was opened: it is then opened anew."""
    meter: Meter = field(default_factory=Meter)
    written: threading.Event = field(default_factory=threading.Event)
    """Set by the writer when it has ended: it needs nothing of any source any more."""


@dataclass
class Connected:
    """From here on packets are of ``source``."""

    source: Source


@dataclass
class Lost:
    """The connection ended; the writer sets ``done`` when it needs nothing of its source any more."""

    fault: TouchlineError | None
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class Hole:
    """Packets were thrown away because the writer could not follow."""

    packets: int


class Queue:
    """What the reader gives to the writer; ``None`` is the end. It holds a limited amount of packets."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()
        self._bytes = 0
        self._guard = threading.Lock()

    def has_room(self, incoming: Incoming) -> bool:
        """Whether the packet may be put; then it counts until it is got."""
        with self._guard:
            full = self._bytes > _QUEUE_BYTES
            self._bytes += 0 if full else len(incoming.data)
        return not full

    def put(self, item: Connected | Lost | Hole | Incoming | None) -> None:
        """Append an item."""
        self._queue.put(item)

    def get(self, timeout_s: float) -> Connected | Lost | Hole | Incoming | None:
        """The next item. Raises ``queue.Empty`` where none comes within ``timeout_s``."""
        item: Connected | Lost | Hole | Incoming | None = self._queue.get(timeout=timeout_s)
        if isinstance(item, Incoming):
            with self._guard:
                self._bytes -= len(item.data)
        return item


class Reader:
    """Takes what comes from ``address`` into ``queue`` until ``stop`` is set; ``link`` says how the connection is."""

    def __init__(self, address: Address, link: Link, into: Queue, stop: threading.Event) -> None:
        self._address, self._stop = address, stop
        self.link, self.queue = link, into

    def run(self) -> None:
        """Connect, take packets and connect again, until stopped or nothing more can come."""
        pause_s = _PAUSE_S
        earlier: Source | None = None
        try:
            while not self._stop.is_set():
                self.link.state, self.link.retry_at_s = CameraState.CONNECTING, None
                connected_s: float | None = None
                fault: TouchlineError | None = None
                source: Source | None = None
                try:
                    source = open_source(self._address, self._stop)
                    if earlier is not None:
                        source.continue_from(earlier)
                    connected_s = time.monotonic()
                    self.link.connections += 1
                    self.link.state, self.link.linked_s = CameraState.RECORDING, connected_s
                    self.link.reconnects += self.link.connections > 1
                    self.link.look_anew = None
                    self.queue.put(Connected(source))
                    self._take_all(source)
                except Exception as problem:  # noqa: BLE001  whatever a library raises must not end the other cameras
                    fault = refusal(problem, self._address)
                if source is not None:
                    lost = Lost(fault)
                    self.queue.put(lost)
                    # The writer may still need the container's streams as patterns, and a busy machine may need long
                    # for it: closed under its hands they would end the process with all its cameras.
                    while not (lost.done.wait(0.5) or self.link.written.is_set()):
                        pass
                    source.close()
                    earlier = source
                if self._stop.is_set() or self.is_over(fault, source):
                    return
                if connected_s is not None and time.monotonic() - connected_s > _STABLE_S:
                    pause_s = _PAUSE_S
                self._pause(pause_s * random.uniform(0.8, 1.2), fault)
                pause_s = min(2 * pause_s, _PAUSE_MOST_S)
        finally:
            self.queue.put(None)

    def is_over(self, fault: TouchlineError | None, source: Source | None) -> bool:
        """Whether no further attempt makes sense; says so in the state."""
        if self.link.fault is not None and self.link.state is CameraState.REFUSED:
            return True  # the writer found that it cannot be recorded
        # A list that its sender has closed, opened again, would begin anew with its first piece.
        if (
            fault is None
            and source is not None
            and (self._address.kind is Kind.FILE or (source.is_hls and is_closed(self._address.url)))
        ):
            self.link.state, self.link.fault = CameraState.ENDED, None
            return True
        self.link.fault = fault or refusal(OSError("ended"), self._address)
        # A wrong password is final even after a connection: a camera that is asked on and on locks the account.
        # A file that cannot be read is none the next time either.
        final = fault is not None and (fault.name in FINAL or self._address.kind is Kind.FILE)
        if fault is not None and (fault.name == "capture_wrong_password" or (final and not self.link.connections)):
            self.link.state = CameraState.REFUSED
            return True
        return False

    def _pause(self, seconds: float, fault: TouchlineError | None) -> None:
        never = not self.link.connections and fault is not None and fault.name == "capture_no_such_path"
        self.link.state = CameraState.REFUSED if never else CameraState.WAITING
        self.link.retry_at_s = time.monotonic() + seconds
        self._stop.wait(seconds)

    def _take_all(self, source: Source) -> None:
        missed = 0
        try:
            for incoming in source.packets(self._stop):
                self.link.meter.add(incoming)
                if not self.queue.has_room(incoming):
                    missed += not incoming.sound
                    continue
                if missed:
                    self.queue.put(Hole(missed))
                    missed = 0
                self.queue.put(incoming)
                if self.link.state is CameraState.REFUSED:
                    return
                if self.link.look_anew is not None:
                    raise self.link.look_anew
        finally:
            if missed:
                self.queue.put(Hole(missed))

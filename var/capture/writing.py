"""A camera's writing thread: angles made of what its reader took."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from var.capture.address import Address, Kind
from var.capture.angle import Angle, honest_sigma_s
from var.capture.clock import JUMP_S, Verdict
from var.capture.coding import plan
from var.capture.faults import FINAL, refusal
from var.capture.model import CameraState
from var.capture.reading import Connected, Hole, Link, Lost, Queue
from var.capture.source import Incoming, Source

_HOLD_NS = 1_000_000_000
_HOLD_MOST = 3000
_VAIN_MOST = 3
UNKNOWN_S = {Kind.FILE: 0.02, Kind.DEVICE: 0.05, Kind.HTTP: 3.0}
"""Standard deviation of the way from lens to computer, which arrivals cannot tell: a local device buffers a picture or
two, a network camera encodes and sends within half a second, HLS waits for whole pieces."""
_NETWORK_UNKNOWN_S = 0.15
_JUMP_S = {Kind.FILE: 12.0, Kind.HTTP: 20.0}  # files keep their pace over shorter holes; HLS comes in pieces
_NOTHING = object()  # the queue was empty for a while


@dataclass(frozen=True, slots=True)
class Birth:
    """A new angle whose first pictures are on the disk; ``sigma_s`` is how sure its place in time is."""

    angle: Angle
    sigma_s: float


@dataclass(frozen=True, slots=True)
class Death:
    """An angle that ended, with the hash of its file."""

    camera_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the cameras of a match share. ``new_id`` gives a camera identifier and ``new_name`` a name nobody has;
    ``tell`` hears of angles that begin and end; ``room`` is clear while the disk is full; ``zero_ns`` is the host's
    instant at which the match begins, sure to ``more_sigma_s`` besides what each camera adds."""

    folder: Path
    zero_ns: int
    new_id: Callable[[], str]
    new_name: Callable[[str], str]
    tell: Callable[[Birth | Death], None]
    room: threading.Event
    more_sigma_s: float = 0.0


class Writer:
    """Records what ``queue`` gives of a camera called ``name``, one angle at a time: ``angle`` is the present one,
    ``ended`` those that ended because their pictures changed, ``last`` the one with which the camera ended."""

    def __init__(
        self, name: str, address: Address, around: Surroundings, link: Link, out_of: Queue, stop: threading.Event
    ) -> None:
        self._address, self._link, self._queue, self._stop = address, link, out_of, stop
        self._around, self._base_name = around, name
        self.camera_id, self.name = around.new_id(), around.new_name(name)
        self.angle: Angle | None = None
        self.last: Angle | None = None
        self.ended: list[tuple[Angle, CameraState]] = []
        self.pending: list[Incoming] | None = None
        """Packets of a connection that is not recorded yet: its clock and its coding are to be known first."""
        self._born = False
        self._sigma_s = 0.0
        self._source: Source | None = None
        self._set_anew = False  # the pending packets go on from recorded ones, only their clock is another
        self._vain = 0  # faults since it could begin to record

    def run(self) -> None:
        """Record what the queue gives until its end."""
        try:
            while True:
                try:
                    item: Any = self._queue.get(0.25)
                except queue.Empty:
                    item = _NOTHING
                if item is None:
                    break
                try:
                    self._handle(item)
                except Exception as problem:  # noqa: BLE001  one camera's trouble stays its own
                    self._cannot(problem)
                if isinstance(item, Lost):
                    item.done.set()
        finally:
            self._end("stopped" if self._stop.is_set() else "ended")
            self._link.written.set()

    def _cannot(self, problem: Exception) -> None:
        self._link.fault = refusal(problem, self._address)
        self.pending = []  # the next key picture is another chance
        self._vain += 1
        if self.angle is not None:
            self.angle.lose()
            if self._vain == 1:
                self.angle.journal.add("fault", code=self._link.fault.name)
        if self._link.fault.name in FINAL and self.angle is None:
            self._link.state = CameraState.REFUSED
        elif self._vain % _VAIN_MOST == 0:  # what comes is not what it was when the camera was opened
            self._link.look_anew = self._link.fault

    def _handle(self, item: Any) -> None:
        if item is _NOTHING:
            self._idle()
        elif isinstance(item, Incoming):
            self._feed(item)
        elif isinstance(item, Connected):
            self._source, self.pending, self._set_anew = item.source, [], False
        elif isinstance(item, Hole):
            if self.angle is not None:
                self.angle.lost += item.packets
                self.angle.lose()
                self.angle.journal.add("overflow", lost=item.packets)
        elif isinstance(item, Lost):
            self._settle()
            if self.angle is not None:
                self.angle.lose(ended=self._stop.is_set())
                if not self._stop.is_set():
                    self.angle.journal.add("lost", code=item.fault.name if item.fault else "ended")
            self.pending = None

    def _idle(self) -> None:
        now_ns = time.monotonic_ns()
        if self.pending and now_ns - self.pending[0].arrival_ns > _HOLD_NS:
            self._settle()
        if self.angle is not None:
            self.angle.flush_old(now_ns)
            self._announce()

    def _feed(self, incoming: Incoming) -> None:
        if self.pending is not None:
            self.pending.append(incoming)
            held_ns = incoming.arrival_ns - self.pending[0].arrival_ns
            if held_ns > _HOLD_NS or len(self.pending) > _HOLD_MOST:
                self._settle()
            return
        angle = self.angle
        if angle is None:
            return
        if incoming.sound:
            if angle.halted is None:
                angle.hear(incoming)
            angle.flush_old(incoming.arrival_ns)  # pictures may stay away while sound goes on
            return
        if not self._around.room.is_set() and angle.halted is None:
            angle.lose()
            angle.halted = BadFile("var.errors.capture_disk_full", name=angle.path.name)
            angle.journal.add("halted", code=angle.halted.name)
        if angle.halted is not None and not (self._around.room.is_set() and incoming.key):
            angle.lost += 1
            return
        if angle.new_parameters(incoming) or angle.picture(incoming) is Verdict.JUMPED:
            self.pending, self._set_anew = angle.set_aside() or [incoming], True
            angle.journal.add("clock_or_parameters_changed")
            angle.lose()
        self._announce()

    def _settle(self) -> None:
        """Begin to record a connection: its first packets tell the clock and the coding."""
        pending, source = self.pending, self._source
        if not pending or source is None:
            return
        date_the_first(pending)
        start = next(
            (k for k, p in enumerate(pending) if p.key and not p.sound and p.pts is not None and not p.corrupt), None
        )
        if start is None:
            if pending[-1].arrival_ns - pending[0].arrival_ns > 20 * _HOLD_NS:
                del pending[: len(pending) // 2]
            return
        if self.angle is None and not self._around.room.is_set():
            self._link.fault = BadFile("var.errors.capture_disk_full", name=f"{self.camera_id}.mp4")
            newest = max(k for k, p in enumerate(pending) if p.key and not p.sound)
            self.pending = pending[newest:]
            return
        self.pending = None
        wanted = plan(source, pending[start:])
        if self.angle is not None and not self.angle.plan.same_angle(wanted):
            self._end("parameters", again=True)
        if self.angle is None:
            jump_s = JUMP_S if source.by_arrival else _JUMP_S.get(self._address.kind, JUMP_S)
            self.angle = Angle(
                self.camera_id, self.name, self._around.folder, wanted, self._around.zero_ns, jump_s=jump_s
            )
            self._born = False
        angle = self.angle
        base = Fraction(source.sound.time_base or 1) if source.sound is not None else Fraction(1)
        went_on, differs_s, spread_s = angle.connect(wanted, pending, base)
        unknown_s = _NETWORK_UNKNOWN_S if source.by_arrival else UNKNOWN_S.get(self._address.kind, _NETWORK_UNKNOWN_S)
        sigma_s = honest_sigma_s(spread_s, unknown_s)
        self._sigma_s = honest_sigma_s(sigma_s, self._around.more_sigma_s)
        angle.journal.add(
            "connected",
            name=angle.name,
            size_px=angle.plan.shown_px,
            lead_s=str(angle.lead_s),
            source=self._address.shown,
            shift_ticks=angle.clock.shift,
            tick_s=f"1/{wanted.rate_hz}",
            clock="kept" if went_on else "by_arrival",
            differs_s=differs_s,
            sigma_s=0.0 if went_on else self._sigma_s,
            sound=wanted.sound_key[0] if wanted.sound_key else None,
        )
        self._link.fault, self._vain = None, 0
        # What came before the first key picture refers to what nobody has; of a sender that was recorded it is lost.
        angle.lost += sum(not each.sound for each in pending[:start]) if self._set_anew else 0
        for k, incoming in enumerate(pending[start:], start):
            if incoming.sound:
                angle.hear(incoming)
            elif angle.picture(incoming) is Verdict.JUMPED:
                self.pending, self._set_anew = angle.set_aside() or [incoming], True
                self.pending += pending[k + 1 :]
                angle.lose()
                break
        self._announce()

    def _announce(self) -> None:
        """Tell of a new angle once somebody can look at it: a second picture is on the disk."""
        angle = self.angle
        if angle is not None and not self._born and angle.frames > 2:
            self._born = True
            self._around.tell(Birth(angle, self._sigma_s))

    def _end(self, why: str, *, again: bool = False) -> None:
        """Close the angle; with ``again`` a further one follows under another name."""
        angle, self.angle = self.angle, None
        if angle is not None:
            angle.lose(ended=self._stop.is_set())  # where the reader hangs nobody else has said so
            digest = angle.finish(why)
            if not self._born and angle.frames:
                self._around.tell(Birth(angle, self._sigma_s))
            if angle.frames:
                self._around.tell(Death(angle.camera_id, digest))
            self._born = False
            state = CameraState.ENDED if again or why == "ended" else CameraState.STOPPED
            if again:
                self.ended.append((angle, state))
                self.camera_id, self.name = self._around.new_id(), self._around.new_name(self._base_name)
        if not again:
            self.last = angle or self.last
            if self._stop.is_set():
                self._link.state = CameraState.STOPPED


def date_the_first(pending: list[Incoming]) -> None:
    """Give the first picture of a connection its time where the source leaves it out.

    RTSP tells no time before the first report has come, or for its first picture only: a key picture then is shown one
    usual interval before the earliest of the pictures that follow it. Without this its whole group would be lost.
    """
    pictures = [k for k, p in enumerate(pending) if not p.sound]
    if len(pictures) < 4 or pending[pictures[0]].pts is not None or not pending[pictures[0]].key:
        return
    later = [pending[k].pts for k in pictures[1:8]]
    known = sorted(pts for pts in later if pts is not None)
    if len(known) < len(later):  # more than one is missing: how many lie between cannot be told
        return
    interval = min(b - a for a, b in itertools.pairwise(known))
    first = pending[pictures[0]]
    if interval > 0:
        pending[pictures[0]] = replace(first, pts=known[0] - interval, raw_pts=known[0] - interval)

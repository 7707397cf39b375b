"""A camera while its match is recorded: one thread reads, another writes, and neither stops another camera.

The reader does nothing but take packets and note when they came, so that neither a slow disk nor a busy database delays
it; the writer makes fragments of them.
"""

from __future__ import annotations

import itertools
import math
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, TouchlineError
from var.capture.address import Address, Kind
from var.capture.angle import Angle, honest_sigma_s
from var.capture.clock import JUMP_S, Verdict
from var.capture.coding import plan
from var.capture.faults import FINAL, refusal, texts
from var.capture.meter import Meter
from var.capture.model import CameraState, CameraStatus
from var.capture.source import Incoming, Source, open_source

SILENT_S = 2.0
_HTTP_SILENT_S = 15.0  # HLS comes in pieces of several seconds
_HOLD_NS = 1_000_000_000
_HOLD_MOST = 3000
_QUEUE_BYTES = 96 << 20
_PAUSE_S, _PAUSE_MOST_S, _STABLE_S = 0.5, 10.0, 10.0
_VAIN_MOST = 3
UNKNOWN_S = {Kind.FILE: 0.02, Kind.DEVICE: 0.05, Kind.HTTP: 3.0}
"""Standard deviation of the way from lens to computer, which arrivals cannot tell: a local device buffers a picture or
two, a network camera encodes and sends within half a second, HLS waits for whole pieces."""
_NETWORK_UNKNOWN_S = 0.15
_JUMP_S = {Kind.FILE: 12.0, Kind.HTTP: 20.0}  # files keep their pace over shorter holes; HLS comes in pieces


_NOTHING = object()  # the queue was empty for a while


@dataclass
class _Connected:
    source: Source


@dataclass
class _Lost:
    fault: TouchlineError | None
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Hole:
    """Packets were thrown away because the writer could not follow."""

    packets: int


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


class Camera:
    """Records what comes from ``address``. ``new_id`` gives a camera identifier and ``new_name`` a name nobody has."""

    def __init__(
        self,
        name: str,
        address: Address,
        folder: Path,
        zero_ns: int,
        *,
        new_id: Callable[[], str],
        new_name: Callable[[str], str],
        tell: Callable[[Birth | Death], None],
        room: threading.Event,
        more_sigma_s: float = 0.0,
    ) -> None:
        self.address, self.folder, self.zero_ns = address, folder, zero_ns
        self.new_id, self.new_name, self.tell, self.room = new_id, new_name, tell, room
        self.more_sigma_s = more_sigma_s
        self.base_name = name
        self.camera_id, self.name = new_id(), new_name(name)
        self.stop_event = threading.Event()
        self.state = CameraState.CONNECTING
        self.fault: TouchlineError | None = None
        self.retry_at_s: float | None = None
        self.reconnects = 0
        self.meter = Meter()
        self.ended_angles: list[CameraStatus] = []
        self.angle: Angle | None = None
        self._born = False
        self._sigma_s = 0.0
        self._source: Source | None = None
        self._vain = 0  # faults of the writer since it could begin to record
        self._look_anew: TouchlineError | None = None
        self._pending: list[Incoming] | None = None
        self._last: Angle | None = None
        self._connections = 0
        self._linked_s = 0.0
        self._queue: queue.Queue[Any] = queue.Queue()
        self._queued_bytes = 0
        self._guard = threading.Lock()
        self.reader = threading.Thread(target=self._read, name=f"read {name}", daemon=True)
        self.writer = threading.Thread(target=self._write, name=f"write {name}", daemon=True)

    def start(self) -> None:
        """Begin to read and to write."""
        self.writer.start()
        self.reader.start()

    def stop(self) -> None:
        """Ask both threads to end; ``finished`` tells when the recording is whole."""
        self.stop_event.set()

    def close_by(self, ends_s: float) -> None:
        """Wait until the recording is whole, at most until ``ends_s`` of the monotonic clock. A reader that hangs in
        its network is left behind; what it had given is written."""
        self.reader.join(min(1.0, max(0.0, ends_s - time.monotonic())))
        self._queue.put(None)
        self.writer.join(max(0.0, ends_s - time.monotonic()))

    @property
    def written(self) -> int:
        """Bytes of all angles of this camera so far."""
        return sum(status.written_bytes for status in self.status())

    @property
    def finished(self) -> bool:
        """Whether the writer has ended, so that the recording is closed."""
        return not self.writer.is_alive()

    # ------------------------------------------------------------------ the reading thread

    def _read(self) -> None:
        pause_s = _PAUSE_S
        earlier: Source | None = None
        try:
            while not self.stop_event.is_set():
                self.state, self.retry_at_s = CameraState.CONNECTING, None
                connected_s: float | None = None
                fault: TouchlineError | None = None
                source: Source | None = None
                try:
                    source = open_source(self.address, self.stop_event)
                    if earlier is not None:
                        source.continue_from(earlier)
                    connected_s = time.monotonic()
                    self._connections += 1
                    self.state, self._linked_s = CameraState.RECORDING, connected_s
                    self.reconnects += self._connections > 1
                    self._look_anew = None
                    self._queue.put(_Connected(source))
                    self._take_all(source)
                except Exception as problem:  # noqa: BLE001  whatever a library raises must not end the other cameras
                    fault = refusal(problem, self.address)
                if source is not None:
                    lost = _Lost(fault)
                    self._queue.put(lost)
                    lost.done.wait(10)  # the writer may still need the container's streams as patterns
                    source.close()
                    earlier = source
                if self.stop_event.is_set() or self._is_over(fault, source):
                    return
                if connected_s is not None and time.monotonic() - connected_s > _STABLE_S:
                    pause_s = _PAUSE_S
                self._pause(pause_s * random.uniform(0.8, 1.2), fault)
                pause_s = min(2 * pause_s, _PAUSE_MOST_S)
        finally:
            self._queue.put(None)

    def _is_over(self, fault: TouchlineError | None, source: Source | None) -> bool:
        """Whether no further attempt makes sense; says so in the state."""
        if self.fault is not None and self.state is CameraState.REFUSED:  # the writer found that it cannot be recorded
            return True
        # An HLS list ends only where its sender says so; asked again, it would begin anew with its first piece.
        if (
            fault is None
            and source is not None
            and (self.address.kind is Kind.FILE or "hls" in source.format.split(","))
        ):
            self.state, self.fault = CameraState.ENDED, None
            return True
        self.fault = fault or refusal(OSError("ended"), self.address)
        # A wrong password is final even after a connection: a camera that is asked on and on locks the account.
        if fault is not None and (
            fault.name == "capture_wrong_password" or (fault.name in FINAL and not self._connections)
        ):
            self.state = CameraState.REFUSED
            return True
        return False

    def _pause(self, seconds: float, fault: TouchlineError | None) -> None:
        never = not self._connections and fault is not None and fault.name == "capture_no_such_path"
        self.state = CameraState.REFUSED if never else CameraState.WAITING
        self.retry_at_s = time.monotonic() + seconds
        self.stop_event.wait(seconds)

    def _take_all(self, source: Source) -> None:
        missed = 0
        try:
            for incoming in source.packets(self.stop_event):
                self.meter.add(incoming)
                with self._guard:
                    full = self._queued_bytes > _QUEUE_BYTES
                    self._queued_bytes += 0 if full else len(incoming.data)
                if full:
                    missed += not incoming.sound
                    continue
                if missed:
                    self._queue.put(_Hole(missed))
                    missed = 0
                self._queue.put(incoming)
                if self.state is CameraState.REFUSED:
                    return
                if self._look_anew is not None:
                    raise self._look_anew
        finally:
            if missed:
                self._queue.put(_Hole(missed))

    # ------------------------------------------------------------------ the writing thread

    def _write(self) -> None:
        try:
            while True:
                try:
                    item: Any = self._queue.get(timeout=0.25)
                except queue.Empty:
                    item = _NOTHING
                if item is None:
                    break
                try:
                    self._handle(item)
                except Exception as problem:  # noqa: BLE001  one camera's trouble stays its own
                    self._cannot(problem)
                if isinstance(item, _Lost):
                    item.done.set()
        finally:
            self._end("stopped" if self.stop_event.is_set() else "ended")

    def _cannot(self, problem: Exception) -> None:
        self.fault = refusal(problem, self.address)
        self._pending = []  # the next key picture is another chance
        self._vain += 1
        if self.angle is not None:
            self.angle.lose()
            if self._vain == 1:
                self.angle.journal.add("fault", code=self.fault.name)
        if self.fault.name in FINAL and self.angle is None:
            self.state = CameraState.REFUSED
        elif self._vain % _VAIN_MOST == 0:  # what comes is not what it was when the camera was opened
            self._look_anew = self.fault

    def _handle(self, item: Any) -> None:
        if item is _NOTHING:
            self._idle()
        elif isinstance(item, Incoming):
            with self._guard:
                self._queued_bytes -= len(item.data)
            self._feed(item)
        elif isinstance(item, _Connected):
            self._source, self._pending = item.source, []
        elif isinstance(item, _Hole):
            if self.angle is not None:
                self.angle.lost += item.packets
                self.angle.lose()
                self.angle.journal.add("overflow", lost=item.packets)
        elif isinstance(item, _Lost):
            self._settle()
            if self.angle is not None:
                self.angle.lose(ended=self.stop_event.is_set())
                if not self.stop_event.is_set():
                    self.angle.journal.add("lost", code=item.fault.name if item.fault else "ended")
            self._pending = None

    def _idle(self) -> None:
        now_ns = time.monotonic_ns()
        if self._pending and now_ns - self._pending[0].arrival_ns > _HOLD_NS:
            self._settle()
        if self.angle is not None:
            self.angle.flush_old(now_ns)
            self._announce()

    def _feed(self, incoming: Incoming) -> None:
        if self._pending is not None:
            self._pending.append(incoming)
            held_ns = incoming.arrival_ns - self._pending[0].arrival_ns
            if held_ns > _HOLD_NS or len(self._pending) > _HOLD_MOST:
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
        if not self.room.is_set() and angle.halted is None:
            angle.lose()
            angle.halted = BadFile("var.errors.capture_disk_full", name=angle.path.name)
            angle.journal.add("halted", code=angle.halted.name)
        if angle.halted is not None and not (self.room.is_set() and incoming.key):
            angle.lost += 1
            return
        if angle.new_parameters(incoming) or angle.picture(incoming) is Verdict.JUMPED:
            self._pending = angle.set_aside() or [incoming]
            angle.journal.add("clock_or_parameters_changed")
            angle.lose()
        self._announce()

    def _settle(self) -> None:
        """Begin to record a connection: its first packets tell the clock and the coding."""
        pending, source = self._pending, self._source
        if not pending or source is None:
            return
        _date_the_first(pending)
        start = next(
            (k for k, p in enumerate(pending) if p.key and not p.sound and p.pts is not None and not p.corrupt), None
        )
        if start is None:
            if pending[-1].arrival_ns - pending[0].arrival_ns > 20 * _HOLD_NS:
                del pending[: len(pending) // 2]
            return
        if self.angle is None and not self.room.is_set():
            self.fault = BadFile("var.errors.capture_disk_full", name=f"{self.camera_id}.mp4")
            newest = max(k for k, p in enumerate(pending) if p.key and not p.sound)
            self._pending = pending[newest:]
            return
        self._pending = None
        wanted = plan(source, pending[start:])
        if self.angle is not None and not self.angle.plan.same_angle(wanted):
            self._end("parameters", again=True)
        if self.angle is None:
            jump_s = JUMP_S if source.by_arrival else _JUMP_S.get(self.address.kind, JUMP_S)
            self.angle = Angle(self.camera_id, self.name, self.folder, wanted, self.zero_ns, jump_s=jump_s)
            self._born = False
        angle = self.angle
        base = Fraction(source.sound.time_base or 1) if source.sound is not None else Fraction(1)
        went_on, differs_s, spread_s = angle.connect(wanted, pending, base)
        unknown_s = _NETWORK_UNKNOWN_S if source.by_arrival else UNKNOWN_S.get(self.address.kind, _NETWORK_UNKNOWN_S)
        sigma_s = honest_sigma_s(spread_s, unknown_s)
        self._sigma_s = honest_sigma_s(sigma_s, self.more_sigma_s)
        angle.journal.add(
            "connected",
            name=angle.name,
            size_px=angle.plan.shown_px,
            lead_s=str(angle.lead_s),
            source=self.address.shown,
            shift_ticks=angle.clock.shift,
            tick_s=f"1/{wanted.rate_hz}",
            clock="kept" if went_on else "by_arrival",
            differs_s=differs_s,
            sigma_s=0.0 if went_on else self._sigma_s,
            sound=wanted.sound_key[0] if wanted.sound_key else None,
        )
        self.fault, self._vain = None, 0
        # What came before the first key picture refers to what nobody has.
        for k, incoming in enumerate(pending[start:], start):
            if incoming.sound:
                angle.hear(incoming)
            elif angle.picture(incoming) is Verdict.JUMPED:
                self._pending = angle.set_aside() or [incoming]
                self._pending += pending[k + 1 :]
                angle.lose()
                break
        self._announce()

    def _announce(self) -> None:
        """Tell of a new angle once somebody can look at it: a second picture is on the disk."""
        angle = self.angle
        if angle is not None and not self._born and angle.frames > 2:
            self._born = True
            self.tell(Birth(angle, self._sigma_s))

    def _end(self, why: str, *, again: bool = False) -> None:
        """Close the angle; with ``again`` a further one follows under another name."""
        angle, self.angle = self.angle, None
        if angle is not None:
            angle.lose(ended=self.stop_event.is_set())  # where the reader hangs nobody else has said so
            digest = angle.finish(why)
            if not self._born and angle.frames:
                self.tell(Birth(angle, self._sigma_s))
            if angle.frames:
                self.tell(Death(angle.camera_id, digest))
            self._born = False
            state = CameraState.ENDED if again or why == "ended" else CameraState.STOPPED
            if again:
                self.ended_angles.append(self._status_of(angle, state))
                self.camera_id, self.name = self.new_id(), self.new_name(self.base_name)
        if not again:
            self._last = angle or self._last
            if self.stop_event.is_set():
                self.state = CameraState.STOPPED

    # ------------------------------------------------------------------ status

    def status(self) -> list[CameraStatus]:
        """This camera in numbers: angles that ended because their pictures changed, then the present one."""
        return [*self.ended_angles, self._status_of(self.angle or self._last, None)]

    def _state(self, angle: Angle | None, age_s: float | None) -> CameraState:
        """What the camera does now; while it is connected that depends on what came and what could be written."""
        state = self.state
        if state is not CameraState.RECORDING:
            return state
        limit_s = _HTTP_SILENT_S if self.address.kind is Kind.HTTP else SILENT_S
        since_link_s = time.monotonic() - self._linked_s
        if min(since_link_s, math.inf if age_s is None else age_s) > limit_s:
            return CameraState.SILENT
        if self._disk_fault(angle) is not None:
            return CameraState.WAITING
        # What waits for a key picture is not recorded yet, however much of it comes.
        return state if angle is not None and angle.frames and self._pending is None else CameraState.CONNECTING

    def _disk_fault(self, angle: Angle | None) -> TouchlineError | None:
        if angle is not None:
            return angle.halted
        return self.fault if self.fault is not None and self.fault.name.startswith("capture_disk") else None

    def _status_of(self, angle: Angle | None, ended: CameraState | None) -> CameraStatus:
        age_s = self.meter.age_s()
        state = ended or self._state(angle, age_s)
        live = ended is None and state is CameraState.RECORDING
        fault = None if live or ended else self._disk_fault(angle) or self.fault
        waits = state in (CameraState.WAITING, CameraState.REFUSED) and self.retry_at_s is not None
        return CameraStatus(
            camera_id=angle.camera_id if angle else self.camera_id,
            name=angle.name if angle else self.name,
            source=self.address.shown,
            state=state,
            frames=angle.frames if angle else 0,
            lost=angle.lost if angle else 0,
            gaps=angle.gaps if angle else 0,
            reconnects=self.reconnects,
            written_bytes=angle.recorder.bytes if angle else 0,
            bitrate_bps=self.meter.bitrate_bps() if live else None,
            fps=self.meter.fps() if live else None,
            age_s=None if ended or state in (CameraState.ENDED, CameraState.STOPPED) else age_s,
            size_px=angle.plan.shown_px if angle else None,
            codec=angle.plan.coding.decoder if angle else None,
            encoded_here=angle.plan.encoded_here if angle else False,
            retry_s=max(0.0, (self.retry_at_s or 0.0) - time.monotonic()) if waits else None,
            fault=texts(fault) if fault is not None else None,
        )


def _date_the_first(pending: list[Incoming]) -> None:
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

"""A camera while its match is recorded: one thread reads, another writes, and neither stops another camera."""

from __future__ import annotations

import math
import threading
import time

from touchline.errors import TouchlineError
from var.capture.address import Address, Kind
from var.capture.angle import Angle
from var.capture.faults import texts
from var.capture.model import CameraState, CameraStatus
from var.capture.reading import Link, Queue, Reader
from var.capture.writing import Surroundings, Writer

SILENT_S = 2.0
_STUCK_S = 4.0
_HTTP_SILENT_S = 15.0  # HLS comes in pieces of several seconds


class Camera:
    """Records what comes from ``address`` under ``name``, or under a name near it where somebody has that."""

    def __init__(self, name: str, address: Address, around: Surroundings) -> None:
        self.address = address
        self.stop_event = threading.Event()
        self.link, self._queue = Link(), Queue()
        self.reader = Reader(address, self.link, self._queue, self.stop_event)
        self.writer = Writer(name, address, around, self.link, self._queue, self.stop_event)
        self._grew = 0, time.monotonic()
        self._reads = threading.Thread(target=self.reader.run, name=f"read {name}", daemon=True)
        self._writes = threading.Thread(target=self.writer.run, name=f"write {name}", daemon=True)

    @property
    def camera_id(self) -> str:
        """The identifier of the present angle."""
        return self.writer.camera_id

    def start(self) -> None:
        """Begin to read and to write."""
        self._writes.start()
        self._reads.start()

    def stop(self) -> None:
        """Ask both threads to end; ``finished`` tells when the recording is whole."""
        self.stop_event.set()

    def close_by(self, ends_s: float) -> None:
        """Wait until the recording is whole, at most until ``ends_s`` of the monotonic clock. A reader that hangs in
        its network is left behind; what it had given is written."""
        self._reads.join(min(1.0, max(0.0, ends_s - time.monotonic())))
        self._queue.put(None)
        self._writes.join(max(0.0, ends_s - time.monotonic()))

    @property
    def written(self) -> int:
        """Bytes of all angles of this camera so far."""
        return sum(status.written_bytes for status in self.status())

    @property
    def finished(self) -> bool:
        """Whether the writer has ended, so that the recording is closed."""
        return not self._writes.is_alive()

    def status(self) -> list[CameraStatus]:
        """This camera in numbers: angles that ended because their pictures changed, then the present one."""
        ended = [self._status_of(angle, state) for angle, state in list(self.writer.ended)]
        return [*ended, self._status_of(self.writer.angle or self.writer.last, None)]

    def _state(self, angle: Angle | None, age_s: float | None) -> CameraState:
        """What the camera does now; while it is connected that depends on what came and what could be written."""
        state = self.link.state
        if state is not CameraState.RECORDING:
            return state
        limit_s = _HTTP_SILENT_S if self.address.kind is Kind.HTTP else SILENT_S
        since_link_s = time.monotonic() - self.link.linked_s
        if min(since_link_s, math.inf if age_s is None else age_s) > limit_s:
            return CameraState.SILENT
        if self._disk_fault(angle) is not None:
            return CameraState.WAITING
        # What waits for a key picture is not recorded yet, however much of it comes; nor is what is not written.
        recorded = angle is not None and angle.frames and self.writer.pending is None and not self._stuck(limit_s)
        return state if recorded else CameraState.CONNECTING

    def _stuck(self, limit_s: float) -> bool:
        """Whether pictures come but no recording has grown for longer than any fragment takes."""
        now_s, present = time.monotonic(), self.writer.angle
        frames = sum(angle.frames for angle, _ in list(self.writer.ended)) + (present.frames if present else 0)
        if frames != self._grew[0]:
            self._grew = frames, now_s
        return now_s - self._grew[1] > limit_s + _STUCK_S

    def _disk_fault(self, angle: Angle | None) -> TouchlineError | None:
        if angle is not None:
            return angle.halted
        fault = self.link.fault
        return fault if fault is not None and fault.name.startswith("capture_disk") else None

    def _status_of(self, angle: Angle | None, ended: CameraState | None) -> CameraStatus:
        age_s = self.link.meter.age_s()
        state = ended or self._state(angle, age_s)
        live = ended is None and state is CameraState.RECORDING
        fault = None if live or ended else self._disk_fault(angle) or self.link.fault
        waits = state in (CameraState.WAITING, CameraState.REFUSED) and self.link.retry_at_s is not None
        return CameraStatus(
            camera_id=angle.camera_id if angle else self.writer.camera_id,
            name=angle.name if angle else self.writer.name,
            source=self.address.shown,
            state=state,
            frames=angle.frames if angle else 0,
            lost=angle.lost if angle else 0,
            gaps=angle.gaps if angle else 0,
            reconnects=self.link.reconnects,
            written_bytes=angle.recorder.bytes if angle else 0,
            bitrate_bps=self.link.meter.bitrate_bps() if live else None,
            fps=self.link.meter.fps() if live else None,
            age_s=None if ended or state in (CameraState.ENDED, CameraState.STOPPED) else age_s,
            size_px=angle.plan.shown_px if angle else None,
            codec=angle.plan.coding.decoder if angle else None,
            encoded_here=angle.plan.encoded_here if angle else False,
            retry_s=max(0.0, (self.link.retry_at_s or 0.0) - time.monotonic()) if waits else None,
            fault=texts(fault) if fault is not None else None,
        )

"""What a running capture says of itself and of each camera."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class CameraState(StrEnum):
    """What a camera does now."""

    CONNECTING = "connecting"
    RECORDING = "recording"
    SILENT = "silent"  # connected, but nothing comes
    WAITING = "waiting"  # lost; the next attempt comes after a pause
    REFUSED = "refused"  # cannot work as it is set: bad address, wrong password, unsupported codec
    ENDED = "ended"  # a file or stream that is over
    STOPPED = "stopped"


class CaptureState(StrEnum):
    """What the recording process of a match does now. ``GONE``: it ended without saying so (killed, power cut)."""

    STARTING = "starting"
    RECORDING = "recording"
    STOPPING = "stopping"
    ENDED = "ended"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class CameraSource:
    """A camera to record: its name on the screen and its address (RTSP, UDP, TCP, HLS, SRT, a device, a file)."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """A camera in numbers. ``source`` is the address without its password. None is unknown, never zero.

    ``frames`` were recorded; ``lost`` are known to be missing (jumps in the time stamps, damaged packets); ``gaps``
    counts the times it was away. ``age_s`` is how long ago the last packet came. ``fault`` holds the last error's
    texts by language (``TouchlineError.document``).
    """

    camera_id: str
    name: str
    source: str
    state: CameraState
    frames: int
    lost: int
    gaps: int
    reconnects: int
    written_bytes: int
    bitrate_bps: float | None
    fps: float | None
    age_s: float | None
    size_px: tuple[int, int] | None
    codec: str | None
    encoded_here: bool
    retry_s: float | None = None
    fault: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CaptureStatus:
    """A capture as it was ``heartbeat_age_s`` ago. ``disk_left_s`` is how long the disk lasts at the present rate."""

    match_id: str
    name: str
    state: CaptureState
    pid: int | None
    started_utc: str
    seconds: float
    cameras: tuple[CameraStatus, ...]
    disk_free_bytes: int
    disk_left_s: float | None
    heartbeat_age_s: float

"""What a recording process says of itself, and how it really is: whether it lives is told by a lock, not by its word.

The process writes its status twice a second into a file of fixed size, in place, which works on a full disk too and
while the database is held by others, and into the database with what it keeps there.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import time
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from touchline.errors import NotFound
from touchline.origin import Origin
from touchline.presence import boot_id, taken
from touchline.store import Row
from wearables.model import SessionState, StrapState

STARTS_WITHIN_S = 20.0
"""Host seconds that a process has from its announcement until it holds the session's lock."""
_ID = re.compile(r"[0-9a-z_-]{1,64}")
_HEAD = struct.Struct("<4sII")
_MARK = b"TLST"
_STATUS_BYTES = 128 << 10


def live_folder(home: Path, session_id: str) -> Path:
    """The folder of a session's own files. Raises ``NotFound`` for what is no identifier but a path."""
    if not _ID.fullmatch(session_id):
        raise NotFound("wearables.errors.no_such_session", id=session_id)
    return home / "live" / session_id


def journal_path(home: Path, session_id: str) -> Path:
    """The journal of a session (``recorder.journal``)."""
    return live_folder(home, session_id) / "journal"


def lock_path(home: Path, session_id: str) -> Path:
    """The file that the process which records a session holds."""
    return live_folder(home, session_id) / "recorder.lock"


def is_alive(home: Path, session_id: str) -> bool:
    """Whether a process records this session, or settles what one left. Raises ``BadFile`` where that cannot be
    asked."""
    return taken(lock_path(home, session_id))


@dataclass(frozen=True, slots=True)
class StrapStatus:
    """How one strap is, by its number. ``state`` is None before anything is known of it, and where its recorder is
    gone."""

    number: int
    state: StrapState | None
    low_battery: bool = False


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """A recording as its process told it last.

    ``at_ns`` is the session's time then, ``heartbeat_age_s`` how many seconds of the host ago that was. ``kept`` rows
    came into the database in this run; ``waiting`` ones are in the journal alone, ``in_memory`` ones not even there,
    ``lost`` ones found no room. ``journal_since_ns`` and ``store_since_ns`` say since when journal and database refuse
    rows, None where they take them, and the reasons why (``locked``, ``full``, ``disk``). ``fault`` is what the radio
    or the process stumbled over last, if it has not got over it; ``no_radio`` is why there is no radio at the moment
    (``no_adapter``, ``radio_down``, ``timed_out``).
    """

    session_id: str
    name: str
    origin: Origin
    state: SessionState
    speed: float = 1.0
    pid: int | None = None
    at_ns: int = 0
    heartbeat_age_s: float = 0.0
    stopping: bool = False
    straps: tuple[StrapStatus, ...] = ()
    kept: int = 0
    waiting: int = 0
    in_memory: int = 0
    lost: int = 0
    journal_since_ns: int | None = None
    journal_reason: str | None = None
    store_since_ns: int | None = None
    store_reason: str | None = None
    fault: str | None = None
    no_radio: str | None = None

    def document(self) -> dict[str, Any]:
        """The status as a JSON-ready document (most of it stands in the schema ``live_session``)."""
        return {**asdict(self), "straps": [asdict(strap) for strap in self.straps]}


TOLD = (
    "pid",
    "at_ns",
    "stopping",
    "kept",
    "waiting",
    "in_memory",
    "lost",
    "journal_since_ns",
    "journal_reason",
    "store_since_ns",
    "store_reason",
    "fault",
    "no_radio",
)
"""What of a status its process tells; the rest is the session's."""


def write_status(path: Path, document: Mapping[str, Any]) -> None:
    """Write what a process says of itself in place. Raises ``OSError``; one that is too long is left out."""
    text = json.dumps(document, ensure_ascii=False).encode()
    if len(text) + _HEAD.size > _STATUS_BYTES:
        return
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        if os.fstat(handle).st_size < _STATUS_BYTES:  # its room is taken while there is some
            os.write(handle, bytes(_STATUS_BYTES))
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, _HEAD.pack(_MARK, len(text), zlib.crc32(text)) + text)
    finally:
        os.close(handle)


def announce(home: Path, session_id: str) -> None:
    """Let the file say nothing but that a process begins now."""
    with contextlib.suppress(OSError):
        folder = live_folder(home, session_id)
        folder.mkdir(parents=True, exist_ok=True)
        write_status(folder / "status", beat())


def beat() -> dict[str, Any]:
    """This instant, as a sign of life tells it."""
    return {"beat_ns": time.monotonic_ns(), "beat_utc_us": time.time_ns() // 1000, "boot": boot_id()}


def zero_of(row: Row) -> int:
    """Where on this host's monotonic clock a session began. Within one run of the system it is what was kept; else only
    wall time joins the two."""
    if row["boot"] == boot_id():
        return int(row["zero_ns"])
    return time.monotonic_ns() - (time.time_ns() // 1000 - int(row["zero_utc_us"])) * 1000


def read_status(path: Path) -> dict[str, Any] | None:
    """What ``write_status`` wrote last; None where there is nothing, or it is being written at this instant."""
    for _ in range(3):
        with contextlib.suppress(OSError):
            data = path.read_bytes()
            mark, length, check = _HEAD.unpack_from(data.ljust(_HEAD.size, b"\0"))
            text = data[_HEAD.size : _HEAD.size + length]
            if mark == _MARK and zlib.crc32(text) == check:
                return dict(json.loads(text))
        time.sleep(0.002)
    return None


def status_of(home: Path, row: Row) -> RecorderStatus:
    """How the recording of a session is, by its row. Raises ``BadFile``."""
    session_id, state = row["id"], SessionState(row["state"])
    status = RecorderStatus(session_id, row["name"], Origin(row["origin"]), state, row["speed"])
    told = json.loads(row["document"])
    last = row["beat_ns"], row["beat_utc_us"], row["boot"]
    if (own := read_status(live_folder(home, session_id) / "status")) is not None:
        said = own["beat_ns"], own["beat_utc_us"], own["boot"]
        later = said[0] >= last[0] if said[2] == last[2] else said[1] >= last[1]
        told, last = (own, said) if later else (told, last)
    here = last[2] == boot_id()
    age_s = (time.monotonic_ns() - last[0]) / 1e9 if here else time.time() - last[1] / 1e6
    straps = tuple(
        StrapStatus(each["number"], StrapState(each["state"]) if each["state"] else None, each["low_battery"])
        for each in told.get("straps", ())
    )
    status = replace(
        status, straps=straps, heartbeat_age_s=max(0.0, age_s), **{name: told[name] for name in TOLD if name in told}
    )
    if state in (SessionState.ENDED, SessionState.GONE):
        return replace(still(status), state=state)
    if is_alive(home, session_id):
        return status
    if state is SessionState.STARTING and here and age_s < STARTS_WITHIN_S:
        return status
    return replace(still(status), state=SessionState.GONE)


def still(status: RecorderStatus) -> RecorderStatus:
    """The status of a recording that does not run: no strap is in any state."""
    straps = tuple(replace(strap, state=None) for strap in status.straps)
    return replace(status, pid=None, stopping=False, straps=straps, no_radio=None)

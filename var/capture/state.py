"""What a capture says of itself, kept in the store: its process writes twice a second, everybody else reads."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from touchline.matchclock import HostInstant
from touchline.presence import boot_id
from touchline.store import Migration, Row, store_at, utc_now
from var.capture.lock import taken
from var.capture.model import CameraState, CameraStatus, CaptureState, CaptureStatus
from var.match_store import folder_of

MIGRATIONS = (
    Migration(
        "0001_capture",
        """
        CREATE TABLE capture (
            match_id TEXT PRIMARY KEY, name TEXT NOT NULL, zero_ns INTEGER NOT NULL, zero_utc TEXT NOT NULL,
            boot TEXT NOT NULL, document TEXT NOT NULL, beat_ns INTEGER NOT NULL, beat_utc TEXT NOT NULL,
            stop INTEGER NOT NULL)
        """,
    ),
    Migration("0002_sure_zero", "ALTER TABLE capture ADD COLUMN more_sigma_s DOUBLE PRECISION NOT NULL DEFAULT 0"),
)

_STARTS_WITHIN_S = 20.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def document(status: CaptureStatus) -> dict[str, Any]:
    """A status as a JSON-ready document (schema ``capture``)."""
    found: dict[str, Any] = asdict(status)
    for camera in found["cameras"]:
        camera["size_px"] = list(camera["size_px"]) if camera["size_px"] else None
    found["cameras"] = list(found["cameras"])
    return found


def from_document(found: dict[str, Any]) -> CaptureStatus:
    """The status that ``document`` wrote."""
    cameras = []
    for camera in found["cameras"]:
        size_px = tuple(camera["size_px"]) if camera["size_px"] else None
        cameras.append(CameraStatus(**camera | {"state": CameraState(camera["state"]), "size_px": size_px}))
    return CaptureStatus(**found | {"state": CaptureState(found["state"]), "cameras": tuple(cameras)})


@dataclass(frozen=True, slots=True)
class Zero:
    """Which instant of this host's monotonic clock is zero of the match, and how sure that is."""

    ns: int
    utc: str
    more_sigma_s: float = 0.0


def lock_path(home: Path, match_id: str) -> Path:
    """The file that a recording process holds. Raises ``NotFound`` for what is no identifier but a path."""
    return folder_of(home, match_id) / "capture.lock"


def repair_lock_path(home: Path, match_id: str) -> Path:
    """The file that is held while what broke off is closed; the match may be recorded on meanwhile."""
    return folder_of(home, match_id) / "repair.lock"


class Captures:
    """The captures of an installation."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = store_at(home, {"var.capture": MIGRATIONS})

    def _row(self, match_id: str) -> Row | None:
        return self.store.row("SELECT * FROM capture WHERE match_id = ?", (match_id,))

    def known(self, match_id: str) -> str | None:
        """The name under which a match is or was captured, or None."""
        row = self._row(match_id)
        return None if row is None else str(row["name"])

    def begin(self, match_id: str, name: str, status: CaptureStatus) -> Zero:
        """Announce a capture; the zero of its match, which an earlier capture of the same match may have set."""
        row, now_ns, now_utc = self._row(match_id), time.monotonic_ns(), utc_now()
        zero = Zero(now_ns, now_utc)
        if row is not None and row["boot"] == boot_id():
            zero = Zero(row["zero_ns"], row["zero_utc"], row["more_sigma_s"])
        elif row is not None:  # another run of the system: only the wall clock joins the two
            away = datetime.fromisoformat(now_utc) - datetime.fromisoformat(row["zero_utc"])
            zero = Zero(now_ns - round(away.total_seconds() * 1e9), row["zero_utc"], 0.5)
        said = json.dumps(document(status))
        with self.store.write() as connection:
            connection.execute(
                "INSERT INTO capture (match_id, name, zero_ns, zero_utc, boot, document, beat_ns, beat_utc, stop,"
                " more_sigma_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (match_id) DO UPDATE SET"
                " name = excluded.name, zero_ns = excluded.zero_ns, zero_utc = excluded.zero_utc, boot = excluded.boot,"
                " document = excluded.document, beat_ns = excluded.beat_ns, beat_utc = excluded.beat_utc, stop = 0,"
                " more_sigma_s = excluded.more_sigma_s",
                (match_id, name, zero.ns, zero.utc, boot_id(), said, now_ns, now_utc, zero.more_sigma_s),
            )
        return zero

    def zero(self, match_id: str) -> HostInstant | None:
        """The instant of match time 0 of a match that was captured on this host, and how sure it is; else None."""
        row = self._row(match_id)
        if row is None:
            return None
        utc_us = (datetime.fromisoformat(row["zero_utc"]) - _EPOCH) // timedelta(microseconds=1)
        return HostInstant(row["zero_ns"], utc_us, row["boot"], row["more_sigma_s"])

    def beat(self, status: CaptureStatus) -> bool:
        """Keep the newest status; whether somebody asks the capture to stop."""
        with self.store.write() as connection:
            connection.execute(
                "UPDATE capture SET document = ?, beat_ns = ?, beat_utc = ?, boot = ? WHERE match_id = ?",
                (json.dumps(document(status)), time.monotonic_ns(), utc_now(), boot_id(), status.match_id),
            )
        row = self._row(status.match_id)
        return bool(row and row["stop"])

    def end(self, match_id: str) -> None:
        """Say of a capture that broke off that it has ended for good: its name is free for another match."""
        found = self.read(match_id)
        if found is None or found.state is not CaptureState.GONE:
            return
        said = json.dumps(document(replace(found, state=CaptureState.ENDED)))
        with self.store.write() as connection:
            connection.execute("UPDATE capture SET document = ? WHERE match_id = ?", (said, match_id))

    def forget(self, match_id: str) -> None:
        """Take out a capture of which nothing is left: the next one of that identifier begins at its own zero."""
        with self.store.write() as connection:
            connection.execute("DELETE FROM capture WHERE match_id = ?", (match_id,))

    def ask_to_stop(self, match_id: str) -> None:
        """Ask a capture to stop."""
        with self.store.write() as connection:
            connection.execute("UPDATE capture SET stop = 1 WHERE match_id = ?", (match_id,))

    def alive(self, match_id: str) -> bool:
        """Whether a process records this match now."""
        return taken(lock_path(self.home, match_id))

    def read(self, match_id: str) -> CaptureStatus | None:
        """The status as it was written last, with its age; ``GONE`` where the process ended without saying so."""
        row = self._row(match_id)
        return None if row is None else self._status(row)

    def all(self) -> list[CaptureStatus]:
        """Every capture, the newest first."""
        rows = self.store.rows("SELECT * FROM capture ORDER BY beat_utc DESC")
        return [self._status(row) for row in rows]

    def _status(self, row: Row) -> CaptureStatus:
        status = from_document(json.loads(row["document"]))
        if row["boot"] == boot_id():
            age_s = (time.monotonic_ns() - row["beat_ns"]) / 1e9
        else:
            age_s = (datetime.fromisoformat(utc_now()) - datetime.fromisoformat(row["beat_utc"])).total_seconds()
        status = replace(status, heartbeat_age_s=max(0.0, age_s))
        if status.state is CaptureState.ENDED or self.alive(row["match_id"]):
            return status
        announced = status.state is CaptureState.STARTING and status.pid is None  # its process holds the lock soon
        if announced and age_s < _STARTS_WITHIN_S and row["boot"] == boot_id():
            return status
        again = self._row(row["match_id"])  # it may have ended properly since it was read
        if again is not None and again["document"] != row["document"]:
            return self._status(again)
        stopped = {CameraState.CONNECTING, CameraState.RECORDING, CameraState.SILENT, CameraState.WAITING}
        cameras = tuple(
            replace(
                camera,
                state=CameraState.STOPPED if camera.state in stopped else camera.state,
                bitrate_bps=None,
                fps=None,
                age_s=None,
                retry_s=None,
            )
            for camera in status.cameras
        )
        return replace(status, state=CaptureState.GONE, pid=None, cameras=cameras, disk_left_s=None)

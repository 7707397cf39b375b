"""The log of looks: which angle was looked at, from which frame to which, and how fast. The review log reads it.

The player collects looks and sends them in batches; a batch that arrives twice is kept once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from touchline.errors import BadValue
from touchline.rights import Action, require
from touchline.store import Row, utc_now
from var.archive import Archive
from var.model import Clip, Match

MAX_LOOKS = 500
"""The most looks in one batch."""
LARGEST_SPEED = 32.0
_SCREEN = re.compile(r"[0-9a-f]{8,32}")
_TELLS_MS = 200  # a shorter one says little of the speed: its ends are known to some 20 ms
_LARGEST_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Look:
    """A stretch of one angle that somebody looked at without a break.

    Frames are display indices, ``first_frame`` the one shown first. ``speed`` is 0 for a picture that stood or was
    stepped by single frames, else the playing speed asked for; below zero for playing backwards. ``looked_ms`` is the
    time it took, ``moved_ms`` that from its first to its last picture (None where nobody knows), ``screen`` the player
    it was seen on, ``at_utc`` when it ended by the clock of the computer that keeps the log (of a screen that does not
    say how long ago that was, when the log heard of it).
    """

    camera_id: str
    first_frame: int
    last_frame: int
    speed: float
    looked_ms: int
    screen: str = ""
    at_utc: str = ""
    moved_ms: int | None = None

    def reached(self, clip: Clip) -> float | None:
        """How fast the pictures of ``clip`` really went by, with the sign of ``speed``: a slow computer shows all of
        them, but later. None for a picture that stood, a look too short to tell, or frames that the clip does not
        have."""
        first, last = self.first_frame, self.last_frame
        if not self.speed or (self.moved_ms or 0) < _TELLS_MS or max(first, last) >= len(clip):
            return None
        return float(clip.match_s(last) - clip.match_s(first)) * 1000 / (self.moved_ms or 1)

    def document(self, clip: Clip) -> dict[str, Any]:
        """The look at ``clip`` as ``touchline looks`` prints it."""
        reached = self.reached(clip)
        return {
            "camera": self.camera_id,
            "first": self.first_frame,
            "last": self.last_frame,
            "speed": self.speed,
            "reached": None if reached is None else round(reached, 3),
            "ms": self.looked_ms,
            "screen": self.screen,
            "at_utc": self.at_utc,
        }


@dataclass(frozen=True, slots=True)
class Batch:
    """What one message of a player holds: ``number`` counts the messages of that ``screen``."""

    screen: str
    number: int
    looks: tuple[Look, ...]
    lost: int = 0
    """How many looks that screen has lost so far, because they could not be sent or were refused."""

    @property
    def name(self) -> str:
        """What this batch is known by, so that it is kept once."""
        return f"{self.screen}:{self.number}"


def batch(document: object, match: Match) -> Batch:
    """The batch in a player's message ``{"screen", "batch", "looks": [...], "lost"?}``. It may have no looks where
    some were lost.

    Raises ``BadValue`` where it has another form, or names a camera or a frame that the match does not have.
    """
    fields = document if isinstance(document, Mapping) else {}
    screen, items = fields.get("screen"), fields.get("looks")
    if not isinstance(screen, str) or not _SCREEN.fullmatch(screen):
        raise _bad("screen")
    lost = _count({"lost": 0, **fields}, "lost")
    if not isinstance(items, list) or not (0 if lost else 1) <= len(items) <= MAX_LOOKS:
        raise _bad("looks")
    return Batch(screen, _count(fields, "batch"), tuple(_look(item, match, screen) for item in items), lost)


def add(archive: Archive, match_id: str, given: Batch) -> bool:
    """Keep a batch; says whether it was new. Raises ``BadFile`` where the disk refuses."""
    require(archive.person, Action.LEAD)
    now = utc_now()
    with archive.changing() as change:
        connection = change.connection
        known = connection.execute(
            "SELECT 1 FROM look WHERE match_id = ? AND screen = ? LIMIT 1", (match_id, given.name)
        ).fetchone()
        if given.lost:
            connection.execute(
                "INSERT INTO look_lost VALUES (?, ?, ?, ?) ON CONFLICT (match_id, screen)"
                " DO UPDATE SET at_utc = excluded.at_utc, looks ="
                " CASE WHEN excluded.looks > look_lost.looks THEN excluded.looks ELSE look_lost.looks END",
                (match_id, given.screen, given.lost, now),
            )
        if known:
            return False
        rows = json.dumps([astuple(look) for look in given.looks], separators=(",", ":"))
        digest = sha256(rows.encode("ascii")).hexdigest()
        change.tell(match_id, "looks", {"batch": given.name, "count": len(given.looks), "sha256": digest})
        connection.executemany(
            "INSERT INTO look"
            " (match_id, screen, camera_id, first_frame, last_frame, speed, looked_ms, at_utc, moved_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    match_id,
                    given.name,
                    look.camera_id,
                    look.first_frame,
                    look.last_frame,
                    look.speed,
                    look.looked_ms,
                    look.at_utc or now,
                    look.moved_ms,
                )
                for look in given.looks
            ],
        )
    return True


def looks(archive: Archive, match_id: str, camera_id: str | None = None) -> list[Look]:
    """The looks at a match (at one angle, where it is named) in the order they were kept. Raises ``NotFound``."""
    archive.match(match_id)
    rows = archive.store.rows("SELECT * FROM look WHERE match_id = ? ORDER BY seq", (match_id,))
    return [_of(row) for row in rows if camera_id in (None, row["camera_id"])]


def last_look(archive: Archive, match_id: str) -> int:
    """The number of the newest look of a match; 0 where there is none."""
    row = archive.store.row("SELECT MAX(seq) AS last FROM look WHERE match_id = ?", (match_id,))
    return 0 if row is None or row["last"] is None else int(row["last"])


def lost(archive: Archive, match_id: str) -> int:
    """How many looks at a match screens have said that they lost: the log is not whole where this is not 0."""
    row = archive.store.row("SELECT SUM(looks) AS looks FROM look_lost WHERE match_id = ?", (match_id,))
    return int(row["looks"] or 0) if row is not None else 0


def _of(row: Row) -> Look:
    return Look(
        camera_id=row["camera_id"],
        first_frame=row["first_frame"],
        last_frame=row["last_frame"],
        speed=row["speed"],
        looked_ms=row["looked_ms"],
        screen=row["screen"].partition(":")[0],
        at_utc=row["at_utc"],
        moved_ms=row["moved_ms"],
    )


def _look(item: object, match: Match, screen: str) -> Look:
    fields = item if isinstance(item, Mapping) else {}
    clip = next((clip for clip in match.clips if clip.camera_id == fields.get("camera")), None)
    if clip is None:
        raise _bad("camera")
    first, last, speed = _count(fields, "first"), _count(fields, "last"), fields.get("speed")
    # A live recording may have grown on the screen before this process has read its table again.
    if not clip.recording and max(first, last) >= len(clip):
        raise _bad("last")
    if not isinstance(speed, int | float) or isinstance(speed, bool) or not abs(speed) <= LARGEST_SPEED:  # nor NaN
        raise _bad("speed")
    spent = _count(fields, "ms")
    if spent > _LARGEST_MS:
        raise _bad("ms")
    moved = _count(fields, "moved_ms") if "moved_ms" in fields else None
    if moved is not None and moved > spent:
        raise _bad("moved_ms")
    ago = _count({"ago_ms": 0, **fields}, "ago_ms")
    if ago > _LARGEST_MS:
        raise _bad("ago_ms")
    ended = datetime.now(UTC) - timedelta(milliseconds=ago)
    at_utc = ended.isoformat(timespec="microseconds")
    return Look(clip.camera_id, first, last, float(speed), spent, screen, at_utc, moved)


def _count(fields: Mapping[str, Any], name: str) -> int:
    """A whole number that is not below zero. Raises ``BadValue``."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 53:
        raise _bad(name)
    return value


def _bad(field: str) -> BadValue:
    return BadValue("var.errors.bad_looks", field=field)

"""Erasing one person: everything of theirs, by every package, for good. What stays names nobody: monthly totals, the
line that says that it was done, and opaque ids in the access log and in old live sessions.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import Any

from athletes import sealed
from athletes.archive import Archive
from athletes.import_journal import Journal
from athletes.motion.trials import ARGUMENT, FOLDER
from athletes.people.months import fix_months
from athletes.squad import forget
from touchline.access import Act, note
from touchline.errors import BadFile, BadValue, NotFound
from touchline.files import write_bytes
from touchline.jobs import Jobs
from touchline.personal import personals
from touchline.rights import Action, require
from touchline.store import Connection, utc_now

_OF_SESSIONS = ("session_measure", "session_series")


@dataclass(frozen=True, slots=True)
class Erased:
    """What was taken away (rows and files by kind), how many monthly totals stay, whether the database's files are
    clean of it (False: somebody reads on; it is tried again at the next start), and where free text still has the
    name."""

    athlete_id: str
    at_utc: str
    counts: dict[str, int]
    months: int
    clean: bool
    named: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The answer as a JSON-ready document (schema ``athlete_erase``)."""
        return {
            "status": "erased",
            "id": self.athlete_id,
            "at_utc": self.at_utc,
            "counts": self.counts,
            "months": self.months,
            "clean": self.clean,
            "named": list(self.named),
        }


def erase(archive: Archive, athlete_id: str) -> Erased:
    """Erase an athlete. A call that was cut short leaves an athlete who can be erased again.

    Raises ``NotAllowed``; ``NotFound``, also for who was erased before; ``BadValue`` while their data are being
    recorded.
    """
    require(archive.person, Action.ERASE_ATHLETES)
    owner, home = Archive(archive.home), archive.home  # who may erase need not see what they erase
    row = owner.store.row(
        "SELECT p.name FROM athlete a LEFT JOIN athlete_person p ON p.athlete_id = a.id WHERE a.id = ?", (athlete_id,)
    )
    if row is None:
        raise NotFound("athletes.errors.no_such_athlete", id=athlete_id)
    busy = [name for personal in personals() for name in personal.hindered(home, athlete_id)]
    if busy:
        raise BadValue("athletes.errors.erase_hindered", id=athlete_id, names=", ".join(busy))
    try:
        fixed = fix_months(owner, athlete_id)
    except BadFile:  # without the key nothing can be summed up, and erasing does not wait for it
        fixed = 0
    counts: dict[str, int] = {}
    for personal in personals():
        counts.update(personal.erase(home, athlete_id))
    counts["imports"] = _forget_imports(owner, athlete_id)
    for trial in owner.store.rows("SELECT id FROM trial WHERE athlete_id = ?", (athlete_id,)):
        Jobs(home).forget(ARGUMENT, trial["id"])  # what they said may name somebody; what runs would write on
    at = utc_now()
    with owner.store.write() as connection:  # nobody brings a file in meanwhile that would be left behind
        counts["files"] = _remove_files(owner, connection, athlete_id) + _remove_trials(owner, connection, athlete_id)
        counts |= _remove_rows(connection, athlete_id)
        connection.execute(
            "INSERT INTO erasure (athlete_id, at_utc, account, counts) VALUES (?, ?, ?, ?)",
            (athlete_id, at, archive.account, json.dumps(counts)),
        )
        sealed.scrub_due(connection)
    forget(owner, lambda one: one == athlete_id)
    note(owner.store, archive.account, [athlete_id], Act.ERASED)
    clean = sealed.scrub(owner.store)
    named = _named(owner, row["name"]) if row["name"] else ()
    return Erased(athlete_id, at, counts, fixed, clean, named)


def erasures(archive: Archive) -> list[dict[str, Any]]:
    """Who was erased when and by which account, the newest first; ids and counts alone."""
    require(archive.person, Action.SEE_ACCESS)
    rows = archive.store.rows("SELECT * FROM erasure ORDER BY seq DESC")
    return [
        {
            "id": row["athlete_id"],
            "at_utc": row["at_utc"],
            "by": row["account"] or None,
            "counts": json.loads(row["counts"]),
        }
        for row in rows
    ]


def _remove_files(archive: Archive, connection: Connection, athlete_id: str) -> int:
    count = 0
    for row in connection.execute("SELECT sha256, kind FROM session WHERE athlete_id = ?", (athlete_id,)).fetchall():
        path = archive.source_path(row["sha256"], row["kind"])
        for each in (path, path.with_suffix("")):
            if each.exists():
                each.unlink()
                count += 1
    return count


def _remove_trials(archive: Archive, connection: Connection, athlete_id: str) -> int:
    """Remove what was filmed of an athlete, with what was measured of it; how many recordings there were."""
    count = 0
    for row in connection.execute("SELECT id FROM trial WHERE athlete_id = ?", (athlete_id,)).fetchall():
        folder = archive.home / FOLDER / row["id"]
        count += len(list(folder.glob("*.frames")))
        if folder.exists():
            shutil.rmtree(folder)
        connection.execute("DELETE FROM trial_result WHERE trial_id = ?", (row["id"],))
    return count


def _forget_imports(archive: Archive, athlete_id: str) -> int:
    """Take the lines about an athlete's sessions out of the journal of imports."""
    path = Journal(archive).path
    mine = {row["id"] for row in archive.store.rows("SELECT id FROM session WHERE athlete_id = ?", (athlete_id,))}
    if not mine or not path.exists():
        return 0
    lines = path.read_bytes().splitlines(keepends=True)
    left = [line for line in lines if _session_of(line) not in mine]
    if len(left) < len(lines):
        write_bytes(path, b"".join(left), private=True)
    return len(lines) - len(left)


def _session_of(line: bytes) -> str | None:
    """Whose line of the journal it is; None where it is torn."""
    try:
        return str(json.loads(line)["session"])
    except (ValueError, KeyError, TypeError):
        return None


def _remove_rows(connection: Connection, athlete_id: str) -> dict[str, int]:
    """Delete an athlete's rows; how many of each table."""
    counts = {}
    mine = "SELECT id FROM session WHERE athlete_id = ?"
    for table in _OF_SESSIONS:
        done = connection.execute(f"DELETE FROM {table} WHERE session_id IN ({mine})", (athlete_id,))
        counts[table] = done.rowcount
    connection.execute(
        f"UPDATE athlete_record SET session_id = NULL WHERE session_id IN ({mine}) AND athlete_id <> ?",
        (athlete_id, athlete_id),
    )
    for table in ("trial", "athlete_record", "session", "consent_event", "athlete_setting", "athlete_person"):
        counts[table] = connection.execute(f"DELETE FROM {table} WHERE athlete_id = ?", (athlete_id,)).rowcount
    connection.execute("DELETE FROM athlete WHERE id = ?", (athlete_id,))
    return counts


def _named(archive: Archive, name: str) -> tuple[str, ...]:
    """Where free text of others still has the name: it is for a person to look there."""
    wanted = name.casefold()
    found = [
        f"session {row['id']}"
        for row in archive.store.rows("SELECT id, name, file_name FROM session")
        if wanted in f"{row['name']} {row['file_name']}".casefold()
    ]
    for row in archive.store.rows("SELECT id, sealed FROM athlete_record"):
        try:
            told = archive.seal.open(bytes(row["sealed"]), f"athlete_record {row['id']}").decode()
        except BadFile:
            continue
        if wanted in told.casefold():
            found.append(f"record {row['id']}")
    for row in archive.store.rows("SELECT id, sealed FROM trial"):
        try:
            told = archive.seal.open(bytes(row["sealed"]), f"trial {row['id']}").decode()
        except BadFile:
            continue
        if wanted in told.casefold():
            found.append(f"trial {row['id']}")
    for personal in personals():
        found += personal.named(archive.home, name)
    return tuple(found)

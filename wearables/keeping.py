"""What live sessions have in a data folder, for backups (``touchline.backup``)."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from touchline.backup.database import has_table, opened
from touchline.backup.places import Bound, Keeping, Kind, Place
from touchline.errors import BadFile
from touchline.presence import taken
from touchline.store import default_path
from wearables.kept import MIGRATIONS, OWNER

_JOURNAL = re.compile(r"live/([^/]+)/journal")


def _users(home: Path) -> list[str]:
    """Sessions that are recorded now; asked of their locks alone, whatever the database is like."""
    locks = sorted((home / "live").glob("*/recorder.lock"))
    return [path.parent.name for path in locks if taken(path)]


def _done(database: Path) -> dict[str, int]:
    """How many bytes of each session's journal a database has."""
    with opened(database) as connection:
        if not has_table(connection, "wear_session"):
            return {}
        rows = connection.execute("SELECT id, journal_done FROM wear_session").fetchall()
    return {row["id"]: int(row["journal_done"]) for row in rows}


def _bound(home: Path, database: Path) -> Bound:
    """What of a journal belongs to a copy of the database. While a session is recorded it is what the copy has: a swap
    of straps that came later is not in it, and what was heard after that would go to the wrong athlete. What waits in
    the journal of a recording that fell is kept whole: nobody added anything since."""
    copied = _done(database)

    def bound(path: str) -> int | None:
        found = _JOURNAL.fullmatch(path)
        if found is None or found[1] not in copied:
            return None
        session_id, done = found[1], copied[found[1]]
        if taken(home / "live" / session_id / "recorder.lock"):
            return done
        try:
            now = _done(default_path(home))
        except (sqlite3.Error, BadFile):  # then the copy is all that is known
            return done
        return None if now.get(session_id) == done else done

    return bound


KEEPING = Keeping(places=(Place("live", Kind.KEPT),), migrations={OWNER: MIGRATIONS}, users=_users, bound=_bound)

"""The access log of health data: who opened, changed or exported whose, when. Lines are only added.

Accounts and athletes stand there by their opaque ids; the log outlives both, and tells no name. One line covers a
quarter of an hour: a page that draws itself anew is no other look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from touchline.postgres import shaped
from touchline.store import Migration, Store, store_at, utc_now

OWNER = "access"
_TABLE = """
    CREATE TABLE health_access (
        spell TEXT NOT NULL, account TEXT NOT NULL, athlete_id TEXT NOT NULL, act TEXT NOT NULL,
        at_utc TEXT NOT NULL, PRIMARY KEY (athlete_id, spell, account, act));
"""
_WHY = "who saw health data is never changed"
MIGRATIONS = (
    Migration(
        "001-health-access",
        f"""
    {_TABLE}
    CREATE TRIGGER health_access_stays BEFORE UPDATE ON health_access BEGIN SELECT RAISE(ABORT, '{_WHY}'); END;
    CREATE TRIGGER health_access_not_removed BEFORE DELETE ON health_access BEGIN SELECT RAISE(ABORT, '{_WHY}'); END;
    CREATE TRIGGER health_access_not_replaced BEFORE INSERT ON health_access WHEN EXISTS (
        SELECT 1 FROM health_access WHERE athlete_id = NEW.athlete_id AND spell = NEW.spell
        AND account = NEW.account AND act = NEW.act) BEGIN SELECT RAISE(IGNORE); END
    """,
        postgres_sql=shaped(
            f"""
    {_TABLE}
    CREATE TRIGGER health_access_stays BEFORE UPDATE OR DELETE ON health_access
        FOR EACH ROW EXECUTE FUNCTION touchline_refuse('{_WHY}');
    CREATE TRIGGER health_access_not_emptied BEFORE TRUNCATE ON health_access
        EXECUTE FUNCTION touchline_refuse('{_WHY}')
    """
        ),
    ),
)

SPELL_MINUTES = 15


class Act(StrEnum):
    """What was done with health data."""

    OPENED = "opened"
    CHANGED = "changed"
    EXPORTED = "exported"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Access:
    """One line: who (``account`` is empty for the machine's owner: a command, a recorder) did what, and first when
    within its quarter of an hour."""

    athlete_id: str
    account: str
    act: Act
    at_utc: str


def _spell(now: datetime) -> str:
    """The quarter of an hour an instant lies in, by its beginning."""
    now = now.astimezone(UTC)
    return now.replace(minute=now.minute - now.minute % SPELL_MINUTES, second=0, microsecond=0).isoformat()


def note(store: Store, account: str, athlete_ids: Iterable[str | None], act: Act, now: datetime | None = None) -> None:
    """Add what is not noted yet in this quarter of an hour. Athletes who are None are nobody's data."""
    wanted = dict.fromkeys(one for one in athlete_ids if one is not None)
    spell = _spell(now or datetime.now(UTC))
    rows = store.rows(
        "SELECT athlete_id FROM health_access WHERE spell = ? AND account = ? AND act = ?", (spell, account, act.value)
    )
    for row in rows:
        wanted.pop(row["athlete_id"], None)
    if not wanted:
        return
    at = utc_now() if now is None else now.astimezone(UTC).isoformat(timespec="microseconds")
    with store.write() as connection:
        connection.executemany(
            "INSERT INTO health_access (spell, account, athlete_id, act, at_utc) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(spell, account, one, act.value, at) for one in wanted],
        )


def access_store(home: Path) -> Store:
    """The store of a data folder with the access log in it."""
    return store_at(home, {OWNER: MIGRATIONS})


def lines_of(store: Store, athlete_id: str) -> list[Access]:
    """The lines about one athlete, the newest first."""
    rows = store.rows("SELECT * FROM health_access WHERE athlete_id = ? ORDER BY at_utc DESC", (athlete_id,))
    return [Access(row["athlete_id"], row["account"], Act(row["act"]), row["at_utc"]) for row in rows]

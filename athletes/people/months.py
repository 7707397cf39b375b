"""Anonymous monthly totals: what stays of training when a person is erased.

A month's total is over everybody of the installation, never by squad or sex, only where at least
``Rules.least_athletes`` athletes trained in it, and rounded: athletes down to fives, sessions to tens, minutes and load
to hundreds. It is fixed once, before the first person who trained in that month is erased, and never computed anew: two
totals that differ by one person would tell that person's training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from athletes.archive import Archive
from athletes.people.standing import Asking, Rules, Scope, rules_of
from touchline.rights import Action, require
from touchline.store import utc_now


@dataclass(frozen=True, slots=True)
class Month:
    """One month (``2026-05``, in UTC): rounded counts; ``load`` is the sum of session ratings times minutes where it is
    known, None where nobody rated enough."""

    month: str
    athletes: int
    sessions: int
    minutes: int
    load: int | None
    fixed: bool

    def document(self) -> dict[str, Any]:
        """The month as a JSON-ready document."""
        return {name: getattr(self, name) for name in ("month", "athletes", "sessions", "minutes", "load", "fixed")}


_COUNTS = """COALESCE((SELECT given FROM consent_event c WHERE c.athlete_id = s.athlete_id AND c.scope = ?
            ORDER BY seq DESC LIMIT 1), ?) = 1"""
"""Who counts: by what was said last of statistics, else by the rules (``_asked``)."""
_TOTALS = f"""
    SELECT substr(s.start_utc, 1, 7) AS month, count(DISTINCT s.athlete_id) AS athletes, count(*) AS sessions,
        sum(s.duration_s) / 60.0 AS minutes
    FROM session s
    WHERE s.deleted_utc IS NULL AND s.athlete_id IS NOT NULL AND s.start_utc IS NOT NULL AND s.origin <> 'simulated'
        AND {_COUNTS}
    GROUP BY substr(s.start_utc, 1, 7) ORDER BY 1"""


def _asked(rules: Rules) -> tuple[str, int]:
    return Scope.STATISTICS.value, 0 if rules.consent is Asking.REQUIRE else 1


def _rounded(row: Any) -> tuple[int, int, int]:
    minutes = row["minutes"] or 0.0
    return row["athletes"] // 5 * 5, round(row["sessions"] / 10) * 10, round(minutes / 100) * 100


def _load(archive: Archive, month: str, least: int, asked: tuple[str, int]) -> int | None:
    """The sum of ratings times minutes in a month, rounded; None where too few rated. Records of all who
    count are opened for it; what comes out is nobody's."""
    rows = archive.store.rows(
        "SELECT id, athlete_id, sealed FROM athlete_record s WHERE kind = 'effort' AND deleted_utc IS NULL"
        f" AND origin <> 'simulated' AND substr(day, 1, 7) = ? AND {_COUNTS}",
        (month, *asked),
    )
    total, who = 0.0, set()
    for row in rows:
        values = json.loads(archive.seal.open(bytes(row["sealed"]), f"athlete_record {row['id']}"))["values"]
        if "rpe" in values and "minutes" in values:
            total += values["rpe"] * values["minutes"]
            who.add(row["athlete_id"])
    return round(total / 100) * 100 if len(who) >= least else None


def months(archive: Archive) -> list[Month]:
    """All months that may be told, the oldest first: fixed ones as they were fixed, others as they are now."""
    require(archive.person, Action.SEE_TRAINING)
    store, rules = archive.store, rules_of(archive.store)
    rows = store.rows("SELECT * FROM training_month")
    found = {
        row["month"]: Month(row["month"], row["athletes"], row["sessions"], row["minutes"], row["load"], True)
        for row in rows
    }
    least = rules.least_athletes
    asked = _asked(rules)
    for row in store.rows(_TOTALS, asked):
        if row["month"] not in found and row["athletes"] >= least:
            found[row["month"]] = Month(row["month"], *_rounded(row), _load(archive, row["month"], least, asked), False)
    return [found[month] for month in sorted(found)]


def fix_months(archive: Archive, athlete_id: str) -> int:
    """Fix the months in which an athlete trained, who is about to be erased; how many are fixed."""
    mine = archive.store.rows(
        "SELECT DISTINCT substr(start_utc, 1, 7) AS month FROM session WHERE athlete_id = ?", (athlete_id,)
    )
    wanted = {row["month"] for row in mine}
    told = [month for month in months(archive) if month.month in wanted]
    with archive.store.write() as connection:
        connection.executemany(
            "INSERT INTO training_month (month, athletes, sessions, minutes, load, made_utc) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [
                (one.month, one.athletes, one.sessions, one.minutes, one.load, utc_now())
                for one in told
                if not one.fixed
            ],
        )
    return len(told)

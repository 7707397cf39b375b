"""Holds: nothing of a match under appeal is deleted until somebody releases it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchline.errors import BadValue, NotFound
from touchline.rights import Action, require
from touchline.store import utc_now
from var.match_store import text_hash
from var.retention.tables import is_held

if TYPE_CHECKING:
    from var.archive import Archive

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Hold:
    """A match that is held: why, by whom, since when."""

    match_id: str
    reason: str
    by: str
    at_utc: str


def holds(archive: Archive) -> list[Hold]:
    """The matches that are held now, the longest held first."""
    require(archive.person, Action.WATCH)
    rows = archive.store.rows(
        "SELECT match_id, held, reason, by, at_utc FROM hold"
        " WHERE seq IN (SELECT MAX(seq) FROM hold GROUP BY match_id) ORDER BY seq"
    )
    return [Hold(row["match_id"], row["reason"], row["by"], row["at_utc"]) for row in rows if row["held"]]


def hold(archive: Archive, match_id: str, reason: str, *, by: str = "") -> Hold:
    """Hold a match, be it put away; nothing of it is deleted until ``release``.

    Raises ``NotAllowed``, ``NotFound``, and ``BadValue`` without a reason or where it is held already.
    """
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadValue("var.errors.hold_reason", longest=LONGEST_REASON)
    return _say(archive, match_id, reason, held=True, by=by)


def release(archive: Archive, match_id: str, *, reason: str = "", by: str = "") -> Hold:
    """Let the policy apply to a match again. Raises ``NotAllowed``, ``NotFound``, ``BadValue`` where it is not held."""
    return _say(archive, match_id, " ".join(reason.split())[:LONGEST_REASON], held=False, by=by)


def _say(archive: Archive, match_id: str, reason: str, *, held: bool, by: str) -> Hold:
    require(archive.person, Action.REMOVE)
    by = by if archive.person is None else archive.person.name
    if not archive.known(match_id):
        raise NotFound("var.errors.no_such_match", match=match_id)
    at_utc = utc_now()
    with archive.changing() as change:
        if is_held(change.connection, match_id) is held:
            raise BadValue("var.errors.already_held" if held else "var.errors.not_held", match=match_id)
        change.connection.execute(
            "INSERT INTO hold (match_id, held, reason, by, account, at_utc) VALUES (?, ?, ?, ?, ?, ?)",
            (match_id, int(held), reason, by, archive.account, at_utc),
        )
        change.tell(match_id, "held" if held else "released", {"reason_sha256": text_hash(reason)})
    return Hold(match_id, reason, by, at_utc)

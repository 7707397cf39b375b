"""Whether the evidence of a match stands: its ledger, those it goes on from, entries and recordings by their hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from touchline.errors import NotFound
from touchline.ledger import Report, Status, ledger_path, trusted_keys
from touchline.ledger.checking import check
from touchline.ledger.following import Followed, check_earlier
from touchline.ledger.kept import kept_head
from touchline.rights import Action, require
from var.archive import Archive
from var.evidence.outbox import digest_of, evidence_id
from var.transfer.held import Held, foreign, held, told


@dataclass(frozen=True, slots=True)
class Standing:
    """What a check of a match's evidence found."""

    match_id: str
    evidence_id: str
    report: Report
    earlier: tuple[Followed, ...]
    entries: int
    held: Held
    foreign: tuple[str, ...]
    """The cameras whose recording is another than the ledgers tell of."""

    @property
    def status(self) -> Status:
        """The worst of all."""
        found = {self.report.status, *(each.status for each in self.earlier)}
        if self.held.strange or self.held.missing or self.foreign or Status.BROKEN in found:
            return Status.BROKEN
        return Status.UNTRUSTED if Status.UNTRUSTED in found else Status.INTACT

    def document(self) -> dict[str, Any]:
        """It as a JSON-ready document (schema ``match_check``)."""
        own = {"ledger": self.report.ledger, "status": self.report.status, "n": self.report.last_n}
        others = [{"ledger": each.earlier.ledger, "status": each.status, "n": each.earlier.n} for each in self.earlier]
        return {
            "match": self.match_id,
            "evidence_id": self.evidence_id,
            "status": self.status,
            "ledgers": [own, *others],
            "entries": self.entries,
            "not_held": list(self.held.strange),
            "missing": list(self.held.missing),
            "recordings": list(self.foreign),
        }


def standing(archive: Archive, match_id: str) -> Standing:
    """Whether the ledgers of a match are intact and hold every entry and recording as they are. Raises ``NotAllowed``,
    ``NotFound``, and ``BadFile`` for a ledger that cannot be read at all."""
    require(archive.person, Action.WATCH)
    archive.match(match_id)
    path = ledger_path(archive.home, match_id)
    archive.outbox.drain(match_id)
    if not path.is_file():
        raise NotFound("touchline.errors.no_such_ledger", name=match_id)
    with archive.store.write() as connection:  # nobody adds an entry between the two readings
        known = evidence_id(connection, match_id)
        rows = connection.execute("SELECT * FROM entry WHERE match_id = ? ORDER BY seq", (match_id,)).fetchall()
        kept = kept_head(archive.store, match_id)
        report = check(path, trusted=trusted_keys(archive.home), head=None if kept is None else kept.head)
        earlier = tuple(check_earlier(path))
        ledgers = [path, *(each.earlier.path for each in earlier if each.report is not None)]
        clips = connection.execute("SELECT camera_id, sha256, file_sha256 FROM clip WHERE match_id = ?", (match_id,))
        tells = told(ledgers)
        found = held([(int(row["seq"]), digest_of(row, known)) for row in rows], tells)
        other = foreign([tuple(row) for row in clips], tells)
    return Standing(match_id, known, report, earlier, len(rows), found, other)

"""Up to what a report tells, so that an older report does not pass for the present state."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from var.decisions.kinds import EntryKind
from var.setup_document import to_document

if TYPE_CHECKING:
    from var.archive import Archive

ELSEWHERE = frozenset({"bookmark", "bookmark_change", EntryKind.RULES.value})
"""Kinds of entries that no report tells of."""


def match_state(archive: Archive, match_id: str) -> str:
    """A hash over what people know of a match beside its entries: name, set-up, and each angle's label and clock."""
    match = archive.match(match_id)
    angles = [[clip.camera_id, clip.label, clip.to_match.document(), clip.timing.value] for clip in match.clips]
    known = [match.name, to_document(match.setup), match.master, angles]
    return sha256(json.dumps(known, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


def newest_entry(archive: Archive, match_id: str, incident_id: str | None = None) -> int:
    """The number of the newest entry of an incident, or of none such as a mark on the pitch; without ``incident_id``
    of the whole match; 0 without one. What was taken back is one too. Raises ``NotAllowed``."""
    newest, kinds = 0, {}
    for entry in archive.entries(match_id):
        kinds[entry["seq"]] = entry["kind"]
        told = kinds.get(entry["body"]["of"]) if entry["kind"] == "undo" else entry["kind"]
        if (incident_id is None or entry["incident_id"] in (None, incident_id)) and told not in ELSEWHERE:
            newest = int(entry["seq"])
    return newest

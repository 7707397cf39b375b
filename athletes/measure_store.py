"""What was computed of a session, kept so that a season opens at once. Everything here can be computed again."""

from __future__ import annotations

import json
from typing import Any

from athletes.archive import Archive
from touchline.access import Act
from touchline.rights import Action, require


class Measures:
    """Computed documents of sessions in ``archive``. ``recipe`` names how they were computed (the version of the
    method, the settings it went by); another recipe finds nothing and computes anew."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def keep(self, documents: dict[str, dict[str, Any]], recipe: dict[str, str]) -> None:
        """Keep ``documents`` by session id, each with its ``recipe``; what was there of these sessions goes.

        Whoever may see training may keep these: nothing is told that the sessions do not say."""
        require(self.archive.person, Action.SEE_TRAINING)
        seal = self.archive.seal  # a new key is noted before we write
        with self.archive.store.write() as connection:
            connection.executemany(
                "INSERT INTO session_measure (session_id, recipe, sealed) VALUES (?, ?, ?) ON CONFLICT (session_id)"
                " DO UPDATE SET recipe = excluded.recipe, sealed = excluded.sealed",
                [
                    (
                        session_id,
                        recipe[session_id],
                        seal.close(json.dumps(document).encode(), _about(session_id)),
                    )
                    for session_id, document in documents.items()
                ],
            )

    def of(self, recipe: dict[str, str]) -> dict[str, dict[str, Any]]:
        """The documents of the sessions in ``recipe`` that were computed by just that recipe, by session id."""
        require(self.archive.person, Action.SEE_TRAINING)
        found: dict[str, dict[str, Any]] = {}
        whose: set[str | None] = set()
        wanted = list(recipe)
        for first in range(0, len(wanted), 400):
            part = wanted[first : first + 400]
            places = ", ".join("?" * len(part))
            rows = self.archive.store.rows(
                "SELECT m.session_id, m.recipe, m.sealed, s.athlete_id FROM session_measure m"
                f" JOIN session s ON s.id = m.session_id WHERE m.session_id IN ({places})",
                tuple(part),
            )
            for row in rows:
                if row["recipe"] == recipe[row["session_id"]]:
                    opened = self.archive.seal.open(bytes(row["sealed"]), _about(row["session_id"]))
                    found[row["session_id"]] = json.loads(opened)
                    whose.add(row["athlete_id"])
        self.archive.note(whose, Act.OPENED)
        return found


def _about(session_id: str) -> str:
    return f"session_measure {session_id}"

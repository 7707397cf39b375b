"""What an import said of each file that it kept, so that a run that was ended goes on without reading anything twice.

``training/imports.jsonl``: a line a session, its id and its outcome, sealed. No path and no name is in it.
"""

from __future__ import annotations

import base64
import json
import os
from functools import cached_property
from typing import Any

from athletes.archive import Archive
from athletes.importers.common import Repair
from touchline.errors import TouchlineError

LEFT_OUT = {"path", "duplicate_of", "same_session_as", "notes", "repairs"}
"""What names other files or depends on the run; repairs are kept as codes, for a reader of any language."""


class Journal:
    """The journal of ``archive``. A line that is torn or was sealed by another key is as if it were not there."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.path = archive.home / "training" / "imports.jsonl"

    def note(self, session_id: str, document: dict[str, Any], repairs: tuple[Repair, ...]) -> None:
        """Add what was said of a file. The line is whole or nobody reads it."""
        told = {
            "document": {name: value for name, value in document.items() if name not in LEFT_OUT},
            "repairs": [[repair.code, dict(repair.params)] for repair in repairs],
        }
        data = json.dumps(told, ensure_ascii=False, default=str).encode()
        sealed = self.archive.seal.close(data, _about(session_id))
        line = json.dumps({"session": session_id, "sealed": base64.b64encode(sealed).decode()}) + "\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)

    def told(self, session_id: str) -> tuple[dict[str, Any], tuple[Repair, ...]] | None:
        """What was said of the file of a session when it was kept, and what was repaired; None where nobody knows."""
        sealed = self._lines.get(session_id)
        if sealed is None:
            return None
        try:
            opened = json.loads(self.archive.seal.open(base64.b64decode(sealed), _about(session_id)))
            return dict(opened["document"]), tuple(Repair(code, params) for code, params in opened["repairs"])
        except (TouchlineError, ValueError, KeyError, TypeError):
            return None

    @cached_property
    def _lines(self) -> dict[str, str]:
        """The sealed outcomes by session, as they were when they were first asked for."""
        found: dict[str, str] = {}
        try:
            with self.path.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    try:
                        read = json.loads(line)
                        found[str(read["session"])] = str(read["sealed"])
                    except (ValueError, KeyError, TypeError):
                        continue
        except FileNotFoundError:
            pass
        return found


def _about(session_id: str) -> str:
    return f"import {session_id}"

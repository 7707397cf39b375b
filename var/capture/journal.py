"""The journal of a camera: one JSON line for each connection, loss and end, so that a gap can be explained later."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from touchline.store import utc_now
from var.capture.address import redacted


class Journal:
    """Adds lines to ``path``; what cannot be written is left out, because a recording matters more."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, recording: Path) -> Journal:
        """The journal of a recording."""
        return cls(recording.with_suffix(".journal.jsonl"))

    def add(self, event: str, **facts: Any) -> None:
        """Write one line with the event, the instant on both clocks, and the facts without passwords."""
        line = {"event": event, "monotonic_ns": time.monotonic_ns(), "utc": utc_now()} | facts
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(redacted(json.dumps(line, ensure_ascii=False, default=str)) + "\n")
        except OSError:
            return

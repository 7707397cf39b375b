"""The recording process: ``python -m wearables.recorder HOME SESSION``, what it needs as JSON on standard input."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES
from touchline.presence import using
from wearables.recorder.settling import say_gone


def main(home: str, session_id: str) -> int:
    """Record until stopped; the exit code."""
    wanted = json.load(sys.stdin)
    try:
        from wearables.recorder.process import Recording

        with using(Path(home)):
            Recording(Path(home), session_id, wanted.get("seconds")).run()
    except TouchlineError as fault:
        said = fault.document(wanted.get("lang", LANGUAGES[0]))
        sys.stderr.write(f"{said['detail']} {said['hint']}\n")
        with contextlib.suppress(TouchlineError):
            say_gone(Path(home), session_id)
        return 1
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:3])
    sys.stderr.flush()
    os._exit(code)  # a thread may hang in the system's Bluetooth; everything is on the disk

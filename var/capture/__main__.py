"""The recording process: ``python -m var.capture HOME MATCH`` with the cameras as JSON on standard input."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES
from touchline.presence import using
from var.capture.address import redacted
from var.capture.engine import Engine
from var.capture.model import CameraSource


def main(home: str, match_id: str) -> int:
    """Record until stopped; the exit code."""
    wanted = json.load(sys.stdin)
    cameras = [CameraSource(camera["name"], camera["url"]) for camera in wanted["cameras"]]
    try:
        with using(Path(home)):
            engine = Engine(Path(home), match_id, wanted["name"], cameras)
            engine.end_on_signals()
            engine.run()
    except TouchlineError as fault:
        said = fault.document(wanted.get("lang", LANGUAGES[0]))
        sys.stderr.write(redacted(f"{said['detail']} {said['hint']}") + "\n")
        return 1
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:3])
    sys.stderr.flush()
    os._exit(code)  # a reader may hang in its network; nothing is left to do for it

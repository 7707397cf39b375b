"""Standard error kept free of what LiteRT and MediaPipe say of their inner life: they have no setting for it."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator

# absl's and TensorFlow Lite's notes and warnings: "W0000 00:00:1...", "I0000 ...", "INFO: ...", "WARNING: ..."
NOTE = re.compile(rb"^([IW]\d{4} |INFO: |WARNING: (All log messages|Logging before))")

_ONE_AT_A_TIME = threading.Lock()
"""Standard error belongs to the process: of two that turn it aside at once one would put back the other's file."""


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Leave their notes and warnings out of standard error; errors and everything else come through when the
    block ends. A process without standard error has nothing to keep clean."""
    with _ONE_AT_A_TIME:
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        with tempfile.TemporaryFile() as said:
            os.dup2(said.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                os.close(kept)
                said.seek(0)
                if rest := b"".join(line for line in said if not NOTE.match(line)):
                    os.write(2, rest)

"""A program of the project's own, started in a process that outlives the one who starts it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from touchline.store import utc_now

LOG_BYTES = 1 << 20
"""A longer log is put aside as ``NAME.log.1`` first."""


def start(module: str, arguments: Sequence[str], log: Path, told: Any) -> None:
    """Start ``python -m MODULE ARGUMENTS...`` by itself. What it complains of is added to ``log``, its owner's alone;
    it reads the document ``told`` as JSON from its input, because everybody can read a command line."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        output.write(f"--- {utc_now()} ---\n".encode())
        output.flush()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(json.dumps(told).encode())
    threading.Thread(target=process.wait, daemon=True).start()  # so that an ended process does not stay a zombie

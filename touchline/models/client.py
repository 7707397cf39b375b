"""Running a package manager's own client, which brings one package into an empty folder."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from touchline.errors import Missing

LIMIT_S = 1200.0
"""A package of 41 MB comes in this time at 0.3 Mbit/s; after it the client is taken to hang."""


class Unreachable(Missing):
    """The client brought nothing. ``hopeless`` says that it will not bring another package either."""

    hopeless = True


def run(words: Sequence[str], into: Path, label: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What the client came to, run in ``into``. ``label`` names the package and the program for who is refused.

    Raises ``Unreachable`` where it cannot be started or takes too long.
    """
    try:
        return subprocess.run(
            words,
            cwd=into,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        raise Unreachable("touchline.errors.models_unreachable", fault=f"> {LIMIT_S:.0f} s", **label) from slow
    except OSError as broken:
        raise Unreachable("touchline.errors.models_unreachable", fault=broken, **label) from broken

"""Coverage-guided fuzzing of the FIT importer: every input is read or refused by name, and nothing else.

    pip install --target FOLDER atheris
    PYTHONPATH=FOLDER python scripts/fuzz_fit.py [CORPUS...] [-max_total_time=300]

Arguments are libFuzzer's; folders of FIT files are a corpus to begin with. atheris is no dependency of the project:
it is built for few systems. The tests do the same with hypothesis (tests/athletes/test_fit.py).
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from datetime import UTC, datetime

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def main() -> None:
    """Fuzz until an input raises anything but a refusal, or libFuzzer's limits end it."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed; see the first lines of this file")
    with atheris.instrument_imports(include=["athletes", "fitdecode"]):
        from athletes.importers import read
        from touchline.errors import BadFile

    def one(data: bytes) -> None:
        with contextlib.suppress(BadFile):
            read(data, "x.fit", now=NOW)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

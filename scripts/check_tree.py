"""Refuses what must not be committed: registry addresses, paths of a machine, big or made files, tests of one name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_BYTES = 1 << 20
ADDRESS = re.compile(r"https?://[^\s\"']*/(?:simple|packages/[0-9a-f]{2})/|index-url\s*=|--index-url\s")
HOME_PATH = re.compile(r"(?<![\w.$/])/(?:home|root|Users|work)/[\w.-]+")
MADE = (".pyc", ".mp4", ".mkv", ".pdf", ".db", ".so", ".whl", ".ttf", ".onnx", ".tflite", ".task")


def faults(files: list[Path]) -> list[str]:
    """What is wrong with ``files``, a line each."""
    found = []
    for path in files:
        name = path.relative_to(ROOT)
        if path.suffix in MADE or path.name == "uv.lock":
            found.append(f"{name}: is made by a command and must not be committed")
        data = path.read_bytes()
        if len(data) > LIMIT_BYTES:
            found.append(f"{name}: {len(data) >> 10} KiB, more than {LIMIT_BYTES >> 10}")
        if path == Path(__file__).resolve() or b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if ADDRESS.search(line):
                found.append(f"{name}:{number}: names a package registry's address")
            if HOME_PATH.search(line):
                found.append(f"{name}:{number}: names a path of one machine")
    return found


def twice(files: list[Path]) -> list[str]:
    """Test modules of one name: pytest collects only the first of them."""
    first: dict[str, Path] = {}
    return [
        f"{path.relative_to(ROOT)}: has the name of {first[path.name].relative_to(ROOT)}"
        for path in files
        if path.name.startswith("test_") and path.suffix == ".py" and first.setdefault(path.name, path) != path
    ]


def main() -> int:
    """Print the faults of the tracked and the new files; 1 where there is one."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    files = [path for path in files if path.is_file()]
    problems = faults(files) + twice(files)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

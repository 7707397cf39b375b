"""Names of files in a package: plain, relative, and each one file on every system."""

from __future__ import annotations

import re
from collections.abc import Iterable

from var.evidence.limits import Limits
from var.evidence.verdict import Refused

_PLAIN = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


def shown(name: str) -> str:
    """A name that a stranger chose, as it can be printed: 200 characters at most, the strange ones escaped."""
    return name[:200].encode("ascii", "backslashreplace").decode("ascii").translate(_CONTROLS)


def printable(text: str | None) -> str | None:
    """A text that a stranger chose without the signs that would steer a terminal; None stays None."""
    return None if text is None else "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:300])


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def check_name(name: str, limits: Limits, **places: int | bool) -> None:
    """Raises ``Refused`` for a name that leads out of the package, is too long or holds other signs than allowed."""
    if len(name) > limits.name:
        raise Refused("name_too_long", shown(name), **places)
    parts = re.split(r"[/\\]", name)
    if ".." in parts or parts[0] == "" or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise Refused("path_traversal", shown(name), **places)
    if not _PLAIN.fullmatch(name) or any(part.endswith(".") for part in parts):
        raise Refused("bad_name", shown(name), **places)
    if len(parts) > limits.depth:
        raise Refused("too_deep", shown(name), **places)


def check_together(names: Iterable[str]) -> None:
    """Raises ``Refused`` where two names are one: twice the same, or differing in capitals, or a file that is a folder
    of another."""
    spelt: dict[str, str] = {}
    files: set[str] = set()
    folders: set[str] = set()
    for name in names:
        if name in files:
            raise Refused("duplicate_name", name)
        files.add(name)
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            piece = "/".join(parts[:depth])
            if depth < len(parts):
                folders.add(piece)
            if spelt.setdefault(piece.lower(), piece) != piece:
                raise Refused("case_collision", name)
    if both := sorted(files & folders):
        raise Refused("duplicate_name", both[0])

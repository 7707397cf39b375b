"""Manifests of a bag: a line a file, ``<64 hexadecimal digits>  <name>``, sorted by name. One list, one text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from var.evidence.limits import Limits
from var.evidence.names import check_name
from var.evidence.verdict import Found

_LINE = re.compile(rb"([0-9a-f]{64})  ([\x21-\x7e]+)\n")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a manifest says of a file, in which line (from 1), beginning at which byte."""

    sha256: str
    line: int
    offset: int


def compose(hashes: Mapping[str, str]) -> bytes:
    """The one text of a manifest that lists these files."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode("ascii")


def read_manifest(content: bytes, path: str, limits: Limits, found: Found) -> dict[str, Listed]:
    """What the manifest in the file ``path`` lists; lines that are none are told to ``found``.

    Raises ``Refused`` for a name that leads out of the package.
    """
    listed: dict[str, Listed] = {}
    offset = 0
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        told = _LINE.fullmatch(line)
        name = "" if told is None else told[2].decode("ascii")
        if told is None or name in listed:
            found.say("manifest_line", path, line=number, offset=offset)
        else:
            check_name(name, limits)
            listed[name] = Listed(told[1].decode("ascii"), number, offset)
        offset += len(line)
    return listed


def first_difference(one: bytes, other: bytes) -> tuple[int, int]:
    """The byte from which on two texts differ, and the line of ``one`` (from 1) that it lies in."""
    most = min(len(one), len(other))
    at = next((k for k in range(most) if one[k] != other[k]), most)
    return at, one.count(b"\n", 0, at) + 1

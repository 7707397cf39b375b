"""How much of a package is read at all: a sender that nobody knows chooses its sizes."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Most of everything. ``ratio`` is bytes out for a byte in, of a file in a zip that is larger than 1 MiB;
    ``memory_bytes`` and ``seconds`` are for the process in which PDF files and media are parsed."""

    files: int = 2000
    depth: int = 8
    name: int = 200
    total_bytes: int = 8192 * MIB
    ratio: int = 100
    tag_bytes: int = MIB
    json_bytes: int = 8 * MIB
    json_depth: int = 64
    ledger_bytes: int = 256 * MIB
    parsed_bytes: int = 1024 * MIB
    memory_bytes: int = 4096 * MIB
    seconds: int = 120
    findings: int = 200


LIMITS = Limits()

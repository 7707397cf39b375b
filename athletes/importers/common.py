"""What all importers share: what a file came to, and what had to be repaired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from athletes.model import Recording
from athletes.records import Reading

MAX_BYTES = 64 * 2**20
"""A day of one-second samples with every channel is under 10 MB, in the wordiest format; more is another thing."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What was mended or left out while a file was read, or what a reader should know of how it was read: a code with
    its numbers; panels and commands word it."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a reader of one format found: a recording, what had to be mended, what should be known of the reading."""

    recording: Recording
    repairs: list[Repair]
    notes: list[Repair] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Diary:
    """A diary of morning readings that was read: by day, what had to be repaired, its file's name and SHA-256.

    ``kind`` names the app or the form it came in. ``notes`` say how it was read where that could be read otherwise.
    """

    kind: str
    readings: tuple[Reading, ...]
    repairs: tuple[Repair, ...]
    name: str
    sha256: str
    notes: tuple[Repair, ...] = ()

    @property
    def status(self) -> str:
        """``repaired`` where anything had to be mended or left out, else ``ok``."""
        return "repaired" if self.repairs else "ok"


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A file that was read: its recording, what had to be repaired, its name and SHA-256.

    ``notes`` say how it was read where that could be read otherwise (a unit told by size, say); nothing was mended.
    """

    recording: Recording
    repairs: tuple[Repair, ...]
    name: str
    sha256: str
    notes: tuple[Repair, ...] = ()

    @property
    def status(self) -> str:
        """``repaired`` where anything had to be mended or left out, else ``ok``."""
        return "repaired" if self.repairs else "ok"

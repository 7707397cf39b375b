"""Recordings, as somebody needs them who is not the one who decodes them.

Whoever decodes says so through the entry points ``touchline.footage``: a ``Keeper``. Frames are addressed by their
display index, times are the container's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Missing
from touchline.rights import Person
from touchline.timebase import ClockMap

GROUP = "touchline.footage"

Picture = NDArray[np.uint8]
"""Shape (h, w, 3): blue, green, red; upright, with square pixels."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """One camera's recording in a folder of whoever keeps it: ``file`` is its name there; beside it lie the table of
    its frames and the copy that a browser plays. ``tags`` are what the container says of itself (such as the rate at
    which a phone took the pictures)."""

    camera_id: str
    label: str
    file: str
    sha256: str
    size_px: tuple[int, int]
    tick_s: Fraction
    frames: int
    length_s: float
    codec: str
    gaps: tuple[int, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "camera_id": self.camera_id,
            "label": self.label,
            "file": self.file,
            "sha256": self.sha256,
            "size_px": list(self.size_px),
            "tick_s": str(self.tick_s),
            "frames": self.frames,
            "length_s": self.length_s,
            "codec": self.codec,
            "gaps": list(self.gaps),
            "tags": dict(self.tags),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Shot:
        """The shot that ``document`` wrote."""
        width, height = document["size_px"]
        return cls(
            document["camera_id"],
            document["label"],
            document["file"],
            document["sha256"],
            (int(width), int(height)),
            Fraction(document["tick_s"]),
            int(document["frames"]),
            float(document["length_s"]),
            document["codec"],
            tuple(document["gaps"]),
            dict(document["tags"]),
        )


class Footage(Protocol):
    """An open recording. ``len`` is the number of its frames."""

    path: Path
    size_px: tuple[int, int]
    times_s: NDArray[np.float64]
    """When each frame is shown, (n,), seconds after the first."""
    codec: str
    tags: Mapping[str, str]

    def __len__(self) -> int: ...

    def picture(self, i: int) -> Picture:
        """Frame ``i``. Raises ``BadValue`` for one that there is not, ``BadFile`` for one that does not decode."""

    def pictures(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, Picture | None]]:
        """The frames from ``first`` to before ``last`` in their order; None for one that does not decode."""

    def close(self) -> None:
        """Let the file go."""


@dataclass(frozen=True, slots=True)
class Tied:
    """What is known of a recording's clock beside another's: ``to_reference``, and by which ``method``; None where
    nothing sure was found, and ``reason`` says why, as a sentence by language."""

    to_reference: ClockMap | None
    method: str
    reason: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A calibrated camera whose frames lie on one clock with others': from metres (z up) to pixels by ``k`` (3, 3),
    ``dist`` (k1, k2, p1, p2, k3), ``rvec`` (3,), ``tvec_m`` (3,), as OpenCV means them. ``cov`` (m, m) is of the
    ``parameters`` (m names); None where nobody knows it."""

    camera_id: str
    label: str
    path: Path
    size_px: tuple[int, int]
    to_match: ClockMap
    k: NDArray[np.float64]
    dist: NDArray[np.float64]
    rvec: NDArray[np.float64]
    tvec_m: NDArray[np.float64]
    cov: NDArray[np.float64] | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filmed:
    """A recording with several cameras that is kept elsewhere, such as a match: it can be analysed as it lies there."""

    id: str
    name: str
    cameras: int
    calibrated: int


class Keeper(Protocol):
    """Who decodes and keeps recordings."""

    def open(self, path: Path) -> Footage:
        """The recording in ``path``. Raises ``NotFound``, or ``BadFile`` for what is none."""

    def take(self, source: Path, folder: Path, camera_id: str, *, label: str, move: bool, progress: Progress) -> Shot:
        """Take ``source`` into ``folder``: file and table of frames; with ``move`` it need not be copied, and its old
        name goes when whoever asks has kept all. What does not come about leaves nothing. Raises ``BadFile``."""

    def make_proxy(self, shot: Shot, folder: Path, progress: Progress) -> None:
        """Make what is missing of the copy that a browser plays."""

    def tie(self, reference: Path, others: Sequence[Path], progress: Progress) -> list[Tied]:
        """The clocks of ``others`` beside that of ``reference``, by sound, flash, clap or motion."""

    def filmed(self, home: Path, person: Person | None) -> list[Filmed]:
        """The recordings with several cameras that are kept in the data folder."""

    def views(self, home: Path, filmed_id: str, person: Person | None) -> list[View]:
        """The synchronised, calibrated, fixed cameras of one of them. Raises ``NotFound``, ``NotAllowed``."""


@cache
def keeper() -> Keeper:
    """Who decodes recordings here. Raises ``Missing`` where nobody does."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        found: Keeper = point.load()
        return found
    raise Missing("touchline.errors.stale_installation")


def open_footage(path: Path) -> Footage:
    """The recording in ``path``, by whoever decodes here. Raises ``NotFound``, ``BadFile``, ``Missing``."""
    return keeper().open(path)

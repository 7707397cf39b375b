"""What finds bodies in pictures, behind one small interface, and how one is chosen by its name.

A new engine is a class like ``PoseEngine``, a line in ``open_engine`` and a row of measured noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from athletes.pose.model import Skeleton
from touchline.errors import BadValue
from touchline.footage import Picture

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""

ENGINES = ("mediapipe", "crops")
MODELS = ("lite", "full", "heavy")


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One body in one picture: ``px`` (k, 2) pixels of the picture, (0, 0) the middle of the first one; ``confidence``
    (k,) 0 to 1, that a joint is in the picture and not hidden; ``presence`` 0 to 1, that there is a body at all;
    ``box`` around its points, or as a detector saw it. ``world_m`` (k, 3): metres around the hips as a network guesses
    them from one picture, for drawing and not for measuring; None where it guesses nothing."""

    px: Floats
    confidence: Floats
    presence: float
    box: Box
    world_m: Floats | None = None


class PoseEngine(Protocol):
    """Finds bodies in pictures that are shown to it in their order."""

    name: str
    """Engine, model and the first digits of its hash, as it stands in ``Track.method``."""
    skeleton: Skeleton
    noise: str
    """Its row in ``athletes.pose.noise.TABLE``."""
    warm_frames: int
    """How many frames before the first one that counts it must see to be what it is in the middle of a recording; 0
    for one that looks at each picture by itself."""
    looks_every: int
    """Frames from one look through the whole picture to the next; between them it wants to be told where people were.
    1 for one that needs no telling."""

    def find(self, picture: Picture, t_ms: int, wanted: Sequence[Box] | None = None) -> list[Body]:
        """The bodies in ``picture`` at ``t_ms``, which rises from call to call; ``wanted`` are boxes of people to be
        looked at instead of the whole picture."""

    def close(self) -> None:
        """Let the model go."""


def open_engine(kind: str = "mediapipe", model: str = "full", people: int = 1) -> PoseEngine:
    """The engine ``kind`` with the model ``model``, for up to ``people`` bodies a picture.

    Raises ``BadValue`` for a name that nobody knows, ``Missing`` with the command that helps where a model or a library
    is not here.
    """
    if model not in MODELS:
        raise BadValue("athletes.errors.no_such_pose_model", model=model, known=", ".join(MODELS))
    if not 1 <= people <= 30:
        raise BadValue("athletes.errors.bad_people_count", people=people)
    if kind == "mediapipe":
        from athletes.pose.mediapipe_engine import MediaPipeEngine

        return MediaPipeEngine(model, people)
    if kind == "crops":
        from athletes.pose.crops import CropsEngine

        return CropsEngine(model, people)
    raise BadValue("athletes.errors.no_such_pose_engine", engine=kind, known=", ".join(ENGINES))


def box_of(px: Floats) -> Box:
    """The box around the points that were seen, (k, 2)."""
    low, high = np.nanmin(px, axis=0), np.nanmax(px, axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])

"""The vision models as things that can be called: LiteRT loads the file, and everything else here is plain numpy.

LiteRT is loaded inside the functions only: importing this module needs nothing that is heavy
(docs/decisions/0010-litert-runs-the-models.md says why LiteRT and not mediapipe).
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Missing
from touchline.vision.quiet import quietly

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), 8-bit BGR."""

LANDMARKS = "pose_landmarks_detector.tflite"
"""The member of a pose bundle that finds the points on a cropped person."""


class Network:
    """One loaded network: called with an input array, it gives its outputs. Not to be shared between threads."""

    def __init__(self, content: bytes) -> None:
        """Load the TFLite model ``content``. Raises ``Missing`` where LiteRT is not installed."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as fault:
            raise Missing("touchline.errors.litert_missing") from fault
        with quietly():
            self._run: Any = Interpreter(model_content=content, num_threads=1)
            self._run.allocate_tensors()
        entry = self._run.get_input_details()[0]
        self._entry = entry["index"]
        self.size_px = int(entry["shape"][1])
        """Width and height of the square picture that it takes."""
        self._exits = {tuple(int(n) for n in each["shape"]): each["index"] for each in self._run.get_output_details()}

    def __call__(self, square: NDArray[np.float32], shapes: Sequence[tuple[int, ...]]) -> list[NDArray[np.float32]]:
        """The outputs of these ``shapes`` for ``square`` (size, size, 3): the networks' outputs are told apart by
        their shapes, because their names say nothing."""
        self._run.set_tensor(self._entry, np.ascontiguousarray(square[None], dtype=np.float32))
        self._run.invoke()
        return [np.array(self._run.get_tensor(self._exits[shape])[0]) for shape in shapes]


def person_network() -> tuple[Network, str]:
    """The person detector and what it is called in a record: name and first digits of its hash.

    Raises ``Missing`` with the command that fetches it, or where LiteRT is not installed.
    """
    path, named = _file("person_ssd")
    return Network(path.read_bytes()), named


def pose_network(name: str = "pose_full") -> tuple[Network, str]:
    """The landmark part of the pose model ``name`` and what it is called in a record. Raises as ``person_network``."""
    path, named = _file(name)
    with zipfile.ZipFile(path) as bundle:
        return Network(bundle.read(LANDMARKS)), named


def _file(name: str) -> tuple[Path, str]:
    from touchline import models
    from touchline.models.catalogue import model

    path = models.path(name)
    return path, f"{name}@{model(name).part('model').sha256[:12]}"


POSES = ("pose_lite", "pose_full", "pose_heavy")
"""The pose models, the quickest first."""


def lacking(names: Sequence[str] = ("person_ssd", "pose_full")) -> list[str]:
    """Those of ``names`` that are not in the cache, and ``litert`` where the library is not installed."""
    from importlib.util import find_spec

    from touchline import models
    from touchline.models.catalogue import model

    where = models.folder()
    absent = [name for name in names if not models.whole(model(name).part("model"), where)]
    return absent + ([] if find_spec("ai_edge_litert") is not None else ["litert"])

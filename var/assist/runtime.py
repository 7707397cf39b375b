"""The vision models as things that can be called: LiteRT loads the file, and everything else here is plain numpy.

LiteRT is loaded inside the functions only: importing this module needs nothing that is heavy
(docs/decisions/0010-litert-runs-the-models.md says why LiteRT and not mediapipe).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import Missing

Picture = NDArray[np.uint8]
"""Shape (height, width, 3), 8-bit BGR, as ``var.footage`` gives it."""

LANDMARKS = "pose_landmarks_detector.tflite"
"""The member of a pose bundle that finds the points on a cropped person."""


NOTE = b"INFO: "

_ONE_AT_A_TIME = threading.Lock()
"""Standard error belongs to the process: of two that turn it aside at once one would put back the other's file."""


@contextlib.contextmanager
def without_notes() -> Iterator[None]:
    """Keep the library's notes of its inner life off standard error; everything else that is said there comes through
    when the block ends.

    LiteRT writes ``INFO: Created TensorFlow Lite XNNPACK delegate for CPU.`` to file descriptor 2 and has no setting
    for it. A process without standard error has nothing to keep clean.
    """
    with _ONE_AT_A_TIME:
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        with tempfile.TemporaryFile() as said:
            os.dup2(said.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                os.close(kept)
                said.seek(0)
                if rest := b"".join(line for line in said if not line.startswith(NOTE)):
                    os.write(2, rest)


class Network:
    """One loaded network: called with an input array, it gives its outputs. Not to be shared between threads."""

    def __init__(self, content: bytes) -> None:
        """Load the TFLite model ``content``. Raises ``Missing`` where LiteRT is not installed."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as fault:
            raise Missing("var.errors.litert_missing") from fault
        with without_notes():
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


def lacking(names: Sequence[str] = ("person_ssd", "pose_full")) -> list[str]:
    """Those of ``names`` that are not in the cache, and ``litert`` where the library is not installed."""
    from importlib.util import find_spec

    from touchline import models
    from touchline.models.catalogue import model

    where = models.folder()
    absent = [name for name in names if not models.whole(model(name).part("model"), where)]
    return absent + ([] if find_spec("ai_edge_litert") is not None else ["litert"])

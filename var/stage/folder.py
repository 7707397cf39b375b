"""The files of an incident's scene in one folder, made by a job: picture, clip, 3-D file, and what they show.

Two screens may make them at once, of another measurement each. So each job has a folder of its own, which is there
whole or not at all, and holds the document that its files were drawn from: who offers them can tell whether they show
what is measured now.
"""

from __future__ import annotations

import contextlib
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.i18n import t
from var.stage.export import write_scene

FILES = {"json": "scene.json", "png": "scene.png", "glb": "scene.glb", "mp4": "scene.mp4"}

KEPT_S = 24 * 3600.0
"""Files are kept for a day: somebody may still be about to take them along."""

CLOSE = 1e-6
"""Another process may round otherwise; what differs by less was measured from the same marks."""

_CLIP_FROM = 0.1  # share of the work after which the clip is drawn
_MAKING = ".making-"


def write_files(home: Path, match_id: str, incident_id: str, lang: str, progress: Callable[[float, str], None]) -> Path:
    """Write all files of an incident's scene as it is now and return their folder.

    Raises ``NotFound`` for an unknown match or incident, ``BadValue`` where nothing is measured, ``BadFile`` where they
    cannot be written.
    """
    from var.archive import Archive
    from var.match_store import scene_folder
    from var.review import stage_of

    archive = Archive(home)
    review = archive.review(match_id)
    document = stage_of(archive.match(match_id), review, review.incident(incident_id))
    if document is None or document["margin_m"] is None:
        raise BadValue("var.errors.nothing_to_show")
    room = scene_folder(home, match_id, incident_id, lang)
    progress(0.0, t("var.stage.making_picture", lang))
    try:
        room.mkdir(parents=True, exist_ok=True)
        _tidy(room)
        making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=room))
    except OSError as fault:
        raise BadFile("var.errors.scene_unwritable", path=room, fault=fault.strerror or fault) from fault
    try:
        for kind, name in FILES.items():
            if kind == "mp4":
                write_scene(
                    making / name,
                    document,
                    lang,
                    progress=lambda share, said: progress(_CLIP_FROM + (1 - _CLIP_FROM) * share, said),
                )
            else:
                write_scene(making / name, document, lang)
        return making.rename(room / making.name.removeprefix(_MAKING))
    except OSError as fault:
        raise BadFile("var.errors.scene_unwritable", path=room, fault=fault.strerror or fault) from fault
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _tidy(room: Path) -> None:
    """Remove what is older than a day, and what a killed job left."""
    for path in room.iterdir():
        with contextlib.suppress(OSError):  # somebody else removes it
            if time.time() - path.stat().st_mtime > KEPT_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def files_of(folder: Path) -> dict[str, Path] | None:
    """The files of a folder by kind; None where one is gone."""
    files = {kind: folder / name for kind, name in FILES.items()}
    return files if all(path.is_file() for path in files.values()) else None


def shows(files: Mapping[str, Path], document: Mapping[str, Any]) -> bool:
    """Whether files were drawn from ``document``, and not from an older measurement; nor are they gone by now."""
    try:
        drawn = files["json"].read_text("utf-8")
    except FileNotFoundError:  # another screen put them away
        return False
    return same(json.loads(drawn), json.loads(json.dumps(document)))


def same(one: Any, other: Any) -> bool:
    """Whether two documents say the same, numbers up to rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other)

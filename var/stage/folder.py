"""The files of an incident's scene in one folder, made by a job: picture, clip, 3-D file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from touchline.errors import BadValue
from touchline.i18n import t
from var.stage.export import write_scene

FILES = {"png": "scene.png", "glb": "scene.glb", "mp4": "scene.mp4"}
"""The quick ones first, so that a stopped job leaves what was done."""

_CLIP_FROM = 0.1  # share of the work after which the clip is drawn


def write_files(
    home: Path, match_id: str, incident_id: str, folder: Path, lang: str, progress: Callable[[float, str], None]
) -> dict[str, str]:
    """Write all files of an incident's scene as it is now and return their names by kind.

    Raises ``NotFound`` for an unknown match or incident, ``BadValue`` where nothing is measured, ``BadFile`` where they
    cannot be written.
    """
    from var.archive import Archive
    from var.review import stage_of

    archive = Archive(home)
    review = archive.review(match_id)
    document = stage_of(archive.match(match_id), review, review.incident(incident_id))
    if document is None or document["margin_m"] is None:
        raise BadValue("var.errors.nothing_to_show")
    folder.mkdir(parents=True, exist_ok=True)
    progress(0.0, t("var.stage.making_picture", lang))
    for kind, name in FILES.items():
        if kind == "mp4":
            write_scene(
                folder / name,
                document,
                lang,
                progress=lambda share, said: progress(_CLIP_FROM + (1 - _CLIP_FROM) * share, said),
            )
        else:
            write_scene(folder / name, document, lang)
    return dict(FILES)

"""Files of a scene: a picture (PNG), a short clip (MP4), the bodies (GLB), the view from above (SVG), the document."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from touchline.i18n import t
from var.stage.look import views
from var.stage.parts import parts
from var.stage.top_view import top_view
from var.stage.words import stage_words

PICTURE_PX = (1600, 900)
SUFFIXES = (".png", ".mp4", ".glb", ".svg", ".json")

Progress = Callable[[float, str], None]


def scene_png(
    document: dict[str, Any], lang: str, *, size_px: tuple[int, int] = PICTURE_PX, view: str = "free"
) -> bytes:
    """A picture of the scene as PNG, all words in it; ``view`` is a name of ``var.stage.look.views``.

    Raises ``BadValue`` for a view that this scene does not have.
    """
    import cv2

    from var.stage.letters import write_words
    from var.stage.paint import paint

    known = {each.name: each for each in views(document)}
    if view not in known:
        raise BadValue("var.errors.no_such_view", view=view, views=", ".join(known))
    chosen = known[view]
    picture = write_words(paint(parts(document), chosen, size_px), chosen, stage_words(document, lang))
    done, coded = cv2.imencode(".png", picture)
    if not done:  # OpenCV raises for what it cannot encode; this is its other way to say so
        raise OSError("PNG encoder")
    return coded.tobytes()


def scene_glb(document: dict[str, Any], lang: str) -> bytes:
    """The scene as GLB; origin, outcome and the caution stand in it."""
    from var.stage.glb import glb

    words = stage_words(document, lang)
    about = {key: document[key] for key in ("origin", "outcome", "margin_m", "interval95_m")}
    return glb(
        parts(document), {**about, "note": words["illustration"], "frame": "x, -z of glTF are x, y of the pitch"}
    )


def write_scene(
    path: Path,
    document: dict[str, Any],
    lang: str,
    *,
    view: str = "free",
    progress: Progress = lambda share, message: None,
) -> None:
    """Write the scene to ``path`` in the format of its suffix, whole or not at all.

    Raises ``BadValue`` for another suffix or an unknown view, ``BadFile`` where it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadValue("var.errors.scene_format", path=path.name, formats=", ".join(SUFFIXES))
    try:
        if suffix == ".mp4":
            from var.stage.clip import write_orbit

            said = t("var.stage.making", lang)
            origin = document["origin"] or "unknown"
            write_orbit(
                path,
                document,
                stage_words(document, lang),
                comment=f"Touchline; illustration from measured points; origin {origin}",
                step=lambda share: progress(share, said),
            )
            return
        write_bytes(path, _content(suffix, document, lang, view))
        progress(1.0, path.name)
    except OSError as fault:
        raise BadFile("var.errors.scene_unwritable", path=path, fault=fault.strerror or fault) from fault


def _content(suffix: str, document: dict[str, Any], lang: str, view: str) -> bytes:
    if suffix == ".png":
        return scene_png(document, lang, view=view)
    if suffix == ".glb":
        return scene_glb(document, lang)
    if suffix == ".svg":
        return top_view(document, lang).encode("utf-8")
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")

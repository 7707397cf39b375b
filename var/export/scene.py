"""The scene of an incident in its folder: seen from above, in space, as an open 3-D file and as its document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from touchline.files import write_bytes
from touchline.i18n import t
from var.export.facts import IncidentFacts

FOLDER = "scene"
TOP, SPACE, BODIES, RECORD = "top.svg", "scene.png", "scene.glb", "scene.json"
SPACE_PX = (1600, 960)
"""It stands beside the view from above in the report."""


def shown(facts: IncidentFacts) -> dict[str, Any] | None:
    """What is to be shown of the incident; None where nothing was measured."""
    return None if facts.stage is None or facts.stage["margin_m"] is None else dict(facts.stage)


def write_scene_files(folder: Path, facts: IncidentFacts, lang: str) -> None:
    """Write the scene's files under ``folder/scene``; nothing where nothing was measured."""
    from var.stage.export import scene_glb, scene_png
    from var.stage.top_view import top_view

    document = shown(facts)
    if document is None:
        return
    (folder / FOLDER).mkdir()
    record = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    write_bytes(folder / FOLDER / TOP, top_view(document, lang).encode("utf-8"))
    write_bytes(folder / FOLDER / SPACE, scene_png(document, lang, size_px=SPACE_PX))
    write_bytes(folder / FOLDER / BODIES, scene_glb(document, lang))
    write_bytes(folder / FOLDER / RECORD, record.encode("utf-8"))


def scene_words(facts: IncidentFacts, lang: str) -> dict[str, str] | None:
    """The scene for the PDF template; None where nothing was measured."""
    from var.stage.words import margin_words, outcome_words

    document = shown(facts)
    if document is None:
        return None
    outcome, margin = outcome_words(document, lang), margin_words(document, lang)
    return {
        "top": f"/{FOLDER}/{TOP}",
        "space": f"/{FOLDER}/{SPACE}",
        "heading": t("var.stage.report.heading", lang),
        "note": t("var.stage.report.note", lang),
        "top_alt": t("var.stage.alt", lang, outcome=outcome, margin=margin),
        "space_alt": t("var.stage.report.space_alt", lang),
    }

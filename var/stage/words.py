"""What is written into a scene, in one language: the browser, the pictures and the clip all say the same."""

from __future__ import annotations

from typing import Any

from touchline.i18n import number, t
from touchline.measure import CM_PER_M, Z95
from touchline.origin import Origin
from var.stage.figure import HEIGHT_M
from var.stage.parts import dimension_y, governing_lines

OVER_HEAD_M = 0.32
LABEL_STYLES = ("attacker", "defender", "margin", "plain")


def margin_words(document: dict[str, Any], lang: str) -> str:
    """The margin with half its 95 % interval; empty where nothing was measured."""
    if document["margin_m"] is None:
        return ""
    value = number(document["margin_m"] * CM_PER_M, lang, sign=True)
    return t("var.stage.margin", lang, value=value, half=number(document["sigma_m"] * Z95 * CM_PER_M, lang))


def outcome_words(document: dict[str, Any], lang: str) -> str:
    """The outcome of the measurement."""
    return t(f"var.offside.outcome.{document['outcome']}", lang)


def stage_words(document: dict[str, Any], lang: str) -> dict[str, Any]:
    """Everything written over a scene: ``labels`` at places of the pitch frame, the lines of the head, the caution, and
    the plate of simulated pictures (None for others)."""
    simulated = document["origin"] == Origin.SIMULATED
    return {
        "labels": labels(document, lang),
        "outcome": outcome_words(document, lang),
        "margin": margin_words(document, lang),
        "illustration": t("var.stage.illustration", lang),
        "simulated": t("var.stage.simulated", lang) if simulated else None,
    }


def labels(document: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """Words at places: a letter over each figure's head, the margin beside its bar, the cameras' names, the ball."""
    found = []
    for one in document["figures"]:
        x, y = one["at_m"]
        sign = t(f"var.stage.sign.{one['role']}", lang)
        named = one["player"] not in ("", one["role"])
        at = [x + one["lean"] * HEIGHT_M, y, HEIGHT_M + OVER_HEAD_M]
        found.append({"text": f"{sign} {one['player']}" if named else sign, "at_m": at, "style": one["role"]})
    ends = governing_lines(document)
    if ends is not None:
        at = [max(ends) if document["attack"] == "right" else min(ends), dimension_y(document), 0.04]
        found.append({"text": margin_words(document, lang), "at_m": at, "style": "margin"})
    for camera in document["cameras"]:
        x, y, z = camera["centre_m"]
        found.append({"text": camera["label"], "at_m": [x, y, z + 1.0], "style": "plain"})
    if document["ball_m"] is not None:
        x, y, z = document["ball_m"]
        found.append({"text": t("var.stage.ball", lang), "at_m": [x, y, z + 0.3], "style": "plain"})
    return found


def view_words(name: str, document: dict[str, Any], lang: str) -> str:
    """What a view's button says."""
    kind, _, camera = name.partition(":")
    label = next((one["label"] for one in document["cameras"] if one["name"] == camera), camera)
    return t(f"var.stage.view.{kind}", lang, camera=label) if camera else t(f"var.stage.view.{kind}", lang)

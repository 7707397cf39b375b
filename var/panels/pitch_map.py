"""What the map of the pitch shows: points and lines with their state, and how sure a line is where. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np

from touchline.errors import TouchlineError
from touchline.i18n import t
from var.angles import LEAST_CLICKS, AngleState
from var.measure.calibrate import GRID
from var.measure.calibration import Calibration
from var.measure.pitch import Pitch, Point, segment
from var.measure.sure_overlay import EDGES_CM, sigma_words, sure_class

_STEP_M = 2.0
_ARC_STEP_M = 0.7
_BADGES = {"halfway_line": 0.25, "left_goal_line": 0.12, "right_goal_line": 0.12} | {
    f"{side}_penalty_area_front": 0.2 for side in ("left", "right")
}
"""How far along a line its badge stands, where the middle is taken by a point or by another line."""

_BESIDE_M = 3.0
"""How far beside a line that is too short for it a badge stands."""

WORDS_M = (4.2, 3.0)
"""The room on the map that two digits and the sign of a point beside them take."""

Kind = str  # "point" or "line"


def line_names(lang: str) -> dict[str, str]:
    """What people call the lines, arcs, posts and crossbars in a picture: short, for they cover what lies behind them.
    At which goal a line is, the picture shows."""
    pitch = Pitch()
    names = {name: t(f"var.pitch_line.{name}", lang) for name in (*pitch.lines, *pitch.arcs)}
    return {
        name: said.rpartition(", ")[0] if name.startswith(("left_", "right_")) else said for name, said in names.items()
    }


def name_of(kind: Kind, name: str, lang: str) -> str:
    """What people call a point or a line; its own name where the catalogue has none."""
    key = f"var.pitch.{name}" if kind == "point" else f"var.pitch_line.{name}"
    said = t(key, lang)
    return name if said == key else said


def suggested(present: AngleState) -> list[tuple[Kind, str]]:
    """The points and lines that the solver names: what rejected marks probably show, or what would help most."""
    found = [("point", _name(fit.suggestion)) for fit in present.point_fits.values() if fit.suggestion]
    found += [("line", fit.suggestion) for fit in present.line_fits.values() if fit.suggestion]
    if present.refusal is not None and "helps" in present.refusal.params:
        found.append(("point", str(present.refusal.params["helps"])))
    return found


def suggestion_of(kind: Kind, suggestion: str, lang: str) -> str:
    """What a suggestion of the solver is called; that of a point begins with its name."""
    return name_of(kind, _name(suggestion), lang)


def _name(suggestion: str) -> str:
    return suggestion.split(" ", 1)[0]


def refusal_words(refusal: TouchlineError, present: AngleState, lang: str) -> str:
    """Why there is no calibration, with points and lines by the names that people use."""
    points = {mark.name for mark in present.marks}
    said: dict[str, Any] = {}
    for key, value in refusal.params.items():
        line = key != "helps" and value in present.clicks and value not in points
        named = key in ("helps", "mark", "other", "worst") and isinstance(value, str)
        said[key] = name_of("line" if line else "point", value, lang) if named else value
    told = type(refusal)(refusal.code, **said)
    return f"{told.detail(lang)} {told.hint(lang)}"


def map_data(
    pitch: Pitch, present: AngleState, side: str, chosen: tuple[Kind, str] | None, lang: str
) -> dict[str, Any]:
    """The data of ``pitchmap.js``: ``side`` is the half that is shown (``left``, ``right`` or ``both``)."""
    hints = suggested(present)
    marked, clicks = {mark.name for mark in present.marks}, present.clicks
    features = []
    for name, curve in _curves(pitch).items():
        shown = _of_side(curve, side)
        if len(shown) < 2:
            continue
        badge = shown[int(_BADGES.get(name, 0.5) * (len(shown) - 1))]
        if "goal_area_side" in name or "_post_" in name:
            badge = badge + np.array([0.0, np.sign(badge[1]) * _BESIDE_M])
        fit, count = present.line_fits.get(name), len(clicks.get(name, ()))
        state = "bad" if fit is not None and fit.rejected else "done" if count >= LEAST_CLICKS else "part" * bool(count)
        places = {"px": curve.round(2).tolist(), "badge": badge.round(2).tolist()}
        features.append(_feature("line", name, state, ("line", name) in hints, lang) | places | {"count": count})
    for name, place in pitch.points.items():
        flat = _flat(np.array([place]))
        if len(_of_side(flat, side)):
            fit = present.point_fits.get(name)
            state = "bad" if fit is not None and fit.rejected else "done" * (name in marked)
            at = {"px": flat.round(2).tolist(), "count": int(name in marked)}
            features.append(_feature("point", name, state, ("point", name) in hints, lang) | at)
    return {
        "length": pitch.length_m,
        "width": pitch.width_m,
        "side": side,
        "features": features,
        "chosen": None if chosen is None else {"kind": chosen[0], "name": chosen[1]},
        "sure": None if present.calibration is None else sure_data(present.calibration, pitch, lang),
        "texts": {key: t(f"var.review.{key}", lang) for key in ("map", "pick", "near")},
    }


def _feature(kind: Kind, name: str, state: str, hinted: bool, lang: str) -> dict[str, Any]:
    label = name_of(kind, name, lang)
    words = [t(f"var.review.mark_{state}", lang)] if state else []
    words += [t("var.review.mark_hinted", lang)] if hinted else []
    return {
        "kind": kind,
        "name": name,
        "label": label,
        "said": ", ".join((label, *words)),
        "state": state,
        "hinted": hinted,
    }


def _curves(pitch: Pitch) -> dict[str, np.ndarray]:
    """Every line and arc on the map, (n, 2): goals lie behind their goal line, as if they had fallen backwards."""
    curves = {name: segment(ends, _STEP_M) for name, ends in pitch.lines.items()}
    curves |= {name: arc.points(_ARC_STEP_M) for name, arc in pitch.arcs.items()}
    return {name: _flat(curve) for name, curve in curves.items()}


def _flat(places: np.ndarray | list[Point]) -> np.ndarray:
    xyz = np.asarray(places, dtype=np.float64)
    return np.stack([xyz[:, 0] + np.sign(xyz[:, 0]) * xyz[:, 2], xyz[:, 1]], axis=1)


def _of_side(flat: np.ndarray, side: str) -> np.ndarray:
    if side == "both":
        return flat
    return flat[flat[:, 0] >= -0.01] if side == "right" else flat[flat[:, 0] <= 0.01]


def sure_data(calibration: Calibration, pitch: Pitch, lang: str) -> dict[str, Any]:
    """The heat map: cells ``[left, bottom, width, height, class, words]`` in metres where the picture shows the
    ground, words in every other one that has room; class k ends at ``EDGES_CM[k]``, the last one has no end."""
    halves = np.array([pitch.length_m / 2, pitch.width_m / 2])
    steps = 2 * halves / (np.array(GRID) - 1)
    points = np.array(list(pitch.points.values()))[:, :2]
    cells = []
    for x, y, sigma_cm in calibration.line_sigma_cm:
        low = np.maximum([x, y] - steps / 2, -halves)
        size = np.minimum([x, y] + steps / 2, halves) - low
        column, row = np.rint((np.array([x, y]) + halves) / steps).astype(int)
        middle = low + size / 2
        crowded = (size < WORDS_M).any() or (np.abs(points - middle) < WORDS_M).all(axis=1).any()
        words = "" if crowded or (column + row) % 2 else sigma_words(sigma_cm, lang)
        cells.append([*low.round(2).tolist(), *size.round(2).tolist(), sure_class(sigma_cm), words])
    names = [f"≤ {edge}" for edge in EDGES_CM] + [f"> {EDGES_CM[-1]} cm"]
    return {"cells": cells, "legend": names, "words": t("var.review.sure", lang)}

"""How sure a line parallel to the goal line is, drawn over the picture: the ground in cells, each coloured by its
class, with the centimetres where there is room."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from touchline.i18n import DEFAULT_LANGUAGE, number
from var.measure.calibration import Calibration
from var.measure.overlay import Drawing, clip_polygon, drawing_of, inside_picture
from var.measure.pitch import Pitch
from var.measure.project import project
from var.measure.sure import GRID
from var.model import PitchPoints

EDGES_CM = (5, 10, 20, 50)
"""Where the classes of the heat map end; the last one has no end."""

COLOURS = ("#1fd1b2", "#3fb6ff", "#b7a6ff", "#ff9be0", "#ff5d8f")
"""From sure to unsure, on grass; the numbers say the same."""

ROOM = (0.075, 0.05)
"""What a number takes of a picture's width and height."""

EDGE_STEPS = 4
"""So many straight pieces an edge of a cell is drawn in: the lens bends it."""


def sure_class(sigma_cm: float) -> int:
    """Which class of the heat map a standard deviation belongs to; what is not known belongs to the last."""
    return next((k for k, edge in enumerate(EDGES_CM) if sigma_cm <= edge), len(EDGES_CM))


def sigma_words(sigma_cm: float, lang: str) -> str:
    """A standard deviation as the map says it, in whole centimetres: rounded up, for it must not promise more."""
    if not math.isfinite(sigma_cm):
        return "?"
    return "99+" if sigma_cm > 99 else number(max(1, math.ceil(sigma_cm)), lang)


def sure_overlay(calibration: Calibration, pitch: Pitch, lang: str = DEFAULT_LANGUAGE) -> list[Drawing]:
    """The cells around the places of ``line_sigma_cm`` as the camera sees them, then one sigma in centimetres, as
    ``lang`` writes it, wherever it covers no other number."""
    halves = np.array([pitch.length_m / 2, pitch.width_m / 2])
    steps = 2 * halves / (np.array(GRID) - 1)
    cells: list[Drawing] = []
    labels: list[Drawing] = []
    told: list[np.ndarray] = []
    room = np.array(ROOM) * calibration.picture_size
    for x, y, sigma_cm in calibration.line_sigma_cm:
        low, high = (np.clip([x, y] + side * steps / 2, -halves, halves) for side in (-1, 1))
        colour = COLOURS[sure_class(sigma_cm)]
        pixels = project(calibration, PitchPoints(_ring(low, high)))
        if np.isfinite(pixels).all() and len(ring := clip_polygon(pixels, calibration.picture_size)) > 2:
            cells.append({**drawing_of("polygon", ring, "sure"), "colour": colour})
        middle = project(calibration, PitchPoints(np.array([[x, y, 0.0]])))
        free = all((np.abs(middle[0] - other) >= room).any() for other in told)
        if free and np.isfinite(middle).all() and inside_picture(middle, calibration.picture_size).all():
            told.append(middle[0])
            text = f"{sigma_words(sigma_cm, lang)} cm"
            labels.append({**drawing_of("label", middle, "sure", text), "colour": colour})
    return cells + labels


def _ring(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The edge of a cell on the ground, (n, 3)."""
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]], low])
    share = np.arange(EDGE_STEPS)[:, None] / EDGE_STEPS
    edge = np.concatenate([a + share * (b - a) for a, b in pairwise(corners)])
    return np.column_stack([edge, np.zeros(len(edge))])

"""A scene's document in triangles: what the file, the picture, the clip and the browser all show."""

from __future__ import annotations

from typing import Any

import numpy as np

from var.measure.pitch import Pitch
from var.stage.pitch_parts import pitch_parts
from var.stage.shapes import (
    Colour,
    Floats,
    Kind,
    Mesh,
    Part,
    disc,
    ellipsoid,
    joined,
    lathe,
    rectangle,
    tube,
    wall,
)

ROLE: dict[str, tuple[int, int, int]] = {
    "attacker": (255, 107, 53),
    "defender": (58, 160, 255),
    "halfway": (255, 255, 255),
    "ball": (255, 235, 130),
}
FIGURE: dict[str, Colour] = {"attacker": (255, 176, 138, 255), "defender": (24, 86, 158, 255)}
"""Light and dark, so that the two can be told apart without their colours; letters say the same."""

OTHERS: dict[str, Colour] = {"attacker": (214, 190, 178, 255), "defender": (76, 96, 118, 255)}
"""Players whose point does not govern."""

CAMERA: Colour = (40, 46, 54, 255)
BALL: Colour = (255, 255, 255, 255)
YELLOW: Colour = (255, 214, 10, 255)
CORE_M = 0.05
"""Width of a line's middle; its band is what says how sure it is."""

WALL_M = 2.2
RAISED_M = 0.15
BALL_RADIUS_M = 0.11


def pitch_of(document: dict[str, Any]) -> Pitch:
    """The pitch of a document."""
    return Pitch(document["pitch"]["length_m"], document["pitch"]["width_m"])


def parts(document: dict[str, Any]) -> list[Part]:
    """Everything to draw, what lies lowest first."""
    found = pitch_parts(pitch_of(document))
    found += _bands(document) + _ellipses(document) + _dimension(document)
    found += _figures(document) + _points(document) + _cameras(document)
    if document["ball_m"] is not None:
        found.append(Part("solid ball", Kind.SOLID, BALL, *ellipsoid(document["ball_m"], (BALL_RADIUS_M,) * 3)))
    return found + _walls(document)


def span_y(document: dict[str, Any]) -> tuple[float, float]:
    """Where along the lines the measured points lie."""
    ys = [point["xyz_m"][1] for point in document["points"]]
    return (min(ys), max(ys)) if ys else (0.0, 0.0)


def _bands(document: dict[str, Any]) -> list[Part]:
    """The 95 % bands on the ground across the whole pitch, with each line's middle."""
    half, found = document["pitch"]["width_m"] / 2, []
    for order, line in enumerate(document["lines"]):
        role, (low, high) = line["role"], line["band95_m"]
        if high > low:
            mesh = rectangle((low, -half), (high, half), 0.014 + 0.002 * order)
            found.append(Part(f"ground band {role}", Kind.GROUND, (*ROLE[role], 105), *mesh))
    for order, line in enumerate(document["lines"]):
        x, role = line["x_m"], line["role"]
        mesh = rectangle((x - CORE_M / 2, -half), (x + CORE_M / 2, half), 0.020 + 0.002 * order)
        found.append(Part(f"ground line {role}", Kind.GROUND, (*ROLE[role], 255), *mesh))
    return found


def axes_of(ellipse: dict[str, Any]) -> Floats:
    """The half axes of an ellipse as columns (2, 2)."""
    (long, short), angle = ellipse["semi_m"], ellipse["angle_rad"]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(turn * np.array([long, short]), dtype=np.float64)


def _ellipses(document: dict[str, Any]) -> list[Part]:
    found = []
    for order, point in enumerate(document["points"]):
        axes, z = axes_of(point["ellipse95"]), 0.026 + 0.002 * order
        colour, name = ROLE[point["role"]], f"{point['role']} {point['player']} {point['part']}"
        found.append(Part(f"ground ellipse {name}", Kind.GROUND, (*colour, 90), *disc(point["xyz_m"][:2], axes, z)))
        rim = disc(point["xyz_m"][:2], axes, z + 0.001, inner=0.94)
        found.append(Part(f"ground rim {name}", Kind.GROUND, (*colour, 255), *rim))
    return found


def dimension_y(document: dict[str, Any]) -> float:
    """Where along the lines the margin is drawn: midway between the points that govern."""
    governing = [point["xyz_m"][1] for point in document["points"] if point["governs"]]
    return sum(governing) / len(governing) if governing else 0.0


def governing_lines(document: dict[str, Any]) -> tuple[float, float] | None:
    """The x of what the attacker had to pass and of the attacker; None where nothing was measured."""
    lines = {line["role"]: line["x_m"] for line in document["lines"] if line["governs"]}
    passed = next((x for role, x in lines.items() if role != "attacker"), None)
    return None if passed is None or "attacker" not in lines else (passed, lines["attacker"])


def _dimension(document: dict[str, Any]) -> list[Part]:
    """The margin as a bar on the ground from one line to the other."""
    ends = governing_lines(document)
    if ends is None or ends[0] == ends[1]:
        return []
    y, (low, high) = dimension_y(document), sorted(ends)
    bar = rectangle((low, y - 0.06), (high, y + 0.06), 0.036)
    stops = [rectangle((x - 0.02, y - 0.30), (x + 0.02, y + 0.30), 0.036) for x in (low, high)]
    return [Part("ground margin", Kind.GROUND, YELLOW, *joined([bar, *stops]))]


def figure(at_m: tuple[float, float], lean: float, sign: int) -> Mesh:
    """The neutral figure of ``var.stage.figure``: feet, legs, trunk, arms at its sides, head."""
    trunk = np.array(
        [
            [0.80, 0.02],
            [0.83, 0.13],
            [0.95, 0.165],
            [1.10, 0.155],
            [1.30, 0.19],
            [1.40, 0.185],
            [1.47, 0.10],
            [1.50, 0.05],
        ]
    )
    meshes = [
        lathe(trunk, 0.62),
        ellipsoid((0.0, 0.0, 1.655), (0.095, 0.082, 0.125)),
        tube((0, 0, 1.45), (0, 0, 1.57), (0.055, 0.05)),
    ]
    for side in (-1, 1):
        meshes.append(ellipsoid((0.02, side * 0.10, 0.05), (0.11, 0.048, 0.05)))
        meshes.append(tube((0.0, side * 0.10, 0.08), (0.0, side * 0.095, 0.86), (0.048, 0.085)))
        meshes.append(tube((0.0, side * 0.235, 1.38), (0.0, side * 0.275, 0.84), (0.052, 0.038)))
    vertices, faces = joined(meshes)
    vertices = vertices * np.array([sign, 1.0, 1.0])
    vertices[:, 0] += at_m[0] + lean * vertices[:, 2]
    vertices[:, 1] += at_m[1]
    return vertices, faces if sign > 0 else faces[:, ::-1]


def _figures(document: dict[str, Any]) -> list[Part]:
    sign, found = 1 if document["attack"] == "right" else -1, []
    for one in document["figures"]:
        colour = (FIGURE if one["governs"] else OTHERS)[one["role"]]
        mesh = figure(tuple(one["at_m"]), one["lean"], sign)
        found.append(Part(f"solid figure {one['role']} {one['player']} (illustration)", Kind.SOLID, colour, *mesh))
    return found


def _points(document: dict[str, Any]) -> list[Part]:
    """Each measured point, and under a raised one its plumb line."""
    found = []
    for point in document["points"]:
        x, y, z = point["xyz_m"]
        meshes = [ellipsoid((x, y, max(z, 0.04)), (0.055,) * 3)]
        if z > RAISED_M:
            dashes = np.arange(0.0, z - 0.05, 0.16)
            meshes += [tube((x, y, low), (x, y, min(low + 0.09, z)), (0.014, 0.014), 6) for low in dashes]
        name = f"solid point {point['role']} {point['player']} {point['part']}"
        found.append(Part(name, Kind.SOLID, (*ROLE[point["role"]], 255), *joined(meshes)))
    return found


def _cameras(document: dict[str, Any]) -> list[Part]:
    meshes = []
    for camera in document["cameras"]:
        x, y, z = camera["centre_m"]
        meshes += [ellipsoid((x, y, z), (0.45, 0.45, 0.35)), tube((x, y, 0.0), (x, y, z), (0.06, 0.06), 6)]
    return [Part("solid cameras", Kind.SOLID, CAMERA, *joined(meshes))] if meshes else []


def _walls(document: dict[str, Any]) -> list[Part]:
    """Upright planes over the lines, as far as the players stand."""
    low, high = span_y(document)
    half = document["pitch"]["width_m"] / 2
    ys = np.linspace(max(low - 3.0, -half), min(high + 3.0, half), max(2, round((high - low + 6.0) / 0.75)))
    return [
        Part(f"glass wall {line['role']}", Kind.GLASS, (*ROLE[line["role"]], 48), *wall(line["x_m"], ys, WALL_M))
        for line in document["lines"]
        if line["role"] in ("attacker", "defender")
    ]

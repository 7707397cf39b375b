"""The pitch in triangles: mown grass, lines of their true width by Law 1, goals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from var.measure.pitch import CIRCLE_M, GOAL_HEIGHT_M, GOAL_WIDTH_M, LINE_WIDTH_M, PENALTY_SPOT_M, SIDES, Arc, Pitch
from var.stage.shapes import Colour, Kind, Mesh, Part, disc, joined, rectangle, ring, strip, tube

AROUND_M = 8.0
"""Grass beside the pitch."""

STRIPES = 18
GRASS: tuple[Colour, Colour, Colour] = ((46, 125, 58, 255), (54, 140, 66, 255), (38, 104, 50, 255))
"""Dark and light stripe, and the grass beside the pitch."""

WHITE: Colour = (245, 247, 245, 255)
NET: Colour = (235, 240, 240, 60)
SPOT_M = 0.11
POST_M = 0.06
NET_DEPTH_M = 2.0
LINE_Z_M = 0.010


def pitch_parts(pitch: Pitch) -> list[Part]:
    """Grass, lines and goals, the lowest first."""
    half_l, half_w = pitch.length_m / 2, pitch.width_m / 2
    edges = np.linspace(-half_l, half_l, STRIPES + 1)
    stripes: tuple[list[Mesh], list[Mesh]] = ([], [])
    for i, (low, high) in enumerate(pairwise(edges)):
        stripes[i % 2].append(rectangle((low, -half_w), (high, half_w), 0.0))
    x, y = half_l + AROUND_M, half_w + AROUND_M
    beside = [
        rectangle((-x, half_w), (x, y), 0.0),
        rectangle((-x, -y), (x, -half_w), 0.0),
        rectangle((-x, -half_w), (-half_l, half_w), 0.0),
        rectangle((half_l, -half_w), (x, half_w), 0.0),
    ]
    found = [
        Part(f"ground grass {name}", Kind.GROUND, colour, *joined(meshes))
        for name, colour, meshes in zip(("dark", "light", "beside"), GRASS, (*stripes, beside), strict=True)
    ]
    found.append(Part("ground lines", Kind.GROUND, WHITE, *joined(line_meshes(pitch))))
    frames, nets = zip(*(_goal(sign, half_l) for _, sign in SIDES), strict=True)
    found.append(Part("solid goals", Kind.SOLID, WHITE, *joined([mesh for frame in frames for mesh in frame])))
    found.append(Part("glass nets", Kind.GLASS, NET, *joined([mesh for net in nets for mesh in net])))
    return found


def line_meshes(pitch: Pitch) -> list[Mesh]:
    """The markings: lines that bound an area lie inside it, the halfway line and no other on its middle."""
    half, found = LINE_WIDTH_M / 2, []
    for name, (first, last) in pitch.lines.items():
        if first[2] or last[2]:
            continue  # posts and crossbars
        (x0, y0), (x1, y1) = first[:2], last[:2]
        inward = _inward(name, (x0 + x1) / 2, (y0 + y1) / 2)
        if x0 == x1:
            found.append(
                rectangle((x0 + inward * half - half, min(y0, y1)), (x0 + inward * half + half, max(y0, y1)), LINE_Z_M)
            )
        else:
            found.append(
                rectangle((min(x0, x1), y0 + inward * half - half), (max(x0, x1), y0 + inward * half + half), LINE_Z_M)
            )
    found += [_arc(arc) for arc in pitch.arcs.values()]
    spots = [(0.0, 0.0), *((sign * (pitch.length_m / 2 - PENALTY_SPOT_M), 0.0) for _, sign in SIDES)]
    found += [disc(spot, np.eye(2) * SPOT_M, LINE_Z_M, 16) for spot in spots]
    for sx in (-1, 1):
        for sy in (-1, 1):
            start = np.arctan2(-sy, -sx) - np.pi / 4
            angles = np.linspace(start, start + np.pi / 2, 9)
            corner = (sx * pitch.length_m / 2, sy * pitch.width_m / 2)
            found.append(ring(corner, (1.0 - LINE_WIDTH_M, 1.0), angles, LINE_Z_M))
    return found


def _inward(name: str, x: float, y: float) -> float:
    """To which side of where Law 1 measures to a line lies: -1, 0 or 1 along the axis across it."""
    if name == "halfway_line":
        return 0.0
    if name.endswith("goal_line"):
        return -float(np.sign(x))
    if name.endswith("_front"):  # the area lies between its front and the goal line
        return float(np.sign(x))
    return -float(np.sign(y))  # touchlines, and the sides of the areas


def _arc(arc: Arc) -> Mesh:
    angles = np.linspace(arc.start_rad, arc.end_rad, 97 if arc.end_rad - arc.start_rad > np.pi else 25)
    return ring(arc.centre_m, (CIRCLE_M - LINE_WIDTH_M, CIRCLE_M), angles, LINE_Z_M)


def _goal(sign: int, half_l: float) -> tuple[list[Mesh], list[Mesh]]:
    """The frame, whose inner edges are 7.32 m apart and 2.44 m high, and the net."""
    y, z, back = GOAL_WIDTH_M / 2 + POST_M, GOAL_HEIGHT_M + POST_M, NET_DEPTH_M * sign
    x = sign * (half_l - POST_M)
    radii = (POST_M, POST_M)
    frame = [
        tube((x, -y, 0.0), (x, -y, z), radii),
        tube((x, y, 0.0), (x, y, z), radii),
        tube((x, -y, z), (x, y, z), radii),
    ]
    ys = np.linspace(-y, y, 9)
    top = np.column_stack([np.full(9, x), ys, np.full(9, z)])
    low = np.column_stack([np.full(9, x + back), ys, np.zeros(9)])
    cheeks = [np.array([[x, side, 0.0], [x, side, z], [x + back, side, 0.0]]) for side in (-y, y)]
    return frame, [strip(top, low), *((cheek, np.array([[0, 1, 2]])) for cheek in cheeks)]

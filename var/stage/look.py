"""From where the scene is looked at: named views, and the way of the short clip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from var.stage.parts import dimension_y, governing_lines, span_y
from var.stage.shapes import Floats

FREE, ABOVE, ALONG, BEHIND = "free", "above", "along", "behind"
"""Names of the views that every scene has; a camera's is ``camera:NAME``."""

FOV_DEG = 32.0
ORBIT_S = 5.0
SWING_RAD = math.radians(32.0)


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole without distortion: the eye and what it looks at in metres of the pitch frame, ``fov_deg`` upright.

    ``up`` is +z but for a view straight from above, where it is the direction of the attack turned to the left."""

    name: str
    eye_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    fov_deg: float = FOV_DEG

    def axes(self) -> Floats:
        """Right, down and forward as rows (3, 3), in the pitch frame."""
        forward = np.subtract(self.target_m, self.eye_m)
        forward = forward / np.linalg.norm(forward)
        upright = [0.0, 1.0, 0.0] if abs(forward[2]) > 0.999 else [0.0, 0.0, 1.0]
        right = np.cross(forward, upright)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward])

    def document(self) -> dict[str, Any]:
        """The view as a JSON-ready document."""
        return {"name": self.name, "eye_m": list(self.eye_m), "target_m": list(self.target_m), "fov_deg": self.fov_deg}


def centre_of(document: dict[str, Any]) -> tuple[float, float]:
    """The middle of what is measured on the ground; the attacked half's middle where nothing is."""
    ends = governing_lines(document)
    if ends is None:
        sign = 1 if document["attack"] == "right" else -1
        return sign * document["pitch"]["length_m"] / 4, 0.0
    return sum(ends) / 2, dimension_y(document)


def views(document: dict[str, Any]) -> list[View]:
    """The views of a scene; the first is the one that it opens with."""
    x, y = centre_of(document)
    sign = 1 if document["attack"] == "right" else -1
    low, high = span_y(document)
    if not document["points"]:
        low, high = -15.0, 15.0
    reach = max(6.0, (high - low) / 2 + 2.0)
    far = reach / math.tan(math.radians(FOV_DEG / 2))
    knee = (x, y, 0.7)
    found = [
        _free(document, 0.0),
        View(ABOVE, (x, y, 1.08 * far), (x, y, 0.0)),
        View(ALONG, (x, low - 0.75 * max(reach, 9.0), 1.9), (x, high, 0.6)),
    ]
    eyes = {BEHIND: (sign * (document["pitch"]["length_m"] / 2 + 5.0), 0.35 * y, 5.5)}
    eyes |= {f"camera:{camera['name']}": tuple(camera["centre_m"]) for camera in document["cameras"]}
    for (
        name,
        eye,
    ) in eyes.items():  # from a given place: the angle of view is chosen so that the players fill the picture
        fov_deg = 2 * math.degrees(math.atan(0.75 * reach / math.dist(eye, knee)))
        found.append(View(name, eye, knee, min(70.0, max(6.0, fov_deg))))
    return found


def _free(document: dict[str, Any], turn: float) -> View:
    """Along the lines from the near side, raised and from a little before the goal, ``turn`` radians farther round."""
    x, y = centre_of(document)
    low, high = span_y(document)
    far = max(11.0, 0.5 * (high - low) * (1 + abs(math.sin(turn))) + 8.5) if document["points"] else 45.0
    sign = 1 if document["attack"] == "right" else -1
    azimuth = turn + math.radians(10.0) * sign - math.pi / 2
    rise = math.radians(17.0)
    eye = (
        x + far * math.cos(rise) * math.cos(azimuth),
        y + far * math.cos(rise) * math.sin(azimuth),
        0.5 + far * math.sin(rise),
    )
    return View(FREE, eye, (x, y, 0.5))


def orbit(document: dict[str, Any], count: int) -> list[View]:
    """``count`` views for a clip: slowly round the line to both sides and back to the first."""
    turns = SWING_RAD * np.sin(np.linspace(0.0, 2 * math.pi, count))
    return [_free(document, float(turn)) for turn in turns]

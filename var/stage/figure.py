"""The neutral figure that stands for a player: the same for all, upright, turned toward the goal.

Only single points of a body are measured, never its pose. So the figure has no pose: it stands beside its measured
point so that the point lies on its foremost surface and nothing of it reaches beyond the point's line. To that end it
leans as little as it must.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FRONT_M = (
    (0.00, 0.13), (0.12, 0.13), (1.15, 0.125), (1.38, 0.115), (1.55, 0.105), (1.68, 0.095), (1.72, 0.083),
    (1.755, 0.061), (1.78, 0.0),
)  # fmt: skip
"""The convex outline of the figure: how far it reaches to its front (second) at a height (first), in metres. Shins and
neck lie behind it by up to 4 cm."""

HEIGHT_M = FRONT_M[-1][0]
HIGHEST_M = 1.66
"""The front of the head. A point above it, of someone taller, stands over the figure's front."""


def standing(xyz_m: Sequence[float], sign: int) -> dict[str, Any]:
    """Where the figure stands that carries a measured point: ``at_m`` on the ground, and ``lean`` (metres of x a metre
    of height), for an attack toward ``sign`` (+1: +x)."""
    height = float(np.clip(xyz_m[2], 0.0, HIGHEST_M))
    levels, reach = np.array(FRONT_M).T
    here = float(np.interp(height, levels, reach))
    # At each level the front, at + lean * level + reach, may not pass the point: one bound on the lean a level. They
    # can all be met, because the outline is convex.
    gap, above = here - reach, levels - height
    least = max((float(g / a) for g, a in zip(gap, above, strict=True) if a < -1e-9), default=-1.0)
    most = min((float(g / a) for g, a in zip(gap, above, strict=True) if a > 1e-9), default=1.0)
    lean = min(max(0.0, least), most)
    at = float(xyz_m[0]) - sign * (here + lean * height)
    return {"at_m": [at, float(xyz_m[1])], "lean": sign * lean}

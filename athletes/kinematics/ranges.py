"""Range of motion: the smallest and the largest angle of each joint that was seen, and the way between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from athletes.kinematics.found import finding
from athletes.kinematics.model import Curve, Finding
from athletes.kinematics.seen import Seen


def range_findings(seen: Seen, curves: Sequence[Curve]) -> list[Finding]:
    """Smallest, largest and range of every angle, degrees.

    The extremes of a noisy curve lie beyond those of the joint; by about how much is in the error: the extreme's own
    sigma, and once more as the range's, because both ends go outwards.
    """
    found: list[Finding] = []
    for curve in curves:
        if curve.unit != "deg" or not np.isfinite(curve.value).any():
            continue
        low, high = int(np.nanargmin(curve.value)), int(np.nanargmax(curve.value))
        ends = [(float(curve.value[at]), float(curve.sigma[at])) for at in (low, high)]
        frames = [int(curve.frames[at]) for at in (low, high)]
        why = ("partly_seen",) if np.isfinite(curve.value).mean() < 0.9 else ()
        found.append(finding(f"smallest_{curve.key}", (*ends[0], "deg"), frames[:1], side=curve.side, reasons=why))
        found.append(finding(f"largest_{curve.key}", (*ends[1], "deg"), frames[1:], side=curve.side, reasons=why))
        way, spread = ends[1][0] - ends[0][0], math.hypot(ends[0][1], ends[1][1])
        found.append(finding(f"range_{curve.key}", (way, spread, "deg"), frames, side=curve.side, reasons=why))
    return found or [finding("ranges", None, reasons=(*seen.reasons, "no_joint_seen"))]

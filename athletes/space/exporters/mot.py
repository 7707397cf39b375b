"""MOT (OpenSim): angles over time, in degrees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from athletes.kinematics.model import Curve
from touchline.errors import BadValue

ALIKE_S = 1e-6


def mot(curves: Sequence[Curve], name: str) -> str:
    """The angles among ``curves`` (unit "deg") as MOT, at their own times; NaN where one was not measured.

    A column is called by the curve's key and ``_l`` or ``_r``. Raises ``BadValue`` (``no_angles``, ``angles_differ``).
    """
    angles = [curve for curve in curves if curve.unit == "deg"]
    if not angles or not len(angles[0].t_s):
        raise BadValue("athletes.errors.no_angles")
    t_s = angles[0].t_s
    for curve in angles:
        if curve.t_s.shape != t_s.shape or np.abs(curve.t_s - t_s).max(initial=0.0) > ALIKE_S:
            raise BadValue("athletes.errors.angles_differ", angle=curve.key)
    columns = [curve.key + ("" if curve.side is None else f"_{curve.side.value[0]}") for curve in angles]
    head = [
        name or "motion",
        "version=1",
        f"nRows={len(t_s)}",
        f"nColumns={len(columns) + 1}",
        "inDegrees=yes",
        "",
        "Units are S.I. units (second, meters, Newtons, ...)",
        "Angles are in degrees.",
        "",
        "endheader",
        "\t".join(["time", *columns]),
    ]
    values = np.stack([curve.value for curve in angles], axis=1)
    rows = [
        f"{at:.6f}\t" + "\t".join("NaN" if np.isnan(value) else f"{value:.6f}" for value in row)
        for at, row in zip(t_s, values, strict=True)
    ]
    return "\n".join([*head, *rows, ""])

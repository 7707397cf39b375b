"""TRC (Motion Analysis), in the form that OpenSim and Pose2Sim read: metres, y up.

OpenSim's reader takes "NaN" and an empty field alike for what is missing; a word keeps every row whole where the last
joint is missing (read from OpenSim's ``TRCFileAdapter``). The world's (x, y, z), z up, is written as (y, z, x), as
Pose2Sim writes it.
"""

from __future__ import annotations

import numpy as np

from athletes.pose.model import Motion
from athletes.space.exporters.sampled import even

Y_UP = [1, 2, 0]
"""Which of the world's axes OpenSim's x, y, z are."""


def trc(motion: Motion, name: str) -> str:
    """The motion as TRC. Raises ``BadValue`` (``too_short_to_export``)."""
    sampled = even(motion)
    made, rate = sampled.motion, sampled.rate_hz
    joints = made.skeleton.joints
    n, k = len(made), len(joints)
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{_word(name)}.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate:.6g}\t{rate:.6g}\t{n}\t{k}\tm\t{rate:.6g}\t1\t{n}",
        "Frame#\tTime\t" + "".join(f"{joint}\t\t\t" for joint in joints),
        "\t\t" + "".join(f"X{place}\tY{place}\tZ{place}\t" for place in range(1, k + 1)),
        "",
    ]
    turned = made.xyz_m[:, :, Y_UP].reshape(n, 3 * k)
    rows = [
        f"{place}\t{t_s:.6f}\t" + "\t".join("NaN" if np.isnan(value) else f"{value:.6f}" for value in row)
        for place, (t_s, row) in enumerate(zip(made.t_s, turned, strict=True), 1)
    ]
    return "\n".join([*head, *rows, ""])


def _word(name: str) -> str:
    return "".join("_" if sign.isspace() else sign for sign in name) or "motion"

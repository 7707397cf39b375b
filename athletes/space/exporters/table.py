"""A motion as CSV: a row an instant, metres, and beside each joint how sure it is."""

from __future__ import annotations

import csv
import io

import numpy as np

from athletes.pose.model import Motion


def table(motion: Motion) -> str:
    """The motion as CSV at its own times; an empty field is unknown.

    ``t_s``, ``frame_CAMERA`` (display index, empty without a picture), then of each joint ``_x_m``, ``_y_m``, ``_z_m``,
    ``_sd_m`` (root mean square over the axes), ``_off_px`` and ``_views``.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    joints = motion.skeleton.joints
    writer.writerow(
        ["t_s", *(f"frame_{camera}" for camera in motion.cameras)]
        + [f"{joint}_{what}" for joint in joints for what in ("x_m", "y_m", "z_m", "sd_m", "off_px", "views")]
    )
    spread = np.sqrt(np.trace(motion.cov_m2, axis1=2, axis2=3) / 3)
    for at in range(len(motion)):
        row: list[object] = [repr(float(motion.t_s[at]))]
        row += ["" if frame < 0 else int(frame) for frame in motion.frames[at]]
        for joint in range(len(joints)):
            row += [_number(value, 6) for value in motion.xyz_m[at, joint]]
            row += [_number(spread[at, joint], 6), _number(motion.residual_px[at, joint], 3)]
            row.append(int(motion.views[at, joint]))
        writer.writerow(row)
    return out.getvalue()


def _number(value: float, decimals: int) -> str:
    return "" if np.isnan(value) else f"{value:.{decimals}f}"

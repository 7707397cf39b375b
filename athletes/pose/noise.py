"""How far body points are from where they should be: as a function of joint, model, confidence and size of the body.

Measured on four calibrated views of a balancing athlete (``docs/experiments/011-pose-noise.md``): one athlete, 1.7 s of
60 frames a second. Lengths are parts of the body height in the picture, standard deviations of one axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from athletes.pose.engine import MODELS
from athletes.pose.model import BODY33, Skeleton
from touchline.errors import BadValue

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Noise:
    """The error of one group of joints, in parts of the body height in the picture.

    ``white`` is new in each frame. ``slow`` comes and goes: a smooth process with the correlation (1 + a) exp(-a), a =
    sqrt(3) lag / ``slow_s`` (Matern 3/2; an exponential correlation would shake velocities far more than what was
    seen). ``constant`` stays for a clip and a view. A share ``gross`` of points is off by more than four times all of
    that, ``gross_size`` an axis: limbs taken for the other side's, hidden wrists.
    """

    white: float
    slow: float
    slow_s: float
    constant: float
    gross: float
    gross_size: float

    @property
    def total(self) -> float:
        """The standard deviation of a point, gross errors apart."""
        return float(np.sqrt(self.white**2 + self.slow**2 + self.constant**2))


GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "head": BODY33.joints[:11],
        "shoulder": ("left_shoulder", "right_shoulder"),
        "elbow": ("left_elbow", "right_elbow"),
        "wrist": ("left_wrist", "right_wrist"),
        "hand": BODY33.joints[17:23],
        "hip": ("left_hip", "right_hip"),
        "knee": ("left_knee", "right_knee"),
        "ankle": ("left_ankle", "right_ankle"),
        "heel": ("left_heel", "right_heel"),
        "toe": ("left_foot_index", "right_foot_index"),
    }
)
"""Which joints share a row of the table."""

_MEASURED = {
    "heavy": (
        (0.0009, 0.0077, 0.11, 0.0118, 0.000, 0.040),
        (0.0004, 0.0051, 0.14, 0.0044, 0.011, 0.021),
        (0.0007, 0.0078, 0.13, 0.0058, 0.025, 0.037),
        (0.0009, 0.0077, 0.10, 0.0056, 0.039, 0.081),
        (0.0008, 0.0073, 0.09, 0.0056, 0.040, 0.101),
        (0.0003, 0.0077, 0.23, 0.0051, 0.039, 0.032),
        (0.0006, 0.0105, 0.18, 0.0021, 0.024, 0.087),
        (0.0004, 0.0053, 0.11, 0.0079, 0.012, 0.120),
        (0.0005, 0.0071, 0.12, 0.0067, 0.019, 0.106),
        (0.0005, 0.0088, 0.14, 0.0101, 0.016, 0.124),
    ),
    "full": (
        (0.0011, 0.0121, 0.20, 0.0000, 0.020, 0.039),
        (0.0006, 0.0092, 0.16, 0.0036, 0.040, 0.071),
        (0.0010, 0.0120, 0.14, 0.0018, 0.058, 0.105),
        (0.0012, 0.0102, 0.10, 0.0000, 0.100, 0.114),
        (0.0013, 0.0106, 0.10, 0.0040, 0.093, 0.131),
        (0.0005, 0.0098, 0.19, 0.0048, 0.034, 0.041),
        (0.0008, 0.0131, 0.16, 0.0000, 0.038, 0.105),
        (0.0008, 0.0125, 0.17, 0.0000, 0.039, 0.144),
        (0.0009, 0.0134, 0.15, 0.0000, 0.049, 0.122),
        (0.0010, 0.0143, 0.14, 0.0056, 0.059, 0.147),
    ),
    "lite": (
        (0.0011, 0.0082, 0.09, 0.0078, 0.008, 0.035),
        (0.0008, 0.0096, 0.11, 0.0071, 0.069, 0.079),
        (0.0016, 0.0151, 0.12, 0.0094, 0.071, 0.120),
        (0.0019, 0.0135, 0.07, 0.0020, 0.131, 0.128),
        (0.0021, 0.0141, 0.08, 0.0000, 0.145, 0.134),
        (0.0006, 0.0090, 0.10, 0.0109, 0.036, 0.053),
        (0.0010, 0.0137, 0.14, 0.0038, 0.060, 0.086),
        (0.0013, 0.0146, 0.09, 0.0037, 0.088, 0.116),
        (0.0018, 0.0181, 0.09, 0.0034, 0.081, 0.127),
        (0.0016, 0.0195, 0.13, 0.0027, 0.111, 0.119),
    ),
    "frames": (
        (0.0036, 0.0123, 0.16, 0.0036, 0.014, 0.042),
        (0.0022, 0.0065, 0.13, 0.0043, 0.015, 0.035),
        (0.0028, 0.0087, 0.11, 0.0061, 0.042, 0.060),
        (0.0031, 0.0079, 0.07, 0.0039, 0.059, 0.080),
        (0.0032, 0.0079, 0.08, 0.0043, 0.065, 0.086),
        (0.0023, 0.0069, 0.14, 0.0063, 0.011, 0.037),
        (0.0030, 0.0133, 0.17, 0.0028, 0.020, 0.129),
        (0.0031, 0.0106, 0.12, 0.0027, 0.032, 0.140),
        (0.0038, 0.0123, 0.11, 0.0000, 0.051, 0.112),
        (0.0039, 0.0128, 0.11, 0.0064, 0.039, 0.162),
    ),
    "crops_heavy": (
        (0.0016, 0.0078, 0.14, 0.0099, 0.001, 0.038),
        (0.0008, 0.0044, 0.14, 0.0050, 0.010, 0.021),
        (0.0010, 0.0076, 0.18, 0.0059, 0.012, 0.036),
        (0.0011, 0.0057, 0.10, 0.0051, 0.020, 0.031),
        (0.0012, 0.0051, 0.09, 0.0063, 0.021, 0.037),
        (0.0008, 0.0075, 0.30, 0.0052, 0.042, 0.027),
        (0.0012, 0.0068, 0.16, 0.0035, 0.079, 0.030),
        (0.0012, 0.0040, 0.07, 0.0064, 0.008, 0.032),
        (0.0013, 0.0049, 0.07, 0.0050, 0.016, 0.026),
        (0.0015, 0.0061, 0.09, 0.0086, 0.006, 0.048),
    ),
    "crops_full": (
        (0.0020, 0.0105, 0.11, 0.0085, 0.004, 0.041),
        (0.0011, 0.0061, 0.13, 0.0046, 0.015, 0.058),
        (0.0014, 0.0100, 0.17, 0.0054, 0.022, 0.081),
        (0.0016, 0.0073, 0.09, 0.0056, 0.049, 0.106),
        (0.0017, 0.0082, 0.10, 0.0045, 0.064, 0.156),
        (0.0010, 0.0068, 0.13, 0.0061, 0.018, 0.034),
        (0.0016, 0.0102, 0.15, 0.0046, 0.044, 0.070),
        (0.0017, 0.0088, 0.12, 0.0043, 0.035, 0.085),
        (0.0023, 0.0108, 0.11, 0.0000, 0.044, 0.065),
        (0.0024, 0.0103, 0.10, 0.0078, 0.052, 0.102),
    ),
    "crops_lite": (
        (0.0021, 0.0081, 0.09, 0.0080, 0.047, 0.039),
        (0.0015, 0.0082, 0.15, 0.0040, 0.026, 0.050),
        (0.0021, 0.0125, 0.15, 0.0095, 0.022, 0.089),
        (0.0021, 0.0103, 0.10, 0.0005, 0.088, 0.093),
        (0.0025, 0.0114, 0.10, 0.0015, 0.102, 0.106),
        (0.0012, 0.0068, 0.10, 0.0091, 0.001, 0.033),
        (0.0021, 0.0099, 0.11, 0.0098, 0.032, 0.064),
        (0.0024, 0.0108, 0.11, 0.0032, 0.079, 0.062),
        (0.0034, 0.0126, 0.10, 0.0033, 0.079, 0.071),
        (0.0035, 0.0155, 0.12, 0.0073, 0.100, 0.089),
    ),
}

TABLE: Mapping[str, Mapping[str, Noise]] = MappingProxyType(
    {
        model: MappingProxyType({group: Noise(*row) for group, row in zip(GROUPS, rows, strict=True)})
        for model, rows in _MEASURED.items()
    }
)
"""By model (``lite``, ``full``, ``heavy``, each following a person from frame to frame and smoothing; ``frames``: the
full model on every frame alone; ``crops_`` and a model: two looks at a patch of every frame, nothing smoothed) and
group of joints."""

CONFIDENCE = ((0.0, 0.35, 0.65, 0.85), (3.1, 2.1, 1.2, 1.0))
"""What an engine says of a joint, and how many times wider its error is than that of joints that are surely seen."""

STATURE = 0.78
"""Trunk, thigh and shank together in parts of the body height (Drillis and Contini, 1966: .288 + .245 + .246)."""

STRAIGHT = 80
"""The percentile of the heights that is taken for the height of the straight body."""

AROUND = 61

CROPS = "crops 2"
"""How the method of points begins that the engine ``crops`` finds by the rows of its name; those that begin with
``crops`` alone were found in an earlier, worse way. **Raise the number when its points change.**"""


def row_of(method: str) -> str:
    """The row of ``TABLE`` for points whose ``Track.method`` is ``method``; ``full`` where that names no engine."""
    if method.startswith("crops ") and not method.startswith(f"{CROPS} "):
        return "frames"  # without the maps: as near as each picture alone
    kind = "crops_" if method.startswith(f"{CROPS} ") else ""
    return next((f"{kind}{model}" for model in MODELS if f"pose_{model}@" in method), f"{kind}full")


def noise_of(skeleton: Skeleton = BODY33, model: str = "full") -> tuple[Noise, ...]:
    """The noise of each joint of ``skeleton``, in its order. Raises ``BadValue`` for what was never measured."""
    if model not in TABLE:
        raise BadValue("athletes.errors.no_noise_measured", model=model, known=", ".join(TABLE))
    row = {joint: TABLE[model][group] for group, joints in GROUPS.items() for joint in joints}
    if unknown := [joint for joint in skeleton.joints if joint not in row]:
        raise BadValue("athletes.errors.no_such_joint", joint=unknown[0], skeleton=BODY33.name)
    return tuple(row[joint] for joint in skeleton.joints)


def heights_px(px: Floats, skeleton: Skeleton = BODY33) -> Floats:
    """How tall the body looks in each frame were it straight, (n,); NaN where trunk or legs were not seen.

    ``px`` (n, k, 2). It is too small where limbs point at the camera: see ``body_height_px``.
    """
    shoulders, hips, knees, ankles = (
        px[:, skeleton.places(f"left_{joint}", f"right_{joint}")] for joint in ("shoulder", "hip", "knee", "ankle")
    )
    trunk = np.linalg.norm(shoulders.mean(axis=1) - hips.mean(axis=1), axis=1)
    legs = np.linalg.norm(hips - knees, axis=2) + np.linalg.norm(knees - ankles, axis=2)
    return np.asarray((trunk + legs.mean(axis=1)) / STATURE)


def body_height_px(px: Floats, skeleton: Skeleton = BODY33) -> float:
    """How tall the body is in the picture, standing; NaN where trunk and legs were never seen together.

    ``px`` (n, k, 2). As long as it was in the fifth of the frames where it looked longest: a limb that points at the
    camera is no smaller body.
    """
    heights = heights_px(px, skeleton)
    seen = heights[np.isfinite(heights)]
    return float(np.percentile(seen, STRAIGHT)) if len(seen) else float("nan")


def sigma_px(px: Floats, confidence: Floats, *, skeleton: Skeleton = BODY33, model: str = "full") -> Floats:
    """The standard deviation an axis of each point, (n, k), in pixels; NaN where ``px`` (n, k, 2) is.

    ``confidence`` (n, k); NaN counts as none. The body is as tall as in the ``AROUND`` frames around each: people come
    nearer. Where trunk and legs are never seen together, it is the height of the box around the points.
    """
    each = np.array([noise.total for noise in noise_of(skeleton, model)])
    wider = np.interp(np.nan_to_num(confidence, nan=0.0), *CONFIDENCE)
    return np.asarray(
        np.where(np.isfinite(px).all(axis=2), local_heights_px(px, skeleton)[:, None] * each * wider, np.nan)
    )


def local_heights_px(px: Floats, skeleton: Skeleton = BODY33) -> Floats:
    """How tall the body is, standing, around each frame of ``px`` (n, k, 2): (n,); NaN without a point at all."""
    from scipy.ndimage import percentile_filter

    heights = heights_px(px, skeleton)
    seen = np.isfinite(heights)
    if not seen.any():
        some = np.isfinite(px[..., 1]).any(axis=1)
        heights[some] = np.nanmax(px[some, :, 1], axis=1) - np.nanmin(px[some, :, 1], axis=1)
        seen = some & (heights > 0)
    if not seen.any():
        return heights
    filled = np.interp(np.arange(len(px)), np.flatnonzero(seen), heights[seen])
    return np.asarray(percentile_filter(filled, STRAIGHT, size=AROUND, mode="nearest"))

"""How good a person in space is, in three words: ``good``, ``usable``, ``doubtful``, with the limits between them.

``good`` is what is aimed at on four real views (docs/motion_space.md): a reprojection median under 8 px, limbs that
keep their length within 2 %. Twice that distance, 16 px, is 1.5 % of the height of somebody who fills a 1080p picture,
some 2.5 cm. A limb that varies by 5 % varies as much as makes a bone leave its band (``athletes.space.bones``): 2 cm
across the 40 cm of a thigh turn an angle by some 3 degrees. Where joints are unknown in a fifth of the instants,
extremes and times are easily missed. The limits in pixels are of pictures with some 1080 lines; in smaller ones the
same pixels are more centimetres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from athletes.space.bones import Bone, limb_bones
from athletes.space.held_bones import Bones
from athletes.space.motion_file import MotionFile


class Grade(StrEnum):
    """How far a number may be relied on."""

    GOOD = "good"
    USABLE = "usable"
    DOUBTFUL = "doubtful"


REPROJECTION_PX = (8.0, 16.0)
LIMB_SD_PCT = (2.0, 5.0)
"""Below the first it is good, below the second usable."""
KNOWN_PCT = (95.0, 80.0)
"""From the first on it is good, from the second on usable."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How good somebody in space is: the median distance in the pictures (None where no camera told it) and the share
    of joints that are known (the face left out), limbs as they were measured, what was done with their lengths, and by
    how much the least steady one varies after that."""

    reprojection_px: float | None
    known_pct: float
    limbs: tuple[Bone, ...]
    bones_how: Bones
    after_pct: float | None

    @property
    def worst_pct(self) -> float | None:
        """By how much the least steady limb varies, as measured; None where none is known."""
        return _worst(self.limbs)

    @property
    def limbs_grade(self) -> Grade:
        """The worst grade of a limb; one that was never known is doubtful."""
        return max((limb_grade(bone.sd_pct) for bone in self.limbs), key=list(Grade).index, default=Grade.DOUBTFUL)

    def document(self) -> dict[str, Any]:
        """JSON-ready, each number with its grade."""
        return {
            "reprojection_px": self.reprojection_px,
            "reprojection_grade": reprojection_grade(self.reprojection_px).value,
            "known_pct": self.known_pct,
            "known_grade": known_grade(self.known_pct).value,
            "limbs": [
                {
                    "name": bone.name,
                    "median_m": bone.median_m,
                    "sd_pct": bone.sd_pct,
                    "grade": limb_grade(bone.sd_pct).value,
                }
                for bone in self.limbs
            ],
            "worst_limb_pct": self.worst_pct,
            "worst_limb_grade": self.limbs_grade.value,
            "bones_how": self.bones_how.value,
            "worst_limb_after_pct": self.after_pct,
        }


def quality_of(found: MotionFile) -> Quality | None:
    """How good a motion is; None where no joint is known at any instant. Limbs are those that were measured: held near
    their lengths they would say nothing, and where a file holds no others, none are known."""
    motion = found.motion
    body = sorted({joint for bone in motion.skeleton.bones for joint in bone})  # the face says nothing of a movement
    body = body or list(range(len(motion.skeleton)))
    known = np.isfinite(motion.xyz_m[:, body]).all(axis=2)
    if not known.any():
        return None
    off_px = motion.residual_px[:, body][known]
    off_px = off_px[np.isfinite(off_px)]
    return Quality(
        float(np.median(off_px)) if len(off_px) else None,
        100 * float(known.mean()),
        limb_bones(motion) if found.bones_how is Bones.FREE and not found.bones else found.bones,
        found.bones_how,
        _worst(limb_bones(motion)),
    )


def _worst(limbs: tuple[Bone, ...]) -> float | None:
    return max((bone.sd_pct for bone in limbs if bone.sd_pct is not None), default=None)


def reprojection_grade(median_px: float | None) -> Grade:
    """The grade of a median distance in the pictures; unknown is doubtful."""
    return _below(median_px, REPROJECTION_PX)


def limb_grade(sd_pct: float | None) -> Grade:
    """The grade of how much a limb's length varies (standard deviation); unknown is doubtful."""
    return _below(sd_pct, LIMB_SD_PCT)


def known_grade(known_pct: float) -> Grade:
    """The grade of the share of joints that are known."""
    good, usable = KNOWN_PCT
    return Grade.GOOD if known_pct >= good else Grade.USABLE if known_pct >= usable else Grade.DOUBTFUL


def _below(value: float | None, limits: tuple[float, float]) -> Grade:
    if value is None or not math.isfinite(value):
        return Grade.DOUBTFUL
    return Grade.GOOD if value < limits[0] else Grade.USABLE if value < limits[1] else Grade.DOUBTFUL

"""The nouns of motion: a skeleton, one person followed through one recording, and one person in space.

Time is real time: what a phone slowed down for showing was put right before (``touchline.footage``). Frames are display
indexes of the recording, so every number can say on which pictures it rests. NaN means not seen, and stays it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from touchline.origin import Origin

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Named joints, the bones between them, and which joints are one another's mirror image.

    ``bones`` and ``mirrored`` (left, right) hold places in ``joints``.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    mirrored: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.joints)

    def place(self, joint: str) -> int:
        """The place of ``joint``. Raises ``BadValue`` where the skeleton has none of that name."""
        if joint not in self.joints:
            raise BadValue("athletes.errors.no_such_joint", joint=joint, skeleton=self.name)
        return self.joints.index(joint)

    def places(self, *joints: str) -> list[int]:
        """The places of several joints."""
        return [self.place(joint) for joint in joints]


_EYES = ("eye_inner", "eye", "eye_outer")
_FACE = ("nose", *(f"{side}_{eye}" for side in ("left", "right") for eye in _EYES), "left_ear", "right_ear")
_LIMBS = ("shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index")
_NAMES = (*_FACE, "mouth_left", "mouth_right", *(f"{side}_{limb}" for limb in _LIMBS for side in ("left", "right")))


def _bones() -> tuple[tuple[int, int], ...]:
    limbs = (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("shoulder", "hip"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "heel"),
        ("heel", "foot_index"),
        ("ankle", "foot_index"),
    )
    pairs = [(f"{side}_{a}", f"{side}_{b}") for a, b in limbs for side in ("left", "right")]
    pairs += [("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")]
    return tuple((_NAMES.index(a), _NAMES.index(b)) for a, b in pairs)


BODY33 = Skeleton(
    "body33",
    _NAMES,
    _bones(),
    tuple(
        (place, _NAMES.index(_mirror))
        for place, name in enumerate(_NAMES)
        if "left" in name and (_mirror := name.replace("left", "right")) in _NAMES
    ),
)
"""The 33 points that the pose models of MediaPipe find, by their order there."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person followed through one recording.

    ``frames`` (n,) int64, rising display indexes: every frame looked at, also those without the person. ``t_s`` (n,)
    float64, rising real seconds after the recording's first frame. ``px`` (n, k, 2) float64, pixels of the source
    picture as shown, (0, 0) the middle of the first pixel, NaN where a joint was not seen. ``confidence`` (n, k), 0 to
    1, what the engine says, NaN where it said nothing. ``sigma_px`` (n, k), a standard deviation an axis, NaN where
    ``px`` is. ``method`` names engine, model and its hash. Raises ``BadValue`` for shapes or times that do not fit.
    """

    person: int
    frames: Counts
    t_s: Floats
    px: Floats
    confidence: Floats
    sigma_px: Floats
    size_px: tuple[int, int]
    origin: Origin
    method: str
    skeleton: Skeleton = field(default=BODY33)

    def __post_init__(self) -> None:
        n, k = len(self.frames), len(self.skeleton)
        wanted = {"t_s": (n,), "px": (n, k, 2), "confidence": (n, k), "sigma_px": (n, k)}
        for name, shape in wanted.items():
            found = getattr(self, name)
            if found.shape != shape or found.dtype != np.float64:
                raise BadValue("athletes.errors.bad_track", name=name, shape=found.shape, wanted=shape)
        if n and not (np.all(np.diff(self.frames) > 0) and np.all(np.diff(self.t_s) > 0)):
            raise BadValue("athletes.errors.track_not_rising", person=self.person)

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, eq=False)
class Motion:
    """One person in space, triangulated from several cameras.

    ``t_s`` (n,) float64 in the trial's time. ``xyz_m`` (n, k, 3) float64 in metres, z up, NaN where fewer than two
    cameras agree. ``cov_m2`` (n, k, 3, 3). ``residual_px`` (n, k): the root mean square distance between what the used
    cameras saw and where the point would be seen; NaN without a point. ``views`` (n, k) int64: how many cameras were
    used. ``frames`` (n, c) int64: the display index on each camera, -1 without a picture. ``cameras`` are their names.
    """

    t_s: Floats
    xyz_m: Floats
    cov_m2: Floats
    residual_px: Floats
    views: Counts
    frames: Counts
    cameras: tuple[str, ...]
    origin: Origin
    method: str
    skeleton: Skeleton = field(default=BODY33)

    def __post_init__(self) -> None:
        n, k, c = len(self.t_s), len(self.skeleton), len(self.cameras)
        wanted = {"xyz_m": (n, k, 3), "cov_m2": (n, k, 3, 3), "residual_px": (n, k), "views": (n, k), "frames": (n, c)}
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise BadValue("athletes.errors.bad_track", name=name, shape=getattr(self, name).shape, wanted=shape)
        if n and not np.all(np.diff(self.t_s) > 0):
            raise BadValue("athletes.errors.track_not_rising", person=0)

    def __len__(self) -> int:
        return len(self.t_s)

    @cached_property
    def bone_m(self) -> Floats:
        """How long each bone is in each frame, (n, bones), metres; NaN where an end was not seen."""
        ends = np.array(self.skeleton.bones)
        return np.asarray(np.linalg.norm(self.xyz_m[:, ends[:, 0]] - self.xyz_m[:, ends[:, 1]], axis=2))

"""A body drawn into a picture, for clips and stills alike: bones and joints, left and right apart, angles with arcs.

Pixels are those of the source picture, (0, 0) the middle of the first pixel. What was not seen is not drawn; what the
engine was not sure of is faint. Left and right differ in colour (orange and blue, which those who do not see red and
green tell apart), in lightness, and in the letter beside each angle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.model import Curve, Side
from athletes.motion.lettering import lay, plate
from athletes.pose.model import Skeleton, Track

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]

COLOURS: Mapping[Side | None, tuple[int, int, int]] = {
    Side.LEFT: (255, 159, 28),
    Side.RIGHT: (58, 160, 255),
    None: (240, 240, 240),
}
"""Red, green, blue, on pictures."""
HALO = (16, 16, 16)
FAINT_BELOW = 0.5
"""A point of which the engine is less sure than this is drawn faint."""
FAINT = 0.35
"""How much of a faint line shows."""
ANGLES: Mapping[str, tuple[str, str, str]] = {
    "knee": ("hip", "knee", "ankle"),
    "hip": ("shoulder", "hip", "knee"),
    "ankle": ("knee", "ankle", "foot_index"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("hip", "shoulder", "elbow"),
}
"""The angles that have a corner in the picture: curve, and the points it lies between (its side before them)."""
_SHIFT = 4  # OpenCV takes fixed-point coordinates: 1/16 px


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A body in one picture: ``px`` (k, 2), NaN where not seen; ``confidence`` (k,), NaN where nothing was said."""

    px: Floats
    confidence: Floats
    skeleton: Skeleton

    def scaled(self, by: float) -> Pose:
        """The same body in a picture that is ``by`` times as large; pixels are counted from their middles."""
        return Pose((self.px + 0.5) * by - 0.5, self.confidence, self.skeleton)

    def moved(self, left: float, top: float) -> Pose:
        """The same body in a part of the picture that begins at ``left``, ``top``."""
        return Pose(self.px - (left, top), self.confidence, self.skeleton)

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """Left, top, right, bottom of what was seen; None where nothing was."""
        seen = self.px[np.isfinite(self.px).all(axis=1)]
        return None if len(seen) < 2 else (*seen.min(axis=0), *seen.max(axis=0))


def pose_at(track: Track | None, frame: int) -> Pose | None:
    """The body in the picture ``frame``; None where nobody looked, or nothing of it was seen."""
    if track is None:
        return None
    place = int(np.searchsorted(track.frames, frame))
    if place == len(track) or track.frames[place] != frame or not np.isfinite(track.px[place]).any():
        return None
    return Pose(track.px[place], track.confidence[place], track.skeleton)


def side_of(joint: str) -> Side | None:
    """The side of the body that a joint belongs to; None for those in the middle."""
    return Side.LEFT if "left" in joint else Side.RIGHT if "right" in joint else None


def draw_body(picture: Picture, pose: Pose) -> None:
    """Draw bones and joints into ``picture``: a dark rim under each, the right side over the left by its order alone.

    Only joints with bones, and the nose: the others of a face or a hand would hide it.
    """
    import cv2

    names = pose.skeleton.joints
    width = _width(pose)
    sure: NDArray[np.bool_] = ~np.asarray(pose.confidence < FAINT_BELOW)  # nothing said is not unsure
    seen: NDArray[np.bool_] = np.asarray(np.isfinite(pose.px).all(axis=1))
    jointed = {place for bone in pose.skeleton.bones for place in bone} | {
        names.index(one) for one in ("nose",) if one in names
    }
    faint = picture.copy() if (seen & ~sure).any() else picture
    for layer, strong in ((faint, False), (picture, True)):
        for rim in (True, False):
            for a, b in pose.skeleton.bones:
                if seen[a] and seen[b] and bool(sure[a] and sure[b]) is strong:
                    side = side_of(names[a]) if side_of(names[a]) is side_of(names[b]) else None
                    ends = _fixed(pose.px[a]), _fixed(pose.px[b])
                    thick = width + 2 * max(1, width // 3) if rim else width
                    cv2.line(layer, *ends, HALO if rim else COLOURS[side][::-1], thick, cv2.LINE_AA, _SHIFT)
        for place in sorted(jointed):
            if seen[place] and bool(sure[place]) is strong:
                at, radius = _fixed(pose.px[place]), round((width * 0.9 + 1) * 2**_SHIFT)
                cv2.circle(layer, at, radius + 2**_SHIFT, HALO, -1, cv2.LINE_AA, _SHIFT)
                cv2.circle(layer, at, radius, COLOURS[side_of(names[place])][::-1], -1, cv2.LINE_AA, _SHIFT)
        if layer is faint and faint is not picture:
            cv2.addWeighted(faint, FAINT, picture, 1 - FAINT, 0, dst=picture)


def draw_angles(
    picture: Picture, pose: Pose, curves: Sequence[Curve], frame: int, *, letters: Mapping[Side, str], size_px: int
) -> list[str]:
    """Draw the angles of ``curves`` (keys of ``ANGLES``, with a side) at their corners, and give what was written;
    nothing where a curve has no value at ``frame``, or the corner was not seen. ``size_px``: how high digits are."""
    import cv2

    written = []
    width = _width(pose)
    for curve in curves:
        if curve.key not in ANGLES or curve.side is None:
            continue
        value = value_at(curve, frame)
        places = pose.skeleton.places(*(f"{curve.side}_{name}" for name in ANGLES[curve.key]))
        corner = pose.px[places]
        if value is None or not np.isfinite(corner).all():
            continue
        way = corner[[0, 2]] - corner[1]
        lengths = np.linalg.norm(way, axis=1)
        if lengths.min() < 1:
            continue
        first, last = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
        turn = (last - first + 180) % 360 - 180
        radius = float(min(lengths.min() * 0.5, _tall(pose) / 12))
        axes = (round(radius * 2**_SHIFT),) * 2
        given = (0.0, float(first), float(first + turn))
        for ink, thick in ((HALO, width + 3), (COLOURS[curve.side][::-1], max(2, width - 1))):
            cv2.ellipse(picture, _fixed(corner[1]), axes, *given, ink, thick, cv2.LINE_AA, _SHIFT)
        middle = np.radians(first + turn / 2)
        said = f"{letters[curve.side]} {value:.0f}°"
        drawn = plate(said, size_px, COLOURS[curve.side])
        # Outside the corner, where no bone runs.
        at = corner[1] - (radius * 0.6 + drawn.shape[1] * 0.55) * np.array([np.cos(middle), np.sin(middle)])
        lay(picture, drawn, at[0] - drawn.shape[1] / 2, at[1] - drawn.shape[0] / 2)
        written.append(said)
    return written


def value_at(curve: Curve, frame: int) -> float | None:
    """What a curve says of the picture ``frame``; None where it says nothing."""
    places = np.flatnonzero(curve.frames == frame)  # of several cameras together, instants without a picture have -1
    if not len(places) or frame < 0 or not np.isfinite(curve.value[places[0]]):
        return None
    return float(curve.value[places[0]])


def _fixed(at: Floats) -> tuple[int, int]:
    """A place as OpenCV takes it, kept within what its integers hold."""
    x, y = np.clip(at, -30000, 30000)
    return round(float(x) * 2**_SHIFT), round(float(y) * 2**_SHIFT)


def _tall(pose: Pose) -> float:
    box = pose.box
    return 200.0 if box is None else max(box[3] - box[1], box[2] - box[0], 40.0)


def _width(pose: Pose) -> int:
    return int(min(max(_tall(pose) / 110, 1), 9))

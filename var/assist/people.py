"""People found in a picture, where they stand, and who is left out because he cannot be a player.

Where the angle is calibrated, the feet must lie on the pitch or near it and the height must be that of a person who is
more or less upright. Both are measured by the calibration, so a spectator or a child's drawing on a hoarding goes. So
does a player who lies on the ground: what was left out is counted by its reason, and a person may click there all the
same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from touchline.vision.boxes import SAME, area, keep, shared
from touchline.vision.runtime import Network, Picture
from touchline.vision.ssd import TILE_PX, detect
from var.measure.calibration import Calibration, other_picture
from var.measure.pitch import Pitch
from var.measure.project import project, to_ground
from var.model import ImagePoints, PitchPoints

Floats = NDArray[np.float64]

LEAST_SCORE = 0.30
"""Below this the detector is more often wrong than right on small players (docs/experiments/007)."""

MARGIN_M = 2.0
"""So far outside the pitch somebody may stand: an assistant referee, a player who takes a throw-in."""

HEIGHT_M = (1.2, 2.3)
"""What a person's box measures from feet to top: bent over in a sprint at one end, with an arm up at the other."""

FOOT_SIGMA = 0.04
"""How far a box's lower edge is from where the person stands, in parts of the box's height (one standard
deviation), and never less than ``LEAST_FOOT_PX``."""

LEAST_FOOT_PX = 2.0
LOW_M, HIGH_M, STEP_M = 0.05, 4.0, 0.05


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a picture: ``box`` as left, top, right, bottom in its pixels, and how sure the detector is (0 to 1).

    ``stands_m`` is where the middle of the box's lower edge meets the ground, with the standard deviations
    ``sigma_m`` of x and y; both None, as ``height_m``, where the angle is not calibrated.
    """

    box: tuple[float, float, float, float]
    score: float
    stands_m: tuple[float, float] | None = None
    sigma_m: tuple[float, float] | None = None
    height_m: float | None = None

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        if not np.isfinite(self.box).all() or left >= right or top >= bottom:
            raise BadValue("var.errors.bad_box", box=list(self.box))

    @property
    def foot_px(self) -> tuple[float, float]:
        """The middle of the box's lower edge."""
        return (self.box[0] + self.box[2]) / 2, self.box[3]

    @property
    def height_px(self) -> float:
        """The box's height in pixels."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class Found:
    """``people`` in a picture, the surest first, and how many boxes were ``dropped``, by reason: ``off_the_pitch``,
    ``height``, ``no_ground`` (the box ends above the horizon)."""

    people: tuple[Person, ...]
    dropped: Mapping[str, int] = field(default_factory=dict)


def find_people(
    picture: Picture,
    network: Network,
    *,
    calibration: Calibration | None = None,
    pitch: Pitch | None = None,
    least: float = LEAST_SCORE,
) -> Found:
    """The people in ``picture`` (height, width, 3; 8-bit BGR), found by ``network`` in squares of 640 pixels.

    With ``calibration`` (of a picture of this size) only those on ``pitch`` or near it stay, and squares that show
    nothing of it are not looked at. Raises ``BadValue`` for another picture or a calibration of another size.
    """
    checked(picture, calibration)
    height, width = picture.shape[:2]
    side = min(TILE_PX, height, width)
    if calibration is None:
        boxes, scores = detect(network, picture, least, side)
        return Found(tuple(_person(boxes[one], scores[one]) for one in keep(boxes, scores)))
    area = pitch if pitch is not None else Pitch()
    shown = _pitch_pixels(calibration, area)
    boxes, scores = detect(network, picture, least, side, wanted=lambda square: _shows(square, shown, side / 2))
    return on_the_pitch(boxes, scores, calibration, area)


def checked(picture: Picture, calibration: Calibration | None) -> None:
    """Raise ``BadValue`` for something that is no picture, or a calibration of a picture of another size."""
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or 0 in picture.shape:
        raise BadValue("var.errors.picture_shape", shape=picture.shape, dtype=picture.dtype)
    size = (picture.shape[1], picture.shape[0])
    if calibration is not None and tuple(calibration.picture_size) != size:
        raise other_picture(size, calibration.picture_size)


def on_the_pitch(boxes: Floats, scores: Floats, calibration: Calibration, pitch: Pitch) -> Found:
    """Those of ``boxes`` (n, 4) with ``scores`` (n,) that can be people on the pitch, one box a person, with where they
    stand. What is dropped is counted one box a person as well."""
    everybody = [_placed(box, float(score), calibration) for box, score in zip(boxes, scores, strict=True)]
    reasons = [_left_out(person, pitch) for person in everybody]
    can = np.array([reason is None for reason in reasons], dtype=bool)
    inside = np.flatnonzero(can)
    people = tuple(everybody[inside[one]] for one in keep(boxes[can], scores[can]))
    outside = np.flatnonzero(~can)
    gone = [outside[one] for one in keep(boxes[~can], scores[~can])]
    taken = np.array([person.box for person in people]).reshape(-1, 4)
    gone = [one for one in gone if not (shared(boxes[one], taken) > SAME * area(taken)).any()]
    return Found(people, dict(Counter(str(reasons[one]) for one in gone)))


def _person(box: Floats, score: float) -> Person:
    left, top, right, bottom = (float(edge) for edge in box)
    return Person((left, top, right, bottom), float(score))


def _placed(box: Floats, score: float, calibration: Calibration) -> Person:
    plain = _person(box, score)
    sigma_px = max(LEAST_FOOT_PX, FOOT_SIGMA * plain.height_px)
    places, covariance = to_ground(calibration, ImagePoints(np.array([plain.foot_px])), sigma_px=sigma_px)
    if not np.isfinite(places).all():
        return plain
    x, y = (float(value) for value in places[0, :2])
    sx, sy = (float(value) for value in np.sqrt(np.diagonal(covariance[0])))
    return Person(plain.box, score, (x, y), (sx, sy), height_above(calibration, (x, y), plain.box[1]))


def height_above(calibration: Calibration, stands_m: tuple[float, float], top_px: float) -> float | None:
    """How high above the ground at ``stands_m`` the picture's row ``top_px`` is, in metres, plumb over that place;
    None where it is not between 5 cm and 4 m."""
    heights = np.arange(LOW_M, HIGH_M, STEP_M)
    plumb = np.column_stack([np.tile(np.array(stands_m), (len(heights), 1)), heights])
    rows = project(calibration, PitchPoints(plumb))[:, 1]
    seen = np.isfinite(rows)
    if seen.sum() < 2 or not rows[seen].min() <= top_px <= rows[seen].max():
        return None
    return float(np.interp(-top_px, -rows[seen], heights[seen]))  # rows grow downward


def _left_out(person: Person, pitch: Pitch) -> str | None:
    if person.stands_m is None or person.sigma_m is None:
        return "no_ground"
    beyond = np.abs(person.stands_m) - np.array([pitch.length_m / 2, pitch.width_m / 2])
    allowed = MARGIN_M + np.minimum(person.sigma_m, MARGIN_M)
    if (beyond > allowed).any():
        return "off_the_pitch"
    if person.height_m is None or not HEIGHT_M[0] <= person.height_m <= HEIGHT_M[1]:
        return "height"
    return None


def _pitch_pixels(calibration: Calibration, pitch: Pitch) -> Floats:
    """Where a lattice of points on the pitch and 2 m above it is in the picture, (n, 2)."""
    x = np.linspace(-pitch.length_m / 2 - MARGIN_M, pitch.length_m / 2 + MARGIN_M, 56)
    y = np.linspace(-pitch.width_m / 2 - MARGIN_M, pitch.width_m / 2 + MARGIN_M, 37)
    places = np.stack(np.meshgrid(x, y, [0.0, 2.0]), axis=-1).reshape(-1, 3)
    pixels = project(calibration, PitchPoints(places))
    return np.asarray(pixels[np.isfinite(pixels).all(axis=1)], dtype=np.float64)


def _shows(square: tuple[int, int, int, int], shown: Floats, reach: float) -> bool:
    """Whether a point of ``shown`` lies in ``square`` or within ``reach`` of it: close to the camera the lattice is
    wide."""
    low, high = np.array(square[:2]) - reach, np.array(square[2:]) + reach
    return bool(((shown >= low) & (shown <= high)).all(axis=1).any())

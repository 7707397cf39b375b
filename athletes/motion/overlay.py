"""One picture of a trial as it is shown outside the page: the body, its angles, the strip under it, the marks on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.model import Analysis, Curve, Movement, Side
from athletes.motion.drawing import ANGLES, draw_angles, draw_body, pose_at
from athletes.motion.lettering import lay, plate
from athletes.motion.naming import curve_name, unit_sign
from athletes.motion.strip import Strip
from athletes.pose.model import Track
from touchline.errors import BadValue
from touchline.i18n import number, t

Picture = NDArray[np.uint8]

ARMS = frozenset({Movement.THROW})
MOST_PX = 1920
"""The longer side of a picture is made no longer than this: what players play everywhere."""
ALARM = (179, 38, 30, 255)


@dataclass(frozen=True, eq=False)
class Layer:
    """What is drawn on the pictures of one camera: ``track`` the person, ``analysis`` what was measured there (either
    may be missing: then only the rest is drawn), ``title`` and ``about`` words, ``curve`` the key of the curve under
    it (empty: the usual one of the movement), ``times_s`` (n,) real seconds of each frame, ``size_px`` of the
    recording. Raises ``BadValue`` for a curve that there is not."""

    track: Track | None
    analysis: Analysis | None
    title: str
    about: tuple[str, ...]
    simulated: bool
    size_px: tuple[int, int]
    times_s: NDArray[np.float64]
    frames: range
    lang: str
    curve: str = ""
    slow: float = 1.0
    letters: Mapping[Side, str] = field(default_factory=dict)
    camera_id: str = ""

    def __post_init__(self) -> None:
        if self.curve and not self.curves:
            known = sorted({curve.key for curve in self._all})
            raise BadValue("athletes.errors.no_such_curve", curve=self.curve, known=", ".join(known) or "–")

    @cached_property
    def _all(self) -> tuple[Curve, ...]:
        return () if self.analysis is None else self.analysis.curves

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """The curves under the picture: one quantity, of both sides where it has them."""
        key = self.curve or usual_curve(self.analysis)
        return tuple(curve for curve in self._all if curve.key == key)

    @cached_property
    def angles(self) -> tuple[Curve, ...]:
        """The angles written at their joints: those of the side that was seen better."""
        return shown_angles(self.track, self.analysis)

    @cached_property
    def by(self) -> float:
        """How many times as large as the recording's the pictures are: 1, or less where it is larger than players
        take."""
        return min(1.0, MOST_PX / max(self.size_px))

    @cached_property
    def picture_px(self) -> tuple[int, int]:
        """Width and height of the picture, both even."""
        width, height = (max(2, round(side * self.by)) for side in self.size_px)
        return width + width % 2, height + height % 2

    @cached_property
    def letter_px(self) -> int:
        """How high letters are."""
        return max(11, round(min(self.picture_px) / 32))

    @cached_property
    def strip(self) -> Strip:
        """What stands under the pictures."""
        words = (self.title, *self.about)
        said = ""
        if self.curves:
            unit = unit_sign(self.curves[0].unit, self.lang)
            said = f"{curve_name(self.curves[0].key, self.lang)} ({unit})"
        return Strip(self.picture_px[0], self.letter_px, words, self.curves, said, self.frames, self.lang)

    @property
    def whole_px(self) -> tuple[int, int]:
        """Width and height of what ``painted`` gives, both even."""
        return self.picture_px[0], self.picture_px[1] + self.strip.height

    def now(self, frame: int) -> str:
        """Which frame at what time, in words."""
        seconds = float(self.times_s[frame])
        said = t("athletes.motion_paper.now", self.lang, frame=frame, seconds=number(seconds, self.lang, 3))
        if self.slow != 1:
            said += t("athletes.motion_paper.slow", self.lang, times=number(self.slow, self.lang, _places(self.slow)))
        return said

    def painted(self, picture: Picture | None, frame: int) -> Picture:
        """The picture ``frame`` (h, w, 3; None where it does not decode) with all that is drawn on it."""
        import cv2

        width, height = self.picture_px
        out = np.zeros((self.whole_px[1], width, 3), np.uint8)
        field_ = out[:height]
        if picture is None:
            drawn = plate(t("athletes.motion_paper.no_picture", self.lang), 2 * self.letter_px)
            lay(field_, drawn, (width - drawn.shape[1]) / 2, (height - drawn.shape[0]) / 2)
        else:
            if self.by != 1:
                size = tuple(max(1, round(side * self.by)) for side in self.size_px)
                picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
            h, w = picture.shape[:2]
            field_[:] = np.pad(picture, ((0, height - h), (0, width - w), (0, 0)), mode="edge")
            pose = pose_at(self.track, frame)
            if pose is not None:
                pose = pose if self.by == 1 else pose.scaled(self.by)
                draw_body(field_, pose)
                draw_angles(field_, pose, self.angles, frame, letters=self.letters, size_px=self.letter_px)
        if self.simulated:
            mark = plate(
                t("athletes.motion_paper.mark", self.lang), round(self.letter_px * 1.3), (255, 255, 255), ALARM, "Bold"
            )
            lay(field_, mark, width - mark.shape[1] - self.letter_px / 2, self.letter_px / 2)
        out[height:] = self.strip.at(frame, self.now(frame), dict(self.letters))
        return out


def usual_curve(analysis: Analysis | None) -> str:
    """The key of the curve that a movement is looked at by; empty where there is none."""
    if analysis is None:
        return ""
    keys = {curve.key for curve in analysis.curves}
    wished = ("elbow", "shoulder") if analysis.movement in ARMS else ("knee", "hip", "ankle")
    return next((key for key in wished if key in keys), min(keys, default=""))


def shown_angles(track: Track | None, analysis: Analysis | None) -> tuple[Curve, ...]:
    """The angles to write at joints: legs, or arms of a throw, of the side that the engine was surer of."""
    if track is None or analysis is None:
        return ()
    wished = ("elbow", "shoulder", "knee") if analysis.movement in ARMS else ("knee", "hip", "ankle")
    found = [curve for curve in analysis.curves if curve.key in wished and curve.unit == "deg" and curve.side]
    sure = {}
    for side in Side:
        names = {f"{side}_{name}" for key in wished for name in ANGLES[key]}
        of = track.confidence[:, [place for place, name in enumerate(track.skeleton.joints) if name in names]]
        sure[side] = float(np.nanmean(of)) if np.isfinite(of).any() else 0.0
    better = max(Side, key=lambda side: sure[side])
    return tuple(curve for curve in found if curve.side is better)


def _places(value: float) -> int:
    return 0 if value == round(value) else 2

"""One decision as people see it: which pictures they look at, when they mark the kick, what they click."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from deciding.ground import CLOCK_SIGMA_S, PEOPLE, RATES, Ground, calibrated
from numpy.typing import NDArray

from var.measure.calibration import Calibration
from var.measure.kick import Bracket, kick_among
from var.measure.scene import Observation, Scene
from var.model import AttackDirection, BodyPart, Role
from var.synthetic.duel import Duel, Runner
from var.synthetic.moving import Moving

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a decision is seen with. The kick is marked on the first of ``views``, or with ``any_first`` on
    any, and on ``kicks - 1`` others. ``misnamed_part``: how often a body part gets a wrong name; ``click_px``: how
    far a click on a body point is off, one standard deviation, which the estimator is told."""

    views: tuple[str, ...]
    pictures: int = 2
    kicks: int = 2
    pans: bool = False
    readout_s: tuple[float, float] = (0.0, 0.0)
    elevated: bool = False
    any_first: bool = False
    misnamed_part: float = PEOPLE.misnamed_part
    click_px: float = PEOPLE.click_px


class Watch:
    """One decision's pictures: which are looked at, and what is clicked on them."""

    def __init__(self, ground: Ground, condition: Condition, random: np.random.Generator) -> None:
        self.ground, self.condition, self.random = ground, condition, random
        names = list(condition.views)
        self.first = names[int(random.integers(len(names)))] if condition.any_first else names[0]
        self.shots: dict[str, Moving] = {}
        for name in names:
            pans = condition.pans and name == names[0]
            self.shots[name] = Moving(
                ground.cameras[name],
                0.0,
                pan_rad_s=float(random.normal(0, 0.08)) if pans else 0.0,
                tilt_rad_s=float(random.normal(0, 0.01)) if pans else 0.0,
                zoom_s=float(random.normal(0, 0.05)) if pans else 0.0,
                readout_s=float(random.uniform(*condition.readout_s)),
            )
        self._frames()

    def _frames(self) -> None:
        """The frame that is marked as the kick's on each of the condition's kick views, and those which are clicked:
        around the kick in every view."""
        marked = {name: self._marked(name) for name in [self.first, *self._others()]}
        brackets = [
            Bracket(
                self._said(name, shown - 1),
                self._said(name, shown),
                0.0 if name == self.first else math.hypot(CLOCK_SIGMA_S, CLOCK_SIGMA_S),
            )
            for name, shown in marked.items()
        ]
        kick = kick_among(brackets)
        self.kick_s, self.kick_sigma_s = kick.at_s, kick.sigma_s
        self.frames: dict[str, list[int]] = {}
        for name in self.shots:
            at = float(self.kick_s) - self.ground.clock_s[name] - self._start(name)
            later = math.ceil(at * float(RATES[name]))
            self.frames[name] = [later, later - 1, later + 1][: self.condition.pictures]

    def _others(self) -> list[str]:
        return [name for name in self.shots if name != self.first][: self.condition.kicks - 1]

    def _marked(self, name: str) -> int:
        """The frame that a person marks as the first which shows foot and ball together."""
        shot = self.shots[name]
        ball_row = self.random.uniform(0.3, 0.8) * (shot.camera.size_px[1] - 1)
        shown = math.ceil((0.0 - shot.row_s(ball_row) - self._start(name)) * float(RATES[name]))
        return shown + PEOPLE.late_frames(self.random)

    def _start(self, name: str) -> float:
        return self.ground.starts_s[name]

    def taken_s(self, name: str, frame: int) -> float:
        """When a picture is really taken."""
        return self._start(name) + frame / float(RATES[name])

    def _said(self, name: str, frame: int) -> Fraction:
        """When it was taken by its clock."""
        return Fraction(round((self.taken_s(name, frame) + self.ground.clock_s[name]) * 1e9), 1_000_000_000)

    def poses(self) -> tuple[dict[str, Calibration], int] | None:
        """A calibration of each picture of the panning view; nothing for the others."""
        name, found, refused = self.condition.views[0], {}, 0
        for frame in self.frames[name]:
            camera = self.shots[name].at(self.taken_s(name, frame))
            found_1, times = calibrated(camera, self.ground.pitch, self.random)
            refused += times
            if found_1 is None:
                return None
            found[f"{name}@{frame}"] = found_1
        return found, refused

    def observations(self, duel: Duel) -> list[Observation] | None:
        """The clicks of a duel; None where a point is outside a picture."""
        found = []
        shown_s = self.taken_s(self.first, self.frames[self.first][0])
        for role, runner in ((Role.ATTACKER, duel.attacker), (Role.DEFENDER, duel.defender)):
            part = PEOPLE.chosen(self.random, runner.reach(shown_s))
            people = replace(PEOPLE, misnamed_part=self.condition.misnamed_part)
            said = BodyPart(people.said(self.random, part.partition("_")[2] or part))
            edge_m = self.random.normal(0, PEOPLE.edge_m * (1 if "toe" in part or "heel" in part else 1.5))
            inside = np.array([edge_m - abs(self.random.normal(0, PEOPLE.inside_m)), 0.0, 0.0])
            for name, shot in self.shots.items():
                clicked = part if name == self.first else PEOPLE.clicked(self.random, part)
                for frame in self.frames[name]:
                    pixel = self._click(shot, runner, clicked, inside, self.taken_s(name, frame))
                    if pixel is None:
                        return None
                    pose = f"{name}@{frame}" if self.condition.pans and name == self.condition.views[0] else ""
                    found.append(
                        Observation(
                            role, said, name, self._said(name, frame), pixel, self.condition.click_px, CLOCK_SIGMA_S,
                            float(1 / RATES[name]), pose=pose,
                        )
                    )  # fmt: skip
        return found

    def _click(
        self, shot: Moving, runner: Runner, part: str, inside_m: Floats, taken_s: float
    ) -> tuple[float, float] | None:
        pixel = shot.sees(lambda at_s: runner.part(part, at_s) + inside_m, taken_s)
        clicked = pixel + PEOPLE.miss(self.random, self.condition.click_px)
        seen = (
            np.isfinite(clicked).all() and (clicked > 0).all() and (clicked < np.array(shot.camera.size_px) - 1).all()
        )
        return (float(clicked[0]), float(clicked[1])) if seen else None

    def scene(self, calibrations: dict[str, Calibration], observations: Sequence[Observation]) -> Scene:
        """What the estimator is given."""
        return Scene(
            AttackDirection.RIGHT,
            self.ground.pitch,
            calibrations,
            self.kick_s,
            self.kick_sigma_s,
            tuple(observations),
            kick_camera=self.first,
        )

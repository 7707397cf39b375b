"""What an offside measurement is made from, and where it puts a player."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from touchline.errors import BadValue
from var.measure.body import PARTS, PartPrior
from var.measure.calibration import Calibration
from var.measure.clicks import CLICK_SIGMA_PX, assumed_clock_s
from var.measure.pitch import Pitch
from var.measure.together import Together
from var.model import AttackDirection, BodyPart, Role

FRAME_S = 0.04
"""The time between two frames of a camera of which nothing is said: the slowest usual rate, 25 a second."""


@dataclass(frozen=True, slots=True)
class Velocity:
    """A player's known horizontal velocity in metres a second of the pitch frame, with its standard deviation an
    axis."""

    mps: tuple[float, float]
    sigma_mps: float


@dataclass(frozen=True, slots=True)
class Observation:
    """One click on a body point. ``time_s`` is the match time of the picture; ``clock_sigma_s`` how well that camera's
    clock is known against the others, None where nobody measured it: then half a frame (``frame_s``) is assumed.
    ``pose`` names the calibration where a camera that moves has one of its own on this picture."""

    role: Role
    part: BodyPart
    camera_id: str
    time_s: Fraction
    image_px: tuple[float, float]
    sigma_px: float = CLICK_SIGMA_PX
    clock_sigma_s: float | None = None
    frame_s: float = FRAME_S
    player: str = ""
    pose: str = ""

    def __post_init__(self) -> None:
        sigmas = [self.sigma_px, self.frame_s, 0.0 if self.clock_sigma_s is None else self.clock_sigma_s]
        if not np.isfinite([*self.image_px, *sigmas]).all() or self.sigma_px <= 0 or min(sigmas) < 0:
            raise BadValue("var.errors.bad_observation", camera=self.camera_id, part=self.part.value)

    @property
    def view(self) -> str:
        """Which calibration of the scene belongs to this picture."""
        return self.pose or self.camera_id

    @property
    def who(self) -> str:
        """The player's name; the role where no name was given."""
        return self.player or self.role.value

    @property
    def body(self) -> tuple[Role, str, BodyPart]:
        """Which point in the world this click shows: role, player and part."""
        return self.role, self.who, self.part

    @property
    def clock_s(self) -> float:
        """The standard deviation of the camera's clock that is used."""
        return assumed_clock_s(self.clock_sigma_s, self.frame_s)


@dataclass(frozen=True, slots=True)
class BallPlace:
    """Where the ball's centre was at the kick, on the ground plan, with its standard deviation an axis, in metres."""

    pitch_m: tuple[float, float]
    sigma_m: float

    def __post_init__(self) -> None:
        if not np.isfinite([*self.pitch_m, self.sigma_m]).all() or self.sigma_m < 0:
            raise BadValue("var.errors.bad_ball_place", sigma_m=self.sigma_m)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything a measurement needs.

    ``kick_sigma_s`` is the standard deviation of the kick's instant (a kick somewhere within one frame: frame /
    sqrt(12)). With ``kick_camera`` the kick was marked on that camera's own pictures, whose clock error then does not
    matter for that camera, but for all others; ``kick_clock_s`` is that clock's standard deviation where no observation
    of that camera tells it, and ``kick_clock_measured`` says whether anybody measured it. ``stale`` names cameras that
    have moved since the frame of their calibration. With several defenders the second nearest to the goal line is the
    second-last opponent; a single one is taken to be him. An attacker must be beyond the ``ball``, too; None where
    nobody marked it. ``together`` names calibrations that share errors; all others are taken to err independently.
    """

    attack: AttackDirection
    pitch: Pitch
    calibrations: Mapping[str, Calibration]
    kick_s: Fraction
    kick_sigma_s: float
    observations: tuple[Observation, ...]
    kick_camera: str | None = None
    kick_clock_s: float = 0.0
    kick_clock_measured: bool = True
    stale: frozenset[str] = frozenset()
    velocities: Mapping[str, Velocity] = field(default_factory=dict)
    parts: Mapping[BodyPart, PartPrior] = field(default_factory=lambda: PARTS)
    ball: BallPlace | None = None
    together: tuple[Together, ...] = ()

    def __post_init__(self) -> None:
        for sigma_s in (self.kick_sigma_s, self.kick_clock_s):
            if not (math.isfinite(sigma_s) and sigma_s >= 0):
                raise BadValue("var.errors.bad_kick_sigma", sigma_s=sigma_s)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a player's governing point is at the kick: ``xyz_m`` in the pitch frame; ``line_x_m`` with ``sigma_x_m`` is
    its line on the ground, parallel to the goal line."""

    role: Role
    player: str
    part: BodyPart
    xyz_m: tuple[float, float, float]
    sigma_x_m: float

    @property
    def line_x_m(self) -> float:
        """The x of the line through this point parallel to the goal line."""
        return self.xyz_m[0]

    @property
    def ground_m(self) -> tuple[float, float, float]:
        """The plumb point on the ground."""
        return self.xyz_m[0], self.xyz_m[1], 0.0

    def document(self) -> dict[str, Any]:
        """The point as a JSON-ready document."""
        return {
            "player": self.player,
            "part": self.part.value,
            "xyz_m": list(self.xyz_m),
            "line_x_m": self.line_x_m,
            "sigma_x_m": self.sigma_x_m,
        }

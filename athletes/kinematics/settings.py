"""What a movement is analysed with: everything that whoever analyses may choose, with its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from athletes.kinematics.model import Movement
from athletes.worded import Worded, within
from touchline.errors import BadValue

CUTOFF_HZ: Mapping[Movement, float] = {
    Movement.SPRINT: 12.0,
    Movement.DROP_JUMP: 10.0,
    Movement.KICK: 18.0,
    Movement.THROW: 18.0,
}
"""Movements that are faster than 6 Hz passes; every other one is filtered at ``USUAL_CUTOFF_HZ``."""
USUAL_CUTOFF_HZ = 6.0
CARRIED = 0.33
"""A cutoff above the usual one is lowered to so much of the frame rate, where nobody chose it."""
JOINTS = ("knee", "hip", "ankle", "shoulder", "elbow")


@dataclass(frozen=True, slots=True)
class Settings:
    """How to analyse. ``cutoff_hz`` None: by movement (``CUTOFF_HZ``). ``fill_gap_s``: gaps up to it are filled and
    marked; 0 fills none. Points below ``min_confidence`` count as not seen. ``noise_model`` is the row of the points'
    noise table (``athletes.pose.noise``) that says how much of it is new in each frame and how much wanders.
    ``up_sigma_deg``: how well "up" is known. ``treadmill_mps``: speed of a treadmill. ``joint`` counts repetitions;
    ``depth_deg`` is the angle that a full one reaches (None: told from the others). ``facing``: 1 to the right of the
    picture, -1 to the left, 0 found out. Raises ``BadValue`` for what cannot be.
    """

    cutoff_hz: float | None = None
    fill_gap_s: float = 0.1
    min_confidence: float = 0.3
    noise_model: str = "full"
    up_sigma_deg: float = 1.0
    treadmill_mps: float | None = None
    joint: str = "knee"
    depth_deg: float | None = None
    facing: int = 0

    def __post_init__(self) -> None:
        limits = {
            "cutoff_hz": (0.5, 50.0),
            "fill_gap_s": (0.0, 0.5),
            "min_confidence": (0.0, 1.0),
            "up_sigma_deg": (0.0, 45.0),
            "treadmill_mps": (0.2, 15.0),
            "depth_deg": (10.0, 179.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None:
                within(name, value, low, high)
        if self.facing not in {-1, 0, 1}:
            code, value = "athletes.errors.bad_motion_setting", float(self.facing)
            raise Worded(code, name="facing", value=value, low=-1.0, high=1.0)
        if self.joint not in JOINTS:
            raise BadValue("athletes.errors.no_such_angle", angle=self.joint, known=", ".join(JOINTS))

    def cutoff_for(self, movement: Movement, rate_hz: float | None = None) -> float:
        """The cutoff in Hz that ``movement`` is filtered at in a recording of ``rate_hz``: the chosen one, else the
        movement's, as far as the rate carries it; never below the usual one."""
        if self.cutoff_hz is not None:
            return self.cutoff_hz
        wanted = CUTOFF_HZ.get(movement, USUAL_CUTOFF_HZ)
        return wanted if rate_hz is None else max(USUAL_CUTOFF_HZ, min(wanted, CARRIED * rate_hz))

    def document(self, movement: Movement, rate_hz: float | None = None) -> dict[str, Any]:
        """JSON-ready, with the cutoff that was used."""
        return {**asdict(self), "cutoff_hz": self.cutoff_for(movement, rate_hz)}

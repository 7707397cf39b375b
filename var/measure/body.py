"""What is known of a body part before it is seen: how high it is above the ground, and how sharp its extremity is."""

from __future__ import annotations

from dataclasses import dataclass

from var.model import BodyPart


@dataclass(frozen=True, slots=True)
class PartPrior:
    """``height_m`` with ``height_sigma_m`` above the ground, and ``extremity_sigma_m``: how far, along the pitch, the
    true outermost point of that part may be from the one a careful person points at. ``speed_sigma_mps`` is the
    standard deviation of its horizontal velocity an axis, around standing still."""

    height_m: float
    height_sigma_m: float
    extremity_sigma_m: float
    speed_sigma_mps: float


PARTS: dict[BodyPart, PartPrior] = {
    BodyPart.HEAD: PartPrior(1.55, 0.15, 0.03, 4.0),
    BodyPart.SHOULDER: PartPrior(1.35, 0.13, 0.04, 4.0),
    BodyPart.HIP: PartPrior(0.92, 0.10, 0.04, 4.0),
    BodyPart.KNEE: PartPrior(0.50, 0.10, 0.03, 5.0),
    BodyPart.HEEL: PartPrior(0.10, 0.10, 0.02, 6.0),
    BodyPart.TOE: PartPrior(0.06, 0.07, 0.02, 6.0),
}
"""Heights follow the segment lengths of Drillis and Contini (1966; table 4.1 in Winter, *Biomechanics and Motor
Control of Human Movement*): eye 0.936, shoulder 0.818, hip 0.530, knee 0.285, ankle 0.039 of a stature of 1.75 m
(standard deviation 0.07 m), lowered by some centimetres for a running player's lean and bent knees. The spread is far
wider than that of stature, because the phase of the stride, not the build, decides where a knee or a heel is. The
extremity's spread covers boot and shirt; the shoulder's also the choice of where the arm begins.

Speeds: a trunk at 4 m/s an axis stays within 8 m/s in 95 % of cases, and sprints reach 9. A foot stands still in one
half of the stride and swings at about twice the body's speed in the other, so its root mean square is higher: one
frame of a swinging foot is worth more than one frame of a trunk."""

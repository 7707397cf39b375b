"""Between one foot's toe-off and the other's touch-down: a flight of running, or both feet on the ground of walking.

Running has a flight between two contacts, walking a stretch in which both feet are down, so the same two instants come
in the other order. A flight shorter than nothing is no flight: it is not measured, and says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from athletes.kinematics.contacts import Contact
from athletes.kinematics.found import finding, frames_between, mean_of
from athletes.kinematics.model import Finding, Side
from athletes.kinematics.seen import Seen
from touchline.measure import Z95

LEAST_S, LONGEST_S = -0.25, 0.5
"""What is shorter or longer lies between no two steps that follow one another: in a slow walk both feet are down for
0.2 s."""


@dataclass(frozen=True, slots=True)
class Between:
    """From the toe-off of the foot ``side`` to the other's touch-down: ``seconds``, less than 0 with both feet down."""

    side: Side
    seconds: float
    sigma_s: float
    frames: tuple[int, ...]

    @property
    def both_down(self) -> bool:
        """Whether both feet were on the ground beyond the error."""
        return self.seconds < -Z95 * self.sigma_s


def between_contacts(seen: Seen, contacts: Sequence[Contact]) -> list[Between]:
    """What lies between contacts of either foot that follow one another, in their order."""
    found: list[Between] = []
    for one, other in pairwise(contacts):
        if one.side is other.side or not one.up or not other.down:
            continue
        seconds = other.down.t_s - one.up.t_s
        if LEAST_S < seconds < LONGEST_S:
            sigma_s = math.hypot(one.up.sigma_s, other.down.sigma_s)
            found.append(Between(one.side, seconds, sigma_s, frames_between(seen, one.up.t_s, other.down.t_s)))
    return found


def flight_findings(each: Sequence[Between]) -> list[Finding]:
    """Flight times with their mean, or, where at most half of the steps have one, how long both feet are down.

    The mean counts what is shorter than nothing by no more than its error as it was measured: left out, it would make
    the mean of short flights too long.
    """
    if not each:
        return [finding("mean_flight_time", None, reasons=("too_few_steps",))]
    walks = float(np.median([one.seconds for one in each])) <= 0
    found = [_flight(one, number, walks) for number, one in enumerate(each, 1)]
    if walks:
        found += [
            finding("double_support", (-one.seconds, one.sigma_s, "s"), one.frames, side=one.side, number=number)
            for number, one in enumerate(each, 1)
            if one.seconds < 0
        ]
        return [*found, finding("mean_flight_time", None, reasons=("both_feet_down",))]
    counted = [one for one in each if not one.both_down]
    value, sigma = mean_of([one.seconds for one in counted], [one.sigma_s for one in counted])
    frames = tuple(dict.fromkeys(frame for one in counted for frame in one.frames))
    why = () if len(counted) == len(each) else ("steps_without_flight",)
    if value <= 0:
        return [*found, finding("mean_flight_time", None, frames, reasons=("flight_not_told",))]
    return [*found, finding("mean_flight_time", (value, sigma, "s"), frames, reasons=why)]


def _flight(one: Between, number: int, walks: bool) -> Finding:
    if one.seconds > (Z95 * one.sigma_s if walks else 0.0):
        return finding("flight_time", (one.seconds, one.sigma_s, "s"), one.frames, side=one.side, number=number)
    why = "both_feet_down" if walks else "flight_not_told"
    return finding("flight_time", None, one.frames, side=one.side, number=number, reasons=(why,))

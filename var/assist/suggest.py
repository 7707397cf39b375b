"""Who defends, and who is the second-last opponent, as far as the people found can tell. Pure; every answer has its
reasons, and "nobody" is an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from var.assist.teams import Side
from var.measure.area import SIDE_M
from var.measure.pitch import PENALTY_AREA_M, Pitch

CLEARLY_NEARER_M = 1.5
"""A team defends where it stands on average so much nearer to the goal that is attacked."""

FEET_SIGMA_M = 0.4
"""How far the foremost point is from where the middle of the box stands, where no body points are known."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far somebody is along the attack: the ``number`` of the person, ``reach_m`` from the halfway line with its
    standard deviation, where he is across the pitch, and whether that is by body points or by the feet alone."""

    number: int
    side: Side
    reach_m: float
    sigma_m: float
    across_m: float
    by_points: bool = True


@dataclass(frozen=True, slots=True)
class Ranked:
    """One opponent in the order from the goal line: ``keeper`` is a guess from shirt and place."""

    reach: Reach
    keeper: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The opponents found, nearest to their goal first, and the number of the suggested second-last one, or None.

    ``reasons`` say what it rests on and what may make it another one: ``nobody_defends``; ``fewer_than_two`` opponents
    found; ``keeper_outside``: no keeper was recognised and the goal is not in the picture, so he is taken to be nearer
    to it than everybody found; ``keeper_not_seen``: none recognised although the goal is in the picture;
    ``unclear_people``: somebody of no clear team is as near to the goal; ``close``: the next one is within the
    uncertainty; ``by_feet``: no body points.
    """

    ranking: tuple[Ranked, ...]
    second_last: int | None
    reasons: tuple[str, ...]


def defending(reaches: Sequence[Reach]) -> Side | None:
    """The team that stands nearer to the goal that is attacked, or None where that is not clear."""
    means = []
    for side in (Side.FIRST, Side.SECOND):
        own = [one.reach_m for one in reaches if one.side is side]
        if not own:
            return None
        means.append(float(np.mean(own)))
    if abs(means[0] - means[1]) < CLEARLY_NEARER_M:
        return None
    return Side.FIRST if means[0] > means[1] else Side.SECOND


def second_last(reaches: Sequence[Reach], defends: Side | None, pitch: Pitch, *, goal_seen: bool = True) -> Line:
    """The opponents of ``reaches`` in order: the team ``defends``, and of the others who may be its keeper.

    ``goal_seen`` says whether the goal that is attacked, and with it a keeper in his place, is in the picture.
    """
    if defends not in (Side.FIRST, Side.SECOND):
        return Line((), None, ("nobody_defends",))
    keeper = _keeper(reaches, pitch)
    counted = [one for one in reaches if one.side is defends or one is keeper]
    ranking = tuple(Ranked(one, one is keeper) for one in sorted(counted, key=lambda one: -one.reach_m))
    reasons = ["fewer_than_two"] if len(ranking) < 2 else []
    if keeper is None:
        reasons.append("keeper_not_seen" if goal_seen else "keeper_outside")
    at = 0 if keeper is None and not goal_seen else 1
    if len(ranking) <= at:
        return Line(ranking, None, tuple(reasons))
    chosen = ranking[at].reach
    unclear = [one for one in reaches if one.side is Side.UNKNOWN]
    if any(one.reach_m + 2 * one.sigma_m > chosen.reach_m for one in unclear):
        reasons.append("unclear_people")
    beside = [one.reach for place, one in enumerate(ranking) if abs(place - at) == 1]
    if any(abs(chosen.reach_m - one.reach_m) < 2 * float(np.hypot(chosen.sigma_m, one.sigma_m)) for one in beside):
        reasons.append("close")
    if not chosen.by_points:
        reasons.append("by_feet")
    return Line(ranking, chosen.number, tuple(reasons))


def _keeper(reaches: Sequence[Reach], pitch: Pitch) -> Reach | None:
    """Of those who wear neither team's shirt the nearest to the goal, where he stands in the penalty area or behind."""
    edge_m = pitch.length_m / 2 - PENALTY_AREA_M
    inside = [
        one for one in reaches if one.side is Side.OTHER and one.reach_m >= edge_m and abs(one.across_m) <= SIDE_M
    ]
    return max(inside, key=lambda one: one.reach_m, default=None)

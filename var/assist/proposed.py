"""What a sight proposes to a person: who comes first for a role, the very point, and what is drawn of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from var.assist.suggest import Line, Reach, defending, second_last
from var.assist.teams import Side
from var.measure.pitch import Pitch
from var.model import AttackDirection, BodyPart, Proposal, Role

Drawing = dict[str, Any]

SIGNS = {Side.FIRST: "\u2460", Side.SECOND: "\u2461", Side.OTHER: "\u25cb", Side.UNKNOWN: "?"}
"""A team's sign beside a person's number, so that colour is never alone: 1 or 2 in a circle, a ring, a "?"."""

PLAIN = "#d0d0d0"
BRIGHT = 0.62
DRAWN = 3
"""So many proposals of a role are drawn; the list beside the picture has them all."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One proposed body point: of the person ``number``, at ``proposal.px``; ``keeper`` is a guess, ``second_last``
    says that this is the suggested second-last opponent, ``hidden`` that somebody stands before or behind him."""

    number: int
    part: BodyPart
    proposal: Proposal
    reach_m: float
    sigma_m: float
    outward_m: float
    side: Side
    keeper: bool = False
    second_last: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """The offers of a role, the foremost along the attack first, and what limits them (as ``Line.reasons``)."""

    offers: tuple[Offer, ...]
    reasons: tuple[str, ...]
    defends: Side | None


def offers(sight: Mapping[str, Any], role: Role, defends: Side | None, pitch: Pitch) -> Offers:
    """Whom ``sight`` (a document of ``var.assist.sight``) proposes for ``role``.

    ``defends`` is what a person said; None leaves it to where the teams stand. Where that says nothing, everybody with
    body points is offered for either role, and ``nobody_defends`` is among the reasons.
    """
    sign = AttackDirection(sight["attack"]).sign
    people = {int(one["number"]): one for one in sight["people"]}
    reaches = [reach for one in people.values() if (reach := _reach(one, sign)) is not None]
    side = defends or defending(reaches)
    line = second_last(reaches, side, pitch, goal_seen=sight["goal_seen"] is not False)
    keeper = {one.reach.number: one.keeper for one in line.ranking}
    if side is None:
        chosen = reaches
    elif role is Role.DEFENDER:
        chosen = [one.reach for one in line.ranking]
    else:
        other = Side.SECOND if side is Side.FIRST else Side.FIRST
        chosen = [one for one in reaches if one.side in (other, Side.UNKNOWN)]
    found = [
        _offer(people[one.number], one, line, keeper.get(one.number, False), str(sight["models"]["pose"]))
        for one in sorted(chosen, key=lambda one: -one.reach_m)
        if people[one.number]["candidates"]
    ]
    reasons = line.reasons if role is Role.DEFENDER or side is None else ()
    return Offers(tuple(found), reasons, side)


def _reach(one: Mapping[str, Any], sign: int) -> Reach | None:
    side, number = Side(one["side"]), int(one["number"])
    if one["candidates"]:
        first = one["candidates"][0]
        return Reach(number, side, first["reach_m"], first["reach_sigma_m"], first["ground_m"][1])
    if one["stands_m"] is None:
        return None
    from var.assist.suggest import FEET_SIGMA_M

    sigma_m = (one["sigma_m"][0] ** 2 + FEET_SIGMA_M**2) ** 0.5
    return Reach(number, side, sign * one["stands_m"][0], sigma_m, one["stands_m"][1], by_points=False)


def _offer(one: Mapping[str, Any], reach: Reach, line: Line, keeper: bool, model: str) -> Offer:
    first = one["candidates"][0]
    u, v = first["px"]
    return Offer(
        number=reach.number,
        part=BodyPart(first["part"]),
        proposal=Proposal(model, float(first["confidence"]), (float(u), float(v)), float(first["sigma_px"])),
        reach_m=reach.reach_m,
        sigma_m=reach.sigma_m,
        outward_m=float(first["outward_m"]),
        side=reach.side,
        keeper=keeper,
        second_last=line.second_last == reach.number,
        hidden=bool(one["hidden"]),
    )


def people_overlay(sight: Mapping[str, Any]) -> list[Drawing]:
    """Everybody found, as a thin box in the colour of his team's shirts with his number and the team's sign."""
    drawn: list[Drawing] = []
    for one in sight["people"]:
        left, top, right, bottom = one["box_px"]
        side = Side(one["side"])
        colour = bright(sight["teams"].get(side.value) or PLAIN)
        ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
        drawn.append({"shape": "polyline", "px": _rounded(ring), "style": "person", "colour": colour})
        text = f"{one['number']}{SIGNS[side]}"
        drawn.append(
            {"shape": "label", "px": _rounded([[left, top]]), "style": "person", "colour": colour, "text": text}
        )
    return drawn


def offers_overlay(found: Sequence[Offer], role: Role) -> list[Drawing]:
    """The foremost offers of a role as dashed crosses with a question mark: nobody has confirmed them."""
    letter = "A" if role is Role.ATTACKER else "D"
    drawn: list[Drawing] = []
    shown = [one for one in found if one.second_last] + [one for one in found if not one.second_last]
    for one in shown[:DRAWN]:
        at = _rounded([list(one.proposal.px)])
        drawn.append({"shape": "cross", "px": at, "style": "proposal", "role": role.value})
        text = f"{letter}? {one.number}"
        drawn.append({"shape": "label", "px": at, "style": "proposal", "role": role.value, "text": text})
    return drawn


def bright(colour: str) -> str:
    """``colour`` (``#rrggbb``) mixed with white until a thin line of it is seen on grass and in shadow."""
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        return PLAIN
    rgb = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]
    share = 0.0 if light >= BRIGHT else (BRIGHT - light) / (1 - light)
    return "#" + "".join(f"{round(255 * (value + share * (1 - value))):02x}" for value in rgb)


def _rounded(points: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(float(u), 2), round(float(v), 2)] for u, v in points]

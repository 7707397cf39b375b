"""The scene from above as SVG: the part of the pitch around the lines, and below it the margin enlarged.

Letters are large enough to read where the drawing is as narrow as a phone (half size).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from touchline.i18n import t
from var.measure.pitch import LINE_WIDTH_M
from var.stage.figure import standing
from var.stage.parts import governing_lines, pitch_of, span_y
from var.stage.pitch_parts import STRIPES
from var.stage.words import margin_words, outcome_words
from var.svg import ATTACKER, CAUTION, DARK, DEFENDER, circle, drawing, rect, tag, text

WIDTH, PLAN, GAP, ZOOM = 720, 420, 8, 214
"""Sizes of the drawing: the plan stands over the enlargement."""

LEAST_M = 17.0
"""At least so much of the pitch is seen across, so that one recognises where it is."""

GRASS, GRASS_LIGHT, BESIDE, PAINT = "#2e7d3a", "#368c42", "#26683a", "#f5f7f5"
ROLE = {"attacker": ATTACKER, "defender": DEFENDER, "halfway": "#ffffff", "ball": "#ffeb82"}
BADGE = {"attacker": (ATTACKER, "#1a0d07"), "defender": ("#104a8c", "#ffffff")}
FONT = "'Be Vietnam Pro', system-ui, sans-serif"
HALO = 5.0
LETTER = 16.0
"""A letter of the lines' names takes about so much, of a wide font."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the ground shown in a box of the drawing; ``scale`` in units a metre."""

    centre_m: tuple[float, float]
    scale: float
    box: tuple[float, float, float, float]  # left, top, width, height

    def x(self, metres: float) -> float:
        """Where an x of the pitch lies in the drawing."""
        return self.box[0] + self.box[2] / 2 + (metres - self.centre_m[0]) * self.scale

    def y(self, metres: float) -> float:
        """Where a y of the pitch lies in the drawing: the far touchline is up."""
        return self.box[1] + self.box[3] / 2 - (metres - self.centre_m[1]) * self.scale


def top_view(document: dict[str, Any], lang: str) -> str:
    """The drawing as one SVG document."""
    ends = governing_lines(document)
    plan = _plan(document)
    height = PLAN if ends is None else PLAN + GAP + ZOOM
    said = t("var.stage.alt", lang, outcome=outcome_words(document, lang), margin=margin_words(document, lang))
    body = [
        _ground(document, plan),
        _lines(document, plan),
        _points(document, plan, lang),
        _attack(document, lang),
    ]
    if document["origin"] == "simulated":
        body.append(_mark(t("var.stage.simulated", lang)))
    if ends is not None:
        body.append(_enlarged(document, ends, lang))
    plates = [
        tag("clipPath", rect(0, top, WIDTH, tall, DARK, rx=10), id=name)
        for name, top, tall in (("plan", 0, PLAN), ("zoom", PLAN + GAP, ZOOM))
    ]
    whole = (tag("title", escape(said)), tag("defs", *plates), *body)
    return drawing(whole, WIDTH, height, role="img", font_family=FONT)


def _plan(document: dict[str, Any]) -> Window:
    low, high = span_y(document)
    xs = [point["xyz_m"][0] for point in document["points"]]
    sign = 1 if document["attack"] == "right" else -1
    if not xs:
        xs, low, high = [sign * document["pitch"]["length_m"] / 4], -20.0, 20.0
    tall = max(LEAST_M, high - low + 6.0)
    # A little toward the goal: it tells where one is.
    centre = (float(np.mean(xs)) + sign * 0.12 * tall * WIDTH / PLAN, (low + high) / 2)
    return Window(centre, PLAN / tall, (0.0, 0.0, WIDTH, PLAN))


def _ground(document: dict[str, Any], plan: Window) -> str:
    """Grass and white lines."""
    pitch = pitch_of(document)
    half_l, half_w = pitch.length_m / 2, pitch.width_m / 2
    drawn = [rect(0, 0, WIDTH, PLAN, BESIDE)]
    edges = np.linspace(-half_l, half_l, STRIPES + 1)
    for i, (low, high) in enumerate(pairwise(edges)):
        fill = GRASS_LIGHT if i % 2 else GRASS
        drawn.append(rect(plan.x(low), plan.y(half_w), (high - low) * plan.scale + 0.3, 2 * half_w * plan.scale, fill))
    wide = max(2.5, LINE_WIDTH_M * plan.scale)
    for _, places in pitch.outline(0.5):
        if places[:, 2].any():
            continue
        spots = " ".join(f"{plan.x(x):.1f},{plan.y(y):.1f}" for x, y, _ in places)
        drawn.append(tag("polyline", points=spots, fill="none", stroke=PAINT, stroke_width=wide))
    for name in ("left_penalty_spot", "right_penalty_spot", "centre_spot"):
        x, y, _ = pitch.points[name]
        drawn.append(circle(plan.x(x), plan.y(y), max(3.0, 0.11 * plan.scale), PAINT))
    goal = document["pitch"]["goal_m"][0]
    for sign in (-1, 1):
        left = plan.x(sign * half_l) - (2 * plan.scale if sign < 0 else 0)
        size = 2 * plan.scale, goal * plan.scale
        drawn.append(rect(left, plan.y(goal / 2), *size, "#ffffff", stroke=PAINT, stroke_width=3, fill_opacity=0.18))
    return tag("g", *drawn, clip_path="url(#plan)")


def _lines(document: dict[str, Any], plan: Window) -> str:
    """Both lines with their bands, across the plan."""
    drawn = []
    for line in document["lines"]:
        low, high = line["band95_m"]
        if high > low:
            band = (high - low) * plan.scale
            drawn.append(rect(plan.x(low), 0, band, PLAN, ROLE[line["role"]], fill_opacity=0.38))
    drawn += [rect(plan.x(line["x_m"]) - 1.75, 0, 3.5, PLAN, ROLE[line["role"]]) for line in document["lines"]]
    return tag("g", *drawn, clip_path="url(#plan)")


def _points(document: dict[str, Any], plan: Window, lang: str) -> str:
    """Points with their ellipses, a badge with the letter beside each player's."""
    sign = 1 if document["attack"] == "right" else -1
    drawn = []
    for point in sorted(document["points"], key=lambda point: point["governs"]):
        x, y = plan.x(point["xyz_m"][0]), plan.y(point["xyz_m"][1])
        (long, short), angle = point["ellipse95"]["semi_m"], np.degrees(point["ellipse95"]["angle_rad"])
        drawn.append(
            tag(
                "ellipse",
                rx=max(4.0, long * plan.scale),
                ry=max(4.0, short * plan.scale),
                transform=f"translate({x:.1f} {y:.1f}) rotate({-angle:.1f})",
                fill=ROLE[point["role"]],
                fill_opacity=0.45,
                stroke="#fff",
                stroke_width=2,
            )
        )
        drawn.append(circle(x, y, 4, "#fff", stroke=DARK))
    for one in document["figures"]:
        own = [
            point for point in document["points"] if (point["role"], point["player"]) == (one["role"], one["player"])
        ]
        at = next(point for point in own if standing(point["xyz_m"], sign)["at_m"] == one["at_m"])["xyz_m"]
        aside = 40 * sign * (1 if one["role"] == "attacker" else -1)
        x, y = plan.x(at[0]) + aside, plan.y(at[1])
        drawn.append(_badge(x, y, t(f"var.stage.sign.{one['role']}", lang), one["role"], governs=one["governs"]))
        if one["player"] not in ("", one["role"]):
            anchor = "start" if aside > 0 else "end"
            drawn.append(_words(x + (26 if aside > 0 else -26), y + 9, one["player"], 24, anchor=anchor, halo=HALO))
    if document["ball_m"] is not None:
        x, y = plan.x(document["ball_m"][0]), plan.y(document["ball_m"][1])
        drawn.append(circle(x, y, 7, "#fff", stroke=DARK, stroke_width=3))
    return tag("g", *drawn, clip_path="url(#plan)")


def _badge(x: float, y: float, letter: str, role: str, *, governs: bool) -> str:
    plate, ink = BADGE[role]
    if governs:
        around = circle(x, y, 21, plate, stroke="#fff", stroke_width=2.5)
    else:
        around = circle(x, y, 21, plate, fill_opacity=0.6)
    return around + _words(x, y + 10, letter, 28, fill=ink, anchor="middle")


def _words(
    x: float,
    y: float,
    words: str,
    size: int,
    *,
    fill: str = "#fff",
    anchor: str = "start",
    halo: float = 0.0,
    weight: int = 700,
) -> str:
    return text(x, y, words, fill, halo=halo, font_size=size, font_weight=weight, text_anchor=anchor)


def _attack(document: dict[str, Any], lang: str) -> str:
    """The direction of the attack as an arrow with words."""
    said = t("var.stage.attack", lang)
    right = document["attack"] == "right"
    y, wide = PLAN - 26, 15 * len(said) + 100
    plate = rect(12, y - 24, wide, 40, DARK, fill_opacity=0.8, rx=8)
    tip, tail = (74, 26) if right else (26, 74)
    turn = -12 if right else 12
    arrow = tag(
        "path",
        d=f"M{tail} {y - 4}H{tip} m{turn} -9 l{-turn} 9 l{turn} 9",
        fill="none",
        stroke="#fff",
        stroke_width=5,
        stroke_linecap="round",
        stroke_linejoin="round",
    )
    return plate + arrow + _words(90, y + 4, said, 26, weight=600)


def _mark(said: str) -> str:
    wide = 19 * len(said) + 24
    plate = rect(WIDTH - wide - 12, 12, wide, 42, "#b3261e", rx=8)
    return plate + _words(WIDTH - wide / 2 - 12, 42, said, 26, anchor="middle")


def _enlarged(document: dict[str, Any], ends: tuple[float, float], lang: str) -> str:
    """The margin across the lines, as large as fits: bands, lines with letters, dimension with its words."""
    governing = [line for line in document["lines"] if line["governs"]]
    low = min(line["band95_m"][0] for line in governing)
    high = max(line["band95_m"][1] for line in governing)
    top = PLAN + GAP
    reach = max(0.4, 1.3 * (high - low))
    zoom = Window(((low + high) / 2, 0.0), WIDTH / reach, (0.0, float(top), float(WIDTH), float(ZOOM)))
    drawn = [rect(0, top, WIDTH, ZOOM, GRASS)]
    for line in governing:
        start, end = line["band95_m"]
        colour = ROLE[line["role"]]
        drawn.append(rect(zoom.x(start), top, (end - start) * zoom.scale, ZOOM, colour, fill_opacity=0.42))
    drawn += [rect(zoom.x(line["x_m"]) - 3.5, top, 7, ZOOM, ROLE[line["role"]]) for line in governing]
    a, b = sorted(zoom.x(x) for x in ends)
    y = top + 96
    ends_of_it = f"M{a:.1f} {y}H{b:.1f} M{a:.1f} {y - 14}v28 M{b:.1f} {y - 14}v28"
    drawn.append(tag("path", d=ends_of_it, stroke=CAUTION, stroke_width=6, fill="none"))
    said = margin_words(document, lang)
    wide = 19.5 * len(said) + 34
    middle = float(np.clip((a + b) / 2, wide / 2 + 8, WIDTH - wide / 2 - 8))
    drawn.append(rect(middle - wide / 2, y - 78, wide, 50, CAUTION, rx=8))
    drawn.append(_words(middle, y - 41, said, 34, fill="#1d1800", anchor="middle", weight=800))
    places = sorted((zoom.x(line["x_m"]), line["role"]) for line in governing)
    gap = 24 - (places[-1][0] - places[0][0]) / 2 if places[-1][0] - places[0][0] < 48 else 0.0
    for side, (x, role) in zip((-1, 1), places, strict=True):
        drawn.append(_name(x + side * gap, top + 152, role, side, lang))
    band = t("var.stage.band", lang)
    drawn.append(_words(WIDTH / 2, top + ZOOM - 12, band, 22, anchor="middle", halo=HALO, weight=600))
    return tag("g", *drawn, clip_path="url(#zoom)")


def _name(x: float, y: float, role: str, side: int, lang: str) -> str:
    """The letter and the word of a line, outward of it; inward where the drawing ends before the word does."""
    said = t(f"var.stage.{role}", lang)
    if not 0 <= x + side * (38 + LETTER * len(said)) <= WIDTH:
        side = -side
    anchor = "end" if side < 0 else "start"
    if role not in BADGE:
        return _words(x + side * 16, y + 9, said, 26, anchor=anchor, halo=HALO)
    badge = _badge(x, y, t(f"var.stage.sign.{role}", lang), role, governs=True)
    return badge + _words(x + side * 30, y + 9, said, 26, anchor=anchor, halo=HALO)

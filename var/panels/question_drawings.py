"""A ball at its line and a contact at the area's edge, drawn close up as SVG: what a spectator understands at once.

Everything is to scale: the ball, the line's 12 cm, the interval. White is the line, blue its outer edge, orange the
ball or the point, and the paler orange the 95 % interval.
"""

from __future__ import annotations

from html import escape

from touchline.i18n import number, t
from touchline.measure import Z95
from var.measure.area import SIDE_M, AreaVerdict
from var.measure.goal_line import BallVerdict, Line
from var.measure.pitch import BALL_RADIUS_M, GOAL_HEIGHT_M, LINE_WIDTH_M, PENALTY_AREA_M
from var.model import Incident, Match
from var.panels.verdict_drawings import margin_words
from var.questions import Answer
from var.svg import ATTACKER, DARK, DEFENDER, circle, drawing, picture, rect, tag, text

GRASS, BEYOND, LINE, EDGE, BALL, INK = "#1f5a32", "#27323b", "#f4f7f9", DEFENDER, ATTACKER, "#e9eef2"
WIDE, HIGH = 150, 118
"""A view in units of the drawing; two stand side by side."""


def close_up(verdict: Answer, incident: Incident, match: Match, lang: str) -> str:
    """The drawing for a ball or a contact that was measured; empty for an offside, which has its own scale."""
    if (
        isinstance(verdict, BallVerdict)
        and verdict.margin is not None
        and verdict.place_m is not None
        and incident.line
    ):
        return _ball(verdict, Line(incident.line), lang)
    if isinstance(verdict, AreaVerdict) and verdict.margin is not None and verdict.place_m is not None:
        return _area(verdict, match.setup.pitch_m, lang)
    return ""


def _framed(parts: list[str], wide: float, high: float, label: str, note: str) -> str:
    """The drawing in its frame, with what it shows for those who do not see it, and how to read it."""
    drawn = drawing(parts, wide, high, font_family="sans-serif", font_weight=600, font_size=9.5)
    return picture(drawn, label) + (
        f'<div style="font:12px sans-serif;color:#b4c0ca;margin-top:3px">{escape(note)}</div>'
    )


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return text(x, y, words, INK, halo=2.5, text_anchor=anchor)


def _upright(x: float, colour: str, wide: float, dashes: str = "none") -> str:
    return tag("path", d=f"M{x:.1f} 0V{HIGH}", stroke=colour, stroke_width=wide, stroke_dasharray=dashes)


def _ball(verdict: BallVerdict, line: Line, lang: str) -> str:
    """Top view and side view across the line: the field on the left, what is out on the right, whatever the line."""
    assert verdict.margin is not None
    assert verdict.place_m is not None
    value, half, r, height_m = verdict.margin.value, verdict.margin.half_width95, BALL_RADIUS_M, verdict.place_m[2]
    reach = max(0.42, abs(value) + 2 * r + 0.12, abs(value) + half + 0.08)
    tall = max(reach, (height_m + r + 0.12) * WIDE / (2 * (HIGH - 22)))
    note = t("var.question.height", lang, height=number(height_m, lang, 2))
    views = [
        _view(value, half, reach, (), HIGH / 2, t("var.question.top", lang), lang),
        _view(value, half, tall, _stands(line, tall, note), None, t("var.question.side", lang), lang, height_m),
    ]
    placed = [tag("svg", parts, x=place * (WIDE + 6), width=WIDE, height=HIGH) for place, parts in enumerate(views)]
    label = t("var.question.drawing_ball", lang, margin=margin_words(verdict, lang))
    return _framed(placed, 2 * WIDE + 6, HIGH, label, t("var.question.drawing_note", lang))


def _stands(line: Line, reach: float, note: str) -> tuple[str, ...]:
    """What the side view has beside the ball: the ground, and at a goal line a post, as wide as the line."""
    unit, ground = WIDE / (2 * reach), HIGH - 10.0
    left, wide = WIDE / 2 - LINE_WIDTH_M * unit, LINE_WIDTH_M * unit
    post = min(GOAL_HEIGHT_M * unit, ground)
    return (
        rect(0, 0, WIDE, HIGH, "#14222d"),
        rect(left, ground - post, wide, post, LINE, opacity=0.35) if line.axis == 0 else "",
        rect(0, ground, WIDE, HIGH - ground, GRASS),
        rect(left, ground, wide, 4, LINE),
        _text(WIDE - 4, 10, note, "end"),
    )


def _view(
    value: float,
    half: float,
    reach: float,
    behind: tuple[str, ...],
    middle: float | None,
    name: str,
    lang: str,
    height_m: float = 0.0,
) -> str:
    """One view: the line's outer edge in the middle, the ball's innermost edge ``value`` metres beyond it."""
    unit, r = WIDE / (2 * reach), BALL_RADIUS_M
    zero, edge = WIDE / 2, WIDE / 2 + value * unit
    above = behind or (
        rect(0, 0, zero, HIGH, GRASS),
        rect(zero, 0, WIDE / 2, HIGH, BEYOND),
        rect(zero - LINE_WIDTH_M * unit, 0, LINE_WIDTH_M * unit, HIGH, LINE),
    )
    row = HIGH - 10.0 - max(height_m, r) * unit if middle is None else middle
    parts = (
        *above,
        rect(edge - half * unit, 0, 2 * half * unit, HIGH, BALL, opacity=0.38),
        circle(edge + r * unit, row, r * unit, BALL, fill_opacity=0.85, stroke=DARK),
        _upright(edge, BALL, 1.4, "3 2"),
        _upright(zero, EDGE, 2.4),
        _text(4, 10, name),
        _text(4, HIGH - 2, t("var.question.field", lang)),
        _text(WIDE - 4, HIGH - 2, t("var.question.beyond", lang), "end"),
    )
    return "".join(parts)


def _area(verdict: AreaVerdict, pitch_m: tuple[float, float], lang: str) -> str:
    """The point from above, as from the main stand: the near touchline below, the right goal to the right."""
    assert verdict.margin is not None
    assert verdict.place_m is not None
    assert verdict.area is not None
    sigma_x, sigma_y = verdict.place_sigma_m or (0.0, 0.0)
    x, y, _ = verdict.place_m
    wide, high = 2.0 * WIDE + 6, float(HIGH)
    reach = max(0.6, 1.6 * abs(verdict.margin.value), 3.2 * max(sigma_x, sigma_y))
    unit = high / (2 * reach)

    def at(px: float, py: float) -> tuple[float, float]:
        return wide / 2 + (px - x) * unit, high / 2 - (py - y) * unit

    sign = verdict.area.sign
    front, goal = sign * (pitch_m[0] / 2 - PENALTY_AREA_M), sign * pitch_m[0] / 2
    inner = front + sign * LINE_WIDTH_M
    parts = [rect(0, 0, wide, high, GRASS)]
    for edge, side, fill in (
        (front, SIDE_M, LINE),
        (inner, SIDE_M - LINE_WIDTH_M, "#2c7a46"),
    ):
        (left, top), (right, bottom) = at(min(edge, goal), side), at(max(edge, goal), -side)
        left, top = max(left, -2.0), max(top, -2.0)
        parts.append(rect(left, top, min(right, wide + 2) - left, min(bottom, high + 2) - top, fill))
    (left, top), (right, bottom) = at(min(front, goal), SIDE_M), at(max(front, goal), -SIDE_M)
    near = at(front, 0)[0]
    far = min(max(at(goal, 0)[0], -9.0), wide + 9)
    top, bottom = max(top, -9.0), min(bottom, high + 9)
    way = f"M{far:.1f} {top:.1f}H{near:.1f}V{bottom:.1f}H{far:.1f}"
    parts.append(tag("path", d=way, fill="none", stroke=EDGE, stroke_width=2.4))
    u, v = at(x, y)
    doubt = Z95 * sigma_x * unit, Z95 * sigma_y * unit
    inside = t("var.question.area", lang)
    beyond = t("var.question.outside_area", lang)
    parts += [
        tag("ellipse", cx=u, cy=v, rx=doubt[0], ry=doubt[1], fill=BALL, opacity=0.38),
        circle(u, v, 4, BALL, stroke=DARK),
        _text(4, 10, t("var.question.top", lang)),
    ]  # fmt: skip
    if -20 < near < wide + 20:
        at_inside = ("start", 6) if sign > 0 else ("end", -6)
        at_beyond = ("end", -6) if sign > 0 else ("start", 6)
        parts += [
            _text(near + at_inside[1] + sign * LINE_WIDTH_M * unit, high - 6, inside, at_inside[0]),
            _text(near + at_beyond[1], high - 6, beyond, at_beyond[0]),
        ]
    elif 0 < top < high or 0 < bottom < high:
        row, into = (top, 1) if 0 < top < high else (bottom, -1)
        parts += [
            _text(wide - 6, row + into * (LINE_WIDTH_M * unit + 10), inside, "end"),
            _text(wide - 6, row - into * 8, beyond, "end"),
        ]
    label = t("var.question.drawing_area", lang, margin=margin_words(verdict, lang))
    return _framed(parts, wide, high, label, t("var.question.drawing_area_note", lang))

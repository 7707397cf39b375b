"""A verdict as small drawings in HTML: the banner, the margin on its scale, the sources of its uncertainty."""

from __future__ import annotations

from html import escape

from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from var.model import Question
from var.questions import Answer
from var.svg import ATTACKER, CAUTION, DEFENDER

SIGNS = {"offside": "■", "onside": "●", "over": "■", "not_over": "●", "inside": "■", "outside": "●", "too_close": "◆"}
"""Those that are missing were not measured."""

COLOURS = {
    "■": (ATTACKER, "#1a0d07"),
    "●": (DEFENDER, "#041423"),
    "◆": (CAUTION, "#1d1800"),
    "?": ("#5b6670", "#ffffff"),
}
"""Background and ink of each sign; sign and word say the same."""

SOURCES = {Question.OFFSIDE: "review", Question.BALL: "goal_line", Question.AREA: "area", Question.FOUL: "foul_aids"}
"""Whose catalogue names the sources of doubt."""

FIGURES = "font-variant-numeric:tabular-nums"


def outcome_words(verdict: Answer, question: Question, lang: str) -> str:
    """The outcome as one word or a few, as the question has it."""
    room = "review.outcome" if question is Question.OFFSIDE else f"question.outcome.{question.value}"
    return t(f"var.{room}.{verdict.outcome.value}", lang)


def margin_words(verdict: Answer, lang: str) -> str:
    """The margin as people read it: ``+34 ± 12 cm (95 %)``; empty where nothing was measured."""
    if verdict.margin is None:
        return ""
    value = number(verdict.margin.value * CM_PER_M, lang, sign=True)
    return t("var.review.margin", lang, value=value, half=number(verdict.margin.half_width95 * CM_PER_M, lang))


def banner(verdict: Answer, lang: str, question: Question = Question.OFFSIDE) -> str:
    """The outcome and the margin, large."""
    sign = SIGNS.get(verdict.outcome.value, "?")
    back, ink = COLOURS[sign]
    box = f"background:{back};color:{ink};border-radius:10px;padding:10px 14px;line-height:1.15"
    word = escape(outcome_words(verdict, question, lang))
    size = 22 if question is Question.OFFSIDE else 18  # their words are longer, and one line leaves room
    return (
        f'<div role="status" style="{box}">'
        f'<div style="font:800 {size}px sans-serif">{sign} {word}</div>'
        f'<div style="font:700 26px sans-serif;{FIGURES}">{escape(margin_words(verdict, lang))}</div></div>'
    )


def answer_line(verdict: Answer, question: Question, lang: str) -> str:
    """The outcome and the margin in one line, for the step in which people still mark."""
    sign = SIGNS.get(verdict.outcome.value, "?")
    box = f"border-left:6px solid {COLOURS[sign][0]};padding:2px 10px;font:600 15px sans-serif;color:#e9eef2;{FIGURES}"
    words = " · ".join(filter(None, (outcome_words(verdict, question, lang), margin_words(verdict, lang))))
    return f'<div style="{box}">{sign} {escape(words)}</div>'


def axis(verdict: Answer, lang: str, question: Question = Question.OFFSIDE) -> str:
    """The margin with its interval on a scale whose zero is the second-last opponent, the line or the area's edge;
    empty without a margin."""
    if verdict.margin is None:
        return ""
    low, high = verdict.margin.interval95
    reach = 1.15 * max(abs(low), abs(high), 0.2)

    def at(metres: float) -> str:
        return f"{50 + 50 * metres / reach:.1f}%"

    def mark(**style: str) -> str:
        rules = ";".join(f"{name.replace('_', '-')}:{value}" for name, value in style.items())
        return f'<span style="position:absolute;{rules}"></span>'

    width = f"{50 * (high - low) / reach:.1f}%"
    middle = f"calc({at(verdict.margin.value)} - 6px)"
    keys = [f"var.question.axis.{question.value}.{side}" for side in ("low", "high")]
    if question is Question.OFFSIDE:
        keys = ["var.review.axis_onside", "var.review.axis_offside"]
    onside, offside = (escape(t(key, lang)) for key in keys)
    return "".join(
        (
            f'<div role="img" aria-label="{escape(margin_words(verdict, lang))}" ',
            'style="font:12px sans-serif;color:#c9d3db"><div style="position:relative;height:30px">',
            mark(left="0", right="0", top="15px", height="1px", background="#8fa0ad"),
            mark(left=at(low), width=width, top="7px", height="16px", background=f"{ATTACKER}80", border_radius="4px"),
            mark(left="calc(50% - 1.5px)", width="3px", top="0", height="30px", background=DEFENDER),
            mark(left=middle, width="12px", height="12px", top="9px", background=ATTACKER, border_radius="50%"),
            '</div><div style="display:flex;justify-content:space-between">',
            f"<span>◀ {onside}</span><span>{offside} ▶</span></div></div>",
        )
    )


def budget(verdict: Answer, lang: str, question: Question = Question.OFFSIDE) -> str:
    """Where the uncertainty comes from, the largest first, as bars of one standard deviation in centimetres."""
    parts = sorted(((name, value or 0.0) for name, value in verdict.budget.items()), key=lambda part: -part[1])
    most = max(value for _, value in parts) or 1.0
    row = "display:grid;grid-template-columns:8.5em 1fr 4.5em;gap:8px;align-items:center;margin:3px 0"
    rows = [
        f'<div style="{row}"><span>{escape(t(f"var.{SOURCES[question]}.source.{name}", lang))}</span>'
        f'<span style="background:{ATTACKER};height:10px;border-radius:3px;width:{100 * value / most:.0f}%"></span>'
        f'<span style="text-align:right;{FIGURES}">{number(value * CM_PER_M, lang, 1)} cm</span></div>'
        for name, value in parts
    ]
    return f'<div style="font:14px sans-serif">{"".join(rows)}</div>'

"""A verdict as small drawings in HTML: the banner, the margin on its scale, the sources of its uncertainty."""

from __future__ import annotations

from html import escape

from touchline.i18n import number, t
from touchline.measure import CM_PER_M
from var.measure.offside import Verdict
from var.model import Outcome

SIGNS = {Outcome.OFFSIDE: "■", Outcome.ONSIDE: "●", Outcome.TOO_CLOSE: "◆", Outcome.NOT_MEASURABLE: "?"}
COLOURS = {
    Outcome.OFFSIDE: ("#ff6b35", "#1a0d07"),
    Outcome.ONSIDE: ("#3aa0ff", "#041423"),
    Outcome.TOO_CLOSE: ("#ffd60a", "#1d1800"),
    Outcome.NOT_MEASURABLE: ("#5b6670", "#ffffff"),
}
"""Background and ink; sign and word say the same."""

FIGURES = "font-variant-numeric:tabular-nums"


def margin_words(verdict: Verdict, lang: str) -> str:
    """The margin as people read it: ``+34 cm ± 12 (95 %)``; empty where nothing was measured."""
    if verdict.margin is None:
        return ""
    value = number(verdict.margin.value * CM_PER_M, lang, sign=True)
    return t("var.review.margin", lang, value=value, half=number(verdict.margin.half_width95 * CM_PER_M, lang))


def banner(verdict: Verdict, lang: str) -> str:
    """The outcome and the margin, large."""
    back, ink = COLOURS[verdict.outcome]
    box = f"background:{back};color:{ink};border-radius:10px;padding:10px 14px;line-height:1.15"
    word = escape(t(f"var.review.outcome.{verdict.outcome.value}", lang))
    return (
        f'<div role="status" style="{box}">'
        f'<div style="font:800 22px sans-serif">{SIGNS[verdict.outcome]} {word}</div>'
        f'<div style="font:700 26px sans-serif;{FIGURES}">{escape(margin_words(verdict, lang))}</div></div>'
    )


def axis(verdict: Verdict, lang: str) -> str:
    """The margin with its interval on a scale whose zero is the second-last opponent; empty without a margin."""
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
    onside, offside = (escape(t(f"var.review.axis_{side}", lang)) for side in ("onside", "offside"))
    return "".join(
        (
            f'<div role="img" aria-label="{escape(margin_words(verdict, lang))}" ',
            'style="font:12px sans-serif;color:#c9d3db"><div style="position:relative;height:30px">',
            mark(left="0", right="0", top="15px", height="1px", background="#8fa0ad"),
            mark(left=at(low), width=width, top="7px", height="16px", background="#ff6b3580", border_radius="4px"),
            mark(left="calc(50% - 1.5px)", width="3px", top="0", height="30px", background="#3aa0ff"),
            mark(left=middle, width="12px", height="12px", top="9px", background="#ff6b35", border_radius="50%"),
            '</div><div style="display:flex;justify-content:space-between">',
            f"<span>◀ {onside}</span><span>{offside} ▶</span></div></div>",
        )
    )


def budget(verdict: Verdict, lang: str) -> str:
    """Where the uncertainty comes from, the largest first, as bars of one standard deviation in centimetres."""
    parts = sorted(((name, value or 0.0) for name, value in verdict.budget.items()), key=lambda part: -part[1])
    most = max(value for _, value in parts) or 1.0
    row = "display:grid;grid-template-columns:8.5em 1fr 4.5em;gap:8px;align-items:center;margin:3px 0"
    rows = [
        f'<div style="{row}"><span>{escape(t(f"var.review.source.{name}", lang))}</span>'
        f'<span style="background:#ff6b35;height:10px;border-radius:3px;width:{100 * value / most:.0f}%"></span>'
        f'<span style="text-align:right;{FIGURES}">{number(value * CM_PER_M, lang, 1)} cm</span></div>'
        for name, value in parts
    ]
    return f'<div style="font:14px sans-serif">{"".join(rows)}</div>'

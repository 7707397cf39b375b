"""Heart rates of a session on one time axis, with its phases behind them and its alarms as signs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from touchline.i18n import clock, number, t
from wearables.live.alarms import Alarm, AlarmKind
from wearables.live.tables import Curve
from wearables.live.wall import Phase, Tile
from wearables.model import NS_PER_S
from wearables.panels.palette import CURVES, FONT, INK, LINE, SOFT_INK, UNKNOWN, ZONES
from wearables.panels.wall_data import phase_word

HEIGHT_PX = 380
BAR_PX = 22
STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120)
MAX_TICKS = 10
SHAPES = {"above_limit": "triangle-up", "no_recovery": "diamond", "no_contact": "circle", "silence": "cross"}


def squad_chart(
    curves: Sequence[Curve],
    names: Mapping[str, str],
    phases: Sequence[Phase],
    alarms: Sequence[Alarm],
    length_s: float,
    lang: str,
) -> Any:
    """The curves with everything written in ``lang``; ``length_s`` is the length of the session."""
    table = pd.concat([_table(one, names, lang) for one in curves], ignore_index=True)
    low = math.floor((float(table["bpm"].min()) - 4) / 20) * 20.0
    high = math.ceil((float(table["bpm"].max()) + 2) / 10) * 10.0
    x = _time_axis(max(length_s, 1.0), lang)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    y = alt.Y("bpm:Q", scale=scale, title=None, axis=alt.Axis(format="d", tickCount=6))
    order = [names[one.athlete_id] for one in curves]
    colour = alt.Color(
        "name:N",
        scale=alt.Scale(domain=order, range=[CURVES[k % len(CURVES)] for k in range(len(order))]),
        legend=alt.Legend(
            title=None, orient="top", columns=4, labelLimit=260, symbolType="stroke", symbolStrokeWidth=3
        ),
    )
    dash = alt.StrokeDash(
        "name:N",
        scale=alt.Scale(domain=order, range=[[1, 0] if k < len(CURVES) else [6, 3] for k in range(len(order))]),
        legend=None,
    )
    tips = [
        alt.Tooltip("name:N", title=t("wearables.live.done.athlete", lang)),
        alt.Tooltip("clock:N", title=t("wearables.live.wall.clock", lang)),
        alt.Tooltip("said:N", title=t("wearables.live.done.curve", lang)),
    ]
    layers = _phases(phases, (low, high), length_s, x, scale, lang)
    line = alt.Chart(table).mark_line(strokeWidth=1.8)
    layers.append(line.encode(x=x, y=y, color=colour, strokeDash=dash, detail="segment:N"))
    dots = alt.Chart(table).mark_circle(size=46, opacity=0)
    layers.append(dots.encode(x=x, y=y, tooltip=tips))
    layers += _alarms(curves, names, alarms, x, scale, lang)
    return alt.layer(*layers).properties(height=HEIGHT_PX)


def zone_chart(tiles: Sequence[Tile], lang: str) -> Any:
    """Minutes in each zone as one bar an athlete, and the unknown ones after them; those without zones have only
    measured and unknown time, and no bar of zones."""
    rows, order = [], []
    for tile in tiles:
        order.append(tile.name)
        if tile.zone_s is not None:
            rows += [_part(tile.name, zone, seconds, lang) for zone, seconds in enumerate(tile.zone_s)]
        rows.append(_part(tile.name, None, tile.unknown_s, lang))
    words = [_zone_word(zone, lang) for zone in (*range(6), None)]
    minutes = t("wearables.live.done.minutes", lang)
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(stroke="#ffffff", strokeWidth=0.6)
        .encode(
            x=alt.X("minutes:Q", title=minutes, axis=alt.Axis(format="d", tickMinStep=1)),
            y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220)),
            color=alt.Color(
                "zone:N",
                scale=alt.Scale(domain=words, range=[*ZONES, UNKNOWN]),
                legend=alt.Legend(title=None, orient="top", columns=4),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("name:N", title=t("wearables.live.done.athlete", lang)),
                alt.Tooltip("zone:N", title=t("wearables.live.done.zones", lang)),
                alt.Tooltip("said:N", title=minutes),
            ],
        )
        .properties(height=BAR_PX * len(order))
    )


def _part(name: str, zone: int | None, seconds: float, lang: str) -> dict[str, Any]:
    return {
        "name": name,
        "zone": _zone_word(zone, lang),
        "place": 6 if zone is None else zone,
        "minutes": seconds / 60,
        "said": clock(seconds, lang, 0),
    }


def _zone_word(zone: int | None, lang: str) -> str:
    if zone is None:
        return t("wearables.live.row.unknown", lang)
    return t("wearables.live.row.zone", lang, zone=zone) if zone else t("wearables.live.row.under", lang)


def configured(chart: Any) -> Any:
    """A chart of this module as pages and notebooks show it."""
    return (
        chart.properties(usermeta={"embedOptions": {"actions": False}})
        .configure(font=FONT, background="#ffffff", padding={"left": 2, "right": 8, "top": 4, "bottom": 2})
        .configure_view(stroke=LINE)
        .configure_axis(labelColor=INK, titleColor=SOFT_INK, gridColor="#eef1f5", labelFontSize=12, titleFontSize=12)
        .configure_legend(labelFont=FONT, labelColor=INK, labelFontSize=12)
    )


def _table(one: Curve, names: Mapping[str, str], lang: str) -> pd.DataFrame:
    bpm = t("wearables.live.done.bpm", lang)
    return pd.DataFrame(
        {
            "s": np.round(one.seconds, 1),
            "bpm": np.round(one.bpm, 1),
            "segment": [f"{one.athlete_id}/{k}" for k in one.segment],
            "name": names[one.athlete_id],
            "clock": [clock(float(second), lang, 0) for second in one.seconds],
            "said": [f"{number(float(value), lang)} {bpm}" for value in one.bpm],
        }
    )


def _time_axis(length_s: float, lang: str) -> alt.X:
    step = 60 * next((step for step in STEPS_MIN if length_s / 60 / step <= MAX_TICKS), STEPS_MIN[-1])
    axis = alt.Axis(
        values=[float(at) for at in np.arange(0, length_s + 1, step)],
        labelExpr="round(datum.value / 60)",
        title=t("wearables.live.done.time_axis", lang),
    )
    return alt.X("s:Q", scale=alt.Scale(domain=[0.0, length_s], nice=False), axis=axis)


def _phases(
    phases: Sequence[Phase], span: tuple[float, float], length_s: float, x: alt.X, scale: alt.Scale, lang: str
) -> list[Any]:
    """A line where each phase begins, with its word at the top; every second one lies on a ground of its own."""
    if not phases:
        return []
    ends = [phase.from_ns / NS_PER_S for phase in phases[1:]] + [length_s]
    rows = pd.DataFrame(
        [
            {
                "s": phase.from_ns / NS_PER_S,
                "s2": min(end, length_s),
                "low": span[0],
                "high": span[1],
                "word": phase_word(phase.kind, lang),
                "ground": "#f3f5f8" if k % 2 else "#ffffff",
            }
            for k, (phase, end) in enumerate(zip(phases, ends, strict=True))
        ]
    )
    data = alt.Chart(rows)
    low, high = alt.Y("low:Q", scale=scale), alt.Y("high:Q", scale=scale)
    ground = data.mark_rect().encode(x=x, x2="s2:Q", y=low, y2="high:Q", color=alt.Color("ground:N", scale=None))
    rule = data.mark_rule(color=SOFT_INK, strokeDash=[4, 3]).encode(x=x)
    word = data.mark_text(align="left", baseline="top", dx=4, dy=3, fontSize=12, fontWeight=600, color=INK)
    return [ground, rule, word.encode(x=x, y=high, text="word:N")]


def _alarms(
    curves: Sequence[Curve],
    names: Mapping[str, str],
    alarms: Sequence[Alarm],
    x: alt.X,
    scale: alt.Scale,
    lang: str,
) -> list[Any]:
    """A sign on an athlete's curve where an alarm began."""
    shown = {one.athlete_id: one for one in curves}
    rows = []
    for alarm in alarms:
        one = shown.get(alarm.athlete_id)
        if one is None:
            continue
        at_s = alarm.from_ns / NS_PER_S
        k = int(np.abs(one.seconds - at_s).argmin())
        rows.append(
            {
                "s": at_s,
                "bpm": float(one.bpm[k]),
                "kind": t(f"wearables.live.done.kind_{alarm.kind.value}", lang),
                "shape": SHAPES[alarm.kind.value],
                "name": names[alarm.athlete_id],
                "clock": clock(at_s, lang, 0),
            }
        )
    if not rows:
        return []
    kinds = [kind.value for kind in AlarmKind]
    words = [t(f"wearables.live.done.kind_{kind}", lang) for kind in kinds]
    shape = alt.Shape(
        "kind:N",
        scale=alt.Scale(domain=words, range=[SHAPES[kind] for kind in kinds]),
        legend=alt.Legend(title=None, orient="top", columns=4),
    )
    signs = alt.Chart(pd.DataFrame(rows)).mark_point(filled=True, size=90, color=ZONES[5], opacity=1, stroke="#ffffff")
    tips = [
        alt.Tooltip("kind:N", title=t("wearables.live.done.kind", lang)),
        alt.Tooltip("name:N", title=t("wearables.live.done.athlete", lang)),
        alt.Tooltip("clock:N", title=t("wearables.live.done.from", lang)),
    ]
    return [signs.encode(x=x, y=alt.Y("bpm:Q", scale=scale), shape=shape, tooltip=tips)]

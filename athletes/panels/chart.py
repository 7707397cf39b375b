"""The session's curves on one time axis: heart rate over zone bands, the other channels below, one cursor for all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from athletes.display import Rows, is_rare, rows
from athletes.model import Channel
from athletes.panels.palette import FONT, INK, LINE, SOFT_INK, UNKNOWN, ZONES
from athletes.report import Report
from athletes.zone_words import zone_word
from athletes.zones import NO_FLOOR, Gap, Zones
from touchline.i18n import clock, number, t
from touchline.measure import KMH_PER_MPS

HEART_RATE_PX, CHANNEL_PX = 400, 150
AXIS_PX = 46
"""Room for the numbers at the left, the same for all curves, so that their time axes stand below each other."""

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "#ffffff",
    "padding": {"left": 2, "right": 18, "top": 6, "bottom": 2},
    "view": {"stroke": LINE},
    "axis": {
        "labelColor": INK,
        "titleColor": SOFT_INK,
        "gridColor": "#eef1f5",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 500,
    },
    "axisY": {"minExtent": AXIS_PX, "maxExtent": AXIS_PX},
    "title": {"font": FONT, "anchor": "start", "fontSize": 13, "fontWeight": 600, "color": INK, "offset": 6},
    "text": {"font": FONT},
}
"""The manner of the training pages: light, printable, numbers legible."""
STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120, 240)
MAX_TICKS = 9
LABELLED_GAP_SHARE = 0.025
SHADED_GAPS = 200
"""A recorder that writes every six seconds has a gap after every sample: beyond this number stripes say nothing."""

COLOURS = {Channel.SPEED: "#2f6f4f", Channel.POWER: "#7a3e9d", Channel.CADENCE: "#8a5a00", Channel.ALTITUDE: "#4a5568"}


def session_chart(found: Report, lang: str, width_px: int = 760) -> alt.VConcatChart:
    """All curves of ``found`` in one chart of a fixed width, for notebooks and papers."""
    frame = _Frame.of(found, lang)
    views = [_heart_rate(frame), *(_other(channel, frame) for channel in other_channels(found))]
    chart: alt.VConcatChart = configured(alt.vconcat(*[view.properties(width=width_px) for view in views], spacing=8))
    return chart


def other_channels(found: Report) -> list[Channel]:
    """The channels that are drawn below the heart rate, in their fixed order; positions and distance are no curves."""
    return [one.channel for one in found.session.recording.series if one.channel in COLOURS]


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What all curves of one session share: the rows, the span of time in seconds, the language."""

    found: Report
    table: pd.DataFrame
    span: tuple[float, float]
    lang: str

    @classmethod
    def of(cls, found: Report, lang: str) -> _Frame:
        duration_s = found.session.recording.duration_s or 0.0
        return cls(
            found,
            _table(rows(found.session.recording), found, lang),
            (0.0, max(duration_s, 1.0)),
            lang,
        )


def configured(chart: Any) -> Any:
    """``chart`` in the manner of the training pages."""
    return chart.configure(**CONFIG).properties(usermeta={"embedOptions": {"actions": False}})


def _table(drawn: Rows, found: Report, lang: str) -> pd.DataFrame:
    """One row a drawn instant, with the words of its tooltip; what was not measured is NaN."""
    pulse = drawn.values[Channel.HEART_RATE]
    zones = found.zones.numbers(pulse) if found.zones else np.full(pulse.size, -1)
    words = ["–" if zone < 0 or found.zones is None else zone_word(found.zones, int(zone), lang) for zone in zones]
    clocks = [clock(float(second), lang, 0) for second in drawn.seconds]
    table = pd.DataFrame({"s": drawn.seconds, "segment": drawn.segment, "clock": clocks, "zone": words})
    for channel, values in drawn.values.items():
        shown, unit = _shown(channel, values), t(f"athletes.sessions.unit.{channel}", lang)
        table[channel.value] = shown
        table[f"{channel.value}_text"] = [f"{number(float(v), lang, _decimals(channel))} {unit}" for v in shown]
    return table


def _shown(channel: Channel, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values * float(KMH_PER_MPS) if channel is Channel.SPEED else values


def _decimals(channel: Channel) -> int:
    return 1 if channel is Channel.SPEED else 0


def _time_axis(span: tuple[float, float], lang: str) -> alt.X:
    step = 60 * next((step for step in STEPS_MIN if span[1] / 60 / step <= MAX_TICKS), STEPS_MIN[-1])
    axis = alt.Axis(
        values=[float(at) for at in np.arange(0, span[1] + 1, step)],
        labelExpr="round(datum.value / 60)",
        title=t("athletes.sessions.time_axis", lang),
    )
    return alt.X("s:Q", scale=alt.Scale(domain=list(span), nice=False), axis=axis)


def _tooltip(found_channels: list[str], lang: str) -> list[alt.Tooltip]:
    head = [alt.Tooltip("clock:N", title=t("athletes.sessions.time", lang))]
    return head + [
        alt.Tooltip(f"{channel}_text:N", title=t(f"athletes.sessions.channel.{channel}", lang))
        for channel in found_channels
    ]


def _heart_rate(frame: _Frame) -> Any:
    found, lang = frame.found, frame.lang
    domain = _pulse_domain(found)
    y = alt.Y(
        "heart_rate:Q",
        scale=alt.Scale(domain=list(domain), nice=False, zero=False),
        title=None,
        axis=alt.Axis(values=[float(v) for v in np.arange(domain[0], domain[1] + 1, 20)], format="d"),
    )
    x = _time_axis(frame.span, lang)
    layers: list[Any] = []
    if found.zones is not None:
        layers += _bands(found.zones, domain, frame.span, x, y)
    if len(found.summary.gaps) <= SHADED_GAPS:
        layers += _gaps(found.summary.gaps, domain, frame.span, lang)
    curve = alt.Chart(frame.table).transform_filter("isValid(datum.heart_rate)")
    layers.append(curve.mark_line(color=INK, strokeWidth=1.7).encode(x=x, y=y, detail="segment:N"))
    # A segment of one sample has no line; its dot keeps it visible.
    alone = curve.transform_joinaggregate(n="count()", groupby=["segment"]).transform_filter("datum.n == 1")
    layers.append(alone.mark_circle(color=INK, size=10, opacity=1).encode(x=x, y=y))
    tips = _tooltip([one.channel.value for one in found.session.recording.series], lang)
    if found.zones is not None:
        tips.insert(2, alt.Tooltip("zone:N", title=t("athletes.sessions.zone_word", lang)))
    cursor = _cursor("heart_rate")
    layers.append(_rule(frame.table, x, cursor, tips))
    layers.append(curve.mark_circle(color=INK, size=60, opacity=1).encode(x=x, y=y).transform_filter(cursor))
    key = "curve_title" if found.zones is None else "curve_title_zones"
    return alt.layer(*layers).properties(height=HEART_RATE_PX, title=t(f"athletes.sessions.{key}", lang))


def _cursor(name: str) -> Any:
    return alt.selection_point(
        name=f"cursor_{name}", fields=["s"], nearest=True, on="pointerover", empty=False, clear="pointerout"
    )


def _rule(table: pd.DataFrame, x: alt.X, cursor: Any, tips: list[alt.Tooltip]) -> Any:
    shown = alt.condition(cursor, alt.value(0.7), alt.value(0))
    return alt.Chart(table).mark_rule(color=SOFT_INK).encode(x=x, opacity=shown, tooltip=tips).add_params(cursor)


def _pulse_domain(found: Report) -> tuple[float, float]:
    low, high = found.summary.min_bpm or 60.0, found.summary.max_bpm or 180.0
    if found.zones is not None:
        high = max(high, found.zones.hr_max_bpm or high)
        low = min(low, *(bound for bound in found.zones.lower_bpm[:2] if bound > NO_FLOOR))
    return math.floor((low - 4) / 20) * 20.0, math.ceil((high + 2) / 10) * 10.0


def _bands(zones: Zones, domain: tuple[float, float], span: tuple[float, float], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The zones behind the curve, each with its number: colour alone says nothing here."""
    edges = (domain[0], *zones.lower_bpm, domain[1])
    bands = [
        {
            "s": span[0],
            "s2": span[1],
            "heart_rate": max(low, domain[0]),
            "top": min(high, domain[1]),
            "middle": (max(low, domain[0]) + min(high, domain[1])) / 2,
            "colour": ZONES[zones.shade(zone)],
            "number": zones.names[zone - 1] if zone else "",
        }
        for zone, (low, high) in enumerate(pairwise(edges))
        if high > domain[0] and low < domain[1]
    ]
    data = alt.Chart(pd.DataFrame(bands))
    fill = data.mark_rect(opacity=0.38).encode(x=x, x2="s2:Q", y=y, y2="top:Q", color=alt.Color("colour:N", scale=None))
    # The zone's number stands right of the picture, where no curve can cross it; the bars beside the chart name it.
    words = data.mark_text(align="left", dx=5, fontSize=13, fontWeight=700, color=INK).encode(
        x=alt.X("s2:Q"), y=alt.Y("middle:Q"), text="number:N"
    )
    return [fill, words]


def _gaps(found: tuple[Gap, ...], domain: tuple[float, float], span: tuple[float, float], lang: str) -> list[alt.Chart]:
    """Stretches without a reading: shaded over the bands, named where there is room."""
    if not found:
        return []
    values = [
        {
            "s": gap.from_s,
            "s2": gap.to_s,
            "middle": (gap.from_s + gap.to_s) / 2,
            "low": domain[0],
            "high": domain[1],
            "centre": sum(domain) / 2,
            "text": t("athletes.sessions.gap", lang) if gap.seconds > LABELLED_GAP_SHARE * span[1] else "",
        }
        for gap in found
    ]
    data = alt.Chart(pd.DataFrame(values))
    shade = data.mark_rect(color=UNKNOWN, opacity=0.85).encode(x="s:Q", x2="s2:Q", y=alt.Y("low:Q"), y2="high:Q")
    words = data.mark_text(fontSize=11, color=INK, angle=270).encode(
        x=alt.X("middle:Q"), y=alt.Y("centre:Q"), text="text:N"
    )
    return [shade, words]


def _other(channel: Channel, frame: _Frame) -> Any:
    lang = frame.lang
    label = "format(datum.value, '.1~f')"
    y = alt.Y(
        f"{channel.value}:Q",
        scale=alt.Scale(zero=channel is not Channel.ALTITUDE, nice=True),
        title=None,
        axis=alt.Axis(tickCount=3, labelExpr=f"replace({label}, '.', ',')" if lang == "vi" else label),
    )
    x = _time_axis(frame.span, lang)
    curve, colour = alt.Chart(frame.table), COLOURS[channel]
    if is_rare(frame.table[channel.value].to_numpy(dtype=np.float64)):
        line = curve.mark_circle(color=colour, size=14, opacity=1)
    else:
        line = curve.mark_line(color=colour, strokeWidth=1.2, invalid="break-paths-filter-domains")
    cursor = _rule(frame.table, x, _cursor(channel.value), _tooltip([channel.value], lang))
    return alt.layer(line.encode(x=x, y=y), cursor).properties(
        height=CHANNEL_PX,
        title=f"{t(f'athletes.sessions.channel.{channel}', lang)} ({t(f'athletes.sessions.unit.{channel}', lang)})",
    )

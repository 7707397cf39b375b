"""All curves of a session on one time axis, with one cursor through all of them and a strip to zoom with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from athletes.display import is_rare, rows
from athletes.hrv.dfa import THRESHOLDS
from athletes.model import Channel, Lap, Recording
from athletes.panels.chart import COLOURS, SHADED_GAPS, STEPS_MIN
from athletes.panels.palette import INK, SOFT_INK, UNKNOWN, ZONES
from athletes.panels.specs import Spec, layered, of, stacked
from athletes.panels.words import pace
from athletes.zone_words import zone_word
from athletes.zones import Gap, Zones
from touchline.i18n import clock, number, t
from touchline.measure import KMH_PER_MPS

MAIN_PX, SMALL_PX, STRIP_PX = 250, 92, 46
MINUTES = "floor(datum.value) + (datum.value % 1 ? ':' + format(round(datum.value % 1 * 60), '02d') : '')"
DRAWN = (Channel.HEART_RATE, Channel.SPEED, Channel.POWER, Channel.CADENCE, Channel.ALTITUDE)


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What is drawn: a recording with at least one channel, its zones and gaps where they are known, whether paces are
    read, and further curves by name (``seconds``, ``values``, both of shape (n,))."""

    recording: Recording
    lang: str
    zones: Zones | None = None
    gaps: tuple[Gap, ...] = ()
    paced: bool = False
    alpha1: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    @property
    def channels(self) -> list[Channel]:
        """What has a curve, in the order of drawing."""
        return [channel for channel in DRAWN if self.recording.channel(channel) is not None]


def curves_chart(curves: Curves) -> Spec | None:
    """The picture, as wide as its place on the page; None where no channel has a curve."""
    channels = curves.channels
    if not channels:
        return None
    span = (0.0, max(curves.recording.duration_s or 0.0, 1.0) / 60)
    tables = {"rows": _table(curves), "span": pd.DataFrame({"s": span})}
    tips = _tips(curves)
    last = None if curves.alpha1 is not None else channels[-1]
    views = [_view(channel, curves, tables, span, tips, named=channel is last) for channel in channels]
    if curves.alpha1 is not None:
        views.append(_alpha(curves, tables, span))
    views.append(_strip(channels[0], tables, span, curves.lang))
    select = {"type": "point", "fields": ["s"], "nearest": True, "on": "pointerover", "clear": "pointerout"}
    params = [
        {"name": "cursor", "select": select, "views": [f"rule_{channel.value}" for channel in channels]},
        {"name": "zoom", "select": {"type": "interval", "encodings": ["x"]}, "views": ["strip"]},
    ]
    return stacked(views, tables, right_px=20, spacing_px=6, params=params)


def _table(curves: Curves) -> pd.DataFrame:
    """One row a drawn instant, with the words of the cursor."""
    drawn, lang = rows(curves.recording), curves.lang
    table = pd.DataFrame({"s": drawn.seconds / 60, "segment": drawn.segment})
    table["clock"] = [clock(float(second), lang, 0) for second in drawn.seconds]
    for channel in curves.channels:
        values = drawn.values[channel]
        shown = values * float(KMH_PER_MPS) if channel is Channel.SPEED else values
        unit = t(f"athletes.sessions.unit.{channel}", lang)
        decimals = 1 if channel is Channel.SPEED else 0
        table[channel.value] = shown
        table[f"{channel.value}_text"] = [f"{number(float(value), lang, decimals)} {unit}" for value in shown]
    if curves.paced and Channel.SPEED in curves.channels:
        table["pace"] = [pace(float(value), lang) for value in drawn.values[Channel.SPEED]]
    if curves.zones is not None and Channel.HEART_RATE in curves.channels:
        numbers = curves.zones.numbers(drawn.values[Channel.HEART_RATE])
        table["zone"] = ["–" if zone < 0 else zone_word(curves.zones, int(zone), lang) for zone in numbers]
    return table


def _tips(curves: Curves) -> list[alt.Tooltip]:
    lang = curves.lang
    tips = [alt.Tooltip("clock:N", title=t("athletes.sessions.time", lang))]
    for channel in curves.channels:
        tips.append(alt.Tooltip(f"{channel.value}_text:N", title=t(f"athletes.sessions.channel.{channel}", lang)))
        if channel is Channel.SPEED and curves.paced:
            tips.append(alt.Tooltip("pace:N", title=t("athletes.session_page.pace", lang)))
        if channel is Channel.HEART_RATE and curves.zones is not None:
            tips.append(alt.Tooltip("zone:N", title=t("athletes.sessions.zone_word", lang)))
    return tips


def _x(span: tuple[float, float], lang: str, *, zoomed: bool = True, named: bool = False) -> alt.X:
    """The time in minutes: of the zoomed part, or in the strip of all."""
    axis = alt.Axis(
        labelExpr=MINUTES,
        values=alt.Undefined if zoomed else _ticks(span),
        tickCount=8,
        title=None if zoomed else t("athletes.sessions.time_axis", lang),
        labels=named,
        ticks=named,
    )
    domain: Any = {"param": "zoom", "encoding": "x"} if zoomed else list(span)
    return alt.X("s:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)


def _whole(x: alt.X) -> alt.Chart:
    """Nothing to see: it holds the time axis of a view at the whole session, also where its curve begins later."""
    mark: alt.Chart = of("span").mark_point(opacity=0, tooltip=None)
    return mark.encode(x=x)


def _ticks(span: tuple[float, float]) -> list[float]:
    step = next((step for step in STEPS_MIN if span[1] / step <= 8), STEPS_MIN[-1])
    return [float(at) for at in np.arange(0, span[1] + 1e-9, step)]


def _view(
    channel: Channel,
    curves: Curves,
    tables: dict[str, pd.DataFrame],
    span: tuple[float, float],
    tips: list[alt.Tooltip],
    *,
    named: bool,
) -> Spec:
    """One curve; its time axis has words where it is ``named``, the last above the strip."""
    lang, pulse = curves.lang, channel is Channel.HEART_RATE
    values = tables["rows"][channel.value].to_numpy(dtype=np.float64)
    domain = _domain(values, curves.zones if pulse else None, zero=channel in (Channel.POWER, Channel.SPEED))
    y = _y(channel.value, domain, lang)
    x = _x(span, lang, named=named)
    layers: list[alt.Chart] = [_whole(x)]
    if pulse and curves.zones is not None:
        layers += _bands(curves.zones, tables, domain, span, x, y)
    if pulse and 0 < len(curves.gaps) <= SHADED_GAPS:
        layers += _gaps(curves.gaps, tables, domain, x, lang)
    layers += _laps(curves.recording.laps, tables, x, named=channel is curves.channels[0])
    curve = of("rows").transform_filter(f"isValid(datum.{channel.value})")
    colour = INK if pulse else COLOURS[channel]
    if is_rare(values) and not pulse:
        layers.append(curve.mark_circle(color=colour, size=14, opacity=1, clip=True).encode(x=x, y=y))
    else:
        line = {"detail": "segment:N"} if pulse else {}
        base = curve if pulse else of("rows")
        layers.append(
            base.mark_line(
                color=colour, strokeWidth=1.6 if pulse else 1.2, clip=True, invalid="break-paths-filter-domains"
            ).encode(x=x, y=y, **line)
        )
    shown = alt.Opacity(condition={"param": "cursor", "empty": False, "value": 0.75}, value=0)
    rule = of("rows").mark_rule(color=SOFT_INK, clip=True).encode(x=x, opacity=shown, tooltip=tips)
    layers.append(rule.properties(name=f"rule_{channel.value}"))
    at = curve.transform_filter({"param": "cursor", "empty": False})
    layers.append(at.mark_circle(color=colour, size=55, opacity=1, clip=True).encode(x=x, y=y))
    title = f"{t(f'athletes.sessions.channel.{channel}', lang)} ({t(f'athletes.sessions.unit.{channel}', lang)})"
    if pulse and curves.zones is not None:
        title = t("athletes.sessions.curve_title_zones", lang)
    return layered(layers, MAIN_PX if pulse else SMALL_PX, title)


def _y(field: str, domain: tuple[float, float], lang: str, count: int | None = None) -> alt.Y:
    label = "format(datum.value, '.1~f')"
    return alt.Y(
        f"{field}:Q",
        scale=alt.Scale(domain=list(domain), nice=False, zero=False),
        title=None,
        axis=alt.Axis(
            tickCount=count or (6 if domain[1] - domain[0] > 50 else 3),
            labelExpr=f"replace({label}, '.', ',')" if lang == "vi" else label,
        ),
    )


def _domain(values: NDArray[np.float64], zones: Zones | None, *, zero: bool) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if zones is not None:
        return math.floor((low - 4) / 10) * 10.0, math.ceil((max(high, zones.hr_max_bpm or high) + 2) / 10) * 10.0
    if zero:
        return 0.0, max(high * 1.05, 1.0)
    room = max((high - low) * 0.08, 1.0)
    return low - room, high + room


def _bands(
    zones: Zones,
    tables: dict[str, pd.DataFrame],
    domain: tuple[float, float],
    span: tuple[float, float],
    x: alt.X,
    y: alt.Y,
) -> list[alt.Chart]:
    """The zones behind the curve, each with its number at the right: colour alone says nothing here."""
    edges = (domain[0], *zones.lower_bpm, domain[1])
    found = [
        {
            "heart_rate": max(low, domain[0]),
            "top": min(high, domain[1]),
            "middle": (max(low, domain[0]) + min(high, domain[1])) / 2,
            "colour": ZONES[zones.shade(zone)],
            "number": zones.names[zone - 1] if zone else "",
            "s": span[0],
            "s2": span[1],
        }
        for zone, (low, high) in enumerate(pairwise(edges))
        if high > domain[0] and low < domain[1] and low < high
    ]
    tables["zones"] = pd.DataFrame(found)
    data = of("zones")
    fill = data.mark_rect(opacity=0.38, clip=True).encode(
        x=x, x2="s2:Q", y=y, y2="top:Q", color=alt.Color("colour:N", scale=None)
    )
    words = data.mark_text(align="left", dx=5, clip=False, fontSize=13, fontWeight=700, color=INK).encode(
        x=alt.value("width"), y=alt.Y("middle:Q"), text="number:N"
    )
    return [fill, words]


def _gaps(
    found: tuple[Gap, ...], tables: dict[str, pd.DataFrame], domain: tuple[float, float], x: alt.X, lang: str
) -> list[alt.Chart]:
    """Stretches without a reading: shaded over the bands, named under the cursor."""
    tables["gaps"] = pd.DataFrame(
        [
            {
                "s": gap.from_s / 60,
                "s2": gap.to_s / 60,
                "heart_rate": domain[0],
                "top": domain[1],
                "text": f"{t('athletes.sessions.gap', lang)}: {number(gap.seconds, lang)} s",
            }
            for gap in found
        ]
    )
    shade = of("gaps").mark_rect(color=UNKNOWN, opacity=0.85, clip=True)
    return [shade.encode(x=x, x2="s2:Q", y="heart_rate:Q", y2="top:Q", tooltip=alt.Tooltip("text:N", title=" "))]


def _laps(laps: tuple[Lap, ...], tables: dict[str, pd.DataFrame], x: alt.X, *, named: bool) -> list[alt.Chart]:
    """A line where each lap begins, with its number in the first view."""
    if len(laps) < 2:
        return []
    tables["laps"] = pd.DataFrame([{"s": lap.from_s / 60, "number": str(k)} for k, lap in enumerate(laps, 1)])
    data = of("laps")
    found = [data.mark_rule(color=SOFT_INK, strokeDash=[2, 3], opacity=0.7, clip=True).encode(x=x)]
    if named and len(laps) <= 40:
        found.append(
            data.mark_text(align="left", baseline="top", dx=3, dy=2, fontSize=10, color=SOFT_INK, clip=True).encode(
                x=x, y=alt.value(0), text="number:N"
            )
        )
    return found


def _alpha(curves: Curves, tables: dict[str, pd.DataFrame], span: tuple[float, float]) -> Spec:
    """The running DFA alpha 1, with the two values that are discussed as thresholds."""
    assert curves.alpha1 is not None
    seconds, values = curves.alpha1
    lang = curves.lang
    table = pd.DataFrame({"s": seconds / 60, "alpha1": values})
    table["clock"] = [clock(float(second), lang, 0) for second in seconds]
    table["text"] = [number(float(value), lang, 2) for value in values]
    tables["alpha"] = table
    x, y = _x(span, lang, named=True), _y("alpha1", (0.2, 1.6), lang, 4)
    tips = [alt.Tooltip("clock:N", title=t("athletes.sessions.time", lang)), alt.Tooltip("text:N", title="DFA α1")]
    line = of("alpha").mark_line(color="#1b5e9e", strokeWidth=1.4, clip=True, point={"size": 12})
    tables["thresholds"] = pd.DataFrame(
        {"alpha1": list(THRESHOLDS), "text": [number(one, lang, 2) for one in THRESHOLDS]}
    )
    marks = of("thresholds")
    rule = marks.mark_rule(color=SOFT_INK, strokeDash=[5, 3]).encode(y=y)
    words = marks.mark_text(align="left", dx=4, clip=False, fontSize=11, color=SOFT_INK).encode(
        x=alt.value("width"), y=y, text="text:N"
    )
    title = t("athletes.session_page.alpha1_title", lang)
    return layered([_whole(x), rule, line.encode(x=x, y=y, tooltip=tips), words], SMALL_PX + 20, title)


def _strip(channel: Channel, tables: dict[str, pd.DataFrame], span: tuple[float, float], lang: str) -> Spec:
    """The whole session in small: dragging over it zooms every curve, a double click shows all again."""
    values = tables["rows"][channel.value].to_numpy(dtype=np.float64)
    y = alt.Y(
        f"{channel.value}:Q",
        scale=alt.Scale(domain=list(_domain(values, None, zero=False)), zero=False),
        title=None,
        axis=alt.Axis(labels=False, ticks=False, grid=False),
    )
    area = of("rows").mark_area(color="#b9c4d2", clip=True, line={"color": SOFT_INK, "strokeWidth": 1})
    mark = area.encode(x=_x(span, lang, zoomed=False, named=True), y=y).properties(name="strip")
    return layered([mark], STRIP_PX, t("athletes.session_page.zoom", lang))

"""The season in one picture that can be printed: loads, fitness, fatigue and form, and the mornings in their band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

from athletes.load.model import Season
from athletes.panels.palette import INK, SOFT_INK
from athletes.panels.season_data import (
    Span,
    band_rows,
    bands_of,
    form_rows,
    injury_rows,
    load_rows,
    place_of,
    plan_rows,
    reading_rows,
    ticks,
)
from athletes.panels.specs import Spec, layered, of, stacked
from athletes.records import Record
from touchline.i18n import t

LETTERS = ("CTL", "ATL", "TSB")
LOAD_PX, FORM_PX, MORNING_PX = 150, 150, 120
BAR, FITNESS, FATIGUE, FORM, HURT, BAND = "#5b9bd0", "#1b5e9e", "#b3202c", "#7a5c00", "#e7b7ae", "#cfe3d4"
DAY_MS = 86_400_000


def season_chart(season: Season, records: Sequence[Record], span: Span, lang: str, width_px: int | None = None) -> Spec:
    """The picture of the days of ``span``; as wide as its place on the page, or ``width_px`` for papers."""
    tables: dict[str, pd.DataFrame] = {}
    if injuries := injury_rows(records, span, lang):
        tables["injuries"] = pd.DataFrame(injuries)
    views = [_loads(season, records, tables, span, lang), _form(season, tables, span, lang)]
    if morning := morning_view(records, tables, span, lang):
        views.append(morning)
    hover = {
        "name": "on_day",
        "select": {"type": "point", "fields": ["d"], "nearest": True, "on": "pointerover", "clear": "pointerout"},
        "views": ["days"],
    }
    return stacked(views, tables, right_px=36, params=[hover], width_px=width_px)


def hrv_chart(records: Sequence[Record], span: Span, lang: str) -> Spec | None:
    """The mornings alone, taller; None without a reading in the span."""
    tables: dict[str, pd.DataFrame] = {}
    view = morning_view(records, tables, span, lang, height_px=260)
    return None if view is None else stacked([view], tables, right_px=36)


def _x(span: Span, lang: str, *, named: bool, field: str = "d") -> alt.X:
    form = "%d/%m" if lang == "vi" else "%b %d"
    if span.days > 75:
        form = "%m/%Y" if lang == "vi" else "%b %Y"
    axis = alt.Axis(
        values=ticks(span),
        labelExpr=f"utcFormat(datum.value * {DAY_MS}, '{form}')",
        labels=named,
        title=None,
        labelOverlap="greedy",
        ticks=named,
        gridColor="#eef1f5",
    )
    domain = [place_of(span.since) - 0.6, place_of(span.until) + 0.6]
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)


def _y(field: str, lang: str, *, zero: bool, count: int = 4) -> alt.Y:
    label = "format(datum.value, '.3~f')"
    return alt.Y(
        f"{field}:Q",
        scale=alt.Scale(zero=zero, nice=True),
        title=None,
        axis=alt.Axis(tickCount=count, labelExpr=f"replace({label}, '.', ',')" if lang == "vi" else label),
    )


def _hurt(tables: dict[str, pd.DataFrame], x: alt.X, *, named: bool) -> list[alt.Chart]:
    """Injuries as spans behind everything, each with its word at the top of the first view."""
    if "injuries" not in tables:
        return []
    data = of("injuries")
    tip = alt.Tooltip("text:N", title=" ")
    found = [data.mark_rect(color=HURT, opacity=0.5, stroke=HURT, clip=True).encode(x=x, x2="d2:Q", tooltip=tip)]
    if named:
        sides: tuple[tuple[str, Literal["left", "right"], str, int], ...] = (
            ("!datum.late", "left", "d", 3),
            ("datum.late", "right", "d2", -3),
        )
        for where, align, field, dx in sides:
            words = data.transform_filter(where).mark_text(
                align=align, baseline="top", dx=dx, dy=2, fontSize=11, color="#7c1d10", clip=True
            )
            found.append(words.encode(x=alt.X(f"{field}:Q"), y=alt.value(0), text="name:N"))
    return found


def _loads(season: Season, records: Sequence[Record], tables: dict[str, pd.DataFrame], span: Span, lang: str) -> Spec:
    x = _x(span, lang, named=False)
    y = _y("load", lang, zero=True)
    rows = tables["loads"] = pd.DataFrame(load_rows(season, span, lang))
    data = of("loads")
    tips = [
        alt.Tooltip("when:N", title=t("athletes.season.day", lang)),
        alt.Tooltip("text:N", title=t("athletes.season.load", lang)),
    ]
    layers = [*_hurt(tables, x, named=True)]
    layers.append(data.mark_bar(color=BAR, clip=True).encode(x=x, x2="d2:Q", y=y, y2=alt.datum(0), tooltip=tips))
    if bool((rows["unknown"] > 0).any()):
        unknown = data.transform_filter("datum.unknown > 0")
        layers.append(
            unknown.mark_text(text="?", fontSize=14, fontWeight=700, color="#7c1d10", dy=-8, clip=True).encode(
                x=alt.X("middle:Q"), y=y, tooltip=tips
            )
        )
    if planned := plan_rows(records, span, lang):
        plan_tips = [
            alt.Tooltip("when:N", title=t("athletes.season.day", lang)),
            alt.Tooltip("text:N", title=t("athletes.season.planned", lang)),
        ]
        tables["plans"] = pd.DataFrame(planned)
        layers.append(
            of("plans")
            .mark_bar(filled=False, stroke=INK, strokeDash=[3, 2], strokeWidth=1, clip=True)
            .encode(x=x, x2="d2:Q", y=y, y2=alt.datum(0), tooltip=plan_tips)
        )
    key = "load_title_week" if span.step == 7 else "load_title_day"
    method = t(f"athletes.load.method.{season.method}", lang)
    title = t(f"athletes.season.{key}", lang, method=method)
    return layered(layers, LOAD_PX, title)


def _form(season: Season, tables: dict[str, pd.DataFrame], span: Span, lang: str) -> Spec:
    x, y = _x(span, lang, named=True), _y("value", lang, zero=True)
    names = [t(f"athletes.season.{name}", lang) for name in ("ctl", "atl", "tsb")]
    rows = pd.DataFrame(
        form_rows(season, span, lang), columns=["d", "value", "line", "when", "ctl_text", "atl_text", "tsb_text"]
    )
    tables["forms"] = rows
    data = of("forms")
    color = alt.Color("line:N", scale=alt.Scale(domain=names, range=[FITNESS, FATIGUE, FORM]), legend=None)
    dash = alt.StrokeDash("line:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 2]]), legend=None)
    tips = [alt.Tooltip("when:N", title=t("athletes.season.day", lang))]
    tips += [alt.Tooltip(f"{name}_text:N", title=t(f"athletes.season.{name}", lang)) for name in ("ctl", "atl", "tsb")]
    tables["zero"] = pd.DataFrame([{"value": 0.0}])
    zero = of("zero").mark_rule(color=SOFT_INK, strokeWidth=1).encode(y=y)
    lines = data.mark_line(strokeWidth=2.1, clip=True).encode(x=x, y=y, color=color, strokeDash=dash)
    tables["ends"] = pd.DataFrame(end_rows(rows, names), columns=["value", "line", "short"])
    words = (
        of("ends")
        .mark_text(align="left", dx=4, fontSize=12, fontWeight=700)
        .encode(x=alt.value("width"), y=y, text="short:N", color=color)
    )
    shown = alt.Opacity(condition={"param": "on_day", "empty": False, "value": 0.6}, value=0)
    days = (
        data.transform_filter(f"datum.line == {names[0]!r}")
        .mark_rule(color=SOFT_INK, clip=True)
        .encode(x=x, opacity=shown, tooltip=tips)
        .properties(name="days")
    )
    marks = [*_hurt(tables, x, named=False), zero, lines, words, days]
    return layered(marks, FORM_PX, t("athletes.season.form_title", lang))


def end_rows(rows: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """Where each line ends, with its letters; moved apart where they would stand on each other."""
    if rows.empty:
        return []
    last = rows[rows["d"] == rows["d"].max()]
    room = max(float(rows["value"].max() - min(rows["value"].min(), 0.0)), 1.0) / FORM_PX * 15
    found: list[dict[str, Any]] = []
    for value, name in sorted((float(row["value"]), str(row["line"])) for _, row in last.iterrows()):
        place = value if not found else max(value, found[-1]["value"] + room)
        found.append({"value": place, "line": name, "short": LETTERS[names.index(name)]})
    return found


def morning_view(
    records: Sequence[Record],
    tables: dict[str, pd.DataFrame],
    span: Span,
    lang: str,
    height_px: int = MORNING_PX,
) -> Spec | None:
    """ln RMSSD of the mornings, their 7-day mean, and the athlete's own band; None without a reading in the span."""
    readings = reading_rows(records, span, lang)
    if not readings:
        return None
    x, y = _x(span, lang, named=True), _y("ln", lang, zero=False)
    bands = tables["bands"] = pd.DataFrame(band_rows(bands_of(records, span), lang))
    tables["readings"] = pd.DataFrame(readings)
    marks: list[alt.Chart] = []
    tips = [
        alt.Tooltip("when:N", title=t("athletes.season.day", lang)),
        alt.Tooltip("mean_text:N", title=t("athletes.season.mean7", lang)),
        alt.Tooltip("band_text:N", title=t("athletes.season.band", lang)),
    ]
    if not bands.empty:
        band = of("bands").transform_filter("isValid(datum.low)")
        low = alt.Y("low:Q", scale=alt.Scale(zero=False))
        marks.append(
            band.mark_area(color=BAND, opacity=0.9, interpolate="monotone", clip=True).encode(x=x, y=low, y2="high:Q")
        )
        mean = of("bands").mark_line(color=INK, strokeWidth=2.2, invalid="break-paths-filter-domains", clip=True)
        marks.append(mean.encode(x=x, y=alt.Y("mean7:Q"), tooltip=tips))
    names = [t("athletes.season.reading", lang), t("athletes.season.reading_refused", lang)]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", labelFontSize=12, labelLimit=400)
    points = of("readings").mark_point(size=26, strokeWidth=1.4, clip=True, opacity=0.85)
    marks.append(
        points.encode(
            x=x,
            y=y,
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=names, range=["circle", "cross"]), legend=legend),
            color=alt.Color("kind:N", scale=alt.Scale(domain=names, range=["#2f6f4f", "#b3202c"]), legend=legend),
            tooltip=[
                alt.Tooltip("when:N", title=t("athletes.season.day", lang)),
                alt.Tooltip("text:N", title="ln RMSSD"),
                alt.Tooltip("more:N", title=t("athletes.season.beats", lang)),
            ],
        )
    )
    apart = {"scale": {"color": "independent", "shape": "independent"}}
    return layered(marks, height_px, t("athletes.season.morning_title", lang), resolve=apart)

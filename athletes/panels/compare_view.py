"""The section that compares: two to six athletes, or one athlete's two stretches of days, in the same numbers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import streamlit as st

from athletes.comparing import MOST, Ask, Column, Comparison, before, compare, last_year
from athletes.model import Athlete
from athletes.panels.palette import INK, LINE, SOFT_INK
from athletes.panels.pieces import mark
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.paper.charts import weeks_chart, zone_share_chart
from athletes.reasons import day_words
from athletes.stretch_words import Line, lines_of, zone_names
from touchline.i18n import UNKNOWN, number, t
from touchline.origin import Origin

SPANS = (7, 28, 42, 90, 365)
USUAL = 28
OWN = 0
COMPARE_STYLE = f"""<style>
.tl-cmp {{overflow-x:auto}}
.tl-cmp table {{border-collapse:collapse; color:{INK}; font-size:.92rem; width:100%}}
.tl-cmp th, .tl-cmp td {{border-bottom:1px solid {LINE}; padding:.35rem .6rem; vertical-align:top; text-align:right;
  font-variant-numeric:tabular-nums}}
.tl-cmp th:first-child {{text-align:left; font-weight:500; position:sticky; left:0; background:#fff; min-width:118px}}
.tl-cmp td {{min-width:96px}} .tl-cmp td b {{font-size:1.02rem}}
.tl-cmp .s {{color:{SOFT_INK}; font-size:.78rem; display:block}}
.tl-cmp tr.part th {{font-weight:700; padding-top:.8rem; border-bottom:2px solid {LINE}}}
.tl-multi {{display:grid; grid-template-columns:repeat(auto-fill,minmax(250px,1fr)); gap:.6rem 1.2rem; color:{INK}}}
.tl-multi figure {{margin:0; max-width:380px}} .tl-multi figcaption {{font-weight:600; font-size:.92rem}}
.tl-multi img {{width:100%; height:auto; display:block}}
</style>"""


def compare_view(place: Place) -> None:
    """Draw the section."""
    lang = place.lang
    athletes = place.archive.athletes()
    if not athletes:
        st.info(t("athletes.training.no_athletes", lang), icon=":material/person_add:")
        return
    st.html(COMPARE_STYLE)
    st.caption(t("athletes.compare.intro", lang))
    modes = ["athletes", "periods"]
    mode = st.segmented_control(
        t("athletes.compare.mode", lang),
        modes,
        default="athletes" if len(athletes) > 1 else "periods",
        required=True,
        format_func=lambda key: t(f"athletes.compare.{key}", lang),
        key="compare-mode",
        label_visibility="collapsed",
    )
    asks = _two_stretches(athletes, place) if mode == "periods" else _several(athletes, place)
    if asks is None:
        return
    found = compare(place.archive, asks, place.zone)
    names = [_name(one, mode == "periods", lang) for one in asks]
    _charts(found, names, lang)
    _table(found, names, lang)


def _several(athletes: Sequence[Athlete], place: Place) -> list[Ask] | None:
    lang, by_id = place.lang, {one.id: one for one in athletes}
    left, right = st.columns([2, 1], gap="medium")
    with left:
        chosen = st.multiselect(
            t("athletes.compare.who", lang),
            list(by_id),
            default=[one.id for one in athletes[:2]],
            format_func=lambda key: by_id[key].name,
            max_selections=MOST,
            placeholder=t("athletes.compare.choose", lang),
            key="compare-who",
        )
    with right:
        days = _days("compare-span", place)
    if len(chosen) < 2:
        st.info(t("athletes.compare.too_few", lang), icon=":material/group_add:")
        return None
    return None if days is None else [Ask(by_id[key], *days) for key in chosen]


def _two_stretches(athletes: Sequence[Athlete], place: Place) -> list[Ask] | None:
    lang = place.lang
    who, span, other = st.columns(3, gap="medium")
    with who:
        athlete = st.selectbox(
            t("athletes.compare.whom", lang), athletes, format_func=lambda one: one.name, key="compare-whom"
        )
    with span:
        days = _days("compare-block", place)
    with other:
        against = st.selectbox(
            t("athletes.compare.against", lang),
            ["before", "last_year", "other"],
            format_func=lambda key: t(f"athletes.compare.{key}", lang),
            key="compare-against",
        )
        if days is None:
            return None
        ask = Ask(athlete, *days)
        if against == "other":
            usual = before(ask)
            chosen = _dates(t("athletes.compare.other_dates", lang), (usual.since, usual.until), "compare-other", place)
            return None if chosen is None else [ask, Ask(athlete, *chosen)]
    return [ask, before(ask) if against == "before" else last_year(ask)]


def _days(key: str, place: Place) -> tuple[date, date] | None:
    lang = place.lang
    span = st.selectbox(
        t("athletes.compare.span", lang),
        [*SPANS, OWN],
        index=SPANS.index(USUAL),
        format_func=lambda count: (
            t("athletes.compare.last_days", lang, count=count) if count else t("athletes.compare.own_days", lang)
        ),
        key=key,
    )
    if span:
        return place.today - timedelta(days=span - 1), place.today
    usual = place.today - timedelta(days=USUAL - 1), place.today
    return _dates(t("athletes.compare.dates", lang), usual, f"{key}-own", place)


def _dates(label: str, usual: tuple[date, date], key: str, place: Place) -> tuple[date, date] | None:
    chosen = st.date_input(label, usual, key=key, format="DD/MM/YYYY")
    if len(chosen) != 2:
        st.info(t("athletes.compare.half_dates", place.lang), icon=":material/date_range:")
        return None
    return chosen[0], chosen[1]


def _name(ask: Ask, periods: bool, lang: str) -> str:
    said = t("athletes.compare.days", lang, first=day_words(ask.since, lang), last=day_words(ask.until, lang))
    return said if periods else ask.athlete.name


def _table(found: Comparison, names: Sequence[str], lang: str) -> None:
    lines = lines_of([one.stretch for one in found.columns], found.method, lang)
    marks = [f"<br>{mark(Origin.SIMULATED, lang)}" if one.simulated else "" for one in found.columns]
    head = "".join(f"<th scope='col'>{escape(name)}{made}</th>" for name, made in zip(names, marks, strict=True))
    rows, part = [], ""
    for line in lines:
        if line.part != part:
            part = line.part
            title = escape(t(f"athletes.compare.part.{part}", lang))
            rows.append(f'<tr class="part"><th colspan="{len(names) + 1}">{title}</th></tr>')
        unit = f'<span class="s">{escape(line.unit)}</span>' if line.unit else ""
        cells = "".join(
            f'<td><b>{escape(cell.text)}</b><span class="s">{escape(cell.note)}</span></td>' for cell in line.cells
        )
        rows.append(f"<tr><th scope='row'>{escape(line.label)}{unit}</th>{cells}</tr>")
    st.html(
        '<div class="tl-cmp"><table><thead><tr>'
        f"<th>{escape(t('athletes.compare.measure', lang))}</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    notes = [t("athletes.compare.unknown_note", lang)]
    notes.append(t("athletes.compare.method_note", lang, method=t(f"athletes.load.method.{found.method}", lang)))
    zones = {one.stretch.zones.names for one in found.columns if one.stretch.zones is not None}
    if len(zones) > 1:
        notes.append(t("athletes.compare.other_zones", lang))
    if missing := unknown_of(lines, names):
        notes.append(t("athletes.compare.unknown_list", lang, list=plain("; ".join(missing))))
    st.caption(" ".join(notes))


def unknown_of(lines: Sequence[Line], names: Sequence[str]) -> list[str]:
    """What is not known, by name: ``label (column, column)``."""
    found = []
    for line in lines:
        without = [name for name, cell in zip(names, line.cells, strict=True) if cell.value is None]
        if without:
            found.append(f"{line.label} ({', '.join(without)})")
    return found


def _charts(found: Comparison, names: Sequence[str], lang: str) -> None:
    st.markdown(f"**{t('athletes.compare.charts', lang)}**")
    top = max([known for one in found.columns for known, _, _ in one.weeks] or [0.0])
    figures = [
        _figure(name, weeks_chart(one.weeks, top, lang), _said(one, name, lang)) for name, one in _named(found, names)
    ]
    st.html(f'<div class="tl-multi">{"".join(figures)}</div>')
    zoned = [(name, one.stretch.zones) for name, one in _named(found, names) if one.stretch.zones is not None]
    if zoned:
        st.markdown(f"**{t('athletes.compare.zones_share', lang)}**")
        figures = []
        for name, zones in zoned:
            words = zone_names(zones.names, len(zones.seconds), lang)
            said = ", ".join(
                f"{word}: {number(seconds / 60, lang)}" for word, seconds in zip(words, zones.seconds, strict=True)
            )
            figures.append(_figure(name, zone_share_chart(zones.seconds, words, lang), said))
        st.html(f'<div class="tl-multi">{"".join(figures)}</div>')


def _named(found: Comparison, names: Sequence[str]) -> list[tuple[str, Column]]:
    return list(zip(names, found.columns, strict=True))


def _said(column: Column, name: str, lang: str) -> str:
    weeks = ", ".join(
        f"{number(load, lang)}{' +?' if unknown else ''}" if days else UNKNOWN for load, unknown, days in column.weeks
    )
    return t("athletes.compare.weeks_alt", lang, name=name, weeks=weeks)


def _figure(name: str, drawn: str, said: str) -> str:
    address = f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"
    return f'<figure><figcaption>{escape(name)}</figcaption><img src="{address}" alt="{escape(said)}"></figure>'

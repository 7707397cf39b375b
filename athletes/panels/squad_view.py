"""The section of the squad: who to look at today and why, in words with values, each athlete open with one tap."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import streamlit as st

from athletes.panels.palette import INK, LINE, SOFT_INK
from athletes.panels.pieces import mark
from athletes.panels.place import Place, go
from athletes.panels.plan_words import PLAN_STYLE, answer_words, done_title, plan_title
from athletes.panels.upload import plain
from athletes.panels.whom import EVERYBODY, groups_of
from athletes.paper.drawing import spark
from athletes.planning import Held
from athletes.reasons import band_numbers, band_words, body_part, day_words, reason_words
from athletes.squad import Row, squad_of
from touchline.i18n import number, t
from touchline.origin import Origin

SQUAD_STYLE = f"""<style>
.tl-who {{display:grid; grid-template-columns:minmax(130px,1.1fr) minmax(240px,2.6fr) 112px minmax(150px,1.1fr)
  minmax(120px,1fr); gap:.3rem 1rem; color:{INK}; align-items:start; font-size:.92rem; line-height:1.35}}
.tl-who .k {{display:block; color:{SOFT_INK}; font-size:.78rem}}
.tl-who .name {{font-size:1.08rem; font-weight:700; overflow-wrap:anywhere}}
.tl-who ul {{margin:0; padding-left:1.05rem}} .tl-who li {{margin-bottom:.15rem}}
.tl-who img {{width:104px; height:37px; display:block}}
.tl-who .n {{font-variant-numeric:tabular-nums}}
.tl-count {{display:flex; flex-wrap:wrap; gap:.5rem 1.6rem; color:{INK}; border-bottom:1px solid {LINE};
  padding-bottom:.4rem}}
.tl-count b {{font-size:1.45rem; font-variant-numeric:tabular-nums}}
[class*="st-key-squad-card-"] {{padding:.6rem .8rem}}
@media (max-width:900px) {{.tl-who {{grid-template-columns:112px 1fr}} .tl-count .tl-soft {{width:100%}}
  .tl-who > div:first-child, .tl-who .why, .tl-who > div:last-child {{grid-column:1 / -1}}}}
</style>"""


def squad_view(place: Place) -> None:
    """Draw the section: how many to look at, the filter, a card an athlete."""
    archive, lang = place.archive, place.lang
    athletes = archive.athletes()
    if not athletes:
        st.info(t("athletes.training.no_athletes", lang), icon=":material/person_add:")
        return
    st.html(PLAN_STYLE + SQUAD_STYLE)
    groups = groups_of(athletes)
    chosen = EVERYBODY
    if groups:
        chosen = (
            st.segmented_control(
                t("athletes.squad.filter", lang),
                [EVERYBODY, *groups],
                default=EVERYBODY,
                required=True,
                format_func=lambda name: t("athletes.squad.all", lang) if name == EVERYBODY else plain(name),
                key="squad-group",
                label_visibility="collapsed",
            )
            or EVERYBODY
        )
    mine = [one for one in athletes if chosen in (EVERYBODY, one.group)]
    bar = st.empty()

    def told(done: int, count: int) -> None:
        bar.progress(done / count, t("athletes.squad.reading", lang, done=done, count=count))

    rows = squad_of(archive, mine, place.today, place.zone, told)
    bar.empty()
    looked = [row for row in rows if row.look.reasons]
    quiet = [row for row in rows if not row.look.reasons]
    st.html(_count(len(looked), len(quiet), place))
    for row in looked:
        _card(row, place)
    if quiet:
        st.markdown(f"**{t('athletes.squad.quiet', lang, count=len(quiet))}**")
        for row in quiet:
            _card(row, place)
    methods = ", ".join(sorted({t(f"athletes.load.method.{row.load_name}", lang) for row in rows}))
    st.caption(f"{t('athletes.triage.note', lang)} {t('athletes.squad.legend', lang, methods=methods)}")


def _count(look: int, quiet: int, place: Place) -> str:
    day = escape(t("athletes.squad.today", place.lang, day=day_words(place.today, place.lang)))
    parts = [
        f"<span><b>{look}</b> {escape(t('athletes.squad.to_look_at', place.lang))}</span>",
        f"<span><b>{quiet}</b> {escape(t('athletes.squad.need_none', place.lang))}</span>",
    ]
    return f'<div class="tl-count" role="status"><span class="tl-soft">{day}</span>{"".join(parts)}</div>'


def _card(row: Row, place: Place) -> None:
    lang, athlete = place.lang, row.athlete
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        key=f"squad-card-{athlete.id}",
    ):
        st.html(card_html(row, place), width="stretch")
        if st.button(
            t("athletes.sessions.open", lang),
            key=f"squad-open-{athlete.id}",
            type="primary" if row.look.reasons else "secondary",
            help=plain(athlete.name),
        ):
            go(athlete=athlete.id)


def card_html(row: Row, place: Place) -> str:
    """An athlete's card: name, reasons, weeks of load, readiness, newest data and today's plan."""
    lang = place.lang
    reasons = "".join(f"<li>{escape(reason_words(one, lang))}</li>" for one in row.look.reasons)
    why = f"<ul>{reasons}</ul>" if reasons else escape(t("athletes.triage.nothing", lang))
    simulated = f" {mark(Origin.SIMULATED, lang)}" if row.simulated else ""
    group = f'<br><span class="tl-soft">{escape(row.athlete.group)}</span>' if row.athlete.group else ""
    return (
        f'<div class="tl-who"><div><span class="name">{escape(row.athlete.name)}</span>{simulated}{group}</div>'
        f'<div class="why">{why}</div><div>{_load(row, lang)}</div>'
        f'<div><span class="k">{escape(t("athletes.squad.readiness", lang))}</span>{escape(band_words(row.band, lang))}'
        f'<br><span class="tl-soft n">{escape(band_numbers(row.band, lang))}</span></div>'
        f"<div>{_facts(row, place)}</div></div>"
    )


def _load(row: Row, lang: str) -> str:
    told = ", ".join(_week(number(one.load, lang), one.unknown_days, lang) for one in row.weeks)
    said = t("athletes.squad.weeks_alt", lang, weeks=told)
    drawn = spark([(one.load, one.unknown_days > 0) for one in row.weeks], said)
    address = f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"
    last = row.weeks[-1]
    now = _week(number(last.load, lang), last.unknown_days, lang)
    name = t(f"athletes.load.method.{row.load_name}", lang)
    return (
        f'<span class="k">{escape(t("athletes.squad.weeks", lang))}</span><img src="{address}" alt="{escape(said)}">'
        f'<span class="tl-soft n" title="{escape(name)}">{escape(t("athletes.squad.this_week", lang, load=now))}</span>'
    )


def _week(load: str, unknown_days: int, lang: str) -> str:
    return t("athletes.squad.at_least", lang, load=load, days=unknown_days) if unknown_days else load


def _facts(row: Row, place: Place) -> str:
    lang = place.lang
    days = None if row.last_data is None else (place.today - row.last_data).days
    data = t("athletes.squad.never", lang) if days is None else t("athletes.squad.days_ago", lang, days=days)
    if days in (0, 1):
        data = t("athletes.squad.data_today" if days == 0 else "athletes.squad.day_ago", lang)
    lines = [f'<span class="k">{escape(t("athletes.squad.newest", lang))}</span>{escape(data)}']
    for one in row.injuries:
        said = t(
            "athletes.squad.injury", lang, part=body_part(one.what or one.text, lang), day=day_words(one.day, lang)
        )
        lines.append(f"<br>✚ {escape(said)}")
    lines += [f"<br>{escape(_today(held, lang))}" for held in row.today]
    if not row.today:
        lines.append(f'<br><span class="tl-soft">{escape(t("athletes.squad.no_plan", lang))}</span>')
    return "".join(lines)


def _today(held: Held, lang: str) -> str:
    title = plan_title(held.plan, lang) if held.plan is not None else done_title(held.done[0], lang)
    return f"{answer_words(held, lang)} · {title}"

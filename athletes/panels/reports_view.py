"""The section of reports: whose and which days, the very page to look at, and one button a form of file."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from html import escape

import streamlit as st

from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.panels.whom import choose_whom
from athletes.paper.facts import Facts, gather
from athletes.paper.words import days_words, sentence, squad_name
from athletes.paper.writing import page_pictures, report_bytes
from athletes.planning import WEEK, week_of
from athletes.squad import stands_of
from touchline.errors import TouchlineError
from touchline.i18n import t

MADE = "reports-made"
"""The file that was made last: what it was made of, its suffix, its bytes."""
SPANS = ("this_week", "last_week", "this_month", "last_month", "quarter", "own")
MIME = {".pdf": "application/pdf", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
SHOWN_PAGES = 3


def reports_view(place: Place) -> None:
    """Draw the section."""
    lang = place.lang
    athletes = place.archive.athletes()
    if not athletes:
        st.info(t("athletes.training.no_athletes", lang), icon=":material/person_add:")
        return
    choices, paper = st.columns([2, 3], gap="large")
    with choices:
        st.caption(t("athletes.reports.intro", lang))
        whom = choose_whom(athletes, "reports-whom", lang, label=t("athletes.reports.whom", lang))
        days = _days(place)
        why = barred(place.archive, lang)
        diary = st.checkbox(
            t("athletes.reports.diary", lang),
            value=why is None,
            disabled=why is not None,
            help=why,
            key="reports-diary",
        )
        if why is not None:
            st.caption(f":material/lock: {t('athletes.paper.no_diary.role', lang)}")
        each = whom.one is None and st.checkbox(t("athletes.reports.each", lang), key="reports-each")
        if days is None:
            return
        one = whom.one
        with st.spinner(t("athletes.reports.gathering", lang)):
            facts = gather(
                place.archive,
                since=days[0],
                until=days[1],
                zone=place.zone,
                today=place.today,
                athlete_id=None if one is None else one.id,
                group=whom.group,
                diary=diary or why is not None,
                each=each or one is not None,
            )
        if one is not None:
            st.html(f'<div class="tl-look" role="note">{escape(sentence(facts.athletes[0], lang))}</div>')
        _left_out(facts, lang)
        told = [each_one.athlete for each_one in facts.athletes]
        stands = (*stands_of(place.archive, told).values(), *(each_one.no_diary for each_one in facts.athletes))
        _files(facts, place, (place.archive.account, whom.group, one and one.id, days, diary, each, lang, stands))
    with paper:
        _preview(facts, lang)


def _days(place: Place) -> tuple[date, date] | None:
    lang, today = place.lang, place.today
    span = st.selectbox(
        t("athletes.reports.span", lang),
        SPANS,
        index=1,
        format_func=lambda key: t(f"athletes.reports.{key}", lang),
        key="reports-span",
    )
    month = today.replace(day=1)
    last = month - timedelta(days=1)
    found = {
        "this_week": (week_of(today), week_of(today) + WEEK - timedelta(days=1)),
        "last_week": (week_of(today) - WEEK, week_of(today) - timedelta(days=1)),
        "this_month": (month, (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)),
        "last_month": (last.replace(day=1), last),
        "quarter": (today - timedelta(days=89), today),
    }
    if span in found:
        days = found[span]
        st.caption(days_words(*days, lang))
        return days
    chosen = st.date_input(
        t("athletes.compare.dates", lang), found["quarter"], key="reports-dates", format="DD/MM/YYYY"
    )
    if len(chosen) != 2:
        st.info(t("athletes.compare.half_dates", lang), icon=":material/date_range:")
        return None
    return chosen[0], chosen[1]


def _left_out(facts: Facts, lang: str) -> None:
    """What the report does not tell, and why; before it is made."""
    told = dict.fromkeys(one.no_diary for one in facts.athletes if one.no_diary not in (None, "role", "not_asked"))
    for code in told:
        names = ", ".join(one.athlete.name for one in facts.athletes if one.no_diary == code)
        st.info(f"{plain(names)}: {t(f'athletes.paper.no_diary.{code}', lang)}", icon=":material/lock:")


def _files(facts: Facts, place: Place, made_of: tuple[object, ...]) -> None:
    """A button a form of file, which makes it; then the one that hands it over."""
    lang = place.lang
    with st.container(horizontal=True, gap="small"):
        for suffix in MIME:
            pressed = st.button(
                t(f"athletes.reports.make{suffix.replace('.', '_')}", lang),
                key=f"reports-make{suffix}",
                type="primary" if suffix == ".pdf" else "secondary",
                icon=":material/picture_as_pdf:" if suffix == ".pdf" else ":material/table_view:",
            )
            if pressed:
                try:
                    data = report_bytes(place.archive, facts, suffix, lang)
                except TouchlineError as fault:
                    st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")
                    continue
                st.session_state[MADE] = (made_of, suffix, data)
    made = st.session_state.get(MADE)
    if made is not None and made[0] != made_of:  # made of what is no longer there, or may no longer be handed on
        made = None
        del st.session_state[MADE]
    if made is not None:
        _, suffix, data = made
        st.download_button(
            t("athletes.reports.download", lang, kb=max(len(data) // 1024, 1)),
            data,
            file_name=file_name(facts, suffix, lang),
            mime=MIME[suffix],
            key="reports-download",
            icon=":material/download:",
            width="stretch",
            on_click="ignore",
        )


def file_name(facts: Facts, suffix: str, lang: str) -> str:
    """A name that every system takes: whose, and which days."""
    plain = unicodedata.normalize("NFD", squad_name(facts, lang).replace("đ", "d").replace("Đ", "D"))
    word = re.sub(r"[^A-Za-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-") or "touchline"
    return f"{word}-{facts.since.isoformat()}-{facts.until.isoformat()}{suffix}"


def _preview(facts: Facts, lang: str) -> None:
    """The first pages of the very PDF."""
    try:
        pages = page_pictures(facts, lang)
    except TouchlineError as fault:
        st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")
        return
    st.caption(t("athletes.reports.preview", lang, count=len(pages)))
    for page in pages[:SHOWN_PAGES]:
        with st.container(border=True):
            st.image(page, width="stretch")

"""An athlete's diary: answers, morning readings, injuries, efforts and notes; edited, taken off, brought back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

import streamlit as st

from athletes.panels.diary_forms import FORMS
from athletes.panels.pieces import barred, mark
from athletes.panels.place import Place
from athletes.panels.undo import remove, undo_line
from athletes.panels.wellness import answers, typed, wellness_part
from athletes.panels.words import day_words
from athletes.records import Record, RecordKind
from touchline.i18n import find, number, t
from touchline.origin import Origin

KINDS = (RecordKind.WELLNESS, RecordKind.READING, RecordKind.INJURY, RecordKind.EFFORT, RecordKind.NOTE)
SHOWN_FIRST = 15


def diary_part(place: Place, athlete_id: str, records: Sequence[Record]) -> None:
    """Draw the diary: what can be noted for a day, above what was noted, ``records``, by day."""
    lang = place.lang
    why = barred(place.archive, lang)
    undo_line(place, athlete_id)
    if why is not None:
        st.caption(f":material/lock: {why}")
    else:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        with right:
            day: date = st.date_input(
                t("athletes.diary.day", lang), place.today, key=f"diary-day-{athlete_id}", format="DD/MM/YYYY"
            )
        with left:
            chosen = st.segmented_control(
                t("athletes.diary.what", lang),
                KINDS,
                default=RecordKind.WELLNESS,
                format_func=lambda one: t(f"athletes.diary.kind.{one}", lang),
                key=f"diary-kind-{athlete_id}",
                label_visibility="collapsed",
                wrap=True,
            )
        kind = chosen or RecordKind.WELLNESS
        if kind is RecordKind.WELLNESS:
            wellness_part(place, athlete_id, day, typed(place, athlete_id, kind, day))
        else:
            FORMS[kind](place, athlete_id, day, None)
    _kept(place, athlete_id, records, editable=why is None)


def _kept(place: Place, athlete_id: str, records: Sequence[Record], *, editable: bool) -> None:
    lang = place.lang
    found = [record for record in records if record.kind is not RecordKind.PLAN]
    st.markdown(f"#### {t('athletes.diary.noted', lang)}")
    if not found:
        st.info(t("athletes.diary.empty", lang), icon=":material/edit_note:")
        return
    key = f"diary-shown-{athlete_id}"
    shown = st.session_state.get(key, SHOWN_FIRST)
    for record in found[::-1][:shown]:
        _row(place, record, editable=editable)
    if len(found) > shown and st.button(t("athletes.sessions.more", lang, count=len(found) - shown), key=f"{key}-more"):
        st.session_state[key] = shown + 4 * SHOWN_FIRST
        st.rerun()


def _row(place: Place, record: Record, *, editable: bool) -> None:
    lang, editing = place.lang, f"diary-editing-{record.id}"
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            who = f" · {escape(record.by)}" if record.by else ""
            kind = escape(t(f"athletes.diary.kind.{record.kind}", lang))
            origin = "" if record.origin is Origin.MEASURED else f" {mark(record.origin, lang)}"
            st.html(
                f"<div><b>{escape(day_words(record.day, lang))}</b> {kind}{origin}"
                f"<span class='tl-soft'>{who}</span><br>{escape(said(record, lang))}</div>",
                width="stretch",
            )
            if editable and (record.kind in FORMS or record.kind is RecordKind.WELLNESS):
                if st.button(
                    "", key=f"diary-edit-{record.id}", icon=":material/edit:", help=t("athletes.diary.edit", lang)
                ):
                    st.session_state[editing] = not st.session_state.get(editing, False)
                    st.rerun()
                if st.button(
                    "", key=f"diary-remove-{record.id}", icon=":material/delete:", help=t("athletes.diary.remove", lang)
                ):
                    remove(place, record)
                    st.rerun()
        if editable and st.session_state.get(editing):
            if record.kind is RecordKind.WELLNESS:
                wellness_part(place, record.athlete_id, record.day, record, key="edit")
            else:
                FORMS[record.kind](place, record.athlete_id, record.day, record)


def said(record: Record, lang: str) -> str:
    """What a record says, in one line."""
    values, parts = record.values, []
    if record.kind is RecordKind.WELLNESS:
        parts.append(answers(record, lang))
    elif record.kind is RecordKind.READING:
        for name, unit, decimals in (("rmssd_ms", "ms", 1), ("resting_bpm", t("athletes.sessions.bpm", lang), 0)):
            if name in values:
                parts.append(f"{t(f'athletes.diary.{name}', lang)} {number(values[name], lang, decimals)} {unit}")
        if "corrected_pct" in values:
            parts.append(t("athletes.diary.corrected", lang, percent=number(values["corrected_pct"], lang, 1)))
        parts.append(find(f"athletes.diary.posture.{record.what}", lang) or record.what)
    elif record.kind is RecordKind.INJURY:
        parts.append(find(f"athletes.diary.body.{record.what}", lang) or record.what)
        if "severity" in values:
            parts.append(t(f"athletes.diary.severity.{round(values['severity'])}", lang))
        parts.append(
            t("athletes.diary.goes_on", lang)
            if record.until is None
            else t("athletes.diary.until_day", lang, day=day_words(record.until, lang))
        )
    elif record.kind is RecordKind.EFFORT:
        if "rpe" in values:
            parts.append(f"RPE {number(values['rpe'], lang, 1)}/10")
        if "minutes" in values:
            parts.append(f"{number(values['minutes'], lang)} {t('athletes.sessions.minutes', lang)}")
    elif record.kind is RecordKind.TEST:
        parts.append(f"{record.what} {number(values.get('value'), lang, 2)}")
    return " · ".join(part for part in (*parts, record.text) if part)

"""How an athlete feels today: one tap an answer, kept at once, taken back as quickly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from athletes.panels.place import Place
from athletes.panels.undo import keep
from athletes.panels.upload import plain
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.errors import TouchlineError
from touchline.i18n import number, t

QUESTIONS = ("fatigue", "sleep_quality", "soreness", "stress", "mood")
FACES = ("very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied")
"""1 is the worst answer of every question, 5 the best; each face stands beside its number and its word."""


def wellness_part(place: Place, athlete_id: str, day: date, now: Record | None, *, key: str = "day") -> None:
    """The five questions of ``day``, with the answers of the record ``now``; a tap keeps an answer. ``key`` tells two
    of these parts on one page apart."""
    lang = place.lang
    values = {} if now is None else dict(now.values)
    version = "new" if now is None else now.id
    for question in QUESTIONS:
        answer = values.get(question)
        shown = round(answer) if answer is not None else None
        word = "–" if shown is None else t(f"athletes.diary.{question}.{shown}", lang)
        st.markdown(f"**{t(f'athletes.diary.{question}.name', lang)}**: {word}")
        chosen = st.segmented_control(
            t(f"athletes.diary.{question}.name", lang),
            range(1, 6),
            default=shown,
            format_func=lambda value: f":material/sentiment_{FACES[value - 1]}: {value}",
            key=f"well-{key}-{athlete_id}-{day}-{question}-{version}",
            label_visibility="collapsed",
            width="stretch",
            help=t("athletes.diary.one_to_five", lang),
        )
        if chosen is not None and chosen != shown:
            kept(place, now, Record(RecordKind.WELLNESS, athlete_id, day, {question: float(chosen)}))
            st.rerun()
    _numbers(place, athlete_id, day, now, key)


def _numbers(place: Place, athlete_id: str, day: date, now: Record | None, key: str) -> None:
    """Hours of sleep and weight, for who notes them."""
    lang = place.lang
    values = {} if now is None else dict(now.values)
    with st.form(f"well-numbers-{key}-{athlete_id}-{day}-{now.id if now else 'new'}", border=False):
        left, right, press = st.columns([2, 2, 1], vertical_alignment="bottom")
        sleep = left.number_input(
            t("athletes.diary.sleep_h", lang), 0.0, 24.0, values.get("sleep_h"), 0.5, "%.1f", placeholder="–"
        )
        weight = right.number_input(
            t("athletes.diary.weight_kg", lang), 20.0, 300.0, values.get("weight_kg"), 0.1, "%.1f", placeholder="–"
        )
        pressed = press.form_submit_button(t("athletes.diary.keep", lang), width="stretch")
    given = {name: value for name, value in (("sleep_h", sleep), ("weight_kg", weight)) if value is not None}
    if pressed and given:
        kept(place, now, Record(RecordKind.WELLNESS, athlete_id, day, given))
        st.rerun()


def kept(place: Place, now: Record | None, more: Record) -> None:
    """Keep ``more`` as a part of today's record ``now``, whose other answers stay."""
    if now is not None:
        more = replace(more, values={**now.values, **more.values}, text=more.text or now.text, replaces=now.id)
    keep(place, more)


def typed(place: Place, athlete_id: str, kind: RecordKind, day: date) -> Record | None:
    """The newest record of a kind that a person typed in for ``day``; None without."""
    found = Records(place.archive).of(athlete_id, [kind], since=day, until=day)
    mine = [record for record in found if not record.source and record.session_id is None]
    return mine[-1] if mine else None


def answers(record: Record, lang: str) -> str:
    """What a wellness record says, in one line."""
    found = []
    for question in QUESTIONS:
        if (value := record.values.get(question)) is not None:
            name = t(f"athletes.diary.{question}.name", lang)
            word = t(f"athletes.diary.{question}.{round(value)}", lang)
            found.append(f"{name} {number(value, lang)}/5 ({word})")
    for name, unit, decimals in (("sleep_h", "h", 1), ("weight_kg", "kg", 1)):
        if (value := record.values.get(name)) is not None:
            found.append(f"{t(f'athletes.diary.{name}_short', lang)} {number(value, lang, decimals)} {unit}")
    return " · ".join(found)


def told(fault: TouchlineError, lang: str) -> None:
    """Say a refusal of what was typed in."""
    st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/error:")

"""The forms of the diary: a morning reading, an injury, an effort, a note; each for a new entry or a changed one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from athletes.panels.morning import from_file
from athletes.panels.place import Place
from athletes.panels.undo import keep
from athletes.panels.wellness import told
from athletes.records import POSTURES, Record, RecordKind
from touchline.errors import TouchlineError
from touchline.i18n import find, t

BODY = (
    "ankle",
    "knee",
    "thigh_back",
    "thigh_front",
    "calf",
    "groin",
    "hip",
    "foot",
    "back",
    "shoulder",
    "arm",
    "head",
    "illness",
    "other",
)
RPE_MOST = 10
Form = Callable[[Place, str, date, Record | None], None]


def reading_form(place: Place, athlete_id: str, day: date, now: Record | None) -> None:
    """A morning reading, typed in or from a file of RR intervals."""
    lang = place.lang
    if now is None:
        from_file(place, athlete_id, day)
    values = {} if now is None else dict(now.values)
    with st.form(_key("reading", athlete_id, now), border=False):
        one, two, three = st.columns(3, vertical_alignment="bottom")
        rmssd = one.number_input(
            t("athletes.diary.rmssd_in", lang), 0.0, 1000.0, values.get("rmssd_ms"), 0.1, "%.1f", placeholder="–"
        )
        rest = two.number_input(
            t("athletes.diary.resting_in", lang), 20.0, 260.0, values.get("resting_bpm"), 1.0, "%.0f", placeholder="–"
        )
        posture = three.selectbox(
            t("athletes.diary.posture_of", lang),
            POSTURES,
            index=POSTURES.index(now.what) if now and now.what in POSTURES else 0,
            format_func=lambda name: t(f"athletes.diary.posture.{name}", lang),
        )
        note = st.text_input(t("athletes.diary.remark", lang), "" if now is None else now.text, max_chars=300)
        pressed = _press(lang)
    given = {name: value for name, value in (("rmssd_ms", rmssd), ("resting_bpm", rest)) if value is not None}
    if pressed and not given:
        st.warning(t("athletes.diary.nothing", lang), icon=":material/info:")
    elif pressed:
        if "rmssd_ms" not in values or given.get("rmssd_ms") == values["rmssd_ms"]:
            given = {**values, **given}
        _keep(place, RecordKind.READING, athlete_id, day, given, what=posture, text=note, now=now)


def injury_form(place: Place, athlete_id: str, day: date, now: Record | None) -> None:
    """An injury or illness: where, how bad, until when."""
    lang = place.lang
    with st.form(_key("injury", athlete_id, now), border=False):
        parts = [*BODY] if now is None or now.what in BODY else [*BODY, now.what]
        where = st.selectbox(
            t("athletes.diary.where", lang),
            parts,
            index=parts.index(now.what) if now else None,
            placeholder="–",
            format_func=lambda name: find(f"athletes.diary.body.{name}", lang) or name,
        )
        bad = None if now is None else now.values.get("severity")
        severity = st.segmented_control(
            t("athletes.diary.how_bad", lang),
            (1, 2, 3),
            default=None if bad is None else round(bad),
            format_func=lambda value: f"{value} · {t(f'athletes.diary.severity.{value}', lang)}",
        )
        first = st.date_input(t("athletes.diary.since", lang), day, format="DD/MM/YYYY")
        healed = st.date_input(t("athletes.diary.until", lang), None if now is None else now.until, format="DD/MM/YYYY")
        note = st.text_input(t("athletes.diary.remark", lang), "" if now is None else now.text, max_chars=300)
        pressed = _press(lang)
    if pressed and where is None:
        st.warning(t("athletes.diary.no_where", lang), icon=":material/info:")
    elif pressed:
        values = {} if severity is None else {"severity": float(severity)}
        _keep(place, RecordKind.INJURY, athlete_id, first, values, what=where or "", text=note, until=healed, now=now)


def effort_form(place: Place, athlete_id: str, day: date, now: Record | None) -> None:
    """A session that no device recorded: how hard it felt, and how long it was."""
    lang = place.lang
    values = {} if now is None else dict(now.values)
    with st.form(_key("effort", athlete_id, now), border=False):
        rpe = rpe_choice(lang, values.get("rpe"))
        minutes = st.number_input(
            t("athletes.diary.minutes_in", lang), 0.0, 1440.0, values.get("minutes"), 5.0, "%.0f", placeholder="–"
        )
        note = st.text_input(t("athletes.diary.remark", lang), "" if now is None else now.text, max_chars=300)
        pressed = _press(lang)
    given = {name: value for name, value in (("rpe", rpe), ("minutes", minutes)) if value is not None}
    if pressed and len(given) < len(("rpe", "minutes")):
        st.warning(t("athletes.diary.both", lang), icon=":material/info:")
    elif pressed:
        session = None if now is None else now.session_id
        _keep(place, RecordKind.EFFORT, athlete_id, day, given, text=note, session_id=session, now=now)


def note_form(place: Place, athlete_id: str, day: date, now: Record | None) -> None:
    """A few words."""
    lang = place.lang
    with st.form(_key("note", athlete_id, now), border=False):
        text = st.text_area(t("athletes.diary.note_in", lang), "" if now is None else now.text, max_chars=2000)
        pressed = _press(lang)
    if pressed and not text.strip():
        st.warning(t("athletes.diary.nothing", lang), icon=":material/info:")
    elif pressed:
        _keep(place, RecordKind.NOTE, athlete_id, day, {}, text=text.strip(), now=now)


def rpe_choice(lang: str, value: float | None, key: str | None = None) -> float | None:
    """How hard it felt on the CR-10 scale, each number with its word where the scale has one; None is not answered."""
    chosen = st.segmented_control(
        t("athletes.diary.rpe_in", lang),
        range(RPE_MOST + 1),
        default=None if value is None else round(value),
        format_func=lambda number: f"{number} {find(f'athletes.diary.rpe.{number}', lang) or ''}".strip(),
        key=key,
        wrap=True,
    )
    return None if chosen is None else float(chosen)


def _key(name: str, athlete_id: str, now: Record | None) -> str:
    return f"diary-{name}-{athlete_id}-{now.id if now else 'new'}"


def _press(lang: str) -> bool:
    return st.form_submit_button(t("athletes.diary.keep", lang), type="primary", width="stretch")


def _keep(
    place: Place,
    kind: RecordKind,
    athlete_id: str,
    day: date,
    values: dict[str, float],
    *,
    what: str = "",
    text: str = "",
    until: date | None = None,
    session_id: str | None = None,
    now: Record | None,
) -> None:
    """Keep what the form says, in place of ``now``; a refusal is said and nothing is lost."""
    try:
        keep(
            place,
            Record(
                kind,
                athlete_id,
                day,
                values,
                what,
                text,
                until,
                session_id,
                replaces=None if now is None else now.id,
            ),
        )
    except TouchlineError as fault:
        told(fault, place.lang)
        return
    st.rerun()


FORMS: dict[RecordKind, Form] = {
    RecordKind.READING: reading_form,
    RecordKind.INJURY: injury_form,
    RecordKind.EFFORT: effort_form,
    RecordKind.NOTE: note_form,
}

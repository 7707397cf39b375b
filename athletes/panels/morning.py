"""A morning reading from a file of beats: measured, shown with its method, kept where a person says so."""

from __future__ import annotations

from datetime import date
from math import isfinite

import streamlit as st

from athletes.hrv.analysis import Analysis, analyse_recording
from athletes.hrv.gate import Reason
from athletes.hrv.morning import morning_record
from athletes.hrv_words import how_words
from athletes.importers import read
from athletes.importers.common import Diary
from athletes.panels.file_box import box_words
from athletes.panels.place import Place
from athletes.panels.undo import keep
from athletes.panels.upload import plain
from athletes.panels.wellness import told
from athletes.records import POSTURES
from touchline.errors import TouchlineError
from touchline.i18n import number, t


def from_file(place: Place, athlete_id: str, day: date) -> None:
    """The box for one file; what it says of the heart at rest, or why it says nothing."""
    lang, box = place.lang, "morning-box"
    with st.container(key=box):
        st.html(box_words(box, t("athletes.diary.file_button", lang), t("athletes.diary.file_or", lang)))
        file = st.file_uploader(t("athletes.diary.file", lang), key=f"morning-{athlete_id}", max_upload_size=50)
    if file is None:
        return
    try:
        imported = read(file.getvalue(), file.name, zone=place.zone)
        if isinstance(imported, Diary):
            st.warning(t("athletes.diary.file_diary", lang), icon=":material/info:")
            return
        found = analyse_recording(imported.recording)
    except TouchlineError as fault:
        told(fault, lang)
        return
    if (why := refusal(found, lang)) is not None:
        st.warning(t("athletes.diary.file_refused", lang, reason=plain(why)), icon=":material/block:")
        return
    assert found.time is not None
    st.success(
        t(
            "athletes.diary.file_taken",
            lang,
            rmssd=number(found.time.rmssd_ms, lang, 1),
            rest=number(found.time.mean_bpm, lang, 0),
            beats=number(found.measured.count, lang),
            corrected=number(found.corrected_pct, lang, 1),
            method=how_words(found, "correction", lang),
        ),
        icon=":material/check_circle:",
    )
    posture = st.segmented_control(
        t("athletes.diary.posture_of", lang),
        POSTURES,
        default=POSTURES[0],
        format_func=lambda name: t(f"athletes.diary.posture.{name}", lang),
        key=f"morning-posture-{athlete_id}",
    )
    if st.button(
        t("athletes.diary.file_keep", lang), key=f"morning-keep-{athlete_id}", type="primary", icon=":material/save:"
    ):
        record = morning_record(found, athlete_id, day, posture=posture or "", source=file.name)
        if record is not None:
            keep(place, record)
        st.session_state.pop(f"morning-{athlete_id}", None)
        st.rerun()


def refusal(found: Analysis, lang: str) -> str | None:
    """Why a measurement makes no morning reading, in words; None where it makes one."""
    if found.reason is not None:
        return reason_words(found.reason, lang)
    if not found.at_rest:
        values = {name: _word(value, lang) for name, value in found.told.values.items()}
        return t(f"athletes.hrv.situation.{found.told.why}", lang, **values)
    if found.time is None:
        return reason_words(next(iter(found.reasons.values())), lang)
    return None


def reason_words(reason: Reason, lang: str) -> str:
    """A reason of the gate in words: what it is, and what to do."""
    values = {name: _word(value, lang) for name, value in reason.values.items()}
    key = f"athletes.hrv.reasons.{reason.code}"
    return f"{t(f'{key}.detail', lang, **values)} {t(f'{key}.hint', lang, **values)}"


def _word(value: float | str, lang: str) -> str:
    if isinstance(value, str):
        return value
    return number(value, lang, 0 if isfinite(value) and value == round(value) else 1)

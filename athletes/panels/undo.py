"""What was just done, and the way back: one line above what it was done to."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.record_store import Records
from athletes.records import Record
from touchline.i18n import t


@dataclass(frozen=True, slots=True)
class Done:
    """A change of an athlete's diary: ``made`` was kept, ``gone`` was taken off; either may be empty."""

    words: str
    made: str | None = None
    gone: str | None = None


def _key(athlete_id: str) -> str:
    return f"diary-done-{athlete_id}"


def keep(place: Place, record: Record) -> Record:
    """Keep ``record``; what it replaces can be brought back by ``undo_line``. A change that was already there is no
    change."""
    (kept,) = Records(place.archive).keep(record)
    word = "changed" if record.replaces else "kept"
    st.session_state[_key(record.athlete_id)] = Done(word, kept.id, record.replaces)
    return kept


def remove(place: Place, record: Record) -> None:
    """Take ``record`` off; ``undo_line`` brings it back."""
    Records(place.archive).remove(record.id)
    st.session_state[_key(record.athlete_id)] = Done("removed", None, record.id)


def undo_line(place: Place, athlete_id: str) -> None:
    """Say what was done last in this athlete's diary, with the button that takes it back; nothing where nothing was."""
    done: Done | None = st.session_state.get(_key(athlete_id))
    if done is None or barred(place.archive, place.lang):
        return

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: {t(f'athletes.diary.done.{done.words}', place.lang)}", width="content")
        if st.button(t("athletes.sessions.undo", place.lang), key=f"diary-undo-{athlete_id}", icon=":material/undo:"):
            records = Records(place.archive)
            if done.made is not None:
                records.remove(done.made)
            if done.gone is not None:
                records.restore(done.gone)
            st.session_state.pop(_key(athlete_id), None)
            st.rerun()

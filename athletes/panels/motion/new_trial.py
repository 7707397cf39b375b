"""A new trial: which movement, whose, when, and the recordings; then it is kept and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from athletes.kinematics.model import Movement
from athletes.motion.model import Trial
from athletes.motion.rig import add_filmed
from athletes.motion.trials import Trials
from athletes.panels.motion.from_match import choose_match
from athletes.panels.motion.how import absent_for, absent_line, how_part
from athletes.panels.motion.job_part import failed_to_start
from athletes.panels.motion.look import refusal, show
from athletes.panels.motion.words import movement_words
from athletes.panels.place import Place, View, go
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from athletes.people.standing import Scope, may_hold, stands
from touchline.errors import TouchlineError
from touchline.footage import Progress
from touchline.i18n import number, t

BOX = "motion-files"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says."""

    movement: Movement
    name: str
    day: date
    athlete_id: str | None
    how: dict[str, Any]


def new_trial(place: Place, trials: Trials, *, closable: bool) -> None:
    """Draw the form."""
    lang = place.lang
    with st.container(border=True, key="motion-new-form"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"#### {t('athletes.motion_page.new.title', lang)}", width="content")
            if closable and st.button(
                t("athletes.motion_page.new.close", lang), key="motion-new-close", icon=":material/close:"
            ):
                _close(place)
        movement = st.pills(
            t("athletes.motion_page.new.movement", lang),
            list(Movement),
            default=Movement.CMJ,
            required=True,
            format_func=lambda one: movement_words(one, lang, icon=True),
            key="motion-new-movement",
        )
        st.caption(f":material/videocam: {t(f'athletes.motion_page.how.{movement}', lang)}")
        athlete_id, allowed = _whose(place)
        left, right = st.columns([2, 1], gap="medium")
        day = right.date_input(t("athletes.motion_page.new.day", lang), place.today, format="DD/MM/YYYY")
        usual = t(
            "athletes.motion_page.new.usual_name",
            lang,
            movement=movement_words(movement, lang),
            day=day_words(day, lang),
        )
        name = left.text_input(
            t("athletes.motion_page.new.name", lang), key="motion-new-name", placeholder=usual, max_chars=120
        )
        with st.expander(t("athletes.motion_page.new.how", lang), icon=":material/tune:"):
            how = how_part("motion-new", lang)
        absent_line(how, lang)
        wanted = Wanted(movement, name.strip() or usual, day, athlete_id, how)
        match = choose_match(place)
        if match:
            _of_match(place, trials, wanted, match, allowed=allowed)
        else:
            _files(place, trials, wanted, allowed=allowed)


def _whose(place: Place) -> tuple[str | None, bool]:
    """Whose movement it is, and whether it may be kept; what stands in the way is shown."""
    lang, store = place.lang, place.archive.store
    athletes = {one.id: one for one in place.archive.athletes()}
    chosen = st.selectbox(
        t("athletes.motion_page.new.athlete", lang),
        ["", *athletes],
        index=0,
        format_func=lambda one: athletes[one].name if one else t("athletes.motion_page.new.nobody", lang),
        key="motion-new-athlete",
    )
    if not chosen:
        st.caption(t("athletes.motion_page.new.nobody_hint", lang))
        return None, True
    if not may_hold(store, chosen, Scope.VIDEO):
        word = "withdrawn" if stands(store, chosen, Scope.VIDEO) is False else "missing"
        st.error(
            t(f"athletes.motion_page.consent.{word}", lang, name=plain(athletes[chosen].name)), icon=":material/block:"
        )
        return chosen, False
    if stands(store, chosen, Scope.VIDEO) is None:
        st.caption(f":material/info: {t('athletes.motion_page.consent.unasked', lang)}")
    return chosen, True


def _files(place: Place, trials: Trials, wanted: Wanted, *, allowed: bool) -> None:
    lang = place.lang
    if place.joined is None:
        return
    st.markdown(f"**{t('athletes.motion_page.new.files', lang)}**")
    files = _used(place.joined.bring(BOX, lang), place)
    st.caption(t("athletes.motion_page.new.files_hint", lang))
    words = (
        t("athletes.motion_page.new.keep", lang, count=number(len(files), lang))
        if files
        else t("athletes.motion_page.new.no_files", lang)
    )
    pressed = st.button(
        words,
        key="motion-new-keep",
        type="primary",
        disabled=not files or not allowed,
        icon=":material/play_arrow:",
        width="stretch",
    )
    if pressed and (made := _kept(place, trials, wanted, files)) is not None:
        _begin(place, made, wanted)


def _used(files: list[Path], place: Place) -> list[Path]:
    """Which of the files that came are taken: all, until somebody leaves one out or empties the box. What was refused
    is still there, so that nobody brings an hour of video in again for one file that was none."""
    lang = place.lang
    if not files or place.joined is None:
        return files
    found = [
        path for path in files if st.checkbox(plain(path.name), True, key=f"motion-use-{path.parent.name}-{path.name}")
    ]
    if st.button(t("athletes.motion_page.new.empty_box", lang), key="motion-new-empty", icon=":material/delete_sweep:"):
        place.joined.let_go(BOX)
        st.rerun()
    return found


def _kept(place: Place, trials: Trials, wanted: Wanted, files: list[Path]) -> Trial | None:
    bar = st.progress(0.0, t("athletes.motion_page.new.keeping", place.lang))
    try:
        return trials.add(
            wanted.name,
            wanted.movement,
            wanted.day,
            [(path, path.stem) for path in files],
            athlete_id=wanted.athlete_id,
            move=True,
            progress=_told(bar, place.lang),
        )
    except TouchlineError as fault:
        bar.empty()
        show(fault, place.lang)
        st.caption(t("athletes.motion_page.new.nothing_kept", place.lang))
        return None


def _told(bar: DeltaGenerator, lang: str) -> Progress:
    """Say on ``bar`` how far the keeping is."""

    def told(share: float, label: str) -> None:
        bar.progress(min(share, 1.0), t("athletes.motion_page.new.keeping_file", lang, name=plain(label)))

    return told


def _of_match(place: Place, trials: Trials, wanted: Wanted, match_id: str, *, allowed: bool) -> None:
    lang = place.lang
    pressed = st.button(
        t("athletes.motion_page.new.keep_match", lang),
        key="motion-new-keep",
        type="primary",
        disabled=not allowed,
        icon=":material/play_arrow:",
        width="stretch",
    )
    if not pressed:
        return
    bar = st.progress(0.0, t("athletes.motion_page.new.keeping", lang))
    try:
        made = add_filmed(
            trials,
            match_id,
            wanted.name,
            wanted.movement,
            wanted.day,
            athlete_id=wanted.athlete_id,
            progress=_told(bar, lang),
        )
    except TouchlineError as fault:
        bar.empty()
        show(fault, lang)
        return
    _begin(place, made, wanted)


def _begin(place: Place, made: Trial, wanted: Wanted) -> None:
    """Look at it at once where everything is here, and show its page."""
    if not absent_for(wanted.how):
        fault = failed_to_start(place, made, wanted.how)
        if fault is not None:
            st.session_state[f"motion-said-{made.id}"] = refusal(fault, place.lang)
    _forget(place)
    go(view=View.MOTION, trial=made.id)


def _close(place: Place) -> None:
    _forget(place)
    st.rerun()


def _forget(place: Place) -> None:
    st.session_state.pop("motion-adding", None)
    st.session_state.pop("motion-new-name", None)
    if place.joined is not None:
        place.joined.let_go(BOX)

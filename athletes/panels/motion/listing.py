"""The list of trials: picture, whose, what, when, and how far it is; what was put away comes back from here."""

from __future__ import annotations

from html import escape

import streamlit as st

from athletes.model import Athlete
from athletes.motion.demo_words import in_language
from athletes.motion.model import Trial
from athletes.motion.screening import screen_id
from athletes.motion.trials import Trials
from athletes.panels.motion.look import present, still
from athletes.panels.motion.new_trial import new_trial
from athletes.panels.motion.standing import Standing, Step, jobs_by_trial, standing_of, waits
from athletes.panels.motion.words import movement_words
from athletes.panels.pieces import barred, mark
from athletes.panels.place import Place, View, go
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from touchline.i18n import number, t
from touchline.jobs import Jobs

AWAY = "motion-put-away"
"""The trial that was put away last: id and name."""
ADDING = "motion-adding"
SHOWN, SHOWN_FIRST = "motion-shown", 12


def trials_list(place: Place, trials: Trials) -> None:
    """Draw the section: a new trial, the choice of whom and what, and the trials, the newest day first."""
    lang = place.lang
    found = [in_language(one, lang) for one in trials.trials()]
    why = barred(place.archive, lang)
    if not found:
        st.info(t("athletes.motion_page.empty", lang), icon=":material/videocam:")
    else:
        st.caption(t("athletes.motion_page.intro", lang))
    _undo(place, trials)
    if why is not None:
        st.caption(f":material/lock: {why}")
    elif not found or st.session_state.get(ADDING):
        new_trial(place, trials, closable=bool(found))
    elif st.button(t("athletes.motion_page.new.title", lang), key="motion-new", type="primary", icon=":material/add:"):
        st.session_state[ADDING] = True
        st.rerun()
    if found:
        _chosen(place, trials, found)
    if why is None:
        _put_away(place, trials)


def _chosen(place: Place, trials: Trials, found: list[Trial]) -> None:
    lang = place.lang
    athletes = {one.id: one for one in place.archive.athletes()}
    whose = [one for one in athletes if any(trial.athlete_id == one for trial in found)]
    what = list(dict.fromkeys(trial.movement for trial in found))
    left, right = st.columns(2, gap="medium")
    athlete = left.selectbox(
        t("athletes.sessions.filter", lang),
        ["", *whose],
        format_func=lambda one: athletes[one].name if one else t("athletes.sessions.everyone", lang),
        key="motion-filter-athlete",
    )
    movement = right.selectbox(
        t("athletes.motion_page.movement_filter", lang),
        [None, *what],
        format_func=lambda one: movement_words(one, lang) if one else t("athletes.motion_page.every_movement", lang),
        key="motion-filter-movement",
    )
    shown = [
        trial
        for trial in found
        if (not athlete or trial.athlete_id == athlete) and (movement is None or trial.movement == movement)
    ]
    if not shown:
        st.info(t("athletes.motion_page.none_of_these", lang), icon=":material/filter_alt:")
    most = st.session_state.get(SHOWN, SHOWN_FIRST)
    _cards(place, shown[:most], athletes)
    if len(shown) > most and st.button(
        t("athletes.sessions.more", lang, count=len(shown) - most), key="motion-more", width="stretch"
    ):
        st.session_state[SHOWN] = most + 4 * SHOWN_FIRST
        st.rerun()


def _cards(place: Place, shown: list[Trial], athletes: dict[str, Athlete]) -> None:
    jobs = jobs_by_trial(Jobs(place.archive.home, place.archive.person))
    working = any(jobs[trial.id].state == "running" for trial in shown if trial.id in jobs)

    @st.fragment(run_every=2.0 if working else None)
    def cards() -> None:
        now = present(place)
        trials, theirs = Trials(now.archive), jobs_by_trial(Jobs(now.archive.home, now.archive.person))
        for trial in shown:
            _card(now, trial, athletes.get(trial.athlete_id or ""), standing_of(trials, trial, theirs))
        if working and not any(theirs[trial.id].state == "running" for trial in shown if trial.id in theirs):
            st.rerun()

    cards()


def _card(place: Place, trial: Trial, athlete: Athlete | None, standing: Standing) -> None:
    lang = place.lang
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts = [
            athlete.name if athlete else t("athletes.sessions.nobody", lang),
            movement_words(trial.movement, lang),
            day_words(trial.day, lang),
            t("athletes.motion_page.cameras", lang, count=number(len(trial.shots), lang)),
        ]
        shot = trial.shots[0].shot
        picture = still(screen_id(trial.id), shot.camera_id, shot.frames // 2)
        template = f' <span class="tl-mark">★ {escape(t("athletes.motion_page.template.is", lang))}</span>'
        st.html(
            f'<div class="tl-trial"><img src="{escape(picture)}" alt="" loading="lazy"><div>'
            f"<b>{escape(trial.name)}</b> {mark(trial.origin, lang)}{template if trial.template else ''}<br>"
            f'<span class="tl-soft">{escape(" · ".join(parts))}</span><br>{state(standing, lang)}</div></div>',
            width="stretch",
        )
        with st.container(horizontal=True, width="content"):
            if st.button(
                t("athletes.sessions.open", lang), key=f"motion-open-{trial.id}", type="primary", width="content"
            ):
                go(view=View.MOTION, trial=trial.id)
            if not barred(place.archive, lang) and st.button(
                "",
                key=f"motion-away-{trial.id}",
                icon=":material/archive:",
                help=t("athletes.motion_page.put_away", lang),
            ):
                put_away(place, trial)
                st.rerun()


def state(standing: Standing, lang: str) -> str:
    """Where a trial is, in a word, as HTML; with the share where it is at work."""
    words = t(f"athletes.motion_page.state.{standing.why or standing.step}", lang)
    if standing.job is not None and waits(standing.job):
        words = t("athletes.motion_page.state.waiting", lang)
    elif standing.step is Step.WORKING and standing.job is not None:
        words = f"{words} {number(100 * standing.job.share, lang)} %"
    return f'<span class="tl-state {standing.step}">{escape(words)}</span>'


def put_away(place: Place, trial: Trial) -> None:
    """Take a trial off the list; the list then offers to bring it back."""
    Trials(place.archive).put_away(trial.id)
    st.session_state[AWAY] = (trial.id, trial.name)


def _undo(place: Place, trials: Trials) -> None:
    if AWAY not in st.session_state or barred(place.archive, place.lang):
        return
    trial_id, name = st.session_state[AWAY]
    with st.container(horizontal=True, vertical_alignment="center"):
        words = t("athletes.motion_page.was_put_away", place.lang, name=plain(name))
        st.markdown(f":material/archive: {words}", width="content")
        if st.button(t("athletes.sessions.undo", place.lang), key="motion-undo", icon=":material/undo:"):
            trials.bring_back(trial_id)
            del st.session_state[AWAY]
            st.rerun()


def _put_away(place: Place, trials: Trials) -> None:
    lang = place.lang
    away = [in_language(one, lang) for one in trials.trials(put_away=True)]
    if not away:
        return
    with st.expander(t("athletes.motion_page.away_list", lang, count=number(len(away), lang))):
        for trial in away:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{plain(trial.name)} · {day_words(trial.day, lang)}", width="content")
                if st.button(
                    t("athletes.motion_page.bring_back", lang),
                    key=f"motion-back-{trial.id}",
                    icon=":material/unarchive:",
                ):
                    trials.bring_back(trial.id)
                    st.session_state.pop(AWAY, None)
                    st.rerun()
                with st.popover(t("athletes.motion_page.delete", lang), icon=":material/delete_forever:"):
                    st.write(t("athletes.motion_page.delete_hint", lang))
                    if st.button(
                        t("athletes.motion_page.delete_sure", lang), key=f"motion-delete-{trial.id}", type="primary"
                    ):
                        trials.delete(trial.id)
                        st.session_state.pop(AWAY, None)
                        st.rerun()

"""A good trial as template: marked, laid under the curves of others, and where they leave its band."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from athletes.kinematics.comparing import Deviation, common_events, deviations
from athletes.kinematics.model import Analysis
from athletes.motion.curve_words import curve_word
from athletes.motion.model import Trial
from athletes.motion.naming import told_whole
from athletes.motion.screened import screen_s
from athletes.motion.screened_curves import Other
from athletes.motion.screening import Screening
from athletes.motion.trials import Trials
from athletes.panels.motion.chart import deviation_chart
from athletes.panels.motion.look import refusal
from athletes.panels.motion.standing import analyses_of
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from touchline.errors import BadValue
from touchline.i18n import number, t

if TYPE_CHECKING:
    from athletes.panels.motion.results import Show

DRAWN = 4
"""So many curves are drawn beside the template's; the rest are named."""


def templates_for(trials: Trials, trial: Trial) -> list[Trial]:
    """The other trials of the same movement that were marked, those of the same athlete first."""
    found = [one for one in trials.trials() if one.template and one.movement == trial.movement and one.id != trial.id]
    return sorted(found, key=lambda one: one.athlete_id != trial.athlete_id)


def _chosen_key(trial: Trial) -> str:
    return f"motion-template-{trial.id}"


def _chosen(trials: Trials, trial: Trial) -> Trial | None:
    found = templates_for(trials, trial)
    wanted = st.session_state.get(_chosen_key(trial))
    return next((one for one in found if one.id == wanted), found[0] if found else None)


def analysis_like(trials: Trials, template: Trial, camera: str) -> tuple[str, Analysis] | None:
    """What was measured of a template in the same way: in space, or by the camera of that name, else by its first."""
    found = analyses_of(trials, template)
    for name in (camera, *found):
        if name in found and (name == "") == (camera == ""):
            return name, found[name]
    return None


def template_laid_over(trials: Trials, trial: Trial, shown: tuple[Screening, Analysis, str]) -> list[Other]:
    """The template as a band under the curves of ``trial``, laid on it at the first event of both."""
    screening, analysis, camera = shown
    template = _chosen(trials, trial)
    like = None if template is None else analysis_like(trials, template, camera)
    if template is None or like is None:
        return []
    pairs = common_events(analysis, like[1])
    if not pairs:
        return []
    here, there = pairs[0]
    return [Other(template.id, like[0], there.t_s, screen_s(screening, camera, here.t_s), template.name, template=True)]


def template_part(place: Place, trials: Trials, trial: Trial, shown: tuple[Analysis, str], jump: Show) -> None:
    """Mark the trial, or say where it leaves the band of another that is marked."""
    (analysis, camera), lang = shown, place.lang
    why = barred(place.archive, lang)
    st.markdown(f"**{t('athletes.motion_page.template.title', lang)}**")
    word = "unmark" if trial.template else "mark"
    if st.button(
        t(f"athletes.motion_page.template.{word}", lang),
        key="motion-template",
        icon=":material/star:",
        disabled=why is not None,
        help=why or t("athletes.motion_page.template.help", lang),
    ):
        trials.change(replace(trial, template=not trial.template))
        st.rerun()
    found = templates_for(trials, trial)
    if not found:
        st.caption(t("athletes.motion_page.template.none", lang))
        return
    by_id = {one.id: one for one in found}
    chosen = st.selectbox(
        t("athletes.motion_page.template.choose", lang),
        list(by_id),
        format_func=lambda one: f"{by_id[one].name} · {day_words(by_id[one].day, lang)}",
        key=_chosen_key(trial),
    )
    like = analysis_like(trials, by_id[chosen], camera)
    if like is None:
        st.caption(t("athletes.motion_page.template.unmeasured", lang))
        return
    try:
        apart = deviations(analysis, like[1])
    except BadValue as fault:
        st.info(refusal(fault, lang), icon=":material/info:")
        return
    _deviations(apart, by_id[chosen], (trial.id, lang), jump)


def _deviations(apart: tuple[Deviation, ...], template: Trial, how: tuple[str, str], jump: Show) -> None:
    trial_id, lang = how
    st.caption(t("athletes.motion_page.template.how", lang))
    out = [one for one in apart if one.stretches]
    if not out:
        st.success(
            t("athletes.motion_page.template.within", lang, name=plain(template.name), count=number(len(apart), lang)),
            icon=":material/check_circle:",
        )
    for place, one in enumerate(out[:DRAWN]):
        worst = one.stretches[0]
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            words = t(
                "athletes.motion_page.template.leaves",
                lang,
                curve=plain(curve_word(one.key, one.side, lang)),
                by=told_whole(worst.largest, one.key, lang, sign=True),
                frame=number(worst.frame, lang),
            )
            st.markdown(words, width="stretch")
            st.button(
                t("athletes.motion_page.show", lang),
                key=f"motion-show-template-{place}",
                icon=":material/visibility:",
                on_click=jump,
                args=(worst.frame,),
            )
        st.vega_lite_chart(
            spec=deviation_chart(one, template.name, lang),
            theme=None,
            width="stretch",
            key=f"motion-deviation-{trial_id}-{one.key}-{one.side}",
        )
    rest = [curve_word(one.key, one.side, lang) for one in out[DRAWN:]]
    if rest:
        st.caption(t("athletes.motion_page.template.also", lang, names=plain(", ".join(rest))))

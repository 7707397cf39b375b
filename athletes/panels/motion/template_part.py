"""A good trial as template: marked, laid under the curves of others, where they leave its band, and which of their
numbers differ from its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from athletes.kinematics.comparing import Deviation, Difference, Verdict, common_events, deviations, differences
from athletes.kinematics.model import Analysis
from athletes.motion.curve_words import curve_word
from athletes.motion.demo_words import in_language
from athletes.motion.found import analyses_of
from athletes.motion.model import Trial
from athletes.motion.naming import told_whole
from athletes.motion.screened import screen_s
from athletes.motion.screened_curves import Other
from athletes.motion.screening import Screening
from athletes.motion.templates import analysis_like, templates_for
from athletes.motion.trials import Trials
from athletes.panels.motion.apart import difference_table
from athletes.panels.motion.chart import deviation_chart
from athletes.panels.motion.look import refusal
from athletes.panels.pieces import barred
from athletes.panels.place import Place, View, go
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from touchline.errors import BadValue
from touchline.i18n import number, t

if TYPE_CHECKING:
    from athletes.panels.motion.results import Show

DRAWN = 4
"""So many curves are drawn beside the template's; the rest are named."""


def _chosen_key(trial: Trial) -> str:
    return f"motion-template-{trial.id}"


def _chosen(trials: Trials, trial: Trial) -> Trial | None:
    found = templates_for(trials, trial)
    wanted = st.session_state.get(_chosen_key(trial))
    return next((one for one in found if one.id == wanted), found[0] if found else None)


def template_laid_over(trials: Trials, trial: Trial, shown: tuple[Screening, Analysis, str], lang: str) -> list[Other]:
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
    name = in_language(template, lang).name
    return [Other(template.id, like[0], there.t_s, screen_s(screening, camera, here.t_s), name, template=True)]


def template_part(place: Place, trials: Trials, trial: Trial, shown: tuple[Analysis, str], jump: Show) -> None:
    """Mark the trial, or say how it differs from another that is marked: in curves, in numbers, in the pictures."""
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
    by_id = {one.id: in_language(one, lang) for one in found}
    chosen = st.selectbox(
        t("athletes.motion_page.template.choose", lang),
        list(by_id),
        format_func=lambda one: f"{by_id[one].name} · {day_words(by_id[one].day, lang)}",
        key=_chosen_key(trial),
    )
    like = analysis_like(trials, by_id[chosen], camera)
    if like is None:
        word = "not_in_space" if not camera and analyses_of(trials, by_id[chosen]) else "unmeasured"
        st.caption(t(f"athletes.motion_page.template.{word}", lang))
        return
    if st.button(
        t("athletes.motion_page.template.beside", lang), key="motion-template-beside", icon=":material/compare:"
    ):
        go(view=View.MOTION, trial=chosen, other=trial.id)
    try:
        _deviations(deviations(analysis, like[1]), by_id[chosen], (trial.id, lang), jump)
    except (
        BadValue
    ) as fault:  # nothing to lay their times on each other by; numbers stand beside each other all the same
        st.info(refusal(fault, lang), icon=":material/info:")
    _numbers(differences(like[1], analysis), (by_id[chosen].name, trial.name), lang)


def _numbers(found: tuple[Difference, ...], names: tuple[str, str], lang: str) -> None:
    """How many numbers differ from the template's by more than the error, and each beside its own."""
    beyond = sum(one.verdict is Verdict.BEYOND for one in found)
    words = t(
        "athletes.motion_page.template.numbers",
        lang,
        beyond=number(beyond, lang),
        count=number(sum(one.verdict is not Verdict.UNKNOWN for one in found), lang),
        name=plain(names[0]),
    )
    with st.expander(words, icon=":material/table_rows:", expanded=beyond > 0):
        st.html(difference_table(found, names, lang))
        st.caption(t("athletes.motion_page.template.numbers_how", lang))


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

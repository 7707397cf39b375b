"""Slow motion: what a recording says of itself, asked and never decided silently."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import streamlit as st

from athletes.motion.model import Trial, TrialShot
from athletes.motion.rig import slowed
from athletes.motion.slowness import ASKED, by_container
from athletes.motion.trials import Trials
from athletes.panels.motion.glance import glance
from athletes.panels.motion.measured import changed
from athletes.panels.pieces import barred
from athletes.panels.place import Place
from athletes.panels.upload import plain
from touchline.footage import Shot
from touchline.i18n import number, t

DECIMALS = {"seen_m_s2": 1, "sigma_m_s2": 1}
CHOICES = (1, 2, 4, 8, 16, 32)


def shown_hz(shot: Shot) -> float | None:
    """How many pictures a second a recording shows; None for a single one."""
    return (shot.frames - 1) / shot.length_s if shot.frames > 1 and shot.length_s > 0 else None


def times_of(one: TrialShot) -> Fraction:
    """How many times slower a camera shows what happened, without what its clock drifts."""
    whole = Fraction(max(1, round(one.slow)))
    return whole if abs(one.slow / whole - 1) < Fraction(1, 100) else one.slow


def slow_question(place: Place, trials: Trials, trial: Trial) -> None:
    """Ask for each camera that seems to be slow motion, until somebody answered."""
    lang = place.lang
    for one in trial.shots:
        if one.settings.get(ASKED):
            continue
        seen = glance(trials, trial, one)
        found = by_container(one.shot) or (None if seen is None else seen.falls)
        if found is None or abs(found.factor / float(times_of(one)) - 1) < 0.1:
            continue
        times = Fraction(found.factor).limit_denominator(100)
        told = {name: number(value, lang, DECIMALS.get(name, 0)) for name, value in found.values.items()}
        words = t(
            f"athletes.motion_page.slow.asked_{found.reason}",
            lang,
            name=plain(one.shot.label),
            times=number(float(times), lang, 0 if times.denominator == 1 else 1),
            **told,
        )
        st.warning(words, icon=":material/slow_motion_video:")
        if barred(place.archive, lang):
            continue
        with st.container(horizontal=True):
            camera = one.shot.camera_id
            if st.button(
                t("athletes.motion_page.slow.yes", lang, times=number(float(times), lang)),
                key=f"motion-slow-yes-{camera}",
                type="primary",
            ):
                set_slow(place, trials, trial, one, times)
            if st.button(t("athletes.motion_page.slow.no", lang), key=f"motion-slow-no-{camera}"):
                set_slow(place, trials, trial, one, times_of(one))


def slow_choice(place: Place, trials: Trials, trial: Trial, one: TrialShot) -> None:
    """The choice of how many times slower a camera shows what happened, by hand."""
    lang = place.lang
    now = times_of(one)
    options: list[Fraction] = sorted({*(Fraction(times) for times in CHOICES), now})
    shows = shown_hz(one.shot)
    chosen = st.selectbox(
        t("athletes.motion_page.slow.choice", lang, name=one.shot.label),
        options,
        index=options.index(now),
        format_func=lambda times: (
            t("athletes.motion_page.slow.real", lang)
            if times == 1
            else t("athletes.motion_page.slow.times", lang, times=number(float(times), lang))
        ),
        key=f"motion-slow-{one.shot.camera_id}-{now}",
        disabled=barred(place.archive, lang) is not None,
    )
    if shows is not None:
        rates = {"shown": number(shows, lang, 1), "taken": number(shows * float(now), lang, 1)}
        st.caption(t("athletes.motion_page.slow.effect", lang, **rates))
    if chosen != now:
        set_slow(place, trials, trial, one, chosen)


def set_slow(place: Place, trials: Trials, trial: Trial, one: TrialShot, times: Fraction) -> None:
    """Keep what somebody said of a camera's speed, and measure anew what was found already."""
    camera = one.shot.camera_id

    def change() -> None:
        found = slowed(trials, trial.id, camera, times)
        said = found.shot(camera)
        trials.change(found.with_shot(replace(said, settings={**said.settings, ASKED: True})))

    changed(place, trials, trial.id, change)
    st.rerun()

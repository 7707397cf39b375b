"""One trial's page: the picture with what was found in it, its curves, the numbers, and everything that can be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from athletes.kinematics.headlines import headlines
from athletes.kinematics.model import Analysis
from athletes.motion.curve_words import event_word
from athletes.motion.demo_words import in_language
from athletes.motion.found import analyses_of
from athletes.motion.kept import Kept
from athletes.motion.measuring import is_current
from athletes.motion.model import Trial
from athletes.motion.rig import CAMERA
from athletes.motion.screened import screen_s
from athletes.motion.screening import Screening, find_screening, screen_id
from athletes.motion.trials import Trials
from athletes.panels.motion.asking import people_part, point_handler, scale_part, tool_of
from athletes.panels.motion.curves import motion_curves
from athletes.panels.motion.edit_part import edit_part
from athletes.panels.motion.export_part import export_part
from athletes.panels.motion.glance import damaged
from athletes.panels.motion.job_part import job_part
from athletes.panels.motion.layers import player_layers
from athletes.panels.motion.listing import state
from athletes.panels.motion.look import present, show
from athletes.panels.motion.measured import changed, what_was_refused
from athletes.panels.motion.results import events_rows, findings_rows, large_numbers, notes_line
from athletes.panels.motion.settings_part import settings_part
from athletes.panels.motion.slow import slow_question
from athletes.panels.motion.space_grades import doubt
from athletes.panels.motion.space_part import space_part
from athletes.panels.motion.standing import Standing, Step, jobs_by_trial, standing_of
from athletes.panels.motion.start_part import look_again, start_part
from athletes.panels.motion.template_part import template_laid_over, template_part
from athletes.panels.motion.unsure import unsure_part
from athletes.panels.motion.words import movement_words
from athletes.panels.pieces import barred, mark
from athletes.panels.place import Place, View, go
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from touchline.i18n import number, t
from touchline.jobs import Jobs
from touchline.origin import Origin

COLUMNS = [13, 7]
PLAYER_PX, UPRIGHT_PX, MANY_PX = 440, 640, 660
"""How high the player is; higher where a picture is upright, as phones take them, and where more than two pictures
stand in rows: on a laptop four then fill the width two by two, instead of a thin row."""
MANY = 3


def trial_view(place: Place, trials: Trials, trial: Trial) -> None:
    """Draw the page of ``trial``."""
    lang = place.lang
    jobs = Jobs(place.archive.home, place.archive.person)
    standing = standing_of(trials, trial, jobs_by_trial(jobs))
    _head(place, trial, standing)
    what_was_refused(trial)
    for fault in damaged(trials, trial):
        show(fault, lang)
    job_part(place, trial, standing)
    slow_question(place, trials, trial)
    people_part(place, trials, trial)
    analyses = analyses_of(trials, trial)
    camera = _camera(trial, analyses, lang)
    left, right = st.columns(COLUMNS, gap="medium")
    screening = find_screening(trials, screen_id(trial.id))
    with left:
        if screening is not None:
            _player(place, trials, trial, (screening, analyses.get(camera), camera))
    with right:
        if camera in analyses and standing.step is not Step.NOBODY:
            _old(place, trials, trial, camera)
            if not camera and (said := doubt(trials, trial, lang)):
                st.html(said)
            _numbers(trial, analyses[camera], lang)
        elif standing.step not in (Step.WORKING, Step.STOPPED, Step.FAILED):  # of those it is said how to go on
            start_part(place, trial, standing)
        if camera:
            with st.expander(
                t("athletes.motion_page.scale.title", lang),
                icon=":material/straighten:",
                expanded=not {"scale", CAMERA} & set(trial.shot(camera).settings) and camera in analyses,
            ):
                scale_part(place, trials, trial, camera)
    if camera in analyses and standing.step is not Step.NOBODY:
        _everything(place, trials, trial, (analyses[camera], camera, screening))
        export_part(place, trials, trial, (analyses, camera))
    _more(place, trials, trial, standing)


def _head(place: Place, trial: Trial, standing: Standing) -> None:
    lang = place.lang
    athletes = {one.id: one for one in place.archive.athletes()}
    athlete = athletes.get(trial.athlete_id or "")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("athletes.motion_page.back", lang), key="motion-back", icon=":material/arrow_back:"):
            go(view=View.MOTION)
        if athlete is not None and st.button(plain(athlete.name), key="motion-athlete", icon=":material/person:"):
            go(athlete=athlete.id)
        _choose_other(place, trial)
    parts = [
        athlete.name if athlete else t("athletes.sessions.nobody", lang),
        movement_words(trial.movement, lang),
        day_words(trial.day, lang),
        t("athletes.motion_page.cameras", lang, count=number(len(trial.shots), lang)),
    ]
    star = (
        f' <span class="tl-mark">★ {escape(t("athletes.motion_page.template.is", lang))}</span>'
        if trial.template
        else ""
    )
    working = standing.step is Step.WORKING

    @st.fragment(run_every=1.0 if working else None)
    def title() -> None:
        at = standing
        if working:  # its share goes on while nothing is clicked
            now = present(place)
            jobs = Jobs(now.archive.home, now.archive.person)
            at = standing_of(Trials(now.archive), trial, jobs_by_trial(jobs))
        st.html(
            f'<div class="tl-head"><h2>{escape(trial.name)}</h2>{mark(trial.origin, lang)}{star}'
            f'<span class="tl-soft">{escape(" · ".join(parts))}</span>{state(at, lang)}</div>'
        )

    title()
    if trial.notes:
        st.caption(plain(trial.notes))


def _choose_other(place: Place, trial: Trial) -> None:
    """The way to this trial beside another of the same movement."""
    lang = place.lang
    others = [
        in_language(one, lang)
        for one in Trials(place.archive).trials()
        if one.id != trial.id and one.movement == trial.movement
    ]
    if not others:
        return
    athletes = {one.id: one.name for one in place.archive.athletes()}
    with st.popover(t("athletes.motion_page.beside.with", lang), icon=":material/compare:"):
        for one in others[:12]:
            whose = athletes.get(one.athlete_id or "", t("athletes.sessions.nobody", lang))
            words = f"{plain(one.name)} · {plain(whose)} · {day_words(one.day, lang)}"
            if st.button(words, key=f"motion-beside-{one.id}", width="stretch"):
                earlier, later = sorted((trial, one), key=lambda each: (each.day, each.made_utc))
                go(view=View.MOTION, trial=earlier.id, other=later.id)  # what became of it since


def _camera(trial: Trial, analyses: Mapping[str, Analysis], lang: str) -> str:
    """The camera whose numbers are shown; ``""`` is all together."""
    options = [*([""] if "" in analyses else []), *(one.shot.camera_id for one in trial.shots)]
    if len(options) == 1:
        return options[0]
    first = next((one for one in options if one in analyses), options[0])
    chosen = st.segmented_control(
        t("athletes.motion_page.numbers_of", lang),
        options,
        default=first,
        required=True,
        format_func=lambda one: plain(trial.shot(one).shot.label) if one else t("athletes.motion_page.in_space", lang),
        key=f"motion-camera-{trial.id}{'-space' if options[0] == '' else ''}",  # comes in space: to be seen first
        wrap=True,
    )
    return str(chosen)


def _player(place: Place, trials: Trials, trial: Trial, shown: tuple[Screening, Analysis | None, str]) -> None:
    screening, analysis, camera = shown
    lang, kept, key = place.lang, Kept(trials), f"motion-player-{trial.id}"
    if place.joined is None:
        return
    place.joined.player(
        screening.id,
        lang=lang,
        key=key,
        layers=player_layers(kept, screening, lang=lang, space=not camera),
        tool=tool_of(trial, lang),
        flags=_flags(screening, analysis, camera, lang),
        seek=st.session_state.get(_seek_key(trial)),
        on_point=point_handler(place, trials, trial),
        camera=camera,
        height_px=player_px([one.shot.size_px for one in trial.shots]),
    )
    if analysis is not None:
        motion_curves(
            kept,
            screening,
            player=key,
            lang=lang,
            key=f"motion-curves-{trial.id}",
            sources=[camera],
            others=template_laid_over(trials, trial, (screening, analysis, camera), lang),
        )


def player_px(sizes: Sequence[tuple[int, int]]) -> int:
    """How high the player of pictures of these sizes is."""
    if len(sizes) >= MANY:
        return MANY_PX
    return UPRIGHT_PX if any(width < height for width, height in sizes) else PLAYER_PX


def _flags(screening: Screening, analysis: Analysis | None, camera: str, lang: str) -> list[dict[str, Any]]:
    return [
        {"s": screen_s(screening, camera, event.t_s), "label": event_word(event, lang), "kind": "event"}
        for event in (() if analysis is None else analysis.events)
    ]


def _seek_key(trial: Trial) -> str:
    return f"motion-seek-{trial.id}"


def seek_to(trial: Trial, at_s: float) -> None:
    """Have the player show that instant of the trial's time."""
    before = st.session_state.get(_seek_key(trial), {"seq": 0})
    st.session_state[_seek_key(trial)] = {"s": at_s, "seq": before["seq"] + 1}


def frame_s(analysis: Analysis, frame: int) -> float | None:
    """When a picture was taken, in the time of what was measured; None where no curve has it."""
    for curve in analysis.curves:
        if len(curve.frames):
            place = int(np.argmin(np.abs(curve.frames - frame)))
            return float(curve.t_s[place])
    return next((event.t_s for event in analysis.events if event.frame == frame), None)


def _old(place: Place, trials: Trials, trial: Trial, camera: str) -> None:
    """Say that the numbers are not what the settings and methods of today give, and offer to measure anew."""
    lang = place.lang
    if is_current(trials, trial, camera):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("athletes.motion_page.old", lang))
        if not barred(place.archive, lang) and st.button(
            t("athletes.motion_page.settings.measure", lang), key="motion-measure-again", icon=":material/calculate:"
        ):
            changed(place, trials, trial.id, lambda: None)
            st.rerun()


def _numbers(trial: Trial, analysis: Analysis, lang: str) -> None:
    st.html(large_numbers(analysis, lang))
    simulated = "simulated" in analysis.notes
    said = {code for one in headlines(analysis) for code in one.reasons}  # stands beside a large number already
    notes = [code for code in analysis.notes if code != "simulated" and code not in said]
    if simulated:
        st.html(mark(Origin.SIMULATED, lang))
    notes_line(notes, lang)


def _everything(place: Place, trials: Trials, trial: Trial, shown: tuple[Analysis, str, Screening | None]) -> None:
    """All numbers, events, and the template beside it."""
    (analysis, camera, screening), lang = shown, place.lang

    def jump(frame: int) -> None:
        at_s = frame_s(analysis, frame)
        if at_s is not None and screening is not None:
            seek_to(trial, screen_s(screening, camera, at_s))

    left, right = st.columns(2, gap="medium")
    with left:
        findings_rows(analysis, lang, f"{trial.id}-{camera}", jump)
    with right:
        unsure_part(trials, trial, camera, (lang, jump))
        template_part(place, trials, trial, (analysis, camera), jump)
        if analysis.events:
            with st.expander(
                t("athletes.motion_page.events", lang, count=number(len(analysis.events), lang)), icon=":material/flag:"
            ):
                events_rows(analysis.events, lang, f"{trial.id}-{camera}", jump)


def _more(place: Place, trials: Trials, trial: Trial, standing: Standing) -> None:
    """What is needed seldom, folded up."""
    lang = place.lang
    if len(trial.shots) > 1:
        with st.expander(t("athletes.motion_page.space.section", lang), icon=":material/view_in_ar:", expanded=True):
            space_part(place, trials, trial)
    with st.expander(t("athletes.motion_page.settings.title", lang), icon=":material/tune:"):
        settings_part(place, trials, trial)
    if standing.step in (Step.MEASURED, Step.CHOOSE, Step.STOPPED, Step.FAILED):
        with st.expander(t("athletes.motion_page.start.again", lang), icon=":material/replay:"):
            st.caption(t("athletes.motion_page.start.again_hint", lang))
            look_again(place, trial, primary=False)
    with st.expander(t("athletes.motion_page.edit.title", lang), icon=":material/edit:"):
        edit_part(place, trials, trial)

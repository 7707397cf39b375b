"""Two trials beside each other, aligned at an event: pictures, curves over each other, and what differs by more than
the error."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from athletes.kinematics.comparing import Difference, Verdict, common_events, differences
from athletes.kinematics.model import Analysis
from athletes.motion.curve_words import event_word
from athletes.motion.kept import Kept
from athletes.motion.model import Trial
from athletes.motion.naming import told_whole
from athletes.motion.screening import find_screening, pair_id
from athletes.motion.trials import Trials
from athletes.panels.motion.curves import motion_curves
from athletes.panels.motion.layers import player_layers
from athletes.panels.motion.standing import analyses_of
from athletes.panels.motion.words import finding_words, movement_words, reason_words
from athletes.panels.pieces import mark
from athletes.panels.place import Place, View, go
from athletes.panels.tables import cell, table
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from touchline.i18n import t

PLAYER_PX = 470
Half = tuple[Trial, str, Analysis | None]
"""A trial, its camera, and what was measured by it."""


def beside_view(place: Place, trials: Trials, one: Trial, other: Trial) -> None:
    """Draw the two."""
    lang = place.lang
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("athletes.motion_page.beside.back", lang), key="motion-back", icon=":material/arrow_back:"):
            go(view=View.MOTION, trial=one.id)
        if st.button(t("athletes.motion_page.beside.swap", lang), key="motion-swap", icon=":material/swap_horiz:"):
            go(view=View.MOTION, trial=other.id, other=one.id)
    athletes = {each.id: each.name for each in place.archive.athletes()}
    left, right = st.columns(2, gap="medium")
    halves: list[Half] = []
    for side, column, trial in (("left", left, one), ("right", right, other)):
        with column:
            halves.append(_half(trials, trial, (side, athletes.get(trial.athlete_id or "", "")), lang))
    at = _aligned(halves, lang)
    first, second = ((half[0].id, half[1], at_s) for half, at_s in zip(halves, at, strict=True))
    screening = find_screening(trials, pair_id(first, second))
    if screening is not None and place.joined is not None:
        kept, key = Kept(trials), f"motion-pair-{one.id}-{other.id}"
        place.joined.player(
            screening.id,
            lang=lang,
            key=key,
            layers=player_layers(kept, screening),
            height_px=PLAYER_PX,
            seek={"s": 0.0, "seq": 1},  # where they are aligned, both have a picture
        )
        motion_curves(kept, screening, player=key, lang=lang, key=f"{key}-curves")
    a, b = halves[0][2], halves[1][2]
    if a is None or b is None:
        st.info(t("athletes.motion_page.beside.unmeasured", lang), icon=":material/info:")
        return
    st.html(difference_table(differences(a, b), (one.name, other.name), lang))
    st.caption(t("athletes.motion_page.beside.how", lang))


def _half(trials: Trials, trial: Trial, where: tuple[str, str], lang: str) -> Half:
    side, name = where
    found = {camera: analysis for camera, analysis in analyses_of(trials, trial).items() if camera}
    parts = [
        name or t("athletes.sessions.nobody", lang),
        movement_words(trial.movement, lang),
        day_words(trial.day, lang),
    ]
    st.html(
        f'<div class="tl-head"><b>{escape(trial.name)}</b> {mark(trial.origin, lang)}'
        f'<span class="tl-soft">{escape(" · ".join(parts))}</span></div>'
    )
    cameras = [one.shot.camera_id for one in trial.shots]
    camera = next((one for one in cameras if one in found), cameras[0])
    if len(cameras) > 1:
        camera = st.selectbox(
            t("athletes.motion_page.beside.camera", lang),
            cameras,
            index=cameras.index(camera),
            format_func=lambda one: trial.shot(one).shot.label,
            key=f"motion-half-{side}-{trial.id}",
        )
    return trial, camera, found.get(camera)


def _aligned(halves: list[Half], lang: str) -> tuple[float, float]:
    """The instants of both that are shown at once, each in its own trial's time."""
    (one, camera, a), (other, camera2, b) = halves
    pairs = common_events(a, b) if a is not None and b is not None else ()
    options: list[int] = [*range(len(pairs)), -1]
    chosen = st.selectbox(
        t("athletes.motion_page.beside.event", lang),
        options,
        format_func=lambda place: (
            event_word(pairs[place][0], lang) if place >= 0 else t("athletes.motion_page.beside.by_hand", lang)
        ),
        key=f"motion-align-{one.id}-{other.id}",
    )
    starts = [float(trial.shot(name).to_trial.offset_s) for trial, name in ((one, camera), (other, camera2))]
    if chosen >= 0:
        return starts[0] + pairs[chosen][0].t_s, starts[1] + pairs[chosen][1].t_s
    if not pairs:
        st.caption(t("athletes.motion_page.beside.no_event", lang))
    told = []
    for column, (trial, start_s) in zip(
        st.columns(2, gap="medium"), ((one, starts[0]), (other, starts[1])), strict=True
    ):
        told.append(
            column.number_input(
                t("athletes.motion_page.beside.instant", lang, name=plain(trial.name)),
                value=start_s,
                step=0.05,
                format="%.3f",
                key=f"motion-instant-{trial.id}",
            )
        )
    return told[0], told[1]


def difference_table(found: tuple[Difference, ...], names: tuple[str, str], lang: str) -> str:
    """Every finding of both with its error, the difference with its own, and whether it is beyond it, as HTML."""
    rows = []
    for each in found:
        one, other = (None if half is None else half.measured for half in (each.one, each.other))
        told = told_whole(each.measured, each.key, lang, sign=True)
        why = " ".join(reason_words(code, lang) for code in each.reasons)
        verdict = f'<br><span class="w">{escape(verdict_words(each.verdict, lang))}</span>'
        rows.append(
            [
                cell(escape(finding_words(each.key, lang, each.side, each.number)), right=False),
                cell(escape(told_whole(one, each.key, lang))),
                cell(escape(told_whole(other, each.key, lang))),
                cell(f'<span class="tl-row"><b>{escape(told)}</b>{verdict}</span>', hint=why),
            ]
        )
    head = [t("athletes.motion_page.beside.measure", lang), *names, t("athletes.motion_page.beside.difference", lang)]
    return table(head, rows)


VERDICTS: Mapping[Verdict, str] = {Verdict.BEYOND: "◆", Verdict.WITHIN: "≈", Verdict.UNKNOWN: "?"}


def verdict_words(verdict: Verdict, lang: str) -> str:
    """What a difference says, with a sign of its own."""
    return f"{VERDICTS[verdict]} {t(f'athletes.motion_page.beside.{verdict}', lang)}"

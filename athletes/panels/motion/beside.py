"""Two trials beside each other, aligned at an event: pictures, curves over each other, and what differs by more than
the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from athletes.kinematics.comparing import common_events, differences
from athletes.kinematics.model import Analysis
from athletes.motion.curve_words import event_word
from athletes.motion.found import analyses_of
from athletes.motion.kept import Kept
from athletes.motion.model import Trial
from athletes.motion.screened_curves import SPACE
from athletes.motion.screening import find_screening, pair_id
from athletes.motion.trials import Trials
from athletes.panels.motion.apart import difference_table
from athletes.panels.motion.curves import motion_curves
from athletes.panels.motion.layers import player_layers
from athletes.panels.motion.space_grades import doubt
from athletes.panels.motion.words import movement_words
from athletes.panels.pieces import mark
from athletes.panels.place import Place, View, go
from athletes.panels.upload import plain
from athletes.panels.words import day_words
from touchline.i18n import t

PLAYER_PX = 470
Half = tuple[Trial, str, Analysis | None]
"""A trial, the camera whose picture is shown, and what was measured: by it, or in space."""


def beside_view(place: Place, trials: Trials, one: Trial, other: Trial) -> None:
    """Draw the two."""
    lang = place.lang
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(t("athletes.motion_page.beside.back", lang), key="motion-back", icon=":material/arrow_back:"):
            go(view=View.MOTION, trial=one.id)
        if st.button(t("athletes.motion_page.beside.swap", lang), key="motion-swap", icon=":material/swap_horiz:"):
            go(view=View.MOTION, trial=other.id, other=one.id)
    athletes = {each.id: each.name for each in place.archive.athletes()}
    known = [analyses_of(trials, trial) for trial in (one, other)]
    space = _in_space((one, other), known, lang)
    left, right = st.columns(2, gap="medium")
    halves: list[Half] = []
    for side, column, trial, found in zip(("left", "right"), (left, right), (one, other), known, strict=True):
        with column:
            camera = _half(trial, found, (side, athletes.get(trial.athlete_id or "", "")), lang)
            halves.append((trial, camera, found.get("" if space else camera)))
            if space and (said := doubt(trials, trial, lang, why=False)):
                st.html(said)
    at = _aligned(halves, space, lang)
    first, second = ((half[0].id, half[1], at_s) for half, at_s in zip(halves, at, strict=True))
    screening = find_screening(trials, pair_id(first, second))
    if screening is not None and place.joined is not None:
        kept, key = Kept(trials), f"motion-pair-{one.id}-{other.id}"
        place.joined.player(
            screening.id,
            lang=lang,
            key=key,
            layers=player_layers(kept, screening, lang=lang, space=space),
            height_px=PLAYER_PX,
            seek={"s": 0.0, "seq": 1},  # where they are aligned, both have a picture
        )
        sources = [f"{part.camera_id}{SPACE}" for part in screening.parts] if space else None
        motion_curves(kept, screening, player=key, lang=lang, key=f"{key}-curves-{space}", sources=sources)
    a, b = halves[0][2], halves[1][2]
    if a is None or b is None:
        st.info(t("athletes.motion_page.beside.unmeasured", lang), icon=":material/info:")
        return
    st.html(difference_table(differences(a, b), (one.name, other.name), lang))
    st.caption(t("athletes.motion_page.beside.how", lang))


def _in_space(pair: tuple[Trial, Trial], known: Sequence[Mapping[str, Analysis]], lang: str) -> bool:
    """Whether the two are compared as they were measured in space: where both were, unless somebody wants cameras; two
    views of one movement show two angles."""
    there = ["" in found for found in known]
    if not all(there):
        if any(there):
            without = pair[there.index(False)]
            st.caption(t("athletes.motion_page.beside.one_in_space", lang, name=plain(without.name)))
        return False
    chosen = st.segmented_control(
        t("athletes.motion_page.numbers_of", lang),
        (True, False),
        default=True,
        required=True,
        format_func=lambda space: t(
            "athletes.motion_page.in_space" if space else "athletes.motion_page.beside.by_cameras", lang
        ),
        key=f"motion-pair-space-{pair[0].id}-{pair[1].id}",
    )
    return bool(chosen)


def _half(trial: Trial, found: Mapping[str, Analysis], where: tuple[str, str], lang: str) -> str:
    """What a half is called, and the camera whose picture it shows."""
    side, name = where
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
    return str(camera)


def _aligned(halves: list[Half], space: bool, lang: str) -> tuple[float, float]:
    """The instants of both that are shown at once, each in its own trial's time, which is that of what was measured in
    ``space``."""
    (one, camera, a), (other, camera2, b) = halves
    pairs = common_events(a, b) if a is not None and b is not None else ()
    options: list[int] = [*range(len(pairs)), -1]
    chosen = st.selectbox(
        t("athletes.motion_page.beside.event", lang),
        options,
        format_func=lambda place: (
            event_word(pairs[place][0], lang) if place >= 0 else t("athletes.motion_page.beside.by_hand", lang)
        ),
        key=f"motion-align-{one.id}-{other.id}-{lang}",  # the chosen option is remembered by its words
    )
    starts = [float(trial.shot(name).to_trial.offset_s) for trial, name in ((one, camera), (other, camera2))]
    if chosen >= 0:
        first, second = (0.0, 0.0) if space else starts
        return first + pairs[chosen][0].t_s, second + pairs[chosen][1].t_s
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

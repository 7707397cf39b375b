"""One session: the sentence to begin with, curves on one time axis, laps, the way, loads, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import numpy as np
import streamlit as st

from athletes.beat_rate import with_beat_rate
from athletes.hrv.morning import running_alpha1
from athletes.laps import lap_figures
from athletes.load.impulse import session_rpe
from athletes.load.model import Figure, LoadMethod, figure_of
from athletes.load.session import measured
from athletes.model import Athlete, Session
from athletes.panels.athlete_form import athlete_editor
from athletes.panels.curves import Curves, curves_chart
from athletes.panels.diary_forms import rpe_choice
from athletes.panels.pieces import barred, duration, head, sentence, tiles, zone_bars
from athletes.panels.place import Place, View, go
from athletes.panels.session_facts import exports, facts, gap_list, way_file
from athletes.panels.session_numbers import external_table, laps_table, loads_table, other_table
from athletes.panels.undo import keep, undo_line
from athletes.panels.upload import plain
from athletes.panels.way_chart import way_svg
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.report import Report, look_at, report
from athletes.sports import Family, family_of
from athletes.way import way_of
from athletes.zones import limits_on
from touchline.i18n import number, t
from touchline.origin import Origin

COLUMNS = [13, 7]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A session as the page draws it: with a heart rate inferred from beats where it has none (``inferred``), whose it
    is, what its heart rate says where it has one, and what was computed of it as it was recorded."""

    session: Session
    athlete: Athlete | None
    found: Report | None
    inferred: bool
    figures: dict[str, Figure]
    external: dict[str, Figure]
    effort: Record | None


def session_view(place: Place, session_id: str) -> None:
    """Draw the session ``session_id``. Raises ``NotFound`` where it is not there."""
    shown = _shown(place, session_id)
    lang, session = place.lang, shown.session
    with st.container(horizontal=True):
        if st.button(t("athletes.sessions.back", lang), key="athletes-back", icon=":material/arrow_back:"):
            go(view=View.SESSIONS)
        if shown.athlete is not None and st.button(
            plain(shown.athlete.name), key="session-athlete", icon=":material/person:"
        ):
            go(athlete=shown.athlete.id)
    st.html(head(session, shown.athlete, place.zone, lang))
    st.html(_look(shown, lang))
    if shown.found is not None:
        st.html(tiles(shown.found, lang))
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        _curves(place, shown)
    with right:
        if shown.found is not None:
            st.markdown(f"**{t('athletes.sessions.zone_times', lang)}**")
            st.html(zone_bars(shown.found, lang))
        _effort(place, shown)
        st.html(loads_table(shown.figures, lang) + other_table(shown.figures, lang))
    _laps_and_way(place, shown)
    if place.beside is not None:
        place.beside(session)
    if not barred(place.archive, lang):
        with st.expander(
            t("athletes.sessions.edit_athlete", lang),
            expanded=shown.found is not None and shown.found.zones is None,
            icon=":material/directions_run:",
        ):
            athlete_editor(place.archive, session, place.zone, lang)
    exports(place, session)
    facts(place, session)


def _shown(place: Place, session_id: str) -> Shown:
    session = place.archive.session(session_id)
    athletes = {athlete.id: athlete for athlete in place.archive.athletes()}
    athlete = athletes.get(session.athlete_id or "")
    start = session.recording.start
    day = start.astimezone(place.zone).date() if start else None
    document = measured(session.recording, limits_on(athlete, day, session.recording.sport))
    figures = {name: figure_of(one) for name, one in document["figures"].items()}
    effort = None
    if athlete is not None:
        mine = Records(place.archive).of(athlete.id, (RecordKind.EFFORT,))
        effort = next((one for one in mine if one.session_id == session.id), None)
    rpe = None if effort is None else effort.values.get("rpe")
    length = session.recording.duration_s
    minutes = None if length is None else length / 60
    figures[LoadMethod.SRPE.value] = session_rpe(rpe, effort.values.get("minutes", minutes) if effort else minutes)
    external = {name: figure_of(one) for name, one in document["external"].items()}
    recording = with_beat_rate(session.recording)
    inferred = recording is not session.recording
    drawn = replace(session, recording=recording)
    return Shown(drawn, athlete, report(drawn, athlete, place.zone), inferred, figures, external, effort)


def _look(shown: Shown, lang: str) -> str:
    if shown.inferred:
        words = t("athletes.session_page.beats_only", lang)
    elif shown.found is None:
        words = t(
            "athletes.session_page.no_heart_rate", lang, length=duration(shown.session.recording.duration_s, lang)
        )
    else:
        return sentence(look_at(shown.found), lang)
    return f'<div class="tl-look" role="note">{escape(words)}</div>'


def _curves(place: Place, shown: Shown) -> None:
    lang, found = place.lang, shown.found
    alpha = running_alpha1(shown.session.recording)
    running = None
    if alpha is not None and np.isfinite(alpha.alpha1).any():
        running = (alpha.at_s, alpha.alpha1)
    curves = Curves(
        shown.session.recording,
        lang,
        None if found is None else found.zones,
        () if found is None else found.summary.gaps,
        family_of(shown.session.recording.sport) is Family.FOOT,
        running,
    )
    chart = curves_chart(curves)
    if chart is None:
        st.info(t("athletes.session_page.no_curves", lang), icon=":material/show_chart:")
        return
    with st.container(key="session-curves"):
        st.vega_lite_chart(spec=chart, theme=None, width="stretch", key=f"curves-{shown.session.id}")
    if running is not None and alpha is not None:
        st.caption(t("athletes.session_page.alpha1_note", lang))
    if found is not None:
        gap_list(found, lang)


def _effort(place: Place, shown: Shown) -> None:
    """How hard it felt: one tap keeps it."""
    lang, athlete, now = place.lang, shown.athlete, shown.effort
    if athlete is None or barred(place.archive, lang):
        return
    value = None if now is None else now.values.get("rpe")
    chosen = rpe_choice(lang, value, key=f"rpe-{shown.session.id}-{now.id if now else 'new'}")
    if chosen is not None and chosen != (None if value is None else float(round(value))):
        start = shown.session.recording.start
        day = start.astimezone(place.zone).date() if start else place.today
        length = shown.session.recording.duration_s
        values = {"rpe": chosen} if length is None else {"rpe": chosen, "minutes": min(length / 60, 1440.0)}
        keep(
            place,
            Record(
                RecordKind.EFFORT,
                athlete.id,
                day,
                values,
                session_id=shown.session.id,
                replaces=None if now is None else now.id,
            ),
        )
        st.rerun()
    undo_line(place, athlete.id)


def _laps_and_way(place: Place, shown: Shown) -> None:
    lang, recording = place.lang, shown.session.recording
    way, laps = way_of(recording), lap_figures(recording)
    paced = family_of(recording.sport) is Family.FOOT
    external = external_table(shown.external, lang)
    left, right = st.columns(COLUMNS, gap="medium")
    with left:
        if way is not None:
            st.markdown(f"**{t('athletes.session_page.way', lang)}**")
            zones = None if shown.found is None else shown.found.zones
            by_zone = False
            if zones is not None:
                ways = ("speed", "zone")
                chosen = st.segmented_control(
                    t("athletes.session_page.colour_by", lang),
                    ways,
                    default="speed",
                    format_func=lambda name: t(f"athletes.session_page.way_{name}_short", lang),
                    key=f"way-{shown.session.id}",
                    label_visibility="collapsed",
                )
                by_zone = chosen == "zone"
            drawing = way_svg(way, recording, zones, lang, by_zone=by_zone)
            with st.container(key="session-way"):
                st.image(drawing, width="stretch")
            way_file(place, shown.session, drawing)
        elif external:
            st.caption(t("athletes.session_page.no_way", lang))
    with right:
        if external:
            mark_words = t("athletes.sessions.origin.simulated", lang)
            if shown.session.origin is Origin.SIMULATED:
                st.html(f'<span class="tl-mark simulated">{escape(mark_words)}</span>')
            st.html(external)
    if laps:
        st.markdown(f"**{t('athletes.session_page.laps', lang, count=number(len(laps), lang))}**")
        st.html(laps_table(laps, lang, paced=paced))

"""An athlete's page: what to look at and why, the season, and one part at a time below it; and the list of athletes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

import streamlit as st

from athletes.load.model import LoadMethod, Season
from athletes.load.season import season_of
from athletes.load.triage import look_at
from athletes.model import Athlete
from athletes.panels.bests import bests_part
from athletes.panels.consent import consent_notice
from athletes.panels.diary import diary_part
from athletes.panels.hrv_part import hrv_part
from athletes.panels.look_words import look_box
from athletes.panels.person_form import person_form
from athletes.panels.pieces import barred, mark
from athletes.panels.place import Place, View, go
from athletes.panels.profile_part import profile_part
from athletes.panels.season_chart import season_chart
from athletes.panels.season_data import Span, anything_in
from athletes.panels.session_rows import session_rows
from athletes.panels.words import day_words
from athletes.panels.zone_editor import zones_part
from athletes.record_store import Records
from athletes.records import Record
from touchline.i18n import number, t
from touchline.origin import Origin

RANGES = {"weeks": 42, "season": 365, "years": 1827}
"""The range buttons, in days; "season" and "years" reach back to the first session at most."""
FIRST_RANGE = "season"
LEAST_DAYS = 42


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An athlete with the whole season and the diary."""

    athlete: Athlete
    season: Season
    records: list[Record]
    origins: dict[str, Origin]


def athletes_list(place: Place) -> None:
    """Draw the section: every athlete, with the way to their page; and a new one."""
    lang = place.lang
    found = place.archive.athletes()
    if not found:
        st.info(t("athletes.training.no_athletes", lang), icon=":material/person_add:")
    for athlete in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            line = " · ".join(escape(part) for part in _facts(athlete, place.today, lang))
            st.html(f"<b>{escape(athlete.name)}</b><br><span class='tl-soft'>{line}</span>", width="stretch")
            if st.button(
                t("athletes.sessions.open", lang), key=f"athletes-athlete-{athlete.id}", type="primary", width="content"
            ):
                go(athlete=athlete.id)
    if (why := barred(place.archive, lang)) is not None:
        st.caption(f":material/lock: {why}")
        return
    with st.expander(t("athletes.person.new", lang), expanded=not found, icon=":material/person_add:"):
        person_form(place, None)


def _facts(athlete: Athlete, today: date, lang: str) -> list[str]:
    age = athlete.age_on(today)
    return [athlete.group] * bool(athlete.group) + (
        [] if age is None else [t("athletes.person.years", lang, years=number(age, lang))]
    )


def athlete_view(place: Place, athlete_id: str) -> None:
    """Draw the page of the athlete ``athlete_id``. Raises ``NotFound`` where there is none."""
    lang = place.lang
    athlete = place.archive.athlete(athlete_id)
    seen = _seen(place, athlete)
    simulated = Origin.SIMULATED in seen.origins.values()
    line = " · ".join(escape(part) for part in _facts(athlete, place.today, lang))
    st.html(
        f'<div class="tl-head"><h2>{escape(athlete.name)}</h2>{mark(Origin.SIMULATED, lang) if simulated else ""}'
        f'<span class="tl-soft">{line}</span></div>'
    )
    consent_notice(place.archive, athlete, lang)
    st.html(look_box(look_at(seen.season, seen.records, place.today), lang))
    _season(place, seen)
    parts: dict[str, Callable[[], None]] = {
        "diary": lambda: diary_part(place, athlete.id, seen.records),
        "sessions": lambda: _sessions(place, seen),
        "hrv": lambda: hrv_part(place, athlete.id, seen.records),
        "zones": lambda: zones_part(place, athlete),
        "bests": lambda: bests_part(place, seen.season),
        "profile": lambda: profile_part(place, athlete),
    }
    chosen = st.segmented_control(
        t("athletes.athlete_page.parts", lang),
        list(parts),
        default="diary",
        format_func=lambda part: t(f"athletes.athlete_page.part.{part}", lang),
        key=f"athlete-part-{athlete.id}",
        label_visibility="collapsed",
        wrap=True,
    )
    parts[chosen or "diary"]()


def _seen(place: Place, athlete: Athlete) -> Seen:
    """The season to today, computed with a progress line where sessions are new."""
    lang = place.lang
    method = st.session_state.get(f"athlete-method-{athlete.id}")
    room = st.empty()

    def progress(done: int, total: int) -> None:
        if total > 20:
            words = t("athletes.season.counting", lang, done=number(done, lang), total=number(total, lang))
            room.progress(done / max(total, 1), words)

    season = season_of(place.archive, athlete.id, until=place.today, method=method, zone=place.zone, progress=progress)
    room.empty()
    origins = {entry.id: entry.origin for entry in place.archive.entries(athlete.id)}
    return Seen(athlete, season, Records(place.archive).of(athlete.id), origins)


def _season(place: Place, seen: Seen) -> None:
    lang, season = place.lang, seen.season
    if not season.days and not seen.records:
        st.info(t("athletes.season.empty", lang), icon=":material/show_chart:")
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        chosen = st.segmented_control(
            t("athletes.season.range", lang),
            list(RANGES),
            default=FIRST_RANGE,
            format_func=lambda name: t(f"athletes.season.ranges.{name}", lang),
            key=f"athlete-range-{seen.athlete.id}",
            label_visibility="collapsed",
        )
    with right:
        st.selectbox(
            t("athletes.season.load_by", lang),
            [None, *LoadMethod],
            format_func=lambda one: (
                t(f"athletes.load.method.{one}", lang) if one else t("athletes.season.automatic", lang)
            ),
            key=f"athlete-method-{seen.athlete.id}",
        )
    span = span_of(chosen or FIRST_RANGE, season, seen.records, place.today)
    if not anything_in(season, seen.records, span, lang):
        st.info(_nothing_in(season, span, lang), icon=":material/show_chart:")
        return
    with st.container(key="season-chart"):
        st.vega_lite_chart(
            spec=season_chart(season, seen.records, span, lang),
            theme=None,
            width="stretch",
            key=f"season-{seen.athlete.id}",
        )
    notes = [t("athletes.season.parts", lang)]
    notes.append(t("athletes.season.method", lang, load=t(f"athletes.load.method.{season.method}", lang)))
    notes.append(t("athletes.season.method_morning", lang))
    today = season.on(place.today)
    if today is not None and today.provisional:
        notes.append(t("athletes.season.provisional", lang))
    if season.undated:
        notes.append(t("athletes.season.undated", lang, count=len(season.undated)))
    st.html(f'<div class="tl-note">{"<br>".join(escape(note) for note in notes)}</div>')


def _nothing_in(season: Season, span: Span, lang: str) -> str:
    """That there is no load in the days of a range, where the newest session is, and how many have no date."""
    days = {"first": day_words(span.since, lang), "last": day_words(span.until, lang)}
    said = [t("athletes.season.nothing_in", lang, **days)]
    if season.sessions:
        said.append(t("athletes.season.newest", lang, day=day_words(season.sessions[-1].day, lang)))
    if season.undated:
        said.append(t("athletes.season.undated", lang, count=len(season.undated)))
    return " ".join(said)


def span_of(name: str, season: Season, records: list[Record], today: date) -> Span:
    """The days of a range button: to today, and not further back than the first thing that is known."""
    since = today - timedelta(days=RANGES[name] - 1)
    known = [day.day for day in season.days[:1]] + [one.day for one in records[:1]]
    if name != "weeks" and known:
        since = min(max(since, min(known)), today - timedelta(days=LEAST_DAYS - 1))
    planned = [one.day for one in records if today < one.day <= today + timedelta(days=14)]
    return Span(since, max([today, *planned]))


def _sessions(place: Place, seen: Seen) -> None:
    if not seen.season.sessions:
        st.info(t("athletes.season.empty", place.lang), icon=":material/upload_file:")
        if st.button(t("athletes.athlete_page.bring_in", place.lang), key="athlete-bring-in", icon=":material/upload:"):
            go(view=View.SESSIONS)
        return
    session_rows(
        place, list(seen.season.sessions), seen.origins, seen.season.method, f"athlete-sessions-{seen.athlete.id}"
    )

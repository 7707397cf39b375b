"""An athlete's zones by sport and day: what is in force, the ones before, a form for five methods, and the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html import escape

import streamlit as st

from athletes.model import Athlete, ZoneMethod, ZoneSetting
from athletes.panels.palette import ON_ZONES, ZONES
from athletes.panels.pieces import barred, sport_name
from athletes.panels.place import Place
from athletes.panels.upload import plain
from athletes.panels.wellness import told
from athletes.panels.words import day_words
from athletes.zone_words import zone_word
from athletes.zones import limits_on, why_no_zones, zones_of
from touchline.effort import HEART_RATE_LIMITS_BPM
from touchline.errors import TouchlineError
from touchline.i18n import number, t

SPORTS = ("running", "cycling", "football", "swimming", "rowing", "walking", "fitness_equipment", "other")
FIELDS = {
    ZoneMethod.HR_MAX: ("hr_max_bpm",),
    ZoneMethod.RESERVE: ("hr_max_bpm", "hr_rest_bpm"),
    ZoneMethod.THRESHOLD: ("threshold_bpm",),
    ZoneMethod.VENTILATORY: ("vt1_bpm", "vt2_bpm"),
    ZoneMethod.OWN: ("own_bpm",),
}
"""What each method asks for; the others stay as they are, because loads ask for them."""
CELL = "padding:.25rem .35rem;white-space:nowrap;print-color-adjust:exact;-webkit-print-color-adjust:exact"
STRIP = "display:flex;font-size:.85rem;border-radius:4px;overflow:hidden"
NUMBERS = ("hr_max_bpm", "hr_rest_bpm", "threshold_bpm", "vt1_bpm", "vt2_bpm")


def zones_part(place: Place, athlete: Athlete) -> None:
    """Draw the settings by sport and day, and the form for a new or a changed one."""
    lang = place.lang
    _undo(place, athlete)
    sports: list[str | None] = [None, *sorted({one.sport for one in athlete.zone_settings if one.sport})]
    for sport in sports:
        mine = [one for one in athlete.zone_settings if one.sport == sport]
        if mine or sport is None:
            _settings(place, athlete, sport, mine)
    if (why := barred(place.archive, lang)) is not None:
        st.caption(f":material/lock: {why}")
        return
    editing: ZoneSetting | None = st.session_state.get(f"zones-editing-{athlete.id}")
    with st.expander(
        t(f"athletes.zone_page.{'change' if editing else 'add'}", lang),
        expanded=editing is not None or not athlete.zone_settings,
        icon=":material/tune:",
    ):
        _form(place, athlete, editing)


def _settings(place: Place, athlete: Athlete, sport: str | None, mine: list[ZoneSetting]) -> None:
    lang = place.lang
    st.markdown(f"**{plain(sport_words(sport, lang))}**")
    if not mine:
        st.info(t("athletes.zone_page.none", lang), icon=":material/tune:")
    now = athlete.zone_setting(place.today, sport)
    for setting in sorted(mine, key=lambda one: one.valid_from or date.min, reverse=True):
        with st.container(border=True):
            since = (
                t("athletes.zone_page.from_beginning", lang)
                if setting.valid_from is None
                else t("athletes.zone_page.from_day", lang, day=day_words(setting.valid_from, lang))
            )
            force = t("athletes.zone_page.in_force", lang) if setting == now else ""
            method = t(f"athletes.sessions.method_short.{setting.method}", lang)
            told_values = " · ".join(_values(setting, lang))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.html(
                    f"<div><b>{escape(since)}</b> {escape(method)} <b>{escape(force)}</b><br>"
                    f"<span class='tl-soft'>{escape(told_values)}</span></div>",
                    width="stretch",
                )
                if not barred(place.archive, lang):
                    _buttons(place, athlete, setting)
            st.html(_bar(replace(athlete, zone_settings=(setting,)), sport, place.today, lang))


def _buttons(place: Place, athlete: Athlete, setting: ZoneSetting) -> None:
    lang, key = place.lang, f"{athlete.id}-{setting.sport}-{setting.valid_from}"
    if st.button("", key=f"zones-edit-{key}", icon=":material/edit:", help=t("athletes.diary.edit", lang)):
        st.session_state[f"zones-editing-{athlete.id}"] = setting
        st.rerun()
    if st.button("", key=f"zones-remove-{key}", icon=":material/delete:", help=t("athletes.diary.remove", lang)):
        _save(place, athlete, (setting,), ())


def _values(setting: ZoneSetting, lang: str) -> list[str]:
    found = [
        f"{t(f'athletes.zone_page.short.{field}', lang)} {number(value, lang)}"
        for field in NUMBERS
        if (value := getattr(setting, field)) is not None
    ]
    if setting.ftp_w is not None:
        found.append(f"FTP {number(setting.ftp_w, lang)} W")
    return found or [t("athletes.zone_page.nothing", lang)]


def _bar(athlete: Athlete, sport: str | None, today: date, lang: str) -> str:
    """The bounds that follow, as a strip with numbers; why there are none, where there are none."""
    limits = limits_on(athlete, today, sport)
    zones = zones_of(limits)
    if zones is None:
        reason = t(f"athletes.load.reason.{why_no_zones(limits)}", lang)
        return f'<div class="tl-note">{escape(t("athletes.zone_page.no_zones", lang, reason=reason))}</div>'
    cells = []
    for zone in range(1, len(zones.lower_bpm) + 1):
        low = zones.lower_bpm[zone - 1]
        begin = "" if zone == 1 and zones.open_below else f"≥ {number(low, lang)}"
        shade = zones.shade(zone)
        title = escape(zone_word(zones, zone, lang))
        style = f"flex:1;background:{ZONES[shade]};color:{ON_ZONES[shade]};{CELL}"
        name = escape(zones.names[zone - 1])
        cells.append(f'<div title="{title}" style="{style}"><b>{name}</b><br>{begin}</div>')
    strip = f'<div style="{STRIP}">{"".join(cells)}</div>'
    if not zones.hr_max_estimated:
        return strip
    return f'{strip}<div class="tl-note">{escape(t("athletes.sessions.estimated", lang))}</div>'


def _form(place: Place, athlete: Athlete, editing: ZoneSetting | None) -> None:
    lang = place.lang
    base = editing or athlete.zone_setting(place.today)
    key = f"{athlete.id}-{'new' if editing is None else f'{editing.sport}-{editing.valid_from}'}"
    left, right = st.columns(2)
    sports: list[str | None] = list(dict.fromkeys([None, *SPORTS, *(one.sport for one in athlete.zone_settings)]))
    sport = left.selectbox(
        t("athletes.zone_page.sport", lang),
        sports,
        index=sports.index(base.sport if editing else None),
        format_func=lambda one: sport_words(one, lang),
        key=f"zones-sport-{key}",
    )
    methods = list(ZoneMethod)
    method = right.selectbox(
        t("athletes.sessions.zone_method", lang),
        methods,
        index=methods.index(base.method),
        format_func=lambda item: t(f"athletes.sessions.method_short.{item}", lang),
        key=f"zones-method-{key}",
    )
    first_of_all = not athlete.zone_settings
    with st.form(f"zones-form-{key}", border=False):
        since = st.date_input(
            t("athletes.zone_page.since", lang),
            (editing.valid_from if editing else None if first_of_all else place.today),
            format="DD/MM/YYYY",
            help=t("athletes.zone_page.since_help", lang),
        )
        low, high = HEART_RATE_LIMITS_BPM
        found: dict[str, float | None] = {}
        columns = st.columns(3)
        asked = FIELDS[method]
        for place_at, field in enumerate(sorted(NUMBERS, key=lambda one: one not in asked)):
            star = " *" if field in asked else ""
            found[field] = columns[place_at % 3].number_input(
                t(f"athletes.zone_page.{field}", lang) + star,
                low,
                high,
                getattr(base, field),
                1.0,
                "%.0f",
                placeholder="–",
            )
        power = columns[2].number_input(
            t("athletes.zone_page.ftp_w", lang), 1.0, 999.0, base.ftp_w, 1.0, "%.0f", placeholder="–"
        )
        own = ""
        if method is ZoneMethod.OWN:
            own = st.text_input(
                t("athletes.zone_page.own_bpm", lang) + " *",
                " ".join(f"{bound:g}" for bound in base.own_bpm),
                placeholder="120 140 155 170 185",
            )
        st.caption("\\" + t("athletes.zone_page.star", lang))  # else Markdown makes the star a bullet
        pressed = st.form_submit_button(t("athletes.diary.keep", lang), type="primary", width="stretch")
    if editing is not None and st.button(t("athletes.zone_page.leave", lang), key=f"zones-leave-{athlete.id}"):
        st.session_state.pop(f"zones-editing-{athlete.id}", None)
        st.rerun()
    if not pressed:
        return
    try:
        bounds = bounds_of(own) if method is ZoneMethod.OWN else base.own_bpm
    except ValueError:
        st.error(t("athletes.zone_page.bad_bounds", lang), icon=":material/error:")
        return
    try:
        made = ZoneSetting(since, method, sport=sport, own_bpm=bounds, ftp_w=power, **found)
        same = [one for one in athlete.zone_settings if (one.sport, one.valid_from) == (made.sport, made.valid_from)]
        _save(place, athlete, tuple({*same} | ({editing} if editing else set())), (made,))
    except TouchlineError as fault:
        told(fault, lang)


def sport_words(sport: str | None, lang: str) -> str:
    """A sport of the settings; none is every sport."""
    return sport_name(sport, lang) or t("athletes.zone_page.every_sport", lang)


def bounds_of(text: str) -> tuple[float, ...]:
    """Lower bounds as people type them, apart by spaces, commas or semicolons. Raises ``ValueError``."""
    parts = text.replace(",", " ").replace(";", " ").replace("–", " ").split()
    return tuple(float(part) for part in parts)


def _save(place: Place, athlete: Athlete, gone: tuple[ZoneSetting, ...], come: tuple[ZoneSetting, ...]) -> None:
    """Change just these settings: what somebody else saved meanwhile stays, now and at the way back."""
    place.archive.change_settings(athlete.id, gone=gone, come=come)
    st.session_state[f"zones-before-{athlete.id}"] = (come, gone)
    st.session_state.pop(f"zones-editing-{athlete.id}", None)
    st.rerun()


def _undo(place: Place, athlete: Athlete) -> None:
    key = f"zones-before-{athlete.id}"
    if key not in st.session_state or barred(place.archive, place.lang):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/check: {t('athletes.zone_page.saved', place.lang)}", width="content")
        if st.button(t("athletes.sessions.undo", place.lang), key=f"zones-undo-{athlete.id}", icon=":material/undo:"):
            gone, come = st.session_state.pop(key)
            try:
                place.archive.change_settings(athlete.id, gone=gone, come=come)
            except TouchlineError as fault:
                told(fault, place.lang)
                return
            st.rerun()

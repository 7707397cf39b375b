"""The beginning of a session: who trains, who wears which strap, or a simulated squad for who has no strap."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.rights import Person
from wearables.kept import Sessions
from wearables.live.remembered import remembered_straps
from wearables.model import Profile, Strap
from wearables.panels.text import day
from wearables.panels.who import barred, plain
from wearables.recorder.control import find_straps
from wearables.roster import Roster, read_roster, strap_address
from wearables.simulated import Simulation
from wearables.squad import begin, simulated_squad

Squad = Callable[[], list[Profile]]
"""Gives the athletes whom the app knows, with what is known of their hearts."""
Enrol = Callable[[str], str]
"""Takes in an athlete by name and gives the identifier."""
FIND_S = 10.0
FOUND = "live-found"
COUNTS = (6, 12, 30)
SIMULATED_SEED = 7


def start_form(
    home: Path, zone: tzinfo, lang: str, person: Person | None, squad: Squad, enrol: Enrol | None = None
) -> str | None:
    """Draw the form; the identifier of the session that was begun, None where none was. ``enrol`` takes in somebody
    whom the app does not know yet."""
    why = barred(person, lang)
    if why is not None:
        st.info(plain(why), icon=":material/lock:")
    today = day(time.time_ns() // 1000, zone, lang)
    own, tried = st.columns([3, 2], gap="large")
    with own:
        begun = _own(home, today, lang, person, squad, enrol, why)
    with tried:
        return _tried(home, today, lang, person, why) or _listed(home, today, lang, person, why) or begun


def _tried(home: Path, today: str, lang: str, person: Person | None, why: str | None) -> str | None:
    with st.container(border=True):
        st.markdown(f"**{t('wearables.live.form.try', lang)}**")
        st.caption(t("wearables.live.form.try_hint", lang))
        count = st.radio(
            t("wearables.live.form.try_count", lang),
            COUNTS,
            index=len(COUNTS) - 1,
            horizontal=True,
            format_func=lambda count: number(count, lang),
            key="live-try-count",
        )
        pressed = st.button(
            t("wearables.live.form.try_begin", lang),
            key="live-try",
            icon=":material/science:",
            disabled=why is not None,
            help=why,
            width="stretch",
        )
    if not pressed:
        return None
    roster = simulated_squad(count, SIMULATED_SEED, lang)
    simulation = Simulation(tuple(strap.address for strap in roster.straps), seed=SIMULATED_SEED, room=count)
    name = t("wearables.live.form.simulated_name", lang, day=today)
    return _begun(home, name, roster, lang, person, simulation)


def _listed(home: Path, today: str, lang: str, person: Person | None, why: str | None) -> str | None:
    """A squad from a file, as a coach has it in a spreadsheet."""
    with st.container(border=True):
        st.markdown(f"**{t('wearables.live.form.list', lang)}**")
        file = st.file_uploader(
            t("wearables.live.form.list_hint", lang), type=["csv", "json"], key="live-list", disabled=why is not None
        )
        if file is None:
            return None
        try:
            roster = read_roster(file.getvalue(), file.name)
        except TouchlineError as fault:
            st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/error:")
            return None
        people, straps = number(len(roster.profiles), lang), number(len(roster.straps), lang)
        st.caption(t("wearables.live.form.list_read", lang, people=people, straps=straps))
        pressed = st.button(
            t("wearables.live.form.list_begin", lang),
            key="live-list-begin",
            icon=":material/play_arrow:",
            disabled=why is not None or not roster.straps,
            help=why,
            width="stretch",
        )
    if not pressed:
        return None
    return _begun(home, t("wearables.live.form.name_default", lang, day=today), roster, lang, person)


def _begun(
    home: Path, name: str, roster: Roster, lang: str, person: Person | None, simulation: Simulation | None = None
) -> str | None:
    with st.spinner(t("wearables.live.form.starting", lang)):
        try:
            return begin(home, name, roster, simulation=simulation, lang=lang, person=person).id
        except TouchlineError as fault:
            st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/error:")
            return None


def _own(
    home: Path, today: str, lang: str, person: Person | None, squad: Squad, enrol: Enrol | None, why: str | None
) -> str | None:
    profiles = {profile.athlete_id: profile for profile in squad()}
    if not profiles:
        st.info(t("wearables.live.form.no_athletes", lang), icon=":material/group_add:")
    name = st.text_input(
        t("wearables.live.form.name", lang),
        t("wearables.live.form.name_default", lang, day=today),
        max_chars=80,
        key="live-name",
    )
    chosen: list[str] = []
    there = set(profiles)
    if profiles or enrol is not None:
        chosen = st.multiselect(
            t("wearables.live.form.athletes", lang),
            list(profiles),
            list(profiles),
            format_func=lambda one: profiles[one].name if one in profiles else one,
            help=t("wearables.live.form.athletes_hint", lang),
            placeholder=t("wearables.live.form.athletes_type", lang),
            accept_new_options=enrol is not None and why is None,
            key="live-athletes",
        )
        for typed in chosen:  # a name that nobody bears here yet
            profiles.setdefault(typed, Profile(typed, " ".join(typed.split())))
    unknown = sum(profiles[one].hr_max_bpm is None for one in chosen)
    if unknown:
        st.caption(t("wearables.live.form.no_heart", lang, count=number(unknown, lang)))
    known = _known_straps(home, lang, person, why)
    remembered = {
        athlete: strap for athlete, strap in remembered_straps(Sessions(home, person)).items() if athlete in chosen
    }
    for strap in remembered.values():
        known.setdefault(strap.address, strap.label)
    if chosen:
        st.caption(t("wearables.live.form.strap_hint", lang))
    none = t("wearables.live.form.strap_none", lang)
    columns = st.columns(2)
    given: dict[str, str] = {}
    for k, athlete in enumerate(chosen):
        before = remembered.get(athlete)
        address = columns[k % 2].selectbox(
            t("wearables.live.form.strap_of", lang, name=plain(profiles[athlete].name)),
            [*known],
            index=list(known).index(before.address) if before else None,
            format_func=lambda one: _strap_name(one, known),
            placeholder=none,
            accept_new_options=True,
            key=f"live-strap-{athlete}",
        )
        if address:
            given[athlete] = strap_address(address) or address.strip()
    spare: list[str] = []
    if left := [address for address in known if address not in given.values()]:
        spare = st.multiselect(
            t("wearables.live.form.spare", lang),
            left,
            format_func=lambda one: _strap_name(one, known),
            help=t("wearables.live.form.spare_hint", lang),
            key="live-spare",
        )
    addresses = [*given.values(), *spare]
    twice = sorted({one for one in addresses if [each.lower() for each in addresses].count(one.lower()) > 1})
    for one in twice:
        st.warning(plain(t("wearables.live.form.twice", lang, strap=one)))
    odd = [one for one in addresses if strap_address(one) is None]
    for one in odd:
        st.warning(plain(t("wearables.live.form.bad_address", lang, strap=one)))
    pressed = st.button(
        t("wearables.live.form.begin", lang),
        key="live-begin",
        type="primary",
        icon=":material/play_arrow:",
        disabled=why is not None or not addresses or bool(twice or odd) or not name.strip(),
        help=why or (None if addresses else t("wearables.live.form.no_strap_yet", lang)),
    )
    if not pressed:
        return None
    straps = tuple(Strap(k, address, known.get(address, "")) for k, address in enumerate(addresses, 1))
    # Who was typed in at a press that began nothing is known by now, and is not taken in twice.
    by_name = {profiles[one].name: one for one in there}
    own: dict[str, str] = {}
    for one in chosen:
        known_as = one if one in there else by_name.get(profiles[one].name)
        own[one] = known_as or (one if enrol is None else enrol(profiles[one].name))
    now = {profile.athlete_id: profile for profile in squad()}
    people = tuple(now[athlete] for athlete in dict.fromkeys(own.values()))
    worn = {place: own[one] for place, one in enumerate(given, 1)}
    return _begun(home, name, Roster(straps, people, worn), lang, person)


def _strap_name(address: str, known: dict[str, str]) -> str:
    label = known.get(address, "")
    return f"{label} · {address}" if label else address


def _known_straps(home: Path, lang: str, person: Person | None, why: str | None) -> dict[str, str]:
    """The straps that were heard in this visit, the nearest first: address to label."""
    pressed = st.button(
        t("wearables.live.form.find", lang),
        key="live-find",
        icon=":material/bluetooth_searching:",
        disabled=why is not None,
        help=why,
    )
    if pressed:
        with st.spinner(t("wearables.live.form.finding", lang, seconds=number(FIND_S, lang))):
            try:
                heard = find_straps(home, FIND_S, person=person)
            except TouchlineError as fault:
                st.error(plain(f"{fault.detail(lang)} {fault.hint(lang)}"), icon=":material/bluetooth_disabled:")
            else:
                st.session_state[FOUND] = {one.address: one.name or "" for one in heard}
    found: dict[str, str] = st.session_state.get(FOUND, {})
    if FOUND in st.session_state:
        key = "found" if found else "found_none"
        st.caption(t(f"wearables.live.form.{key}", lang, count=number(len(found), lang)))
    return dict(found)

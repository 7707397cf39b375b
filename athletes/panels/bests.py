"""The best means over given durations: the highest of all sessions of a span, with the session that holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import streamlit as st

from athletes.load.model import Season, SessionLoad
from athletes.panels.place import Place, go
from athletes.panels.tables import cell, table
from athletes.panels.words import day_words, pace
from athletes.sports import Family, family_of
from touchline.i18n import number, t
from touchline.measure import KMH_PER_MPS

NAME = re.compile(r"^(power|speed|heart_rate)_(\d+)s_")


@dataclass(frozen=True, slots=True)
class Best:
    """The highest mean of a channel over ``seconds``, and the session it is of."""

    channel: str
    seconds: int
    value: float
    session: SessionLoad


def bests_of(sessions: Iterable[SessionLoad]) -> dict[tuple[str, int], Best]:
    """The highest of each channel and duration; the earliest of equals."""
    found: dict[tuple[str, int], Best] = {}
    for one in sessions:
        for name, value in one.bests.items():
            told = NAME.match(name)
            if told is None or value is None:
                continue
            key = (told[1], int(told[2]))
            if key not in found or value > found[key].value:
                found[key] = Best(*key, value, one)
    return found


def bests_part(place: Place, season: Season) -> None:
    """Draw the table of durations; one sport at a time, because a run and a ride share no best."""
    lang = place.lang
    families = [one for one in Family if any(_of(one, session) for session in season.sessions)]
    if not families:
        st.info(t("athletes.bests.empty", lang), icon=":material/trophy:")
        return
    family = families[0]
    if len(families) > 1:
        family = (
            st.segmented_control(
                t("athletes.bests.sports", lang),
                families,
                default=family,
                format_func=lambda one: t(f"athletes.bests.family.{one}", lang),
                key=f"bests-{season.athlete_id}",
            )
            or family
        )
    found = bests_of(one for one in season.sessions if _of(family, one))
    channels = [name for name in ("power", "speed", "heart_rate") if any(key[0] == name for key in found)]
    durations = sorted({key[1] for key in found})
    head = [t("athletes.bests.duration", lang), *(t(f"athletes.bests.{name}", lang) for name in channels)]
    rows = [
        [
            cell(escape(length(seconds, lang)), right=False),
            *(_best(found.get((name, seconds)), lang) for name in channels),
        ]
        for seconds in durations
    ]
    st.html(table(head, rows) + f'<div class="tl-note">{escape(t("athletes.bests.method", lang))}</div>')
    holders = list({best.session.session_id: best.session for best in found.values()}.values())
    holders.sort(key=lambda one: one.day, reverse=True)
    chosen = st.selectbox(
        t("athletes.bests.open", lang),
        holders,
        index=None,
        placeholder="–",
        format_func=lambda one: f"{day_words(one.day, lang)} · {one.name}",
        key=f"bests-open-{season.athlete_id}",
    )
    if chosen is not None:
        go(session=chosen.session_id)


def _of(family: Family, session: SessionLoad) -> bool:
    return bool(session.bests) and family_of(session.sport) is family


def _best(best: Best | None, lang: str) -> str:
    if best is None:
        return cell("–")
    day = escape(day_words(best.session.day, lang))
    return cell(f"<b>{escape(value_words(best, lang))}</b><br><span class='tl-soft'>{day}</span>")


def value_words(best: Best, lang: str) -> str:
    """A best with its unit; a speed on foot with its pace too."""
    if best.channel == "power":
        return f"{number(best.value, lang)} W"
    if best.channel == "heart_rate":
        return f"{number(best.value, lang)} {t('athletes.sessions.bpm', lang)}"
    words = f"{number(best.value * float(KMH_PER_MPS), lang, 1)} km/h"
    return f"{words} ({pace(best.value, lang)})" if family_of(best.session.sport) is Family.FOOT else words


def length(seconds: int, lang: str) -> str:
    """A duration as a table names it."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = f"{number(seconds / 60, lang)} {t('athletes.sessions.minutes', lang)}"
    return minutes if seconds < 3600 else f"{number(seconds / 3600, lang)} h"

"""What was measured of a trial: few large numbers, then every finding with its error, its reasons and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TypeVar

import streamlit as st

from athletes.kinematics.headlines import MEAN, headlines
from athletes.kinematics.model import Analysis, Event, Finding
from athletes.motion.curve_words import event_word
from athletes.motion.naming import finding_name, told_whole
from athletes.panels.motion.words import number_words, reason_words, told
from touchline.i18n import clock, number, t

FIRST_ROWS, OPEN_NOTES = 12, 2
MOST_ROWS = 100
"""So many rows are drawn at once: each is some elements of the page."""
Show = Callable[[int], None]
"""Shows a picture of the camera that the numbers are from."""
Row = TypeVar("Row")


def large_numbers(analysis: Analysis, lang: str) -> str:
    """The large numbers as HTML: each with its error, what it rests on, and what makes it doubtful."""
    cells = []
    for one in headlines(analysis):
        value, doubt = number_words(one.measured, one.key, lang)
        words = finding_name(one.key, one.side, one.number, lang)
        if one.measured is not None and one.measured.method == MEAN:
            words = t("athletes.motion_page.mean_of", lang, what=words)
        cells.append(
            f'<div><div class="k">{escape(words)}</div><div class="v">{escape(value)} '
            f'<span class="u">{escape(doubt)}</span></div><div class="w">{escape(told(one, lang))}</div></div>'
        )
    return f'<div class="tl-big" role="list">{"".join(cells)}</div>'


def findings_rows(analysis: Analysis, lang: str, key: str, show: Show) -> None:
    """Every finding in a row, those of the whole movement first, each with the button that shows its pictures."""
    whole = [one for one in analysis.findings if one.number is None]
    each = [one for one in analysis.findings if one.number is not None]
    st.markdown(f"**{t('athletes.motion_page.all_numbers', lang)}**")
    st.caption(t("athletes.motion_page.interval_hint", lang))
    first = [*whole, *each] if len(analysis.findings) <= FIRST_ROWS else whole or each[:FIRST_ROWS]
    _rows(first, lang, f"{key}-first", show)
    rest = [one for one in each if one not in first]
    if rest:
        with st.expander(t("athletes.motion_page.each_one", lang, count=number(len(rest), lang))):
            _rows(_part(rest, f"{key}-each", lang), lang, f"{key}-each", show)


def _part(rows: Sequence[Row], key: str, lang: str) -> Sequence[Row]:
    """So many of ``rows`` as a page can show, where the reader chooses which: an hour of repetitions has thousands."""
    if len(rows) <= MOST_ROWS:
        return rows
    starts = range(0, len(rows), MOST_ROWS)
    start = st.selectbox(
        t("athletes.motion_page.which_rows", lang),
        starts,
        format_func=lambda at: f"{number(at + 1, lang)}–{number(min(at + MOST_ROWS, len(rows)), lang)}",
        key=f"motion-part-{key}",
    )
    return rows[start : start + MOST_ROWS]


def _rows(findings: Sequence[Finding], lang: str, key: str, show: Show) -> None:
    with st.container(key=f"motion-rows-{key}"):
        for place, one in enumerate(findings):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                words = finding_name(one.key, one.side, one.number, lang)
                why = f'<br><span class="w">{escape(told(one, lang))}</span>' if one.reasons else ""
                st.html(
                    f'<div class="tl-row">{escape(words)}: <b>{escape(told_whole(one.measured, one.key, lang))}</b>'
                    f"{why}</div>",
                    width="stretch",
                )
                if one.frames:
                    _show_button(f"{key}-{place}", one.frames, lang, show)


def _show_button(key: str, frames: Sequence[int], lang: str, show: Show) -> None:
    st.button(
        t("athletes.motion_page.show", lang),
        key=f"motion-show-{key}",
        icon=":material/visibility:",
        help=t("athletes.motion_page.show_help", lang, frames=frames_words(frames, lang)),
        on_click=show,
        args=(frames[0],),
        width="content",
    )


def frames_words(frames: Sequence[int], lang: str) -> str:
    """Which pictures: their display indexes, with a dash between the ends of a run and at most six of others."""
    ends = sorted(set(frames))
    if len(ends) == 2 or (len(ends) > 2 and ends[-1] - ends[0] == len(ends) - 1):
        return f"#{number(ends[0], lang)}–#{number(ends[-1], lang)}"
    return ", ".join(f"#{number(one, lang)}" for one in ends[:6]) + (" …" if len(ends) > 6 else "")


def events_rows(events: Iterable[Event], lang: str, key: str, show: Show) -> None:
    """Every event with its time and how well it is placed."""
    with st.container(key=f"motion-rows-events-{key}"):
        ordered = sorted(events, key=lambda one: one.t_s)
        for place, event in enumerate(_part(ordered, f"events-{key}", lang)):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                half = number(1.96 * 1000 * event.sigma_s, lang)
                st.html(
                    f'<div class="tl-row">{escape(event_word(event, lang))}: <b>{clock(event.t_s, lang)}</b>'
                    f" ± {half} ms</div>",
                    width="stretch",
                )
                _show_button(f"event-{key}-{place}", (event.frame,), lang, show)


def notes_line(notes: Sequence[str], lang: str) -> None:
    """What whoever reads the numbers must know; folded up where it is much."""
    told_once = list(dict.fromkeys(reason_words(code, lang) for code in notes))
    if not told_once:
        return
    words = told_once[0] if len(told_once) == 1 else "\n".join(f"- {line}" for line in told_once)
    if len(told_once) <= OPEN_NOTES:
        st.info(words, icon=":material/info:")
        return
    with st.expander(t("athletes.motion_page.notes", lang, count=number(len(told_once), lang)), icon=":material/info:"):
        st.markdown(words)

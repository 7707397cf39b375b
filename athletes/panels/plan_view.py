"""The section of plans: a week or a month, what was planned beside what was done, of one or of a squad."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape

import streamlit as st

from athletes.load.season import season_of
from athletes.panels.pieces import barred
from athletes.panels.place import Place, go
from athletes.panels.plan_form import add_form, copy_button, remove_button, undo_bar
from athletes.panels.plan_words import PLAN_STYLE, SIGNS, answer_words, done_title, held_card, kept_words, plan_title
from athletes.panels.upload import plain
from athletes.panels.whom import Whom, choose_whom, day_name
from athletes.paper.charts import day_short
from athletes.planning import WEEK, Answer, Held, done_of, hold, kept, week_of
from athletes.reasons import day_words
from athletes.record_store import Records
from athletes.records import RecordKind
from touchline.i18n import number, t

FIRST_DAY = "plan-first"
WEEK_DAYS = 7


def plan_view(place: Place) -> None:
    """Draw the section."""
    archive, lang = place.archive, place.lang
    st.html(PLAN_STYLE)
    athletes = archive.athletes()
    if not athletes:
        st.info(t("athletes.training.no_athletes", lang), icon=":material/person_add:")
        return
    why = barred(archive, lang)
    if why is not None:
        st.caption(f":material/lock: {why}")
    left, right = st.columns([2, 1], gap="medium", vertical_alignment="bottom")
    with left:
        whom = choose_whom(athletes, "plan-whom", lang, label=t("athletes.plan.whom", lang))
    with right:
        month = st.segmented_control(
            t("athletes.plan.span", lang),
            ["week", "month"],
            default="week",
            required=True,
            format_func=lambda key: t(f"athletes.plan.{key}", lang),
            key="plan-span",
            label_visibility="collapsed",
        )
    first, until = _span(place, month == "month")
    undo_bar(archive, why, lang)
    found = {one.id: _held(place, one.id, first, until) for one in whom.athletes}
    st.html(f'<div class="tl-look" role="note">{escape(_sentence(whom, found, place, first, until))}</div>')
    with st.container(horizontal=True, gap="small"):
        add_form(archive, whom, first, until, why, lang)
        if month != "month":
            copy_button(archive, whom, first, why, lang)
    if month == "month":
        _month(found, whom, first, until, place)
    elif whom.one is not None:
        _week(found[whom.one.id], first, place, why)
    else:
        _squad_week(found, whom, first, place, why)
    st.caption(t("athletes.plan.rule", lang))


def _span(place: Place, month: bool) -> tuple[date, date]:
    """The days that are shown, and the buttons that move them."""
    lang = place.lang
    if FIRST_DAY not in st.session_state:
        st.session_state[FIRST_DAY] = place.today
    at: date = st.session_state[FIRST_DAY]

    def move(to: date) -> None:
        st.session_state[FIRST_DAY] = to

    first = at.replace(day=1) if month else week_of(at)
    after = (first + timedelta(days=32)).replace(day=1) if month else first + WEEK
    before = (first - timedelta(days=1)).replace(day=1) if month else first - WEEK
    until = after - timedelta(days=1)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            t("athletes.plan.before", lang), key="plan-before", on_click=move, args=(before,), shortcut="alt+left",
            icon=":material/chevron_left:",
        )  # fmt: skip
        st.button(t("athletes.plan.now", lang), key="plan-now", on_click=move, args=(place.today,), shortcut="alt+t")
        st.button(
            t("athletes.plan.after", lang), key="plan-after", on_click=move, args=(after,), shortcut="alt+right",
            icon=":material/chevron_right:",
        )  # fmt: skip
        said = t("athletes.plan.days", lang, first=day_words(first, lang), last=day_words(until, lang))
        st.html(f"<b>{escape(said)}</b>", width="content")
    return first, until


def _held(place: Place, athlete_id: str, first: date, until: date) -> tuple[Held, ...]:
    season = season_of(place.archive, athlete_id, since=first, until=until, zone=place.zone)
    plans = Records(place.archive).of(athlete_id, (RecordKind.PLAN,), since=first, until=until)
    return hold(plans, done_of(season, first, until), place.today)


def _sentence(whom: Whom, found: dict[str, tuple[Held, ...]], place: Place, first: date, until: date) -> str:
    lang = place.lang
    if whom.one is not None:
        return f"{whom.one.name}: {kept_words(kept(found[whom.one.id], place.today), lang)}"
    told = {one.id: kept(found[one.id], place.today) for one in whom.athletes}
    due = sum(one.due for one in told.values())
    answered = sum(one.answered for one in told.values())
    behind = [one.name for one in whom.athletes if told[one.id].answered < told[one.id].due]
    said = t("athletes.plan.squad_kept", lang, count=len(whom.athletes), answered=answered, due=due)
    if behind:
        names = ", ".join(behind[:5]) + (" …" if len(behind) > 5 else "")
        said += " " + t("athletes.plan.behind", lang, count=len(behind), names=names)
    return said


def _week(held: tuple[Held, ...], monday: date, place: Place, why: str | None) -> None:
    lang = place.lang
    for number_, column in enumerate(st.columns(WEEK_DAYS, gap="small")):
        day = monday + timedelta(days=number_)
        with column:
            mine = [one for one in held if one.day == day]
            today = " today" if day == place.today else ""
            none = "" if mine else f' <span class="tl-soft">{escape(t("athletes.plan.nothing", lang))}</span>'
            st.html(f'<div class="tl-day{today}">{day_name(day, lang)} {day_short(day, lang)}{none}</div>')
            for one in mine:
                st.html(held_card(one, lang))
                with st.container(horizontal=True, gap="small"):
                    if one.plan is not None:
                        remove_button(place.archive, [one.plan], why, lang)
                    for session in one.done:
                        if session.session_id and st.button(
                            t("athletes.sessions.open", lang),
                            key=f"plan-open-{session.session_id}",
                            help=plain(done_title(session, lang)),
                        ):
                            go(session=session.session_id)


def _squad_week(found: dict[str, tuple[Held, ...]], whom: Whom, monday: date, place: Place, why: str | None) -> None:
    """The plans of the week that several share, then a line an athlete with a sign a day."""
    lang = place.lang
    shared: dict[tuple[object, ...], list[Held]] = {}
    for one in whom.athletes:
        for held in found[one.id]:
            if held.plan is not None:
                same = (held.plan.day, plan_title(held.plan, lang), *held.plan.values.items())
                shared.setdefault(same, []).append(held)
    for alike in sorted(shared.values(), key=lambda each: each[0].day):
        plans = [held.plan for held in alike if held.plan is not None]
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            day = plans[0].day
            done = sum(bool(held.done) for held in alike)
            said = t("athletes.plan.shared", lang, count=len(alike), done=done)
            st.html(
                f"<div><b>{day_name(day, lang)} {day_short(day, lang)} · {escape(plan_title(plans[0], lang))}</b><br>"
                f'<span class="tl-soft">{escape(said)}</span></div>',
                width="stretch",
            )
            remove_button(place.archive, plans, why, lang)
    head = "".join(
        f"<th>{day_name(monday + timedelta(days=n), lang)}<br>{day_short(monday + timedelta(days=n), lang)}</th>"
        for n in range(WEEK_DAYS)
    )
    rows = []
    for one in whom.athletes:
        cells = []
        for n in range(WEEK_DAYS):
            mine = [held for held in found[one.id] if held.day == monday + timedelta(days=n)]
            signs = " ".join(
                f'<span title="{escape(answer_words(held, lang))}">{SIGNS[held.answer]}</span>' for held in mine
            )
            cells.append(f"<td>{signs}</td>")
        told = kept(found[one.id], place.today)
        rows.append(f"<tr><th>{escape(one.name)}</th>{''.join(cells)}<td>{told.answered}/{told.due}</td></tr>")
    st.html(
        f'<div class="tl-scroll"><table class="tl-table"><thead><tr><th></th>{head}'
        f"<th>{escape(t('athletes.plan.column_kept', lang))}</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    st.caption(" · ".join(f"{SIGNS[one]} {t(f'athletes.plan.answer.{one}', lang)}" for one in Answer))


def _month(found: dict[str, tuple[Held, ...]], whom: Whom, first: date, until: date, place: Place) -> None:
    lang, cells = place.lang, []
    cells += [f'<div class="h">{day_name(week_of(first) + timedelta(days=n), lang)}</div>' for n in range(WEEK_DAYS)]
    day = week_of(first)
    while day <= until or day.weekday():
        mine = [held for one in whom.athletes for held in found[one.id] if held.day == day]
        kind = "out" if not first <= day <= until else "empty" if not mine else ""
        today = " today" if day == place.today else ""
        head = f'<b><span class="wd">{day_name(day, lang)} </span>{day_short(day, lang)}</b>'
        cells.append(f'<div class="d {kind}{today}">{head}{_month_lines(mine, whom, lang)}</div>')
        day += timedelta(days=1)
    st.html(f'<div class="tl-month">{"".join(cells)}</div>')
    st.caption(" · ".join(f"{SIGNS[one]} {t(f'athletes.plan.answer.{one}', lang)}" for one in Answer))


def _month_lines(mine: list[Held], whom: Whom, lang: str) -> str:
    if whom.one is None:
        counts = {answer: sum(held.answer is answer for held in mine) for answer in Answer}
        return "".join(
            f'<br><span title="{escape(t(f"athletes.plan.answer.{answer}", lang))}">{SIGNS[answer]} {count}</span>'
            for answer, count in counts.items()
            if count
        )
    lines = []
    for held in mine:
        title = plan_title(held.plan, lang) if held.plan is not None else done_title(held.done[0], lang)
        minutes = [one.minutes for one in held.done]
        did = f" {number(minutes[0], lang)}′" if len(minutes) == 1 and minutes[0] is not None else ""
        said = escape(answer_words(held, lang))
        lines.append(f'<br><span title="{said}">{SIGNS[held.answer]} {escape(title)}{did}</span>')
    return "".join(lines)

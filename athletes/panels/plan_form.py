"""What changes a plan: adding for one or many, copying last week, taking off; each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import streamlit as st

from athletes.archive import Archive
from athletes.panels.pieces import sport_name
from athletes.panels.whom import Whom, day_name
from athletes.paper.charts import day_short
from athletes.planning import copy_week
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from touchline.errors import TouchlineError
from touchline.i18n import t

UNDO = "plan-undo"
"""What was done last: ("added" or "removed", the records' ids)."""
ROUND = "plan-round"
SPORTS = ("running", "soccer", "cycling", "swimming", "walking", "rowing", "training", "fitness_equipment", "other")


def add_form(archive: Archive, whom: Whom, first: date, until: date, why: str | None, lang: str) -> None:
    """The form that adds a session to the plan, on one day or several, for everybody chosen."""
    label = t("athletes.plan.add", lang)
    days = [first + timedelta(days=place) for place in range((until - first).days + 1)]
    taken = st.session_state.setdefault(ROUND, 0)
    with (
        st.popover(label, icon=":material/add:", disabled=why is not None, help=why, type="primary", key="plan-add"),
        st.form(f"plan-form-{taken}-{first}-{until}", border=False),
    ):
        chosen = st.multiselect(
            t("athletes.plan.on_days", lang),
            days,
            format_func=lambda day: f"{day_name(day, lang)} {day_short(day, lang)}",
            placeholder=t("athletes.plan.choose_days", lang),
            key=f"plan-days-{taken}-{first}-{until}",
        )
        sports: list[str] = ["", *SPORTS]
        sport = st.selectbox(
            t("athletes.plan.sport", lang),
            sports,
            format_func=lambda name: sport_name(name or None, lang) or t("athletes.plan.any_sport", lang),
            key=f"plan-sport-{taken}",
        )
        text = st.text_input(t("athletes.plan.text", lang), max_chars=200, key=f"plan-text-{taken}")
        left, right = st.columns(2)
        fields = {}
        for place, (name, top, step) in enumerate(
            (("minutes", 1440, 5), ("load", 5000, 10), ("distance_m", 1000, 1), ("rpe", 10, 1))
        ):
            with (left, right)[place % 2]:
                fields[name] = st.number_input(
                    t(f"athletes.plan.field.{name}", lang),
                    0.0,
                    float(top),
                    None,
                    float(step),
                    format="%.1f" if name == "distance_m" else "%.0f",
                    placeholder="–",
                    key=f"plan-{name}-{taken}",
                )
        pressed = st.form_submit_button(
            t("athletes.plan.add_for", lang, count=len(whom.athletes)), type="primary", width="stretch"
        )
    if not pressed:
        return
    if not chosen:
        st.warning(t("athletes.plan.no_days", lang), icon=":material/info:")
        return
    values = {
        name: float(value) * (1000 if name == "distance_m" else 1)
        for name, value in fields.items()
        if value is not None and (value > 0 or name == "rpe")
    }
    new = [Record(RecordKind.PLAN, one.id, day, values, sport, text.strip()) for one in whom.athletes for day in chosen]
    _keep(lambda: Records(archive).keep(*new), "added", lang)


def copy_button(archive: Archive, whom: Whom, monday: date, why: str | None, lang: str) -> None:
    """The button that puts last week's plans into this week."""
    if st.button(
        t("athletes.plan.copy", lang),
        key="plan-copy",
        icon=":material/content_copy:",
        disabled=why is not None,
        help=why or t("athletes.plan.copy_help", lang),
        shortcut="alt+w",
    ):
        _keep(lambda: copy_week(Records(archive), [one.id for one in whom.athletes], monday), "copied", lang)


def _keep(keep: Callable[[], Sequence[Record]], done: str, lang: str) -> None:
    try:
        kept = keep()
    except TouchlineError as fault:
        st.error(f"{fault.detail(lang)} {fault.hint(lang)}", icon=":material/error:")
        return
    st.session_state[UNDO] = (done, [one.id for one in kept])
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.rerun()


def remove_button(archive: Archive, plans: Sequence[Record], why: str | None, lang: str) -> None:
    """The button that takes plans off; of several athletes all at once."""
    if st.button(
        t("athletes.plan.remove", lang),
        key=f"plan-remove-{plans[0].id}",
        disabled=why is not None,
        help=why or t("athletes.plan.remove_help", lang, count=len(plans)),
        icon=":material/close:",
        type="tertiary",
    ):
        for plan in plans:
            Records(archive).remove(plan.id)
        st.session_state[UNDO] = ("removed", [plan.id for plan in plans])
        st.rerun()


def undo_bar(archive: Archive, why: str | None, lang: str) -> None:
    """What was done last, and the button that takes it back."""
    if UNDO not in st.session_state or why is not None:
        return
    done, ids = st.session_state[UNDO]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<span class="tl-soft" role="status">{t(f"athletes.plan.told.{done}", lang, count=len(ids))}</span>',
            width="content",
        )
        if ids and st.button(
            t("athletes.sessions.undo", lang), key="plan-undo-button", icon=":material/undo:", shortcut="alt+z"
        ):
            records = Records(archive)
            for record_id in ids:
                if done == "removed":
                    records.restore(record_id)
                else:
                    records.remove(record_id)
            del st.session_state[UNDO]
            st.rerun()

"""What is deleted when: the policy, what is due, holds, the run, and the list of what was deleted."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from touchline.backup.words import size
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.jobs import Jobs
from touchline.rights import Action
from var.archive import Archive
from var.panels.job_line import job_failed, job_running
from var.panels.text import day, label_safe, local_time, markdown_safe, refusal
from var.panels.who import barred
from var.retention import log
from var.retention.due import Item, items
from var.retention.holds import hold, holds, release
from var.retention.policy import MOST_DAYS, Policy, Rule, policy_of, set_policy
from var.retention.running import deleted

SHOWN = 200


def retention_part(archive: Archive, lang: str) -> None:
    """Draw it for who may remove matches. Raises ``NotAllowed`` for others."""
    st.subheader(_t("title", lang))
    now = datetime.now(UTC)
    policy = policy_of(archive)
    found = items(archive, policy, now)
    due = [item for item in found if item.is_due(now)]
    _effect(policy, found, due, lang, now)
    _run(archive, due, lang)
    with st.expander(_k("periods", lang), icon=":material/event_busy:", key="keeping_policy_box"):
        _policy(archive, policy, lang)
    with st.expander(_k("holds", lang), icon=":material/gavel:", key="keeping_hold_box"):
        _holds(archive, lang)
    with st.expander(_k("list", lang), icon=":material/delete_history:", key="keeping_list_box"):
        _list(archive, lang)


def _effect(policy: Policy, found: list[Item], due: list[Item], lang: str, now: datetime) -> None:
    """What the policy does now: in one line, then what is due and what comes next."""
    if not policy.days:
        st.write(_k("off", lang))
        return
    st.write(_t("automatic_on" if policy.automatic else "automatic_off", lang))
    if due:
        st.warning(
            _k("due", lang, count=number(len(due), lang), size=size(sum(each.octets for each in due), lang)),
            icon=":material/event_busy:",
        )
    else:
        st.success(_t("nothing_due", lang), icon=":material/check_circle:")
    if found:
        columns = [_k(f"column.{name}", lang) for name in ("due", "rule", "name", "size", "state")]
        rows = [
            (
                day(item.due.isoformat(), lang),
                _t(f"rule.{item.rule.value}", lang),
                item.name,
                size(item.octets, lang) if item.octets else number(item.count, lang),
                _state(item, lang, now),
            )
            for item in found[:SHOWN]
        ]
        st.dataframe([dict(zip(columns, row, strict=True)) for row in rows], hide_index=True)


def _state(item: Item, lang: str, now: datetime) -> str:
    if item.barred is not None:
        return _t(f"barred.{item.barred}", lang)
    return _k("state_due" if item.is_due(now) else "state_later", lang)


def _run(archive: Archive, due: list[Item], lang: str) -> None:
    jobs = Jobs(archive.home, archive.person)
    if fault := st.session_state.pop("keeping_run_fault", None):
        st.error(fault, icon=":material/error:")
    job = jobs.last("retention")
    if job is not None and job.state == "running":
        job_running(jobs, job, lang, "var.keeping.deleting")
        return
    if job is not None and job.state == "failed" and st.session_state.get("keeping_run_read") != job.id:
        job_failed(job, lang)
        if st.button(t("var.match.dismiss", lang), key="keeping_run_dismiss", icon=":material/close:"):
            st.session_state["keeping_run_read"] = job.id
            st.rerun()
    if job is not None and job.state == "done" and (failed := (job.result or {}).get("failed")):
        names = ", ".join(markdown_safe(each["name"]) for each in failed)
        st.error(_k("failed", lang, names=names), icon=":material/error:")
    if due and st.button(_k("delete", lang), key="keeping_run", icon=":material/delete_forever:"):
        _confirm(archive, due, lang)


def _confirm(archive: Archive, due: list[Item], lang: str) -> None:
    def start() -> None:
        try:
            Jobs(archive.home, archive.person).start("retention", {"lang": lang})
        except TouchlineError as fault:
            st.session_state["keeping_run_fault"] = refusal(fault.document(lang))

    @st.dialog(_k("confirm_title", lang))
    def ask() -> None:
        st.write(_k("confirm", lang))
        for item in due[:SHOWN]:
            facts = [_t(f"rule.{item.rule.value}", lang), markdown_safe(item.name), size(item.octets, lang)]
            st.markdown("- " + " · ".join(fact for fact in facts if fact))
        if len(due) > SHOWN:
            st.write(_k("more", lang, count=number(len(due) - SHOWN, lang)))
        words = _k("confirm_button", lang)
        if st.button(words, type="primary", key="keeping_confirm", icon=":material/delete_forever:", on_click=start):
            st.rerun()

    ask()


def _policy(archive: Archive, policy: Policy, lang: str) -> None:
    closed = barred(archive, Action.KEEP_PEOPLE, lang)
    with st.form("keeping_policy", border=False):
        st.caption(_k("periods_hint", lang))
        days = {
            rule: st.number_input(
                f"{_t(f'rule.{rule.value}', lang)} ({_t(f'since.{rule.value}', lang)})",
                1,
                MOST_DAYS,
                policy.days.get(rule),
                placeholder=_t("off", lang),
                disabled=rule is Rule.SIGN_INS and closed is not None,
                help=closed if rule is Rule.SIGN_INS else None,
                key=f"keeping_days_{rule.value}",
            )
            for rule in Rule
        }
        automatic = st.checkbox(_k("automatic", lang), policy.automatic, key="keeping_automatic")
        st.caption(_t("training", lang))
        if st.form_submit_button(_k("keep", lang), type="primary"):
            kept = {rule: int(value) for rule, value in days.items() if value is not None}
            _do(lambda: set_policy(archive, Policy(kept, automatic)), lang)


def _holds(archive: Archive, lang: str) -> None:
    held = {each.match_id: each for each in holds(archive)}
    rows = archive.store.rows("SELECT id, name FROM match ORDER BY created_utc DESC")
    names = {row["id"]: row["name"] for row in rows}
    for each in held.values():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/gavel: **{markdown_safe(names.get(each.match_id, each.match_id))}** · "
                f"{markdown_safe(each.reason)} · {markdown_safe(each.by)} · {day(each.at_utc[:10], lang)}"
            )
            if st.button(_k("release", lang), key=f"keeping_release_{each.match_id}", icon=":material/lock_open:"):
                _do(lambda match_id=each.match_id: release(archive, match_id), lang)
    free = [match_id for match_id in names if match_id not in held]
    if not free:
        st.caption(_k("no_match", lang))
        return
    with st.form("keeping_hold", border=False):
        chosen = st.selectbox(
            _k("match", lang), free, format_func=lambda match_id: label_safe(names[match_id]), key="keeping_hold_match"
        )
        reason = st.text_input(_k("reason", lang), max_chars=500, key="keeping_hold_reason")
        if st.form_submit_button(_k("hold", lang), icon=":material/gavel:"):
            _do(lambda: hold(archive, str(chosen), reason), lang)


def _list(archive: Archive, lang: str) -> None:
    found = deleted(archive)
    if not found:
        st.caption(_k("list_empty", lang))
        return
    columns = [_k(f"column.{name}", lang) for name in ("at", "what", "rule", "name", "by")]
    rows = [
        (
            local_time(line["at_utc"], st.context.timezone, lang),
            _t(f"kind.{line['kind']}", lang),
            "" if line["rule"] is None else _t(f"rule.{line['rule']}", lang),
            str(line["body"].get("report") or line["match_id"] or ""),
            line["by"],
        )
        for line in reversed(found[-SHOWN:])
    ]
    st.dataframe([dict(zip(columns, row, strict=True)) for row in rows], hide_index=True)
    head = log.head(archive.home)
    if head is not None:
        st.caption(_k("head", lang))
        st.code(f"{head.n}:{head.sha256}", language=None, wrap_lines=True)


def _do(change: object, lang: str) -> None:
    """Carry a change out and draw anew, or say why not."""
    assert callable(change)
    try:
        change()
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)), icon=":material/error:")
        return
    st.rerun()


def _t(key: str, lang: str, **params: object) -> str:
    return t(f"var.retention.{key}", lang, **params)


def _k(key: str, lang: str, **params: object) -> str:
    return t(f"var.keeping.{key}", lang, **params)

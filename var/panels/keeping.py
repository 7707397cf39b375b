"""The part of the settings about keeping: backups, and what is deleted when; each says its present effect."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.backup.words import left_lines, size
from touchline.backup.writing import CHECKED, LAST, remembered
from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.jobs import Job, Jobs
from touchline.rights import Action, Person
from var.archive import Archive
from var.panels.job_line import job_failed, job_running
from var.panels.retention import retention_part
from var.panels.text import local_time, markdown_safe, refusal

OLD = timedelta(days=7)
"""A backup that is older than this is said to be old."""
_WORDS = {"backup": "var.keeping.backing_up", "backup_check": "var.keeping.checking"}


def keeping_panel(home: Path, lang: str, person: Person | None) -> None:
    """Draw backups for administrators, and what is deleted when for organisers; nothing for others."""
    try:
        if person is None or person.may(Action.BACK_UP):
            _backup(home, lang, person)
        if person is None or person.may(Action.REMOVE):
            retention_part(Archive(home, person), lang)
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)), icon=":material/error:")


def _backup(home: Path, lang: str, person: Person | None) -> None:
    jobs = Jobs(home, person)
    st.subheader(_t("backup", lang))
    last = remembered(home, LAST)
    _effect(last, remembered(home, CHECKED), lang)
    job = jobs.last(*_WORDS)
    if job is not None and job.state == "running":
        job_running(jobs, job, lang, _WORDS[job.kind])
    elif job is not None and job.state in ("failed", "stopped"):
        _ended(jobs, job, lang)
    busy = job is not None and job.state == "running"
    with st.expander(_t("now", lang), icon=":material/backup:", key="keeping_backup_box", expanded=last is None):
        _form(jobs, last, lang, busy=busy)
    if last is None:
        return
    reachable = Path(last["path"]).is_dir()
    if st.button(_t("check", lang), key="keeping_check", icon=":material/fact_check:", disabled=busy or not reachable):
        jobs.start("backup_check", {"path": last["path"], "lang": lang})
        st.rerun()
    with st.expander(_t("restore", lang), icon=":material/settings_backup_restore:", key="keeping_restore_box"):
        st.write(_t("restore_how", lang))
        line = f"touchline restore {shlex.quote(last['path'])} --into {shlex.quote(str(home))} --yes"
        st.code(line, language="sh", wrap_lines=True)


def _effect(last: dict[str, Any] | None, checked: dict[str, Any] | None, lang: str) -> None:
    """The backup that there is: when, where, how large, and whether it was found whole."""
    if last is None:
        st.warning(_t("none", lang), icon=":material/warning:")
        return
    facts = {
        "at": local_time(last["made_utc"], st.context.timezone, lang),
        "path": markdown_safe(last["path"]),
        "files": number(last["files"], lang),
        "size": size(last["bytes"], lang),
    }
    st.write(_t("last", lang, **facts))
    if not Path(last["path"]).is_dir():
        st.warning(_t("out_of_reach", lang), icon=":material/usb_off:")
    elif checked is None or checked["path"] != last["path"]:
        st.caption(f":material/help: {_t('not_checked', lang)}")
    else:
        at = local_time(checked["at_utc"], st.context.timezone, lang)
        if checked["whole"]:
            st.success(_t("whole", lang, at=at), icon=":material/check_circle:")
        else:
            st.error(_t("broken", lang, at=at), icon=":material/error:")
    if datetime.now(UTC) - datetime.fromisoformat(last["made_utc"]) > OLD:
        st.warning(_t("old", lang), icon=":material/history:")
    for line in left_lines(last, lang):
        st.caption(line)


def _ended(jobs: Jobs, job: Job, lang: str) -> None:
    """What came of work that did not end well, until somebody says that it was read."""
    if st.session_state.get("keeping_read") == job.id:
        return
    if job.state == "failed":
        job_failed(job, lang)
    else:
        st.warning(_t("stopped", lang), icon=":material/stop:")
    if st.button(t("var.match.dismiss", lang), key="keeping_dismiss", icon=":material/close:"):
        jobs.dismiss(job.id)
        st.session_state["keeping_read"] = job.id
        st.rerun()


def _form(jobs: Jobs, last: dict[str, Any] | None, lang: str, *, busy: bool) -> None:
    before = "" if last is None else str(Path(last["path"]).parent)
    with st.form("keeping_backup", border=False):
        out = st.text_input(_t("folder", lang), before, placeholder="/media/usb/touchline", key="keeping_out")
        media = st.checkbox(_t("media", lang), value=True, key="keeping_media")
        keys = st.checkbox(_t("keys", lang), value=True, key="keeping_keys")
        keep = st.number_input(
            _t("keep_backups", lang), 1, 10_000, None, placeholder=_t("all", lang), key="keeping_keep"
        )
        st.caption(f":material/lock: {_t('secret', lang)}")
        asked = st.form_submit_button(_t("start", lang), type="primary", disabled=busy, icon=":material/backup:")
    if asked and not out.strip():
        st.error(_t("no_folder", lang), icon=":material/error:")
    elif asked and not Path(out.strip()).expanduser().is_absolute():
        st.error(_t("not_whole_path", lang), icon=":material/error:")
    elif asked:
        wanted = {"out": out.strip(), "media": media, "keys": keys, "keep": keep, "lang": lang}
        try:
            jobs.start("backup", wanted)
        except TouchlineError as fault:
            st.error(refusal(fault.document(lang)), icon=":material/error:")
        else:
            st.rerun()


def _t(key: str, lang: str, **params: object) -> str:
    return t(f"var.keeping.{key}", lang, **params)

"""The page of all matches: open one, set one up, make one of files, fetch an open recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import clock, number, t
from touchline.jobs import Job, Jobs
from touchline.rights import Action
from var.archive import Archive
from var.datasets import cards
from var.model import Match
from var.panels.components import component
from var.panels.evidence_line import evidence_line
from var.panels.live_form import is_open, live_form, open_form
from var.panels.recording import ask_to_go, go_where_asked, recording_cards, shown_captures
from var.panels.report import all_reviewed
from var.panels.setup import setup_dialog
from var.panels.text import day, markdown_safe, origin_badge, refusal
from var.panels.transfer import arrival_line
from var.panels.who import barred, present
from var.removed import facts as removal_facts
from var.uploads import new_token, uploaded


def matches_page(archive: Archive, lang: str, open_review: Callable[[str], None]) -> None:
    """Draw the page. ``open_review`` opens the review booth of a match. Raises ``NotAllowed`` for who may not watch."""
    if is_open():
        live_form(archive, lang)
        return
    go_where_asked(open_review)
    home = archive.home
    matches, unreadable = archive.matches(), archive.unreadable()
    may_not_record = barred(archive, Action.RECORD, lang)
    left, right = st.columns([3, 1.4], vertical_alignment="bottom")
    left.title(t("var.match.title", lang))
    with right:
        st.button(
            t("var.live.begin", lang),
            key="live_begin",
            type="primary",
            icon=":material/fiber_manual_record:",
            width="stretch",
            on_click=open_form,
            disabled=may_not_record is not None,
            help=may_not_record,
        )
    recording_cards(archive, lang)
    _jobs(archive, lang)
    for name, reason in unreadable:
        said = refusal(reason.document(lang))
        st.warning(f"**{markdown_safe(name)}**: {said}", icon=":material/warning:")
    if not (matches or unreadable or shown_captures(home)):
        st.info(t("var.match.empty", lang), icon=":material/video_library:")
    columns = st.columns(2)
    for position, match in enumerate(matches):
        with columns[position % 2]:
            _card(archive, match, lang, open_review)
    _put_away(archive, lang)
    if may_not_record:
        return
    st.divider()
    left, right = st.columns([3, 2])
    with left:
        _new_match(archive, matches, lang)
    with right:
        _recordings(archive, lang)


def _card(archive: Archive, match: Match, lang: str, open_review: Callable[[str], None]) -> None:
    review = archive.review(match.id)
    decided = {decision.incident_id for decision in review.decisions} | all_reviewed(archive, match.id)
    longest_s = max(float(clip.match_s(len(clip) - 1) - clip.match_s(0)) for clip in match.clips)
    with st.container(border=True):
        st.markdown(f"#### {markdown_safe(match.name)}\n{origin_badge(match.origin, lang)}")
        line = [
            markdown_safe(part)
            for part in (match.setup.competition, day(match.setup.date, lang), match.setup.venue)
            if part
        ]
        st.caption(" · ".join(line) if line else t("var.match.no_setup", lang))
        evidence_line(archive, match, lang)
        st.write(
            t(
                "var.match.facts",
                lang,
                cameras=number(len(match.clips), lang),
                length=clock(longest_s, lang, 0),
                incidents=number(len(review.incidents), lang),
                decided=number(len(decided), lang),
            )
        )
        if gone := next((clip.removed for clip in match.clips if clip.removed), None):
            st.caption(f":material/auto_delete: {t('var.retention.removed_match', lang, **removal_facts(gone, lang))}")
        arrival_line(archive, match, lang)
        with st.container(horizontal=True):
            if st.button(
                t("var.match.open", lang), key=f"open-{match.id}", type="primary", icon=":material/slow_motion_video:"
            ):
                open_review(match.id)
            why = barred(archive, Action.SET_UP, lang)
            if st.button(
                t("var.match.setup", lang),
                key=f"setup-{match.id}",
                icon=":material/edit_note:",
                disabled=why is not None,
                help=why,
            ):
                setup_dialog(archive, match.id, lang)
            if not barred(archive, Action.REMOVE, lang) and st.button(
                t("var.match.put_away", lang), key=f"away-{match.id}", icon=":material/archive:"
            ):
                archive.delete_match(match.id)
                st.session_state["put_away"] = (match.id, match.name)
                st.rerun()


def _put_away(archive: Archive, lang: str) -> None:
    """Offer to bring back the match that was just put away, and, folded up, all others, to who may."""
    if barred(archive, Action.REMOVE, lang):
        return
    if "put_away" in st.session_state:
        match_id, name = st.session_state["put_away"]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(t("var.match.was_put_away", lang, name=markdown_safe(name)))
            if st.button(t("var.match.undo", lang), icon=":material/undo:", key="bring_back"):
                _bring_back(archive, match_id)
    away = archive.matches(put_away=True)
    if not away:
        return
    with st.expander(t("var.match.put_away_list", lang, count=number(len(away), lang))):
        for match in away:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(f"{markdown_safe(match.name)} {origin_badge(match.origin, lang)}")
                if st.button(t("var.match.bring_back", lang), icon=":material/unarchive:", key=f"back-{match.id}"):
                    _bring_back(archive, match.id)


def _bring_back(archive: Archive, match_id: str) -> None:
    archive.restore_match(match_id)
    st.session_state.pop("put_away", None)
    st.rerun()


def _new_match(archive: Archive, matches: Sequence[Match], lang: str) -> None:
    """Make a match of a person's own files, or add them to one of ``matches``."""
    home = archive.home
    st.subheader(t("var.match.new", lang))
    if "upload_token" not in st.session_state:
        st.session_state["upload_token"] = new_token(home)
    token = st.session_state["upload_token"]
    names = {match.id: match.name for match in matches if not any(clip.recording for clip in match.clips)}
    into = None
    if names:
        into = st.selectbox(
            t("var.match.into", lang),
            [None, *names],
            format_func=lambda match_id: names[match_id] if match_id else t("var.match.into_new", lang),
            key=f"into-{token}",
        )
    name = names.get(into or "", "")
    if into is None:
        name = st.text_input(
            t("var.match.name", lang), key=f"name-{token}", placeholder=t("var.match.name_example", lang)
        )
    texts = {
        key: t(f"var.match.upload.{key}", lang)
        for key in ("choose", "kinds", "failed", "network", "disk_full", "cut_off", "bad_file_name")
    }
    mount = component("touchline_upload", "upload.js")
    mount(key=f"upload-{token}", data={"token": token, "base": "", "texts": texts}, on_files_change=lambda: None)
    files = uploaded(home, token)
    if st.button(
        t(("var.match.add" if into else "var.match.make") if files else "var.match.no_files", lang, files=len(files)),
        type="primary",
        disabled=not files,
        key="make_match",
        icon=":material/add:",
    ):
        title = name.strip() or t("var.match.unnamed", lang, date=day(datetime.now(UTC).date().isoformat(), lang))
        _start(Jobs(home, archive.person), title, files, into)
        st.toast(t("var.match.begun", lang, name=markdown_safe(title)), icon=":material/arrow_upward:")
        del st.session_state["upload_token"]
        st.rerun()
    st.caption(t("var.match.by_command", lang))


def _start(jobs: Jobs, name: str, files: Sequence[Path], into: str | None) -> None:
    arguments = {"name": name, "files": [str(path) for path in files], "move": True}
    jobs.start("ingest", arguments | ({"match": into} if into else {}))


def _recordings(archive: Archive, lang: str) -> None:
    """Offer the open recordings that are not there yet."""
    jobs = Jobs(archive.home, archive.person)
    coming = {job.arguments.get("name") for job in _shown(jobs) if job.state == "running"}
    wanted = [card for card in cards().values() if not archive.known(card.name) and card.name not in coming]
    if not wanted:
        return
    st.subheader(t("var.match.recordings", lang))
    for card in wanted:
        with st.container(border=True):
            st.write(f"**{card.title[lang]}**")
            st.caption(
                t("var.match.recording_facts", lang, licence=card.licence, package=f"{card.package} {card.version}")
            )
            if st.button(t("var.match.fetch", lang), key=f"fetch-{card.name}", icon=":material/download:"):
                jobs.start("dataset", {"name": card.name})
                st.rerun()


def _shown(jobs: Jobs) -> list[Job]:
    """The jobs that make matches; others are shown where their buttons are."""
    return jobs.unseen(("ingest", "dataset"))


def _jobs(archive: Archive, lang: str) -> None:
    running = any(job.state == "running" for job in _shown(Jobs(archive.home, archive.person)))

    @st.fragment(run_every=1.0 if running else None)
    def panel() -> None:
        now = present(archive)
        jobs = Jobs(now.home, now.person)
        shown = _shown(jobs)
        try:
            for job in shown:
                _job(jobs, job, lang, idle=barred(now, Action.RECORD, lang) is not None)
        except TouchlineError as fault:  # such as a right that was taken away a moment ago
            st.error(refusal(fault.document(lang)), icon=":material/error:")
        if running and not any(job.state == "running" for job in shown):
            st.rerun()  # a match has come or a file was refused: the whole page changes

    panel()


def _job(jobs: Jobs, job: Job, lang: str, *, idle: bool) -> None:
    """Draw a job; ``idle``: without the buttons that change it."""
    with st.container(border=True):
        name = markdown_safe(str(job.arguments.get("name", "")))
        result: dict[str, Any] = job.result or {}
        if job.state == "running":
            left = "" if job.left_s is None else t("var.match.left", lang, time=clock(job.left_s, lang, 0))
            st.progress(min(1.0, job.share), text=f"{name} · {markdown_safe(job.message)} {left}")
            with st.container(horizontal=True):
                if result.get("match") and st.button(_watch(job, lang), key=f"job-watch-{job.id}", type="primary"):
                    ask_to_go(result["match"])
                if not idle and st.button(t("var.match.stop", lang), key=f"stop-{job.id}", icon=":material/stop:"):
                    jobs.stop(job.id)
                    st.rerun()
            return
        refused = result.get("refused", [])
        for item in refused:
            st.error(
                t(
                    "var.match.refused",
                    lang,
                    name=markdown_safe(item["name"]),
                    why=refusal(item[lang]),
                )
            )
        if job.state == "done" and result.get("match"):
            st.success(t("var.match.ready", lang, name=name))
        elif job.state == "done":
            st.warning(t("var.match.none_made", lang, name=name))
        elif job.state == "stopped":
            angles = number(result.get("angles", 0), lang)
            st.warning(t("var.match.stopped_part" if result else "var.match.stopped", lang, name=name, angles=angles))
        elif job.state == "failed":
            said = result.get(lang)
            fault = markdown_safe(str(result.get("fault", "?")))
            st.error(refusal(said) if said else t("var.match.failed", lang, fault=fault))
        with st.container(horizontal=True):
            if result.get("match") and st.button(t("var.match.open", lang), key=f"job-open-{job.id}", type="primary"):
                if not idle:
                    jobs.dismiss(job.id)
                ask_to_go(result["match"])
            if idle:
                return
            rest = [path for path in map(Path, job.arguments.get("files", [])) if path.is_file()]
            if job.state == "stopped" and result.get("match") and job.arguments.get("move") and rest:
                said = t("var.match.add_rest", lang, files=number(len(rest), lang))
                if st.button(said, key=f"rest-{job.id}", icon=":material/add:"):
                    jobs.dismiss(job.id)
                    _start(jobs, str(job.arguments["name"]), rest, result["match"])
                    st.rerun()
            if st.button(t("var.match.dismiss", lang), key=f"dismiss-{job.id}", icon=":material/close:"):
                jobs.dismiss(job.id)
                st.rerun()


def _watch(job: Job, lang: str) -> str:
    """What the button says that opens a match whose files are still coming or whose proxies are being made."""
    angles, files = (job.result or {}).get("angles", 0), len(job.arguments.get("files", []))
    if job.arguments.get("match") or angles >= files:
        return t("var.match.open", lang)
    return t("var.match.open_part", lang, angles=number(angles, lang), files=number(files, lang))

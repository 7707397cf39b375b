"""A match to another machine and from one: its package is written here, or checked and taken in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.i18n import number, t
from touchline.jobs import Job, Jobs
from touchline.rights import Action
from var.archive import Archive
from var.model import Match
from var.panels.components import component
from var.panels.job_line import job_failed, job_running
from var.panels.text import day, label_safe, markdown_safe
from var.panels.who import barred
from var.transfer.exporting import sizes_of
from var.transfer.importing import arrivals
from var.transfer.recordings import absent
from var.uploads import new_token, uploaded

_LARGEST_DOWNLOAD = 256 << 20
"""Bytes that a page hands over from its memory; a larger package is copied from its folder."""
_MARKS = {"intact": "success", **dict.fromkeys(("untrusted", "unsigned"), "warning")}
"""How a finding is shown; all others are errors."""
_ICONS = {"success": ":material/verified_user:", "warning": ":material/gpp_maybe:"}
_KINDS = ".zip,.sig,.pem,.crt"
_MOST_SAID = 5


def transfer_panel(archive: Archive, lang: str, open_review: Callable[[str], None]) -> None:
    """Draw both halves: send a match, take one in. ``open_review`` opens a match that came."""
    st.subheader(_say("title", lang))
    send, take = st.tabs([_say("out", lang), _say("into", lang)])
    with send:
        _send(archive, lang)
    with take:
        _take(archive, lang, open_review)


def arrival_line(archive: Archive, match: Match, lang: str) -> None:
    """Say of a match from elsewhere where it came from, that nobody vouches for it where that is so, and of every match
    which recordings are not here; nothing else."""
    came = arrivals(archive, match.id)
    if came:
        holder = came[-1].get("holder")
        who = markdown_safe(holder) if isinstance(holder, str) else t("var.transfer.unknown_holder", lang)
        at = str(came[-1].get("at_utc", ""))[:10]
        st.caption(":material/move_to_inbox: " + t("var.transfer.from_elsewhere", lang, holder=who, day=day(at, lang)))
    if any(each.get("status") != "intact" for each in came):
        st.warning(t("var.transfer.not_verified", lang), icon=":material/gpp_maybe:")
    if lacking := absent(archive, match.id):
        cameras = markdown_safe(", ".join(lacking))
        st.info(t("var.transfer.absent", lang, cameras=cameras), icon=":material/videocam_off:")


def _say(key: str, lang: str, **params: object) -> str:
    return t(f"var.transfer.panel.{key}", lang, **params)


def _size(count: int, lang: str) -> str:
    """Bytes as people read them, in steps of 1024."""
    if count >= 1 << 30:
        return f"{number(count / (1 << 30), lang, 1)} GiB"
    return f"{number(max(0.1, count / (1 << 20)) if count else 0, lang, 1)} MiB"


# ------------------------------------------------------------------ send


def _send(archive: Archive, lang: str) -> None:
    matches = {match.id: match.name for match in archive.matches()}
    if not matches:
        st.info(_say("none", lang), icon=":material/video_library:")
        return
    jobs = Jobs(archive.home, archive.person)
    why = barred(archive, Action.REPORT, lang)
    match_id = st.selectbox(
        _say("match", lang), list(matches), format_func=lambda key: label_safe(matches[key]), key="transfer-match"
    )
    here, lacking = sizes_of(archive, match_id)
    if lacking:
        st.info(_say("media_absent", lang, count=number(lacking, lang)), icon=":material/videocam_off:")
        media = False
    else:
        media = st.radio(
            _say("media", lang),
            [True, False],
            format_func=lambda given: (
                _say("with_media", lang, size=_size(here, lang)) if given else _say("without_media", lang)
            ),
            captions=["", _say("without_media_help", lang)],
            key=f"transfer-media-{match_id}",
            label_visibility="collapsed",
        )
    if st.button(
        _say("write", lang),
        type="primary",
        icon=":material/outbox:",
        key="transfer-write",
        disabled=why is not None,
        help=why,
    ):
        arguments = {"match": match_id, "media": bool(media), "lang": lang}
        st.session_state[f"transfer-out-{match_id}"] = jobs.start("match_export", arguments)
        st.rerun()
    job_id = st.session_state.get(f"transfer-out-{match_id}") or jobs.newest("match_export", "match", match_id)
    job = jobs.job(job_id) if job_id else None
    if job is None:
        return
    if job.state == "running":
        job_running(jobs, job, lang, "var.transfer.panel.writing")
        return
    if why is None:
        jobs.dismiss(job.id)
    if job.state == "done":
        _offer(job, lang)
    elif job.state == "failed":
        job_failed(job, lang)
    else:
        st.warning(t("var.match.stopped", lang, name=_say("write", lang)))


def _offer(job: Job, lang: str) -> None:
    """The package of a job that is done: for download where it is small, else where it lies."""
    made = job.result or {}
    path = Path(str(made.get("path", "")))
    if not path.is_file():
        return  # somebody took it away
    st.success(_say("done", lang, path=markdown_safe(str(path))), icon=":material/inventory_2:")
    st.caption(_say("unsigned_note", lang))
    if path.stat().st_size > _LARGEST_DOWNLOAD:
        st.info(_say("large", lang), icon=":material/folder_open:")
        return
    signature = Path(str(made["signature"])) if made.get("signature") else None
    with st.container(horizontal=True):
        _download(path, "download", "application/zip", job, lang)
        if signature is not None and signature.is_file():
            _download(signature, "download_signature", "text/plain", job, lang)


def _download(path: Path, text: str, mime: str, job: Job, lang: str) -> None:
    st.download_button(
        f"{_say(text, lang)} ({_size(path.stat().st_size, lang)})" if text == "download" else _say(text, lang),
        path.read_bytes,
        file_name=path.name,
        mime=mime,
        icon=":material/download:" if text == "download" else ":material/verified:",
        key=f"transfer-{text}-{job.id}",
        on_click="ignore",
    )


# ------------------------------------------------------------------ take in


def _take(archive: Archive, lang: str, open_review: Callable[[str], None]) -> None:
    why = barred(archive, Action.RECORD, lang)
    if why is not None:
        st.info(why, icon=":material/lock:")
        return
    jobs = Jobs(archive.home, archive.person)
    path, trust = _chosen(archive, lang)
    if st.button(
        _say("look", lang), icon=":material/policy:", key="transfer-look", disabled=path is None, type="primary"
    ):
        arguments = {"path": str(path), "trust": [str(each) for each in trust], "lang": lang}
        st.session_state["transfer-looked"] = jobs.start("match_look", arguments)
        st.session_state.pop("transfer-in", None)
        st.rerun()
    looked = jobs.job(st.session_state.get("transfer-looked", ""))
    if path is None and looked is None:
        st.caption(_say("no_package", lang))
    if looked is not None and looked.state == "running":
        job_running(jobs, looked, lang, "var.transfer.panel.looking")
        return
    if looked is not None and looked.state == "failed":
        job_failed(looked, lang)
    taking = jobs.job(st.session_state.get("transfer-in", ""))
    if taking is not None:
        _taking(jobs, taking, lang, open_review)
    elif looked is not None and looked.state == "done":
        _found(jobs, looked, lang)
    for job in (looked, taking):
        if job is not None and job.state != "running":
            jobs.dismiss(job.id)


def _chosen(archive: Archive, lang: str) -> tuple[Path | None, list[Path]]:
    """The package and whom to trust beside, as they were uploaded or named."""
    ways = {"upload": _say("take_upload", lang), "path": _say("take_path", lang)}
    way = st.segmented_control(
        _say("take_how", lang), list(ways), default="upload", format_func=ways.__getitem__, key="transfer-way"
    )
    token = st.session_state.setdefault("transfer-token", "") or new_token(archive.home)
    st.session_state["transfer-token"] = token
    texts = {key: t(f"var.match.upload.{key}", lang) for key in ("failed", "network", "disk_full", "cut_off")}
    texts["bad_file_name"] = t("var.match.upload.bad_file_name", lang)
    texts |= {"choose": _say("upload" if way != "path" else "trusting", lang)}
    texts |= {"kinds": _say("upload_signature", lang) if way != "path" else ".pem"}
    mount = component("touchline_upload", "upload.js")
    mount(
        key=f"transfer-upload-{token}-{way}",
        data={"token": token, "base": "", "texts": texts, "accept": _KINDS},
        on_files_change=lambda: None,
    )
    files = uploaded(archive.home, token)
    trust = [file for file in files if file.suffix.lower() in (".pem", ".crt")]
    if way == "path":
        typed = st.text_input(_say("path", lang), key="transfer-path", help=_say("path_help", lang)).strip()
        return (Path(typed) if typed else None), trust
    packed = [file for file in files if file.suffix.lower() == ".zip"]
    return (packed[-1] if packed else None), trust


def _found(jobs: Jobs, looked: Job, lang: str) -> None:
    """What the check found, in words, and the button that takes the match in."""
    found: dict[str, Any] = looked.result or {}
    verdict = found["verdict"][lang]
    status = verdict["status"]
    say = {"success": st.success, "warning": st.warning}.get(_MARKS.get(status, ""), st.error)
    name = Path(verdict["path"]).name
    words = t(f"var.verify.status.{status}", lang, path=markdown_safe(name), files=number(verdict["files"], lang))
    say(words, icon=_ICONS.get(_MARKS.get(status, ""), ":material/gpp_bad:"))
    for each in verdict["findings"][:_MOST_SAID]:
        st.caption(f"· {markdown_safe(each['detail'])}")
    holders = [each["holder"] for each in verdict["signatures"] if each["what"] == "package" and each["holder"]]
    if holders:
        st.caption(_say("holder", lang, holder=markdown_safe(holders[0])))
    if found["name"] is None:
        return
    facts = {"entries": number(found["entries"], lang), "clips": number(found["clips"], lang)}
    st.markdown(_say("found", lang, name=f"**{markdown_safe(found['name'])}**", **facts))
    size = _size(found["media_bytes"], lang)
    st.caption(_say("found_media", lang, size=size) if found["media"] else _say("found_no_media", lang))
    update = untrusted = False
    if found["known_here"]:
        st.info(_say("known_here", lang, match=markdown_safe(found["known_here"])), icon=":material/info:")
        update = st.checkbox(_say("update", lang), key=f"transfer-update-{looked.id}")
    if status in ("untrusted", "unsigned"):
        untrusted = st.checkbox(_say("understood", lang), key=f"transfer-understood-{looked.id}")
    if st.button(
        _say("take", lang),
        type="primary",
        icon=":material/move_to_inbox:",
        key="transfer-take",
        disabled=status != "intact" and not untrusted,
    ):
        arguments = {**looked.arguments, "update": update, "untrusted": untrusted, "lang": lang}
        st.session_state["transfer-in"] = jobs.start("match_import", arguments)
        st.rerun()


def _taking(jobs: Jobs, job: Job, lang: str, open_review: Callable[[str], None]) -> None:
    if job.state == "running":
        job_running(jobs, job, lang, "var.transfer.panel.taking")
    elif job.state == "failed":
        job_failed(job, lang)
    elif job.state == "stopped":
        st.warning(t("var.match.stopped", lang, name=_say("take", lang)))
    else:
        came = job.result or {}
        st.success(_say("taken", lang, name=markdown_safe(str(came["name"]))), icon=":material/task_alt:")
        if came["status"] != "intact":
            st.warning(t("var.transfer.not_verified", lang), icon=":material/gpp_maybe:")
        if came["absent"]:
            cameras = markdown_safe(", ".join(came["absent"]))
            st.info(t("var.transfer.absent", lang, cameras=cameras), icon=":material/videocam_off:")
        if st.button(_say("open", lang), icon=":material/slow_motion_video:", key=f"transfer-open-{job.id}"):
            open_review(str(came["match"]))

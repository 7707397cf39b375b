"""The scene of a verdict: from above, in three dimensions, and as files to take along."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.i18n import t
from touchline.jobs import Job
from touchline.rights import Action
from var.match_store import slug
from var.panels.booth import Booth
from var.panels.components import component, web_version
from var.panels.job_line import job_failed, job_running
from var.panels.text import markdown_safe
from var.panels.who import barred
from var.review import stage_of
from var.stage.export import scene_glb, scene_png
from var.stage.folder import files_of, shows
from var.stage.look import views
from var.stage.top_view import top_view
from var.stage.words import margin_words, outcome_words, stage_words, view_words
from var.svg import picture as svg_picture

_mount = component("touchline_stage", "stage.js")

MIME = {"png": "image/png", "mp4": "video/mp4", "glb": "model/gltf-binary"}
ICONS = {"png": ":material/image:", "mp4": ":material/movie:", "glb": ":material/deployed_code:"}
TEXTS = ("waiting", "drag", "no_webgl", "enlarge", "shrink", "png", "png_said", "closer", "farther", "views")


def scene_panel(booth: Booth) -> None:
    """Draw the scene of the incident as far as it is measured; nothing where it is not."""
    incident = booth.incident
    assert incident is not None  # the caller draws a verdict
    document = stage_of(booth.match, booth.review, incident)
    if document is None or document["margin_m"] is None:
        return
    lang = booth.lang
    st.markdown(f"**{t('var.stage.title', lang)}**")
    st.html(top_view_html(document, lang))
    opened = st.toggle(t("var.stage.open", lang), key=f"stage-open-{incident.id}")
    if opened:
        stage(document, lang, key=f"stage-{incident.id}", name=slug(f"{booth.match.id}-{incident.number}") or "scene")
    if not barred(booth.archive, Action.REPORT, lang):
        _files(booth, document)


def top_view_html(document: Mapping[str, Any], lang: str) -> str:
    """The view from above as a picture of the page, with its words for screen readers."""
    said = t(
        "var.stage.alt", lang, outcome=outcome_words(dict(document), lang), margin=margin_words(dict(document), lang)
    )
    return svg_picture(top_view(dict(document), lang), said, "top-view")


def stage(document: dict[str, Any], lang: str, *, key: str, name: str) -> None:
    """Mount the 3-D view; a browser that cannot draw it asks for pictures, which are drawn here."""
    flat = f"{key}:flat"

    def asked() -> None:
        message = (st.session_state.get(key) or {}).get("flat")
        if message:
            st.session_state[flat] = str(message["view"])

    known = [{**view.document(), "label": view_words(view.name, document, lang)} for view in views(document)]
    wanted = st.session_state.get(flat)
    picture = None
    if wanted is not None:
        shown = wanted if any(view["name"] == wanted for view in known) else known[0]["name"]
        drawn = base64.b64encode(scene_png(document, lang, size_px=(960, 600), view=shown)).decode("ascii")
        picture = f"data:image/png;base64,{drawn}"
    said = t("var.stage.alt", lang, outcome=outcome_words(document, lang), margin=margin_words(document, lang))
    _mount(
        key=key,
        data={
            "pid": key,
            "library": f"{_base()}/var/ui/three.js?v={web_version()}",
            "glb": base64.b64encode(scene_glb(document, lang)).decode("ascii"),
            "views": known,
            "words": stage_words(document, lang),
            "texts": {name: t(f"var.stage.{name}", lang) for name in TEXTS},
            "alt": said,
            "name": name,
            "picture": picture,
        },
        on_flat_change=asked,
    )


def _base() -> str:
    """The path under which the server runs, as a prefix for our own addresses."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def _files(booth: Booth, document: dict[str, Any]) -> None:
    """One button that makes picture, clip and 3-D file in its own process, and then offers them."""
    lang, incident, jobs = booth.lang, booth.incident, booth.jobs
    assert incident is not None
    held = f"scene-job-{incident.id}"
    if st.button(
        t("var.stage.make", lang),
        help=t("var.stage.make_help", lang),
        icon=":material/movie:",
        width="stretch",
        key=f"scene-make-{incident.id}",
    ):
        arguments = {"match": booth.match.id, "incident": incident.id, "lang": lang}
        st.session_state[held] = jobs.start("scene", arguments)
    job = jobs.job(held_id) if (held_id := st.session_state.get(held)) else None
    if job is None:
        return
    if job.state == "running":
        job_running(jobs, job, lang, "var.stage.name")
        return
    jobs.dismiss(job.id)
    if job.state == "done":
        _offer(job, document, lang)
    elif job.state == "failed":
        job_failed(job, lang)
    else:
        st.warning(t("var.match.stopped", lang, name=t("var.stage.name", lang)))


def _offer(job: Job, document: dict[str, Any], lang: str) -> None:
    """The files of a job that is done. Files of an older measurement are not offered."""
    folder = Path((job.result or {})["folder"])
    files = files_of(folder)
    if files is None:
        st.warning(t("var.stage.gone", lang, folder=markdown_safe(str(folder))))
        return
    if not shows(files, document):
        return
    with st.container(horizontal=True):
        for kind in MIME:
            st.download_button(
                t(f"var.stage.get_{kind}", lang),
                files[kind].read_bytes(),
                file_name=f"{folder.parent.name}.{kind}",
                mime=MIME[kind],
                icon=ICONS[kind],
                key=f"scene-{kind}-{job.id}",
                on_click="ignore",
            )

"""The form that starts a live recording: the match's name, two to eight cameras, a picture of each before it counts."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import number, t
from touchline.rights import Action, require
from var.archive import Archive
from var.capture.address import MOST_CAMERAS, hidden
from var.capture.control import start
from var.capture.model import CameraSource, CaptureStatus
from var.capture.probe import Probe, probe
from var.panels.text import day, markdown_safe, refusal

TRY_WITHIN_S = 10.0
REMEMBERED = "live_cameras"
STARS = "***"
EXAMPLES = {
    "rtsp": "rtsp://admin:matkhau@192.168.1.64:554/stream1",
    "udp": "udp://@:5004",
    "listen": "tcp://0.0.0.0:5005?listen",
    "http": "http://192.168.1.70/live/index.m3u8",
    "srt": "srt://192.168.1.80:9000",
    "device": "/dev/video0",
    "file": "file:/video/cam1.mp4?loop=1",
}
"""An address of each kind."""


def open_form() -> None:
    """Show the form at the next run of the page of matches."""
    st.session_state["live_form"] = {"match": None, "rows": None}


def resume_form(one: CaptureStatus) -> None:
    """Show the form with the cameras of a capture that broke off, to record on into its match.

    Passwords are those that this visit typed; others must be typed again.
    """
    known = {hidden(url): url for _, url in st.session_state.get("live_used", [])}
    rows = [[camera.name, known.get(camera.source, camera.source)] for camera in one.cameras]
    st.session_state["live_form"] = {"match": one.match_id, "name": one.name, "rows": rows}


def is_open() -> bool:
    """Whether the form stands in place of the list of matches."""
    return "live_form" in st.session_state


def live_form(archive: Archive, lang: str) -> None:
    """Draw the form; it closes itself once the recording has begun. Raises ``NotAllowed`` for who may not record."""
    require(archive.person, Action.RECORD)
    form: dict[str, Any] = st.session_state["live_form"]
    if form["rows"] is None:
        form["rows"] = _remembered(archive, lang)
    if "ids" not in form:
        form["ids"] = list(range(len(form["rows"])))
        form["next"] = len(form["ids"])
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.title(t("var.live.title", lang))
    if right.button(t("var.live.back", lang), icon=":material/arrow_back:", key="live_back", width="stretch"):
        del st.session_state["live_form"]
        st.rerun()
    if form["match"]:
        st.info(t("var.live.into", lang, name=markdown_safe(form["name"])))
        name = str(form["name"])
    else:
        name = st.text_input(
            t("var.live.match_name", lang), key="live_name", placeholder=t("var.live.match_example", lang)
        )
    rows = [_row(form, place, lang) for place in range(len(form["ids"]))]
    with st.container(horizontal=True):
        if len(rows) < MOST_CAMERAS and st.button(t("var.live.add", lang), key="live_add", icon=":material/add:"):
            form["rows"].append([t("var.live.camera_default", lang, number=len(rows) + 1), ""])
            form["ids"].append(form["next"])
            form["next"] += 1
            st.rerun()
        addressed = [url for _, url in rows if url]
        if len(addressed) > 1 and st.button(t("var.live.try_all", lang), key="live_try", icon=":material/visibility:"):
            _try(addressed, lang)
            st.rerun()
    _examples(lang)
    st.caption(t("var.live.passwords", lang))
    if len(rows) == 1:
        st.caption(t("var.live.one_camera", lang))
    words = t("var.live.start_one", lang) if len(rows) == 1 else t("var.live.start", lang, cameras=len(rows))
    if st.button(words, type="primary", key="live_start", icon=":material/fiber_manual_record:"):
        _start(archive, lang, form, name, rows)


def _remembered(archive: Archive, lang: str) -> list[list[str]]:
    """The cameras of the last recording without their passwords; else two empty rows."""
    try:
        kept = json.loads(archive.store.setting(REMEMBERED) or "[]")
        rows = [[str(name), str(url)] for name, url in kept][:MOST_CAMERAS]
    except (ValueError, TypeError):
        rows = []
    return rows or [[t("var.live.camera_default", lang, number=place + 1), ""] for place in range(2)]


def _row(form: dict[str, Any], place: int, lang: str) -> tuple[str, str]:
    """One camera: name, address, try, remove; below it the picture or the refusal. Returns what is typed now."""
    number_, row_id = place + 1, form["ids"][place]
    with st.container(border=True):
        left, middle, right = st.columns([2, 5, 2.2], vertical_alignment="bottom")
        name = left.text_input(
            t("var.live.camera_name", lang, number=number_), form["rows"][place][0], key=f"live-name-{row_id}"
        )
        url = middle.text_input(
            t("var.live.camera_address", lang, number=number_),
            form["rows"][place][1],
            key=f"live-url-{row_id}",
            placeholder=t("var.live.address_example", lang),
            autocomplete="off",
        )
        form["rows"][place] = [name, url]
        with right.container(horizontal=True):
            tried = st.button(
                t("var.live.try", lang),
                key=f"live-try-{row_id}",
                icon=":material/visibility:",
                disabled=not url.strip(),
            )
            removed = len(form["ids"]) > 1 and st.button(
                "", key=f"live-remove-{row_id}", icon=":material/delete:", help=t("var.live.remove", lang)
            )
        if removed:
            del form["rows"][place], form["ids"][place]
            st.rerun()
        if tried:
            _try([url.strip()], lang)
        _tried(name, url.strip(), lang)
        fault, of = form.get("faults", {}).get(row_id, ("", None))
        if fault and of == (name.strip(), url.strip()):  # what was changed since is judged anew
            st.error(fault)
    return name.strip(), url.strip()


def _try(urls: list[str], lang: str) -> None:
    """Take a picture from each address at once; what came, or why none did, is kept for this visit."""
    found = st.session_state.setdefault("live_tried", {})

    def one(url: str) -> Probe | dict[str, Any]:
        try:
            return probe(url, TRY_WITHIN_S)
        except TouchlineError as fault:
            return {each: fault.document(each) for each in ("vi", "en")}

    with st.spinner(t("var.live.trying", lang)), ThreadPoolExecutor(len(urls)) as pool:
        found.update(zip(urls, pool.map(one, urls), strict=True))


def _tried(name: str, url: str, lang: str) -> None:
    """The picture that an address gave, or its refusal; nothing for an address that was changed since."""
    found = st.session_state.get("live_tried", {}).get(url)
    if found is None:
        return
    if isinstance(found, dict):
        st.error(t("var.live.refused", lang, why=refusal(found[lang])))
        return
    left, right = st.columns([1, 2], vertical_alignment="center")
    left.image(found.jpeg, width=220, alt=t("var.live.works_alt", lang, name=name))
    right.success(
        t(
            "var.live.works",
            lang,
            width=found.size_px[0],
            height=found.size_px[1],
            codec=markdown_safe(found.codec),
            fps=number(found.fps, lang, 2),
            sound=t("var.live.with_sound" if found.sound else "var.live.without_sound", lang),
        )
    )


def _examples(lang: str) -> None:
    with st.expander(t("var.live.examples", lang), icon=":material/help:"):
        for kind, example in EXAMPLES.items():
            left, right = st.columns([2, 5], vertical_alignment="center")
            left.write(t(f"var.live.kind.{kind}", lang))
            right.code(example, language=None)
        devices = sorted(str(path) for path in Path("/dev").glob("video*"))
        if devices:
            st.write(t("var.live.devices_here", lang, devices=", ".join(devices)))


def faults_of(rows: list[tuple[str, str]], lang: str) -> dict[int, str]:
    """What is wrong with the typed rows by their place; empty where nothing is."""
    found: dict[int, str] = {}
    for place, (name, url) in enumerate(rows):
        before = rows[:place]
        if not url:
            found[place] = t("var.live.address_missing", lang)
        elif STARS in url:
            found[place] = t("var.live.password_missing", lang)
        elif any(url == other for _, other in before):
            found[place] = t("var.live.address_twice", lang)
        elif not name:
            found[place] = t("var.live.name_missing", lang)
        elif any(name.casefold() == other.casefold() for other, _ in before):
            found[place] = t("var.live.name_twice", lang, name=markdown_safe(name))
    return found


def _start(archive: Archive, lang: str, form: dict[str, Any], name: str, rows: list[tuple[str, str]]) -> None:
    faults = faults_of(rows, lang)
    form["faults"] = {form["ids"][place]: (text, rows[place]) for place, text in faults.items()}
    if faults:
        st.rerun()
    title = name.strip() or t("var.live.unnamed", lang, date=day(datetime.now(UTC).date().isoformat(), lang))
    cameras = [CameraSource(camera, url) for camera, url in rows]
    try:
        match = form["match"] or title
        start(archive.home, match, cameras, lang=lang, person=archive.person)
    except TouchlineError as fault:
        st.error(refusal(fault.document(lang)))
        return
    kept = json.dumps([[camera, hidden(url)] for camera, url in rows], ensure_ascii=False)
    archive.store.set_setting(REMEMBERED, kept)
    st.session_state["live_used"] = rows
    del st.session_state["live_form"]
    for key in ("live_tried", "live_name"):
        st.session_state.pop(key, None)
    st.toast(t("var.live.started", lang), icon=":material/fiber_manual_record:")
    st.rerun()

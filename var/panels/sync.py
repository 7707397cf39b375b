"""Synchronising in the booth: results to accept angle by angle; nudges and pairs with the pictures beside them."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from touchline.errors import TouchlineError
from touchline.i18n import clock, number, t
from touchline.jobs import Job, Jobs
from touchline.measure import Z95
from touchline.origin import Origin
from touchline.rights import Action
from touchline.timebase import ClockMap
from var.jobs import STARTING
from var.model import Clip
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.text import markdown_safe, refusal
from var.panels.who import barred, present_jobs
from var.sync.auto import Check, Found
from var.sync.model import Method, Status
from var.sync.proposals import from_frames, from_result
from var.sync.saved import Saved, export_file, import_file, nudge, save, saved, undo
from var.sync.wording import method_text, reason_text, status_text

SIGNS = {Status.OK: ("✓", "#34d399"), Status.WEAK: ("▲", "#fbbf24"), Status.FAILED: ("✕", "#f87171")}
"""Each status has a shape of its own beside its word and colour."""
METHODS = ("auto", *(method.value for method in Method if method not in (Method.NUDGE, Method.PAIRS, Method.CLOCK)))
_ORIGIN = {origin: f"var.setup.sync.origin.{origin.value}" for origin in Origin}


def sync_panel(booth: Booth) -> dict[str, Any] | None:
    """Draw the panel; returns what a click in the picture means now."""
    lang = booth.lang
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('var.setup.sync.title', lang)}**")
        if st.button(t("var.setup.sync.back", lang), key="sync_back", icon=":material/arrow_back:"):
            booth.state["mode"] = "review"
            rerun_part()
    if booth.state["error"]:
        st.error(booth.state["error"])
    if len(booth.match.clips) < 2:
        st.info(t("var.setup.sync.one_angle", lang))
        return None
    if why := barred(booth.archive, Action.PREPARE, lang):
        st.info(why, icon=":material/lock:")
        _present(booth, saved(booth.archive, booth.match.id))
        return None
    place = booth.sync
    cameras = booth.cameras()
    place["reference"] = st.selectbox(
        t("var.setup.sync.reference", lang),
        cameras,
        index=cameras.index(place["reference"]) if place["reference"] in cameras else booth.match.master,
        format_func=lambda camera: booth.match.clip(camera).label,
        key="sync_reference",
    )
    _search(booth)
    known = saved(booth.archive, booth.match.id)
    _present(booth, known)
    others = [camera for camera in cameras if camera != place["reference"]]
    with st.expander(t("var.setup.sync.nudge", lang), icon=":material/tune:"):
        camera = _angle(booth, others)
        _nudge(booth, camera)
    with st.expander(t("var.setup.sync.pairs", lang), expanded=bool(place["pair"]), icon=":material/join:"):
        tool = _pairs(booth, camera)
    with st.expander(t("var.setup.sync.file", lang), icon=":material/swap_vert:"):
        _file(booth, bool(known))
    return tool


# ------------------------------------------------------------------ search and results


def _search(booth: Booth) -> None:
    lang, jobs = booth.lang, booth.jobs
    job_id = jobs.newest("sync", "match", booth.match.id)
    job = jobs.job(booth.sync["job"] or job_id or "")
    if job is not None and job.state == "running":
        _progress(booth, jobs, job)
        return
    if any(clip.recording for clip in booth.match.clips):
        st.caption(t("var.setup.sync.while_recording", lang))
    method = st.selectbox(
        t("var.setup.sync.method", lang),
        METHODS,
        format_func=lambda name: t("var.setup.sync.auto", lang) if name == "auto" else method_text(name, lang),
        key="sync_method",
    )
    apart_m = None
    if method in ("auto", Method.AUDIO, Method.CLAP):
        apart_m = st.number_input(
            t("var.setup.sync.apart", lang),
            min_value=0.0,
            max_value=10_000.0,
            value=None,
            step=5.0,
            help=t("var.setup.sync.apart_help", lang),
            placeholder=t("var.setup.sync.apart_unknown", lang),
            key="sync_apart",
        )
    if st.button(t("var.setup.sync.find", lang), key="sync_find", type="primary", icon=":material/search:"):
        arguments = {
            "match": booth.match.id,
            "reference": booth.sync["reference"],
            "method": method,
            "apart_m": apart_m,
        }
        booth.sync["job"], booth.sync["accepted"] = jobs.start("sync", arguments), []
        rerun_part()
    if job is None or job.id == booth.sync["dropped"]:
        return
    if job.state == "stopped":
        st.warning(t("var.setup.sync.stopped", lang))
    elif job.state == "failed":
        result = job.result or {}
        fault = refusal(result[lang]) if lang in result else markdown_safe(str(result.get("fault", "?")))
        st.error(t("var.setup.sync.failed", lang, fault=fault))
    elif job.result:
        _results(booth, job)


def _progress(booth: Booth, jobs: Jobs, job: Job) -> None:
    lang = booth.lang

    @st.fragment(run_every=1.0)
    def bar() -> None:
        acting = present_jobs(jobs)
        try:
            now = acting.job(job.id)
        except TouchlineError as fault:  # such as a right that was taken away a moment ago
            st.error(refusal(fault.document(lang)), icon=":material/error:")
            return
        if now is None or now.state != "running":
            st.rerun()
        left = "" if now.left_s is None else t("var.setup.sync.left", lang, time=clock(now.left_s, lang, 0))
        st.progress(min(1.0, now.share), text=f"{t('var.setup.sync.finding', lang)} · {left}")
        why = barred(acting, STARTING[job.kind], lang)
        if st.button(
            t("var.setup.sync.stop", lang), key="sync_stop", icon=":material/stop:", disabled=why is not None, help=why
        ):
            try:
                acting.stop(now.id)
            except TouchlineError as fault:
                st.error(refusal(fault.document(lang)), icon=":material/error:")
                return
            st.rerun()

    bar()


def _results(booth: Booth, job: Job) -> None:
    lang, result = booth.lang, job.result or {}
    reference = str(result["reference"])
    found = {camera: each for camera, each in from_result(result).items() if camera in booth.cameras()}
    accepted: list[str] = booth.sync["accepted"]
    waiting = [camera for camera in found if camera not in accepted]
    good = [camera for camera in waiting if found[camera].estimate.status is Status.OK]
    if waiting:
        st.caption(t("var.setup.sync.nothing_saved", lang) if not accepted else "")
    for camera, each in found.items():
        with st.container(border=True):
            st.html(described(booth.match.clip(camera).label, each, lang))
            if camera in accepted:
                st.markdown(t("var.setup.sync.accepted", lang))
            elif each.estimate.status is not Status.FAILED:
                weak = each.estimate.status is Status.WEAK
                words = t("var.setup.sync.accept_weak" if weak else "var.setup.sync.accept", lang)
                if st.button(words, key=f"accept-{camera}", icon=":material/check:"):
                    _accept(booth, reference, {camera: each})
    with st.container(horizontal=True):
        if len(good) > 1 and st.button(
            t("var.setup.sync.accept_all", lang, count=len(good)), key="accept_all", type="primary"
        ):
            _accept(booth, reference, {camera: found[camera] for camera in good})
        if st.button(t("var.setup.sync.drop", lang), key="sync_drop", icon=":material/close:"):
            booth.sync["dropped"] = job.id
            booth.jobs.dismiss(job.id)
            rerun_part()


def _accept(booth: Booth, reference: str, chosen: dict[str, Found]) -> None:
    done = booth.attempt(lambda: save(booth.archive, booth.match.id, reference, chosen, weak=True))
    if done:
        booth.sync["accepted"] = [*booth.sync["accepted"], *chosen]
    rerun_part()


def described(label: str, found: Found, lang: str) -> str:
    """A result as HTML: shape, word and colour of its status; its numbers; what the other methods say."""
    estimate = found.estimate
    sign, colour = SIGNS[estimate.status]
    status = f"<b>{sign}</b> {escape(status_text(estimate.status, lang))}"
    lines = [f'<b>{escape(label)}</b> <span style="color:{colour}">{status}</span>']
    if estimate.offset_s is not None and estimate.rate is not None and estimate.sigma_s is not None:
        numbers = t(
            "var.setup.sync.numbers",
            lang,
            offset=number(float(estimate.offset_s) * 1000, lang, 1, sign=True),
            drift=number((float(estimate.rate) - 1) * 1e6, lang, 1, sign=True),
            sigma=number(Z95 * estimate.sigma_s * 1000, lang, 1),
        )
        lines.append(f"<b>{escape(numbers)}</b>")
        score = number(estimate.score, lang, 2)
        lines.append(escape(t("var.setup.sync.score", lang, method=method_text(estimate.method, lang), score=score)))
    why = reason_text(estimate, lang)
    if why:
        lines.append(escape(why))
    lines += [f"<small>{escape(_checked(check, lang))}</small>" for check in found.checks if check.agrees is not None]
    of_no_use = [method_text(check.estimate.method, lang) for check in found.checks if check.agrees is None]
    if of_no_use:
        said = t("var.setup.sync.check_failed", lang, methods=", ".join(of_no_use))
        lines.append(f"<small>{escape(said)}</small>")
    return f'<div style="line-height:1.45;font-variant-numeric:tabular-nums">{"<br>".join(lines)}</div>'


def _checked(check: Check, lang: str) -> str:
    method = method_text(check.estimate.method, lang)
    off_s = check.difference_s
    difference = number(None if off_s is None or not math.isfinite(off_s) else abs(off_s) * 1000, lang, 1)
    key = "agrees" if check.agrees else "disagrees"
    return t(f"var.setup.sync.{key}", lang, method=method, difference=difference)


# ------------------------------------------------------------------ the clocks as they are


def _present(booth: Booth, known: dict[str, Saved]) -> None:
    lang = booth.lang
    st.caption(t("var.setup.sync.now", lang))
    rows = []
    for clip in booth.match.clips:
        how = clock_origin(clip, known.get(clip.camera_id), lang)
        numbers = clock_text(clip.to_match, lang)
        rows.append(f"<b>{escape(clip.label)}</b> {escape(numbers)}<br><small>{escape(how)}</small>")
    st.html(f'<div style="line-height:1.4;font-variant-numeric:tabular-nums">{"<br>".join(rows)}</div>')


def clock_text(to_match: ClockMap, lang: str) -> str:
    """An angle's offset with its doubt; without one where nobody knows it."""
    offset = number(float(to_match.offset_s) * 1000, lang, 1, sign=True)
    if to_match.sigma_s is None:
        return t("var.setup.sync.clock_unknown", lang, offset=offset)
    sigma = number(Z95 * to_match.sigma_s * 1000, lang, 1)
    return t("var.setup.sync.clock", lang, offset=offset, sigma=sigma)


def clock_origin(clip: Clip, known: Saved | None, lang: str) -> str:
    """Where an angle's clock comes from, in words."""
    if known is None or not known.used:
        if clip.timing is Origin.INFERRED:
            return t("var.setup.sync.origin.inferred", lang)
        if clip.to_match.sigma_s == 0 and clip.timing is not Origin.SIMULATED:
            return t("var.setup.sync.origin.reference", lang)
        return t("var.setup.sync.unknown" if clip.to_match.sigma_s is None else _ORIGIN[clip.timing], lang)
    method = method_text(known.estimate.method, lang)
    if known.nudged_s and known.estimate.method is not Method.NUDGE:
        moved = number(float(known.nudged_s) * 1000, lang, 1, sign=True)
        return t("var.setup.sync.nudged", lang, method=method, nudge=moved)
    return t("var.setup.sync.by_method", lang, method=method)


# ------------------------------------------------------------------ by hand


def _angle(booth: Booth, others: list[str]) -> str:
    place = booth.sync
    chosen = st.selectbox(
        t("var.setup.sync.angle", booth.lang),
        others,
        index=others.index(place["camera"]) if place["camera"] in others else 0,
        format_func=lambda camera: booth.match.clip(camera).label,
        key=f"sync_camera_{place['reference']}",
    )
    if chosen != place["camera"]:
        place["camera"], place["pairs"], place["pair"] = chosen, [], None
    return str(chosen)


def _nudge(booth: Booth, camera: str) -> None:
    lang = booth.lang
    st.caption(t("var.setup.sync.nudge_hint", lang))
    moves: list[tuple[str, Callable[[], object]]] = [
        ("frame_back", lambda: nudge(booth.archive, booth.match.id, camera, frames=-1)),
        ("frame_on", lambda: nudge(booth.archive, booth.match.id, camera, frames=1)),
        ("ms_back", lambda: nudge(booth.archive, booth.match.id, camera, ms=-1)),
        ("ms_on", lambda: nudge(booth.archive, booth.match.id, camera, ms=1)),
    ]
    for pair in (moves[:2], moves[2:]):
        for column, (name, move) in zip(st.columns(2), pair, strict=True):
            if column.button(t(f"var.setup.sync.{name}", lang), key=f"nudge-{name}", width="stretch"):
                booth.attempt(move)
                rerun_part()
    if st.button(t("var.setup.sync.undo", lang), key="nudge-undo", icon=":material/undo:"):
        undone: list[bool] = []
        done = booth.attempt(lambda: undone.append(undo(booth.archive, booth.match.id, camera)))
        if done and undone == [False]:
            booth.state["error"] = t("var.setup.sync.nothing_to_undo", lang)
        rerun_part()


def _pairs(booth: Booth, camera: str) -> dict[str, Any] | None:
    """Pairs of frames that show the same instant: a click on the reference, then one on the angle."""
    lang, place = booth.lang, booth.sync
    reference = str(place["reference"])
    for position, (first, second) in enumerate(place["pairs"]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(t("var.setup.sync.pairs_list", lang, first=first, second=second))
            if st.button(
                "", key=f"pair-remove-{position}", icon=":material/delete:", help=t("var.setup.sync.pairs_remove", lang)
            ):
                del place["pairs"][position]
                rerun_part()
    if place["pairs"] and st.button(
        t("var.setup.sync.pairs_use", lang, count=len(place["pairs"])), key="pairs_use", type="primary"
    ):
        _use_pairs(booth, reference, camera)
    if place["pair"] is None:
        if st.button(t("var.setup.sync.pairs_begin", lang), key="pairs_begin", icon=":material/add_link:"):
            place["pair"] = {}
            rerun_part()
        return None
    labels = {"reference": booth.match.clip(reference).label, "camera": booth.match.clip(camera).label}
    step, wanted = ("pairs_first", reference) if "first" not in place["pair"] else ("pairs_second", camera)
    hint = t(f"var.setup.sync.{step}", lang, **labels)
    st.info(markdown_safe(hint))
    if st.button(t("var.setup.sync.pairs_cancel", lang), key="pairs_cancel"):
        place["pair"] = None
        rerun_part()
    return {"name": "pair", "cameras": [wanted], "hint": hint}


def _use_pairs(booth: Booth, reference: str, camera: str) -> None:
    pairs = booth.sync["pairs"]

    def keep() -> None:
        estimate = from_frames(booth.match, reference, camera, pairs)
        save(booth.archive, booth.match.id, reference, {camera: estimate}, weak=True)

    if booth.attempt(keep):
        booth.sync["pairs"] = []
    rerun_part()


# ------------------------------------------------------------------ the file


def _file(booth: Booth, some: bool) -> None:
    lang, match = booth.lang, booth.match
    if some:
        try:
            st.download_button(
                t("var.setup.sync.export", lang),
                _exported(booth),
                f"{match.id}-offsets.json",
                "application/json",
                key="sync_export",
                icon=":material/download:",
            )
        except TouchlineError as fault:
            st.error(refusal(fault.document(lang)))
    given = st.file_uploader(t("var.setup.sync.import", lang), type="json", key="sync_import")
    if given is None or not st.button(t("var.setup.sync.take", lang), key="sync_take", type="primary"):
        return
    taken: list[str] = []

    def take() -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "offsets.json"
            path.write_bytes(given.getvalue())
            taken.extend(import_file(booth.archive, match.id, path))

    if booth.attempt(take):
        labels = ", ".join(match.clip(camera).label for camera in taken)
        st.toast(t("var.setup.sync.imported", lang, cameras=markdown_safe(labels)))
    rerun_part()


def _exported(booth: Booth) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "offsets.json"
        export_file(booth.archive, booth.match.id, path)
        return path.read_bytes()


def clocks_of(booth: Booth) -> str:
    """A short text that changes with any angle's clock."""
    return json.dumps([[clip.camera_id, clip.to_match.document()] for clip in booth.match.clips])

"""Painted lines beside the steps of a review: refine an angle on them, follow a camera by them, and what came of it."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from touchline.i18n import number, t
from touchline.jobs import Job, Jobs
from touchline.rights import Action
from var.angles import AngleState, follows
from var.measure.calibration import Refinement
from var.model import Clip
from var.paint_work import (
    Way,
    calibrated_frames,
    clicks_on,
    frames_lacking,
    line_sigma_cm,
    picture_to_refine,
    places_asked,
    refine_angle,
    way_to,
)
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.job_line import job_failed, job_running
from var.panels.text import markdown_safe
from var.panels.who import barred

# ---------------------------------------------------------------------- refining


def refine_part(booth: Booth, present: AngleState) -> None:
    """What refining gave for the clicks that count, and the button that refines."""
    lang = booth.lang
    if present.clicked is None:
        return
    if present.stale:
        st.info(t("var.painted.stale", lang), icon=":material/history:")
    elif present.refined is not None:
        _refined(booth, present)
    elif present.tries:
        _left(booth, present)
    clip = booth.match.clip(present.camera_id)
    frame = picture_to_refine(booth.match, booth.review, clip, present.frame)
    if frame is None or barred(booth.archive, Action.PREPARE, lang):
        return
    label = t("var.painted.refine", lang)
    if st.button(label, key=f"refine-{present.camera_id}", icon=":material/auto_fix_high:", width="stretch"):
        with st.spinner(t("var.painted.working", lang, frame=frame)):
            booth.attempt(
                lambda: refine_angle(booth.archive, booth.match.id, present.camera_id, frame, by=booth.person)
            )
        rerun_part()
    st.caption(t("var.painted.refine_what", lang, frame=frame))


def _refined(booth: Booth, present: AngleState) -> None:
    lang, used = booth.lang, present.refined
    if used is None or used.refinement is None or present.clicked is None:
        return
    before, after = rms_px(used.refinement)
    st.success(
        t(
            "var.painted.refined",
            lang,
            lines=number(len(used.refinement.lines), lang),
            frame=used.frame,
            before=number(before, lang, 1),
            after=number(after, lang, 1),
        ),
        icon=":material/auto_fix_high:",
    )
    clip = booth.match.clip(present.camera_id)
    places = places_asked(booth.review, booth.incident, clip, used.calibration)
    first, now = (line_sigma_cm(one, places) for one in (present.clicked, used.calibration))
    if first is not None and now is not None:
        where = t(f"var.painted.where.{_where(booth, clip)}", lang)
        st.caption(t("var.painted.sigma", lang, where=where, before=number(first, lang, 1), after=number(now, lang, 1)))


def _where(booth: Booth, clip: Clip) -> str:
    incident = booth.incident
    if incident is None:
        return "pitch"
    if clicks_on(booth.review, incident, clip):
        return "marks"
    return "pitch" if incident.attack is None else "half"


def _left(booth: Booth, present: AngleState) -> None:
    last = present.tries[-1]
    reason = t(f"var.refine.reason.{last.reason}", booth.lang)
    st.warning(
        t("var.painted.kept", booth.lang, frame=last.frame, reason=reason),
        icon=":material/do_not_disturb_on:",
    )


def rms_px(report: Refinement) -> tuple[float, float]:
    """How far the painted lines lie from where the camera has them: root mean square over all places, before and
    after."""
    weights = [line.samples for line in report.lines]
    if not sum(weights):
        return math.nan, math.nan
    squares = np.array([[line.before_px**2, line.after_px**2] for line in report.lines])
    before, after = np.sqrt(np.average(squares, axis=0, weights=weights))
    return float(before), float(after)


# ---------------------------------------------------------------------- following


def followed_words(booth: Booth, present: AngleState) -> None:
    """From where the frame to be measured has its calibration."""
    lang, one, found = booth.lang, present.followed, present.calibration
    if one is None or found is None:
        return
    st.success(
        t(
            "var.painted.followed",
            lang,
            frame=one.frame,
            count=number(one.count, lang),
            lines=number(0 if found.refinement is None else len(found.refinement.lines), lang),
            rms=number(found.rms_px, lang, 1),
        ),
        icon=":material/videocam:",
    )


def follow_parts(booth: Booth) -> None:
    """``follow_part`` of every angle that may turn and of which a frame lacks a calibration."""
    for camera in booth.cameras():
        follow_part(booth, camera, named=True)


def follow_part(booth: Booth, camera: str, *, named: bool = False) -> None:
    """The button that follows an angle's camera to the frames that are to be measured, its progress, and where it
    stopped. ``named``: the angle is not clear from the place on the page."""
    lang, incident, clip = booth.lang, booth.incident, booth.match.clip(camera)
    if incident is None or clip.fixed:
        return
    lacking = frames_lacking(booth.match, booth.review, incident, clip)
    if not lacking:
        return
    jobs, key = booth.jobs, f"{incident.id}/{camera}"
    job = _newest(jobs, key)
    if job is not None and job.state == "running":
        job_running(jobs, job, lang, "var.painted.following")
        return
    _ended(booth, clip, lacking)
    if job is not None and job.state == "failed":
        job_failed(job, lang)
    elif job is not None and job.state == "stopped":
        st.caption(t("var.painted.stopped", lang))
    way = way_to(booth.match, booth.review, incident, clip)
    if way is None or barred(booth.archive, Action.PREPARE, lang):
        return
    text = "var.painted.follow_of" if named else "var.painted.follow"
    label = t(text, lang, frame=way.frame, camera=markdown_safe(clip.label))
    if st.button(label, key=f"follow-{camera}", icon=":material/videocam:", width="stretch"):
        _start(booth, jobs, key, way)
        rerun_part()
    count = number(way.span[1] - way.span[0], lang)
    st.caption(t("var.painted.follow_what", lang, target=lacking[0], count=count))


def _start(booth: Booth, jobs: Jobs, key: str, way: Way) -> None:
    arguments = {"match": booth.match.id, "camera": way.camera_id, "frame": way.frame, "frames": list(way.frames)}
    jobs.start("follow", arguments | {"key": key, "by": booth.person})


def _newest(jobs: Jobs, key: str) -> Job | None:
    """The newest job of an incident and an angle, one that failed or was stopped too."""
    mine = [job for job in jobs.unseen(("follow",)) if job.arguments.get("key") == key]
    return mine[-1] if mine else None


def _ended(booth: Booth, clip: Clip, lacking: tuple[int, ...]) -> None:
    """Where following stopped before a frame that lacks a calibration, and what is no longer used of it."""
    lang = booth.lang
    own = [one for one in booth.review.followed if one.camera_id == clip.camera_id]
    still = [one for one in own if follows(booth.match, booth.review, one)]
    said = set()
    for one in reversed(still):
        for stop in filter(None, (one.ended_before(frame) for frame in lacking)):
            if (one.frame, stop) in said:
                continue
            said.add((one.frame, stop))
            reason = t(f"var.pan.reason.{stop[1]}", lang)
            st.warning(
                t(
                    "var.painted.stop",
                    lang,
                    camera=markdown_safe(clip.label),
                    start=one.frame,
                    frame=stop[0],
                    reason=reason,
                ),
                icon=":material/videocam_off:",
            )
    if own and not still and calibrated_frames(booth.match, booth.review, clip):
        text = t("var.painted.follow_stale", lang, camera=markdown_safe(clip.label), frame=own[-1].frame)
        st.info(text, icon=":material/history:")

"""Assistance beside the steps of a review: people and body points at the kick, and the kick itself. All of it is
offered: nothing is marked before a person takes it, and a click by hand works as without it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from touchline.i18n import number, t
from touchline.jobs import Job, Jobs
from touchline.measure import MS_PER_S, Z95
from touchline.rights import Action
from touchline.vision.runtime import POSES, lacking
from var.angles import angle_state
from var.assist.proposed import SIGNS, Offer, Offers, offers, offers_overlay, people_overlay
from var.assist.teams import Side
from var.assist.work import still_true
from var.measure.pitch import Pitch
from var.model import BodyMark, Click, Role
from var.panels.again import rerun_part
from var.panels.booth import Booth
from var.panels.job_line import job_failed, job_running
from var.panels.text import markdown_safe, refusal
from var.panels.who import barred

USUAL_POSE = "pose_full"
SHOWN = 3
"""So many offers are listed before "more"."""

TEAM = {Side.FIRST: "team_1", Side.SECOND: "team_2", Side.OTHER: "other", Side.UNKNOWN: "unknown"}

# ---------------------------------------------------------------------- people and body points


def people_part(booth: Booth, role: Role) -> None:
    """The button that looks for people, its progress, and what it found for ``role``."""
    lang, incident = booth.lang, booth.incident
    if incident is None or incident.attack is None or barred(booth.archive, Action.MARK, lang):
        return
    jobs = booth.jobs
    job = _newest(jobs, "assist_people", incident.id)
    absent = lacking(("person_ssd",))
    poses = [name for name in POSES if name not in lacking((name,))]
    absent += [] if poses else [USUAL_POSE]
    if job is not None and job.state == "running":
        job_running(jobs, job, lang, "var.assist.looking")
        return
    sights = sights_of(booth)
    label = t("var.assist.again" if sights else "var.assist.suggest", lang)
    if st.button(label, key="assist_people", icon=":material/person_search:", width="stretch", disabled=bool(absent)):
        pose = booth.state.get("assist_pose")
        wanted = pose if pose in poses else USUAL_POSE if USUAL_POSE in poses else poses[0]
        jobs.start("assist_people", {"match": booth.match.id, "incident": incident.id, "pose": wanted})
        rerun_part()
    if absent:
        command = "`pip install ai-edge-litert`" if absent == ["litert"] else "`touchline models get`"
        names = ", ".join(absent)
        st.caption(t("var.assist.lacking", lang, names=names, command=command))
        return
    if len(poses) > 1:
        _choose_pose(booth, poses)
    if job is not None and job.state == "failed":
        job_failed(job, lang)
    if job is not None and job.state == "done" and not sights and not (job.result or {}).get("refused"):
        st.caption(t("var.assist.stale", lang))
    for camera, refused in ((job.result or {}) if job is not None else {}).get("refused", {}).items():
        st.warning(f"{markdown_safe(booth.match.clip(camera).label)}: {refusal(refused[lang])}")
    if sights and any(mark.role is role for owner, mark in booth.review.body_marks if owner == incident.id):
        with st.expander(t("var.assist.others", lang)):
            _offered(booth, role, sights)
    elif sights:
        _offered(booth, role, sights)


def _choose_pose(booth: Booth, poses: list[str]) -> None:
    """Which model looks for body points: finer ones take longer."""
    kept = booth.state.get("assist_pose", USUAL_POSE)
    with st.popover(t("var.assist.pose", booth.lang), icon=":material/tune:"):
        booth.state["assist_pose"] = st.radio(
            t("var.assist.pose", booth.lang),
            poses,
            index=poses.index(kept) if kept in poses else 0,
            format_func=lambda name: t(f"var.assist.{name}", booth.lang),
            key=f"assist-pose-{booth.state['incident']}",
        )


def _newest(jobs: Jobs, kind: str, incident_id: str) -> Job | None:
    """The newest job of an incident, a failed one too: it says why."""
    mine = [job for job in jobs.unseen((kind,)) if job.arguments.get("incident") == incident_id]
    if mine:
        return mine[-1]
    job_id = jobs.newest(kind, "incident", incident_id)
    return None if job_id is None else jobs.job(job_id)


def sights_of(booth: Booth) -> dict[str, dict[str, Any]]:
    """What was found, by camera, as far as it still holds: the same recording, kick frame, calibration and attack."""
    incident = booth.incident
    if incident is None or incident.attack is None:
        return {}
    job = _newest(booth.jobs, "assist_people", incident.id)
    if job is None or job.state != "done" or not job.result:
        return {}
    return still_true(
        job.result,
        booth.match,
        incident.kick_s,
        incident.attack.value,
        lambda camera, frame: angle_state(booth.match, booth.review, camera, frame).calibration,
    )


def found_for(booth: Booth, role: Role, camera: str, sight: dict[str, Any]) -> Offers:
    """The offers of one angle, with the defending team as somebody at this screen said it there."""
    said = booth.state.get(_defends_key(booth, camera))
    return offers(sight, role, None if said is None else Side(said), Pitch(*booth.match.setup.pitch_m))


def _defends_key(booth: Booth, camera: str) -> str:
    """Where the visitor's state keeps who defends: team 1 of one picture may be team 2 of another."""
    return f"assist_defends/{booth.state['incident']}/{camera}"


def _offered(booth: Booth, role: Role, sights: dict[str, dict[str, Any]]) -> None:
    lang = booth.lang
    cameras = list(sights)
    camera = cameras[0]
    if len(cameras) > 1:
        camera = (
            st.selectbox(
                t("var.assist.angle", lang),
                cameras,
                format_func=lambda one: booth.match.clip(one).label,
                key=f"assist-angle-{role.value}",
            )
            or camera
        )
    sight = sights[camera]["sight"]
    found = found_for(booth, role, camera, sight)
    st.caption(t("var.assist.found", lang, count=len(sight["people"])), help=_model(sight))
    _who_defends(booth, camera, found)
    if not found.offers:
        st.info(t("var.assist.nobody", lang))
    for offer in found.offers[:SHOWN]:
        _one(booth, role, camera, sights[camera], offer)
    if found.reasons:
        said = " ".join(t(f"var.assist.reason.{reason}", lang) for reason in found.reasons)
        st.caption(f":material/warning: {said}")
    if len(found.offers) > SHOWN:
        with st.expander(t("var.assist.more", lang, count=len(found.offers) - SHOWN)):
            for offer in found.offers[SHOWN:]:
                _one(booth, role, camera, sights[camera], offer)


def _model(sight: dict[str, Any]) -> str:
    return " + ".join(str(name) for name in sight["models"].values() if name)


def _who_defends(booth: Booth, camera: str, found: Offers) -> None:
    lang = booth.lang
    sides = [Side.FIRST, Side.SECOND]
    chosen = st.segmented_control(
        t("var.assist.defends", lang),
        sides,
        default=found.defends,
        format_func=lambda side: f"{SIGNS[side]} {t(f'var.assist.{TEAM[side]}', lang)}",
        key=f"assist-defends-{camera}-{found.defends}",
        width="stretch",
    )
    if found.defends is not None and booth.state.get(_defends_key(booth, camera)) is None:
        st.caption(f":material/help: {t('var.assist.defends_guessed', lang)}")
    if chosen is not None and chosen is not found.defends:
        booth.state[_defends_key(booth, camera)] = chosen.value
        rerun_part()


def _one(booth: Booth, role: Role, camera: str, angle: dict[str, Any], offer: Offer) -> None:
    lang = booth.lang
    words = [
        t(
            "var.assist.offer",
            lang,
            number=offer.number,
            sign=SIGNS[offer.side],
            part=t(f"var.review.part_{offer.part.value}", lang),
            sure=number(100 * offer.proposal.confidence, lang),
        )
    ]
    words += [t(f"var.assist.{name}", lang) for name in ("second_last", "keeper", "hidden") if getattr(offer, name)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(words))
        if st.button(
            t("var.assist.use", lang),
            key=f"use-{role.value}-{camera}-{offer.number}",
            help=t("var.assist.use_help", lang, outward=number(100 * offer.outward_m, lang)),
        ):
            take(booth, role, camera, angle, offer)
            rerun_part()


def take(booth: Booth, role: Role, camera: str, angle: dict[str, Any], offer: Offer) -> None:
    """Make an ordinary body point of an offer: the person at this screen confirms it, and its origin stays with it."""
    incident = booth.incident
    if incident is None:
        return
    click = Click(camera, int(angle["frame"]), str(angle["sha256"]), *offer.proposal.px)
    taken = booth.attempt(
        lambda: booth.archive.mark_body(incident.id, role, offer.part, click, proposal=offer.proposal, by=booth.person)
    )
    if taken:
        booth.state["part"][role] = offer.part  # a click now moves this very point


def with_people(booth: Booth, overlays: dict[str, dict[str, list[Any]]]) -> dict[str, dict[str, list[Any]]]:
    """``overlays`` with the people found and what is proposed, in the steps that ask for a body point."""
    step = booth.state["step"]
    if booth.state["mode"] != "review" or step not in ("attacker", "defender"):
        return overlays
    role = Role(step)
    for camera, angle in sights_of(booth).items():
        frame = overlays.setdefault(camera, {}).setdefault(str(angle["frame"]), [])
        found = found_for(booth, role, camera, angle["sight"]).offers
        frame[:0] = people_overlay(angle["sight"])  # below what people marked
        if not any(mark.role is role for owner, mark in booth.review.body_marks if owner == booth.state["incident"]):
            frame += offers_overlay(found, role)
    return overlays


def origin_of(mark: BodyMark, lang: str) -> str:
    """What to say behind a body point that a model had proposed; nothing of one that was clicked."""
    if mark.proposal is None:
        return ""
    return f" · {t('var.assist.was_moved' if mark.moved else 'var.assist.was_confirmed', lang)}"


# ---------------------------------------------------------------------- the kick


def kick_part(booth: Booth) -> dict[str, Any] | None:
    """The kick by the ball's way and by its sound: asks for a click on the ball, then says what it found."""
    lang, incident = booth.lang, booth.incident
    if incident is None or barred(booth.archive, Action.MARK, lang):
        return None
    jobs = booth.jobs
    job = _newest(jobs, "assist_kick", incident.id)
    if job is not None and job.state == "running":
        job_running(jobs, job, lang, "var.assist.kick_looking")
        return None
    wanted = bool(booth.state.get("ball_wanted"))
    label = t("var.assist.ball_stop" if wanted else "var.assist.kick_suggest", lang)
    if st.button(label, key="assist_kick", icon=":material/sports_soccer:", width="stretch"):
        booth.state["ball_wanted"] = not wanted
        rerun_part()
    if wanted:
        st.caption(t("var.assist.ball_how", lang))
        return {"name": "ball", "cameras": None, "hint": t("var.assist.ball_click", lang)}
    if job is not None and job.state == "failed":
        job_failed(job, lang)
    if job is not None and job.state == "done" and job.result:
        _hints(booth, job.result)
    return None


def look_for_kick(booth: Booth, click: Click) -> None:
    """Start looking for the kick from a click on the ball."""
    incident = booth.incident
    booth.state["ball_wanted"] = False
    if incident is not None:
        arguments = {"match": booth.match.id, "incident": incident.id, "camera": click.camera_id}
        booth.jobs.start("assist_kick", arguments | {"frame": click.frame, "u": click.u_px, "v": click.v_px})


def _hints(booth: Booth, result: dict[str, Any]) -> None:
    lang = booth.lang
    if result["camera"] not in booth.cameras():  # taken out of the match since
        return
    clip = booth.match.clip(str(result["camera"]))
    for hint in result["hints"]:
        way = t(f"var.assist.way.{hint['way']}", lang)
        if hint["frame"] is None or hint["sigma_s"] is None:
            why = t(f"var.assist.none.{hint['reason'] or 'ball_lost'}", lang)
            st.caption(f"{way}: {why}")
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            sigma = number(Z95 * hint["sigma_s"] * MS_PER_S, lang)
            label = markdown_safe(clip.label)
            st.markdown(t("var.assist.kick_at", lang, way=way, camera=label, frame=hint["frame"], sigma=sigma))
            if st.button(t("var.assist.show", lang), key=f"kick-{hint['way']}", icon=":material/my_location:"):
                booth.seek(clip.match_s(int(hint["frame"])))
                rerun_part()
    st.caption(t("var.assist.kick_confirm", lang))

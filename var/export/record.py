"""An incident as data: the document ``incident.json`` (schema ``var/schemas/incident.json``). Nothing is rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from touchline import __version__
from touchline.cli import plain
from var import setup_document
from var.export.facts import CameraFacts, ClockFacts, IncidentFacts, MeasurementFacts
from var.export.review_facts import review_document
from var.export.source import known_content, shown_content
from var.export.stills import StillFile
from var.foul.document import foul_document
from var.model import BodyMark, Clip, Decision, Match

if TYPE_CHECKING:
    from var.export.clips import ClipFile
    from var.export.wording import Proof

FORMAT = "touchline.incident/1"


def instant(seconds: Fraction | None) -> dict[str, Any] | None:
    """Exact seconds as JSON: the fraction as text and the nearest float; None stays null."""
    return None if seconds is None else {"exact": str(seconds), "s": float(seconds)}


def decision_record(decision: Decision) -> dict[str, Any]:
    """A decision as it is in the document."""
    return {
        "id": decision.id,
        "outcome": decision.outcome,
        "margin": decision.margin.document() if decision.margin else None,
        "decided_by": decision.decided_by,
        "account": decision.account,
        "decided_utc": decision.decided_utc,
        "note": decision.note,
        "supersedes": decision.supersedes,
        "facts": decision.facts,
    }


def measurement_record(measured: MeasurementFacts | None) -> dict[str, Any] | None:
    """What the marks measure as it is in the document; None where nothing was measured."""
    if measured is None:
        return None
    return {
        "outcome": measured.outcome.value,
        "margin": measured.margin.document() if measured.margin else None,
        "interval95_m": list(measured.interval95_m) if measured.interval95_m else None,
        "budget": [{"source": item.key.rsplit(".", 1)[-1], "sigma_m": item.sigma_m} for item in measured.budget],
        "governing": {role.value: part.value for role, part in measured.governing},
        "halfway_governs": measured.halfway_governs,
        "ball_governs": measured.ball_governs,
        "question": measured.question.value,
        "details": [detail.key.split(".", 2)[-1] for detail in measured.details],
        "place_m": None if measured.place_m is None else list(measured.place_m),
        "reasons": [
            {"reason": reason.key.rsplit(".", 1)[-1], "params": dict(reason.params)} for reason in measured.reasons
        ],
    }


def camera_record(camera: CameraFacts, facts: IncidentFacts, opened: set[str]) -> dict[str, Any]:
    """One angle as it is in the document; ``opened`` are the angles whose recordings were read and checked."""
    clip, frame = camera.clip, camera.frame
    return {
        "camera": clip.camera_id,
        "label": clip.label,
        "covered": camera.covered,
        "frame": frame,
        "pts": None if frame is None else clip.pts[frame],
        "frame_at": None if frame is None else instant(clip.match_s(frame)),
        "off_instant_s": None if frame is None else float(clip.match_s(frame) - facts.instant_on(clip.camera_id)),
        "size_px": list(clip.size_px),
        "frames": len(clip),
        "timebase_s": str(clip.timebase.tick_s),
        "codec": clip.codec,
        "fixed": clip.fixed,
        "clock": clock_record(clip, camera.clock),
        "calibration": None if camera.calibration is None else asdict(camera.calibration),
        "source": _source(clip, checked=clip.camera_id in opened),
    }


def clock_record(clip: Clip, clock: ClockFacts | None) -> dict[str, Any]:
    """How an angle's clock becomes the match's, how sure that is, and how it was found."""
    found = None if clock is None else {**asdict(clock), "nudged_s": str(clock.nudged_s)}
    return {**clip.to_match.document(), "method": clip.timing.value, "found": found}


def _source(clip: Clip, *, checked: bool) -> dict[str, Any]:
    content = shown_content(clip) if checked else known_content(clip)
    return {
        "name": clip.path.name,
        "sha256": content.sha256,
        "first_bytes": content.first_bytes,
        "hash_checked": checked,
        **({} if clip.removed is None else {"removed": asdict(clip.removed)}),
    }


def match_part(match: Match) -> dict[str, Any]:
    """The match as both kinds of report name it."""
    return {
        "id": match.evidence_id,
        "name": match.name,
        "origin": match.origin.value,
        "created_utc": match.created_utc,
        "setup": setup_document.to_document(match.setup),
    }


def asked_record(facts: IncidentFacts) -> dict[str, Any]:
    """The incident itself: when it was, what was marked of it, and what was asked."""
    incident = facts.incident
    return {
        "id": incident.id,
        "number": incident.number,
        "kind": incident.kind,
        "note": incident.note,
        "created_utc": incident.created_utc,
        "at": instant(incident.at_s),
        "instant": instant(facts.instant_s),
        "clock": instant(facts.clock_s),
        "kick": None
        if incident.kick_frame is None
        else {
            "camera": incident.kick_camera,
            "frame": incident.kick_frame,
            "at": instant(incident.kick_s),
            "also": [{"camera": camera, "frame": frame} for camera, frame in incident.more_kicks],
            "estimated": None
            if facts.kick is None
            else {"at": instant(facts.kick.at_s), "sigma_s": facts.kick.sigma_s},
        },
        "attack": incident.attack.value if incident.attack else None,
        "question": incident.question.value,
        "line": incident.line,
        "spotted": incident.spotted,
    }


def incident_record(
    facts: IncidentFacts,
    *,
    lang: str,
    written_utc: str,
    stills: Sequence[StillFile],
    clips: Sequence[ClipFile],
    window_s: tuple[Fraction, Fraction],
    files: Sequence[dict[str, Any]],
    proof: Proof | None = None,
) -> dict[str, Any]:
    """The whole incident as a JSON-ready document; ``window_s`` is what the clips show, in match time."""
    match = facts.match
    written = {clip.camera_id for clip in clips}
    opened = written | {still.facts.clip.camera_id for still in stills}
    document = {
        "format": FORMAT,
        "software": {"name": "touchline", "version": __version__},
        "written_utc": written_utc,
        "lang": lang,
        "origin": facts.origin.value,
        "match": match_part(match),
        "incident": asked_record(facts),
        "measurement": measurement_record(facts.measurement),
        "foul": None if facts.foul is None else foul_document(facts.foul, lang),
        "decision": decision_record(facts.decision) if facts.decision else None,
        "earlier_decisions": [decision_record(decision) for decision in facts.decisions[:-1]],
        "measured_after_decision": facts.measured_after_decision,
        "reviews": [review_document(review, lang) for review in facts.reviews],
        "cameras": [camera_record(camera, facts, opened) for camera in facts.cameras],
        "body_marks": [body_mark_record(mark) for mark in facts.body_marks],
        "pitch_marks": [asdict(mark) for mark in facts.pitch_marks],
        "spot_marks": [asdict(mark) for mark in facts.spot_marks],
        "line_clicks": [asdict(mark) for mark in facts.line_clicks],
        "stills": [
            {
                "camera": still.facts.clip.camera_id,
                "frame": still.facts.frame,
                "file": still.drawn,
                "clean": still.clean,
                "drawings": list(still.facts.drawings),
            }
            for still in stills
        ],
        "clips": {
            "from": instant(window_s[0]),
            "to": instant(window_s[1]),
            "written": [clip_record(clip, facts) for clip in clips],
            "no_picture": [camera.clip.camera_id for camera in facts.cameras if camera.clip.camera_id not in written],
        },
        "files": list(files),
        "evidence": None if proof is None or proof.head is None else proof.head.document(),
        "signatures": [] if proof is None else [holder.document() for holder in proof.holders],
    }
    clean: dict[str, Any] = plain(document)
    return clean


def body_mark_record(mark: BodyMark) -> dict[str, Any]:
    """A body point with what proposed it, and whether a person moved it from there."""
    document: dict[str, Any] = asdict(mark)
    if mark.proposal is not None:
        document["proposal"]["moved"] = mark.moved
    return document


def clip_record(written: ClipFile, facts: IncidentFacts) -> dict[str, Any]:
    """A written clip as it is in the document."""
    clip = facts.match.clip(written.camera_id)
    return {
        "camera": written.camera_id,
        "file": written.file,
        "first_frame": written.first,
        "last_frame": written.last,
        "first_at": instant(clip.match_s(written.first)),
        "last_at": instant(clip.match_s(written.last)),
        "sound": written.sound,
        "copied": written.lead is not None,
        "lead_frames": written.lead or 0,
    }

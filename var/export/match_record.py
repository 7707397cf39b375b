"""A match as data: ``match_report.json`` (schema ``var/schemas/match_report.json``). Nothing is rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from touchline import __version__
from touchline.cli import plain
from touchline.errors import TouchlineError
from var.decisions.document import failure_document, summary_document
from var.export.facts import IncidentFacts
from var.export.match_facts import MatchFacts
from var.export.match_pictures import MatchPictures, Recording
from var.export.record import (
    asked_record,
    body_mark_record,
    clip_record,
    clock_record,
    decision_record,
    instant,
    match_part,
    measurement_record,
)
from var.export.review_facts import review_document
from var.export.wording import ENTRIES_FILE, Proof
from var.foul.document import foul_document

FORMAT = "touchline.match_report/1"


def match_record(
    facts: MatchFacts,
    pictures: MatchPictures,
    *,
    lang: str,
    written_utc: str,
    files: Sequence[dict[str, Any]],
    proof: Proof,
) -> dict[str, Any]:
    """The whole match as a JSON-ready document; ``files`` is every other file that is there."""
    clocks = {camera.clip.camera_id: camera.clock for camera in facts.cameras}
    document = {
        "format": FORMAT,
        "software": {"name": "touchline", "version": __version__},
        "written_utc": written_utc,
        "lang": lang,
        "origin": facts.origin.value,
        "match": match_part(facts.match),
        "incidents": [_incident(each, pictures, lang) for each in facts.incidents],
        "taken_back": [asdict(each) for each in facts.taken_back],
        "reviews_of_no_incident": [review_document(each, lang) for each in facts.loose],
        "reviews_not_told": [
            {"case": each.id, "incident": each.incident_id, "code": each.fault.name, "detail": each.fault.detail(lang)}
            for each in facts.sitting.unread
        ],
        "numbers": numbers_of(facts),
        "failures": [failure_document(each) for each in facts.sitting.failures],
        "looks_lost": facts.looks_lost,
        "recordings": [
            {**_recording(each), "clock": clock_record(each.clip, clocks.get(each.clip.camera_id))}
            for each in pictures.recordings
        ],
        "entries": {
            "file": ENTRIES_FILE,
            "count": len(facts.entries),
            "last": facts.entries[-1]["seq"] if facts.entries else None,
        },
        "files": list(files),
        "evidence": None if proof.head is None else proof.head.document(),
        "signatures": [holder.document() for holder in proof.holders],
    }
    clean: dict[str, Any] = plain(document)
    return clean


def numbers_of(facts: MatchFacts) -> dict[str, Any] | None:
    """The match in numbers; None where a review cannot be told, because no number is told without it."""
    try:
        return summary_document(facts.sitting.summary(facts.now))
    except TouchlineError:
        return None


def _incident(facts: IncidentFacts, pictures: MatchPictures, lang: str) -> dict[str, Any]:
    incident = facts.incident
    return {
        **asked_record(facts),
        "measurement": measurement_record(facts.measurement),
        "foul": None if facts.foul is None else foul_document(facts.foul, lang),
        "decision": decision_record(facts.decision) if facts.decision else None,
        "earlier_decisions": [decision_record(decision) for decision in facts.decisions[:-1]],
        "measured_after_decision": facts.measured_after_decision,
        "reviews": [review_document(review, lang) for review in facts.reviews],
        "cameras": [
            {
                "camera": camera.clip.camera_id,
                "frame": camera.frame,
                "frame_at": None if camera.frame is None else instant(camera.clip.match_s(camera.frame)),
                "calibrated": camera.calibration is not None,
            }
            for camera in facts.cameras
        ],
        "body_marks": [body_mark_record(mark) for mark in facts.body_marks],
        "spot_marks": [asdict(mark) for mark in facts.spot_marks],
        "stills": [
            {
                "camera": still.facts.clip.camera_id,
                "frame": still.facts.frame,
                "file": still.file,
                "size_px": list(still.size_px),
                "source_size_px": list(still.facts.clip.size_px),
            }
            for still in pictures.stills_of(incident.id)
        ],
        "clips": [clip_record(clip, facts) for clip in pictures.clips_of(incident.id)],
    }


def _recording(found: Recording) -> dict[str, Any]:
    clip = found.clip
    return {
        "camera": clip.camera_id,
        "label": clip.label,
        "name": clip.path.name,
        "state": found.state.value,
        "fault": None if found.fault is None else found.fault.name,
        "removed": None if clip.removed is None else {"at_utc": clip.removed.at_utc, "rule": clip.removed.rule},
        "sha256": found.sha256,
        "first_bytes": found.first_bytes,
        "frames": len(clip),
        "size_px": list(clip.size_px),
        "codec": clip.codec,
        "timebase_s": str(clip.timebase.tick_s),
        "fixed": clip.fixed,
        "origin": clip.timing.value,
        "from": instant(clip.match_s(0)),
        "to": instant(clip.match_s(len(clip) - 1)),
        "gaps": [
            {"frame": gap, "from": instant(clip.match_s(gap - 1)), "to": instant(clip.match_s(gap))}
            for gap in clip.gaps
        ],
    }

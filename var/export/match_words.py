"""A match in words, as the PDF template takes them: every number formatted, every text in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from touchline import __version__
from touchline.errors import TouchlineError
from touchline.i18n import UNKNOWN, catalogue, clock, number, t
from touchline.origin import Origin
from var.export.facts import CameraFacts, IncidentFacts
from var.export.foul import foul_words, pace_text
from var.export.match_facts import MatchFacts
from var.export.match_pictures import MatchPictures, Recording, SmallStill
from var.export.numbers import numbers_words
from var.export.phrases import (
    LONGEST_NOTE,
    MOST_IN_HEADER,
    day_text,
    known,
    margin_text,
    printable,
    shortened,
    utc_text,
)
from var.export.review_facts import ruling_of
from var.export.review_words import all_words, amendment_rows
from var.export.wording import (
    FileHash,
    Proof,
    asks_to_measure,
    decision_words,
    digital_text,
    drift_text,
    earlier_rows,
    incident_rows,
    ledger_words,
    measurement_words,
    measures,
    officials_that_sign,
    start_text,
    still_texts,
    subject_of,
    timing_text,
    warnings_of,
)
from var.model import Clip, Match, Question
from var.periods import period_name
from var.removed import facts as removal_words

MOST_GAPS = 12
"""Gaps of a recording that the paper lists; the record has them all."""


def match_words(
    facts: MatchFacts,
    pictures: MatchPictures,
    lang: str,
    *,
    files: Sequence[FileHash],
    software: dict[str, Any],
    written_utc: str,
    proof: Proof,
) -> dict[str, Any]:
    """Everything the PDF template prints, as strings and plain numbers."""
    match, setup = facts.match, facts.match.setup
    texts = catalogue("var", "match_report", lang)
    words: dict[str, Any] = dict(catalogue("var", "report", lang)["pdf"])
    words |= {key: value for key, value in texts.items() if isinstance(value, str)}
    words |= {f"{table}_head": list(heads.values()) for table, heads in texts["heads"].items()}
    shared = catalogue("var", "report", lang)["heads"]
    words |= {f"{table}_head": list(shared[table].values()) for table in ("earlier", "files")}
    words["reading_points"] = list(texts["reading"].values())
    name = printable(match.name, lang)
    sides = [printable(side, lang) for side in (setup.home.name, setup.away.name) if side]
    about = [printable(setup.competition, lang), day_text(setup.date, lang), printable(setup.venue, lang)]
    return {
        "lang": lang,
        "words": words,
        "simulated": facts.origin is Origin.SIMULATED,
        "title": t("var.match_report.title", lang, match=name),
        "author": f"Touchline {__version__}",
        "keywords": [match.id, facts.origin.value],
        "heading": texts["heading"],
        "header_left": shortened(name, MOST_IN_HEADER),
        "header_right": texts["header_right"],
        "footer": t("var.report.pdf.footer", lang, version=__version__, written=utc_text(written_utc, lang)),
        "teams": " – ".join(sides) if len(sides) == 2 else name,
        "competition": " · ".join(part for part in about if part) or words["about_unknown"],
        "about": _about(facts, lang),
        "officials": [[known("officials", role, lang), printable(who, lang)] for role, who in setup.officials],
        "attention": _attention(facts, pictures, proof, lang),
        "table": [_table_row(each, lang) for each in facts.incidents],
        "taken_back": [
            t(
                "var.match_report.taken_back",
                lang,
                number=number(each.number, lang),
                by=printable(each.by, lang) or UNKNOWN,
                at=utc_text(each.at_utc, lang),
            )
            for each in facts.taken_back
        ],
        "incidents": [_incident(each, pictures, lang) for each in facts.incidents],
        "loose": all_words(facts.loose, lang),
        "numbers": _numbers(facts, lang, written_utc),
        "recordings": [_recording(each, match, lang) for each in pictures.recordings],
        "clocks": [
            [
                _label(camera.clip, lang),
                start_text(camera, lang),
                _pace(camera, facts, lang),
                timing_text(camera, lang),
                UNKNOWN if camera.clock is None else _label(match.clip(camera.clock.reference), lang),
                utc_text(None if camera.clock is None else camera.clock.at_utc, lang),
            ]
            for camera in facts.cameras
        ],
        "software": _software(software, lang),
        "signatures": [
            *officials_that_sign(match, lang),
            {"role": t("var.report.officials.organiser", lang), "name": ""},
        ],
        "digital": digital_text(proof, lang),
        "holders": [
            {
                "signs": t(f"var.match_report.signs.{each.signs}", lang),
                "holder": printable(each.holder, lang),
                "key": each.key,
            }
            for each in proof.holders
        ],
        "ledger": ledger_words(proof, lang),
        "entries": t(
            f"var.match_report.entries{'' if proof.head is not None else '_alone'}",
            lang,
            count=number(len(facts.entries), lang),
        ),
        "files": [{"name": printable(file.name, lang), "sha256": file.sha256} for file in files],
    }


def _label(clip: Clip, lang: str) -> str:
    return printable(clip.label or clip.camera_id, lang, 80)


def _pace(camera: CameraFacts, facts: MatchFacts, lang: str) -> str:
    """The drift of an angle's clock, or how much slower than life it shows things, which is no drift."""
    fouls = [each for each in facts.incidents if each.foul is not None]
    return next((said for each in fouls if (said := pace_text(camera, each, lang))), drift_text(camera, lang))


def _when(facts: IncidentFacts, lang: str) -> str:
    """What the match clock shows at the instant; where no period is known, match time in seconds."""
    clock_s = facts.clock_s
    if clock_s is None:
        return t("var.match_numbers.seconds", lang, seconds=_tenths(float(facts.instant_s), lang))
    return clock(float(clock_s), lang, 0)


def _tenths(seconds: float, lang: str) -> str:
    """Seconds to a tenth; what is printed as zero has no minus."""
    return number(round(seconds, 1) + 0.0, lang, 1)


def _about(facts: MatchFacts, lang: str) -> list[list[str]]:
    """The table 'match' of the first page."""
    setup = facts.match.setup
    periods = [
        t(
            "var.match_report.period",
            lang,
            name=printable(period_name(period.name, lang), lang, 40),
            clock=clock(period.clock_s, lang, 0),
            seconds=_tenths(float(period.starts_s), lang),
        )
        for period in setup.periods
    ]
    values = {
        "competition": printable(setup.competition, lang) or UNKNOWN,
        "date": day_text(setup.date, lang) or UNKNOWN,
        "venue": printable(setup.venue, lang) or UNKNOWN,
        "edition": printable(setup.edition, lang) or UNKNOWN,
        "periods": "; ".join(periods) or UNKNOWN,
        "origin": t(f"var.report.origins.{facts.origin.value}", lang),
        "incidents": number(len(facts.incidents), lang),
        "angles": number(len(facts.match.clips), lang),
    }
    if facts.arrivals:
        values["came"] = "; ".join(_arrival(told, lang) for told in facts.arrivals)
    return [[t(f"var.match_report.rows.{key}", lang), value] for key, value in values.items()]


def _arrival(told: Mapping[str, Any], lang: str) -> str:
    """When a match came from another machine, and by whose signature. What it says was a stranger's."""
    holder, at = told.get("holder"), told.get("at_utc")
    return t(
        "var.match_report.came",
        lang,
        at=utc_text(at if isinstance(at, str) else None, lang),
        holder=printable(holder, lang) if isinstance(holder, str) else t("var.transfer.unknown_holder", lang),
    )


def _attention(facts: MatchFacts, pictures: MatchPictures, proof: Proof, lang: str) -> list[str]:
    """What a reader must not overlook."""
    said = []
    for each in pictures.recordings:
        if not each.readable:
            camera = _label(each.clip, lang)
            when = {} if each.clip.removed is None else removal_words(each.clip.removed, lang)
            said.append(t(f"var.match_report.lost.{each.state.value}", lang, camera=camera, **when))
    for case in facts.sitting.unread:
        why = printable(case.fault.detail(lang), lang, LONGEST_NOTE)
        said.append(t("var.match_report.untold", lang, case=case.id, why=why))
    warned: dict[str, list[str]] = {}
    for incident in facts.incidents:
        for warning in warnings_of(incident, lang):
            warned.setdefault(warning, []).append(number(incident.incident.number, lang))
    for warning, numbers in warned.items():
        said.append(t("var.match_report.warning", lang, numbers=", ".join(numbers), warning=warning))
    undecided = [number(each.incident.number, lang) for each in facts.incidents if decision_words(each, lang) is None]
    if undecided:
        said.append(t("var.match_report.undecided_list", lang, numbers=", ".join(undecided)))
    if any(each.get("status") != "intact" for each in facts.arrivals):
        said.append(t("var.transfer.not_verified", lang))
    if facts.looks_lost:
        said.append(t("var.case_report.lost", lang, count=number(facts.looks_lost, lang)))
    if proof.head is None:
        said.append(t("var.match_report.no_ledger", lang))
    return said


def _asked(facts: IncidentFacts, lang: str) -> str:
    """What was asked of the marks; a dash where nothing was to be measured."""
    return t(f"var.question.name.{facts.incident.question.value}", lang) if measures(facts) else UNKNOWN


def _corrected(facts: IncidentFacts) -> bool:
    return len(facts.decisions) > 1 or any(each.case.amendments for each in facts.reviews)


def _by(facts: IncidentFacts, lang: str) -> str:
    if facts.decision is not None:
        return printable(facts.decision.decided_by, lang)
    review = ruling_of(facts.reviews)
    by = None if review is None else review.decided_by
    return UNKNOWN if by is None else printable(by.name, lang)


def _table_row(facts: IncidentFacts, lang: str) -> dict[str, Any]:
    """One incident in the table of the first page; ``label`` is where its section is."""
    decided, measured = decision_words(facts, lang), facts.measurement
    outcome = t("var.match_report.open", lang) if decided is None else decided["outcome"]
    if _corrected(facts):
        outcome = t("var.match_report.corrected", lang, outcome=outcome)
    margin = UNKNOWN
    if measured is not None:
        said = measurement_words(measured, lang)
        margin = margin_text(measured.margin, lang) if measured.margin else (said or {})["outcome"]
    return {
        "label": f"incident-{facts.incident.number}",
        "cells": [
            number(facts.incident.number, lang),
            _when(facts, lang),
            subject_of(facts, lang),
            _asked(facts, lang),
            outcome,
            _by(facts, lang),
            margin,
        ],
        "decided": decided is not None,
    }


def _incident(facts: IncidentFacts, pictures: MatchPictures, lang: str) -> dict[str, Any]:
    """An incident's section."""
    incident = facts.incident
    own = {} if incident.question is Question.OFFSIDE else catalogue("var", "question_report", lang)
    texts = dict(catalogue("var", "report", lang)["pdf"])
    texts |= own[incident.question.value]["pdf"] if own else {}
    stills = pictures.stills_of(incident.id)
    asked = asks_to_measure(facts)
    return {
        "label": f"incident-{incident.number}",
        "words": texts,
        "heading": t(
            "var.match_report.incident_heading",
            lang,
            number=number(incident.number, lang),
            clock=_when(facts, lang),
            subject=subject_of(facts, lang),
        ),
        "asked": t(f"var.question.what.{incident.question.value}", lang) if measures(facts) else None,
        "rows": incident_rows(facts, lang),
        "note": printable(incident.note, lang, LONGEST_NOTE) if incident.note.strip() else None,
        "decision": decision_words(facts, lang),
        "earlier": earlier_rows(facts, lang),
        "amendments": amendment_rows(facts.reviews, lang),
        "measurement_asked": asked,
        "measurement": measurement_words(facts.measurement, lang),
        "foul": foul_words(facts, lang),
        "warnings": warnings_of(facts, lang),
        "stills": [_still(each, facts, lang) for each in stills],
        "no_stills": None if stills else _no_stills(facts, pictures, lang),
        "lost": [_label(each.clip, lang) for each in _lost_angles(facts, pictures)] if stills else [],
        "clips": [each.file for each in pictures.clips_of(incident.id)],
        "reviews": all_words(facts.reviews, lang),
    }


def _lost_angles(facts: IncidentFacts, pictures: MatchPictures) -> list[Recording]:
    """The angles that have a picture of the incident by the archive, and whose recording could not be read."""
    shown = {still.clip.camera_id for still in facts.stills}
    return [each for each in pictures.recordings if not each.readable and each.clip.camera_id in shown]


def _no_stills(facts: IncidentFacts, pictures: MatchPictures, lang: str) -> str:
    lost = _lost_angles(facts, pictures)
    if not lost:
        return t("var.match_report.no_picture", lang)
    return t("var.match_report.stills_lost", lang, cameras=", ".join(_label(each.clip, lang) for each in lost))


def _still(still: SmallStill, facts: IncidentFacts, lang: str) -> dict[str, Any]:
    label, caption, alt = still_texts(still.facts, facts, lang)
    width, height = still.size_px
    return {"file": f"/{still.file}", "camera": label, "caption": caption, "alt": alt, "aspect": width / height}


def _numbers(facts: MatchFacts, lang: str, written_utc: str) -> dict[str, Any]:
    """The match in numbers; only ``fault`` where a review cannot be told."""
    marked_s = {each.incident.id: each.incident.at_s for each in facts.incidents}
    try:
        made = numbers_words(facts.match, facts.sitting, facts.now, lang, written_utc=written_utc, marked_s=marked_s)
    except TouchlineError as fault:
        return {"fault": t("var.match_report.no_numbers", lang, why=printable(fault.detail(lang), lang, LONGEST_NOTE))}
    kept = ("words", "rule_lines", "number_rows", "baseline_note", "request_rows", "no_failures", "failure_lines")
    return {"fault": None, **{name: made[name] for name in (*kept, "case_rows")}}


def _recording(found: Recording, match: Match, lang: str) -> dict[str, Any]:
    """A recording: what was found in its place, how long it is, and what is missing in it."""
    clip = found.clip

    def at(frame: int) -> str:
        match_s = clip.match_s(frame)
        clock_s = match.setup.clock_s(match_s)
        if clock_s is None:
            return t("var.match_numbers.seconds", lang, seconds=_tenths(float(match_s), lang))
        shown = clock(float(clock_s), lang, 0)
        return t("var.match_report.at", lang, clock=shown, seconds=_tenths(float(match_s), lang))

    gaps = [
        t(
            "var.match_report.gap",
            lang,
            frame=number(gap, lang),
            seconds=number(float(clip.match_s(gap) - clip.match_s(gap - 1)), lang, 2),
            start=at(gap - 1),
            end=at(gap),
        )
        for gap in clip.gaps[:MOST_GAPS]
    ]
    if len(clip.gaps) > MOST_GAPS:
        gaps.append(t("var.match_report.gaps_more", lang, count=number(len(clip.gaps) - MOST_GAPS, lang)))
    hashed = t("var.match_report.hashed", lang)
    if found.first_bytes is not None:
        hashed = t("var.match_report.hashed_growing", lang, bytes=number(found.first_bytes, lang))
    elif not found.readable:
        hashed = t("var.match_report.hashed_before", lang)
    width, height = clip.size_px
    return {
        "name": _label(clip, lang),
        "file": printable(clip.path.name, lang, 80),
        "state": t(f"var.match_report.state.{found.state.value}", lang),
        "readable": found.readable,
        "details": t(
            "var.match_report.details",
            lang,
            frames=number(len(clip), lang),
            start=at(0),
            end=at(len(clip) - 1),
            size=f"{width} × {height}",
            codec=clip.codec or UNKNOWN,
            origin=t(f"var.report.origins.{clip.timing.value}", lang),
        ),
        "gaps": gaps or [t("var.match_report.no_gaps", lang)],
        "hashed": hashed,
        "sha256": found.sha256,
    }


def _software(software: dict[str, Any], lang: str) -> list[list[str]]:
    libraries = ", ".join(f"{name} {version or UNKNOWN}" for name, version in software["libraries"].items())
    values = {
        "program": f"Touchline {software['version']}",
        "python": f"Python {software['python']}, {software['system']} {software['machine']}",
        "libraries": libraries,
    }
    return [[t(f"var.match_report.software.{key}", lang), value] for key, value in values.items()]

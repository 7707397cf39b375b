"""An incident in words, as the PDF template takes them: every number formatted, every text in one language."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from touchline import __version__
from touchline.i18n import UNKNOWN, catalogue, clock, number, t
from touchline.measure import CM_PER_M, MS_PER_S, Z95
from touchline.origin import Origin
from var.decisions.asking import measures_of
from var.export.facts import CalibrationFacts, CameraFacts, IncidentFacts, MeasurementFacts, Reason, StillFacts
from var.export.foul import contact_text, evidence_caption, foul_words, pace_text, person_rows
from var.export.phrases import (
    LONGEST_NOTE,
    MOST_IN_HEADER,
    cm,
    day_text,
    known,
    margin_text,
    printable,
    shortened,
    signed,
    utc_text,
)
from var.export.review_course import named
from var.export.review_facts import about as case_about
from var.export.review_facts import ruling_of
from var.export.review_words import all_words, contradicts, review_decision
from var.export.scene import scene_words
from var.export.stills import StillFile
from var.measure.area import Spotted
from var.model import BodyMark, Match, Question
from var.periods import period_name
from var.removed import facts as removal_facts

CONTRARY = {
    "offside": {"onside"},
    "onside": {"offside"},
    "over": {"in_play"},  # a goal may be disallowed for another reason
    "not_over": {"goal", "ball_out"},
    "inside": {"outside"},
    "outside": {"inside"},
}
"""Decisions that say another thing than a sure measurement."""

_ROLES_THAT_SIGN = 4


@dataclass(frozen=True, slots=True)
class FileHash:
    """A file that the report names, with its SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """Where the evidence log of the match ended when the report was written: line ``n`` with its hash."""

    ledger: str
    n: int
    sha256: str

    def document(self) -> dict[str, Any]:
        """The head as a JSON-ready document."""
        return {"file": LEDGER_FILE, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Signing:
    """A key that signs something of the package: ``signs`` is ``report``, ``media`` or ``package``; ``key`` is the
    SHA-256 of its public key, ``holder`` the name in its certificate."""

    signs: str
    holder: str
    key: str

    def document(self) -> dict[str, Any]:
        """The key as a JSON-ready document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a report is proved by: the head of the evidence log, None where the match has none yet, and who signs it."""

    head: LedgerHead | None
    holders: tuple[Signing, ...] = ()


LEDGER_FILE, ENTRIES_FILE = "ledger.jsonl", "entries.jsonl"


def digital_text(proof: Proof | None, lang: str) -> str:
    """By whom the paper is signed digitally."""
    by = next((each for each in proof.holders if each.signs == "report"), None) if proof else None
    if by is None:
        return t("var.report.pdf.digital_none", lang)
    return t("var.report.proof.signed", lang, holder=printable(by.holder, lang), digits=by.key[:16])


def ledger_words(proof: Proof | None, lang: str) -> dict[str, str] | None:
    """The head of the evidence log for the template; None where there is no log."""
    if proof is None or proof.head is None:
        return None
    head = proof.head
    short = f"{head.sha256[:8]}…{head.sha256[-8:]}"
    return {
        "text": t("var.report.proof.head", lang, n=number(head.n, lang), short=short),
        "full": f"{head.n}:{head.sha256}",
    }


def measurement_words(measured: MeasurementFacts | None, lang: str) -> dict[str, Any] | None:
    """The measurement for the template; None where nothing was measured."""
    if measured is None:
        return None
    interval = measured.interval95_m
    reasons = [reason_text(reason, lang) for reason in measured.reasons]
    if measured.halfway_governs:
        reasons.insert(0, t("var.report.measure.halfway", lang))
    governing = [
        f"{t(f'var.report.roles.{role.value}', lang)}: {t(f'var.report.parts.{part.value}', lang)}"
        for role, part in measured.governing
    ]
    details = " ".join(reason_text(detail, lang) for detail in measured.details)
    asked = measured.question
    room = "report" if asked is Question.OFFSIDE else f"question_report.{asked.value}"
    return {
        "outcome": t(f"var.{room}.verdict.{measured.outcome.value}", lang),
        "margin": margin_text(measured.margin, lang) if measured.margin else None,
        "interval": interval
        and t(
            "var.report.measure.interval",
            lang,
            low=cm(interval[0], lang, sign=True, decimals=1),
            high=cm(interval[1], lang, sign=True, decimals=1),
        ),
        "governing": t("var.report.measure.governing", lang, parts="; ".join(governing))
        if governing
        else details or None,
        "chart": _chart(measured, lang),
        "reasons": reasons,
        "budget": _budget(measured, lang),
    }


def reason_text(reason: Reason, lang: str) -> str:
    """A reason in words; names of cameras in it are people's texts."""
    return t(reason.key, lang, **{key: printable(str(value), lang) for key, value in reason.params.items()})


def _budget(measured: MeasurementFacts, lang: str) -> list[dict[str, Any]]:
    """The sources of doubt, the greatest first; ``bar`` is 0 to 1. Empty where nothing was measured."""
    known_m = [item.sigma_m for item in measured.budget if item.sigma_m is not None]
    if not known_m:
        return []
    total, widest = sum(sigma_m**2 for sigma_m in known_m), max(known_m)
    rows = []
    for item in sorted(measured.budget, key=lambda item: -1.0 if item.sigma_m is None else -item.sigma_m):
        if item.sigma_m is None:
            bar, sigma, share = 0.0, UNKNOWN, UNKNOWN
        else:
            bar = item.sigma_m / widest if widest else 0.0
            sigma = number(item.sigma_m * CM_PER_M, lang, 1)
            part = number(100 * item.sigma_m**2 / total, lang) if total else UNKNOWN
            share = t("var.report.measure.share", lang, share=part)
        rows.append({"name": t(item.key, lang), "bar": bar, "sigma": sigma, "share": share})
    return rows


def _chart(measured: MeasurementFacts, lang: str) -> dict[str, Any] | None:
    """The number line in centimetres: its ends, the interval, the margin and round ticks."""
    if measured.margin is None or measured.interval95_m is None:
        return None
    value, (start, end) = measured.margin.value * CM_PER_M, (edge * CM_PER_M for edge in measured.interval95_m)
    reach = 1.25 * max(abs(start), abs(end), 5.0)
    step = next(
        (size * 10**power for power in range(-1, 7) for size in (1, 2, 5) if reach / (size * 10**power) <= 4), 10.0**7
    )
    count = int(reach / step)
    ticks = [k * step for k in range(-count, count + 1)]
    return {
        "low": -reach,
        "high": reach,
        "from": start,
        "to": end,
        "value": value,
        "ticks": [{"value": tick, "label": signed(tick, lang, 0 if step >= 1 else 1)} for tick in ticks],
    }


def start_text(camera: CameraFacts, lang: str) -> str:
    """Where an angle's first frame lies in match time, with its doubt."""
    to_match = camera.clip.to_match
    offset = signed(float(to_match.offset_s), lang, 3)
    if to_match.sigma_s is None:
        return t("var.report.camera.start_unknown", lang, offset=offset)
    half = number(Z95 * to_match.sigma_s * MS_PER_S, lang, 1)
    return t("var.report.camera.start", lang, offset=offset, half=half)


def drift_text(camera: CameraFacts, lang: str) -> str:
    """How much faster match time runs than an angle's clock, in millionths."""
    ppm = float((camera.clip.to_match.rate - 1) * 10**6)
    return t("var.report.camera.rate", lang, ppm=signed(ppm, lang, 1))


def delta_text(camera_frame_s: Fraction, instant_s: Fraction, lang: str) -> str:
    """How far a frame lies from the instant, in milliseconds."""
    ms = float((camera_frame_s - instant_s) * MS_PER_S)
    return t("var.report.camera.delta", lang, ms=signed(ms, lang, 1))


def calibrated_text(found: CalibrationFacts, lang: str) -> str:
    """How an angle was calibrated: by clicks only, refined on painted lines, or followed from another frame."""
    lines, start = number(found.painted_lines, lang), number(found.followed_from, lang)
    return t(f"var.painted.report.{found.way}", lang, lines=lines, frame=start)


def timing_text(camera: CameraFacts, lang: str) -> str:
    """Where an angle's clock comes from, and how it was found."""
    timing = t(f"var.report.origins.{camera.clip.timing.value}", lang)
    if camera.clock is None:
        return timing
    ways = [camera.clock.method] + (["nudge"] if camera.clock.nudged_s and camera.clock.method != "nudge" else [])
    return f"{timing}: {', '.join(t(f'var.sync.method.{way}', lang) for way in ways)}"


def camera_row(camera: CameraFacts, facts: IncidentFacts, lang: str) -> list[str]:
    """One row of the table of angles."""
    clip, found = camera.clip, camera.calibration
    if camera.frame is None:
        frame, delta = t("var.report.no_picture", lang), UNKNOWN
    else:
        frame = number(camera.frame, lang)
        delta = delta_text(clip.match_s(camera.frame), facts.instant_on(clip.camera_id), lang)
    if found is None:
        residual = t("var.report.not_calibrated", lang)
    elif found.marks is None:
        residual = t("var.report.camera.residual_only", lang, rms=number(found.rms_px, lang, 2))
    else:
        residual = t("var.report.camera.residual", lang, rms=number(found.rms_px, lang, 2), marks=found.marks)
    timing = timing_text(camera, lang)
    if found is not None:
        residual = f"{residual} · {calibrated_text(found, lang)}"
    clock_texts = [start_text(camera, lang), pace_text(camera, facts, lang) or drift_text(camera, lang), timing]
    name = printable(clip.label or clip.camera_id, lang)
    if clip.removed is not None:
        name = f"{name} ({t('var.retention.removed', lang, **removal_facts(clip.removed, lang))})"
    return [name, frame, delta, *clock_texts, residual]


def decision_words(facts: IncidentFacts, lang: str) -> dict[str, Any] | None:
    """The decision that holds, for the template: one that was recorded by itself, else that of a review."""
    decision, review = facts.decision, ruling_of(facts.reviews)
    if decision is None:
        return None if review is None else review_decision(review, lang)
    rows = [
        [t("var.report.rows.by", lang), printable(decision.decided_by, lang)],
        [t("var.report.rows.at", lang), utc_text(decision.decided_utc, lang)],
    ]
    if decision.margin is not None or asks_to_measure(facts):
        rows.append([t("var.report.rows.margin", lang), margin_text(decision.margin, lang)])
    note = printable(decision.note, lang, LONGEST_NOTE) if decision.note.strip() else None
    return {"outcome": known("outcomes", decision.outcome, lang), "rows": rows, "note": note}


def earlier_rows(facts: IncidentFacts, lang: str) -> list[list[str]]:
    """The decisions that were superseded, the newest first."""
    return [
        [
            known("outcomes", old.outcome, lang),
            printable(old.decided_by, lang),
            utc_text(old.decided_utc, lang),
            margin_text(old.margin, lang),
            printable(old.note, lang, 300),
        ]
        for old in reversed(facts.decisions[:-1])
    ]


def warnings_of(facts: IncidentFacts, lang: str) -> list[str]:
    """What a reader must not overlook: marks changed after the decision, a decision against the measurement."""
    found = []
    if facts.measured_after_decision:
        found.append(t("var.report.warnings.changed", lang))
    measured = facts.measurement.outcome.value if facts.measurement else ""
    if facts.decision and facts.decision.outcome in CONTRARY.get(measured, ()):
        found.append(t("var.report.warnings.contrary", lang))
    review = ruling_of(facts.reviews)
    if facts.decision and review is not None and contradicts(review, facts.decision.outcome):
        found.append(t("var.case_report.contrary", lang, id=review.case.id))
    return found


def incident_rows(facts: IncidentFacts, lang: str) -> list[list[str]]:
    """The table 'incident' of the first page."""
    incident, setup = facts.incident, facts.match.setup
    period = setup.period_at(facts.instant_s)
    kick = t("var.report.rows.kick_unknown", lang)
    if incident.kick_camera is not None and incident.kick_frame is not None:
        marked = ((incident.kick_camera, incident.kick_frame), *incident.more_kicks)
        kick = "; ".join(
            t(
                "var.report.rows.kick_value",
                lang,
                camera=printable(facts.match.clip(camera).label or camera, lang),
                frame=number(frame, lang),
            )
            for camera, frame in marked
        )
    clock_s = facts.clock_s
    asked: dict[str, str] = {"kick": kick}
    asked["attack"] = t(f"var.report.attack.{incident.attack.value}", lang) if incident.attack else UNKNOWN
    if not measures(facts) and incident.kick_frame is None and incident.attack is None:
        asked = {}  # a penalty has no kick to mark
    elif incident.question is Question.BALL:
        asked = {"line": t(f"var.question.line.{incident.line}", lang) if incident.line else UNKNOWN}
    elif incident.question is Question.AREA:
        asked = {"spotted": t(f"var.question.spotted.{incident.spotted or Spotted.FOOT.value}", lang)}
    elif facts.foul is not None:
        asked = {"contact": contact_text(facts, lang), "attack": asked["attack"]}
    shown, match_s = clock(None if clock_s is None else float(clock_s), lang), number(float(facts.instant_s), lang, 3)
    clocks = {"clock": shown, "match_time": f"{match_s} s"}
    if facts.kick is not None:
        kick_clock_s = setup.clock_s(facts.kick.at_s)
        played = clock(float(facts.kick.at_s if kick_clock_s is None else kick_clock_s), lang)
        half = number(Z95 * facts.kick.sigma_s * MS_PER_S, lang)
        clocks = {
            "kick_at": t("var.report.rows.kick_at_value", lang, clock=played, half=half),
            "clock_frame": t("var.report.rows.clock_value", lang, clock=shown, seconds=match_s),
        }
    values = {
        "period": printable(period_name(period.name, lang), lang) if period else UNKNOWN,
        **clocks,
        **asked,
        "marked": utc_text(incident.created_utc, lang),
        "origin": t(f"var.report.origins.{facts.origin.value}", lang),
    }
    return [[t(f"var.report.rows.{key}", lang), value] for key, value in values.items()]


def officials_that_sign(match: Match, lang: str) -> list[dict[str, str]]:
    """The officials with a place to sign: by name where they were entered."""
    people = [
        {"role": known("officials", role, lang), "name": printable(name, lang)}
        for role, name in match.setup.officials[:_ROLES_THAT_SIGN]
    ]
    return people or [{"role": t(f"var.report.officials.{role}", lang), "name": ""} for role in ("referee", "var")]


def signatures_of(facts: IncidentFacts, lang: str) -> list[dict[str, str]]:
    """Who signs: the officials by name, the one who decided, the organiser."""
    people = officials_that_sign(facts.match, lang)
    decided, review = facts.decision.decided_by if facts.decision else "", ruling_of(facts.reviews)
    if not decided and review is not None and review.decided_by is not None:
        by = review.decided_by
        named_by_role = review.case.rules.pack.roles[by.role].is_called(by.name)  # nobody said who that was
        decided = "" if named_by_role else by.name
    if decided and all(printable(decided, lang) != person["name"] for person in people):
        people.append({"role": t("var.report.officials.decided", lang), "name": printable(decided, lang)})
    people.append({"role": t("var.report.officials.organiser", lang), "name": ""})
    return people


def subject_of(facts: IncidentFacts, lang: str) -> str:
    """What the incident is about: the situation of its case in the words of the pack, else the kind it was marked."""
    case = case_about(facts.reviews)
    situation = None if case is None else case.about
    return known("kinds", facts.incident.kind, lang) if situation is None else named(situation.name, lang)


def asks_to_measure(facts: IncidentFacts) -> bool:
    """Whether the paper has a place for a measurement, also where none was made."""
    if facts.foul is not None:
        return False
    case = case_about(facts.reviews)
    wanted = (
        facts.incident.kind in set(Question) if case is None else facts.incident.question.value in measures_of(case)
    )
    return facts.measurement is not None or wanted


def measures(facts: IncidentFacts) -> bool:
    """Whether the paper is about places in the picture: a measurement, or a foul with its contact."""
    return facts.foul is not None or asks_to_measure(facts)


def clock_or_match_time(facts: IncidentFacts, at_s: Fraction, lang: str) -> str:
    """What the match clock shows at an instant; where no period is known, match time in seconds, said to be that."""
    clock_s = facts.match.setup.clock_s(at_s)
    if clock_s is None:
        return t("var.report.camera.at_match_time", lang, seconds=number(float(at_s), lang, 3))
    return t("var.report.camera.at_clock", lang, clock=clock(float(clock_s), lang))


def report_words(
    facts: IncidentFacts,
    lang: str,
    *,
    stills: Sequence[StillFile],
    files: Iterable[FileHash],
    written_utc: str,
    proof: Proof | None = None,
) -> dict[str, Any]:
    """Everything the PDF template prints, as strings and plain numbers."""
    match, incident, setup = facts.match, facts.incident, facts.match.setup
    name = printable(match.name, lang)
    kind = subject_of(facts, lang)
    texts = catalogue("var", "report", lang)
    words: dict[str, Any] = dict(texts["pdf"])
    for table in ("earlier", "cameras", "marks", "files"):
        words[f"{table}_head"] = list(texts["heads"][table].values())
    if facts.kick is not None:
        words["cameras_head"][2] = texts["camera"]["delta_kick"]
    words["reading_points"] = list(texts["reading"].values())
    if not measures(facts):
        if not any(still.lines_drawn for still in facts.stills):
            words |= texts["unmeasured"]["pdf"]
        words["reading_points"] = list(texts["unmeasured"]["reading"].values())
    elif incident.question is not Question.OFFSIDE:
        own = catalogue("var", "question_report", lang)[incident.question.value]
        words |= own["pdf"]
        words["marks_head"], words["reading_points"] = list(own["marks"].values()), list(own["reading"].values())
    sides = [printable(side, lang) for side in (setup.home.name, setup.away.name) if side]
    edition = t("var.report.rows.edition", lang, edition=printable(setup.edition, lang)) if setup.edition else ""
    about = [printable(setup.competition, lang), day_text(setup.date, lang), printable(setup.venue, lang), edition]
    return {
        "lang": lang,
        "words": words,
        "simulated": facts.origin is Origin.SIMULATED,
        "title": t("var.report.pdf.title", lang, number=incident.number, match=name),
        "author": f"Touchline {__version__}",
        "keywords": [kind, facts.origin.value, incident.id],
        "heading": t("var.report.pdf.heading", lang, number=incident.number, kind=kind),
        "header_left": t("var.report.pdf.header_left", lang, match=shortened(name, MOST_IN_HEADER)),
        "header_right": t(
            "var.report.pdf.header_right",
            lang,
            number=incident.number,
            clock=clock_or_match_time(facts, facts.instant_s, lang),
        ),
        "footer": t("var.report.pdf.footer", lang, version=__version__, written=utc_text(written_utc, lang)),
        "teams": " – ".join(sides) if len(sides) == 2 else name,
        "competition": " · ".join(part for part in about if part) or words["about_unknown"],
        "incident": incident_rows(facts, lang),
        "officials": [[known("officials", role, lang), printable(who, lang)] for role, who in setup.officials],
        "note": printable(incident.note, lang, LONGEST_NOTE) if incident.note.strip() else None,
        "decision": decision_words(facts, lang),
        "earlier": earlier_rows(facts, lang),
        "measurement_asked": asks_to_measure(facts),
        "foul": foul_words(facts, lang),
        "ordered": facts.foul is not None,
        "measurement": measurement_words(facts.measurement, lang),
        "scene": scene_words(facts, lang),
        "reviews": all_words(facts.reviews, lang),
        "warnings": warnings_of(facts, lang),
        "cameras": [camera_row(camera, facts, lang) for camera in facts.cameras],
        "marks": [
            [
                t(f"var.report.roles.{mark.role.value}", lang),
                t(f"var.report.parts.{mark.part.value}", lang),
                printable(match.clip(mark.click.camera_id).label or mark.click.camera_id, lang),
                number(mark.click.frame, lang),
                f"{number(mark.click.u_px, lang, 1)}; {number(mark.click.v_px, lang, 1)}",
            ]
            for mark in facts.body_marks
        ]
        + _spot_rows(facts, lang)
        + person_rows(facts, lang),
        "proposals": [_proposal_words(mark, lang) for mark in facts.body_marks if mark.proposal is not None],
        "stills": [_still_words(still, facts, lang, large=k == 0) for k, still in enumerate(stills)],
        "signatures": signatures_of(facts, lang),
        "digital": digital_text(proof, lang),
        "ledger": ledger_words(proof, lang),
        "files": [{"name": printable(file.name, lang), "sha256": file.sha256} for file in files],
    }


def _proposal_words(mark: BodyMark, lang: str) -> str:
    """Who proposed a body point, and what the person who took it did with it."""
    assert mark.proposal is not None  # the caller chose those
    u, v = mark.proposal.px
    off_px = math.hypot(mark.click.u_px - u, mark.click.v_px - v)
    return t(
        f"var.assist.report.{'moved' if mark.moved else 'confirmed'}",
        lang,
        role=t(f"var.report.roles.{mark.role.value}", lang),
        part=t(f"var.report.parts.{mark.part.value}", lang),
        model=printable(mark.proposal.model, lang),
        sure=number(100 * mark.proposal.confidence, lang),
        off=number(off_px, lang, 1),
    )


def _spot_rows(facts: IncidentFacts, lang: str) -> list[list[str]]:
    """The clicks on the ball or the contact, numbered, by angle and frame."""
    match, rows = facts.match, []
    marks = sorted(facts.spot_marks, key=lambda mark: (mark.click.camera_id, mark.click.frame))
    for place, mark in enumerate(marks, 1):
        clip = match.clip(mark.click.camera_id)
        what = [number(place, lang), delta_text(clip.match_s(mark.click.frame), facts.instant_s, lang)]
        if facts.incident.question is Question.OFFSIDE:  # beside the players', who have a body part
            what = [t("var.question.spotted.ball", lang), ""]
        rows.append(
            [
                *what,
                printable(clip.label or clip.camera_id, lang),
                number(mark.click.frame, lang),
                f"{number(mark.click.u_px, lang, 1)}; {number(mark.click.v_px, lang, 1)}",
            ]
        )
    return rows


def _still_words(still: StillFile, facts: IncidentFacts, lang: str, *, large: bool) -> dict[str, Any]:
    """A still with its caption: frame, match clock, distance from the instant. It is printed ``large`` where something
    that measures is drawn; ``aspect`` is its width over its height."""
    label, caption, alt = still_texts(still.facts, facts, lang)
    width, height = still.facts.clip.size_px
    return {
        "file": f"/{still.drawn}",
        "camera": label,
        "caption": caption,
        "alt": alt,
        "large": large or (still.facts.lines_drawn and facts.foul is None),
        "aspect": width / height,
    }


def still_texts(still: StillFacts, facts: IncidentFacts, lang: str) -> tuple[str, str, str]:
    """Of a still the angle's name, the caption, and what is said in its stead where it cannot be seen."""
    clip, frame = still.clip, still.frame
    at_s = clip.match_s(frame)
    caption = t(
        "var.report.camera.caption" if facts.kick is None else "var.report.camera.caption_kick",
        lang,
        frame=number(frame, lang),
        clock=clock_or_match_time(facts, at_s, lang),
        delta=delta_text(at_s, facts.instant_on(clip.camera_id), lang),
    )
    if clip.to_match.sigma_s is None and clip.camera_id != facts.match.clips[facts.match.master].camera_id:
        caption += f" {t('var.report.camera.clock_unmeasured', lang)}"
    if evidence := evidence_caption(facts, clip.camera_id, frame, lang):
        caption = f"{evidence} · {caption}"
    if not still.lines_drawn and facts.foul is None and asks_to_measure(facts):
        caption += f" · {t('var.report.camera.no_lines', lang)}"
    label = printable(clip.label or clip.camera_id, lang)
    return label, caption, t("var.report.camera.alt", lang, camera=label, frame=number(frame, lang))

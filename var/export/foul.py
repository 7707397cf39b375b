"""A foul in the incident folder: what was measured and what was judged as tables of the report, evidence as stills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchline.i18n import UNKNOWN, number, t
from var.export.facts import CameraFacts, Drawing, IncidentFacts, StillFacts
from var.export.phrases import LONGEST_NOTE, printable
from var.foul.document import who_text, why_text
from var.foul.wording import (
    aid_value,
    basis_lines,
    imported_rows,
    look_text,
    remark_rows,
    speed_text,
    sure_text,
    word_text,
)

if TYPE_CHECKING:
    from var.foul.answers import Answered
    from var.foul.review import FoulReview

MOST_LOOKS = 12
"""Looks that the paper names; all of them are in the JSON."""


def foul_stills(
    review: FoulReview, cameras: Sequence[CameraFacts], overlays: Mapping[str, Mapping[Any, Sequence[Drawing]]]
) -> tuple[StillFacts, ...]:
    """The stills of a foul: pictures of evidence in their order, then each angle's picture of the contact and every
    other one on which somebody was marked."""
    clips = {camera.clip.camera_id: camera.clip for camera in cameras}
    wanted = [frame.picture for frame in review.notes.frames if frame.camera_id in clips]
    wanted += [(camera.clip.camera_id, camera.frame) for camera in cameras if camera.frame is not None]
    wanted += sorted((camera, int(frame)) for camera, own in overlays.items() for frame in own if str(frame).isdigit())
    return tuple(
        StillFacts(clips[camera], frame, tuple(overlays.get(camera, {}).get(str(frame), ())))
        for camera, frame in dict.fromkeys(wanted)
    )


def evidence_caption(facts: IncidentFacts, camera_id: str, frame: int, lang: str) -> str:
    """What a picture is evidence of, with its place in the order; empty for one that is none."""
    notes = None if facts.foul is None else facts.foul.notes
    for place, each in enumerate(() if notes is None else notes.frames, 1):
        if notes is not None and each.picture == (camera_id, frame):
            said = f"{number(place, lang)}. {t(f'var.foul_review.shows.{each.shows.value}', lang)}"
            if each.picture in notes.best:
                said += f" · {t('var.foul_review.best', lang)}"
            return said + (f" · “{printable(each.note, lang, 300)}”" if each.note else "")
    return ""


def contact_text(facts: IncidentFacts, lang: str) -> str:
    """The pictures that were marked as the contact, with how sure each is."""
    assert facts.foul is not None  # the caller asks of a foul
    said = []
    for angle in facts.foul.window.angles:
        if angle.mark is not None:
            camera = printable(facts.match.clip(angle.camera_id).label or angle.camera_id, lang)
            marked = t("var.report.rows.kick_value", lang, camera=camera, frame=number(angle.mark.frame, lang))
            said.append(f"{marked} ({sure_text(angle, lang)})")
    return "; ".join(said) or t("var.report.rows.kick_unknown", lang)


def pace_text(camera: CameraFacts, facts: IncidentFacts, lang: str) -> str:
    """How much slower than life a replay is, which no drift of a clock is; empty for an angle at the speed of life."""
    if facts.foul is None:
        return ""
    angle = facts.foul.window.angle(camera.clip.camera_id)
    return "" if angle.is_timed else speed_text(angle, lang)


def person_rows(facts: IncidentFacts, lang: str) -> list[list[str]]:
    """Who was marked where, as rows of the table of marks."""
    if facts.foul is None:
        return []
    rows = []
    for mark in facts.foul.notes.persons:
        clip = facts.match.clip(mark.click.camera_id)
        rows.append(
            [
                who_text(mark.name, lang),
                t(f"var.foul_review.ground.{'on' if mark.on_ground else 'off'}", lang),
                printable(clip.label or clip.camera_id, lang),
                number(mark.click.frame, lang),
                f"{number(mark.click.u_px, lang, 1)}; {number(mark.click.v_px, lang, 1)}",
            ]
        )
    return rows


def foul_words(facts: IncidentFacts, lang: str) -> dict[str, Any] | None:
    """The foul for the template; None where none is asked about."""
    review = facts.foul
    if review is None:
        return None
    return {
        "measured": _measured(review, lang),
        "judged": _judged(review, lang),
        "looks": _looked_at(review, lang),
        "imported": {
            "heading": t("var.foul_review.pdf.imported", lang),
            "rows": [[printable(field, lang), printable(word, lang)] for field, word in imported_rows(review, lang)]
            + [[where, printable(said, lang, 300)] for where, said in remark_rows(review.annotation, lang)],
        }
        if review.annotation is not None
        else None,
    }


def _measured(review: FoulReview, lang: str) -> dict[str, Any]:
    shared = review.measured.reasons
    rows = []
    for aid in review.measured.aids:
        why = [why_text(each, review.match, lang) for each in aid.reasons if each not in shared]
        name = t(f"var.foul_aids.name.{aid.key}", lang)
        if not aid.is_refused or why:
            rows.append([name, aid_value(aid, lang), " ".join(why)])
    return {
        "heading": t("var.foul_review.pdf.measured", lang),
        "note": t("var.foul_review.pdf.measured_note", lang),
        "head": [t(f"var.foul_review.pdf.head_{name}", lang) for name in ("aid", "value", "reason")],
        "rows": _printable(rows, lang),
        "none": t("var.foul_review.none_measured", lang),
        "reasons": [printable(why_text(why, review.match, lang), lang, LONGEST_NOTE) for why in shared],
    }


def _judged(review: FoulReview, lang: str) -> dict[str, Any]:
    rows = [_answer(each, review, lang) for each in review.judged if each.mark is not None]
    return {
        "heading": t("var.foul_review.pdf.judged", lang),
        "note": t("var.foul_review.pdf.judged_note", lang),
        "head": [t(f"var.foul_review.pdf.head_{name}", lang) for name in ("item", "answer", "law")],
        "rows": _printable(rows, lang),
        "none": t("var.foul_review.pdf.none_judged", lang),
    }


def _answer(each: Answered, review: FoulReview, lang: str) -> list[str]:
    name = t(f"var.foul_law.item.{each.item.key}.name", lang)
    word = word_text(each, lang)
    if each.word is None:
        word += f" → {t(f'var.foul_law.reads.{each.reads.value}', lang)}"
    by = UNKNOWN if each.mark is None or not each.mark.by else each.mark.by
    return [name, f"{word} ({by})", " · ".join(basis_lines(each, review.match, lang))]


def _looked_at(review: FoulReview, lang: str) -> list[str]:
    """What was looked at, and how fast; how much of the log is missing."""
    seeing = review.seeing
    said = [printable(look_text(look, review.match, lang), lang) for look in seeing.looks[:MOST_LOOKS]]
    if not said:
        said = [t("var.foul_law.seen.not_seen", lang)]
    if len(seeing.looks) > MOST_LOOKS:
        said.append(t("var.foul_review.pdf.looks_more", lang, count=number(len(seeing.looks) - MOST_LOOKS, lang)))
    if seeing.lost:
        said.append(t("var.foul_review.looks_lost", lang, count=number(seeing.lost, lang)))
    return said


def _printable(rows: Sequence[Sequence[str]], lang: str) -> list[list[str]]:
    return [[printable(cell, lang, LONGEST_NOTE) for cell in row] for row in rows]

"""A foul review as a JSON-ready document (schema ``foul_review``): ``measured`` and ``judged`` apart, and no verdict.

Keys name things for programs; ``text`` says the same in one language.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from touchline.i18n import find, t
from touchline.measure import MS_PER_S, Z95
from var.foul.aids import Aid, Why
from var.foul.answers import Answered, Seeing
from var.foul.labels import LABELS
from var.foul.law12 import LAWS
from var.foul.notes import PersonMark, Picture
from var.foul.review import FoulReview
from var.foul.window import AngleWindow, ContactWindow
from var.model import Match


def foul_document(review: FoulReview, lang: str) -> dict[str, Any]:
    """The whole review as the command prints it."""
    match, incident, notes = review.match, review.incident, review.notes
    return {
        "match": match.id,
        "incident": {
            "id": incident.id,
            "number": incident.number,
            "kind": incident.kind,
            "at_s": float(incident.at_s),
            "attack": None if incident.attack is None else incident.attack.value,
        },
        "origin": match.origin.value,
        "window": _window(review.window, match),
        "evidence": [
            {
                "camera": frame.camera_id,
                "frame": frame.frame,
                "sha256": match.clip(frame.camera_id).sha256,
                "shows": frame.shows.value,
                "text": t(f"var.foul_review.shows.{frame.shows.value}", lang),
                "best": frame.picture in notes.best,
                "note": frame.note,
                "by": frame.by,
                "at_utc": frame.at_utc,
            }
            for frame in notes.frames
        ],
        "people": [_person(mark) for mark in notes.persons],
        "measured": {
            "aids": [_aid(aid, match, lang) for aid in review.measured.aids],
            "people": [
                {
                    "who": stood.name,
                    "pitch_m": list(stood.pitch_m),
                    "sigma_m": list(stood.sigma_m),
                    "mps": None if stood.mps is None else list(stood.mps),
                }
                for stood in review.measured.people
            ],
            "cameras": list(review.measured.cameras),
            "reasons": [_why(why, match, lang) for why in review.measured.reasons],
        },
        "judged": {
            "laws": LAWS,
            "items": [_item(each, lang) for each in review.judged],
            "looks": _looks(review.seeing),
            "text": t("var.foul_law.no_verdict", lang),
        },
        "annotation": _annotation(review),
        "decisions": [
            {
                "outcome": decision.outcome,
                "by": decision.decided_by,
                "account": decision.account,
                "at_utc": decision.decided_utc,
                "note": decision.note,
            }
            for decision in review.decisions
        ],
    }


def foul_facts(review: FoulReview, lang: str) -> dict[str, Any]:
    """What a decision on a foul rests on, to be kept in its ``facts``: all but the decisions themselves."""
    document = foul_document(review, lang)
    del document["decisions"]
    return {"question": review.incident.question.value, "foul": document}


def _window(window: ContactWindow, match: Match) -> dict[str, Any]:
    return {
        "at": _exact(window.at_s),
        "camera": window.camera_id,
        "sure_ms": _half_ms(window.sigma_s),
        "before_s": float(window.before_s),
        "after_s": float(window.after_s),
        "angles": [_angle(angle, match, marked=window.camera_id is not None) for angle in window.angles],
        "without_picture": list(window.without_picture),
        "unsynchronised": list(window.unsynchronised),
    }


def _angle(angle: AngleWindow, match: Match, *, marked: bool) -> dict[str, Any]:
    mark = angle.mark
    return {
        "camera": angle.camera_id,
        "label": match.clip(angle.camera_id).label,
        "found": angle.found.value,
        "frame": angle.frame,
        "at": _exact(angle.at_s),
        "off_ms": None if angle.off_s is None else float(angle.off_s * MS_PER_S),
        "sure_ms": _half_ms(angle.sigma_s) if marked else None,  # else it shows no contact that anybody marked
        "agrees": angle.agrees,
        "first": angle.first,
        "last": angle.last,
        "times_slower": None if angle.slower is None else float(angle.slower),
        "px": None if mark is None or mark.px is None else list(mark.px),
        "entry": None if mark is None else mark.id,
    }


def _exact(seconds: Fraction) -> dict[str, Any]:
    return {"exact": str(seconds), "s": float(seconds)}


def _half_ms(sigma_s: float | None) -> float | None:
    """Half of the 95 % interval in milliseconds."""
    return None if sigma_s is None else Z95 * sigma_s * MS_PER_S


def _person(mark: PersonMark) -> dict[str, Any]:
    click = mark.click
    return {
        "who": mark.name,
        "camera": click.camera_id,
        "frame": click.frame,
        "px": [click.u_px, click.v_px],
        "on_ground": mark.on_ground,
        "entry": mark.id,
    }


def _aid(aid: Aid, match: Match, lang: str) -> dict[str, Any]:
    document = aid.document()
    document["reasons"] = [_why(why, match, lang) for why in aid.reasons]
    document["text"] = t(f"var.foul_aids.name.{aid.key}", lang)
    return document


def who_text(who: str | None, lang: str) -> str:
    """Who is meant, in words: ``defender_2`` is the second defender."""
    name, _, number = (who or "").partition("_")
    if number:
        return t("var.foul_aids.who.defender_number", lang, number=number)
    return t(f"var.foul_aids.who.{name}", lang) if name else ""


def why_text(why: Why, match: Match, lang: str) -> str:
    """A reason in words."""
    labels = {clip.camera_id: clip.label or clip.camera_id for clip in match.clips}
    camera = "" if why.camera is None else labels.get(why.camera, why.camera)
    key = f"var.foul_aids.reason.{why.code}"
    return t(
        key if find(key, lang) is not None else f"var.offside.reason.{why.code}",
        lang,
        camera=camera,
        who=who_text(why.who, lang),
    )


def _why(why: Why, match: Match, lang: str) -> dict[str, Any]:
    return {**why.document(), "text": why_text(why, match, lang)}


def _item(each: Answered, lang: str) -> dict[str, Any]:
    item, mark = each.item, each.mark
    return {
        "item": item.key,
        "group": item.group.value,
        "text": t(f"var.foul_law.item.{item.key}.name", lang),
        "words": list(item.words),
        "replay": item.replay.value,
        "aids": list(item.aids),
        "answered": None if mark is None else mark.word,
        "reads": each.reads.value,
        "answer": each.word,
        "seen": each.seen.value,
        "seen_by_then": None if each.seen_by_then is None else each.seen_by_then.value,
        "looks": list(each.looks),
        "warns": each.warns,
        "law": None if each.law is None else t(each.law, lang),
        "frames": [] if mark is None else [_picture(frame) for frame in mark.frames],
        "note": "" if mark is None else mark.note,
        "override": "" if mark is None else mark.override,
        "by": None if mark is None else mark.by,
        "at_utc": None if mark is None else mark.at_utc,
    }


def _picture(picture: Picture) -> dict[str, Any]:
    return {"camera": picture[0], "frame": picture[1]}


def _looks(seeing: Seeing) -> dict[str, Any]:
    return {
        "speeds_ms": {speed.value: ms for speed, ms in seeing.speeds_ms.items()},
        "cameras": list(seeing.cameras),
        "speed_unknown": list(seeing.speed_unknown),
        "lost": seeing.lost,
        "looks": [
            {
                "camera": look.camera_id,
                "first": look.first,
                "last": look.last,
                "speed": look.speed.value,
                "asked": look.asked,
                "reached": look.reached,
                "ms": look.ms,
                "at_utc": look.at_utc,
            }
            for look in seeing.looks
        ],
    }


def _annotation(review: FoulReview) -> dict[str, Any] | None:
    """The imported labels; what is not known is null, never a word."""
    foul = review.annotation
    if foul is None:
        return None
    labels = {name: foul.annotation.label(name) for name in LABELS}
    return {
        "origin": foul.origin.value,
        "action": foul.source.key,
        "labels": {name: None if label is None else label.value for name, label in labels.items()},
        "changed": list(foul.changed),
        "remarks": [dict(remark) for remark in foul.remarks],
    }

"""What people do in the review of a foul, each an entry that is only added: mark the contact, keep pictures, say who
stands where, answer the checklist. ``Archive.undo`` and ``Archive.remove`` take any of them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from touchline.errors import BadValue
from var.archive import Archive
from var.foul.law12 import BY_KEY
from var.foul.notes import ANSWER, BEST, CONTACT, FRAME, ORDER, PERSON, FoulNotes, Picture, Shows, Who
from var.model import Click, Match

LONGEST_NOTE = 2000
MOST_DEFENDERS = 10


def mark_contact(
    archive: Archive,
    incident_id: str,
    *,
    camera_id: str,
    frame: int,
    sha256: str,
    px: tuple[float, float] | None = None,
    by: str = "",
) -> FoulNotes:
    """Say which picture of an angle shows the contact, and with ``px`` where in it; another of that angle replaces it.
    Raises ``BadValue`` for a picture that is not of this match."""
    u, v = (0.0, 0.0) if px is None else px
    click = Click(camera_id, frame, sha256, u, v)
    _match(archive, incident_id, click)
    body = {"camera": camera_id, "frame": frame, "sha256": sha256, "px": None if px is None else [u, v]}
    return _added(archive, incident_id, CONTACT, body, by)


def keep_frame(
    archive: Archive,
    incident_id: str,
    *,
    camera_id: str,
    frame: int,
    sha256: str,
    shows: Shows = Shows.OTHER,
    note: str = "",
    by: str = "",
) -> FoulNotes:
    """Keep a picture as evidence; the same picture again says anew what it shows. Raises ``BadValue`` for a picture
    that is not of this match."""
    _match(archive, incident_id, Click(camera_id, frame, sha256, 0.0, 0.0))
    body = {"camera": camera_id, "frame": frame, "sha256": sha256, "shows": Shows(shows).value, "note": _short(note)}
    return _added(archive, incident_id, FRAME, body, by)


def drop_frame(archive: Archive, incident_id: str, picture: Picture, *, by: str = "") -> FoulNotes:
    """Say that a picture is no evidence any more. Raises ``BadValue`` for one that is none."""
    _known(archive, incident_id, [picture])
    return _added(archive, incident_id, FRAME, {"camera": picture[0], "frame": picture[1], "dropped": True}, by)


def order_frames(archive: Archive, incident_id: str, pictures: Sequence[Picture], *, by: str = "") -> FoulNotes:
    """Put the pictures that are evidence in an order; those not named come behind. Raises ``BadValue``."""
    _known(archive, incident_id, pictures)
    return _added(archive, incident_id, ORDER, {"frames": [list(picture) for picture in pictures]}, by)


def choose_best(archive: Archive, incident_id: str, camera_id: str, frame: int | None, *, by: str = "") -> FoulNotes:
    """Say which of an angle's pictures of evidence is its best view, or with None that none is. Raises ``BadValue``."""
    if frame is not None:
        _known(archive, incident_id, [(camera_id, frame)])
    return _added(archive, incident_id, BEST, {"camera": camera_id, "frame": frame}, by)


def mark_person(
    archive: Archive,
    incident_id: str,
    who: Who,
    click: Click,
    *,
    number: int = 0,
    on_ground: bool = True,
    by: str = "",
) -> FoulNotes:
    """Say where somebody stands in a picture: a click on the ground below the middle of the body, or on the middle of
    the ball. Defenders have numbers from 1. Raises ``BadValue`` for another number or a picture of another match."""
    if not (1 <= number <= MOST_DEFENDERS if who is Who.DEFENDER else number == 0):
        raise BadValue("var.errors.bad_defender", number=number, most=MOST_DEFENDERS)
    _match(archive, incident_id, click)
    body = {"who": who.value, "number": number, "click": asdict(click), "on_ground": on_ground}
    return _added(archive, incident_id, PERSON, body, by)


def answer(
    archive: Archive,
    incident_id: str,
    item: str,
    word: str | None,
    *,
    frames: Sequence[Picture] = (),
    note: str = "",
    override: str = "",
    by: str = "",
) -> FoulNotes:
    """Answer an item of the checklist with one of its words, or with None take the answer back. ``frames`` are the
    pictures of evidence it rests on; ``override`` says why it stands although it was not looked at in normal speed.

    Raises ``BadValue`` for an item or a word that there is not, a picture that is no evidence, and without a name.
    """
    asked = BY_KEY.get(item)
    if asked is None:
        raise BadValue("var.errors.bad_foul_item", item=item, items=", ".join(BY_KEY))
    if word is not None and word not in asked.words:
        raise BadValue("var.errors.bad_foul_answer", item=item, word=word, words=", ".join(asked.words))
    if not (by if archive.person is None else archive.person.name).strip():
        raise BadValue("var.errors.nobody_decides")
    _known(archive, incident_id, frames)
    body = {
        "item": item,
        "word": word,
        "frames": [list(picture) for picture in frames],
        "note": _short(note),
        "override": _short(override),
    }
    return _added(archive, incident_id, ANSWER, body, by.strip())


def _added(archive: Archive, incident_id: str, kind: str, body: dict[str, Any], by: str) -> FoulNotes:
    match_id = archive.incident(incident_id).match_id
    archive.add_entry(match_id, kind, body, by=by, incident_id=incident_id)
    return archive.review(match_id).foul_notes(incident_id)


def _match(archive: Archive, incident_id: str, click: Click) -> Match:
    match = archive.match(archive.incident(incident_id).match_id)
    archive.checked(match, click)
    return match


def _known(archive: Archive, incident_id: str, pictures: Sequence[Picture]) -> None:
    """Nothing, where all ``pictures`` are evidence of the incident and named once."""
    notes = archive.review(archive.incident(incident_id).match_id).foul_notes(incident_id)
    there = {each.picture for each in notes.frames}
    for place, picture in enumerate(pictures):
        if tuple(picture) not in there or picture in pictures[:place]:
            raise BadValue("var.errors.no_such_evidence", camera=picture[0], frame=picture[1])


def _short(text: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise BadValue("var.errors.foul_note_too_long", most=LONGEST_NOTE)
    return text.strip()

"""What people note of a foul: the contact, pictures as evidence, who stands where, answers to Law 12. Entries are only
added; the latest of each counts, and nothing here judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from var.model import Click

CONTACT, FRAME, ORDER, BEST = "foul_contact", "foul_frame", "foul_order", "foul_best"
PERSON, ANSWER = "foul_person", "foul_answer"
MARKED = (CONTACT, FRAME, ORDER, BEST, PERSON)
"""The kinds of entries that mark something on pictures; an answer judges."""

NOTED = frozenset({*MARKED, ANSWER})

Picture = tuple[str, int]
"""An angle and one of its frames."""


class Shows(StrEnum):
    """What a picture is evidence of."""

    CONTACT = "contact"
    BEFORE = "before"
    BALL = "ball"
    OTHER = "other"


class Who(StrEnum):
    """Who or what stands where a person clicked."""

    ATTACKER = "attacker"
    """The player who was fouled, or may have been."""
    OFFENDER = "offender"
    BALL = "ball"
    DEFENDER = "defender"
    """A further opponent of the attacker, the goalkeeper among them; numbered from 1."""


class Said(StrEnum):
    """What a person answers."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ContactMark:
    """The picture of an angle that shows the contact; ``px`` is the point of contact in it, None where nobody marked
    it."""

    id: int
    camera_id: str
    frame: int
    px: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFrame:
    """A picture that is evidence: what it ``shows``, a note, by whom and when."""

    id: int
    camera_id: str
    frame: int
    shows: Shows
    note: str = ""
    by: str = ""
    at_utc: str = ""

    @property
    def picture(self) -> Picture:
        """The angle and its frame."""
        return self.camera_id, self.frame


@dataclass(frozen=True, slots=True)
class PersonMark:
    """Where somebody stands: a click on the ground below the middle of the body, or on the middle of the ball.
    ``number`` tells defenders apart; ``on_ground`` is False for who jumps or falls, and for a ball in the air."""

    id: int
    who: Who
    number: int
    click: Click
    on_ground: bool = True

    @property
    def name(self) -> str:
        """``attacker``, ``offender``, ``ball``, ``defender_1``..."""
        return f"{self.who.value}_{self.number}" if self.who is Who.DEFENDER else self.who.value


@dataclass(frozen=True, slots=True)
class AnswerMark:
    """What was answered to an item of the checklist (``var.foul.law12``): ``word`` is one of ``Said``, or one of the
    words of an item that has its own. ``frames`` are the pictures it rests on, ``override`` why slow motion was enough
    where the protocol asks for normal speed; empty where nobody said so."""

    id: int
    item: str
    word: str
    frames: tuple[Picture, ...] = ()
    note: str = ""
    override: str = ""
    by: str = ""
    at_utc: str = ""


@dataclass(frozen=True, slots=True)
class FoulNotes:
    """All that counts of one incident. ``frames`` are in the order that was said, later ones behind; ``best`` is the
    best view of each angle that has one; ``contacts`` begin with the angle that was marked first."""

    incident_id: str
    contacts: tuple[ContactMark, ...] = ()
    frames: tuple[EvidenceFrame, ...] = ()
    best: tuple[Picture, ...] = ()
    persons: tuple[PersonMark, ...] = ()
    answers: tuple[AnswerMark, ...] = ()

    def answer(self, item: str) -> AnswerMark | None:
        """The answer to an item that counts; None where there is none."""
        return next((each for each in self.answers if each.item == item), None)

    def contact(self, camera_id: str) -> ContactMark | None:
        """The contact as marked on an angle."""
        return next((each for each in self.contacts if each.camera_id == camera_id), None)


def noted(notes: FoulNotes, kind: str, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    """The notes after one more entry (``seq``, ``by``, ``at_utc``) of a kind in ``NOTED``."""
    return _TAKE[kind](notes, entry, body)


def _contact(notes: FoulNotes, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    px = body.get("px")
    made = ContactMark(entry["seq"], body["camera"], body["frame"], None if px is None else (px[0], px[1]))
    before = notes.contact(made.camera_id)
    if before is None:
        return replace(notes, contacts=(*notes.contacts, made))
    return replace(notes, contacts=tuple(made if each is before else each for each in notes.contacts))


def _frame(notes: FoulNotes, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    """A picture as evidence; the same picture again says it anew at its place, or with ``dropped`` that it is none."""
    picture = body["camera"], body["frame"]
    others = tuple(each for each in notes.frames if each.picture != picture)
    if body.get("dropped"):
        return replace(notes, frames=others, best=tuple(each for each in notes.best if each != picture))
    made = EvidenceFrame(
        entry["seq"], *picture, Shows(body["shows"]), body.get("note", ""), entry["by"], entry["at_utc"]
    )
    if len(others) == len(notes.frames):
        return replace(notes, frames=(*others, made))
    return replace(notes, frames=tuple(made if each.picture == picture else each for each in notes.frames))


def _order(notes: FoulNotes, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    order = [(camera, frame) for camera, frame in body["frames"]]
    ranked = sorted(notes.frames, key=lambda each: order.index(each.picture) if each.picture in order else len(order))
    return replace(notes, frames=tuple(ranked))


def _best(notes: FoulNotes, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    others = tuple(each for each in notes.best if each[0] != body["camera"])
    own = () if body["frame"] is None else ((body["camera"], body["frame"]),)
    return replace(notes, best=(*others, *own))


def _person(notes: FoulNotes, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    """Somebody is in one place of a picture: a further click on that picture replaces the one before."""
    made = PersonMark(entry["seq"], Who(body["who"]), body["number"], Click(**body["click"]), body["on_ground"])

    def same(each: PersonMark) -> bool:
        return (each.name, each.click.camera_id, each.click.frame) == (
            made.name,
            made.click.camera_id,
            made.click.frame,
        )

    return replace(notes, persons=(*(each for each in notes.persons if not same(each)), made))


def _answer(notes: FoulNotes, entry: Mapping[str, Any], body: Mapping[str, Any]) -> FoulNotes:
    others = tuple(each for each in notes.answers if each.item != body["item"])
    if body["word"] is None:  # taken back: not answered
        return replace(notes, answers=others)
    frames = tuple((camera, frame) for camera, frame in body["frames"])
    made = AnswerMark(
        entry["seq"], body["item"], body["word"], frames, body["note"], body["override"], entry["by"], entry["at_utc"]
    )
    return replace(notes, answers=(*others, made))


_TAKE = {CONTACT: _contact, FRAME: _frame, ORDER: _order, BEST: _best, PERSON: _person, ANSWER: _answer}

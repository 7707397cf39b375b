"""The whole review of a foul: the contact window, pictures of evidence in order, what was measured and what was judged,
kept apart. Nothing here says what the referee has to decide: no answer, and no sum of answers, becomes a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from var.archive import Archive
from var.entries import Review
from var.foul.answers import Answered, Seeing, answers_of, seeing_of
from var.foul.kept import KeptFoul
from var.foul.notes import FoulNotes
from var.foul.seen import Aids, aids_for
from var.foul.window import AFTER_S, BEFORE_S, ContactWindow, window_of
from var.looks import Look, looks, lost
from var.model import Decision, Incident, Match


@dataclass(frozen=True, slots=True)
class FoulReview:
    """Everything about one foul. ``measured`` are the aids, ``judged`` the checklist with its answers; ``annotation``
    is what came with an import, None for an incident of one's own."""

    match: Match
    incident: Incident
    notes: FoulNotes
    window: ContactWindow
    measured: Aids
    judged: tuple[Answered, ...]
    seeing: Seeing
    annotation: KeptFoul | None
    decisions: tuple[Decision, ...] = ()

    def item(self, key: str) -> Answered:
        """An item of the checklist by its key. Raises ``KeyError``."""
        return {each.item.key: each for each in self.judged}[key]


def foul_review(
    archive: Archive,
    match_id: str,
    incident_id: str,
    *,
    before_s: Fraction = BEFORE_S,
    after_s: Fraction = AFTER_S,
) -> FoulReview:
    """The review of an incident as a foul, as the archive has it now. Raises ``NotFound``."""
    match, review = archive.match(match_id), archive.review(match_id)
    return review_of(
        match,
        review,
        review.incident(incident_id),
        looks(archive, match_id),
        lost(archive, match_id),
        before_s=before_s,
        after_s=after_s,
    )


def review_of(
    match: Match,
    review: Review,
    incident: Incident,
    log: Iterable[Look],
    lost: int = 0,
    *,
    before_s: Fraction = BEFORE_S,
    after_s: Fraction = AFTER_S,
) -> FoulReview:
    """The review of an incident as a foul: ``log`` is the match's log of looks, of which ``lost`` are missing."""
    notes = review.foul_notes(incident.id)
    foul = next((each for each in review.fouls if each.incident_id == incident.id), None)
    # How fast a clip shows life was said with the import, whichever incident is looked at on it.
    clips = foul or next(iter(review.fouls), None)
    window = window_of(match, incident, notes, clips, before_s=before_s, after_s=after_s)
    seeing, whole, timed = seeing_of(match, window, log, lost)
    return FoulReview(
        match=match,
        incident=incident,
        notes=notes,
        window=window,
        measured=aids_for(match, review, incident, notes, window),
        judged=answers_of(match, notes, whole, timed, lost),
        seeing=seeing,
        annotation=foul,
        decisions=tuple(each for each in review.decisions if each.incident_id == incident.id),
    )

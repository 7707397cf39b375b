"""Everything a report says about a whole match, gathered in one place; the writers know nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from touchline.origin import Origin
from var.export.facts import CalibrationFacts, CameraFacts, IncidentFacts, calibration_facts, clock_facts, gather
from var.model import LineClick, Match, PitchMark

if TYPE_CHECKING:
    from var.archive import Archive
    from var.decisions.kept import Sitting
    from var.decisions.model import Stamp
    from var.export.review_facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An incident that was marked by mistake: its number, who took it back, and when (None: not known)."""

    number: int
    by: str
    at_utc: str | None


@dataclass(frozen=True, slots=True, eq=False)
class MatchFacts:
    """A match as a report tells it. ``loose`` are the reviews of no incident, ``cameras`` every angle with its clock
    and (of a fixed camera) its calibration, ``looks_lost`` how many looks the log lacks, ``now`` when it was read.
    ``arrivals`` say from which machines it came, the oldest first; none for a match that was made here."""

    match: Match
    incidents: tuple[IncidentFacts, ...]
    sitting: Sitting
    now: Stamp
    loose: tuple[ReviewFacts, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()
    cameras: tuple[CameraFacts, ...] = ()
    pitch_marks: tuple[PitchMark, ...] = ()
    line_clicks: tuple[LineClick, ...] = ()
    looks_lost: int = 0
    arrivals: tuple[Mapping[str, Any], ...] = ()
    entries: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def origin(self) -> Origin:
        """Where the pictures come from; simulated as soon as anything is."""
        parts = [self.match.origin, *(clip.timing for clip in self.match.clips)]
        return Origin.SIMULATED if Origin.SIMULATED in parts else self.match.origin

    @property
    def calibrations(self) -> dict[tuple[str, int | None], CalibrationFacts]:
        """Every calibration that anything here rests on, by angle and frame (None: a fixed camera's every frame)."""
        used = [camera for facts in self.incidents for camera in facts.cameras]
        return {
            (camera.clip.camera_id, camera.calibration.frame): camera.calibration
            for camera in (*self.cameras, *used)
            if camera.calibration is not None
        }


def gather_match(archive: Archive, match_id: str) -> MatchFacts:
    """The facts of a match as the archive holds them now. Reviews that cannot be told are left out of its incidents and
    are in ``sitting.unread``. Raises ``NotFound``."""
    from var.angles import placed
    from var.decisions.kept import host_stamp, sitting
    from var.evidence.entries import entries_of
    from var.export.review_facts import reviews_of
    from var.looks import lost
    from var.sync.saved import saved
    from var.transfer.keeping import arrivals

    match, review = archive.match(match_id), archive.review(match_id)
    synchronised = saved(archive, match_id)
    entries = entries_of(archive, match_id)
    return MatchFacts(
        match=match,
        incidents=tuple(gather(archive, match_id, incident.id, passing=True) for incident in review.incidents),
        sitting=sitting(archive, match_id),
        now=host_stamp(),
        loose=reviews_of(archive, match, review, None, passing=True),
        taken_back=_taken_back(entries, {incident.id for incident in review.incidents}),
        cameras=tuple(
            CameraFacts(
                clip,
                None,
                calibration_facts(match, review, clip.camera_id, None) if clip.fixed else None,
                clock_facts(synchronised.get(clip.camera_id)),
            )
            for clip in match.clips
        ),
        pitch_marks=tuple(placed(mark, match) for mark in review.pitch_marks),
        line_clicks=review.line_clicks,
        looks_lost=lost(archive, match_id),
        arrivals=tuple(arrivals(archive, match_id)),
        entries=entries_of(archive, match_id),  # last, so that everything that is told is among them
    )


def _taken_back(entries: tuple[dict[str, Any], ...], there: set[str]) -> tuple[TakenBack, ...]:
    marked = [each for each in entries if each["kind"] == "incident"]
    found = []
    for number, entry in enumerate(marked, 1):
        if entry["incident_id"] in there:
            continue
        undos = [each for each in entries if each["kind"] == "undo" and each["body"]["of"] == entry["seq"]]
        found.append(TakenBack(number, undos[-1]["by"] if undos else "", undos[-1]["at_utc"] if undos else None))
    return tuple(found)

"""What a recorder hands over becomes a training session (``touchline.training``)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from athletes.archive import Archive
from athletes.importers.common import Imported
from athletes.model import Athlete, Channel, Lap, Recording, Series, Sex
from touchline.errors import NotFound, TouchlineError
from touchline.rights import Person
from touchline.training import Taken, WornSession

KIND = "live"


def take(home: Path, person: Person | None, sessions: Sequence[WornSession], enrol: bool) -> list[Taken]:
    """Keep each worn session as its athlete's, once. ``enrol`` takes in athletes who are not known, under the id they
    have. What is refused (an unknown athlete, no consent) is told, and the others go on. Raises ``NotAllowed``."""
    archive = Archive(home, person)
    found = []
    for worn in sessions:
        try:
            found.append(_take(archive, worn, enrol))
        except PermissionError:
            raise
        except TouchlineError as refusal:
            found.append(Taken(worn.athlete_id, refusal=refusal))
    return found


def _take(archive: Archive, worn: WornSession, enrol: bool) -> Taken:
    try:
        archive.known(worn.athlete_id)
    except NotFound:
        if not enrol:
            raise
        archive.save_athlete(Athlete(worn.athlete_id, worn.athlete, Sex(worn.sex) if worn.sex else None))
    recording = Recording(
        KIND,
        (Series(Channel.HEART_RATE, worn.at_ms, worn.bpm),),
        worn.start,
        None,
        worn.device or None,
        worn.rr_ms,
        worn.rr_end_s,
        tuple(Lap(*phase) for phase in worn.phases),
    )
    sha256 = hashlib.sha256(worn.key.encode()).hexdigest()
    imported = Imported(recording, (), worn.title, sha256)
    kept = archive.keep(imported, athlete_id=worn.athlete_id, origin=worn.origin, name=worn.title)
    return Taken(worn.athlete_id, kept.session_id, kept.already_there)

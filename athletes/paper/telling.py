"""What a paper may tell of somebody: it leaves the house, a page does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from athletes.archive import Archive
from athletes.load.model import Day, Season, SessionLoad
from athletes.load.triage import Reason
from athletes.people.standing import LEAVES_BY, Asking, rules_of, stands
from touchline.rights import Action, refused

WITHHELD = frozenset({"withdrawn", "no_consent"})
"""Reasons for which all health data stay out, and not the diary alone."""
OF_TRAINING = frozenset({"plan_missed", "plan_exceeded", "nothing_recorded"})
"""Reasons to look that tell nothing of health."""


def why_no_diary(archive: Archive, athlete_id: str) -> str | None:
    """The code of why a paper by the archive's person leaves wellness and injuries of an athlete out
    (``athletes.paper.no_diary.<code>``); None where it may tell them.

    A consent that was withdrawn forbids it, and one that is missing where the installation requires consent: for these
    (``WITHHELD``) no heart rate, no variability and no load leaves the house either. Who may not change training (an
    analyst) prints loads and variability, and no diary.
    """
    found = [stands(archive.store, athlete_id, scope) for scope in LEAVES_BY]
    if False in found:
        return "withdrawn"
    if None in found and rules_of(archive.store).consent is Asking.REQUIRE:
        return "no_consent"
    return None if refused(archive.person, Action.KEEP_TRAINING) is None else "role"


def without_health(season: Season) -> Season:
    """The season with what training alone tells: days, sports, names, minutes, distances and speeds. What was measured
    of the heart, power, how hard somebody found it and what they said of it, and every load are not told."""
    sessions = tuple(_bare(one) for one in season.sessions)
    days = tuple(
        Day(one.day, None, one.session_ids, None, None, None, None, None, None, None, None, False)
        for one in season.days
    )
    return replace(season, sessions=sessions, days=days)


def _bare(one: SessionLoad) -> SessionLoad:
    return replace(
        one,
        loads=dict.fromkeys(one.loads),
        reasons={},
        quality=None,
        zone_s=(),
        zone_names=(),
        unknown_s=None,
        bests={name: best for name, best in one.bests.items() if name.startswith("speed_")},
        figures={name: figure for name, figure in one.figures.items() if name in one.external},
        name=one.name if one.session_id else "",
        rpe=None,
    )


def of_training(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Those of ``reasons`` that tell nothing of health."""
    return tuple(one for one in reasons if one.code in OF_TRAINING)

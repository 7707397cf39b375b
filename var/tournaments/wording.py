"""Words that commands and pages share: what a member of a set-up is called, and a fixture in a line."""

from __future__ import annotations

from touchline.i18n import t
from var.tournaments.model import Fixture


def member_name(member: str, lang: str) -> str:
    """What a member of a set-up is called, such as ``home.colour``."""
    side, _, part = member.rpartition(".")
    said = t(f"var.tournament.member.{part}", lang)
    return f"{t(f'var.tournament.member.{side}', lang)}: {said}" if side else said


def teams_text(fixture: Fixture) -> str:
    """Who plays: the two teams with a question mark for one that is not known, else the match's name."""
    known = fixture.home or fixture.away
    return f"{fixture.home or '?'} – {fixture.away or '?'}" if known else fixture.name or fixture.id

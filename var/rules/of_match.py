"""Which rules the reviews of a match follow: what its set-up says, and what was said of its competition before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from touchline.errors import NotFound
from var.model import Match, ReviewRules, Setup
from var.rules.choosing import Rulebook, choose
from var.rules.pack import Pack


def rulebook_of(setup: Setup, packs: Iterable[Pack], today: date, *, own: Path | None = None) -> Rulebook | None:
    """The rules that ``setup`` names, in the edition of the match's day (``today`` where no day is known) or the one
    that it names; None where nobody said which rules hold. ``own`` is the folder of a venue's own packs,
    named where a pack is missing.

    Raises ``NotFound`` where a pack, a format, an option or an edition is not there on that day, and ``BadValue``.
    """
    named = setup.review
    if named is None:
        return None
    found = [pack for pack in packs if pack.id == named.pack]
    if not found:
        raise NotFound("var.errors.no_such_pack", name=named.pack, folder=own or "–")
    return choose(found, found[0].sport, named.format, day_of(setup, today), named.options, edition=named.edition)


def day_of(setup: Setup, today: date) -> date:
    """The day whose rules hold: the match's, ``today`` where nobody said one."""
    return date.fromisoformat(setup.date) if setup.date else today


def usual_rules(setup: Setup, others: Iterable[Match]) -> ReviewRules | None:
    """What the newest other match of the same competition follows; None where there is none. An edition that was named
    for another day is left out."""
    wanted = setup.competition.strip().casefold()
    if not wanted:
        return None
    same = [each for each in others if each.setup.competition.strip().casefold() == wanted and each.setup.review]
    newest = max(same, key=lambda match: match.created_utc, default=None)
    review = None if newest is None else newest.setup.review
    return None if review is None else ReviewRules(review.pack, review.format, review.options)

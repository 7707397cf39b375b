"""How many requests a side has left: counted from the cases of the match, so that taking back a step gives it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from var.decisions.model import Asked, Case
from var.rules.choosing import Rulebook
from var.rules.model import Request
from var.rules.words import Per

ONE_MATCH = frozenset({Per.MATCH, Per.PHASE})
"""Counted over the whole match. What a side lost in other matches of a phase is not known here."""


@dataclass(frozen=True, slots=True)
class Account:
    """The requests of one side in one part of the match. ``total`` None: as many as they like."""

    request: str
    side: str | None
    part: str | None
    total: int | None
    made: int
    kept: int
    lost: int
    held: int
    """Accepted and not settled yet: each may still be lost, so none is promised twice."""

    @property
    def left(self) -> int | None:
        """How many further requests can be accepted; None: no limit. Below zero it contradicts itself."""
        return None if self.total is None else self.total - self.lost - self.held


def part_of(request: Request, part: str | None) -> str | None:
    """Under which part of the match a request is counted."""
    return None if request.per is None or request.per in ONE_MATCH else part


def account(rules: Rulebook, cases: Iterable[Case], asked: Asked) -> Account:
    """The account that a request like ``asked`` is counted on, from all cases of the match.

    The requests of extra time are added once anything of the account was asked in it.
    """
    request = rules.format.request(asked.request)
    part = None if request is None else part_of(request, asked.part)
    counted = [each for each in cases if _same(each, asked, part)]
    extra = asked.extra_time or any(each.asked is not None and each.asked.extra_time for each in counted)
    total = None
    if request is not None and request.quota is not None:
        total = request.quota + (request.extra_time if extra else 0)
    return Account(
        request=asked.request,
        side=asked.side,
        part=part,
        total=total,
        made=len(counted),
        kept=sum(each.request_kept is True for each in counted),
        lost=sum(each.request_kept is False for each in counted),
        held=sum(each.holds_request for each in counted),
    )


def accounts(cases: Iterable[Case]) -> tuple[Account, ...]:
    """Every account that a case of the match was asked on, in the order of the cases."""
    cases = tuple(cases)
    found: dict[tuple[str, str | None, str | None], Account] = {}
    for case in cases:
        if case.asked is not None and not case.withdrawn:
            each = account(case.rules, cases, case.asked)
            found[each.request, each.side, each.part] = each
    return tuple(found.values())


def _same(case: Case, asked: Asked, part: str | None) -> bool:
    if case.withdrawn or case.asked is None or (case.asked.request, case.asked.side) != (asked.request, asked.side):
        return False
    request = case.rules.format.request(case.asked.request)
    return request is not None and part_of(request, case.asked.part) == part

"""The reviews of a match in numbers, beside what was published of many matches. Unknown is None, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from var.decisions.clock import elapsed
from var.decisions.model import Case, Stamp
from var.decisions.requests import Account, accounts
from var.rules.words import Clock, Result

BASELINE: dict[str, Any] = {
    "matches": 804,
    "checks": 3947,
    "checks_a_match": round(3947 / 804, 2),
    "median_check_s": 20,
    "without_review_percent": 68.8,
    "sport": "football",
    "source": "IFAB and KU Leuven, analysis of the experiment with video assistant referees, January 2018",
    "seen": "reported",
}
"""What was published of 804 matches with video assistant referees; the paper itself was not at hand."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a match; all of them None where no review was ever recorded."""

    checks: int | None
    reviews: int | None
    median_check_s: float | None
    longest_check_s: float | None
    median_review_s: float | None
    changed: int | None
    not_reviewed: int | None
    """Cases that a technical failure ended."""
    failures: int | None
    requests: tuple[Account, ...]


def summary(cases: Sequence[Case], failures: int, now: Stamp) -> Summary:
    """The numbers of ``cases``. Withdrawn ones do not count, and clocks that still run are not in the times."""
    counted = [case for case in cases if not case.withdrawn]
    if not cases and not failures:
        return Summary(None, None, None, None, None, None, None, None, ())
    clocks = [elapsed(case, now) for case in counted]
    checks = [each.check_s for each in clocks if each.check_s is not None and each.running is not Clock.CHECK]
    reviews = [each.review_s for each in clocks if each.review_s is not None and each.running is not Clock.REVIEW]
    return Summary(
        checks=len(counted),
        reviews=sum(case.reviewed for case in counted),
        median_check_s=_median(checks),
        longest_check_s=max(checks, default=None),
        median_review_s=_median(reviews),
        changed=sum(case.result is Result.CHANGED for case in counted),
        not_reviewed=sum(case.result is Result.FAILURE for case in counted),
        failures=failures,
        requests=accounts(counted),
    )


def _median(seconds: Iterable[float]) -> float | None:
    known = list(seconds)
    return float(median(known)) if known else None

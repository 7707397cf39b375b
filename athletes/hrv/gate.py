"""What data can carry: HRV is refused with a reason and its values, not just corrected.

The whole is refused for a rhythm that no correction makes normal, a gap inside, more than 5 % corrected, or less than
60 s; DFA by itself below 120 s, the spectrum below 300 s. Durations are sums of the measured intervals, and one
interval may be missing: a recording of five minutes begins and ends between two beats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from athletes.hrv.beats import LIMITS_MS, LONG_GAP_S, Beats, repeated_share, same_share
from athletes.hrv.ectopy import Ectopy

CORRECTED_PCT = 5.0
ECTOPIC_PCT = 5.0
TWICE_SHARE, REPEATED_SHARE = 0.3, 0.4
"""Beats that add up to so much more than their time, and repeat each other so often, were kept twice."""
UNHEARD_SHARE = 0.05
SAME_SHARE = 0.5
"""Where more intervals than this equal the one before, a device wrote its mean heart rate as intervals: at rest and in
exercise beats of a strap repeat in a few percent. The quartile deviation of such a series is 0, so that no artefact
would be found in it."""


class Measure(StrEnum):
    """What is refused by itself."""

    TIME_DOMAIN = "time_domain"
    DFA = "dfa"
    SPECTRUM = "spectrum"


NEEDED_S: Mapping[Measure, float] = {Measure.TIME_DOMAIN: 60.0, Measure.DFA: 120.0, Measure.SPECTRUM: 300.0}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused: a code with its numbers; panels and commands word it (``athletes.hrv.<code>``)."""

    code: str
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate goes by. ``measured`` is the series that would be measured, ``recorded`` the one before any
    correction; ``doubtful_pct`` are missed, extra and impossible beats that were found and not corrected."""

    recorded: Beats
    measured: Beats
    ectopy: Ectopy
    corrected_pct: float = 0.0
    doubtful_pct: float = 0.0
    impossible: int = 0
    """Intervals outside the hard limits in a series that is measured as given."""
    overlap_s: float = 0.0
    unheard_s: float = 0.0
    """Time without beats that a recording shows by its length, without telling where it was."""


def gate(evidence: Evidence) -> tuple[Reason | None, Mapping[Measure, Reason]]:
    """Why the whole is refused, None where it is not; and why single measures are."""
    whole = _whole(evidence)
    if whole is not None:
        return whole, dict.fromkeys(Measure, whole)
    seconds = evidence.measured.seconds
    short = {
        measure: Reason("too_short", {"seconds": seconds, "needed_s": needed})
        for measure, needed in NEEDED_S.items()
        if seconds + evidence.measured.ms.mean() / 1000.0 < needed
    }
    return short.get(Measure.TIME_DOMAIN), short


def _whole(evidence: Evidence) -> Reason | None:
    recorded, seen = evidence.recorded, evidence.ectopy
    low, high = LIMITS_MS
    if recorded.count < 2:
        return Reason("no_intervals", {"count": recorded.count})
    if evidence.overlap_s > TWICE_SHARE * recorded.seconds and repeated_share(recorded.ms) >= REPEATED_SHARE:
        return Reason("beats_twice", {"seconds": evidence.overlap_s})
    if (same := same_share(recorded.ms)) > SAME_SHARE:
        return Reason("rates_as_beats", {"same_pct": 100.0 * same, "limit_pct": 100.0 * SAME_SHARE})
    if (gap_s := recorded.longest_gap_s) > LONG_GAP_S:
        longest = max((recorded.part(*pair).seconds for pair in recorded.without_long_gaps()), default=0.0)
        if gap_s == float("inf"):
            return Reason("gap_of_unknown_length", {"limit_s": LONG_GAP_S, "longest_s": longest})
        return Reason("gap_inside", {"gap_s": gap_s, "limit_s": LONG_GAP_S, "longest_s": longest})
    if evidence.unheard_s > UNHEARD_SHARE * recorded.seconds + LONG_GAP_S:
        return Reason("beats_missing", {"seconds": evidence.unheard_s, "limit_s": LONG_GAP_S})
    if seen.alternating_pct > ECTOPIC_PCT:
        values = {"alternating_pct": seen.alternating_pct, "premature_pct": seen.premature_pct}
        return Reason("bigeminy", {**values, "limit_pct": ECTOPIC_PCT})
    if seen.premature_pct > ECTOPIC_PCT:
        return Reason("ectopic_rhythm", {"premature_pct": seen.premature_pct, "limit_pct": ECTOPIC_PCT})
    if evidence.corrected_pct > CORRECTED_PCT:
        values = {"corrected_pct": evidence.corrected_pct, "limit_pct": CORRECTED_PCT}
        return Reason("too_many_corrected", values)
    if evidence.impossible:
        return Reason("impossible_intervals", {"count": evidence.impossible, "low_ms": low, "high_ms": high})
    if evidence.doubtful_pct > CORRECTED_PCT:
        return Reason("not_normal", {"doubtful_pct": evidence.doubtful_pct, "limit_pct": CORRECTED_PCT})
    return None

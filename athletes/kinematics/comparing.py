"""Two analyses beside each other: differences of findings with their errors, and curves against those of a good trial.

Errors of the two are taken as independent. Where they share one (the same camera, the same length for metres), the
difference is surer than it says here, never less sure. What is beyond the error is a difference between two trials;
whether it is more than the athlete's own change from try to try takes more trials.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.model import Analysis, Curve, Event, Finding, Side
from touchline.errors import BadValue
from touchline.measure import Measurement

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
DOUBT = 0.05
"""How often trials that differ by nothing but the error may show a difference somewhere."""


class Verdict(StrEnum):
    """What a difference says."""

    BEYOND = "beyond"
    """Larger than its 95 % error."""
    WITHIN = "within"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """The same finding of two trials: ``measured`` is ``other`` minus ``one``; None where it is not known, and
    ``reasons`` say why."""

    key: str
    side: Side | None
    number: int | None
    one: Finding | None
    other: Finding | None
    measured: Measurement | None
    reasons: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether the two differ by more than the errors of both together."""
        if self.measured is None:
            return Verdict.UNKNOWN
        return Verdict.BEYOND if abs(self.measured.value) > self.measured.half_width95 else Verdict.WITHIN


def differences(one: Analysis, other: Analysis) -> tuple[Difference, ...]:
    """Every finding of either, in the order of ``one``, then what only ``other`` has."""
    firsts = {_name(finding): finding for finding in one.findings}
    seconds = {_name(finding): finding for finding in other.findings}
    return tuple(_difference(name, firsts.get(name), seconds.get(name)) for name in {**firsts, **seconds})


def _name(finding: Finding) -> tuple[str, Side | None, int | None]:
    return finding.key, finding.side, finding.number


def _difference(name: tuple[str, Side | None, int | None], one: Finding | None, other: Finding | None) -> Difference:
    if one is None or other is None:
        return Difference(*name, one, other, None, ("only_in_other" if one is None else "only_in_one",))
    a, b = one.measured, other.measured
    if a is None or b is None:
        return Difference(*name, one, other, None, tuple(dict.fromkeys((*one.reasons, *other.reasons))))
    if a.unit != b.unit:
        return Difference(*name, one, other, None, ("other_unit",))
    apart = Measurement(b.value - a.value, math.hypot(a.sigma, b.sigma), a.unit, "difference")
    return Difference(*name, one, other, apart)


# ---------------------------------------------------------------------- alignment


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """From the time of one trial to that of another, by events of both: linear between them, at the same speed before
    the first and after the last. ``here_s``, ``there_s``, ``sigma_s`` (m,) are the events and how well each is placed,
    in seconds of the other."""

    here_s: Floats
    there_s: Floats
    sigma_s: Floats

    def there(self, t_s: Floats) -> Floats:
        """The other trial's time at ``t_s`` (n,) of this one."""
        inside = np.interp(t_s, self.here_s, self.there_s)
        before, after = np.minimum(t_s - self.here_s[0], 0.0), np.maximum(t_s - self.here_s[-1], 0.0)
        return np.asarray(inside + before + after)

    def sigma(self, t_s: Floats) -> Floats:
        """The standard deviation of ``there``, seconds (n,)."""
        if len(self.here_s) == 1:
            return np.full(len(t_s), self.sigma_s[0])
        place = np.clip(np.searchsorted(self.here_s, t_s) - 1, 0, len(self.here_s) - 2)
        share = (t_s - self.here_s[place]) / (self.here_s[place + 1] - self.here_s[place])
        share = np.clip(share, 0.0, 1.0)
        return np.asarray(np.hypot((1 - share) * self.sigma_s[place], share * self.sigma_s[place + 1]))


def common_events(here: Analysis, there: Analysis) -> tuple[tuple[Event, Event], ...]:
    """The events that both have, in the order of time, which is the same in both; those that break it are left out.

    Events are the same by key, side and number; where they have no number, by which of its kind it is.
    """
    theirs = _named(there.events)
    pairs = [(event, theirs[name]) for name, event in _named(here.events).items() if name in theirs]
    return tuple(_rising(sorted(pairs, key=lambda pair: pair[0].t_s)))


def _named(events: Sequence[Event]) -> dict[tuple[str, Side | None, int], Event]:
    found: dict[tuple[str, Side | None, int], Event] = {}
    count: dict[tuple[str, Side | None], int] = defaultdict(int)
    for event in sorted(events, key=lambda one: one.t_s):
        count[event.key, event.side] += 1
        number = count[event.key, event.side] if event.number is None else event.number
        found.setdefault((event.key, event.side, number), event)
    return found


def _rising(pairs: Sequence[tuple[Event, Event]]) -> list[tuple[Event, Event]]:
    """The longest part of ``pairs`` whose times rise in both."""
    best: list[list[tuple[Event, Event]]] = []
    for here, there in pairs:
        before = [chain for chain in best if chain[-1][0].t_s < here.t_s and chain[-1][1].t_s < there.t_s]
        best.append([*max(before, key=len, default=[]), (here, there)])
    return max(best, key=len, default=[])


def warp(here: Analysis, there: Analysis) -> Warp:
    """How the time of ``here`` leads to that of ``there``. Raises ``BadValue`` where they have no event in common."""
    pairs = common_events(here, there)
    if not pairs:
        raise BadValue("athletes.errors.no_common_event")
    t, u = (np.array([pair[place].t_s for pair in pairs]) for place in (0, 1))
    s, r = (np.array([pair[place].sigma_s for pair in pairs]) for place in (0, 1))
    slope = np.gradient(u, t) if len(t) > 1 else np.ones(1)
    return Warp(t, u, np.hypot(r, slope * s))


# ---------------------------------------------------------------------- a good trial as template


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a curve leaves the template's band: display indexes from ``first`` to ``last``, ``largest`` of the
    differences with its error, on ``frame``."""

    first: int
    last: int
    frame: int
    largest: Measurement


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """A curve beside the template's at the same phase: ``value``, what the template has there (``expected``), the
    standard deviation of their difference (``sigma``), all (n,), NaN where either is not known; ``half_width`` (n,) of
    the band that a trial without any difference stays in, with ``1 - DOUBT``, in all curves and all along."""

    key: str
    side: Side | None
    unit: str
    frames: Counts
    t_s: Floats
    value: Floats
    expected: Floats
    sigma: Floats
    half_width: Floats
    stretches: tuple[Stretch, ...]


def deviations(trial: Analysis, template: Analysis) -> tuple[Deviation, ...]:
    """Every curve that both have, the one that leaves its band most first. Raises ``BadValue`` where the two have no
    event in common."""
    way = warp(trial, template)
    theirs = {(curve.key, curve.side, curve.unit): curve for curve in template.curves}
    both = [
        (curve, *_expected(curve, theirs[name], way))
        for curve in trial.curves
        if (name := (curve.key, curve.side, curve.unit)) in theirs
    ]
    looks = sum(_looks(curve, np.isfinite(curve.value + expected), trial) for curve, expected, _ in both)
    wide = NormalDist().inv_cdf(1 - DOUBT / 2 / max(looks, 1.0))
    found = [_deviation(curve, expected, spread, wide) for curve, expected, spread in both]
    return tuple(sorted(found, key=_excess, reverse=True))


def _expected(curve: Curve, template: Curve, way: Warp) -> tuple[Floats, Floats]:
    """The template at the phase of each frame of ``curve``, and its sigma with that of the phase."""
    at_s = way.there(curve.t_s)
    value, sigma = (_between(template.t_s, values, at_s) for values in (template.value, template.sigma))
    if len(template.t_s) < 2:
        return value, sigma
    slope = _between(template.t_s, np.gradient(template.value, template.t_s), at_s)
    # At the edge of a gap the slope is not known: nor, then, what the phase's error does.
    return value, np.hypot(sigma, slope * way.sigma(curve.t_s))


def _between(t_s: Floats, values: Floats, at_s: Floats) -> Floats:
    """``values`` at ``at_s``, linear between neighbours; NaN outside and where a neighbour is not known."""
    # Times that were mapped to and fro miss the ends by rounding.
    near = np.where(np.abs(at_s - t_s[0]) < 1e-9, t_s[0], np.where(np.abs(at_s - t_s[-1]) < 1e-9, t_s[-1], at_s))
    return np.asarray(np.interp(near, t_s, values, left=np.nan, right=np.nan))


def _looks(curve: Curve, known: NDArray[np.bool_], analysis: Analysis) -> float:
    """How many independent values a curve has: two a period of the cutoff, at most one a frame."""
    count = float(known.sum())
    cutoff = analysis.settings.get("cutoff_hz")
    if not isinstance(cutoff, int | float) or count < 2:
        return count
    step_s = float(np.median(np.diff(curve.t_s)))
    return min(count, 2 * cutoff * count * step_s + 1)


def _deviation(curve: Curve, expected: Floats, spread: Floats, wide: float) -> Deviation:
    sigma = np.hypot(curve.sigma, spread)
    apart = curve.value - expected
    outside = np.abs(apart) > wide * sigma  # False where either is not known
    edges = np.flatnonzero(np.diff(np.concatenate(([0], outside.astype(int), [0]))))
    stretches = []
    for first, end in edges.reshape(-1, 2):
        peak = int(first + np.argmax(np.abs(apart[first:end])))
        largest = Measurement(float(apart[peak]), float(sigma[peak]), curve.unit, "template")
        stretches.append(
            Stretch(int(curve.frames[first]), int(curve.frames[end - 1]), int(curve.frames[peak]), largest)
        )
    stretches.sort(key=lambda one: abs(one.largest.value), reverse=True)
    return Deviation(
        curve.key,
        curve.side,
        curve.unit,
        curve.frames,
        curve.t_s,
        curve.value,
        expected,
        sigma,
        wide * sigma,
        tuple(stretches),
    )


def _excess(found: Deviation) -> float:
    return max((abs(one.largest.value) / max(one.largest.sigma, 1e-12) for one in found.stretches), default=0.0)

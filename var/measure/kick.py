"""When the ball was played, as marked frames of one angle or of several tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

LATE_SHARES = (0.08, 0.01)
"""How often a kick is marked one and two frames late by careful people with a player that steps frame by frame.

Without such help people mark 132 ms late on average (published; see the notes under docs/experiments); with it nobody
has published a figure, and this is an assumption. It is part of every kick, so that one late mark in eleven does not
break what is said of an interval."""

IMPOSSIBLE = 1e-3
"""A mark is taken for a mistake altogether about so often; what is left of the probability is spread over
``AROUND_FRAMES`` on both sides, so that marks which contradict each other give a wide result and not none."""

AROUND_FRAMES = 10
STEPS = 4000


@dataclass(frozen=True, slots=True)
class Bracket:
    """One mark: the picture of ``shown_s`` was marked as the first that shows foot and ball together, ``before_s`` is
    the picture before it, both in match time; ``sigma_s`` is how well that camera's clock is known against the
    others'."""

    before_s: Fraction
    shown_s: Fraction
    sigma_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Kick:
    """When the ball was first touched: ``at_s`` of match time, with the standard deviation ``sigma_s``; ``agree`` says
    whether the marks it comes from can all be right, give or take a frame or two of lateness."""

    at_s: Fraction
    sigma_s: float
    agree: bool = True


def kick_among(brackets: Sequence[Bracket]) -> Kick:
    """The kick that the marks (at least one) tell of together.

    By one mark the ball was touched somewhere between its two pictures, evenly likely, and now and then
    (``LATE_SHARES``) one or two pictures earlier. Marks of several angles are independent, so their densities are
    multiplied: two angles of 50 pictures a second leave about 13 ms of the 20, and a late mark on one of them is found
    out. ``at_s`` and ``sigma_s`` are mean and standard deviation of the product.
    """
    spans = [float(mark.shown_s - mark.before_s) for mark in brackets]
    middle = brackets[0].shown_s
    ends = [float(mark.shown_s - middle) for mark in brackets]
    reach = max(spans) * AROUND_FRAMES
    times = np.linspace(min(ends) - reach, max(ends) + reach, STEPS)
    density, best = np.ones(STEPS), 1.0
    for mark, span, end in zip(brackets, spans, ends, strict=True):
        own = np.full(STEPS, IMPOSSIBLE / (2 * reach))
        for frames, share in enumerate((1 - sum(LATE_SHARES), *LATE_SHARES)):
            own += share * _within(times, end - (frames + 1) * span, end - frames * span, mark.sigma_s)
        density *= own
        best *= float(own.max())
    agree = bool(density.max() > best * LATE_SHARES[-1] ** 2)
    density /= density.sum()
    mean = float(density @ times)
    sigma = float(np.sqrt(density @ (times - mean) ** 2))
    return Kick(middle + Fraction(round(mean * 1e9), 1_000_000_000), sigma, agree)


def _within(times: np.ndarray, low: float, high: float, sigma: float) -> np.ndarray:
    """The density of an instant evenly between ``low`` and ``high``, blurred by a clock of ``sigma``."""
    if sigma <= 0:
        return np.asarray(((times > low) & (times <= high)) / (high - low))
    from scipy.special import ndtr

    return np.asarray((ndtr((times - low) / sigma) - ndtr((times - high) / sigma)) / (high - low))

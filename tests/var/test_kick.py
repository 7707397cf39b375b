"""When the ball was played, by one marked frame and by several."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from var.measure.kick import LATE_SHARES, Bracket, kick_among

FRAME = Fraction(1, 50)
LATE = sum(k * share for k, share in enumerate(LATE_SHARES, start=1))
SPREAD = math.sqrt(1 / 12 + sum(k * k * share for k, share in enumerate(LATE_SHARES, start=1)) - LATE**2)


def bracket(shown_s: Fraction, frame_s: Fraction = FRAME, sigma_s: float = 0.0) -> Bracket:
    return Bracket(shown_s - frame_s, shown_s, sigma_s)


@pytest.mark.parametrize("frame", [Fraction(1, 50), Fraction(1, 25), Fraction(1001, 30000)])
def test_one_mark_has_the_moments_of_its_mixture(frame: Fraction) -> None:
    kick = kick_among([bracket(Fraction(10), frame)])
    assert float(kick.at_s - 10) / float(frame) == pytest.approx(-0.5 - LATE, abs=0.02)
    # A whole mistake is allowed for once in a thousand, anywhere within ten frames: that widens it a little.
    assert SPREAD <= kick.sigma_s / float(frame) <= 1.15 * SPREAD
    assert kick.agree


def test_a_second_angle_half_a_frame_later_halves_the_time() -> None:
    one = kick_among([bracket(Fraction(10))])
    two = kick_among([bracket(Fraction(10)), bracket(Fraction(10) + FRAME / 2)])
    assert two.sigma_s < 0.75 * one.sigma_s
    assert float(Fraction(10) - FRAME / 2) < float(two.at_s) < 10.0


def test_a_late_mark_is_found_out_by_another_angle() -> None:
    """The first angle was marked a frame late: by the other one the kick was in the frame before."""
    late, right = bracket(Fraction(10)), bracket(Fraction(10) - FRAME, sigma_s=0.0005)
    kick = kick_among([late, right])
    assert float(kick.at_s) == pytest.approx(float(Fraction(10) - FRAME * 3 / 2), abs=0.2 * float(FRAME))
    assert kick.agree


def test_marks_that_cannot_both_be_right_are_said() -> None:
    kick = kick_among([bracket(Fraction(10)), bracket(Fraction(10) + 5 * FRAME)])
    assert not kick.agree
    assert kick.sigma_s > float(FRAME)


def test_sigma_holds_for_drawn_kicks_and_late_marks() -> None:
    random = np.random.default_rng(5)
    scaled = []
    for _ in range(1500):
        brackets = []
        for rate in (50, 30):
            frame = Fraction(1, rate)
            start = Fraction(round(random.uniform(0, 1) * 1e6), 1_000_000) * frame
            late = int(random.choice(3, p=[1 - sum(LATE_SHARES), *LATE_SHARES]))
            clock = Fraction(round(random.normal(0, 0.002) * 1e9), 1_000_000_000) if rate == 30 else Fraction(0)
            brackets.append(bracket(start + late * frame + clock, frame, 0.002 if rate == 30 else 0.0))
        kick = kick_among(brackets)
        scaled.append(float(kick.at_s) / kick.sigma_s)
    # 1500 draws of unit variance: the mean is off by 0.026, their root mean square by less than 0.1.
    assert abs(np.mean(scaled)) < 0.15
    assert 0.85 < np.sqrt(np.mean(np.square(scaled))) < 1.15

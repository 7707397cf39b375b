"""Which numbers stand large: the best jump, the mean of steps by side, and reasons where nothing was measured."""

from __future__ import annotations

import math

from athletes.kinematics.headlines import MEAN, headlines
from athletes.kinematics.model import Analysis, Finding, Movement, Side
from touchline.measure import Measurement


def found(
    key: str, value: float | None, number: int | None = None, side: Side | None = None, sigma: float = 1
) -> Finding:
    measured = None if value is None else Measurement(value, sigma, "m", "x")
    return Finding(key, measured, (number or 0,), side, number, () if measured else ("not_seen",))


def of(movement: Movement, *findings: Finding) -> tuple[Finding, ...]:
    return headlines(Analysis(movement, findings, (), ()))


def test_of_jumps_the_highest_one_counts_with_all_its_numbers() -> None:
    tries = [found("height_by_time", 0.3 + 0.1 * (turn == 2), turn) for turn in (1, 2, 3)]
    hips = [found("height_by_hips", None if turn == 2 else 0.3, turn) for turn in (1, 2, 3)]
    large = of(Movement.CMJ, *tries, *hips)
    assert [(one.key, one.number, one.measured is None) for one in large] == [
        ("height_by_time", 2, False),
        ("height_by_hips", 2, True),
    ]


def test_of_steps_each_sides_mean_counts_and_what_was_not_measured_is_left_out() -> None:
    left = [
        found("contact_time", value, turn, Side.LEFT, 0.1) for turn, value in ((1, 1.0), (3, 2.0), (5, 3.0), (7, None))
    ]
    right = [found("contact_time", None, 2, Side.RIGHT)]
    one, other = of(Movement.SPRINT, *left, *right)
    assert one.measured is not None
    # the spread of 1, 2, 3 is 1, of their mean 1 / sqrt(3); more than 0.1 / sqrt(3) by the single errors
    assert (one.measured.value, one.measured.method) == (2.0, MEAN)
    assert math.isclose(one.measured.sigma, 1 / math.sqrt(3))
    assert one.frames == (1, 3, 5)
    assert (other.measured, other.side, other.reasons) == (None, Side.RIGHT, ("not_seen",))


def test_a_movement_without_its_numbers_shows_what_there_is() -> None:
    nothing = found("jumps", None)
    assert of(Movement.CMJ, nothing) == (nothing,)
    whole = found("speed", 8.0)
    assert of(Movement.SPRINT, found("step_length", 2.0, 1), whole) == (whole,)

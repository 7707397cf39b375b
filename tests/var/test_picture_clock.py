"""The vote on a clip's clock: right where a clear majority agrees, silent everywhere else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from var.foul.picture_clock import (
    LEAST,
    NotRead,
    PictureClock,
    Reading,
    Told,
    clocks,
    compare,
    vote,
)

TIMES = tuple(k * 5.0 / 19 for k in range(20))
STARTS = st.floats(0, 7200, allow_nan=False)
SPEEDS = st.sampled_from([1.0, 1.4, 1.8, 2.2, 3.6, 4.2])


def running(start_s: float, rate: float = 1.0) -> list[Reading]:
    """What a clock shows in all pictures of a clip."""
    return [Reading(at, int(start_s + rate * at)) for at in TIMES]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20:59", [1259]),
        ("65.27", [3927]),
        ("(65:27 POR 2-1 CHL", [3927]),
        ("FC BAYERN 1-0 BENFICA 105:00", [6300]),
        ("20:60", []),
        ("2026", []),
        ("18:00:12", []),  # the time of day
        ("1.05.2026", []),
        ("181:00", []),
        ("020:59", []),
        ("2:1", []),
        ("120:579", []),
    ],
)
def test_only_what_looks_like_a_match_clock_counts(text: str, found: list[int]) -> None:
    assert [clock for clock, _, _ in clocks(text)] == found
    for _, start, end in clocks(text):
        assert text[start:end].replace(".", ":").count(":") == 1


@given(STARTS, SPEEDS)
def test_a_clock_read_in_every_picture_is_known_to_half_a_second(start_s: float, rate: float) -> None:
    clock = vote(running(start_s, rate), len(TIMES), rate)
    assert clock.why is None
    assert (clock.rate, clock.parsed, clock.agreeing) == (rate, len(TIMES), len(TIMES))
    at = clock.at_s(3.0)
    assert at is not None
    assert abs(at - (start_s + 3 * rate)) <= 0.75  # half of the second and of the slack that readings allow


@given(STARTS, SPEEDS, st.randoms(use_true_random=False), st.integers(0, 7))
def test_wrong_digits_and_missing_pictures_do_not_move_it(
    start_s: float, rate: float, luck: random.Random, wrong: int
) -> None:
    """A third of what was read has another digit; the rest decides."""
    readings = luck.sample(running(start_s, rate), 18)
    for k in range(min(wrong, 6)):
        digit = luck.choice([1, 2, 3, 4, 5, 6, 10, 20, 30, 60, 120, 300, 600])
        readings[k] = Reading(readings[k].at_s, readings[k].clock_s + luck.choice([-1, 1]) * digit)
    clock = vote(readings, len(TIMES), rate)
    at = clock.at_s(3.0)
    assert at is not None
    assert abs(at - (start_s + 3 * rate)) <= 1.5  # a second's neighbour may pull it within the slack


@given(st.integers(0, 7200), SPEEDS)
def test_a_clock_that_stands_is_not_read(shown: int, speed: float) -> None:
    clock = vote([Reading(at, shown) for at in TIMES], len(TIMES), speed)
    assert (clock.why, clock.at_s(3.0)) == (NotRead.STANDS, None)


@given(STARTS, st.floats(1.0, 4.0), st.integers(5, 3000))
def test_a_clock_that_jumps_in_the_middle_is_not_read(start_s: float, cut_s: float, jump_s: int) -> None:
    """A cut to another part of the broadcast: only where one side is a clear majority is it that side's clock."""
    readings = [Reading(one.at_s, one.clock_s + (jump_s if one.at_s > cut_s else 0)) for one in running(start_s)]
    clock = vote(readings, len(TIMES))
    before = sum(one.at_s <= cut_s for one in readings)
    if max(before, 20 - before) < 12:
        assert clock.why is NotRead.UNCLEAR
    else:
        at = clock.at_s(3.0)
        assert at is not None
        right = start_s + 3 + (jump_s if before < 10 else 0)
        assert abs(at - right) <= 0.75


@given(st.lists(st.tuples(st.sampled_from(TIMES), st.integers(0, 7200)), max_size=20, unique_by=lambda each: each[0]))
def test_of_what_has_nothing_to_do_with_each_other_nothing_is_read(drawn: list[tuple[float, int]]) -> None:
    """Whatever comes in, a clock that is read has its majority, and the readings that agree fit it."""
    readings = [Reading(at, shown) for at, shown in drawn]
    clock = vote(readings, len(TIMES), 2.2)
    if clock.why is not None:
        assert clock.at_s(1.0) is None
        return
    assert clock.agreeing >= LEAST
    assert clock.agreeing >= 0.6 * len(readings)
    fitting = 0
    for one in readings:
        at = clock.at_s(one.at_s)
        assert at is not None
        fitting += -0.25 <= at - one.clock_s < 1.25
    assert fitting == clock.agreeing


def test_too_little_is_not_read() -> None:
    assert vote([], 20) == PictureClock(20, 0, 0, NotRead.NO_CLOCK)
    assert vote(running(1259)[:3], 20).why is NotRead.FEW
    assert vote(running(1259.0)[:7], 20).why is NotRead.UNCLEAR  # 1.6 s: two different seconds do not tell it runs
    assert vote([*running(1259), *running(60)], 40).why is NotRead.UNCLEAR


def test_a_faster_clock_is_not_taken_for_one_as_on_air() -> None:
    fast = running(1268.4, 4.2)
    assert vote(fast, 20).why is not None  # nobody annotated a replay speed
    assert vote(fast, 20, 4.2).rate == 4.2
    assert vote(running(1268.4), 20, 4.2).rate == 1.0


CLOCK = PictureClock(20, 20, 20, None, 3924.5, 1.0)


@pytest.mark.parametrize(
    ("label_s", "told", "difference_s", "minutes"),
    [
        (3927.5, Told.AGREES, 0.0, None),
        (3925.6, Told.AGREES, 1.9, None),
        (3930.5, Told.DIFFERS, -3.0, None),
        (3924.5, Told.DIFFERS, 3.0, None),
        (1227.2, Told.PERIOD, 2700.3, 45),
        (1200.0, Told.PERIOD, 2727.5, 45),
        (1190.0, Told.DIFFERS, 2737.5, None),
        (6627.5, Told.DIFFERS, -2700.0, None),  # 65:27 is no added time
    ],
)
def test_a_label_beside_the_picture(label_s: float, told: Told, difference_s: float, minutes: int | None) -> None:
    found = compare(CLOCK, label_s, (3.0, 3.0))
    assert found is not None
    assert (found.picture_s, found.told, found.minutes) == (3927, told, minutes)
    assert found.difference_s == pytest.approx(difference_s)


def test_extra_time_and_added_time() -> None:
    extra = PictureClock(20, 20, 20, None, 5524.5, 1.0)
    assert getattr(compare(extra, 127.0, (3.0, 3.0)), "minutes", None) == 90
    added = PictureClock(20, 20, 20, None, 130.0, 1.0)
    assert getattr(compare(added, 2833.0, (3.0, 3.0)), "told", None) is Told.ADDED
    assert compare(PictureClock(20, 0, 0, NotRead.NO_CLOCK), 1.0, (3.0, 3.0)) is None


def test_in_a_clip_of_another_length_only_what_all_of_it_contradicts_counts() -> None:
    for label_s in (3924.5, 3930.0, 3944.5):
        assert getattr(compare(CLOCK, label_s, (0.0, 20.0)), "told", None) is Told.AGREES
    assert getattr(compare(CLOCK, 3950.0, (0.0, 20.0)), "told", None) is Told.DIFFERS
    assert getattr(compare(CLOCK, 3921.0, (0.0, 20.0)), "difference_s", None) == pytest.approx(3.5)

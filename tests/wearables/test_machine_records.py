"""Records of fitness machines that come in several packets: put together whole, and never two of them mixed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wearables.gatt.cross_trainer import CrossTrainerData
from wearables.gatt.fitness_machine import MERGED_WITHIN_NS, Merging
from wearables.gatt.indoor_bike import IndoorBikeData, decode, encode
from wearables.gatt.rower import RowerData
from wearables.gatt.treadmill import TreadmillData

SECOND_NS = 1_000_000_000
PART_MS = 1_000_000


def parts_of(number: int) -> list[IndoorBikeData]:
    """The three packets of the ``number``-th record; every value in them says the number."""
    return [
        IndoorBikeData(more_follows=True, avg_speed_kmh=float(number), distance_m=number, hr_bpm=number),
        IndoorBikeData(more_follows=True, power_w=number, avg_power_w=number, elapsed_s=number),
        IndoorBikeData(speed_kmh=float(number), cadence_rpm=float(number)),
    ]


def whole_of(number: int) -> IndoorBikeData:
    """The ``number``-th record."""
    return IndoorBikeData(
        speed_kmh=float(number), avg_speed_kmh=float(number), cadence_rpm=float(number), distance_m=number,
        power_w=number, avg_power_w=number, hr_bpm=number, elapsed_s=number,
    )  # fmt: skip


def test_parts_are_put_together_over_the_wire() -> None:
    merging: Merging[IndoorBikeData] = Merging()
    for place, part in enumerate(parts_of(7)):
        data = encode(part)
        assert len(data) <= 20  # the smallest MTU
        merging, whole = merging.take(decode(data), place * PART_MS)
        assert (whole is None) is (place < 2)
    assert whole == whole_of(7)
    assert merging == Merging()


def test_a_record_in_one_packet_is_whole_at_once() -> None:
    assert Merging[IndoorBikeData]().take(whole_of(7), 0) == (Merging(), whole_of(7))


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 2)), max_size=8), st.sampled_from([0, 250, 500]))
def test_whatever_is_lost_no_record_mixes_two(lost: list[set[int]], gap_ms: int) -> None:
    """Records a second apart, of which any parts are lost: what comes out says one number only."""
    merging: Merging[IndoorBikeData] = Merging()
    sent = kept = 0
    for number, missing in enumerate(lost, start=1):
        for place, part in enumerate(parts_of(number)):
            if place in missing:
                continue
            sent += 1
            merging, whole = merging.take(part, number * SECOND_NS + place * gap_ms // 2 * PART_MS)
            if whole is None:
                continue
            said = {value for value in (whole.speed_kmh, whole.distance_m, whole.power_w, whole.hr_bpm) if value}
            assert said == {number}
            assert not whole.more_follows
            kept += 1
    assert kept <= sum(2 not in missing for missing in lost)
    assert merging.parts + merging.dropped <= sent


def test_a_part_that_says_again_what_is_there_begins_a_new_record() -> None:
    first, second = parts_of(1), parts_of(2)
    merging: Merging[IndoorBikeData] = Merging()
    for part in (first[0], second[0], second[1]):  # even at the same instant
        merging, whole = merging.take(part, 0)
        assert whole is None
    assert (merging.dropped, merging.parts) == (1, 2)
    merging, whole = merging.take(second[2], 0)
    assert whole == whole_of(2)


@pytest.mark.parametrize(("late_ns", "joins"), [(MERGED_WITHIN_NS, True), (MERGED_WITHIN_NS + 1, False)])
def test_parts_belong_together_for_half_a_second(late_ns: int, joins: bool) -> None:
    parts = parts_of(3)
    merging, _ = Merging[IndoorBikeData]().take(parts[0], 0)
    merging, whole = merging.take(parts[2], late_ns)
    assert whole is not None
    assert (whole.distance_m == 3) is joins
    assert merging == Merging(dropped=0 if joins else 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The slope is one group of two: half of it from each of two records would be a mix.
        (TreadmillData(more_follows=True, ramp_deg=0.5), TreadmillData(speed_kmh=9.0, inclination_percent=1.0)),
        # Paces in two units cannot be of one record.
        (TreadmillData(more_follows=True, pace_km_min=0.1), TreadmillData(speed_kmh=9.0, avg_pace_s_500m=120)),
        (RowerData(more_follows=True, power_w=5), TreadmillData(speed_kmh=9.0)),
    ],
)
def test_parts_that_cannot_be_of_one_record_are_not_joined(first: Any, second: Any) -> None:
    merging, _ = Merging[Any]().take(first, 0)
    assert merging.take(second, 1) == (Merging(dropped=1), second)


def test_both_paces_in_one_unit_are_of_one_record() -> None:
    merging, _ = Merging[Any]().take(TreadmillData(more_follows=True, pace_s_500m=110), 0)
    _, whole = merging.take(TreadmillData(speed_kmh=9.0, avg_pace_s_500m=120), 1)
    assert whole == TreadmillData(speed_kmh=9.0, pace_s_500m=110, avg_pace_s_500m=120)


def test_flags_of_a_machine_are_no_values() -> None:
    merging, _ = Merging[CrossTrainerData]().take(CrossTrainerData(more_follows=True, backward=True, power_w=5), 0)
    _, whole = merging.take(CrossTrainerData(speed_kmh=3.0, backward=True), 1)
    assert whole == CrossTrainerData(speed_kmh=3.0, power_w=5, backward=True)


def test_the_first_field_of_a_rower_is_two() -> None:
    merging, _ = Merging[RowerData]().take(RowerData(more_follows=True, power_w=5), 0)
    _, whole = merging.take(RowerData(stroke_rate=24.5, stroke_count=100), 1)
    assert whole == RowerData(stroke_rate=24.5, stroke_count=100, power_w=5)

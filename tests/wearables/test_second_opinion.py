"""The same packets read by bluetooth-sig 0.6.0. Where it differs, the difference is named here and holds."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from packets import VALUES

from touchline.errors import BadValue
from wearables.gatt import cross_trainer, heart_rate, treadmill
from wearables.gatt.body_sensor_location import Location
from wearables.gatt.characteristics import CHARACTERISTICS
from wearables.gatt.fitness_machine import MachineData
from wearables.gatt.layout import Layout

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it warns of while it is imported is its own
    bluetooth_sig = pytest.importorskip("bluetooth_sig")


Other = Callable[[str, bytes], Any]
REFUSED = "refused"


@pytest.fixture(scope="module")
def other() -> Other:
    translator = bluetooth_sig.BluetoothSIGTranslator()
    return lambda key, data: translator.parse_characteristic(key[2:], data)


MACHINE = {
    "speed_kmh": "instantaneous_speed",
    "avg_speed_kmh": "average_speed",
    "distance_m": "total_distance",
    "power_w": "instantaneous_power",
    "avg_power_w": "average_power",
    "resistance": "resistance_level",
    "energy_kcal": "total_energy",
    "energy_kcal_h": "energy_per_hour",
    "energy_kcal_min": "energy_per_minute",
    "hr_bpm": "heart_rate",
    "met": "metabolic_equivalent",
    "elapsed_s": "elapsed_time",
    "remaining_s": "remaining_time",
    "inclination_percent": "inclination",
    "elevation_up_m": "positive_elevation_gain",
    "elevation_down_m": "negative_elevation_gain",
}
NAMES: dict[str, dict[str, str]] = {
    "0x2A53": {
        "speed_m_s": "instantaneous_speed",
        "cadence_per_min": "instantaneous_cadence",
        "stride_m": "instantaneous_stride_length",
        "distance_m": "total_distance",
        "running": "is_running",
    },
    "0x2A5B": {
        "wheel_revolutions": "cumulative_wheel_revolutions",
        "crank_revolutions": "cumulative_crank_revolutions",
    },
    "0x2A63": {
        "power_w": "instantaneous_power",
        "balance_percent": "pedal_power_balance",
        "torque_nm": "accumulated_torque",
        "energy_kj": "accumulated_energy",
        "wheel_revolutions": "cumulative_wheel_revolutions",
        "crank_revolutions": "cumulative_crank_revolutions",
        "max_force_n": "maximum_force_magnitude",
        "min_force_n": "minimum_force_magnitude",
        "max_torque_nm": "maximum_torque_magnitude",
        "min_torque_nm": "minimum_torque_magnitude",
        "max_angle_deg": "maximum_angle",
        "min_angle_deg": "minimum_angle",
        "top_dead_spot_deg": "top_dead_spot_angle",
        "bottom_dead_spot_deg": "bottom_dead_spot_angle",
    },
    "0x2ACD": MACHINE
    | {
        "ramp_deg": "ramp_angle_setting",
        "pace_s_500m": "instantaneous_pace",
        "avg_pace_s_500m": "average_pace",
        "force_n": "force_on_belt",
        "power_w": "power_output",
    },
    "0x2ACE": MACHINE
    | {
        "ramp_deg": "ramp_setting",
        "steps_per_min": "steps_per_minute",
        "avg_steps_per_min": "average_step_rate",
        "stride_count": "stride_count",
        "backward": "movement_direction_backward",
    },
    "0x2AD1": MACHINE
    | {
        "stroke_rate": "stroke_rate",
        "stroke_count": "stroke_count",
        "avg_stroke_rate": "average_stroke_rate",
        "pace_s_500m": "instantaneous_pace",
        "avg_pace_s_500m": "average_pace",
    },
    "0x2AD2": MACHINE | {"cadence_rpm": "instantaneous_cadence", "avg_cadence_rpm": "average_cadence"},
}
"""Our names and its names of the same fields."""

TIMES = {"wheel_time_1024": 1024, "wheel_time_2048": 2048, "crank_time_1024": 1024}
"""Event times: ticks here, seconds there."""


def in_its_form(key: str, value: Any) -> bytes | None:
    """The packet of ``value`` as the other reads it: resistance in one byte, pace in two. None where it has none."""
    if isinstance(value, MachineData) and getattr(value, "resistance", None) is not None:
        narrow: Layout = value.LAYOUTS[1]
        flags = int(value.more_follows) | (getattr(value, "backward", False) << 15)
        return narrow.write({field.name: getattr(value, field.name) for field in narrow.fields()}, flags)
    return CHARACTERISTICS[key].encode(value)


def its_known_faults(key: str, value: Any) -> dict[str, Any]:
    """What the other is known to say where it should say nothing, or something else: {its name: what it says}."""
    faults: dict[str, Any] = {}
    if not isinstance(value, MachineData):
        return faults
    if getattr(value, "resistance", None) is not None:
        # It takes a step of the resistance for ten levels, after one of two statements of the supplement.
        faults["resistance_level"] = value.resistance * 10
    layout = value._layout()
    for group in layout.groups:
        there = group.is_in(int(value.more_follows)) if group.inverted else any(
            getattr(value, field.name) is not None for field in group.fields
        )  # fmt: skip
        for field in group.fields:
            if there and getattr(value, field.name) is None and field.missing is not None:
                # It takes the numbers that say "not available" for values: 65535 kcal an hour, 655.35 km/h.
                faults[NAMES[key][field.name]] = field.missing / field.per_unit
    return faults


@pytest.mark.parametrize("key", NAMES)
def test_the_second_opinion_is_the_same_but_for_known_faults(key: str, other: Other) -> None:
    @settings(max_examples=60, deadline=None)
    @given(VALUES[key].map(fitting))
    def trial(value: Any) -> None:
        data = in_its_form(key, value)
        assert CHARACTERISTICS[key].decode(data) == value
        opinion = other(key, data)
        expected = {its: getattr(value, ours) for ours, its in NAMES[key].items() if hasattr(value, ours)}
        expected |= its_known_faults(key, value)
        found = {its: getattr(opinion, its) for its in expected}
        assert {its: (found[its], told) for its, told in expected.items() if not same(found[its], told)} == {}
        for ours, ticks in TIMES.items():
            if hasattr(value, ours):
                its = f"last_{ours.partition('_')[0]}_event_time"
                told = getattr(value, ours)
                assert getattr(opinion, its) == (None if told is None else told / ticks)

    trial()


def same(found: Any, told: Any) -> bool:
    """Whether two numbers are one but for the rounding of their last binary digits; None is only None."""
    return found is told if None in (found, told) else math.isclose(found, told, rel_tol=1e-12, abs_tol=1e-12)


def fitting(value: Any) -> Any:
    """``value`` without what only the other form of a packet can say: a resistance beyond one byte, a pace by way."""
    if getattr(value, "resistance", None) is not None:
        value = replace(value, resistance=float(round(abs(value.resistance))) % 256)
        if not isinstance(value, cross_trainer.CrossTrainerData):
            value = replace(value, resistance=int(value.resistance))
    if isinstance(value, treadmill.TreadmillData) and value.pace_km_min is not None:
        value = replace(value, pace_km_min=None)
    if isinstance(value, treadmill.TreadmillData) and value.avg_pace_km_min is not None:
        value = replace(value, avg_pace_km_min=None)
    return value


@given(value=VALUES["0x2A37"])
@settings(max_examples=60, deadline=None)
def test_of_heart_rates_it_says_the_same(value: heart_rate.HeartRateMeasurement, other: Other) -> None:
    opinion = other("0x2A37", heart_rate.encode(value))
    assert (opinion.heart_rate, opinion.energy_expended) == (value.hr_bpm, value.energy_kj)
    assert opinion.sensor_contact.name.lower() == value.contact.value
    assert opinion.rr_intervals == tuple(ticks / 1024 for ticks in value.rr_1024)


@pytest.mark.parametrize("key", ["0x2A19", "0x2A24", "0x2A29", "0x2A38", "0x2A50"])
def test_of_single_values_it_says_the_same(key: str, other: Other) -> None:
    @settings(max_examples=30, deadline=None)
    @given(VALUES[key])
    def trial(value: Any) -> None:
        data = CHARACTERISTICS[key].encode(value)
        opinion = other(key, data)
        said = value.document()
        if key == "0x2A19":
            assert opinion == said["percent"]
        elif key == "0x2A38":
            assert opinion == list(Location).index(value.location)
        elif key == "0x2A50":
            assert (opinion.vendor_id, opinion.product_id, opinion.product_version) == (
                value.vendor_id, value.product_id, value.product_version
            )  # fmt: skip
        else:
            assert opinion == said["text"]

    trial()


KNOWN_FAULTS: list[tuple[str, str, str | None, Any, Any]] = [
    # What it reads as a resistance of one byte has two: all that follows is shifted, and the heart rate is lost.
    ("0x2AD2", "2002 8403 1400 5b", "heart_rate", 0, 91),
    ("0x2AD2", "2000 8403 1400", "resistance_level", 200.0, 20),
    ("0x2AD2", "2000 8403 14", "resistance_level", 200.0, 20),
    ("0x2ACE", "800000 8403 3200", "resistance_level", 500.0, 5.0),
    # The pace of a treadmill in one byte is taken for half of one in two bytes.
    ("0x2ACD", "6000 8403 4b 32", "instantaneous_pace", 0x324B, None),
    # "Not available" becomes a number.
    ("0x2AD1", "0800 306400 ffff", "instantaneous_pace", 65535, None),
    ("0x2AD2", "4000 8403 ff7f", "instantaneous_power", 32767, None),
    ("0x2ACD", "8000 8403 0a00 ffff ff", "energy_per_hour", 65535, None),
    # Packets that were cut, or are too long, are read as far as they go.
    ("0x2AD2", "2000 84", "resistance_level", 1320.0, REFUSED),
    ("0x2AD2", "0000 8403 00", "instantaneous_speed", 9.0, REFUSED),
    ("0x2A37", "004b00", "heart_rate", 75, REFUSED),
    ("0x2A19", "6400", None, 100, REFUSED),
    ("0x2A38", "0100", None, 1, REFUSED),
    ("0x2A53", "01 0001 5a", "instantaneous_speed", 1.0, REFUSED),
    ("0x2A53", "00 0001 5a 00", "instantaneous_speed", 1.0, REFUSED),
    ("0x2A5B", "01 000000", "cumulative_wheel_revolutions", None, REFUSED),
    ("0x2A63", "0000 0100 01", "instantaneous_power", 1, REFUSED),
]
"""Key, packet, its name of a field (None: the value itself), what it says of it, what Touchline says."""


@pytest.mark.parametrize(("key", "text", "its", "says", "ours"), KNOWN_FAULTS)
def test_its_known_faults_are_still_there(
    key: str, text: str, its: str | None, says: Any, ours: Any, other: Other
) -> None:
    data = bytes.fromhex(text)
    opinion = other(key, data)
    assert (opinion if its is None else getattr(opinion, its)) == says
    if ours == REFUSED:
        with pytest.raises(BadValue):
            CHARACTERISTICS[key].decode(data)
    else:
        name = next(name for name, other_name in NAMES[key].items() if other_name == its)
        assert getattr(CHARACTERISTICS[key].decode(data), name) == ours


def test_an_odd_byte_of_rr_is_dropped_without_a_word(other: Other) -> None:
    opinion = other("0x2A37", bytes.fromhex("103c72"))
    assert (opinion.heart_rate, opinion.rr_intervals) == (60, ())
    assert heart_rate.decode(bytes.fromhex("103c72")).faults == (heart_rate.Fault.PARTIAL_RR,)

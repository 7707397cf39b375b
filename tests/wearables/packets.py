"""Values of every packet that can be decoded, for tests that try many; and bytes that come near to packets."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from wearables.gatt import (
    battery,
    body_sensor_location,
    cross_trainer,
    cycling,
    cycling_power,
    device_information,
    heart_rate,
    indoor_bike,
    machine_control,
    polar_broadcast,
    polar_pmd,
    polar_pmd_control,
    rower,
    running,
    treadmill,
)
from wearables.gatt.fields import Field
from wearables.gatt.fitness_machine import MachineData
from wearables.gatt.layout import Layout

U8, U16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)


def field_values(field: Field) -> st.SearchStrategy[Any]:
    """Every value that ``field`` can hold."""
    low, high = field.bounds()
    raw = st.sampled_from([low, high]) | st.integers(low, high)
    return raw.filter(lambda number: number != field.missing).map(field.value)


@st.composite
def layout_values(draw: st.DrawFn, layout: Layout, first: bool = True) -> dict[str, Any]:
    """Values of a packet of ``layout``: each group there or not, in it what may be missing there or not. Without
    ``first`` an inverted group is left out."""
    values: dict[str, Any] = {}
    for group in layout.groups:
        if (group.inverted and not first) or (group.bit is not None and not group.inverted and not draw(st.booleans())):
            continue
        for field in group.fields:
            gone = field.missing is not None and draw(st.integers(0, 4)) == 0
            values[field.name] = None if gone else draw(field_values(field))
    return values


@st.composite
def _heart_rates(draw: st.DrawFn) -> heart_rate.HeartRateMeasurement:
    return heart_rate.HeartRateMeasurement(
        hr_bpm=draw(U16),
        contact=draw(st.sampled_from(heart_rate.Contact)),
        energy_kj=draw(st.none() | U16),
        rr_1024=tuple(draw(st.lists(U16, max_size=9))),
    )


@st.composite
def _runs(draw: st.DrawFn) -> running.RunningMeasurement:
    return running.RunningMeasurement(**draw(layout_values(running.LAYOUT)), running=draw(st.booleans()))


@st.composite
def _powers(draw: st.DrawFn) -> cycling_power.PowerMeasurement:
    values = draw(layout_values(cycling_power.LAYOUT))
    if values.pop(cycling_power.ANGLES.name, None) is not None:
        angle = field_values(cycling_power.ANGLE)
        values |= {"max_angle_deg": draw(angle), "min_angle_deg": draw(angle)}
    if values.get("balance_percent") is not None:
        values["balance_of"] = draw(st.sampled_from(cycling_power.BalanceOf))
    if "torque_nm" in values:
        values["torque_at"] = draw(st.sampled_from(cycling_power.TorqueAt))
    return cycling_power.PowerMeasurement(**values, compensates_offset=draw(st.booleans()))


@st.composite
def _machines(draw: st.DrawFn, kind: type[MachineData]) -> MachineData:
    more = draw(st.booleans())
    values = draw(layout_values(draw(st.sampled_from(kind.LAYOUTS)), not more))
    if kind.EXTRA_FLAG is not None:
        values[kind.EXTRA_FLAG[1]] = draw(st.booleans())
    return kind(more_follows=more, **values)


@st.composite
def _broadcasts(draw: st.DrawFn) -> polar_broadcast.PolarBroadcast:
    headers = U8.map(lambda header: header | polar_broadcast.OTHER_BLOCK)
    return polar_broadcast.PolarBroadcast(
        hr_bpm=draw(U8),
        contact=draw(st.booleans()),
        counter=draw(st.integers(0, 7)),
        battery_low=draw(st.booleans()),
        broadcast=draw(st.booleans()),
        fast_hr_bpm=draw(st.none() | U8),
        code=draw(U8),
        others=tuple(draw(st.lists(st.tuples(headers, st.binary(max_size=6)), max_size=2))),
    )


@st.composite
def _machine_requests(draw: st.DrawFn) -> machine_control.Request:
    operation = draw(st.sampled_from(machine_control.Operation))
    fields = machine_control.NUMBERS.get(operation, ())
    if operation is machine_control.Operation.TARGET_RESISTANCE:
        fields = (draw(st.sampled_from([machine_control.RESISTANCE, machine_control.WIDE_RESISTANCE])),)
    return machine_control.Request(operation, tuple(draw(field_values(field)) for field in fields))


@st.composite
def _machine_responses(draw: st.DrawFn) -> machine_control.Response:
    operation = draw(st.sampled_from(machine_control.Operation))
    result = draw(st.sampled_from(machine_control.Result))
    spins = operation is machine_control.Operation.SPIN_DOWN and result is machine_control.Result.SUCCESS
    speeds = st.tuples(*(field_values(field) for field in machine_control.COASTING))
    return machine_control.Response(operation, result, draw(st.none() | speeds) if spins else None)


TIMES = st.integers(0, (1 << 64) - 1)
S16 = field_values(polar_pmd.ACCELERATION)
SETTINGS = st.lists(
    st.sampled_from(polar_pmd_control.Setting).flatmap(
        lambda setting: st.tuples(st.just(setting), st.lists(U8, min_size=1, max_size=4).map(tuple))
    ),
    max_size=4,
).map(tuple)


@st.composite
def _pmd_controls(draw: st.DrawFn) -> polar_pmd_control.Request | polar_pmd_control.Response:
    operation = draw(st.sampled_from(polar_pmd_control.Operation))
    measurement = draw(st.sampled_from(polar_pmd.Measurement))
    if draw(st.booleans()):
        starts = operation is polar_pmd_control.Operation.START
        return polar_pmd_control.Request(operation, measurement, draw(SETTINGS) if starts else ())
    status = draw(st.sampled_from(polar_pmd_control.Status))
    settings = draw(SETTINGS) if status is polar_pmd_control.Status.SUCCESS else ()
    return polar_pmd_control.Response(operation, measurement, status, draw(st.booleans()), settings)


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20).map(device_information.DeviceText)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "0x2A37": _heart_rates(),
    "0x2A38": st.sampled_from(body_sensor_location.Location).map(body_sensor_location.SensorLocation),
    "0x2A19": st.integers(0, 100).map(battery.BatteryLevel),
    **dict.fromkeys(device_information.STRINGS, TEXTS),
    "0x2A23": st.binary(min_size=8, max_size=8).map(device_information.SystemId),
    "0x2A50": st.builds(device_information.PnpId, st.sampled_from(device_information.VendorSource), U16, U16, U16),
    "0x2A53": _runs(),
    "0x2A5B": layout_values(cycling.LAYOUT).map(lambda values: cycling.CyclingMeasurement(**values)),
    "0x2A63": _powers(),
    "0x2ACD": _machines(treadmill.TreadmillData),
    "0x2ACE": _machines(cross_trainer.CrossTrainerData),
    "0x2AD1": _machines(rower.RowerData),
    "0x2AD2": _machines(indoor_bike.IndoorBikeData),
    "0x2AD9": _machine_requests() | _machine_responses(),
    "polar-broadcast": _broadcasts(),
    "polar-pmd": st.builds(polar_pmd.EcgFrame, TIMES, st.lists(field_values(polar_pmd.ECG), min_size=1).map(tuple))
    | st.builds(polar_pmd.AccelerationFrame, TIMES, st.lists(st.tuples(S16, S16, S16), min_size=1).map(tuple)),
    "polar-pmd-control": _pmd_controls(),
}
"""Values of each characteristic by its key."""


@st.composite
def near_packets(draw: st.DrawFn, key: str) -> bytes:
    """Bytes that come near to packets of ``key``: packets that were cut, made longer, or of which bits were turned."""
    from wearables.gatt.characteristics import CHARACTERISTICS

    data = bytearray(CHARACTERISTICS[key].encode(draw(VALUES[key])))
    for at in draw(st.lists(st.integers(0, max(8 * len(data) - 1, 0)), max_size=3)) if data else ():
        data[at // 8] ^= 1 << at % 8
    cut = draw(st.integers(-2, 2))
    return bytes(data[:cut]) if cut < 0 else bytes(data) + draw(st.binary(min_size=cut, max_size=cut))

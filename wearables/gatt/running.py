"""RSC Measurement, characteristic 0x2A53 (Running Speed and Cadence Service 1.0): speed, cadence, stride, distance.

Flags of 8 bits (bit 0: stride length, bit 1: total distance, bit 2: running rather than walking, the rest reserved),
speed in 1/256 m/s, cadence a minute, stride length in 1/100 m, total distance in 1/10 m.

**Of what the cadence is a count** no packet says: the specification gives it the unit 1/min and no more. Most pods send
steps of both feet, some (Garmin's) strides of one. ``cadence_per_min`` is the number as sent; whoever shows it as steps
has to know the device.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wearables.gatt.fields import Field, only_present, units_of, with_units
from wearables.gatt.layout import Group, Layout, read_value

RUNNING = 0x04
LAYOUT = Layout(
    1,
    (
        Group(None, (Field("speed_m_s", 2, "m/s", 256), Field("cadence_per_min", 1, "1/min"))),
        Group(0, (Field("stride_m", 2, "m", 100),)),
        Group(1, (Field("distance_m", 4, "m", 10),)),
    ),
)
UNITS = units_of(LAYOUT.fields()) | {"speed_kmh": "km/h"}
KMH_PER_M_S = 3.6


@dataclass(frozen=True, slots=True)
class RunningMeasurement:
    """One notification of a foot pod. ``stride_m`` and ``distance_m`` are None where the packet has none; the distance
    counts on from when the pod was last set to zero, and rolls over at 429,496,729.6 m."""

    speed_m_s: float
    cadence_per_min: int
    stride_m: float | None = None
    distance_m: float | None = None
    running: bool = False

    def __post_init__(self) -> None:
        encode(self)

    def document(self) -> dict[str, Any]:
        """The fields that the packet carried, with their units. ``cadence_counts`` says what nobody can tell."""
        document = only_present(asdict(self))
        document |= {"speed_kmh": round(self.speed_m_s * KMH_PER_M_S, 9), "cadence_counts": "steps_or_strides"}
        return with_units(document, UNITS)


def decode(data: bytes) -> RunningMeasurement:
    """The measurement in ``data``; reserved flags are passed over.

    Raises ``BadValue``: ``packet_too_short``, ``surplus_bytes``.
    """
    flags, values = LAYOUT.read(data)
    values["running"] = bool(flags & RUNNING)
    return read_value(RunningMeasurement, values)


def encode(measurement: RunningMeasurement) -> bytes:
    """The notification that carries ``measurement``. Raises ``BadValue`` where a value does not fit its field."""
    return LAYOUT.write(asdict(measurement), RUNNING if measurement.running else 0)

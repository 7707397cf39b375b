"""What can be decoded: one entry a characteristic or broadcast, found by number, name or UUID."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from touchline.errors import NotFound
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

BASE_UUID = "-0000-1000-8000-00805f9b34fb"


class Packet(Protocol):
    """A decoded packet."""

    def document(self) -> dict[str, Any]:
        """Its fields, JSON-ready, with ``units`` by key; what it does not carry is absent."""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """How the packets of one characteristic are read and written. ``key`` is its assigned number or a name of its own,
    ``name`` what it is called, ``uuid`` the whole identifier; None where it is no characteristic but a broadcast."""

    key: str
    name: str
    uuid: str | None
    decode: Callable[[bytes], Packet]
    """Raises ``BadValue`` for what is no packet of it, and nothing else."""
    encode: Callable[[Any], bytes]

    def document(self, data: bytes) -> dict[str, Any]:
        """The fields of the packet ``data``. Raises ``BadValue``."""
        return self.decode(data).document()


def _assigned(key: str, name: str, decode: Callable[[bytes], Packet], encode: Callable[[Any], bytes]) -> Characteristic:
    return Characteristic(key, name, f"0000{key[2:].lower()}{BASE_UUID}", decode, encode)


_ENTRIES = (
    _assigned("0x2A37", "heart_rate_measurement", heart_rate.decode, heart_rate.encode),
    _assigned("0x2A38", "body_sensor_location", body_sensor_location.decode, body_sensor_location.encode),
    _assigned("0x2A19", "battery_level", battery.decode, battery.encode),
    *(
        _assigned(key, name, device_information.decode_text, device_information.encode_text)
        for key, name in device_information.STRINGS.items()
    ),
    _assigned("0x2A23", "system_id", device_information.decode_system_id, device_information.encode_system_id),
    _assigned("0x2A50", "pnp_id", device_information.decode_pnp_id, device_information.encode_pnp_id),
    _assigned("0x2A53", "rsc_measurement", running.decode, running.encode),
    _assigned("0x2A5B", "csc_measurement", cycling.decode, cycling.encode),
    _assigned("0x2A63", "cycling_power_measurement", cycling_power.decode, cycling_power.encode),
    _assigned("0x2ACD", "treadmill_data", treadmill.decode, treadmill.encode),
    _assigned("0x2ACE", "cross_trainer_data", cross_trainer.decode, cross_trainer.encode),
    _assigned("0x2AD1", "rower_data", rower.decode, rower.encode),
    _assigned("0x2AD2", "indoor_bike_data", indoor_bike.decode, indoor_bike.encode),
    _assigned("0x2AD9", "fitness_machine_control_point", machine_control.decode, machine_control.encode),
    Characteristic("polar-broadcast", "polar_broadcast", None, polar_broadcast.decode, polar_broadcast.encode),
    Characteristic("polar-pmd", "polar_pmd", polar_pmd.DATA_UUID, polar_pmd.decode, polar_pmd.encode),
    Characteristic(
        "polar-pmd-control",
        "polar_pmd_control",
        polar_pmd.CONTROL_UUID,
        polar_pmd_control.decode,
        polar_pmd_control.encode,
    ),
)

CHARACTERISTICS: dict[str, Characteristic] = {entry.key: entry for entry in _ENTRIES}
"""All that can be decoded, by key."""


ENOUGH = 5
"""So many letters of a name at least tell which one is meant."""


def find_decoder(wanted: str) -> Characteristic:
    """The characteristic that ``wanted`` means: ``0x2A37``, ``2a37``, ``heart_rate_measurement``,
    ``heart-rate-measurement`` or ``00002a37-0000-1000-8000-00805f9b34fb``, in small or capital letters;
    the beginning of a name too, where it is that of one alone.

    Raises ``NotFound`` with the known ones.
    """
    plain = _plain(wanted.strip().lower().removeprefix("0x"))
    for entry in _ENTRIES:
        known = (entry.key.lower().removeprefix("0x"), entry.name, entry.uuid or entry.name)
        if plain in {_plain(text) for text in known}:
            return entry
    begun = [entry for entry in _ENTRIES if len(plain) >= ENOUGH and _plain(entry.name).startswith(plain)]
    if len(begun) == 1:
        return begun[0]
    told = ", ".join(f"{entry.key} ({entry.name})" for entry in _ENTRIES)
    raise NotFound("wearables.errors.unknown_characteristic", name=wanted, known=told)


def _plain(text: str) -> str:
    return text.replace("-", "").replace("_", "").replace(" ", "")

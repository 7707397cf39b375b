"""The D-Bus objects of the double, as BlueZ shows them."""

from __future__ import annotations

from typing import Any

from dbus_fast import Variant

from bluez.straps import VirtualStrap

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"
ROOT = "/org/bluez"
Objects = dict[str, dict[str, dict[str, Any]]]

GATT: dict[int, dict[int, tuple[str, ...]]] = {
    0x180D: {0x2A37: ("notify",), 0x2A38: ("read",)},
    0x180F: {0x2A19: ("read", "notify")},
    0x180A: {0x2A29: ("read",), 0x2A24: ("read",), 0x2A25: ("read",), 0x2A26: ("read",)},
}


def uuid(number: int) -> str:
    """The whole UUID of an assigned number."""
    return f"0000{number:04x}-0000-1000-8000-00805f9b34fb"


def device_path(adapter: str, strap: VirtualStrap) -> str:
    """Where a strap is shown below an adapter."""
    return f"{ROOT}/{adapter}/dev_{strap.address.replace(':', '_')}"


def characteristic_path(adapter: str, strap: VirtualStrap, number: int) -> str:
    """Where a characteristic of a strap is shown."""
    base = device_path(adapter, strap)
    for k, (_, characteristics) in enumerate(GATT.items()):
        for n, each in enumerate(characteristics):
            if each == number:
                return f"{base}/service{k + 1:03x}0/char{k + 1:03x}{2 * n + 1:x}"
    raise KeyError(number)


def value(strap: VirtualStrap, number: int) -> bytes:
    """What a characteristic of a strap reads as."""
    texts = {0x2A29: "Double", 0x2A24: f"D{strap.index}", 0x2A25: f"{strap.index:06d}", 0x2A26: "1.0"}
    if number in texts:
        return texts[number].encode()
    return bytes([strap.battery]) if number == 0x2A19 else b"\x01" if number == 0x2A38 else b""


def adapter_objects(name: str, discovering: bool) -> Objects:
    """An adapter."""
    props = {
        "Address": Variant("s", f"00:00:00:00:00:{int(name[3:]):02X}"),
        "AddressType": Variant("s", "public"),
        "Name": Variant("s", name),
        "Alias": Variant("s", name),
        "Powered": Variant("b", True),
        "Discovering": Variant("b", discovering),
        "UUIDs": Variant("as", []),
        "Roles": Variant("as", ["central", "peripheral"]),
    }
    return {f"{ROOT}/{name}": {ADAPTER: props}}


def device_objects(adapter: str, strap: VirtualStrap) -> Objects:
    """A strap that the service knows, without its services."""
    here = strap.adapter == adapter
    props = {
        "Address": Variant("s", strap.address),
        "AddressType": Variant("s", "random"),
        "Name": Variant("s", strap.name),
        "Alias": Variant("s", strap.name),
        "Paired": Variant("b", False),
        "Trusted": Variant("b", False),
        "Blocked": Variant("b", False),
        "Connected": Variant("b", here),
        "ServicesResolved": Variant("b", here and strap.resolved),
        "UUIDs": Variant("as", [uuid(0x180D), uuid(0x180F)]),
        "Adapter": Variant("o", f"{ROOT}/{adapter}"),
    } | advertisement(strap)
    return {device_path(adapter, strap): {DEVICE: props}}


def advertisement(strap: VirtualStrap) -> dict[str, Any]:
    """The properties that each advertisement brings."""
    said: dict[str, Any] = {"RSSI": Variant("n", -50 - strap.chance.randrange(40))}
    if data := strap.advertised():
        said["ManufacturerData"] = Variant("a{qv}", {key: Variant("ay", held) for key, held in data.items()})
    return said


def gatt_objects(adapter: str, strap: VirtualStrap) -> Objects:
    """The services of a strap that was connected once."""
    found: Objects = {}
    base = device_path(adapter, strap)
    for service, characteristics in GATT.items():
        for number, flags in characteristics.items():
            path = characteristic_path(adapter, strap, number)
            parent = path.rsplit("/", 1)[0]
            found[parent] = {
                SERVICE: {
                    "UUID": Variant("s", uuid(service)),
                    "Device": Variant("o", base),
                    "Primary": Variant("b", True),
                    "Includes": Variant("ao", []),
                }
            }
            found[path] = {
                CHARACTERISTIC: {
                    "UUID": Variant("s", uuid(number)),
                    "Service": Variant("o", parent),
                    "Value": Variant("ay", b""),
                    "Notifying": Variant("b", False),
                    "Flags": Variant("as", list(flags)),
                    "MTU": Variant("q", 247),
                }
            }
            if "notify" in flags:
                found[f"{path}/desc{path[-4:-1]}f"] = {
                    DESCRIPTOR: {
                        "UUID": Variant("s", uuid(0x2902)),
                        "Characteristic": Variant("o", path),
                        "Value": Variant("ay", b""),
                    }
                }
    return dict(sorted(found.items()))

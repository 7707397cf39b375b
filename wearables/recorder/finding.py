"""Listens for straps and ends: ``python -m wearables.recorder.finding SECONDS [ADAPTER]`` prints one JSON document."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from touchline.errors import TouchlineError
from wearables.radio import Radio, Seen
from wearables.simulated import POLAR_COMPANY

_HEART_RATE = "0x180D"


async def find(radio: Radio, seconds: float, adapter: str | None = None) -> list[Seen]:
    """The heart-rate straps that ``radio`` hears within ``seconds`` of the host, the strongest first, each once. Raises
    ``RadioFault``."""
    found: dict[str, Seen] = {}

    def take(seen: Seen) -> None:
        before = found.get(seen.address)
        if before is None and _HEART_RATE not in seen.services and POLAR_COMPANY not in seen.manufacturer:
            return
        name = seen.name or (before.name if before is not None else None)
        found[seen.address] = Seen(seen.address, name, seen.rssi_dbm, seen.adapter, seen.manufacturer, seen.services)

    names = [adapter] if adapter else list(await radio.adapters())
    try:
        for name in names:
            await radio.scan(take, name)
        await asyncio.sleep(seconds)
    finally:
        for name in names:
            await radio.stop_scan(name)
        await radio.close()
    return sorted(found.values(), key=lambda seen: -(seen.rssi_dbm if seen.rssi_dbm is not None else -999))


def document(seen: Seen) -> dict[str, Any]:
    """One strap, JSON-ready."""
    return {
        "address": seen.address,
        "name": seen.name,
        "rssi_dbm": seen.rssi_dbm,
        "adapter": seen.adapter,
        "manufacturer": {str(company): data.hex() for company, data in seen.manufacturer.items()},
        "services": list(seen.services),
    }


def main(seconds: str, adapter: str = "") -> int:
    """Listen and print; the exit code."""
    from wearables.ble import BleRadio

    try:
        found = asyncio.run(find(BleRadio(), float(seconds), adapter or None))
        told: dict[str, Any] = {"seen": [document(seen) for seen in found]}
    except TouchlineError as fault:
        told = {"fault": fault.detail()}
    except Exception as fault:  # noqa: BLE001  whatever the system's Bluetooth says, somebody waits for an answer
        told = {"fault": repr(fault)}
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:3])
    os._exit(code)  # the system's Bluetooth may leave threads behind

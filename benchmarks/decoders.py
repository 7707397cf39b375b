"""Decoded packets a second, beside bluetooth-sig, pycycling and bleakheart where they are installed, and what they say
of packets that tell parsers apart.

    python benchmarks/decoders.py [--calls 2000] [--rounds 9] [--peers DIR] [--json]

Each decoder reads one usual packet again and again; Touchline and the peers take turns in every round, so that other
work on the machine slows them alike. A rate is that of the median round; the ratio of a peer is the median over rounds
of its time divided by Touchline's in the same round. ``--peers`` is a folder with further packages (``pip install
--no-deps --target DIR pycycling bleakheart``), which are no part of the locked set. Prints a JSON document with
``--json``, else a table; with machine and date.
"""

from __future__ import annotations

import argparse
import datetime
import json
import logging
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from touchline.errors import BadValue
from wearables.gatt.characteristics import CHARACTERISTICS

Read = Callable[[bytes], Any]

PACKETS = {
    "0x2A37": "106772038a039504",
    "0x2A19": "64",
    "0x2A53": "0700015a6400e8030000",
    "0x2A5B": "03e8030000000432000005",
    "0x2A63": "3000fa00e8030000000832000004",
    "0x2ACD": "8c042003d007000a0005007800ffffff3c00",
    "0x2ACE": "080100200378007800c800",
    "0x2AD1": "2c00306400d0070078009600",
    "0x2AD2": "5402ca0ca000d3a4002c018f",
    "polar-broadcast": "3b1b5452",
    "polar-pmd": "00e80300000000000000" + "0a0000f6ffff" * 36 + "0a0000",
}
"""A usual packet of each: a strap with three beats, a machine with some fields, 73 samples of an electrocardiogram."""

TELLING = [
    ("0x2A37", "0443", "contact supported and lost: no contact"),
    ("0x2A37", "103c72", "an odd byte of RR: 60 bpm and no interval"),
    ("0x2A37", "084bd0", "a cut packet: refused"),
    ("0x2A63", "0000ceff", "-50 W"),
    ("0x2AD2", "200284031400 5b", "resistance 20 in two bytes, heart rate 91"),
    ("0x2AD2", "40008403ff7f", "power not available: none"),
    ("0x2AD2", "00008403ff", "a byte too many: refused"),
]
"""Packets that tell parsers apart: key, bytes, what they say after the specifications."""


def bluetooth_sig() -> dict[str, Read]:
    from bluetooth_sig import BluetoothSIGTranslator

    logging.getLogger("bluetooth_sig").setLevel(logging.CRITICAL)
    translator = BluetoothSIGTranslator()
    keys = [key for key in PACKETS if key.startswith("0x")]
    return {key: (lambda data, uuid=key[2:]: translator.parse_characteristic(uuid, data)) for key in keys}


def pycycling() -> dict[str, Read]:
    from pycycling import battery_service, cycling_power_service, cycling_speed_cadence_service, heart_rate_service
    from pycycling.ftms_parsers import indoor_bike_data

    return {
        "0x2A37": heart_rate_service._parse_hr_measurement,
        "0x2A19": battery_service._parse_battery_level,
        "0x2A5B": cycling_speed_cadence_service._parse_csc_measurement,
        "0x2A63": cycling_power_service._parse_cycling_power_measurement,
        "0x2AD2": indoor_bike_data.parse_indoor_bike_data,
    }


def bleakheart() -> dict[str, Read]:
    import bleakheart as package

    heart = package.HeartRate.__new__(package.HeartRate)  # without a client: only its parsing is wanted
    polar = package.PolarMeasurementData.__new__(package.PolarMeasurementData)
    return {"0x2A37": heart._decode, "polar-pmd": polar._decode_ecg_data}


PEERS: dict[str, Callable[[], dict[str, Read]]] = {
    "bluetooth-sig": bluetooth_sig,
    "pycycling": pycycling,
    "bleakheart": bleakheart,
}


def spent(read: Read, data: bytes, calls: int) -> float:
    begun = time.perf_counter()
    for _ in range(calls):
        read(data)
    return (time.perf_counter() - begun) / calls


def measure(key: str, readers: dict[str, Read], calls: int, rounds: int) -> dict[str, Any]:
    """Packets a second of each reader, and the ratio of its time to Touchline's."""
    data = bytes.fromhex(PACKETS[key])
    times: dict[str, list[float]] = {name: [] for name in readers}
    for turn in range(rounds + 1):
        for name, read in readers.items():
            taken = spent(read, data, calls)
            if turn:  # the first round warms up
                times[name].append(taken)
    ours = times["touchline"]
    return {
        name: {
            "per_s": round(1 / statistics.median(taken)),
            "times_touchline": round(statistics.median(t / o for t, o in zip(taken, ours, strict=True)), 2),
        }
        for name, taken in times.items()
    }


def opinion(read: Read, data: bytes) -> str:
    """What ``read`` says of ``data``, as text."""
    try:
        return str(read(data))
    except BadValue as refusal:
        return f"refused: {refusal.name}"
    except Exception as fault:  # noqa: BLE001  # another package's parser may raise anything
        return f"raises {type(fault).__name__}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peers")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.peers:
        sys.path.append(args.peers)
    peers: dict[str, dict[str, Read]] = {}
    absent: list[str] = []
    for name, find in PEERS.items():
        try:
            peers[name] = find()
        except ImportError:
            absent.append(name)
    rates = {}
    for key in PACKETS:
        readers: dict[str, Read] = {"touchline": CHARACTERISTICS[key].decode}
        readers |= {name: reads[key] for name, reads in peers.items() if key in reads}
        rates[key] = measure(key, readers, args.calls, args.rounds)
    telling = []
    for key, text, meaning in TELLING:
        data = bytes.fromhex(text)
        said = {"touchline": opinion(CHARACTERISTICS[key].decode, data)}
        said |= {name: opinion(reads[key], data) for name, reads in peers.items() if key in reads}
        telling.append({"characteristic": key, "hex": data.hex(), "says": meaning, "opinions": said})
    document = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": [round(load, 1) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "not_installed": absent,
        "rates": rates,
        "telling": telling,
    }
    if args.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    print(f"{document['date']}  {document['machine']}  load {document['load']}")
    for name in absent:
        print(f"skipped: {name} is not installed")
    for key, row in rates.items():
        cells = (f"{name} {cell['per_s']:,}/s (time × {cell['times_touchline']})" for name, cell in row.items())
        print(f"{key:16}", "  ".join(cells))
    for case in telling:
        print(f"\n{case['characteristic']} {case['hex']}: {case['says']}")
        for name, said in case["opinions"].items():
            print(f"  {name}: {said}")


if __name__ == "__main__":
    main()

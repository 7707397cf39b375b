"""The recorder with 30, 60 and 120 straps at the speed of life, beside a bare bleak client that only subscribes.

    python benchmarks/recorder.py [--straps 30 60 120] [--seconds 30] [--drops 20] [--json]

There is no radio: the straps are those of the tests' double of the Bluetooth service, on a D-Bus of its own, 15 an
adapter, one frame a second. A connection through it takes 0.2 to 0.6 s and listing the services 0.3 to 0.9 s; what
the table says of times is therefore what the recorder adds to that and how it queues. Each recorder is a process of its
own that keeps its rows in memory. Where ``dbus-daemon`` is absent one line says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1] / "tests" / "wearables"
sys.path.insert(0, str(TESTS))

TICK = os.sysconf("SC_CLK_TCK")
AN_ADAPTER = 15
PATIENCE_S = 300.0


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def held_mb(pid: int) -> float:
    """The memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


# The process that is measured


async def record(straps: int) -> None:
    """The recorder, until a line comes; then what it kept, as figures."""
    from bluez.straps import address_of

    from wearables.ble import BleRadio
    from wearables.clock import SessionClock
    from wearables.model import Event, EventKind, Frame, Strap, StrapState
    from wearables.recorder.engine import Recorder
    from wearables.recorder.limits import Limits

    rows: list[Frame | Event] = []

    class Sheet:
        def put(self, row: Frame | Event) -> None:
            rows.append(row)

    squad = [Strap(number, address_of(number - 1)) for number in range(1, straps + 1)]
    clock = SessionClock.starting_now()
    recorder = Recorder(BleRadio(), clock, squad, Sheet(), limits=Limits(connections=AN_ADAPTER))
    running = asyncio.create_task(recorder.run())
    while set(recorder.states().values()) != {StrapState.LIVE}:
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    while set(recorder.states().values()) != {StrapState.LIVE}:
        await asyncio.sleep(0.05)
    recorder.stop()
    await running
    first: dict[int, float] = {}
    lost: dict[int, float] = {}
    again: list[float] = []
    for row in rows:
        if not isinstance(row, Event) or row.kind is not EventKind.STATE or row.strap is None:
            continue
        at_s = row.at_ns / 1e9
        if row.detail["state"] == "lost":
            lost[row.strap] = at_s
        elif row.detail["state"] == "live":
            first.setdefault(row.strap, at_s)
            if row.strap in lost:
                again.append(at_s - lost.pop(row.strap))
    frames = sum(isinstance(row, Frame) for row in rows)
    print(json.dumps({"first_s": min(first.values()), "all_s": max(first.values()), "again_s": again, "rows": frames}))


async def subscribe(straps: int) -> None:
    """bleak alone: scan, connect one after the other, subscribe, count."""
    from bleak import BleakClient, BleakScanner
    from bluez.tree import uuid

    found: dict[str, Any] = {}
    async with BleakScanner(lambda device, _: found.setdefault(device.address, device)):
        while len(found) < straps:
            await asyncio.sleep(0.05)
        clients, count = [], [0]

        def take(*_: object) -> None:
            count[0] += 1

        for device in found.values():
            clients.append(BleakClient(device))
            await clients[-1].connect()
            await clients[-1].start_notify(uuid(0x2A37), take)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for client in clients:
        await client.disconnect()
    print(json.dumps({"rows": count[0]}))


# The one that measures


async def measure(who: str, straps: int, seconds: float, drops: int) -> dict[str, Any]:
    """One process of ``who`` with so many straps."""
    from bluez.double import Double

    adapters = {f"hci{k}": AN_ADAPTER for k in range(-(-straps // AN_ADAPTER))} if who == "record" else {"hci0": straps}
    timing = {} if who == "record" else {"connect_s": 0.02, "resolve_s": 0.02}
    with Double(straps, adapters, 1.0, timing) as double:
        command = [sys.executable, __file__, "--as", who, "--straps", str(straps)]
        child = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert child.stdout is not None
        assert child.stdin is not None
        assert (await asyncio.wait_for(child.stdout.readline(), PATIENCE_S)).strip() == b"ready"
        await asyncio.sleep(3)
        before_s, at_s = cpu_s(child.pid), time.monotonic()
        await asyncio.sleep(seconds)
        share = (cpu_s(child.pid) - before_s) / (time.monotonic() - at_s)
        memory_mb = held_mb(child.pid)
        for k in range(drops if who == "record" else 0):
            await double.ask("drop", k * 7 % straps)
            await asyncio.sleep(0.5)
        child.stdin.write(b"\n")
        told = json.loads((await child.communicate())[0].splitlines()[-1])
        await double.leave()
    return {"who": who, "straps": straps, "cpu_share": share, "memory_mb": memory_mb} | told


def summary(ours: dict[str, Any], bare: dict[str, Any]) -> dict[str, Any]:
    """The figures of one number of straps."""
    again = sorted(ours["again_s"])
    return {
        "straps": ours["straps"],
        "cpu_percent_of_a_core": round(100 * ours["cpu_share"], 2),
        "bare_cpu_percent": round(100 * bare["cpu_share"], 2),
        "cpu_ratio": round(ours["cpu_share"] / bare["cpu_share"], 2) if bare["cpu_share"] else None,
        "memory_mb": round(ours["memory_mb"], 1),
        "bare_memory_mb": round(bare["memory_mb"], 1),
        "first_live_s": round(ours["first_s"], 2),
        "all_live_s": round(ours["all_s"], 2),
        "reconnect_median_s": round(statistics.median(again), 2) if again else None,
        "reconnect_p95_s": round(again[int(0.95 * (len(again) - 1))], 2) if again else None,
        "reconnects": len(again),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--straps", type=int, nargs="+", default=[30, 60, 120])
    parser.add_argument("--seconds", type=float, default=30.0, help="how long processor time is measured")
    parser.add_argument("--drops", type=int, default=20)
    parser.add_argument("--as", dest="role", choices=("record", "subscribe"), help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="accepted like everywhere; the output is JSON anyway")
    args = parser.parse_args()
    if args.role:
        asyncio.run({"record": record, "subscribe": subscribe}[args.role](args.straps[0]))
        return 0
    if shutil.which("dbus-daemon") is None:
        print("skipped: dbus-daemon is not installed")
        return 0
    rows = []
    for straps in args.straps:
        ours = asyncio.run(measure("record", straps, args.seconds, args.drops))
        bare = asyncio.run(measure("subscribe", straps, args.seconds, 0))
        rows.append(summary(ours, bare))
    versions = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    load = os.getloadavg()[0]
    document = {"benchmark": "recorder", "at": datetime.now(UTC).isoformat(timespec="seconds"), "load": load}
    print(json.dumps(document | versions | {"rows": rows}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How a test moves the straps of the double and reads its log: lines of JSON over a socket beside the bus, so that it
works while the bus is away."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbus_fast import Variant

from bluez import tree

if TYPE_CHECKING:
    from bluez.service import Service

LINE_LIMIT = 1 << 26


async def serve(socket_path: str, service: Service, ready: asyncio.Event) -> None:
    """Answer from the moment at which the service is there until the one who started the double goes away."""
    await ready.wait()
    gone = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked = json.loads(line)
            if asked["do"] == "quit":
                gone.set()
                break
            writer.write(json.dumps(carry_out(service, **asked)).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(talk, f"{socket_path}.new", limit=LINE_LIMIT)
    Path(f"{socket_path}.new").rename(socket_path)  # whoever finds it, finds it listening
    parent = os.getppid()
    while not gone.is_set() and os.getppid() == parent:
        await asyncio.sleep(0.05)
    server.close()


def carry_out(service: Service, do: str, strap: int = 0, **how: Any) -> Any:
    """One wish of a test, and its answer."""
    one = service.straps[strap]
    if do == "drop":
        return service.drop(one)
    if do == "set":
        for name, value in how.items():
            one.set(name, value)
        if not one.in_range:
            service.drop(one)
    elif do == "battery":
        one.battery = how["percent"]
        if one.adapter is not None and one.resolved:
            path = tree.characteristic_path(one.adapter, one, 0x2A19)
            for _ in service.sessions.get(path, ()):
                service.changed(path, tree.CHARACTERISTIC, {"Value": Variant("ay", bytes([one.battery]))})
    elif do == "hold":
        service.held = how["on"]
    elif do == "restart":
        service.restart(how["away_s"])
    elif do == "log":
        return [each.log for each in service.straps]
    elif do == "links":
        return [each.adapter for each in service.straps]
    elif do == "counts":
        return dataclasses.asdict(service.counts)
    elif do == "scanning":
        return {name: len(adapter.scanners) for name, adapter in service.adapters.items()}
    elif do == "known":
        return {name: len(adapter.known) for name, adapter in service.adapters.items()}
    else:
        raise KeyError(do)
    return None

"""The double as a test has it: a D-Bus daemon and the service on it, each a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from bluez.control import LINE_LIMIT

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_connections_per_user">1000</limit>
  <limit name="max_replies_per_connection">10000</limit>
</busconfig>
"""
VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"
START_S = 60.0


def need_a_bus() -> None:
    """Skip the test where there is no ``dbus-daemon``; in CI that is a failure, so that nothing is left out unseen."""
    if shutil.which("dbus-daemon") is None:
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report("dbus-daemon is not installed: install the system's package dbus")


class Double:
    """``with Double(straps=30) as double:`` within the time of the ``with`` the system's D-Bus is the double's."""

    def __init__(
        self,
        straps: int = 1,
        adapters: dict[str, int] | None = None,
        speed: float = 20.0,
        timing: dict[str, float] | None = None,
    ) -> None:
        adapters = {"hci0": 100} if adapters is None else adapters
        self.options = {"straps": straps, "adapters": adapters, "speed": speed, "timing": timing or {}}
        self._before: str | None = None
        self._lock = asyncio.Lock()
        self._talk: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def __enter__(self) -> Double:
        self.folder = Path(tempfile.mkdtemp(prefix="bus"))
        (self.folder / "bus.conf").write_text(CONFIGURATION.format(socket=self.folder / "bus"))
        self._before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = f"unix:path={self.folder / 'bus'}"
        self.start_bus()
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        command = [sys.executable, "-m", "bluez.service", str(self.folder / "control"), json.dumps(self.options)]
        self.service = subprocess.Popen(command, env=environment)
        self._wait_for(self.folder / "control")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._talk is not None:
            self._talk[1].transport.abort()
        for process in (self.service, self.daemon):
            process.kill()
            process.wait()
        if self._before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._before
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_bus(self) -> None:
        """A D-Bus daemon at the address of the one before."""
        with (self.folder / "daemon.log").open("a") as log:
            command = ["dbus-daemon", f"--config-file={self.folder / 'bus.conf'}", "--nofork", "--nopidfile"]
            self.daemon = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait_for(self.folder / "bus")

    def kill_bus(self) -> None:
        """The daemon dies as by a fault."""
        self.daemon.kill()
        self.daemon.wait()
        (self.folder / "bus").unlink(missing_ok=True)

    async def ask(self, do: str, strap: int = 0, **how: Any) -> Any:
        """Have the double do something; see ``bluez.control``. Straps are counted from 0 here."""
        async with self._lock:
            if self._talk is None:
                self._talk = await asyncio.open_unix_connection(str(self.folder / "control"), limit=LINE_LIMIT)
            reader, writer = self._talk
            writer.write(json.dumps({"do": do, "strap": strap, **how}).encode() + b"\n")
            await writer.drain()
            return json.loads(await reader.readline())

    async def leave(self) -> None:
        """Let go of the double before the loop ends."""
        if self._talk is not None:
            (_, writer), self._talk = self._talk, None
            writer.close()
            await writer.wait_closed()

    def _wait_for(self, path: Path) -> None:
        ends = time.monotonic() + START_S
        while not path.exists():
            if time.monotonic() > ends:
                raise TimeoutError(f"{path.name} did not appear: {(self.folder / 'daemon.log').read_text()}")
            time.sleep(0.005)

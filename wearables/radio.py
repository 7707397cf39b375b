"""What a recorder needs of a radio, whoever plays it: bleak (``wearables.ble``) or a simulation
(``wearables.simulated``).

Everything runs in one asyncio loop. Callbacks are plain functions, called in that loop, and must not block. Times are
the receiver's business: a radio only says that something came, at the moment it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from touchline.errors import TouchlineError


class RadioFault(TouchlineError, RuntimeError):
    """Something with the radio did not work; it is worth trying again. ``reason`` is a stable word for it."""

    @property
    def reason(self) -> str:
        """The short code: ``not_found``, ``connect_failed``, ``timed_out``, ``gatt_failed``, ``radio_down``."""
        return self.name


@dataclass(frozen=True, slots=True)
class Seen:
    """One advertisement. ``manufacturer`` maps a company's number to its bytes; ``services`` are assigned numbers such
    as ``"0x180D"`` where they are short, else the whole UUID in lower case."""

    address: str
    name: str | None
    rssi_dbm: int | None
    adapter: str
    manufacturer: Mapping[int, bytes] = field(default_factory=dict)
    services: tuple[str, ...] = ()


class Link(Protocol):
    """A connection to one strap. ``address`` is the strap's."""

    address: str

    async def read(self, characteristic: str) -> bytes:
        """The value of a characteristic (``"0x2A19"``). Raises ``RadioFault``, also where the strap has none."""

    async def subscribe(self, characteristic: str, take: Callable[[bytes], None]) -> None:
        """Call ``take`` with every notification from now on. Raises ``RadioFault``."""

    async def disconnect(self) -> None:
        """End the link for good, whether it still stands or was lost. Never raises; awaited after *every* loss before
        the next ``connect`` of that strap, else the system delivers each beat twice from then on."""


class Radio(Protocol):
    """Scanning and connecting."""

    async def adapters(self) -> Sequence[str]:
        """The names of the adapters that can be used, the preferred first. Raises ``RadioFault`` where there is
        none."""

    async def scan(self, seen: Callable[[Seen], None], adapter: str) -> None:
        """Begin to listen on one adapter and call ``seen`` for each advertisement until ``stop_scan``. Raises
        ``RadioFault``."""

    async def stop_scan(self, adapter: str) -> None:
        """End listening. Never raises."""

    async def connect(self, address: str, adapter: str, lost: Callable[[], None], timeout_s: float) -> Link:
        """A link to the strap; ``lost`` is called once if it breaks by itself. ``timeout_s`` counts host seconds.
        Raises ``RadioFault``; nothing of the attempt is left behind then."""

    async def close(self) -> None:
        """End everything. Never raises; ``reopen`` may follow."""

    async def reopen(self) -> None:
        """Begin anew after the system's Bluetooth service has gone (``RadioFault`` with ``radio_down``, or every link
        lost at once). Raises ``RadioFault`` while it is still away."""

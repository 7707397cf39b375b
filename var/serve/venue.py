"""What is known of serving on the venue's network now: addresses, certificate, keys. One a process."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path

from var.serve.addresses import Address, host_names, lan_addresses
from var.serve.certificate import Issued, certificate
from var.serve.keys import Keys, Role, load_keys

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:/@\\?#\s]+)(?::[0-9]{1,5})?")
"""Name and port of a ``Host`` header, and nothing else: redirects repeat it."""


@dataclass(frozen=True, slots=True)
class Watchable:
    """A match on a viewer's list."""

    match_id: str
    name: str
    live: bool


@dataclass
class Venue:
    """Serving on the network as it is now. ``extra_hosts`` are further names that are answered to.

    ``refresh`` looks again, because laptops change networks between the warm-up and the kick-off.
    """

    home: Path
    port: int
    keys: Keys
    issued: Issued
    addresses: list[Address]
    names: list[str]
    extra_hosts: Sequence[str] = ()
    matches: Callable[[], list[Watchable]] = list
    find_addresses: Callable[[], list[Address]] = lan_addresses
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def urls(self) -> list[str]:
        """The addresses for a browser on the network, the likeliest first; empty where no network is there."""
        return [f"https://{_in_url(address)}:{self.port}" for address in self.addresses]

    @property
    def local_url(self) -> str:
        """The address for a browser on this machine."""
        return f"http://127.0.0.1:{self.port}"

    def join_url(self, role: Role, url: str, lang: str) -> str:
        """What a QR code holds: the way in for a device of this role."""
        return f"{url}/join?key={self.keys.of(role)}&lang={lang}"

    def answers_to(self, host: str) -> bool:
        """Whether a ``Host`` header names this machine; a page that points its own name here gets nothing."""
        form = _HOST.fullmatch(host.strip().lower())
        if form is None:
            return False
        name = form[1]
        numbers = [_in_url(address) for address in self.addresses]
        return name.rstrip(".") in {"127.0.0.1", "localhost", "[::1]", *numbers, *self.names, *self.extra_hosts}

    def refresh(self) -> bool:
        """Look at the network again; True where another certificate is to be served from now on."""
        with self._lock:
            addresses, names = self.find_addresses(), host_names()
            issued = certificate(folder_of(self.home), addresses, names)
            changed = issued.fingerprint != self.issued.fingerprint
            self.addresses, self.names, self.issued = addresses, names, issued
            return changed


def folder_of(home: Path) -> Path:
    """Where certificates and keys of an installation lie."""
    return home / "serve"


def open_venue(
    home: Path,
    port: int,
    *,
    renew_keys: bool = False,
    extra_hosts: Sequence[str] = (),
    matches: Callable[[], list[Watchable]] = list,
) -> Venue:
    """The venue as it is now, with certificate and keys made where they are not there.

    Raises ``BadFile`` where those cannot be read or written.
    """
    addresses, names = lan_addresses(), host_names()
    return Venue(
        home=home,
        port=port,
        keys=load_keys(folder_of(home), renew=renew_keys),
        issued=certificate(folder_of(home), addresses, names),
        addresses=addresses,
        names=names,
        extra_hosts=tuple(name.lower() for name in extra_hosts),
        matches=matches,
    )


_served: list[Venue] = []


def serve_here(venue: Venue) -> None:
    """Say that this process serves on the network, so that its pages can show how to join."""
    _served[:] = [venue]


def served() -> Venue | None:
    """The venue that this process serves, or None where it serves this machine alone."""
    return _served[0] if _served else None


def _in_url(address: Address) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)

"""The addresses and names under which other devices of the venue's network reach this machine. Needs no internet."""

from __future__ import annotations

import array
import contextlib
import ipaddress
import re
import socket
import struct
import sys
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SIOCGIFCONF = 0x8912
_IFREQ_BYTES = 40 if struct.calcsize("P") == 8 else 32
_INNER = re.compile(r"(docker|br-|veth|virbr|vmnet|vboxnet|podman|cni|lxc)")
"""Networks between programs of this machine: no phone is on them, so their addresses come last."""


def lan_addresses() -> list[Address]:
    """The addresses of this machine that others can open in a browser, the likeliest first; empty without a network.

    IPv4 before IPv6, the interface of the default route first. Loopback is left out, and so are IPv6 link-local
    addresses: no browser takes them.
    """
    found = _linux() if sys.platform == "linux" else _anywhere()
    usable = [
        (inner, address)
        for inner, address in found
        if not (address.is_loopback or address.is_unspecified or address.is_multicast)
        and not (address.version == 6 and address.is_link_local)
    ]
    first = _route_address()
    order = sorted(usable, key=lambda item: (item[1].version, item[0], item[1] != first, item[1].is_link_local))
    return list(dict.fromkeys(address for _, address in order))


def host_names() -> list[str]:
    """The names of this machine: its own, and that with ``.local``, by which mDNS finds it."""
    name = socket.gethostname().split(".")[0].lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", name):
        return []
    return list(dict.fromkeys([name, f"{name}.local"]))


def _linux() -> list[tuple[bool, Address]]:
    import fcntl

    found: list[tuple[bool, Address]] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        room = array.array("B", bytes(_IFREQ_BYTES * 128))
        place, _ = room.buffer_info()
        packed = struct.pack("iP", len(room), place)
        with contextlib.suppress(OSError):
            (size,) = struct.unpack("i", fcntl.ioctl(probe, _SIOCGIFCONF, packed)[:4])
            raw = room.tobytes()
            for at in range(0, size, _IFREQ_BYTES):
                name = raw[at : at + 16].split(b"\0", 1)[0].decode("ascii", "replace")
                found.append((bool(_INNER.match(name)), ipaddress.IPv4Address(raw[at + 20 : at + 24])))
    with contextlib.suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
            digits, *_, name = line.split()
            found.append((bool(_INNER.match(name)), ipaddress.IPv6Address(bytes.fromhex(digits))))
    return found


def _anywhere() -> list[tuple[bool, Address]]:
    """What the name service of other systems says of this machine, and the address of the way out."""
    found: list[tuple[bool, Address]] = []
    with contextlib.suppress(OSError):
        for *_, place in socket.getaddrinfo(socket.gethostname(), None):
            found.append((False, ipaddress.ip_address(str(place[0]).partition("%")[0])))
    way_out = _route_address()
    return [*found, (False, way_out)] if way_out else found


def _route_address() -> Address | None:
    """The address that packets to other networks would leave from; nothing is sent. None without a route."""
    for target in ("203.0.113.1", "10.255.255.255", "192.168.255.255"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.connect((target, 9))
            return ipaddress.ip_address(probe.getsockname()[0])
    return None

"""Whose word counts for where a request came from: the peer's, unless it is a proxy that the operator named.

Streamlit starts its server (uvicorn) so that everybody on this machine may say another address, which is whom the
slow-down of sign-ins counts. The proxies in front of it are named in ``TOUCHLINE_PROXIES`` instead.
"""

from __future__ import annotations

from ipaddress import IPv6Network, ip_network
from typing import Any

import uvicorn.config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from touchline.errors import BadValue

PROXIES = "TOUCHLINE_PROXIES"
_V4_IN_V6 = int(IPv6Network("::ffff:0:0/96").network_address)


def proxies_of(value: str) -> list[str]:
    """The networks of the proxies in ``value`` (addresses or networks, separated by commas); empty where none is named.

    Those of IPv4 also as a socket for both sees them. Raises ``BadValue`` for what is neither.
    """
    found: list[str] = []
    for name in filter(None, (each.strip() for each in value.split(","))):
        try:
            network = ip_network(name)
        except ValueError as fault:
            raise BadValue("touchline.errors.bad_proxy", name=name, setting=PROXIES) from fault
        found.append(str(network))
        if network.version == 4:
            found.append(str(IPv6Network((_V4_IN_V6 + int(network.network_address), 96 + network.prefixlen))))
    return found


def believe_only(proxies: list[str]) -> None:
    """Let uvicorn take ``X-Forwarded-For`` and ``X-Forwarded-Proto`` from ``proxies`` alone.

    Called while it loads the app: what it was started with is settled by then, and wraps the app right afterwards.
    """

    def believing(app: Any, trusted_hosts: object = None) -> ProxyHeadersMiddleware:
        return ProxyHeadersMiddleware(app, proxies)

    uvicorn.config.ProxyHeadersMiddleware = believing  # type: ignore[attr-defined,assignment]

"""What pure ASGI middleware shares: who asks, small forms, short answers. Needs no web framework."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from touchline.errors import TouchlineError
from touchline.i18n import LANGUAGES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

LARGEST_FORM = 16 << 10
"""Bytes: three passwords of 200 signs fit, each of which may be sent as twelve."""
PLAIN: Headers = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
REMEMBERED_LANGUAGE = "touchline_lang"
"""The cookie in which a browser remembers its language."""


def is_loopback(host: str) -> bool:
    """Whether a peer's address is this very machine's loopback, IPv4 in IPv6 included."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def language(query: Mapping[str, Sequence[str]], cookies: Mapping[str, str], accepted: str) -> str:
    """The language of a device: asked for in the address, remembered, or its browser's, else Vietnamese."""
    asked = [*query.get("lang", ()), cookies.get(REMEMBERED_LANGUAGE, "")]
    chosen = next((lang for lang in asked if lang in LANGUAGES), None)
    if chosen:
        return chosen
    spoken = [entry.partition(";")[0].strip().lower()[:2] for entry in accepted.split(",")]
    return next((lang for lang in spoken if lang in LANGUAGES), LANGUAGES[0])


def cookies(header: str) -> dict[str, str]:
    """The cookies of a request by name, the first of each: what another program on this machine has set badly must
    not hide ours."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, equals, value = pair.partition("=")
        if equals:
            found.setdefault(name.strip(), value.strip().strip('"'))
    return found


class Caller:
    """What is known of who asks."""

    def __init__(self, scope: Scope) -> None:
        self.path: str = scope["path"]
        self.method: str = scope.get("method", "GET")
        self.peer: str = (scope.get("client") or ("", 0))[0]
        self.secure = scope.get("scheme") in ("https", "wss")
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.host = self.headers.get("host", "")
        self.raw_query: str = scope.get("query_string", b"").decode("latin-1")
        self.query = parse_qs(self.raw_query)
        self.cookies = cookies(self.headers.get("cookie", ""))
        self.lang = language(self.query, self.cookies, self.headers.get("accept-language", ""))

    @property
    def same_origin(self) -> bool:
        """Whether a request comes from a page of this very address; a client that is no browser names no origin."""
        origin = self.headers.get("origin")
        return origin is None or urlsplit(origin).netloc.lower() == self.host.lower()

    @property
    def only_looks(self) -> bool:
        """Whether the request changes nothing by its method."""
        return self.method in ("GET", "HEAD")


async def form(receive: Receive) -> dict[str, list[str]]:
    """The fields of a small form; empty where there is none, or a large one."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return {}
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_FORM:
            return {}
        if not message.get("more_body"):
            break
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


async def answer(send: Send, status: int, body: str | bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Send a whole short answer."""
    data = body.encode() if isinstance(body, str) else body
    length = (b"content-length", str(len(data)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": data})


async def redirect(send: Send, place: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send a browser on to ``place`` with a GET."""
    await answer(send, 303, b"", [(b"location", place.encode("latin-1", "replace")), *headers, *PLAIN])


async def refuse(send: Send, status: int, reason: TouchlineError, lang: str) -> None:
    """Send a refusal as the JSON document that every route of the house gives."""
    kind = (b"content-type", b"application/json")
    data = json.dumps(reason.document(lang), ensure_ascii=False)
    await answer(send, status, data, [kind, (b"cache-control", b"no-store")])


async def hang_up(receive: Receive, send: Send) -> None:
    """Refuse a WebSocket that asks to connect: 1008, a policy was not kept (RFC 6455, 7.4.1)."""
    await receive()  # the request to connect
    await send({"type": "websocket.close", "code": 1008})

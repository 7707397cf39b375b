"""The door before the app: who comes from the network shows a key once and a cookie from then on. Pure ASGI.

This machine's own loopback needs no key. Operators may do everything; viewers may look at pictures and the clean
screen; the app hears their role, so that none of them leads. WebSockets are held to the same rules.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from touchline.i18n import t
from var.serve.addresses import is_loopback
from var.serve.keys import Attempts, Role
from var.serve.pages import HEADERS, join_page, language, refused_page, watch_page
from var.serve.venue import Venue

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ROLE = "touchline_role"
"""Where a request's scope says the role of who asks; it is not there for this machine itself."""
COOKIE = "__Host-touchline_join"
COOKIE_DAYS = 30
LARGEST_FORM = 4096
_PLAIN = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
_PICTURES = re.compile(r"/var/(?!upload(?:/|$))[^/]+/.+")
"""What a viewer may fetch: below ``/var/`` the matches' own addresses and the player's files, never uploads."""
_FOLLOW = re.compile(r"/var/[^/]+/follow")


def may_lead(scope: Mapping[str, Any]) -> bool:
    """Whether who asks may do more than look: everybody but a viewer from the network."""
    return scope.get(ROLE) is not Role.VIEWER


class _Caller:
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
        jar: SimpleCookie = SimpleCookie()
        with contextlib.suppress(CookieError):
            jar.load(self.headers.get("cookie", ""))
        self.cookies = {name: morsel.value for name, morsel in jar.items()}
        self.lang = language(self.query, self.cookies, self.headers.get("accept-language", ""))

    @property
    def same_origin(self) -> bool:
        """Whether a WebSocket comes from a page of this very address; a client that is no browser names no origin."""
        origin = self.headers.get("origin")
        return origin is None or urlsplit(origin).netloc == self.host


class Door:
    """The middleware around the app."""

    def __init__(self, app: App, venue: Venue, attempts: Attempts | None = None) -> None:
        self._app, self._venue = app, venue
        self._attempts = attempts or Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or pass on to the app."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        caller = _Caller(scope)
        if scope["type"] == "websocket":
            await self._socket(caller, scope, receive, send)
        else:
            await self._request(caller, scope, receive, send)

    def _role(self, caller: _Caller) -> Role | None:
        return self._venue.keys.role_of_cookie(caller.cookies.get(COOKIE, ""))

    # ------------------------------------------------------------------ requests

    async def _request(self, caller: _Caller, scope: Scope, receive: Receive, send: Send) -> None:
        own = is_loopback(caller.peer)
        if not self._venue.answers_to(caller.host):
            await _answer(send, 400, b"Invalid host header", _PLAIN)
        elif not own and not caller.secure:
            query = f"?{caller.raw_query}" if caller.raw_query else ""
            place = f"https://{caller.host}{scope.get('raw_path', caller.path.encode()).decode('latin-1')}{query}"
            await _answer(send, 307, b"", [(b"location", place.encode("latin-1")), *_PLAIN])
        elif caller.path == "/join/touchline-ca.crt":
            await self._authority(send)
        elif caller.path == "/join":
            await self._join(caller, receive, send)
        elif own:
            await self._app(scope, receive, send)
        else:
            await self._with_cookie(caller, scope, receive, send)

    async def _with_cookie(self, caller: _Caller, scope: Scope, receive: Receive, send: Send) -> None:
        role = self._role(caller)
        looks_only = caller.method in ("GET", "HEAD")
        if role is None:
            await _answer(send, 401, join_page(self._venue, caller.lang), HEADERS)
        elif caller.path == "/watch" and looks_only:
            matches = await asyncio.to_thread(self._venue.matches)
            await _answer(send, 200, watch_page(matches, caller.lang), HEADERS)
        elif role is Role.OPERATOR or (looks_only and _PICTURES.fullmatch(caller.path)):
            scope[ROLE] = role
            await self._app(scope, receive, send)
        elif caller.path == "/" and looks_only:
            await _answer(send, 303, b"", [(b"location", b"/watch"), *_PLAIN])
        else:
            await _answer(send, 403, refused_page(caller.lang), HEADERS)

    async def _authority(self, send: Send) -> None:
        data = await asyncio.to_thread(self._venue.issued.authority.read_bytes)
        kind = (b"content-type", b"application/x-x509-ca-cert")
        name = (b"content-disposition", b'attachment; filename="touchline-ca.crt"')
        await _answer(send, 200, data, [kind, name, (b"cache-control", b"no-store")])

    async def _join(self, caller: _Caller, receive: Receive, send: Send) -> None:
        """Exchange a key for a cookie; ask for it where none came."""
        if caller.method == "POST":
            typed: str | None = await _form_key(receive)
        elif caller.method in ("GET", "HEAD"):
            typed = next(iter(caller.query.get("key", [])), None)
        else:
            await _answer(send, 405, b"", [(b"allow", b"GET, POST"), *_PLAIN])
            return
        if typed is None:
            page = join_page(self._venue, caller.lang, role=self._role(caller))
            await _answer(send, 200, page, HEADERS)
            return
        wait_s = self._attempts.wait_s(caller.peer)
        if wait_s > 0:
            seconds = int(wait_s) + 1
            page = join_page(self._venue, caller.lang, fault=t("var.serve.wait", caller.lang, seconds=seconds))
            await _answer(send, 429, page, [(b"retry-after", str(seconds).encode()), *HEADERS])
            return
        role = self._venue.keys.role_of_key(typed)
        if role is None:
            self._attempts.wrong(caller.peer)
            page = join_page(self._venue, caller.lang, fault=t("var.serve.wrong_key", caller.lang))
            await _answer(send, 403, page, HEADERS)
            return
        target = b"/" if role is Role.OPERATOR else b"/watch"
        kept = f"{COOKIE}={self._venue.keys.cookie(role)}; Path=/; Max-Age={COOKIE_DAYS * 86400}"
        spoken = f"touchline_lang={caller.lang}; Path=/; Max-Age=31536000; SameSite=Lax"
        cookies = [f"{kept}; HttpOnly; Secure; SameSite=Lax", spoken]
        headers = [(b"location", target), *((b"set-cookie", cookie.encode()) for cookie in cookies)]
        await _answer(send, 303, b"", [*headers, (b"referrer-policy", b"no-referrer"), *_PLAIN])

    # ------------------------------------------------------------------ WebSockets

    async def _socket(self, caller: _Caller, scope: Scope, receive: Receive, send: Send) -> None:
        known = self._venue.answers_to(caller.host)
        if known and is_loopback(caller.peer):
            await self._app(scope, receive, send)
            return
        role = self._role(caller) if known and caller.secure and caller.same_origin else None
        if role is Role.OPERATOR or (role is Role.VIEWER and _FOLLOW.fullmatch(caller.path)):
            scope[ROLE] = role
            await self._app(scope, receive, send)
        else:
            await receive()  # the request to connect
            await send({"type": "websocket.close", "code": 1008})


async def _form_key(receive: Receive) -> str:
    """The field ``key`` of a small form; empty where there is none."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return ""
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_FORM:
            return ""
        if not message.get("more_body"):
            break
    return next(iter(parse_qs(body.decode("utf-8", "replace")).get("key", [])), "")


async def _answer(send: Send, status: int, body: str | bytes, headers: Iterable[tuple[bytes, bytes]]) -> None:
    data = body.encode() if isinstance(body, str) else body
    length = (b"content-length", str(len(data)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": data})

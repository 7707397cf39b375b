"""The door before the app: who comes from the network shows a key once and a cookie from then on. Pure ASGI.

This machine's own loopback needs no key. Operators may do everything; viewers may look at pictures and the clean
screen; the app hears their role, so that none of them leads. WebSockets are held to the same rules.
"""

from __future__ import annotations

import asyncio
import re

from touchline.asgi import PLAIN, App, Caller, Receive, Scope, Send, answer, form, hang_up, is_loopback
from touchline.attempts import Attempts
from touchline.i18n import t
from touchline.plain_page import HEADERS
from var.serve.keys import Role
from var.serve.pages import join_page, refused_page, watch_page
from var.serve.venue import Venue

ROLE = "touchline_role"
"""Where a request's scope says the role of who asks; it is not there for this machine itself."""
COOKIE = "__Host-touchline_join"
COOKIE_DAYS = 30
_PICTURES = re.compile(r"/var/(?!upload(?:/|$))[^/]+/.+")
"""What a viewer may fetch: below ``/var/`` the matches' own addresses and the player's files, never uploads."""
_FOLLOW = re.compile(r"/var/[^/]+/follow")


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
        caller = Caller(scope)
        if scope["type"] == "websocket":
            await self._socket(caller, scope, receive, send)
        else:
            await self._request(caller, scope, receive, send)

    def _role(self, caller: Caller) -> Role | None:
        return self._venue.keys.role_of_cookie(caller.cookies.get(COOKIE, ""))

    # ------------------------------------------------------------------ requests

    async def _request(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        own = is_loopback(caller.peer)
        if not self._venue.answers_to(caller.host):
            await answer(send, 400, b"Invalid host header", PLAIN)
        elif not own and not caller.secure:
            query = f"?{caller.raw_query}" if caller.raw_query else ""
            place = f"https://{caller.host}{scope.get('raw_path', caller.path.encode()).decode('latin-1')}{query}"
            await answer(send, 307, b"", [(b"location", place.encode("latin-1")), *PLAIN])
        elif caller.path == "/join/touchline-ca.crt":
            await self._authority(send)
        elif caller.path == "/join":
            await self._join(caller, receive, send)
        elif own:
            await self._app(scope, receive, send)
        else:
            await self._with_cookie(caller, scope, receive, send)

    async def _with_cookie(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        role = self._role(caller)
        looks_only = caller.method in ("GET", "HEAD")
        if role is None:
            await answer(send, 401, join_page(self._venue, caller.lang), HEADERS)
        elif caller.path == "/watch" and looks_only:
            matches = await asyncio.to_thread(self._venue.matches)
            await answer(send, 200, watch_page(matches, caller.lang), HEADERS)
        elif role is Role.OPERATOR or (looks_only and _PICTURES.fullmatch(caller.path)):
            scope[ROLE] = role
            await self._app(scope, receive, send)
        elif caller.path == "/" and looks_only:
            await answer(send, 303, b"", [(b"location", b"/watch"), *PLAIN])
        else:
            await answer(send, 403, refused_page(caller.lang), HEADERS)

    async def _authority(self, send: Send) -> None:
        data = await asyncio.to_thread(self._venue.issued.authority.read_bytes)
        kind = (b"content-type", b"application/x-x509-ca-cert")
        name = (b"content-disposition", b'attachment; filename="touchline-ca.crt"')
        await answer(send, 200, data, [kind, name, (b"cache-control", b"no-store")])

    async def _join(self, caller: Caller, receive: Receive, send: Send) -> None:
        """Exchange a key for a cookie; ask for it where none came."""
        if caller.method == "POST":
            typed: str | None = next(iter((await form(receive)).get("key", [])), "")
        elif caller.method in ("GET", "HEAD"):
            typed = next(iter(caller.query.get("key", [])), None)
        else:
            await answer(send, 405, b"", [(b"allow", b"GET, POST"), *PLAIN])
            return
        if typed is None:
            page = join_page(self._venue, caller.lang, role=self._role(caller))
            await answer(send, 200, page, HEADERS)
            return
        wait_s = self._attempts.wait_s(caller.peer)
        if wait_s > 0:
            seconds = int(wait_s) + 1
            page = join_page(self._venue, caller.lang, fault=t("var.serve.wait", caller.lang, seconds=seconds))
            await answer(send, 429, page, [(b"retry-after", str(seconds).encode()), *HEADERS])
            return
        role = self._venue.keys.role_of_key(typed)
        if role is None:
            self._attempts.wrong(caller.peer)
            page = join_page(self._venue, caller.lang, fault=t("var.serve.wrong_key", caller.lang))
            await answer(send, 403, page, HEADERS)
            return
        target = b"/" if role is Role.OPERATOR else b"/watch"
        kept = f"{COOKIE}={self._venue.keys.cookie(role)}; Path=/; Max-Age={COOKIE_DAYS * 86400}"
        spoken = f"touchline_lang={caller.lang}; Path=/; Max-Age=31536000; SameSite=Lax"
        cookies = [f"{kept}; HttpOnly; Secure; SameSite=Lax", spoken]
        headers = [(b"location", target), *((b"set-cookie", cookie.encode()) for cookie in cookies)]
        await answer(send, 303, b"", [*headers, (b"referrer-policy", b"no-referrer"), *PLAIN])

    # ------------------------------------------------------------------ WebSockets

    async def _socket(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        known = self._venue.answers_to(caller.host)
        if known and is_loopback(caller.peer):
            await self._app(scope, receive, send)
            return
        role = self._role(caller) if known and caller.secure and caller.same_origin else None
        if role is Role.OPERATOR or (role is Role.VIEWER and _FOLLOW.fullmatch(caller.path)):
            scope[ROLE] = role
            await self._app(scope, receive, send)
        else:
            await hang_up(receive, send)

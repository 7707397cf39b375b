"""The gate around the whole app: who comes without a session gets no further. Pure ASGI.

It finds the session, says in the scope who asks (``touchline.rights.SCOPE_KEY``), and refuses the rest; what each may
do is decided by routes and domain. A WebSocket whose session ended is closed at its next message, and so is one whose
roles are others now.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote

from touchline.accounts import cookie
from touchline.accounts.counter import OWN, Counter, Provider
from touchline.accounts.desk import Desk
from touchline.accounts.model import SignedIn
from touchline.accounts.pages import closed_page, fault_page
from touchline.accounts.passwords import digest
from touchline.asgi import App, Caller, Message, Receive, Scope, Send, answer, hang_up, is_loopback, redirect, refuse
from touchline.errors import TouchlineError
from touchline.plain_page import HEADERS
from touchline.rights import SCOPE_KEY, Action, Person, refused

T = TypeVar("T")
TRUSTED_S = 1.0
"""How long a session that was looked up counts: a player asks for hundreds of pieces a second."""
MOST_KNOWN = 1024
SESSION_HEADER = b"x-touchline-session"
"""Tells the app the digest of the session behind a WebSocket; whatever a client sends under this name is dropped."""
STREAM = "/_stcore/stream"
METRICS = "/_stcore/metrics"
"""Streamlit's numbers of the server, such as how many pages are open: for who keeps its people."""
_OPEN = frozenset({"/_stcore/health", "/favicon.png"})
_FRONT_END = "/static/"
"""The front-end's own files, the same for everybody; nothing that anybody brought lies there."""


class Refused(TouchlineError, PermissionError):
    """The gate lets this request no further."""

    def __str__(self) -> str:  # OSError has a __str__ of its own
        return TouchlineError.__str__(self)


def nobody(scope: Scope) -> bool:
    """No device watches without an account."""
    return False


def anybodys(path: str, token_sha256: str) -> bool:
    """No path belongs to one session alone."""
    return True


class Gate:
    """The middleware. ``watches`` says whether a device may look at pictures without an account, ``opens`` whether what
    is at a path is for this very session, by the digest of its token, ``acts`` whether a page's message is somebody's
    doing: only that keeps a session from idling."""

    def __init__(
        self,
        app: App,
        home: Path,
        *,
        watches: Callable[[Scope], bool] = nobody,
        provider: Provider | None = None,
        desk: Callable[[Path], Desk] = Desk,
        opens: Callable[[str, str], bool] = anybodys,
        acts: Callable[[Message], bool] = bool,
    ) -> None:
        self._app, self._home, self._watches, self._provider = app, home, watches, provider
        self._opens, self._acts = opens, acts
        self._make_desk, self._made, self._making = desk, cast("Desk | None", None), threading.Lock()
        self._sessions: dict[str, _LookedUp] = {}
        self._begun = False
        # Threads of its own: passwords that are being checked and long work of the app keep nobody waiting at the gate.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="gate")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, refuse, or pass on to the app."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != SESSION_HEADER]
        caller = Caller(scope)
        socket = scope["type"] == "websocket"
        try:
            await (self._socket if socket else self._request)(caller, scope, receive, send)
        except TouchlineError as fault:  # the database cannot be read: then nobody is let in
            if socket:
                await hang_up(receive, send)
            elif _wants_page(caller):
                page = fault_page(caller.lang, fault.detail(caller.lang), fault.hint(caller.lang), go_on="/")
                await answer(send, 503, page, HEADERS)
            else:
                await refuse(send, 503, fault, caller.lang)

    # ------------------------------------------------------------------ requests

    async def _request(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        path = caller.path
        if path in _OPEN or (path.startswith(_FRONT_END) and caller.only_looks):
            await self._pass(scope, receive, send)
        elif not await self._has_begun() and not _here(caller):
            if _wants_page(caller):
                await answer(send, 403, closed_page(caller.lang, "/"), HEADERS)
            else:
                await refuse(send, 403, Refused("touchline.errors.no_administrator"), caller.lang)
        elif not caller.only_looks and not caller.same_origin:
            await refuse(send, 403, Refused("touchline.errors.foreign_origin"), caller.lang)
        elif self._watches(scope) or (
            self._begun and self._provider is not None and caller.only_looks and self._provider.opens(path)
        ):
            await self._pass(scope, receive, send)
        else:
            await self._by_session(caller, scope, receive, send)

    async def _by_session(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        own = caller.path in OWN
        who = await self._who(caller, used=not own)
        opened = who is None and self._begun and _wants_page(caller) and (caller.path == "/sign-in" or not own)
        if opened and await (await self._counter()).exchanged(caller, send):
            return
        if own:
            await (await self._counter())(caller, who, self._begun, receive, send)
            if caller.method == "POST":  # a session may have begun or ended
                self._sessions.clear()
        elif who is None:
            await self._send_to_sign_in(caller, scope, send)
        elif who.must_change:
            if _wants_page(caller):
                await redirect(send, f"/password?next={_aimed(caller, scope)}")
            else:
                await refuse(send, 403, Refused("touchline.errors.must_change"), caller.lang)
        elif not self._opens(caller.path, digest(cookie.token_of(caller))):
            await refuse(send, 404, Refused("touchline.errors.not_your_file"), caller.lang)
        elif caller.path == METRICS and (refusal := refused(who.person, Action.KEEP_PEOPLE)):
            await refuse(send, 403, refusal, caller.lang)
        else:
            scope[SCOPE_KEY] = who.person
            await self._pass(scope, receive, _varying(send))

    async def _send_to_sign_in(self, caller: Caller, scope: Scope, send: Send) -> None:
        if not _wants_page(caller):
            await refuse(send, 401, Refused("touchline.errors.sign_in_needed"), caller.lang)
            return
        ended = "&ended=1" if cookie.token_of(caller) else ""
        await redirect(send, f"/sign-in?next={_aimed(caller, scope)}{ended}")

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    # ------------------------------------------------------------------ WebSockets

    async def _socket(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = caller.same_origin and (await self._has_begun() or _here(caller))
        if allowed and self._watches(scope):
            await self._app(scope, receive, send)
            return
        who = await self._who(caller) if allowed else None
        if who is None or who.must_change:
            await hang_up(receive, send)
            return
        scope[SCOPE_KEY] = who.person
        token = digest(cookie.token_of(caller))
        scope["headers"] = [*scope["headers"], (SESSION_HEADER, token.encode())]
        page = caller.path == STREAM  # whose roles are looked at whenever it is drawn
        uses, person = (self._acts, None) if page else (_never, who.person)
        line = _Line(receive, send, partial(self._session, token), uses=uses, person=person)
        await self._app(scope, line.receive, line.send)

    # ------------------------------------------------------------------ sessions

    def _desk(self) -> Desk:
        """The desk, made at the first request: no start waits for a database, and one that cannot be read is tried
        again."""
        with self._making:
            if self._made is None:
                self._made = self._make_desk(self._home)
            return self._made

    async def _counter(self) -> Counter:
        return Counter(await self._run(self._desk), self._provider)

    async def _run(self, look: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, look)

    async def _has_begun(self) -> bool:
        """Whether there is an administrator; once there is, one stays."""
        if not self._begun:
            self._begun = await self._run(lambda: self._desk().has_administrator())
        return self._begun

    async def _who(self, caller: Caller, *, used: bool = True) -> SignedIn | None:
        token = cookie.token_of(caller)
        return await self._session(digest(token), used=used) if token else None

    async def _session(self, token_sha256: str, *, used: bool = True) -> SignedIn | None:
        """Whose session this is, as it was within the last second; those who ask at once ask once."""
        known = self._sessions.get(token_sha256)
        now = time.monotonic()
        if known is None or not known.serves(now, used=used):
            while len(self._sessions) >= MOST_KNOWN:
                self._sessions.pop(next(iter(self._sessions)))
            asked = asyncio.ensure_future(self._run(lambda: self._desk().who(token_sha256, used=used)))
            known = self._sessions[token_sha256] = _LookedUp(now, used, asked)
        return await asyncio.shield(known.found)


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """A session as it was at an instant of the counting clock, and whether its use was noted by that."""

    at_s: float
    used: bool
    found: asyncio.Future[SignedIn | None]

    def serves(self, now_s: float, *, used: bool) -> bool:
        """Whether it still counts, and says that somebody acts where that is to be said."""
        failed = self.found.done() and self.found.exception() is not None
        return now_s - self.at_s < TRUSTED_S and (self.used or not used) and not failed


class _Line:
    """A WebSocket that is closed at its next message, in either direction, once its session has ended; with a
    ``person`` also once that one's roles are others: whoever connects again is let in as far as those go."""

    def __init__(
        self,
        receive: Receive,
        send: Send,
        session: Callable[..., Awaitable[SignedIn | None]],
        *,
        uses: Callable[[Message], bool],
        person: Person | None,
    ) -> None:
        self._receive, self._send, self._session, self._uses = receive, send, session, uses
        self._person = person
        self._closed = False

    async def _ended(self, *, used: bool) -> bool:
        if self._closed:
            return True
        found = await self._session(used=used)
        if found is None or self._person not in (None, found.person):
            self._closed = True
            with contextlib.suppress(Exception):  # the other end may be gone already
                await self._send({"type": "websocket.close", "code": 1008})
        return self._closed

    async def receive(self) -> Message:
        """The next message; the end of the connection where the session is over."""
        message = await self._receive()
        if message["type"] == "websocket.receive" and await self._ended(used=self._uses(message)):
            return {"type": "websocket.disconnect", "code": 1008}
        return message

    async def send(self, message: Message) -> None:
        """Send ``message`` while the session lasts."""
        if message["type"] == "websocket.send" and await self._ended(used=False):
            return
        if not self._closed:
            await self._send(message)


def _never(message: Message) -> bool:
    return False


def _aimed(caller: Caller, scope: Scope) -> str:
    """The address that was asked for, as a value in a query."""
    place = scope.get("raw_path", caller.path.encode()).decode("latin-1")
    place += f"?{caller.raw_query}" if caller.raw_query else ""
    return quote(place, safe="")


def _here(caller: Caller) -> bool:
    """Whether somebody asks at this very machine: not through a proxy on it, whoever named that."""
    return is_loopback(caller.peer) and "x-forwarded-for" not in caller.headers


def _wants_page(caller: Caller) -> bool:
    """Whether a browser opens this address as a page."""
    if not caller.only_looks:
        return False
    aim = caller.headers.get("sec-fetch-dest")
    return aim == "document" if aim else "text/html" in caller.headers.get("accept", "")


def _varying(send: Send) -> Send:
    """``send`` that tells the browser's cache that an answer was for this session: the next person asks anew."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"vary", b"Cookie")]
        await send(message)

    return told

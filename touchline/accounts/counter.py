"""The addresses ``/sign-in``, ``/sign-out`` and ``/password``: forms read, sessions given and taken."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from touchline.accounts import cookie
from touchline.accounts.desk import Desk, Slowed
from touchline.accounts.model import SignedIn
from touchline.accounts.pages import account_page, fault_page, first_page, password_page, sign_in_page, waiting_page
from touchline.asgi import REMEMBERED_LANGUAGE, Caller, Headers, Receive, Send, answer, form, redirect
from touchline.errors import BadValue, TouchlineError
from touchline.i18n import LANGUAGES, t
from touchline.plain_page import HEADERS

_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A place on this server: browsers read a second slash, a backslash or a tab as another host's name."""
OWN = frozenset({"/sign-in", "/sign-in/with", "/sign-in/state", "/sign-out", "/password"})


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom another's sign-in vouches for; without an ``email`` it does not vouch for the address."""

    email: str | None
    subject: str
    shown: str


class Provider(Protocol):
    """Another's sign-in (OIDC)."""

    def offers(self) -> Mapping[str, str]:
        """Its ways in by name and label; empty where none is set up."""

    def way_in(self, name: str) -> str | None:
        """The address at which a browser begins; None for a name that is not offered."""

    def opens(self, path: str) -> bool:
        """Whether an address belongs to its exchange with the browser, before anybody is signed in."""

    def vouched(self, cookies: Mapping[str, str]) -> Vouched | None:
        """Whom a browser's cookies vouch for, or None."""

    def clearing(self, cookies: Mapping[str, str]) -> Headers:
        """The headers that take those cookies away."""


def local(place: str) -> str:
    """``place`` where it is on this server, else the first page."""
    path = place.partition("?")[0]
    return place if _LOCAL.fullmatch(place) and path not in OWN else "/"


class Counter:
    """Answers the addresses in ``OWN``."""

    def __init__(self, desk: Desk, provider: Provider | None) -> None:
        self._desk, self._provider = desk, provider

    async def __call__(self, caller: Caller, who: SignedIn | None, begun: bool, receive: Receive, send: Send) -> None:
        """Answer; ``begun`` says that an administrator is there, ``who`` is signed in already."""
        posted = caller.method == "POST"
        if not (posted or caller.only_looks) or (posted and caller.path in ("/sign-in/with", "/sign-in/state")):
            await answer(send, 405, b"", [(b"allow", b"GET, POST"), *HEADERS])
        elif caller.path == "/sign-in/state":
            await answer(send, 204 if who else 401, b"", [(b"cache-control", b"no-store")])
        elif caller.path == "/sign-out":
            await self._out(caller, who, posted, send)
        elif caller.path == "/password":
            await self._password(caller, who, posted, receive, send)
        elif caller.path == "/sign-in/with":
            await self._with(caller, send)
        elif posted:
            await self._posted(caller, begun, receive, send)
        else:
            await self._asked(caller, who, begun, send)

    # ------------------------------------------------------------------ signing in

    async def _asked(self, caller: Caller, who: SignedIn | None, begun: bool, send: Send) -> None:
        if not begun:
            await self._first(caller, _one(caller.query, "first"), send)
        elif who is not None:
            await answer(send, 200, account_page(caller.lang, who.person, who.login), HEADERS)
        else:
            place = local(_one(caller.query, "next"))
            said = next(
                (t(f"touchline.accounts.{key}", caller.lang) for key in ("ended", "left") if key in caller.query), ""
            )
            page = sign_in_page(caller.lang, place=place, said=said, providers=self._offers())
            await answer(send, 200, page, HEADERS)

    async def _first(self, caller: Caller, code: str, send: Send) -> None:
        if not code:
            await answer(send, 200, waiting_page(caller.lang), HEADERS)
            return
        try:
            right = await asyncio.to_thread(self._desk.may_begin, code, sender=caller.peer)
        except Slowed as slowed:
            await _refused(send, caller, slowed)
            return
        if right:
            await answer(send, 200, first_page(caller.lang, code), HEADERS)
        else:
            await _refused(send, caller, BadValue("touchline.errors.wrong_first_code"))

    async def _posted(self, caller: Caller, begun: bool, receive: Receive, send: Send) -> None:
        fields = await form(receive)
        if "first" in fields:
            await self._created(caller, fields, begun, send)
            return
        login, place = _one(fields, "login"), local(_one(fields, "next"))
        try:
            token = await asyncio.to_thread(
                self._desk.sign_in, login, _one(fields, "password"), sender=caller.peer, brought=cookie.token_of(caller)
            )
        except TouchlineError as fault:
            page = sign_in_page(
                caller.lang, place=place, login=login[:64], fault=_said(fault, caller.lang), providers=self._offers()
            )
            await answer(send, _status(fault), page, [*_wait(fault), *HEADERS])
            return
        await redirect(send, place, [cookie.setting(token, secure=caller.secure), *_remembered(caller)])

    async def _created(self, caller: Caller, fields: Mapping[str, list[str]], begun: bool, send: Send) -> None:
        code, login, name = (_one(fields, key) for key in ("first", "login", "name"))
        roles = fields.get("role", [])
        if begun:
            await _refused(send, caller, BadValue("touchline.errors.wrong_first_code"))
            return
        try:
            token = await asyncio.to_thread(
                self._desk.create_first, code, login, name, roles, _twice(fields),
                sender=caller.peer, brought=cookie.token_of(caller),
            )  # fmt: skip
        except BadValue as fault:  # such as a password that is too short: all else that was typed stays
            page = first_page(
                caller.lang, code, login=login[:64], name=name[:120], ticked=roles, fault=_said(fault, caller.lang)
            )
            await answer(send, 400, page, HEADERS)
        except TouchlineError as fault:
            await _refused(send, caller, fault)
        else:
            await redirect(send, "/", [cookie.setting(token, secure=caller.secure), *_remembered(caller)])

    # ------------------------------------------------------------------ another's sign-in

    def _offers(self) -> Mapping[str, str]:
        return self._provider.offers() if self._provider else {}

    async def _with(self, caller: Caller, send: Send) -> None:
        way = self._provider.way_in(_one(caller.query, "provider")) if self._provider else None
        await redirect(send, way or "/sign-in", _remembered(caller))

    async def exchanged(self, caller: Caller, send: Send) -> bool:
        """Whether cookies of another's sign-in were exchanged for a session, or refused: then all is answered."""
        found = self._provider.vouched(caller.cookies) if self._provider else None
        if found is None or self._provider is None:
            return False
        away = list(self._provider.clearing(caller.cookies))
        try:
            token = await asyncio.to_thread(
                self._desk.by_provider, found.email, found.subject,
                shown=found.shown, sender=caller.peer, brought=cookie.token_of(caller),
            )  # fmt: skip
        except TouchlineError as fault:
            page = fault_page(caller.lang, fault.detail(caller.lang), fault.hint(caller.lang))
            await answer(send, _status(fault), page, [*away, *HEADERS])
            return True
        place = local(_one(caller.query, "next")) if caller.path == "/sign-in" else "/"
        await redirect(send, place, [cookie.setting(token, secure=caller.secure), *away])
        return True

    # ------------------------------------------------------------------ signing out, another password

    async def _out(self, caller: Caller, who: SignedIn | None, posted: bool, send: Send) -> None:
        if not posted:  # a link of somebody else's must not sign anybody out
            await redirect(send, "/sign-in")
            return
        await asyncio.to_thread(self._desk.sign_out, cookie.token_of(caller))
        away = self._provider.clearing(caller.cookies) if self._provider else ()
        await redirect(send, "/sign-in?left=1", [cookie.clearing(secure=caller.secure), *away])

    async def _password(self, caller: Caller, who: SignedIn | None, posted: bool, receive: Receive, send: Send) -> None:
        if who is None:
            await redirect(send, "/sign-in?ended=1")
            return
        fields = await form(receive) if posted else caller.query
        place = local(_one(fields, "next"))
        if not posted:
            page = password_page(caller.lang, who.login, must=who.must_change, place=place)
            await answer(send, 200, page, HEADERS)
            return
        try:
            await asyncio.to_thread(
                self._desk.change_password, who, _one(fields, "old"), _twice(fields), sender=caller.peer
            )
        except TouchlineError as fault:
            page = password_page(
                caller.lang, who.login, must=who.must_change, place=place, fault=_said(fault, caller.lang)
            )
            await answer(send, _status(fault), page, [*_wait(fault), *HEADERS])
            return
        await redirect(send, place)


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return next(iter(fields.get(name, [])), "")


def _twice(fields: Mapping[str, list[str]]) -> str:
    """The new password of a form. Raises ``BadValue`` where it was not typed alike twice."""
    if _one(fields, "new") != _one(fields, "again"):
        raise BadValue("touchline.errors.passwords_differ")
    return _one(fields, "new")


def _said(fault: TouchlineError, lang: str) -> str:
    return f"{fault.detail(lang)} {fault.hint(lang)}"


def _status(fault: TouchlineError) -> int:
    if isinstance(fault, Slowed):
        return 429
    return 403 if isinstance(fault, PermissionError) else 400 if isinstance(fault, BadValue) else 503


def _wait(fault: TouchlineError) -> Headers:
    return [(b"retry-after", str(fault.wait_s).encode())] if isinstance(fault, Slowed) else []


async def _refused(send: Send, caller: Caller, fault: TouchlineError) -> None:
    page = fault_page(caller.lang, fault.detail(caller.lang), fault.hint(caller.lang))
    status = 403 if isinstance(fault, BadValue) else _status(fault)
    await answer(send, status, page, [*_wait(fault), *HEADERS])


def _remembered(caller: Caller) -> Headers:
    """The language in which somebody read the page stays that of the app."""
    asked = _one(caller.query, "lang")
    if asked not in LANGUAGES:
        return []
    return [(b"set-cookie", f"{REMEMBERED_LANGUAGE}={asked}; Path=/; Max-Age=31536000; SameSite=Lax".encode())]

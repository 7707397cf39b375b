"""Routes of the clean screen: its page, the WebSocket by which it follows the operator's player, the log of looks."""

from __future__ import annotations

import html
import json
from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.files import data_home
from touchline.i18n import DEFAULT_LANGUAGE, LANGUAGES, catalogue, t
from touchline.rights import Action, NotAllowed, Person
from var import looks
from var.archive import Archive
from var.asked import REFUSALS, person_of
from var.decisions.kept import last_entry
from var.hub import REFUSED, Hub
from var.model import Match

MAX_LOOKS_BYTES = 256 << 10
Find = Callable[[str], Match | None]
Keep = Callable[[str, looks.Batch], bool]
Allowed = Callable[[HTTPConnection, Match | None], bool]


def _everyone(connection: HTTPConnection, match: Match | None) -> bool:
    return True


def same_origin(connection: HTTPConnection) -> bool:
    """Whether a request comes from a page of this very server, or from no page at all (then there is no Origin)."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == connection.headers.get("host", "").lower()


def follow_routes(
    find: Find, *, keep: Keep | None = None, allowed: Allowed = _everyone, may_lead: Allowed = _everyone
) -> list[BaseRoute]:
    """The routes ``follow``, ``screen``, ``looks`` and ``reviews`` (the numbers of the newest entry of a review and of
    the newest look) below ``/var/{match}/``; they go before those of ``var.media``.

    ``find`` knows the matches by id. ``keep`` stores a batch of looks and says whether it was new; by default in the
    archive of this installation, with the right of who sent it. ``allowed`` says who may see a match (None: one
    that is not there), or raises the refusal, ``may_lead`` who may also lead its screens and add to its log
    (``var.asked``).
    """
    hub = Hub()

    def kept(person: Person | None, match_id: str, given: looks.Batch) -> bool:
        return keep(match_id, given) if keep else looks.add(Archive(data_home(), person), match_id, given)

    async def match_of(connection: HTTPConnection) -> Match:
        match_id = connection.path_params["match"]
        match = await run_in_threadpool(find, match_id)
        if not await run_in_threadpool(allowed, connection, match):
            raise _Forbidden("var.errors.not_allowed", match=match_id)
        if match is None:
            raise NotFound("var.errors.no_such_match", match=match_id)
        return match

    async def follow(socket: WebSocket) -> None:
        try:
            match = await match_of(socket)
        except TouchlineError:
            await socket.close(REFUSED)
            return
        if not same_origin(socket):
            await socket.close(REFUSED)
            return
        await hub.serve(socket, match.id, may_lead=await run_in_threadpool(may_lead, socket, match))

    async def screen(request: Request) -> Response:
        lang = _language(request)
        try:
            match = await match_of(request)
        except TouchlineError as refusal:
            return HTMLResponse(_refusal_page(refusal, lang), _status(refusal), headers=_HEADERS)
        return HTMLResponse(_page(match, lang), headers=_HEADERS)

    async def take_looks(request: Request) -> Response:
        match, person = await match_of(request), person_of(request.scope)
        if not same_origin(request):
            raise _Forbidden("var.errors.foreign_page")
        if not await run_in_threadpool(may_lead, request, match):
            raise NotAllowed(person, Action.LEAD) if person is not None else _Forbidden("var.errors.foreign_page")
        given = looks.batch(await _json(request), match)
        new = await run_in_threadpool(kept, person, match.id, given)
        return JSONResponse({"kept": len(given.looks) if new else 0}, headers={"Cache-Control": "no-store"})

    async def reviews(request: Request) -> Response:
        match = await match_of(request)
        return JSONResponse(await run_in_threadpool(_newest, match.id), headers={"Cache-Control": "no-store"})

    return [
        WebSocketRoute("/var/{match}/follow", follow),
        Route("/var/{match}/reviews", _answering(reviews)),
        Route("/var/{match}/screen", screen),
        Route("/var/{match}/looks", _answering(take_looks), methods=["POST"]),
    ]


@cache
def _archive() -> Archive:
    """This installation's, as the software reads it: who may ask was decided before."""
    return Archive(data_home())


def _newest(match_id: str) -> dict[str, int]:
    archive = _archive()
    return {"last": last_entry(archive, match_id), "looks": looks.last_look(archive, match_id)}


class _Forbidden(BadValue):
    """Somebody asks who may not."""


def _answering(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except TouchlineError as refusal:
            return JSONResponse(refusal.document(_language(request)), _status(refusal))

    return answer


def _status(refusal: TouchlineError) -> int:
    """The HTTP status of a refusal; 503 where the disk refuses, so that the browser tries again."""
    if isinstance(refusal, (_Forbidden, *REFUSALS)):
        return 403
    if isinstance(refusal, NotFound):
        return 404
    return 400 if isinstance(refusal, BadValue) else 503


async def _json(request: Request) -> object:
    """The request's body as JSON. Raises ``BadValue``."""
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_LOOKS_BYTES:
            raise BadValue("var.errors.bad_looks", field="looks")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise BadValue("var.errors.bad_looks", field="JSON") from fault


def _language(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    return asked if asked in LANGUAGES else DEFAULT_LANGUAGE


# ---------------------------------------------------------------------- the page

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' blob: data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{title}</title>
<style>html, body {{ margin: 0; height: 100%; background: #000; color: #e8edf2; overflow: hidden;
  font: 20px/1.4 "Be Vietnam Pro", system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }}
  p {{ margin: 20vh 8vw 0; }}</style>
</head>
<body>{body}</body>
</html>
"""


def _page(match: Match, lang: str) -> str:
    data = {"match": match.id, "lang": lang, "texts": catalogue("var", "replay", lang)}
    safe = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    body = (
        f'<script type="application/json" id="given">{safe}</script>'
        '<script type="module" src="../ui/screen.js"></script>'
        f"<noscript><p>{html.escape(t('var.replay.screen.no_script', lang))}</p></noscript>"
    )
    title = f"{match.name} · {t('var.replay.screen.title', lang)}"
    return _PAGE.format(lang=lang, title=html.escape(title), body=body)


def _refusal_page(refusal: TouchlineError, lang: str) -> str:
    text = html.escape(f"{refusal.detail(lang)} {refusal.hint(lang)}")
    title = html.escape(t("var.replay.screen.title", lang))
    return _PAGE.format(lang=lang, title=title, body=f'<p role="alert">{text}</p>')

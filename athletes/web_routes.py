"""HTTP routes of training's motion: body points and curves of what the player shows, and the browser modules for them.

Nothing else can be fetched: an address names what the app shows, one of its pictures, and frames of it. Every answer
about a person says that nobody but the browser may keep it, and that it asks again before it uses what it kept.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from athletes.motion.screened import Layer, Measured, layer_of, layer_version, part_of, window_of
from athletes.motion.screened_curves import (
    MAX_OTHERS,
    curves_version,
    lines_of,
    other_asked,
    packed_curves,
    sent_curves,
    sources_of,
)
from athletes.motion.screening import Part, Screening
from touchline.errors import BadValue, NotFound, TouchlineError
from touchline.i18n import DEFAULT_LANGUAGE, LANGUAGES
from touchline.web_modules import modules_route, modules_version

WEB = Path(__file__).resolve().parent / "web"
PREFIX = "/athletes/ui/"
KEPT_BYTES = 256 << 20
"""Room for layers that were read a moment ago; the newest stays however large it is."""
MAX_CHOSEN = 32
_FOREVER = "private, max-age=31536000, immutable"
_ASK = "private, no-cache"

Find = Callable[[HTTPConnection, str], Screening | None]
Open = Callable[[HTTPConnection], Measured]
Allowed = Callable[[HTTPConnection], bool]
Endpoint = Callable[[Request], Awaitable[Response]]


class _MeasuredAnew(BadValue):
    """What is asked for was replaced by something newer."""


def web_version() -> str:
    """What tells these modules from those of another version."""
    return modules_version(WEB)


def motion_routes(find: Find, measured: Open, *, allowed: Allowed) -> list[BaseRoute]:
    """The routes below ``/athletes/motion/`` for what ``find`` knows by the player's id (None, or ``NotFound``, for
    what it does not), and the modules. ``allowed`` says at every request whether who asks may see training, or raises
    the refusal; ``find`` and ``measured`` then look for who asks, whose name the access log gets.

    Refusals are JSON documents in the language of ``?lang=``: 403 not allowed, 404 not there, 400 no such window, 409
    where ``?v=`` names what was measured before.
    """
    motion = _Motion(find, measured, allowed)
    return [
        Route("/athletes/motion/{screen}/curves.bin", _answering(motion.curves)),
        Route("/athletes/motion/{screen}/{camera}/points.bin", _answering(motion.points)),
        modules_route(PREFIX, WEB),
    ]


def _answering(endpoint: Endpoint) -> Endpoint:
    """``endpoint`` with its refusals turned into JSON answers."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except TouchlineError as reason:
            return _refusal(request, reason)

    return answer


def _refusal(request: Request, reason: TouchlineError) -> Response:
    kinds = ((PermissionError, 403), (NotFound, 404), (_MeasuredAnew, 409), (BadValue, 400))
    status = next((status for kind, status in kinds if isinstance(reason, kind)), 422)
    asked = request.query_params.get("lang", "")
    document = reason.document(asked if asked in LANGUAGES else DEFAULT_LANGUAGE)
    return JSONResponse(document, status, headers={"Cache-Control": "no-store"})


_Name = tuple[str, str, str]


class _Layers:
    """The layers that were read a moment ago; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[_Name, Layer] = OrderedDict()
        self._reading: dict[_Name, threading.Lock] = {}

    def of(self, measured: Measured, part: Part, version: str, *, space: bool = False) -> Layer | None:
        """The layer of a picture under ``version``; of several that ask at once one reads it, and who asks for another
        does not wait for it."""
        name = (part.trial_id, part.trial_camera, version)
        with self._lock:
            turn = self._reading.setdefault(name, threading.Lock())
        try:
            with turn:
                found = self._used(name)
                if found is None and (found := layer_of(measured, part, space=space)) is not None:
                    self._keep(name, found)
        finally:
            with self._lock:
                self._reading.pop(name, None)  # who waits for it has it in hand
        return found

    def _used(self, name: _Name) -> Layer | None:
        with self._lock:
            found = self._known.get(name)
            if found is not None:
                self._known.move_to_end(name)
            return found

    def _keep(self, name: _Name, layer: Layer) -> None:
        with self._lock:
            self._known[name] = layer
            while len(self._known) > 1 and sum(one.nbytes for one in self._known.values()) > KEPT_BYTES:
                self._known.popitem(last=False)


class _Motion:
    def __init__(self, find: Find, measured: Open, allowed: Allowed) -> None:
        self._find, self._measured, self._allowed = find, measured, allowed
        self._layers = _Layers()

    def _screening(self, request: Request) -> Screening:
        """What is asked about, for who may see it; who may not does not learn whether it is there."""
        if not self._allowed(request):
            raise _NotAllowed("athletes.errors.motion_not_allowed")
        name = request.path_params["screen"]
        found = self._find(request, name)
        if found is None:
            raise NotFound("athletes.errors.no_such_screening", id=name[:60])
        return found

    async def points(self, request: Request) -> Response:
        """``points.bin``: everybody's points in a window of frames (``Layer.packed``), with the angles that the camera
        sees, or with ``?angles=space`` those in space."""

        def made() -> tuple[str, Callable[[], bytes]]:
            part = part_of(self._screening(request), request.path_params["camera"])
            first, last = (_number(request.query_params.get(name, "")) for name in ("from", "to"))
            first, last = window_of(first, last, part.shot.frames)
            measured, space = self._measured(request), request.query_params.get("angles") == "space"
            version = _current(request, layer_version(measured, part, space=space))

            def data() -> bytes:
                layer = self._layers.of(measured, part, version, space=space)
                if layer is None:
                    raise _nothing()
                return layer.packed(first, last)

            return f"{version}-{first}-{last}", data

        return await _binary(request, made)

    async def curves(self, request: Request) -> Response:
        """``curves.bin``: curves and events of the cameras in ``?source=`` (all that were measured), and of further
        trials in ``?other=``; of long ones the samples of the curves in ``?curve=`` (``packed_curves``)."""

        def made() -> tuple[str, Callable[[], bytes]]:
            screening, measured = self._screening(request), self._measured(request)
            others = [other_asked(text) for text in request.query_params.getlist("other")]
            sources = request.query_params.getlist("source") or sources_of(measured, screening)
            if len(others) > MAX_OTHERS or len(sources) > len(screening.parts) + 1:
                raise BadValue("athletes.errors.too_many_curves", most=MAX_OTHERS)
            chosen = sorted(set(request.query_params.getlist("curve")))
            if len(chosen) > MAX_CHOSEN:
                raise BadValue("athletes.errors.too_many_curves", most=MAX_OTHERS)
            version = _current(request, curves_version(measured, screening, sources, others))

            def data() -> bytes:
                lines = lines_of(measured, screening, sources, others)
                if all(line is None for line in lines):
                    raise _nothing()
                return packed_curves(lines, sent_curves(lines, chosen))

            return "-".join((version, *(quote(one, safe="") for one in chosen))), data

        return await _binary(request, made)


class _NotAllowed(TouchlineError, PermissionError):
    """Who asks may not see training."""

    def __str__(self) -> str:  # OSError has a __str__ of its own
        return TouchlineError.__str__(self)


def _nothing() -> NotFound:
    return NotFound("athletes.errors.not_measured_yet")


def _current(request: Request, version: str) -> str:
    """The version of what there is. Raises ``NotFound`` where there is none, ``BadValue`` where another was asked
    for."""
    if not version:
        raise _nothing()
    if request.query_params.get("v", version) != version:
        raise _MeasuredAnew("athletes.errors.measured_anew")
    return version


async def _binary(request: Request, made: Callable[[], tuple[str, Callable[[], bytes]]]) -> Response:
    name, data = await run_in_threadpool(made)
    etag = f'"{name}"'
    headers = {"ETag": etag, "Cache-Control": _ASK, "Vary": "Cookie", "Content-Encoding": "identity"}
    if etag in {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(await run_in_threadpool(data), headers=headers, media_type="application/octet-stream")


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadValue("athletes.errors.not_a_frame", value=text[:20])
    return int(text)

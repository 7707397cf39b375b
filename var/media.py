"""HTTP routes of the review: the match, its time line, what can be decoded, stills from the source, the player's files.

Nothing else of the disk can be fetched: a path names a match, a camera and a frame that the archive knows, or a file
of ``var/web``.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from touchline.errors import BadFile, BadValue, NotFound, TouchlineError
from touchline.i18n import DEFAULT_LANGUAGE, LANGUAGES
from touchline.web_modules import SHARED, modules_of
from var.asked import REFUSALS
from var.footage.reader import ReaderPool
from var.footage.stretches import file_name
from var.gops import original_of, packed, packets, proxy_of
from var.match_document import Layout, Layouts, Packed, description
from var.match_document import packed as squeezed
from var.model import Clip, Match
from var.removed import removed
from var.stage.library import three_js

WEB = Path(__file__).resolve().parent / "web"
MAX_STILL_LINES = 8640
MAX_WINDOW = 30_000  # frames in one answer of gops.bin

# Written out, because the platform's own table is wrong on some machines and a browser runs no module sent as text.
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}
_FOREVER = "private, max-age=31536000, immutable"
_ASK = "private, no-cache"
_OF_A_MATCH = {"Vary": "Cookie"}  # what a browser keeps for ever of one person it asks for anew for the next
_ASK_AGAIN_S = 0.1  # how often a still that waits for its turn looks whether anybody still wants it
_TRUST_S = 0.5  # how long a match that was looked up serves stills and ranges; what is not found is looked up again

T = TypeVar("T")
Find = Callable[[str], Match | None]
Allowed = Callable[[Request, Match | None], bool]
Endpoint = Callable[[Request], Awaitable[Response]]


class _Refused(Exception):
    """Ends a request with ``status`` and an error as JSON."""

    def __init__(self, status: int, reason: TouchlineError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.reason, self.headers = status, reason, headers


def _everyone(request: Request, match: Match | None) -> bool:
    return True


def routes(find: Find, *, allowed: Allowed = _everyone) -> list[BaseRoute]:
    """The routes below ``/var/`` for matches that ``find`` knows by id; ``allowed`` says who may see one, or raises the
    refusal (``var.asked``). It is asked at every request, also for what the browser or this process has already, and
    about None where no match is found: who may see none does not learn either which there are.

    Refusals are JSON documents (``TouchlineError.document``) in the language of ``?lang=``. Files are read and
    pictures decoded in threads of their own. Responses carry an ETag of the media's hash; with ``?v=`` (the first
    digits of that hash) they may be kept for ever.
    """
    media = _Media(find, allowed)
    return [
        Route("/var/ui/three.js", _answering(media.three)),
        Route("/var/ui/{path:path}", _answering(media.ui)),
        Route("/var/{match}/match.json", _answering(media.description)),
        Route("/var/{match}/timeline.bin", _answering(media.timeline)),
        Route("/var/{match}/{camera}/gops.bin", _answering(media.gops)),
        Route("/var/{match}/{camera}/media/{file}.mp4", _answering(media.file)),
        Route("/var/{match}/{camera}/still/{frame}.jpg", _answering(media.still)),
        Route("/var/{path:path}", _answering(media.nothing)),
    ]


def _answering(endpoint: Endpoint) -> Endpoint:
    """``endpoint`` with its refusals turned into JSON answers."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except _Refused as refused:
            return _refusal(request, refused.status, refused.reason, refused.headers)
        except REFUSALS as reason:
            return _refusal(request, 403, reason)
        except NotFound as reason:
            return _refusal(request, 404, reason)
        except BadValue as reason:
            return _refusal(request, 400, reason)
        except TouchlineError as reason:  # the request is right, the recording is not
            return _refusal(request, 422, reason)

    return answer


def _refusal(
    request: Request, status: int, reason: TouchlineError, headers: Mapping[str, str] | None = None
) -> Response:
    asked = request.query_params.get("lang", "")
    document = reason.document(asked if asked in LANGUAGES else DEFAULT_LANGUAGE)
    return JSONResponse(document, status, headers={"Cache-Control": "no-store", **(headers or {})})


class _Found:
    """Matches that were looked up a moment ago; safe to share between threads."""

    def __init__(self, find: Find, limit: int = 16) -> None:
        self._find, self._limit = find, limit
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Match]] = OrderedDict()

    def match(self, name: str, *, fresh: bool) -> Match | None:
        """The match called ``name``: as it is now, or as it was within the last half second."""
        with self._lock:
            known = self._known.get(name)
        if known is not None and not fresh and time.monotonic() - known[0] < _TRUST_S:
            return known[1]
        asked_s = time.monotonic()
        found = self._find(name)
        with self._lock:
            self._known.pop(name, None)
            if found is not None:
                self._known[name] = asked_s, found
                while len(self._known) > self._limit:
                    self._known.popitem(last=False)
        return found


class _Sent:
    """Compressed forms of the last few answers."""

    def __init__(self, limit: int = 8) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._known: OrderedDict[str, bytes] = OrderedDict()

    def of(self, name: str, data: bytes) -> bytes:
        """``data`` in gzip form; kept under ``name``."""
        with self._lock:
            known = self._known.get(name)
        if known is None:
            known = squeezed(data)
            with self._lock:
                self._known[name] = known
                while len(self._known) > self._limit:
                    self._known.popitem(last=False)
        return known


class _Media:
    def __init__(self, find: Find, allowed: Allowed) -> None:
        self._found, self._allowed = _Found(find), allowed
        self._layouts, self._sent = Layouts(), _Sent()
        self._readers = ReaderPool()
        self._threads = ThreadPoolExecutor(max(4, os.cpu_count() or 1), thread_name_prefix="var-media")
        # Stills take longest and are asked for most: what is small and urgent does not queue behind them.
        self._stills = ThreadPoolExecutor(max(2, os.cpu_count() or 1), thread_name_prefix="var-still")

    async def _run(self, job: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, job, *args)

    async def _match(self, request: Request, *, fresh: bool = True) -> Match:
        name = request.path_params["match"]
        found = await self._run(lambda: self._found.match(name, fresh=fresh))
        if not await self._run(self._allowed, request, found):
            raise _Refused(403, BadValue("var.errors.not_allowed", match=name))
        if found is None:
            await self._run(self._readers.close_gone)
            raise NotFound("var.errors.no_such_match", match=name)
        return found

    async def _clip(self, request: Request, *, frame: int = 0) -> Clip:
        """The angle that is asked for, as it is known; looked up anew where it has no such ``frame`` yet."""
        camera = request.path_params["camera"]
        for fresh in (False, True):
            match = await self._match(request, fresh=fresh)
            clip = next((clip for clip in match.clips if clip.camera_id == camera), None)
            if clip is not None and frame < len(clip):
                break
        if clip is None:
            raise NotFound("var.errors.no_such_camera", camera=camera, match=match.name)
        if clip.removed is not None:
            await self._run(self._readers.close_gone)
            raise removed(clip)
        asked = request.query_params.get("v")
        if asked is not None and (len(asked) < 8 or not clip.sha256.startswith(asked)):
            raise NotFound("var.errors.media_replaced", camera=clip.label)
        return clip

    async def description(self, request: Request) -> Response:
        """``match.json``, compressed for whoever takes that."""

        def made(match: Match) -> Packed:
            return description(self._layouts.of(match))

        found = await self._run(made, await self._match(request))
        headers = {"ETag": f'"{found.version}"', "Cache-Control": _ASK, "Vary": "Accept-Encoding"}
        if _known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if _takes_gzip(request):
            return Response(found.gzip, headers={**headers, "Content-Encoding": "gzip"}, media_type="application/json")
        return Response(found.text, headers=headers, media_type="application/json")

    async def timeline(self, request: Request) -> Response:
        """``timeline.bin``: the steps from one on."""
        match = await self._match(request)
        layout: Layout = await self._run(self._layouts.of, match)
        first = _number(request.query_params.get("from", "0"))
        if first < 0:
            raise BadValue("var.errors.not_a_number", value=first)
        if request.query_params.get("version", layout.version) != layout.version:
            raise _Refused(409, BadValue("var.errors.layout_changed", match=match.name))
        return await self._binary(request, f"{layout.content}-{first}", lambda: layout.data(first))

    async def gops(self, request: Request) -> Response:
        """``gops.bin``: packets of closed groups that show the frames asked for."""
        bounds = [_number(request.query_params.get(name, "")) for name in ("from", "to")]
        if not 0 <= bounds[0] <= bounds[1] <= bounds[0] + MAX_WINDOW:
            raise BadValue("var.errors.bad_window", first=bounds[0], last=bounds[1], most=MAX_WINDOW)
        clip = await self._clip(request)
        return await self._binary(request, "", lambda: packed(packets(clip, *bounds)))

    async def _binary(self, request: Request, name: str, made: Callable[[], bytes]) -> Response:
        headers = {"Cache-Control": _ASK, "Vary": "Accept-Encoding"}
        data = await self._run(made)
        near = request.client is not None and request.client.host in ("127.0.0.1", "::1")
        if _takes_gzip(request) and not near:  # within one machine packing takes longer than sending
            packer = partial(self._sent.of, name) if name else squeezed
            data, headers["Content-Encoding"] = await self._run(packer, data), "gzip"
        else:
            headers["Content-Encoding"] = "identity"  # keeps a middleware from packing it
        return Response(data, headers=headers, media_type="application/octet-stream")

    async def file(self, request: Request) -> Response:
        """The original (0) or a stretch of the proxy, whole or in ranges; ``video/mp4`` keeps it uncompressed."""
        clip = await self._clip(request)
        path = await self._run(_media_path, clip, _number(request.path_params["file"]))
        try:
            stat = await self._run(path.stat)
        except OSError as fault:
            raise NotFound("var.errors.no_such_video", name=path.name) from fault
        lasts = path in (clip.path, clip.proxy) and not clip.recording  # a stretch of the proxy may be made anew
        headers = {
            "ETag": f'"{clip.sha256[:16]}-{stat.st_mtime_ns:x}-{stat.st_size:x}"',
            "Cache-Control": _caching(request) if lasts else _ASK,
            **_OF_A_MATCH,
        }
        if _known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        _check_range(request.headers.get("range"), stat.st_size)
        return FileResponse(path, headers=headers, media_type="video/mp4", stat_result=stat)

    async def still(self, request: Request) -> Response:
        """A frame decoded from the source: what a referee sees when the picture stands is what is analysed."""
        frame = _number(request.path_params["frame"])
        clip = await self._clip(request, frame=frame)
        if not 0 <= frame < len(clip):
            raise NotFound("var.errors.no_such_frame", name=clip.label, frame=frame, count=len(clip))
        lines = request.query_params.get("h")
        height = None if lines is None else _number(lines)
        if height is not None and not 1 <= height <= MAX_STILL_LINES:
            raise BadValue("var.errors.bad_still_height", value=height, largest=MAX_STILL_LINES)
        headers = {
            "ETag": f'"{clip.sha256}-{frame}-{height or 0}"',
            "Cache-Control": _caching(request),
            **_OF_A_MATCH,
            "X-Frame": str(frame),
            "X-Pts": str(clip.pts[frame]),
            "X-Source": clip.sha256,
        }
        if _known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        loop = asyncio.get_running_loop()
        wanted = threading.Event()
        wanted.set()

        def decoded() -> bytes | None:
            return self._readers.reader(clip, clip.sha256).jpeg(frame, height) if wanted.is_set() else None

        try:
            job = loop.run_in_executor(self._stills, decoded)
            while not (await asyncio.wait([job], timeout=_ASK_AGAIN_S))[0]:
                if await request.is_disconnected():  # the player is at another picture already
                    wanted.clear()
            data = await job
            if data is None:
                return Response(status_code=499)
        except OSError as fault:
            if isinstance(fault, TouchlineError):
                raise
            raise BadFile("var.errors.damaged_frame", name=clip.label, frame=frame) from fault
        return Response(data, headers=headers, media_type="image/jpeg")

    async def ui(self, request: Request) -> Response:
        """A file of the player."""
        found = await self._run(_web_file, request.path_params["path"])
        if found is None:
            raise NotFound("var.errors.no_such_file", name=request.path_params["path"])
        stat = await self._run(found.stat)
        headers = {
            "ETag": f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"',
            "Cache-Control": _caching(request),
            "X-Content-Type-Options": "nosniff",
        }
        if _known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return FileResponse(found, headers=headers, media_type=_TYPES[found.suffix], stat_result=stat)

    async def three(self, request: Request) -> Response:
        """The library of the 3-D view, out of the installed package that carries it."""
        script = await self._run(three_js)
        headers = {
            "ETag": f'"{sha256(script).hexdigest()[:32]}"',
            "Cache-Control": _caching(request),
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if _known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if _takes_gzip(request):
            script = await self._run(self._sent.of, headers["ETag"], script)
            headers["Content-Encoding"] = "gzip"
        return Response(script, headers=headers, media_type=_TYPES[".js"])

    async def nothing(self, request: Request) -> Response:
        """Everything else below ``/var/``."""
        raise NotFound("var.errors.no_such_file", name=request.path_params["path"])


def _media_path(clip: Clip, file: int) -> Path:
    """The file of an angle that ``gops.bin`` calls ``file``. Raises ``NotFound`` for any other number."""
    if file == 0 and original_of(clip) is not None:
        return clip.path
    stretch = proxy_of(clip).stretches.by_first.get(file - 1)
    if stretch is None or stretch.damaged is not None:
        raise NotFound("var.errors.no_such_video", name=f"{clip.label}/{file}")
    return clip.proxy if clip.proxy.suffix == ".mp4" else clip.proxy / file_name(stretch.first)


def _takes_gzip(request: Request) -> bool:
    asked = request.headers.get("accept-encoding", "")
    return re.search(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", asked) is not None


def _web_file(path: str) -> Path | None:
    """The file of ``var/web`` at ``path``, or the kernel's module of that name, or None: not outside of it, by whatever
    spelling or link, nor hidden."""
    if "\0" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    found = (WEB / path).resolve()
    inside = found.is_relative_to(WEB) and found.is_file() and found.suffix in _TYPES
    return found if inside else modules_of(SHARED).get(path)


def _caching(request: Request) -> str:
    return _FOREVER if request.query_params.get("v") else _ASK


def _known(request: Request, etag: str) -> bool:
    """Whether the browser has this version already."""
    asked = request.headers.get("if-none-match", "")
    return asked == "*" or etag in {tag.strip().removeprefix("W/") for tag in asked.split(",")}


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise BadValue("var.errors.not_a_number", value=text)
    return int(text)


def _check_range(header: str | None, size: int) -> None:
    """Refuse a range that cannot be read (400) or lies behind the end (416); RFC 9110, 14.1.2."""
    if header is None:
        return
    for part in header.partition("=")[2].split(","):
        bounds = re.fullmatch(r"\s*([0-9]*)-([0-9]*)\s*", part)
        whole = header.strip().lower().startswith("bytes=") and bounds is not None and bounds[0].strip() != "-"
        if bounds is None or not whole or (bounds[1] and bounds[2] and int(bounds[2]) < int(bounds[1])):
            raise BadValue("var.errors.bad_range", value=header)
        if int(bounds[1] or 0) >= size or (not bounds[1] and int(bounds[2]) == 0):
            reason = BadValue("var.errors.range_beyond_end", value=header, size=size)
            raise _Refused(416, reason, {"Content-Range": f"bytes */{size}"})

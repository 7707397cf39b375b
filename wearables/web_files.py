"""The route of the live pages' browser modules. They hold nothing of anybody's."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

WEB = Path(__file__).resolve().parent / "web"
PREFIX = "/wearables/ui/"
_TYPE = "text/javascript; charset=utf-8"
_FOREVER = "private, max-age=31536000, immutable"


@cache
def web_version() -> str:
    """A short hash of the modules: a new version is a new address, so no browser keeps an old one."""
    digest = hashlib.sha256()
    for path in sorted(WEB.glob("*.js")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def web_routes() -> list[Route]:
    """The addresses of the modules. One that imports another asks for it without a version; the browser then asks the
    server each time whether it has changed."""
    return [Route(f"{PREFIX}{{name}}", _module)]


async def _module(request: Request) -> Response:
    found = {path.name: path for path in WEB.glob("*.js")}.get(request.path_params["name"])
    if found is None:
        return Response(status_code=404, headers={"Cache-Control": "no-store"})
    etag = f'"{web_version()}"'
    caching = _FOREVER if request.query_params.get("v") else "private, no-cache"
    headers = {"ETag": etag, "Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(found, headers=headers, media_type=_TYPE)

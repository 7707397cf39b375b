"""Browser modules of a package: their address changes with what is in them, and nothing else there is served.

What all packages need (``touchline/web``) is served among each one's own, so that they import it as their own.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

SHARED = Path(__file__).resolve().parent / "web"

LOADER = """
const loaded = import(new URL(%r, document.baseURI).href);
export default function (component) {
  let leave = () => {}, gone = false;
  loaded.then(module => { if (!gone) leave = module.render(component) || leave; });
  return () => { gone = true; leave(); };
}
"""
"""What a Streamlit component runs to mount the module at an address: its ``render`` gives what takes it away again."""

_TYPE = "text/javascript; charset=utf-8"
_FOREVER = "private, max-age=31536000, immutable"


def modules_of(folder: Path) -> dict[str, Path]:
    """The modules in ``folder`` and the kernel's, by name; where a name is in both, the folder's."""
    return {path.name: path for where in (SHARED, folder) for path in sorted(where.glob("*.js"))}


@cache
def modules_version(folder: Path) -> str:
    """A short hash of ``modules_of(folder)``: a new version is a new address, so no browser keeps an old one."""
    digest = hashlib.sha256()
    for path in modules_of(folder).values():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def modules_route(prefix: str, folder: Path) -> Route:
    """The addresses of ``modules_of(folder)``, below ``prefix``; they hold nothing of anybody's. One that imports
    another asks for it without a version; the browser then asks the server each time whether it has changed."""
    from starlette.responses import FileResponse, Response
    from starlette.routing import Route

    async def module(request: Request) -> Response:
        found = modules_of(folder).get(request.path_params["name"])
        if found is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        etag = f'"{modules_version(folder)}"'
        caching = _FOREVER if request.query_params.get("v") else "private, no-cache"
        headers = {"ETag": etag, "Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return FileResponse(found, headers=headers, media_type=_TYPE)

    return Route(f"{prefix}{{name}}", module)

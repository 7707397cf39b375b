"""Files from the browser straight to the disk: ``PUT /var/upload/{token}/{name}``, streamed, never whole in memory.

A token is a folder under ``incoming`` that the page made; without one nothing is written. A broken upload leaves no
file behind that looks whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import BadValue, TouchlineError
from touchline.i18n import DEFAULT_LANGUAGE, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

TOKEN = re.compile(r"[0-9a-f]{16}")
KEEP_FREE_BYTES = 512 << 20
"""Room that an upload leaves on the disk, so that the database can always be written."""
LOOK_EVERY_BYTES = 64 << 20
STALE_S = 24 * 3600


def incoming(home: Path) -> Path:
    """Where uploads wait until they become a match."""
    return home / "incoming"


def new_token(home: Path) -> str:
    """A token for one set of uploads; sets that nobody used for a day are removed."""
    for folder in incoming(home).glob("*"):
        with contextlib.suppress(OSError):  # another page removes it at the same time
            if folder.is_dir() and time.time() - folder.stat().st_mtime > STALE_S:
                shutil.rmtree(folder, ignore_errors=True)
    token = secrets.token_hex(8)
    (incoming(home) / token).mkdir(parents=True)
    return token


def safe_name(name: str) -> str:
    """``name`` without any folder or leading dots. Raises ``BadValue`` where nothing is left to call a file."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip().lstrip(".")
    if not last or "\0" in last or len(last.encode()) > 200:
        raise BadValue("var.errors.bad_file_name", name=name[:80])
    return last


def uploaded(home: Path, token: str) -> list[Path]:
    """The whole files that came under ``token``, in the order they came."""
    if not TOKEN.fullmatch(token):
        return []
    found = [path for path in (incoming(home) / token).glob("*") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def _room(folder: Path) -> int:
    return shutil.disk_usage(folder).free - KEEP_FREE_BYTES


def free_name(folder: Path, name: str) -> Path:
    """``name`` in ``folder``, with a number where it is taken: many cameras call their first file alike."""
    target, count = folder / name, 1
    while target.exists():
        count += 1
        target = folder / f"{Path(name).stem} ({count}){Path(name).suffix}"
    return target


def upload_routes(home: Path, *, allowed: Callable[[HTTPConnection], bool] = lambda _: True) -> list[BaseRoute]:
    """The route that takes uploads; ``allowed`` raises the refusal for who may not bring any (``var.asked``)."""
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def take(request: Request) -> Response:
        try:
            await run_in_threadpool(allowed, request)
        except TouchlineError as refusal:
            asked = request.query_params.get("lang", "")
            document = refusal.document(asked if asked in LANGUAGES else DEFAULT_LANGUAGE)
            return JSONResponse(document, status_code=403)
        folder = incoming(home) / request.path_params["token"]
        if not TOKEN.fullmatch(request.path_params["token"]) or not folder.is_dir():
            return JSONResponse({"code": "no_such_upload"}, status_code=404)
        try:
            name = safe_name(request.path_params["name"])
        except BadValue as refusal:
            return JSONResponse(refusal.document(), status_code=400)
        expected = int(request.headers.get("content-length", "0") or 0)
        if expected > _room(folder):
            return JSONResponse({"code": "disk_full"}, status_code=507)
        part = folder / f".{secrets.token_hex(8)}.part"
        size = looked_at = 0
        try:
            with part.open("wb") as file:
                async for chunk in request.stream():
                    if (
                        size >= looked_at
                    ):  # others fill the disk meanwhile, and not every client says how much will come
                        looked_at = size + LOOK_EVERY_BYTES
                        if len(chunk) > _room(folder):
                            return JSONResponse({"code": "disk_full"}, status_code=507)
                    await asyncio.to_thread(file.write, chunk)
                    size += len(chunk)
            if expected and size != expected:
                return JSONResponse({"code": "cut_off"}, status_code=400)
            target = free_name(folder, name)
            part.replace(target)
        except ClientDisconnect:
            return JSONResponse({"code": "cut_off"}, status_code=400)
        except OSError:
            return JSONResponse({"code": "disk_full"}, status_code=507)
        finally:
            part.unlink(missing_ok=True)
        return JSONResponse({"name": target.name, "bytes": size})

    return [Route("/var/upload/{token}/{name}", take, methods=["PUT"])]

"""The route of the live pages' browser modules. They hold nothing of anybody's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from touchline.web_modules import modules_route, modules_version

if TYPE_CHECKING:
    from starlette.routing import Route

WEB = Path(__file__).resolve().parent / "web"
PREFIX = "/wearables/ui/"


def web_version() -> str:
    """What tells these modules from those of another version."""
    return modules_version(WEB)


def web_routes() -> list[Route]:
    """The addresses of the modules."""
    return [modules_route(PREFIX, WEB)]

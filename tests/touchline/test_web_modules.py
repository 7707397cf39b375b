"""What all packages' browser parts need stands once, is served among each one's own, and changes their address."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from touchline import web_modules
from touchline.web_modules import SHARED, modules_of, modules_route, modules_version

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("var", "athletes", "wearables")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_that_is_imported_is_there_and_gives_what_is_asked_of_it(package: str) -> None:
    there = modules_of(ROOT / package / "web")
    asked = 0
    for path in (ROOT / package / "web").glob("*.js"):
        for names, module in re.findall(r"^import \{([^}]*)\} from '\./([\w.]+)';", path.read_text("utf-8"), re.M):
            source = there[module].read_text("utf-8")
            for name in (each.split(" as ")[0].strip() for each in names.split(",") if each.strip()):
                given = rf"^export (async )?(function\*?|class|const|let) (\w+, )*{name}\b"
                assert re.search(given, source, re.M), name
                asked += 1
    assert asked > 5


def test_what_makes_elements_stands_once() -> None:
    made = [
        path.relative_to(ROOT).as_posix()
        for folder in (SHARED, *(ROOT / package / "web" for package in PACKAGES))
        for path in folder.glob("*.js")
        if "document.createElement(" in path.read_text("utf-8")
    ]
    assert "touchline/web/elements.js" in made
    assert not [name for name in made if re.search(r"function make\(", (ROOT / name).read_text("utf-8"))][1:]


def test_a_packages_own_module_comes_first_and_a_shared_one_changes_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    for folder in (shared, own):
        folder.mkdir()
    monkeypatch.setattr(web_modules, "SHARED", shared)
    (shared / "a.js").write_text("shared a")
    (shared / "b.js").write_text("shared b")
    (own / "b.js").write_text("own b")
    app = Starlette(routes=[modules_route("/ui/", own)])

    async def asked(name: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here") as client:
            return await client.get(f"/ui/{name}.js")

    assert [asyncio.run(asked(name)).text for name in "ab"] == ["shared a", "own b"]
    assert asyncio.run(asked("c")).status_code == 404
    before = modules_version(own)
    modules_version.cache_clear()
    (shared / "a.js").write_text("changed")
    assert modules_version(own) != before
    modules_version.cache_clear()

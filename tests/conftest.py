"""What all tests share."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from browser import chromium
from database_server import database, postgres_server, postgres_url, run_on_both
from streamlit.components.v2 import manifest_scanner

from touchline.store import DATABASE_URL

os.environ.pop(DATABASE_URL, None)  # tests are given databases of their own

# Each page under test looks through all installed packages for components, for half a second; they stay what they are.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(scope="module", autouse=True)
def no_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """What runs a loop of its own (pyHanko, tests of routes) finds none running where the browser's sleeps in this
    thread: it is put aside in modules that do not drive the browser."""
    asleep = asyncio._get_running_loop()
    own = [item for item in request.session.items if item.path == request.path and isinstance(item, pytest.Function)]
    if any("chromium" in item.fixturenames for item in own):
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(asleep)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take long go first, so that at the end no process works on one alone while the others have nothing
    left; then those with many tests."""
    counts = Counter(item.path for item in items)
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path not in long, -counts[item.path]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what is kept run on both databases."""
    run_on_both(metafunc)


__all__ = ["chromium", "database", "fixture_path", "postgres_server", "postgres_url"]

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"


@pytest.fixture
def fixture_path() -> Callable[[str], Path]:
    """The path of a real recording by its name below ``../shared/fixtures``.

    Where it is absent the test is skipped; with ``CI=true`` it fails, so that nothing is left out unseen.
    """

    def find(name: str) -> Path:
        path = FIXTURES / name
        if not path.exists():
            report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            report(f"real recording {name} is not at {FIXTURES}")
        return path

    return find

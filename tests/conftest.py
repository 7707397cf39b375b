"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import chromium

__all__ = ["chromium", "fixture_path"]

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

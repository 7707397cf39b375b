"""Texts of the product in Vietnamese and English: ``t(key, lang)`` and numbers as each language writes them.

A key is ``<package>.<file>.<entry>``: ``var.replay.play`` is the entry ``play`` of ``var/locales/replay.<lang>.toml``.
Entries may be nested tables. A test holds both catalogues to the same keys and placeholders.
"""

from __future__ import annotations

import math
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

LANGUAGES = ("vi", "en")
DEFAULT_LANGUAGE = "vi"
UNKNOWN = "–"


@lru_cache(maxsize=256)
def catalogue(package: str, file: str, lang: str) -> dict[str, Any]:
    """The texts of ``<package>/locales/<file>.<lang>.toml`` as nested dictionaries; empty without that file."""
    try:
        source = resources.files(package).joinpath("locales", f"{file}.{lang}.toml")
        return tomllib.loads(source.read_text("utf-8"))
    except (FileNotFoundError, ModuleNotFoundError):
        return {}


def find(key: str, lang: str) -> str | None:
    """The raw text of ``key`` with its placeholders, or None where the catalogue has no such entry."""
    parts = key.split(".")
    if len(parts) < 3:
        return None
    node: Any = catalogue(parts[0], parts[1], lang)
    for part in parts[2:]:
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node if isinstance(node, str) else None


def t(key: str, lang: str, **params: Any) -> str:
    """The text of ``key`` in ``lang`` with ``params`` filled in.

    A missing translation falls back to the other language, then to the key itself, so that a forgotten text never
    stops a review; the catalogue tests make sure that neither happens in a release.
    """
    text = find(key, lang)
    if text is None:
        text = next((found for other in LANGUAGES if (found := find(key, other)) is not None), None)
    if text is None:
        return key
    return text.format(**params) if params else text


def number(value: float | None, lang: str, decimals: int = 0, *, sign: bool = False) -> str:
    """``value`` as people write it: decimal comma and point grouping in Vietnamese; a dash where it is unknown.
    What rounds to zero has no minus."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{value:{'+' if sign else ''}z,.{decimals}f}".replace("-", "\u2212")
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def clock(seconds: float | None, lang: str, decimals: int = 3) -> str:
    """Seconds as a clock, ``67:12.480`` (``67:12,480`` in Vietnamese); a dash where it is unknown.

    Whole seconds are cut, not rounded, as on every match clock.
    """
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    scaled = round(abs(seconds) * 10**decimals) if decimals else math.floor(abs(seconds) + 1e-9)
    whole, part = divmod(scaled, 10**decimals)
    tail = f"{',' if lang == 'vi' else '.'}{part:0{decimals}d}" if decimals else ""
    minus = "\u2212" if seconds < 0 and scaled else ""
    return f"{minus}{whole // 60:02d}:{whole % 60:02d}{tail}"

"""The jobs that move matches: what they take and give is plain, and the page reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from touchline.i18n import LANGUAGES
from var.archive import Archive
from var.evidence.trust import Trust, read_trust
from var.match_store import SENT
from var.transfer.exporting import export_match
from var.transfer.importing import import_match, look_at

Told = Callable[[float, str], None]


def _trust(arguments: dict[str, Any]) -> Trust | None:
    paths = [Path(path) for path in arguments.get("trust", [])]
    return read_trust(paths) if paths else None


def export_work(home: Path, arguments: dict[str, Any], progress: Told) -> dict[str, Any]:
    """Write the package of a match below the data home."""
    archive = Archive(home, account=arguments.get("account"))
    lang = arguments["lang"]
    media = bool(arguments["media"])
    return export_match(archive, arguments["match"], home / SENT, media=media, lang=lang, progress=progress).document()


def look_work(home: Path, arguments: dict[str, Any], progress: Told) -> dict[str, Any]:
    """What a package holds and what the check of it found, in both languages."""
    archive = Archive(home, account=arguments.get("account"))
    found = look_at(archive, Path(arguments["path"]), _trust(arguments), progress)
    names = ("name", "entries", "clips", "media_bytes", "media", "known_here")
    verdict = {lang: found.verdict.document(lang) for lang in LANGUAGES}
    return {"verdict": verdict, **{name: getattr(found, name) for name in names}}


def import_work(home: Path, arguments: dict[str, Any], progress: Told) -> dict[str, Any]:
    """Take a package in."""
    archive = Archive(home, account=arguments.get("account"))
    came = import_match(
        archive,
        Path(arguments["path"]),
        trust=_trust(arguments),
        untrusted=bool(arguments.get("untrusted")),
        update=bool(arguments.get("update")),
        by=str(arguments.get("by", "")),
        lang=arguments["lang"],
        progress=progress,
    )
    return came.document()

"""``match.json``: the record of a match's package, from what the database holds."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from var.evidence.layout import ENTRIES, LOOKS
from var.evidence.outbox import whole_of
from var.evidence.parts import software_document
from var.transfer.form import ENDING, FORMAT, FRAMES, IDENTIFIER, MEDIA
from var.transfer.gathering import Gathered

LOOK_FIELDS = ("screen", "camera_id", "first_frame", "last_frame", "speed", "looked_ms", "moved_ms", "at_utc")


def stem_of(position: int, camera_id: str) -> str:
    """What files of an angle are called: after its camera, or its place where that is no name for a file."""
    return camera_id if IDENTIFIER.fullmatch(camera_id) else f"angle{position}"


def media_name(clip: dict[str, Any]) -> str:
    """The name of an angle's recording in a package."""
    ending = Path(clip["path"]).suffix.lower()
    return f"{MEDIA}/{stem_of(clip['position'], clip['camera_id'])}{ending if ENDING.fullmatch(ending) else '.bin'}"


def frames_name(clip: dict[str, Any]) -> str:
    """The name of an angle's frame table; of a match from before tables, of its ticks as a JSON list."""
    return f"{FRAMES}/{stem_of(clip['position'], clip['camera_id'])}.{'frames' if clip['frames'] else 'ticks'}"


def expected(clip: dict[str, Any]) -> str:
    """The SHA-256 that an angle's recording must have: of the whole file, where that is known apart."""
    return str(clip["file_sha256"] or clip["sha256"])


def look_line(look: dict[str, Any]) -> bytes:
    """A look as one line of ``looks.jsonl``, without LF."""
    told = {name: look[name] for name in LOOK_FIELDS}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")


def body_line(seq: int, body: str) -> bytes:
    """The body of an entry as it is stored, as one line of ``bodies.jsonl``, without LF."""
    told = {"body": body, "seq": seq}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8")


def record_of(
    gathered: Gathered, sizes: dict[str, int | None], files: list[dict[str, Any]], *, media: bool, written_utc: str
) -> dict[str, Any]:
    """The record. ``sizes`` are bytes of each angle's recording by camera (None: it is not here), ``files`` the other
    files of the package with their hashes."""
    match = gathered.match
    return {
        "format": FORMAT,
        "written_utc": written_utc,
        "software": software_document(),
        "media": media,
        "match": {
            "id": gathered.evidence_id,
            "name": match["name"],
            "origin": match["origin"],
            "created_utc": match["created_utc"],
            "master": match["master"],
            "setup": json.loads(match["setup"]),
        },
        "clips": [_clip(clip, sizes[clip["camera_id"]], media=media) for clip in gathered.clips],
        "entries": {
            "file": ENTRIES,
            "count": len(gathered.entries),
            "last": gathered.last_entry,
            "sha256": whole_of(sha256(line).hexdigest() for line in gathered.entries),
        },
        "looks": {"file": LOOKS, "count": len(gathered.looks)},
        "looks_lost": [{name: row[name] for name in ("screen", "looks", "at_utc")} for row in gathered.lost],
        "ledgers": [
            {"file": each.path.name, "ledger": each.ledger, "n": each.n, "sha256": each.sha256}
            for each in gathered.ledgers
        ],
        "arrivals": list(gathered.arrivals),
        "files": files,
    }


def _clip(clip: dict[str, Any], size: int | None, *, media: bool) -> dict[str, Any]:
    return {
        "camera": clip["camera_id"],
        "position": clip["position"],
        "label": clip["label"],
        "recording": {
            "file": media_name(clip) if media else None,
            "name": Path(clip["path"]).name,
            "here": size is not None,
            "bytes": size,
            "sha256": expected(clip),
        },
        "frames": frames_name(clip),
        "sha256": clip["sha256"],
        "file_sha256": clip["file_sha256"],
        "size_px": [clip["width"], clip["height"]],
        "tick_s": clip["tick_s"],
        "to_match": json.loads(clip["to_match"]),
        "timing": clip["timing"],
        "codec": clip["codec"],
        "fixed": bool(clip["fixed"]),
        "sync": json.loads(clip["sync"]) if clip["sync"] else None,
    }

"""What a package says of a match, read into the rows that the database keeps; every value is looked at."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.errors import BadFile, TouchlineError
from touchline.origin import Origin
from touchline.timebase import ClockMap, Timebase
from var import setup_document
from var.evidence.layout import BODIES, ENTRIES, LOOKS, MATCH
from var.evidence.limits import LIMITS, Limits
from var.evidence.strict_json import read_strictly
from var.evidence.verdict import Refused
from var.footage.table import read_table
from var.looks import LARGEST_SPEED
from var.ticks import Ticks
from var.transfer.document import LOOK_FIELDS, expected, stem_of
from var.transfer.entry_lines import BadLine, EntryLine, read_entries, with_bodies
from var.transfer.form import LARGEST_TABLE, MOST_LOOKS

_LOOK_LIMITS = Limits(json_bytes=4096, json_depth=2)
_MOST = 1 << 53
_OURS = (".frames", ".proxy", ".jsonl")
"""How files end that lie beside a recording under its name; no recording is called so."""


@dataclass(frozen=True, slots=True)
class ClipRow:
    """An angle as it came. ``values`` are columns of its row but the paths; ``stem`` names its files here, ``frames``
    is its table or ticks in the package, ``media`` its recording there (None: not in it), ``ending`` what a recording
    is called behind its stem, ``sha256`` what it must hash to."""

    camera: str
    label: str
    stem: str
    values: Mapping[str, Any]
    frames: str
    media: str | None
    ending: str
    sha256: str
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Came:
    """A match as a package tells it."""

    record: Mapping[str, Any]
    evidence_id: str
    name: str
    match: Mapping[str, Any]
    clips: tuple[ClipRow, ...]
    entries: tuple[EntryLine, ...]
    looks: tuple[Mapping[str, Any], ...]


def read_rows(data: Path) -> Came:
    """The match whose package has the payload ``data``; recordings are not asked for.

    Raises ``BadFile`` naming the file, the line and what is wrong.
    """
    record = _json(data / MATCH)
    try:
        return _came(record, data)
    except BadLine as bad:
        raise BadFile("var.errors.transfer_entry", line=bad.line, fault=bad.fault) from bad
    except Refused as refusal:
        raise BadFile("var.errors.transfer_record", place=ENTRIES, fault=refusal.finding.code) from refusal
    except TouchlineError as fault:
        if isinstance(fault, BadFile):
            raise
        raise BadFile("var.errors.transfer_record", place=MATCH, fault=fault.detail()) from fault
    except (ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError) as fault:
        raise BadFile("var.errors.transfer_record", place=MATCH, fault=f"{type(fault).__name__}: {fault}") from fault


def _json(path: Path) -> Any:
    try:
        return read_strictly(path.read_bytes(), path.name, LIMITS)
    except Refused as refusal:
        raise BadFile("var.errors.transfer_record", place=path.name, fault=refusal.finding.code) from refusal


def _came(record: Any, data: Path) -> Came:
    told = record["match"]
    name = _plain(told["name"])
    setup = setup_document.to_document(setup_document.from_document(told["setup"]))
    datetime.fromisoformat(told["created_utc"])
    match = {
        "name": name,
        "origin": Origin(told["origin"]).value,
        "created_utc": told["created_utc"],
        "setup": json.dumps(setup, ensure_ascii=False),
        "master": told["master"],
    }
    clips = tuple(_clip(clip, data) for clip in record["clips"])
    for one in ("camera", "stem"):
        if len({getattr(clip, one).lower() for clip in clips}) < len(clips):
            raise ValueError(f"two angles with one {one}")
    if len({clip.values["position"] for clip in clips}) < len(clips):
        raise ValueError("two angles at one place")
    with (data / ENTRIES).open("rb") as stream:
        entries = read_entries(stream, told["id"])
    try:
        with (data / BODIES).open("rb") as stream:
            entries = with_bodies(stream, entries)
    except BadLine as bad:
        raise BadFile("var.errors.transfer_record", place=f"{BODIES}:{bad.line}", fault=bad.fault) from bad
    for row in record["looks_lost"]:
        datetime.fromisoformat(row["at_utc"])
    if len({row["screen"] for row in record["looks_lost"]}) < len(record["looks_lost"]):
        raise ValueError("looks_lost: a screen twice")
    return Came(record, told["id"], name, match, clips, tuple(entries), tuple(_looks(data / LOOKS, clips)))


def _plain(text: str) -> str:
    if not text.strip() or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise ValueError("a name that cannot be shown")
    return text


def _clip(clip: Mapping[str, Any], data: Path) -> ClipRow:
    camera, label = _plain(clip["camera"]), clip["label"]
    if any(sign in camera for sign in "/\\\0") or (label and not _plain(label)):
        raise ValueError("a camera's name that cannot be kept")
    timebase = Timebase(Fraction(clip["tick_s"]))
    to_match = ClockMap.from_document(clip["to_match"])
    table = data / clip["frames"]
    if table.stat().st_size > LARGEST_TABLE:
        raise BadFile("var.errors.bad_table", name=table.name, fault="too large")
    pts = ""
    if table.suffix == ".frames":
        ticks, whole = read_table(table).pts, True
    else:
        given = json.loads(table.read_bytes())
        if not isinstance(given, list) or any(type(tick) is not int or abs(tick) >= _MOST for tick in given):
            raise BadFile("var.errors.bad_table", name=table.name, fault="no ticks")
        ticks, whole = Ticks(given), False
        pts = json.dumps(given, separators=(",", ":"))
        if not given:
            raise BadFile("var.errors.bad_table", name=table.name, fault="no frames")
    if len(ticks) and not abs(int(ticks[-1])) < _MOST:
        raise BadFile("var.errors.bad_table", name=table.name, fault="ticks out of range")
    recording = clip["recording"]
    stem = stem_of(clip["position"], camera)
    values = {
        "camera_id": camera,
        "position": clip["position"],
        "label": label,
        "sha256": clip["sha256"],
        "width": clip["size_px"][0],
        "height": clip["size_px"][1],
        "tick_s": str(timebase.tick_s),
        "pts": pts,
        "to_match": json.dumps(to_match.document()),
        "timing": Origin(clip["timing"]).value,
        "codec": _plain(clip["codec"]) if clip["codec"] else "",
        "fixed": int(clip["fixed"]),
        "recording": 0,
        "file_sha256": clip["file_sha256"],
        "sync": "" if clip["sync"] is None else json.dumps(_sync(clip["sync"]), ensure_ascii=False),
    }
    if recording["sha256"] != expected(values):
        raise ValueError(f"{camera}: a recording with another hash than the angle's")
    ending = Path(recording["file"] or recording["name"]).suffix.lower()
    return ClipRow(
        camera=camera,
        label=label,
        stem=stem,
        values=values,
        frames=clip["frames"] if whole else "",
        media=recording["file"],
        ending=ending if _may_end(ending) else ".bin",
        sha256=recording["sha256"],
        bytes=recording["bytes"],
    )


def _may_end(ending: str) -> bool:
    return 1 < len(ending) <= 9 and ending[1:].isalnum() and ending.isascii() and ending not in _OURS


def _sync(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept of a synchronisation, where what reads it can."""
    from var.sync import offsets
    from var.transfer.entry_lines import check_values

    check_values(document)
    offsets.from_kept(document["estimate"])
    Fraction(document["nudged_s"])
    for name, kind in (("reference", str), ("used", bool), ("checks", list), ("at_utc", str), ("before", list)):
        if not isinstance(document[name], kind):
            raise TypeError(f"sync: {name}")
    for state in document["before"]:
        ClockMap.from_document(state["to_match"])
        Origin(state["timing"])
        if state["sync"]:
            _sync({**state["sync"], "before": []})
    return document


def _looks(path: Path, clips: tuple[ClipRow, ...]) -> list[Mapping[str, Any]]:
    cameras = {clip.camera for clip in clips}
    found: list[Mapping[str, Any]] = []
    with path.open("rb") as stream:
        while data := stream.readline(4097):
            line = len(found) + 1
            try:
                if line > MOST_LOOKS:
                    raise ValueError("too many")
                look = read_strictly(data.rstrip(b"\n"), path.name, _LOOK_LIMITS)
                _check_look(look, cameras)
            except (ValueError, KeyError, TypeError, AttributeError, Refused) as fault:
                raise BadFile("var.errors.transfer_record", place=f"{LOOKS}:{line}", fault=str(fault)[:120]) from fault
            found.append(look)
    return found


def _check_look(look: Any, cameras: set[str]) -> None:
    if look.keys() != set(LOOK_FIELDS):
        raise ValueError("other fields than a look has")
    if look["camera_id"] not in cameras:
        raise ValueError("camera_id")
    if not isinstance(look["screen"], str) or len(look["screen"]) > 100:
        raise ValueError("screen")
    datetime.fromisoformat(look["at_utc"])
    counts = [look["first_frame"], look["last_frame"], look["looked_ms"]]
    counts += [] if look["moved_ms"] is None else [look["moved_ms"]]
    if any(type(value) is not int or not 0 <= value < _MOST for value in counts):
        raise ValueError("a number out of range")
    speed = look["speed"]
    if not isinstance(speed, int | float) or isinstance(speed, bool) or not abs(speed) <= LARGEST_SPEED:
        raise ValueError("speed")
    if not math.isfinite(speed):
        raise ValueError("speed")

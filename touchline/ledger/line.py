"""One line of a ledger: its fields, its bytes, and a reader that takes nothing else.

A line is one JSON object in UTF-8 with sorted keys and no spaces, ended by LF. Its hash is the SHA-256 of its exact
bytes without the LF, so who verifies needs no canonical form. Floats are written as the shortest decimal that reads
back as the same double (``repr``): clicks are doubles already, and only their bytes are hashed. NaN and infinity are
refused.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from touchline.errors import BadValue

FORMAT = "touchline ledger"
SLICE_FORMAT = "touchline ledger slice"
VERSION = 1
HEADER, CHECKPOINT, REPAIRED, DAMAGED = "header", "checkpoint", "repaired", "damaged"
OWN_KINDS = frozenset({HEADER, CHECKPOINT, REPAIRED, DAMAGED})
"""Kinds that the ledger writes itself; nobody else may."""
MAX_LINE = 1 << 20
"""Bytes of a line at most, its LF not counted."""
MAX_DEPTH = 32
"""Objects and lists inside each other in a body, at most."""

_FIELDS = frozenset({"body", "boot", "by", "kind", "mono_ns", "n", "prev", "utc"})
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
_HASH = re.compile(r"[0-9a-f]{64}")
_BOOT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Author:
    """A person or a program that did something; ``account`` is the account's id, where there is one."""

    name: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read. ``mono_ns`` is the monotonic clock, comparable only between lines of the same ``boot``;
    ``prev`` is the hash of the line before, None in the header alone."""

    n: int
    utc: str
    mono_ns: int
    boot: str
    by: Author
    kind: str
    body: dict[str, Any]
    prev: str | None


def hash_of(data: bytes) -> str:
    """A line's hash: SHA-256 of its bytes without the LF, as 64 hexadecimal digits."""
    return sha256(data).hexdigest()


def encode(document: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a JSON object, without LF.

    Raises ``BadValue`` for what JSON cannot hold (NaN, keys that are no texts, half a surrogate pair), for more than
    ``MAX_DEPTH`` levels and for more than ``MAX_LINE`` bytes.
    """
    try:
        _holdable(document, 0)
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        data = text.encode("utf-8")
    except (ValueError, TypeError) as fault:
        raise BadValue("touchline.errors.ledger_entry", fault=fault) from fault
    if len(data) > MAX_LINE:
        raise BadValue("touchline.errors.ledger_entry_long", bytes=len(data), most=MAX_LINE)
    return data


def _holdable(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):  # json would write 1 and "1" alike
                raise TypeError(f"key {key!r} is no text")
            _holdable(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _holdable(item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number of JSON")


def encode_line(line: Line) -> bytes:
    """The bytes of a line, without LF. Raises ``BadValue`` where a field cannot be written."""
    if not _KIND.fullmatch(line.kind):
        raise BadValue("touchline.errors.ledger_kind", kind=line.kind)
    if not line.by.name:
        raise BadValue("touchline.errors.ledger_nobody")
    fields = {name: getattr(line, name) for name in _FIELDS}
    return encode(fields | {"by": {"account": line.by.account, "name": line.by.name}})


def read_object(data: bytes) -> dict[str, Any]:
    """The JSON object that ``data`` is. Raises ``ValueError`` for anything else: a key twice, NaN, other types."""
    try:
        found = _JSON.decode(data.decode("utf-8"))
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


_JSON = json.JSONDecoder(parse_constant=_no_number, object_pairs_hook=_once)


def read_line(data: bytes) -> Line:
    """The line that ``data`` (without LF) is. Raises ``ValueError`` where a field is missing, strange or no line's."""
    if len(data) > MAX_LINE:
        raise ValueError("too long")
    found = read_object(data)
    if found.keys() != _FIELDS:
        raise ValueError("other fields than a line has")
    n, mono_ns, prev, by, body = (found[name] for name in ("n", "mono_ns", "prev", "by", "body"))
    good = (
        _whole(n)
        and _whole(mono_ns)
        and (prev is None or _matches(_HASH, prev))
        and _matches(_UTC, found["utc"])
        and _matches(_BOOT, found["boot"])
        and _matches(_KIND, found["kind"])
        and isinstance(body, dict)
        and isinstance(by, dict)
        and by.keys() == {"account", "name"}
        and isinstance(by["name"], str)
        and (by["account"] is None or isinstance(by["account"], str))
    )
    if not good:
        raise ValueError("a field has a value that a line cannot have")
    author = Author(by["name"], by["account"])
    return Line(n, found["utc"], mono_ns, found["boot"], author, found["kind"], body, prev)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

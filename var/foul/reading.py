"""Reads a file of annotated fouls. What is not in the right form is a fault, and all faults are named at once."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from var.foul.annotation import FoulAnnotation, FoulFile, Style
from var.foul.labels import LABELS
from var.measure.faults import Faults, is_number

MAX_BYTES = 32 << 20
"""The largest published set, with some 3,000 actions, has about 4 MB."""

MAX_DEPTH = 32
"""The format's own members are five deep."""

MOST_FAULTS = 1000
"""So many faults are named; a file with more is something else."""

DAY_MS = 86_400_000
SHOWN = 60  # signs of a key that a path shows


class _Twice(dict[str, Any]):
    """An object in which a key came more than once; ``keys_twice`` names them."""

    keys_twice: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times = Counter(key for key, _ in pairs)
    twice = _Twice(found)
    twice.keys_twice = tuple(key for key in found if times[key] > 1)
    return twice


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def read(path: str) -> FoulFile:
    """The annotated fouls in the file ``path`` (``-`` is standard input).

    Raises ``BadFile`` where the file cannot be read, is larger than ``MAX_BYTES``, or is not JSON in UTF-8, and
    ``BadDocument`` naming every fault of its form.
    """
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise BadFile("var.errors.foul_file_too_large", name=path, most_mib=MAX_BYTES >> 20)
        text = data.decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except BadFile:
        raise
    except (OSError, ValueError, RecursionError) as fault:
        raise BadFile("touchline.errors.not_json", path=path, fault=fault) from fault
    head, actions = read_document(document)
    name = "-" if path == "-" else Path(path).name
    return FoulFile(name, hashlib.sha256(data).hexdigest(), head, actions, style_of(text, document))


def read_document(document: Any) -> tuple[str, tuple[tuple[str, FoulAnnotation], ...]]:
    """Head and actions of a document of the schema ``soccernet_mvfoul``.

    Raises ``BadDocument`` naming every fault, or ``MOST_FAULTS`` of them.
    """
    faults = Faults()
    _plain(faults, document)
    if not isinstance(document, Mapping):
        faults.add("$", "object")
        faults.refuse_any()
    _text(faults, document, "Set", "$")
    number = document.get("Number of actions", 0)
    if isinstance(number, bool) or not isinstance(number, int):
        faults.add("$.Number of actions", "count")
    elif number < 0:
        faults.add("$.Number of actions", "least", least=0)
    actions = faults.mapping(document, "Actions", "$")
    for key, action in actions.items():
        at = f"$.Actions.{shown(key)}"
        _stop_if_endless(faults)
        if isinstance(action, Mapping):
            _action(faults, action, at)
        else:
            faults.add(at, "object")
    faults.refuse_any()
    head = json.dumps({**document, "Actions": {}}, ensure_ascii=False)
    return head, tuple((key, FoulAnnotation.of(action)) for key, action in actions.items())


def shown(key: str) -> str:
    """A key as a path shows it: printable and not longer than a line."""
    plain = "".join(sign if sign.isprintable() else "\ufffd" for sign in key[: SHOWN + 1])
    return plain if len(plain) <= SHOWN else f"{plain[:SHOWN]}…"


def _action(faults: Faults, action: Mapping[str, Any], at: str) -> None:
    for field in ("UrlLocal", *LABELS):
        _text(faults, action, field, at)
    clips = action.get("Clips")
    if not isinstance(clips, list):
        faults.add(f"{at}.Clips", "list" if "Clips" in action else "missing")
        return
    for index, clip in enumerate(clips):
        clip_at = f"{at}.Clips[{index}]"
        _stop_if_endless(faults)
        if not isinstance(clip, Mapping):
            faults.add(clip_at, "object")
            continue
        if "Url" not in clip:
            faults.add(f"{clip_at}.Url", "missing")
        _text(faults, clip, "Url", clip_at)
        _text(faults, clip, "Camera type", clip_at)
        stamp, speed = clip.get("Timestamp", ""), clip.get("Replay speed", "")
        if stamp != "":
            if not is_number(stamp):
                faults.add(f"{clip_at}.Timestamp", "number")
            elif stamp < 0:
                faults.add(f"{clip_at}.Timestamp", "least", least=0)
            elif stamp > DAY_MS:
                faults.add(f"{clip_at}.Timestamp", "most", most=DAY_MS)
        if speed != "":
            if not is_number(speed):
                faults.add(f"{clip_at}.Replay speed", "number")
            elif speed <= 0:
                faults.add(f"{clip_at}.Replay speed", "positive")


def _stop_if_endless(faults: Faults) -> None:
    """Name what was found where it is so much that nobody reads on."""
    if len(faults.found) >= MOST_FAULTS:
        faults.add("$", "more", most=MOST_FAULTS)
        faults.refuse_any()


def _text(faults: Faults, parent: Mapping[str, Any], key: str, path: str) -> None:
    if key in parent and not isinstance(parent[key], str):
        faults.add(f"{path}.{key}", "text")


def _below(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((f"{path}.{shown(key)}", item) for key, item in value.items())
    elif isinstance(value, list):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))


def _plain(faults: Faults, document: Any) -> None:
    """Note what could not be written again as it came: keys given twice, halves of characters, numbers that no float
    holds, and nesting without end."""
    left: list[tuple[str, Any, int]] = [("$", document, 0)]
    while left:
        path, value, depth = left.pop()
        _stop_if_endless(faults)
        if isinstance(value, _Twice):
            for key in value.keys_twice[:MOST_FAULTS]:
                faults.add(f"{path}.{shown(key)}", "key_twice")
        if isinstance(value, Mapping) and any(_broken(key) for key in value):
            faults.add(path, "half_character")
        if isinstance(value, str) and _broken(value):
            faults.add(path, "half_character")
        if isinstance(value, int | float) and not isinstance(value, bool) and not is_number(value):
            faults.add(path, "number")
        if depth == MAX_DEPTH and isinstance(value, Mapping | list):
            faults.add(path, "deep", most=MAX_DEPTH)
            continue
        left += [(below, item, depth + 1) for below, item in reversed(list(_below(value, path)))]


def _broken(text: str) -> bool:
    """Whether ``text`` holds half of a character, which no UTF-8 can write."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def style_of(text: str, document: Any) -> Style:
    """The style in which ``text`` writes ``document``; the usual one where it is laid out in a way of its own."""
    body = text.rstrip()
    newline = "\r\n" if "\r\n" in body else "\n"
    found = re.match(r"\{\r?\n([ \t]+)\"", body)
    indent: int | str | None = None
    if found:
        indent = found[1] if "\t" in found[1] else len(found[1])
    style = Style(indent, body.isascii(), newline, text[len(body) :])
    return style if style.text(document) == text else Style()

"""From the text of a TOML file to a ``Pack``, or to one refusal that names every fault with its path."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from touchline.errors import BadFile
from var.rules.consistency import TERMS, inconsistencies
from var.rules.faults import PackFaults
from var.rules.fields import Table, step_into
from var.rules.model import Parts, frozen
from var.rules.pack import Pack
from var.rules.parts import read_format, read_protocol, read_situation
from var.rules.terms import (
    read_edition,
    read_option,
    read_question,
    read_replay_speed,
    read_role,
    read_source,
    read_span,
    read_term,
)

LARGEST_BYTES = 256 * 1024
LONGEST_LINE = 4000
"""Signs; a line of dotted keys costs time with the square of its length."""
MOST_EDITIONS = 40
MOST_FORMATS = 40
"""What holds is worked out for every edition with every format."""
DEEPEST = 8
"""Tables and lists inside each other; the form of a pack needs five."""


def read_pack(source: Path | str | bytes) -> Pack:
    """The pack in a file (``Path``) or in a text.

    Raises ``BadFile`` where the file cannot be read and ``BadPack`` naming every fault of what it holds.
    """
    data = _bytes(source)
    faults = PackFaults()
    document = _document(data, faults)
    faults.refuse_any()
    return read_document(document)


def read_document(document: Any) -> Pack:
    """The pack in the tables of a TOML document. Raises ``BadPack``."""
    faults = PackFaults()
    if (deepest := _too_deep(document)) is not None:
        faults.add(deepest, "too_deep", most=DEEPEST)
        faults.refuse_any()
    fields = _fields(Table(faults, "$", document))
    inconsistencies(Parts(**fields), faults)
    faults.refuse_any()
    return Pack(**fields)


def _bytes(source: Path | str | bytes) -> bytes:
    """At most one byte more than a pack may have."""
    if isinstance(source, str):
        return source.encode("utf-8", "surrogatepass")
    if isinstance(source, bytes):
        return source
    try:
        with source.open("rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as fault:  # a name with a null character is a ValueError
        raise BadFile("var.errors.pack_unreadable", path=source, fault=fault) from fault


def _document(data: bytes, faults: PackFaults) -> dict[str, Any]:
    if len(data) > LARGEST_BYTES:
        faults.add("$", "too_big", most=LARGEST_BYTES // 1024)
        return {}
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        faults.add("$", "utf8", at=fault.start)
        return {}
    text = text.replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            faults.add("$", "long_line", line=number, most=LONGEST_LINE)
    if faults.found:
        return {}
    try:
        return tomllib.loads(text)
    except RecursionError:
        faults.add("$", "too_deep", most=DEEPEST)
    except ValueError as fault:  # TOMLDecodeError, and numbers that Python refuses to read
        at_line, what = _place(str(fault), text)
        faults.add("$", "toml", line=at_line, fault=what)
    return {}


def _place(said: str, text: str) -> tuple[int, str]:
    """The line that tomllib's message names, the last one where it names none, and the message without it."""
    found = re.search(r" \(at line (\d+), column \d+\)$", said)
    line = int(found[1]) if found else text.rstrip().count("\n") + 1
    return line, re.sub(r" \(at [^()]*\)$", "", said)


def _too_deep(document: Any) -> str | None:
    """The path of the first table or list that lies too deep."""
    waiting: list[tuple[str, Any, int]] = [("$", document, 0)]
    while waiting:
        path, node, depth = waiting.pop()
        if isinstance(node, dict | list) and depth > DEEPEST:
            return path
        if isinstance(node, dict):
            waiting += [(step_into(path, str(key)), child, depth + 1) for key, child in node.items()]
        elif isinstance(node, list):
            waiting += [(f"{path}[{index}]", child, depth + 1) for index, child in enumerate(node)]
    return None


def _fields(table: Table) -> dict[str, Any]:
    """What ``Parts`` is made of."""
    fields: dict[str, Any] = {
        "id": table.name("id"),
        "sport": table.name("sport"),
        "name": table.wording(),
        "note": table.maybe_wording(),
        "sources": frozen({name: read_source(item) for name, item in table.tables("sources", needed=True)}),
        "editions": frozen(
            {name: read_edition(item) for name, item in table.tables("editions", needed=True, most=MOST_EDITIONS)}
        ),
        "options": frozen({name: read_option(item) for name, item in table.tables("options")}),
        "roles": frozen({name: read_role(item) for name, item in table.tables("roles", needed=True)}),
        "questions": frozen({name: read_question(item) for name, item in table.tables("questions", needed=True)}),
        "spans": frozen({name: read_span(item) for name, item in table.tables("spans")}),
        "protocols": frozen({name: read_protocol(item) for name, item in table.tables("protocols", needed=True)}),
        "formats": tuple(read_format(item) for item in table.items("formats", needed=True, most=MOST_FORMATS)),
        "situations": tuple(read_situation(item) for item in table.items("situations", needed=True)),
        "replay_speed": read_replay_speed(table),
    }
    for key in TERMS:
        needed = key in {"categories", "thresholds", "procedures"}
        fields[key] = frozen({name: read_term(item) for name, item in table.tables(key, needed=needed)})
    table.close()
    return fields

"""Tables as text: the coding is found from the content."""

from __future__ import annotations

import csv

from touchline.errors import BadFile

MOST_LINES = 1_000_000
"""A day at ten readings a second has 864,000; ten times as many small lines would take all memory there is."""

DELIMITERS = (";", "\t", ",", "|")


def text_of(data: bytes) -> str | None:
    """``data`` as text; None where it is not text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codings = ["utf-16"]
    elif b"\x00" in data:
        return None
    else:
        codings = ["utf-8-sig", "cp1258"]
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        strange = sum(not (sign.isprintable() or sign.isspace()) for sign in text[:4096])
        return text if strange <= len(text[:4096]) // 100 else None
    return None


def check_length(text: str, name: str) -> None:
    """Raises ``BadFile`` (``too_many_lines``) for a table that is no session's."""
    if (count := text.count("\n")) > MOST_LINES:
        raise BadFile("athletes.errors.too_many_lines", name=name, count=count, most=MOST_LINES)


def split(text: str, delimiter: str) -> list[list[str]]:
    """All rows of ``text`` under one delimiter. Raises ``BadFile`` (``damaged``)."""
    try:
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as fault:
        raise BadFile("athletes.errors.damaged", kind="CSV", fault=fault) from fault

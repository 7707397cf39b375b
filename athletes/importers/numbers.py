"""Numbers as people's programs write them: decimal points and commas, signs between thousands, a unit behind.

A file has one way of writing. It is found from all cells together; what can be read in two ways and is not decided by
any other cell is a fault, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

NOTHING = {"", "-", "--", "null", "none", "nan", "na", "n/a"}
LONGEST = 40
"""Signs of the longest number that is read."""

_CELL = re.compile(r"([+-]?)([\d.,]*\d[.,]?)(?:[eE]([+-]?\d{1,2}))?([^\d.,]*(?:/\s*\d*\s*\w+)?)")
_SPACES = re.compile("(?<=\\d)[ '’\u00a0\u202f](?=\\d{3}(?!\\d))")
_GROUPS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


class Style(StrEnum):
    """How a file writes the decimal sign."""

    POINT = "point"
    COMMA = "comma"
    MIXED = "mixed"
    """Both occur: each cell tells for itself, or is a fault."""
    UNSURE = "unsure"
    """Only commas before three digits in a table that commas divide."""


def style_of(cells: Iterable[str], *, divided_by_comma: bool) -> Style:
    """The style of all number ``cells`` of a table."""
    point = comma = grouped_comma = False
    for cell in cells:
        if "," not in cell and "." not in cell:
            continue
        match = _CELL.match(_SPACES.sub("", cell.strip()))
        if match is None:
            continue
        digits = match[2]
        last = max(digits.rfind("."), digits.rfind(","))
        if last < 0:
            continue
        sign = digits[last]
        if "." in digits and "," in digits:
            point, comma = point or sign == ".", comma or sign == ","
        elif digits.count(sign) > 1:
            point, comma = point or sign == ",", comma or sign == "."  # several: they stand between thousands
        elif _GROUPS.fullmatch(digits) and not digits.startswith("0"):
            grouped_comma |= sign == ","
        else:
            point, comma = point or sign == ".", comma or sign == ","
    if point and comma:
        return Style.MIXED
    if comma:
        return Style.COMMA
    if grouped_comma and not point:
        return Style.UNSURE if divided_by_comma else Style.COMMA
    return Style.POINT


def number_of(cell: str, style: Style) -> tuple[float, str] | None:
    """(number, unit in lower case) that a cell writes; None where it says that there is none.

    Raises ``ValueError`` for anything else, and for what can be read in two ways.
    """
    text = cell.strip()
    if style is Style.POINT:
        try:
            return float(text), ""
        except ValueError:
            pass
    if text.lower() in NOTHING:
        return None
    match = _CELL.fullmatch(_SPACES.sub("", text))
    if match is None or len(text) > LONGEST:
        raise ValueError(cell)
    digits = _plain_digits(match[2], style)
    return float(f"{match[1]}{digits}e{match[3] or 0}"), match[4].strip().lower()


def _plain_digits(digits: str, style: Style) -> str:
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    sign = digits[last]
    both, several = "." in digits and "," in digits, digits.count(sign) > 1
    like_groups = _GROUPS.fullmatch(digits) is not None and not digits.startswith("0")
    if several:
        decimal = ""
    elif both or not like_groups:
        decimal = sign
    elif style is Style.POINT:
        decimal = "." if sign == "." else ""
    elif style is Style.COMMA:
        decimal = "," if sign == "," else ""
    else:
        raise ValueError(digits)
    whole, part = ([*digits.split(decimal), ""])[:2] if decimal else (digits, "")
    if not re.fullmatch(r"\d*|\d{1,3}(?:[.,]\d{3})+", whole) or not (whole + part).replace(".", "").replace(",", ""):
        raise ValueError(digits)
    return f"{whole.replace('.', '').replace(',', '') or '0'}.{part or '0'}"

"""Texts of people in tables: no spreadsheet shall take one for a formula."""

from __future__ import annotations

_STARTS_A_FORMULA = tuple("=+-@＝＋－＠|%")
_GUARD = "'"


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might take a text for a formula."""
    return text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(_STARTS_A_FORMULA)


def guarded(text: str) -> str:
    """The text as a cell: what might be a formula is led in by an apostrophe."""
    return f"{_GUARD}{text}" if is_formula(text) else text


def unguarded(cell: str) -> str:
    """The text of a cell that ``guarded`` made."""
    return cell[1:] if cell.startswith(_GUARD) and is_formula(cell[1:]) else cell

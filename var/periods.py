"""The usual periods of a match by the names that people give them, so that each reader sees them in his language."""

from __future__ import annotations

import unicodedata

from touchline.i18n import t

NAMES: dict[str, tuple[str, ...]] = {
    "first_half": ("hiệp 1", "hiệp một", "hiệp i", "first half", "1st half", "half 1"),
    "second_half": ("hiệp 2", "hiệp hai", "hiệp ii", "second half", "2nd half", "half 2"),
    "extra_first": ("hiệp phụ 1", "hiệp phụ thứ nhất", "extra time, first half", "extra time 1"),
    "extra_second": ("hiệp phụ 2", "hiệp phụ thứ hai", "extra time, second half", "extra time 2"),
    "penalties": ("luân lưu", "đá luân lưu", "penalties", "penalty shoot-out", "kicks from the penalty mark"),
}
"""What people type for each usual period."""


def key_of(name: str) -> str | None:
    """Which usual period ``name`` means (a key of ``NAMES``), in whichever language; None for any other name."""
    typed = unicodedata.normalize("NFC", " ".join(name.split())).casefold()
    return next((key for key, names in NAMES.items() if typed in names), None)


def period_name(name: str, lang: str) -> str:
    """A period's name in ``lang``; one that is none of the usual ones stays as it was typed."""
    key = key_of(name)
    return name if key is None else t(f"var.replay.period.{key}", lang)

"""Names that can be read from three metres: the last two words, as people are called, where that says who it is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

WORDS = 2
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_DIGITS = re.compile(r"([0-9]+)")


def sort_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """What names are put in order by: the last word first, as people are called and as tiles show them, letters without
    their signs, numbers by their value."""
    words = (_BRACKETS.sub(" ", name) or name).split()
    return [part for word in [*words[-1:], *words[:-1]] for part in _parts(word)], name


def _parts(word: str) -> list[tuple[int, int, str]]:
    bare = "".join(sign for sign in unicodedata.normalize("NFD", word.casefold()) if not unicodedata.combining(sign))
    parts = _DIGITS.split(bare.replace("đ", "d"))
    found: list[tuple[int, int, str]] = []
    for k, part in enumerate(parts):
        number = part.lstrip("0")
        if part:
            found.append((0, len(number), number) if k % 2 else (1, 0, part))
    return found


def short_names(names: Sequence[str]) -> list[str]:
    """For each name its last two words; a word more at a time where two would read alike, up to the whole name. What
    stands in brackets is said by the whole name alone."""
    split = [(_BRACKETS.sub(" ", name) or name).split() or [name] for name in names]
    taken = [WORDS] * len(names)
    while True:
        short = [" ".join(words[-count:]) for words, count in zip(split, taken, strict=True)]
        alike = Counter(short)
        longer = [k for k, one in enumerate(short) if alike[one] > 1 and taken[k] < len(split[k])]
        if not longer:
            return short
        for k in longer:
            taken[k] += 1

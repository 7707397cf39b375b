"""One table of a rule pack while it is read: each key is taken once, what is wrong is noted, what is left is unknown.

A reader never stops at a fault: it notes it by its path and goes on with a stand-in, so that all faults of a file are
told at once. Stand-ins never leave ``read_pack``, because a noted fault refuses the pack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from var.measure.faults import is_number
from var.rules.faults import PackFaults
from var.rules.model import Wording

Word = TypeVar("Word", bound=StrEnum)

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
DAY = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Signs that nobody sees, and that can turn a text around: null and other controls, and those of direction."""
LONGEST_TEXT = 2000
"""Signs of the longest text; a note is the longest that people write."""
LARGEST = 1_000_000
"""No count, and no number of seconds, of a match is larger."""
MOST = 500
"""Entries of a table or a list; every rule of a sport takes far fewer."""
STAND_IN = "?"
UNSAID = Wording(STAND_IN, STAND_IN)


def step_into(path: str, key: str) -> str:
    """The path of ``key`` in the table at ``path``; a key that is no plain name is quoted."""
    return f"{path}.{key}" if NAME.fullmatch(key) else f"{path}.{json.dumps(key, ensure_ascii=False)}"


class Table:
    """A TOML table at ``path``. Readers return a stand-in (empty text, empty tuple, None) after noting a fault."""

    def __init__(self, faults: PackFaults, path: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            faults.add(path, "table")
            value, faults = {}, PackFaults()  # what such a table lacks is not told as well
        self.faults, self.path, self.left = faults, path, dict(value)

    def at(self, key: str) -> str:
        """The path of ``key``."""
        return step_into(self.path, key)

    def take(self, key: str, *, needed: bool) -> Any:
        """The value of ``key``; None where it is absent, which is a fault where it is ``needed``."""
        absent = key not in self.left
        value = self.left.pop(key, None)
        if value is None and (needed or not absent):  # TOML knows no null; a document made elsewhere may
            self.faults.add(self.at(key), "missing")
        return value

    def close(self) -> None:
        """Note every key that nobody took as unknown."""
        for key in self.left:
            self.faults.add(self.at(key), "unknown_key")

    def text(self, key: str, *, needed: bool = True) -> str:
        """A text that says something."""
        value = self.take(key, needed=needed)
        if value is None:
            return STAND_IN if needed else ""
        return self._text(value, self.at(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none twice."""
        return self._once([self._text(item, at) for at, item in self._list(key, needed=False)], key)

    def _text(self, value: Any, path: str) -> str:
        if not isinstance(value, str):
            self.faults.add(path, "text")
        elif not value.strip():
            self.faults.add(path, "empty")
        elif len(value) > LONGEST_TEXT:
            self.faults.add(path, "long", most=LONGEST_TEXT)
        elif (sign := UNSEEN.search(value)) is not None:
            self.faults.add(path, "unseen", sign=f"U+{ord(sign[0]):04X}")
        else:
            return value
        return STAND_IN

    def wording(self, key: str = "name") -> Wording:
        """A text in both languages."""
        return self.maybe_wording(key, needed=True) or UNSAID

    def maybe_wording(self, key: str = "note", *, needed: bool = False) -> Wording | None:
        """A text in both languages, or None where it is absent."""
        value = self.take(key, needed=needed)
        if value is None:
            return None
        table = Table(self.faults, self.at(key), value)
        said = Wording(table.text("vi"), table.text("en"))
        table.close()
        return said

    def name(self, key: str, *, needed: bool = True) -> str:
        """The name of something: small letters, digits, ``_`` and ``-``; empty where it is absent or faulty."""
        value = self.take(key, needed=needed)
        return "" if value is None else self._name(value, self.at(key))

    def names(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of names, none twice; at least one where it is ``needed``."""
        found = [self._name(item, at) for at, item in self._list(key, needed=needed)]
        return self._once(found, key)

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        """One of ``words``; ``default`` where it is absent, without one it is needed."""
        value = self.take(key, needed=default is None)
        found = None if value is None else self._word(value, self.at(key), words)
        return found or default or next(iter(words))

    def maybe_word(self, key: str, words: type[Word]) -> Word | None:
        """One of ``words``, or None where it is absent."""
        value = self.take(key, needed=False)
        return None if value is None else self._word(value, self.at(key), words)

    def words(self, key: str, words: type[Word]) -> tuple[Word, ...]:
        """A list of some of ``words``, none twice."""
        found = [self._word(item, at, words) for at, item in self._list(key, needed=False)]
        return self._once([word for word in found if word is not None], key)

    def whole(self, key: str, least: int) -> int | None:
        """A whole number of at least ``least``, or None where it is absent."""
        value = self.take(key, needed=False)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
            self.faults.add(self.at(key), "whole", least=least, most=LARGEST)
            return least
        return value

    def seconds(self, key: str) -> float | None:
        """Seconds above zero, or None where they are absent."""
        value = self.take(key, needed=False)
        if value is None:
            return None
        if not is_number(value) or not 0 < value <= LARGEST:
            self.faults.add(self.at(key), "seconds", most=LARGEST)
            return 1.0
        return float(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false; ``default`` where it is absent."""
        value = self.take(key, needed=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.faults.add(self.at(key), "flag")
            return default
        return value

    def day(self, key: str, *, needed: bool = True) -> date | None:
        """A day, written as TOML writes it: ``2026-07-01``."""
        value = self.take(key, needed=needed)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.faults.add(self.at(key), "day")
            return None
        return value

    def about_when(self, key: str) -> str:
        """A day, or a text with as much of it as is known: ``YYYY`` or ``YYYY-MM``."""
        value = self.take(key, needed=True)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str) and DAY.fullmatch(value):
            return value
        if value is not None:
            self.faults.add(self.at(key), "when")
        return STAND_IN

    def tables(self, key: str, *, needed: bool = False, most: int = MOST) -> Iterator[tuple[str, Table]]:
        """The tables in the table ``key`` by their names; no more than ``most``."""
        value = self.take(key, needed=needed)
        if value is None:
            return
        if not isinstance(value, Mapping):
            self.faults.add(self.at(key), "table")
            return
        if len(value) > most:
            self.faults.add(self.at(key), "too_many", most=most)
        for name, item in islice(value.items(), most):
            path = step_into(self.at(key), name)
            if not NAME.fullmatch(name):
                self.faults.add(path, "name")
            yield name, Table(self.faults, path, item)

    def items(self, key: str, *, needed: bool = False, most: int = MOST) -> Iterator[Table]:
        """The tables of the list ``key``; no more than ``most``."""
        for path, item in self._list(key, needed=needed, most=most):
            yield Table(self.faults, path, item)

    def _list(self, key: str, *, needed: bool, most: int = MOST) -> list[tuple[str, Any]]:
        value = self.take(key, needed=needed)
        if value is None:
            return []
        if not isinstance(value, list):
            self.faults.add(self.at(key), "list")
            return []
        if needed and not value:
            self.faults.add(self.at(key), "empty")
        if len(value) > most:
            self.faults.add(self.at(key), "too_many", most=most)
        return [(f"{self.at(key)}[{index}]", item) for index, item in enumerate(value[:most])]

    def _once(self, found: list[Any], key: str) -> tuple[Any, ...]:
        for name in sorted({item for item in found if item and found.count(item) > 1}):
            self.faults.add(self.at(key), "twice", name=str(name))
        return tuple(found)

    def _name(self, value: Any, path: str) -> str:
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        self.faults.add(path, "name")
        return ""

    def _word(self, value: Any, path: str, words: type[Word]) -> Word | None:
        if isinstance(value, str) and value in [word.value for word in words]:
            return words(value)
        self.faults.add(path, "choice", choices=", ".join(word.value for word in words))
        return None

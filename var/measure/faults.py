"""Reads the fields of a JSON document and collects every fault with its path, so that all are named at once."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadValue
from touchline.i18n import find, t

Array = NDArray[np.float64]


EXACT = re.compile(r"[+-]?\d+(?:/0*[1-9]\d*|(?:\.\d*)?(?:[eE][+-]?\d{1,2})?)")
LONGEST_EXACT = 100
"""Signs of the longest exact number: one with the exponent 999999999 would be computed for hours."""


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number that a float can hold."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
        and math.isfinite(value)
    )


def exact(text: str) -> Fraction | None:
    """The number that ``text`` writes as a decimal or as ``"numerator/denominator"``; None where it writes none."""
    text = text.strip()
    return Fraction(text) if len(text) <= LONGEST_EXACT and EXACT.fullmatch(text) else None


ENTRY = re.compile(r"(\w*)\[(\d+)\]")
"""An entry of a list in a JSON path: the list's name and the place in it."""


class BadDocument(BadValue):
    """A JSON document that is not in the form it should be; ``faults`` holds (path, kind, parameters) of each fault."""

    def __init__(self, faults: tuple[tuple[str, str, dict[str, Any]], ...]) -> None:
        self.faults = faults
        super().__init__("var.errors.bad_document", paths=[path for path, _, _ in faults])

    def detail(self, lang: str = "en") -> str:
        """Every fault with its place, in ``lang``."""
        said = [f"{place(path, lang)} {_said(kind, params, lang)}" for path, kind, params in self.faults]
        return t(f"{self.code}.detail", lang, faults="; ".join(said))

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal with its ``faults``: JSON path, kind, and what is said of it."""
        faults = [
            {"path": path, "fault": kind, "detail": _said(kind, params, lang)} for path, kind, params in self.faults
        ]
        return {**super().document(lang), "faults": faults}


def place(path: str, lang: str, room: str = "measure") -> str:
    """Where a JSON path leads, as people count: ``point 4 (points[3].image_px)`` for ``$.points[3].image_px``. What
    lists hold is called as the texts of ``var.<room>.place`` have it; ``document`` there is the whole."""
    if path == "$":
        return t(f"var.{room}.place.document", lang)
    shown = path.removeprefix("$").removeprefix(".")
    counted = []
    for name, index in ENTRY.findall(shown):
        key = f"var.{room}.place.{name}"
        noun = t(key if name and find(key, lang) is not None else f"var.{room}.place.entry", lang)
        counted.append(f"{noun} {int(index) + 1}")
    return f"{', '.join(counted)} ({shown})" if counted else shown


def _said(kind: str, params: dict[str, Any], lang: str) -> str:
    """A fault in words; another place that it names is named as people count, too."""
    other = {"other": place(params["other"], lang)} if "other" in params else {}
    return t(f"var.measure.fault.{kind}", lang, **params | other)


class Faults:
    """The faults of one document. Readers return None (or nothing) where they found one and note it by its path."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, dict[str, Any]]] = []
        self._noted: set[tuple[str, str, str]] = set()

    def add(self, path: str, kind: str, **params: Any) -> None:
        """Note a fault at ``path``, once (a bad file may have tens of thousands); ``kind`` is a text that ``params``
        fill in, of ``var.measure.fault`` where no other reader says otherwise."""
        if (key := (path, kind, repr(params))) not in self._noted:
            self._noted.add(key)
            self.found.append((path, kind, params))

    def refuse_any(self) -> None:
        """Raise ``BadDocument`` naming every fault found, if there is one."""
        if self.found:
            raise BadDocument(tuple(self.found))

    def mapping(self, parent: Any, key: str, path: str) -> Mapping[str, Any]:
        """The object ``parent[key]``; empty after noting a fault."""
        if not isinstance(parent, Mapping):
            self.add(path, "object")
            return {}
        value = parent.get(key)
        if not isinstance(value, Mapping):
            self.add(f"{path}.{key}", "object" if key in parent else "missing")
            return {}
        return value

    def items(self, parent: Any, key: str, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The objects of the list ``parent[key]`` with their paths."""
        value = parent.get(key) if isinstance(parent, Mapping) else None
        if not isinstance(value, list | tuple):
            self.add(f"{path}.{key}", "missing" if value is None else "list")
            return
        for index, item in enumerate(value):
            at = f"{path}.{key}[{index}]"
            if isinstance(item, Mapping):
                yield at, item
            else:
                self.add(at, "object")

    def array(self, parent: Mapping[str, Any], key: str, path: str, shape: tuple[int, ...]) -> Array:
        """The numbers ``parent[key]`` of ``shape``; NaN after noting a fault."""
        if not parent:
            return np.full(shape, np.nan)  # that the object is missing was noted
        return self.numbers(parent.get(key), f"{path}.{key}", shape)

    def numbers(self, value: Any, path: str, shape: tuple[int, ...]) -> Array:
        """``value`` as finite numbers of ``shape``; NaN after noting a fault."""

        def fits(node: Any, left: tuple[int, ...]) -> bool:
            if not left:
                return is_number(node)
            return isinstance(node, list | tuple) and len(node) == left[0] and all(fits(n, left[1:]) for n in node)

        if fits(value, shape):
            return np.array(value, dtype=np.float64)
        if value is None:
            self.add(path, "missing")
        else:
            self.add(path, "numbers", shape=" x ".join(map(str, shape)))
        return np.full(shape, np.nan)

    def within(self, values: Array, path: str, most: float) -> None:
        """Note a fault where one of ``values`` is beyond ``most`` either way."""
        if (np.abs(values) > most).any():  # NaN is not: what is missing was noted
            self.add(path, "most", most=f"{most:g}")

    def number(
        self, parent: Mapping[str, Any], key: str, path: str, least: float | None = None, most: float | None = None
    ) -> float:
        """The finite number ``parent[key]``, not below ``least`` and not beyond ``most`` either way; NaN after noting a
        fault."""
        if parent.get(key) is None:
            self.add(f"{path}.{key}", "missing")
            return math.nan
        found = self.maybe_number(parent, key, path, least, most)
        return math.nan if found is None else found

    def maybe_number(
        self, parent: Mapping[str, Any], key: str, path: str, least: float | None = None, most: float | None = None
    ) -> float | None:
        """The finite number ``parent[key]``, not below ``least`` and not beyond ``most`` either way; None where it is
        absent or after noting a fault."""
        value = parent.get(key)
        if value is None:
            return None
        if not is_number(value):
            self.add(f"{path}.{key}", "number")
            return None
        if least is not None and value < least:
            self.add(f"{path}.{key}", "least", least=least)
            return None
        if most is not None and abs(value) > most:
            self.add(f"{path}.{key}", "most", most=f"{most:g}")
            return None
        return float(value)

    def rows(self, value: Any, path: str, width: int) -> Array:
        """A list of rows of ``width`` finite numbers, shape (n, width)."""
        if not isinstance(value, list | tuple):
            self.add(path, "missing" if value is None else "list")
            return np.empty((0, width))
        rows = [self.numbers(row, f"{path}[{index}]", (width,)) for index, row in enumerate(value)]
        return np.array(rows).reshape(-1, width)

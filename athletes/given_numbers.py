"""Numbers that are given to commands: with a decimal comma or point, and refused in the reader's language."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from touchline.errors import BadValue

PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
WHOLE = re.compile(r"[+-]?\d+")


class Number(argparse.Action):
    """An option's number, or its several ones. One that is none is refused when the command runs, because the language
    that was asked for may stand after it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Keep what was given in ``namespace``, or have its command refuse it."""
        texts = [values] if isinstance(values, str) else list(values or ())
        found = [self.read(text) for text in texts]
        for text, value in zip(texts, found, strict=True):
            if value is None:
                namespace.run = partial(self.refuse, option_string or self.dest, text)
                return
        setattr(namespace, self.dest, found[0] if isinstance(values, str) else found)

    def read(self, text: str) -> float | None:
        """The number that was written; None where it is none."""
        value = float(text.strip().replace(",", ".")) if PLAIN.fullmatch(text.strip()) else math.nan
        return value if math.isfinite(value) else None

    def refuse(self, option: str, text: str, args: argparse.Namespace) -> int:
        """Raises ``BadValue``: what was written is no number."""
        raise BadValue("athletes.errors.not_a_number", option=option, text=text[:40])


class Whole(Number):
    """An option's whole number."""

    def read(self, text: str) -> int | None:
        """The whole number that was written; None where it is none."""
        return int(text) if WHOLE.fullmatch(text.strip()) else None

    def refuse(self, option: str, text: str, args: argparse.Namespace) -> int:
        """Raises ``BadValue``: what was written is no whole number."""
        raise BadValue("athletes.errors.not_a_whole_number", option=option, text=text[:40])

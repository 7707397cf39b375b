"""How far an import is, on standard error: files done and in all, how fast, how long it still takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from touchline.i18n import clock, number, t

WIDTH = 24
EVERY_S = 0.2
EVERY_S_IN_A_LOG = 10.0
"""Where nobody watches a terminal, a line every ten seconds."""


@dataclass(slots=True)
class Bar:
    """The bar of an import of ``total`` files. On a terminal it is one line that is written over."""

    total: int
    stream: TextIO
    lang: str
    now: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    drawn: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self.began = self.now()

    def update(self, done: int, *, last: bool = False) -> None:
        """``done`` files are through; drawn now and then only, and at the end."""
        at = self.now()
        terminal = self.stream.isatty()
        if not last and at - self.drawn < (EVERY_S if terminal else EVERY_S_IN_A_LOG):
            return
        self.drawn = at
        line = self.line(done, at - self.began)
        self.stream.write(f"\r{line}\x1b[K" + ("\n" if last else "") if terminal else f"{line}\n")
        self.stream.flush()

    def line(self, done: int, seconds: float) -> str:
        """The line for ``done`` files after ``seconds``."""
        rate = done / seconds if seconds > 0 and done else None
        left = None if rate is None else (self.total - done) / rate
        full = WIDTH * done // max(self.total, 1)
        words = t(
            "athletes.imports.progress",
            self.lang,
            done=number(done, self.lang),
            total=number(self.total, self.lang),
            rate=number(rate, self.lang, 1),
            left=clock(left, self.lang, 0),
        )
        return f"[{'#' * full}{'.' * (WIDTH - full)}] {words}"

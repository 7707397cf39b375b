"""What is wrong with a rule pack: every fault with its path, said at once in either language."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from touchline.errors import BadValue
from touchline.i18n import t
from var.measure.faults import Faults, place


class BadPack(BadValue):
    """A rule pack that cannot be used; ``faults`` holds (path, kind, parameters) of each fault."""

    def __init__(self, faults: tuple[tuple[str, str, dict[str, Any]], ...]) -> None:
        self.faults = faults
        super().__init__("var.errors.bad_pack", paths=[path for path, _, _ in faults])

    def said(self, lang: str) -> list[tuple[str, str, str]]:
        """(path, kind, what is wrong there in ``lang``) of every fault."""
        return [(path, kind, t(f"var.rules.fault.{kind}", lang, **params)) for path, kind, params in self.faults]

    def lines(self, lang: str) -> list[str]:
        """Every fault with its place as people count, in ``lang``."""
        return [f"{place(path, lang, 'rules')} {text}" for path, _, text in self.said(lang)]

    def detail(self, lang: str = "en") -> str:
        """All ``lines`` in one text."""
        return t(f"{self.code}.detail", lang, faults="; ".join(self.lines(lang)))

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal with its ``faults``: path, kind, and what is said of it."""
        faults = [{"path": path, "fault": kind, "detail": text} for path, kind, text in self.said(lang)]
        return {**super().document(lang), "faults": faults}


MOST_NAMED = 12
"""Names that a fault offers in place of one that does not exist."""


class PackFaults(Faults):
    """The faults of one pack; ``kind`` is a text of ``var.rules.fault``."""

    def refuse_any(self) -> None:
        """Raise ``BadPack`` naming every fault found, if there is one."""
        if self.found:
            raise BadPack(tuple(self.found))

    def known(self, names: Iterable[str], table: Collection[str], path: str) -> None:
        """Note every one of ``names`` that is not in ``table``; an empty name was noted when it was read."""
        for name in names:
            if name and name not in table:
                offered = sorted(table)
                more = ["…"] if len(offered) > MOST_NAMED else []
                self.add(path, "no_such", name=name, known=", ".join(offered[:MOST_NAMED] + more) or "–")

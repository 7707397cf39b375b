"""What is wrong in a roster: each fault with its row and column, all of them in one refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchline.errors import BadValue
from touchline.i18n import t


@dataclass(frozen=True, slots=True)
class RosterFault:
    """One fault: the row as people count, the column (a key of ``roster.HEADINGS``; empty: the row or the file), what
    it is (a text of ``wearables.roster.fault``) and what fills that in."""

    row: int
    column: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def said(self, lang: str) -> str:
        """The fault with its place, in ``lang``."""
        column = t(f"wearables.roster.column.{self.column}", lang) if self.column else ""
        params = {
            name: ", ".join(t(f"wearables.roster.column.{each}", lang) for each in value)
            if name == "columns"
            else value
            for name, value in self.params.items()
        }
        fault = t(f"wearables.roster.fault.{self.kind}", lang, **params)
        return t("wearables.roster.at", lang, row=self.row, fault=f"{column}: {fault}" if column else fault)


class BadRoster(BadValue):
    """A roster with faults; ``faults`` are all of them. Nothing of it was taken."""

    def __init__(self, faults: Sequence[RosterFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("wearables.errors.bad_roster", count=len(faults))

    def detail(self, lang: str = "en") -> str:
        """The first faults with their places, in ``lang``."""
        most = 12
        said = [fault.said(lang) for fault in self.faults[:most]]
        if len(self.faults) > most:
            said.append(t("wearables.roster.more", lang, count=len(self.faults) - most))
        return t(f"{self.code}.detail", lang, faults="; ".join(said))

    def document(self, lang: str = "en") -> dict[str, Any]:
        """The refusal with its ``faults``: path (``$[1].name`` is the second row), kind, and what is said of it."""
        faults = [
            {
                "path": f"$[{each.row - 1}]" + (f".{each.column}" if each.column else ""),
                "fault": each.kind,
                "detail": each.said(lang),
            }
            for each in self.faults
        ]
        return {**super().document(lang), "faults": faults}

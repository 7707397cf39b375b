"""A whole rule pack: its parts, checked against each other."""

from __future__ import annotations

from dataclasses import dataclass

from var.rules.consistency import inconsistencies
from var.rules.faults import PackFaults
from var.rules.model import Parts


@dataclass(frozen=True, slots=True)
class Pack(Parts):
    """The review rules of one sport. Raises ``BadPack`` naming every inconsistency."""

    def __post_init__(self) -> None:
        faults = PackFaults()
        inconsistencies(self, faults)
        faults.refuse_any()

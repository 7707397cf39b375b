"""Where a picture or a number comes from; shown on every screen and in every export."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """How a value came to be. ``SIMULATED`` is never shown without its label."""

    MEASURED = "measured"
    IMPORTED = "imported"
    INFERRED = "inferred"
    SIMULATED = "simulated"

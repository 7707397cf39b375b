"""What reports tell as PDF: the template of each (``report.typ``: an incident), set after what all papers share."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from touchline import papers

REPORT = ("review.typ", "parts.typ", "report.typ")
"""The parts of an incident report's template, set one after the other."""

MATCH = ("review.typ", "parts.typ", "number_parts.typ", "match.typ")
"""Those of a whole match's."""


def write_pdf(folder: Path, words: dict[str, Any], *, written_utc: str, template: Sequence[str] = REPORT) -> bytes:
    """The paper as a PDF, the same bytes for the same words, pictures and time (``touchline.papers.write_pdf``)."""
    source = b"".join(resources.files("var.export").joinpath(name).read_bytes() for name in template)
    return papers.write_pdf(folder, words, written_utc=written_utc, template=source)

"""Which of the product's documents a JSON document is: one given to the wrong command is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from touchline.errors import BadValue
from touchline.i18n import find, t
from var.measure.soccernet import is_soccernet

MARKS, CALIBRATION, LENS, VIEWS = "calibration_marks", "calibration", "lens", "bundle_views"
OFFSIDE, BALL, AREA = "offside_scene", "goal_line_scene", "area_scene"

TOLD_BY: tuple[tuple[str, frozenset[str]], ...] = (
    ("incident", frozenset({"format", "incident", "cameras"})),
    (OFFSIDE, frozenset({"kick", "observations"})),
    (BALL, frozenset({"line", "observations"})),
    (AREA, frozenset({"point", "observations"})),
    ("bundle", frozenset({"views", "order"})),
    (VIEWS, frozenset({"views"})),
    ("followed", frozenset({"frames", "stops"})),
    (CALIBRATION, frozenset({"camera", "covariance"})),
    (LENS, frozenset({"camera", "sigma", "terms"})),
    ("scene", frozenset({"outcome", "figures"})),
    ("offside", frozenset({"outcome", "governing"})),
    ("goal_line", frozenset({"outcome", "in_goal"})),
    ("area", frozenset({"outcome", "edge"})),
    ("people", frozenset({"people", "teams"})),
    ("projection", frozenset({"pixels"})),
    ("ground", frozenset({"pitch_m", "sigma_m"})),
    (MARKS, frozenset({"points"})),
)
"""The fields by which each kind is known, the ones with the most telling fields first."""


def kind_of(document: Any) -> str | None:
    """The schema that ``document`` was written for, by its fields; None where they tell no kind."""
    if not isinstance(document, Mapping):
        return None
    known = next((kind for kind, fields in TOLD_BY if fields <= document.keys()), None)
    return MARKS if known is None and (has_marked_lines(document) or is_soccernet(document)) else known


def has_marked_lines(document: Mapping[str, Any]) -> bool:
    """Whether the ``lines`` of a document are marked in a picture; others count lines, or list what was noted."""
    lines = document.get("lines")
    return isinstance(lines, list) and any(isinstance(line, Mapping) and "image_px" in line for line in lines)


class OtherDocument(BadValue):
    """A document of another kind than the command reads: ``found`` was given, ``wanted`` is needed."""

    def __init__(self, found: str, wanted: str) -> None:
        self.found, self.wanted = found, wanted
        super().__init__("var.errors.other_document", found=found, wanted=wanted)

    def detail(self, lang: str = "en") -> str:
        """What was found and what is needed, in ``lang``."""
        found, wanted = (t(f"var.kinds.name.{kind}", lang) for kind in (self.found, self.wanted))
        return t(f"{self.code}.detail", lang, found=found, wanted=wanted)

    def hint(self, lang: str = "en") -> str:
        """Which command reads what was found, and how to see what is needed, in ``lang``."""
        reader, example = f"var.kinds.reader.{self.found}", f"var.kinds.form.{self.wanted}"
        said = t(reader if find(reader, lang) is not None else "var.kinds.reader.none", lang)
        form = t(example, lang) if find(example, lang) is not None else t(f"{self.code}.hint", lang, wanted=self.wanted)
        return f"{said} {form}"


def refuse_other(document: Any, wanted: str) -> None:
    """Raise ``OtherDocument`` where ``document`` is plainly of another kind than ``wanted``, a schema's name, or
    ``points`` or ``pixels`` for the lists that ``project`` and ``ground`` take."""
    found = kind_of(document)
    if found is not None and found != wanted:
        raise OtherDocument(found, wanted)

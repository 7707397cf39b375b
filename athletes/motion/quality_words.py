"""How good a person in space is, in plain words: each number's grade with its limits, and what would improve it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from athletes.space.grades import (
    KNOWN_PCT,
    LIMB_SD_PCT,
    REPROJECTION_PX,
    Grade,
    Quality,
    known_grade,
    limb_grade,
    reprojection_grade,
)
from touchline.i18n import number, t

SIGNS = {Grade.GOOD: "✓", Grade.USABLE: "~", Grade.DOUBTFUL: "!"}
"""A sign beside a grade's word."""


def grade_words(grade: Grade, lang: str) -> str:
    """A grade with its sign."""
    return f"{SIGNS[grade]} {t(f'athletes.motion_page.grade.{grade}', lang)}"


def quality_lines(quality: Quality, lang: str) -> list[tuple[Grade, str]]:
    """Each kind of number: its grade, and the number with the limits and what to do where it is not good."""
    px = quality.reprojection_px
    rows = [("reprojection", reprojection_grade(px), REPROJECTION_PX, number(px, lang, 1))]
    if quality.worst_pct is not None:
        counted = _counted([limb_grade(one.sd_pct) for one in quality.limbs], lang)
        value = f"{number(quality.worst_pct, lang, 1)} %{counted}"
        rows.append(("limbs", quality.limbs_grade, LIMB_SD_PCT, value))
    rows.append(("known", known_grade(quality.known_pct), KNOWN_PCT, number(quality.known_pct, lang, 1)))
    lines = []
    for name, grade, (good, usable), value in rows:
        at = f"athletes.motion_page.grade.{name}"
        said = [t(at, lang, value=value), t(f"{at}_limits", lang, good=number(good, lang), usable=number(usable, lang))]
        if grade is not Grade.GOOD:
            said.append(t(f"{at}_better", lang))
        lines.append((grade, " ".join(said)))
    return lines


def _counted(found: Sequence[Grade], lang: str) -> str:
    """How many limbs have which grade, where not all have the same."""
    counts = Counter(found)
    if len(counts) < 2:
        return ""
    parts = (f"{t(f'athletes.motion_page.grade.{grade}', lang)}: {counts[grade]}" for grade in Grade if counts[grade])
    return f" ({', '.join(parts)})"

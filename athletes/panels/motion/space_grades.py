"""How good a person in space is, as it stands on the page."""

from __future__ import annotations

from html import escape

from athletes.motion.found import motion_of
from athletes.motion.model import Trial
from athletes.motion.quality_words import grade_words, quality_lines
from athletes.motion.trials import Trials
from athletes.space.grades import Grade, Quality, quality_of
from touchline.errors import TouchlineError
from touchline.i18n import t

ANCHOR = "motion-grades"
"""The id of the lines that say why."""
LOOKS = {Grade.GOOD: "measured", Grade.USABLE: "choose", Grade.DOUBTFUL: "failed"}
"""The look of a grade's badge."""


def badge(grade: Grade, lang: str) -> str:
    """A grade as HTML."""
    return f'<span class="tl-state {LOOKS[grade]}">{escape(grade_words(grade, lang))}</span>'


def grades(quality: Quality, lang: str) -> str:
    """A line for each kind of number, as HTML."""
    lines = [
        f'<div role="listitem">{badge(grade, lang)} {escape(said)}</div>'
        for grade, said in quality_lines(quality, lang)
    ]
    return f'<div id="{ANCHOR}" class="tl-row tl-grades" role="list">{"".join(lines)}</div>'


def doubt(trials: Trials, trial: Trial, lang: str, *, why: bool = True) -> str:
    """What stands beside the large numbers of somebody in space who is doubtful in any way, as HTML; with ``why`` the
    way to the reasons on the same page. Empty where nobody is."""
    try:
        found = motion_of(trials, trial.id)
    except TouchlineError:  # damaged, as it is said elsewhere
        return ""
    quality = None if found is None else quality_of(found)
    if quality is None or all(grade is not Grade.DOUBTFUL for grade, _ in quality_lines(quality, lang)):
        return ""
    said = escape(t("athletes.motion_page.grade.doubt", lang))
    way = f' <a href="#{ANCHOR}">{escape(t("athletes.motion_page.grade.why", lang))}</a>' if why else ""
    return f'<div class="tl-row">{badge(Grade.DOUBTFUL, lang)} {said}{way}</div>'

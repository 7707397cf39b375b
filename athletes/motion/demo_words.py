"""The trials of the demo in the language of whoever looks: their names and notes are texts of this product."""

from __future__ import annotations

from dataclasses import replace

from athletes.motion.model import Trial
from touchline.i18n import LANGUAGES, t
from touchline.origin import Origin

KEYS = ("first_jump", "second_jump", "squats", "motion_note")


def in_language(trial: Trial, lang: str) -> Trial:
    """``trial`` as it is shown in ``lang``; one that was filmed, or that somebody called otherwise, as it is.

    A name is known again by its words in any language, so that nothing else has to be kept of it.
    """
    if trial.origin is not Origin.SIMULATED:
        return trial
    return replace(trial, name=_said(trial.name, lang), notes=_said(trial.notes, lang))


def _said(text: str, lang: str) -> str:
    for key in KEYS:
        at = f"athletes.demo.{key}"
        if text in {t(at, each) for each in LANGUAGES}:
            return t(at, lang)
    return text

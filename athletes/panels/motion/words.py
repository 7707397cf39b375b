"""Movements, numbers and reasons as the pages write them: by the names that report and commands use too."""

from __future__ import annotations

from athletes.kinematics.model import Finding, Movement
from athletes.motion.naming import capital, movement_name, sentence_of, word
from athletes.motion.naming import told as number_told
from touchline.measure import Measurement

ICONS = {
    Movement.SPRINT: ":material/sprint:",
    Movement.RUN: ":material/directions_run:",
    Movement.CMJ: ":material/height:",
    Movement.DROP_JUMP: ":material/move_down:",
    Movement.SQUAT: ":material/fitness_center:",
    Movement.REPETITIONS: ":material/repeat:",
    Movement.KICK: ":material/sports_soccer:",
    Movement.THROW: ":material/sports_handball:",
    Movement.RANGE: ":material/accessibility_new:",
}


def movement_words(movement: Movement, lang: str, *, icon: bool = False) -> str:
    """The movement as coaches call it."""
    words = movement_name(movement, lang)
    return f"{ICONS[movement]} {words}" if icon else words


def joint_words(joint: str, lang: str) -> str:
    """A joint of the skeleton."""
    return capital(word("joint", joint, lang))


def reason_words(code: str, lang: str) -> str:
    """A reason or a note in words; the code where no catalogue knows it."""
    return sentence_of(code, lang)


def number_words(measured: Measurement | None, key: str, lang: str) -> tuple[str, str]:
    """A number without and with its 95 % error and unit: ``38,4`` and ``± 1,2 cm``; a dash where it is unknown."""
    value, error, unit = number_told(measured, key, lang)
    space = "" if unit == "°" else " "
    return value, (f"± {error}{space}{unit}" if error else unit).strip()


def told(finding: Finding, lang: str) -> str:
    """A finding's reasons, each as a sentence."""
    return " ".join(reason_words(code, lang) for code in finding.reasons)

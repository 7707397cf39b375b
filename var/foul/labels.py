"""The words with which SoccerNet-MVFoul describes a foul, after Law 12: one enumeration a field.

A field may be unknown; the format writes that as an empty text or leaves the field out. It never means "no".
"""

from __future__ import annotations

from enum import StrEnum


class Offence(StrEnum):
    """Whether there was an offence at all; ``BETWEEN`` where the referee who annotated could not tell."""

    OFFENCE = "Offence"
    NO_OFFENCE = "No offence"
    BETWEEN = "Between"


class Contact(StrEnum):
    """Whether the players touched."""

    WITH_CONTACT = "With contact"
    WITHOUT_CONTACT = "Without contact"


class Bodypart(StrEnum):
    """With which half of the body the action was made."""

    UPPER_BODY = "Upper body"
    UNDER_BODY = "Under body"


class UpperBodyPart(StrEnum):
    """What of the upper body was used."""

    ARMS = "Use of arms"
    SHOULDER = "Use of shoulder"


class ActionClass(StrEnum):
    """What the player did."""

    TACKLING = "Tackling"
    STANDING_TACKLING = "Standing tackling"
    HIGH_LEG = "High leg"
    HOLDING = "Holding"
    PUSHING = "Pushing"
    ELBOWING = "Elbowing"
    CHALLENGE = "Challenge"
    DIVE = "Dive"
    DONT_KNOW = "Dont know"


class Severity(StrEnum):
    """The sanction that the annotating referee would give; two steps are between two sanctions."""

    NO_CARD = "1.0"
    NO_CARD_OR_YELLOW = "2.0"
    YELLOW = "3.0"
    YELLOW_OR_RED = "4.0"
    RED = "5.0"


class MultipleFouls(StrEnum):
    """Whether there was more than one foul."""

    YES = "Yes"
    NO = "No"


class TryToPlay(StrEnum):
    """Whether the player tried to play the ball."""

    YES = "Yes"
    NO = "No"


class TouchBall(StrEnum):
    """Whether the player touched the ball."""

    YES = "Yes"
    NO = "No"
    MAYBE = "Maybe"


class Handball(StrEnum):
    """Whether the ball touched a hand or an arm."""

    HANDBALL = "Handball"
    NO_HANDBALL = "No handball"


class HandballOffence(StrEnum):
    """Whether touching the ball with the hand was an offence."""

    OFFENCE = "Offence"
    NO_OFFENCE = "No offence"


LABELS: dict[str, type[StrEnum]] = {
    "Offence": Offence,
    "Contact": Contact,
    "Bodypart": Bodypart,
    "Upper body part": UpperBodyPart,
    "Action class": ActionClass,
    "Severity": Severity,
    "Multiple fouls": MultipleFouls,
    "Try to play": TryToPlay,
    "Touch ball": TouchBall,
    "Handball": Handball,
    "Handball offence": HandballOffence,
}
"""The fields of an action that are labels, in the order of the format, and their words."""

SPELLINGS = {
    ("Offence", "No Offence"): "No offence",
    ("Upper body part", "Use of shoulders"): "Use of shoulder",
    ("Multiple fouls", "yes"): "Yes",
}
"""Other spellings that published annotations and their readers use for the same word."""


def label(field: str, word: object) -> StrEnum | None:
    """The label that ``word`` is in ``field``; None where it is empty, absent or not one of the field's words."""
    if not isinstance(word, str):
        return None
    try:
        return LABELS[field](SPELLINGS.get((field, word), word))
    except ValueError:
        return None

"""One annotated foul and the file it came in. Each keeps its own document, so that nothing of it is lost on the way
out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from touchline.errors import BadValue
from var.foul.labels import (
    LABELS,
    ActionClass,
    Bodypart,
    Contact,
    Handball,
    HandballOffence,
    MultipleFouls,
    Offence,
    Severity,
    TouchBall,
    TryToPlay,
    UpperBodyPart,
    label,
)

CLIP_FIELDS = ("Url", "Camera type", "Timestamp", "Replay speed")
ACTION_FIELDS = ("UrlLocal", *LABELS, "Clips")
FILE_FIELDS = ("Set", "Number of actions", "Actions")

FASTEST, SLOWEST = 1, 40
"""Times slower than life: nothing is shown faster, and cameras of 1,000 pictures a second at 25 are the slowest."""


def exact_number(value: Any) -> Fraction | None:
    """The number that a JSON document wrote, as exactly as it was written (4.2 is 21/5); None for anything else."""
    return Fraction(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class FoulClip:
    """One angle of a foul. ``timestamp_ms`` is when the annotated moment was on air, in milliseconds of the broadcast
    of that half; ``replay_speed`` how many times slower than life it was on air (1 is the live speed). Both None where
    unknown, like the texts where they are empty."""

    url: str
    camera_type: str
    timestamp_ms: Fraction | None
    replay_speed: Fraction | None

    @property
    def speed(self) -> Fraction | None:
        """The replay speed where it can be; None for one that cannot, as where there is none."""
        known = self.replay_speed
        return known if known is not None and FASTEST <= known <= SLOWEST else None

    def times_slower(self, clock_rate: float | None) -> Fraction | None:
        """How many times slower than life the clip's file shows it, None where nobody knows.

        Files of such sets may have been made faster than they were on air by as much as the replay was slow, so that
        life runs at its own speed in them. ``clock_rate`` tells: how fast the match clock in the pictures runs, 1 as on
        air. None, where it was not read, leaves the speed of every replay unknown.
        """
        if self.speed is None or self.speed == 1:
            return self.speed
        return None if clock_rate is None else self.speed / Fraction(str(clock_rate))


@dataclass(frozen=True, slots=True)
class FoulAnnotation:
    """A foul as somebody annotated it; a label is None where it is unknown. ``source`` is the JSON text of the whole
    action, unknown members and the order of members included."""

    source: str
    url_local: str
    offence: Offence | None
    contact: Contact | None
    bodypart: Bodypart | None
    upper_body_part: UpperBodyPart | None
    action_class: ActionClass | None
    severity: Severity | None
    multiple_fouls: MultipleFouls | None
    try_to_play: TryToPlay | None
    touch_ball: TouchBall | None
    handball: Handball | None
    handball_offence: HandballOffence | None
    clips: tuple[FoulClip, ...]

    @classmethod
    def of(cls, action: Mapping[str, Any]) -> FoulAnnotation:
        """The annotation that ``action`` writes, a document that ``var.foul.reading`` has found to be in the right
        form."""
        labels: dict[str, Any] = {_attribute(field): label(field, action.get(field)) for field in LABELS}
        return cls(
            source=json.dumps(action, ensure_ascii=False),
            url_local=str(action.get("UrlLocal", "")),
            clips=tuple(
                FoulClip(
                    url=str(clip.get("Url", "")),
                    camera_type=str(clip.get("Camera type", "")),
                    timestamp_ms=exact_number(clip.get("Timestamp")),
                    replay_speed=exact_number(clip.get("Replay speed")),
                )
                for clip in action["Clips"]
            ),
            **labels,
        )

    def document(self) -> dict[str, Any]:
        """The action as the format writes it, with everything that came with it."""
        action: dict[str, Any] = json.loads(self.source)
        return action

    def label(self, field: str) -> StrEnum | None:
        """The label in a field that is named as in the format; None where it is unknown."""
        found: StrEnum | None = getattr(self, _attribute(field))
        return found

    @property
    def live(self) -> int | None:
        """Which clip shows the live picture: of those at the speed of life the one that was on air first."""
        known = [
            (clip.timestamp_ms, index)
            for index, clip in enumerate(self.clips)
            if clip.replay_speed == 1 and clip.timestamp_ms is not None
        ]
        return min(known)[1] if known else None

    def relabelled(self, field: str, word: str) -> FoulAnnotation:
        """The same with another word in a field, or with ``""``: not known. Everything else stays as it came.

        Raises ``BadValue`` for a field that is no label and for a word that the field does not have.
        """
        if field not in LABELS or (word and label(field, word) is None):
            choices = [repr(each.value) for each in LABELS.get(field, ())]
            raise BadValue("var.errors.bad_foul_label", field=field, word=word, choices=", ".join([*choices, "''"]))
        action = self.document()
        if field in action:
            action[field] = word
        else:  # where the format has it: before what comes after it
            behind = ACTION_FIELDS[ACTION_FIELDS.index(field) + 1 :]
            place = next((k for k, name in enumerate(action) if name in behind), len(action))
            items = list(action.items())
            action = dict([*items[:place], (field, word), *items[place:]])
        return FoulAnnotation.of(action)


@dataclass(frozen=True, slots=True)
class Style:
    """How a file's text was laid out; with it the same document gives the same bytes."""

    indent: int | str | None = 1
    ascii: bool = True
    newline: str = "\n"
    end: str = ""

    def text(self, document: Any) -> str:
        """``document`` as text."""
        written = json.dumps(document, ensure_ascii=self.ascii, indent=self.indent, allow_nan=False)
        return written.replace("\n", self.newline) + self.end


@dataclass(frozen=True, slots=True)
class FoulFile:
    """A file of annotated fouls. ``head`` is the JSON text of the document with nothing in ``Actions``; ``actions``
    are key and annotation in the order of the file."""

    name: str
    sha256: str
    head: str
    actions: tuple[tuple[str, FoulAnnotation], ...]
    style: Style = Style()

    @property
    def set_name(self) -> str:
        """The name of the set, empty where it is unknown."""
        return str(json.loads(self.head).get("Set", ""))

    @property
    def announced(self) -> int | None:
        """How many actions the file says it has, or None."""
        number: int | None = json.loads(self.head).get("Number of actions")
        return number

    def document(self) -> dict[str, Any]:
        """The whole file as the format writes it."""
        return {**json.loads(self.head), "Actions": {key: action.document() for key, action in self.actions}}


def _attribute(field: str) -> str:
    return field.lower().replace(" ", "_")

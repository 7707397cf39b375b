"""The nouns of a trial: recordings of one movement of one athlete, by one camera or several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

from athletes.kinematics.model import Movement
from touchline.errors import BadValue, NotFound
from touchline.footage import Shot
from touchline.origin import Origin
from touchline.timebase import ClockMap


class Result(StrEnum):
    """What is kept of a trial beside its recordings; each can be computed again."""

    ANALYSIS = "analysis"
    """Findings, curves and events of one camera, or of all of them (camera ``""``)."""
    READING = "reading"
    """How one recording was looked through: engine, people, what is not sure."""
    MOTION = "motion"
    """The person in space."""


SCALE = "scale"
"""Where a shot's settings keep by what metres are known in its picture."""


@dataclass(frozen=True, slots=True)
class TrialShot:
    """One camera of a trial. ``to_trial`` leads from the recording's own clock to the trial's; its rate is real seconds
    a second of the file: 1/8 for 240 pictures a second that are shown as 30. ``settings`` is what somebody said of it,
    JSON-ready: the person followed (``person``), the length for metres (``scale``), the camera's pose (``camera``)."""

    shot: Shot
    to_trial: ClockMap = field(default_factory=ClockMap)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def frame_s(self, clip_s: Fraction) -> Fraction:
        """The trial's time at ``clip_s`` of the recording."""
        return self.to_trial.forward(clip_s)

    @property
    def slow(self) -> Fraction:
        """How many times slower the recording shows what happened; 1 where it does not."""
        return 1 / self.to_trial.rate


@dataclass(frozen=True, slots=True)
class Trial:
    """A movement that was filmed. ``athlete_id`` is None while nobody said whose it is. ``template`` marks a good one,
    beside which others are looked at. ``settings`` are those of the analysis (such as ``treadmill_mps``)."""

    id: str
    name: str
    movement: Movement
    day: date
    athlete_id: str | None
    shots: tuple[TrialShot, ...]
    origin: Origin = Origin.IMPORTED
    notes: str = ""
    template: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    made_utc: str = ""
    made_by: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise BadValue("athletes.errors.trial_unnamed")

    def shot(self, camera_id: str) -> TrialShot:
        """The camera of that name. Raises ``NotFound``."""
        for one in self.shots:
            if one.shot.camera_id == camera_id:
                return one
        named = [one for one in self.shots if one.shot.label.casefold() == camera_id.casefold()]
        if len(named) == 1:  # as people call it
            return named[0]
        raise NotFound("athletes.errors.no_such_trial_camera", camera=camera_id, name=self.name)

    def with_shot(self, changed: TrialShot) -> Trial:
        """The trial with one of its cameras changed."""
        self.shot(changed.shot.camera_id)
        same = changed.shot.camera_id
        return replace(self, shots=tuple(changed if one.shot.camera_id == same else one for one in self.shots))

    def of_another(self, before: Trial) -> Trial:
        """The trial, where it is now said to be of somebody else than ``before``: without metres by the height of the
        one it was of. What was said anew stays, and so does what is no height. Where nobody was named before, the
        height that was said is that of whoever is in the picture."""
        if before.athlete_id is None or self.athlete_id == before.athlete_id:
            return self
        kept = []
        for one in self.shots:
            told = one.settings.get(SCALE)
            theirs = told and told["kind"] == "height" and told == before.shot(one.shot.camera_id).settings.get(SCALE)
            rest = {name: value for name, value in one.settings.items() if name != SCALE}
            kept.append(replace(one, settings=rest) if theirs else one)
        return replace(self, shots=tuple(kept))

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "id": self.id,
            "name": self.name,
            "movement": self.movement.value,
            "day": self.day.isoformat(),
            "athlete_id": self.athlete_id,
            "origin": self.origin.value,
            "notes": self.notes,
            "template": self.template,
            "settings": dict(self.settings),
            "made_utc": self.made_utc,
            "made_by": self.made_by or None,
            "cameras": [
                {
                    "shot": one.shot.document(),
                    "to_trial": one.to_trial.document(),
                    "slow": float(one.slow),
                    "settings": dict(one.settings),
                }
                for one in self.shots
            ],
        }

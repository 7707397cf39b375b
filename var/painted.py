"""Calibrations that painted lines gave, as they are kept with a match: refined on one picture of an angle, or followed
by the lines from a calibrated picture to others. Each names the clicks it was made from, and counts only for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from var.measure.calibration import Calibration, Refinement

Stop = tuple[int, str]
"""The first frame that has no calibration, and why (``var.measure.following.StopReason``)."""


@dataclass(frozen=True, slots=True)
class RefinedAngle:
    """What refining an angle's calibration on the painted lines of ``frame`` gave. ``clicks`` is the ``digest`` of the
    clicks it was made from, ``text`` the calibration as JSON: that of the clicks where ``reason`` says why it stayed.
    """

    id: int
    camera_id: str
    frame: int
    sha256: str
    clicks: str
    text: str

    @property
    def calibration(self) -> Calibration:
        """The calibration; the very same object each time."""
        return _read(self.text)

    @property
    def refinement(self) -> Refinement | None:
        """Which lines were found."""
        return self.calibration.refinement

    @property
    def reason(self) -> str | None:
        """Why the calibration was left as the clicks gave it; None where it was refined."""
        return None if self.refinement is None else self.refinement.reason


@dataclass(frozen=True, slots=True)
class FollowedAngle:
    """Calibrations of other frames of an angle, followed from the calibrated ``frame``: ``frames`` are those that were
    asked for and reached, with their calibrations as JSON; ``count`` says how many frames were followed to reach them,
    ``stops`` where it ended early. ``clicks`` is the ``digest`` of the clicks of ``frame``."""

    id: int
    camera_id: str
    frame: int
    sha256: str
    clicks: str
    count: int
    frames: tuple[tuple[int, str], ...]
    stops: tuple[Stop, ...] = ()

    def calibration(self, frame: int) -> Calibration | None:
        """The calibration of a frame that was reached; None for any other, and for all behind a stop."""
        text = dict(self.frames).get(frame)
        return None if text is None or self.ended_before(frame) is not None else _read(text)

    def ended_before(self, frame: int) -> Stop | None:
        """The stop on the way from the calibrated frame to ``frame``, that frame included; None where there is none."""
        low, high = sorted((self.frame, frame))
        return next((stop for stop in self.stops if low <= stop[0] <= high), None)


@lru_cache(maxsize=512)
def _read(text: str) -> Calibration:
    """Remembered, because every redraw of the page asks, and so that equal calibrations are one object."""
    return Calibration.from_document(json.loads(text))


def digest(clicked: Sequence[object], pitch_m: Sequence[float]) -> str:
    """A hash of clicks (nested tuples of names and numbers) on a pitch of that size: equal only where all are."""
    text = json.dumps([list(pitch_m), clicked], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def refined_of(seq: int, body: Mapping[str, Any]) -> RefinedAngle:
    """The refinement that an entry holds."""
    text = json.dumps(body["calibration"])
    return RefinedAngle(seq, str(body["camera"]), int(body["frame"]), str(body["sha256"]), str(body["clicks"]), text)


def followed_of(seq: int, body: Mapping[str, Any]) -> FollowedAngle:
    """The calibrations that an entry holds."""
    return FollowedAngle(
        seq,
        str(body["camera"]),
        int(body["frame"]),
        str(body["sha256"]),
        str(body["clicks"]),
        int(body["count"]),
        tuple((int(one["frame"]), json.dumps(one["calibration"])) for one in body["frames"]),
        tuple((int(stop["frame"]), str(stop["reason"])) for stop in body["stops"]),
    )

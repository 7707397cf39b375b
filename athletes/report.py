"""What one session says: summary, zones, and the one sentence to begin with, as keys and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

import numpy as np

from athletes.model import Athlete, Session, ZoneSetting
from athletes.zones import FIVE, HOLD_S, SEVEN, Summary, Zones, ZoneTimes, summary, time_in_zones, zones_for

ENOUGH = 0.9
"""Below this measured share the times in zones say too little to lead with."""

HARD_SHADES = (4, 5)
"""Zones as hard as these of five are called hard."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What to look at first: a key of the page's catalogue and its numbers."""

    key: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A session measured for one athlete; ``zones`` and ``times`` are None where the athlete's limits are not known."""

    session: Session
    athlete: Athlete | None
    setting: ZoneSetting
    summary: Summary
    zones: Zones | None
    times: ZoneTimes | None

    @property
    def typical_step_s(self) -> float | None:
        """The median time between two measured heart rates, in seconds; None with fewer than two."""
        series = self.session.recording.heart_rate
        if series is None or series.count < 2:
            return None
        return float(np.median(np.diff(series.seconds[series.measured])))

    def document(self) -> dict[str, Any]:
        """The report as ``touchline session show --json`` prints it."""
        recording = self.session.recording
        whole = self.summary
        return {
            "id": self.session.id,
            "name": self.session.name,
            "athlete": self.session.athlete_id,
            "origin": self.session.origin.value,
            "file": self.session.file_name,
            "sha256": self.session.sha256,
            "start": None if recording.start is None else recording.start.isoformat(),
            "sport": recording.sport,
            "summary": {
                "mean_bpm": whole.mean_bpm,
                "min_bpm": whole.min_bpm,
                "max_bpm": whole.max_bpm,
                "duration_s": whole.duration_s,
                "measured_s": whole.measured_s,
                "measured_share": whole.measured_share,
            },
            "gaps": [{"from_s": gap.from_s, "to_s": gap.to_s, "seconds": gap.seconds} for gap in whole.gaps],
            "zones": None if self.times is None else _zones_document(self.times),
            "method": {"hold_s": HOLD_S, "boundary": "upper_zone", "mean": "time_weighted"},
            "channels": {one.channel.value: {"count": one.count, "unit": one.channel.unit} for one in recording.series},
        }


def _zones_document(times: ZoneTimes) -> dict[str, Any]:
    zones = times.zones
    bounds = (None, *zones.lower_bpm)
    return {
        "method": zones.method.value,
        "names": list(zones.names),
        "hr_max_bpm": zones.hr_max_bpm,
        "hr_max_estimated": zones.hr_max_estimated,
        "hr_rest_bpm": zones.hr_rest_bpm,
        "times": [
            {"zone": zone, "from_bpm": bounds[zone], "seconds": times.seconds[zone], "share": times.share(zone)}
            for zone in range(len(times.seconds))
        ],
        "unknown_s": times.unknown_s,
    }


def report(session: Session, athlete: Athlete | None, zone: tzinfo = UTC) -> Report | None:
    """The report on ``session`` for ``athlete``; None where the session has no heart rate.

    ``zone`` tells on which day the session began, and with that which of the athlete's dated settings holds.
    """
    series = session.recording.heart_rate
    if series is None:
        return None
    start = session.recording.start.astimezone(zone) if session.recording.start else None
    sport = session.recording.sport
    setting = athlete.zone_setting(start.date() if start else None, sport) if athlete else ZoneSetting()
    age = athlete.age_on(start.date()) if start and athlete else None
    zones = zones_for(setting, age, sport)
    times = time_in_zones(series, zones) if zones else None
    return Report(session, athlete, setting, summary(series), zones, times)


def look_at(found: Report) -> Sentence:
    """The one thing to look at first, by what would mislead most if it were overlooked."""
    whole, times, zones = found.summary, found.times, found.zones
    share = whole.measured_share
    top = None if zones is None else zones.hr_max_bpm
    if whole.max_bpm is not None and top is not None and whole.max_bpm > top:
        return Sentence("above_max", {"max": whole.max_bpm, "hr_max": top})
    if share is None or whole.mean_bpm is None:
        return Sentence("no_length", {})
    step_s = found.typical_step_s
    if share < ENOUGH and step_s is not None and step_s > HOLD_S:
        return Sentence("sparse", {"step": step_s, "hold": HOLD_S, "percent": 100 * (1 - share)})
    if share < ENOUGH:
        return Sentence(
            "much_unknown", {"percent": 100 * (1 - share), "minutes": (whole.duration_s - whole.measured_s) / 60}
        )
    if times is None:
        return Sentence("no_athlete" if found.athlete is None else "no_limits", {"max": whole.max_bpm})
    if times.zones.names not in (FIVE, SEVEN):
        most = max(range(len(times.seconds)), key=lambda zone: times.seconds[zone])
        place = {"zone": 0} if most == 0 else {"zone_name": times.zones.names[most - 1]}
        return Sentence("most", {**place, "percent": 100 * (times.share(most) or 0.0)})
    hard_s = sum(held for zone, held in enumerate(times.seconds) if times.zones.shade(zone) in HARD_SHADES)
    if hard_s > 0:
        return Sentence("hard", {"minutes": hard_s / 60, "percent": 100 * hard_s / times.measured_s})
    most = max(range(len(times.seconds)), key=lambda zone: times.seconds[zone])
    percent = 100 * (times.share(most) or 0.0)
    if most == 0 or times.zones.names == FIVE:
        return Sentence("easy", {"zone": most, "percent": percent})
    return Sentence("easy", {"zone_name": times.zones.names[most - 1], "percent": percent})

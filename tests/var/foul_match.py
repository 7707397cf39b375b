"""A foul to review without pictures: a match of angles on known cameras, the archive, and what people click in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from measuring import PITCH, SIZE, camera, see

from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.foul.notes import Who
from var.foul.noting import mark_contact, mark_person
from var.measure.camera import Array
from var.model import Click, Clip, Match, Setup

MATCH = "foul"
SHA = {"cam1": "a" * 64, "cam2": "b" * 64, "cam3": "c" * 64}
VIEWS: dict[str, Array] = {
    "cam1": camera((22.0, -52.0, 9.0), (38.0, -6.0, 0.0), 1700.0),
    "cam2": camera((66.0, -26.0, 8.0), (37.0, -4.0, 0.0), 1400.0),
    "cam3": camera((48.0, 44.0, 9.0), (37.0, -4.0, 0.0), 1700.0),
}


def clip(name: str, clock: ClockMap, *, fps: int = 25, frames: int = 250) -> Clip:
    """An angle of ten seconds that stands still; nobody opens its file here."""
    return Clip(
        camera_id=name,
        label=f"Angle {name[-1]}",
        path=Path(f"{name}.mp4"),
        proxy=Path(f"{name}.proxy.mp4"),
        sha256=SHA[name],
        size_px=SIZE,
        timebase=Timebase(Fraction(1, 1000)),
        pts=tuple(1000 * k // fps for k in range(frames)),
        to_match=clock,
        timing=Origin.MEASURED,
        fixed=True,
    )


CLOCKS = {
    "cam1": ClockMap(Fraction(0), Fraction(1), 0.0),
    "cam2": ClockMap(Fraction(1, 100), Fraction(1), 0.004),
    "cam3": ClockMap(Fraction(-2), Fraction(1), None),
}
"""The second clock was set against the first; nobody set the third."""


@dataclass
class Ground:
    """The archive with the match, and somebody who clicks what is known to be where."""

    archive: Archive
    incident_id: str

    @property
    def match(self) -> Match:
        """The match as it is kept."""
        return self.archive.match(MATCH)

    def pixel(self, name: str, place: tuple[float, float], height: float = 0.0) -> tuple[float, float]:
        """Where an angle shows a place."""
        u, v = see(VIEWS[name], np.array([[*place, height]]))[0]
        return float(u), float(v)

    def calibrate(self, *names: str) -> None:
        """Click the pitch points that an angle shows, exactly."""
        with self.archive.adding() as add:
            for name in names:
                for point, place in PITCH.points.items():
                    u, v = see(VIEWS[name], np.array([place]))[0]
                    if np.isfinite(u):
                        click = asdict(Click(name, 0, SHA[name], float(u), float(v)))
                        add(MATCH, None, "pitch_mark", {"name": point, "pitch_m": list(place), "click": click}, "")

    def contact(self, name: str, frame: int, px: tuple[float, float] | None = None) -> None:
        """Mark the contact on an angle."""
        mark_contact(self.archive, self.incident_id, camera_id=name, frame=frame, sha256=SHA[name], px=px)

    def stands(
        self, who: Who, name: str, frame: int, place: tuple[float, float], *, number: int = 0, on_ground: bool = True
    ) -> None:
        """Click where somebody stands."""
        u, v = self.pixel(name, place, 0.11 if who is Who.BALL else 0.0)
        click = Click(name, frame, SHA[name], u, v)
        mark_person(self.archive, self.incident_id, who, click, number=number, on_ground=on_ground)


def ground(home: Path) -> Ground:
    """A fresh match of three angles with one incident at five seconds, asked as a foul."""
    archive = Archive(home)
    clips = tuple(clip(name, clock) for name, clock in CLOCKS.items())
    archive.add_match(Match(MATCH, "Huế – Đà Nẵng", Origin.SIMULATED, utc_now(), Setup(), clips))
    incident = archive.add_incident(MATCH, at_s=Fraction(5), kind="foul", by="Ánh")
    return Ground(archive, incident.id)

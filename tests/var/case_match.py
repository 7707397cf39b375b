"""A match with an incident that nobody measured, and reviews of it under the shipped packs, for papers to tell of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

from export_scene import clip_of, record
from rule_files import BOOKS

from tests.var.reviewing import clear, stamp
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.archive import Archive
from var.decisions.kept import Reviewing, sitting
from var.decisions.model import Actor, Case, Ruling, Stamp
from var.looks import Batch, Look, add
from var.model import AttackDirection, Match, Period, Setup, Team

FULL, FVS = BOOKS["football-2026-27-var"], BOOKS["football-2026-27-fvs"]
MATCH = "hue-da-nang"
VAR = Actor("Trần Quốc Khánh", "var")
REFEREE = Actor("Nguyễn Thị Ánh Tuyết", "referee")
COACH = Actor("Trần Văn Bình", "coach", "away")
OPERATOR = Actor("Lê Minh", "replay_operator")
WHY = "chỉ một góc máy thấy pha này, góc đó quay chậm"


@dataclass(frozen=True)
class Told:
    """The archive, the incident and acts on the match: five seconds pass from act to act, on both clocks."""

    archive: Archive
    reviewing: Reviewing
    incident_id: str

    def look(self, camera: str, speed: float, first: int, last: int, ms: int = 4000) -> None:
        """Keep a look that moved at ``speed``, begun when the newest entry was made."""
        entry = max(
            (one for case in sitting(self.archive, MATCH).cases for one in case.entries), key=lambda e: e.at.utc
        )
        self.look_at(datetime.fromisoformat(entry.at.utc) + timedelta(milliseconds=ms), camera, speed, first, last, ms)

    def look_at(self, ended: datetime, camera: str, speed: float, first: int, last: int, ms: int) -> None:
        """Keep a look that ended at this instant."""
        number = len(self.archive.store.rows("SELECT 1 FROM look"))
        moved = None if speed == 0 else ms
        at_utc = ended.isoformat(timespec="microseconds")
        add(
            self.archive,
            MATCH,
            Batch("0123456789abcdef", number, (Look(camera, first, last, speed, ms, at_utc=at_utc, moved_ms=moved),)),
        )

    def open(self, **known: Any) -> Case:
        """A check of the incident: a possible penalty, no penalty on the field."""
        facts = {**clear(FULL), "situation": "penalty_foul", "before": "no_penalty", **known}
        return self.reviewing.open(FULL, VAR, incident_id=self.incident_id, known=facts)


def told_in(home: Path) -> Told:
    """Two angles of two seconds each, the incident in their middle, at 55:01 of the match clock."""
    media = home / "media"
    media.mkdir(parents=True)
    tick = Fraction(1, 12800)
    record(media / "a.mp4", [512 * i for i in range(50)], tick_s=tick)
    record(media / "b.mp4", [512 * i for i in range(50)], tick_s=tick, start=50)
    clips = (
        clip_of(media / "a.mp4", "cam1", "Máy 1 – khán đài", ClockMap(sigma_s=0.0), Origin.IMPORTED),
        clip_of(media / "b.mp4", "cam2", "Máy 2 – sau cầu môn", ClockMap(Fraction(1, 50)), Origin.IMPORTED),
    )
    setup = Setup(
        competition="Cúp tỉnh Thừa Thiên Huế",
        date="2026-11-21",
        venue="Sân Tự Do",
        home=Team("Huế"),
        away=Team("SHB Đà Nẵng"),
        officials=(("referee", REFEREE.name), ("var", VAR.name)),
        periods=(Period("Hiệp 2", Fraction(0), 3300, AttackDirection.RIGHT),),
    )
    archive = Archive(home)
    archive.add_match(Match(MATCH, "Huế – SHB Đà Nẵng", Origin.IMPORTED, "2026-11-21T08:00:00+00:00", setup, clips))
    incident = archive.add_incident(MATCH, at_s=Fraction(1), kind="penalty", by="Khánh")
    ticks: Iterator[int] = count(0, 5)

    def clock() -> Stamp:
        seconds = next(ticks)
        return replace(stamp(seconds), match_s=Fraction(1 + seconds))

    return Told(archive, Reviewing(archive, MATCH, clock), incident.id)


def decided(told: Told, *, full: bool = True) -> Case:
    """A penalty given after an on-field review; ``full``: with all that can happen on the way."""
    case = told.open()
    told.look("cam1", 0.25, 10, 35)
    told.look("cam1", 0.0, 25, 25, 1500)
    reviewing = told.reviewing
    if full:
        reviewing.override(case.id, VAR, question="intensity", why=WHY)
    reviewing.take(case.id, "recommend", VAR)
    if full:
        reviewing.take(case.id, "go_on_field", REFEREE)
        reviewing.undo(case.id, REFEREE)
    reviewing.take(case.id, "go_on_field", REFEREE)
    told.look("cam2", 0.5, 12, 40)
    case = reviewing.take(case.id, "change", REFEREE, ruling=Ruling("penalty", "penalty_kick"))
    if full:
        case = reviewing.take(case.id, "restart", REFEREE)
        case = reviewing.amend(case.id, REFEREE, ruling=Ruling(sanction="caution"), why="quên ghi thẻ vàng")
    return case

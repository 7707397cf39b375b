"""Rows and marks of a session written by hand, for the tests of what is computed from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wearables.live.fold import Fold
from wearables.live.wall import Tile, Wall
from wearables.model import (
    NS_PER_S,
    Event,
    EventKind,
    Frame,
    Mark,
    MarkKind,
    Profile,
    Source,
    Status,
    Strap,
    StrapState,
)

FLOORS = (100.0, 120.0, 140.0, 160.0, 180.0)
AN = Profile("an", "Nguyễn Thị An", "U19", 200, False, 40, "female", FLOORS)
BINH = Profile("binh", "Trần Văn Bình", "U19", 200, False, 40, "male", FLOORS)
CHI = Profile("chi", "Lê Chi", "U17", 200, True)
STRAPS = (Strap(1, "C0:FF:EE:00:00:01", "áo 1"), Strap(2, "C0:FF:EE:00:00:02", "áo 2"), Strap(3, "C0:FF:EE:00:00:03"))


def ns(seconds: float) -> int:
    """Seconds of the session as nanoseconds."""
    return round(seconds * NS_PER_S)


class Tape:
    """Rows and marks in the order in which they are added."""

    def __init__(self, *worn: tuple[int, str]) -> None:
        self.rows: list[Frame | Event] = []
        self.marks: list[Mark] = []
        for strap, athlete in worn:
            self.assign(0, strap, athlete)

    def beat(self, at_s: float, bpm: int | None, strap: int = 1, **more: Any) -> Tape:
        """A packet; None for one without a rate."""
        values: dict[str, Any] = {"source": Source.HEART_RATE, "data": bytes([6, (bpm or 0) & 0xFF]), **more}
        self.rows.append(Frame(strap, ns(at_s), ns(at_s) // 1000, bpm=bpm, seq=len(self.rows) + 1, **values))
        return self

    def beats(self, from_s: float, to_s: float, bpm: int | None, strap: int = 1, every_s: float = 1.0) -> Tape:
        """Packets each second from one instant up to before another."""
        at_s = from_s
        while at_s < to_s:
            self.beat(at_s, bpm, strap)
            at_s += every_s
        return self

    def event(self, at_s: float, kind: EventKind, strap: int | None = None, **detail: Any) -> Tape:
        """What the recorder notes."""
        self.rows.append(Event(kind, ns(at_s), ns(at_s) // 1000, strap, detail, len(self.rows) + 1))
        return self

    def state(self, at_s: float, state: StrapState, strap: int = 1) -> Tape:
        """A strap's state, as the recorder tells it."""
        return self.event(at_s, EventKind.STATE, strap, state=state.value)

    def mark(self, at_s: float, kind: MarkKind, **detail: Any) -> int:
        """A mark; its number."""
        self.marks.append(Mark(len(self.marks) + 1, kind, ns(at_s), ns(at_s) // 1000, "Huấn luyện viên", detail))
        return self.marks[-1].id

    def assign(self, at_s: float, strap: int, athlete: str | None) -> int:
        """Somebody wears a strap from now on."""
        return self.mark(at_s, MarkKind.ASSIGN, strap=strap, athlete_id=athlete)

    def fold(self, profiles: Iterable[Profile] = (AN, BINH, CHI), until_s: float = 1e6) -> Fold:
        """What was there until an instant, folded in one go; all marks are."""
        found = Fold(STRAPS, profiles)
        found.take([row for row in self.rows if row.at_ns <= ns(until_s)], self.marks)
        return found

    def wall(self, at_s: float, **more: Any) -> Wall:
        """The wall at an instant."""
        return self.fold(until_s=at_s, **more).wall(ns(at_s))

    def tile(self, at_s: float, athlete: str = "an") -> Tile:
        """An athlete's tile at an instant."""
        return tile_of(self.wall(at_s), athlete)


def tile_of(wall: Wall, athlete: str | None) -> Tile:
    """The tile of an athlete, or the first strap's without one."""
    return next(tile for tile in wall.tiles if tile.athlete_id == athlete)


OK, DOUBLED, REFUSED = Status.OK, Status.DOUBLED, Status.REFUSED

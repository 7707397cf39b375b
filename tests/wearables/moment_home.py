"""A session of three athletes whose every frame is known, and a match that goes with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from touchline.matchclock import HostInstant, MatchClock, Stretch
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.archive import Archive
from var.model import AttackDirection, Clip, Match, Period, Setup
from wearables.gatt.heart_rate import Contact, HeartRateMeasurement, encode
from wearables.kept import Sessions, keep_rows
from wearables.model import (
    NS_PER_S,
    Event,
    EventKind,
    Frame,
    LiveSession,
    MarkKind,
    Profile,
    SessionState,
    Source,
    Strap,
    StrapState,
)

AN = Profile("an", "Nguyễn An", "U19", hr_max_bpm=200.0, floors_bpm=(100.0, 120.0, 140.0, 160.0, 180.0))
BINH = Profile("binh", "Trần Bình", "U19", hr_max_bpm=185.0, floors_bpm=(92.5, 111.0, 129.5, 148.0, 166.5))
CHI = Profile("chi", "Lê <b>Chi</b>")
STRAPS = (Strap(1, "C0:FF:EE:00:00:01", "07"), Strap(2, "C0:FF:EE:00:00:02"), Strap(3, "C0:FF:EE:00:00:03"))
LENGTH_S = 120


def ns(seconds: float | Fraction) -> int:
    """Seconds as nanoseconds of a session."""
    return round(Fraction(seconds) * NS_PER_S)


def frame(strap: int, at_s: float, bpm: int | None, contact: Contact = Contact.DETECTED) -> Frame:
    """A notification as it came; without a rate it says 0, as straps do."""
    data = encode(HeartRateMeasurement(bpm or 0, contact))
    return Frame(strap, ns(at_s), ns(at_s) // 1000, Source.HEART_RATE, data, bpm=bpm)


def state(strap: int, at_s: float, said: StrapState) -> Event:
    """What the recorder said of a strap."""
    return Event(EventKind.STATE, ns(at_s), ns(at_s) // 1000, strap, {"state": said.value})


def numbered(rows: Iterable[Frame | Event]) -> list[Frame | Event]:
    """Rows in the order of their instants, with their places in the record."""
    return [replace(row, seq=k) for k, row in enumerate(sorted(rows, key=lambda row: row.at_ns), start=1)]


def known_rows() -> list[Frame | Event]:
    """Every second a rate of straps 1 and 2 until 120 s: 100 + s and 200 - s; strap 2 is silent from 50 s to 80 s, and
    has no contact from 100 s on. Strap 3 sends at 10 s for the last time."""
    rows: list[Frame | Event] = [state(strap, 0, StrapState.LIVE) for strap in (1, 2, 3)]
    for s in range(LENGTH_S + 1):
        rows.append(frame(1, s, 100 + s))
        if s < 50 or 80 <= s < 100:
            rows.append(frame(2, s, 200 - s))
        elif s >= 100:
            rows.append(frame(2, s, None, Contact.NOT_DETECTED))
        if s <= 10:
            rows.append(frame(3, s, 90))
    rows += [state(2, 55, StrapState.STALE), state(2, 80, StrapState.LIVE), state(2, 101, StrapState.NO_CONTACT)]
    rows.append(state(3, 16, StrapState.LOST))
    return numbered(rows)


def keep_session(
    home: Path, name: str = "U19", origin: Origin = Origin.MEASURED, profiles: tuple[Profile, ...] = (AN, BINH, CHI)
) -> LiveSession:
    """The session in the store, over; An wears strap 1, Bình 2, Chi 3. At 60 s An and Bình swap theirs."""
    sessions = Sessions(home)
    worn = {k + 1: profile.athlete_id for k, profile in enumerate(profiles)}
    made = sessions.create(name, STRAPS, profiles, worn, origin=origin)
    with sessions.store.write() as connection:
        keep_rows(connection, made.id, known_rows())
        connection.execute("UPDATE wear_session SET state = ? WHERE id = ?", (SessionState.ENDED.value, made.id))
    for strap, athlete in ((1, "binh"), (2, "an")):
        sessions.mark(made.id, MarkKind.ASSIGN, ns(60), {"strap": strap, "athlete_id": athlete})
    return sessions.session(made.id)


def keep_match(home: Path, minutes: int = 3) -> Archive:
    """An archive with the match ``m``: one camera at 25 pictures a second, whose clock stands at 45:00 at 1 s of
    match time; no file is behind it."""
    archive = Archive(home)
    base = home / "cam1"
    clip = Clip(
        "cam1",
        "Giữa sân",
        base.with_suffix(".mp4"),
        base.with_suffix(".proxy.mp4"),
        "ab" * 32,
        (640, 360),
        Timebase(Fraction(1, 25)),
        range(25 * 60 * minutes),
        ClockMap(sigma_s=0.0),
        Origin.MEASURED,
    )
    setup = Setup(periods=(Period("Hiệp 2", Fraction(1), 2700, AttackDirection.RIGHT),))
    archive.add_match(Match("m", "Huế – Đà Nẵng", Origin.MEASURED, utc_now(), setup, (clip,)))
    return archive


def match(zero: HostInstant | None = None, *, ends_s: int = 5000, sigma_s: float | None = 0.0) -> MatchClock:
    """A match whose second half begins at 3000 s of match time, when its clock shows 45:00."""
    halves = (Stretch("Hiệp 1", Fraction(10), Fraction(0)), Stretch("Hiệp 2", Fraction(3000), Fraction(2700)))
    origin = Origin.MEASURED
    return MatchClock("m", "Huế – Đà Nẵng", origin, Fraction(0), Fraction(ends_s), halves, zero, False, sigma_s)

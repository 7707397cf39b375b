"""The clock of a session on a host that sleeps: its monotonic clock stands still meanwhile, and hearts do not."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from live_rows import AN, STRAPS, Tape, ns
from recording import Kept

from touchline.matchclock import HostInstant
from touchline.presence import alone
from wearables.clock import SessionClock, asleep_ns
from wearables.kept import Sessions, keep_rows
from wearables.live.alarms import AlarmKind
from wearables.live.reading import Reading
from wearables.model import Event, EventKind, Frame, SessionState, Source
from wearables.recorder.process import Recording
from wearables.recorder.state import lock_path
from wearables.tie import Span
from wearables.tied import span

TEN_MINUTES = ns(600)


@dataclass
class Host:
    """A host's clocks, in nanoseconds."""

    awake: int = 0
    asleep: int = 0

    def clock(self, speed: float = 1.0) -> SessionClock:
        return SessionClock(0, 0, speed, lambda: self.awake, lambda: self.asleep)


@pytest.mark.parametrize("speed", [1.0, 20.0])
def test_what_the_host_slept_has_passed_and_less_than_a_second_is_how_clocks_differ(speed: float) -> None:
    host = Host(asleep=ns(5000))  # before the session
    clock = host.clock(speed)
    host.awake += ns(10)
    host.asleep += ns(0.4)
    assert (clock.now_ns(), clock.slept_ns()) == (ns(10) * speed, 0)
    host.asleep += TEN_MINUTES
    assert clock.now_ns() == (ns(610.4)) * speed
    host.asleep -= ns(0.001)  # two clocks are never read at one instant
    assert clock.now_ns() == (ns(610.4)) * speed
    assert clock.utc_us(clock.now_ns()) == 610_400_000 * speed


def test_this_host_says_how_long_it_slept() -> None:
    first, second = (min(asleep_ns() for _ in range(5)) for _ in range(2))
    assert first >= 0
    assert abs(second - first) < ns(1)


def frame(at_ns: int) -> Frame:
    return Frame(1, at_ns, at_ns // 1000, Source.HEART_RATE, bytes([6, 150]), bpm=150)


def test_a_recording_says_that_its_host_slept_before_what_it_hears_then_and_others_read_its_clock(
    tmp_path: Path,
) -> None:
    session = Sessions(tmp_path).create("Buổi tập", STRAPS, (AN,), {1: "an"})
    recording, host, kept = Recording(tmp_path, session.id), Host(), Kept()
    recording.clock, recording.sink = host.clock(), kept  # type: ignore[assignment]
    recording.put(frame(recording.clock.now_ns()))
    host.awake, host.asleep = ns(1), TEN_MINUTES
    recording.put(frame(recording.clock.now_ns()))
    recording.put(frame(recording.clock.now_ns()))
    assert [row.at_ns for row in kept.rows] == [0, ns(601), ns(601), ns(601)]
    woke = kept.rows[1]
    assert isinstance(woke, Event)
    assert woke.kind is EventKind.RUN
    assert dict(woke.detail) == {"running": True, "reason": "slept", "slept_ns": TEN_MINUTES}
    recording._keep_sleep()
    assert Sessions(tmp_path).clock(session.id).zero_ns == -TEN_MINUTES


def test_after_a_sleep_an_old_rate_is_old_and_no_strap_was_silent() -> None:
    tape = Tape((1, "an")).beats(0, 100, 150)
    fold = tape.fold((AN,))
    assert fold.wall(ns(101)).tiles[0].bpm == 150
    fold.take([Event(EventKind.RUN, ns(700), 0, None, {"running": True, "reason": "slept"}, 900)])
    tile = fold.wall(ns(700)).tiles[0]
    assert (tile.bpm, tile.last_bpm, round(tile.measured_s)) == (None, 150, 104)
    fold.take([frame(ns(700.5))])
    assert [one for one in fold.alarms(ns(701)) if one.kind is AlarmKind.SILENCE] == []


def test_a_reader_goes_on_through_a_sleep_that_the_recorder_has_not_kept_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, now = Host(), [0]
    sessions = Sessions(tmp_path)
    session = sessions.create("Buổi tập", STRAPS, (AN,), {1: "an"})
    with sessions.store.write() as connection:
        keep_rows(connection, session.id, Tape().beats(0, 3, 150).rows)
        connection.execute("UPDATE wear_session SET state = ?", (SessionState.RECORDING.value,))
    monkeypatch.setattr("wearables.kept.SessionClock", lambda *told: SessionClock(*told, asleep_ns=lambda: host.asleep))
    with alone(lock_path(tmp_path, session.id)):
        reader = Reading(tmp_path, session.id, lambda: now[0])
        assert reader.look().wall.tiles[0].bpm == 150
        host.asleep += TEN_MINUTES
        now[0] += ns(2)  # it looks again at what the database says of the clock
        tile = reader.look().wall.tiles[0]
    assert (tile.bpm, tile.last_bpm) == (None, 150)


def test_a_match_is_tied_by_the_clock_as_it_was_before_or_after_the_sleep(tmp_path: Path) -> None:
    sleeps = ((ns(900), TEN_MINUTES), (ns(2000), ns(60)))
    slept = Span(HostInstant(ns(1000) - TEN_MINUTES - ns(60), 0, "a"), Fraction(1), ns(3000), sleeps)
    assert slept.passed_ns(ns(1100)) == ns(100)  # before both
    assert slept.passed_ns(ns(1350)) == ns(950)  # after the first
    assert slept.passed_ns(ns(2400)) == ns(2060)  # after both
    session = Sessions(tmp_path).create("Buổi tập", STRAPS)
    told = {"running": True, "reason": "slept", "slept_ns": TEN_MINUTES}
    with Sessions(tmp_path).store.write() as connection:
        keep_rows(connection, session.id, [Event(EventKind.RUN, ns(900), 0, None, told, 1)])
    assert span(Sessions(tmp_path), session.id).sleeps == ((ns(900), TEN_MINUTES),)

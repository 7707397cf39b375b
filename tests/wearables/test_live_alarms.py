"""When something is to be looked at, to the instant, and when it is over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from live_rows import AN, Tape, ns

from wearables.live.alarms import Alarm, AlarmKind
from wearables.model import EventKind, MarkKind

LIMIT = 190  # 95 % of 200


def alarms(tape: Tape, at_s: float, kind: AlarmKind) -> list[tuple[float, float | None]]:
    """The alarms of a kind until an instant: begin and end in seconds."""
    found = [one for one in tape.fold(until_s=at_s).alarms(ns(at_s)) if one.kind is kind and one.athlete_id == "an"]
    return [(one.from_ns / 1e9, None if one.to_ns is None else one.to_ns / 1e9) for one in found]


def above(tape: Tape, at_s: float) -> list[tuple[float, float | None]]:
    return alarms(tape, at_s, AlarmKind.ABOVE_LIMIT)


def worn() -> Tape:
    return Tape((1, "an"))


def test_above_the_limit_for_twenty_seconds_without_a_break() -> None:
    tape = worn().beats(0, 100, 150).beats(100, 140, 191)
    assert above(tape, 119.9) == []
    assert above(tape, 120) == [(120, None)]
    tape.beats(140, 150, 188)  # under the limit, not 3 bpm under it: it does not blink
    assert above(tape, 150) == [(120, None)]
    tape.beat(150, 187)
    assert above(tape, 150.5) == [(120, 150)]


def test_at_the_limit_is_not_above_it_and_a_dip_begins_anew() -> None:
    assert above(worn().beats(0, 60, LIMIT), 60) == []
    tape = worn().beats(0, 19, 195).beat(19, LIMIT).beats(20, 39, 195)
    assert above(tape, 39.9) == []
    assert above(tape.beats(39, 42, 195), 42) == [(40, None)]


def test_a_held_rate_counts_and_silence_does_not() -> None:
    tape = worn().beats(0, 19, 195)  # the last packet at 18 s holds until 23 s
    assert above(tape, 19.9) == []
    assert above(tape, 20) == [(20, None)]
    assert above(tape, 40) == [(20, 23)]
    apart = worn().beats(0, 12, 195).beats(18, 30, 195)  # a second unknown between them
    assert above(apart, 35) == []


def test_an_own_limit_goes_before_the_share_of_the_maximum() -> None:
    tape = worn().beats(0, 40, 171)
    fold = tape.fold(profiles=(replace(AN, limit_bpm=170),))
    assert [(one.kind, one.value) for one in fold.alarms(ns(40))] == [(AlarmKind.ABOVE_LIMIT, 170)]
    assert not tape.fold(profiles=(replace(AN, hr_max_bpm=None, floors_bpm=None),)).alarms(ns(40))


def test_it_comes_again_as_another_alarm() -> None:
    tape = worn().beats(0, 30, 195).beats(30, 40, 150).beats(40, 70, 195)
    found = [one for one in tape.fold().alarms(ns(70)) if one.kind is AlarmKind.ABOVE_LIMIT]
    assert [one.id for one in found] == ["above_limit:an:20000000000", "above_limit:an:60000000000"]
    tape.mark(35, MarkKind.ACKNOWLEDGE, alarm=found[0].id)
    wall = tape.wall(70)
    assert [(one.from_ns, one.acknowledged_by) for one in wall.alarms] == [(ns(60), None)]
    tape.mark(71, MarkKind.ACKNOWLEDGE, alarm=found[1].id)
    assert [one.acknowledged_by for one in tape.wall(70).alarms] == ["Huấn luyện viên"]


def test_what_ended_unseen_stays_for_a_minute() -> None:
    tape = worn().beats(0, 30, 195).beats(30, 120, 150)
    assert [one.to_ns for one in tape.wall(89).alarms] == [ns(30)]
    assert tape.wall(91).alarms == ()


# No recovery


def effort(after_bpm: int, phase: str | None = None) -> Tape:
    tape = worn()
    if phase:
        tape.mark(0, MarkKind.PHASE, phase=phase)
    return tape.beats(0, 90, 175).beats(90, 200, after_bpm)  # 87.5 % for 90 s, then less


def no_recovery(tape: Tape, at_s: float) -> list[tuple[float, float | None]]:
    return alarms(tape, at_s, AlarmKind.NO_RECOVERY)


@pytest.mark.parametrize(("after", "raised"), [(156, True), (155, False)])
def test_twenty_beats_in_a_minute_after_the_load_stopped(after: int, raised: bool) -> None:
    tape = effort(after)
    assert no_recovery(tape, 149.9) == []
    assert no_recovery(tape, 150) == ([(150, None)] if raised else [])


def test_it_is_over_once_the_rate_has_fallen_and_says_by_how_much() -> None:
    tape = effort(160)
    (alarm,) = [one for one in tape.fold(until_s=160).alarms(ns(160)) if one.kind is AlarmKind.NO_RECOVERY]
    assert alarm.value == 15
    assert no_recovery(tape.beat(200, 155), 210) == [(150, 200)]


def test_short_efforts_and_work_that_goes_on_are_none() -> None:
    short = worn().beats(0, 59, 175).beats(59, 200, 165)
    assert no_recovery(short, 200) == []
    again = worn().beats(0, 90, 175).beats(90, 120, 165).beats(120, 200, 175)
    assert no_recovery(again, 200) == []


@pytest.mark.parametrize(("phase", "raised"), [("drill", False), ("match", False), ("warm_up", True)])
def test_in_a_drill_or_match_work_goes_on_by_definition(phase: str, raised: bool) -> None:
    assert bool(no_recovery(effort(165, phase), 170)) is raised


def rest(after_bpm: int, before_bpm: int = 160) -> Tape:
    tape = worn().beats(0, 100, before_bpm).beats(100, 200, after_bpm)
    tape.mark(100, MarkKind.PHASE, phase="rest")
    return tape


@pytest.mark.parametrize(("after", "raised"), [(141, True), (140, False)])
def test_a_marked_rest_is_where_the_load_stops(after: int, raised: bool) -> None:
    assert no_recovery(rest(after), 159) == []
    assert no_recovery(rest(after), 170) == ([(160, None)] if raised else [])


def test_who_rested_already_has_nothing_to_recover_from() -> None:
    assert no_recovery(rest(130, before_bpm=139), 170) == []  # under 70 %


def test_the_rest_that_ends_ends_the_alarm_and_one_too_short_says_nothing() -> None:
    tape = rest(150)
    tape.mark(180, MarkKind.PHASE, phase="drill")
    assert no_recovery(tape, 190) == [(160, 180)]
    brief = rest(150)
    brief.mark(140, MarkKind.PHASE, phase="drill")
    assert no_recovery(brief, 190) == []


def test_a_minute_with_no_rate_at_its_end_says_nothing() -> None:
    tape = worn().beats(0, 100, 160).beats(100, 150, 155)
    tape.mark(100, MarkKind.PHASE, phase="rest")
    assert no_recovery(tape, 170) == []


# Contact and silence


def test_contact_lost_for_ten_seconds() -> None:
    tape = worn().beats(0, 10, 150).beats(10, 30, None)
    assert alarms(tape, 20, AlarmKind.NO_CONTACT) == []
    assert alarms(tape, 20.1, AlarmKind.NO_CONTACT) == [(20, None)]
    assert alarms(tape.beat(30, 150), 30, AlarmKind.NO_CONTACT) == [(20, 30)]
    gone = worn().beats(0, 10, 150).beats(10, 30, None)
    assert alarms(gone, 60, AlarmKind.NO_CONTACT) == [(20, 44)]  # from there on it is silent: another alarm
    assert alarms(gone, 60, AlarmKind.SILENCE) == [(44, None)]


def test_silence_of_fifteen_seconds_and_of_a_minute_at_the_beginning() -> None:
    tape = worn().beats(0, 10, 150)
    assert alarms(tape, 24, AlarmKind.SILENCE) == []
    assert alarms(tape, 24.1, AlarmKind.SILENCE) == [(24, None)]
    assert alarms(tape.beat(100, 150), 101, AlarmKind.SILENCE) == [(24, 100)]
    never = worn()
    assert alarms(never, 60, AlarmKind.SILENCE) == []
    assert alarms(never, 61, AlarmKind.SILENCE) == [(60, None)]


def test_while_nobody_listened_no_strap_was_silent() -> None:
    tape = worn().beats(0, 10, 150).event(10, EventKind.RUN, running=False)
    tape.event(300, EventKind.RUN, running=True).beats(302, 310, 150)
    assert alarms(tape, 310, AlarmKind.SILENCE) == []


def test_a_strap_that_was_taken_off_is_not_silent() -> None:
    tape = worn().beats(0, 10, 150)
    tape.assign(20, 1, None)
    assert alarms(tape, 200, AlarmKind.SILENCE) == []


def test_an_alarm_has_one_name_on_every_screen() -> None:
    assert Alarm(AlarmKind.SILENCE, "an", 24_000_000_000).id == "silence:an:24000000000"

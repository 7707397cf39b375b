"""What a wall says, against sessions whose truth is known, and that it does not depend on how the rows came."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from live_rows import AN, BINH, CHI, DOUBLED, REFUSED, STRAPS, Tape, ns, tile_of

from wearables.live.fold import Fold
from wearables.live.wall import LoadMethod, Trend
from wearables.model import EventKind, MarkKind, Source, StrapState


def worn() -> Tape:
    return Tape((1, "an"), (2, "binh"))


def test_a_tile_says_rate_share_zone_strap_and_battery() -> None:
    tape = worn().state(0, StrapState.LIVE).event(1, EventKind.BATTERY, 1, percent=83)
    tape.beats(0, 60, 150).event(60, EventKind.LOW_BATTERY, 1, low=True)
    tile = tape.tile(60)
    assert (tile.bpm, tile.age_s, tile.percent_of_max, tile.zone, tile.state) == (150, 1.0, 75.0, 3, StrapState.LIVE)
    assert (tile.strap, tile.strap_label, tile.battery_percent, tile.low_battery, tile.rr) == (
        1,
        "áo 1",
        83,
        True,
        True,
    )
    assert tile.zone_s == (0, 0, 0, 60, 0, 0)
    assert (tile.unknown_s, tile.quality, tile.mean_bpm, tile.max_bpm) == (0, 1, 150, 150)


def test_banister_by_sex_and_the_published_check_value() -> None:
    tape = Tape((2, "binh")).beats(0, 1800, 130, strap=2)
    load = tape.tile(1800, "binh").load
    assert load is not None
    assert load.method is LoadMethod.BANISTER
    assert load.value == pytest.approx(10.8 * math.exp(1.08), rel=1e-9)  # 31.80
    assert round(load.value, 2) == 31.80


def test_edwards_where_rest_or_sex_is_unknown_and_it_says_so() -> None:
    tape = Tape((1, "chi")).beats(0, 120, 165)
    tile = tape.tile(120, "chi")
    assert tile.load is not None
    assert (tile.load.method, tile.load.value) == (LoadMethod.EDWARDS, pytest.approx(2 * 4, rel=1e-12))  # 82.5 %
    assert tile.max_estimated
    assert (tile.zone, tile.zone_s) == (None, None)  # nobody gave zones


def test_without_a_maximum_there_is_no_share_no_zone_and_no_load() -> None:
    bare = replace(AN, hr_max_bpm=None, floors_bpm=None)
    tile = tile_of(worn().beats(0, 30, 150).wall(30, profiles=(bare,)), "an")
    assert (tile.bpm, tile.percent_of_max, tile.zone, tile.load, tile.zone_s) == (150, None, None, None, None)
    assert tile.measured_s == 30


def test_a_boundary_belongs_to_the_upper_zone_and_under_zone_one_is_zero() -> None:
    tape = worn().beats(0, 10, 99).beats(10, 20, 100).beats(20, 30, 180)
    assert tape.tile(30).zone_s == (10, 10, 0, 0, 0, 10)
    assert tape.tile(30).zone == 5


@pytest.mark.parametrize(("at_s", "bpm", "state"), [(14.0, 150, StrapState.LIVE), (14.1, None, StrapState.STALE)])
def test_an_old_value_is_never_shown_as_current(at_s: float, bpm: int | None, state: StrapState) -> None:
    tile = worn().beats(0, 10, 150).tile(at_s)  # the last packet came at 9 s
    assert (tile.bpm, tile.state, tile.last_bpm) == (bpm, state, 150)
    assert tile.silent_s == pytest.approx(at_s - 9)
    assert (tile.zone is None, tile.percent_of_max is None, tile.trend is None) == (bpm is None,) * 2 + (True,)


@pytest.mark.parametrize(
    "state", [StrapState.NO_CONTACT, StrapState.LOST, StrapState.SCANNING, StrapState.CONNECTING, StrapState.STALE]
)
def test_a_strap_in_trouble_shows_no_number_at_once(state: StrapState) -> None:
    tile = worn().beats(0, 10, 150).state(9.5, state).tile(9.6)
    assert (tile.bpm, tile.state, tile.last_bpm) == (None, state, 150)
    assert tile.age_s == pytest.approx(0.6)


def test_a_packet_without_a_rate_or_without_skin_is_no_contact_and_no_time() -> None:
    zero = worn().beats(0, 10, 150).beats(10, 20, None)
    assert (zero.tile(20).bpm, zero.tile(20).state) == (None, StrapState.NO_CONTACT)
    assert (zero.tile(20).measured_s, zero.tile(20).unknown_s, zero.tile(20).quality) == (10, 10, 0.5)
    off = worn().beats(0, 10, 150).beat(10, 150, data=bytes([4, 150]))  # "not detected", and a number all the same
    assert (off.tile(10).bpm, off.tile(10).state) == (None, StrapState.NO_CONTACT)


def test_gaps_are_unknown_time_beyond_five_seconds() -> None:
    tape = worn().beats(0, 10, 150).beats(40, 50, 170)
    tile = tape.tile(50)
    assert tile.zone_s == (0, 0, 0, 9 + 5, 10, 0)
    assert tile.unknown_s == 26


def test_refused_and_doubled_packets_count_for_nothing_but_are_counted() -> None:
    tape = worn().beats(0, 10, 150)
    tape.beat(9.01, 150, status=DOUBLED).beat(9.5, None, status=REFUSED, data=b"\x06")
    wall = tape.wall(10)
    assert (wall.recording.doubled, wall.recording.refused) == (1, 1)
    assert tile_of(wall, "an").measured_s == 10


def test_a_broadcast_has_a_rate_and_no_rr() -> None:
    tape = worn()
    for at in range(10):
        tape.beat(at, 142, source=Source.POLAR, data=b"\x26\x00\x8e\x8e")
    tile = tape.tile(10)
    assert (tile.bpm, tile.state, tile.rr) == (142, StrapState.BROADCAST_ONLY, False)


def test_a_strap_that_comes_back_is_live_again() -> None:
    tape = worn().beats(0, 10, 150).state(12, StrapState.LOST).state(20, StrapState.SCANNING)
    assert tape.tile(22).state is StrapState.SCANNING
    tape.state(24, StrapState.LIVE).beat(24.1, 120)
    assert (tape.tile(24.2).bpm, tape.tile(24.2).state) == (120, StrapState.LIVE)


def test_a_rate_is_no_impossible_number() -> None:
    assert worn().beat(1, 300).tile(1).bpm is None
    assert worn().beat(1, 12).tile(1).bpm is None


def test_the_recorder_that_stopped_leaves_no_number() -> None:
    tape = worn().beats(0, 10, 150).event(9.5, EventKind.RUN, running=False)
    wall = tape.wall(600)
    assert (wall.recording.running, wall.live, wall.now_ns) == (False, 0, ns(9.5))
    assert tile_of(wall, "an").measured_s == 9.5  # nothing is held, and nothing is missing, after the end


# Trend


def test_the_trend_is_the_slope_of_thirty_seconds() -> None:
    tape = worn()
    for at in range(60):
        tape.beat(at, 100 + at // 2)  # a beat more every two seconds: 30 bpm a minute
    tile = tape.tile(59)
    # Stairs of two seconds under a line: by least squares over 31 whole seconds the slope differs by less than 1 %.
    assert tile.trend_bpm_a_min == pytest.approx(30, rel=0.01)
    assert tile.trend is Trend.RISING
    assert worn().beats(0, 60, 150).tile(60).trend is Trend.STEADY


def test_there_is_no_trend_without_enough_data() -> None:
    assert worn().beats(0, 7, 150).tile(7).trend is None
    assert worn().beats(0, 10, 150).tile(10).trend_bpm_a_min is None  # enough packets, too short a time


# Who wears what


def test_swapped_straps_belong_to_their_wearers_by_date() -> None:
    tape = worn().beats(0, 60, 110, 1).beats(0, 60, 170, 2)
    tape.rows.sort(key=lambda row: row.at_ns)
    tape.assign(30, 1, "binh")
    tape.assign(30, 2, "an")
    wall = tape.wall(60)
    an, binh = tile_of(wall, "an"), tile_of(wall, "binh")
    assert (an.strap, an.bpm, an.zone_s) == (2, 170, (0, 30, 0, 0, 30, 0))
    assert (binh.strap, binh.bpm, binh.zone_s) == (1, 110, (0, 30, 0, 0, 30, 0))
    assert (an.changed, an.unknown_s) == (2, 0)


def test_a_swap_that_is_taken_back_never_was() -> None:
    plain = worn().beats(0, 60, 110, 1)
    before = plain.wall(60)
    swapped = worn().beats(0, 60, 110, 1)
    number = swapped.assign(30, 1, "binh")
    assert tile_of(swapped.wall(60), "an").strap is None
    swapped.mark(50, MarkKind.UNDO, mark=number)
    after = swapped.wall(60)
    assert after.tiles == before.tiles
    again = swapped.mark(51, MarkKind.UNDO, mark=swapped.marks[-1].id)
    assert again
    assert tile_of(swapped.wall(60), "binh").strap == 1


def test_nobodys_strap_is_a_tile_of_its_own_and_somebody_may_have_none() -> None:
    wall = worn().beats(0, 10, 133, strap=3).wall(10)
    spare = tile_of(wall, None)
    assert (spare.strap, spare.strap_label, spare.bpm, spare.load) == (3, "C0:FF:EE:00:00:03", 133, None)
    assert (tile_of(wall, "chi").strap, tile_of(wall, "chi").state) == (None, None)
    assert wall.worn == 3


def test_time_without_a_strap_is_not_unknown_time() -> None:
    tape = worn().beats(0, 10, 150)
    tape.assign(10, 1, None)
    tile = tape.tile(100)
    assert (tile.measured_s, tile.unknown_s, tile.state) == (10, 0, None)


def test_who_is_given_another_strap_shows_nothing_of_the_former_one() -> None:
    tape = worn().beats(0, 10, 150)
    tape.assign(9.5, 3, "an")
    tile = tape.tile(10)
    assert (tile.strap, tile.bpm, tile.last_bpm) == (3, None, None)


def test_phases_and_undo_are_known_at_their_instants() -> None:
    tape = worn().beats(0, 100, 150)
    tape.mark(10, MarkKind.PHASE, phase="warm_up")
    number = tape.mark(50, MarkKind.PHASE, phase="match")
    fold = tape.fold()
    assert [fold.phase_at(ns(at)) and fold.phase_at(ns(at)).kind for at in (5, 10, 60)] == [None, "warm_up", "match"]  # type: ignore[union-attr]
    last = fold.wall(ns(100)).last_mark
    assert last is not None
    assert last.id == number
    tape.mark(60, MarkKind.UNDO, mark=number)
    phase = tape.wall(100).phase
    assert phase is not None
    assert phase.kind == "warm_up"
    # Who wears what from the beginning is not taken back by one key.
    assert worn().wall(1).last_mark is None


def test_a_name_or_maximum_that_changes_is_taken_at_once() -> None:
    tape = worn().beats(0, 60, 150)
    fold = tape.fold()
    assert tile_of(fold.wall(ns(60)), "an").percent_of_max == 75
    fold.know(STRAPS, (replace(AN, hr_max_bpm=187.5, name="An mới"), BINH, CHI))
    tile = tile_of(fold.wall(ns(60)), "an")
    assert (tile.name, tile.percent_of_max, tile.measured_s) == ("An mới", 80, 60)


def in_pieces(tape: Tape, before: int, now_s: float) -> list[Fold]:
    """The fold of a tape in one go, and that of all marks with some rows, looked at, then the rest."""
    pieces = Fold(STRAPS, (AN, BINH, CHI))
    pieces.take(tape.rows[:before], tape.marks)
    pieces.wall(ns(now_s))
    pieces.take(tape.rows[before:])
    return [tape.fold(), pieces]


def test_a_restart_at_the_instant_of_a_packet_counts_before_it() -> None:
    tape = worn().beat(0, None).beat(10.1, None).beat(10.1, 120).event(10.1, EventKind.RUN, running=True)
    whole, pieces = in_pieces(tape, 3, 10.1)
    assert whole.alarms(ns(400)) == pieces.alarms(ns(400))


def test_a_restart_before_the_end_of_what_was_worn_is_heard_late_too() -> None:
    tape = worn().beat(0, None).event(11, EventKind.RUN, running=True).beat(11.3, None)
    tape.assign(11.3, 1, "binh")
    whole, pieces = in_pieces(tape, 1, 11)
    assert whole.alarms(ns(400)) == pieces.alarms(ns(400))


# Any pieces, the same wall


def test_a_recorder_that_begins_again_gives_the_same_alarms_live_and_later() -> None:
    at_a_packet = worn().beat(1, None).event(1, EventKind.RUN, running=True).beat(20, None)
    before_a_mark = worn().beat(20, 95).event(37, EventKind.RUN, running=True)
    before_a_mark.assign(58, 1, None)  # its row is read after that mark
    for tape in (at_a_packet, before_a_mark):
        pieces = Fold(STRAPS, (AN, BINH, CHI))
        pieces.take((), tape.marks)
        for row in tape.rows:
            pieces.wall(0)
            pieces.take([row])
        assert pieces.alarms(ns(100)) == tape.fold().alarms(ns(100))


@st.composite
def sessions(draw: st.DrawFn) -> Tape:
    tape = worn()
    at_s = 0.0
    for _ in range(draw(st.integers(1, 60))):
        at_s += draw(st.sampled_from([0.0, 0.3, 1.0, 1.0, 1.0, 4.9, 5.0, 5.1, 11.0, 16.0, 30.0]))
        what = draw(st.integers(0, 19))
        strap = draw(st.integers(1, 3))
        if what < 14:
            tape.beat(at_s, draw(st.sampled_from([None, 95, 120, 165, 171, 189, 191, 196])), strap)
        elif what == 14:
            tape.state(at_s, draw(st.sampled_from(list(StrapState))), strap)
        elif what == 15:
            tape.event(at_s, EventKind.RUN, running=draw(st.booleans()))
        elif what < 18:
            tape.assign(at_s, strap, draw(st.sampled_from(["an", "binh", "chi", None])))
        elif what == 18:
            tape.mark(at_s, MarkKind.PHASE, phase=draw(st.sampled_from(["drill", "rest", "warm_up"])))
        else:
            tape.mark(at_s, MarkKind.UNDO, mark=draw(st.sampled_from(tape.marks)).id)
    return tape


@settings(deadline=None)
@given(sessions(), st.data())
def test_any_chunks_of_the_same_rows_and_marks_give_the_same_wall(tape: Tape, data: st.DataObject) -> None:
    now_ns = ns(400)
    whole = tape.fold()
    pieces = Fold(STRAPS, (AN, BINH, CHI))
    rows, marks = list(tape.rows), list(tape.marks)
    while rows or marks:
        k, m = data.draw(st.integers(0, len(rows))), data.draw(st.integers(0, len(marks)))
        if not k and not m:
            k, m = len(rows), len(marks)
        pieces.take(rows[:k], marks[:m])
        rows, marks = rows[k:], marks[m:]
        pieces.wall(0)  # somebody looks meanwhile, and changes nothing by it
    assert pieces.wall(now_ns) == whole.wall(now_ns)
    assert pieces.alarms(now_ns) == whole.alarms(now_ns)


@settings(deadline=None, max_examples=50)
@given(sessions())
def test_known_and_unknown_time_make_up_the_time_with_a_strap(tape: Tape) -> None:
    fold = tape.fold()
    wall = fold.wall(ns(400))
    assume(all(mark.at_ns <= wall.now_ns for mark in tape.marks))  # nobody marks what is still to come
    for tile in wall.tiles:
        if tile.athlete_id is None:
            continue
        worn_ns = sum(
            (min(span.to_ns, wall.now_ns) if span.to_ns is not None else wall.now_ns) - min(span.from_ns, wall.now_ns)
            for span in fold.worn_by(tile.athlete_id)
        )
        assert tile.measured_s + tile.unknown_s == pytest.approx(worn_ns / 1e9, abs=1e-6)
        assert tile.zone_s is None or sum(tile.zone_s) == pytest.approx(tile.measured_s, abs=1e-6)

"""Plans beside what was done, and stretches of days in numbers: what is not known stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from squad_data import TODAY, squad_home

from athletes.archive import Archive
from athletes.comparing import Ask, before, compare, last_year
from athletes.load.model import LoadMethod, SessionLoad
from athletes.load.season import season_of
from athletes.planning import WEEK, Answer, Done, copy_week, hold, kept, week_of
from athletes.record_store import Records
from athletes.records import Record, RecordKind
from athletes.squad import squad_of
from athletes.stretch import Number, stretch_of, summed, zones_of
from touchline.errors import BadValue

DAY = date(2026, 11, 24)


def plan(sport: str = "running", day: date = DAY, **values: float) -> Record:
    return Record(RecordKind.PLAN, "an", day, values, sport, id=f"{sport}{day}{sorted(values.items())}")


def done(sport: str | None = "running", day: date = DAY, minutes: float | None = 60, load: float | None = None) -> Done:
    return Done("s", "an", day, sport, "x", minutes, load, None)


@pytest.mark.parametrize(
    ("plans", "sessions", "answers"),
    [
        ([plan(minutes=60)], [], [Answer.MISSED]),
        ([plan(day=TODAY, minutes=60)], [], [Answer.OPEN]),
        ([plan(minutes=60)], [done(minutes=48)], [Answer.AS_PLANNED]),
        ([plan(minutes=60)], [done(minutes=47)], [Answer.LESS]),
        ([plan(minutes=60)], [done(minutes=30), done(minutes=50)], [Answer.MORE]),  # both count: one plan of that sport
        ([plan(minutes=60)], [done(minutes=None)], [Answer.DONE]),
        ([plan(minutes=60, load=100)], [done(minutes=60, load=50)], [Answer.LESS]),  # load goes before minutes
        ([plan(load=100)], [done(minutes=60)], [Answer.DONE]),  # nobody knows the load: nothing is compared
        ([plan(""), plan("cycling")], [done("cycling"), done("rowing")], [Answer.DONE, Answer.DONE]),
        ([], [done()], [Answer.UNPLANNED]),
        ([plan()], [done(), done("cycling")], [Answer.DONE, Answer.UNPLANNED]),
    ],
)
def test_each_plan_gets_its_answer(plans: list[Record], sessions: list[Done], answers: list[Answer]) -> None:
    assert [one.answer for one in hold(plans, sessions, TODAY)] == answers


def test_a_session_of_another_sport_answers_but_is_told() -> None:
    (held,) = hold([plan("running", minutes=60)], [done("cycling", minutes=60)], TODAY)
    assert held.other_sport
    (two, free) = hold([plan("running", minutes=60), plan("", minutes=60)], [done("cycling")], TODAY)
    assert (two.answer, free.answer) == (Answer.MISSED, Answer.AS_PLANNED)  # one without a sport goes first


SPORTS = st.sampled_from(["running", "cycling", ""])


@settings(max_examples=60, deadline=None)
@given(st.lists(SPORTS, max_size=4), st.lists(SPORTS, max_size=5))
def test_every_session_is_told_once_and_every_plan_too(planned: Sequence[str], did: Sequence[str]) -> None:
    plans = [plan(sport, minutes=float(10 + at)) for at, sport in enumerate(planned)]
    sessions = [Done(str(at), "an", DAY, sport or None, "", 60, None, None) for at, sport in enumerate(did)]
    held = hold(plans, sessions, TODAY)
    assert sorted(one.session_id for each in held for one in each.done) == [str(at) for at in range(len(did))]
    assert [one.plan for one in held if one.plan is not None] == plans
    told = kept(held, TODAY)
    assert told.due == len(plans)
    assert told.answered <= min(len(plans), len(did))


def test_minutes_are_compared_only_where_both_sides_are_known() -> None:
    held = hold(
        [plan(minutes=60), plan(day=DAY + timedelta(days=1), minutes=60), plan(day=DAY + timedelta(days=2))],
        [done(minutes=50), done(day=DAY + timedelta(days=1), minutes=None), done(day=DAY + timedelta(days=2))],
        TODAY,
    )
    assert kept(held, TODAY).minutes == (50, 60)
    assert kept(held, TODAY).load is None
    assert kept(held[:0], TODAY).due == 0


def test_last_week_is_copied_once(tmp_path: Path) -> None:
    archive = Archive(squad_home(tmp_path))
    athletes, records = [one.id for one in archive.athletes()], Records(archive)
    monday = week_of(TODAY)
    first = copy_week(records, athletes, monday)
    was = records.of(athletes, (RecordKind.PLAN,), since=monday - WEEK, until=monday - timedelta(days=1))
    assert first
    assert [(one.athlete_id, one.day - WEEK, one.values, one.what, one.text) for one in first] == [
        (one.athlete_id, one.day, one.values, one.what, one.text) for one in was
    ]
    assert copy_week(records, athletes, monday) == []


def test_a_sum_says_on_how_many_it_stands() -> None:
    assert summed([10, None, 5]) == Number(15, 2, 3)
    assert summed([None]) == Number(None, 0, 1)
    assert summed([]).value is None
    zoned = [_session((60, 0), ("1",)), _session((0, 120), ("1",)), _session((), ()), _session((1, 1, 1), ("a", "b"))]
    found = zones_of(zoned)
    assert found is not None
    assert (found.names, found.seconds, found.n, found.of) == (("1",), (60, 120), 2, 4)


def _session(zone_s: tuple[float, ...], names: tuple[str, ...]) -> SessionLoad:
    return SessionLoad("s", DAY, None, "running", 10, {}, {}, None, zone_s, names, 0.0)


def test_a_stretch_a_squad_and_a_comparison_of_real_sessions(tmp_path: Path) -> None:
    archive = Archive(squad_home(tmp_path))
    one, two, _ = archive.athletes()
    asks = [Ask(each, TODAY - timedelta(days=27), TODAY) for each in (one, two)]
    found = compare(archive, asks, UTC)
    assert found.method is LoadMethod.BANISTER
    first = found.columns[0].stretch
    days = [day for _, _, day in found.columns[0].weeks]
    assert days == [7, 7, 7, 7]
    assert first.load.value == pytest.approx(sum(load for load, _, _ in found.columns[0].weeks))
    assert first.load_a_week == pytest.approx((first.load.value or 0) / 4)
    assert first.readings["ln_rmssd"].n == first.readings["resting_bpm"].n > 10
    assert first.rates["distance_m_per_min"].whole
    young = compare(archive, [asks[0], last_year(asks[0])], UTC).columns[1]
    assert (young.stretch.sessions, young.stretch.load.value, young.stretch.load_a_week) == (0, None, None)
    assert before(asks[0]).until == TODAY - timedelta(days=28)
    assert last_year(asks[0]).since.weekday() == asks[0].since.weekday()
    with pytest.raises(BadValue):
        compare(archive, asks[:1], UTC)


def test_the_squads_list_is_ordered_and_remembered_until_something_changes(tmp_path: Path) -> None:
    archive, told = Archive(squad_home(tmp_path)), list[int]()
    athletes = archive.athletes()

    def rows() -> list[str]:
        found = squad_of(archive, athletes, TODAY, UTC, lambda at, count: told.append(at))
        assert [row.look.weight for row in found] == sorted((row.look.weight for row in found), reverse=True)
        return [reason.code for row in found for reason in row.look.reasons]

    first = rows()
    assert {"injury_with_load", "hrv_below_band"} <= set(first)
    assert len(told) == 3
    assert rows() == first
    assert len(told) == 3  # nothing was read again
    records = Records(archive)
    injury = records.of([one.id for one in athletes], (RecordKind.INJURY,))[0]
    records.remove(injury.id)
    assert "injury_with_load" not in rows()
    assert len(told) == 4  # the one whose entry went, and nobody else


def test_a_stretch_with_an_unknown_day_has_no_load_a_week(tmp_path: Path) -> None:
    archive = Archive(squad_home(tmp_path))
    one = archive.athletes()[0]
    Records(archive).keep(Record(RecordKind.EFFORT, one.id, TODAY, {"minutes": 30.0}, "rowing"))
    season = season_of(archive, one.id, until=TODAY, zone=UTC)
    found = stretch_of(season, TODAY - timedelta(days=6), TODAY)
    assert found.load.n == found.load.of - 1
    assert found.load_a_week is None

"""The journal of a session: whole records, torn tails, damage, a disk that takes nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchline.errors import BadFile
from wearables.model import Event, EventKind, Frame, Source, Status
from wearables.recorder.journal import MAGIC, MARK, Journal, Row, encode, read_from

TIMES = st.integers(0, 2**62)
FRAMES = st.builds(
    Frame,
    st.integers(1, 500),
    TIMES,
    TIMES,
    st.sampled_from(Source),
    st.binary(max_size=40),
    st.sampled_from(Status),
    st.none() | st.integers(0, 65535),
    st.integers(1, 2**40),
)
TEXTS = st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(-5, 5) | st.booleans(), max_size=3)
EVENTS = st.builds(
    Event, st.sampled_from(EventKind), TIMES, TIMES, st.none() | st.integers(1, 500), TEXTS, st.integers(1, 2**40)
)
ROWS = st.lists(FRAMES | EVENTS, min_size=1, max_size=12)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def row(number: int) -> Frame:
    return Frame(1, number * 10**9, number * 10**6, Source.HEART_RATE, b"\x00\x48", bpm=72, seq=number)


def written(path: Path, rows: list[Row]) -> list[int]:
    """A new journal with ``rows``; the place behind each."""
    path.unlink(missing_ok=True)
    with contextlib.closing(Journal(path)) as journal:
        return [journal.append([each]) for each in rows]


@SHARED
@given(rows=ROWS)
def test_what_was_written_is_read_from_any_record_on(rows: list[Row], tmp_path: Path) -> None:
    path = tmp_path / "journal"
    ends = written(path, rows)
    for k, begins in enumerate([0, *ends]):
        batch = read_from(path, begins)
        assert (list(batch.rows), batch.ends, batch.damage) == (rows[k:], ends[-1], ())
        assert list(read_from(path, 0, begins).rows) == rows[:k]
    with contextlib.closing(Journal(path)) as journal:
        assert (journal.size, journal.cut, journal.last_seq) == (ends[-1], 0, max(each.seq for each in rows))


@SHARED
@given(rows=ROWS, data=st.data())
def test_a_torn_tail_is_cut_off_and_said_and_costs_only_its_own_record(
    rows: list[Row], data: st.DataObject, tmp_path: Path
) -> None:
    path = tmp_path / "journal"
    ends = written(path, rows)
    whole = path.read_bytes()
    cut = data.draw(st.integers(len(MAGIC), len(whole)))
    path.write_bytes(whole[:cut] + data.draw(st.binary(max_size=30) | st.just(bytes(64)) | st.just(MARK)))
    left = [each for each, end in zip(rows, ends, strict=True) if end <= cut]
    tail = path.stat().st_size
    with contextlib.closing(Journal(path)) as journal:
        kept = list(read_from(path, 0).rows)
        assert kept[: len(left)] == left  # random bytes that make up one more whole record are that record
        assert journal.cut == tail - journal.size
        after = row(7)
        journal.append([after])
    assert list(read_from(path, 0).rows) == [*kept, after]


@SHARED
@given(rows=st.lists(FRAMES, min_size=3, max_size=8), data=st.data())
def test_damage_in_the_middle_costs_its_own_records_and_is_told(
    rows: list[Row], data: st.DataObject, tmp_path: Path
) -> None:
    path = tmp_path / "journal"
    ends = written(path, rows)
    hit = data.draw(st.integers(0, len(rows) - 2))
    begins = ends[hit - 1] if hit else len(MAGIC)
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(begins, ends[hit] - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    batch = read_from(path, 0)
    assert list(batch.rows) == rows[:hit] + rows[hit + 1 :]
    assert [(each.begins, each.ends) for each in batch.damage] == [(begins, ends[hit])]
    with contextlib.closing(Journal(path)) as journal:
        assert (journal.cut, journal.damage) == (0, batch.damage)


def test_damage_longer_than_a_block_hides_nothing_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    (first,) = written(path, [row(1)])
    path.write_bytes(path.read_bytes() + bytes(3 << 20) + encode(row(2)) + encode(row(3)))
    batch = read_from(path, 0)
    assert [each.seq for each in batch.rows] == [1]
    batch = read_from(path, batch.ends)
    assert [each.seq for each in batch.rows] + [each.seq for each in read_from(path, batch.ends).rows] == [2, 3]
    assert [each.size for each in batch.damage] == [3 << 20]
    assert batch.damage[0].begins == first
    with contextlib.closing(Journal(path)) as journal:
        assert (journal.last_seq, journal.cut) == (3, 0)


def test_a_long_journal_is_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, [row(1)])
    with contextlib.closing(Journal(path)) as journal:
        journal.append([row(number) for number in range(2, 5000)])
    at, seen = 0, []
    while (batch := read_from(path, at, most=10_000)).rows:
        assert len(batch.rows) < 200
        at, seen = batch.ends, seen + [each.seq for each in batch.rows]
    assert seen == list(range(1, 5000))


@pytest.mark.parametrize("head", [b"", MAGIC[:5]])
def test_a_journal_that_was_not_even_begun_is_begun_anew(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(head)
    with contextlib.closing(Journal(path)) as journal:
        assert (journal.cut, journal.size) == (len(head), len(MAGIC))
        journal.append([row(1)])
    assert [each.seq for each in read_from(path, 0).rows] == [1]


def test_another_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"something that somebody else wrote")
    with pytest.raises(BadFile):
        Journal(path)
    assert path.read_bytes() == b"something that somebody else wrote"


def test_there_is_nothing_in_a_journal_that_is_not_there(tmp_path: Path) -> None:
    assert read_from(tmp_path / "journal", 0).rows == ()

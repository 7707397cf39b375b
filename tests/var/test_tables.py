"""Frame tables that are read on from where they ended: what comes out is what a whole reading gives, always."""

from __future__ import annotations

import os
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import BadFile, BadValue, NotFound
from touchline.timebase import Timebase
from var.footage.table import GAP, HIDDEN, IDR, KEY, RECORD, Coding, FrameTable, TableWriter, read_table, write_table
from var.footage.tables import TableReader
from var.ticks import Ticks

TICK = Timebase(Fraction(1, 90_000))
CODING = Coding("h264", "avc1.64001F", b"\x01abc", (320, 180))


def rows_of(count: int, order: list[int], flags: list[int], first: int = 0) -> np.ndarray:
    """Packets in groups of four whose pictures are shown in the order ``order``."""
    rows = np.zeros(count, RECORD)
    n = np.arange(first, first + count)
    rows["dts"], rows["pos"], rows["size"] = n * 100, n * 1000, 900
    rows["pts"] = [(k // 4 * 4 + order[k % 4] + 3) * 100 for k in n]
    rows["flags"] = [flags[k % len(flags)] for k in n]
    return rows


def same(one: FrameTable, other: FrameTable) -> None:
    assert np.array_equal(one.rows, other.rows)
    assert one.pts == other.pts
    assert one.pts.digest == other.pts.digest
    assert one.gaps == other.gaps
    assert np.array_equal(one.display, other.display)
    assert [one.row_of(i) for i in range(len(one))] == [other.row_of(i) for i in range(len(other))]
    assert (one.coding, one.timebase, one.growing) == (other.coding, other.timebase, other.growing)


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(range(4)),
    st.lists(st.sampled_from([0, KEY, KEY | IDR, GAP, HIDDEN]), min_size=1, max_size=9),
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.integers(0, 47),
)
def test_read_piece_by_piece_it_is_the_whole_table(
    order: list[int], flags: list[int], pieces: list[int], cut: int
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path, reader, first = Path(folder) / "a.frames", TableReader(), 0
        writer = TableWriter(path, TICK, CODING)
        given_out: list[tuple[FrameTable, np.ndarray, Ticks]] = []
        for piece in pieces:
            rows = rows_of(piece, order, flags, first)
            writer._stream.write(rows.tobytes()[: rows.nbytes - cut])  # the last record is half there
            writer._stream.flush()
            same(reader.of(path, growing=True), read_table(path, growing=True))
            writer._stream.write(rows.tobytes()[rows.nbytes - cut :])
            writer._stream.flush()
            first += piece
            now = reader.of(path, growing=True)
            same(now, read_table(path, growing=True))
            given_out.append((now, now.rows.copy(), Ticks(now.pts.array.copy())))
        writer.close()
        same(reader.of(path), read_table(path))
        for table, kept, pts in given_out:  # what was given out does not change under anybody's hands
            assert np.array_equal(table.rows, kept)
            assert table.pts == pts


def test_records_that_were_taken_back_are_not_believed(tmp_path: Path) -> None:
    """A full disk: the recorder cuts off what it had begun to write, and goes on with other records later."""
    path, reader = tmp_path / "a.frames", TableReader()
    writer = TableWriter(path, TICK, CODING)
    writer.append(rows_of(40, [0, 1, 2, 3], [KEY]))
    whole = path.stat().st_size
    writer.append(rows_of(8, [0, 1, 2, 3], [0], first=40))
    assert len(reader.of(path, growing=True).rows) == 48
    writer.close()
    os.truncate(path, whole)
    with path.open("ab") as stream:
        stream.write(rows_of(30, [0, 1, 2, 3], [0, GAP], first=60).tobytes())  # more than there was before
    same(reader.of(path, growing=True), read_table(path, growing=True))
    write_table(path, TICK, CODING, rows_of(20, [0, 1, 2, 3], [KEY]))  # made anew by a repair
    same(reader.of(path), read_table(path))


def test_what_goes_back_in_time_is_ordered_anew_and_what_is_shown_twice_is_refused(tmp_path: Path) -> None:
    path, reader = tmp_path / "a.frames", TableReader()
    writer = TableWriter(path, TICK, CODING)
    writer.append(rows_of(8, [0, 1, 2, 3], [0], first=100))
    reader.of(path, growing=True)
    writer.append(rows_of(8, [0, 1, 2, 3], [0], first=10))
    writer.append(rows_of(8, [0, 1, 2, 3], [0], first=200))
    same(reader.of(path, growing=True), read_table(path, growing=True))
    writer.append(rows_of(8, [0, 1, 2, 3], [0], first=200))
    writer.append(rows_of(8, [0, 1, 2, 3], [0], first=300))
    for _ in range(2):
        with pytest.raises(BadValue):
            _ = reader.of(path, growing=True).pts
    writer.close()


def test_refusals_and_recovery(tmp_path: Path) -> None:
    path, reader = tmp_path / "a.frames", TableReader()
    with pytest.raises(NotFound):
        reader.of(path)
    path.write_bytes(b"TLFRAMES\xff\xff\xff\xff rubbish")
    with pytest.raises(BadFile):
        reader.of(path)
    path.write_bytes(b"something else")
    with pytest.raises(BadFile):
        reader.of(path)
    write_table(path, TICK, CODING, rows_of(5, [0, 1, 2, 3], [KEY]))
    assert len(reader.of(path)) == 5
    path.unlink()
    with pytest.raises(NotFound):
        reader.of(path)


def test_memory_is_bounded_and_the_same_table_is_read_once(tmp_path: Path) -> None:
    budget = 3 * 100 * RECORD.itemsize
    reader = TableReader(budget)
    paths = [tmp_path / f"{k}.frames" for k in range(9)]
    for path in paths:
        write_table(path, TICK, CODING, rows_of(100, [0, 1, 2, 3], [KEY]))
        assert reader.of(path) is reader.of(path)
    assert sum(known.bytes for known in reader._known.values()) <= budget
    assert list(reader._known) == paths[-3:]


def test_many_threads_get_whole_tables(tmp_path: Path) -> None:
    path, reader = tmp_path / "a.frames", TableReader()
    writer = TableWriter(path, TICK, CODING)
    faults: list[BaseException] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                table = reader.of(path, growing=True)
                assert table.pts.array.tolist() == [(k + 3) * 100 for k in range(len(table))]
                assert len(table.display) == len(table.rows)
        except BaseException as fault:  # noqa: BLE001  told to the test below
            faults.append(fault)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for first in range(0, 2000, 20):
        writer.append(rows_of(20, [0, 1, 2, 3], [KEY], first), sync=False)
        writer._stream.flush()
    done.set()
    for thread in threads:
        thread.join()
    writer.close()
    assert not faults
    assert len(reader.of(path).rows) == 2000

"""Frame tables and rows of ticks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import BadFile, BadValue, NotFound
from touchline.timebase import ClockMap, Timebase
from var.footage.table import GAP, HIDDEN, IDR, KEY, RECORD, Coding, TableWriter, read_table, write_table
from var.model import Clip, Origin
from var.ticks import Ticks

CODING = Coding("h264", "avc1.64001F", b"\x01\x64", (320, 180))
TICK = Timebase(Fraction(1, 90000))


def row(pts: int, dts: int, flags: int = 0, pos: int = 0) -> tuple[int, ...]:
    return (pts, dts, pts + 7, 1_000_000 * dts, pos, 10, flags)


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, unique=True).map(sorted), st.integers(-(2**41), 2**41))
def test_ticks_read_like_the_tuple(values: list[int], at: int) -> None:
    ticks = Ticks(values)
    assert ticks == tuple(values)
    assert list(ticks) == values
    assert ticks[-1] == values[-1]
    assert ticks[1:] == tuple(values[1:])
    assert ticks.place(at) == sum(value < at for value in values)
    assert ticks.place(at + Fraction(1, 3)) == sum(value < at + Fraction(1, 3) for value in values)
    assert hash(ticks) == hash(Ticks(np.array(values)))
    assert ticks != tuple(values[:-1])


@pytest.mark.parametrize("values", [[1, 1], [2, 1], [[1, 2], [3, 4]]])
def test_ticks_must_rise(values: list[int]) -> None:
    with pytest.raises(BadValue):
        Ticks(np.array(values))


def test_ticks_do_not_change_with_what_they_were_made_of() -> None:
    values = np.array([1, 2, 3])
    ticks = Ticks(values)
    values[0] = 99
    assert ticks == (1, 2, 3)
    with pytest.raises(ValueError, match="read-only"):
        ticks.array[0] = 5


def test_a_table_comes_back_and_knows_the_order_of_showing(tmp_path: Path) -> None:
    rows = np.array([row(0, -2, KEY | IDR), row(4, -1), row(2, 0), row(6, 1, HIDDEN), row(8, 2, GAP)], RECORD)
    write_table(tmp_path / "a.frames", TICK, CODING, rows)
    table = read_table(tmp_path / "a.frames")
    assert (table.timebase, table.coding) == (TICK, CODING)
    assert table.pts == (0, 2, 4, 8)
    assert table.display.tolist() == [0, 2, 1, -1, 3]
    assert table.gaps == (3,)
    assert [table.row_of(i) for i in range(4)] == [0, 2, 1, 4]
    assert table.rows.tobytes() == rows.tobytes()


def test_a_growing_table_tells_only_what_is_settled(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "a.frames", TICK, CODING)
    assert len(read_table(tmp_path / "a.frames", growing=True)) == 0
    writer.append([row(0, 0, KEY), row(30, 1), row(10, 10)])
    assert read_table(tmp_path / "a.frames", growing=True).pts == (0,)
    writer.append([row(20, 20)])
    assert read_table(tmp_path / "a.frames", growing=True).pts == (0, 10)
    writer.close()
    assert read_table(tmp_path / "a.frames").pts == (0, 10, 20, 30)
    with pytest.raises(FileExistsError):
        TableWriter(tmp_path / "a.frames", TICK, CODING)


def test_a_record_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.frames"
    write_table(path, TICK, CODING, np.array([row(0, 0, KEY), row(1, 1)], RECORD))
    whole = path.read_bytes()
    for cut in range(1, RECORD.itemsize + 1):
        path.write_bytes(whole[:-cut])
        assert read_table(path).pts == (0,)
    for cut in range(RECORD.itemsize * 2 + 1, len(whole)):  # the header itself is cut
        path.write_bytes(whole[:-cut])
        with pytest.raises(BadFile, match=r"a\.frames"):
            read_table(path)


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_table(tmp_path / "none.frames")
    (tmp_path / "a.frames").write_bytes(b"something else entirely")
    with pytest.raises(BadFile):
        read_table(tmp_path / "a.frames")


def gapped() -> Clip:
    return Clip(
        "cam1", "A", Path("a.mp4"), Path("p"), "0" * 64, (320, 180), Timebase(Fraction(1, 10)),
        (0, 1, 2, 50, 51, 52), ClockMap(), Origin.MEASURED, gaps=(3,),
    )  # fmt: skip


def test_no_picture_in_a_gap() -> None:
    clip = gapped()
    assert clip.frame_s == Fraction(1, 10)
    assert clip.frame_at(Fraction(2, 10)) == 2
    assert clip.frame_at(Fraction(1, 4)) == 2  # half a frame after the last picture before the gap
    assert clip.frame_at(Fraction(26, 100)) is None
    assert not clip.covers(Fraction(3))
    assert clip.frame_at(Fraction(494, 100)) is None
    assert clip.frame_at(Fraction(495, 100)) == 3


@pytest.mark.parametrize("gaps", [(0,), (6,), (3, 3), (4, 3)])
def test_gaps_lie_between_frames(gaps: tuple[int, ...]) -> None:
    from dataclasses import replace

    with pytest.raises(BadValue):
        replace(gapped(), gaps=gaps)

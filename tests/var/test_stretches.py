"""The index of a folder of stretches: it only grows, and whatever was cut off does not count."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from var.footage.stretches import (
    INDEX_NAME,
    PLACE,
    Medium,
    Stretches,
    StretchReader,
    StretchWriter,
    file_name,
    read_stretches,
)

MEDIUM = Medium((1280, 720), "avc1.64001F", b"\x01\x64\x00\x1f")


def places(count: int, first: int = 0) -> np.ndarray:
    return np.array([(100 + 10 * k, first + k) for k in range(count)], PLACE)


def filled(folder: Path) -> StretchWriter:
    writer = StretchWriter(folder)
    writer.heading(MEDIUM, "25")
    writer.made(500, places(500, 500), 9000)
    writer.damaged(1000, 500, 1234)
    writer.heading(MEDIUM, "25")
    writer.made(0, places(500), 8000)
    return writer


def test_what_was_written_is_read(tmp_path: Path) -> None:
    writer = filled(tmp_path / "p")
    known = read_stretches(tmp_path / "p")
    assert (known.medium, known.rate) == (MEDIUM, "25")
    assert [(s.first, s.count, s.bytes, s.damaged) for s in known.by_first.values()] == [
        (500, 500, 9000, None),
        (1000, 500, 0, 1234),
        (0, 500, 8000, None),
    ]
    assert np.array_equal(known.by_first[0].places, places(500))
    assert known.damaged == (1234,)
    assert known.covers(1000, 500)
    assert not known.covers(0, 300)
    assert not known.covers(1500, 500)
    assert writer.known.by_first.keys() == known.by_first.keys()
    assert read_stretches(tmp_path / "none") == Stretches()
    assert file_name(500) == "00000500.mp4"


def test_another_coding_makes_what_was_there_void(tmp_path: Path) -> None:
    writer = filled(tmp_path)
    writer.heading(Medium((640, 360), "avc1.42001E", b"\x01"), "25")
    writer.made(500, places(500), 1)
    assert sorted(read_stretches(tmp_path).by_first) == [500]


def test_a_reader_reads_on(tmp_path: Path) -> None:
    reader = StretchReader(limit=1)
    assert reader.of(tmp_path / "a").by_first == {}
    writer = filled(tmp_path / "a")
    first = reader.of(tmp_path / "a")
    assert reader.of(tmp_path / "a") is first  # nothing was added
    writer.made(1500, places(20), 5)
    assert sorted(reader.of(tmp_path / "a").by_first) == [0, 500, 1000, 1500]
    filled(tmp_path / "b")
    assert len(reader.of(tmp_path / "b").by_first) == 3
    (tmp_path / "a" / INDEX_NAME).unlink()
    assert reader.of(tmp_path / "a").by_first == {}
    filled(tmp_path / "a")
    assert len(reader.of(tmp_path / "a").by_first) == 3


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_cut_at_any_byte_it_holds_whole_records_and_goes_on(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder)
        path = folder / INDEX_NAME
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut] + data.draw(st.binary(max_size=40)))
        known = read_stretches(folder)
        full = {500: 500, 1000: 500, 0: 500}
        assert all(full.get(first) == stretch.count for first, stretch in known.by_first.items())
        writer = StretchWriter(folder)
        writer.heading(MEDIUM, "25")
        writer.made(2000, places(7), 3)
        after = read_stretches(folder)
        assert set(after.by_first) == {*known.by_first, 2000}
        assert np.array_equal(after.by_first[2000].places, places(7))


@pytest.mark.parametrize("damage", [4, 40, 200])
def test_a_record_with_a_wrong_check_sum_does_not_count(tmp_path: Path, damage: int) -> None:
    filled(tmp_path)
    path = tmp_path / INDEX_NAME
    content = bytearray(path.read_bytes())
    content[-damage] ^= 255
    path.write_bytes(content)
    assert 0 not in read_stretches(tmp_path).by_first

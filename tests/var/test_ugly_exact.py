"""Every kind of recording that is taken: the index and every random seek against a plain decode of the whole file."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import barcode
import numpy as np
import pytest
import recordings
import ugly

from var.footage.colour import to_bgr
from var.footage.fields import Scan, second_fields
from var.footage.orientation import Orientation
from var.footage.table import HIDDEN, FrameTable, read_table, write_table
from var.footage.video import Index, Reader, index, needs_remux, remux

FIRST = {"edit_list_cut": 30, "hevc_from_a_clean_random_access": 20, "edit_list_that_hides_a_second": 25}
"""The number that the first shown frame carries, where it is not 0."""


class Shown(NamedTuple):
    """A frame of the plain decode: when, and the digest of its samples and of its picture."""

    after_s: Fraction
    samples: bytes
    picture: bytes
    number: int | None


def samples_of(frame: Any) -> bytes:
    """A digest of the decoded samples of all planes, without what pads their lines."""
    digest = hashlib.blake2b(digest_size=16)
    wide = max(component.bits for component in frame.format.components) > 8
    packed = len(frame.planes) == 1 and len(frame.format.components) > 1
    for plane in frame.planes:
        across = plane.width * (frame.format.padded_bits_per_pixel // 8 if packed else 1 + wide)
        lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, :across]
        digest.update(np.ascontiguousarray(lines))
    return digest.digest()


def decoded_whole(path: Path, size_px: tuple[int, int], turn: Orientation) -> list[Shown]:
    """All frames in the order in which a decoder without an index gives them; packets that fail give none."""
    found: list[Any] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for packet in container.demux(stream):
            found += packet.decode()
        tick = Fraction(stream.time_base or 0)
    width, height = (size_px[1], size_px[0]) if turn.sideways else size_px
    out = []
    for frame in found:
        picture = turn.upright(to_bgr(frame, width, height))
        number = barcode.read(picture)
        digest = hashlib.blake2b(picture, digest_size=16).digest()
        after_s = (frame.pts - found[0].pts) * tick
        out.append(Shown(after_s, samples_of(frame), digest, number and number[1]))
    return out


def seeks_are_exact(source: Index, shown: list[Shown], visits: int = 2, seed: int = 5) -> None:
    """Every frame ``visits`` times in random order, with a cache of a few pictures."""
    asked = list(range(len(source))) * visits
    random.Random(seed).shuffle(asked)
    with Reader(source, cache_bytes=10 * source.size_px[0] * source.size_px[1]) as reader:
        for i in asked:
            picture = reader.picture(i)
            read = barcode.read(picture)
            assert read is not None, f"frame {i} cannot be read"
            assert (i, read[1]) == (i, shown[i].number)
            assert hashlib.blake2b(picture, digest_size=16).digest() == shown[i].picture, f"frame {i} has other bits"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A recording of each kind, made once."""
    known: dict[str, Path] = {}

    def find(kind: str) -> Path:
        if kind not in known:
            known[kind] = ugly.EXACT[kind](tmp_path_factory.mktemp(kind))
        return known[kind]

    return find


@pytest.mark.parametrize("kind", ugly.EXACT)
def test_every_frame_is_the_one_of_a_whole_decode(kind: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    source = index(made(kind))
    shown = decoded_whole(source.path, source.size_px, source.orientation)
    assert [frame.number for frame in shown] == [FIRST.get(kind, 0) + i for i in range(len(shown))]
    assert [source.clip_s(i) for i in range(len(source))] == [frame.after_s for frame in shown]
    if needs_remux(source.path):
        exact = remux(source.path, tmp_path / "exact.mp4")
        again = decoded_whole(exact.path, exact.size_px, exact.orientation)
        assert [frame.samples for frame in again] == [frame.samples for frame in shown]
        assert [exact.clip_s(i) for i in range(len(exact))] == [frame.after_s for frame in shown]
        source, shown = exact, again
    seeks_are_exact(source, shown)


@pytest.mark.parametrize("kind", ugly.EXACT)
def test_the_frame_table_says_the_same(kind: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    source = index(made(kind))
    timebase, coding, rows = source.table()
    write_table(tmp_path / "cam.frames", timebase, coding, rows)
    table = read_table(tmp_path / "cam.frames")
    assert (table.pts, table.timebase, table.coding, table.gaps) == (source.pts, timebase, coding, source.gaps)
    assert table.display.tolist() == [packet.display for packet in source.packets]
    assert (coding.size_px, coding.clockwise_deg) == (source.stored_px, source.rotation)
    with av.open(str(source.path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert len(packets) == len(rows)
        if source.container.startswith("mov"):
            data = source.path.read_bytes()
            for packet, row in zip(packets, rows, strict=True):
                assert data[row["pos"] : row["pos"] + row["size"]] == bytes(packet)
        else:
            assert set(rows["pos"].tolist()) == {-1}
    hidden = int((rows["flags"] & HIDDEN > 0).sum())
    assert hidden == len(rows) - len(source)
    assert second_fields(rows).sum() == (len(source) if "apart" in kind or "in_a_stream" in kind else 0)


@pytest.mark.parametrize("kind", ["open_gop", "vfr", "high_10", "hevc_from_a_clean_random_access", "field_pictures"])
def test_what_was_decoded_is_the_same_to_the_last_bit(kind: str, made: Callable[[str], Path]) -> None:
    """Ten bits and more do not show in a picture of eight."""
    source = index(made(kind))
    shown = decoded_whole(source.path, source.size_px, source.orientation)
    from var.footage.video import frames

    assert [samples_of(frame) for _, frame in frames(source)] == [frame.samples for frame in shown]


def test_how_lines_were_taken_is_said(made: Callable[[str], Path]) -> None:
    said = {kind: index(made(kind)).scan for kind in ("cfr_b_frames", "mixed_fields", "field_pictures_in_a_stream")}
    assert said["cfr_b_frames"] is Scan.PROGRESSIVE
    assert said["mixed_fields"] is Scan.TOP_FIRST
    assert said["field_pictures_in_a_stream"] is Scan.TOP_FIRST
    assert index(made("field_pictures")).scan in (Scan.TOP_FIRST, Scan.INTERLACED)


def test_a_hole_in_the_time_stamps_is_a_gap(tmp_path: Path) -> None:
    source = recordings.write(tmp_path / "whole.mp4", 75, options=ugly.PLAIN, gop=25)
    assert index(source).gaps == ()
    tick = 512  # of 12800 a second: 25 pictures a second
    for late, gaps in ((24 * tick, ()), (25 * tick, (50,)), (900 * tick, (50,))):  # with the usual step: 1.00 s, 1.04 s
        held = ugly.copied(source, tmp_path / f"{late}.mp4", change=ugly.moved(late, 50))
        assert index(held).gaps == gaps
    slow = recordings.write(tmp_path / "slow.mp4", 30, options=ugly.PLAIN, rate=Fraction(1), gop=10)
    assert index(slow).gaps == ()
    assert index(ugly.copied(slow, tmp_path / "s.mp4", change=ugly.moved(8 * 16384, 12))).gaps == ()  # nine steps
    assert index(ugly.copied(slow, tmp_path / "t.mp4", change=ugly.moved(10 * 16384, 12))).gaps == (12,)  # eleven


def test_only_closed_keys_count_as_closed(made: Callable[[str], Path]) -> None:
    """An I picture of MPEG-2 before which B pictures are shown: they refer past it."""
    source = index(made("mpeg2"))
    shown = [packet.display for packet in source.packets]
    for k, packet in enumerate(source.packets):
        assert not packet.idr or all(display > packet.display for display in shown[k + 1 :])
    assert len(source.keys) > sum(packet.idr for packet in source.packets) >= 1


def test_progress_rises_to_one(tmp_path: Path) -> None:
    path = ugly.repeated(recordings.write(tmp_path / "seed.mp4", 100, gop=50), tmp_path / "long.mp4", 20_000)
    shares: list[float] = []
    source = index(path, progress=shares.append)
    assert len(source) == 20_000
    assert len(shares) == 20_000 // 4096 + 1
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(0 < share < 1 for share in shares[:-1])

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index(path, progress=stop)


def test_equal_indexes_are_equal(made: Callable[[str], Path]) -> None:
    path = made("cfr_b_frames")
    one, other = index(path), index(path)
    assert one == other
    assert hash(one) == hash(other)
    assert one != index(made("vfr"))
    assert one != replace(one, unfinished=1)
    assert one != "an index"
    assert FrameTable(*one.table()).pts is not one.pts

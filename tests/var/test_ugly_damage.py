"""Files cut at any byte and bytes turned over anywhere: the right frame or a refusal, never another frame, no hang."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import barcode
import pytest
import recordings
import ugly

from touchline.errors import BadFile, TouchlineError
from var.footage.video import Index, Reader, index, needs_remux, remux

SIZE = (160, 96)
COUNT = 36
PATIENCE_S = 60.0  # for one file of 36 small pictures, on a machine with other work


def _h264(folder: Path, **how: Any) -> Path:
    return recordings.write(folder / "seed.mp4", COUNT, size=SIZE, gop=9, **({"options": ugly.OPEN} | how))


KINDS: dict[str, Callable[[Path], Path]] = {
    "mp4": _h264,
    "faststart": lambda d: ugly.copied(_h264(d), d / "fast.mp4", options={"movflags": "+faststart"}),
    "fragments": lambda d: ugly.copied(
        _h264(d, options=ugly.X264 | {"bf": "2"}), d / "f.mp4", options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "mkv": lambda d: ugly.copied(_h264(d), d / "a.mkv"),
    "ts": lambda d: ugly.copied(_h264(d), d / "a.ts", form="mpegts"),
    "webm": lambda d: recordings.write(
        d / "a.webm", COUNT, size=SIZE, codec="libvpx-vp9", options=ugly.VP9, gop=9, time_base=ugly.Fraction(1, 1000),
        pts=[40 * i for i in range(COUNT)],
    ),
    "avi": lambda d: recordings.write(d / "a.avi", COUNT, size=SIZE, codec="mjpeg", options={}, pix_fmt="yuvj420p"),
    "hevc": lambda d: recordings.write(
        d / "h.mp4", COUNT, size=SIZE, codec="libx265", options=recordings.X265, gop=9
    ),
}  # fmt: skip


class Place(NamedTuple):
    """A packet of the whole file."""

    pts: int
    pos: int
    size: int
    key: bool


class Truth(NamedTuple):
    """The whole file, and by time stamp the number and the picture of each frame."""

    data: bytes
    suffix: str
    frames: dict[int, tuple[int, bytes]]
    packets: list[Place]

    def reached_from(self, damaged: Place) -> set[int]:
        """The time stamps of all that may refer to a packet: its group, and what leads up to the next one."""
        at = self.packets.index(damaged)
        begins = max(k for k in range(at + 1) if self.packets[k].key)
        ends = [k for k in range(at + 1, len(self.packets)) if self.packets[k].key]
        return {packet.pts for packet in self.packets[begins : ends[1] if len(ends) > 1 else None]}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Truth]:
    known: dict[str, Truth] = {}

    def find(kind: str) -> Truth:
        if kind not in known:
            path = KINDS[kind](tmp_path_factory.mktemp(kind))
            source = index(path)
            shown = dict(zip(source.pts, _pictures(source), strict=True))
            known[kind] = Truth(path.read_bytes(), path.suffix, shown, _places(path))
        return known[kind]

    return find


def _places(path: Path) -> list[Place]:
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return [Place(p.pts or 0, p.pos or 0, p.size, p.is_keyframe) for p in packets]


def _pictures(source: Index) -> Iterator[tuple[int, bytes]]:
    with Reader(source) as reader:
        for i in range(len(source)):
            picture = reader.picture(i)
            yield barcode.number(picture), hashlib.blake2b(picture).digest()


def _in_time(work: Callable[[], None]) -> None:
    """Run ``work``; fail where it does not end."""
    fault: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as raised:  # noqa: BLE001  (handed to the test)
            fault.append(raised)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "it hangs"
    if fault:
        raise fault[0]


def _visit(path: Path, seen: Callable[[int, Any], None]) -> Index | None:
    """Index ``path`` and show every frame that can be shown, in random order, to ``seen``; None where it is refused.

    Frames are known by the time stamp in ``path`` itself, also where they are read from the copy in MP4.
    """
    try:
        source = exact = index(path)
        if needs_remux(path):
            exact = remux(path, path.with_name("exact.mp4"))
    except TouchlineError:
        return None
    order = list(range(len(exact)))
    random.Random(1).shuffle(order)
    refused: set[str] = set()
    with Reader(exact, cache_bytes=0) as reader:
        for i in order:
            try:
                picture = reader.picture(i)
            except BadFile as refusal:
                refused.add(refusal.name)
                continue
            seen(source.pts[i], picture)
    assert refused <= {"damaged_frame", "not_as_indexed"}
    return source


@pytest.mark.parametrize("kind", KINDS)
def test_cut_at_any_byte(kind: str, truth: Callable[[str], Truth], tmp_path: Path) -> None:
    whole = truth(kind)
    path = tmp_path / f"cut{whole.suffix}"
    chance = random.Random(11)
    taken: list[int] = []

    def seen(pts: int, picture: Any) -> None:
        assert hashlib.blake2b(picture).digest() == whole.frames[pts][1]

    for _ in range(14):
        path.write_bytes(whole.data[: chance.randrange(len(whole.data))])
        shown: set[int] = set()
        found: list[Index | None] = []

        def check(pts: int, picture: Any, shown: set[int] = shown) -> None:
            seen(pts, picture)
            shown.add(pts)

        _in_time(lambda: found.append(_visit(path, check)))  # noqa: B023  (called at once)
        if found[0] is not None:
            assert shown == set(found[0].pts)  # a cut damages no frame that is listed
            taken.append(len(shown))
    # Whoever records live can stop anywhere; MP4 with one table of contents is whole or refused.
    assert bool(taken) == (kind not in ("mp4", "faststart", "hevc"))
    assert all(0 < count <= COUNT for count in taken)


@pytest.mark.parametrize("kind", KINDS)
def test_turned_bytes_in_the_pictures(kind: str, truth: Callable[[str], Truth], tmp_path: Path) -> None:
    """Bytes change in one packet. What does not refer to it is the same to the last bit or refused. No codec sums its
    bytes, so in the damaged group itself a decoder may take them for another picture of that group: it is never one
    from elsewhere."""
    whole = truth(kind)
    path = tmp_path / f"bad{whole.suffix}"
    chance = random.Random(12)
    for _ in range(12):
        data = bytearray(whole.data)
        packet = chance.choice(whole.packets)
        for _ in range(chance.choice((1, 8))):
            at = min(packet.pos + chance.randrange(20, max(21, packet.size)), len(data) - 1)
            data[at] ^= chance.randrange(1, 256)
        path.write_bytes(data)
        near = whole.reached_from(packet)
        numbers = {whole.frames[pts][0] for pts in near}

        def seen(pts: int, picture: Any, near: set[int] = near, numbers: set[int] = numbers) -> None:
            if pts not in whole.frames:  # a stream carries its time stamps among the pictures' bytes
                assert kind == "ts"
            elif pts in near:
                read = barcode.read(picture)
                assert read is None or read[1] in numbers
            else:
                assert hashlib.blake2b(picture).digest() == whole.frames[pts][1]

        _in_time(lambda: _visit(path, seen) and None)


@pytest.mark.parametrize("kind", KINDS)
def test_sectors_that_the_disk_lost(kind: str, truth: Callable[[str], Truth], tmp_path: Path) -> None:
    """Anywhere, tables too: whatever comes of it, it ends, and it ends in frames or in a refusal."""
    whole = truth(kind)
    path = tmp_path / f"bad{whole.suffix}"
    chance = random.Random(13)
    for _ in range(12):
        data = bytearray(whole.data)
        at, length = chance.randrange(len(data)), chance.choice((1, 4, 64, 512))
        data[at : at + length] = chance.choice((bytes(length), chance.randbytes(length)))
        path.write_bytes(data[: len(whole.data)])
        _in_time(lambda: _visit(path, lambda pts, picture: None) and None)


def test_a_fragmented_recording_keeps_all_but_its_unfinished_end(truth: Callable[[str], Truth], tmp_path: Path) -> None:
    """What is lost is what follows the last whole packet, and the number of announced ones says how much."""
    whole = truth("fragments")
    path = tmp_path / "cut.mp4"
    for k in (4, 9, 17, 30):
        pos, size = whole.packets[k].pos, whole.packets[k].size
        for end, packets in ((pos + size - 1, k), (pos + size, k + 1)):
            path.write_bytes(whole.data[:end])
            source = index(path)
            assert len(source.rows) == len(source) == packets
            assert source.unfinished == (k // 9 + 1) * 9 - packets  # nine pictures a fragment
    assert index(ugly._named(tmp_path, whole.data)).unfinished == 0

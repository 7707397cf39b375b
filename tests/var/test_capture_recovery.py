"""A recording survives what ends its process or its disk: all but the last unfinished fragment is playable."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from capture_peers import (
    absent,
    camera,
    capturing,
    media,
    numbered,
    numbers,
    same_as_index,
    steps,
    table,
    wait,
    wait_frames,
)

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of
from var.archive import Archive
from var.capture import control
from var.capture.fragments import pieces, read_head
from var.capture.model import CameraSource, CameraState, CaptureState
from var.capture.repair import mend


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return numbered(tmp_path_factory.mktemp("plain") / "plain.mp4", 700, bf=2, sound=True)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished recording of 150 frames."""
    home = tmp_path_factory.mktemp("recorded")
    source = numbered(home / "source.mp4", 150, bf=2, sound=True)
    with capturing(home, str(source)) as match_id:
        wait_frames(home, match_id, 150)
    return media(home, match_id)


def test_a_killed_capture_is_repaired_and_recorded_on(tmp_path: Path, plain: Path) -> None:
    with capturing(tmp_path, str(plain), str(plain)) as match_id:
        wait_frames(tmp_path, match_id, 60)
        wait_frames(tmp_path, match_id, 60, 1)
        with pytest.raises(BadValue, match="being recorded"):
            control.start(tmp_path, match_id, [CameraSource("x", str(plain))])
        assert control.repair(tmp_path, match_id) == []  # what is being written is not touched
        live = control.status(tmp_path, match_id)
        assert live is not None
        assert live.pid is not None
        os.kill(live.pid, signal.SIGKILL)
        gone = wait("the end", lambda: (s := control.status(tmp_path, match_id)) and s.state is CaptureState.GONE and s)
        assert gone.cameras[0].state is CameraState.STOPPED
        assert gone.cameras[0].fps is None
    clips = Archive(tmp_path).match(match_id).clips
    assert [clip.recording for clip in clips] == [False, False]
    for clip in clips:
        found = numbers(clip.path)
        # What the status had counted is there; not more than 2 s came after the status before the kill was heard.
        assert live.cameras[0].frames <= len(found) + 1
        assert found == list(range(len(found)))
        assert len(same_as_index(clip.path)) == len(found)
        assert clip.file_sha256 == sha256_of(clip.path)
    again = control.start(tmp_path, match_id, [CameraSource("Cam 1", str(plain))])
    assert again == match_id
    wait("the new angle", lambda: (now := camera(tmp_path, match_id)) and now.camera_id == "cam3" and now.frames > 40)
    control.stop(tmp_path, match_id)
    clips = Archive(tmp_path).match(match_id).clips
    assert [(clip.camera_id, clip.label) for clip in clips][2] == ("cam3", "Cam 1 (2)")
    # The same host's clock joins both captures: the second begins after the first in match time.
    assert clips[2].match_s(0) > clips[0].match_s(len(clips[0]) - 1)


def cut(path: Path, folder: Path, size: int, rows: int | None) -> tuple[Path, Path]:
    """A copy of a recording cut at ``size`` bytes, its table at ``rows`` bytes (None: lost)."""
    target = folder / "cut.mp4"
    target.write_bytes(path.read_bytes()[:size])
    kept = target.with_suffix(".frames")
    kept.unlink(missing_ok=True)
    if rows is not None:
        kept.write_bytes(path.with_suffix(".frames").read_bytes()[:rows])
    return target, kept


def test_a_recording_cut_at_any_byte_keeps_every_whole_fragment(recorded: Path, tmp_path: Path) -> None:
    whole = table(recorded)
    size, rows_size = recorded.stat().st_size, recorded.with_suffix(".frames").stat().st_size
    with recorded.open("rb") as stream:
        head = read_head(stream, size)
        assert head is not None
        ends = [(head.ends, 0)]
        for piece in pieces(stream, size, head.ends):
            ends.append((piece.ends, ends[-1][1] + len(piece.rows) // 48))
    assert ends[-1][1] == 150
    last_s = [
        float(whole.timebase.seconds(int(whole.rows["dts"][n - 1] - whole.rows["dts"][m])))
        for (_, m), (_, n) in itertools.pairwise(ends)
    ]
    assert max(last_s) <= 1.0  # so no cut costs more than that
    rng = random.Random(7)
    places = {
        head.ends,
        size,
        size - 1,
        *(e + d for e, _ in ends for d in (-1, 0, 1, 9, 40)),
        *(rng.randrange(head.ends, size) for _ in range(40)),
    }
    for place in sorted(p for p in places if head.ends <= p <= size):
        rows = rng.choice([None, 0, 10, rng.randrange(rows_size), rows_size])
        target, kept = cut(recorded, tmp_path, place, rows)
        frames, _ = mend(target, kept)
        assert frames == max(n for end, n in ends if end <= place), place
        found = table(target)
        assert (found.rows == whole.rows[:frames]).all()
        assert found.coding == whole.coding
        if frames and rng.random() < 0.15:
            assert len(same_as_index(target)) == frames
            assert numbers(target) == sorted(numbers(target))
        before = target.read_bytes(), kept.read_bytes()
        assert mend(target, kept)[0] == frames  # again: nothing changes
        assert (target.read_bytes(), kept.read_bytes()) == before


def test_bytes_that_a_disk_lost_end_the_recording_there(recorded: Path, tmp_path: Path) -> None:
    target, kept = cut(recorded, tmp_path, recorded.stat().st_size, None)
    data = bytearray(target.read_bytes())
    middle = len(data) // 2
    data[middle:] = bytes(len(data) - middle)  # a file system may leave zeros where nothing was written
    target.write_bytes(data)
    frames, cut_bytes = mend(target, kept)
    assert 0 < frames < 150
    assert cut_bytes >= len(data) - middle
    assert len(same_as_index(target)) == frames


def test_what_is_no_recording_is_left_as_it_is(tmp_path: Path) -> None:
    for content in (b"", b"\0\0\0\x08ftyp", os.urandom(5000)):
        path = tmp_path / "x.mp4"
        path.write_bytes(content)
        with pytest.raises(BadFile, match="cut off"):
            mend(path, path.with_suffix(".frames"))
        assert path.read_bytes() == content


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        absent("only root can mount a small disk here")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this system does not let a test mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_stops_recording_by_name_and_it_goes_on_when_there_is_room(small_disk: Path, plain: Path) -> None:
    ballast = small_disk / "ballast"
    with capturing(small_disk, str(plain), str(plain)) as match_id:
        wait_frames(small_disk, match_id, 30)
        free = shutil.disk_usage(small_disk).free
        with ballast.open("wb") as stream:
            stream.write(bytes(max(0, free - 100_000)))  # less than the reserve of 2 %: 160 kB

        def full() -> bool | None:
            now = camera(small_disk, match_id)
            return now is not None and now.fault is not None and now.fault["vi"]["code"] == "capture_disk_full"

        wait("the state that says so", full)
        held = camera(small_disk, match_id)
        assert held is not None
        assert held.state is CameraState.WAITING
        ballast.unlink()
        wait_frames(small_disk, match_id, held.frames + 30)
        wait_frames(small_disk, match_id, held.frames + 30, 1)
    for camera_id in ("cam1", "cam2"):
        path = media(small_disk, match_id, camera_id)
        found, kept = numbers(path), same_as_index(path)
        # Two pictures may be shown before the one that was lost: with them a break has three places at most.
        assert 1 <= len(steps(found)) <= len(kept.gaps) <= len(steps(found)) + 2
        assert set(steps(found)) <= set(kept.gaps)
        assert found == sorted(found)
    last = control.status(small_disk, match_id)
    assert last is not None
    assert last.cameras[0].lost > 0
    assert last.cameras[0].gaps >= 1


def test_a_disk_that_refuses_in_the_middle_of_a_fragment_leaves_whole_ones(tmp_path: Path, plain: Path) -> None:
    """The system ends every file at 60 kB, as a quota does: writing stops within a fragment."""
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        "from var.capture.address import parse\n"
        "import threading, time\n"
        "from pathlib import Path\n"
        "from var.capture.camera import Camera\n"
        "from var.capture.writing import Surroundings\n"
        "room = threading.Event(); room.set()\n"
        "around = Surroundings(Path(sys.argv[2]), time.monotonic_ns(), lambda: 'cam1', str, lambda e: None, room)\n"
        "cam = Camera('x', parse(sys.argv[1]), around)\n"
        "cam.start()\n"
        "ends = time.monotonic() + 20\n"
        "while time.monotonic() < ends and not (cam.status()[0].fault or {}).get('en'): time.sleep(0.1)\n"
        "print(cam.status()[0].fault['en']['code'])\n"
        "cam.stop(); cam.close_by(time.monotonic() + 10)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(plain), str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["capture_disk_full"], done.stderr
    path = tmp_path / "cam1.mp4"
    assert path.stat().st_size <= 60_000
    found = numbers(path)
    kept = same_as_index(path)
    assert len(found) == len(kept) > 20
    assert found == sorted(found)
    assert set(steps(found)) <= set(kept.gaps)  # a later, smaller fragment may have found room: after a gap

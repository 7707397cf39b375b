"""The worker that makes proxies: what comes first, what happens when it is run twice, ended, or finds damage."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import recordings
from long_recording import repeated
from test_track import tabled

from touchline.errors import BadFile, NotFound
from touchline.jobs import Jobs
from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap
from var.archive import Archive
from var.capture.lock import alone as recorder_lock
from var.capture.state import lock_path
from var.footage.recording import index
from var.footage.stretches import read_stretches
from var.ingest import Source, ingest
from var.jobs import STARTING
from var.model import Clip, Match, Setup
from var.proxies import Part, Resumed, alone, in_order, make_all, make_missing, missing, parts_of, unfinished


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,100 small frames at 25 Hz: three stretches."""
    folder = tmp_path_factory.mktemp("long")
    short = recordings.write(folder / "short.mp4", 50, size=(64, 36), gop=25)
    return repeated(short, folder / "long.mp4", 22)


@pytest.fixture
def archive(tmp_path: Path, recording: Path) -> Archive:
    """A match of two angles, the second six seconds later, of which no proxy was made yet."""
    found = Archive(tmp_path / "home")
    late = tmp_path / "late.mp4"
    late.write_bytes(recording.read_bytes() + b"\0\0\0\x08free")
    sources = [Source(recording, label="a"), Source(late, label="b", to_match=ClockMap(Fraction(6)))]
    assert ingest(found, "m", sources, proxies="later", keep="reference").match is not None
    return found


def names(parts: list[Part]) -> list[str]:
    return [f"{part.clip.label}{part.first}" for part in parts]


def test_from_the_start_with_all_angles_side_by_side(archive: Archive) -> None:
    parts = [part for clip in archive.match("m").clips for part in missing(clip)]
    assert [(part.first, part.count) for part in parts[:3]] == [(0, 500), (500, 500), (1000, 100)]
    assert names(in_order(parts)) == ["a0", "b0", "a500", "b500", "a1000", "b1000"]


def test_incidents_come_first_the_newest_before_the_others(archive: Archive) -> None:
    archive.add_incident("m", at_s=Fraction(8))
    archive.add_incident("m", at_s=Fraction(43))
    parts = [part for clip in archive.match("m").clips for part in missing(clip)]
    # 43 s lies in the last stretch of a (40 to 44) and 3 s before that of b; within ten seconds count as near.
    ordered = names(in_order(parts, archive.review("m")))
    assert set(ordered[:4]) == {"a500", "a1000", "b500", "b1000"}
    assert set(ordered[4:]) == {"a0", "b0"}


def test_while_it_records_the_newest_full_stretches_come_first(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "live.mp4"
    path.write_bytes(recording.read_bytes())
    clip = tabled(index(path), recording=True)
    assert len(clip) > 1000
    assert [(part.first, part.count) for part in parts_of(clip)] == [(0, 500), (500, 500)]
    assert [part.first for part in in_order(missing(clip))] == [500, 0]
    assert [part.first for part in in_order(missing(replace(clip, recording=False)))] == [0, 500, 1000]


def test_it_makes_what_is_missing_and_says_how_far_it_is(archive: Archive) -> None:
    told: list[tuple[float, str]] = []
    done = make_missing(archive, "m", lambda share, label: told.append((share, label)))
    assert (done.frames, done.damaged, done.busy) == (2200, {}, False)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert {label for _, label in told} == {"a", "b"}
    assert make_missing(archive, "m").frames == 2200  # nothing to do
    with pytest.raises(NotFound):
        make_missing(archive, "other")


def test_only_one_process_works_at_a_match(archive: Archive) -> None:
    with alone(archive.folder("m")) as mine:
        assert mine
        assert make_missing(archive, "m").busy
        done = subprocess.run(
            [sys.executable, "-m", "var.proxies", str(archive.home), "m"], check=False, timeout=60, capture_output=True
        )
        assert done.returncode == 0
        job = Jobs(archive.home).job(Jobs(archive.home).newest("proxies", "match", "m") or "")
        assert job is not None
        assert job.result is not None
        assert job.result["busy"] is True
        waited: list[object] = []
        thread = threading.Thread(target=lambda: waited.append(make_missing(archive, "m", wait=True)))
        thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert [missing(clip) for clip in archive.match("m").clips] == [[], []]


def test_a_recording_that_goes_on_is_followed_until_it_ends(tmp_path: Path, recording: Path) -> None:
    archive = Archive(tmp_path / "home")
    media = archive.folder("m") / "media"
    media.mkdir(parents=True)
    path = media / "cam1.mp4"
    path.write_bytes(recording.read_bytes())
    clip = tabled(index(path), recording=True)
    archive.add_match(Match("m", "m", Origin.IMPORTED, utc_now(), Setup(), (clip,)))
    thread = threading.Thread(target=make_missing, args=(archive, "m"))
    thread.start()
    end = time.monotonic() + 60
    while not read_stretches(clip.proxy).covers(0, 500):  # the last it makes while all is still recording
        assert time.monotonic() < end
        time.sleep(0.05)
    assert thread.is_alive()
    assert not read_stretches(clip.proxy).covers(1000, 100)
    archive.end_recording("m", "cam1", "0" * 64)
    thread.join(60)
    assert not thread.is_alive()
    assert missing(archive.match("m").clips[0]) == []


def test_nothing_waits_beside_a_recording_that_was_killed(tmp_path: Path, recording: Path) -> None:
    archive = Archive(tmp_path / "home")
    media = archive.folder("m") / "media"
    media.mkdir(parents=True)
    path = media / "cam1.mp4"
    path.write_bytes(recording.read_bytes())
    archive.add_match(Match("m", "m", Origin.IMPORTED, utc_now(), Setup(), (tabled(index(path), recording=True),)))
    thread = threading.Thread(target=make_missing, args=(archive, "m"))
    with recorder_lock(lock_path(archive.home, "m")) as held:  # as the process that records holds it
        assert held
        thread.start()
        end = time.monotonic() + 60
        while missing(archive.match("m").clips[0]):
            assert time.monotonic() < end
            time.sleep(0.05)
        thread.join(2)
        assert thread.is_alive()  # it waits for more of the recording
    thread.join(10)  # not for the half hour that it waits for a recording of which nobody knows
    assert not thread.is_alive()


def test_damage_costs_one_stretch_and_is_named(tmp_path: Path, recording: Path) -> None:
    path = tmp_path / "dented.mp4"
    data = bytearray(recording.read_bytes())
    _, pos, size = recordings.packets_of(recording)[752]
    data[pos + size // 3 : pos + size] = bytes(size - size // 3)
    path.write_bytes(data)
    archive = Archive(tmp_path / "home")
    assert ingest(archive, "m", [Source(path, label="góc")], proxies="later").match is not None
    done = make_missing(archive, "m")
    assert done.frames == 600
    (frames,) = done.damaged.values()
    assert len(frames) == 1
    assert 750 <= frames[0] < 775  # in the damaged group
    assert missing(archive.match("m").clips[0]) == []  # it is not tried again and again
    clip = tabled(index(path))
    with pytest.raises(BadFile) as refusal:
        make_all(clip)
    assert refusal.value.name == "damaged_frame"


def test_a_recording_that_is_gone_is_an_error(archive: Archive) -> None:
    archive.match("m").clips[1].path.unlink()
    with pytest.raises(NotFound):
        make_missing(archive, "m")


def test_a_clip_with_a_single_file_proxy_needs_nothing(archive: Archive) -> None:
    clip: Clip = replace(archive.match("m").clips[0], proxy=Path("old.proxy.mp4"))
    assert missing(clip) == []


def test_what_an_earlier_run_left_is_made_once_the_application_runs(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("var.proxies._LOOK_AFTER_S", 0.01)
    monkeypatch.setattr("var.proxies._LOOK_AGAIN_S", 0.05)
    with archive.store.write() as connection:  # while anything records, that is made first
        connection.execute("UPDATE clip SET recording = 1 WHERE camera_id = 'cam2'")
    before: list[Path] = []
    resumed = Resumed(archive.home, before.append)
    end = time.monotonic() + 60
    while not before:
        assert time.monotonic() < end
        time.sleep(0.01)
    time.sleep(0.3)
    resumed.end()
    assert before == [archive.home]
    assert resumed._process is None

    def settle(home: Path) -> None:
        with archive.store.write() as connection:
            connection.execute("UPDATE clip SET recording = 0")

    resumed = Resumed(archive.home, settle)
    while unfinished(archive):
        assert time.monotonic() < end
        time.sleep(0.1)
    resumed.end()
    assert Jobs(archive.home).unseen(STARTING) == []  # nobody waits for it, so nobody is told
    assert not resumed._thread.is_alive()


def test_ending_the_application_ends_the_process_that_went_on_with_proxies(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("var.proxies._LOOK_AFTER_S", 0.01)
    resumed = Resumed(archive.home)
    end = time.monotonic() + 60
    while resumed._process is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    resumed.end()
    assert resumed._process.poll() is not None
    with alone(archive.folder("m")) as free:
        assert free


def test_old_proxies_leave_the_disk_to_a_recording(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another match, too: it is not this one that records."""
    monkeypatch.setattr("var.proxies.KEEP_FREE_BYTES", 1 << 62)
    monkeypatch.setattr("var.proxies._IDLE_S", 0.2)
    monkeypatch.setattr("var.proxies._POLL_S", 0.05)
    clip = replace(archive.match("m").clips[0], recording=True)
    archive.add_match(Match("live", "live", Origin.IMPORTED, utc_now(), Setup(), (clip,)))
    assert make_missing(archive, "m").frames == 0
    archive.end_recording("live", "cam1", "0" * 64)
    assert make_missing(archive, "m").frames == 2200

"""Files become a match; one that cannot be used is refused by name and takes nothing else down."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import barcode
import pytest
import recordings
from long_recording import repeated

from touchline.cli import main
from touchline.errors import BadValue
from touchline.files import sha256_of
from touchline.jobs import Jobs
from var.archive import Archive
from var.datasets import cards, open_dataset
from var.footage.stretches import read_stretches
from var.footage.table import read_table
from var.footage.video import Reader, index
from var.ingest import Refused, Source, ingest
from var.jobs import STARTING, WORK
from var.proxies import missing, unfinished


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """An angle of 25 and one of 50 pictures a second, a transport stream, and things that are no video."""
    folder = tmp_path / "files"
    folder.mkdir()
    found = {
        "slow": recordings.write(folder / "chậm.mp4", 25),
        "fast": recordings.write(folder / "fast.mkv", 50, rate=Fraction(50), camera=1),
        "stream": recordings.write(folder / "stream.ts", 25, camera=2, form="mpegts"),
        "text": folder / "notes.mp4",
        "empty": folder / "empty.mov",
    }
    found["text"].write_text("not a video at all\n" * 50)
    found["empty"].touch()
    return found


def test_every_kind_of_file_becomes_an_angle_with_its_own_frames(tmp_path: Path, files: dict[str, Path]) -> None:
    archive = Archive(tmp_path / "home")
    shares: list[float] = []
    done = ingest(
        archive,
        "Trận một",
        [Source(files[name]) for name in ("slow", "fast", "stream")],
        progress=lambda share, name: shares.append(share),
    )
    assert done.refused == ()
    match = archive.match("tran-mot")
    assert [len(clip) for clip in match.clips] == [25, 50, 25]
    assert match.clips[match.master].label == "fast"  # the finest steps lead
    for clip in match.clips:
        assert clip.path.is_relative_to(archive.folder(match.id))
        assert sha256_of(clip.path) == clip.sha256
        assert index(clip.path).pts == clip.pts
        assert sum(s.count for s in read_stretches(clip.proxy).by_first.values()) == len(clip)
        assert missing(clip) == []
        assert clip.file_sha256 == clip.sha256
        assert clip.table is not None
        rows = read_table(clip.table).rows
        known = clip.path.suffix == ".mp4"
        assert bool((rows["pos"] >= 0).all()) is known
        assert bool((rows["pos"] < 0).all()) is not known
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_what_cannot_be_used_is_refused_by_name_and_the_rest_is_kept(tmp_path: Path, files: dict[str, Path]) -> None:
    archive = Archive(tmp_path / "home")
    sources = [Source(files[name]) for name in ("text", "slow", "empty", "slow")] + [Source(tmp_path / "gone.mp4")]
    done = ingest(archive, "x", sources)
    assert done.match is not None
    assert [clip.label for clip in done.match.clips] == ["chậm"]
    assert [(item.name, item.reason.name) for item in done.refused] == [
        ("notes.mp4", "not_a_video"),
        ("empty.mov", "empty_video"),
        ("chậm.mp4", "same_file_twice"),
        ("gone.mp4", "no_such_file"),
    ]
    assert all(item.name in item.reason.detail("vi") for item in done.refused)


def test_where_nothing_can_be_used_nothing_is_left(tmp_path: Path, files: dict[str, Path]) -> None:
    archive = Archive(tmp_path / "home")
    done = ingest(archive, "x", [Source(files["text"])])
    assert done.match is None
    assert archive.matches() == []
    assert list((tmp_path / "home" / "matches").iterdir()) == []


def test_a_taken_identifier_never_costs_the_match_that_has_it(tmp_path: Path, files: dict[str, Path]) -> None:
    archive = Archive(tmp_path / "home")
    assert ingest(archive, "x", [Source(files["slow"])], match_id="taken").match is not None
    archive.delete_match("taken")
    with pytest.raises(BadValue, match="taken"):
        ingest(archive, "y", [Source(files["fast"])], match_id="taken")
    archive.restore_match("taken")
    clip = archive.match("taken").clips[0]
    assert sha256_of(clip.path) == clip.sha256
    assert missing(clip) == []


def test_a_recording_that_was_put_away_is_brought_back_not_made_again(
    tmp_path: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(iter(cards()))
    archive = Archive(tmp_path / "home")
    ingest(archive, "x", [Source(files["slow"])], match_id=name)
    archive.delete_match(name)
    assert open_dataset(tmp_path / "home", name).id == name
    assert archive.match(name).clips[0].path.is_file()


@pytest.mark.parametrize("keep", ["copy", "move"])
def test_a_refused_file_leaves_nothing_in_the_match(tmp_path: Path, files: dict[str, Path], keep: Any) -> None:
    damaged = tmp_path / "damaged.mp4"
    data = bytearray(recordings.write(tmp_path / "whole.mp4", 60).read_bytes())
    half = len(data) // 2
    data[half : half + 400] = bytes(400)
    damaged.write_bytes(data)
    twin = tmp_path / "twin.mkv"
    shutil.copy(files["fast"], twin)
    archive = Archive(tmp_path / "home")
    done = ingest(archive, "x", [Source(path) for path in (damaged, files["fast"], twin)], keep=keep)
    assert done.match is not None
    assert [item.name for item in done.refused] == ["damaged.mp4", "twin.mkv"]
    media = archive.folder(done.match.id) / "media"
    assert {path.name for path in media.iterdir()} == {"cam2.mkv", "cam2.proxy", "cam2.frames"}


def test_where_every_moved_file_is_refused_no_folder_is_left(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    data = bytearray(recordings.write(tmp_path / "whole.mp4", 60).read_bytes())
    half = len(data) // 2
    data[half : half + 400] = bytes(400)
    damaged.write_bytes(data)
    archive = Archive(tmp_path / "home")
    assert ingest(archive, "x", [Source(damaged)], keep="move").match is None
    assert not archive.folder("x").exists()


@pytest.mark.parametrize("name", ["n\udcff", "a\x00b"])
def test_a_name_that_cannot_be_kept_is_refused(tmp_path: Path, files: dict[str, Path], name: str) -> None:
    with pytest.raises(BadValue):
        ingest(Archive(tmp_path / "home"), name, [Source(files["slow"])])


def test_a_file_whose_name_is_no_text_is_refused_and_the_rest_is_kept(tmp_path: Path, files: dict[str, Path]) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mkv"))
    shutil.copy(files["fast"], strange)
    done = ingest(Archive(tmp_path / "home"), "x", [Source(strange, label=strange.stem), Source(files["slow"])])
    assert [item.reason.name for item in done.refused] == ["bad_file_name"]
    assert done.refused[0].reason.detail("vi").encode()
    assert done.refused[0].name.encode()
    assert done.match is not None


def test_in_place_makes_no_copy(tmp_path: Path, files: dict[str, Path]) -> None:
    archive = Archive(tmp_path / "home")
    done = ingest(archive, "x", [Source(files["slow"])], keep="reference")
    assert done.match is not None
    assert done.match.clips[0].path == files["slow"]
    assert {path.name for path in (archive.folder("x") / "media").iterdir()} == {"cam1.proxy", "cam1.frames"}


def test_the_command_answers_with_one_document(
    tmp_path: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    assert main(["match", "new", "Huế", str(files["slow"]), str(files["text"]), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "ok"
    assert answer["match"]["clips"][0]["frames"] == 25
    assert answer["refused"][0]["code"] == "not_a_video"
    assert main(["match", "show", "hue", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "hue"
    assert main(["match", "show", "nowhere", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "no_such_match"
    with pytest.raises(SystemExit) as misuse:
        main(["match", "new"])
    assert misuse.value.code == 2


def wait(jobs: Jobs, job_id: str, states: tuple[str, ...], limit_s: float = 60) -> str:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        job = jobs.job(job_id)
        if job is not None and job.state in states:
            return job.state
        time.sleep(0.1)
    raise AssertionError(f"{jobs.job(job_id)}")


def test_a_job_runs_in_its_own_process_and_reports(tmp_path: Path, files: dict[str, Path]) -> None:
    jobs = Jobs(tmp_path / "home")
    job_id = jobs.start("ingest", {"name": "x", "files": [str(files["slow"]), str(files["text"])], "move": True})
    assert wait(jobs, job_id, ("done", "failed", "stopped")) == "done"
    job = jobs.job(job_id)
    assert job is not None
    assert job.result is not None
    assert job.result["match"] == "x"
    assert job.result["refused"][0]["vi"]["code"] == "not_a_video"
    assert Archive(tmp_path / "home").match("x").clips[0].label == "chậm"
    assert not files["slow"].exists()  # it was moved
    jobs.dismiss(job_id)
    assert jobs.unseen(STARTING) == []


def test_a_stopped_job_does_not_begin_after_all(tmp_path: Path, files: dict[str, Path]) -> None:
    jobs = Jobs(tmp_path / "home")
    with jobs.store.write() as connection:
        connection.execute(
            "INSERT INTO job VALUES ('j', 'ingest', ?, 'stopped', 0, '', NULL, NULL, '', ?, 0)",
            (json.dumps({"name": "x", "files": [str(files["slow"])]}), time.time()),
        )
    jobs.run("j", WORK)
    assert Archive(tmp_path / "home").matches() == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_another_process_with_the_number_of_a_dead_job_is_left_alone(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "home")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        with jobs.store.write() as connection:  # as after a restart of the machine: the number belongs to somebody else
            connection.execute(
                "INSERT INTO job VALUES ('j', 'ingest', '{}', 'running', 0.5, '', NULL, ?, '', ?, 0)",
                (stranger.pid, time.time() - 3600),
            )
        jobs.stop("j")
        time.sleep(0.2)
        assert stranger.poll() is None
        with jobs.store.write() as connection:
            connection.execute("UPDATE job SET state = 'running'")
        job = jobs.job("j")
        assert job is not None
        assert job.state == "stopped"
        stranger.kill()


def row_when(jobs: Jobs, job_id: str, condition: str) -> Any:
    """The job's row as soon as an SQL condition holds."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        row = jobs.store.row(f"SELECT * FROM job WHERE id = ? AND {condition}", (job_id,))
        if row is not None:
            return row
        time.sleep(0.02)
    raise AssertionError(f"never {condition}: {jobs.job(job_id)}")


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_job_that_was_ended_before_there_is_a_match_is_shown_as_stopped(tmp_path: Path, how: str, move: bool) -> None:
    short = recordings.write(tmp_path / "short.mp4", 50, size=(64, 36), gop=25)
    long = repeated(short, tmp_path / "long.mp4", 3000)  # 150,000 frames take a second to index
    jobs = Jobs(tmp_path / "home")
    job_id = jobs.start("ingest", {"name": "x", "files": [str(long)], "move": move})
    row = row_when(jobs, job_id, "pid IS NOT NULL AND share > 0")
    if how == "stop":
        jobs.stop(job_id)
    else:
        os.kill(row["pid"], signal.SIGKILL)
    assert wait(jobs, job_id, ("stopped",)) == "stopped"
    assert Archive(tmp_path / "home").matches() == []
    assert long.exists()
    if how == "stop":
        for _ in range(100):
            if not (tmp_path / "home" / "matches" / "x").exists():
                break
            time.sleep(0.05)
        assert not (tmp_path / "home" / "matches" / "x").exists()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_match_appears_with_its_first_file_and_keeps_it_when_the_work_ends(tmp_path: Path, how: str) -> None:
    short = recordings.write(tmp_path / "short.mp4", 50, size=(64, 36), gop=25)
    files = [
        repeated(short, tmp_path / "long.mp4", 3000),  # takes a second to index
        recordings.write(tmp_path / "fast.mp4", 50, rate=Fraction(50), camera=1),
    ]
    home, jobs = tmp_path / "home", Jobs(tmp_path / "home")
    job_id = jobs.start("ingest", {"name": "x", "files": [str(path) for path in files], "move": True})
    row = row_when(jobs, job_id, "result IS NOT NULL AND share > 0.1")
    assert json.loads(row["result"]) == {"match": "x", "angles": 1, "refused": []}
    match = Archive(home).match("x")
    assert [clip.label for clip in match.clips] == ["fast"]  # the finest steps come first
    assert barcode.number(Reader(match.clips[0]).picture(33)) == 33
    if how == "stop":
        jobs.stop(job_id)
    else:
        os.kill(row["pid"], signal.SIGKILL)
    assert wait(jobs, job_id, ("stopped",)) == "stopped"
    assert [path.exists() for path in files] == [True, False]  # what has not come is where it was
    job = jobs.job(job_id)
    assert job is not None
    assert job.result is not None
    assert job.result["match"] == "x"
    again = jobs.start("ingest", {"name": "x", "files": [str(files[0])], "move": True, "match": "x"})
    row = row_when(jobs, again, "result IS NOT NULL")
    assert json.loads(row["result"])["angles"] == 2
    jobs.stop(again)  # its proxies would take minutes
    match = Archive(home).match("x")
    assert [(clip.camera_id, clip.label) for clip in match.clips] == [("cam2", "fast"), ("cam1", "long")]
    assert match.clips[match.master].label == "fast"
    assert [path.exists() for path in files] == [False, False]
    media = {path.name for path in (Archive(home).folder("x") / "media").iterdir() if path.suffix != ".proxy"}
    assert media - {".angles.lock"} == {f"cam{k}{end}" for k in (1, 2) for end in (".mp4", ".frames")}


def test_angles_join_one_by_one_and_a_refused_one_takes_none_along(tmp_path: Path, files: dict[str, Path]) -> None:
    archive = Archive(tmp_path / "home")
    seen: list[list[str]] = []
    names: list[list[str]] = []

    def told(match_id: str, angles: int, refused: Sequence[Refused]) -> None:
        seen.append([clip.label for clip in archive.match(match_id).clips])
        assert angles == len(seen[-1])
        names.append([item.name for item in refused])

    sources = [Source(files[name]) for name in ("slow", "text", "stream", "fast")]
    done = ingest(archive, "x", sources, told=told)
    # Each at its own place on the screen; the one whose header says nothing comes last, and its refusal is told too.
    assert seen == [["fast"], ["chậm", "fast"], *[["chậm", "stream", "fast"]] * 2]
    assert names == [[], [], [], ["notes.mp4"]]
    assert done.match is not None
    assert done.match.clips[done.match.master].label == "fast"
    assert [item.name for item in done.refused] == ["notes.mp4"]
    assert all(missing(clip) == [] for clip in done.match.clips)


def test_an_angle_is_added_to_a_match_that_is_there(
    tmp_path: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    archive = Archive(tmp_path / "home")
    ingest(archive, "x", [Source(files["slow"])])
    broken = archive.folder("x") / "media" / "cam2.journal.jsonl"  # a recording that may still be mended
    broken.touch()
    assert main(["match", "add", "x", str(files["fast"]), str(files["slow"]), str(files["text"]), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "ok"
    assert [clip["camera"] for clip in answer["match"]["clips"]] == ["cam1", "cam3"]
    assert answer["match"]["master"] == "cam1"  # what people have set by it stays
    assert [item["code"] for item in answer["refused"]] == ["same_file_twice", "not_a_video"]
    assert main(["match", "add", "x", str(files["text"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "refused"
    assert main(["match", "add", "nowhere", str(files["fast"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "no_such_match"
    assert broken.exists()
    with archive.store.write() as connection:
        connection.execute("UPDATE clip SET recording = 1 WHERE camera_id = 'cam1'")
    assert main(["match", "add", "x", str(files["stream"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "match_records"


def test_a_match_can_be_watched_while_its_proxies_are_made_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    short = recordings.write(tmp_path / "short.mp4", 100, size=(160, 90), gop=50)
    long = repeated(short, tmp_path / "long.mp4", 40)
    home = tmp_path / "home"
    jobs = Jobs(home)
    job_id = jobs.start("ingest", {"name": "x", "files": [str(long)]})
    row = row_when(jobs, job_id, "result IS NOT NULL")
    assert row["state"] == "running"
    job = jobs.job(job_id)
    assert job is not None
    assert job.result == {"match": "x", "angles": 1, "refused": []}
    clip = Archive(home).match("x").clips[0]
    assert missing(clip)
    assert barcode.number(Reader(clip).picture(3950)) == 50  # stills come from the source
    os.kill(row["pid"], signal.SIGKILL)
    assert wait(jobs, job_id, ("stopped",)) == "stopped"
    job = jobs.job(job_id)
    assert job is not None
    assert job.result is not None
    assert job.result["match"] == "x"  # what was told is not forgotten
    assert unfinished(Archive(home)) == ["x"]
    done = subprocess.run([sys.executable, "-m", "var.proxies", str(home), "x"], check=False, timeout=120)
    assert done.returncode == 0
    assert missing(clip) == []
    assert unfinished(Archive(home)) == []
    assert [path.name for path in clip.proxy.glob(".*")] == []  # what the killed one had begun is gone
    newest = jobs.newest("proxies", "match", "x")
    assert newest is not None
    job = jobs.job(newest)
    assert job is not None
    assert (job.state, job.share, job.result) == (
        "done",
        1.0,
        {"match": "x", "refused": [], "damaged": {}, "busy": False},
    )
    assert [other.kind for other in jobs.unseen(STARTING)] == ["ingest"]  # nobody waits for the other one


def test_a_file_found_damaged_later_is_named_and_the_rest_can_be_played(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "dented.mp4", 1100, size=(64, 36), options=recordings.X264 | {"bf": "0"}, gop=50)
    _, pos, size = recordings.packets_of(path)[725]
    data = bytearray(path.read_bytes())
    data[pos + size // 3 : pos + size] = bytes(size - size // 3)
    path.write_bytes(data)
    jobs = Jobs(tmp_path / "home")
    job_id = jobs.start("ingest", {"name": "x", "files": [str(path)]})
    assert wait(jobs, job_id, ("done", "failed", "stopped")) == "done"
    job = jobs.job(job_id)
    assert job is not None
    assert job.result is not None
    assert job.result["damaged"] == {"dented": [725]}
    clip = Archive(tmp_path / "home").match("x").clips[0]
    known = read_stretches(clip.proxy)
    assert [(s.first, s.damaged) for s in sorted(known.by_first.values(), key=lambda s: s.first)] == [
        (0, None),
        (500, 725),
        (1000, None),
    ]


def test_the_real_angles_open_like_any_other(tmp_path: Path, fixture_path: Callable[[str], Path]) -> None:
    clips = sorted(fixture_path("fouls_multiview/action_0").glob("*.mp4"))
    done = ingest(Archive(tmp_path), "fouls", [Source(path) for path in clips], keep="reference")
    assert done.refused == ()
    assert done.match is not None
    assert [clip.label for clip in done.match.clips] == ["clip_0", "clip_1", "clip_2"]


def test_importing_the_packages_loads_nothing_heavy() -> None:
    code = (
        "import sys, touchline.cli, var, athletes, wearables, var.archive, var.model, var.evidence.package\n"
        "heavy = {'cv2', 'av', 'mediapipe', 'bleak', 'streamlit', 'scipy', 'pandas', 'typst', 'pyhanko', 'c2pa'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_newest_job_of_an_argument_is_found(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    with jobs.store.write() as connection:
        for k, (state, incident) in enumerate([("done", "i-1"), ("failed", "i-1"), ("done", "i-2"), ("done", "i-1")]):
            connection.execute(
                "INSERT INTO job VALUES (?, 'report', ?, ?, 1, '', '{}', NULL, '', ?, 1)",
                (f"job{k}", json.dumps({"incident": incident}), state, k),
            )
    assert jobs.newest("report", "incident", "i-1") == "job3"
    assert jobs.newest("report", "incident", "i-2") == "job2"
    assert jobs.newest("report", "incident", "i-3") is None
    assert jobs.newest("ingest", "incident", "i-1") is None

"""The files of a scene: a folder of its own each time, whole or not at all, of the measurement that they say."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_review import reviewed

from touchline.errors import BadValue
from touchline.jobs import Jobs
from var.match_store import scene_folder
from var.review import stage_of
from var.stage.folder import FILES, KEPT_S, files_of, same, shows, write_files

SHORT = """
import sys
from var.stage import clip
clip.write_orbit.__kwdefaults__["seconds"] = 0.2
from pathlib import Path
from touchline.jobs import Jobs
from var.jobs import WORK
Jobs(Path(sys.argv[1])).run(sys.argv[2], WORK)
"""
"""A job as ``python -m touchline.jobs`` runs it, with a clip of a fifth of a second."""


def test_two_screens_that_make_files_at_once_each_get_their_own(tmp_path: Path) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 5, ("cam2",))
    jobs = Jobs(archive.home)
    arguments = {"match": match.id, "incident": incident_id, "lang": "vi"}
    ids = [jobs.enter("scene", arguments) for _ in range(2)]
    running = [subprocess.Popen([sys.executable, "-c", SHORT, str(archive.home), job_id]) for job_id in ids]
    assert [process.wait(180) for process in running] == [0, 0]
    done = [jobs.job(job_id) for job_id in ids]
    assert [job.state if job else None for job in done] == ["done", "done"]
    folders = [Path((job.result or {})["folder"]) for job in done if job]
    room = scene_folder(archive.home, match.id, incident_id, "vi")
    assert len(set(folders)) == 2
    assert sorted(room.iterdir()) == sorted(folders)  # nothing half made is left
    review = archive.review(match.id)
    document = stage_of(archive.match(match.id), review, review.incident(incident_id))
    assert document is not None
    for folder in folders:
        files = files_of(folder)
        assert files is not None
        assert {path.name for path in folder.iterdir()} == set(FILES.values())
        assert shows(files, document)
        assert not shows(files, {**document, "margin_m": document["margin_m"] + 0.01})
    (folders[0] / "scene.mp4").unlink()
    assert files_of(folders[0]) is None


def test_what_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, match, incident_id = reviewed(tmp_path, 0.34, 5, ("cam2",))
    room = scene_folder(archive.home, match.id, incident_id, "en")
    old, fresh = room / "old", room / ".making-killed"
    for folder in (old, fresh):
        folder.mkdir(parents=True)
        (folder / "scene.png").write_bytes(b"x")
    long_ago = time.time() - KEPT_S - 60
    os.utime(old, (long_ago, long_ago))

    def stop(share: float, said: str) -> None:
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_files(archive.home, match.id, incident_id, "en", stop)
    assert list(room.iterdir()) == [fresh]  # that of a day ago is gone, another's of now is not touched
    bare = archive.add_incident(match.id, at_s=match.clips[0].match_s(0))
    with pytest.raises(BadValue):
        write_files(archive.home, match.id, bare.id, "en", lambda share, said: None)
    assert not scene_folder(archive.home, match.id, bare.id, "en").exists()


def test_numbers_that_another_process_rounded_are_the_same() -> None:
    assert same({"a": [1, 0.1 + 0.2], "b": None}, {"a": [1.0, 0.3], "b": None})
    for other in ({"a": [1, 0.31], "b": None}, {"a": [1], "b": None}, {"a": [1, 0.3]}, {"a": [1, 0.3], "b": "x"}):
        assert not same({"a": [1, 0.3], "b": None}, other)

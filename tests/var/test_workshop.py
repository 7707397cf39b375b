"""The hidden folders of exports: those of dead ones are swept, never one of an export that runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from touchline.files import sha256_of
from var.evidence.layout import TAG_MANIFEST
from var.evidence.workshop import PACKED, PLACING, SIGNATURE, sweep, workshop

HOLD = """
import sys, time
from pathlib import Path
from var.evidence.workshop import workshop
with workshop(Path(sys.argv[1]), "hue") as work:
    (work / "half").write_text("x")
    print(work, flush=True)
    time.sleep(100)
"""


def names(out: Path) -> list[str]:
    return sorted(path.name for path in out.iterdir())


def left(out: Path, token: str = "0123456789abcdef") -> Path:
    """What a killed export of the package ``hue`` left, about to place it."""
    work, folder = out / f".hue.export-{token}", out / "hue"
    work.mkdir(parents=True)
    (out / f".export-{token}.lock").touch()
    folder.mkdir(exist_ok=True)
    (folder / TAG_MANIFEST).write_text("x")
    (work / PLACING).write_text(json.dumps({"name": "hue", "tags": sha256_of(folder / TAG_MANIFEST)}))
    for name in (PACKED, SIGNATURE):
        (work / name).write_text(name)
    return work


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_what_runs_is_left_alone_and_what_was_killed_is_swept(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        work = Path(process.stdout.readline().strip())
        for _ in range(3):
            with workshop(tmp_path, "da-nang") as other:
                assert (work / "half").exists()
                assert other.is_dir()
                sweep(tmp_path)  # nor one of this very process
                assert other.is_dir()
        assert len(names(tmp_path)) == 2
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert work.exists()
    sweep(tmp_path)
    assert names(tmp_path) == []


def test_a_zip_that_was_about_to_be_placed_goes_beside_its_folder(tmp_path: Path) -> None:
    left(tmp_path)
    sweep(tmp_path)
    assert names(tmp_path) == ["hue", "hue.zip", "hue.zip.sig"]
    assert (tmp_path / "hue.zip").read_text() == PACKED


def test_it_goes_beside_no_other_folder_and_over_no_other_file(tmp_path: Path) -> None:
    left(tmp_path / "other")
    (tmp_path / "other" / "hue" / TAG_MANIFEST).write_text("another package of that name")
    left(tmp_path / "taken")
    (tmp_path / "taken" / "hue.zip").write_text("notes")
    (left(tmp_path / "led astray") / PLACING).write_text(json.dumps({"name": "../hue", "tags": "0"}))
    (left(tmp_path / "torn") / PLACING).write_text("{")
    for out in tmp_path.iterdir():
        sweep(out)
    assert names(tmp_path / "other") == names(tmp_path / "led astray") == names(tmp_path / "torn") == ["hue"]
    assert names(tmp_path / "taken") == ["hue", "hue.zip", "hue.zip.sig"]
    assert (tmp_path / "taken" / "hue.zip").read_text() == "notes"


def test_what_others_call_alike_is_left_alone(tmp_path: Path) -> None:
    kept = [".hue.abcdefgh", ".hue.export-1", "hue.export-0123456789abcdef", ".export-0123456789abcdef"]
    for name in kept:
        (tmp_path / name).mkdir()
    (tmp_path / ".hue.export-0123456789abcdef").symlink_to(tmp_path / kept[0])
    (tmp_path / ".export-fedcba9876543210.lock").touch()  # of one that was killed before it had a folder
    sweep(tmp_path)
    assert names(tmp_path) == sorted([*kept, ".hue.export-0123456789abcdef"])

"""``touchline sync``: the document, the schema, languages, files that cannot be read, hand and match."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sync_sounds as sounds

from touchline.cli import main
from touchline.commands import schemas
from var.archive import Archive
from var.ingest import Source, ingest
from var.sync import saved
from var.sync.hearing import forget

CROWD = sounds.crowd(30, 9)
SCHEMA = schemas()["sync"]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    forget()
    monkeypatch.setenv("TOUCHLINE_HOME", str(tmp_path / "home"))
    made = {
        "ref": sounds.write_wav(tmp_path / "ref.wav", CROWD),
        "film": sounds.film(tmp_path / "film.mp4", sounds.heard(CROWD, 4.0, 15), 15),
        "late": sounds.film(tmp_path / "late.mp4", sounds.heard(CROWD, 6.5, 15), 15, seed=3),
        "other": sounds.write_wav(tmp_path / "other.wav", sounds.crowd(20, 70)),
    }
    (tmp_path / "text.mp4").write_text("no film", "utf-8")
    return {name: str(path) for name, path in made.items()} | {"text": str(tmp_path / "text.mp4")}


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["sync", *words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    if document.get("status") != "refused":
        jsonschema.validate(document, SCHEMA)
    return document


def test_the_document_of_the_command(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    document = run(capsys, files["ref"], files["film"], files["other"], files["text"], "--lang", "en")
    assert document["reference"] == files["ref"]
    good, foreign, broken = document["clips"]
    assert (good["path"], good["status"], good["method"], good["reason"]) == (files["film"], "ok", "audio", None)
    assert good["offset_s"] == pytest.approx(4.0, abs=1e-3)
    for failed in (foreign, broken):
        assert failed["status"] == "failed"
        assert [failed[name] for name in ("offset_s", "rate", "sigma_s", "score")] == [None] * 4
    assert "share nothing" in foreign["reason"]
    assert "text.mp4" in broken["reason"]
    assert [check["method"] for check in good["crosscheck"]] == ["timecode", "clap"]


def test_people_read_it_in_vietnamese(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", files["ref"], files["film"], files["other"]]) == 0
    said = capsys.readouterr().out
    assert "+4,0000 s" in said
    assert "âm thanh" in said
    assert "Không tìm thấy điểm chung" in said
    assert "var.sync" not in said
    assert "{" not in said


@pytest.mark.parametrize(("by", "moved_s"), [("+12ms", 0.012), ("-3f", -0.12), ("+1f-2.5ms", 0.0375)])
def test_the_hand_moves_by_frames_and_milliseconds(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], by: str, moved_s: float
) -> None:
    clip = run(capsys, files["ref"], files["film"], "--nudge", f"1={by}", "--method", "audio")["clips"][0]
    assert clip["method"] == "nudge"
    assert clip["offset_s"] == pytest.approx(4.0 + moved_s, abs=1e-3)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["{ref}"], "sync_needs"),
        ([], "sync_needs"),
        (["{text}", "{film}"], "not_a_recording"),
        (["{ref}", "{film}", "--calibration", "{ref}"], "calibration_count"),
        (["{ref}", "{film}", "--nudge", "1=fast"], "bad_nudge"),
        (["{ref}", "{film}", "--nudge", "1=+1.5f"], "bad_nudge"),
        (["{ref}", "{film}", "--nudge", "7=+1f"], "bad_nudge"),
        (["{ref}", "{film}", "--apart", "-3"], "bad_distance"),
        (["{ref}", "{film}", "--temperature", "400"], "bad_temperature"),
        (["--match", "nothing"], "no_such_match"),
    ],
)
def test_what_cannot_be_done_is_refused(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], words: list[str], code: str
) -> None:
    assert run(capsys, *[word.format(**files) for word in words])["code"] == code


def test_the_angles_of_a_match(files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = Archive(tmp_path / "home")
    match = ingest(archive, "Huế", [Source(Path(files[name])) for name in ("film", "late")]).match
    assert match is not None
    first, second = (clip.camera_id for clip in match.clips)
    seen = run(capsys, "--match", match.id)
    assert seen["saved"] == []
    assert archive.match(match.id).clip(second).to_match.sigma_s is None
    done = run(capsys, "--match", match.id, "--save")
    assert done["saved"] == [second]
    assert done["clips"][0]["camera"] == second
    to = archive.match(match.id).clip(second).to_match
    assert float(to.offset_s) == pytest.approx(2.5, abs=1e-3)
    assert to.sigma_s is not None
    assert archive.match(match.id).clip(first).to_match.sigma_s == 0.0
    run(capsys, "--match", match.id, "--nudge", f"{second}=+1f")
    assert archive.match(match.id).clip(second).to_match.offset_s == to.offset_s + Fraction(1, 25) * to.rate
    kept = tmp_path / "offsets.json"
    run(capsys, "--match", match.id, "--export", str(kept))
    for _ in range(2):
        run(capsys, "--match", match.id, "--undo", second)
    assert archive.match(match.id).clip(second).to_match.sigma_s is None
    assert run(capsys, "--match", match.id, "--import", str(kept))["saved"] == [second]
    assert float(archive.match(match.id).clip(second).to_match.offset_s) == pytest.approx(2.54, abs=1e-3)
    assert saved.saved(archive, match.id)[second].used

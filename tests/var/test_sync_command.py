"""``touchline sync``: the document, the schema, languages, files that cannot be read, hand and match."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import sync_sounds as sounds

from touchline.cli import main
from touchline.commands import schemas
from var.archive import Archive
from var.ingest import Source, ingest
from var.measure.calibration import Calibration
from var.sync import auto as auto_module
from var.sync import saved
from var.sync.auto import Check, Found
from var.sync.distance import sound_mps
from var.sync.hearing import forget
from var.sync.model import Estimate, Method, Status

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
    assert clip["status"] == "ok"
    assert clip["sigma_s"] == pytest.approx(0.02, rel=0.01)  # an eye tells half a frame of 40 ms; the sound 0.05 ms


def test_the_hand_makes_no_result_of_nothing(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    clip = run(capsys, files["ref"], files["other"], "--nudge", "1=+12ms", "--lang", "en")["clips"][0]
    assert (clip["method"], clip["status"], clip["offset_s"]) == ("nudge", "weak", 0.012)
    assert "by hand" in clip["reason"]


def test_what_the_hand_moved_is_checked_anew(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def said(method: Method) -> Estimate:
        return Estimate(method, Status.OK, Fraction(4), Fraction(1), 0.005, 1.0)

    monkeypatch.setattr(
        auto_module, "auto", lambda *_, **__: Found(said(Method.FLASH), (Check(said(Method.AUDIO), 0.0, True),))
    )
    for by, status in (("+30ms", "ok"), ("-5f", "weak")):
        clip = run(capsys, files["ref"], files["film"], "--nudge", f"1={by}")["clips"][0]
        check = clip["crosscheck"][0]
        # Three of hypot(5, 20, 5) ms are 64 ms.
        assert check["difference_s"] == pytest.approx(0.03 if status == "ok" else -0.2)
        assert check["agrees"] is (status == "ok")
        assert clip["status"] == status


CONTRACT = ["path", "offset_s", "rate", "sigma_s", "method", "score", "status", "reason"]


def test_the_keys_are_those_of_the_contract(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", files["ref"], files["film"], files["text"], "--method", "audio", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["reference", "clips"]
    for clip in document["clips"]:
        assert list(clip)[: len(CONTRACT)] == CONTRACT
    good, broken = document["clips"]
    assert all(isinstance(good[name], float) for name in ("offset_s", "rate", "sigma_s", "score"))
    assert {broken[name] for name in ("offset_s", "rate", "sigma_s", "score")} == {None}
    assert isinstance(broken["reason"], str)


def test_calibrations_take_the_way_of_the_sound_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forget()
    source, places = (0.0, -38.0), ((0.0, -40.0, 1.0), (0.0, 60.0, 1.0))
    ways = [math.dist((*source, 0.0), place) / sound_mps() for place in places]
    sound = sounds.crowd(20, 4)
    heard = [sounds.heard(sound, at - way, 12) for at, way in zip((2.0, 5.0), ways, strict=True)]
    paths = [str(sounds.write_wav(tmp_path / f"{k}.wav", each)) for k, each in enumerate(heard)]
    cameras = []
    for k, place in enumerate(places):
        made = Calibration(
            (1920, 1080), np.diag([1500.0, 1500.0, 1.0]), np.zeros(5), np.zeros(3), -np.array(place),
            np.zeros((11, 11)), 1.0, (), (),
        )  # fmt: skip
        cameras.append(tmp_path / f"{k}.json")
        cameras[-1].write_text(json.dumps(made.document()), "utf-8")
    later = ways[1] - ways[0]  # 279 ms
    words = ["--method", "audio", "--source", "0,-38"]
    clip = run(capsys, *paths, *words, *(f"--calibration={path}" for path in cameras))["clips"][0]
    assert clip["facts"]["distance"] == "corrected"
    # Interpolation and a place given to a metre: the sound itself is exact.
    assert clip["offset_s"] == pytest.approx(3.0, abs=1e-3)
    swapped = run(capsys, *paths, *words, *(f"--calibration={path}" for path in reversed(cameras)))["clips"][0]
    assert swapped["offset_s"] == pytest.approx(3.0 - 2 * later, abs=1e-3)
    assert swapped["facts"]["later_s"] == pytest.approx(-clip["facts"]["later_s"])
    blind = run(capsys, *paths, "--method", "audio", *(f"--calibration={path}" for path in cameras))["clips"][0]
    assert blind["sigma_s"] > 0.05  # without its place the sound may have come from either end


def test_a_file_of_pairs(files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = tmp_path / "pairs.json"
    pairs.write_text(json.dumps({"clips": {"film.mp4": {"pairs": [["25/2", 8.5], [14, 10]]}}}), "utf-8")
    words = [files["ref"], files["film"], files["late"], "--method", "pairs", "--pairs", str(pairs)]
    named, unnamed = run(capsys, *words)["clips"]
    assert (named["status"], named["method"], named["offset_s"]) == ("ok", "pairs", pytest.approx(4.0))
    assert (unnamed["status"], unnamed["offset_s"]) == ("failed", None)


@pytest.mark.parametrize(
    ("document", "code"),
    [({"clips": {"flim.mp4": {"pairs": [[4, 0]]}}}, "pairs_of_another"), ({"clips": {}}, "bad_document")],
)
def test_a_file_of_pairs_of_other_recordings_is_refused(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, code: str
) -> None:
    pairs = tmp_path / "pairs.json"
    pairs.write_text(json.dumps(document), "utf-8")
    refused = run(capsys, files["ref"], files["film"], "--pairs", str(pairs))
    assert refused["status"] == "refused"
    assert refused["code"] == code
    if code == "pairs_of_another":
        assert "flim.mp4" in json.dumps(refused)


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.flac", "flac")])
def test_the_zero_of_sound_alone_is_its_first_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, codec: str
) -> None:
    forget()
    sound = sounds.crowd(16, 5)
    ref = sounds.write_wav(tmp_path / "ref.wav", sound)
    path = sounds.write_tracks(tmp_path / name, [sound[3 * 16000 : 13 * 16000]], codec, bit_rate=128000)
    clip = run(capsys, str(ref), str(path), "--method", "audio")["clips"][0]
    # The encoder's delay (25 ms in MP3, 21 ms in AAC) is written in the file and taken out, to a sample of 48 kHz.
    assert clip["offset_s"] == pytest.approx(3.0, abs=1e-4)
    assert clip["status"] == "ok"


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
        (["{ref}", "{film}", "--within", "0"], "bad_search"),
        (["{ref}", "{film}", "--around", "nan"], "bad_search"),
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

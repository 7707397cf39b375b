"""The folder of a package: whole or not there at all, never over an earlier one, and true to what it says of itself."""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import numpy as np
import pytest
from export_scene import WRITTEN, angles, bare, facts_of, number_of

from touchline.errors import BadFile, BadValue
from touchline.origin import Origin
from var.evidence.package import write_package
from var.export import Exported, IncidentFacts
from var.export.facts import CameraFacts, StillFacts, stills_of
from var.footage.video import Reader
from var.picture import draw


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> IncidentFacts:
    return facts_of(angles(tmp_path_factory.mktemp("media")))


def export(facts: IncidentFacts, out: Path, **options: Any) -> Exported:
    return write_package(
        facts,
        out,
        None,
        **{
            "lang": "vi",
            "written_utc": WRITTEN,
            "clip_before_s": Fraction(1, 2),
            "clip_after_s": Fraction(1, 2),
            **options,
        },
    ).exported


def schema(name: str) -> dict[str, Any]:
    return dict(json.loads(resources.files("var").joinpath("schemas", f"{name}.json").read_text("utf-8")))


def files_in(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_folder_holds_what_the_result_names(media: IncidentFacts, tmp_path: Path) -> None:
    done = export(media, tmp_path)
    assert done.folder == tmp_path / "hue-da-nang-incident-3"
    assert sorted(files_in(done.folder / "data")) == [
        "calibration.json",
        "clips/cam1.mp4",
        "clips/cam2.mp4",
        "clips/cam3.mp4",
        "entries.jsonl",
        "incident.json",
        "incident.schema.json",
        "report.pdf",
        "software.json",
        "stills/cam1-f100-clean.jpg",
        "stills/cam1-f100.jpg",
        "stills/cam2-f50-clean.jpg",
        "stills/cam2-f50.jpg",
        "stills/cam3-f60-clean.jpg",
        "stills/cam3-f60.jpg",
        "sync.json",
    ]
    assert done.no_picture == ("cam4",)
    for path in (done.report, done.record, *done.stills, *done.clips):
        assert path.is_file()
    assert sorted(tmp_path.iterdir()) == [done.folder, tmp_path / "hue-da-nang-incident-3.zip"]
    assert done.folder.stat().st_mode & 0o777 == 0o755


def test_the_record_keeps_its_schema_and_names_every_file(media: IncidentFacts, tmp_path: Path) -> None:
    for facts in (media, bare(media), replace(media, decisions=media.decisions[:1])):
        done = export(facts, tmp_path)
        record = json.loads(done.record.read_text("utf-8"))
        jsonschema.validate(record, schema("incident"))
        found = files_in(done.folder / "data")
        del found["incident.json"], found["report.pdf"]  # the report comes last and names this file
        assert {file["path"]: file["sha256"] for file in record["files"]} == found
        assert all((done.folder / "data" / file["path"]).stat().st_size == file["bytes"] for file in record["files"])
        assert record["evidence"] is None
        assert record["signatures"] == []


@pytest.mark.parametrize("name", ["incident", "incident_export", "incident_list"])
def test_schemas_are_schemas_and_their_examples_keep_them(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["examples"]
    for example in schema(name)["examples"]:
        jsonschema.validate(example, schema(name))


def test_numbers_are_not_rounded_and_unknown_is_null(media: IncidentFacts, tmp_path: Path) -> None:
    record = json.loads(export(media, tmp_path).record.read_text("utf-8"))
    assert record["measurement"]["margin"]["value"] == 0.3137
    assert record["measurement"]["margin"]["sigma"] == 0.0459
    cameras = {camera["camera"]: camera for camera in record["cameras"]}
    assert cameras["cam3"]["clock"] == {
        "offset_s": "13/1000",
        "rate": "250003/250000",
        "sigma_s": None,
        "method": "measured",
        "found": None,
    }
    assert cameras["cam4"]["frame"] is None
    assert cameras["cam4"]["covered"] is False
    assert cameras["cam4"]["source"]["hash_checked"] is False
    assert cameras["cam3"]["calibration"] is None
    at = cameras["cam3"]["frame_at"]
    assert Fraction(at["exact"]) == media.cameras[2].clip.match_s(60)
    assert record["incident"]["clock"]["s"] == 3302.0
    assert [decision["id"] for decision in record["earlier_decisions"]] == ["d-1"]
    assert record["decision"]["supersedes"] == "d-1"


def test_clips_hold_the_window_on_every_angle(media: IncidentFacts, tmp_path: Path) -> None:
    record = json.loads(export(media, tmp_path).record.read_text("utf-8"))
    written = {clip["camera"]: clip for clip in record["clips"]["written"]}
    assert set(written) == {"cam1", "cam2", "cam3"}
    assert record["clips"]["no_picture"] == ["cam4"]
    start, end = media.instant_s - Fraction(1, 2), media.instant_s + Fraction(1, 2)
    for camera, clip in written.items():
        source = media.match.clip(camera)
        assert source.match_s(clip["first_frame"]) >= start > source.match_s(clip["first_frame"] - 1)
        assert source.match_s(clip["last_frame"]) <= end < source.match_s(clip["last_frame"] + 1)
    assert written["cam1"]["sound"] is True
    assert written["cam2"]["sound"] is False
    assert (written["cam1"]["first_frame"], written["cam1"]["last_frame"]) == (75, 125)


def test_stills_are_the_very_frames(media: IncidentFacts, tmp_path: Path) -> None:
    done = export(media, tmp_path)
    for still in media.stills:
        reader = Reader(still.clip)
        picture = reader.picture(still.frame)
        reader.close()
        base = done.folder / "data" / "stills" / f"{still.clip.camera_id}-f{still.frame}"
        clean, drawn = cv2.imread(f"{base}-clean.jpg"), cv2.imread(f"{base}.jpg")
        assert number_of(clean) == still.frame
        # quality 95 quantises by a few levels; the mean error of these smooth pictures stays under two
        assert np.abs(clean.astype(float) - picture).mean() < 2
        assert np.abs(drawn.astype(float) - draw(picture, still.drawings)).mean() < 2
        comment = base.with_suffix(".jpg").read_bytes()[:600]
        assert f"frame {still.frame}; pts {still.clip.pts[still.frame]}".encode() in comment
        assert still.clip.sha256.encode() in comment


def test_a_simulated_match_is_marked_in_stills_and_clips(media: IncidentFacts, tmp_path: Path) -> None:
    simulated = replace(media, match=replace(media.match, origin=Origin.SIMULATED))
    done = export(simulated, tmp_path)
    plain = export(media, tmp_path)

    def red(picture: np.ndarray) -> float:
        corner = picture[:8, :40].astype(float).mean(axis=(0, 1))
        return float(corner[2] - corner[1])

    assert red(cv2.imread(str(done.stills[0]))) > 100 > 0 > red(cv2.imread(str(plain.stills[0])))
    for marked, unmarked in zip(done.clips, plain.clips, strict=True):
        first = []
        for path in (marked, unmarked):
            capture = cv2.VideoCapture(str(path))
            first.append(red(capture.read()[1]))
            capture.release()
        assert first[0] > 100 > 0 > first[1]
    assert b"origin simulated" in done.stills[0].read_bytes()[:600]
    assert b"origin simulated" in done.clips[0].read_bytes()
    assert json.loads(done.record.read_text("utf-8"))["origin"] == "simulated"


def test_an_earlier_folder_is_never_touched(media: IncidentFacts, tmp_path: Path) -> None:
    first = export(media, tmp_path)
    (first.folder / "report.pdf").write_bytes(b"signed by hand")
    before = files_in(first.folder)
    names = [export(media, tmp_path).folder.name for _ in range(2)]
    assert names == ["hue-da-nang-incident-3-2", "hue-da-nang-incident-3-3"]
    assert files_in(first.folder) == before


def test_a_file_or_a_dead_link_in_the_way_is_left_alone(media: IncidentFacts, tmp_path: Path) -> None:
    (tmp_path / "hue-da-nang-incident-3").write_text("notes")
    (tmp_path / "hue-da-nang-incident-3-2").symlink_to(tmp_path / "nowhere")
    assert export(media, tmp_path).folder.name == "hue-da-nang-incident-3-3"
    assert (tmp_path / "hue-da-nang-incident-3").read_text() == "notes"


def test_the_same_facts_and_time_give_the_same_folder(media: IncidentFacts, tmp_path: Path) -> None:
    assert files_in(export(media, tmp_path).folder) == files_in(export(media, tmp_path).folder)


def test_hostile_names_stay_inside_the_folder(media: IncidentFacts, tmp_path: Path) -> None:
    out = tmp_path / "out"
    clips = tuple(
        replace(clip, camera_id=name)
        for clip, name in zip(media.match.clips[:3], ("../../evil", "a/b\\c:*?", "a b c"), strict=True)
    )
    match = replace(media.match, id="../../../up", clips=clips)
    cameras = tuple(CameraFacts(clip, 10) for clip in clips)
    stills = tuple(StillFacts(clip, 10) for clip in clips)
    incident = replace(media.incident, kick_camera=None, kick_frame=None)
    done = export(IncidentFacts(match, incident, cameras, stills), out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert done.folder.parent == out
    assert all(path.is_relative_to(done.folder) for path in done.folder.rglob("*"))
    assert len(list((done.folder / "data" / "clips").iterdir())) == 3


def test_a_missing_recording_is_named_and_nothing_is_left(media: IncidentFacts, tmp_path: Path) -> None:
    earlier = files_in(export(media, tmp_path).folder)
    gone = replace(media.cameras[1], clip=replace(media.cameras[1].clip, path=tmp_path / "gone.mp4"))
    broken = replace(media, cameras=(media.cameras[0], gone))
    with pytest.raises(BadFile) as caught:
        export(broken, tmp_path)
    assert caught.value.name == "media_missing"
    assert "Máy 2 – vạch 16,5 m" in caught.value.detail("vi")
    assert str(tmp_path / "gone.mp4") in caught.value.detail("en")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["hue-da-nang-incident-3", "hue-da-nang-incident-3.zip"]
    assert files_in(tmp_path / "hue-da-nang-incident-3") == earlier


def test_another_file_in_the_place_of_the_recording_is_refused(media: IncidentFacts, tmp_path: Path) -> None:
    clip = media.cameras[0].clip
    swapped = replace(clip, path=media.cameras[1].clip.path)
    facts = replace(media, cameras=(replace(media.cameras[0], clip=swapped),), stills=())
    with pytest.raises(BadFile) as caught:
        export(facts, tmp_path)
    assert caught.value.name == "media_changed"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused(media: IncidentFacts, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadFile) as caught:
        export(media, tmp_path / "file")
    assert caught.value.name == "export_unwritable"
    assert str(tmp_path / "file") in str(caught.value)


FULL_DISK = """
import pickle, resource, signal, sys
from fractions import Fraction
from pathlib import Path
from touchline.errors import BadFile
from var.evidence.package import write_package

facts = pickle.loads(Path(sys.argv[1]).read_bytes())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
half = Fraction(1, 2)
try:
    write_package(facts, Path(sys.argv[2]), None, lang="vi", clip_before_s=half, clip_after_s=half)
except BadFile as refusal:
    print(refusal.name)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("limit", [20_000, 60_000])
def test_a_full_disk_leaves_nothing_half_written(media: IncidentFacts, tmp_path: Path, limit: int) -> None:
    """A process whose files may not grow beyond ``limit`` meets the fault that a full disk gives."""
    out = tmp_path / "out"
    earlier = files_in(export(media, out).folder)
    largest = max((out / "hue-da-nang-incident-3" / name).stat().st_size for name in earlier)
    assert largest > limit  # so that some file meets the limit
    (tmp_path / "facts").write_bytes(pickle.dumps(media))
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path / "facts"), str(out), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "export_no_space", done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["hue-da-nang-incident-3", "hue-da-nang-incident-3.zip"]
    assert files_in(out / "hue-da-nang-incident-3") == earlier


def test_stopping_leaves_nothing(media: IncidentFacts, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(share: float, what: str) -> None:
        assert what
        if share > 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        export(media, tmp_path, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_progress_grows_to_one(media: IncidentFacts, tmp_path: Path) -> None:
    shares: list[float] = []
    export(media, tmp_path, progress=lambda share, what: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("seconds", [-1, 121])
def test_a_senseless_clip_length_is_refused(media: IncidentFacts, tmp_path: Path, seconds: int) -> None:
    with pytest.raises(BadValue, match="cannot run from"):
        export(media, tmp_path, clip_before_s=seconds)
    assert list(tmp_path.iterdir()) == []


def test_stills_are_made_of_marked_frames_and_of_the_instant(media: IncidentFacts) -> None:
    pitch = {"shape": "polyline", "px": [[0, 0], [1, 1]], "style": "pitch"}
    line = {"shape": "polyline", "px": [[0, 0], [1, 1]], "style": "attacker"}
    found = stills_of(media.cameras, media.incident, {"cam2": {"*": [pitch], "52": [line]}, "cam4": {3: [line]}})
    told = [(still.clip.camera_id, still.frame, len(still.drawings)) for still in found]
    assert told == [("cam1", 100, 0), ("cam2", 52, 2), ("cam4", 3, 1), ("cam2", 50, 1), ("cam3", 60, 0)]

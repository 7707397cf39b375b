"""From the archive to the folder: what people marked and decided is what the report says; and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pypdfium2
import pytest
from export_scene import WRITTEN, clip_of, number_of, record

from touchline.cli import main
from touchline.errors import NotFound
from touchline.i18n import clock, number
from touchline.ledger import check, trusted_keys
from touchline.measure import Measurement
from touchline.origin import Origin
from touchline.timebase import ClockMap
from var.archive import Archive
from var.evidence.package import export_package
from var.export import gather
from var.measure.pitch import Pitch
from var.model import AttackDirection, BodyPart, Click, Incident, Match, Outcome, Period, Role, Setup
from var.review import kick_of
from var.synthetic.camera import Camera, ground_cameras, observe

KICK_FRAME = 12
TICK = Fraction(1, 12800)
ATTACKER_M = (31.7, -7.0, 0.1)
DEFENDER_M = (30.9, 4.9, 0.1)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, Match, Incident]:
    """A match of two angles in an archive: a calibrated one with both players marked, and one that nobody touched."""
    home = tmp_path_factory.mktemp("home")
    camera: Camera = ground_cameras()[1]
    media = home / "media"
    media.mkdir()
    record(media / "a.mp4", [512 * i for i in range(25)], tick_s=TICK, size_px=camera.size_px)
    record(media / "b.mp4", [512 * i for i in range(25)], tick_s=TICK, start=25)
    clips = (
        clip_of(media / "a.mp4", "cam1", "Ngang vạch việt vị", ClockMap(sigma_s=0.0), Origin.IMPORTED),
        clip_of(media / "b.mp4", "cam2", "Góc xa", ClockMap(Fraction(1, 50)), Origin.IMPORTED),
    )
    setup = Setup(
        competition="Cúp tỉnh",
        date="2026-11-21",
        periods=(Period("Hiệp 1", Fraction(0), 600, AttackDirection.RIGHT),),
    )
    match = Match("cup-tinh", "Cúp tỉnh", Origin.IMPORTED, "2026-11-21T08:00:00+00:00", setup, clips)
    archive = Archive(home)
    archive.add_match(match)
    incident = archive.add_incident(match.id, at_s=Fraction(1, 2), by="An")
    rng = np.random.default_rng(3)

    def click(place_m: tuple[float, float, float]) -> Click:
        u, v = observe(camera, np.array([place_m]))[0] + rng.normal(0.0, 0.5, 2)
        return Click("cam1", KICK_FRAME, clips[0].sha256, float(u), float(v))

    width, height = camera.size_px
    for name, place in Pitch(*setup.pitch_m).points.items():
        u, v = observe(camera, np.array([place]))[0]
        if 5 < u < width - 5 and 5 < v < height - 5:
            archive.mark_pitch(match.id, name, place, click(place), by="An")
    archive.set_kick(incident.id, camera_id="cam1", frame=KICK_FRAME, sha256=clips[0].sha256, by="An")
    archive.set_attack(incident.id, AttackDirection.RIGHT, by="An")
    archive.mark_body(incident.id, Role.ATTACKER, BodyPart.TOE, click(ATTACKER_M), by="An")
    archive.mark_body(incident.id, Role.DEFENDER, BodyPart.HEEL, click(DEFENDER_M), by="An")
    return archive, match, archive.incident(incident.id)


def test_facts_are_what_the_archive_holds(reviewed: tuple[Archive, Match, Incident]) -> None:
    archive, match, incident = reviewed
    facts = gather(archive, match.id, incident.id)
    assert facts.measurement is not None
    assert facts.measurement.margin is not None
    margin = facts.measurement.margin
    # the truth is 80 cm; it lies within four standard deviations of what was measured
    assert abs(margin.value - (ATTACKER_M[0] - DEFENDER_M[0])) < 4 * margin.sigma
    assert facts.measurement.outcome is Outcome.OFFSIDE
    first, second = facts.cameras
    assert first.frame == KICK_FRAME
    assert first.calibration is not None
    assert first.calibration.rms_px is not None
    assert 0 < first.calibration.rms_px < 2
    assert second.calibration is None
    assert second.clip.to_match.sigma_s is None
    assert [still.clip.camera_id for still in facts.stills] == ["cam1", "cam2"]
    styles = {drawing["style"] for drawing in facts.stills[0].drawings}
    assert {"attacker", "defender", "band_attacker", "band_defender"} <= styles
    assert "pitch" not in styles  # a still shows what was measured; the model over it would hide the painted lines
    assert facts.clock_s == 600 + match.clips[0].match_s(KICK_FRAME)


def test_the_folder_of_a_reviewed_incident(reviewed: tuple[Archive, Match, Incident], tmp_path: Path) -> None:
    archive, match, incident = reviewed
    half = Fraction(1, 5)
    done = export_package(
        archive,
        match.id,
        incident.id,
        tmp_path,
        lang="vi",
        clip_before_s=half,
        clip_after_s=half,
        written_utc=WRITTEN,
        sign=False,
    ).exported
    written = json.loads(done.record.read_text("utf-8"))
    jsonschema.validate(written, _schema("incident"))
    assert written["measurement"]["outcome"] == "offside"
    assert written["cameras"][0]["calibration"]["document"]["rms_px"] > 0
    assert len(written["body_marks"]) == 2
    assert [clip["camera"] for clip in written["clips"]["written"]] == ["cam1", "cam2"]
    document = pypdfium2.PdfDocument(done.report)
    text = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)
    document.close()
    for expected in ("Vị trí việt vị", "Chưa có quyết định", "hiệu chuẩn máy quay", "10:00,480", "Ngang vạch việt vị"):
        assert expected in text, expected
    # The kick lies before the first frame that shows it: both instants are told, and which is which.
    kick = kick_of(match, incident)
    assert kick is not None
    told = written["incident"]["kick"]
    assert told["estimated"] == {"at": {"exact": str(kick.at_s), "s": float(kick.at_s)}, "sigma_s": kick.sigma_s}
    assert told["estimated"]["at"]["s"] < told["at"]["s"]
    half_ms = number(1.959964 * kick.sigma_s * 1000, "vi")
    assert f"Bóng được chạm, ước lượng {clock(600 + float(kick.at_s), 'vi')} ± {half_ms} ms (95 %)" in text
    assert "Đồng hồ trận ở khung này 10:00,480 (giây 0,480 của trận)" in text
    assert "var." not in text  # no key without its words


def test_later_decisions_and_marks(reviewed: tuple[Archive, Match, Incident]) -> None:
    archive, match, _ = reviewed
    incident = archive.add_incident(match.id, at_s=Fraction(3, 5), by="An")
    assert gather(archive, match.id, incident.id).measurement is None
    archive.decide(incident.id, "onside", by="An", margin=Measurement(-0.1, 0.01, "m", "by eye"))
    archive.decide(incident.id, "offside", by="Bình")
    facts = gather(archive, match.id, incident.id)
    assert [decision.decided_by for decision in facts.decisions] == ["An", "Bình"]
    assert facts.decision is not None
    assert facts.decision.supersedes == facts.decisions[0].id
    assert facts.measured_after_decision is False  # neither the decision nor the present has a margin
    assert replace(facts, decisions=facts.decisions[:1]).measured_after_decision is True


def test_a_clock_corrected_after_the_kick_moves_the_instant(reviewed: tuple[Archive, Match, Incident]) -> None:
    archive, match, incident = reviewed
    before = gather(archive, match.id, incident.id)
    camera = incident.kick_camera
    assert camera is not None
    clip = match.clip(camera)
    later = ClockMap(clip.to_match.offset_s + Fraction(1, 4), clip.to_match.rate, clip.to_match.sigma_s)
    archive.save_clip(match.id, camera, to_match=later)
    try:
        after = gather(archive, match.id, incident.id)
    finally:
        archive.save_clip(match.id, camera, to_match=clip.to_match)
    assert after.instant_s == before.instant_s + Fraction(1, 4)
    shown = next(seen for seen in after.cameras if seen.clip.camera_id == camera)
    assert shown.frame == incident.kick_frame
    assert shown.clip.match_s(incident.kick_frame) == after.instant_s


def test_an_unknown_incident_is_refused(reviewed: tuple[Archive, Match, Incident]) -> None:
    archive, match, incident = reviewed
    with pytest.raises(NotFound):
        gather(archive, match.id, "i-none")
    with pytest.raises(NotFound):
        gather(archive, "no-match", incident.id)


def _schema(name: str) -> dict[str, Any]:
    return dict(json.loads(resources.files("var").joinpath("schemas", f"{name}.json").read_text("utf-8")))


def test_the_command(
    reviewed: tuple[Archive, Match, Incident],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    archive, match, incident = reviewed
    monkeypatch.setenv("TOUCHLINE_HOME", str(archive.home))
    assert main(["incident", "list", match.id, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    jsonschema.validate(listed, _schema("incident_list"))
    assert listed["incidents"][0]["id"] == incident.id
    assert listed["incidents"][0]["kick"] == {"camera": "cam1", "frame": KICK_FRAME}

    assert main(["incident", "list", match.id]) == 0
    assert "10:00,480" in capsys.readouterr().out

    short = ["--before", "0.1", "--after", "0,1"]
    command = ["incident", "export", match.id, "1", "--out", str(tmp_path), "--lang", "en", *short]
    assert main([*command, "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    jsonschema.validate(document, _schema("incident_export"))
    assert Path(document["report"]).is_file()
    assert "100 %" in said.err
    frames = json.loads(Path(document["record"]).read_text("utf-8"))["clips"]["written"][0]
    assert (frames["first_frame"], frames["last_frame"]) == (10, 14)

    assert main(["incident", "export", match.id, "77", "--out", str(tmp_path), "--json"]) == 0
    refused = json.loads(capsys.readouterr().out)
    assert (refused["status"], refused["code"]) == ("refused", "no_such_incident")
    assert main(["incident", "export", match.id, "1", "--out", str(tmp_path), "--before", "x", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "bad_clip_length"
    name = Path(document["folder"]).name
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, f"{name}.zip", f"{name}.zip.sig"]
    assert document["package"]["signed"]["report"]["holder"].startswith("Touchline ")
    log = check(Path(document["folder"]) / "data" / "ledger.jsonl", trusted=trusted_keys(archive.home))
    head = json.loads(Path(document["record"]).read_text("utf-8"))["evidence"]
    assert (log.status, log.subject, log.last_n, log.sha256) == ("intact", match.id, head["n"], head["sha256"])
    assert main([*command, "--no-sign", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    jsonschema.validate(plain, _schema("incident_export"))
    assert (plain["package"]["signed"], plain["package"]["zip_signature"]) == (None, None)
    assert main([*command, "--no-sign"]) == 0
    assert "not signed" in capsys.readouterr().out


def test_pictures_of_both_angles_carry_their_numbers(reviewed: tuple[Archive, Match, Incident], tmp_path: Path) -> None:
    import cv2

    archive, match, incident = reviewed
    zero = Fraction(0)
    done = export_package(
        archive,
        match.id,
        incident.id,
        tmp_path,
        lang="en",
        clip_before_s=zero,
        clip_after_s=zero,
        written_utc=WRITTEN,
        sign=False,
    ).exported
    clean = sorted((done.folder / "data" / "stills").glob("*-clean.jpg"))
    assert [number_of(cv2.imread(str(path))) for path in clean] == [KICK_FRAME, 25 + KICK_FRAME - 1]

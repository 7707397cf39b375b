"""The scene in an incident's folder and report, and lines that pass behind players in its stills."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from export_scene import WRITTEN, angles, facts_of
from test_occlusion import SIZE, calibration_of
from test_review import clip_of
from test_stage import scene_with

from touchline.i18n import t
from touchline.origin import Origin
from touchline.store import utc_now
from var.evidence.package import write_package
from var.export.facts import CalibrationFacts, CameraFacts, IncidentFacts, StillFacts
from var.export.stills import hidden_in
from var.measure.offside import measure
from var.measure.pitch import Pitch, segment
from var.measure.project import project
from var.model import Incident, Match, PitchPoints, Setup
from var.occlusion import players
from var.picture import covered
from var.stage.document import stage_document
from var.synthetic.attack import attack_scene
from var.synthetic.camera import ground_cameras
from var.synthetic.draw import Painter


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_report_shows_the_scene_and_the_folder_holds_it(tmp_path: Path, lang: str) -> None:
    scene = scene_with()
    document = stage_document(scene, measure(scene), origin=Origin.SIMULATED)
    facts = replace(facts_of(angles(tmp_path)), stage=document)
    done = write_package(facts, tmp_path / "out", None, lang=lang, written_utc=WRITTEN).exported
    files = {path.name for path in (done.folder / "data" / "scene").iterdir()}
    assert files == {"top.svg", "scene.png", "scene.glb", "scene.json"}
    assert json.loads((done.folder / "data" / "scene" / "scene.json").read_text("utf-8")) == document
    listed = {file["path"] for file in json.loads(done.record.read_text("utf-8"))["files"]}
    assert {f"scene/{name}" for name in files} <= listed
    pdf = pypdfium2.PdfDocument(str(done.report))
    pages = [sheet.get_textpage().get_text_bounded() for sheet in pdf]
    pdf.close()
    assert t("var.stage.report.heading", lang) in "".join(pages)
    # The drawing is vector: its words are words of the paper.
    assert t("var.stage.band", lang) in "".join(pages)


def test_without_a_measurement_there_is_no_scene(tmp_path: Path) -> None:
    scene = scene_with()
    blind = replace(scene, observations=())
    facts = replace(facts_of(angles(tmp_path)), stage=stage_document(blind, measure(blind)))
    done = write_package(facts, tmp_path / "out", None, lang="vi", written_utc=WRITTEN).exported
    assert not (done.folder / "data" / "scene").exists()


def test_lines_of_a_still_pass_behind_the_players_of_that_very_picture() -> None:
    scene = attack_scene(0.3, 5)
    camera = ground_cameras()[1].scaled(SIZE)
    pitch = Pitch(*scene.pitch_m)
    calibration, clip = calibration_of(camera, pitch), clip_of(camera)
    picture = Painter(scene, camera).picture(float(scene.kick_s))
    drawings = []
    for x in np.arange(27.0, 36.0, 1.0):
        pixels = project(calibration, PitchPoints(segment(((x, -30.0, 0.0), (x, 30.0, 0.0)), 0.25)))
        drawings.append({"shape": "polyline", "px": pixels.tolist(), "style": "attacker"})
    still = StillFacts(clip, 0, tuple(drawings))
    match = Match("m", "m", Origin.SIMULATED, utc_now(), Setup(pitch_m=scene.pitch_m), (clip,))
    incident = Incident("i", "m", 1, "offside", Fraction(5), utc_now())

    def facts(found: CalibrationFacts | None) -> IncidentFacts:
        return IncidentFacts(match, incident, (CameraFacts(clip, 0, found),), (still,))

    known = facts(CalibrationFacts(1.0, 9, None, calibration.document()))
    hidden = hidden_in(known, still, picture)
    assert hidden is not None
    assert hidden.sum() > 200
    assert np.array_equal(hidden, players(picture, calibration, pitch, covered(SIZE, drawings)))
    assert hidden_in(facts(None), still, picture) is None
    assert hidden_in(facts(CalibrationFacts(1.0, 9)), still, picture) is None
    assert hidden_in(known, replace(still, drawings=()), picture) is None

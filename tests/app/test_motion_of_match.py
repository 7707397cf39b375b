"""The cameras of a match as a trial, on the page: for who may watch matches, with their clocks and calibrations."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "var"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "athletes"))

from goal_match import mark_pitch, render, shot, truth_of
from motion_home import page
from training_home import words

from athletes.archive import Archive as Training
from athletes.motion.rig import camera_of
from athletes.motion.trials import Trials
from athletes.panels.motion import how
from touchline.i18n import t
from var.archive import Archive

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
SOURCE = "motion-new-source"


def test_who_may_watch_takes_the_calibrated_cameras_of_a_match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(how, "lacking", lambda names: list(names))  # nothing of a body is looked for here
    archive = Archive(tmp_path)
    render(archive, shot(), seconds=Fraction(1, 5))
    match = archive.match("goal")
    assert SOURCE not in [box.key for box in page(tmp_path, "vi").selectbox]  # nothing is calibrated yet
    for camera in ("cam1", "cam2"):
        mark_pitch(archive, match, truth_of(archive), camera, np.random.default_rng(1))
    assert SOURCE not in [box.key for box in page(tmp_path, "vi", role="coach").selectbox]
    app = page(tmp_path, "en")
    app.selectbox(SOURCE).set_value(match.id).run()
    said = words(app)
    assert "GB" in said
    assert t("athletes.motion_page.new.keep_match", "en") in said
    app.button("motion-new-keep").click().run()
    (made,) = Trials(Training(tmp_path)).trials()
    assert [camera_of(one) is not None for one in made.shots] == [True, True]
    assert made.shots[1].to_trial.sigma_s is not None
    assert app.query_params["trial"] == made.id
    assert "athletes." not in words(app)

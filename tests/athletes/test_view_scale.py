"""Metres and up by where a camera stands, beside the truth of simulated athletes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from trial_films import kept_trial

from athletes.archive import Archive
from athletes.kinematics.analysis import analyse
from athletes.kinematics.model import Movement
from athletes.kinematics.scale import Scale
from athletes.motion.found import keep_tracks
from athletes.motion.measuring import measure_trial
from athletes.motion.rig import CAMERA, camera_document
from athletes.motion.trials import Trials
from athletes.motion.view_scale import scale_by_view, seen_from, up_at
from athletes.pose.model import Track
from athletes.space.camera import PosedCamera
from athletes.synthetic_motion.camera import Camera, observe
from athletes.synthetic_motion.jumping import cmj
from athletes.synthetic_motion.movements import squats
from touchline.errors import BadValue


def posed(camera: Camera) -> PosedCamera:
    """The same camera as the calibration says it."""
    middle = (np.array(camera.size_px) - 1) / 2
    K = np.array([[camera.focal_px, 0, middle[0]], [0, camera.focal_px, middle[1]], [0, 0, 1.0]])
    return PosedCamera("cam1", camera.size_px, K, camera.axes(), -camera.axes() @ np.array(camera.eye_m))


def filmed(camera: Camera, movement: str = "squat") -> tuple[Track, float]:
    """Somebody filmed at 60 frames a second without noise, and the true scale at their hips."""
    done = squats(1.75, (0.4,), (0.8, 0.2, 0.7)) if movement == "squat" else cmj(1.75, 0.4)
    t_s = np.arange(0, done.seconds - 0.05, 1 / 60)
    track = observe(done.at(t_s), t_s, camera, None)
    ahead = camera.axes()[2]
    hips = np.median(done.at(t_s)[:, [23, 24]].mean(axis=1), axis=0)
    return track, float((hips - np.array(camera.eye_m)) @ ahead) / camera.focal_px


@pytest.mark.parametrize("movement", ["squat", "cmj"])
@pytest.mark.parametrize("eye", [(0.0, -8.0, 1.6), (2.0, -6.0, 2.5), (0.0, -7.0, 4.0)])
def test_the_scale_is_the_true_one_within_its_error(movement: str, eye: tuple[float, float, float]) -> None:
    camera = Camera(eye, (0.0, 0.0, 1.0), 1500.0)
    track, truth = filmed(camera, movement)
    scale = scale_by_view(posed(camera), track)
    assert scale.method == "view"
    assert abs(scale.m_per_px - truth) < 1.96 * scale.sigma
    assert scale.share >= 0.1 / eye[2]  # a beam 10 cm high would go unseen


def test_up_is_the_cameras_and_not_the_pictures() -> None:
    level = Camera((0.0, -8.0, 1.6), (0.0, 0.0, 1.0), 1500.0)
    turned = replace(level, roll=float(np.radians(12.0)))
    lean = {}
    for camera in (level, turned):
        track, _ = filmed(camera)
        scale = seen_from(posed(camera), track, Scale(0.005, 0.0001, "length"))
        assert (scale.m_per_px, scale.method) == (0.005, "length")
        trunk = next(c for c in analyse(track, Movement.SQUAT, scale).curves if c.key == "trunk")
        lean[camera.roll] = float(np.nanmean(trunk.value))
    assert abs(lean[turned.roll] - lean[0.0]) < 0.5  # by the picture's up it would be 12 degrees
    # Beside the middle of a camera that looks down by 45 degrees an upright person leans outwards in the picture.
    steep = posed(Camera((0.0, -4.0, 4.0), (0.0, 0.0, 0.0), 1000.0))
    assert up_at(steep, (1500.0, 540.0))[0] > 0.3
    assert up_at(steep, (959.5, 540.0))[0] == pytest.approx(0.0, abs=1e-9)


def test_who_does_not_stand_on_zero_gets_no_scale() -> None:
    camera = Camera((0.0, -8.0, 1.6), (0.0, 0.0, 1.0), 1500.0)
    track, _ = filmed(camera)
    below = replace(posed(camera), t_m=posed(camera).t_m - posed(camera).R @ np.array([0.0, 0.0, 3.0]))
    unseen = replace(track, px=np.full(track.px.shape, np.nan))
    for one, seen in ((below, track), (posed(camera), unseen)):
        with pytest.raises(BadValue) as refused:
            scale_by_view(one, seen)
        assert refused.value.name == "no_scale_by_view"


def test_a_posed_camera_of_a_trial_gives_metres_and_a_length_that_was_clicked_comes_first(tmp_path: Path) -> None:
    camera = Camera((0.0, -8.0, 1.6), (0.0, 0.0, 1.0), 1500.0, roll=0.1)
    track, _ = filmed(camera, "cmj")
    rise_m = cmj(1.75, 0.4).truth["rise_m"]
    trials = Trials(Archive(tmp_path / "home"))
    made = kept_trial(trials.archive, tmp_path)
    keep_tracks(trials, made.id, "cam1", [track])
    for settings, method in (
        ({}, "no_scale"),
        ({CAMERA: camera_document(posed(camera))}, "scale_from_view"),
        ({CAMERA: camera_document(posed(camera)), "scale": {"kind": "height", "m": 1.75}}, "scale_from_height"),
    ):
        trials.change(made.with_shot(replace(made.shots[0], settings=settings)))
        analysis = measure_trial(trials, made.id).analyses["cam1"]
        assert method in analysis.notes
        assert ("up_from_picture" in analysis.notes) is (CAMERA not in settings)
        hips = next(one for one in analysis.findings if one.key == "height_by_hips").measured
        assert (hips is None) is (not settings)
        if hips is not None:
            assert abs(hips.value - rise_m) < hips.half_width95

"""A camera that turns, on the page's side: a frame with few clicks profits from the frames that were marked before."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from bundling import clicks, panning
from measuring import SIZE, camera

from touchline.origin import Origin
from touchline.store import utc_now
from touchline.timebase import ClockMap, Timebase
from var.angles import angle_state, clicks_digest, shared_errors
from var.entries import Review
from var.measure.calibrate import Mark
from var.model import Click, Clip, Match, PitchMark, Setup
from var.painted import FollowedAngle


def reviewed(frames: dict[int, list[Mark]], *, fixed: bool = False) -> tuple[Match, Review]:
    clip = Clip(
        "main",
        "main",
        Path("main.mp4"),
        Path("main.proxy.mp4"),
        "ab" * 32,
        SIZE,
        Timebase(Fraction(1, 25)),
        tuple(range(2000)),
        ClockMap(Fraction(0), Fraction(1), 0.001),
        Origin.SIMULATED,
        fixed=fixed,
    )
    marks = tuple(
        PitchMark(100 * frame + k, mark.name, mark.pitch_m, Click("main", frame, clip.sha256, *mark.image_px))
        for frame, own in frames.items()
        for k, mark in enumerate(own)
    )
    return Match("m", "m", Origin.SIMULATED, utc_now(), Setup(), (clip,)), Review((), marks, (), ())


def test_a_frame_of_three_clicks_gets_its_camera_from_the_others() -> None:
    thetas, views = panning(np.random.default_rng(1), 4, 8, zooms=True)
    marked = {100 * number: list(view.marks) for number, view in enumerate(views)}
    marked[200] = marked[200][:3]
    match, review = reviewed({200: marked[200]})
    state = angle_state(match, review, "main", 200)
    assert (state.calibration, state.together) == (None, 0)
    assert state.refusal is not None
    match, review = reviewed(marked)
    state = angle_state(match, review, "main", 200)
    assert state.calibration is not None
    assert state.together == 3
    assert list(state.point_fits) == [mark.name for mark in state.marks]
    sigma = np.sqrt(np.diag(state.calibration.covariance))
    assert (np.abs(state.calibration.theta - thetas[2]) < 5 * sigma).all()
    assert angle_state(match, review, "main", 201).calibration is None  # nobody clicked there


def test_a_camera_that_was_carried_is_not_joined() -> None:
    """Two frames from one place, one from another: that one is calibrated alone."""
    draw = np.random.default_rng(2)
    _, views = panning(draw, 3, 9)
    moved = camera((25.0, -58.0, 8.0), (8.0, 0.0, 0.0), 1500.0, -0.1)
    marked = {100 * number: list(view.marks) for number, view in enumerate(views)}
    match, review = reviewed({**marked, 900: clicks(moved, draw, 9)})
    state = angle_state(match, review, "main", 900)
    assert state.calibration is not None
    assert state.together == 0
    assert np.linalg.norm(state.calibration.centre_m - [25.0, -58.0, 8.0]) < 5


def test_a_fixed_camera_stays_single() -> None:
    draw = np.random.default_rng(3)
    _, views = panning(draw, 2, 6)
    match, review = reviewed({0: list(views[0].marks)}, fixed=True)
    state = angle_state(match, review, "main", 700)
    assert state.calibration is not None
    assert state.together == 0


def test_frames_followed_from_one_frame_share_its_errors_however_often_it_was_followed() -> None:
    """Two runs from frame 0, each to a frame of its own: both rest on the clicks of frame 0 alone."""
    draw = np.random.default_rng(4)
    match, review = reviewed({0: clicks(camera((0.0, -60.0, 12.0), (5.0, 0.0, 0.0), 1500.0, -0.1), draw, 12)})
    clip = match.clips[0]
    first = angle_state(match, review, "main", 0).calibration
    assert first is not None
    text, now = json.dumps(first.document()), clicks_digest(match, review, "main", 0)
    runs = tuple(FollowedAngle(seq, "main", 0, clip.sha256, now, 9, ((seq, text),)) for seq in (5, 9))
    review = replace(review, followed=runs)
    states = [angle_state(match, review, "main", frame) for frame in (5, 9)]
    assert [state.followed for state in states] == list(runs)
    (group,) = shared_errors(match, review, states)
    assert (set(group.views), group.covariance) == ({"main@5", "main@9"}, None)
    states.append(angle_state(match, review, "main", 0))
    (group,) = shared_errors(match, review, states)
    assert set(group.views) == {"main@0", "main@5", "main@9"}


def test_shared_errors_are_one_object_so_that_a_verdict_is_remembered() -> None:
    _, views = panning(np.random.default_rng(1), 3, 8)
    match, review = reviewed({100 * number: list(view.marks) for number, view in enumerate(views)})
    states = [angle_state(match, review, "main", frame) for frame in (0, 200)]
    assert all(state.together for state in states)
    (group,) = shared_errors(match, review, states)
    assert group.covariance is not None
    assert group.covariance.shape == (23, 23)
    assert shared_errors(match, review, states)[0] is group


def test_frames_with_other_neighbours_hang_together_in_an_unknown_way() -> None:
    """Of many marked frames each takes the nearest: what two bundles of one camera share is not known."""
    _, views = panning(np.random.default_rng(4), 16, 7)
    match, review = reviewed({100 * number: list(view.marks) for number, view in enumerate(views)})
    states = [angle_state(match, review, "main", frame) for frame in (200, 1300)]
    assert [state.together for state in states] == [11, 11]
    (group,) = shared_errors(match, review, states)
    assert (group.views, group.covariance) == (("main@200", "main@1300"), None)
    near = [angle_state(match, review, "main", frame) for frame in (0, 100)]  # the same twelve are nearest to both
    (joint,) = shared_errors(match, review, near)
    assert joint.covariance is not None

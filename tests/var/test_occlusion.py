"""Players before a line: found where the renderer knows them to be, and on a real picture; else the line stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from test_calibrate import wide_marks

from touchline.errors import BadValue
from var.measure.calibrate import Calibration, Mark, calibrate
from var.measure.pitch import Pitch, segment
from var.measure.project import project
from var.model import PitchPoints
from var.occlusion import players
from var.picture import covered, draw
from var.synthetic.attack import attack_scene
from var.synthetic.camera import Camera, ground_cameras, observe
from var.synthetic.draw import Painter
from var.synthetic.figures import People
from var.synthetic.scene import Scene

SIZE = (1280, 720)


def calibration_of(camera: Camera, pitch: Pitch) -> Calibration:
    """A camera calibrated by exact clicks on what it shows."""
    pixels = observe(camera, np.array(list(pitch.points.values())))
    inside = np.isfinite(pixels).all(axis=1) & ((pixels >= 0) & (pixels < np.array(camera.size_px))).all(axis=1)
    marks = [
        Mark(name, place, (float(u), float(v)))
        for (name, place), (u, v), ok in zip(pitch.points.items(), pixels, inside, strict=True)
        if ok
    ]
    return calibrate(marks, camera.size_px, pitch)


def truth_of(painter: Painter, time_s: float) -> np.ndarray:
    """Where the renderer draws a person."""
    bodies = painter.scene.points([time_s])[0]
    people = People(painter.camera, painter.lit, bodies, painter.colours, painter.strokes)
    width, height = painter.camera.size_px
    drawn = np.zeros((height, width), np.uint8)
    for who in range(len(bodies)):
        for shape in people.shapes(who):
            if not shape.thick:
                cv2.fillConvexPoly(drawn, shape.outlines[0], (255,), cv2.LINE_8, 4)
    return drawn > 0


def near_lines(calibration: Calibration, xs: np.ndarray) -> np.ndarray:
    """The pixels of lines across the pitch, five wide."""
    width, height = calibration.picture_size
    drawn = np.zeros((height, width), np.uint8)
    for x in xs:
        pixels = project(calibration, PitchPoints(segment(((x, -34.0, 0.0), (x, 34.0, 0.0)), 0.1)))
        pixels = pixels[np.isfinite(pixels).all(axis=1) & (np.abs(pixels) < 9000).all(axis=1)]
        cv2.polylines(drawn, [np.rint(pixels).astype(np.int32)], False, (255,), 5)
    return drawn > 0


@pytest.fixture(scope="module")
def scene() -> Scene:
    return attack_scene(0.3, 5)


@pytest.mark.parametrize("index", [0, 1, 3])
def test_it_finds_the_people_that_the_renderer_drew(scene: Scene, index: int) -> None:
    camera = ground_cameras()[index].scaled(SIZE)
    pitch = Pitch(*scene.pitch_m)
    calibration, painter = calibration_of(camera, pitch), Painter(scene, camera)
    time_s = float(scene.kick_s)
    region = near_lines(calibration, np.arange(26.0, 40.0, 1.0))
    found = players(painter.picture(time_s), calibration, pitch, region)
    truth = truth_of(painter, time_s) & region
    edge = cv2.dilate(truth.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0  # closing joins legs; edges are soft
    assert truth.sum() > 500
    assert not (found & ~region).any()
    # Who stands before the boards is one with them and is left out: the line stays visible there.
    assert (found & truth).sum() > 0.6 * truth.sum()
    assert (found & ~edge).sum() < 0.02 * found.sum()  # grass is not hidden
    assert (found & ~truth).sum() < 0.35 * found.sum()


def test_grass_lines_and_shadows_hide_nothing(scene: Scene) -> None:
    camera = ground_cameras()[1].scaled(SIZE)
    pitch = Pitch(*scene.pitch_m)
    calibration, painter = calibration_of(camera, pitch), Painter(scene, camera)
    region = near_lines(calibration, np.arange(24.0, 44.0, 0.5))
    assert not players(painter.still, calibration, pitch, region).any()
    dark = painter.still.copy()
    cv2.ellipse(dark, (640, 420), (160, 60), 0, 0, 360, (0, 0, 0), -1)
    shadow = (0.45 * painter.still + 0.0 * dark).astype(np.uint8)
    half = np.where((dark == 0).all(axis=2)[..., None], shadow, painter.still)
    assert not players(half, calibration, pitch, region).any()


def test_a_picture_that_says_nothing_hides_nothing(scene: Scene) -> None:
    camera = ground_cameras()[1].scaled(SIZE)
    pitch = Pitch(*scene.pitch_m)
    calibration, painter = calibration_of(camera, pitch), Painter(scene, camera)
    region = near_lines(calibration, np.array([31.0, 33.0]))
    picture = painter.picture(float(scene.kick_s))
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    snow = np.full_like(picture, 245)
    for silent in (grey, snow):
        assert not players(silent, calibration, pitch, region).any()
    assert not players(picture, calibration, pitch, np.zeros_like(region)).any()
    with pytest.raises(BadValue):
        players(picture[:, :640], calibration, pitch, region)
    with pytest.raises(BadValue):
        players(picture, calibration, pitch, region[:100])


def test_lines_pass_behind_and_plumb_lines_before() -> None:
    picture = np.full((360, 640, 3), (40, 120, 50), np.uint8)
    drawings = [
        {"shape": "polygon", "px": [[100, 0], [140, 0], [140, 359], [100, 359]], "style": "band_attacker"},
        {"shape": "polyline", "px": [[120, 0], [120, 359]], "style": "attacker"},
        {"shape": "polyline", "px": [[124, 100], [124, 200]], "style": "plumb", "role": "defender"},
        {"shape": "dot", "px": [[130, 150]], "style": "defender"},
    ]
    region = covered((640, 360), drawings)
    assert region[:, 100:141].all()
    assert not region[:, :95].any()
    assert not region[:, 150:].any()
    hidden = np.zeros((360, 640), bool)
    hidden[90:210, 90:150] = True
    shown, plain = draw(picture, drawings, hidden=hidden), draw(picture, drawings)
    assert (shown[95, 90:150] == picture[95, 90:150]).all()  # neither band nor line
    assert np.array_equal(shown[:80], plain[:80])
    assert (shown[145:156, 125:136] != picture[145:156, 125:136]).any()  # the dot
    assert (shown[100:200, 122:127] != picture[100:200, 122:127]).any()  # the plumb line
    assert np.array_equal(draw(picture, drawings, hidden=np.zeros_like(hidden)), plain)


def test_on_a_real_picture_players_are_found_and_grass_is_not(fixture_path: Callable[[str], Path]) -> None:
    from var.footage.video import Reader, index

    folder = fixture_path("match_left_wide")
    calibration = calibrate(wide_marks(folder / "left_keypoints.xml"), (3072, 1728), Pitch())
    picture = Reader(index(folder / "left_camera.mp4")).picture(0)
    hidden = share = 0
    for x in np.arange(-45.0, 10.0, 2.5):
        region = near_lines(calibration, np.array([x]))
        found = players(picture, calibration, Pitch(), region)
        hidden, share = hidden + int(found.sum()), share + int(region.sum())
    # Twenty-two lines and a dozen players: few pixels lie behind somebody, and none of the grass does.
    assert 0.002 < hidden / share < 0.03
    # The far half of the empty area before the left goal: not a soul, and faded lines.
    empty = near_lines(calibration, np.array([-40.0]))
    empty[:, 1400:] = False
    assert not players(picture, calibration, Pitch(), empty).any()

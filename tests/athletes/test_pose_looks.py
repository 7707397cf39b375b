"""Two looks at one body made one: agreement, a joint seen in two places, sides that differ."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from athletes.pose.engine import ENGINES, MODELS, open_engine
from athletes.pose.looks import APART, agreed
from athletes.pose.model import BODY33
from athletes.pose.noise import row_of
from touchline import models
from touchline.errors import Missing
from touchline.vision import landmarks
from touchline.vision.landmarks import MIRRORED, POINTS, Landmarks, Patch, find_landmarks

SHOWN = Patch((500.0, 500.0), 1000.0)
FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures"


def look(px: np.ndarray, confidence: float = 0.9, presence: float = 0.9, turn: float = 0.0) -> Landmarks:
    return Landmarks(px, np.full(POINTS, confidence), presence, Patch((500.0, 500.0), 900.0, turn))


@pytest.fixture
def body() -> np.ndarray:
    return np.random.default_rng(5).uniform(200.0, 800.0, (POINTS, 2))


def test_what_both_saw_is_in_the_middle_by_their_confidence(body: np.ndarray) -> None:
    found = agreed(look(body, 0.9, turn=0.2), look(body + np.array([4.0, 0.0]), 0.3, 0.7, turn=-0.1), SHOWN)
    np.testing.assert_allclose(found.px, body + np.array([1.0, 0.0]), atol=0.01)
    np.testing.assert_allclose(found.confidence, 0.6)
    assert found.presence == 0.7
    assert found.upright.turn_rad == pytest.approx(0.05)


def test_a_joint_seen_in_two_places_is_where_the_surer_look_has_it_and_little_trusted(body: np.ndarray) -> None:
    wrist = BODY33.place("left_wrist")
    other = look(body.copy(), 0.8)
    other.px[wrist] += [1.2 * APART * SHOWN.side, 0.0]
    other.confidence[wrist] = 0.4
    for found in (agreed(look(body), other, SHOWN), agreed(other, look(body), SHOWN)):
        np.testing.assert_allclose(found.px[wrist], body[wrist])
        assert found.confidence[wrist] == pytest.approx(0.4)
        assert found.confidence[wrist - 1] == pytest.approx(0.85)


def test_where_sides_differ_the_surer_look_is_taken_whole(body: np.ndarray) -> None:
    turned = look(body[list(MIRRORED)], 0.5)
    for found in (agreed(look(body), turned, SHOWN), agreed(turned, look(body), SHOWN)):
        np.testing.assert_array_equal(found.px, body)
        np.testing.assert_array_equal(found.confidence, np.full(POINTS, 0.5))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", ENGINES)
def test_a_points_file_names_the_errors_of_its_engine(kind: str, model: str) -> None:
    try:
        engine = open_engine(kind, model)
    except Missing as lacking:
        pytest.skip(f"needs models: {lacking.name}")
    name, noise = engine.name, engine.noise
    engine.close()
    assert row_of(name) == noise


@pytest.mark.slow
def test_by_their_maps_two_looks_agree_better_than_by_the_numbers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from touchline.footage import open_footage
    from touchline.vision.runtime import pose_network

    path = FIXTURES / "athlete_four_views" / "videos" / "cam03.mp4"
    if not path.exists():
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report(f"real recording athlete_four_views is not at {FIXTURES}")
    try:
        models.path("pose_full")
    except Missing:
        pytest.skip("needs pose_full: touchline models get")
    network = pose_network("pose_full")[0]
    footage = open_footage(path)
    pictures = [footage.picture(frame) for frame in (0, 30, 60)]
    footage.close()

    def apart() -> float:
        off = []
        for picture in pictures:
            shown = Patch((550.0, 900.0), 1150.0)  # the athlete is 800 px tall and in the middle
            for _ in range(2):
                shown = find_landmarks(picture, shown, network).upright
            one = find_landmarks(picture, shown, network)
            other = find_landmarks(picture, shown, network, mirrored=True)
            off.append(np.linalg.norm(one.px - other.px, axis=1)[11:] / shown.side)
        return float(np.median(off))

    with_maps = apart()
    monkeypatch.setattr(landmarks, "by_maps", lambda px, maps: px)
    assert with_maps < 0.8 * apart()

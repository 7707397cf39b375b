"""The kick by its sound and by the way of the ball; "nothing" is an answer."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.errors import BadValue
from var.assist.ball import bend, by_motion, follow
from var.assist.kick import Way, by_sound
from var.assist.work import ball_radius_px, travel_s
from var.measure.project import project
from var.model import PitchPoints
from var.synthetic.camera import observe
from var.synthetic.draw import Painter

from assisting import shown  # isort: skip

RATE = 16000


def heard(*kicks_s: float, noise: float = 0.01, loud: float = 0.3) -> np.ndarray:
    """Three seconds of noise with kicks in it: a thump and a click."""
    draw = np.random.default_rng(5)
    t = np.arange(3 * RATE) / RATE
    out = draw.normal(0, noise, len(t))
    for at in kicks_s:
        after = np.maximum(t - at, 0)
        thump = np.sin(2 * np.pi * 170 * after) * np.exp(-after / 0.03) + 0.5 * draw.normal(0, 1, len(t)) * np.exp(
            -after / 0.004
        )
        out += np.where(t >= at, loud * thump, 0)
    return out.astype(np.float32)


@pytest.mark.parametrize("at_s", [1.0, 1.313, 1.55])
def test_a_kick_is_heard_when_it_was_less_the_way_of_its_sound(at_s: float) -> None:
    hint = by_sound(heard(at_s + 0.12), RATE, 0.0, 1.3, travels_s=(0.12, 0.003))
    assert hint.way is Way.SOUND
    assert hint.at_s == pytest.approx(at_s, abs=0.008)
    assert hint.sigma_s == pytest.approx(0.005, abs=1e-6)
    later = by_sound(heard(at_s + 0.12)[RATE // 2 :], RATE, 0.5, 1.3, travels_s=(0.12, 0.003))
    assert later.at_s == pytest.approx(hint.at_s, abs=0.004)


def test_nothing_or_several_sounds_give_no_suggestion() -> None:
    assert by_sound(heard(), RATE, 0.0, 1.5).reason == "nothing_stands_out"
    assert by_sound(heard(1.2, 1.7), RATE, 0.0, 1.5).reason == "several"
    assert by_sound(heard(1.2)[:100], RATE, 0.0, 1.5).reason == "no_sound"
    assert by_sound(np.full(3 * RATE, np.nan, np.float32), RATE, 0.0, 1.5).reason == "no_sound"
    for wrong in (float("nan"), float("inf")):
        with pytest.raises(BadValue):
            by_sound(heard(), RATE, 0.0, wrong)


def test_the_bend_of_a_way_is_found_between_pictures_with_a_sigma_that_holds() -> None:
    draw = np.random.default_rng(2)
    times = np.arange(24) / 25
    off = []
    for kick in draw.uniform(0.3, 0.6, 60):
        way = np.column_stack([40 * np.minimum(times - kick, 0) + 500 * np.maximum(times - kick, 0), 5 * times])
        hint = bend(times, way + draw.normal(0, 0.5, way.shape))
        assert hint.at_s is not None
        assert hint.sigma_s is not None
        off.append((hint.at_s - kick) / hint.sigma_s)
    assert np.mean(np.abs(off) < 2) > 0.9


def test_an_even_way_a_lost_ball_and_one_that_is_outside_give_nothing() -> None:
    times = np.arange(20) / 25
    even = np.column_stack([60 * times, 3 * times])
    assert bend(times, even).reason == "nothing_stands_out"
    assert bend(times, np.where(np.arange(20)[:, None] < 5, even, np.nan)).reason == "ball_lost"
    black = [np.zeros((60, 80, 3), np.uint8)] * 12
    assert by_motion(black, list(np.arange(12) / 25), 6, (500.0, 5.0), 4.0).reason == "place_outside"
    for wrong in ({"at": 99}, {"radius_px": 0.0}, {"times_s": [0.0] * 12}):
        given = {
            "pictures": black,
            "times_s": list(np.arange(12) / 25),
            "at": 6,
            "place_px": (40.0, 30.0),
            "radius_px": 4.0,
        }
        with pytest.raises(BadValue):
            by_motion(**{**given, **wrong})


@pytest.fixture(scope="module")
def pass_() -> tuple[list[np.ndarray], list[float], np.ndarray, float]:
    """Rendered pictures at 50 Hz around the kick, their times after it, where the ball is, and its radius."""
    seen = shown()
    painter, kick = Painter(seen.scene, seen.camera), float(seen.scene.kick_s)
    times = [kick - 0.267 + n / 50 for n in range(24)]
    pictures = [np.asarray(painter.picture(at)) for at in times]
    ball = seen.scene.ball_m(times)
    pixels = observe(seen.camera, ball)
    return pictures, [at - kick for at in times], pixels, ball_radius_px(seen.calibration, tuple(pixels[13]), 1080)


@pytest.mark.parametrize("clicked", [8, 13, 16])
def test_the_ball_is_followed_and_its_kick_found_within_half_a_frame(clicked: int, pass_: tuple) -> None:
    pictures, times, pixels, radius = pass_
    place = (float(pixels[clicked][0]), float(pixels[clicked][1]))
    found = follow(pictures, clicked, place, radius)
    assert np.isfinite(found).all(axis=1).sum() >= 20
    assert np.nanmedian(np.linalg.norm(found - pixels, axis=1)) < 2
    hint = by_motion(pictures, times, clicked, place, radius)
    assert hint.at_s is not None
    assert abs(hint.at_s) < 0.010


def test_sound_and_size_of_a_ball_follow_from_its_place() -> None:
    calibration = shown().calibration
    place = np.array([[20.0, 3.0, 0.11]])
    u, v = project(calibration, PitchPoints(place))[0]
    late, sigma = travel_s(calibration, (float(u), float(v)))
    assert late == pytest.approx(float(np.linalg.norm(place - calibration.centre_m)) / 343, rel=0.01)
    assert sigma < 0.01
    assert travel_s(None, (0.0, 0.0))[1] > 0.05
    assert travel_s(calibration, (10.0, -9000.0)) == travel_s(None, (0.0, 0.0))
    above = project(calibration, PitchPoints(place + np.array([0, 0, 0.11])))[0]
    assert ball_radius_px(calibration, (float(u), float(v)), 1080) == pytest.approx(abs(above[1] - v), rel=0.05)
    assert ball_radius_px(None, (0.0, 0.0), 1080) == pytest.approx(1080 / 190)

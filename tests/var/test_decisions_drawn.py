"""The instrument behind the coverage of decisions: cameras that move, players with a known margin, people who err."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from var.synthetic.attack import KICK_S, attack_scene
from var.synthetic.body import INDEX, LAW11_PARTS
from var.synthetic.camera import Camera, aimed, ground_cameras, observe
from var.synthetic.duel import ELEVATED_M, drawn_duel
from var.synthetic.moving import Moving
from var.synthetic.moving_picture import moving_picture
from var.synthetic.observer import Observer


def camera() -> Camera:
    return aimed(
        "cam", "cam", at_m=(30.0, -46.0, 9.0), towards_m=(30.0, 0.0, 0.0), focal_px=2500.0,
        dist=(-0.1, 0.02, 0.0, 0.0, 0.0), offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(50), until_s=Fraction(9),
    )  # fmt: skip


def test_a_camera_that_turns_and_zooms_stays_in_its_place() -> None:
    moving = Moving(camera(), 1.0, pan_rad_s=0.1, tilt_rad_s=0.02, zoom_s=0.05)
    later = moving.at(1.5)
    assert moving.at(1.0).rvec == pytest.approx(camera().rvec, abs=1e-12)
    assert later.position_m == pytest.approx(camera().position_m, abs=1e-9)
    assert later.k[0][0] == pytest.approx(2500.0 * np.exp(0.025))
    place = np.array([30.0, 0.0, 0.0])
    before, after = observe(moving.at(1.0), place), observe(later, place)
    assert after[0] > before[0] + 100  # it turns to the left, so what it saw goes to the right
    assert after[1] > before[1] + 20  # and upward, so it goes down


def test_a_rolling_shutter_reads_each_row_at_its_own_time() -> None:
    runner = lambda at_s: np.array([28.0 + 8.0 * at_s, 0.0, 0.0])  # noqa: E731
    still, rolling = Moving(camera()), Moving(camera(), readout_s=0.02)
    for height in (0.0, 1.8):
        place = lambda at_s, up=height: runner(at_s) + np.array([0.0, 0.0, up])  # noqa: E731
        pixel = rolling.sees(place, 0.5)
        instant = 0.5 + rolling.row_s(float(pixel[1]))
        assert pixel == pytest.approx(still.sees(place, instant), abs=1e-6)
    assert rolling.row_s(0.0) == -0.01
    assert rolling.row_s(1079.0) == 0.01


def test_a_duel_has_the_margin_that_was_asked_for() -> None:
    random = np.random.default_rng(3)
    for margin in (-0.4, 0.0, 0.25):
        duel = drawn_duel(random, 30.0, (-5.0, 4.0), margin)
        assert duel.margin_m(0.0) == pytest.approx(margin, abs=1e-9)
        foremost = duel.foremost(duel.defender, 0.0)
        assert duel.defender.part(foremost, 0.0)[0] == pytest.approx(30.0)
        assert foremost in LAW11_PARTS
        # The margin changes as the two run, and by no more than their speeds and swinging feet allow.
        assert 0 < abs(duel.margin_m(0.02) - margin) < 0.6


def test_elevated_duels_are_decided_above_the_ground() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        duel = drawn_duel(random, 30.0, (0.0, 3.0), 0.1, elevated=True)
        heights = [
            runner.points(0.0)[0, INDEX[duel.foremost(runner, 0.0)], 2] for runner in (duel.attacker, duel.defender)
        ]
        assert max(heights) > ELEVATED_M


def test_people_err_as_often_and_as_far_as_is_said() -> None:
    random, people = np.random.default_rng(5), Observer()
    misses = np.array([people.miss(random, 2.0) for _ in range(20_000)])
    assert misses.std() == pytest.approx(2.0, rel=0.1)
    # Of normal misses 0.27 % lie beyond three standard deviations, of these about four times as many.
    assert 0.006 < (np.abs(misses) > 6.0).mean() < 0.02
    late = Counter(people.late_frames(random) for _ in range(20_000))
    assert late[1] / 20_000 == pytest.approx(people.late[0], abs=0.01)
    assert late[2] / 20_000 == pytest.approx(people.late[1], abs=0.004)
    wrong = np.mean([people.said(random, "toe") != "toe" for _ in range(5000)])
    assert wrong == pytest.approx(people.misnamed_part, abs=0.008)
    names = [f"m{i}" for i in range(10)]
    assert replace(people, misnamed_mark=0.0).names(random, names) == names
    moved = sum(a != b for _ in range(2000) for a, b in zip(people.names(random, names), names, strict=True))
    assert 0.01 < moved / 20_000 < 0.03
    assert all(sorted(people.names(random, names)) == names for _ in range(100))


def test_pictures_show_what_is_observed() -> None:
    """The front of the penalty area is white where a camera that turns, zooms and rolls observes it, and not where it
    would be without that."""
    play = attack_scene(0.3, 3)
    still = next(camera for camera in ground_cameras() if camera.id == "cam2").scaled((960, 540))
    at_s = float(KICK_S)
    moving = Moving(still, at_s, pan_rad_s=0.3, zoom_s=0.1, readout_s=0.02)
    picture = moving_picture(play, moving, at_s + 0.2, bands=6).astype(int)
    line = [np.array([52.5 - 16.5 + 0.06, y, 0.0]) for y in np.linspace(-14, 14, 15)]

    def whiteness(shot: Moving) -> float:
        found = []
        for place in line:
            u, v = shot.sees(lambda _, where=place: where, at_s + 0.2)
            if 3 < u < 956 and 3 < v < 536:
                row, column = round(v), round(u)
                found.append(picture[row - 1 : row + 2, column - 1 : column + 2].max(axis=(0, 1)).min())
        assert len(found) >= 5
        return float(np.median(found))

    assert whiteness(moving) > 150
    assert whiteness(Moving(still, at_s)) < 120

"""The pitch by Law 1."""

from __future__ import annotations

import math

import numpy as np
import pytest

from touchline.errors import BadValue
from touchline.i18n import LANGUAGES, catalogue
from var.measure.pitch import Pitch


def test_named_points_stand_where_law_1_puts_them() -> None:
    at = Pitch(105, 68).points
    assert at["centre_spot"] == (0, 0, 0)
    assert at["right_corner_far"] == (52.5, 34, 0)
    assert at["left_penalty_area_near"] == (-36, -20.16, 0)  # 16.5 m from the line, 16.5 m from the post at 3.66 m
    assert at["right_penalty_area_line_far"] == (52.5, 20.16, 0)
    assert at["right_goal_area_near"] == (47, -9.16, 0)
    assert at["left_penalty_spot"] == (-41.5, 0, 0)
    assert at["left_post_far"] == (-52.5, 3.66, 0)
    assert at["right_crossbar_near"] == (52.5, -3.66, 2.44)
    assert at["halfway_near"] == (0, -34, 0)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_penalty_arc_ends_on_the_penalty_area_and_bulges_to_the_middle(side: str) -> None:
    pitch = Pitch(100, 64)
    arc = pitch.arcs[f"{side}_penalty_arc"].points(0.1)
    ends = [pitch.points[f"{side}_arc_{depth}"] for depth in ("far", "near")]
    # Ends are the very numbers from two formulas, so only rounding (1e-13 m) separates them.
    assert min(np.linalg.norm(arc[0] - end) for end in ends) < 1e-9
    assert min(np.linalg.norm(arc[-1] - end) for end in ends) < 1e-9
    assert np.abs(arc[:, 0]).max() <= 100 / 2 - 16.5 + 1e-9
    spot = np.array(pitch.points[f"{side}_penalty_spot"])
    assert np.allclose(np.linalg.norm(arc - spot, axis=1), 9.15)


def test_the_outline_is_dense_and_holds_both_goal_frames() -> None:
    outline = Pitch().outline(0.5)
    names = [name for name, _ in outline]
    assert len(set(names)) == len(names)
    assert {"left_crossbar", "right_post_far", "centre_circle", "halfway_line"} <= set(names)
    for _, places in outline:
        assert places.shape[1] == 3
        assert np.linalg.norm(np.diff(places, axis=0), axis=1).max() <= 0.5 + 1e-9
    assert max(places[:, 2].max() for _, places in outline) == 2.44


def test_lines_join_named_points() -> None:
    pitch = Pitch()
    ends = {end for line in pitch.lines.values() for end in line}
    assert ends <= set(pitch.points.values())
    assert len(pitch.lines) == 3 + 2 * (1 + 2 * 3 + 3)


def test_nearest_and_metres_from_the_far_left_corner() -> None:
    pitch = Pitch()
    assert pitch.nearest((-52.4, 20.2, 0)) == ("left_penalty_area_line_far", pytest.approx(math.hypot(0.1, 0.04)))
    assert pitch.from_corner(pitch.points["left_penalty_area_line_far"]) == (0, pytest.approx(13.84))
    assert pitch.from_corner(pitch.points["right_corner_near"]) == (105, 68)


@pytest.mark.parametrize("size", [(89.9, 60), (121, 60), (100, 44), (100, 91), (90, 90), (math.nan, 60)])
def test_a_size_outside_law_1_is_refused(size: tuple[float, float]) -> None:
    with pytest.raises(BadValue) as refusal:
        Pitch(*size)
    assert refusal.value.name == "bad_pitch"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_point_and_line_has_a_name_of_its_own_in_each_language(lang: str) -> None:
    texts, lines = catalogue("var", "pitch", lang), catalogue("var", "pitch_line", lang)
    assert set(texts) == set(Pitch().points)
    assert set(lines) == {*Pitch().lines, *Pitch().arcs}
    assert len({*texts.values(), *lines.values()}) == len(texts) + len(lines)

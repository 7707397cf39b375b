"""Marks that are wrong in the ways in which people get them wrong: named, with what is probably meant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bundling import clicks
from measuring import BEHIND, MAIN, PITCH, SIZE, camera
from test_calibrate_lines import AREA, clicked

from touchline.errors import BadValue
from touchline.i18n import LANGUAGES
from var.commands.bundle import advice_said
from var.measure.calibrate import Mark, calibrate
from var.measure.pitch import Pitch

WIDE = camera((5.0, -74.0, 14.0), (8.0, -2.0, 0.0), 950.0)
ORDINARY = {"main": MAIN, "behind": BEHIND, "wide": WIDE}


def refused(marks: list[Mark], pitch: Pitch = PITCH) -> str:
    with pytest.raises(BadValue) as refusal:
        calibrate(marks, SIZE, pitch)
    for lang in LANGUAGES:
        assert ".errors." not in refusal.value.detail(lang) + refusal.value.hint(lang)
    return refusal.value.name


@pytest.mark.parametrize("seed", range(4))
def test_two_names_that_were_exchanged_name_each_other(seed: int) -> None:
    marks = clicks(WIDE, np.random.default_rng(seed), 12)
    far_apart = max(range(1, 12), key=lambda k: np.hypot(*np.subtract(marks[k].image_px, marks[0].image_px)))
    wrong = list(marks)
    for own, other in ((0, far_apart), (far_apart, 0)):
        wrong[own] = replace(marks[own], name=marks[other].name, pitch_m=marks[other].pitch_m)
    found = calibrate(wrong, SIZE, PITCH)
    rejected = {mark.name: str(mark.suggestion).split()[0] for mark in found.marks if mark.rejected}
    names = marks[0].name, marks[far_apart].name
    assert rejected == {names[0]: names[1], names[1]: names[0]}


@pytest.mark.parametrize("view", ORDINARY)
@pytest.mark.parametrize("seed", range(3))
def test_a_mirrored_set_says_which_way(view: str, seed: int) -> None:
    marks = clicks(ORDINARY[view], np.random.default_rng(seed), 12)
    for axis, code in ((0, "mirrored_sides"), (1, "mirrored_marks")):
        flipped = [replace(m, pitch_m=tuple(-v if k == axis else v for k, v in enumerate(m.pitch_m))) for m in marks]  # type: ignore[arg-type]
        assert refused(flipped) == code


def test_a_y_axis_toward_the_camera_is_told() -> None:
    """Some tools count y downward like pixels; the words say which way it must grow."""
    marks = clicks(MAIN, np.random.default_rng(5), 10)
    down = [Mark(f"point {k}", (m.pitch_m[0], -m.pitch_m[1], m.pitch_m[2]), m.image_px) for k, m in enumerate(marks)]
    with pytest.raises(BadValue) as refusal:
        calibrate(down, SIZE, PITCH)
    assert "y must grow away from the camera" in refusal.value.hint("en")
    assert "y phải tăng về phía xa máy quay" in refusal.value.hint("vi")


@pytest.mark.parametrize("seed", range(3))
def test_a_point_put_on_the_wrong_line_is_named(seed: int) -> None:
    marks = clicks(MAIN, np.random.default_rng(20 + seed), 12)
    at = next(k for k, mark in enumerate(marks) if "penalty_area" in mark.name or "goal_area" in mark.name)
    swap = ("penalty_area", "goal_area") if "penalty_area" in marks[at].name else ("goal_area", "penalty_area")
    other = marks[at].name.replace(*swap)
    marks = [mark for mark in marks if mark.name != other]
    at = next(k for k, mark in enumerate(marks) if mark.name == other.replace(swap[1], swap[0]))
    right = marks[at].name
    marks[at] = replace(marks[at], name=other, pitch_m=PITCH.points[other])
    (mark,) = (mark for mark in calibrate(marks, SIZE, PITCH).marks if mark.rejected)
    assert mark.name == other
    assert str(mark.suggestion).startswith(f"{right} (")


@pytest.mark.parametrize("seed", range(3))
def test_an_area_of_other_dimensions_is_noticed(seed: int) -> None:
    """Penalty areas that were labelled a metre too narrow on either side, as one real set is."""
    marks = clicks(WIDE, np.random.default_rng(30 + seed), 24)
    wrong = []
    for mark in marks:
        x, y, z = mark.pitch_m
        narrow = "penalty_area" in mark.name
        wrong.append(replace(mark, pitch_m=(x, y - np.sign(y), z)) if narrow else mark)
    bad = [mark.name for mark in marks if "penalty_area" in mark.name]
    assert len(bad) >= 3
    (advice,) = calibrate(wrong, SIZE, PITCH).advice
    assert (advice.code, advice.params) == ("not_law_1_y", {"said_m": 19.16, "law_m": 20.16})
    assert sorted(advice.marks) == sorted(bad)
    for lang, digits in (("vi", "20,16"), ("en", "20.16")):
        assert digits in advice_said(advice, lang)
    assert calibrate(marks, SIZE, PITCH).advice == ()


def test_another_size_of_pitch_is_told_with_the_size() -> None:
    """A pitch of 100 x 64 m marked as 105 x 68: mostly the marks can tell it, and never do they tell a wrong one."""
    told = 0
    for seed in range(8):
        marks = clicks(WIDE, np.random.default_rng(seed), 14, truth=Pitch(100.0, 64.0))
        try:
            advice = calibrate(marks, SIZE, PITCH).advice
        except BadValue as refusal:
            said = refusal.params  # of any other refusal than other_pitch_size there is no length
        else:
            if not advice:
                continue
            said = advice[0].params
            assert (
                "100" in advice_said(advice[0], "vi") or "99" in advice_said(advice[0], "vi") or said["length_m"] > 100
            )
        told += 1
        # Four of its standard deviations, which are 0.7 and 0.6 m.
        assert said["length_m"] == pytest.approx(100.0, abs=2.8)
        assert said["width_m"] == pytest.approx(64.0, abs=2.4)
    assert told >= 5
    for seed in range(8):
        assert calibrate(clicks(WIDE, np.random.default_rng(seed), 14), SIZE, PITCH).advice == ()


def test_lines_of_a_smaller_pitch_are_told_too() -> None:
    draw = np.random.default_rng(3)
    names = ["halfway_line", "touchline_near", "touchline_far", "right_goal_line", "centre_circle", *AREA[:3]]
    lines = clicked(WIDE, names, draw, 6, 1.0)
    assert calibrate([], SIZE, PITCH, lines=lines).advice == ()
    # The same picture under another said size: what is marked is 105 x 68.
    try:
        advice = calibrate([], SIZE, Pitch(98.0, 60.0), lines=lines).advice
        params = advice[0].params
    except BadValue as refusal:
        params = refusal.params
    assert params["width_m"] == pytest.approx(68.0, abs=2.5)

"""Overlays: the right places, inside the picture, in the agreed form."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from measuring import MAIN, PITCH, SIZE, calibrated, marks_of, see

from touchline.i18n import LANGUAGES
from var.measure.calibrate import calibrate
from var.measure.offside import BUDGET, Verdict, measure
from var.measure.overlay import (
    LABEL_ROOM,
    Drawing,
    body_overlay,
    clip_polygon,
    lines_overlay,
    marks_overlay,
    offside_overlay,
    pitch_overlay,
)
from var.measure.pitch import BALL_RADIUS_M
from var.measure.project import project, to_ground
from var.measure.scene import BallPlace, Observation, Scene
from var.measure.sure_overlay import COLOURS, sigma_words, sure_class, sure_overlay
from var.model import (
    AttackDirection,
    BodyMark,
    BodyPart,
    Click,
    ImagePoints,
    LineClick,
    Outcome,
    PitchMark,
    PitchPoints,
    Role,
)

CAMERA = calibrated(MAIN, np.random.default_rng(2), 12, 1.0)
STYLES = {"pitch", "attacker", "defender", "band_attacker", "band_defender", "mark", "mark_bad", "plumb"}


def click(role: Role, part: BodyPart, place: tuple[float, float, float]) -> Observation:
    u, v = project(CAMERA, PitchPoints(np.array([place])))[0]
    return Observation(role, part, "main", Fraction(1), (float(u), float(v)), 1.0, 0.0)


SCENE = Scene(
    AttackDirection.RIGHT,
    PITCH,
    {"main": CAMERA},
    Fraction(1),
    0.005,
    (
        click(Role.ATTACKER, BodyPart.SHOULDER, (36.0, -6.0, 1.35)),
        click(Role.DEFENDER, BodyPart.TOE, (34.0, 6.0, 0.01)),
    ),
)


def in_form(drawings: list[Drawing]) -> None:
    for drawing in drawings:
        assert drawing["shape"] in {"polyline", "polygon", "dot", "cross", "label"}
        assert drawing["style"] in STYLES
        assert ("text" in drawing) is (drawing["shape"] == "label")
        pixels = np.array(drawing["px"])
        assert pixels.shape[1] == 2
        assert np.isfinite(pixels).all()
        # Pixels are rounded to a hundredth.
        assert (pixels >= -0.5 - 0.006).all()
        assert (pixels <= np.array(SIZE) - 0.5 + 0.006).all()


def test_the_pitch_is_drawn_where_the_camera_sees_it() -> None:
    drawn = pitch_overlay(CAMERA, PITCH)
    in_form(drawn)
    pixels = np.concatenate([np.array(drawing["px"]) for drawing in drawn])
    for name in ("right_penalty_area_near", "right_goal_area_far", "right_crossbar_far"):
        true = see(MAIN, np.array([PITCH.points[name]]))
        # The calibration from 12 clicks of 1 px is within 3 px here; lines pass through every named point.
        assert np.linalg.norm(pixels - true, axis=1).min() < 3.0
    assert {drawing["style"] for drawing in drawn} == {"pitch"}


def test_nothing_is_drawn_for_a_camera_that_looks_away() -> None:
    turned = replace(CAMERA, rvec=np.array([0.0, np.pi, 0.0]), tvec_m=np.array([0.0, 0.0, -50.0]))
    looking_up = replace(CAMERA, rvec=np.array([np.pi, 0.0, 0.0]) * 0, tvec_m=np.array([0.0, 0.0, -10.0]))
    assert pitch_overlay(looking_up, PITCH) == []
    in_form(pitch_overlay(turned, PITCH))


def test_lines_bands_plumb_and_letters() -> None:
    verdict = measure(SCENE)
    drawn = offside_overlay(verdict, SCENE, CAMERA)
    in_form(drawn)
    by_style = {style: [d for d in drawn if d["style"] == style] for style in STYLES}
    assert [d["text"] for d in by_style["attacker"] if d["shape"] == "label"] == ["A"]
    assert [d["text"] for d in by_style["defender"] if d["shape"] == "label"] == ["D"]
    assert [d["role"] for d in by_style["plumb"]] == ["attacker"]  # the shoulder stands high, the toe on the ground
    assert verdict.attacker is not None
    line = np.concatenate([np.array(d["px"]) for d in by_style["attacker"] if d["shape"] == "polyline"])
    ground, _ = to_ground(CAMERA, ImagePoints(line))
    # Rounded to 0.005 px; the worst ground sampling in this view is below 2 m a pixel.
    assert np.abs(ground[:, 0] - verdict.attacker.line_x_m).max() < 0.01
    assert np.abs(ground[:, 1]).max() <= 34.01
    band = np.concatenate([np.array(d["px"]) for d in by_style["band_attacker"]])
    across, _ = to_ground(CAMERA, ImagePoints(band))
    inside = (np.abs(across[:, 1]) < 25) & (band > 1).all(axis=1) & (band < np.array(SIZE) - 2).all(axis=1)
    half = np.abs(across[inside, 0] - verdict.attacker.line_x_m)
    assert half == pytest.approx(1.96 * verdict.attacker.sigma_x_m, abs=0.02)
    foot = next(np.array(d["px"][0]) for d in by_style["attacker"] if d["shape"] == "dot")
    assert np.linalg.norm(foot - SCENE.observations[0].image_px) < 0.02


def test_the_line_of_the_ball_is_drawn_where_it_governs() -> None:
    scene = replace(SCENE, ball=BallPlace((38.0, 0.0), 0.1))
    verdict = measure(scene)
    assert verdict.governs == "ball"
    drawn = offside_overlay(verdict, scene, CAMERA)
    in_form(drawn)
    line = np.concatenate([np.array(d["px"]) for d in drawn if d["style"] == "mark"])
    ground, _ = to_ground(CAMERA, ImagePoints(line))
    assert np.abs(ground[:, 0] - (38.0 + BALL_RADIUS_M)).max() < 0.01
    assert not [d for d in offside_overlay(measure(SCENE), SCENE, CAMERA) if d["style"] == "mark"]


def test_what_was_not_measured_is_not_drawn() -> None:
    nothing = Verdict(Outcome.NOT_MEASURABLE, None, dict.fromkeys(BUDGET), ())
    assert offside_overlay(nothing, SCENE, CAMERA) == []


def test_marks_show_their_residual_and_wrong_ones_stand_out() -> None:
    marks = marks_of(MAIN, np.random.default_rng(3), 12, 1.0)
    u, v = marks[4].image_px
    marks[4] = replace(marks[4], image_px=(u + (70 if u < 900 else -70), v))
    found = calibrate(marks, SIZE, PITCH)
    drawn = marks_overlay(marks, found, "en")
    in_form(drawn)
    crosses = [d for d in drawn if d["shape"] == "cross"]
    assert [d["style"] for d in crosses] == ["mark_bad" if index == 4 else "mark" for index in range(12)]
    assert np.array([d["px"][0] for d in crosses]) == pytest.approx(np.array([m.image_px for m in marks]), abs=0.006)
    labels = [d["text"] for d in drawn if d["shape"] == "label"]
    every = [f"{mark.residual_px:.1f} px" for mark in found.marks]
    assert set(labels) <= set(every)
    assert every[4] in labels  # what is wrong is always told
    in_vietnamese = [d["text"] for d in marks_overlay(marks, found, "vi") if d["shape"] == "label"]
    assert in_vietnamese == [text.replace(".", ",") for text in labels]


def test_residuals_do_not_cover_each_other() -> None:
    marks = marks_of(MAIN, np.random.default_rng(5), 24, 1.0)
    found = calibrate(marks, SIZE, PITCH)
    labels = [d for d in marks_overlay(marks, found, "vi") if d["shape"] == "label"]
    places = np.array([label["px"][0] for label in labels])
    gaps = np.abs(places[:, None] - places[None]) / SIZE
    covering = (gaps < LABEL_ROOM).all(axis=2)
    assert covering.sum() == len(labels)  # each only itself
    assert 3 < len(labels) < len(marks)
    largest = max(fit.residual_px or 0.0 for fit in found.marks)
    assert f"{largest:.1f} px".replace(".", ",") in [label["text"] for label in labels]
    crosses = [d for d in marks_overlay(marks, found, "vi") if d["shape"] == "cross"]
    assert len(crosses) == len(marks)


def test_stored_marks_are_drawn_before_there_is_a_calibration() -> None:
    stored = PitchMark(1, "centre_spot", (0.0, 0.0, 0.0), Click("main", 3, "ab", 100.25, 200.0))
    assert marks_overlay([stored], None) == [{"shape": "cross", "px": [[100.25, 200.0]], "style": "mark"}]


def test_clicks_along_a_line_bear_its_name_and_their_number() -> None:
    clicks = [LineClick(k, "halfway_line", Click("main", 3, "ab", 100.0 + k, 200.0)) for k in (1, 2)]
    drawn = lines_overlay({"halfway_line": clicks}, (), {"halfway_line": "Đường giữa sân"})
    in_form(drawn)
    assert [d["text"] for d in drawn if d["shape"] == "label"] == ["Đường giữa sân · 1", "2"]
    assert [d["px"] for d in drawn if d["shape"] == "cross"] == [[[101.0, 200.0]], [[102.0, 200.0]]]
    assert {d["style"] for d in lines_overlay({"halfway_line": clicks}, {"halfway_line"}, {})} == {"mark_bad"}


def test_a_body_mark_is_a_cross_with_its_letter() -> None:
    mark = BodyMark(1, Role.DEFENDER, BodyPart.TOE, Click("main", 3, "ab", 10.0, 20.0))
    assert [(d["shape"], d["style"], d.get("text")) for d in body_overlay(mark)] == [
        ("cross", "defender", None),
        ("label", "defender", "D"),
    ]


@given(arrays(np.float64, (4, 2), elements=st.floats(-3000, 5000)))
def test_a_clipped_polygon_lies_in_the_picture(ring: np.ndarray) -> None:
    clipped = clip_polygon(ring, SIZE)
    assert clipped.shape[1] == 2
    assert (clipped >= -0.5 - 1e-6).all()
    assert (clipped <= np.array(SIZE) - 0.5 + 1e-6).all()


def test_clipping_keeps_what_is_inside_and_cuts_what_is_not() -> None:
    inside = np.array([[10.0, 10.0], [50.0, 10.0], [50.0, 40.0]])
    assert np.array_equal(clip_polygon(inside, SIZE), inside)
    assert clip_polygon(inside - 5000, SIZE).shape == (0, 2)
    half = clip_polygon(np.array([[-100.5, 0.0], [99.5, 0.0], [99.5, 100.0], [-100.5, 100.0]]), SIZE)
    assert half[:, 0].min() == -0.5
    assert half[:, 0].max() == 99.5


def test_a_ball_right_below_the_camera_has_an_outline() -> None:
    """Seen along any axis, the ring stands across the sight line, a radius around the middle."""
    from var.measure.question_overlay import outline

    place = np.array([10.0, -4.0, 0.11])
    for eye in ([0.0, 0.0, 30.0], [0.0, 0.0, -30.0], [25.0, 0.0, 0.0], [0.0, 25.0, 0.0], [3.0, -20.0, 8.0]):
        ring = outline(place, 0.11, place + np.array(eye))
        assert np.isfinite(ring).all()
        assert np.linalg.norm(ring - place, axis=1) == pytest.approx(0.11)
        assert (ring - place) @ np.array(eye) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_sure_a_line_is_stands_over_the_picture(lang: str) -> None:
    calibration = calibrated(MAIN, np.random.default_rng(4), 12, 1.0)
    drawn = sure_overlay(calibration, PITCH, lang)
    cells, labels = ([one for one in drawn if one["shape"] == shape] for shape in ("polygon", "label"))
    assert len(cells) + len(labels) == len(drawn)
    assert 0 < len(labels) <= len(calibration.line_sigma_cm)
    width, height = calibration.picture_size
    for one in drawn:
        u, v = np.array(one["px"]).T
        assert -0.51 <= u.min() <= u.max() <= width - 0.49
        assert -0.51 <= v.min() <= v.max() <= height - 0.49
    x, y, sigma = np.array(calibration.line_sigma_cm).T
    seen = project(calibration, PitchPoints(np.stack([x, y, 0 * x], axis=1)))
    places = {tuple(np.round(pixel, 2)): one for pixel, one in zip(seen, sigma, strict=True)}
    for one in labels:
        sigma_cm = places[tuple(one["px"][0])]
        assert one["text"] == f"{sigma_words(sigma_cm, lang)} cm"
        assert one["colour"] == COLOURS[sure_class(sigma_cm)]
    # No number covers another one.
    at = np.array([one["px"][0] for one in labels])
    for k, own in enumerate(at):
        gaps = np.abs(np.delete(at, k, axis=0) - own)
        assert ((gaps[:, 0] >= 0.07 * width) | (gaps[:, 1] >= 0.045 * height)).all()

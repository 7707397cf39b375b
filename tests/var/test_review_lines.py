"""Calibrating a review by lines: from kept clicks to a camera, against a scene whose truth is known; and the map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_review import CLICK_PX, reviewed

from touchline.errors import BadValue
from touchline.i18n import LANGUAGES
from var.angles import AngleState, angle_state
from var.archive import Archive
from var.export.facts import gather
from var.measure.curves import curve_of
from var.measure.pitch import Pitch
from var.measure.project import to_ground
from var.measure.sure_overlay import EDGES_CM, sigma_words, sure_class
from var.model import Click, ImagePoints, Match, PitchMark
from var.panels.pitch_map import WORDS_M, map_data, refusal_words
from var.review import overlays_of, verdict_of
from var.synthetic.camera import Camera, ground_cameras, observe

MARGIN_M = 0.34
CAM1 = next(camera for camera in ground_cameras() if camera.id == "cam1")
AREA = (
    "right_goal_line",
    "right_penalty_area_front",
    "right_penalty_area_side_far",
    "right_goal_area_front",
    "right_penalty_arc",
    "touchline_far",
)


def clicks_along(camera: Camera, name: str, draw: np.random.Generator, count: int = 4) -> np.ndarray:
    """Pixels (count, 2) of careful clicks along the middle of a stripe, spread over what the picture shows of it."""
    curve = curve_of(Pitch(), name)
    assert curve is not None
    pixels = observe(camera, curve)
    shown = pixels[((pixels > 20) & (pixels < np.array(camera.size_px) - 20)).all(axis=1)]
    assert len(shown) >= count
    chosen = shown[np.linspace(0, len(shown) - 1, count).astype(int)]
    return np.asarray(chosen + draw.normal(0, CLICK_PX, chosen.shape))


def lined(home: Path, names: Sequence[str], called: dict[str, str] | None = None) -> tuple[Archive, Match, str, int]:
    """A reviewed match whose first angle is calibrated by lines alone; some of them ``called`` by a wrong name."""
    archive, match, incident_id = reviewed(home, MARGIN_M, 3, ("cam1", "cam2"))
    frame = archive.pitch_marks("m", "cam1")[0].click.frame
    archive.clear_pitch_marks("m", "cam1")
    draw = np.random.default_rng(5)
    for name in names:
        for u, v in clicks_along(CAM1, name, draw):
            click = Click("cam1", frame, match.clip("cam1").sha256, float(u), float(v))
            archive.mark_line("m", (called or {}).get(name, name), click)
    return archive, match, incident_id, frame


def test_lines_alone_calibrate_an_angle_and_the_verdict_holds_the_truth(tmp_path: Path) -> None:
    archive, match, incident_id, frame = lined(tmp_path, AREA)
    review = archive.review("m")
    state = angle_state(match, review, "cam1", frame)
    assert state.marks == ()
    assert tuple(state.clicks) == tuple(state.line_fits) == AREA
    assert state.calibration is not None
    assert not any(fit.rejected for fit in state.line_fits.values())
    spot = np.array([[41.5, 0.0, 0.0]])  # the penalty spot, which nobody clicked
    ground, covariance = to_ground(state.calibration, ImagePoints(observe(CAM1, spot)), sigma_px=0.0)
    assert abs(ground[0, 0] - spot[0, 0]) < 4 * np.sqrt(covariance[0, 0, 0])
    assert covariance[0, 0, 0] < 0.2**2
    verdict = verdict_of(match, review, review.incident(incident_id))
    assert verdict is not None
    assert verdict.interval95 is not None
    low, high = verdict.interval95
    assert low < MARGIN_M < high
    assert high - low < 0.7
    # The report rests on the same calibration, and its record names every click.
    facts = gather(archive, "m", incident_id)
    assert facts.cameras[0].calibration is not None
    assert facts.cameras[0].calibration.marks == len(AREA)
    assert facts.cameras[0].calibration.rms_px == state.calibration.rms_px
    assert len(facts.line_clicks) == 4 * len(AREA)


def test_points_and_lines_together_are_surer_than_either(tmp_path: Path) -> None:
    archive, match, _, frame = lined(tmp_path, AREA)
    by_lines = angle_state(match, archive.review("m"), "cam1", frame).calibration
    for entry in archive.entries("m"):
        if entry["kind"] == "clear_pitch":
            archive.remove("m", entry["seq"])  # the points count again, beside the lines
    both = angle_state(match, archive.review("m"), "cam1", frame)
    assert both.calibration is not None
    assert by_lines is not None
    assert len(both.point_fits) == len(both.marks) > 5
    assert tuple(both.line_fits) == AREA

    def median_cm(found: tuple[tuple[float, float, float], ...]) -> float:
        return float(np.median([sigma for _, _, sigma in found]))

    assert median_cm(both.calibration.line_sigma_cm) < median_cm(by_lines.line_sigma_cm)


def test_a_wrong_line_is_named_with_the_right_one_and_drawn_as_wrong(tmp_path: Path) -> None:
    wrong = {"right_goal_area_front": "left_penalty_area_front"}
    archive, match, _, frame = lined(tmp_path, (*AREA, "right_goal_area_side_far"), wrong)
    review = archive.review("m")
    state = angle_state(match, review, "cam1", frame)
    (bad,) = (fit for fit in state.line_fits.values() if fit.rejected)
    assert (bad.name, bad.suggestion) == ("left_penalty_area_front", "right_goal_area_front")
    names = {"left_penalty_area_front": "Vạch 16,5 m"}
    drawn = overlays_of(match, review, None, frozenset({"pitch", "marks"}), names)["cam1"]["*"]
    assert next(d["text"] for d in drawn if d["style"] == "mark_bad" and d["shape"] == "label") == "Vạch 16,5 m · 1"
    assert sum(d["style"] == "mark_bad" and d["shape"] == "cross" for d in drawn) == 4
    features = features_of(map_data(Pitch(), state, "both", None, "vi"))
    assert features["line", "left_penalty_area_front"]["state"] == "bad"
    assert features["line", "right_goal_area_front"]["hinted"]
    assert "được gợi ý" in features["line", "right_goal_area_front"]["said"]
    # Without its clicks everything fits again.
    for click in state.clicks["left_penalty_area_front"]:
        archive.remove("m", click.id)
    again = angle_state(match, archive.review("m"), "cam1", frame)
    assert again.calibration is not None
    assert not any(fit.rejected for fit in again.line_fits.values())


def test_a_line_counts_from_two_clicks_on_and_few_are_refused_with_what_is_missing(tmp_path: Path) -> None:
    archive, match, _, frame = lined(tmp_path, AREA[:3])
    state = angle_state(match, archive.review("m"), "cam1", frame)
    assert state.calibration is None
    assert state.refusal is not None
    assert state.refusal.params == {"told": 6, "needed": 8}
    archive.clear_pitch_marks("m", "cam1")
    click = state.lines[0].click
    archive.mark_line("m", "right_goal_line", click)
    once = angle_state(match, archive.review("m"), "cam1", frame)
    assert (once.calibration, once.refusal, len(once.lines)) == (None, None, 1)
    assert features_of(map_data(Pitch(), once, "right", None, "en"))["line", "right_goal_line"]["state"] == "part"
    drawn = overlays_of(match, archive.review("m"), None)["cam1"]["*"]
    assert [d["text"] for d in drawn if d["shape"] == "label"] == ["right_goal_line · 1"]


def test_clicks_along_lines_of_a_moving_camera_count_on_their_frame_alone(tmp_path: Path) -> None:
    archive, match, _, frame = lined(tmp_path, AREA)
    moving = replace(match, clips=tuple(replace(clip, fixed=False) for clip in match.clips))
    review = archive.review("m")
    assert angle_state(moving, review, "cam1", frame).calibration is not None
    assert angle_state(moving, review, "cam1", frame + 1).lines == ()
    assert set(overlays_of(moving, review, None)["cam1"]) == {str(frame)}


# ---------------------------------------------------------------------- the map's data


def features_of(data: dict) -> dict[tuple[str, str], dict]:
    return {(feature["kind"], feature["name"]): feature for feature in data["features"]}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_holds_every_point_and_line_and_how_sure_a_line_is(tmp_path: Path, lang: str) -> None:
    archive, match, _, frame = lined(tmp_path, AREA)
    state = angle_state(match, archive.review("m"), "cam1", frame)
    assert state.calibration is not None
    pitch = Pitch()
    data = map_data(pitch, state, "both", ("line", "right_goal_line"), lang)
    json.dumps(data)
    features = features_of(data)
    assert set(features) == {("point", name) for name in pitch.points} | {
        ("line", name) for name in (*pitch.lines, *pitch.arcs)
    }
    assert data["chosen"] == {"kind": "line", "name": "right_goal_line"}
    assert {name for (_, name), feature in features.items() if feature["state"]} == set(AREA)
    assert features["line", "right_goal_line"]["count"] == 4
    assert features["point", "right_crossbar_far"]["px"] == [[54.94, 3.66]]  # 2.44 m behind the goal line
    assert features["line", "right_post_far"]["px"][0] == features["point", "right_post_far"]["px"][0]
    sure = data["sure"]
    assert len(sure["cells"]) == len(state.calibration.line_sigma_cm)
    for (x, y, width, height, level, words), (at_x, at_y, sigma_cm) in zip(
        sure["cells"], state.calibration.line_sigma_cm, strict=True
    ):
        assert x - 0.01 <= at_x <= x + width + 0.01
        assert y - 0.01 <= at_y <= y + height + 0.01
        assert x >= -52.5
        assert x + width <= 52.5 + 0.01  # rounded to a centimetre
        assert level == sure_class(sigma_cm)
        assert not words or words == sigma_words(sigma_cm, lang)
        if words:  # and stands beside no point of the pitch
            beside = np.abs(np.array(list(pitch.points.values()))[:, :2] - (x + width / 2, y + height / 2))
            assert not (beside < np.array(WORDS_M) - 0.01).all(axis=1).any()
    assert "cm" in sure["words"]
    half = {name for _, name in features_of(map_data(pitch, state, "right", None, lang))}
    assert "right_goal_line" in half
    assert "halfway_line" in half
    assert not any(name.startswith("left_") for name in half)


def test_classes_and_words_never_promise_more_than_is_known() -> None:
    assert [sure_class(sigma) for sigma in (0.4, 5.0, 5.01, 50.0, 50.1, float("nan"))] == [0, 0, 1, 3, 4, 4]
    assert len(EDGES_CM) == 4
    assert [sigma_words(sigma, "vi") for sigma in (0.2, 4.01, 99.0, 99.5, float("inf"))] == ["1", "5", "99", "99+", "?"]


def test_a_refusal_names_points_and_lines_as_people_do() -> None:
    click = Click("cam1", 1, "ab", 1.0, 1.0)
    marks = (PitchMark(1, "right_post_far", (52.5, 3.66, 0.0), click),)
    weak = BadValue("var.errors.weak_marks", helps="right_corner_far")
    state = AngleState("cam1", 1, marks, None, weak)
    assert "Góc sân phía xa, bên phải" in refusal_words(weak, state, "vi")
    worst = BadValue("var.errors.inconsistent_marks", rms_px=31.0, worst="right_post_far")
    assert "Foot of the far goalpost" in refusal_words(worst, state, "en")
    assert features_of(map_data(Pitch(), state, "both", None, "en"))["point", "right_corner_far"]["hinted"]

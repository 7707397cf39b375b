"""Metres and up: from a length, a height, a calibrated view."""

from __future__ import annotations

import numpy as np
import pytest
from moving import film, one

from athletes.kinematics.analysis import analyse
from athletes.kinematics.model import Movement
from athletes.kinematics.scale import Floats, Scale, View, from_height, from_length, from_view
from touchline.errors import BadValue


def homography_view(plane_of_px: Floats, cov: Floats | None = None) -> View:
    """A view from the matrix (3, 3) that takes pixels to metres of the movement's plane; ``cov`` (9, 9) of its entries,
    row by row, or None where it is not known."""
    H = np.asarray(plane_of_px, dtype=np.float64)

    def view(px: Floats) -> tuple[Floats, Floats]:
        one = np.column_stack((px, np.ones(len(px))))
        mapped = one @ H.T
        xy = mapped[:, :2] / mapped[:, 2:]
        slope = np.zeros((len(px), 2, 9))
        for row in range(2):
            slope[:, row, 3 * row : 3 * row + 3] = one / mapped[:, 2:]
            slope[:, row, 6:] = -xy[:, row, None] * one / mapped[:, 2:]
        spread = np.zeros((len(px), 2, 2)) if cov is None else slope @ cov @ slope.transpose(0, 2, 1)
        return xy, spread

    return view


def test_two_clicks_give_metres_and_their_error() -> None:
    scale = from_length((100.0, 100.0, 400.0, 500.0), 2.0, click_px=2.0)
    assert scale.m_per_px == pytest.approx(0.004)
    # Two clicks of 2 px each along the length of 500 px.
    assert scale.share == pytest.approx(np.sqrt(2) * 2.0 / 500.0)


@pytest.mark.parametrize("ends", [(0, 0, 5, 5), (0, 0, float("nan"), 5)])
def test_clicks_too_near_one_another_are_refused(ends: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadValue) as refused:
        from_length(ends, 1.0)
    assert refused.value.name == "length_too_short"


def test_lengths_and_heights_that_cannot_be_are_refused() -> None:
    track = film("squat", np.random.default_rng(1)).track
    for call in (lambda: from_length((0, 0, 500, 0), -1.0), lambda: from_height(track, 17.5)):
        with pytest.raises(BadValue):
            call()
    with pytest.raises(BadValue):
        Scale(0.0, 0.0, "length")


def test_the_athletes_height_gives_the_scale_within_its_error() -> None:
    for seed in range(4):
        filmed = film("squat", np.random.default_rng(seed))
        legs = filmed.performed.xyz_m[0]
        from athletes.pose.model import BODY33

        thigh = np.linalg.norm(legs[BODY33.place("left_hip")] - legs[BODY33.place("left_knee")])
        scale = from_height(filmed.track, thigh / 0.245)
        assert abs(scale.m_per_px - filmed.m_per_px) < 1.96 * scale.sigma


def test_a_body_whose_legs_were_never_seen_gives_no_scale() -> None:
    from dataclasses import replace

    from athletes.pose.model import BODY33

    track = film("squat", np.random.default_rng(1)).track
    px = track.px.copy()
    px[:, BODY33.places("left_knee", "right_knee", "left_ankle", "right_ankle")] = np.nan
    with pytest.raises(BadValue) as refused:
        from_height(replace(track, px=px), 1.75)
    assert refused.value.name == "no_body_length"


def test_a_calibrated_view_gives_scale_up_and_error() -> None:
    # 4 mm a pixel, rolled by 10 degrees: metres = R px.
    c, s = np.cos(np.radians(10.0)), np.sin(np.radians(10.0))
    H = np.array([[0.004 * c, 0.004 * s, 1.0], [0.004 * s, -0.004 * c, 3.0], [0.0, 0.0, 1.0]])
    cov = np.zeros((9, 9))
    cov[0, 0] = cov[4, 4] = (0.004 * 0.01) ** 2
    scale = from_view(homography_view(H, cov), (500.0, 500.0))
    assert scale.m_per_px == pytest.approx(0.004)
    assert scale.up == pytest.approx((s, -c))
    assert scale.method == "view"
    assert scale.sigma > 0
    assert from_view(homography_view(H), (500.0, 500.0)).sigma == 0.0


def test_a_rolled_camera_with_known_up_gives_the_right_lean() -> None:
    from dataclasses import replace

    filmed = film("squat", np.random.default_rng(4), None, oblique=0.0)
    angle = np.radians(20.0)
    c, s = np.cos(angle), np.sin(angle)
    rolled = replace(filmed.track, px=filmed.track.px @ np.array([[c, s], [-s, c]]))
    up = np.array([0.0, -1.0]) @ np.array([[c, s], [-s, c]])
    scale = Scale(filmed.m_per_px, 0.0, "view", (float(up[0]), float(up[1])))
    straight = analyse(filmed.track, Movement.SQUAT)
    put_up = analyse(rolled, Movement.SQUAT, scale)
    for key in ("trunk", "thigh", "knee"):
        a, b = (next(c for c in analysis.curves if c.key == key) for analysis in (straight, put_up))
        assert np.allclose(a.value, b.value, atol=1e-6)


def test_without_a_scale_times_and_angles_still_come() -> None:
    analysis = analyse(film("cmj", np.random.default_rng(6)).track, Movement.CMJ)
    assert one(analysis, "flight_time").measured is not None
    assert one(analysis, "height_by_time").measured is not None
    hips = one(analysis, "height_by_hips")
    assert hips.measured is None
    assert hips.reasons == ("no_scale",)
    assert "no_scale" in analysis.notes
    assert all(f.measured is None or f.measured.unit != "m" or f.key == "height_by_time" for f in analysis.findings)

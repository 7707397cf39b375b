"""The simulated attack: exact margin, whole bodies, plausible movement, and cameras that agree with OpenCV."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import BadValue
from touchline.i18n import LANGUAGES, t
from var.measure.pitch import Pitch
from var.synthetic import kit, stadium
from var.synthetic.attack import ATTACKER, DEFENDER, KICK_S, PASSER, attack_scene
from var.synthetic.body import INDEX, LAW11_PARTS, PARTS
from var.synthetic.camera import Camera, aimed, fold_radius, ground_cameras, observe, rays, rotation_of, rvec_of
from var.synthetic.flight import RADIUS_M
from var.synthetic.paths import path
from var.synthetic.scene import Scene, Side, Task

CAMERAS = ground_cameras()
TIMES = np.arange(0.0, 12.0, 0.02)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return attack_scene(0.34, 1)


@pytest.mark.parametrize("seed", [1, 2, 7])
@pytest.mark.parametrize("margin_m", [0.34, 0.05, 0.0, -0.25])
def test_the_margin_at_the_kick_is_exact(margin_m: float, seed: int) -> None:
    made = attack_scene(margin_m, seed)
    # Places of some 30 m carry 3.6e-15 m of rounding each; a few of them add up to less than 1e-12.
    assert made.margin_at(made.kick_s) == pytest.approx(margin_m, abs=1e-12)
    # Once more by hand, from the named points alone.
    now = made.body_points(made.kick_s)
    reach = {who: max(points[part][0] for part in LAW11_PARTS) for who, points in now.items()}
    opponents = sorted((who for who in reach if who.startswith("away-")), key=lambda who: -reach[who])
    assert opponents[:2] == ["away-1", DEFENDER]
    assert reach[ATTACKER] - reach[DEFENDER] == pytest.approx(margin_m, abs=1e-12)
    assert reach[DEFENDER] - reach[opponents[2]] > 1.0  # nobody doubts who the second-last opponent is
    assert all(reach[f"home-{n}"] < reach[DEFENDER] - 1.0 for n in range(1, 12) if f"home-{n}" != ATTACKER)


def test_law_11_sets_the_scene(scene: Scene) -> None:
    ball = scene.ball_m([float(scene.kick_s)])[0]
    _, foremost = scene.governing(ATTACKER, scene.kick_s)
    assert foremost[0] > 0.0
    assert foremost[0] > ball[0] + RADIUS_M
    assert not any("elbow" in part or "wrist" in part for part in LAW11_PARTS)
    assert len(LAW11_PARTS) == 11
    toe = scene.body_points(scene.kick_s)[PASSER]["right_toe"]
    # First contact: the ball's surface is at the toe, and leaves it at once, faster than a man runs.
    assert np.linalg.norm(ball - toe) == pytest.approx(RADIUS_M, abs=0.03)
    after = scene.ball_m([float(scene.kick_s) + 0.02])[0]
    assert np.linalg.norm(after - ball) / 0.02 > 12.0


@pytest.mark.parametrize("who", [ATTACKER, DEFENDER])
def test_no_drawn_surface_passes_the_governing_point(scene: Scene, who: str) -> None:
    part, at = scene.governing(who, scene.kick_s)
    assert part.endswith(("toe", "heel"))  # the drawn boot ends there exactly, so what is seen is what is measured
    points = scene.body_points(scene.kick_s)[who]
    surfaces = [points["head"][0] + kit.HEAD_RADIUS_M]
    surfaces += [points[PARTS[i]][0] + r for i, r in zip(kit.TORSO, kit.TORSO_RADII_M, strict=True)]
    for tube in kit.TUBES:
        if tube.wear != "boots" and not {"elbow", "wrist"} & {
            tube.from_part.split("_")[-1],
            tube.to_part.split("_")[-1],
        }:
            a, b = points[tube.from_part], points[tube.to_part]
            surfaces.append((a + tube.start * (b - a))[0] + tube.from_radius_m)
            surfaces.append((a + tube.end * (b - a))[0] + tube.to_radius_m)
    assert max(surfaces) < at[0]


def test_the_margin_changes_only_the_attacker(scene: Scene) -> None:
    close = attack_scene(0.05, 1)
    apart = scene.points(TIMES) - close.points(TIMES)
    runner = scene.index(ATTACKER)
    # Shifted by 0.29 m along x at every instant and in every part, but for the rounding of 30 m.
    assert np.allclose(apart[:, runner], [0.29, 0.0, 0.0], atol=1e-12)
    for who in (DEFENDER, PASSER):
        assert np.array_equal(scene.points(TIMES)[:, scene.index(who)], close.points(TIMES)[:, close.index(who)])


def test_the_same_seed_gives_the_same_scene() -> None:
    one, again, other = attack_scene(0.34, 5), attack_scene(0.34, 5), attack_scene(0.34, 6)
    assert np.array_equal(one.points(TIMES[::25]), again.points(TIMES[::25]))
    assert not np.array_equal(one.points(TIMES[::25]), other.points(TIMES[::25]))


def test_limbs_keep_their_length(scene: Scene) -> None:
    points = scene.points(TIMES)
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("heel", "toe"), ("shoulder", "elbow"),
                 ("elbow", "wrist")):  # fmt: skip
        for side in ("left", "right"):
            limb = points[:, :, INDEX[f"{side}_{a}"]] - points[:, :, INDEX[f"{side}_{b}"]]
            assert np.ptp(np.linalg.norm(limb, axis=-1), axis=0).max() < 1e-9
    for a, b in (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")):
        wide = np.linalg.norm(points[:, :, INDEX[a]] - points[:, :, INDEX[b]], axis=-1)
        assert np.ptp(wide, axis=0).max() < 1e-9


def test_people_move_like_people(scene: Scene) -> None:
    assert sum(p.side is Side.HOME for p in scene.persons) == sum(p.side is Side.AWAY for p in scene.persons) == 11
    assert sum(p.task is Task.KEEPER for p in scene.persons) == 2
    points = scene.points(TIMES)
    pelvis = points[:, :, [INDEX["left_hip"], INDEX["right_hip"]], :2].mean(axis=2)
    speed = np.linalg.norm(np.diff(pelvis, axis=0), axis=-1) / 0.02
    assert speed.max() < 9.5  # a fast footballer's sprint
    runner = speed[(TIMES[1:] > 5.4) & (TIMES[1:] < 5.6), scene.index(ATTACKER)]
    assert 5.5 < runner.mean() < 7.5
    lowest = points[..., 2].min(axis=2)
    assert lowest.min() > 0.03
    assert lowest.max() < 0.12  # a foot near the ground at all times, off it by a runner's flight at most
    heads = points[:, :, INDEX["head"], 2]
    assert heads.min() > 1.3
    assert heads.max() < 1.9
    gap = np.linalg.norm(pelvis[:, :, None] - pelvis[:, None], axis=-1) + 9.0 * np.eye(len(scene.persons))
    assert gap.min() > 0.45  # nobody runs through anybody


def test_the_ball_has_no_gaps_and_ends_in_the_goal(scene: Scene) -> None:
    fine = np.arange(0.0, 12.0, 0.001)
    ball = scene.ball_m(fine)
    # No faster than a hard shot, so between two instants 1 ms apart it moves less than 40 mm: pieces join.
    assert np.linalg.norm(np.diff(ball, axis=0), axis=1).max() < 0.040
    assert ball[:, 2].min() > RADIUS_M - 1e-9
    in_goal = (ball[:, 0] > 52.5 + RADIUS_M) & (np.abs(ball[:, 1]) < 3.66 - RADIUS_M) & (ball[:, 2] < 2.44 - RADIUS_M)
    assert fine[in_goal][0] < float(scene.whistle_s)
    assert in_goal[-1]


def test_refusals_name_what_is_wrong(scene: Scene) -> None:
    for bad in (2.0, float("nan")):
        with pytest.raises(BadValue, match="margin"):
            attack_scene(bad)
    with pytest.raises(BadValue, match="home-99"):
        scene.index("home-99")
    with pytest.raises(BadValue, match="straight above"):
        aimed("x", "main_stand", at_m=(0, 0, 9), towards_m=(0, 0, 0), focal_px=1.0, dist=(0, 0, 0, 0, 0),
              offset_s=Fraction(0), rate=Fraction(1), fps=Fraction(25), until_s=Fraction(1))  # fmt: skip


def test_hermite_paths_pass_their_keys_smoothly() -> None:
    way = path([(0.0, 0.0, 0.0), (1.0, 2.0, 1.0, 3.0, -1.0), (3.0, 5.0, 0.0), (4.0, 5.0, -1.0)])
    place, velocity = way.at(np.array([0.0, 1.0, 3.0, 9.0]))
    assert np.allclose(place, [[0, 0], [2, 1], [5, 0], [5, -1]])
    assert np.allclose(velocity[1], [3.0, -1.0])
    assert np.allclose(velocity[3], 0.0)
    t0 = np.linspace(0.1, 3.9, 77)
    slope = (way.at(t0 + 1e-6)[0] - way.at(t0 - 1e-6)[0]) / 2e-6
    # A central difference errs by the third derivative (under 30 m/s^3) times 1e-12 / 6, and by rounding / 2e-6.
    assert np.allclose(slope, way.at(t0)[1], atol=1e-8)


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.id)
def test_projection_equals_opencv(camera: Camera) -> None:
    rng = np.random.default_rng(4)
    xyz = np.column_stack([rng.uniform(5, 52, 400), rng.uniform(-30, 30, 400), rng.uniform(0, 3, 400)])
    px = observe(camera, xyz)
    theirs, _ = cv2.projectPoints(
        xyz, np.array(camera.rvec), np.array(camera.tvec_m), np.array(camera.k), np.array(camera.dist)
    )
    seen = np.isfinite(px).all(axis=1)
    assert seen.sum() > 200
    # Both do some 50 operations in double precision on numbers of up to about 1e4: 1e-9 px leaves room for a thousand.
    assert np.abs(px[seen] - theirs[seen, 0]).max() < 1e-9


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.id)
def test_sight_lines_undo_the_projection(camera: Camera) -> None:
    u, v = np.meshgrid(np.linspace(0, 1919, 13), np.linspace(0, 1079, 9))
    px = np.stack([u, v], axis=-1)
    far = camera.position_m + 40.0 * rays(camera, px)
    assert np.abs(observe(camera, far) - px).max() < 1e-6
    assert fold_radius(camera.dist) > 1.05 * np.hypot(1000, 600) / camera.k[0][0]


def test_what_no_camera_can_see_is_nan() -> None:
    camera = replace(CAMERAS[0], dist=(-0.12, 0.0, 0.0, 0.0, 0.0))
    assert fold_radius(camera.dist) == pytest.approx((3 * 0.12) ** -0.5)
    behind = camera.position_m - 5.0 * rays(camera, [960.0, 540.0])
    assert np.isnan(observe(camera, behind)).all()
    sideways = camera.position_m + 30.0 * (camera.rotation.T @ np.array([1.0, 0.0, 0.05]))  # far beyond the fold
    assert np.isnan(observe(camera, sideways)).all()


@given(st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3), st.floats(0.0, 3.14))
@settings(max_examples=60, deadline=None)
def test_rotation_vectors_round_trip(axis: list[float], angle: float) -> None:
    length = float(np.linalg.norm(axis))
    rvec = np.zeros(3) if length < 1e-3 else np.array(axis) / length * angle
    rotation = rotation_of(rvec)
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.allclose(rotation, cv2.Rodrigues(rvec)[0], atol=1e-12)
    assert np.allclose(rotation_of(rvec_of(rotation)), rotation, atol=1e-12)


def test_cameras_are_as_on_a_small_ground() -> None:
    assert [camera.fps for camera in CAMERAS] == [50, 50, 25, Fraction(30000, 1001)]
    starts = [camera.to_match.offset_s for camera in CAMERAS]
    assert len(set(starts)) == 4
    for camera in CAMERAS:
        assert 0 < abs(camera.to_match.rate - 1) <= Fraction(20, 1_000_000)
        assert 6.0 <= camera.position_m[2] <= 15.0
        last = camera.frames() - 1
        assert camera.match_s(last) < camera.until_s <= camera.match_s(last + 1)
        gap = min(abs(camera.match_s(i) - KICK_S) for i in range(camera.frames()))
        assert gap > Fraction(3, 1000)  # the kick falls between the pictures
        assert Camera.from_document(camera.document()) == camera
        half = camera.scaled((960, 540))
        there = np.array([30.0, 1.0, 1.0])
        # A pixel's corner, not its centre, lies at (-0.5, -0.5): corners scale by the ratio of sizes.
        assert np.allclose(observe(half, there) + 0.5, (observe(camera, there) + 0.5) / 2.0)
        for lang in LANGUAGES:
            assert t(f"var.demo.camera.{camera.label}", lang)


def test_the_incident_is_in_every_picture(scene: Scene) -> None:
    for camera in CAMERAS:
        for who in (ATTACKER, DEFENDER, PASSER):
            px = observe(camera, scene.points([float(KICK_S)])[0, scene.index(who)])
            assert ((px > 30) & (px < np.array([1890, 1050]))).all()
            tall = np.ptp(px[:, 1]) * 1.07  # from heel to crown; the head's point is its centre
            assert tall > (82 if camera.id in {"cam1", "cam2"} else 55)
        marks = observe(camera, [[36.0, -7.3125, 0.0], [36.0, 7.3125, 0.0], [41.5, 0.0, 0.0]])
        assert ((marks > 0) & (marks < np.array([1920, 1080]))).all()
        corners = observe(camera, [[36.0, -20.16, 0.0], [36.0, 20.16, 0.0]])
        assert ((corners > 0) & (corners < np.array([1920, 1080]))).all(axis=1).any()


def test_lines_are_those_of_law_1() -> None:
    strips = stadium.strips_m()
    everything = np.concatenate(strips)
    assert np.abs(everything).max(axis=0) == pytest.approx([52.5, 34.0])

    def on_an_edge(x: float, y: float) -> bool:
        return bool((np.hypot(everything[:, 0] - x, everything[:, 1] - y) < 1e-6).any())

    for x, y in ((36.0, 20.16), (-36.0, -20.16), (47.0, 9.16), (-47.0, 9.16), (52.5, 34.0)):
        assert on_an_edge(x, y)
    for name, (x, y, z) in Pitch().points.items():  # what people click on is what is drawn: outer edges, corners, marks
        if z == 0.0 and "post" not in name and "spot" not in name:
            assert np.hypot(everything[:, 0] - x, everything[:, 1] - y).min() < 0.15, name
    arc = next(s for s in strips if np.allclose(np.hypot(s[0, 0] - 41.5, s[0, 1]), 9.15) and s[0, 0] > 0)
    assert arc[:, 0].max() <= 36.0 + 0.12  # it stays out of the penalty area, but for the width of the line it meets
    posts = [ends for ends, _ in stadium.goal_frame_m(1.0, 52.5)]
    assert posts[2][0][1] - posts[0][0][1] - stadium.POST_M == pytest.approx(7.32)
    assert posts[1][0][2] - stadium.POST_M / 2 == pytest.approx(2.44)

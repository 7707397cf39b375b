"""Views at common instants, the place where they agree, sides, cameras that were turned, and who is who."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from space_scene import ring, take, walking

from athletes.pose.model import BODY33
from athletes.space import swaps, triangulate
from athletes.space.association import INSTANTS, ray_distance, who_is_who
from athletes.space.bones import all_bones, doubtful, limb_bones, smoothed, without
from athletes.space.held_bones import SAID, Bones, with_held_bones
from athletes.space.noted import noted
from athletes.space.paired import Views, paired
from athletes.space.realign import realigned
from athletes.space.reconstruct import How, in_space
from athletes.space.swaps import unswapped
from athletes.space.triangulate import triangulated
from touchline.errors import BadValue
from touchline.origin import Origin
from touchline.timebase import ClockMap


def scene(count: int = 4, **how: object) -> Views:
    return paired([take(camera, **how) for camera in ring(count)])


# --- one clock ----------------------------------------------------------------------------------------------------


def test_other_rates_and_starts_are_interpolated_to_the_reference() -> None:
    cameras = ring(3)
    takes = [
        take(cameras[0], fps=50),
        take(cameras[1], fps=60, begins_s=0.013),
        take(cameras[2], fps=25, begins_s=-0.2),
    ]
    takes[2] = replace(takes[2], track=take(cameras[2], fps=25, begins_s=-0.2, seconds=1.4).track)
    views = paired(takes)
    true = np.stack([camera.project(walking(views.t_s)) for camera in cameras])
    off = np.linalg.norm(views.px - true, axis=3)
    # A swing of 0.5 rad at 1 Hz and 1.1 m: 21 m/s2 at most, seen at 400 px/m; a line over h errs by a h^2 / 8.
    for camera, step in ((1, 1 / 60), (2, 1 / 25)):
        assert np.nanmax(off[camera]) < 21 * 400 * step**2 / 8
        assert np.nanmedian(off[camera]) > 0
    assert np.nanmax(off[0]) < 1e-9
    assert np.isnan(views.px[1, 0]).all()  # its first picture is 13 ms later: none there, not the nearest
    assert views.frames[0, 1] == -1
    assert views.frames[1, 1] == 0
    assert views.origin is Origin.SIMULATED


def test_a_missing_picture_is_no_view() -> None:
    cameras = ring(2)
    lost = take(cameras[1], fps=60)
    keep = np.delete(np.arange(60), [30, 31])
    track = lost.track
    track = replace(
        track, frames=track.frames[keep], t_s=track.t_s[keep], px=track.px[keep], confidence=track.confidence[keep],
        sigma_px=track.sigma_px[keep],
    )  # fmt: skip
    views = paired([take(cameras[0], fps=50), replace(lost, track=track)])
    inside = (views.t_s > 29 / 60) & (views.t_s < 32 / 60)
    assert np.isnan(views.px[1, inside]).all()
    assert (views.frames[inside, 1] == -1).all()
    assert np.isfinite(views.px[1, ~inside & (views.t_s < 59 / 60)]).all()


def test_an_unsure_clock_adds_how_far_a_joint_moves_in_it() -> None:
    camera, other = ring(2)
    sure = paired([take(camera), take(other)])
    unsure = paired([take(camera, sigma_s=0.003), take(other, sigma_s=0.004)])
    speed = np.linalg.norm(np.gradient(sure.px[1], sure.t_s, axis=0), axis=2)
    added = np.sqrt(unsure.sigma_px[1] ** 2 - sure.sigma_px[1] ** 2)
    np.testing.assert_allclose(added[1:-1], 0.005 * speed[1:-1], rtol=1e-6)  # 3 and 4 ms together are 5
    np.testing.assert_allclose(unsure.sigma_px[0], sure.sigma_px[0])
    unknown = replace(take(other), clock=ClockMap(Fraction(0), Fraction(1), None))
    assert "clock_error_unknown" in paired([take(camera), unknown]).notes


def test_what_cannot_be_paired_is_refused() -> None:
    camera, other = ring(2)
    with pytest.raises(BadValue, match="Two cameras"):
        paired([take(camera)])
    with pytest.raises(BadValue, match="do not go together"):
        paired([take(camera), take(camera)])
    with pytest.raises(BadValue, match="no instant"):
        paired([take(camera), take(other, begins_s=9.0)])
    small = replace(take(other), track=replace(take(other).track, size_px=(640, 360)))
    with pytest.raises(BadValue, match="640 × 360"):
        paired([take(camera), small])


# --- places -------------------------------------------------------------------------------------------------------


def test_exact_views_give_exact_places() -> None:
    views = scene()
    motion = triangulated(views)
    np.testing.assert_allclose(motion.xyz_m, walking(views.t_s), atol=1e-6)
    assert (motion.views == 4).all()
    assert np.nanmax(motion.residual_px) < 1e-3


def test_noise_is_followed_through_to_the_covariance() -> None:
    rng = np.random.default_rng(3)
    views = scene(noise_px=2.0, rng=rng, seconds=2.0)
    motion = triangulated(views)
    off = motion.xyz_m - walking(views.t_s)
    squared = np.einsum("nki,nkij,nkj->nk", off, np.linalg.inv(motion.cov_m2), off)
    # chi squared with three degrees of freedom: mean 3, standard deviation of a mean of 3300 of them 0.043
    assert (
        abs(squared.mean() - 3) < 5 * 0.043 + 0.1
    )  # the variance factor is at least 1, and 1 here within some percent


@pytest.mark.parametrize("count", [3, 4, 8])
def test_a_view_that_does_not_agree_is_left_out(count: int) -> None:
    rng = np.random.default_rng(5)
    views = scene(count, noise_px=1.0, rng=rng)
    px = views.px.copy()
    wrong = rng.random(px.shape[1:3]) < 0.2
    camera = rng.integers(0, count, px.shape[1:3])
    n, k = np.nonzero(wrong)
    px[camera[n, k], n, k] += rng.choice([-1, 1], (len(n), 2)) * rng.uniform(150, 400, (len(n), 2))
    motion = triangulated(replace(views, px=px))
    off = np.linalg.norm(motion.xyz_m - walking(views.t_s), axis=2)
    # With three cameras a wrong view that slides along an epipolar line agrees with another: some few are taken in.
    assert np.mean(~(off[wrong] < 0.02)) < (0.12 if count == 3 else 0.01)
    assert np.nanmax(off[~wrong]) < 0.03
    assert (motion.views[wrong] == count - 1).mean() > (0.85 if count == 3 else 0.98)


def test_two_views_that_disagree_give_nothing() -> None:
    views = scene(2, noise_px=1.0, rng=np.random.default_rng(1))
    px = views.px.copy()
    px[1, 10:20, 5, 1] += 200.0  # across the epipolar lines of two cameras at one height
    motion = triangulated(replace(views, px=px))
    assert np.isnan(motion.xyz_m[10:20, 5]).all()
    assert (motion.views[10:20, 5] == 0).all()
    assert np.isnan(motion.cov_m2[10:20, 5]).all()
    assert np.isfinite(motion.xyz_m[:10]).all()


def test_one_view_is_no_place_and_gaps_stay_gaps() -> None:
    views = scene(3)
    px = views.px.copy()
    px[1:, 5, 7] = np.nan
    px[:, 6, 7] = np.nan
    motion = triangulated(replace(views, px=px))
    assert np.isnan(motion.xyz_m[5:7, 7]).all()
    assert np.isfinite(motion.xyz_m[4, 7]).all()


def test_what_an_engine_does_not_trust_does_not_count() -> None:
    views = scene(3)
    px, confidence = views.px.copy(), views.confidence.copy()
    px[0, :, 3] += 80.0
    confidence[0, :, 3] = 0.01
    motion = triangulated(replace(views, px=px, confidence=confidence))
    np.testing.assert_allclose(motion.xyz_m[:, 3], walking(views.t_s)[:, 3], atol=1e-6)
    assert (motion.views[:, 3] == 2).all()


def test_an_unsure_calibration_widens_the_covariance() -> None:
    views = scene()
    cov = np.diag([0.002**2] * 3 + [0.0] * 3)
    wide = replace(views, cameras=tuple(replace(camera, cov=cov) for camera in views.cameras))
    plain, wider = triangulated(views).cov_m2, triangulated(wide).cov_m2
    added = np.sqrt(np.trace(wider - plain, axis1=2, axis2=3))
    # 2 mrad at four metres is 8 mm across the line of sight, a little less with four cameras that are averaged
    assert 0.002 < np.median(added) < 0.012


def test_camera_counts_beyond_the_search_are_refused() -> None:
    with pytest.raises(BadValue, match="9"):
        triangulated(scene(9))


# --- sides --------------------------------------------------------------------------------------------------------


def _turned_round(views: Views, camera: int, at: slice, part: str = "all") -> Views:
    order = np.arange(33)
    for left, right in BODY33.mirrored:
        legs = any(word in BODY33.joints[left] for word in ("hip", "knee", "ankle", "heel", "foot"))
        if part == "all" or (part == "legs") == legs:
            order[left], order[right] = right, left
    px = views.px.copy()
    px[camera, at] = px[camera, at][:, order]
    return replace(views, px=px)


@pytest.mark.parametrize(("part", "told"), [("all", {"arms", "legs", "head"}), ("legs", {"legs"})])
def test_sides_exchanged_in_one_view_are_put_right(part: str, told: set[str]) -> None:
    views = scene(noise_px=2.0, rng=np.random.default_rng(2))
    found, swaps = unswapped(_turned_round(views, 2, slice(10, 30), part))
    assert {(swap.camera, swap.part) for swap in swaps} == {("cam3", name) for name in told}
    assert all(set(swap.instants) <= set(range(10, 30)) for swap in swaps)
    off = np.linalg.norm(triangulated(found).xyz_m - walking(views.t_s), axis=2)
    assert np.nanmax(off[:, BODY33.places("left_hip", "right_knee", "left_ankle", "left_wrist")]) < 0.03


def test_two_of_four_views_are_put_right_by_what_was_before() -> None:
    views = scene(noise_px=2.0, rng=np.random.default_rng(2))
    both = _turned_round(_turned_round(views, 1, slice(20, 30), "legs"), 3, slice(20, 30), "legs")
    found, _ = unswapped(both)
    off = np.linalg.norm(triangulated(found).xyz_m - walking(views.t_s), axis=2)
    assert np.nanmax(off[:, BODY33.places("left_hip", "right_knee", "left_ankle")]) < 0.03


def test_sides_that_are_right_are_left_alone() -> None:
    views = scene(noise_px=3.0, rng=np.random.default_rng(4), seconds=2.0)
    found, swaps = unswapped(views)
    assert swaps == ()
    assert found is views


# --- cameras that were turned -------------------------------------------------------------------------------------


def test_turned_cameras_are_put_right_and_right_ones_left_alone() -> None:
    rng = np.random.default_rng(7)
    views = scene(noise_px=2.0, rng=rng, seconds=2.0)
    assert not realigned(views).changed
    turn = np.radians(rng.normal(0, 0.5, (4, 3)))
    touched = replace(views, cameras=tuple(c.turned(t) for c, t in zip(views.cameras, turn, strict=True)))
    found = realigned(touched)
    assert found.changed
    assert found.after_px < 0.5 * found.before_px
    before = np.linalg.norm(triangulated(touched).xyz_m - walking(views.t_s), axis=2)
    after = np.linalg.norm(triangulated(replace(touched, cameras=found.cameras)).xyz_m - walking(views.t_s), axis=2)
    assert np.median(after) < 0.5 * np.median(before)
    for camera, true in zip(found.cameras, views.cameras, strict=True):
        np.testing.assert_allclose(camera.centre_m, true.centre_m, atol=1e-9)
        assert camera.cov is not None


def test_steady_errors_of_a_body_model_are_not_taken_for_a_turned_camera() -> None:
    rng = np.random.default_rng(9)
    views = scene(noise_px=2.0, rng=rng, seconds=2.0)
    wrong = views.px + rng.normal(0.0, 5.0, (4, 1, 33, 2))  # each joint in each view, alike in all pictures
    found = realigned(replace(views, px=wrong, sigma_px=0 * views.sigma_px + 5.0))
    assert not found.changed
    assert found.after_px > 0.8 * found.before_px


def test_too_little_is_not_realigned() -> None:
    with pytest.raises(BadValue, match="200"):
        realigned(scene(seconds=0.1))


# --- who is who ---------------------------------------------------------------------------------------------------


def test_people_are_told_apart_across_cameras() -> None:
    rng = np.random.default_rng(1)
    takes = []
    for camera in ring(4):
        people = [
            take(camera, noise_px=2.0, rng=rng, person=0),
            take(camera, noise_px=2.0, rng=rng, person=1, aside_m=(0.3, 0.8, 0.0)),
        ]
        takes += people if rng.random() < 0.5 else people[::-1]
    third = take(ring(4)[0], noise_px=2.0, rng=rng, person=7, aside_m=(-0.5, -1.0, 0.0))
    found = who_is_who([*takes, third])
    groups = [{[*takes, third][at].track.person for at in person.takes} for person in found]
    assert groups == [{0}, {1}, {7}] or groups == [{1}, {0}, {7}]
    assert [len(person.takes) for person in found] == [4, 4, 1]
    assert found[0].apart_sigmas < 1.5
    assert np.isnan(found[2].apart_sigmas)


def test_a_takes_instants_are_computed_once_for_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, forward = list[Fraction](), ClockMap.forward
    monkeypatch.setattr(ClockMap, "forward", lambda clock, at: asked.append(at) or forward(clock, at))
    takes = [take(camera, person=turn, seconds=8.0) for camera in ring(4) for turn in range(2)]
    who_is_who(takes)
    pairs = 4 * 3 // 2 * 2 * 2
    assert len(asked) <= sum(len(one.track) for one in takes) + INSTANTS * pairs


def test_takes_that_share_too_little_are_not_compared() -> None:
    a, b = ring(2)
    assert np.isnan(ray_distance(take(a), take(b, begins_s=0.95)))


def test_a_person_lost_and_found_again_is_one() -> None:
    takes = [take(camera) for camera in ring(3)]
    track = takes[0].track
    halves = [
        replace(
            track, person=person, frames=track.frames[part], t_s=track.t_s[part], px=track.px[part],
            confidence=track.confidence[part], sigma_px=track.sigma_px[part],
        )
        for person, part in ((1, slice(0, 20)), (2, slice(30, 50)))
    ]  # fmt: skip
    found = in_space([*(replace(takes[0], track=half) for half in halves), *takes[1:]], How(reference="cam2"))
    assert [len(person.takes) for person in found.people] == [4]
    np.testing.assert_allclose(found.motion.xyz_m, walking(found.motion.t_s), atol=1e-3)
    assert set(found.motion.views[22:28].ravel()) == {2}
    assert set(found.motion.views[5].ravel()) == {3}


def test_nobody_in_two_views_is_said() -> None:
    a, b = ring(2)
    with pytest.raises(BadValue, match="Nobody"):
        in_space([take(a), take(b, aside_m=(1.5, 1.5, 0.0))])
    with pytest.raises(BadValue, match="no person 3"):
        in_space([take(a), take(b)], How(person=2))


# --- bones --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "a", "b"), [(3, 0, 2), (4, 0, 1), (4, 2, 3), (5, 1, 3)])
def test_cameras_that_are_exchanged_tell_nothing_in_space(count: int, a: int, b: int) -> None:
    """Their views do not meet in one body: nothing is told, and what to look at is said."""
    right = [take(camera, noise_px=5.0, rng=np.random.default_rng(1)) for camera in ring(count)]
    assert not any(note.startswith("camera_not_used") for note in in_space(right).notes)
    wrong = list(right)
    wrong[a], wrong[b] = replace(right[a], camera=right[b].camera), replace(right[b], camera=right[a].camera)
    with pytest.raises(BadValue, match="one body in one place") as refused:
        in_space(wrong)
    assert refused.value.params["share"] > 3.5
    for lang, words in (("vi", "máy quay nào là máy quay nào"), ("en", "which camera is which")):
        assert words in refused.value.hint(lang)
        assert "{" not in refused.value.detail(lang)


def test_a_camera_that_gives_nothing_is_named() -> None:
    three, late = [take(camera) for camera in ring(4)[:3]], take(ring(4)[3], begins_s=40.0)
    assert "camera_not_used:cam4" in in_space([*three, late]).notes
    for lang, words in (("vi", "cam4 không được dùng"), ("en", "cam4 was not used")):
        assert words in noted("camera_not_used:cam4", lang)


def test_bones_are_measured_and_what_stretches_is_doubtful() -> None:
    rng = np.random.default_rng(3)
    motion = triangulated(scene(noise_px=1.0, rng=rng, seconds=2.0))
    bones = {bone.name: bone for bone in limb_bones(motion)}
    assert len(bones) == 8
    true = walking(np.array([0.0]))[0]
    for bone in bones.values():
        a, b = BODY33.places(*bone.joints)
        length = float(np.linalg.norm(true[a] - true[b]))
        assert bone.median_m == pytest.approx(length, abs=0.003)
        assert bone.sd_pct is not None
        assert bone.sd_pct < 2.5  # 1 px is some 2.7 mm at 4 m; four cameras; forearms of 26 cm
        assert bone.stretches == ()
    xyz = motion.xyz_m.copy()
    wrist = BODY33.place("left_wrist")
    xyz[20:25, wrist, 2] -= 0.2
    off = motion.residual_px.copy()
    off[20:25, wrist] = 30.0
    stretched = replace(motion, xyz_m=xyz, residual_px=off)
    flags = doubtful(stretched, limb_bones(stretched))
    assert np.argwhere(flags).tolist() == [[at, wrist] for at in range(20, 25)]
    assert np.isnan(without(stretched, flags).xyz_m[20:25, wrist]).all()
    assert len(all_bones(motion)) == len(BODY33.bones)


@pytest.mark.parametrize(("bones", "most_pct"), [(Bones.HELD, 2.5), (Bones.CONSTANT, 0.5)])
def test_held_bones_bring_joints_nearer_to_where_they_are_and_are_told(bones: Bones, most_pct: float) -> None:
    rng = np.random.default_rng(3)
    motion = replace(triangulated(scene(noise_px=4.0, rng=rng)), origin=Origin.MEASURED)
    motion.xyz_m[7, BODY33.place("left_knee")] = np.nan
    held = with_held_bones(motion, bones)
    assert SAID[bones] in held.method
    assert SAID[bones] not in motion.method
    assert held.origin is (Origin.INFERRED if bones is Bones.CONSTANT else Origin.MEASURED)
    # 4 px are some 11 mm at 4 m: the length of a forearm of 26 cm errs by 11 mm, held to 8 mm by a third of that
    assert (
        max(bone.sd_pct or 9 for bone in limb_bones(held))
        < most_pct
        < max(bone.sd_pct or 0 for bone in limb_bones(motion))
    )
    assert np.isnan(held.xyz_m[7, BODY33.place("left_knee")]).all()
    true = walking(motion.t_s)
    limbs = BODY33.places("left_wrist", "right_wrist", "left_ankle", "right_ankle")
    off = [np.linalg.norm(one.xyz_m - true, axis=2)[:, limbs] for one in (held, motion)]
    assert np.nanmedian(off[0]) < np.nanmedian(off[1])
    assert with_held_bones(motion, Bones.FREE) is motion


def test_what_is_held_still_says_how_far_it_is_from_the_pictures() -> None:
    takes = [take(camera, noise_px=4.0, rng=np.random.default_rng(at)) for at, camera in enumerate(ring(4))]
    free, held = (in_space(takes, How(bones=bones, realign=False)) for bones in (Bones.FREE, Bones.HELD))
    assert (free.bones_how, held.bones_how) == (Bones.FREE, Bones.HELD)
    assert free.bones == held.bones  # as they were measured
    views = held.views
    off = [
        np.linalg.norm(one.project(held.motion.xyz_m) - px, axis=2)
        for one, px in zip(views.cameras, views.px, strict=True)
    ]
    np.testing.assert_allclose(held.motion.residual_px, np.sqrt(np.mean(np.square(off), axis=0)), rtol=1e-6)
    np.testing.assert_allclose(
        triangulate.distances_at(views, triangulate.triangulation(views)[1], free.motion.xyz_m), free.motion.residual_px
    )
    wrist = BODY33.place("left_wrist")
    assert (held.motion.residual_px[:, wrist] > free.motion.residual_px[:, wrist]).mean() > 0.9  # no longer the nearest


def test_smoothing_keeps_gaps_and_says_how() -> None:
    motion = triangulated(scene())
    motion.xyz_m[3, 4] = np.nan
    found = smoothed(motion, lambda t_s, values, sigma: (0 * t_s[:, None] + values + 0.01, 0.5 * sigma), "shifted")
    assert np.isnan(found.xyz_m[3, 4]).all()
    np.testing.assert_allclose(found.xyz_m[5], motion.xyz_m[5] + 0.01)
    np.testing.assert_allclose(found.cov_m2[5], 0.25 * motion.cov_m2[5])
    assert found.method.endswith("; shifted")


def test_long_recordings_are_solved_in_parts_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    views = _turned_round(scene(noise_px=2.0, rng=np.random.default_rng(8)), 2, slice(10, 30))
    found, told = unswapped(views)
    whole = triangulated(found)
    factor = triangulate.scatter(found, triangulate.Agreement())
    monkeypatch.setattr(triangulate, "scatter", lambda *_: factor)  # else of fewer instants, and a little another one
    for module in (triangulate, swaps):
        monkeypatch.setattr(module, "AT_ONCE", 7)
    again, told_again = unswapped(views)
    assert [(swap.camera, swap.part, swap.instants) for swap in told] == [
        (swap.camera, swap.part, swap.instants) for swap in told_again
    ]
    parts = triangulated(again)
    for name in ("xyz_m", "cov_m2", "residual_px", "views"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9)

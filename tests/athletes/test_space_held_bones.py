"""Bones held near their lengths: what they are not told by, what stays as it was, and what it costs."""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
from space_scene import ring, take

from athletes.pose.model import BODY33, Motion
from athletes.space import held_bones
from athletes.space.bones import limb_bones
from athletes.space.grades import Grade, quality_of
from athletes.space.held_bones import LEAST_INSTANTS, Bones, with_held_bones
from athletes.space.motion_file import MotionFile, motion_bytes, motion_from
from athletes.space.paired import paired
from athletes.space.reconstruct import How, in_space
from athletes.space.triangulate import triangulated


def walker(*, count: int = 50) -> Motion:
    """The first instants of the walker in space, seen with 4 px of noise."""
    rng = np.random.default_rng(5)
    return part(triangulated(paired([take(camera, noise_px=4.0, rng=rng) for camera in ring(4)])), np.arange(count))


def part(motion: Motion, at: Any) -> Motion:
    """The motion at some of its instants, one or more times each."""
    rows = {name: getattr(motion, name)[at] for name in ("xyz_m", "cov_m2", "residual_px", "views", "frames")}
    return replace(motion, t_s=np.arange(len(at)) / 50, **rows)


def test_a_place_whose_error_is_unknown_stays_where_it_was() -> None:
    motion, knee = walker(), BODY33.place("left_knee")
    motion.cov_m2[:, knee] = np.nan
    held = with_held_bones(motion)
    np.testing.assert_array_equal(held.xyz_m[:, knee], motion.xyz_m[:, knee])
    np.testing.assert_array_equal(held.cov_m2, motion.cov_m2)  # what is stated is not made smaller by it
    assert not np.array_equal(held.xyz_m[:, BODY33.place("right_knee")], motion.xyz_m[:, BODY33.place("right_knee")])


def test_joints_of_no_bone_that_is_held_are_not_touched() -> None:
    motion, nose = walker(), BODY33.place("nose")
    held = with_held_bones(motion)
    np.testing.assert_array_equal(held.xyz_m[:, nose], motion.xyz_m[:, nose])
    np.testing.assert_array_equal(held.cov_m2[:, nose], motion.cov_m2[:, nose])


def test_a_length_of_few_instants_is_no_knowledge_beside_them() -> None:
    few = walker(count=LEAST_INSTANTS - 1)
    assert with_held_bones(few) is few
    assert with_held_bones(walker(count=LEAST_INSTANTS)).method != few.method


def test_what_was_not_held_is_not_said_to_be() -> None:
    takes = [take(camera, seconds=0.1) for camera in ring(4)]
    for bones in (Bones.HELD, Bones.CONSTANT):
        found = in_space(takes, How(bones=bones, realign=False))
        assert 0 < len(found.motion) < LEAST_INSTANTS
        assert found.bones_how is Bones.FREE
        assert "constant_bones" not in found.notes
        assert motion_from(motion_bytes(found.file()), "x").bones_how is Bones.FREE


def as_of_before(found: MotionFile) -> bytes:
    """The file as it was written when nothing was said of bones but in the notes."""
    with np.load(io.BytesIO(motion_bytes(found)), allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    head = json.loads(bytes(arrays["head"]).decode())
    del head["bones_how"], head["bones"]
    out = io.BytesIO()
    np.savez_compressed(out, **{**arrays, "head": np.frombuffer(json.dumps(head).encode(), np.uint8)})
    return out.getvalue()


def test_a_file_of_before_tells_measured_bones_from_constant_ones() -> None:
    motion = walker()
    free = motion_from(as_of_before(MotionFile(motion, ("doubtful",))), "x")
    assert (free.bones_how, free.bones) == (Bones.FREE, ())
    steady = with_held_bones(motion, Bones.CONSTANT)
    old = motion_from(as_of_before(MotionFile(steady, ("doubtful", "constant_bones"))), "x")
    assert (old.bones_how, old.bones, old.notes) == (Bones.CONSTANT, (), ("doubtful", "constant_bones"))
    quality = quality_of(old)
    assert quality is not None  # how steady they were measured, nobody knows any more
    assert (quality.limbs, quality.worst_pct, quality.limbs_grade) == ((), None, Grade.DOUBTFUL)
    measured = quality_of(free)
    assert measured is not None
    assert measured.limbs == limb_bones(motion)


def test_an_hour_is_held_in_pieces_that_fit_into_memory() -> None:
    motion = walker()
    long = part(motion, np.tile(np.arange(50), 20))
    tracemalloc.start()
    try:
        held = with_held_bones(long)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The result is 3 MB. A piece has (16 joints x 3)^2 numbers an instant, 18 kB, in some four copies.
    assert peak_bytes < 3e6 * 2 + 4 * 1.2 * held_bones.AT_ONCE * (16 * 3) ** 2 * 8
    assert held_bones.AT_ONCE * (16 * 3) ** 2 * 8 < 20e6
    np.testing.assert_allclose(held.xyz_m[:50], with_held_bones(motion).xyz_m, atol=1e-7)


def test_joints_far_off_are_followed_until_they_settle() -> None:
    motion, rng = walker(), np.random.default_rng(2)
    limbs = BODY33.places("left_elbow", "left_wrist", "right_knee", "right_ankle")
    for joint in limbs:  # as where two views take one side for the other
        bad = rng.random(50) < 0.5
        motion.xyz_m[bad, joint] += rng.normal(0, 0.4, (int(bad.sum()), 3))
    wide = replace(motion, cov_m2=motion.cov_m2 * 30)
    held = with_held_bones(wide)
    # At the least of the sum of squares a wrist is pulled by its covariance along the forearm alone.
    moved = held.xyz_m - wide.xyz_m
    stays = (moved == 0).all(axis=2)  # what did not settle
    pull = (np.linalg.inv(wide.cov_m2) @ moved[..., None])[..., 0]
    for wrist, elbow in (BODY33.places("left_wrist", "left_elbow"), BODY33.places("right_wrist", "right_elbow")):
        along = held.xyz_m[:, wrist] - held.xyz_m[:, elbow]
        unit = along / np.linalg.norm(along, axis=1)[:, None]
        aside = np.cross(pull[:, wrist], unit)
        assert np.abs(aside[~stays[:, wrist]]).max() < 1e-3 * max(1.0, np.abs(pull[:, wrist]).max())
    assert stays[:, limbs[1]].mean() < 0.1

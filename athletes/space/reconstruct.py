"""From what several cameras saw of people to one of them in space: the door to this package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from athletes.pose.model import Floats, Motion, Track
from athletes.pose.noise import local_heights_px
from athletes.space.association import Person, who_is_who
from athletes.space.bones import Bone, Smooth, all_bones, doubtful, limb_bones, smoothed, without
from athletes.space.held_bones import Bones, with_held_bones
from athletes.space.motion_file import MotionFile
from athletes.space.noted import of_camera
from athletes.space.paired import Take, Views, paired
from athletes.space.realign import Realigned, realigned
from athletes.space.solving import Flags
from athletes.space.swaps import Swap, unswapped
from athletes.space.triangulate import Agreement, distances_at, triangulation
from athletes.worded import Worded
from touchline.errors import BadValue

POOR_PX = 10.0
"""Views that are farther apart than this in the median say that the calibration is not these cameras'."""

APART_BODY = 0.035
"""Views that are farther apart than this share of the body's height in the pictures do not see one body in one place:
6 cm of somebody of 1.75 m. A body model's points are off by 0.02 at the most (``athletes.pose.noise``). The real set of
four views is at 0.010 put right and 0.018 as calibrated, with two cameras exchanged at 0.06; simulated ones that are
exchanged are at 0.038 and more, where most of their views are kept."""


@dataclass(frozen=True, slots=True)
class How:
    """What is done. ``person``: which one, from 0, those first that most cameras saw. ``realign``: cameras that were
    turned since their calibration are put right where that holds on instants held out. ``drop_doubtful``: joints of
    bones out of their band become gaps. ``bones``: what is done with their lengths. ``smooth``, and its name."""

    person: int = 0
    reference: str | None = None
    realign: bool = True
    drop_doubtful: bool = False
    smooth: Smooth | None = None
    smooth_said: str = ""
    bones: Bones = Bones.HELD
    agreement: Agreement = field(default_factory=Agreement)


@dataclass(frozen=True, slots=True, eq=False)
class InSpace:
    """The motion and what is to be known of it. ``measured`` is it before bones were held and before smoothing;
    ``bones`` are the limbs of ``measured``; ``notes`` are keys below ``athletes.space.note``."""

    motion: Motion
    measured: Motion
    views: Views
    people: tuple[Person, ...]
    swaps: tuple[Swap, ...]
    realigned: Realigned | None
    bones: tuple[Bone, ...]
    bones_how: Bones
    doubtful: int
    notes: tuple[str, ...]

    def file(self, notes: tuple[str, ...] | None = None) -> MotionFile:
        """What is to be kept of it, with ``notes`` in place of its own where they are given."""
        return MotionFile(self.motion, self.notes if notes is None else notes, self.bones_how, self.bones)


def in_space(takes: Sequence[Take], how: How | None = None) -> InSpace:
    """One person in space.

    ``takes`` may be of several people, and several of one camera. Raises ``BadValue`` (``nobody_in_two_views``,
    ``no_such_person``, ``views_disagree`` and those of the parts).
    """
    how = how or How()
    people = who_is_who(takes)
    seen = [person for person in people if len({takes[at].camera.name for at in person.takes}) > 1]
    if not seen:
        raise BadValue("athletes.errors.nobody_in_two_views")
    if not 0 <= how.person < len(seen):
        raise BadValue("athletes.errors.no_such_person", person=how.person + 1, count=len(seen))
    mine = _a_camera_each([takes[at] for at in seen[how.person].takes])
    views = paired(mine, reference=_reference(mine, how.reference))
    notes = list(views.notes)
    views, swaps = unswapped(views, how.agreement)
    turned = None
    if how.realign and len(mine) > 2:
        try:
            turned = realigned(views, how.agreement)
        except BadValue:
            notes.append("too_few_to_realign")
        else:
            if turned.changed:
                views = replace(views, cameras=turned.cameras)
                views, again = unswapped(views, how.agreement)
                swaps = _together(swaps, again)
                notes.append("realigned")
    if swaps:
        notes.append("sides_exchanged")
    measured, used = triangulation(views, how.agreement)
    off_px = measured.residual_px[np.isfinite(measured.residual_px)]
    if len(off_px) and float(np.median(off_px)) > POOR_PX:
        notes.append("calibration_disagrees")
    _one_body(views, off_px)
    notes += unused_notes([take.camera.name for take in takes], views, used)
    flags = doubtful(measured, all_bones(measured))
    if flags.any():
        notes.append("doubtful_left_out" if how.drop_doubtful else "doubtful")
    motion = without(measured, flags) if how.drop_doubtful else measured
    held = with_held_bones(motion, how.bones)
    bones_how = Bones.FREE if held is motion else how.bones
    if bones_how is not Bones.FREE:
        motion = replace(held, residual_px=distances_at(views, used, held.xyz_m))
    if bones_how is Bones.CONSTANT:
        notes.append("constant_bones")
    if how.smooth is not None:
        motion = smoothed(motion, how.smooth, how.smooth_said)
    return InSpace(
        motion,
        measured,
        views,
        people,
        swaps,
        turned,
        limb_bones(measured),
        bones_how,
        int(flags.sum()),
        tuple(dict.fromkeys(notes)),
    )


def _one_body(views: Views, off_px: Floats) -> None:
    """Nothing. Raises ``BadValue`` where the views do not see one body in one place."""
    tall_px = [float(np.nanmedian(tall)) for px in views.px if np.isfinite(tall := local_heights_px(px)).any()]
    if not len(off_px) or not tall_px:
        return
    share = float(np.median(off_px)) / float(np.median(tall_px))
    if share > APART_BODY:
        raise Worded("athletes.errors.views_disagree", px=float(np.median(off_px)), share=100 * share)


def unused_notes(cameras: Sequence[str], views: Views, used: Flags) -> list[str]:
    """A note for each of ``cameras`` that gave nothing: no picture of the person at a common instant, or none that
    agrees with others."""
    gave = {camera.name for camera, mine in zip(views.cameras, used, strict=True) if mine.any()}
    return [of_camera("camera_not_used", name) for name in dict.fromkeys(cameras) if name not in gave]


def _reference(takes: Sequence[Take], name: str | None) -> int:
    """The camera whose pictures give the instants: the one of that name, else the one with the most pictures."""
    names = [take.camera.name for take in takes]
    if name is not None and name in names:
        return names.index(name)
    return int(np.argmax([len(take.track) for take in takes]))


def _a_camera_each(takes: Sequence[Take]) -> list[Take]:
    """The takes with those of one camera made one: a person who was lost and found again has several tracks."""
    by_camera: dict[str, list[Take]] = {}
    for take in takes:
        by_camera.setdefault(take.camera.name, []).append(take)
    return [
        replace(several[0], track=_one([take.track for take in several])) if len(several) > 1 else several[0]
        for several in by_camera.values()
    ]


def _one(tracks: Sequence[Track]) -> Track:
    """Tracks of one recording that are never seen together, as one."""
    frames = np.unique(np.concatenate([track.frames for track in tracks]))
    n, k = len(frames), len(tracks[0].skeleton)
    t_s, px = np.full(n, np.nan), np.full((n, k, 2), np.nan)
    confidence, sigma = np.full((n, k), np.nan), np.full((n, k), np.nan)
    for track in tracks:
        at = np.searchsorted(frames, track.frames)
        t_s[at] = track.t_s
        seen = np.isfinite(track.px[..., 0]).any(axis=1)
        px[at[seen]], confidence[at[seen]] = track.px[seen], track.confidence[seen]
        sigma[at[seen]] = track.sigma_px[seen]
    return replace(tracks[0], frames=frames, t_s=t_s, px=px, confidence=confidence, sigma_px=sigma)


def _together(first: tuple[Swap, ...], again: tuple[Swap, ...]) -> tuple[Swap, ...]:
    """What both passes exchanged; what was exchanged twice is as it was."""
    found: dict[tuple[str, str], set[int]] = {}
    for swap in (*first, *again):
        found.setdefault((swap.camera, swap.part), set()).symmetric_difference_update(swap.instants)
    return tuple(Swap(camera, part, tuple(sorted(at))) for (camera, part), at in found.items() if at)

"""What was measured of a trial, as it is painted over its pictures: body points and angles, frame by frame."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.model import Analysis, Curve, Side
from athletes.motion.screening import Part, Screening
from athletes.pose.model import Skeleton, Track
from touchline.errors import BadValue, NotFound

MAGIC = 0x3152594C
MAX_WINDOW = 2000
"""Frames in one answer."""
WRITTEN: Mapping[str, tuple[str, ...]] = {
    "knee": ("knee",),
    "hip": ("hip",),
    "trunk": ("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
    "ankle": ("ankle",),
    "elbow": ("elbow",),
    "shoulder": ("shoulder",),
}
"""The angles that are written into the picture, the first of them first, and the joints that they stand beside."""

Singles = NDArray[np.float32]


class Measured(Protocol):
    """What was measured of trials. All may raise ``NotFound`` for a trial or a camera that there is not."""

    def version(self, trial_id: str, camera_id: str) -> str:
        """A name for all that is known of a camera (``""``: of all together in space); another one as soon as any of it
        changes, empty where nothing was measured."""

    def tracks(self, trial_id: str, camera_id: str) -> tuple[Track, ...]:
        """Everybody who was followed in a recording, the one who is analysed where nobody was chosen first."""

    def skeleton(self, trial_id: str, camera_id: str) -> Skeleton | None:
        """The skeleton of the people who were followed in a recording; None where nobody was."""

    def chosen(self, trial_id: str, camera_id: str) -> int | None:
        """The number of the person who somebody said is to be analysed; None where nobody did."""

    def analysis(self, trial_id: str, camera_id: str = "") -> Analysis | None:
        """What was measured of that one, by a camera or in space."""


def part_of(screening: Screening, camera: str) -> Part:
    """The picture of that name. Raises ``NotFound``."""
    for part in screening.parts:
        if part.camera_id == camera:
            return part
    raise NotFound("athletes.errors.no_such_trial_camera", camera=camera, name=screening.name)


def screen_s(screening: Screening, camera: str, t_s: float) -> float:
    """The screen's time at ``t_s`` of what was measured by ``camera`` (real seconds after its first frame), or in space
    (``""``, in the trial's time, which is the screen's where one trial is shown). Raises ``NotFound``."""
    return t_s + (float(part_of(screening, camera).to_screen.offset_s) if camera else 0.0)


# ---------------------------------------------------------------------- what the player paints


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The points of everybody in one recording, ready to be sent: ``frames`` (n,) that were looked at; ``people`` as
    number, whether they are followed, the places in ``frames`` (m,) at which they have ``points`` (m, k, 3: u, v,
    confidence); ``values`` (n, angles) of the one who is followed."""

    frames: NDArray[np.int64]
    people: tuple[tuple[int, bool, NDArray[np.int64], Singles], ...]
    values: Singles
    joints: int

    @property
    def nbytes(self) -> int:
        """How much room it takes."""
        own = sum(rows.nbytes + points.nbytes for _, _, rows, points in self.people)
        return self.frames.nbytes + self.values.nbytes + own

    def packed(self, first: int, last: int) -> bytes:
        """The frames ``first`` to before ``last``: ``u32 MAGIC, first, last, people, joints, angles, 0, 0``, a person
        ``i32 number, i32 followed``, ``u8`` a frame (1: it was looked at; filled up to four), a person all ``f32 u``,
        all ``v``, all confidences (frame by frame), then the ``f32`` angles. NaN is what was not seen. Little-endian;
        of the people those who are seen in these frames."""
        n = last - first
        low, high = np.searchsorted(self.frames, (first, last))
        looked = np.zeros(-(-n // 4) * 4, np.uint8)
        looked[self.frames[low:high] - first] = 1
        values = np.full((n, self.values.shape[1]), np.nan, "<f4")
        values[self.frames[low:high] - first] = self.values[low:high]
        spans = [np.searchsorted(rows, (low, high)) for _, _, rows, _ in self.people]
        here = [(one, slice(*span)) for one, span in zip(self.people, spans, strict=True) if span[0] < span[1]]
        head = struct.pack("<8I", MAGIC, first, last, len(here), self.joints, self.values.shape[1], 0, 0)
        told = b"".join(struct.pack("<2i", number, followed) for (number, followed, _, _), _ in here)
        blocks = [head, told, looked.tobytes()]
        for (_, _, rows, points), span in here:
            block = np.full((3, n, self.joints), np.nan, "<f4")
            block[:, self.frames[rows[span]] - first] = points[span].transpose(2, 0, 1)
            blocks.append(block.tobytes())
        return b"".join((*blocks, values.tobytes()))


def angles_in_space(measured: Measured, trial_id: str) -> Analysis | None:
    """What was measured of a trial in space, where that has angles; None where it was not."""
    found = measured.analysis(trial_id) if measured.version(trial_id, "") else None
    return found if found is not None and any(curve.unit == "deg" for curve in found.curves) else None


def layer_version(measured: Measured, part: Part, *, space: bool = False) -> str:
    """A name for all that a picture's layer shows; empty where nothing was measured of it."""
    own = measured.version(part.trial_id, part.trial_camera)
    return f"{own}.{measured.version(part.trial_id, '')}" if own and space else own


def layer_of(measured: Measured, part: Part, *, space: bool = False) -> Layer | None:
    """The layer of a picture; None where nothing was measured of it. Its angles are those that its camera sees, or with
    ``space`` those in space, where there are any: at the instant nearest to each picture's, within half of what lies
    between two."""
    tracks = measured.tracks(part.trial_id, part.trial_camera)
    if not tracks:
        return None
    chosen, numbers = measured.chosen(part.trial_id, part.trial_camera), [track.person for track in tracks]
    followed = chosen if chosen in numbers else numbers[0]
    frames = tracks[0].frames if len(tracks) == 1 else np.unique(np.concatenate([track.frames for track in tracks]))
    people = []
    for track in tracks:
        there = np.isfinite(track.px[..., 0]).any(axis=1)
        points = np.empty((int(there.sum()), len(track.skeleton), 3), np.float32)
        points[..., :2], points[..., 2] = track.px[there], track.confidence[there]
        people.append((track.person, track.person == followed, np.searchsorted(frames, track.frames[there]), points))
    analysis, in_space = _analysis_of(measured, part, space)
    curves = _written(analysis, tracks[0].skeleton)
    values = np.full((len(frames), len(curves)), np.nan, np.float32)
    for place, (curve, _) in enumerate(curves):
        if in_space:
            values[:, place] = _nearest(curve, _trial_s(frames, tracks, part))
            continue
        known, rows = _places(frames, curve.frames)
        values[rows, place] = curve.value[known]
    return Layer(frames, tuple(people), values, len(tracks[0].skeleton))


def layer_document(measured: Measured, part: Part, url: str, *, space: bool = False) -> dict[str, Any] | None:
    """What the player must know of a picture's layer (``var/panels/replay.py``): where its points come from under
    which version, and how they hang together; None where nothing was measured."""
    version = layer_version(measured, part, space=space)
    skeleton = measured.skeleton(part.trial_id, part.trial_camera) if version else None
    if skeleton is None:
        return None
    sides = _sides(skeleton)
    curves = _written(_analysis_of(measured, part, space)[0], skeleton)
    jointed = sorted({joint for bone in skeleton.bones for joint in bone} | {0})
    return {
        "url": url,
        "version": version,
        "edges": [[a, b, sides[a] if sides[a] == sides[b] else "middle"] for a, b in skeleton.bones],
        "dots": [[joint, sides[joint]] for joint in jointed],
        "labels": [
            {"points": places, "unit": "°", "decimals": 0, "side": str(curve.side or "middle")}
            for curve, places in curves
        ],
    }


def _analysis_of(measured: Measured, part: Part, space: bool) -> tuple[Analysis | None, bool]:
    """Whose angles are written into a picture, and whether they are those in space."""
    found = angles_in_space(measured, part.trial_id) if space else None
    return (found, True) if found is not None else (measured.analysis(part.trial_id, part.trial_camera), False)


def _trial_s(frames: NDArray[np.int64], tracks: tuple[Track, ...], part: Part) -> NDArray[np.float64]:
    """When the pictures ``frames`` (n,) were taken, in the trial's time, by the people seen in them."""
    found = np.full(len(frames), np.nan)
    for track in tracks:
        found[np.searchsorted(frames, track.frames)] = track.t_s
    return found + float(part.to_trial.offset_s)


def _nearest(curve: Curve, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve at the instants ``t_s`` (n,): its nearest value; NaN farther away than half of its usual step."""
    if len(curve.t_s) < 2:
        return np.full(len(t_s), np.nan)
    right = np.clip(np.searchsorted(curve.t_s, t_s), 1, len(curve.t_s) - 1)
    at = np.where(t_s - curve.t_s[right - 1] <= curve.t_s[right] - t_s, right - 1, right)
    near = np.abs(curve.t_s[at] - t_s) <= 0.501 * float(np.median(np.diff(curve.t_s)))
    return np.asarray(np.where(near, curve.value[at], np.nan))


def _places(frames: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which of ``wanted`` are among the rising ``frames``, and where those stand."""
    at = np.minimum(np.searchsorted(frames, wanted), len(frames) - 1)
    known = frames[at] == wanted
    return known, at[known]


def _sides(skeleton: Skeleton) -> list[str]:
    """The side of each joint: ``left``, ``right`` or ``middle``."""
    sides = ["middle"] * len(skeleton)
    for left, right in skeleton.mirrored:
        sides[left], sides[right] = Side.LEFT.value, Side.RIGHT.value
    return sides


def _written(analysis: Analysis | None, skeleton: Skeleton) -> list[tuple[Curve, list[int]]]:
    """The curves that are written into the picture, the more telling ones first, and where."""
    found = []
    for key, joints in WRITTEN.items():
        for curve in analysis.curves if analysis is not None else ():
            names = joints if curve.side is None else tuple(f"{curve.side}_{joint}" for joint in joints)
            if curve.key == key and curve.unit == "deg" and all(name in skeleton.joints for name in names):
                found.append((curve, skeleton.places(*names)))
    return found


def window_of(first: int, last: int, count: int) -> tuple[int, int]:
    """The frames ``first`` to before ``last`` of a recording that has ``count``. Raises ``BadValue`` for none or too
    many, ``NotFound`` behind the end."""
    if not 0 <= first < last <= first + MAX_WINDOW:
        raise BadValue("athletes.errors.bad_frame_window", first=first, last=last, most=MAX_WINDOW)
    if first >= count:
        raise NotFound("athletes.errors.no_such_frame", frame=first, count=count)
    return first, min(last, count)

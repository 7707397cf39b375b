"""What a camera that stands somewhere known says of its picture: which way is up, and the scale at the athlete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from athletes.kinematics.scale import Scale, from_view
from athletes.pose.model import Floats, Track
from athletes.pose.noise import body_height_px
from athletes.space.camera import PosedCamera
from touchline.errors import BadValue

FEET = ("left_heel", "right_heel", "left_foot_index", "right_foot_index")
ON_GROUND = 50.0
"""The percentile of the frames, by how near the lower foot comes to the camera, beyond which it stands: in the air a
foot looks farther away than it is."""
STATURES_M = (0.9, 2.4)
"""Whoever comes out taller or smaller does not stand on z = 0: the calibration's zero is not the ground."""
GROUND_M = 0.1
"""How far what an athlete stands on may be from the calibration's zero: a mat, a beam, soles, and the model's points
over them. On the four real views feet are 0.13 m above it, and scales off by 3 to 9 % for that."""


def up_at(camera: PosedCamera, px: tuple[float, float]) -> tuple[float, float]:
    """The unit vector (u, v) in the picture that points up at ``px``; a camera that looks down sees upright people lean
    outwards at its edges."""
    origin, along = camera.ray(np.array([px]))
    at = origin + along[0]
    ends = camera.project(np.array([at, at + np.array([0.0, 0.0, 0.01])]))
    way = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    return float(way[0]), float(way[1])


def seen_from(camera: PosedCamera, track: Track, scale: Scale | None) -> Scale:
    """``scale`` with the camera's "up", or without one the camera's own scale. Raises as ``scale_by_view`` does,
    where none is given."""
    if scale is None:
        return scale_by_view(camera, track)
    try:
        return replace(scale, up=up_at(camera, _middle(track)))
    except BadValue:  # the hips were never seen, so nobody knows where to look
        return scale


def scale_by_view(camera: PosedCamera, track: Track) -> Scale:
    """The scale at the athlete, who stands on z = 0 of the calibration and moves across the view.

    Its error is how far their distance from the camera changes, and how far the ground may be from zero. Raises
    ``BadValue`` (``no_scale_by_view``) where the feet are never seen on the ground, or the body comes out as tall as
    nobody is.
    """
    ground = _on_ground(camera, track)
    if len(ground) < 3:
        raise BadValue("athletes.errors.no_scale_by_view")
    centre, place = camera.centre_m, np.median(ground, axis=0)
    ahead = np.array([place[0] - centre[0], place[1] - centre[1], 0.0])
    away_m = float(np.linalg.norm(ahead))
    ahead = ahead / away_m
    across = np.cross(ahead, [0.0, 0.0, 1.0])

    def view(px: Floats) -> tuple[Floats, Floats]:
        origin, along = camera.ray(px)
        at = origin + (away_m / (along @ ahead))[:, None] * along
        return np.column_stack((at @ across, at[:, 2])), np.zeros((len(px), 2, 2))

    scale = from_view(view, _middle(track))
    stature_m = scale.m_per_px * body_height_px(track.px, track.skeleton)
    if not STATURES_M[0] <= stature_m <= STATURES_M[1]:
        raise BadValue("athletes.errors.no_scale_by_view")
    depth_m = (ground - centre) @ ahead
    share = float(np.hypot(np.std(depth_m) / away_m, GROUND_M / centre[2]))
    return replace(scale, sigma=scale.m_per_px * share)


def _middle(track: Track) -> tuple[float, float]:
    """Where the hips usually are in the picture."""
    hips = track.px[:, track.skeleton.places("left_hip", "right_hip")].mean(axis=1)
    hips = hips[np.isfinite(hips).all(axis=1)]
    if not len(hips):
        raise BadValue("athletes.errors.no_scale_by_view")
    u, v = np.median(hips, axis=0)
    return float(u), float(v)


def _on_ground(camera: PosedCamera, track: Track) -> Floats:
    """Where the lower foot stands on the ground, (m, 3), of the frames in which it is nearest to the camera."""
    feet = track.px[:, track.skeleton.places(*FEET)]
    feet = feet[np.isfinite(feet).all(axis=(1, 2))]
    origin, along = camera.ray(feet)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(along[..., 2] < 0, -origin[2] / along[..., 2], np.nan)
    at = origin + far[..., None] * along
    gone = np.linalg.norm(at[..., :2] - origin[:2], axis=-1)
    known = np.isfinite(gone).all(axis=1)
    at, gone = at[known], gone[known]
    nearest = at[np.arange(len(at)), gone.argmin(axis=1)]
    least = gone.min(axis=1, initial=np.inf)
    return np.asarray(nearest[least <= np.percentile(least, ON_GROUND)]) if len(least) else nearest

"""One athlete made ready for measuring: points right and up, filtered, with sigma, facing, and metres where known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from athletes.kinematics.facing import BROAD, OBLIQUE, breadth_of, facing_of
from athletes.kinematics.gains import Parts
from athletes.kinematics.model import Movement
from athletes.kinematics.scale import UP, Scale
from athletes.kinematics.settings import Settings
from athletes.kinematics.smoothing import Filter, Smoothed, smooth, usual_step_s
from athletes.pose.model import Motion, Skeleton, Track
from athletes.pose.noise import body_height_px, noise_of
from athletes.pose.slow_motion import STATURE_M, STATURE_SHARE

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SPIKE_SIGMAS, SPIKE_PASSES = 2.0, 6


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """``raw`` and ``smooth`` (n, k, 2), in units of length (pixels of a picture, or metres in space), axes right and
    up, NaN where not seen; their sigmas (n, k) on each axis. ``m_per_unit`` None: not known, ``no_metres`` says why.
    ``body`` is about the stature in units, None where it cannot be told. ``facing`` 1 right, -1 left, 0 not known."""

    frames: Counts
    t_s: Floats
    raw: Floats
    raw_sigma: Floats
    smooth: Floats
    smooth_sigma: Floats
    skeleton: Skeleton
    facing: int
    body: float | None
    m_per_unit: float | None
    scale_share: float
    up_sigma: float
    settings: Settings
    cutoff_hz: float
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def parts(self, *joints: str) -> tuple[Parts, ...]:
        """What the noise of these joints consists of."""
        return parts_of(self.skeleton, self.settings.noise_model, *joints)

    @property
    def step_s(self) -> float:
        """The usual time between two frames."""
        return usual_step_s(self.t_s)

    def filtered(self, *joints: str, kind: str = "level", cutoff_hz: float | None = None) -> Smoothed:
        """These joints' points (n, joints, 2) through the filter, as ``smoothing.smooth`` gives them."""
        places = self.skeleton.places(*joints)
        how = Filter(cutoff_hz or self.cutoff_hz, self.settings.fill_gap_s, self.parts(*joints), kind)
        sigma = np.repeat(self.raw_sigma[:, places, None], 2, axis=2)
        return smooth(self.t_s, self.raw[:, places], sigma, how)

    def middle(self, joint: str) -> tuple[Floats, Floats, Parts] | None:
        """The unfiltered middle (n, 2) of the left and right ``joint``, its sigma (n,) on an axis, and what its noise
        consists of; one side alone where the other was seen in less than nine of ten frames, None without either."""
        sides = [self.skeleton.place(f"{side}_{joint}") for side in ("left", "right")]
        seen = [float(np.isfinite(self.raw[:, place, 0]).mean()) for place in sides]
        if max(seen) == 0:
            return None
        parts = self.parts(f"left_{joint}")[0]
        if min(seen) < 0.9:
            best = sides[int(np.argmax(seen))]
            return self.raw[:, best], self.raw_sigma[:, best], parts
        return (
            np.asarray(self.raw[:, sides].mean(axis=1)),
            np.asarray(np.hypot(*self.raw_sigma[:, sides].T) / 2.0),
            parts,
        )

    def gravity(self) -> tuple[float, float]:
        """How many units a metre has, and the standard deviation of that as a share; from a usual stature where no
        scale is known, (0, 0) where there is no body either."""
        if self.m_per_unit is not None:
            return 1.0 / self.m_per_unit, self.scale_share
        return (self.body / STATURE_M, STATURE_SHARE) if self.body else (0.0, 0.0)


def see(track: Track, movement: Movement, scale: Scale | None, settings: Settings) -> Seen:
    """``track`` made ready: points that the engine doubts taken out, turned upright, filtered."""
    up = np.array(scale.up if scale else UP)
    right = np.array([-up[1], up[0]])
    doubted = ~(track.confidence >= settings.min_confidence) & np.isfinite(track.confidence)
    px = np.where(doubted[..., None], np.nan, track.px)
    raw = np.stack((px @ right, px @ up), axis=-1)
    spikes = spiky(raw, track.sigma_px)
    raw[spikes] = np.nan
    sigma = np.where(np.isfinite(raw[..., 0]), track.sigma_px, np.nan)
    cutoff_hz = settings.cutoff_for(movement, 1.0 / usual_step_s(track.t_s))
    parts = parts_of(track.skeleton, settings.noise_model, *track.skeleton.joints)
    how = Filter(cutoff_hz, settings.fill_gap_s, parts)
    done = smooth(track.t_s, raw, np.repeat(sigma[..., None], 2, axis=2), how)
    body = body_height_px(px, track.skeleton)
    broad = breadth_of(done.values, track.skeleton, body)
    facing = settings.facing or (0 if broad > BROAD else facing_of(raw, track.skeleton))
    told = {
        "filled_gaps": done.filled.any(),
        "spikes_removed": spikes.any(),
        "up_from_picture": scale is None or scale.up == UP,
        "one_plane": True,
        "off_square": broad > OBLIQUE,
        "facing_unknown": facing == 0,
    }
    return Seen(
        track.frames,
        track.t_s,
        raw,
        sigma,
        done.values,
        done.sigma[..., 0],
        track.skeleton,
        facing,
        body if body > 0 else None,
        None if scale is None else scale.m_per_px,
        0.0 if scale is None else scale.share,
        float(np.radians(settings.up_sigma_deg)),
        settings,
        cutoff_hz,
        done.reasons,
        tuple(note for note, holds in told.items() if holds),
    )


def spiky(points: Floats, sigma: Floats) -> NDArray[np.bool_]:
    """Where points (n, k, 2) jump away for a frame and come back: farther than ``SPIKE_SIGMAS`` of theirs from a cubic
    through the two frames before and after. A foot that leaves the ground at 3 m/s is a third of that away at 60 frames
    a second. The worst of five frames goes first, because it makes its neighbours look wrong."""
    n = len(points)
    found = np.zeros(points.shape[:2], dtype=bool)
    if n < 5:
        return found
    left = points.copy()
    for _ in range(SPIKE_PASSES):
        far = np.zeros(found.shape)
        course = (4.0 * (left[1:-3] + left[3:-1]) - left[:-4] - left[4:]) / 6.0
        far[2:-2] = np.nan_to_num(np.linalg.norm(left[2:-2] - course, axis=-1))
        worst = np.zeros(found.shape, dtype=bool)
        limit = np.nan_to_num(SPIKE_SIGMAS * sigma, nan=np.inf)
        worst[2:-2] = (far > limit)[2:-2] & (far[2:-2] >= np.max([far[m : n - 4 + m] for m in range(5)], axis=0))
        if not worst.any():
            break
        found |= worst
        left[2:-2][worst[2:-2]] = course[worst[2:-2]]
    return found


def see_motion(motion: Motion, movement: Movement, settings: Settings) -> Seen:
    """A person in space made ready: in metres, in the upright plane that the athlete faces along, facing right.

    Forward is across the hips and shoulders, as the median over all frames.
    """
    forward = _forward(motion)
    along = np.einsum("nkd,d->nk", motion.xyz_m, forward)
    raw = np.stack((along, motion.xyz_m[..., 2]), axis=-1)
    plane = np.stack((forward, np.array([0.0, 0.0, 1.0])))
    spread = np.einsum("ad,nkde,ae->nka", plane, motion.cov_m2, plane)
    sigma = np.where(np.isfinite(raw[..., 0]), np.sqrt(np.mean(spread, axis=-1)), np.nan)
    cutoff_hz = settings.cutoff_for(movement, 1.0 / usual_step_s(motion.t_s))
    parts = parts_of(motion.skeleton, settings.noise_model, *motion.skeleton.joints)
    how = Filter(cutoff_hz, settings.fill_gap_s, parts)
    done = smooth(motion.t_s, raw, np.repeat(sigma[..., None], 2, axis=2), how)
    body = body_height_px(np.where(np.isfinite(raw), raw, np.nan), motion.skeleton)
    return Seen(
        instant_frames(motion),
        motion.t_s,
        raw,
        sigma,
        done.values,
        done.sigma[..., 0],
        motion.skeleton,
        1,
        body if body > 0 else None,
        1.0,
        0.0,
        float(np.radians(settings.up_sigma_deg)),
        settings,
        cutoff_hz,
        done.reasons,
        ("filled_gaps",) if done.filled.any() else (),
    )


def instant_frames(motion: Motion) -> Counts:
    """The picture of each instant, (n,): those of the first camera that has another one at every instant, as the camera
    has whose pictures give the instants; the instants' own numbers without one."""
    for frames in motion.frames.T:
        if np.all(frames >= 0) and np.all(np.diff(frames) > 0):
            return np.asarray(frames)
    return np.arange(len(motion), dtype=np.int64)


def _forward(motion: Motion) -> Floats:
    """The unit vector (3,) along the ground that the athlete faces; x of the world where the body does not tell."""
    total = np.zeros(3)
    for joint in ("hip", "shoulder"):
        left, right = motion.skeleton.places(f"left_{joint}", f"right_{joint}")
        across = motion.xyz_m[:, right] - motion.xyz_m[:, left]
        across = across[np.isfinite(across).all(axis=1)]
        if across.size:
            total += np.median(across, axis=0)
    ahead = np.cross([0.0, 0.0, 1.0], total)
    size = float(np.linalg.norm(ahead))
    return np.asarray(ahead / size) if size > 0 else np.array([1.0, 0.0, 0.0])


def parts_of(skeleton: Skeleton, model: str, *joints: str) -> tuple[Parts, ...]:
    """What the noise of ``joints`` consists of, by the table of ``model``."""
    rows = noise_of(skeleton, model)
    found = []
    for place in skeleton.places(*joints):
        row = rows[place]
        whole = row.total**2
        found.append(Parts(row.white**2 / whole, row.slow**2 / whole, row.constant**2 / whole, row.slow_s))
    return tuple(found)

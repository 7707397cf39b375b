"""Cameras that were turned a little since their calibration, put right on the person they film.

A camera that somebody touched, or a stand that settled, sees everything some pixels beside where its calibration says.
The body's points of all views tell by how much: each camera is turned about its own centre (kept, and with it
scale, place and the vertical) until rays meet best, held to the calibration by a prior. The points are eliminated
(Schur's complement; Triggs et al., "Bundle adjustment", 2000). Half of the instants are left out of the fit and say
whether it holds. What one body says, a body model's steady errors say too: calibrating anew is better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from athletes.space.camera import PosedCamera
from athletes.space.paired import Views
from athletes.space.solving import Floats, inverted
from athletes.space.triangulate import Agreement, Points, agreed, at_instants, flat
from touchline.errors import BadValue

LOOSE_RAD = np.radians(1.0)
"""How far a touched camera turns (one standard deviation): a degree is 30 px of a phone's picture."""

ENOUGH = 200
"""Fewer points than this in three views or more do not tell a turned camera from a body model's errors."""

INSTANTS = 120
"""More instants than this tell nothing new."""

PERSISTENT_S = 0.3
"""A body model's error in one instant is still there for about so long: instants nearer than that count as one."""

ROUNDS = 8
SETTLED_RAD = 1e-5
"""A hundredth of a pixel of a phone's picture."""

WORTH = 0.8
"""The held-out distance must become less than this share of what it was, or nothing is changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Realigned:
    """What the fit says. ``cameras`` are turned by ``turn_deg`` (c,) each, or as they were where ``changed`` is False;
    ``before_px`` and ``after_px``: the median distance on instants that were not in the fit; ``offset_px`` (c, 2): by
    how much each camera's picture seemed shifted."""

    cameras: tuple[PosedCamera, ...]
    changed: bool
    turn_deg: Floats
    offset_px: Floats
    before_px: float
    after_px: float


def realigned(views: Views, agreement: Agreement | None = None) -> Realigned:
    """The cameras turned so that the views agree, where that is worth it on instants held out of the fit.

    A turned camera gets a covariance of its turn. Raises ``BadValue`` (``too_few_to_realign``).
    """
    rule = agreement or Agreement()
    some = np.flatnonzero((np.isfinite(views.px[..., 0]).sum(axis=0) >= 2).any(axis=1))
    some = some[np.unique(np.linspace(0, len(some) - 1, INSTANTS).astype(int))] if len(some) > INSTANTS else some
    fit, held = at_instants(views, some[::2]), at_instants(views, some[1::2])
    if (np.isfinite(fit.px[..., 0]).sum(axis=0) >= 3).sum() < ENOUGH:
        raise BadValue("athletes.errors.too_few_to_realign", least=ENOUGH)
    turns = np.zeros((len(views.cameras), 3))
    cov = np.zeros((len(views.cameras), 3, 3))
    offset = np.full((len(views.cameras), 2), np.nan)
    for at in range(ROUNDS):
        turned = _turned(fit, turns)
        points = flat(turned, rule)
        found = agreed(turned, *points, rule)
        if at == 0:
            offset = _offsets(turned, found)
        step, cov = _step(turned, found, points, turns)
        turns += step
        if np.abs(step).max() < SETTLED_RAD:
            break
    before, after = _median(held, rule), _median(_turned(held, turns), rule)
    changed = after < WORTH * before
    cameras = _turned(views, turns).cameras if changed else views.cameras
    if changed:
        cov = cov * _alike(fit.t_s)
        cameras = tuple(replace(camera, cov=_joined(camera, one)) for camera, one in zip(cameras, cov, strict=True))
    return Realigned(cameras, changed, np.degrees(np.linalg.norm(turns, axis=1)), offset, before, after)


def _alike(t_s: Floats) -> float:
    """How many of the instants share one error."""
    return max(1.0, PERSISTENT_S / float(np.median(np.diff(t_s)))) if len(t_s) > 1 else 1.0


def _turned(views: Views, turns: Floats) -> Views:
    return replace(views, cameras=tuple(camera.turned(turn) for camera, turn in zip(views.cameras, turns, strict=True)))


def _median(views: Views, rule: Agreement) -> float:
    found = agreed(views, *flat(views, rule), rule)
    return float(np.nanmedian(np.where(found.used, found.off_px, np.nan)))


def _offsets(views: Views, found: Points) -> Floats:
    """By how many pixels each camera sees the points beside where the others put them, (c, 2), medians."""
    p = len(found.xyz_m)
    seen = views.px.reshape(len(views.cameras), p, 2)
    miss = np.stack([px - camera.project(found.xyz_m) for px, camera in zip(seen, views.cameras, strict=True)])
    return np.asarray(np.nanmedian(np.where(found.used[..., None], miss, np.nan), axis=1))


def _step(views: Views, found: Points, points: tuple[Floats, Floats, Floats], turns: Floats) -> tuple[Floats, Floats]:
    """How much further each camera turns (c, 3), and the covariance of each turn (c, 3, 3)."""
    px, sigma, trust = points
    c = len(views.cameras)
    p = len(found.xyz_m)
    normal, right = np.zeros((p, 3, 3)), np.zeros((p, 3))
    cross, own, pull = np.zeros((c, p, 3, 3)), np.zeros((c, 3, 3)), np.zeros((c, 3))
    for at, camera in enumerate(views.cameras):
        used = found.used[at]
        by_place = np.where(used[:, None, None], camera.slope(found.xyz_m), 0.0)
        by_turn = np.where(used[:, None, None], camera.slope_by_pose(found.xyz_m)[..., :3], 0.0)
        miss = np.where(used[:, None], px[at] - camera.project(found.xyz_m), 0.0)
        # Cauchy's weight: what is far out counts less, without a limit that a first bad guess would cut at.
        ratio = found.off_px[at] / (2 * found.factor * sigma[at])
        w = np.where(used, trust[at] / sigma[at] ** 2 / (1 + ratio**2), 0.0) / found.factor**2
        w = np.nan_to_num(w)[:, None, None]
        normal += (w * by_place).transpose(0, 2, 1) @ by_place
        right += ((w * by_place).transpose(0, 2, 1) @ miss[:, :, None])[:, :, 0]
        cross[at] = (w * by_turn).transpose(0, 2, 1) @ by_place
        own[at] = ((w * by_turn).transpose(0, 2, 1) @ by_turn).sum(axis=0)
        pull[at] = ((w * by_turn).transpose(0, 2, 1) @ miss[:, :, None])[:, :, 0].sum(axis=0)
    inverse = np.nan_to_num(inverted(normal))
    whole, wanted = np.zeros((3 * c, 3 * c)), np.zeros(3 * c)
    for a in range(c):
        left = cross[a] @ inverse
        wanted[3 * a : 3 * a + 3] = pull[a] - (left @ right[:, :, None])[:, :, 0].sum(axis=0)
        for b in range(c):
            whole[3 * a : 3 * a + 3, 3 * b : 3 * b + 3] = -(left @ cross[b].transpose(0, 2, 1)).sum(axis=0)
        whole[3 * a : 3 * a + 3, 3 * a : 3 * a + 3] += own[a]
    prior = np.eye(3 * c) / LOOSE_RAD**2
    step = np.linalg.solve(whole + prior, wanted - turns.ravel() / LOOSE_RAD**2)
    cov = np.linalg.inv(whole + prior)
    blocks = np.stack([cov[3 * a : 3 * a + 3, 3 * a : 3 * a + 3] for a in range(c)])
    return step.reshape(c, 3), blocks


def _joined(camera: PosedCamera, turn: Floats) -> Floats:
    """A camera's covariance with that of the fitted turn in it; the centre's stays what it was."""
    cov = np.zeros((6, 6)) if camera.cov is None else camera.cov.copy()
    cov[:3, :] = 0.0
    cov[:, :3] = 0.0
    cov[:3, :3] = (turn + turn.T) / 2
    return cov

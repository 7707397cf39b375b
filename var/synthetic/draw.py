"""Pictures of the scene: the still stadium once a camera, then people, ball and goals for every instant."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from var.synthetic import kit, stadium
from var.synthetic.camera import Camera, camera_frame, observe
from var.synthetic.figures import People, colours_of
from var.synthetic.flight import RADIUS_M
from var.synthetic.ground import still_picture
from var.synthetic.scene import Scene
from var.synthetic.shapes import SHIFT, SUN, Outline, disc, fixed, local_scale, tube_ends, tube_outlines

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]

SHADOW = 0.42
NOISE_SIGMA = 1.6


def _fill(picture: Picture, outline: Outline, colour: tuple[float, ...]) -> None:
    cv2.fillConvexPoly(picture, outline, colour, cv2.LINE_AA, SHIFT)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a goal as this camera always sees it: how far off, filled outlines with their shade, and cords."""

    depth_m: float
    fills: tuple[tuple[Outline, float], ...] = ()
    cords: tuple[Outline, ...] = ()

    def draw(self, picture: Picture) -> None:
        for outline, shade in self.fills:
            _fill(picture, outline, (shade, shade, shade))
        if self.cords:
            cv2.polylines(picture, list(self.cords), False, (205, 210, 208), 1, cv2.LINE_AA, SHIFT)


class _Goal:
    """A goal's posts, crossbar and net, worked out once for a fixed camera."""

    def __init__(self, camera: Camera, lit: Floats, sign: float, half_l: float) -> None:
        self.pieces: list[_Piece] = []
        for ends, radius_m in stadium.goal_frame_m(sign, half_l):
            dense = ends[0] + np.linspace(0.0, 1.0, 13)[:, None] * (ends[1] - ends[0])
            px, at = observe(camera, dense), camera_frame(camera, dense)
            if not np.isfinite(px).all() or (np.abs(px) > 8000.0).any():
                continue
            radii = local_scale(camera, at) * radius_m
            fills: list[tuple[Outline, float]] = []
            for share, shade, aside in ((1.0, 188.0, 0.0), (0.6, 250.0, 0.3)):
                pairs = np.stack([px[:-1], px[1:]], axis=1) + aside * lit * radii[:-1, None, None]
                outlines = fixed(tube_outlines(pairs, np.stack([radii[:-1], radii[1:]], 1) * share))
                fills += [(outline, shade) for outline in outlines]
            self.pieces.append(_Piece(float(at[:, 2].mean()), fills=tuple(fills)))
        lines = stadium.net_m(sign, half_l)
        seen = [
            px
            for px in (observe(camera, line) for line in lines)
            if np.isfinite(px).all() and (np.abs(px) < 8000).all()
        ]
        if seen:
            depth = float(np.mean([camera_frame(camera, line)[:, 2].mean() for line in lines]))
            self.pieces.append(_Piece(depth, cords=tuple(fixed(px) for px in seen)))


class Painter:
    """Draws one scene for one camera. ``picture(t)`` is the picture at match time ``t``, (h, w, 3) blue-green-red."""

    def __init__(self, scene: Scene, camera: Camera) -> None:
        self.scene, self.camera = scene, camera
        self.still = still_picture(camera, scene)
        self.colours = [colours_of(person) for person in scene.persons]
        self.strokes = [kit.number_strokes(p.number) if p.number else None for p in scene.persons]
        rng = np.random.default_rng([scene.seed, *camera.id.encode()])
        w, h = camera.size_px
        grain = rng.normal(0.0, NOISE_SIGMA, size=(h + 64, w + 64, 1)) + rng.normal(0.0, 0.5, size=(h + 64, w + 64, 3))
        self.grain = np.round(grain).astype(np.int8)
        self.noise = rng
        toward = camera.rotation @ SUN
        self.lit = toward[:2] / max(0.5, float(np.linalg.norm(toward)))
        half_l = scene.pitch_m[0] / 2.0
        self.goals = [_Goal(camera, self.lit, sign, half_l) for sign in (-1.0, 1.0)]

    def picture(self, time_s: float) -> Picture:
        """The picture that the camera takes at match time ``time_s``."""
        picture = self.still.copy()
        bodies = self.scene.points([time_s])[0]
        ball = self.scene.ball_m([time_s])[0]
        self._shadows(picture, bodies, ball)
        jobs: list[tuple[float, int]] = []
        depths = camera_frame(self.camera, bodies)[..., 2].mean(axis=1)
        jobs += [(float(depth), i) for i, depth in enumerate(depths) if depth > 3.0]
        people = People(self.camera, self.lit, bodies, self.colours, self.strokes)
        ball_at = camera_frame(self.camera, ball)
        jobs.append((float(ball_at[2]), -1))
        pieces = [piece for goal in self.goals for piece in goal.pieces]
        jobs += [(piece.depth_m, -2 - i) for i, piece in enumerate(pieces)]
        for _, job in sorted(jobs, reverse=True):
            if job >= 0:
                for shape in people.shapes(job):
                    if shape.thick:
                        cv2.polylines(
                            picture, list(shape.outlines), False, shape.colour, shape.thick, cv2.LINE_AA, SHIFT
                        )
                    else:
                        _fill(picture, shape.outlines[0], shape.colour)
            elif job == -1:
                self._ball(picture, ball, ball_at, time_s)
            else:
                pieces[-2 - job].draw(picture)
        return self._grained(picture)

    def _grained(self, picture: Picture) -> Picture:
        w, h = self.camera.size_px
        x, y = self.noise.integers(0, 64, size=2)
        noisy = cv2.add(picture, self.grain[y : y + h, x : x + w], dtype=cv2.CV_8U)
        return np.asarray(noisy, dtype=np.uint8)

    def _ball(self, picture: Picture, ball: Floats, at: Floats, time_s: float) -> None:
        px = observe(self.camera, ball)
        if not np.isfinite(px).all():
            return
        radius = float(local_scale(self.camera, at)) * RADIUS_M
        circle = disc(20)
        _fill(picture, fixed(px + radius * circle), (170.0, 172.0, 174.0))
        _fill(picture, fixed(px + radius * (0.72 * circle + 0.26 * self.lit)), (252.0, 252.0, 252.0))
        turn = time_s * 21.0  # panels that roll by
        for i in range(3):
            spot = np.array([np.cos(turn + 2.1 * i), np.sin(turn + 2.1 * i)]) * 0.5
            _fill(picture, fixed(px + radius * (spot + 0.2 * circle)), (60.0, 60.0, 60.0))

    def _shadows(self, picture: Picture, bodies: Floats, ball: Floats) -> None:
        """Soft dark shapes where people and ball keep the sun off the grass."""
        a, b, radii = tube_ends(bodies)
        torso = bodies[:, list(kit.TORSO)]
        spine = np.stack([torso[:, :2].mean(1), torso[:, 2:].mean(1)], axis=1)
        head = bodies[:, 0]
        ends = np.concatenate([np.stack([a, b], 2), spine[:, None], np.stack([head, head], 1)[:, None]], axis=1)
        thick = np.concatenate([radii, np.full((len(bodies), 1, 2), 0.17), np.full((len(bodies), 1, 2), 0.11)], axis=1)
        ball_ends = np.broadcast_to(ball, (1, ends.shape[1], 2, 3))
        ends = np.concatenate([ends, ball_ends], axis=0)
        thick = np.concatenate([thick, np.full((1, thick.shape[1], 2), RADIUS_M)], axis=0)
        ground = ends - SUN * (ends[..., 2:] / SUN[2])
        px, at = observe(self.camera, ground), camera_frame(self.camera, ground)
        scale = local_scale(self.camera, np.where(at[..., 2:] > 1.0, at, [0.0, 0.0, 1e6])) * thick
        flat = max(0.2, float(self.camera.position_m[2]) / 45.0)
        w, h = self.camera.size_px
        for who in range(len(ends)):
            if not np.isfinite(px[who]).all():
                continue
            margin = float(scale[who].max()) + 6.0
            low = np.floor(px[who].min(axis=(0, 1)) - margin).astype(int)
            high = np.ceil(px[who].max(axis=(0, 1)) + margin).astype(int)
            x0, y0, x1, y1 = max(0, low[0]), max(0, low[1]), min(w, high[0]), min(h, high[1])
            if x1 - x0 < 4 or y1 - y0 < 4 or (high - low).max() > 900:
                continue
            mask = np.zeros((y1 - y0, x1 - x0), dtype=np.uint8)
            squash = np.array([1.0, min(1.0, 2.0 * flat)])
            middle = px[who].mean(axis=1, keepdims=True)
            outlines = tube_outlines(px[who], scale[who]) - middle
            outlines = outlines * squash + middle if who == len(ends) - 1 else outlines + middle
            count = 1 if who == len(ends) - 1 else len(outlines)
            for outline in fixed(outlines[:count] - np.array([x0, y0])):
                _fill(mask, outline, (255.0,))
            soft = cv2.blur(mask, (5, 3)).astype(np.uint16)
            keep = (256 - (soft * int(SHADOW * 256) >> 8))[..., None]
            part = picture[y0:y1, x0:x1]
            part[:] = (part * keep) >> 8

"""The still world behind the players: grass, boards, stands with a crowd, sky; and the lines and goals as shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from var.synthetic.camera import Camera, rays

Floats = NDArray[np.float64]

LINE_M, POST_M = 0.12, 0.12
GOAL_HALF_M, GOAL_HIGH_M, NET_DEEP_M = 3.66, 2.44, 1.9
BOARD_X_M, BOARD_Y_M, BOARD_HIGH_M = 58.5, 38.5, 0.9
STAND_GAP_M, STAND_SLOPE, STAND_HIGH_M = 2.5, 0.62, 6.5

# Colours are blue, green, red as OpenCV has them, 0 to 255.
GRASS = np.array([62.0, 128.0, 84.0])
TRACK = np.array([72.0, 92.0, 150.0])
SHIRTS = np.array(
    [[50, 45, 190], [60, 60, 200], [170, 120, 40], [235, 235, 235], [210, 205, 200], [45, 45, 50], [40, 190, 225],
     [120, 150, 70], [110, 90, 140], [48, 40, 175]], dtype=float,
)  # fmt: skip


def strips_m(pitch_m: tuple[float, float] = (105.0, 68.0)) -> list[Floats]:
    """The lines, arcs and marks of Law 1 as closed outlines on the ground, each (n, 2) in metres, at most 0.3 m apart.

    Lines belong to the areas they bound: what Law 1 measures ends at a line's *outer* edge (the pitch is 105 m from
    outer edge to outer edge). The halfway line is centred on x = 0, the marks on their spots.
    """
    half_l, half_w = pitch_m[0] / 2.0, pitch_m[1] / 2.0
    out: list[Floats] = []

    def bar(x0: float, y0: float, x1: float, y1: float) -> None:
        n = max(2, int(max(abs(x1 - x0), abs(y1 - y0)) / 0.3) + 1)
        u = np.linspace(0.0, 1.0, n)
        if abs(x1 - x0) >= abs(y1 - y0):
            x = x0 + u * (x1 - x0)
            edges = [np.stack([x, np.full(n, y0)], 1), np.stack([x[::-1], np.full(n, y1)], 1)]
        else:
            y = y0 + u * (y1 - y0)
            edges = [np.stack([np.full(n, x0), y], 1), np.stack([np.full(n, x1), y[::-1]], 1)]
        out.append(np.concatenate(edges))

    def ring(x: float, y: float, radius: float, start: float, end: float) -> None:
        angle = np.linspace(start, end, max(8, int(abs(end - start) * radius / 0.15)))
        outer = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)
        inner = np.stack([x + (radius - LINE_M) * np.cos(angle), y + (radius - LINE_M) * np.sin(angle)], 1)
        out.append(np.concatenate([outer, inner[::-1]]))

    def spot(x: float, y: float) -> None:
        angle = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
        out.append(np.stack([x + 0.11 * np.cos(angle), y + 0.11 * np.sin(angle)], 1))

    for sign in (-1.0, 1.0):
        bar(-half_l, sign * (half_w - LINE_M), half_l, sign * half_w)
        bar(sign * (half_l - LINE_M), -half_w, sign * half_l, half_w)
        for deep, half in ((16.5, 20.16), (5.5, 9.16)):
            front = sign * (half_l - deep)
            bar(front, -half, front + sign * LINE_M, half)
            for edge in (-1.0, 1.0):
                bar(front, edge * (half - LINE_M), sign * half_l, edge * half)
        mark = half_l - 11.0
        spot(sign * mark, 0.0)
        turn = float(np.arccos(5.5 / 9.15))
        middle = np.pi if sign > 0 else 0.0
        ring(sign * mark, 0.0, 9.15, middle - turn, middle + turn)
        for edge in (-1.0, 1.0):
            from_angle = np.arctan2(-edge, -sign)
            ring(sign * half_l, edge * half_w, 1.0, from_angle - np.pi / 4.0, from_angle + np.pi / 4.0)
    bar(-LINE_M / 2.0, -half_w, LINE_M / 2.0, half_w)
    angle = np.linspace(0.0, 2.0 * np.pi, 361)
    for start in (0, 180):  # two halves, because an outline with a hole is not one outline
        part = angle[start : start + 181]
        outer = 9.15 * np.stack([np.cos(part), np.sin(part)], 1)
        out.append(np.concatenate([outer, (outer * (9.15 - LINE_M) / 9.15)[::-1]]))
    spot(0.0, 0.0)
    return out


def goal_frame_m(sign: float, half_l: float) -> list[tuple[Floats, float]]:
    """A goal's posts and crossbar: (two ends (2, 3), radius) in metres; inside it is 7.32 wide and 2.44 high."""
    x, y, z = sign * (half_l - POST_M / 2.0), GOAL_HALF_M + POST_M / 2.0, GOAL_HIGH_M + POST_M / 2.0
    corners = [[x, -y, 0.0], [x, -y, z], [x, y, z], [x, y, 0.0]]
    return [(np.array([corners[i], corners[i + 1]]), POST_M / 2.0) for i in range(3)]


def net_m(sign: float, half_l: float) -> list[Floats]:
    """A goal's net as poly-lines (n, 3) in metres, a cord every 0.3 m or so: a hint of the real mesh."""
    x, deep, y, z = sign * half_l, sign * NET_DEEP_M, GOAL_HALF_M, GOAL_HIGH_M
    profile = np.array([[x, z], [x + 0.45 * deep, z], [x + deep, 0.0]])
    lines = [np.column_stack([profile[:, 0], np.full(3, at), profile[:, 1]]) for at in np.linspace(-y, y, 25)]
    for u in np.linspace(0.0, 1.0, 9):
        if u > 0:
            back = profile[1] + u * (profile[2] - profile[1])
            lines.append(np.array([[back[0], -y, back[1]], [back[0], y, back[1]]]))
        high = np.array([x, z * (1 - u)])
        far = np.array([x + deep * (0.45 + 0.55 * u), z * (1 - u)])
        lines += [np.array([[high[0], side, high[1]], [far[0], side, far[1]]]) for side in (-y, y)]
    return lines


class _Noise:
    """A tile of smooth noise about zero, looked up at any scale."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.white = rng.standard_normal((512, 512)).astype(np.float32)
        spectrum = np.fft.rfft2(rng.standard_normal((512, 512)))
        fy, fx = np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512)[None, :]
        soft = np.fft.irfft2(spectrum * np.exp(-((np.hypot(fx, fy) * 24.0) ** 2)), s=(512, 512))
        self.soft = (soft / soft.std()).astype(np.float32)

    def at(self, x: Floats, y: Floats, step: float, *, soft: bool = False) -> Floats:
        """Noise with one tile pixel every ``step`` metres."""
        i, j = np.floor(x / step).astype(np.int64) % 512, np.floor(y / step).astype(np.int64) % 512
        return (self.soft if soft else self.white)[i, j].astype(float)


def _grass(x: Floats, y: Floats, noise: _Noise, pitch_m: tuple[float, float]) -> Floats:
    """Mown stripes across the pitch, wear, blades, and a running track beyond."""
    stripe = np.where(np.floor((x + 52.5) / 5.25) % 2 == 0, 1.07, 0.95)
    light = stripe * (1.0 + 0.035 * noise.at(x, y, 0.05) + 0.045 * noise.at(x, y, 0.12, soft=True))
    light *= 1.0 + 0.03 * noise.at(x, y, 0.8, soft=True)
    out = GRASS * light[..., None]
    beyond = (np.abs(x) > pitch_m[0] / 2.0 + 4.0) | (np.abs(y) > pitch_m[1] / 2.0 + 3.0)
    track = TRACK * (1.0 + 0.03 * noise.at(x, y, 0.06))[..., None]
    return np.where(beyond[..., None], track, out)


def _crowd(along: Floats, up: Floats, noise: _Noise) -> Floats:
    """Rows of seats, most of them taken: a shirt, a head, or an empty seat; ``up`` is metres along the slope."""
    row, seat = np.floor(up / 0.85), np.floor(along / 0.55)
    u, v = along / 0.55 - seat, up / 0.85 - row
    shade = noise.at(seat, row, 1.0)
    kind = (np.abs(np.floor(noise.at(seat + 77.0, row, 1.0) * 7919.0)).astype(int)) % len(SHIRTS)
    out = np.broadcast_to(np.array([96.0, 92.0, 88.0]), (*u.shape, 3)) * np.where(v < 0.12, 0.6, 1.0)[..., None]
    seated = shade > -0.55
    shirt = seated & (np.abs(u - 0.5) < 0.42) & (v > 0.05) & (v < 0.66)
    head = seated & (((u - 0.5) / 0.2) ** 2 + ((v - 0.76) / 0.17) ** 2 < 1.0)
    out = np.where(shirt[..., None], SHIRTS[kind] * (0.75 + 0.12 * np.clip(shade, -1, 2))[..., None], out)
    skin = np.array([100.0, 132.0, 178.0]) * (0.8 + 0.1 * np.clip(shade, -1, 2))[..., None]
    return np.where(head[..., None], np.where((v > 0.80)[..., None], 45.0, skin), out) * 0.82


def _sky(sight: Floats, noise: _Noise) -> Floats:
    """Haze over a row of trees."""
    angle = np.arctan2(sight[..., 1], sight[..., 0])
    high = sight[..., 2]
    trees = 0.035 + 0.008 * noise.at(angle, np.zeros_like(angle), 0.004, soft=True)
    trees += 0.0015 * noise.at(angle, np.zeros_like(angle), 0.0008, soft=True)
    shade = noise.at(angle, high, 0.0006, soft=True) + 0.5 * noise.at(angle, high, 0.00025, soft=True)
    leaf = np.array([66.0, 92.0, 70.0]) * (0.8 + 0.12 * shade)[..., None]
    sky = np.array([228.0, 214.0, 196.0]) - np.clip(high, 0.0, 0.5)[..., None] * np.array([10.0, 60.0, 110.0])
    return np.where((high < trees)[..., None], leaf, sky)


def background(
    camera: Camera, board: NDArray[np.uint8], pitch_m: tuple[float, float] = (105.0, 68.0), seed: int = 3
) -> NDArray[np.uint8]:
    """The empty stadium without lines, (h, w, 3) blue-green-red, one sight line a pixel through the real lens.

    ``board`` (h, w, 3) is the picture on the advertising boards; it repeats every ten times its height in metres.
    """
    w, h = camera.size_px
    noise = _Noise(seed)
    out = np.zeros((h, w, 3), dtype=np.uint8)
    eye = camera.position_m
    for top in range(0, h, 135):  # in bands, so that the memory stays small
        rows = np.arange(top, min(top + 135, h))
        u, v = np.meshgrid(np.arange(w, dtype=float), rows.astype(float))
        sight = rays(camera, np.stack([u, v], axis=-1))
        out[rows] = np.clip(_shade(eye, sight, board, noise, pitch_m), 0, 255).astype(np.uint8)
    return out


def _shade(eye: Floats, sight: Floats, board: NDArray[np.uint8], noise: _Noise, pitch_m: tuple[float, float]) -> Floats:
    colour = _sky(sight, noise)
    nearest = np.full(sight.shape[:2], np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = -eye[2] / sight[..., 2]
        x, y = (eye[c] + reach * sight[..., c] for c in (0, 1))
        hit = (reach > 0) & (np.abs(x) < BOARD_X_M + STAND_GAP_M) & (np.abs(y) < BOARD_Y_M + STAND_GAP_M)
        x, y = np.where(hit, x, 0.0), np.where(hit, y, 0.0)
        colour = np.where(hit[..., None], _grass(x, y, noise, pitch_m), colour)
        nearest = np.where(hit, reach, nearest)
        for axis, edge in ((1, BOARD_Y_M), (1, -BOARD_Y_M), (0, BOARD_X_M), (0, -BOARD_X_M)):
            other, out = 1 - axis, np.sign(edge)
            limit = BOARD_X_M if axis == 1 else BOARD_Y_M
            # The stand: a slope that begins behind the boards and ends in a back wall's top.
            foot = abs(edge) + STAND_GAP_M
            outward = out * sight[..., axis]
            reach = (STAND_SLOPE * (out * eye[axis] - foot) - eye[2]) / (sight[..., 2] - STAND_SLOPE * outward)
            z = eye[2] + reach * sight[..., 2]
            along = eye[other] + reach * sight[..., other]
            hit = (reach > 0) & (reach < nearest) & (z > 0) & (z < STAND_HIGH_M) & (outward > 0)
            hit &= np.abs(along) < limit + STAND_GAP_M + z / STAND_SLOPE
            along = np.where(hit, along, 0.0)
            up = np.where(hit, z, 0.0) / STAND_SLOPE * np.hypot(1.0, STAND_SLOPE)
            colour = np.where(hit[..., None], _crowd(along, up, noise), colour)
            nearest = np.where(hit, reach, nearest)
            reach = (edge - eye[axis]) / sight[..., axis]
            z = eye[2] + reach * sight[..., 2]
            along = eye[other] + reach * sight[..., other]
            hit = (
                (reach > 0) & (reach < nearest) & (z > 0) & (z < BOARD_HIGH_M) & (np.abs(along) < limit) & (outward > 0)
            )
            flip = out if axis == 1 else -out  # the writing reads from the pitch
            s = np.where(hit, (along * flip / (10.0 * BOARD_HIGH_M)) % 1.0, 0.0)
            t = np.where(hit, 1.0 - z / BOARD_HIGH_M, 0.0)
            row = np.minimum((t * board.shape[0]).astype(int), board.shape[0] - 1)
            column = np.minimum((s * board.shape[1]).astype(int), board.shape[1] - 1)
            colour = np.where(hit[..., None], board[row, column], colour)
            nearest = np.where(hit, reach, nearest)
    return colour

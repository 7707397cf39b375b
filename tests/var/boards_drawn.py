"""Pictures of boards by a camera that is known exactly, drawn for the lens tests: antialiased, blurred, with noise."""

from __future__ import annotations

import cv2
import numpy as np

from var.measure.boards import Picture, View, grid
from var.measure.camera import Array, bend, rotations, straighten

SIZE = (640, 360)
K = np.array([[560.0, 0, 327.3], [0, 560.0, 176.4], [0, 0, 1]])
DIST = np.array([-0.22, 0.06, 0.0, 0.0, 0.0])
COLUMNS, ROWS = 9, 6


def theta_of(k: Array = K, dist: Array = DIST) -> Array:
    theta = np.zeros(11)
    theta[:5] = np.log(k[0, 0]), dist[0], dist[1], k[0, 2], k[1, 2]
    return theta


def corners_of(pose: tuple[Array, Array], places: Array, k: Array = K, dist: Array = DIST) -> Array:
    """Exact pixels (n, 2) of board places (n, 2)."""
    rotation, shift = rotations(pose[0][None])[0], pose[1]
    seen = np.column_stack([places, np.zeros(len(places))]) @ rotation.T + shift
    return np.asarray(bend(seen[:, :2] / seen[:, 2:], dist[:2], dist[2:5]) * np.diag(k)[:2] + k[:2, 2])


def poses(
    random: np.random.Generator, count: int, *, tilt: float = 0.45, k: Array = K, dist: Array = DIST
) -> list[tuple[Array, Array]]:
    """``count`` poses of boards that the picture shows with their white rim, everywhere in it."""
    middle = np.array([(COLUMNS - 1) / 2, (ROWS - 1) / 2, 0.0])
    rim = np.array([[-1.6, -1.6], [COLUMNS + 0.6, -1.6], [-1.6, ROWS + 0.6], [COLUMNS + 0.6, ROWS + 0.6]])
    found: list[tuple[Array, Array]] = []
    while len(found) < count:
        rvec = np.array([*random.uniform(-tilt, tilt, 2), random.uniform(-0.3, 0.3)])
        depth = random.uniform(12.0, 22.0)
        aim = np.array([random.uniform(-0.5, 0.5) * SIZE[0] / 560, random.uniform(-0.5, 0.5) * SIZE[1] / 560, 1.0])
        pose = rvec, depth * aim - rotations(rvec[None])[0] @ middle
        pixels = corners_of(pose, rim, k, dist)
        if (pixels > 1).all() and (pixels < np.array(SIZE) - 2).all():
            found.append(pose)
    return found


def exact_views(random: np.random.Generator, taken: list[tuple[Array, Array]], sigma_px: float) -> list[View]:
    """What a finder with independent errors of ``sigma_px`` would find."""
    places = grid(COLUMNS, ROWS)
    pixels = [corners_of(pose, places) for pose in taken]
    return [View(f"{i}.png", p + random.normal(0, sigma_px, p.shape), places) for i, p in enumerate(pixels)]


class Drawer:
    """Draws boards as the camera ``k``, ``dist`` sees them; the sight lines are computed once."""

    def __init__(self, k: Array = K, dist: Array = DIST) -> None:
        v, u = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
        pixels = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float64)
        xy = straighten(pixels, theta_of(k, dist), dist[2:5])
        self.rays = np.column_stack([xy, np.ones(len(xy))])

    def _places(self, pose: tuple[Array, Array]) -> Array:
        """Where on the board each pixel looks, (height, width, 2) in squares."""
        rotation = rotations(pose[0][None])[0]
        back = np.linalg.inv(np.column_stack([rotation[:, :2], pose[1]]))
        met = self.rays @ back.T
        return np.asarray((met[:, :2] / met[:, 2:]).reshape(SIZE[1], SIZE[0], 2))

    def chessboard(self, pose: tuple[Array, Array], random: np.random.Generator, noise: float = 3.0) -> Picture:
        """A chessboard with a white rim before a cluttered grey background."""
        at = self._places(pose)
        waves = []
        for axis in (0, 1):
            place = at[..., axis]
            step = np.hypot(np.gradient(place, axis=0), np.gradient(place, axis=1))  # squares a pixel
            # Distance to the nearest edge, signed by the colour: an edge of one pixel's width lies in its middle.
            waves.append(np.clip(2 * (np.abs((place + 0.5) % 2 - 1) - 0.5) / step, -1, 1))
        board = 120 - 90 * waves[0] * waves[1]
        inside = [((at[..., i] > -1) & (at[..., i] < n)) for i, n in ((0, COLUMNS), (1, ROWS))]
        paper = [((at[..., i] > -1.6) & (at[..., i] < n + 0.6)) for i, n in ((0, COLUMNS), (1, ROWS))]
        clutter = cv2.resize(random.uniform(40, 200, (12, 20)), SIZE, interpolation=cv2.INTER_LINEAR)
        drawn = np.where(inside[0] & inside[1], board, np.where(paper[0] & paper[1], 215.0, clutter))
        return self._sensor(drawn, random, noise)

    def charuco(self, pose: tuple[Array, Array], random: np.random.Generator, noise: float = 3.0) -> Picture:
        """A ChArUco board of 5 x 5 markers that fill 0.7 of their square."""
        side = 60
        known = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
        board = cv2.aruco.CharucoBoard((COLUMNS + 1, ROWS + 1), 1.0, 0.7, known)
        sheet = board.generateImage((side * (COLUMNS + 1), side * (ROWS + 1)))
        at = ((self._places(pose) + 1) * side - 0.5).astype(np.float32)
        seen = cv2.remap(sheet, at[..., 0], at[..., 1], cv2.INTER_AREA, borderValue=190)
        return self._sensor(seen.astype(np.float64), random, noise)

    def _sensor(self, drawn: Array, random: np.random.Generator, noise: float) -> Picture:
        soft = cv2.GaussianBlur(drawn, (0, 0), 0.7) + random.normal(0, noise, drawn.shape)
        return np.clip(np.round(soft), 0, 255).astype(np.uint8)

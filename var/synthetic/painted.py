"""Pictures of a painted pitch with exact truth in some hundredths of a second: lines as crooked as real ones, mow
stripes, people in the way, boards behind; for accuracy over many cameras and for cameras that pan.

``var.synthetic.draw`` renders what a match looks like; here only what a search for lines can be right or wrong about
is drawn: each polygon at twice the size and then made smaller, so that edges fall where they belong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from var.measure.courses import WAYS, courses
from var.measure.curves import HALF_WIDTH_M
from var.measure.pitch import Pitch
from var.measure.surface import lift
from var.synthetic.camera import Camera, observe, rotation_of, rvec_of

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]

GRASS, MOWN, CHALK = (62, 128, 84), (66, 137, 90), (232, 240, 236)  # blue, green, red
SHIRTS = ((50, 45, 190), (200, 120, 40), (235, 235, 235), (45, 45, 50))
SHIFT, TWICE = 4, 2


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A painted pitch: outlines (n, 2) in metres of stripes of one width, each lying somewhat wrong, and people as
    (x, y, shirt). Its middle is ``crown_m`` higher than its touchlines."""

    pitch: Pitch
    stripes: tuple[Floats, ...]
    people: tuple[tuple[float, float, int], ...]
    crown_m: float = 0.0

    def seen(self, camera: Camera, places_m: Floats) -> Floats:
        """Where ``camera`` has places (n, 3) whose z is a height above the ground, (n, 2); NaN where it does not."""
        return observe(camera, lift(places_m, self.crown_m, self.pitch.width_m))


def ground(
    pitch: Pitch,
    random: np.random.Generator,
    *,
    stripe_m: float = 0.12,
    paint_sigma_m: float = 0.0,
    people: int = 22,
    crown_m: float = 0.0,
) -> Ground:
    """A pitch with stripes ``stripe_m`` wide whose ends, centres and radii are off by ``paint_sigma_m``, flat or with
    a crown."""
    paint = courses(pitch)
    off = random.normal(0.0, 1.0, (len(paint.names), WAYS)) * paint_sigma_m
    shift = (stripe_m / 2 - HALF_WIDTH_M) * paint.widens + (off[paint.owner] * paint.wrong).sum(axis=1)
    middle = paint.places_m + shift[:, None] * paint.across
    half = stripe_m / 2 * paint.across
    stripes = []
    for number in range(len(paint.names)):
        own = paint.owner == number
        stripes.append(np.concatenate([(middle - half)[own], (middle + half)[own][::-1]])[:, :2])
    x, y = pitch.length_m / 2, pitch.width_m / 2
    who = [(random.uniform(-x, x), random.uniform(-y, y), int(random.integers(len(SHIRTS)))) for _ in range(people)]
    return Ground(pitch, tuple(stripes), tuple(who), crown_m)


def painted_picture(camera: Camera, scene: Ground, random: np.random.Generator, blur_px: float = 0.7) -> Picture:
    """What ``camera`` sees of ``scene``, (h, w, 3) blue-green-red, blurred by ``blur_px`` and noisy."""
    import cv2

    w, h = camera.size_px
    big = np.empty((h * TWICE, w * TWICE, 3), dtype=np.uint8)
    big[:] = (150, 140, 130)  # behind the pitch
    x, y = scene.pitch.length_m / 2, scene.pitch.width_m / 2
    _fill(big, camera, scene, _rectangle(-x - 4, -y - 4, x + 4, y + 4), GRASS)
    for left in np.arange(-x, x, 10.5):
        _fill(big, camera, scene, _rectangle(left, -y, left + 5.25, y), MOWN)
    for stripe in scene.stripes:
        _fill(big, camera, scene, stripe, CHALK)
    for side in (-1.0, 1.0):  # a white board along the far side, which is no line
        _fill(
            big,
            camera,
            scene,
            np.array([[side * x, y + 5, 0.0], [0, y + 5, 0], [0, y + 5, 0.9], [side * x, y + 5, 0.9]]),
            CHALK,
        )
    for u, v, shirt in sorted(scene.people, key=lambda one: -one[1]):
        _person(big, camera, scene, (u, v), SHIRTS[shirt])
    picture = cv2.resize(big, (w, h), interpolation=cv2.INTER_AREA)
    picture = cv2.GaussianBlur(picture, (0, 0), blur_px)
    noise = random.normal(0.0, 3.0, (h // 4 + 1, w, 1)).astype(np.int16)
    grain = np.concatenate([noise] * 4)[:h]  # the same rows of noise four times: quick, and nothing here sees it
    return np.asarray(np.clip(picture + grain, 0, 255), dtype=np.uint8)


def _rectangle(left: float, low: float, right: float, high: float) -> Floats:
    u, v = np.linspace(left, right, 60), np.linspace(low, high, 60)
    return np.concatenate(
        [
            np.stack([u, np.full(60, low)], 1),
            np.stack([np.full(60, right), v], 1),
            np.stack([u[::-1], np.full(60, high)], 1),
            np.stack([np.full(60, left), v[::-1]], 1),
        ]
    )


def _fill(big: Picture, camera: Camera, scene: Ground, outline: Floats, colour: tuple[int, int, int]) -> None:
    """Fill an outline (n, 2) or (n, 3) as far as it is before the camera."""
    import cv2

    places = np.c_[outline, np.zeros(len(outline))] if outline.shape[1] == 2 else outline
    half = len(places) // 2
    px = scene.seen(camera, places)
    near = np.array([bool(np.isfinite(row).all() and (np.abs(row) < 20000).all()) for row in px])
    if not near.all():  # a strip is cut where a column of it is not seen; anything else goes without those corners
        both = near[:half] & near[half:][::-1]
        near = np.concatenate([both, both[::-1]]) if len(places) == 2 * half and len(places) > 240 else near
    px = px[near]
    if len(px) < 3:
        return
    wide = ((px + 0.5) * TWICE - 0.5) * 2**SHIFT
    cv2.fillPoly(big, [np.round(wide).astype(np.int32)], colour, cv2.LINE_8, SHIFT)


def _person(big: Picture, camera: Camera, scene: Ground, at: tuple[float, float], shirt: tuple[int, int, int]) -> None:
    import cv2

    foot, knee, head = scene.seen(camera, np.array([[*at, 0.0], [*at, 0.9], [*at, 1.8]]))
    if not np.isfinite([*foot, *head]).all() or np.abs(foot).max() > 5000:
        return
    thick = max(2, round(0.28 * float(np.linalg.norm(head - foot)) * TWICE))
    for begin, end, colour, width in ((foot, knee, (60, 60, 70), thick // 2), (knee, head, shirt, thick)):
        a, b = (tuple(int(value) for value in np.round(point * TWICE)) for point in (begin, end))
        cv2.line(big, a, b, colour, max(1, width))
    boot = tuple(int(value) for value in np.round(foot * TWICE))
    cv2.circle(big, boot, max(1, thick // 3), (245, 245, 245), -1)  # white boots


def turned(camera: Camera, pan_deg: float, tilt_deg: float = 0.0, zoom: float = 1.0) -> Camera:
    """``camera`` in its place, turned about the upright by ``pan_deg``, then up by ``tilt_deg``, and zoomed."""
    turn = (
        rotation_of([np.deg2rad(tilt_deg), 0.0, 0.0]) @ camera.rotation @ rotation_of([0.0, 0.0, np.deg2rad(pan_deg)])
    )
    (fx, skew, cx), (_, fy, cy), last = camera.k
    rvec, tvec = rvec_of(turn), -turn @ camera.position_m
    return replace(
        camera,
        k=((fx * zoom, skew * zoom, cx), (0.0, fy * zoom, cy), last),
        rvec=(float(rvec[0]), float(rvec[1]), float(rvec[2])),
        tvec_m=(float(tvec[0]), float(tvec[1]), float(tvec[2])),
    )

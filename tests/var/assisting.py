"""A rendered picture with known people, for the tests of the assistance: nothing here needs a model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from var.assist.people import Person
from var.assist.poses import PLACES, Body, Point
from var.measure.calibrate import Mark, calibrate
from var.measure.calibration import Calibration
from var.measure.pitch import Pitch
from var.synthetic.attack import attack_scene
from var.synthetic.camera import Camera, ground_cameras, observe
from var.synthetic.draw import Painter
from var.synthetic.scene import Scene

SEED = 7


@dataclass(frozen=True)
class Shown:
    """One camera's picture at the kick: ``points`` are everybody's body points in pixels who is wholly in it, ``boxes``
    what a detector would put around them."""

    scene: Scene
    camera: Camera
    calibration: Calibration
    picture: np.ndarray
    points: dict[str, dict[str, np.ndarray]]
    boxes: dict[str, tuple[float, float, float, float]]


@lru_cache(maxsize=2)
def shown(camera_id: str = "cam2") -> Shown:
    """The picture of a camera at the kick, with a calibration from exact marks of the pitch."""
    scene = attack_scene(0.34, SEED)
    camera = next(one for one in ground_cameras() if one.id == camera_id)
    width, height = camera.size_px
    marks = []
    for name, place in Pitch().points.items():
        u, v = observe(camera, np.array([place]))[0]
        if 0 < u < width and 0 < v < height:
            marks.append(Mark(name, place, (float(u), float(v)), 0.5))
    points, boxes = {}, {}
    for person, body in scene.body_points(scene.kick_s).items():
        pixels = observe(camera, np.array(list(body.values())))
        if np.isfinite(pixels).all() and (pixels > 20).all() and (pixels < np.array([width, height]) - 20).all():
            points[person] = dict(zip(body, pixels, strict=True))
            (left, top), (right, bottom) = pixels.min(axis=0), pixels.max(axis=0)
            tall = bottom - top  # the head's centre is 7 % below its top
            boxes[person] = (float(left - 3), float(top - 0.07 * tall), float(right + 3), float(bottom + 0.02 * tall))
    picture = Painter(scene, camera).picture(float(scene.kick_s))
    return Shown(scene, camera, calibrate(marks, camera.size_px, Pitch()), np.asarray(picture), points, boxes)


def people_of(seen: Shown) -> dict[str, Person]:
    """Everybody as a detector would have found him, without a place."""
    return {person: Person(box, 0.9) for person, box in seen.boxes.items()}


def body_of(points: dict[str, Any], sigma_px: float = 2.0, confidence: float = 0.9) -> Body:
    """A body with exactly the true points."""
    made = []
    for part, side, _ in PLACES:
        u, v = points[f"{side}_{part.value}" if side else part.value]
        made.append(Point(part, side, (float(u), float(v)), confidence, sigma_px))
    return Body(tuple(made), 0.99)

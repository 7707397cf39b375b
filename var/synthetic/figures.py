"""People in a picture: everybody's outlines at one instant, worked out together, handed out part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from var.synthetic import kit
from var.synthetic.camera import Camera, camera_frame, observe
from var.synthetic.scene import Person
from var.synthetic.shapes import Outline, disc, fixed, local_scale, tube_ends, tube_outlines

Floats = NDArray[np.float64]
Colour = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A filled convex outline, or with ``thick`` strokes of that many pixels."""

    outlines: tuple[Outline, ...]
    colour: Colour
    thick: int = 0


@dataclass(frozen=True, slots=True)
class Colours:
    """A person's colours by wear, dark and light of each."""

    dark: dict[str, tuple[float, ...]]
    light: dict[str, tuple[float, ...]]
    number: tuple[float, ...]


def colours_of(person: Person) -> Colours:
    """The shaded colours of a person."""
    worn = kit.kit_of(person)
    plain = {
        "shirt": worn.shirt,
        "shorts": worn.shorts,
        "socks": worn.socks,
        "boots": worn.boots,
        "skin": kit.SKIN[person.skin],
        "hair": kit.HAIR[person.hair],
    }
    dark = {name: tuple(0.62 * c for c in colour) for name, colour in plain.items()}
    light = {name: tuple(min(255.0, 1.0 * c + 6.0) for c in colour) for name, colour in plain.items()}
    return Colours(dark, light, worn.number)


class People:
    """The outlines of ``bodies`` (persons, 18, 3) for a camera; ``lit`` (2,) points to the light in the picture."""

    def __init__(
        self,
        camera: Camera,
        lit: Floats,
        bodies: Floats,
        colours: list[Colours],
        numbers: list[Floats | None],
    ) -> None:
        self.camera, self.lit, self.colours, self.numbers = camera, lit, colours, numbers
        a, b, radii = tube_ends(bodies)
        ends = np.stack([a, b], axis=2)
        at = camera_frame(camera, ends)
        safe = np.where(at[..., 2:] > 1.0, at, [0.0, 0.0, 1e6])
        px = observe(camera, ends)
        wide = local_scale(camera, safe) * radii
        self.depth = at[..., 2].mean(axis=2)
        shift = lit * 0.30 * wide.mean(axis=-1)[..., None, None]
        ok = np.nan_to_num(px, nan=-1e4).clip(-1e4, 1e5)
        self.dark = fixed(tube_outlines(ok, wide))
        self.light = fixed(tube_outlines(ok + shift, wide * 0.62))
        points = observe(camera, bodies)
        self.points = points
        self.point_at = camera_frame(camera, bodies)
        w, h = camera.size_px
        inside = (points > -60.0) & (points < np.array([w + 60.0, h + 60.0]))
        self.seen = [bool(np.isfinite(p).all() and i.all(axis=-1).any()) for p, i in zip(points, inside, strict=True)]

    def shapes(self, who: int) -> Iterator[Shape]:
        """What to draw of one person, far parts first; nothing where he is out of the picture."""
        if not self.seen[who]:
            return
        colours = self.colours[who]
        torso = float(self.point_at[who, list(kit.TORSO), 2].mean())
        head = float(self.point_at[who, 0, 2])
        jobs = [(float(depth), i) for i, depth in enumerate(self.depth[who])] + [(torso, -1), (head - 0.02, -2)]
        for _, job in sorted(jobs, reverse=True):
            if job == -1:
                yield from self._torso(who, colours)
            elif job == -2:
                yield from self._head(who, colours)
            else:
                wear = kit.TUBES[job].wear
                yield Shape((self.dark[who, job],), colours.dark[wear])
                yield Shape((self.light[who, job],), colours.light[wear])

    def _scale(self, who: int, part: int) -> float:
        return float(local_scale(self.camera, self.point_at[who, part]))

    def _front(self, who: int) -> tuple[Floats, float]:
        """Where the chest looks (unit vector in the camera's frame), and 1 for a back, -1 for a chest that is seen."""
        left, right, right_hip, left_hip = self.point_at[who, list(kit.TORSO)]
        front = np.cross(right - left, left_hip + right_hip - left - right)
        front /= np.linalg.norm(front)
        return front, float(front @ left) / float(np.linalg.norm(left))

    def _torso(self, who: int, colours: Colours) -> Iterator[Shape]:
        from cv2 import convexHull

        corners = self.points[who, list(kit.TORSO)]
        radii = np.array([self._scale(who, p) * r for p, r in zip(kit.TORSO, kit.TORSO_RADII_M, strict=True)])
        middle = corners.mean(axis=0)
        for share, table, aside in ((1.0, colours.dark, 0.0), (0.66, colours.light, 0.22)):
            ring = middle + (corners - middle) * (0.5 + 0.5 * share) + aside * self.lit * radii.mean()
            cloud = (ring[:, None] + disc(12) * radii[:, None, None] * share).reshape(-1, 2).astype(np.float32)
            yield Shape((fixed(np.asarray(convexHull(cloud)[:, 0], dtype=float)),), table["shirt"])
        strokes, (_, away) = self.numbers[who], self._front(who)
        if strokes is None or abs(away) < 0.3 or radii[0] < 2.0:
            return
        a, b, b_hip, a_hip = corners if away > 0 else corners[[1, 0, 3, 2]]
        x, y = strokes[..., :1], strokes[..., 1:]
        on = (a + x * (b - a)) * (1.0 - y) + (a_hip + x * (b_hip - a_hip)) * y
        yield Shape(tuple(fixed(on)), colours.number, thick=max(1, round(float(radii[0]) / 3.0)))

    def _head(self, who: int, colours: Colours) -> Iterator[Shape]:
        circle = disc(16) * [0.86, 1.0]
        centre, radius = self.points[who, 0], self._scale(who, 0) * kit.HEAD_RADIUS_M
        front, back = self._front(who)
        yield Shape((fixed(centre + radius * circle),), colours.dark["hair"])
        if back < 0.75:
            look = np.array([0.34 * float(front[0]), 0.22]) * radius
            size = 0.86 if back < 0.3 else 0.62
            yield Shape((fixed(centre + look + radius * size * circle * [0.92, 0.86]),), colours.dark["skin"])
            lighter = centre + look + radius * (0.62 * size * circle + 0.18 * self.lit)
            yield Shape((fixed(lighter),), colours.light["skin"])

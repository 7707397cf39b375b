"""The truth beside a rendered match: who was where and when, written once and read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchline.errors import BadFile, BadValue
from touchline.files import sha256_of
from touchline.origin import Origin
from var.model import AttackDirection
from var.synthetic.body import PARTS
from var.synthetic.camera import Camera
from var.synthetic.scene import Scene
from var.synthetic.sound import SPEED_OF_SOUND_MPS, whistle_heard_s, whistle_place_m

Floats = NDArray[np.float64]

SCHEMA = 1
GRID_HZ = 100
JSON_NAME, ARRAYS_NAME = "truth.json", "truth.npz"


@dataclass(frozen=True, eq=False)
class Truth:
    """All that is known about a rendered match. Lengths in metres of the pitch frame, instants in match time.

    ``points_m`` (times, persons, parts, 3) and ``ball_m`` (times, 3) on ``times_s``, 100 a second; ``attacker_m`` and
    ``defender_m`` are the governing points at the kick itself. ``media`` names each camera's file and its SHA-256.
    """

    origin: Origin
    pitch_m: tuple[float, float]
    cameras: tuple[Camera, ...]
    media: dict[str, tuple[str, str]]
    kick_s: Fraction
    whistle_s: Fraction
    whistle_heard_s: dict[str, float]
    attack: AttackDirection
    margin_m: float
    attacker_id: str
    attacker_part: str
    attacker_m: tuple[float, float, float]
    defender_id: str
    defender_part: str
    defender_m: tuple[float, float, float]
    passer_id: str
    seed: int
    persons: tuple[dict[str, Any], ...]
    parts: tuple[str, ...]
    times_s: Floats
    points_m: Floats
    ball_m: Floats

    def camera(self, camera_id: str) -> Camera:
        """A camera by its id. Raises ``BadValue`` for one that is not of this match."""
        for camera in self.cameras:
            if camera.id == camera_id:
                return camera
        raise BadValue("var.errors.no_such_camera", camera=camera_id, match=JSON_NAME)

    def body_points(self, time_s: float | Fraction) -> dict[str, dict[str, Floats]]:
        """Each person's points (3,) by name, linear between the grid's instants.

        A swinging foot is hurled by up to some 300 m/s^2, so this is off by at most 300 / 8 / 100^2, about 4 mm; body
        and standing feet by far less. NaN outside the grid.
        """
        at = (float(time_s) - self.times_s[0]) * GRID_HZ
        if not 0.0 <= at <= len(self.times_s) - 1:
            now = np.full(self.points_m.shape[1:], np.nan)
        else:
            i = min(int(at), len(self.times_s) - 2)
            now = self.points_m[i] + (at - i) * (self.points_m[i + 1] - self.points_m[i])
        return {str(p["id"]): dict(zip(self.parts, now[n], strict=True)) for n, p in enumerate(self.persons)}


def document(
    scene: Scene, cameras: tuple[Camera, ...], media: dict[str, Path], names: dict[str, str]
) -> dict[str, Any]:
    """The truth without its arrays as a JSON-ready document; exact numbers are ``"numerator/denominator"``."""
    attacker_part, attacker = scene.governing(scene.attacker_id, scene.kick_s)
    defender_part, defender = scene.governing(scene.defender_id, scene.kick_s)
    return {
        "schema": SCHEMA,
        "origin": str(Origin.SIMULATED),
        "pitch_m": list(scene.pitch_m),
        "cameras": [camera.document() | {"frames": camera.frames()} for camera in cameras],
        "media": {key: {"file": names[key], "sha256": sha256_of(path)} for key, path in media.items()},
        "kick_s": str(scene.kick_s),
        "whistle_s": str(scene.whistle_s),
        "whistle_m": whistle_place_m(scene).tolist(),
        "whistle_heard_s": {camera.id: whistle_heard_s(scene, camera) for camera in cameras},
        "speed_of_sound_mps": SPEED_OF_SOUND_MPS,
        "attack": str(scene.attack),
        "margin_m": scene.margin_m,
        "attacker": {"id": scene.attacker_id, "part": attacker_part, "at_m": attacker.tolist()},
        "defender": {"id": scene.defender_id, "part": defender_part, "at_m": defender.tolist()},
        "passer": scene.passer_id,
        "seed": scene.seed,
        "persons": [
            {"id": p.id, "side": str(p.side), "task": str(p.task), "number": p.number, "height_m": p.height_m}
            for p in scene.persons
        ],
        "arrays": ARRAYS_NAME,
    }


def write_arrays(path: Path, scene: Scene, from_s: Fraction, to_s: Fraction) -> None:
    """Write every body point and the ball, 100 times a second, to ``path`` (.npz, single precision: 4 micrometres)."""
    first, last = int(np.floor(float(from_s) * GRID_HZ)), int(np.ceil(float(to_s) * GRID_HZ))
    times = np.arange(first, last + 1) / GRID_HZ
    with path.open("wb") as stream:
        np.savez_compressed(
            stream,
            times_s=times,
            points_m=scene.points(times).astype(np.float32),
            ball_m=scene.ball_m(times).astype(np.float32),
            persons=np.array([person.id for person in scene.persons]),
            parts=np.array(PARTS),
        )


def load_truth(folder: Path) -> Truth:
    """The truth of the match that was rendered into ``folder``.

    Raises ``BadFile`` where it is missing, of another schema, or does not fit together.
    """
    try:
        made = json.loads((folder / JSON_NAME).read_text("utf-8"))
        if made["schema"] != SCHEMA:
            raise ValueError(f"schema {made['schema']}")
        with np.load(folder / str(made["arrays"]), allow_pickle=False) as arrays:
            held = {name: arrays[name] for name in ("times_s", "points_m", "ball_m", "persons", "parts")}
        if [str(name) for name in held["persons"]] != [str(person["id"]) for person in made["persons"]]:
            raise ValueError("persons differ")
        attacker, defender = made["attacker"], made["defender"]
        return Truth(
            origin=Origin(made["origin"]),
            pitch_m=(float(made["pitch_m"][0]), float(made["pitch_m"][1])),
            cameras=tuple(Camera.from_document(camera) for camera in made["cameras"]),
            media={str(key): (str(item["file"]), str(item["sha256"])) for key, item in made["media"].items()},
            kick_s=Fraction(made["kick_s"]),
            whistle_s=Fraction(made["whistle_s"]),
            whistle_heard_s={str(key): float(value) for key, value in made["whistle_heard_s"].items()},
            attack=AttackDirection(made["attack"]),
            margin_m=float(made["margin_m"]),
            attacker_id=str(attacker["id"]),
            attacker_part=str(attacker["part"]),
            attacker_m=_place(attacker["at_m"]),
            defender_id=str(defender["id"]),
            defender_part=str(defender["part"]),
            defender_m=_place(defender["at_m"]),
            passer_id=str(made["passer"]),
            seed=int(made["seed"]),
            persons=tuple(made["persons"]),
            parts=tuple(str(part) for part in held["parts"]),
            times_s=held["times_s"],
            points_m=held["points_m"].astype(float),
            ball_m=held["ball_m"].astype(float),
        )
    except BadFile:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError) as fault:
        raise BadFile("var.errors.not_a_truth", folder=folder, fault=fault) from fault


def _place(values: list[float]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z

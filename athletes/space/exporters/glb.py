"""A motion as animated glTF 2.0 in one file (.glb): a ball a joint, a rod a bone.

Written here, because what it needs is a header of JSON and rows of floats: pygltflib (MIT) would bring seven packages
for it. A joint or bone that is not known at an instant is scaled to nothing, so that it is hidden and not guessed; the
scene's extras say so, and where the motion comes from. glTF is y up, in metres; the root turns the world's z up.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from athletes.pose.model import Floats, Motion
from athletes.space.solving import places_known
from touchline.errors import BadValue

JOINT_M = 0.022
ROD_M = 0.012
SIDES = 8
TURNED_UP = [-(0.5**0.5), 0.0, 0.0, 0.5**0.5]
"""A quarter turn about x, as a quaternion (x, y, z, w): z up becomes y up."""

COLOURS = {"left": [0.12, 0.55, 0.85, 1.0], "right": [0.90, 0.45, 0.10, 1.0], "middle": [0.75, 0.75, 0.75, 1.0]}
FLOAT, UNSIGNED = 5126, 5125
ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963


class _File:
    """Accessors and the bytes behind them, as they come."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add(self, values: np.ndarray, kind: str, *, target: int | None = None) -> int:
        """The accessor of ``values``: float32 or uint32, kind "SCALAR", "VEC3" or "VEC4"."""
        whole = values.astype("<u4" if values.dtype.kind in "iu" else "<f4")
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": whole.nbytes}
        if target is not None:
            view["target"] = target
        self.data += whole.tobytes()
        self.views.append(view)
        flat = whole.reshape(len(whole), -1)
        self.accessors.append(
            {
                "bufferView": len(self.views) - 1,
                "componentType": UNSIGNED if whole.dtype.kind == "u" else FLOAT,
                "count": len(whole),
                "type": kind,
                "min": flat.min(axis=0).tolist(),
                "max": flat.max(axis=0).tolist(),
            }
        )
        return len(self.accessors) - 1


def glb(motion: Motion, name: str) -> bytes:
    """The motion as one binary glTF file. Raises ``BadValue`` (``nothing_to_export``) where no joint is ever known."""
    known = places_known(motion.xyz_m)
    if not known.any():
        raise BadValue("athletes.errors.nothing_to_export")
    file, skeleton = _File(), motion.skeleton
    times = file.add(motion.t_s - motion.t_s[0], "SCALAR")
    ball, rod = _ball(), _rod()
    materials = list(COLOURS)
    meshes = [_mesh(file, shape, kind, at) for kind, shape in (("joint", ball), ("bone", rod)) for at in range(3)]
    nodes: list[dict[str, Any]] = [{"name": name or "motion", "rotation": TURNED_UP, "children": []}]
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []

    def moved(node: int, path: str, values: Floats, how: str) -> None:
        kind = "VEC4" if path == "rotation" else "VEC3"
        samplers.append({"input": times, "output": file.add(values, kind), "interpolation": how})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

    def added(node_name: str, mesh: int) -> int:
        nodes.append({"name": node_name, "mesh": mesh})
        nodes[0]["children"].append(len(nodes) - 1)
        return len(nodes) - 1

    for place, joint in enumerate(skeleton.joints):
        if known[:, place].any():
            node = added(joint, materials.index(_side(joint)))
            moved(node, "translation", _held(motion.xyz_m[:, place], known[:, place]), "LINEAR")
            moved(node, "scale", np.repeat(known[:, place, None].astype(float), 3, axis=1), "STEP")
    for a, b in skeleton.bones:
        both = known[:, a] & known[:, b]
        if both.any():
            names = (skeleton.joints[a], skeleton.joints[b])
            sides = {_side(one) for one in names}
            node = added("-".join(names), 3 + materials.index(sides.pop() if len(sides) == 1 else "middle"))
            along = _held(motion.xyz_m[:, b] - motion.xyz_m[:, a], both)
            long = np.linalg.norm(along, axis=1)
            moved(node, "translation", _held(motion.xyz_m[:, a], both), "LINEAR")
            moved(node, "rotation", _from_y(along), "LINEAR")
            moved(node, "scale", np.stack([both, both * long, both], axis=1).astype(float), "STEP")
    return _bytes(
        {
            "asset": {"version": "2.0", "generator": "touchline motion export"},
            "scene": 0,
            "scenes": [
                {
                    "name": name or "motion",
                    "nodes": [0],
                    "extras": {
                        "origin": motion.origin.value,
                        "method": motion.method,
                        "units": "m",
                        "gaps": "hidden by scale 0",
                        "begins_s": float(motion.t_s[0]),
                    },
                }
            ],
            "nodes": nodes,
            "meshes": meshes,
            "materials": [_material(side) for side in materials],
            "animations": [{"name": "motion", "samplers": samplers, "channels": channels}],
        },
        file,
    )


def _bytes(document: dict[str, Any], file: _File) -> bytes:
    """Header, JSON chunk, binary chunk (glTF 2.0, 4.4)."""
    whole = {
        **document,
        "accessors": file.accessors,
        "bufferViews": file.views,
        "buffers": [{"byteLength": len(file.data)}],
    }
    text = json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 4)
    data = bytes(file.data) + b"\0" * (-len(file.data) % 4)
    length = 12 + 8 + len(text) + 8 + len(data)
    parts = [struct.pack("<4sII", b"glTF", 2, length), struct.pack("<I4s", len(text), b"JSON"), text]
    return b"".join([*parts, struct.pack("<I4s", len(data), b"BIN\0"), data])


def _side(joint: str) -> str:
    return next((side for side in ("left", "right") if side in joint), "middle")


def _material(side: str) -> dict[str, Any]:
    look = {"baseColorFactor": COLOURS[side], "metallicFactor": 0.0, "roughnessFactor": 0.8}
    return {"name": side, "pbrMetallicRoughness": look}


def _held(values: Floats, known: np.ndarray) -> Floats:
    """``values`` (n, 3) with the nearest known before (or after) in gaps, where nothing is shown."""
    places = np.where(known, np.arange(len(known)), -1)
    before = np.maximum.accumulate(places)
    first = int(np.flatnonzero(known)[0])
    return np.asarray(values[np.where(before < 0, first, before)])


def _from_y(along: Floats) -> Floats:
    """Quaternions (n, 4) that turn +y to ``along`` (n, 3), each on the side of the one before."""
    unit = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    turned = np.stack(
        [unit[:, 2], np.zeros(len(unit)), -unit[:, 0], 1 + unit[:, 1]], axis=1
    )  # y x along, 1 + y . along
    norm = np.linalg.norm(turned, axis=1, keepdims=True)
    turned = np.where(norm > 1e-6, turned / np.maximum(norm, 1e-6), [1.0, 0.0, 0.0, 0.0])
    signs = np.where((turned[1:] * turned[:-1]).sum(axis=1) < 0, -1.0, 1.0)
    turned[1:] *= np.cumprod(signs)[:, None]
    return np.asarray(turned)


def _mesh(file: _File, shape: tuple[Floats, Floats, np.ndarray], kind: str, material: int) -> dict[str, Any]:
    points, normals, faces = shape
    primitive = {
        "attributes": {
            "POSITION": file.add(points, "VEC3", target=ARRAY_BUFFER),
            "NORMAL": file.add(normals, "VEC3", target=ARRAY_BUFFER),
        },
        "indices": file.add(faces.ravel(), "SCALAR", target=ELEMENT_BUFFER),
        "material": material,
    }
    return {"name": f"{kind}_{material}", "primitives": [primitive]}


def _ball() -> tuple[Floats, Floats, np.ndarray]:
    """A ball of radius ``JOINT_M``: points, normals, triangles."""
    rings = 6
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    height = np.pi * np.arange(1, rings) / rings
    ring = np.stack(
        [
            np.outer(np.sin(height), np.cos(angle)).ravel(),
            np.repeat(np.cos(height), SIDES),
            np.outer(np.sin(height), np.sin(angle)).ravel(),
        ],
        axis=1,
    )
    normals = np.vstack([[0.0, 1.0, 0.0], ring, [0.0, -1.0, 0.0]])
    last = len(normals) - 1
    faces = []
    for side in range(SIDES):
        after = (side + 1) % SIDES
        faces.append((0, 1 + after, 1 + side))
        faces.append((last, last - SIDES + side, last - SIDES + after))
        for row in range(rings - 2):
            a, b = 1 + row * SIDES + side, 1 + row * SIDES + after
            faces += [(a, b, a + SIDES), (b, b + SIDES, a + SIDES)]
    return JOINT_M * normals, normals, np.array(faces)


def _rod() -> tuple[Floats, Floats, np.ndarray]:
    """A rod from the origin to (0, 1, 0), open at its ends, which lie inside joints."""
    angle = 2 * np.pi * np.arange(SIDES) / SIDES
    round_ = np.stack([np.cos(angle), np.zeros(SIDES), np.sin(angle)], axis=1)
    points = np.vstack([ROD_M * round_, ROD_M * round_ + [0.0, 1.0, 0.0]])
    faces = []
    for side in range(SIDES):
        after = (side + 1) % SIDES
        faces += [(side, side + SIDES, after), (after, side + SIDES, after + SIDES)]
    return points, np.vstack([round_, round_]), np.array(faces)

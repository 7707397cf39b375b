"""The scene as a GLB file (glTF 2.0, ISO/IEC 12113): an open format that every 3-D programme reads."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from var.stage.shapes import Part

UPRIGHT = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""From the pitch frame, where z is up, to glTF's, where y is up and z comes forward."""


def glb(parts: Sequence[Part], about: dict[str, Any]) -> bytes:
    """The parts as one file, each a mesh of its own name; ``about`` goes into the scene's ``extras``."""
    trimesh: Any = import_module("trimesh")  # half of it is typed
    scene = trimesh.Scene(metadata=about)
    for part in parts:
        material = trimesh.visual.material.PBRMaterial(
            name=part.name,
            baseColorFactor=np.array(part.colour, dtype=np.uint8),
            metallicFactor=0.0,
            roughnessFactor=0.9,
            doubleSided=True,
            alphaMode="OPAQUE" if part.colour[3] == 255 else "BLEND",
        )
        mesh = trimesh.Trimesh(part.vertices, part.faces, process=False)
        mesh.visual = trimesh.visual.TextureVisuals(uv=None, material=material)
        scene.add_geometry(mesh, node_name=part.name, geom_name=part.name)
    scene.apply_transform(UPRIGHT)
    return bytes(scene.export(file_type="glb", include_normals=True))

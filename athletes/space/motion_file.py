"""A motion in space as a file: ``.npz``, arrays only (nothing of it is executed), with a version."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.model import BODY33, Motion, Skeleton
from athletes.space.bones import Bone, bone_from
from athletes.space.faults import Fault
from athletes.space.held_bones import Bones
from touchline.errors import BadFile, TouchlineError
from touchline.files import write_bytes
from touchline.origin import Origin

KIND = "touchline motion"
VERSION = 1
LARGEST_BYTES = 4 << 30
"""More than that no motion file may unpack to: a day of one person at 60 a second."""

_ARRAYS = {
    "t_s": np.float64,
    "xyz_m": np.float64,
    "cov_m2": np.float64,
    "residual_px": np.float64,
    "views": np.int64,
    "frames": np.int64,
}


@dataclass(frozen=True, slots=True, eq=False)
class MotionFile:
    """A motion, ``notes``: keys below ``athletes.space.note`` of what whoever reads it must know, what was done with
    the lengths of its bones, and its limbs as they were measured before that (none where nobody said)."""

    motion: Motion
    notes: tuple[str, ...] = ()
    bones_how: Bones = Bones.FREE
    bones: tuple[Bone, ...] = ()


def write_motion(path: Path, found: MotionFile) -> None:
    """Write a motion to ``path``, whole or not at all; every number is kept to the last bit."""
    write_bytes(path, motion_bytes(found))


def motion_bytes(found: MotionFile) -> bytes:
    """A motion as the content of a file."""
    motion = found.motion
    skeleton = motion.skeleton
    head = {
        "kind": KIND,
        "version": VERSION,
        "cameras": list(motion.cameras),
        "origin": motion.origin.value,
        "method": motion.method,
        "notes": list(found.notes),
        "bones_how": found.bones_how.value,
        "bones": [bone.document() for bone in found.bones],
        "skeleton": {
            "name": skeleton.name,
            "joints": list(skeleton.joints),
            "bones": [list(pair) for pair in skeleton.bones],
            "mirrored": [list(pair) for pair in skeleton.mirrored],
        },
    }
    arrays: dict[str, Any] = {name: np.asarray(getattr(motion, name), dtype=kind) for name, kind in _ARRAYS.items()}
    arrays["head"] = np.frombuffer(json.dumps(head, ensure_ascii=False).encode("utf-8"), dtype=np.uint8)
    made = io.BytesIO()
    np.savez_compressed(made, **arrays)
    return made.getvalue()


def read_motion(path: Path) -> MotionFile:
    """The motion in ``path``. Raises ``BadFile`` (``unreadable_motion``, ``bad_motion_file``)."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise BadFile("athletes.errors.unreadable_motion", path=path.name, fault=fault.strerror) from fault
    return motion_from(data, path.name)


def motion_from(data: bytes, name: str) -> MotionFile:
    """The motion in the content of a file called ``name``. Raises ``BadFile`` (``bad_motion_file``)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            size = sum(member.file_size for member in bundle.infolist())
        if size > LARGEST_BYTES:
            raise _bad(name, "too_large")
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            head = json.loads(bytes(held["head"]).decode("utf-8"))
            arrays = {key: held[key] for key in _ARRAYS}
        if head["kind"] != KIND:
            raise _bad(name, "not_a_motion")
        if head["version"] != VERSION:
            raise _bad(name, "other_version", version=str(head["version"])[:20])
        for key, kind in _ARRAYS.items():
            if arrays[key].dtype != kind:
                raise _bad(name, "damaged")
        motion = Motion(
            **arrays,
            cameras=tuple(str(camera) for camera in head["cameras"]),
            origin=Origin(head["origin"]),
            method=str(head["method"]),
            skeleton=_skeleton(head["skeleton"]),
        )
        notes = tuple(str(note) for note in head["notes"])
        before = Bones.CONSTANT if "constant_bones" in notes else Bones.FREE  # files of before told it in notes alone
        bones_how = Bones(head.get("bones_how", before))
        bones = tuple(bone_from(told) for told in head.get("bones", ()))
    except BadFile:
        raise
    except TouchlineError as fault:  # shapes that do not fit
        raise _bad(name, "damaged") from fault
    except (OSError, EOFError, zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError) as fault:
        raise _bad(name, "not_a_motion") from fault
    except Exception as fault:  # whatever numpy makes of a damaged head, which it parses as Python
        raise _bad(name, "damaged") from fault
    return MotionFile(motion, notes, bones_how, bones)


def _bad(name: str, kind: str, **params: Any) -> BadFile:
    return BadMotionFile(name, Fault(name, kind, params))


class BadMotionFile(BadFile):
    """A file that is no motion, or not a whole one."""

    def __init__(self, path: str, fault: Fault) -> None:
        self.path, self.fault = path, fault
        super().__init__("athletes.errors.bad_motion_file", path=path)

    def __reduce__(self) -> tuple[Any, ...]:
        return BadMotionFile, (self.path, self.fault)

    def detail(self, lang: str = "en") -> str:
        """What is wrong, in ``lang``."""
        return self.fault.said(lang)


def _skeleton(found: dict[str, Any]) -> Skeleton:
    joints = tuple(str(joint) for joint in found["joints"])
    made = Skeleton(
        str(found["name"]), joints, _pairs(found["bones"], len(joints)), _pairs(found["mirrored"], len(joints))
    )
    return BODY33 if made == BODY33 else made


def _pairs(found: Any, count: int) -> tuple[tuple[int, int], ...]:
    pairs = tuple((int(a), int(b)) for a, b in found)
    if any(not 0 <= place < count for pair in pairs for place in pair):
        raise ValueError("a bone without joints")
    return pairs

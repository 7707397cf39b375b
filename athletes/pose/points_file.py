"""People followed through recordings, as a file: ``.npz``, arrays only, versioned; docs/formats.md describes it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from athletes.pose.model import BODY33, Skeleton, Track
from touchline.errors import BadFile, NotFound, TouchlineError
from touchline.files import write_bytes
from touchline.origin import Origin

VERSION = 1
KIND = "touchline points"
LIMIT_BYTES = 4 << 30
"""More than that no array of a points file says it holds: two days of one person at 30 frames a second."""

_ARRAYS = ("frames", "t_s", "px", "confidence", "sigma_px")


def write_points(path: Path, tracks: Sequence[Track]) -> None:
    """Write ``tracks`` to ``path``, whole or not at all. All floats are kept to the last bit."""
    write_bytes(path, points_bytes(tracks))


def read_points(path: Path) -> tuple[Track, ...]:
    """The tracks in ``path``. Raises ``NotFound``, and ``BadFile`` with the reason for what is no points file."""
    if not path.is_file():
        raise NotFound("athletes.errors.no_points_file", path=path.name)
    return tracks_of(path.read_bytes(), path.name)


def points_bytes(tracks: Sequence[Track]) -> bytes:
    """``tracks`` as the content of a points file."""
    head = {"kind": KIND, "version": VERSION, "tracks": [_head(track) for track in tracks]}
    arrays: dict[str, Any] = {"head": np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8)}
    for place, track in enumerate(tracks):
        arrays |= {f"{name}_{place}": getattr(track, name) for name in _ARRAYS}
    made = io.BytesIO()
    np.savez_compressed(made, **arrays)
    return made.getvalue()


def tracks_of(content: bytes, name: str) -> tuple[Track, ...]:
    """The tracks in the content of a points file that is called ``name``. Raises ``BadFile`` with the reason."""
    with _opened(content, name) as (heads, held):
        return tuple(
            _track(one, {each: held[f"{each}_{place}"] for each in _ARRAYS}) for place, one in enumerate(heads)
        )


def people_in(content: bytes, name: str) -> tuple[tuple[int, Skeleton], ...]:
    """The number and the skeleton of each track of a points file, without its points. Raises as ``tracks_of``."""
    with _opened(content, name) as (heads, _):
        return tuple((int(one["person"]), _skeleton(one["skeleton"])) for one in heads)


@contextlib.contextmanager
def _opened(content: bytes, name: str) -> Iterator[tuple[list[dict[str, Any]], Any]]:
    """The heads of the tracks in a points file, and its arrays, each read when it is asked for; whatever goes wrong
    meanwhile is ``BadFile``."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:  # a small file may say that it is huge
            if sum(member.file_size for member in bundle.infolist()) > LIMIT_BYTES:
                raise BadFile("athletes.errors.bad_points_file", path=name, reason="size")
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            head = json.loads(bytes(held["head"]).decode())
            if head["kind"] != KIND:
                raise BadFile("athletes.errors.bad_points_file", path=name, reason="kind")
            if head["version"] != VERSION:
                raise BadFile("athletes.errors.points_version", path=name, version=head["version"], known=VERSION)
            yield head["tracks"], held
    except BadFile:
        raise
    except TouchlineError as fault:  # shapes or times that do not fit
        raise BadFile("athletes.errors.bad_points_file", path=name, reason=str(fault)) from fault
    except Exception as fault:  # whatever zipfile, numpy and json make of foreign bytes
        raise BadFile("athletes.errors.bad_points_file", path=name, reason=type(fault).__name__) from fault


def _head(track: Track) -> dict[str, Any]:
    skeleton = track.skeleton
    return {
        "person": track.person,
        "size_px": list(track.size_px),
        "origin": track.origin.value,
        "method": track.method,
        "skeleton": skeleton.name
        if skeleton == BODY33
        else {
            "name": skeleton.name,
            "joints": list(skeleton.joints),
            "bones": [list(bone) for bone in skeleton.bones],
            "mirrored": [list(pair) for pair in skeleton.mirrored],
        },
    }


def _track(head: dict[str, Any], arrays: dict[str, Any]) -> Track:
    width, height = head["size_px"]
    return Track(
        person=int(head["person"]),
        size_px=(int(width), int(height)),
        origin=Origin(head["origin"]),
        method=str(head["method"]),
        skeleton=_skeleton(head["skeleton"]),
        **arrays,
    )


def _skeleton(told: Any) -> Skeleton:
    if told == BODY33.name:
        return BODY33
    places = range(len(told["joints"]))
    bones = tuple((places[a], places[b]) for a, b in told["bones"])  # a place that there is not raises
    mirrored = tuple((places[a], places[b]) for a, b in told["mirrored"])
    return Skeleton(str(told["name"]), tuple(map(str, told["joints"])), bones, mirrored)

"""Calibrations that other programs wrote, known by their content: Qualisys, Pose2Sim, Caliscope. Pose2Sim's is written
too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from athletes.space.camera import PosedCamera
from athletes.space.faults import BadCalibration, Fault
from touchline.errors import BadFile, NotFound

LARGEST_BYTES = 10 << 20
FARTHEST_M = 300.0
"""Cameras farther from the origin than this are not in metres: no team films one athlete from there."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Cameras with the ``form`` they were written in. ``notes`` are keys below ``athletes.space.note`` of what whoever
    uses them must know."""

    cameras: tuple[PosedCamera, ...]
    form: str
    notes: tuple[str, ...] = ()

    def camera(self, name: str) -> PosedCamera:
        """The camera of that name. Raises ``NotFound``, which names those there are."""
        for camera in self.cameras:
            if camera.name == name:
                return camera
        raise NotFound("athletes.errors.no_such_camera", camera=name, cameras=", ".join(c.name for c in self.cameras))


def read_calibration(path: Path) -> Calibration:
    """The cameras in a calibration file. Raises ``BadFile`` (``unreadable_calibration``, ``not_a_calibration``) and
    ``BadCalibration`` with all faults."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadFile("athletes.errors.not_a_calibration", path=path.name)
        data = path.read_bytes()
    except OSError as fault:
        raise BadFile("athletes.errors.unreadable_calibration", path=path.name, fault=fault.strerror) from fault
    return calibration_from(data, path.name)


def calibration_from(data: bytes, name: str) -> Calibration:
    """The cameras in the bytes of a calibration file called ``name``. Raises as ``read_calibration`` does."""
    from athletes.space.qualisys import read_qualisys
    from athletes.space.toml_cameras import read_toml

    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    read = read_qualisys if text.startswith(b"<") else read_toml
    found = read(data, name)
    faults = _together(found.cameras)
    if faults:
        raise BadCalibration(name, faults)
    return found


def cameras_or_faults(
    name: str, form: str, made: Sequence[tuple[str, Mapping[str, object]]], notes: Sequence[str] = ()
) -> Calibration:
    """Cameras of the fields (``PosedCamera``'s) that were read of each. Raises ``BadCalibration`` with all faults."""
    from athletes.space.faults import BadCamera

    cameras, faults = [], []
    for where, fields in made:
        try:
            cameras.append(PosedCamera(**fields))  # type: ignore[arg-type]
        except BadCamera as bad:
            faults += [fault.below(where) for fault in bad.faults]
    if faults:
        raise BadCalibration(name, faults)
    return Calibration(tuple(cameras), form, tuple(notes))


def write_pose2sim(cameras: Sequence[PosedCamera]) -> str:
    """The cameras as Pose2Sim's ``Calib.toml``; distortion with five numbers where the fifth is not zero."""
    lines = []
    for camera in cameras:
        dist = camera.dist if camera.dist[4] else camera.dist[:4]
        lines += [
            f"[{_toml_key(camera.name)}]",
            f"name = {_toml_text(camera.name)}",
            f"size = {_list([float(side) for side in camera.size_px])}",
            f"matrix = [{', '.join(_list(row) for row in camera.K)}]",
            f"distortions = {_list(dist)}",
            f"rotation = {_list(_rotation_vector(camera.R))}",
            f"translation = {_list(camera.t_m)}",
            "fisheye = false",
            "",
        ]
    return "\n".join([*lines, "[metadata]", "adjusted = false", "error = 0.0", ""])


def _rotation_vector(R: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_matrix(R).as_rotvec())


def _list(values: Sequence[float] | np.ndarray) -> str:
    return f"[{', '.join(repr(float(value)) for value in values)}]"


def _toml_key(name: str) -> str:
    return name if name and all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in name) else _quoted(name)


def _toml_text(text: str) -> str:
    return _quoted(text)


def _quoted(text: str) -> str:
    import json

    # JSON's strings are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _together(cameras: Sequence[PosedCamera]) -> list[Fault]:
    """What is wrong with cameras that are right one by one."""
    if not cameras:
        return [Fault("cameras", "no_cameras")]
    names = [camera.name for camera in cameras]
    faults = [Fault(name, "twice") for name in sorted(set(names)) if names.count(name) > 1]
    far = [camera.name for camera in cameras if np.linalg.norm(camera.centre_m) > FARTHEST_M]
    return faults + [Fault(f"{name}.translation", "not_metres", {"limit": FARTHEST_M}) for name in far]

"""Cameras in TOML: Pose2Sim's ``Calib.toml`` (also AniPose's and FreeMoCap's, a table a camera) and Caliscope's
``camera_array.toml`` (tables below ``cameras``).

Both write the world-to-camera rotation as Rodrigues' vector (Caliscope's older files as a matrix) and OpenCV's
distortion. Read from Pose2Sim 0.10 (``calibration.toml_write``) and Caliscope (``cameras/camera_array.py``).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from typing import Any

import numpy as np

from athletes.space.calibrations import Calibration, cameras_or_faults
from athletes.space.faults import BadCalibration, Fault
from touchline.errors import BadFile

SIDE_LIMIT_PX = 100_000


def read_toml(data: bytes, name: str) -> Calibration:
    """The cameras in a TOML file. Raises ``BadFile`` (``not_a_calibration``), ``BadCalibration``."""
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        raise BadFile("athletes.errors.not_a_calibration", path=name) from fault
    tables = document.get("cameras")
    caliscope = isinstance(tables, dict)
    if not caliscope:
        tables = {key: value for key, value in document.items() if isinstance(value, dict) and "matrix" in value}
        if not tables:
            raise BadFile("athletes.errors.not_a_calibration", path=name)
    faults: list[Fault] = []
    made: list[tuple[str, Mapping[str, object]]] = []
    notes: list[str] = ["caliscope_up"] if caliscope else []
    for key, table in tables.items():  # type: ignore[union-attr]
        where = f"cameras.{key}" if caliscope else key
        if not isinstance(table, dict):
            faults.append(Fault(where, "not_a_table"))
            continue
        if caliscope and (
            table.get("ignore") is True or _nothing(table.get("rotation")) or _nothing(table.get("translation"))
        ):
            notes.append("unposed_left_out")
            continue
        called = f"cam_{key}" if caliscope else str(table.get("name", key))
        made.append((where, {"name": called, **_fields(table, where, faults)}))
    if faults:
        raise BadCalibration(name, faults)
    return cameras_or_faults(name, "caliscope" if caliscope else "pose2sim", made, tuple(dict.fromkeys(notes)))


def _nothing(value: Any) -> bool:
    return value is None or value == "null" or value == []


def _fields(table: Mapping[str, Any], where: str, faults: list[Fault]) -> dict[str, object]:
    """What a table says of its camera; what is wrong goes to ``faults``."""
    if table.get("fisheye") is True:
        faults.append(Fault(f"{where}.fisheye", "fisheye"))
    size = _numbers(table.get("size"), (2,))
    if size is None or not all(side == round(side) and 0 < side <= SIDE_LIMIT_PX for side in size):
        faults.append(Fault(f"{where}.size", "bad_size"))
    fields: dict[str, Any] = {
        "K": _numbers(table.get("matrix"), (3, 3)),
        "t_m": _numbers(table.get("translation"), (3,)),
    }
    for field, key, count in (("K", "matrix", 9), ("t_m", "translation", 3)):
        if fields[field] is None:
            faults.append(Fault(f"{where}.{key}", "not_numbers", {"count": count}))
    dist = next((found for n in (4, 5) if (found := _numbers(table.get("distortions"), (n,))) is not None), None)
    if dist is None:
        faults.append(Fault(f"{where}.distortions", "distortions"))
    turn = _numbers(table.get("rotation"), (3,))
    matrix = _numbers(table.get("rotation"), (3, 3))
    if turn is None and matrix is None:
        faults.append(Fault(f"{where}.rotation", "not_numbers", {"count": 3}))
    if faults:
        return {}
    assert size is not None
    assert dist is not None
    return {
        **fields,
        "size_px": (int(size[0]), int(size[1])),
        "dist": np.concatenate([dist, np.zeros(5 - len(dist))]),
        "R": matrix if turn is None else _turned(turn),
    }


def _turned(turn: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(turn).as_matrix())


def _numbers(value: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    """``value`` as finite numbers of that shape, or None."""
    flat = _flat(value, shape)
    return None if flat is None else np.array(flat, dtype=np.float64).reshape(shape)


def _flat(value: Any, shape: tuple[int, ...]) -> list[float] | None:
    if not shape:
        good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
        return [float(value)] if good and math.isfinite(value) else None
    if not isinstance(value, list) or len(value) != shape[0]:
        return None
    parts = [_flat(part, shape[1:]) for part in value]
    return None if any(part is None for part in parts) else [number for part in parts for number in part or ()]

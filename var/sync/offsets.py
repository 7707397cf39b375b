"""The offsets of a match as a small file: the answer of ``touchline sync`` with the cameras' names and hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from touchline.cli import plain, read_json
from touchline.errors import BadFile, BadValue
from touchline.files import write_bytes
from var.model import Clip
from var.sync.model import Estimate, Method, Status

VERSION = 1


def numbers(estimate: Estimate) -> dict[str, Any]:
    """The numbers of an estimate as the command prints them; null where there are none."""
    return {
        "offset_s": None if estimate.offset_s is None else float(estimate.offset_s),
        "rate": None if estimate.rate is None else float(estimate.rate),
        "sigma_s": estimate.sigma_s,
        "method": estimate.method.value,
        "score": estimate.score,
        "status": estimate.status.value,
    }


def kept(estimate: Estimate) -> dict[str, Any]:
    """An estimate as a JSON-ready document that ``from_kept`` reads without loss."""
    return {
        **numbers(estimate),
        "exact": None if estimate.offset_s is None else [str(estimate.offset_s), str(estimate.rate)],
        "reason": estimate.reason,
        "facts": plain(estimate.facts),
    }


def from_kept(document: Mapping[str, Any]) -> Estimate:
    """The estimate that ``kept`` wrote. Raises ``BadValue`` where it is none."""
    try:
        exact = document["exact"]
        return Estimate(
            Method(document["method"]),
            Status(document["status"]),
            None if exact is None else Fraction(exact[0]),
            None if exact is None else Fraction(exact[1]),
            None if document["sigma_s"] is None else float(document["sigma_s"]),
            None if document["score"] is None else float(document["score"]),
            str(document["reason"]),
            dict(document["facts"]),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError, OverflowError) as fault:
        raise BadValue("var.errors.bad_offsets", fault=_said(fault)) from fault


def _said(fault: Exception) -> str:
    return f"{fault} is missing" if isinstance(fault, KeyError) else str(fault)


@dataclass(frozen=True, slots=True)
class Offsets:
    """What a file of offsets holds: the reference camera, the cameras' estimates, and the hashes of all recordings."""

    reference: str
    estimates: dict[str, Estimate]
    sha256: dict[str, str]


def write(path: Path, reference: str, clips: Sequence[Clip], estimates: Mapping[str, Estimate]) -> None:
    """Write a file of offsets, whole or not at all. Raises ``BadFile`` where it cannot be written."""
    by_camera = {clip.camera_id: clip for clip in clips}
    document = {
        "touchline_offsets": VERSION,
        "reference": str(by_camera[reference].path),
        "reference_camera": reference,
        "reference_sha256": by_camera[reference].sha256,
        "clips": [
            {"camera": camera, "path": str(by_camera[camera].path), "sha256": by_camera[camera].sha256, **kept(found)}
            for camera, found in estimates.items()
        ],
    }
    try:
        write_bytes(path, (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode())
    except OSError as fault:
        raise BadFile("var.errors.offsets_unwritable", path=path, fault=fault.strerror or fault) from fault


def read(path: Path) -> Offsets:
    """The offsets in a file. Raises ``BadFile`` where it is no JSON, ``BadValue`` where it holds no offsets."""
    document = read_json(str(path))
    try:
        if document["touchline_offsets"] != VERSION:
            raise ValueError(f"version {document['touchline_offsets']}")
        reference = str(document["reference_camera"])
        rows = {str(row["camera"]): row for row in document["clips"]}
        hashes = {reference: str(document["reference_sha256"])}
        hashes |= {camera: str(row["sha256"]) for camera, row in rows.items()}
    except (KeyError, TypeError, ValueError) as fault:
        raise BadValue("var.errors.bad_offsets", fault=_said(fault)) from fault
    return Offsets(reference, {camera: from_kept(row) for camera, row in rows.items()}, hashes)

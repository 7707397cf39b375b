"""An analysis as bytes, and back: a JSON document and the curves' arrays in one NumPy archive without pickles."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

from athletes.kinematics.model import Analysis, Curve, Event, Finding, Movement, Side
from touchline.errors import BadFile
from touchline.measure import Measurement

VERSION = 1
_ROWS = ("frames", "t_s", "value", "sigma")


def write_analysis(analysis: Analysis) -> bytes:
    """``analysis`` as bytes that ``read_analysis`` takes."""
    told = {"version": VERSION, **analysis.document()}
    arrays: dict[str, Any] = {"document": np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), np.uint8)}
    for place, curve in enumerate(analysis.curves):
        arrays |= {f"{name}{place}": getattr(curve, name) for name in _ROWS}
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    return out.getvalue()


def read_analysis(data: bytes) -> Analysis:
    """What ``write_analysis`` wrote. Raises ``BadFile`` for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            told = json.loads(arrays["document"].tobytes())
            if told["version"] != VERSION:
                raise BadFile("athletes.errors.analysis_version", version=told["version"])
            curves = tuple(
                Curve(
                    one["key"],
                    one["unit"],
                    side=_side(one["side"]),
                    **{name: arrays[f"{name}{place}"] for name in _ROWS},
                )
                for place, one in enumerate(told["curves"])
            )
        return Analysis(
            Movement(told["movement"]),
            tuple(_finding(one) for one in told["findings"]),
            curves,
            tuple(_event(one) for one in told["events"]),
            tuple(told["notes"]),
            told["settings"],
        )
    except BadFile:
        raise
    except Exception as fault:  # whatever zipfile, numpy and json make of foreign bytes
        raise BadFile("athletes.errors.not_an_analysis", fault=str(fault)) from fault


def _side(told: str | None) -> Side | None:
    return None if told is None else Side(told)


def _finding(told: dict[str, Any]) -> Finding:
    measured = told["measured"]
    return Finding(
        told["key"],
        measured and Measurement(measured["value"], measured["sigma"], measured["unit"], measured["method"]),
        tuple(told["frames"]),
        _side(told["side"]),
        told["number"],
        tuple(told["reasons"]),
    )


def _event(told: dict[str, Any]) -> Event:
    return Event(told["key"], told["t_s"], told["sigma_s"], told["frame"], _side(told["side"]), told["number"])

"""The small documents of a package that say what measurements rest on: calibrations, clocks, software."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from touchline import __version__
from touchline.cli import plain
from var.export.facts import IncidentFacts
from var.export.match_facts import MatchFacts
from var.export.record import camera_record, clock_record

CALIBRATIONS, CLOCKS, SOFTWARE = "touchline.calibrations/1", "touchline.clocks/1", "touchline.software/1"
LIBRARIES = (
    "av",
    "c2pa-python",
    "cryptography",
    "numpy",
    "opencv-python",
    "pyhanko",
    "scipy",
    "typst",
)
"""What reads, measures, draws, sets and signs."""


def calibration_document(facts: IncidentFacts) -> dict[str, Any]:
    """``calibration.json``: each angle's calibration as it is used, null without one, and the clicks behind it."""
    document: dict[str, Any] = plain(
        {
            "format": CALIBRATIONS,
            "match": facts.match.evidence_id,
            "pitch_m": list(facts.match.setup.pitch_m),
            "cameras": [
                {"camera": each["camera"], "label": each["label"], "calibration": each["calibration"]}
                for each in (camera_record(camera, facts, set()) for camera in facts.cameras)
            ],
            "pitch_marks": [asdict(mark) for mark in facts.pitch_marks],
            "line_clicks": [asdict(mark) for mark in facts.line_clicks],
        }
    )
    return document


def sync_document(facts: IncidentFacts) -> dict[str, Any]:
    """``sync.json``: of each angle how its clock becomes the match's, how sure that is, and how it was found."""
    document: dict[str, Any] = plain(
        {
            "format": CLOCKS,
            "match": facts.match.evidence_id,
            "cameras": [
                {name: each[name] for name in ("camera", "label", "timebase_s", "clock")}
                for each in (camera_record(camera, facts, set()) for camera in facts.cameras)
            ],
        }
    )
    return document


def match_calibration_document(facts: MatchFacts) -> dict[str, Any]:
    """``calibration.json`` of a match: every calibration that something rests on, by angle and by the frame that it is
    of (null: every frame of a fixed camera), and the clicks behind them."""
    labels = {clip.camera_id: clip.label for clip in facts.match.clips}
    document: dict[str, Any] = plain(
        {
            "format": CALIBRATIONS,
            "match": facts.match.evidence_id,
            "pitch_m": list(facts.match.setup.pitch_m),
            "cameras": [
                {"camera": camera, "label": labels[camera], "frame": frame, "calibration": asdict(calibration)}
                for (camera, frame), calibration in facts.calibrations.items()
            ],
            "pitch_marks": [asdict(mark) for mark in facts.pitch_marks],
            "line_clicks": [asdict(mark) for mark in facts.line_clicks],
        }
    )
    return document


def match_sync_document(facts: MatchFacts) -> dict[str, Any]:
    """``sync.json`` of a match, in the form of that of an incident."""
    document: dict[str, Any] = plain(
        {
            "format": CLOCKS,
            "match": facts.match.evidence_id,
            "cameras": [
                {
                    "camera": each.clip.camera_id,
                    "label": each.clip.label,
                    "timebase_s": str(each.clip.timebase.tick_s),
                    "clock": clock_record(each.clip, each.clock),
                }
                for each in facts.cameras
            ],
        }
    )
    return document


def software_document() -> dict[str, Any]:
    """``software.json``: what wrote the package, on what; a library that is not installed is null."""
    return {
        "format": SOFTWARE,
        "name": "touchline",
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

"""Annotated fouls to test with: documents, files, and clips of five seconds."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import recordings

FOUL: dict[str, Any] = {
    "UrlLocal": "vietnam_v-league\\2025-2026\\2025-10-05 - 18-00 Huế 1 - 0 Đà Nẵng",
    "Offence": "Offence",
    "Contact": "With contact",
    "Bodypart": "Under body",
    "Upper body part": "",
    "Action class": "Standing tackling",
    "Severity": "3.0",
    "Multiple fouls": "No",
    "Try to play": "Yes",
    "Touch ball": "",
    "Handball": "No handball",
    "Handball offence": "",
}
CLIPS: list[dict[str, Any]] = [
    {"Camera type": "Main camera center", "Timestamp": 1259839, "Replay speed": 1.0},
    {"Camera type": "Close-up player or field referee", "Timestamp": 1281212, "Replay speed": 4.2},
    {"Camera type": "Close-up player or field referee", "Timestamp": 1287124, "Replay speed": 3.6},
]


def action(key: str = "0", clips: int = 3) -> dict[str, Any]:
    """A consistent action with the clips ``action_KEY/clip_N``."""
    shown = [{"Url": f"Dataset/Test/action_{key}/clip_{k}", **CLIPS[k]} for k in range(clips)]
    return copy.deepcopy({**FOUL, "Clips": shown})


def document(*keys: str, clips: int = 3) -> dict[str, Any]:
    """A consistent document with these actions."""
    actions = {key: action(key, clips) for key in keys or ("0",)}
    return {"Set": "test", "Number of actions": len(actions), "Actions": actions}


def write(folder: Path, content: Any, *, indent: int | None = 1) -> Path:
    """The document as ``annotations.json`` in ``folder``."""
    path = folder / "annotations.json"
    path.write_text(json.dumps(content, indent=indent), "utf-8")
    return path


def film(folder: Path, *names: str, count: int = 126) -> None:
    """A recording of 25 pictures a second for each of ``names``; every one is different."""
    for camera, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        recordings.write(path, count, size=(160, 96), camera=camera)

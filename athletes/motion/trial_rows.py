"""Trials as rows of the store: what stands open, what is sealed, and what each seal is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from athletes.kinematics.model import Movement
from athletes.motion.model import Trial, TrialShot
from touchline.footage import Shot
from touchline.origin import Origin
from touchline.timebase import ClockMap


def about(row: Any) -> str:
    """What the seal of a result is about; ``row`` has ``trial_id``, ``camera_id`` and ``kind``."""
    return f"trial_result {row['trial_id']} {row['camera_id']} {row['kind']}"


def sealed_of(trial: Trial) -> bytes:
    """What is sealed of a trial: its name may be the athlete's."""
    document = trial.document()
    told = {name: document[name] for name in ("name", "notes", "settings", "cameras")}
    return json.dumps(told, ensure_ascii=False).encode()


def trial_of(row: Any, opened: bytes) -> Trial:
    """The trial of a row, whose sealed part is ``opened``."""
    told = json.loads(opened)
    return Trial(
        row["id"],
        told["name"],
        Movement(row["movement"]),
        date.fromisoformat(row["day"]),
        row["athlete_id"],
        tuple(_shot(one) for one in told["cameras"]),
        Origin(row["origin"]),
        told["notes"],
        bool(row["template"]),
        told["settings"],
        row["made_utc"],
        row["made_by"],
    )


def _shot(document: Mapping[str, Any]) -> TrialShot:
    return TrialShot(
        Shot.from_document(document["shot"]), ClockMap.from_document(document["to_trial"]), dict(document["settings"])
    )

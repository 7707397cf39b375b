"""How a trial was measured and what its paper cannot say, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from athletes.kinematics.model import Movement
from athletes.motion.naming import capital, decimals_for, word
from athletes.motion.quality_words import grade_words, quality_lines
from athletes.paper.motion_facts import MotionFacts
from athletes.pose.engine import ENGINES
from touchline.i18n import clock, number, t
from touchline.measure import KMH_PER_MPS, MS_PER_S, Z95

SIMULATED_POINTS = "simulated body points"
COUNTED = (Movement.SQUAT, Movement.REPETITIONS)
"""Movements of which a joint is counted."""
MM_PER_M = 1000
SHOWN_AS: Mapping[str, float | Fraction] = MappingProxyType(
    {
        "cutoff_hz": 1,
        "fill_gap_s": MS_PER_S,
        "min_confidence": 100,
        "up_sigma_deg": 1,
        "treadmill_mps": KMH_PER_MPS,
        "depth_deg": 1,
    }
)
"""By what a setting is multiplied for the unit that its words name."""


def measured_part(facts: MotionFacts, lang: str, title: str = "") -> dict[str, Any]:
    """How it was measured: the cameras, the points, the settings."""
    rows = []
    for one in facts.trial.shots:
        shot = one.shot
        rows.append([
            t("athletes.motion_paper.camera", lang, name=shot.label),
            t("athletes.motion_paper.camera_said", lang, width=shot.size_px[0], height=shot.size_px[1],
              frames=number(shot.frames, lang), length=clock(shot.length_s, lang, 2), codec=shot.codec,
              sha=shot.sha256[:12]),
        ])  # fmt: skip
    if facts.track is not None:
        seen = np.isfinite(facts.track.px[..., 0])
        share = 100 * float(seen.mean()) if seen.size else None
        off = float(np.nanmedian(facts.track.sigma_px)) if seen.any() else None
        rows.append([t("athletes.motion_paper.points", lang), engine_words(facts.track.method, lang, exact=True)])
        rows.append([
            t("athletes.motion_paper.seen", lang),
            t("athletes.motion_paper.seen_said", lang, share=number(share, lang, 0),
              frames=number(len(facts.track), lang), error=number(off, lang, 1)),
        ])  # fmt: skip
    for key, value in facts.analysis.settings.items():
        said = setting_words(key, value, lang)
        if said and (key != "joint" or facts.trial.movement in COUNTED):
            rows.append([capital(word("setting", key, lang)), said])
    return {"title": title or t("athletes.motion_paper.measured_title", lang), "rows": rows}


def engine_words(method: str, lang: str, *, exact: bool = False) -> str:
    """What found the points, by ``Track.method``: engine, model and how many people; ``exact`` adds the models' names
    with their checksums. A method that is no engine of ours stays as it is."""
    if method == SIMULATED_POINTS:
        return t("athletes.motion_paper.engine.simulated", lang)
    name, *parts = method.split() or [""]
    if name not in ENGINES:
        return method
    version = next((part for part in parts if part[:1].isdigit()), "")
    said = [t(f"athletes.motion_paper.engine.{name}", lang, version=version).strip()]
    files = [part for part in parts if "@" in part]
    for part in files:
        kind, _, model = part.partition("@")[0].partition("_")
        if kind == "pose":
            named = t(f"athletes.motion_page.model.{model}", lang)
            said.append(t("athletes.motion_paper.engine.model", lang, name=named))
    if exact:
        said += files
        said += [
            t("athletes.motion_paper.engine.people", lang, count=part.partition("=")[2])
            for part in parts
            if part.startswith("people=")
        ]
    return ", ".join(said)


def setting_words(key: str, value: Any, lang: str) -> str:
    """A setting of an analysis in words, with its unit; empty for one that is not set."""
    if value is None:
        return ""
    if key == "joint":
        return word("joint", value, lang)
    if key == "noise_model":
        return t("athletes.motion_paper.setting_said.noise_model", lang, name=word("noise", value, lang))
    if key == "facing":
        return t(f"athletes.motion_paper.setting_said.facing_{('found', 'right', 'left')[value]}", lang)
    if key == "scale":
        return _scale_words(value, lang)
    if key == "fill_gap_s" and value == 0:
        return t("athletes.motion_paper.setting_said.fill_gap_none", lang)
    if key not in SHOWN_AS:
        return str(value)
    shown = float(SHOWN_AS[key] * value)
    told = number(shown, lang, 0 if shown == 0 else _places(shown))
    return t(f"athletes.motion_paper.setting_said.{key}", lang, value=told)


def _scale_words(scale: Mapping[str, Any], lang: str) -> str:
    mm, half = MM_PER_M * scale["m_per_px"], Z95 * MM_PER_M * scale["sigma"]
    value = number(mm, lang, decimals_for(half) if half > 0 else _places(mm))
    if half > 0:
        value = f"{value} ± {number(half, lang, decimals_for(half))}"
    how = t(f"athletes.motion_paper.scale_by.{scale['method']}", lang)
    return t("athletes.motion_paper.setting_said.scale", lang, value=value, how=how)


def _places(value: float) -> int:
    """How many decimals show three digits of a number, and no zeros behind them."""
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    while places and round(value, places) == round(value, places - 1):
        places -= 1
    return places


def quality_words(facts: MotionFacts, lang: str, mark: str = "") -> list[list[str]]:
    """How good the person in space is: each number's grade, and the number with its limits; ``mark`` says whose it is.
    Empty for what one camera measured."""
    if facts.quality is None:
        return []
    return [[f"{mark}{grade_words(grade, lang)}", said] for grade, said in quality_lines(facts.quality, lang)]


def limits(all_facts: Sequence[MotionFacts], lang: str) -> list[str]:
    """What this paper cannot say, by how it was measured."""
    keys = ["interval", "points"]
    if not all(one.together for one in all_facts):
        keys.append("one_camera")
    keys += ["no_diagnosis"]
    if any(one.simulated for one in all_facts):
        keys.append("simulated")
    return [t(f"athletes.motion_paper.limit.{key}", lang) for key in keys]

"""How a trial was measured and what its paper cannot say, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from athletes.motion.naming import capital, word
from athletes.paper.motion_facts import MotionFacts
from touchline.i18n import clock, number, t


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
        rows.append([t("athletes.motion_paper.points", lang), facts.track.method])
        rows.append([
            t("athletes.motion_paper.seen", lang),
            t("athletes.motion_paper.seen_said", lang, share=number(share, lang, 0),
              frames=number(len(facts.track), lang), error=number(off, lang, 1)),
        ])  # fmt: skip
    for key, value in facts.analysis.settings.items():
        said = _setting(value, lang)
        if said:
            rows.append([capital(word("setting", key, lang)), said])
    return {"title": title or t("athletes.motion_paper.measured_title", lang), "rows": rows}


def _setting(value: Any, lang: str) -> str:
    """A setting as words; empty for one that is not set."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return t(f"athletes.motion_paper.{'yes' if value else 'no'}", lang)
    if isinstance(value, int | float):
        return number(value, lang, 0 if float(value).is_integer() else _places(float(value)))
    if isinstance(value, dict):
        return ", ".join(
            f"{word('setting', str(key), lang)} {said}" for key, one in value.items() if (said := _setting(one, lang))
        )
    if isinstance(value, list | tuple):
        return ", ".join(_setting(one, lang) for one in value)
    return word("setting_value", str(value), lang)


def _places(value: float) -> int:
    """How many decimals show three digits of a number, and no zeros behind them."""
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    while places > 1 and round(value, places) == round(value, places - 1):
        places -= 1
    return places


def limits(all_facts: Sequence[MotionFacts], lang: str) -> list[str]:
    """What this paper cannot say, by how it was measured."""
    keys = ["interval", "points"]
    if not all(one.together for one in all_facts):
        keys.append("one_camera")
    keys += ["no_diagnosis"]
    if any(one.simulated for one in all_facts):
        keys.append("simulated")
    return [t(f"athletes.motion_paper.limit.{key}", lang) for key in keys]

"""The curves under the player: they follow what it paints, and a click on them moves it to the very frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import streamlit as st

from athletes.motion.curve_words import words_for_browser
from athletes.motion.screened import Measured
from athletes.motion.screened_curves import SPACE, Other, curves_version, usual_sources
from athletes.motion.screening import Screening
from athletes.panels.motion.layers import base
from athletes.web_routes import PREFIX, web_version
from touchline.i18n import t
from touchline.web_modules import LOADER


def component(name: str, module: str) -> Callable[..., Any]:
    """The mounting command of the component in ``athletes/web/<module>``."""
    return st.components.v2.component(name, js=LOADER % f"{PREFIX}{module}?v={web_version()}", isolate_styles=True)


_mount = component("touchline_motion_curves", "curves.js")


def motion_curves(
    measured: Measured,
    screening: Screening,
    *,
    player: str,
    lang: str,
    key: str,
    sources: Sequence[str] | None = None,
    others: Sequence[Other] = (),
    chosen: Sequence[str] = (),
) -> bool:
    """Draw the curves of what a player shows; False, and nothing drawn, where nothing was measured yet.

    ``player`` is the key of the player on the same page, whose painted instant the cursor follows. ``sources`` are
    cameras of the screening (``""``, and with ``SPACE`` behind a picture's name: in space), by default
    ``usual_sources``. ``others`` are further trials laid over
    it. ``chosen`` are the curves drawn at first, such as ``knee.left``; by default the first four there are.
    """
    wanted = usual_sources(measured, screening) if sources is None else list(sources)
    if not wanted:
        return False
    version = curves_version(measured, screening, wanted, others)
    query = [*(("source", one) for one in wanted), *(("other", one.asked) for one in others), ("v", version)]
    space = t("athletes.motion_curves.in_space", lang)
    labels = {part.camera_id: part.label for part in screening.parts}
    labels |= {
        f"{part.camera_id}{SPACE}": f"{part.label.removesuffix(part.shot.label)}{space}" for part in screening.parts
    }
    names = (labels.get(one, space) for one in wanted)
    lines: list[dict[str, Any]] = [{"kind": "own", "name": name} for name in names]
    for one in others:
        kind = "template" if one.template else "other"
        lines.append({"kind": kind, "name": one.name, "band": dict(one.band) if one.band else None})
    _mount(
        key=key,
        data={
            "key": key,
            "player": player,
            "url": f"{base()}/athletes/motion/{quote(screening.id)}/curves.bin?{urlencode(query)}",
            "version": version,
            "lang": lang,
            "texts": words_for_browser(lang),
            "lines": lines,
            "chosen": list(chosen),
        },
    )
    return True
